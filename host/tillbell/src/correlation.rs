use std::collections::hash_map::RandomState;
use std::collections::{HashMap, VecDeque};
use std::hash::BuildHasher;

use tillbell_transaction::{Kind, Transaction};

use crate::{Decision, Outcome, StageTimes};

/// How far a reversal and its original may be apart, in seconds: two days.
const REVERSAL_SECONDS_MAX: i64 = 2 * 86_400;
/// Names under which one transaction is remembered: itself, by trace number,
/// by reference number.
const NAMES: usize = 3;

/// Recognises the same transaction when it comes again, and a reversal of one
/// that nobody was told of.
///
/// - a repeat, or an advice after the response, is suppressed: `repeat`. It is
///   known by acquirer, merchant, terminal, local day, RRN, STAN and kind
/// - a reversal whose original nobody was told of (deferred, suppressed) is
///   suppressed and takes the original back: `original-not-sent`
/// - a reversal of what was never seen is suppressed: `original-not-seen`; the
///   original, should it still come, too: `already-reversed`
/// - a second reversal of the same original is suppressed: `already-reversed`
///
/// A reversal finds its original, at the same terminal within two days, by the
/// original's STAN (DE90), or by the RRN they share.
///
/// It remembers a bounded number of transactions, the oldest forgotten first.
#[derive(Debug)]
pub struct Correlator {
    seen: HashMap<u128, Seen>,
    order: VecDeque<u128>,
    names_max: usize,
    hashers: [RandomState; 2],
}

#[derive(Debug, Clone, Copy)]
struct Seen {
    state: State,
    unix_seconds: i64,
}

/// What became of a transaction that was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Somebody was told.
    Told,
    /// Nobody was told yet, or will be.
    NotTold,
    /// It was taken back.
    Reversed,
}

impl Correlator {
    /// Remembers the last `capacity` transactions, in about 200 bytes each.
    pub fn new(capacity: usize) -> Self {
        Self {
            seen: HashMap::new(),
            order: VecDeque::new(),
            names_max: capacity.max(1).saturating_mul(NAMES),
            hashers: [RandomState::new(), RandomState::new()],
        }
    }

    /// The outcome of a transaction that need not, or must not, be processed;
    /// none for one that is new.
    pub fn settle(&mut self, transaction: &Transaction) -> Option<Outcome> {
        let own = self.own_name(transaction)?;
        if self.seen.contains_key(&own) {
            return Some(suppressed(transaction, "repeat"));
        }
        if transaction.kind != Kind::Reversal {
            let names = self.names(transaction, transaction.kind);
            let reversed = self.state(&names, transaction) == Some(State::Reversed);
            return reversed.then(|| {
                self.remember(own, State::Reversed, transaction);
                suppressed(transaction, "already-reversed")
            });
        }
        let originals: Vec<_> =
            originals(transaction).flat_map(|kind| self.names(transaction, kind)).collect();
        let reason = match self.state(&originals, transaction) {
            Some(State::Told) => return None,
            Some(State::NotTold) => "original-not-sent",
            Some(State::Reversed) => "already-reversed",
            None => "original-not-seen",
        };
        self.reverse(&originals, transaction);
        self.remember(own, State::NotTold, transaction);
        Some(suppressed(transaction, reason))
    }

    /// Remembers what became of a transaction that was processed.
    pub fn record(&mut self, transaction: &Transaction, outcome: &Outcome) {
        let Some(own) = self.own_name(transaction) else { return };
        let told = outcome.decision == Decision::Notified;
        let state = if told { State::Told } else { State::NotTold };
        self.remember(own, state, transaction);
        if transaction.kind == Kind::Reversal {
            let originals: Vec<_> =
                originals(transaction).flat_map(|kind| self.names(transaction, kind)).collect();
            self.reverse(&originals, transaction);
        } else {
            for name in self.names(transaction, transaction.kind) {
                self.remember(name, state, transaction);
            }
        }
    }

    /// Marks an original as taken back, under every name it may have.
    fn reverse(&mut self, originals: &[u128], reversal: &Transaction) {
        for name in originals {
            self.remember(*name, State::Reversed, reversal);
        }
    }

    /// What became of the transaction with one of these names, if it is not
    /// too long ago.
    fn state(&self, names: &[u128], transaction: &Transaction) -> Option<State> {
        let now = transaction.time.unix_seconds();
        names
            .iter()
            .filter_map(|name| self.seen.get(name))
            .find(|seen| (now - seen.unix_seconds).abs() <= REVERSAL_SECONDS_MAX)
            .map(|seen| seen.state)
    }

    fn remember(&mut self, name: u128, state: State, transaction: &Transaction) {
        let seen = Seen { state, unix_seconds: transaction.time.unix_seconds() };
        if self.seen.insert(name, seen).is_none() {
            self.order.push_back(name);
        }
        while self.order.len() > self.names_max {
            if let Some(oldest) = self.order.pop_front() {
                self.seen.remove(&oldest);
            }
        }
    }

    /// The name of the transaction itself; none where the source gave neither
    /// RRN nor STAN, and every event stands alone.
    fn own_name(&self, transaction: &Transaction) -> Option<u128> {
        let key = transaction.correlation_key()?;
        Some(self.name(&key))
    }

    /// The names by which a reversal would look for a transaction of this kind
    /// and place: by its trace number, by its reference number. For a reversal
    /// itself, those of what it takes back.
    fn names(&self, transaction: &Transaction, kind: Kind) -> Vec<u128> {
        let merchant = &transaction.merchant;
        let place = (&transaction.acquirer, &merchant.id, &merchant.terminal, kind);
        let stan = match transaction.kind {
            Kind::Reversal => transaction.original_stan.as_ref(),
            _ => Some(&transaction.stan),
        };
        let by_stan = stan.filter(|stan| !stan.is_empty());
        let by_rrn = Some(&transaction.rrn).filter(|rrn| !rrn.is_empty());
        let by_stan = by_stan.map(|stan| self.name(&("stan", place, stan)));
        by_stan.into_iter().chain(by_rrn.map(|rrn| self.name(&("rrn", place, rrn)))).collect()
    }

    /// 128 bits that stand for a key: what was seen needs no card's data.
    fn name(&self, key: &impl std::hash::Hash) -> u128 {
        let [high, low] = &self.hashers;
        u128::from(high.hash_one(key)) << 64 | u128::from(low.hash_one(key))
    }
}

/// The kinds that a reversal may take back.
fn originals(reversal: &Transaction) -> impl Iterator<Item = Kind> + use<> {
    let said = reversal.original_kind;
    Kind::ALL
        .iter()
        .copied()
        .filter(move |kind| *kind != Kind::Reversal && said.is_none_or(|said| said == *kind))
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

    #[test]
    fn other_terminals_and_other_weeks_are_others() {
        let mut correlator = Correlator::new(100);
        let purchase = transaction("purchase", "000123", "");
        correlator.record(&purchase, &outcome(&purchase, Decision::Notified));
        let [mut reversal, _] = reversals();
        reversal.merchant.terminal = "other".into();
        assert_eq!(reason(&mut correlator, &reversal).as_deref(), Some("original-not-seen"));
        let [mut reversal, _] = reversals();
        reversal.time =
            tillbell_transaction::Timestamp::parse("2026-11-27T08:31:05+08:00").unwrap();
        assert_eq!(reason(&mut correlator, &reversal).as_deref(), Some("original-not-seen"));
    }
}
