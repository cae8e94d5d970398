use tillbell::{Outcome, Witness};
use tillbell_transaction::case::Shown;
use tillbell_transaction::{Timestamp, Transaction};

use crate::Verdict;

/// One decision, as it was: to be written by [`crate::Pseudonyms`] and by nothing else.
#[derive(Clone)]
pub struct Entry {
    /// The transaction as its source says, with the contacts and wishes that it was decided
    /// with; its full card number is taken out.
    pub transaction: Transaction,
    /// When it was accepted, in seconds since 1970.
    pub accepted_seconds: i64,
    /// Whether it had waited: put off by its bank, or for its original.
    pub was_due: bool,
    /// What was decided.
    pub verdict: Verdict,
    /// What the bundle was asked: once, or twice where a party has to be told of the debit
    /// itself; never where the host decides alone.
    pub asked: Vec<Asked>,
}

/// One question to the bundle, and its answer.
#[derive(Debug, Clone)]
pub struct Asked {
    /// What plugins saw of the event in its case.
    pub shown: Shown,
    /// The clock.
    pub now: Timestamp,
    /// What it said.
    pub outcome: Outcome,
    /// What it was made from.
    pub witness: Witness,
}

/// Shows nothing of it.
impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Entry").field("asked", &self.asked.len()).finish_non_exhaustive()
    }
}
