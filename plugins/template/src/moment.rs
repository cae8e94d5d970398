//! Instants on their own wall clock, written by a small pattern language.

use std::fmt::{self, Write as _};
use std::sync::Arc;

use minijinja::Error;
use minijinja::value::Object;
use time::{OffsetDateTime, UtcOffset};

use crate::filters::wrong;
use crate::interface::tillbell::plugin::types;
use crate::locale::{Digits, Locale, UNKNOWN_LOCALE, in_digits};

/// The longest pattern, in bytes.
const PATTERN_BYTES_MAX: usize = 64;
pub(crate) const UNKNOWN_PATTERN: &str = "a time pattern has at most 64 bytes and knows %Y %y %EY %Ey \
     %m %-m %B %b %d %-d %A %a %H %-H %I %-I %p %M %S %%";
pub(crate) const UNKNOWN_DIGITS: &str = "digits are latin or native";
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// An instant in a template.
#[derive(Debug)]
pub(crate) struct Moment(pub(crate) types::Time);

/// Finds the message's locale, where a pattern needs it.
pub(crate) type FindLocale<'f> = &'f dyn Fn() -> Option<&'static Locale>;

impl Moment {
    /// Writes by a pattern: `%Y %y %m %d %H %I %M %S`, and `%-m %-d %-H %-I` without a
    /// leading zero; in the locale's words `%B %b %A %a %p`, and the year of its own
    /// calendar `%EY %Ey`; `%%` is a percent sign. A time that no calendar has is written as
    /// the epoch.
    ///
    /// # Errors
    /// For an unknown pattern, and a locale without facts where they are needed. `%b` is
    /// English there.
    pub(crate) fn write(
        &self,
        pattern: &str,
        digits: Digits,
        locale: FindLocale<'_>,
    ) -> Result<String, Error> {
        if pattern.len() > PATTERN_BYTES_MAX {
            return Err(wrong(UNKNOWN_PATTERN));
        }
        let facts = || locale().ok_or_else(|| wrong(UNKNOWN_LOCALE));
        let zero = if digits == Digits::Latin { '0' } else { facts()?.zero(digits) };
        let local = self.local().unwrap_or(OffsetDateTime::UNIX_EPOCH);
        let (month, hour) = (u8::from(local.month()), local.hour());
        let weekday = || local.weekday().number_days_from_sunday();
        let of_twelve = if hour % 12 == 0 { 12 } else { hour % 12 };
        let mut written = Written { text: String::with_capacity(pattern.len() + 12), zero };
        let mut characters = pattern.chars();
        while let Some(character) = characters.next() {
            if character != '%' {
                written.text.push(character);
                continue;
            }
            let mut letter = characters.next();
            let flag = letter.filter(|letter| matches!(letter, '-' | 'E'));
            if flag.is_some() {
                letter = characters.next();
            }
            match (flag, letter) {
                (None, Some('Y')) => written.number(local.year(), 4),
                (None, Some('y')) => written.number(local.year().rem_euclid(100), 2),
                (Some('E'), Some('Y')) => written.number(facts()?.year(local.year()), 4),
                (Some('E'), Some('y')) => {
                    written.number(facts()?.year(local.year()).rem_euclid(100), 2);
                }
                (None, Some('m')) => written.number(month, 2),
                (Some('-'), Some('m')) => written.number(month, 1),
                (None, Some('B')) => written.text.push_str(facts()?.month(month)),
                (None, Some('b')) => written.text.push_str(match locale() {
                    Some(facts) if !facts.is_english() => facts.month_short(month),
                    _ => MONTHS[usize::from(month) - 1],
                }),
                (None, Some('d')) => written.number(local.day(), 2),
                (Some('-'), Some('d')) => written.number(local.day(), 1),
                (None, Some('A')) => written.text.push_str(facts()?.day(weekday())),
                (None, Some('a')) => written.text.push_str(facts()?.day_short(weekday())),
                (None, Some('H')) => written.number(hour, 2),
                (Some('-'), Some('H')) => written.number(hour, 1),
                (None, Some('I')) => written.number(of_twelve, 2),
                (Some('-'), Some('I')) => written.number(of_twelve, 1),
                (None, Some('p')) => written.text.push_str(facts()?.half(hour)),
                (None, Some('M')) => written.number(local.minute(), 2),
                (None, Some('S')) => written.number(local.second(), 2),
                (None, Some('%')) => written.text.push('%'),
                _ => return Err(wrong(UNKNOWN_PATTERN)),
            }
        }
        Ok(written.text)
    }

    /// Whether a pattern can be written.
    pub(crate) fn is_pattern(pattern: &str) -> bool {
        let epoch = Self(types::Time { unix_seconds: 0, utc_offset_minutes: 0 });
        epoch.write(pattern, Digits::Latin, &|| Locale::find("en")).is_ok()
    }

    fn local(&self) -> Option<OffsetDateTime> {
        let offset =
            UtcOffset::from_whole_seconds(i32::from(self.0.utc_offset_minutes) * 60).ok()?;
        OffsetDateTime::from_unix_timestamp(self.0.unix_seconds).ok()?.checked_to_offset(offset)
    }
}

/// A text that grows by numbers in one set of digits.
struct Written {
    text: String,
    zero: char,
}

impl Written {
    /// Appends a number of this many digits at least.
    fn number(&mut self, number: impl Into<i32>, width: usize) {
        let start = self.text.len();
        // Writing to a string cannot fail.
        let _ = write!(self.text, "{:0width$}", number.into());
        if self.zero != '0' {
            let figures = self.text.split_off(start);
            self.text.extend(figures.bytes().map(|figure| match figure {
                b'0'..=b'9' => in_digits(figure, self.zero),
                sign => char::from(sign),
            }));
        }
    }
}

impl Object for Moment {
    fn is_true(self: &Arc<Self>) -> bool {
        true
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let written = self.write("%Y-%m-%d %H:%M:%S", Digits::Latin, &|| None);
        f.write_str(&written.map_err(|_| fmt::Error)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(unix_seconds: i64, utc_offset_minutes: i16) -> Moment {
        Moment(types::Time { unix_seconds, utc_offset_minutes })
    }

    fn write(moment: &Moment, pattern: &str, tag: &str) -> Result<String, Error> {
        moment.write(pattern, Digits::Latin, &|| Locale::find(tag))
    }

    #[test]
    fn patterns_are_written_on_the_local_clock() {
        let year_end = moment(1_798_732_799, 480);
        for (pattern, text) in [
            ("%Y-%m-%d %H:%M:%S", "2026-12-31 23:59:59"),
            ("%-m月%-d日", "12月31日"),
            ("%d %b %y", "31 Dec 26"),
            ("%I:%M %-I", "11:59 11"),
            ("100%%", "100%"),
        ] {
            // Whether anything is known of the locale or not.
            assert_eq!(write(&year_end, pattern, "en").unwrap(), text);
            assert_eq!(write(&year_end, pattern, "pl").unwrap(), text);
        }
        assert_eq!(write(&moment(1_767_225_600, -300), "%Y %-H", "en").unwrap(), "2025 19");
        let first = moment(1_767_243_845, 0);
        assert_eq!(write(&first, "%-d %-m %H:%M:%S", "en").unwrap(), "1 1 05:04:05");
        let long = "x".repeat(65);
        for pattern in ["%", "%q", "%-", "%-%", "%-S", "%E", "%Em", "%-EY", "%E-d", &long] {
            assert!(write(&year_end, pattern, "en").is_err(), "{pattern}");
            assert!(!Moment::is_pattern(pattern), "{pattern}");
        }
        assert_eq!(write(&moment(i64::MAX, 0), "%Y", "en").unwrap(), "1970");
    }

    /// As CLDR has the words.
    #[test]
    fn a_locale_has_its_own_words() {
        // Friday.
        let lunch = moment(1_795_147_395, 480);
        for (tag, pattern, text) in [
            ("en-GB", "%A %-d %B, %-I:%M %p", "Friday 20 November, 12:03 PM"),
            ("en-IN", "%a %-d %b, %I:%M %p", "Fri 20 Nov, 12:03 pm"),
            ("ru", "%A, %-d %B, %-d %b", "пятница, 20 ноября, 20 нояб."),
            ("pt-BR", "%-d de %B, %a %-d %b", "20 de novembro, sex. 20 nov."),
            ("es", "%-d %b %-I:%M %p", "20 nov 12:03 p. m."),
            ("ar-AE", "%A %-d %B %-I:%M %p", "الجمعة 20 نوفمبر 12:03 م"),
            ("th", "%-d %b %EY, %Ey, %Y", "20 พ.ย. 2569, 69, 2026"),
            ("hi", "%A %-d %B", "शुक्रवार 20 नवंबर"),
            ("ja", "%EY年%-m月%-d日(%a)%p%-I時", "2026年11月20日(金)午後12時"),
            ("vi", "%A, %-d %B", "Thứ Sáu, 20 tháng 11"),
            ("zh-TW", "%a %p", "週五 下午"),
            ("tr", "%-d %B %A", "20 Kasım Cuma"),
        ] {
            assert_eq!(write(&lunch, pattern, tag).unwrap(), text, "{tag}");
        }
        let midnight = moment(1_795_104_195, 480);
        assert_eq!(write(&midnight, "%I:%M %p", "en").unwrap(), "12:03 AM");
        // What a pattern always wrote in English: CLDR has Sept for India.
        assert_eq!(write(&moment(1_790_000_000, 0), "%b %B", "en-IN").unwrap(), "Sep September");
        for pattern in ["%B", "%A", "%a", "%p", "%EY", "%Ey"] {
            assert!(write(&lunch, pattern, "pl").is_err(), "{pattern}");
        }
    }

    #[test]
    fn numbers_may_have_native_digits() {
        let lunch = moment(1_795_147_395, 480);
        let native = |tag: &'static str| {
            lunch.write("%-d/%m/%EY %H:%M, 24 %%", Digits::Native, &|| Locale::find(tag))
        };
        assert_eq!(native("ar-EG").unwrap(), "٢٠/١١/٢٠٢٦ ١٢:٠٣, 24 %");
        assert_eq!(native("th").unwrap(), "๒๐/๑๑/๒๕๖๙ ๑๒:๐๓, 24 %");
        assert_eq!(native("zh-CN").unwrap(), "20/11/2026 12:03, 24 %");
        assert!(native("pl").is_err());
    }
}
