//! What the peers of a message were handed, and what they said of it.

use std::collections::{BTreeMap, BTreeSet};

use tillbell_delivery::State;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Open,
    Taken,
    Refused,
    /// Nothing of it left: released, or its time was over.
    Unsent,
    Doubted,
}

#[derive(Debug, Clone)]
pub(crate) struct Attempt {
    pub(crate) number: u32,
    pub(crate) queue: &'static str,
    pub(crate) key: String,
    pub(crate) reference: u16,
    pub(crate) fate: Fate,
    /// Parts that the peer has, heard of or not, and those heard of.
    pub(crate) has: BTreeSet<u32>,
    pub(crate) heard: BTreeSet<u32>,
    /// Parts that a receipt says arrived, and that are lost.
    pub(crate) arrived: BTreeSet<u32>,
    pub(crate) gone: BTreeSet<u32>,
    /// Parts of which a receipt told before anybody heard that the peer has them, and
    /// whether the last one said that they arrived.
    pub(crate) early: BTreeSet<u32>,
    pub(crate) told: BTreeMap<u32, bool>,
    /// Whether its doubt was ended.
    pub(crate) resolved: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub(crate) id: i64,
    pub(crate) event: usize,
    /// Of [`WAYS`].
    pub(crate) way: usize,
    pub(crate) segments: u32,
    pub(crate) expires_ms: Option<i64>,
    pub(crate) attempts: Vec<Attempt>,
    /// Receipts that said it did not arrive.
    pub(crate) lost: u32,
    pub(crate) states: Vec<(State, Option<String>)>,
}

impl Message {
    pub(crate) fn state(&self) -> State {
        self.states.last().map_or(State::Queued, |(state, _)| *state)
    }

    pub(crate) fn cause(&self) -> &str {
        self.states.last().and_then(|(_, cause)| cause.as_deref()).unwrap_or_default()
    }

    pub(crate) fn open(&self) -> Option<usize> {
        self.attempts.iter().position(|attempt| attempt.fate == Fate::Open)
    }

    pub(crate) fn heard(&self, queue: &str) -> BTreeSet<u32> {
        let of = self.attempts.iter().filter(|attempt| attempt.queue == queue);
        of.flat_map(|attempt| attempt.heard.iter().copied()).collect()
    }

    /// An attempt's peer is known to have a part. What arrived whole is sent no more.
    pub(crate) fn hear(&mut self, attempt: usize, part: u32) {
        let attempt = &mut self.attempts[attempt];
        attempt.heard.insert(part);
        if attempt.told.remove(&part) == Some(true) {
            attempt.arrived.insert(part);
        }
        let queue = attempt.queue;
        let of_queue = || self.attempts.iter().filter(|attempt| attempt.queue == queue);
        let arrived: BTreeSet<_> = of_queue().flat_map(|attempt| &attempt.arrived).collect();
        if arrived.len() == self.segments as usize {
            let open = self.attempts.iter_mut().filter(|a| a.fate == Fate::Open);
            open.filter(|a| a.queue == queue).for_each(|attempt| attempt.fate = Fate::Taken);
        }
    }

    /// Whether anything of it may have left.
    pub(crate) fn may_have_left(&self) -> bool {
        // With a part of it the whole text is lost, unless another arrived.
        let lost = |queue| self.attempts.iter().any(|a| a.queue == queue && !a.gone.is_empty());
        let may = |a: &Attempt| !a.has.is_empty() && !lost(a.queue) || !a.arrived.is_empty();
        self.attempts.iter().any(|a| a.fate == Fate::Doubted || may(a))
    }

    /// Whether somebody may have read it.
    pub(crate) fn may_be_told(&self) -> bool {
        match self.state() {
            State::Submitted | State::Delivered | State::Doubtful => true,
            State::Failed | State::Expired => self.may_have_left(),
            _ => self.may_have_left() || self.open().is_some(),
        }
    }
}
