//! Instants on their own wall clock, written by a small pattern language.

use std::fmt::{self, Write as _};
use std::sync::Arc;

use minijinja::Error;
use minijinja::value::Object;
use time::{OffsetDateTime, UtcOffset};

use crate::filters::wrong;
use crate::interface::tillbell::plugin::types;

/// The longest pattern, in bytes.
const PATTERN_BYTES_MAX: usize = 64;
pub(crate) const UNKNOWN_PATTERN: &str =
    "a time pattern has at most 64 bytes and knows %Y %y %m %-m %b %d %-d %H %-H %M %S %%";
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// An instant in a template.
#[derive(Debug)]
pub(crate) struct Moment(pub(crate) types::Time);

impl Moment {
    /// Writes by a pattern: `%Y %y %m %b %d %H %M %S`, and `%-m %-d %-H`
    /// without a leading zero; `%%` is a percent sign. A time that no calendar
    /// has is written as the epoch.
    pub(crate) fn write(&self, pattern: &str) -> Result<String, Error> {
        if pattern.len() > PATTERN_BYTES_MAX {
            return Err(wrong(UNKNOWN_PATTERN));
        }
        let local = self.local().unwrap_or(OffsetDateTime::UNIX_EPOCH);
        let mut text = String::with_capacity(pattern.len() + 12);
        let mut characters = pattern.chars();
        while let Some(character) = characters.next() {
            if character != '%' {
                text.push(character);
                continue;
            }
            let mut letter = characters.next();
            let bare = letter == Some('-');
            if bare {
                letter = characters.next();
            }
            // Writing to a string cannot fail.
            let _ = match (letter, bare) {
                (Some('Y'), false) => write!(text, "{:04}", local.year()),
                (Some('y'), false) => write!(text, "{:02}", local.year().rem_euclid(100)),
                (Some('m'), false) => write!(text, "{:02}", u8::from(local.month())),
                (Some('m'), true) => write!(text, "{}", u8::from(local.month())),
                (Some('b'), false) => {
                    text.write_str(MONTHS[usize::from(u8::from(local.month())) - 1])
                }
                (Some('d'), false) => write!(text, "{:02}", local.day()),
                (Some('d'), true) => write!(text, "{}", local.day()),
                (Some('H'), false) => write!(text, "{:02}", local.hour()),
                (Some('H'), true) => write!(text, "{}", local.hour()),
                (Some('M'), false) => write!(text, "{:02}", local.minute()),
                (Some('S'), false) => write!(text, "{:02}", local.second()),
                (Some('%'), false) => text.write_str("%"),
                _ => return Err(wrong(UNKNOWN_PATTERN)),
            };
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
    fn is_true(self: &Arc<Self>) -> bool {
        true
    }

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
            ("%d %b %y", "31 Dec 26"),
            ("100%%", "100%"),
        ] {
            assert_eq!(year_end.write(pattern).unwrap(), text);
        }
        assert_eq!(moment(1_767_225_600, -300).write("%Y %-H").unwrap(), "2025 19");
        assert_eq!(moment(1_767_243_845, 0).write("%-d %-m %H:%M:%S").unwrap(), "1 1 05:04:05");
        for pattern in ["%", "%q", "%-", "%-%", "%-S", &"x".repeat(65)] {
            assert!(year_end.write(pattern).is_err(), "{pattern}");
        }
        assert_eq!(moment(i64::MAX, 0).write("%Y").unwrap(), "1970");
    }
}
