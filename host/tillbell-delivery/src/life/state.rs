//! The states of a message.

use std::fmt;

/// Where a message is. Stored as its number, which never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum State {
    /// Waits for its time: not before, or the next attempt.
    Deferred = 0,
    /// Waits for its channel.
    Queued = 1,
    /// The channel's peer took it over; what became of it is not known yet.
    Submitted = 2,
    /// It arrived.
    Delivered = 3,
    /// It did not arrive and will not.
    Failed = 4,
    /// Its time was over before it could be sent, or delivered.
    Expired = 5,
    /// It was taken back before anything of it left.
    Cancelled = 6,
    /// It was decided on and is not to be sent: no consent, no contact.
    Suppressed = 7,
    /// It may have left, and it will not be known whether it did.
    Doubtful = 8,
}

impl State {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 9] = [
        Self::Deferred,
        Self::Queued,
        Self::Submitted,
        Self::Delivered,
        Self::Failed,
        Self::Expired,
        Self::Cancelled,
        Self::Suppressed,
        Self::Doubtful,
    ];

    /// The name in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Deferred => "deferred",
            Self::Queued => "queued",
            Self::Submitted => "submitted",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
            Self::Suppressed => "suppressed",
            Self::Doubtful => "doubtful",
        }
    }

    /// The state of this number.
    pub fn at(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|state| *state as i64 == number)
    }

    /// Whether nothing more will happen to it, but for a late receipt.
    pub fn is_final(self) -> bool {
        !self.waits() && self != Self::Submitted
    }

    /// Whether it is before its peer took it over.
    pub fn waits(self) -> bool {
        matches!(self, Self::Deferred | Self::Queued)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
