//! Hours in which a party does not want optional messages.

use crate::interface::tillbell::plugin::types::{QuietHours, Time};

/// Minutes of a day.
const DAY: u16 = 1_440;

/// Reads `22:00-07:00`; a start after the end means through midnight.
pub(crate) fn parse(text: &str) -> Option<QuietHours> {
    let minute = |text: &str| {
        let (hour, minute) = text.split_once(':')?;
        if hour.len() != 2 || minute.len() != 2 {
            return None;
        }
        let (hour, minute) = (hour.parse::<u16>().ok()?, minute.parse::<u16>().ok()?);
        (hour < 24 && minute < 60).then_some(hour * 60 + minute)
    };
    let (start, end) = text.split_once('-')?;
    let (start_minute, end_minute) = (minute(start)?, minute(end)?);
    (start_minute != end_minute).then_some(QuietHours { start_minute, end_minute })
}

/// If an instant lies in quiet hours on a clock with this offset from UTC, the
/// instant at which they end.
pub(crate) fn end(hours: QuietHours, now: Time, utc_offset_minutes: i16) -> Option<Time> {
    let local_seconds =
        now.unix_seconds.checked_add(i64::from(utc_offset_minutes) * 60)?.rem_euclid(86_400);
    let minute = u16::try_from(local_seconds / 60).ok()?;
    let since_start = (minute + DAY - hours.start_minute % DAY) % DAY;
    let length = (hours.end_minute % DAY + DAY - hours.start_minute % DAY) % DAY;
    if since_start >= length {
        return None;
    }
    let left = i64::from(length - since_start) * 60 - local_seconds % 60;
    Some(Time { unix_seconds: now.unix_seconds + left, utc_offset_minutes })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Midnight of 20 November 2026 in UTC.
    const MIDNIGHT: i64 = 1_795_132_800;

    fn ends(span: &str, hour: i64, minute: i64, offset: i16) -> Option<i64> {
        let now = MIDNIGHT + hour * 3_600 + minute * 60 + 7;
        end(parse(span).unwrap(), Time { unix_seconds: now, utc_offset_minutes: 0 }, offset)
            .map(|time| (time.unix_seconds - MIDNIGHT) / 60)
    }

    #[test]
    fn quiet_hours_end_at_their_end() {
        for (span, hour, minute, offset, expected) in [
            ("22:00-07:00", 21, 59, 0, None),
            ("22:00-07:00", 22, 0, 0, Some(24 * 60 + 7 * 60)),
            ("22:00-07:00", 3, 0, 0, Some(7 * 60)),
            ("22:00-07:00", 7, 0, 0, None),
            ("12:00-14:00", 13, 30, 0, Some(14 * 60)),
            ("12:00-14:00", 14, 0, 0, None),
            // 15:00 in UTC is 23:00 in Shanghai; quiet until 07:00 there.
            ("22:00-07:00", 15, 0, 480, Some(23 * 60)),
            ("22:00-07:00", 4, 0, -300, Some(12 * 60)),
        ] {
            assert_eq!(ends(span, hour, minute, offset), expected, "{span} {hour}:{minute}");
        }
    }

    #[test]
    fn what_is_no_span_is_refused() {
        for text in ["", "22:00", "22-07", "24:00-07:00", "22:60-07:00", "7:00-8:00", "07:00-07:00"]
        {
            assert!(parse(text).is_none(), "{text}");
        }
    }
}
