//! Counters for one run of a feed, in memory.

use std::collections::HashMap;

use tillbell::{Change, CounterChange, Counters, Outcome, Tally};
use tillbell_transaction::case::EventNumber;
use tillbell_transaction::{Party, Timestamp, Transaction};

/// Counters that are kept; beyond them nothing more is counted.
const TALLIES_MAX: usize = 1_000_000;
/// Debits of one counter that can be taken out again, the last ones.
const DEBITS_MAX: usize = 1_024;

/// A bundle, a counter, a card's token and a currency.
type Key = (String, String, String, String);

/// What is remembered of cards.
#[derive(Default)]
pub(crate) struct Tallies {
    counters: HashMap<Key, Counter>,
    /// In which counters a debit is.
    counted: HashMap<EventNumber, Vec<Key>>,
}

#[derive(Default)]
struct Counter {
    count: u32,
    sum: i64,
    debits: Vec<Debit>,
}

struct Debit {
    number: EventNumber,
    amount: i64,
    time: Timestamp,
}

/// Debits of a counter that was emptied.
pub(crate) struct Summed<'a> {
    pub(crate) debits: Vec<EventNumber>,
    /// Who is told of them, and by which channel.
    pub(crate) told_on: &'a [(Party, String)],
}

/// The counters as one transaction finds them.
pub(crate) struct Asked<'a> {
    pub(crate) tallies: &'a Tallies,
    /// Its event, if it was taken in before.
    pub(crate) number: Option<EventNumber>,
}

fn key(bundle: &str, counter: &str, transaction: &Transaction) -> Option<Key> {
    let token = transaction.card.token.as_ref()?;
    let currency = transaction.amount.currency();
    Some((bundle.into(), counter.into(), token.clone(), currency.into()))
}

impl Counters for Asked<'_> {
    fn tally(&self, bundle: &str, counter: &str, transaction: &Transaction) -> Option<Tally> {
        let counter = self.tallies.counters.get(&key(bundle, counter, transaction)?)?;
        let is_this = |debit: &Debit| Some(debit.number) == self.number;
        Some(Tally {
            count: counter.count,
            sum: counter.sum,
            since: counter.debits.first()?.time,
            has_this: counter.debits.iter().any(is_this),
        })
    }
}

impl Tallies {
    /// Keeps what became of a transaction's counters. Gives the debits of those that
    /// are emptied, with whom a message tells of them, and by which channel.
    pub(crate) fn keep<'a>(
        &mut self,
        number: EventNumber,
        transaction: &Transaction,
        outcome: &'a Outcome,
    ) -> Vec<Summed<'a>> {
        let bundle = outcome.bundle.as_deref().unwrap_or_default();
        let mut cleared = Vec::new();
        for CounterChange { counter, change, told_on } in &outcome.counters {
            let Some(key) = key(bundle, counter, transaction) else { continue };
            match change {
                Change::Cleared => {
                    let debits = self.counters.remove(&key).unwrap_or_default().debits;
                    let debits: Vec<_> = debits.iter().map(|debit| debit.number).collect();
                    debits.iter().for_each(|debit| self.forget(*debit, &key));
                    cleared.push(Summed { debits, told_on });
                }
                Change::Counted => self.count(number, key, transaction),
            }
        }
        cleared
    }

    /// Takes a debit out of every counter: it was reversed before a summary told
    /// of it.
    pub(crate) fn uncount(&mut self, number: EventNumber) {
        for key in self.counted.remove(&number).unwrap_or_default() {
            let Some(counter) = self.counters.get_mut(&key) else { continue };
            let Some(at) = counter.debits.iter().position(|debit| debit.number == number) else {
                continue;
            };
            let debit = counter.debits.remove(at);
            counter.count = counter.count.saturating_sub(1);
            counter.sum = counter.sum.saturating_sub(debit.amount);
            if counter.debits.is_empty() {
                self.counters.remove(&key);
            }
        }
    }

    fn count(&mut self, number: EventNumber, key: Key, transaction: &Transaction) {
        if self.counters.len() >= TALLIES_MAX && !self.counters.contains_key(&key) {
            return;
        }
        let counter = self.counters.entry(key.clone()).or_default();
        if counter.debits.iter().any(|debit| debit.number == number) {
            return;
        }
        let amount = transaction.amount.minor_units();
        counter.count = counter.count.saturating_add(1);
        counter.sum = counter.sum.saturating_add(amount);
        counter.debits.push(Debit { number, amount, time: transaction.time });
        // The first says since when, and stays.
        let forgotten =
            (counter.debits.len() > DEBITS_MAX).then(|| counter.debits.remove(1).number);
        self.counted.entry(number).or_default().push(key.clone());
        if let Some(number) = forgotten {
            self.forget(number, &key);
        }
    }

    fn forget(&mut self, number: EventNumber, key: &Key) {
        if let Some(keys) = self.counted.get_mut(&number) {
            keys.retain(|other| other != key);
            if keys.is_empty() {
                self.counted.remove(&number);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use tillbell::{Decision, HostGround};
    use tillbell_transaction::{Record, json};

    use super::*;

    fn debit(amount: i64, minute: u32) -> Transaction {
        let line = format!(
            r#"{{"kind":"purchase","approval":"approved","amount":{{"minor_units":{amount},"currency":"CNY"}},"time":"2026-11-25T12:{minute:02}:00+08:00","card":{{"bin":"621626","last4":"0018","token":"tok"}},"merchant":{{"name":"X"}}}}"#
        );
        let Ok(Record::Transaction(transaction)) = json::read(line.as_bytes()) else { panic!() };
        *transaction
    }

    fn outcome(change: Change) -> Outcome {
        let told_on = vec![(Party::Cardholder, "sms".to_owned())];
        let change = CounterChange { counter: "small".into(), change, told_on };
        Outcome {
            transaction: String::new(),
            bundle: Some("harbour".into()),
            release: Some(1),
            decision: Decision::Suppressed,
            ground: HostGround::NoBundle.into(),
            messages: Vec::new(),
            times: tillbell::StageTimes::default(),
            failures: Vec::new(),
            counters: vec![change],
            log: Vec::new(),
            insists_on_reversals: false,
            counts_from_acceptance: false,
        }
    }

    #[test]
    fn a_debit_is_counted_once_taken_out_once_and_told_by_what_empties_its_counter() {
        let mut tallies = Tallies::default();
        for number in [1, 2, 2, 3] {
            let debit = debit(100 * number, 10 + number as u32);
            tallies.keep(number, &debit, &outcome(Change::Counted));
        }
        let read = |tallies: &Tallies, number| {
            let asked = Asked { tallies, number };
            let tally = asked.tally("harbour", "small", &debit(1, 20));
            tally.map(|tally| (tally.count, tally.sum, tally.since, tally.has_this))
        };
        assert_eq!(read(&tallies, Some(2)), Some((3, 600, debit(1, 11).time, true)));
        tallies.uncount(1);
        tallies.uncount(1);
        assert_eq!(read(&tallies, None), Some((2, 500, debit(1, 12).time, false)));
        let cleared = outcome(Change::Cleared);
        let summed = tallies.keep(4, &debit(1, 20), &cleared);
        let told = summed.iter().map(|summed| (summed.debits.as_slice(), summed.told_on.len()));
        assert_eq!(told.collect::<Vec<_>>(), [([2, 3].as_slice(), 1)]);
        assert_eq!(read(&tallies, None), None);
        assert!(tallies.counted.is_empty());
        tallies.keep(5, &debit(1, 21), &outcome(Change::Counted));
        tallies.uncount(5);
        assert!(tallies.counters.is_empty());
    }
}
