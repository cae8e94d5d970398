use std::collections::{HashMap, VecDeque};

use tillbell_transaction::{CorrelationKey, Kind, Transaction};

use crate::{Decision, Outcome, StageTimes};

/// Recognises the same transaction when it comes again, and a reversal of one
/// that nobody was told of yet.
///
/// - a repeat, or an advice after the response, is suppressed: `repeat`
/// - a reversal whose original is not sent (deferred, suppressed) is
///   suppressed and takes the original back: `original-not-sent`
/// - an original that arrives after its reversal is suppressed:
///   `already-reversed`
///
/// It remembers a bounded number of transactions, the oldest forgotten first.
#[derive(Debug)]
pub struct Correlator {
    seen: HashMap<CorrelationKey, State>,
    order: VecDeque<CorrelationKey>,
    capacity: usize,
}

/// What became of a transaction that was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Somebody was told.
    Told,
    /// Nobody was told yet, or will be.
    NotTold,
    /// Only its reversal was seen.
    ReversedBefore,
}

impl Correlator {
    /// Remembers the last `capacity` transactions.
    pub fn new(capacity: usize) -> Self {
        Self { seen: HashMap::new(), order: VecDeque::new(), capacity: capacity.max(1) }
    }

    /// The outcome of a transaction that need not, or must not, be processed;
    /// none for one that is new.
    pub fn settle(&mut self, transaction: &Transaction) -> Option<Outcome> {
        let key = transaction.correlation_key()?;
        if let Some(state) = self.seen.get(&key) {
            let reason = match state {
                State::ReversedBefore => "already-reversed",
                State::Told | State::NotTold => "repeat",
            };
            self.seen.insert(key, State::Told);
            return Some(suppressed(transaction, reason));
        }
        if transaction.kind != Kind::Reversal {
            return None;
        }
        let originals: Vec<_> = originals(transaction, &key).collect();
        match originals.iter().find_map(|original| self.seen.get(original)) {
            Some(State::Told) => None,
            Some(_) => {
                self.remember(key, State::Told);
                Some(suppressed(transaction, "original-not-sent"))
            }
            None => {
                // Nobody can have been told of what was never seen: the
                // original, should it still come, is taken back already.
                for original in originals {
                    self.remember(original, State::ReversedBefore);
                }
                self.remember(key, State::Told);
                Some(suppressed(transaction, "original-not-seen"))
            }
        }
    }

    /// Remembers what became of a transaction that was processed.
    pub fn record(&mut self, transaction: &Transaction, outcome: &Outcome) {
        if let Some(key) = transaction.correlation_key() {
            let told = outcome.decision == Decision::Notified;
            self.remember(key, if told { State::Told } else { State::NotTold });
        }
    }

    fn remember(&mut self, key: CorrelationKey, state: State) {
        if self.seen.insert(key.clone(), state).is_none() {
            self.order.push_back(key);
        }
        while self.order.len() > self.capacity {
            if let Some(oldest) = self.order.pop_front() {
                self.seen.remove(&oldest);
            }
        }
    }
}

/// The keys under which a reversal's original may have been seen: its kind
/// where the reversal says it, any kind that can be reversed where not; its
/// own trace number where the reversal says it (DE90), the same where not.
fn originals<'a>(
    reversal: &'a Transaction,
    key: &'a CorrelationKey,
) -> impl Iterator<Item = CorrelationKey> + 'a {
    let kinds = Kind::ALL.iter().copied().filter(|kind| {
        *kind != Kind::Reversal && reversal.original_kind.is_none_or(|original| original == *kind)
    });
    let stan = reversal.original_stan.as_ref().unwrap_or(&reversal.stan);
    kinds.map(move |kind| CorrelationKey { kind, stan: stan.clone(), ..key.clone() })
}

fn suppressed(transaction: &Transaction, reason: &str) -> Outcome {
    Outcome {
        transaction: transaction.id.clone(),
        bundle: None,
        decision: Decision::Suppressed,
        reason: reason.into(),
        rule: "host:correlation".into(),
        messages: Vec::new(),
        times: StageTimes::default(),
        failures: Vec::new(),
        log: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
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

    #[test]
    fn a_reversal_is_told_only_where_its_original_was() {
        for (decision, expected) in
            [(Decision::Notified, None), (Decision::Suppressed, Some("original-not-sent"))]
        {
            let mut correlator = Correlator::new(10);
            let purchase = transaction("purchase", "000123", "");
            correlator.record(&purchase, &outcome(&purchase, decision));
            let reversal = transaction(
                "reversal",
                "000124",
                r#","original_stan":"000123","original_kind":"purchase""#,
            );
            assert_eq!(reason(&mut correlator, &reversal).as_deref(), expected);
        }
    }

    #[test]
    fn an_original_after_its_reversal_is_not_told() {
        let mut correlator = Correlator::new(100);
        let reversal = transaction("reversal", "000123", "");
        assert_eq!(reason(&mut correlator, &reversal).as_deref(), Some("original-not-seen"));
        let purchase = transaction("purchase", "000123", "");
        assert_eq!(reason(&mut correlator, &purchase).as_deref(), Some("already-reversed"));
        assert_eq!(reason(&mut correlator, &purchase).as_deref(), Some("repeat"));
    }

    #[test]
    fn the_oldest_are_forgotten() {
        let mut correlator = Correlator::new(2);
        for stan in ["1", "2", "3"] {
            let purchase = transaction("purchase", stan, "");
            correlator.record(&purchase, &outcome(&purchase, Decision::Notified));
        }
        assert_eq!(correlator.seen.len(), 2);
        assert_eq!(reason(&mut correlator, &transaction("purchase", "1", "")), None);
    }
}
