use std::error::Error as StdError;
use std::fmt;

/// What sort of thing went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// What somebody handed in is not what it should be.
    Input,
    /// The outbox is no outbox, or of a later version.
    Format,
    /// The outbox is locked by another process, or its disk is full or failing.
    Storage,
    /// Too much waits already; to be asked again in a while.
    Busy,
    /// A peer does not answer, or not as it should.
    Peer,
    /// A peer does not let the account in.
    Account,
    /// What was asked for does not fit what is stored: an unknown message, a
    /// change that its state does not allow.
    State,
}

/// An error of delivery: what sort, in which thing, and why. It never carries
/// a text, a recipient or a card's data.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    detail: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// The result of most functions of this crate.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An error of this kind. The detail names the thing and the fact.
    pub fn new(kind: ErrorKind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into(), source: None }
    }

    /// The same error with the error that caused it.
    #[must_use]
    pub fn because(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What sort of thing went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Whether the storage refuses this for its own sake (a constraint, a type), so
    /// that it will do so again, and not for the disk's or another writer's.
    pub fn is_lasting(&self) -> bool {
        use rusqlite::ErrorCode::{ConstraintViolation, NotFound, TooBig, TypeMismatch};
        let cause = self.source.as_ref().and_then(|source| source.downcast_ref());
        match cause {
            Some(rusqlite::Error::SqliteFailure(failure, _)) => {
                matches!(failure.code, ConstraintViolation | NotFound | TooBig | TypeMismatch)
            }
            // A value that is not what it should be.
            Some(
                rusqlite::Error::FromSqlConversionFailure(..)
                | rusqlite::Error::IntegralValueOutOfRange(..)
                | rusqlite::Error::InvalidColumnType(..),
            ) => true,
            _ => false,
        }
    }
}

/// What is wrong with a subscriber's row is said without its text.
impl From<tillbell_subscribers::Error> for Error {
    fn from(error: tillbell_subscribers::Error) -> Self {
        Self::new(ErrorKind::Input, error.to_string())
    }
}

/// What SQLite says names no value of a row: all of them are bound.
impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        Self::new(ErrorKind::Storage, "the outbox cannot be read or written").because(error)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_ref().map(|source| source.as_ref() as &(dyn StdError + 'static))
    }
}
