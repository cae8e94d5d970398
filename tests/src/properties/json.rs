//! JSON events: what is written is read back as the same; the card number
//! stands neither in what is written nor in an error.

use tillbell_transaction::{Record, json};

use super::{ERROR_DIGITS_MAX, lines_of, longest_digits};

/// # Panics
/// If reading, writing and reading again is not stable, or gives digits away.
pub fn holds(input: &[u8]) {
    match json::read(input) {
        Ok(record) => is_stable(record),
        Err(error) => {
            let text = error.to_string();
            assert!(longest_digits(&text) <= ERROR_DIGITS_MAX, "{text}");
            assert!(!text.is_empty() && !text.contains('\n'), "{text:?}");
        }
    }
}

/// Writing does not depend on the full card number, and loses nothing else.
pub(super) fn is_stable(mut record: Record) {
    let written = json::write(&record);
    let shown = format!("{record:?}");
    if let Record::Transaction(transaction) = &mut record
        && transaction.card.pan.take().is_some()
    {
        assert_eq!(json::write(&record), written, "the card number was written");
        assert_eq!(format!("{record:?}"), shown, "the card number was shown");
    }
    let again = json::read(written.as_bytes()).expect("what was written can be read");
    assert_eq!(json::write(&again), written);
}

/// The day's events, and one with every field.
pub fn seeds() -> Vec<Vec<u8>> {
    let mut seeds: Vec<_> = lines_of("examples/feeds/day.jsonl").into_iter().step_by(4).collect();
    seeds.push(br#"{"ignored":{"reason":"request","mti":"0100"}}"#.to_vec());
    seeds
}
