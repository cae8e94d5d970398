//! Messages that went wrong once, each for a kind, with what is right.

use serde_json::Value;
use tillbell_iso8583::{Decoder, Dialect, Record};
use tillbell_transaction::{Timestamp, json};

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hex"))
        .collect()
}

/// Whether what is expected is in what there is; `not HN` asks for anything else.
fn holds(expected: &Value, seen: &Value) -> bool {
    match expected {
        Value::Object(fields) => fields.iter().all(|(name, value)| holds(value, &seen[name])),
        Value::String(text) if text.starts_with("not ") => seen.as_str() != Some(&text[4..]),
        other => other == seen,
    }
}

#[test]
fn what_went_wrong_once_is_right() {
    for line in include_str!("cases.jsonl").lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let text = |key: &str| case[key].as_str().unwrap();
        let decoder = Decoder::new(Dialect::builtin(text("dialect")).unwrap())
            .reference_time(Timestamp::parse(text("reference")).unwrap());
        let decoded = decoder.decode(&bytes(text("hex"))).unwrap();
        assert!(matches!(decoded.record, Record::Transaction(_)), "{}", text("name"));
        let seen: Value = serde_json::from_str(&json::write(&decoded.record)).unwrap();
        assert!(holds(&case["expect"], &seen), "{}: {seen}", text("name"));
    }
}
