//! What is kept of a batch's decisions, until it is committed: for the tape.

use tillbell::{Outcome, Witness};
use tillbell_tape::{Asked, Entry, Verdict};
use tillbell_transaction::case::Shown;
use tillbell_transaction::{Timestamp, Transaction};

use super::{Batch, Outbox};

/// Decisions that are not committed yet.
#[derive(Debug, Default)]
pub(super) struct Taping {
    /// What the bundle was asked of the transaction that is heard now.
    asked: Vec<Asked>,
    entries: Vec<Entry>,
}

impl Outbox {
    /// Keeps decisions from now on, for [`Outbox::take_entries`], or keeps none.
    pub(crate) fn keep_entries(&mut self, keeps: bool) {
        *self.taping.get_mut() = keeps.then(Taping::default);
    }

    /// Takes the decisions since [`Outbox::keep_entries`].
    pub(crate) fn take_entries(&mut self) -> Vec<Entry> {
        self.taping.get_mut().take().map(|taping| taping.entries).unwrap_or_default()
    }
}

impl Batch<'_> {
    /// Whether decisions are kept.
    pub(crate) fn is_taping(&self) -> bool {
        self.taping.borrow().is_some()
    }

    /// Notes what the bundle was asked of the transaction that is heard now, and said.
    pub(crate) fn was_asked(
        &self,
        transaction: &Transaction,
        now: Timestamp,
        outcome: &Outcome,
        witness: Witness,
    ) {
        if let Some(taping) = &mut *self.taping.borrow_mut() {
            let (shown, outcome) = (Shown::of(transaction), outcome.clone());
            taping.asked.push(Asked { shown, now, outcome, witness });
        }
    }

    /// Notes what was decided in the end.
    pub(super) fn tape(
        &self,
        transaction: &Transaction,
        accepted_seconds: i64,
        was_due: bool,
        outcome: &Outcome,
    ) {
        if let Some(taping) = &mut *self.taping.borrow_mut() {
            let mut transaction = transaction.clone();
            transaction.card.pan = None;
            let asked = std::mem::take(&mut taping.asked);
            let verdict = Verdict::of(outcome);
            let entry = Entry { transaction, accepted_seconds, was_due, verdict, asked };
            taping.entries.push(entry);
        }
    }

    /// How many decisions are kept.
    pub(super) fn taped(&self) -> usize {
        self.taping.borrow().as_ref().map_or(0, |taping| taping.entries.len())
    }

    /// Keeps the first `count` decisions; the others were rolled back.
    pub(super) fn untape(&self, count: usize) {
        if let Some(taping) = &mut *self.taping.borrow_mut() {
            taping.asked.clear();
            taping.entries.truncate(count);
        }
    }
}
