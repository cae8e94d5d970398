//! The life of one message: its states, and the only steps between them.
//!
//! A [`Life`] is what is stored of a message's way. Each function that begins with
//! a verb says what happened and gives the [`Transition`] that follows, or none
//! where it does not fit: a late report for an earlier attempt, a refusal of what
//! was cancelled. Nothing else makes a transition, and the store writes nothing
//! but transitions, so a step that is not here cannot be taken.
//!
//! ```text
//! deferred ⇄ queued ─claim─▶ attempt n ─taken─▶ submitted ─receipt─▶ delivered
//!     │         ▲               │ refused for now, released            │ failed, expired:
//!     │         └───────────────┤                                      ▼ the next fallback, else
//!     ├─cancelled, suppressed   └ no answer ─▶ unsure ─▶ once more ─▶ doubtful
//!     └─expired                                                     (delivered by a late receipt)
//! ```
//!
//! An attempt's number never falls, and whatever a channel reports carries it: of
//! a late report for an earlier attempt only *delivered* counts.

mod cause;
mod queue;
mod state;

use tillbell_transaction::case::{Excuse, Fate};

pub use cause::Cause;
pub use queue::Queue;
pub use state::State;

/// The number of a stored message.
pub type MessageId = i64;

/// Attempts of which nothing was heard: after so many a message is not sent again.
const UNHEARD_MAX: u32 = 2;

/// How long a message that is refused for now is tried again, in milliseconds:
/// three days.
const REFUSED_MS_MAX: i64 = 3 * 24 * 3_600 * 1_000;

/// What is stored of a message's way. Written by [`Transition`]s alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Life {
    pub(crate) state: State,
    pub(crate) queue: Queue,
    /// Attempts begun; never falls.
    pub(crate) attempt: u32,
    /// Since when the last attempt is open.
    pub(crate) asked_ms: Option<i64>,
    /// Since when it is not known whether the open attempt left.
    pub(crate) unsure_ms: Option<i64>,
    /// Attempts refused for now, on this queue.
    pub(crate) refusals: u32,
    /// Attempts of which nothing was heard, on any queue; never falls. A peer may
    /// have the text as long as there is one, whatever becomes of later attempts. A
    /// text that a peer took over is not counted here while its receipt is missing.
    pub(crate) doubts: u32,
    /// Not before.
    pub(crate) due_ms: i64,
    /// Worthless from here on.
    pub(crate) expires_ms: Option<i64>,
    pub(crate) accepted_ms: i64,
    pub(crate) submitted_ms: Option<i64>,
    /// Whether something of it is with a peer, or may be.
    pub(crate) has_left: bool,
    /// Why it is in its state.
    pub(crate) cause: Option<Cause>,
}

/// A step of a message's way: how it is from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transition {
    next: Life,
    /// Whether its history gets a line.
    is_noted: bool,
    /// Whether those that wait behind it may go.
    frees: bool,
    /// Whether its case is to be weighed again: it waits again, or will not be
    /// told.
    weighs: bool,
}

impl Transition {
    fn silent(next: Life) -> Self {
        Self { next, is_noted: false, frees: false, weighs: false }
    }

    fn noted(next: Life) -> Self {
        let frees = !next.state.waits();
        let weighs = matches!(next.state, State::Failed | State::Expired);
        Self { next, is_noted: true, frees, weighs }
    }

    fn weighed(mut self) -> Self {
        self.weighs = true;
        self
    }

    /// How the message is from now on.
    pub fn next(&self) -> &Life {
        &self.next
    }

    /// Whether its history gets a line.
    pub(crate) fn is_noted(&self) -> bool {
        self.is_noted
    }

    /// Whether those that wait behind it may go.
    pub(crate) fn frees(&self) -> bool {
        self.frees
    }

    /// Whether its case is to be weighed again.
    pub(crate) fn weighs(&self) -> bool {
        self.weighs
    }
}

/// What a part's receipts come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// All parts arrived.
    Delivered,
    /// One will not arrive.
    Failed,
    /// One was too late.
    Expired,
}

/// What the receipts of a message's parts on one queue say of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Said<'a> {
    /// How it ended.
    pub(crate) ended: Ended,
    /// Why, as the peer says.
    pub(crate) cause: Option<&'a Cause>,
    /// Whether it is in that queue now: otherwise it was given to a fallback since,
    /// and only its arrival counts.
    pub(crate) is_here: bool,
    /// Whether somebody may have read it, or a part of it, by any queue.
    pub(crate) is_read: bool,
}

impl Life {
    /// A message's way begins.
    pub(crate) fn begin(
        channel: &str,
        due_ms: Option<i64>,
        expires_ms: Option<i64>,
        now_ms: i64,
    ) -> Transition {
        let due_ms = due_ms.unwrap_or(now_ms);
        let is_over = expires_ms.is_some_and(|expires_ms| expires_ms <= now_ms);
        let state = match due_ms > now_ms {
            _ if is_over => State::Expired,
            true => State::Deferred,
            false => State::Queued,
        };
        Transition::noted(Self {
            state,
            queue: Queue::new(channel, 0),
            attempt: 0,
            asked_ms: None,
            unsure_ms: None,
            refusals: 0,
            doubts: 0,
            due_ms,
            expires_ms,
            accepted_ms: now_ms,
            submitted_ms: None,
            has_left: false,
            cause: is_over.then_some(Cause::TooLateToSend),
        })
    }

    /// A message that is not to be sent begins and ends.
    pub(crate) fn suppressed(channel: &str, cause: Cause, now_ms: i64) -> Transition {
        let mut begun = Self::begin(channel, None, None, now_ms);
        begun.next.state = State::Suppressed;
        begun.next.cause = Some(cause);
        begun.frees = true;
        begun
    }

    /// Where it is.
    pub fn state(&self) -> State {
        self.state
    }

    /// Whether it is in the queue that is written so.
    pub(crate) fn is_in(&self, queue: &str) -> bool {
        self.queue.to_string() == queue
    }

    /// Whether something of it is with a peer, or may be.
    pub(crate) fn may_have_left(&self) -> bool {
        self.has_left || self.doubts > 0
    }

    /// One of its parts arrived, and another was lost before: somebody may have read
    /// a part of it.
    pub(crate) fn arrive_in_part(&self) -> Option<Transition> {
        (self.state.waits() && !self.has_left)
            .then(|| Transition::silent(Self { has_left: true, ..self.clone() }).weighed())
    }

    /// The text is lost wherever parts of it went: nobody read it.
    pub(crate) fn lose(&self) -> Option<Transition> {
        (self.state.waits() && self.has_left && self.doubts == 0 && !self.is_open())
            .then(|| Transition::silent(Self { has_left: false, ..self.clone() }).weighed())
    }

    /// Whether an attempt is open.
    pub fn is_open(&self) -> bool {
        self.asked_ms.is_some()
    }

    /// What the case knows of it; `netted` is what tells it, if another does.
    pub(crate) fn fate(&self, netted: Option<i64>, own: i64) -> Fate {
        match self.state {
            State::Deferred | State::Queued if self.is_open() || self.has_left => Fate::Attempted,
            State::Deferred | State::Queued => Fate::Waiting,
            State::Submitted | State::Delivered => Fate::Told,
            State::Doubtful => Fate::Doubtful,
            State::Cancelled => Fate::Netted(netted.unwrap_or(own)),
            State::Failed | State::Expired | State::Suppressed => match netted {
                Some(into) => Fate::Netted(into),
                None => Fate::Excused(self.excuse()),
            },
        }
    }

    fn excuse(&self) -> Excuse {
        match (self.state, &self.cause) {
            (State::Failed, _) => Excuse::Failed,
            (State::Expired, _) => Excuse::Expired,
            (_, Some(Cause::Absent(absence))) => absence.excuse(),
            (_, Some(Cause::Excused(excuse))) => *excuse,
            _ => Excuse::NotNamed,
        }
    }

    /// Its next life in a state, with no attempt open.
    fn to(&self, state: State, cause: Option<&Cause>) -> Self {
        Self { state, asked_ms: None, unsure_ms: None, cause: cause.cloned(), ..self.clone() }
    }

    /// Its time has come.
    pub(crate) fn fall_due(&self) -> Option<Transition> {
        (self.state == State::Deferred && !self.is_open())
            .then(|| Transition::noted(self.to(State::Queued, None)))
    }

    /// An attempt begins.
    pub(crate) fn claim(&self, now_ms: i64) -> Option<Transition> {
        if self.state != State::Queued || self.is_open() {
            return None;
        }
        let next = Self {
            attempt: self.attempt.saturating_add(1),
            asked_ms: Some(now_ms),
            unsure_ms: None,
            ..self.clone()
        };
        Some(Transition::silent(next))
    }

    /// Whether a report of this attempt is about the last one.
    fn is_last(&self, attempt: u32) -> bool {
        attempt == self.attempt
    }

    /// The peer took over a part; `is_whole` with the last of them.
    pub(crate) fn take(&self, attempt: u32, is_whole: bool, now_ms: i64) -> Option<Transition> {
        if !self.is_last(attempt) || !self.state.waits() {
            return None;
        }
        if !is_whole {
            return Some(Transition::silent(Self { has_left: true, ..self.clone() }));
        }
        let mut next = self.to(State::Submitted, None);
        next.submitted_ms = Some(now_ms);
        next.has_left = true;
        Some(Transition::noted(next))
    }

    /// The peer has not got it, and says why; it may be tried again at a time, or
    /// never.
    pub(crate) fn refuse(
        &self,
        attempt: u32,
        cause: &Cause,
        retry_ms: Option<i64>,
        fallbacks: u8,
        now_ms: i64,
    ) -> Option<Transition> {
        if !self.is_last(attempt) || !self.is_open() {
            return None;
        }
        let is_too_long = now_ms - self.accepted_ms.max(0) > REFUSED_MS_MAX;
        match retry_ms {
            Some(retry_ms) if !is_too_long => {
                let mut next = self.to(State::Deferred, Some(cause));
                next.due_ms = retry_ms.max(now_ms);
                next.refusals = self.refusals.saturating_add(1);
                Some(Transition::noted(next).weighed())
            }
            Some(_) => Some(self.fail(State::Failed, &Cause::RefusedTooLong, fallbacks, now_ms)),
            None => Some(self.fail(State::Failed, cause, fallbacks, now_ms)),
        }
    }

    /// Nothing of the attempt left.
    pub(crate) fn release(&self, attempt: u32) -> Option<Transition> {
        (self.is_last(attempt) && self.is_open())
            .then(|| Transition::silent(self.to(State::Queued, None)).weighed())
    }

    /// It is not known whether the open attempt left.
    pub(crate) fn doubt(&self, attempt: u32, now_ms: i64) -> Option<Transition> {
        (self.is_last(attempt) && self.is_open())
            .then(|| Transition::silent(Self { unsure_ms: Some(now_ms), ..self.clone() }))
    }

    /// Nothing was heard of an attempt that is in doubt: it is sent once more, if
    /// it may be, or left in doubt. No fallback takes it: that would be a third copy.
    /// `copies` may be with the peers of earlier queues.
    pub(crate) fn unheard(&self, may_repeat: bool, copies: u32, now_ms: i64) -> Option<Transition> {
        self.unsure_ms?;
        let mut after = self.clone();
        after.has_left = true;
        after.doubts = self.doubts.saturating_add(1);
        let is_over = self.expires_ms.is_some_and(|expires_ms| expires_ms <= now_ms);
        if may_repeat && !is_over && after.doubts + copies < UNHEARD_MAX {
            let mut next = after.to(State::Deferred, Some(&Cause::NoAnswer));
            next.due_ms = now_ms;
            return Some(Transition::noted(next));
        }
        Some(Transition::noted(after.to(State::Doubtful, Some(&Cause::NoAnswer))))
    }

    /// An attempt that was interrupted had not left.
    pub(crate) fn interrupt(&self, now_ms: i64) -> Option<Transition> {
        self.asked_ms?;
        let mut next = self.to(State::Deferred, Some(&Cause::Interrupted));
        next.due_ms = now_ms;
        Some(Transition::noted(next).weighed())
    }

    /// Its time is over before it was sent.
    pub(crate) fn expire(&self) -> Option<Transition> {
        if !self.state.waits() || self.is_open() {
            return None;
        }
        let state = if self.has_left { State::Doubtful } else { State::Expired };
        Some(Transition::noted(self.to(state, Some(&Cause::TooLateToSend))))
    }

    /// Its queue has had no route for too long.
    pub(crate) fn abandon(&self) -> Option<Transition> {
        if !self.state.waits() {
            return None;
        }
        let is_unsure = self.has_left || self.is_open();
        let state = if is_unsure { State::Doubtful } else { State::Expired };
        Some(Transition::noted(self.to(state, Some(&Cause::NoRoute))))
    }

    /// Its attempt found that its time is over: nothing of it was sent.
    pub(crate) fn expire_attempt(&self, attempt: u32) -> Option<Transition> {
        if !self.is_last(attempt) || !self.is_open() {
            return None;
        }
        self.to(self.state, None).expire()
    }

    /// It is taken back: another event's message tells it, or none.
    pub(crate) fn cancel(&self, cause: &Cause) -> Option<Transition> {
        if self.fate(None, 0) != Fate::Waiting {
            return None;
        }
        Some(Transition::noted(self.to(State::Cancelled, Some(cause))))
    }

    /// Its full reversal is known: what a peer may have is not sent again, neither
    /// by this queue nor by a fallback.
    pub(crate) fn leave_in_doubt(&self) -> Option<Transition> {
        let is_unsure = self.doubts > 0 || self.has_left && self.queue.fallback > 0;
        (self.state.waits() && !self.is_open() && is_unsure)
            .then(|| Transition::noted(self.to(State::Doubtful, Some(&Cause::NoAnswer))))
    }

    /// It is not told: what it corrects was not.
    pub(crate) fn withhold(&self, excuse: Excuse) -> Option<Transition> {
        if self.fate(None, 0) != Fate::Waiting {
            return None;
        }
        let cause = Cause::Excused(excuse);
        Some(Transition::noted(self.to(State::Suppressed, Some(&cause))))
    }

    /// Receipts of its parts say how it ended.
    pub(crate) fn receive(&self, said: Said<'_>, fallbacks: u8, now_ms: i64) -> Option<Transition> {
        let Said { ended, cause, is_here, is_read } = said;
        match (ended, self.state) {
            (Ended::Delivered, State::Delivered | State::Cancelled | State::Suppressed) => None,
            // An attempt by another queue is open: its own answer comes first.
            (Ended::Delivered, _) if !is_here && self.is_open() => None,
            (Ended::Delivered, _) => {
                let mut next = self.to(State::Delivered, cause);
                next.has_left = true;
                next.submitted_ms = self.submitted_ms.or(Some(now_ms));
                Some(Transition::noted(next))
            }
            // A part that is lost is not sent again: neither is the rest.
            (_, State::Submitted | State::Deferred | State::Queued)
                if is_here && !self.is_open() =>
            {
                let state = match ended {
                    Ended::Expired => State::Expired,
                    _ => State::Failed,
                };
                let unknown = Cause::Peer("UNKNOWN".into());
                let mut before = self.clone();
                before.has_left = self.doubts > 0 || is_read;
                Some(before.fail(state, cause.unwrap_or(&unknown), fallbacks, now_ms))
            }
            _ => None,
        }
    }

    /// No receipt came in time: the next fallback takes it, if there is one.
    pub(crate) fn give_up(&self, fallbacks: u8, now_ms: i64) -> Option<Transition> {
        if self.state != State::Submitted {
            return None;
        }
        Some(self.fail(State::Doubtful, &Cause::NoReceipt, fallbacks, now_ms))
    }

    /// Gives it to the next fallback, or ends it.
    fn fail(&self, state: State, cause: &Cause, fallbacks: u8, now_ms: i64) -> Transition {
        let is_over = self.expires_ms.is_some_and(|expires_ms| expires_ms <= now_ms);
        if is_over || self.queue.fallback >= fallbacks {
            // An earlier attempt may have told it, or a part of it.
            let state = if self.may_have_left() { State::Doubtful } else { state };
            return Transition::noted(self.to(state, Some(cause)));
        }
        let mut next = self.to(State::Queued, Some(cause));
        next.queue = self.queue.next();
        next.due_ms = self.due_ms.max(now_ms);
        next.refusals = 0;
        Transition::noted(next).weighed()
    }
}

#[cfg(test)]
mod tests;
