use std::fmt::Write;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;

/// The table of so many cardholders and as many merchants, all with consent, each
/// with a telephone of its own.
pub fn subscribers(count: u64) -> String {
    let mut text = String::from("party,reference,phone,locale,consent\n");
    for number in 0..count {
        let _ = writeln!(
            text,
            "cardholder,tok_{number},+86139{number:08},zh-CN,2026-01-05T10:00:00+08:00\n\
             merchant,M{number:014},+86137{number:08},zh-CN,2026-01-05T10:00:00+08:00"
        );
    }
    text
}

/// A purchase with a message for each of its parties, one of so many subscribers;
/// every number makes another. It happens at noon of wherever it is noon now, so
/// that quiet hours are never in the way.
pub fn event(number: u64, subscribers: u64) -> String {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs());
    let noon = 12 * 3_600;
    let past = seconds % 86_400;
    // Whole hours ahead of UTC, or behind it.
    let hours = (noon as i64 - past as i64) / 3_600;
    let days = seconds / 86_400;
    let local = (past as i64 + hours * 3_600).clamp(0, 86_399);
    let (year, month, day) = date(days as i64);
    let (hour, minute, second) = (local / 3_600, local / 60 % 60, local % 60);
    let sign = if hours < 0 { '-' } else { '+' };
    let (one, amount) = (number % subscribers, 12_850 + number % 1_000);
    let (stan, hours) = (number % 1_000_000, hours.abs());
    format!(
        r#"{{"kind":"purchase","approval":"approved","amount":{{"minor_units":{amount},"currency":"CNY"}},"time":"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{sign}{hours:02}:00","card":{{"bin":"62162610","last4":"0018","token":"tok_{one}"}},"merchant":{{"name":"咖啡实验室","city":"上海","country":"CN","id":"M{one:014}","terminal":"00000312","category":"5814"}},"entry_mode":"chip","rrn":"{number:012}","stan":"{stan:06}","acquirer":"01020000"}}"#
    )
}

/// The reversal of a purchase: full, or partial with an amount in minor units.
///
/// # Panics
/// If [`event`] gives something else than JSON.
pub fn reversal(purchase: u64, subscribers: u64, part: Option<u64>) -> String {
    let mut event: Value =
        serde_json::from_str(&event(purchase, subscribers)).expect("an event is JSON");
    let original = event["amount"].clone();
    event["kind"] = "reversal".into();
    event["original_kind"] = "purchase".into();
    event["original_stan"] = event["stan"].take();
    event["stan"] = format!("{:06}", (purchase + 500_000) % 1_000_000).into();
    if let Some(part) = part {
        event["amount"]["minor_units"] = part.into();
        event["original_amount"] = original;
    }
    event.to_string()
}

/// Year, month and day of a day since 1970 (Howard Hinnant's civil_from_days).
fn date(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}
