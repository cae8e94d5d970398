//! `router.conf`: one `key = value` on a line, `#` begins a comment.

use crate::interface::tillbell::plugin::types::Diagnostic;
use crate::interface::{ConfigurationFile, ConfigureError, Configured};
use crate::policy::Policy;

/// The longest file, in lines.
const LINES_MAX: usize = 100;
/// The largest amount, in minor units.
const AMOUNT_MAX: i64 = 1_000_000_000_000;

impl Policy {
    /// Reads the one configuration file.
    ///
    /// # Errors
    /// Names file, line and key.
    pub fn read(files: &[ConfigurationFile]) -> Result<(Self, Vec<Configured>), ConfigureError> {
        let [file] = files else {
            return Err(ConfigureError::Missing("one file, router.conf".into()));
        };
        let wrong = |line: usize, detail: String| {
            let line = u32::try_from(line).unwrap_or(u32::MAX);
            ConfigureError::Invalid(Diagnostic { file: file.path.clone(), line, detail })
        };
        let text =
            std::str::from_utf8(&file.contents).map_err(|_| wrong(0, "is not UTF-8".into()))?;
        let mut policy = Self::default();
        let mut configured: Vec<Configured> = Vec::new();
        for (number, line) in (1..).zip(text.lines()) {
            if number > LINES_MAX {
                return Err(wrong(number, format!("more than {LINES_MAX} lines")));
            }
            let line = line.split('#').next().unwrap_or_default().trim();
            if line.is_empty() {
                continue;
            }
            let Some((key, value)) = line.split_once('=') else {
                return Err(wrong(number, "expected key = value".into()));
            };
            let (key, value) = (key.trim(), value.trim());
            if configured.iter().any(|earlier| earlier.name == key) {
                return Err(wrong(number, format!("{key}: is set twice")));
            }
            policy.set(key, value).map_err(|detail| wrong(number, format!("{key}: {detail}")))?;
            configured.push(Configured {
                sort: "rule".into(),
                name: key.into(),
                file: file.path.clone(),
                line: u32::try_from(number).unwrap_or(u32::MAX),
                samples: Vec::new(),
            });
        }
        Ok((policy, configured))
    }

    fn set(&mut self, key: &str, value: &str) -> Result<(), String> {
        match key {
            "merchant-from-usd" => self.merchant_from_usd = amount(value, 2)?,
            "merchant-from-jpy" => self.merchant_from_jpy = amount(value, 0)?,
            "expires-after-hours" => {
                let hours = value.parse().ok().filter(|hours| (1..=168).contains(hours));
                self.expires_after_hours = hours.ok_or("expected 1 to 168")?;
            }
            "usual-entry-modes" => {
                let modes: Vec<String> =
                    value.split(',').map(|mode| mode.trim().to_owned()).collect();
                if modes.len() > 16 || modes.iter().any(String::is_empty) {
                    return Err("expected entry modes with commas between them".into());
                }
                self.usual_entry_modes = modes;
            }
            _ => {
                return Err("unknown key; known are merchant-from-usd, merchant-from-jpy, \
                            expires-after-hours, usual-entry-modes"
                    .into());
            }
        }
        Ok(())
    }
}

/// `500.00` in minor units of a currency with so many decimals.
fn amount(text: &str, decimals: usize) -> Result<i64, String> {
    let (whole, part) = match decimals {
        0 => (text, ""),
        _ => text.split_once('.').unwrap_or(("", "")),
    };
    let digits = format!("{whole}{part}");
    let is_amount = !whole.is_empty()
        && part.len() == decimals
        && digits.bytes().all(|byte| byte.is_ascii_digit());
    let units = digits.parse().ok().filter(|units| is_amount && *units <= AMOUNT_MAX);
    units.ok_or_else(|| format!("expected an amount with {decimals} decimals"))
}
