//! Messages on their way: journalled before they are sent, sent once, accounted
//! for.
//!
//! The core host decides and writes; this crate keeps what it wrote until it
//! arrived, or until somebody can say why not. It is no part of a till: that
//! has a store of its own.

pub mod channel;
mod error;
pub mod journal;
mod metrics;
mod outbox;
mod pace;
mod phone;
pub mod smpp;
mod state;
pub mod subscribers;
mod tls;

pub use error::{Error, ErrorKind, Result};
pub use metrics::Metrics;
pub use outbox::{
    Accepted, Batch, Cause, Change, Depth, Due, MessageId, MessageTrail, NoticeTexts, Outbox, Part,
    Parts, Period, Receipt, Received, SendLock, Summary, Times, Trail, TransactionId, fallback,
};
pub use state::State;
