//! Messages on their way: journalled before they are sent, sent once, accounted
//! for.
//!
//! The core host decides and writes; this crate keeps what it wrote until it
//! arrived, or until somebody can say why not. It is no part of a till: that
//! has a store of its own.

pub mod channel;
mod error;
pub mod journal;
mod life;
mod metrics;
mod pace;
mod phone;
mod store;
pub mod subscribers;
pub mod tape;
mod tls;

pub use channel::smpp;
pub use error::{Error, ErrorKind, Result};
pub use life::{Cause, Ended, Life, MessageId, Queue, State, Transition};
pub use metrics::Metrics;
pub use store::sqlite::{
    Accepted, AwaitedPlace, Batch, CaseEvent, CauseCount, Change, Depth, Due, MessageTrail,
    NoticeTexts, Outbox, Part, Parts, Period, Receipt, Received, SendLock, Summary, Times, Trail,
    TransactionId, WayTrail,
};
