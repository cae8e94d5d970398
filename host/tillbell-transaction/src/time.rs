use std::fmt;

use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, UtcOffset};

use crate::{Error, Result};

/// An instant, and the wall clock it was read on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp {
    unix_seconds: i64,
    utc_offset_minutes: i16,
}

impl Timestamp {
    /// 1 January 1970, 00:00:00 in UTC.
    pub const EPOCH: Self = Self { unix_seconds: 0, utc_offset_minutes: 0 };
    /// 1 January 1970 to 31 December 9999, on any wall clock.
    const SECONDS: std::ops::RangeInclusive<i64> = 0..=253_402_214_400;
    /// UTC-14 to UTC+14.
    const OFFSETS: std::ops::RangeInclusive<i16> = -840..=840;

    /// An instant in seconds since 1970 (UTC) and the offset of its clock in
    /// minutes.
    ///
    /// # Errors
    /// If the instant is before 1970 or after 9999, or the offset is beyond 14
    /// hours.
    pub fn new(unix_seconds: i64, utc_offset_minutes: i16) -> Result<Self> {
        if !Self::SECONDS.contains(&unix_seconds) {
            return Err(Error::new("", "before 1970 or after 9999"));
        }
        if !Self::OFFSETS.contains(&utc_offset_minutes) {
            return Err(Error::new("", "utc offset beyond 14 hours"));
        }
        Ok(Self { unix_seconds, utc_offset_minutes })
    }

    /// Reads RFC 3339 with an offset, such as `2026-11-20T08:31:05+08:00`.
    /// Fractions of a second are dropped.
    ///
    /// # Errors
    /// If the text is something else; the text is not repeated.
    pub fn parse(text: &str) -> Result<Self> {
        let parsed = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| {
            Error::new("", "expected a time in RFC 3339, such as 2026-11-20T08:31:05+08:00")
        })?;
        Self::new(parsed.unix_timestamp(), parsed.offset().whole_minutes())
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    pub fn unix_seconds(&self) -> i64 {
        self.unix_seconds
    }

    /// Minutes to add to UTC for the wall clock: -840 to 840.
    pub fn utc_offset_minutes(&self) -> i16 {
        self.utc_offset_minutes
    }

    /// The local calendar day as a number, 20261120.
    pub fn local_day(&self) -> u32 {
        let (year, month, day) = self.local().to_calendar_date();
        year.unsigned_abs() * 10_000 + u32::from(u8::from(month)) * 100 + u32::from(day)
    }

    /// The minute of the local day, 0 to 1439.
    pub fn local_minute(&self) -> u32 {
        let (hour, minute, _) = self.local().to_hms();
        u32::from(hour) * 60 + u32::from(minute)
    }

    fn local(&self) -> OffsetDateTime {
        let offset = UtcOffset::from_whole_seconds(i32::from(self.utc_offset_minutes) * 60)
            .unwrap_or(UtcOffset::UTC);
        OffsetDateTime::from_unix_timestamp(self.unix_seconds)
            .unwrap_or(OffsetDateTime::UNIX_EPOCH)
            .to_offset(offset)
    }
}

impl fmt::Display for Timestamp {
    /// Writes RFC 3339.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.local().format(&Rfc3339).map_err(|_| fmt::Error)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_instant_agree() {
        let time = Timestamp::parse("2026-12-31T23:59:59+08:00").unwrap();
        assert_eq!(time.unix_seconds(), 1_798_732_799);
        assert_eq!(time.utc_offset_minutes(), 480);
        assert_eq!(time.local_day(), 20_261_231);
        assert_eq!(time.local_minute(), 1_439);
        assert_eq!(time.to_string(), "2026-12-31T23:59:59+08:00");
        assert_eq!(
            Timestamp::parse("2026-01-01T00:00:00.9Z").unwrap().to_string(),
            "2026-01-01T00:00:00Z"
        );
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "2026-11-20",
            "2026-02-30T00:00:00Z",
            "1969-12-31T23:59:59Z",
            "2026-11-20T08:31:05+15:00",
        ] {
            assert!(Timestamp::parse(text).is_err(), "{text}");
        }
    }
}
