//! The life of one debit: all events that share its original data elements and
//! its card, what they moved, and who was told of which.
//!
//! This module is pure: no storage, no clock, no plugin. The outbox, `tillbell
//! run` and `send`, the till and the C library keep [`Event`]s and [`Fate`]s and
//! ask the same three questions:
//!
//! 1. [`links`]: under which digests is an event found again?
//! 2. [`judge`]: given the events found, what is this transaction: a repeat, an
//!    adjustment, a reversal of which debit, an orphan? And what may plugins see
//!    of it ([`Shown`])?
//! 3. [`weigh`]: given each event's fate on one way (a party and a routed
//!    channel), which waiting messages must not leave, and what tells their
//!    events instead?
//!
//! # Invariant
//! On each way, each effective event is exactly one of: *told* by a message,
//! *netted* into another event, *waiting*, *in doubt*, or *excused* by a code of
//! [`Excuse`]. At rest, what was told is what happened less what is excused.
//!
//! # What a second event is
//! | same kind and approval, and | it is |
//! | --- | --- |
//! | the same own id, or the same STAN and RRNs that do not contradict; same amount | a repeat |
//! | the same own id, or the same STAN and RRN; another amount | an adjustment: it replaces |
//! | the same RRN, `original_amount` is the known position | an adjustment: it replaces |
//! | the same RRN otherwise (multi-capture) | one that adds |
//! | no RRN, another card, amount or own id | another transaction |
//!
//! One that replaces an amount by the same changes nothing, and nobody is told. A
//! dialect may say otherwise of a row ([`crate::SecondEvent`]). STAN and terminal alone
//! reach [`STAN_SECONDS_MAX`]; RRN, DE90 and a source's own original id reach the
//! window ([`WINDOW_SECONDS`] unless the embedder sets another). The newest
//! fitting event wins.

mod book;
mod event;
mod judge;
#[cfg(test)]
mod tests;
mod weigh;

pub use book::{Book, BookChanges, CaseEntry};
pub use event::{Direction, EVENT_BYTES_MAX, Event, EventNumber, is_over, left, links};
pub use judge::{Judged, Nothing, Relation, Shown, judge};
pub use weigh::{Excuse, Fate, Held, Verdict, weigh};

/// How far STAN and terminal alone reach, in seconds: two days. A terminal counts
/// to 999,999 and begins again; busy ones do so within a week.
pub const STAN_SECONDS_MAX: i64 = 2 * 86_400;
/// How far RRN, DE90 and a source's own original id reach, in seconds, by default:
/// 31 days, the longest that a pre-authorisation of lodging or car rental is held
/// open by the card schemes, so that its completion and reversal find it.
pub const WINDOW_SECONDS: i64 = 31 * 86_400;
/// The most events of a case. One more opens a case of its own.
pub const CASE_EVENTS_MAX: usize = 64;
/// How long an orphan (a reversal whose original was not seen) waits for its
/// original by default, in seconds.
pub const ORPHAN_SECONDS: i64 = 60;
