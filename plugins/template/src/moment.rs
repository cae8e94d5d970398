//! Instants on their own wall clock, written by a small pattern language.

use std::fmt;
use std::sync::Arc;

use minijinja::value::Object;
use minijinja::{Error, ErrorKind};
use time::{OffsetDateTime, UtcOffset};

use crate::interface::tillbell::plugin::types;

/// The longest pattern, in bytes.
const PATTERN_BYTES_MAX: usize = 64;

/// An instant in a template.
#[derive(Debug)]
pub(crate) struct Moment(pub(crate) types::Time);

impl Moment {
    /// Writes by a pattern: `%Y %m %d %H %M %S`, and `%-m %-d %-H` without a
    /// leading zero; `%%` is a percent sign.
    pub(crate) fn write(&self, pattern: &str) -> Result<String, Error> {
        let wrong = |detail| Error::new(ErrorKind::InvalidOperation, detail);
        if pattern.len() > PATTERN_BYTES_MAX {
            return Err(wrong("a time pattern has over 64 bytes"));
        }
        let local = self.local().ok_or_else(|| wrong("a time is out of range"))?;
        let mut text = String::with_capacity(pattern.len() + 8);
        let mut characters = pattern.chars();
        while let Some(character) = characters.next() {
            if character != '%' {
                text.push(character);
                continue;
            }
            let mut directive = characters.next();
            let padded = directive != Some('-');
            if !padded {
                directive = characters.next();
            }
            let (value, width) = match directive {
                Some('%') if padded => {
                    text.push('%');
                    continue;
                }
                Some('Y') => (local.year().unsigned_abs(), 4),
                Some('m') => (u8::from(local.month()).into(), 2),
                Some('d') => (local.day().into(), 2),
                Some('H') => (local.hour().into(), 2),
                Some('M') => (local.minute().into(), 2),
                Some('S') => (local.second().into(), 2),
                _ => {
                    return Err(wrong("a time pattern knows %Y %m %d %H %M %S, - behind % and %%"));
                }
            };
            let digits = value.to_string();
            if padded {
                text.extend(std::iter::repeat_n('0', usize::saturating_sub(width, digits.len())));
            }
            text.push_str(&digits);
        }
        Ok(text)
    }

    fn local(&self) -> Option<OffsetDateTime> {
        let offset =
            UtcOffset::from_whole_seconds(i32::from(self.0.utc_offset_minutes) * 60).ok()?;
        OffsetDateTime::from_unix_timestamp(self.0.unix_seconds).ok()?.checked_to_offset(offset)
    }
}

impl Object for Moment {
    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.write("%Y-%m-%d %H:%M:%S").map_err(|_| fmt::Error)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_written_on_the_local_clock() {
        let moment = |unix_seconds, utc_offset_minutes| {
            Moment(types::Time { unix_seconds, utc_offset_minutes })
        };
        let year_end = moment(1_798_732_799, 480);
        for (pattern, text) in [
            ("%Y-%m-%d %H:%M:%S", "2026-12-31 23:59:59"),
            ("%-m月%-d日", "12月31日"),
            ("100%%", "100%"),
        ] {
            assert_eq!(year_end.write(pattern).unwrap(), text);
        }
        assert_eq!(moment(1_767_225_600, -300).write("%Y %-H").unwrap(), "2025 19");
        assert_eq!(moment(1_767_243_845, 0).write("%-d %-m %H:%M:%S").unwrap(), "1 1 05:04:05");
        for pattern in ["%", "%q", "%-", "%-%", &"x".repeat(65)] {
            assert!(year_end.write(pattern).is_err(), "{pattern}");
        }
        assert!(moment(i64::MAX, 0).write("%Y").is_err());
    }
}
