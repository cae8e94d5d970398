use crate::store::sqlite::Received;
use crate::{Batch, MessageId, Part, Receipt, Result, State};

/// Something that happened, whether or not it can be written down at once. What
/// is about an attempt carries its number: see [`crate::Due::attempt`].
#[derive(Clone, PartialEq, Eq)]
pub enum Fact {
    /// The peer took over one part of a message.
    Taken {
        /// The queue whose peer that is.
        queue: String,
        /// The message.
        message: MessageId,
        /// The attempt.
        attempt: u32,
        /// Which part, from 1.
        number: u32,
        /// Of how many.
        of: u32,
        /// What the peer calls it, in the form that receipts are matched by.
        remote: String,
        /// The same as the peer writes it.
        spelling: String,
    },
    /// A message went where nothing more can be heard of it: it arrived. One fact, so
    /// that no kill can part it.
    Arrived {
        /// The queue.
        queue: String,
        /// The message.
        message: MessageId,
        /// The attempt.
        attempt: u32,
        /// What the peer calls it.
        remote: String,
    },
    /// The peer has not got a message and says why; to be tried again at this
    /// time, or never.
    Refused {
        /// The message.
        message: MessageId,
        /// The attempt.
        attempt: u32,
        /// Why, as the peer's code.
        cause: String,
        /// When, in milliseconds since 1970.
        retry_ms: Option<i64>,
    },
    /// Nothing of a claimed message was sent.
    Released {
        /// The message.
        message: MessageId,
        /// The attempt.
        attempt: u32,
    },
    /// A claimed message was too old to be sent.
    Expired {
        /// The message.
        message: MessageId,
        /// The attempt.
        attempt: u32,
    },
    /// It is not known whether the peer has a message.
    Doubted {
        /// The message.
        message: MessageId,
        /// The attempt.
        attempt: u32,
    },
    /// A session with a queue's peer began.
    Connected(String),
    /// A receipt.
    Receipt(ReceiptFact),
    /// A text that a customer sent.
    Incoming {
        /// From whom.
        from: String,
        /// The text.
        text: String,
    },
}

/// A receipt on its way to the disk: see [`Receipt`].
#[derive(Clone, PartialEq, Eq)]
pub struct ReceiptFact {
    /// The queue whose peer says so.
    pub queue: String,
    /// What the peer calls the part.
    pub remote: String,
    /// How it ended.
    pub state: State,
    /// The peer's code.
    pub cause: Option<String>,
    /// The telephone number that it was sent to.
    pub recipient: Option<String>,
    /// The reference that it was sent with.
    pub reference: Option<u16>,
    /// The [`crate::Due::key`] that it was sent with.
    pub key: Option<String>,
    /// How the text begins.
    pub text: Option<String>,
    /// When the peer took it over, by its own clock, in milliseconds since 1970.
    pub submitted_ms: Option<i64>,
}

impl ReceiptFact {
    /// A receipt of which nothing else is known.
    pub fn new(queue: &str, remote: &str, state: State) -> Self {
        Self {
            queue: queue.into(),
            remote: remote.into(),
            state,
            cause: None,
            recipient: None,
            reference: None,
            key: None,
            text: None,
            submitted_ms: None,
        }
    }
}

/// Shows neither telephone numbers nor texts.
impl std::fmt::Debug for ReceiptFact {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReceiptFact")
            .field("queue", &self.queue)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

/// Shows neither telephone numbers nor texts.
impl std::fmt::Debug for Fact {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (name, about) = match self {
            Self::Taken { message, attempt, .. } => ("Taken", Some((message, attempt))),
            Self::Arrived { message, attempt, .. } => ("Arrived", Some((message, attempt))),
            Self::Refused { message, attempt, .. } => ("Refused", Some((message, attempt))),
            Self::Released { message, attempt } => ("Released", Some((message, attempt))),
            Self::Expired { message, attempt } => ("Expired", Some((message, attempt))),
            Self::Doubted { message, attempt } => ("Doubted", Some((message, attempt))),
            Self::Connected(_) => ("Connected", None),
            Self::Receipt(_) => ("Receipt", None),
            Self::Incoming { .. } => ("Incoming", None),
        };
        let mut shown = f.debug_struct(name);
        if let Some((message, attempt)) = about {
            shown.field("message", message).field("attempt", attempt);
        }
        shown.finish_non_exhaustive()
    }
}

impl Fact {
    /// Writes it down; gives whether it fits what is stored. What does not, a peer
    /// that answers twice or too late, is not to be tried again.
    pub(super) fn apply(&self, batch: &Batch<'_>, now_ms: i64) -> Result<bool> {
        match self {
            Self::Taken { queue, message, attempt, number, of, remote, spelling } => {
                let part = Part { queue, number: *number, of: *of, remote };
                let fits = batch.taken(*message, *attempt, part, now_ms)?;
                if remote != spelling {
                    batch.spell(*message, *attempt, *number, spelling)?;
                }
                Ok(fits)
            }
            Self::Arrived { queue, message, attempt, remote } => {
                batch.arrived(queue, *message, *attempt, remote, now_ms)
            }
            Self::Refused { message, attempt, cause, retry_ms } => {
                batch.refused(*message, *attempt, cause, *retry_ms, now_ms)
            }
            Self::Released { message, attempt } => batch.released(*message, *attempt, now_ms),
            Self::Expired { message, attempt } => batch.expired(*message, *attempt, now_ms),
            Self::Doubted { message, attempt } => batch.doubted(*message, *attempt, now_ms),
            Self::Connected(queue) => batch.doubt_all(queue, now_ms).map(|_| true),
            Self::Receipt(said) => {
                let receipt = Receipt {
                    remote: &said.remote,
                    cause: said.cause.as_deref(),
                    recipient: said.recipient.as_deref(),
                    reference: said.reference,
                    key: said.key.as_deref(),
                    text: said.text.as_deref(),
                    submitted_ms: said.submitted_ms,
                    ..Receipt::new(&said.queue, said.state)
                };
                batch.receipt(receipt, now_ms).map(|_| true)
            }
            Self::Incoming { from, text } => {
                batch.received(Received { from, text }, now_ms).map(|_| true)
            }
        }
    }
}
