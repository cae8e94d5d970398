//! Inputs that once went wrong, one line for each kind: a sender, a transaction, texts and
//! what must become of them.

use serde_json::Value;
use tillbell_guard::{Guard, Rule, Sender};
use tillbell_transaction::{Record, json};

#[test]
fn what_went_wrong_once_does_not_again() {
    for line in include_str!("cases.jsonl").lines() {
        let case: Value = serde_json::from_str(line).expect("a case");
        let (name, bundle) = (&case["name"], &case["bundle"]);
        let string = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let segments = bundle["max-segments"].as_u64().unwrap_or(10) as usize;
        let sender =
            Sender::new(string(&bundle["signature"]), string(&bundle["hotline"]), segments);
        let event = case["transaction"].to_string();
        let Ok(Record::Transaction(transaction)) = json::read(event.as_bytes()) else {
            panic!("{name}: no transaction");
        };
        let guard = Guard::new().with_sender(&sender).with_transaction(&transaction);
        for text in case["texts"].as_array().expect("texts") {
            let text = text.as_str().expect("a text");
            let found: Vec<_> = guard.inspect(text).iter().map(|finding| finding.rule).collect();
            if case["kind"] == "clean" {
                assert_eq!(found, [], "{name}: {text}");
                continue;
            }
            let rules = string(&case["rule"]);
            let is_named = |rule: &Rule| {
                rules.split(", ").any(|name| name == rule.as_str()) || *rule == Rule::Unaccounted
            };
            assert!(found.iter().any(is_named), "{name}: {text}: {found:?}");
        }
    }
}
