//! What a platform is, in the words of a file: its limits, its channels, what it demands of
//! texts, and what sending costs. The daemon's configuration has the same table.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;

use crate::guard::Policy;
use crate::{Error, ErrorKind, Limits, Result, WideLimits};

/// The largest file, in bytes.
pub const PLATFORM_BYTES_MAX: u64 = 64 * 1024;
/// Digits behind the point of a price.
const PRICE_DECIMALS: usize = 6;

/// The host that a bundle is for. Each key that is left out is as [`Limits`] and [`Policy`]
/// have it.
///
/// ```
/// use tillbell::Platform;
///
/// let platform = Platform::parse(
///     r#"
///     channels = ["sms", "push"]
///     [limits]
///     deadline-ms = 3
///     component-kib = 512
///     [policy]
///     links = false
///     [prices]                 # of a segment
///     sms = "0.045 CNY"
///     "#,
/// )?;
/// assert_eq!(platform.limits.deadline_ms, 3);
/// assert_eq!(platform.price("sms", 2).unwrap().to_string(), "0.090000 CNY");
/// # Ok::<(), tillbell::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Table")]
pub struct Platform {
    /// What plugins may use, and the channels.
    pub limits: Limits,
    /// What is demanded of texts.
    pub policy: Policy,
    /// What one segment costs, by channel.
    prices: BTreeMap<String, Price>,
}

/// Money in millionths of the currency's unit: a segment costs fractions of a cent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Price {
    /// Millionths of a unit.
    pub millionths: i64,
    /// The currency, three capitals.
    pub currency: String,
}

/// The file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Table {
    channels: Option<Vec<String>>,
    /// Whether plugins may run in the wide engine.
    #[serde(default)]
    wide: bool,
    #[serde(default)]
    limits: LimitsTable,
    #[serde(default)]
    policy: PolicyTable,
    #[serde(default)]
    prices: BTreeMap<String, String>,
}

/// As [`Limits`], in units of a file.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct LimitsTable {
    deadline_ms: Option<u32>,
    memory_kib: Option<usize>,
    table_elements: Option<usize>,
    instances: Option<u32>,
    memories: Option<u32>,
    tables: Option<u32>,
    instance_kib: Option<usize>,
    wasm_stack_kib: Option<usize>,
    result_kib: Option<usize>,
    log_bytes: Option<usize>,
    deliveries: Option<usize>,
    component_kib: Option<usize>,
    concurrent_transactions: Option<u32>,
}

/// As [`Policy`].
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct PolicyTable {
    links: Option<bool>,
    text_bytes_max: Option<usize>,
    text_characters_max: Option<usize>,
    segments_max: Option<usize>,
}

impl Platform {
    /// Reads a file's text.
    ///
    /// # Errors
    /// [`ErrorKind::Host`], with the line, for an unknown key or a limit under which nothing
    /// could run.
    pub fn parse(text: &str) -> Result<Self> {
        toml::from_str(text).map_err(|error| {
            let line = error.span().map_or(1, |span| text[..span.start].matches('\n').count() + 1);
            Error::new(ErrorKind::Host, format!("line {line}: {}", error.message().trim_end()))
        })
    }

    /// What so many segments cost by a channel; none where no price is named.
    pub fn price(&self, channel: &str, segments: usize) -> Option<Price> {
        let Price { millionths, currency } = self.prices.get(channel)?;
        let segments = i64::try_from(segments).unwrap_or(i64::MAX);
        let millionths = millionths.saturating_mul(segments);
        Some(Price { millionths, currency: currency.clone() })
    }
}

impl TryFrom<Table> for Platform {
    type Error = String;

    fn try_from(table: Table) -> std::result::Result<Self, String> {
        let Table { channels, wide, limits: own, policy, prices } = table;
        let mut limits = Limits::default();
        fn set<T>(limit: &mut T, own: Option<T>) {
            if let Some(own) = own {
                *limit = own;
            }
        }
        let bytes = |kib: Option<usize>| kib.map(|kib| kib.saturating_mul(1024));
        set(&mut limits.deadline_ms, own.deadline_ms);
        set(&mut limits.memory_bytes, bytes(own.memory_kib));
        set(&mut limits.table_elements, own.table_elements);
        set(&mut limits.instances, own.instances);
        set(&mut limits.memories, own.memories);
        set(&mut limits.tables, own.tables);
        set(&mut limits.instance_bytes, bytes(own.instance_kib));
        set(&mut limits.wasm_stack_bytes, bytes(own.wasm_stack_kib));
        set(&mut limits.result_bytes, bytes(own.result_kib));
        set(&mut limits.log_bytes, own.log_bytes);
        set(&mut limits.deliveries, own.deliveries);
        set(&mut limits.component_bytes, bytes(own.component_kib));
        set(&mut limits.concurrent_transactions, own.concurrent_transactions);
        set(&mut limits.channels, channels);
        limits.wide = wide.then(WideLimits::default);
        limits.check().map_err(|error| error.to_string())?;
        let strictest = Policy::default();
        let policy = Policy {
            links: policy.links.unwrap_or(strictest.links),
            text_bytes_max: policy.text_bytes_max.unwrap_or(strictest.text_bytes_max),
            text_characters_max: policy
                .text_characters_max
                .unwrap_or(strictest.text_characters_max),
            segments_max: policy.segments_max.unwrap_or(strictest.segments_max),
        };
        let prices = prices.into_iter().map(|(channel, price)| match Price::parse(&price) {
            Some(price) => Ok((channel, price)),
            None => Err(format!(
                "prices.{channel}: expected a price of a segment such as \"0.045 CNY\""
            )),
        });
        Ok(Self { limits, policy, prices: prices.collect::<std::result::Result<_, _>>()? })
    }
}

impl Price {
    fn parse(text: &str) -> Option<Self> {
        let (number, currency) = text.split_once(' ')?;
        let is_currency =
            currency.len() == 3 && currency.bytes().all(|byte| byte.is_ascii_uppercase());
        let (whole, part) = number.split_once('.').unwrap_or((number, ""));
        let is_number = (1..=9).contains(&whole.len())
            && part.len() <= PRICE_DECIMALS
            && whole.bytes().chain(part.bytes()).all(|byte| byte.is_ascii_digit());
        if !is_currency || !is_number {
            return None;
        }
        let millionths = format!("{whole}{part:0<PRICE_DECIMALS$}").parse().ok()?;
        Some(Self { millionths, currency: currency.to_owned() })
    }
}

impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { millionths, currency } = self;
        let sign = if *millionths < 0 { "-" } else { "" };
        let (whole, part) =
            (millionths.unsigned_abs() / 1_000_000, millionths.unsigned_abs() % 1_000_000);
        write!(f, "{sign}{whole}.{part:06} {currency}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_file_is_the_default_platform() {
        assert_eq!(Platform::parse("").unwrap(), Platform::default());
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        for (text, expected) in [
            ("[limits]\ndeadline = 5", "line 2: unknown field `deadline`"),
            ("[limits]\ndeadline-ms = 0", "limit deadline_ms: expected 1 to 1,000"),
            ("[prices]\nsms = \"0.045\"", "prices.sms: expected a price"),
            ("[prices]\nsms = \"0.0450001 CNY\"", "prices.sms: expected a price"),
            ("[policy]\nlinks = 1", "line 2: invalid type"),
        ] {
            let error = Platform::parse(text).unwrap_err().to_string();
            assert!(error.contains(expected), "{text:?}: {error}");
        }
    }
}
