//! What a deliver_sm says of a part.
//!
//! The text of a receipt is no standard: Appendix B of SMPP 3.4 gives an example,
//! and SMSCs write `id:… sub:… dlvrd:… submit date:… done date:… stat:… err:…
//! text:…` in capitals or not, in any order, with parts left out.

use super::settings::Ids;
use crate::State;

/// The longest part of a receipt that is looked at, in bytes.
const TEXT_BYTES_MAX: usize = 1_024;
/// Keys behind which a value stands.
const KEYS: [&str; 8] =
    ["id:", "sub:", "dlvrd:", "submit date:", "done date:", "stat:", "err:", "text:"];

/// What a receipt says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Said {
    /// The part's id, in the form that ids are compared in.
    pub(super) remote: String,
    /// How it ended; none for one that is still on its way.
    pub(super) state: Option<State>,
    /// `UNDELIV-001`, or `UNDELIV` where there is no error.
    pub(super) cause: Option<String>,
    /// How the text begins.
    pub(super) text: Option<String>,
    /// When it was submitted, on a clock of the SMSC's zone, in milliseconds since
    /// 1970.
    pub(super) submitted_ms: Option<i64>,
}

/// Reads the text of a receipt; none if it is none.
pub(super) fn from_text(text: &[u8], ids: Ids) -> Option<Said> {
    let text = String::from_utf8_lossy(&text[..text.len().min(TEXT_BYTES_MAX)]).into_owned();
    let lower = text.to_ascii_lowercase();
    let value = |key: &str| -> Option<&str> {
        let start = find(&lower, key)? + key.len();
        // Up to the next key; what stands behind `text:` is the message's.
        let end = KEYS
            .iter()
            .filter_map(|key| find(&lower[start..], key))
            .min()
            .map_or(text.len(), |at| start + at);
        Some(text[start..end].trim())
    };
    let remote = value("id:").filter(|id| !id.is_empty())?;
    let stat = value("stat:")?.split_whitespace().next()?.to_ascii_uppercase();
    let error = value("err:").and_then(|error| error.split_whitespace().next());
    let begins = value("text:").filter(|text| !text.is_empty() && !text.contains('\u{fffd}'));
    Some(Said {
        text: begins.map(Into::into),
        submitted_ms: value("submit date:").and_then(date),
        ..said(remote, ids, &stat, state_of(&stat), error)
    })
}

/// A date as receipts write it, YYMMDDhhmm with or without seconds, in milliseconds
/// since 1970.
fn date(text: &str) -> Option<i64> {
    let digits = text.get(..10)?;
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let two = |at: usize| digits.get(at..at + 2);
    let (year, month, day) = (two(0)?, two(2)?, two(4)?);
    let (hour, minute) = (two(6)?, two(8)?);
    let second = text.get(10..12).filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    let second = second.unwrap_or("00");
    let time = format!("20{year}-{month}-{day}T{hour}:{minute}:{second}Z");
    Some(tillbell_transaction::Timestamp::parse(&time).ok()?.unix_seconds() * 1_000)
}

/// A receipt of TLVs alone: receipted_message_id and message_state.
pub(super) fn from_tlvs(remote: &str, ids: Ids, state: u8, error: Option<String>) -> Said {
    let (stat, state) = message_state(state);
    said(remote, ids, stat, state, error.as_deref())
}

/// What the message_state of a receipt or of query_sm_resp says (5.2.28).
pub(super) fn message_state(state: u8) -> (&'static str, Option<State>) {
    let stat = match state {
        0 => "SCHEDULED",
        1 => "ENROUTE",
        2 => "DELIVRD",
        3 => "EXPIRED",
        4 => "DELETED",
        5 => "UNDELIV",
        6 => "ACCEPTD",
        8 => "REJECTD",
        9 => "SKIPPED",
        _ => "UNKNOWN",
    };
    (stat, state_of(stat))
}

fn state_of(stat: &str) -> Option<State> {
    match stat {
        "DELIVRD" | "DELIVERED" => Some(State::Delivered),
        "EXPIRED" => Some(State::Expired),
        "ENROUTE" | "ACCEPTD" | "ACCEPTED" | "SCHEDULED" | "BUFFERED" | "BUFFRED" => None,
        // UNDELIV, DELETED, REJECTD, UNKNOWN, FAILED, and what nobody wrote down.
        _ => Some(State::Failed),
    }
}

fn said(remote: &str, ids: Ids, stat: &str, state: Option<State>, error: Option<&str>) -> Said {
    let error = error.filter(|error| !error.trim_start_matches('0').is_empty());
    // What a peer writes goes into causes, and these into labels and tables.
    let is_code = |text: &str| {
        (1..=16).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    let stat = if is_code(stat) { stat } else { "UNREADABLE" };
    let cause = match error.filter(|error| is_code(error)) {
        Some(error) => Some(format!("{stat}-{error}")),
        None if state == Some(State::Delivered) => None,
        None => Some(stat.into()),
    };
    Said { remote: ids.canonical(remote), state, cause, text: None, submitted_ms: None }
}

/// Where a key stands: at the beginning, or behind what is no letter.
fn find(text: &str, key: &str) -> Option<usize> {
    text.match_indices(key)
        .map(|(at, _)| at)
        .find(|at| !text[..*at].ends_with(|before: char| before.is_ascii_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As SMSCs write them.
    #[test]
    fn receipts_are_read_in_every_form() {
        let delivered = Some(State::Delivered);
        let failed = Some(State::Failed);
        for (text, remote, state, cause) in [
            (
                "id:0123456789 sub:001 dlvrd:001 submit date:0809011130 done date:0809011131 stat:DELIVRD err:000 text:This is an Acknow",
                "123456789",
                delivered,
                None,
            ),
            (
                "id:7220bb6bd0be98fa628de66590f80070 sub:001 dlvrd:000 submit date:1510200705 done date:1510200706 stat:UNDELIV err:1 text:-",
                "7220bb6bd0be98fa628de66590f80070",
                failed,
                Some("UNDELIV-1"),
            ),
            ("ID:A1B2 STAT:EXPIRED ERR:000", "a1b2", Some(State::Expired), Some("EXPIRED")),
            ("stat:failed err:0x1 id:12 done date:0000000000", "12", failed, Some("FAILED-0x1")),
            (
                "id:12 sub:001 dlvrd:001 submit date:2611200831 done date:0000000000 stat:REJECTD",
                "12",
                failed,
                Some("REJECTD"),
            ),
            ("id:12 stat:ENROUTE err:000 text:", "12", None, Some("ENROUTE")),
            ("id:12 stat:ACCEPTD", "12", None, Some("ACCEPTD")),
            (
                "id: 12 sub:001 dlvrd:001 stat: DELIVRD err: 000 text: stat:UNDELIV",
                "12",
                delivered,
                None,
            ),
            ("id:12 submit date:2611200831 stat:UNKNOWN", "12", failed, Some("UNKNOWN")),
            ("id:12 stat:<script> err:a b", "12", failed, Some("UNREADABLE-a")),
        ] {
            let said = from_text(text.as_bytes(), Ids::Text).unwrap();
            let wanted = (remote.to_owned(), state, cause.map(str::to_owned));
            assert_eq!((said.remote, said.state, said.cause), wanted, "{text}");
        }
    }

    #[test]
    fn what_is_no_receipt_is_none() {
        for text in [
            "",
            "STOP",
            "id:",
            "id:12",
            "stat:DELIVRD",
            "grid:12 thermostat:DELIVRD",
            "id: stat:DELIVRD",
        ] {
            assert_eq!(from_text(text.as_bytes(), Ids::Text), None, "{text}");
        }
        assert_eq!(from_text(&[0xff, 0xfe, 0, 0x80], Ids::Text), None);
        let long = [b"id:1 ".as_slice(), &[b'x'; 5_000], b" stat:DELIVRD"].concat();
        assert_eq!(from_text(&long, Ids::Text), None);
    }

    #[test]
    fn tlvs_say_the_same() {
        let said = from_tlvs("00AB", Ids::Text, 5, Some("1".into()));
        let wanted = Said {
            remote: "ab".into(),
            state: Some(State::Failed),
            cause: Some("UNDELIV-1".into()),
            text: None,
            submitted_ms: None,
        };
        assert_eq!(said, wanted);
        assert_eq!(from_tlvs("4d2", Ids::Hex, 2, None).remote, "1234");
        assert_eq!(from_tlvs("1", Ids::Text, 1, None).state, None);
    }
}
