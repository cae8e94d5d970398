//! What was decided, and the messages that come of it, on disk before anything
//! is sent.
//!
//! One file, one writer. All that is done between [`Outbox::begin`] and
//! [`Batch::commit`] is one commit: after it, it survives a power cut; before,
//! none of it happened. Whoever has much to do puts much into one batch, since
//! a commit waits for the disk.
//!
//! The outbox has no clock: `now_ms` is given, in milliseconds since 1970. A
//! clock that goes back delays what waits, and loses nothing.

mod accept;
mod counters;
mod doubt;
mod incoming;
mod queue;
mod receipts;
mod retention;
#[cfg(test)]
pub(crate) mod scene;
mod schema;
mod sending;
mod summary;
#[cfg(test)]
mod tests;
mod traces;
mod trail;

use std::cell::RefCell;
use std::collections::HashMap;
use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rusqlite::{Connection, OptionalExtension, Transaction as Sql, params};

pub use accept::Accepted;
pub(crate) use accept::wall_clock;
pub use incoming::{NoticeTexts, Received};
pub use queue::{Due, Part};
pub use receipts::{Receipt, fallback};
pub use sending::SendLock;
pub use summary::{Cause, Depth, Parts, Period, Summary, Times};
pub use trail::{Change, MessageTrail, Trail};

use crate::{Error, ErrorKind, Result, State};
use traces::key;

/// The number of a stored message.
pub type MessageId = i64;
/// The number of a stored transaction.
pub type TransactionId = i64;

/// The outbox: one file, and SQLite's two beside it.
#[derive(Debug)]
pub struct Outbox {
    connection: Connection,
    standing: RefCell<Standing>,
}

/// Changes that are made together, or not at all.
#[derive(Debug)]
pub struct Batch<'a> {
    sql: Sql<'a>,
    standing: &'a RefCell<Standing>,
}

/// What the configuration says that holds for every batch.
#[derive(Debug, Default)]
struct Standing {
    /// How many fallbacks a channel has.
    fallbacks: HashMap<String, u8>,
    /// The host's own texts.
    notices: NoticeTexts,
    /// How long transactions are kept, in milliseconds; none for ever.
    kept_ms: Option<i64>,
}

impl Outbox {
    /// Opens an outbox, making it if there is none. What was interrupted by a
    /// power cut is put in order.
    ///
    /// # Errors
    /// [`ErrorKind::Format`] for a file that is something else, or of a later
    /// version; [`ErrorKind::Storage`] if it cannot be read or written.
    pub fn open(path: &Path) -> Result<Self> {
        let closed = |error: Box<dyn std::error::Error + Send + Sync>| {
            Error::new(ErrorKind::Storage, "the outbox cannot be opened").because(error)
        };
        // For its owner alone: recipients stand in it. SQLite makes the two
        // files beside it as this one is.
        OpenOptions::new()
            .create(true)
            .append(true)
            .mode(0o600)
            .open(path)
            .map_err(|error| closed(error.into()))?;
        Self::of(Connection::open(path).map_err(|error| closed(error.into()))?)
    }

    /// Opens an outbox that another part of this program writes, for looking.
    ///
    /// # Errors
    /// As [`Outbox::open`].
    pub fn open_to_read(path: &Path) -> Result<Self> {
        let flags =
            rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY | rusqlite::OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(schema::BUSY)?;
        connection.set_prepared_statement_cache_capacity(64);
        Ok(Self { connection, standing: RefCell::default() })
    }

    /// An outbox that is gone when it is dropped.
    ///
    /// # Errors
    /// [`ErrorKind::Storage`] if there is no memory for it.
    pub fn in_memory() -> Result<Self> {
        Self::of(Connection::open_in_memory()?)
    }

    fn of(mut connection: Connection) -> Result<Self> {
        schema::prepare(&mut connection)?;
        Ok(Self { connection, standing: RefCell::default() })
    }

    /// Gives a channel so many fallbacks: what fails by one goes by the next.
    pub fn set_fallbacks(&mut self, channel: &str, count: u8) {
        self.standing.get_mut().fallbacks.insert(channel.into(), count);
    }

    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Begins a batch.
    ///
    /// # Errors
    /// [`ErrorKind::Storage`] if another process writes for longer than 5 s.
    pub fn begin(&mut self) -> Result<Batch<'_>> {
        let sql = self.connection.transaction_with_behavior(
            // Waits for another writer here, and not in the middle.
            rusqlite::TransactionBehavior::Immediate,
        )?;
        Ok(Batch { sql, standing: &self.standing })
    }
}

impl Batch<'_> {
    pub(crate) fn sql(&self) -> &Sql<'_> {
        &self.sql
    }

    /// Does something of which nothing remains if it fails, while the rest of the
    /// batch does.
    ///
    /// # Errors
    /// What `work` gives. After [`ErrorKind::Storage`] the whole batch is to be
    /// given up.
    pub fn guarded<T>(&self, work: impl FnOnce(&Self) -> Result<T>) -> Result<T> {
        self.sql.prepare_cached("savepoint work")?.execute([])?;
        let done = work(self);
        if done.is_err() {
            self.sql.prepare_cached("rollback to work")?.execute([])?;
        }
        self.sql.prepare_cached("release work")?.execute([])?;
        done
    }

    /// Gives the channels that are named so many fallbacks, and all others none.
    pub fn set_fallbacks(&self, fallbacks: HashMap<String, u8>) {
        self.standing.borrow_mut().fallbacks = fallbacks;
    }

    /// The host's own texts; a notice without one waits until there is one.
    pub fn set_notices(&self, texts: NoticeTexts) {
        self.standing.borrow_mut().notices = texts;
    }

    /// Makes it last.
    ///
    /// # Errors
    /// [`ErrorKind::Storage`] if the disk is full or failing: nothing of the
    /// batch happened.
    pub fn commit(self) -> Result<()> {
        self.sql.commit()?;
        Ok(())
    }

    /// The state of a message.
    ///
    /// # Errors
    /// [`ErrorKind::State`] if there is no such message.
    pub fn state(&self, message: MessageId) -> Result<State> {
        self.sql
            .prepare_cached("select state from messages where id = ?1")?
            .query_row([message], |row| row.get(0))
            .optional()?
            .ok_or_else(|| Error::new(ErrorKind::State, format!("there is no message {message}")))
    }

    /// Puts a message into a state, and notes when and why.
    fn change(
        &self,
        message: MessageId,
        next: State,
        cause: Option<&str>,
        now_ms: i64,
    ) -> Result<()> {
        let state = self.state(message)?;
        if !state.may_become(next) {
            let detail = format!("message {message} is {state} and cannot become {next}");
            return Err(Error::new(ErrorKind::State, detail));
        }
        let done_ms = next.is_final().then_some(now_ms);
        self.sql
            .prepare_cached(
                "update messages set state = ?2, cause = ?3, done_at = ?4, asked_at = null,
                 unsure_at = null
                 where id = ?1",
            )?
            .execute(params![message, next, cause, done_ms])?;
        self.note(message, next, cause, now_ms)
    }

    /// Adds to a message's history.
    fn note(
        &self,
        message: MessageId,
        state: State,
        cause: Option<&str>,
        now_ms: i64,
    ) -> Result<()> {
        self.sql
            .prepare_cached(
                "insert into changes (message_id, number, at, state, cause)
                 values (?1, (select count(*) from changes where message_id = ?1), ?2, ?3, ?4)",
            )?
            .execute(params![message, now_ms, state, cause])?;
        Ok(())
    }
}
