use crate::outbox::Received;
use crate::{Batch, MessageId, Part, Receipt, Result, State};

/// Something that happened, whether or not it can be written down at once.
#[derive(Clone, PartialEq, Eq)]
pub enum Fact {
    /// The peer took over one part of a message.
    Taken {
        /// The message.
        message: MessageId,
        /// Which part, from 1.
        number: u32,
        /// Of how many.
        of: u32,
        /// What the peer calls it, in the form that receipts are matched by.
        remote: String,
        /// The same as the peer writes it.
        spelling: String,
    },
    /// The peer has not got a message and says why; to be tried again at this
    /// time, or never.
    Refused {
        /// The message.
        message: MessageId,
        /// Why, as the peer's code.
        cause: String,
        /// When, in milliseconds since 1970.
        retry_ms: Option<i64>,
    },
    /// Nothing of a claimed message was sent.
    Released(MessageId),
    /// A claimed message was too old to be sent.
    Expired(MessageId),
    /// It is not known whether the peer has a message.
    Doubted(MessageId),
    /// A session with a queue's peer began.
    Connected(String),
    /// A receipt.
    Receipt {
        /// The queue whose peer says so.
        queue: String,
        /// What the peer calls the part.
        remote: String,
        /// How it ended.
        state: State,
        /// The peer's code.
        cause: Option<String>,
        /// The telephone number that it was sent to.
        recipient: Option<String>,
        /// The reference that it was sent with.
        reference: Option<u16>,
    },
    /// A text that a customer sent.
    Incoming {
        /// From whom.
        from: String,
        /// The text.
        text: String,
    },
}

/// Shows neither telephone numbers nor texts.
impl std::fmt::Debug for Fact {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (name, message) = match self {
            Self::Taken { message, .. } => ("Taken", Some(message)),
            Self::Refused { message, .. } => ("Refused", Some(message)),
            Self::Released(message) => ("Released", Some(message)),
            Self::Expired(message) => ("Expired", Some(message)),
            Self::Doubted(message) => ("Doubted", Some(message)),
            Self::Connected(_) => ("Connected", None),
            Self::Receipt { .. } => ("Receipt", None),
            Self::Incoming { .. } => ("Incoming", None),
        };
        let mut shown = f.debug_struct(name);
        if let Some(message) = message {
            shown.field("message", message);
        }
        shown.finish_non_exhaustive()
    }
}

impl Fact {
    /// Writes it down.
    ///
    /// # Errors
    /// [`crate::ErrorKind::State`] for one that does not fit what is stored, and
    /// is not to be tried again.
    pub(super) fn apply(&self, batch: &Batch<'_>, now_ms: i64) -> Result<()> {
        match self {
            Self::Taken { message, number, of, remote, spelling } => {
                batch.taken(*message, Part { number: *number, of: *of, remote }, now_ms)?;
                if remote != spelling {
                    batch.spell(*message, *number, spelling)?;
                }
                Ok(())
            }
            Self::Refused { message, cause, retry_ms } => {
                batch.refused(*message, cause, *retry_ms, now_ms)
            }
            Self::Released(message) => batch.release(*message),
            Self::Expired(message) => batch.expire(*message, now_ms),
            Self::Doubted(message) => batch.doubt(*message, now_ms),
            Self::Connected(queue) => batch.doubt_all(queue, now_ms).map(drop),
            Self::Receipt { queue, remote, state, cause, recipient, reference } => {
                let receipt = Receipt {
                    remote,
                    cause: cause.as_deref(),
                    recipient: recipient.as_deref(),
                    reference: *reference,
                    ..Receipt::new(queue, *state)
                };
                batch.receipt(receipt, now_ms).map(drop)
            }
            Self::Incoming { from, text } => {
                batch.received(Received { from, text }, now_ms).map(drop)
            }
        }
    }
}
