use std::fmt;

use rusqlite::ToSql;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSqlOutput, ValueRef};

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
    /// It was worthless before it could be sent, or delivered.
    Expired = 5,
    /// It was taken back before it was sent.
    Cancelled = 6,
    /// It was decided on and is not to be sent: no consent, a repeat's.
    Suppressed = 7,
}

impl State {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 8] = [
        Self::Deferred,
        Self::Queued,
        Self::Submitted,
        Self::Delivered,
        Self::Failed,
        Self::Expired,
        Self::Cancelled,
        Self::Suppressed,
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
        }
    }

    /// Whether nothing more will happen to it.
    pub fn is_final(self) -> bool {
        !matches!(self, Self::Deferred | Self::Queued | Self::Submitted)
    }

    /// Whether a message may go from this state to that one.
    pub fn may_become(self, next: Self) -> bool {
        match self {
            // Delivered: by its channel, after it was given to a fallback.
            Self::Deferred | Self::Queued => next != self,
            // Queued again only once it is known that the peer has not got it.
            Self::Submitted => {
                matches!(
                    next,
                    Self::Deferred | Self::Queued | Self::Delivered | Self::Failed | Self::Expired
                )
            }
            // A receipt that comes late, or twice and of two minds, is the truth.
            Self::Failed | Self::Expired => next == Self::Delivered,
            Self::Delivered | Self::Cancelled | Self::Suppressed => false,
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl ToSql for State {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok((*self as i64).into())
    }
}

impl FromSql for State {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let number = value.as_i64()?;
        Self::ALL
            .into_iter()
            .find(|state| *state as i64 == number)
            .ok_or(FromSqlError::OutOfRange(number))
    }
}
