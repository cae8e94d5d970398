//! Counters for one run of a feed, in memory.

use std::collections::HashMap;

use tillbell::{Change, CounterChange, Counters, Outcome, Tally};
use tillbell_transaction::Transaction;

/// Counters that are kept; beyond them nothing more is counted.
const TALLIES_MAX: usize = 1_000_000;

/// What is remembered of cards, by bundle, counter, token and currency.
#[derive(Default)]
pub(crate) struct Tallies(HashMap<(String, String, String, String), Tally>);

fn key(
    bundle: &str,
    counter: &str,
    transaction: &Transaction,
) -> Option<(String, String, String, String)> {
    let token = transaction.card.token.as_ref()?;
    let currency = transaction.amount.currency();
    Some((bundle.into(), counter.into(), token.clone(), currency.into()))
}

impl Counters for Tallies {
    fn tally(&self, bundle: &str, counter: &str, transaction: &Transaction) -> Option<Tally> {
        self.0.get(&key(bundle, counter, transaction)?).copied()
    }
}

impl Tallies {
    /// Keeps what became of a transaction's counters.
    pub(crate) fn keep(&mut self, transaction: &Transaction, outcome: &Outcome) {
        let bundle = outcome.bundle.as_deref().unwrap_or_default();
        for CounterChange { counter, change } in &outcome.counters {
            let Some(key) = key(bundle, counter, transaction) else { continue };
            match change {
                Change::Cleared => drop(self.0.remove(&key)),
                Change::Counted if self.0.len() < TALLIES_MAX || self.0.contains_key(&key) => {
                    let since = transaction.time;
                    let tally = self.0.entry(key).or_insert(Tally {
                        count: 0,
                        sum: 0,
                        since,
                        has_this: false,
                    });
                    tally.count = tally.count.saturating_add(1);
                    tally.sum = tally.sum.saturating_add(transaction.amount.minor_units());
                }
                Change::Counted => {}
            }
        }
    }
}
