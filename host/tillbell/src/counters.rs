//! What is remembered of a card's small debits: the host reads it before a
//! transaction, plugins say what counts, and the embedder keeps it.

use tillbell_transaction::{Money, Party, Timestamp, Transaction};

use crate::bindings::counters::Standing;
use crate::guard::Told;
use crate::limits::Exceeded;

/// How often plugins may ask for counters in one transaction.
const CALLS_MAX: u32 = 64;

/// What a counter holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// How many transactions.
    pub count: u32,
    /// The sum of their amounts, in minor units of the transaction's currency.
    pub sum: i64,
    /// When the first of them happened.
    pub since: Timestamp,
    /// Whether the transaction that is decided is one of them already.
    pub has_this: bool,
}

/// Where counters are kept: by bundle, name, card token and currency.
pub trait Counters {
    /// What a counter of a bundle holds for a transaction's card; none if it is
    /// empty.
    fn tally(&self, bundle: &str, counter: &str, transaction: &Transaction) -> Option<Tally>;
}

/// What became of a counter, for whoever keeps it: of this transaction's card and
/// currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CounterChange {
    /// Its name.
    pub counter: String,
    /// What is to be done.
    pub change: Change,
    /// Whom a text tells what the counter holds, and by which channel: those whose
    /// own rendering asked for it, and that are the plugin's words.
    pub told_on: Vec<(Party, String)>,
}

/// What is to be done with a counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// This transaction is added, once.
    Counted,
    /// It is emptied.
    Cleared,
}

/// The counters of one transaction, in a store.
#[derive(Debug, Clone, Default)]
pub(crate) struct Desk {
    /// None where the host keeps none.
    slots: Option<Vec<Slot>>,
    card: Option<Card>,
    calls: u32,
    /// Whether texts are made by now.
    is_rendering: bool,
}

#[derive(Debug, Clone)]
struct Slot {
    counter: String,
    tally: Option<Tally>,
    is_counted: bool,
    is_cleared: bool,
    is_told: bool,
}

/// What a counted transaction adds; nothing of it identifies the card.
#[derive(Debug, Clone, Copy)]
struct Card {
    amount: Money,
    time: Timestamp,
}

impl Desk {
    /// Reads the counters that a bundle has for a transaction.
    pub(crate) fn open(
        bundle: &str,
        granted: &[String],
        transaction: &Transaction,
        counters: Option<&dyn Counters>,
    ) -> Self {
        if granted.is_empty() {
            return Self { slots: Some(Vec::new()), ..Self::default() };
        }
        let Some(counters) = counters else { return Self::default() };
        let card = transaction
            .card
            .token
            .as_ref()
            .map(|_| Card { amount: transaction.amount, time: transaction.time });
        let slot = |counter: &String| Slot {
            counter: counter.clone(),
            tally: card.and_then(|_| counters.tally(bundle, counter, transaction)),
            is_counted: false,
            is_cleared: false,
            is_told: false,
        };
        Self {
            slots: Some(granted.iter().map(slot).collect()),
            card,
            calls: 0,
            is_rendering: false,
        }
    }

    /// What was read of the bundle's counters, by name; before plugins run.
    pub(crate) fn read(&self) -> Vec<(String, Option<Tally>)> {
        let slots = self.slots.iter().flatten();
        slots.map(|slot| (slot.counter.clone(), slot.tally)).collect()
    }

    /// What is to be kept.
    pub(crate) fn changes(&self) -> Vec<CounterChange> {
        let slots = self.slots.iter().flatten();
        slots
            .filter_map(|slot| {
                let change = match (slot.is_cleared, slot.is_counted) {
                    (true, _) => Change::Cleared,
                    (false, true) => Change::Counted,
                    (false, false) => return None,
                };
                Some(CounterChange { counter: slot.counter.clone(), change, told_on: Vec::new() })
            })
            .collect()
    }

    /// The same counters, and their calls counted anew.
    pub(crate) fn renewed(mut self) -> Self {
        self.calls = 0;
        self
    }

    /// A text is made from now on: it tells the counters that it asks for.
    pub(crate) fn begin_text(&mut self) {
        self.is_rendering = true;
        self.slots.iter_mut().flatten().for_each(|slot| slot.is_told = false);
    }

    /// Whether the text that was begun last asked for a counter.
    pub(crate) fn is_told(&self, counter: &str) -> bool {
        self.slots.iter().flatten().any(|slot| slot.counter == counter && slot.is_told)
    }

    /// What the bundle's counters hold, which the cardholder's texts may name.
    pub(crate) fn told(&self) -> Vec<Told> {
        let Some(card) = self.card else { return Vec::new() };
        let slots = self.slots.iter().flatten();
        let told = |tally: Tally| Told {
            count: tally.count,
            sum: Money::new(tally.sum, card.amount.currency()).ok(),
            since: Some(tally.since),
        };
        slots.filter_map(|slot| slot.tally.map(told)).collect()
    }

    fn slot(&mut self, counter: u8) -> wasmtime::Result<Result<(&mut Slot, Card), Standing>> {
        let is_rendering = self.is_rendering;
        let Some(slots) = &mut self.slots else { return Ok(Err(Standing::Unavailable)) };
        self.calls += 1;
        if self.calls > CALLS_MAX {
            return Err(Exceeded::Counters.into());
        }
        let Some(slot) = slots.get_mut(usize::from(counter)) else {
            return Ok(Err(Standing::NotGranted));
        };
        let Some(card) = self.card else { return Ok(Err(Standing::NoCard)) };
        slot.is_told |= is_rendering;
        Ok(Ok((slot, card)))
    }

    /// Adds this transaction to a counter; each of these calls counts against
    /// their limit.
    pub(crate) fn count(&mut self, counter: u8) -> wasmtime::Result<Standing> {
        Ok(standing(self.slot(counter)?.map(|(slot, card)| slot.count(card))))
    }

    /// What a counter holds, if anything.
    pub(crate) fn tally(&mut self, counter: u8) -> wasmtime::Result<Option<Tally>> {
        Ok(self.slot(counter)?.ok().and_then(|(slot, _)| slot.tally))
    }

    /// Empties a counter, at the end.
    pub(crate) fn clear(&mut self, counter: u8) -> wasmtime::Result<Standing> {
        Ok(standing(self.slot(counter)?.map(|(slot, _)| slot.is_cleared = true)))
    }
}

impl Slot {
    fn count(&mut self, card: Card) {
        let empty = Tally { count: 0, sum: 0, since: card.time, has_this: false };
        let known = self.tally.unwrap_or(empty);
        if !known.has_this {
            self.tally = Some(Tally {
                count: known.count.saturating_add(1),
                sum: known.sum.saturating_add(card.amount.minor_units()),
                has_this: true,
                ..known
            });
        }
        self.is_counted = true;
    }
}

fn standing(used: Result<(), Standing>) -> Standing {
    used.err().unwrap_or(Standing::Granted)
}

#[cfg(test)]
mod tests {
    use tillbell_transaction::{Record, json};

    use super::*;

    /// The same of every counter.
    struct Held(Option<Tally>);

    impl Counters for Held {
        fn tally(&self, bundle: &str, counter: &str, _: &Transaction) -> Option<Tally> {
            assert_eq!((bundle, counter), ("harbour", "small"));
            self.0
        }
    }

    fn transaction(token: &str) -> Transaction {
        let text = format!(
            r#"{{"kind":"purchase","approval":"approved","amount":{{"minor_units":500,"currency":"CNY"}},"time":"2026-11-20T08:31:05+08:00","card":{{"bin":"621626","last4":"0018"{token}}},"merchant":{{"name":"M"}}}}"#
        );
        match json::read(text.as_bytes()).unwrap() {
            Record::Transaction(transaction) => *transaction,
            Record::Ignored(_) => panic!("ignored"),
        }
    }

    fn desk(transaction: &Transaction, held: Option<&dyn Counters>, granted: &[String]) -> Desk {
        Desk::open("harbour", granted, transaction, held)
    }

    fn read(desk: &mut Desk) -> Option<(u32, i64, Timestamp)> {
        desk.tally(0).unwrap().map(|tally| (tally.count, tally.sum, tally.since))
    }

    const TOKEN: &str = r#","token":"tok_1""#;

    #[test]
    fn a_transaction_is_added_once_and_a_cleared_counter_is_read_until_the_end() {
        let granted = ["small".to_owned()];
        let own = transaction(TOKEN);
        let before = Tally { count: 2, sum: 300, since: own.time, has_this: false };
        for (held, tally) in [
            (None, (1, 500)),
            (Some(before), (3, 800)),
            // Deferred, and decided again.
            (Some(Tally { has_this: true, ..before }), (2, 300)),
        ] {
            let held = Held(held);
            let mut desk = desk(&own, Some(&held), &granted);
            for _ in 0..3 {
                assert_eq!(desk.count(0).unwrap(), Standing::Granted);
            }
            assert_eq!(read(&mut desk), Some((tally.0, tally.1, own.time)));
            assert_eq!(desk.told()[0].sum.map(|sum| sum.minor_units()), Some(tally.1));
            let change = |change| {
                vec![CounterChange { counter: "small".into(), change, told_on: Vec::new() }]
            };
            assert_eq!(desk.changes(), change(Change::Counted));
            assert_eq!(desk.clear(0).unwrap(), Standing::Granted);
            assert_eq!(read(&mut desk), Some((tally.0, tally.1, own.time)));
            assert_eq!(desk.changes(), change(Change::Cleared));
        }
    }

    #[test]
    fn what_is_not_granted_holds_nothing() {
        let granted = ["small".to_owned()];
        let (own, nobody) = (transaction(TOKEN), transaction(""));
        let held = Held(None);
        for (mut desk, standing) in [
            (desk(&own, Some(&held), &[]), Standing::NotGranted),
            (desk(&own, None, &[]), Standing::NotGranted),
            (desk(&own, None, &granted), Standing::Unavailable),
            (desk(&nobody, Some(&held), &granted), Standing::NoCard),
        ] {
            assert_eq!(desk.count(0).unwrap(), standing);
            assert_eq!(desk.clear(0).unwrap(), standing);
            assert_eq!(read(&mut desk), None);
            assert!(desk.changes().is_empty() && desk.told().is_empty());
        }
        assert_eq!(desk(&own, Some(&held), &granted).count(1).unwrap(), Standing::NotGranted);
    }

    #[test]
    fn asking_has_an_end() {
        let granted = ["small".to_owned()];
        let (own, held) = (transaction(TOKEN), Held(None));
        let mut desk = desk(&own, Some(&held), &granted);
        for _ in 0..CALLS_MAX {
            desk.tally(0).unwrap();
        }
        let error = desk.tally(0).unwrap_err();
        assert_eq!(error.downcast_ref::<Exceeded>(), Some(&Exceeded::Counters));
    }
}
