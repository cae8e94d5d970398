//! The cases of a host that keeps them in memory, and what waits for its
//! decision: `tillbell run`, the till, C.
//!
//! A [`Docket`] takes transactions in and decides what falls due; both go through
//! [`Hearing`] and a [`Book`]. Judging, deciding and recording one transaction is
//! one step for everybody else: whoever brings the same transaction meanwhile
//! waits, and finds a repeat. Transactions of different cards are decided at the
//! same time.
//!
//! *Told* means handed over: what [`Taken::outcome`] has is to be delivered. The
//! docket knows no clock, and writes nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tillbell_transaction::case::{self, Book, BookChanges, EventNumber, Fate, Nothing, Relation};
use tillbell_transaction::{Party, Record, Timestamp, Transaction, correlation_digest, json};

use crate::{CaseSettings, Decided, Decision, Due, Heard, Hearing, HostGround, Message, Outcome};

/// The most transactions that wait for their decision in memory. Beyond them an
/// orphan is told at once, and nothing is put off.
pub const WAITING_MAX: usize = 10_000;
/// Cards that are decided at the same time have another of these locks, mostly.
const CARD_LOCKS: usize = 64;

/// Cases in memory, and what waits. All its functions may be called from any
/// thread.
#[derive(Debug)]
pub struct Docket {
    settings: CaseSettings,
    /// Held while a transaction of such a card is decided.
    cards: [Mutex<()>; CARD_LOCKS],
    /// Never held while plugins run.
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    book: Book,
    waiting: BTreeMap<EventNumber, Waiting>,
    /// Until when, whether it waits behind an event that may have a higher number,
    /// and its own number.
    schedule: BTreeSet<(i64, bool, EventNumber)>,
    keeps_transactions: bool,
}

#[derive(Debug)]
struct Waiting {
    waits: Waits,
    is_behind: bool,
    /// Canonical JSON, without a card number; none where the embedder keeps it.
    transaction: Option<Box<str>>,
}

/// What is known of a transaction that waits; whoever stores the transaction
/// stores this with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waits {
    /// Its event.
    pub number: EventNumber,
    /// When it is due, in seconds since 1970.
    pub until_seconds: i64,
    /// When it was taken in, in seconds since 1970.
    pub accepted_seconds: i64,
    /// How often its bank put it off.
    pub deferrals: u8,
}

/// What came of a transaction.
#[derive(Debug, Clone)]
pub struct Taken {
    /// Its event; for a repeat, the one that came again.
    pub number: EventNumber,
    /// What it is to its case.
    pub relation: Relation,
    /// What was decided. Its messages are those to be handed over.
    pub outcome: Outcome,
    /// Set if it waits.
    pub waits: Option<Waits>,
    /// Transactions that wait no longer, since nobody is told of them.
    pub overruled: Vec<EventNumber>,
}

impl Docket {
    /// Remembers the last `events_max` transactions, in about 600 bytes each, and
    /// keeps at most [`WAITING_MAX`] that wait.
    pub fn new(events_max: usize, settings: CaseSettings) -> Self {
        Self::of(Book::new(events_max), settings, true)
    }

    /// A docket whose book and transactions the embedder stores: `waiting` is what
    /// it kept of those that wait. From here on it calls [`Docket::changes`], and
    /// keeps the transaction of each [`Taken::waits`].
    pub fn stored(
        book: Book,
        settings: CaseSettings,
        waiting: impl IntoIterator<Item = Waits>,
    ) -> Self {
        let docket = Self::of(book, settings, false);
        let mut state = docket.state();
        for mut waits in waiting {
            let kept = state.book.get(waits.number);
            if let Some(until) = kept.and_then(|kept| kept.undecided_until) {
                waits.until_seconds = until;
            }
            state.wait(waits, None);
        }
        let lost: Vec<_> = state
            .book
            .undecided()
            .filter(|kept| !state.waiting.contains_key(&kept.event.number))
            .map(|kept| kept.event.clone())
            .collect();
        // Nothing waits for an event that will never be decided.
        lost.into_iter().for_each(|event| state.book.put(event, None));
        drop(state);
        docket
    }

    fn of(book: Book, settings: CaseSettings, keeps_transactions: bool) -> Self {
        let state =
            State { book, waiting: BTreeMap::new(), schedule: BTreeSet::new(), keeps_transactions };
        let cards = [const { Mutex::new(()) }; CARD_LOCKS];
        Self { settings, cards, state: Mutex::new(state) }
    }

    /// Takes a transaction in: judges it by its case, lets the bank decide, and
    /// records who is told.
    pub fn take(
        &self,
        transaction: &mut Transaction,
        now: Timestamp,
        decide: &mut dyn FnMut(&Transaction, Timestamp) -> Outcome,
    ) -> Taken {
        let _card = self.card(transaction);
        transaction.accept(now.unix_seconds());
        let mut settings = self.settings;
        let found = {
            let state = self.state();
            if state.is_full() {
                settings.orphan_seconds = 0;
            }
            state.book.find(transaction)
        };
        let accepted_seconds = now.unix_seconds();
        let hearing = Hearing { found: &found, settings, accepted_seconds, now, due: None };
        match hearing.hear(transaction, &|root, party| self.is_told(root, party), decide) {
            Heard::Repeat(number) => Taken {
                number,
                relation: Relation::Repeats(number),
                outcome: Outcome::by_host(transaction, Decision::Suppressed, HostGround::Repeat),
                waits: None,
                overruled: Vec::new(),
            },
            Heard::Decided(decided) => {
                let (seconds, mut state) = (accepted_seconds, self.state());
                let number = state.add(transaction, &decided, seconds);
                state.enter(number, transaction, *decided, (seconds, seconds))
            }
        }
    }

    /// Decides a transaction that waits; none if it waits no longer.
    pub fn decide(
        &self,
        number: EventNumber,
        transaction: &mut Transaction,
        now: Timestamp,
        decide: &mut dyn FnMut(&Transaction, Timestamp) -> Outcome,
    ) -> Option<Taken> {
        let _card = self.card(transaction);
        let (waits, event, found) = {
            let state = self.state();
            let event = state.book.get(number).map(|kept| kept.event.clone());
            let waits = state.waiting.get(&number)?.waits;
            transaction.accept(waits.accepted_seconds);
            (waits, event, state.book.find(transaction))
        };
        // Forgotten: it is what it would be as the first of its case.
        let event = event.unwrap_or_else(|| {
            let mut judged = case::judge(&[], transaction, self.settings.window_seconds);
            judged.adopt(number);
            judged.event
        });
        let hearing = Hearing {
            found: &found,
            settings: self.settings,
            accepted_seconds: waits.accepted_seconds,
            now,
            due: Some(Due { event: &event, deferrals: waits.deferrals }),
        };
        let told = |root, party| self.is_told(root, party);
        let Heard::Decided(decided) = hearing.hear(transaction, &told, decide) else { return None };
        let mut state = self.state();
        let until = until(&decided.outcome);
        state.forget(number);
        state.book.put(decided.judged.event.clone(), until);
        let times = (waits.accepted_seconds, now.unix_seconds());
        Some(state.enter(number, transaction, *decided, times))
    }

    /// The next that is due at this time.
    pub fn next_due(&self, unix_seconds: i64) -> Option<Waits> {
        let state = self.state();
        let (until, _, number) = state.schedule.first()?;
        if *until > unix_seconds {
            return None;
        }
        state.waiting.get(number).map(|waiting| waiting.waits)
    }

    /// How many transactions wait.
    pub fn waiting(&self) -> usize {
        self.state().waiting.len()
    }

    /// Orphans that wait for their original, in the order in which they are due.
    pub fn orphans(&self) -> Vec<Waits> {
        let state = self.state();
        let waits = state.schedule.iter().filter_map(|(_, _, number)| {
            let is_orphan = state.book.get(*number)?.event.is_orphan;
            let waits = state.waiting.get(number)?.waits;
            (is_orphan && waits.deferrals == 0).then_some(waits)
        });
        waits.collect()
    }

    /// A transaction that waits; none if it waits no longer, or the embedder keeps
    /// it.
    pub fn recall(&self, number: EventNumber) -> Option<Transaction> {
        let mut state = self.state();
        let text = state.waiting.get(&number)?.transaction.as_deref()?;
        if let Ok(Record::Transaction(transaction)) = json::read(text.as_bytes()) {
            return Some(*transaction);
        }
        // It was read before it was written, so this cannot be; it must not be due
        // for ever.
        state.forget(number);
        if let Some(event) = state.book.get(number).map(|kept| kept.event.clone()) {
            state.book.put(event, None);
        }
        None
    }

    /// Records that debits are told by these messages of another one, a summary.
    pub fn tell(&self, numbers: &[EventNumber], by: &[(Party, &str)]) {
        let mut state = self.state();
        numbers.iter().for_each(|number| state.book.tell(*number, by));
    }

    /// Records that messages of a transaction told these parties by these channels nothing,
    /// although they were handed over: nobody is there, or they did not arrive.
    pub fn excuse(&self, number: EventNumber, by: &[(Party, &str)], excuse: case::Excuse) {
        self.state().book.excuse(number, by, excuse);
    }

    /// What is to be stored of the book: see [`Book::changes`].
    pub fn changes(&self) -> BookChanges {
        self.state().book.changes()
    }

    fn is_told(&self, root: EventNumber, party: Party) -> bool {
        self.state().book.is_told(root, party)
    }

    fn card(&self, transaction: &Transaction) -> MutexGuard<'_, ()> {
        let (bin, last4) = (transaction.card.bin.to_string(), transaction.card.last4.to_string());
        // Sources give 6 or 8 digits of one card.
        let [first, ..] = correlation_digest(["card", bin.get(..6).unwrap_or_default(), &last4]);
        let card = &self.cards[usize::from(first) % CARD_LOCKS];
        card.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn is_full(&self) -> bool {
        self.keeps_transactions && self.waiting.len() >= WAITING_MAX
    }

    /// Adds a new event, and makes its orphans part of it.
    fn add(&mut self, transaction: &Transaction, decided: &Decided, now: i64) -> EventNumber {
        let number = self.book.next();
        let mut judged = decided.judged.clone();
        judged.adopt(number);
        self.book.add(transaction, judged.event, judged.joins, until(&decided.outcome));
        for orphan in judged.orphans {
            let is_woken = decided.woken.contains(&orphan.number);
            let number = orphan.number;
            self.book.put(orphan, is_woken.then_some(now));
            if let Some(mut waiting) = self.forget(number).filter(|_| is_woken) {
                waiting.waits.until_seconds = now;
                self.wait(waiting.waits, waiting.transaction);
            }
        }
        number
    }

    /// Records what was decided of an event that is in the book, with when it was
    /// accepted and when it was decided.
    fn enter(
        &mut self,
        number: EventNumber,
        transaction: &Transaction,
        decided: Decided,
        (accepted_seconds, now_seconds): (i64, i64),
    ) -> Taken {
        let Decided { judged, mut outcome, deferrals, overruled, .. } = decided;
        overruled.iter().for_each(|number| drop(self.forget(*number)));
        let mut waits = until(&outcome).map(|until_seconds| Waits {
            number,
            until_seconds,
            accepted_seconds,
            deferrals,
        });
        if waits.is_some() && self.is_full() {
            waits = None;
            outcome.suppress(HostGround::TooManyDeferred);
            if let Some(event) = self.book.get(number).map(|kept| kept.event.clone()) {
                self.book.put(event, None);
            }
        }
        match waits {
            Some(waits) => {
                let kept = self.keeps_transactions.then(|| json::write_transaction(transaction));
                self.wait(waits, kept.map(Into::into));
            }
            None if overruled.is_empty() => self.settle(number, &mut outcome, now_seconds),
            None => {
                self.book.overrule(&overruled);
                self.book.overrule(&[number]);
            }
        }
        Taken { number, relation: judged.relation, outcome, waits, overruled }
    }

    /// Records who is told, and drops messages that are not to be handed over.
    fn settle(&mut self, number: EventNumber, outcome: &mut Outcome, now_seconds: i64) {
        let had_messages = !outcome.messages.is_empty();
        let is_over = |message: &Message| {
            message.expires_at.is_some_and(|expires| expires.unix_seconds() <= now_seconds)
        };
        outcome.messages.retain(|message| !is_over(message));
        if had_messages && outcome.messages.is_empty() {
            outcome.suppress(HostGround::Expired);
        }
        let routed: Vec<_> = ways(outcome).collect();
        let fates = self.book.settle(number, &routed);
        if fates.is_empty() {
            return;
        }
        let mut handed = fates.iter().map(|fate| *fate == Fate::Told);
        outcome.messages.retain(|_| handed.next().unwrap_or(true));
        if outcome.messages.is_empty() {
            let is_excused = fates.iter().any(|fate| matches!(fate, Fate::Excused(_)));
            outcome.suppress(match is_excused {
                true => HostGround::OriginalNotTold,
                false => HostGround::Nothing(Nothing::AlreadyReversed),
            });
            // Nobody reads a sum.
            outcome.counters.clear();
        }
    }

    fn wait(&mut self, waits: Waits, transaction: Option<Box<str>>) {
        let kept = self.book.get(waits.number);
        let is_behind = kept.is_some_and(|kept| kept.event.root != waits.number);
        self.schedule.insert((waits.until_seconds, is_behind, waits.number));
        self.waiting.insert(waits.number, Waiting { waits, is_behind, transaction });
    }

    fn forget(&mut self, number: EventNumber) -> Option<Waiting> {
        let waiting = self.waiting.remove(&number)?;
        self.schedule.remove(&(waiting.waits.until_seconds, waiting.is_behind, number));
        Some(waiting)
    }
}

/// The parties and channels that an outcome's messages take.
fn ways(outcome: &Outcome) -> impl Iterator<Item = (Party, &str)> {
    outcome.messages.iter().map(|message| (message.party, message.channel.as_str()))
}

fn until(outcome: &Outcome) -> Option<i64> {
    match outcome.decision {
        Decision::Deferred(until) => Some(until.unix_seconds()),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
