//! When it happened: times that come without a year and without a zone.
//!
//! The year is the one that brings DE7 (which is UTC) closest to the
//! reference time, or the local time where there is no DE7. The zone is local
//! time less DE7, to the nearest clock that exists. An advice may be sent long
//! after the transaction, so there the dialect's own offset counts before the
//! difference does.

use std::cmp::Reverse;

use tillbell_transaction::{Error, Result, Timestamp};
use time::{Date, Month, Time};

use crate::alarms::Alarms;
use crate::dialect::Table;
use crate::message::Message;

/// The clocks that exist beside those of whole hours from UTC-12 to UTC+14, in minutes.
const OFFSETS_MINUTES: [i64; 13] =
    [-570, -210, -150, 210, 270, 330, 345, 390, 525, 570, 630, 765, 825];
/// How far DE7 may be from a clock that exists, in seconds.
const DRIFT_SECONDS: i64 = 600;
/// The same of an advice, which may have been sent much later than it happened.
const ADVICE_DRIFT_SECONDS: i64 = 120;
/// How far the clocks of one transaction may be apart, in seconds.
const APART_SECONDS: i64 = 86_400;
/// A clock that is further off than this cannot be right.
const FAR_SECONDS: i64 = 366 * 86_400;

/// What a message says of its time, in seconds since 1970 on the clock named.
pub(crate) struct Stated {
    /// DE7, on the clock of UTC, or the merchant's where the dialect says so.
    transmitted: Option<Yearless>,
    /// DE12 and DE13, on the merchant's.
    local: Option<Local>,
}

#[derive(Clone, Copy)]
struct Yearless {
    month: u8,
    day: u8,
    second: i64,
}

#[derive(Clone, Copy)]
enum Local {
    Yearless(Yearless),
    /// With two digits of the year.
    ShortYear(u8, Yearless),
}

impl Stated {
    /// Reads DE7, DE12 and DE13.
    ///
    /// # Errors
    /// Names the field that is no time, or missing.
    pub(crate) fn read(message: &Message<'_>) -> Result<Self> {
        let transmitted = message
            .value(7)?
            .map(|value| yearless(value.as_str()).ok_or_else(|| Error::new("DE7", NO_TIME)))
            .transpose()?;
        let local = match message.value(12)? {
            None => None,
            Some(time) if time.as_str().len() == 12 => {
                Some(short_year(time.as_str()).ok_or_else(|| Error::new("DE12", NO_TIME))?)
            }
            Some(time) => {
                let time = clock(time.as_str()).ok_or_else(|| Error::new("DE12", NO_TIME))?;
                match message.value(13)? {
                    Some(date) => {
                        let (month, day) =
                            date_of(date.as_str()).ok_or_else(|| Error::new("DE13", NO_DATE))?;
                        Some(Local::Yearless(Yearless { month, day, second: time }))
                    }
                    None if transmitted.is_some() => None,
                    None => return Err(Error::new("DE13", "is missing, and so is DE7")),
                }
            }
        };
        if transmitted.is_none() && local.is_none() {
            return Err(Error::new("DE7", "is missing, and so is DE12"));
        }
        Ok(Self { transmitted, local })
    }

    /// The instant, and the merchant's clock.
    ///
    /// # Errors
    /// If a day is in none of the years around the reference, no offset can be told, or a
    /// clock cannot be right and the dialect does not say what takes its place.
    pub(crate) fn resolve(
        &self,
        table: &Table,
        reference: Timestamp,
        is_advice: bool,
        alarms: &mut Alarms,
    ) -> Result<Timestamp> {
        let stated = table.utc_offset_minutes.map(i64::from);
        let now = reference.unix_seconds();
        let transmitted = self
            .transmitted
            .map(|transmitted| transmitted.closest_to(now).ok_or_else(|| no_day("DE7")))
            .transpose()?;
        // On the merchant's clock it says when, and nothing of the zone.
        let utc = match (transmitted, table.local_transmission) {
            (Some(local), true) => {
                let offset = stated.ok_or_else(|| Error::new("DE7", NO_OFFSET))?;
                Some(local - offset * 60)
            }
            (utc, _) => utc,
        };
        let mut local = self.local;
        let mut wrong = |detail: &str| {
            let error = Error::new("DE12", detail);
            if !table.replaces_wrong_clock {
                return Err(error);
            }
            alarms.add(error);
            Ok(())
        };
        if let Some(stated @ Local::ShortYear(..)) = local {
            let near = utc.unwrap_or(now);
            let far = |at: i64| (at - near).abs() > FAR_SECONDS;
            if stated.closest_to(near).is_some_and(far) {
                wrong("years from when it was sent or received")?;
                local = None;
            }
        }
        let inferred = match (utc, local) {
            (Some(utc), Some(local)) if !table.local_transmission => {
                let local = local.closest_to(utc).ok_or_else(|| no_day("DE13"))?;
                let drift = if is_advice { ADVICE_DRIFT_SECONDS } else { DRIFT_SECONDS };
                clock_of(local - utc, drift)
            }
            _ => None,
        };
        if let (Some(utc), Some(own), Some(stated), false, None) =
            (utc, local, stated, is_advice || table.local_transmission, inferred)
        {
            let far = own.closest_to(utc).map_or(0, |own| (own - utc - stated * 60).abs());
            if far > APART_SECONDS {
                wrong("days from DE7")?;
                local = None;
            }
        }
        let offset = match is_advice || table.has_one_clock {
            true => stated.or(inferred),
            false => inferred.or(stated),
        };
        if local.is_some() && offset.is_none() {
            match utc {
                None => return Err(Error::new("DE12", NO_OFFSET)),
                Some(_) => {
                    wrong(
                        "further from DE7 than any clock, and the dialect has no utc_offset_minutes",
                    )?;
                    local = None;
                }
            }
        }
        let offset = offset.unwrap_or(0);
        let instant = match (local, utc) {
            (Some(local), _) => {
                let near = utc.unwrap_or(now) + offset * 60;
                local.closest_to(near).ok_or_else(|| no_day("DE13"))? - offset * 60
            }
            (None, Some(utc)) => utc,
            // A clock that is wrong alone: that of who receives.
            (None, None) => now,
        };
        // An offset is within 840 minutes.
        Timestamp::new(instant, offset as i16).map_err(|error| error.within("DE12"))
    }
}

/// The offset from UTC, in minutes, of the clock that is nearest to these seconds from UTC;
/// it must be within `drift` seconds.
fn clock_of(seconds: i64, drift: i64) -> Option<i64> {
    let is_near = |minutes: &i64| (seconds - minutes * 60).abs() <= drift;
    let whole = (seconds + 1_800).div_euclid(3_600).clamp(-12, 14) * 60;
    let all = std::iter::once(whole).chain(OFFSETS_MINUTES);
    all.filter(is_near).min_by_key(|minutes| (seconds - minutes * 60).abs())
}

const NO_OFFSET: &str = "on the merchant's clock, and the dialect has no utc_offset_minutes";
const NO_TIME: &str = "not a time";
const NO_DATE: &str = "not a month and a day";

fn no_day(field: &str) -> Error {
    Error::new(field, "not a day of the year of the reference time, nor of those next to it")
}

impl Yearless {
    fn in_year(self, year: i32) -> Option<i64> {
        let month = Month::try_from(self.month).ok()?;
        let date = Date::from_calendar_date(year, month, self.day).ok()?;
        Some(i64::from(date.to_julian_day() - EPOCH_JULIAN_DAY) * 86_400 + self.second)
    }

    /// About when it would be in a year, also where the year has no such day.
    fn about(self, year: i32) -> Option<i64> {
        let days = Date::from_calendar_date(year, Month::January, 1).ok()?.to_julian_day()
            - EPOCH_JULIAN_DAY;
        let day = i64::from(days) + (i64::from(self.month) - 1) * 306 / 10 + i64::from(self.day);
        Some(day * 86_400 + self.second)
    }

    /// In the year that brings it closest, on the same clock; none where that year has no
    /// such day. Of two years equally far, the later.
    fn closest_to(self, instant: i64) -> Option<i64> {
        let year = year_of(instant)?;
        let closest = (year - 1..=year + 1).min_by_key(|year| {
            let candidate = self.in_year(*year).or_else(|| self.about(*year));
            (candidate.map_or(i64::MAX, |at| (at - instant).abs()), Reverse(*year))
        })?;
        self.in_year(closest)
    }
}

impl Local {
    fn closest_to(self, instant: i64) -> Option<i64> {
        match self {
            Self::Yearless(yearless) => yearless.closest_to(instant),
            Self::ShortYear(year, yearless) => {
                let century = year_of(instant)?.div_euclid(100) * 100;
                [century - 100, century, century + 100]
                    .into_iter()
                    .filter_map(|century| yearless.in_year(century + i32::from(year)))
                    .min_by_key(|candidate| (candidate - instant).abs())
            }
        }
    }
}

/// 1 January 1970.
const EPOCH_JULIAN_DAY: i32 = 2_440_588;

fn year_of(instant: i64) -> Option<i32> {
    let days = i32::try_from(instant.div_euclid(86_400)).ok()?;
    Date::from_julian_day(days.checked_add(EPOCH_JULIAN_DAY)?).ok().map(Date::year)
}

/// Reads MMDDhhmmss.
fn yearless(text: &str) -> Option<Yearless> {
    let (date, time) = text.split_at_checked(4)?;
    let (month, day) = date_of(date)?;
    Some(Yearless { month, day, second: clock(time)? })
}

/// Reads YYMMDDhhmmss.
fn short_year(text: &str) -> Option<Local> {
    let (year, rest) = text.split_at_checked(2)?;
    Some(Local::ShortYear(year.parse().ok()?, yearless(rest)?))
}

/// Reads MMDD. Whether the month has the day depends on the year.
fn date_of(text: &str) -> Option<(u8, u8)> {
    let (month, day) = text.split_at_checked(2)?;
    let (month, day) = (two(month)?, two(day)?);
    ((1..=12).contains(&month) && (1..=31).contains(&day)).then_some((month, day))
}

/// Reads hhmmss, in seconds of the day.
pub(crate) fn clock(text: &str) -> Option<i64> {
    let (hour, rest) = text.split_at_checked(2)?;
    let (minute, second) = rest.split_at_checked(2)?;
    let time = Time::from_hms(two(hour)?, two(minute)?, two(second)?).ok()?;
    let (hour, minute, second) = time.as_hms();
    Some(i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second))
}

fn two(text: &str) -> Option<u8> {
    (text.len() == 2).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `reference`, DE7, DE12 (or with the year), DE13, and what the dialect says.
    fn resolved(
        reference: &str,
        transmitted: Option<&str>,
        local: Option<&str>,
        settings: &str,
        is_advice: bool,
    ) -> (Result<String>, usize) {
        let local = local.map(|text| match text.len() {
            12 => short_year(text).unwrap(),
            _ => Local::Yearless(yearless(text).unwrap()),
        });
        let transmitted = transmitted.map(|text| yearless(text).unwrap());
        let text = format!("extends = \"iso1987-ascii\"\n{settings}");
        let dialect = crate::Dialect::parse(&text, "own.toml").unwrap();
        let mut alarms = Alarms::default();
        let reference = Timestamp::parse(reference).unwrap();
        let time =
            Stated { transmitted, local }.resolve(&dialect.0, reference, is_advice, &mut alarms);
        (time.map(|time| time.to_string()), alarms.into_vec().len())
    }

    fn resolve(
        reference: &str,
        utc: Option<&str>,
        local: Option<&str>,
        offset: Option<i16>,
        is_advice: bool,
    ) -> Result<String> {
        let settings = offset.map(|offset| format!("utc_offset_minutes = {offset}"));
        resolved(reference, utc, local, &settings.unwrap_or_default(), is_advice).0
    }

    #[test]
    fn only_clocks_that_exist_are_told() {
        for (seconds, minutes) in [
            (28_800, Some(480)),
            (28_800 + 480, Some(480)),
            (480, Some(0)),
            (20_700, Some(345)),
            (20_400, Some(345)),
            (-8_100, None),
            (12_600, Some(210)),
            (86_400, None),
        ] {
            assert_eq!(clock_of(seconds, DRIFT_SECONDS), minutes, "{seconds}");
        }
        let reference = "2026-11-20T12:00:00Z";
        let late = resolve(reference, Some("1120112000"), Some("1120090000"), None, true);
        assert_eq!(late.unwrap_err().field(), "DE12");
        // Days apart, and no advice: one of them is wrong.
        let apart = resolve(reference, Some("1120003105"), Some("1114083105"), Some(480), false);
        assert_eq!(apart.unwrap_err().field(), "DE12");
        // All merchants have one clock.
        let one = "utc_offset_minutes = 480\none_clock = true";
        let at = resolved(reference, Some("1120083105"), Some("1120083105"), one, false).0;
        assert_eq!(at.unwrap(), "2026-11-20T08:31:05+08:00");
    }

    #[test]
    fn a_day_that_a_year_does_not_have_is_refused_and_never_moved() {
        let day = |reference, day| resolve(reference, Some(day), None, None, false);
        assert_eq!(day("2027-03-15T00:00:00Z", "0229120000").unwrap_err().field(), "DE7");
        assert_eq!(day("2027-10-15T00:00:00Z", "0229120000").unwrap(), "2028-02-29T12:00:00Z");
        // Half a year is half a year.
        assert_eq!(day("2026-07-05T00:00:00Z", "0101000000").unwrap(), "2027-01-01T00:00:00Z");
        assert_eq!(day("2026-06-30T00:00:00Z", "0101000000").unwrap(), "2026-01-01T00:00:00Z");
    }

    #[test]
    fn the_transmission_may_be_on_the_merchants_clock() {
        let reference = "2026-11-20T00:31:00Z";
        let local = "utc_offset_minutes = 480\ntransmission_time = \"local\"";
        let at = |local_time, settings| {
            resolved(reference, Some("1120083107"), local_time, settings, false).0
        };
        assert_eq!(at(Some("1120083105"), local).unwrap(), "2026-11-20T08:31:05+08:00");
        assert_eq!(at(None, local).unwrap(), "2026-11-20T08:31:07+08:00");
        let unsaid = "transmission_time = \"local\"";
        assert_eq!(at(Some("1120083105"), unsaid).unwrap_err().field(), "DE7");
    }

    #[test]
    fn a_clock_of_1970_is_refused_or_replaced() {
        let reference = "2026-11-20T00:31:00Z";
        let at = |transmitted, settings| {
            resolved(reference, transmitted, Some("700101000312"), settings, false)
        };
        assert_eq!(at(Some("1120003105"), "").0.unwrap_err().field(), "DE12");
        let replaced = "utc_offset_minutes = 480\nwrong_clock = \"receipt\"";
        let (time, alarms) = at(Some("1120003105"), replaced);
        assert_eq!((time.unwrap().as_str(), alarms), ("2026-11-20T08:31:05+08:00", 1));
        let (time, alarms) = at(None, replaced);
        assert_eq!((time.unwrap().as_str(), alarms), ("2026-11-20T08:31:00+08:00", 1));
    }

    #[test]
    fn the_turn_of_the_year_goes_both_ways() {
        for (reference, utc, local, expected) in [
            // Shanghai is in the new year already; DE7 is not.
            ("2026-12-31T18:00:00Z", "1231180000", "0101020000", "2027-01-01T02:00:00+08:00"),
            // Read a little before and a little after the turn.
            ("2027-01-01T00:00:00Z", "1231180000", "0101020000", "2027-01-01T02:00:00+08:00"),
            // New York is still in the old one.
            ("2027-01-01T01:00:00Z", "0101003000", "1231193000", "2026-12-31T19:30:00-05:00"),
            ("2026-12-31T23:00:00Z", "0101003000", "1231193000", "2026-12-31T19:30:00-05:00"),
            // One second before and behind midnight, UTC.
            ("2027-01-01T00:00:00Z", "1231235959", "1231235959", "2026-12-31T23:59:59Z"),
            ("2026-12-31T23:59:59Z", "0101000000", "0101000000", "2027-01-01T00:00:00Z"),
            // Read in July, December is of the year that is closer.
            ("2026-06-20T00:00:00Z", "1231120000", "1231120000", "2025-12-31T12:00:00Z"),
            ("2026-07-20T00:00:00Z", "1231120000", "1231120000", "2026-12-31T12:00:00Z"),
        ] {
            let seen = resolve(reference, Some(utc), Some(local), None, false).unwrap();
            assert_eq!(seen, expected, "{reference} {utc} {local}");
        }
    }

    #[test]
    fn the_zone_is_the_difference_to_a_quarter_of_an_hour() {
        let reference = "2026-11-20T12:00:00Z";
        for (utc, local, expected) in [
            ("1120003105", "1120083105", "2026-11-20T08:31:05+08:00"),
            // The clocks of till and switch differ by four minutes.
            ("1120003505", "1120083105", "2026-11-20T08:31:05+08:00"),
            ("1120002705", "1120083105", "2026-11-20T08:31:05+08:00"),
            ("1120024605", "1120083105", "2026-11-20T08:31:05+05:45"),
            ("1120120105", "1120083105", "2026-11-20T08:31:05-03:30"),
            ("1119183105", "1120083105", "2026-11-20T08:31:05+14:00"),
        ] {
            let seen = resolve(reference, Some(utc), Some(local), None, false).unwrap();
            assert_eq!(seen, expected, "{utc}");
        }
    }

    #[test]
    fn without_a_difference_the_dialect_says_the_offset() {
        let reference = "2026-12-31T20:00:00Z";
        let only_local = |offset| resolve(reference, None, Some("0101000500"), offset, false);
        assert_eq!(only_local(Some(480)).unwrap(), "2027-01-01T00:05:00+08:00");
        assert_eq!(only_local(None).unwrap_err().field(), "DE12");
        let only_utc = resolve(reference, Some("1231195500"), None, Some(480), false).unwrap();
        assert_eq!(only_utc, "2027-01-01T03:55:00+08:00");
    }

    #[test]
    fn an_advice_sent_late_keeps_the_merchants_clock() {
        let reference = "2026-11-20T12:00:00Z";
        let late = |offset, is_advice| {
            resolve(reference, Some("1120033105"), Some("1120083105"), offset, is_advice).unwrap()
        };
        assert_eq!(late(Some(480), true), "2026-11-20T08:31:05+08:00");
        // Nothing but the difference to go by.
        assert_eq!(late(None, true), "2026-11-20T08:31:05+05:00");
        // Two days late: no clock is that far away.
        let days =
            |offset| resolve(reference, Some("1120003105"), Some("1118083105"), offset, true);
        assert_eq!(days(Some(480)).unwrap(), "2026-11-18T08:31:05+08:00");
        assert_eq!(days(None).unwrap_err().field(), "DE12");
    }

    #[test]
    fn a_short_year_is_of_the_closest_century() {
        let seen =
            resolve("2026-11-20T12:00:00Z", Some("1231180000"), Some("270101020000"), None, false);
        assert_eq!(seen.unwrap(), "2027-01-01T02:00:00+08:00");
        let leap = |reference, day| resolve(reference, Some(day), None, None, false);
        assert_eq!(leap("2028-03-01T00:00:00Z", "0229120000").unwrap(), "2028-02-29T12:00:00Z");
        assert_eq!(leap("2026-03-01T00:00:00Z", "0229120000").unwrap_err().field(), "DE7");
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in ["", "1", "1320000000", "0032000000", "1120246000", "11200831", "112008310500"]
        {
            assert!(yearless(text).is_none(), "{text}");
        }
    }
}
