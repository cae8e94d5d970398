//! How one transaction is decided in its case, now or when it falls due: the one
//! place for the outbox, `tillbell run`, the till and C.
//!
//! A [`Hearing`] judges the transaction by the events that were found
//! ([`tillbell_transaction::case`]), lets the bank's plugins decide about what
//! they may see of it, and bounds how long they may put it off. It stores nothing
//! and knows no clock.

use tillbell_transaction::case::{self, CaseEntry, Event, EventNumber, Judged, Nothing, Relation};
use tillbell_transaction::{Party, Timestamp, Transaction};

use crate::{Decision, HostGround, Outcome};

/// How often a bank may put one transaction off.
pub const DEFERRALS_MAX: u8 = 8;
/// How long after its acceptance a transaction may be put off, in seconds: 31
/// days.
pub const DEFERRAL_SECONDS_MAX: i64 = 31 * 86_400;
/// A deferral into the past is decided again this much later, in seconds.
const PAST_SECONDS: i64 = 60;

/// How cases are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CaseSettings {
    /// How far RRN, DE90 and a source's own original id reach, in seconds: 1 hour
    /// to 400 days; [`case::WINDOW_SECONDS`] by default.
    pub window_seconds: i64,
    /// How long a reversal waits for its original, in seconds: 0 to a day;
    /// [`case::ORPHAN_SECONDS`] by default.
    pub orphan_seconds: i64,
}

impl Default for CaseSettings {
    fn default() -> Self {
        Self { window_seconds: case::WINDOW_SECONDS, orphan_seconds: case::ORPHAN_SECONDS }
    }
}

/// What is known of a transaction before it is decided.
#[derive(Debug, Clone, Copy)]
pub struct Hearing<'a> {
    /// The events that were found under its links, all those of their cases
    /// included, in the order of their numbers.
    pub found: &'a [CaseEntry],
    /// How cases are kept.
    pub settings: CaseSettings,
    /// When it was accepted, in seconds since 1970.
    pub accepted_seconds: i64,
    /// The time, on the transaction's wall clock.
    pub now: Timestamp,
    /// What is kept of it, if it was accepted before and falls due now.
    pub due: Option<Due<'a>>,
}

/// A transaction that waited for its decision.
#[derive(Debug, Clone, Copy)]
pub struct Due<'a> {
    /// Its event.
    pub event: &'a Event,
    /// How often its bank put it off before.
    pub deferrals: u8,
}

/// What came of a hearing.
#[derive(Debug, Clone)]
pub enum Heard {
    /// It is this event again: nothing is stored.
    Repeat(EventNumber),
    /// It is decided, or waits.
    Decided(Box<Decided>),
}

/// A transaction that is decided, or waits until [`Decision::Deferred`] says.
#[derive(Debug, Clone)]
pub struct Decided {
    /// What it is to its case.
    pub judged: Judged,
    /// What was decided.
    pub outcome: Outcome,
    /// How often its bank put it off.
    pub deferrals: u8,
    /// Events that wait for their decision and are not to be decided any more:
    /// together with this one they add up to nothing.
    pub overruled: Vec<EventNumber>,
    /// Orphans that wait no longer: their original is this one.
    pub woken: Vec<EventNumber>,
}

impl Hearing<'_> {
    /// Judges and decides. `told` says whether a party was told of any event of a
    /// root, or may be; `decide` is the bank's plugins.
    pub fn hear(
        &self,
        transaction: &mut Transaction,
        told: &dyn Fn(EventNumber, Party) -> bool,
        decide: &mut dyn FnMut(&Transaction, Timestamp) -> Outcome,
    ) -> Heard {
        let mut judged = self.judge(transaction);
        if let Relation::Repeats(event) = judged.relation {
            return Heard::Repeat(event);
        }
        let suppressed = |ground| Outcome::by_host(transaction, Decision::Suppressed, ground);
        let reversed = HostGround::Nothing(Nothing::AlreadyReversed);
        let mut decided = Decided {
            outcome: suppressed(reversed),
            deferrals: self.due.map_or(0, |due| due.deferrals),
            overruled: Vec::new(),
            woken: Vec::new(),
            judged: judged.clone(),
        };
        let wait = |ground, until_seconds: i64| {
            let until = at(until_seconds, self.now);
            Outcome::by_host(transaction, Decision::Deferred(until), ground)
        };
        let is_new = self.due.is_none();
        let outcome = match judged.relation {
            Relation::Changes(nothing) => Some(suppressed(HostGround::Nothing(nothing))),
            Relation::Orphan if is_new && self.settings.orphan_seconds > 0 => {
                let until = self.accepted_seconds + self.settings.orphan_seconds;
                Some(wait(HostGround::OriginalAwaited, until))
            }
            Relation::TakesBack { root, .. } | Relation::Replaces { root, .. } => {
                match self.undecided_before(&judged, root) {
                    Some(until) => Some(match self.cancels(&judged, root) {
                        Some(overruled) => {
                            decided.overruled = overruled;
                            suppressed(reversed)
                        }
                        // It is told behind its debit, and what else changed that before.
                        None => wait(HostGround::OriginalDeferred, until),
                    }),
                    None => None,
                }
            }
            Relation::Stands if is_new && !judged.orphans.is_empty() => {
                let waiting = |orphan: &&Event| self.undecided(orphan.number).is_some();
                let waiting: Vec<_> =
                    judged.orphans.iter().filter(waiting).map(|orphan| orphan.number).collect();
                judged.adopt(EventNumber::MAX);
                let left: i64 =
                    judged.orphans.iter().map(Event::change).sum::<i64>() + judged.event.change();
                // What was told of it already tells it: its bank is asked all the same,
                // and its messages are netted.
                let are_told = waiting.is_empty();
                let are_waiting = waiting.len() == judged.orphans.len();
                if left == 0 && are_waiting {
                    decided.overruled = waiting;
                } else {
                    decided.woken = waiting;
                }
                (left == 0 && !are_told).then(|| suppressed(reversed))
            }
            _ => None,
        };
        decided.outcome = match outcome {
            Some(outcome) => outcome,
            None => {
                let outcome = self.decide(transaction, &decided.judged, told, decide);
                self.bounded(outcome, &mut decided.deferrals)
            }
        };
        decided.judged.event.is_insisted = decided.outcome.insists_on_reversals;
        decided.outcome.counts_from_acceptance = transaction.counts_from.is_some();
        Heard::Decided(Box::new(decided))
    }

    fn judge(&self, transaction: &Transaction) -> Judged {
        let window = self.settings.window_seconds;
        let Some(due) = self.due else { return case::judge(self.found, transaction, window) };
        // As its case was when it came, but for its original, which may be later.
        let own = due.event;
        let before: Vec<_> = self
            .found
            .iter()
            .filter(|entry| {
                let number = entry.event.number;
                number != own.number && (number < own.number || number == own.root)
            })
            .cloned()
            .collect();
        let mut judged = case::judge(&before, transaction, window);
        if matches!(judged.relation, Relation::Repeats(_)) {
            judged.relation = Relation::Stands;
        }
        judged.event = own.clone();
        judged.orphans.clear();
        judged
    }

    fn undecided(&self, number: EventNumber) -> Option<i64> {
        let entry = self.found.iter().find(|entry| entry.event.number == number)?;
        entry.undecided_until.filter(|_| self.due.is_none_or(|due| due.event.number != number))
    }

    /// Until when any of the events of a root that came before this one waits for its
    /// decision.
    fn undecided_before(&self, judged: &Judged, root: EventNumber) -> Option<i64> {
        let own = judged.event.number;
        let is_before = |event: &Event| {
            let is_first = event.number == root || own == 0 || event.number < own;
            event.root == root && event.is_effective && event.number != own && is_first
        };
        let before = self.found.iter().filter(|entry| is_before(&entry.event));
        before.filter_map(|entry| entry.undecided_until).max()
    }

    /// The events that, with this one, add up to nothing before any of them was
    /// decided; none if they do not.
    fn cancels(&self, judged: &Judged, root: EventNumber) -> Option<Vec<EventNumber>> {
        let own = judged.event.number;
        let others = || {
            let of_root = self.found.iter().filter(move |entry| entry.event.root == root);
            of_root.filter(move |entry| {
                own == 0 || entry.event.number < own || entry.event.number == root
            })
        };
        let first = others().find(|entry| entry.event.number == root)?;
        let parts = others().map(|entry| &entry.event).chain([&judged.event]);
        let is_over = match case::left(&first.event, parts) {
            None => judged.event.is_full,
            Some(left) => left == 0,
        };
        let is_own = |entry: &&CaseEntry| !entry.event.is_foreign(&first.event);
        let numbers = || others().filter(is_own).filter(|entry| entry.event.is_effective);
        (is_over && numbers().all(|entry| entry.undecided_until.is_some()))
            .then(|| numbers().map(|entry| entry.event.number).collect())
    }

    /// Lets the bank decide about what its plugins may see.
    fn decide(
        &self,
        transaction: &mut Transaction,
        judged: &Judged,
        told: &dyn Fn(EventNumber, Party) -> bool,
        decide: &mut dyn FnMut(&Transaction, Timestamp) -> Outcome,
    ) -> Outcome {
        let said = case::Shown::of(transaction);
        let mut as_shown = |shown: case::Shown| {
            if shown == said {
                return decide(transaction, self.now);
            }
            shown.apply(transaction);
            let outcome = decide(transaction, self.now);
            said.apply(transaction);
            outcome
        };
        let (Some(debit), Relation::Replaces { root, .. }) = (judged.as_debit, judged.relation)
        else {
            return as_shown(judged.shown);
        };
        // Whoever was not told of the debit is told of it now, with its new amount.
        let knows = |party| told(root, party);
        match (knows(Party::Cardholder), knows(Party::Merchant)) {
            (true, true) => as_shown(judged.shown),
            (false, false) => as_shown(debit),
            _ => {
                let mut outcome = as_shown(judged.shown);
                let of_debit = as_shown(debit);
                outcome.messages.retain(|message| knows(message.party));
                outcome
                    .messages
                    .extend(of_debit.messages.into_iter().filter(|message| !knows(message.party)));
                if outcome.decision == Decision::Suppressed && !outcome.messages.is_empty() {
                    outcome.decision = Decision::Notified;
                    outcome.ground = of_debit.ground;
                }
                if !knows(Party::Cardholder) {
                    outcome.counters = of_debit.counters;
                }
                outcome.failures.extend(of_debit.failures);
                outcome
            }
        }
    }

    /// Ends deferrals without end.
    fn bounded(&self, mut outcome: Outcome, deferrals: &mut u8) -> Outcome {
        let Decision::Deferred(until) = outcome.decision else { return outcome };
        let now = self.now.unix_seconds();
        let latest = self.accepted_seconds.saturating_add(DEFERRAL_SECONDS_MAX);
        if *deferrals >= DEFERRALS_MAX || until.unix_seconds() > latest {
            outcome.suppress(HostGround::DeferredTooOften);
            return outcome;
        }
        *deferrals += 1;
        if until.unix_seconds() <= now {
            outcome.decision = Decision::Deferred(at(now + PAST_SECONDS, self.now));
        }
        outcome
    }
}

/// An instant on another's wall clock.
pub(crate) fn at(unix_seconds: i64, clock: Timestamp) -> Timestamp {
    Timestamp::new(unix_seconds, clock.utc_offset_minutes()).unwrap_or(clock)
}
