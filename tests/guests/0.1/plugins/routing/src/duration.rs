//! Spans of time as people write them: `90s`, `15m`, `12h`, `3d`.

/// The longest span, in seconds: 31 days.
const SECONDS_MAX: i64 = 31 * 86_400;

/// Reads a span in seconds, 1 s to 31 days.
pub(crate) fn parse(text: &str) -> Option<i64> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return None,
    };
    let well_formed = (1..=7).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
    let span = if well_formed { number.parse::<i64>().ok()? * seconds } else { return None };
    (1..=SECONDS_MAX).contains(&span).then_some(span)
}

#[cfg(test)]
mod tests {
    #[test]
    fn spans_are_read() {
        for (text, seconds) in [("90s", 90), ("15m", 900), ("12h", 43_200), ("31d", 2_678_400)] {
            assert_eq!(super::parse(text), Some(seconds));
        }
        for text in ["", "s", "12", "-1h", "1.5h", "0s", "32d", "1w", "é", "99999999s"] {
            assert_eq!(super::parse(text), None, "{text}");
        }
    }
}
