use tillbell_transaction::{Record, json};

use super::*;

fn transaction(kind: &str, stan: &str, extra: &str) -> Transaction {
    let line = format!(
        r#"{{"kind":"{kind}","approval":"approved","amount":{{"minor_units":1,"currency":"CNY"}},"time":"2026-11-20T08:31:05+08:00","card":{{"bin":"621626","last4":"0018"}},"merchant":{{"name":"m","id":"1"}},"rrn":"632408000123","stan":"{stan}"{extra}}}"#
    );
    let Ok(Record::Transaction(transaction)) = json::read(line.as_bytes()) else { panic!() };
    *transaction
}

fn outcome(transaction: &Transaction, decision: Decision) -> Outcome {
    Outcome { decision, ..suppressed(transaction, "test") }
}

fn reason(correlator: &mut Correlator, transaction: &Transaction) -> Option<String> {
    correlator.settle(transaction).map(|outcome| outcome.reason)
}

#[test]
fn a_repeat_makes_no_second_message() {
    let mut correlator = Correlator::new(10);
    let purchase = transaction("purchase", "000123", "");
    assert_eq!(reason(&mut correlator, &purchase), None);
    correlator.record(&purchase, &outcome(&purchase, Decision::Notified));
    assert_eq!(reason(&mut correlator, &purchase).as_deref(), Some("repeat"));
    assert_eq!(reason(&mut correlator, &transaction("refund", "000123", "")), None);
}

/// A purchase and what takes it back: by trace number, by reference.
fn reversals() -> [Transaction; 2] {
    let mut by_stan = transaction(
        "reversal",
        "000124",
        r#","original_stan":"000123","original_kind":"purchase""#,
    );
    by_stan.rrn = "632408000999".into();
    [by_stan, transaction("reversal", "000777", "")]
}

#[test]
fn a_reversal_is_told_only_where_its_original_was() {
    for reversal in reversals() {
        for (decision, expected) in
            [(Decision::Notified, None), (Decision::Suppressed, Some("original-not-sent"))]
        {
            let mut correlator = Correlator::new(100);
            let purchase = transaction("purchase", "000123", "");
            correlator.record(&purchase, &outcome(&purchase, decision));
            assert_eq!(reason(&mut correlator, &reversal).as_deref(), expected);
            correlator.record(&reversal, &outcome(&reversal, Decision::Notified));
            let mut again = reversal.clone();
            again.stan = "000888".into();
            assert_eq!(reason(&mut correlator, &again).as_deref(), Some("already-reversed"));
        }
    }
}

#[test]
fn an_original_after_its_reversal_is_not_told() {
    for reversal in reversals() {
        let mut correlator = Correlator::new(100);
        assert_eq!(reason(&mut correlator, &reversal).as_deref(), Some("original-not-seen"));
        let purchase = transaction("purchase", "000123", "");
        assert_eq!(reason(&mut correlator, &purchase).as_deref(), Some("already-reversed"));
        assert_eq!(reason(&mut correlator, &purchase).as_deref(), Some("repeat"));
    }
}

#[test]
fn the_oldest_are_forgotten() {
    let mut correlator = Correlator::new(2);
    for number in 1..=9 {
        let mut purchase = transaction("purchase", &number.to_string(), "");
        purchase.rrn = number.to_string();
        correlator.record(&purchase, &outcome(&purchase, Decision::Notified));
    }
    assert_eq!(correlator.seen.len(), 6);
    assert_eq!(correlator.order.len(), 6);
}

/// One that forgets and one that is stored after every step are the same.
#[test]
fn one_that_was_stored_goes_on_as_if_it_had_not_stopped() {
    let mut stored = std::collections::BTreeMap::new();
    let mut kept = Correlator::new(4);
    for number in 0..40_u32 {
        let mut step = match number % 5 {
            3 => transaction("reversal", "1", ""),
            _ => transaction("purchase", "1", ""),
        };
        step.stan = number.to_string();
        step.rrn = (number / 2).to_string();
        let mut again = Correlator::restored(4, stored.clone()).unwrap();
        let settled = reason(&mut kept, &step);
        assert_eq!(reason(&mut again, &step), settled, "{number}");
        if settled.is_none() {
            let outcome = outcome(&step, Decision::Notified);
            kept.record(&step, &outcome);
            again.record(&step, &outcome);
        }
        let changes = again.changes();
        assert!(!changes.written.is_empty());
        stored.extend(changes.written);
        stored.retain(|number, _| *number >= changes.oldest);
        assert_eq!(stored.len(), kept.seen.len());
    }
    assert_eq!(stored.len(), 12);
    assert!(*stored.keys().next().unwrap() > 0);
}

#[test]
fn stored_entries_that_are_none_are_refused() {
    let mut correlator = Correlator::restored(4, []).unwrap();
    let purchase = transaction("purchase", "000123", "");
    correlator.record(&purchase, &outcome(&purchase, Decision::Notified));
    let written = correlator.changes().written;
    assert_eq!(written.len(), 3);
    assert!(correlator.changes().written.is_empty());
    let mut gap = written.clone();
    gap.remove(1);
    let mut twice = written.clone();
    twice[1].1 = twice[0].1;
    let mut state = written.clone();
    state[2].1[16] = 9;
    for entries in [gap, twice, state] {
        let error = Correlator::restored(4, entries).unwrap_err();
        assert!(error.to_string().contains("stored correlation"), "{error}");
    }
}

#[test]
fn a_deferred_transaction_may_be_taken_back_while_it_waits() {
    for reversal in reversals() {
        let mut correlator = Correlator::new(100);
        let purchase = transaction("purchase", "000123", "");
        correlator.record(&purchase, &outcome(&purchase, Decision::Deferred(purchase.time)));
        assert!(correlator.settle_deferred(&purchase).is_none());
        assert_eq!(reason(&mut correlator, &reversal).as_deref(), Some("original-not-sent"));
        let settled = correlator.settle_deferred(&purchase).unwrap();
        assert_eq!(settled.reason, "already-reversed");
    }
}

#[test]
fn other_terminals_and_other_weeks_are_others() {
    let mut correlator = Correlator::new(100);
    let purchase = transaction("purchase", "000123", "");
    correlator.record(&purchase, &outcome(&purchase, Decision::Notified));
    let [mut reversal, _] = reversals();
    reversal.merchant.terminal = "other".into();
    assert_eq!(reason(&mut correlator, &reversal).as_deref(), Some("original-not-seen"));
    let [mut reversal, _] = reversals();
    reversal.time = tillbell_transaction::Timestamp::parse("2026-11-27T08:31:05+08:00").unwrap();
    assert_eq!(reason(&mut correlator, &reversal).as_deref(), Some("original-not-seen"));
}
