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

mod cases;
mod counters;
mod doubt;
mod incoming;
mod messages;
mod migrate;
#[cfg(test)]
mod plans;
mod queue;
mod receipts;
mod retention;
mod routes;
#[cfg(test)]
pub(crate) mod scene;
mod schema;
mod sending;
mod state;
mod subscribers;
mod summary;
mod taping;
#[cfg(test)]
mod tests;
mod trail;
mod version_1;
mod way;
mod weighing;

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rusqlite::{Connection, Transaction as Sql};
use tillbell::CaseSettings;

pub use cases::Accepted;
pub use incoming::{NoticeTexts, Received};
pub use queue::{Due, Part};
pub use receipts::{AwaitedPlace, Receipt};
pub use sending::SendLock;
pub use subscribers::Imported;
pub use summary::{CauseCount, Depth, Parts, Period, Summary, Times};
pub use trail::{CaseEvent, Change, MessageTrail, Trail, WayTrail};

use crate::life::MessageId;
use crate::{Error, ErrorKind, Result};
use taping::Taping;

/// The number of a stored transaction.
pub type TransactionId = i64;

/// The outbox: one file, and SQLite's two beside it.
#[derive(Debug)]
pub struct Outbox {
    connection: Connection,
    standing: RefCell<Standing>,
    /// The transaction whose counters are read.
    deciding: Cell<Option<TransactionId>>,
    taping: RefCell<Option<Taping>>,
}

/// Changes that are made together, or not at all.
#[derive(Debug)]
pub struct Batch<'a> {
    sql: Sql<'a>,
    standing: &'a RefCell<Standing>,
    deciding: &'a Cell<Option<TransactionId>>,
    taping: &'a RefCell<Option<Taping>>,
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
    /// Where retention looked last: a time of acceptance, and a transaction.
    looked_at: (i64, TransactionId),
    /// How cases are kept.
    cases: CaseSettings,
    /// Whose messages are accepted now: see [`SendLock::generation`].
    generation: Option<i64>,
    /// The reference that a message got last.
    last_reference: Option<u16>,
    /// Whether transactions of version 1 are kept.
    has_version_1: bool,
    /// How far the clock that a queue's receipts are dated by is from ours, in quarters
    /// of an hour, as its last dated receipt showed.
    clocks: HashMap<String, i64>,
}

impl Outbox {
    /// Opens an outbox, making it if there is none. What was interrupted by a
    /// power cut is put in order. One of an earlier version is migrated, which needs
    /// the right to send.
    ///
    /// # Errors
    /// [`ErrorKind::Format`] for a file that is something else, or of a later
    /// version; [`ErrorKind::Busy`] for one of an earlier version that another process sends
    /// from; [`ErrorKind::Storage`] if it cannot be read or written.
    pub fn open(path: &Path) -> Result<Self> {
        Self::of(connect(path)?, Some(path))
    }

    /// The same for whoever sends from it: messages that are accepted from now on
    /// carry the lock's generation.
    ///
    /// # Errors
    /// As [`Outbox::open`].
    pub fn open_to_send(path: &Path, lock: &SendLock) -> Result<Self> {
        let outbox = Self::of(connect(path)?, None)?;
        outbox.standing.borrow_mut().generation = Some(lock.generation());
        Ok(outbox)
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
        connection.set_prepared_statement_cache_capacity(schema::STATEMENTS);
        Ok(Self::with(connection, RefCell::default()))
    }

    /// Opens an outbox that no process has open, for looking, and makes no file beside
    /// it.
    ///
    /// # Errors
    /// As [`Outbox::open`].
    pub fn open_at_rest(path: &Path) -> Result<Self> {
        let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY
            | rusqlite::OpenFlags::SQLITE_OPEN_NO_MUTEX
            | rusqlite::OpenFlags::SQLITE_OPEN_URI;
        let path = std::path::absolute(path).map_err(|error| {
            Error::new(ErrorKind::Storage, "the outbox cannot be opened").because(error)
        })?;
        let mut uri = String::from("file:");
        for octet in path.as_os_str().as_encoded_bytes() {
            match octet {
                b'/' | b'.' | b'-' | b'_' => uri.push(char::from(*octet)),
                octet if octet.is_ascii_alphanumeric() => uri.push(char::from(*octet)),
                octet => uri.push_str(&format!("%{octet:02X}")),
            }
        }
        let connection = Connection::open_with_flags(uri + "?immutable=1", flags)?;
        Ok(Self::with(connection, RefCell::default()))
    }

    /// An outbox that is gone when it is dropped.
    ///
    /// # Errors
    /// [`ErrorKind::Storage`] if there is no memory for it.
    pub fn in_memory() -> Result<Self> {
        Self::of(Connection::open_in_memory()?, None)
    }

    fn of(mut connection: Connection, to_lock: Option<&Path>) -> Result<Self> {
        let version = schema::prepare(&mut connection)?;
        if version < schema::VERSION {
            let _lock = to_lock.map(SendLock::take).transpose()?;
            migrate::migrate(&mut connection, version)?;
        }
        schema::index(&connection)?;
        let standing = RefCell::<Standing>::default();
        standing.borrow_mut().has_version_1 =
            connection.query_row("select exists (select 1 from traces)", [], |row| row.get(0))?;
        Ok(Self::with(connection, standing))
    }

    fn with(connection: Connection, standing: RefCell<Standing>) -> Self {
        Self { connection, standing, deciding: Cell::default(), taping: RefCell::default() }
    }

    /// How cases are kept from now on.
    pub fn set_cases(&mut self, settings: CaseSettings) {
        self.standing.get_mut().cases = settings;
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
        let Self { standing, deciding, taping, .. } = self;
        Ok(Batch { sql, standing, deciding, taping })
    }
}

impl Batch<'_> {
    pub(crate) fn sql(&self) -> &Sql<'_> {
        &self.sql
    }

    /// Runs `work` in a savepoint; rolls back if it fails, and keeps the rest of the
    /// batch.
    ///
    /// # Errors
    /// What `work` gives. After [`ErrorKind::Storage`] the whole batch is to be
    /// given up.
    pub fn guarded<T>(&self, work: impl FnOnce(&Self) -> Result<T>) -> Result<T> {
        self.sql.prepare_cached("savepoint work")?.execute([])?;
        let taped = self.taped();
        let done = work(self);
        if done.is_err() {
            self.untape(taped);
            self.sql.prepare_cached("rollback to work")?.execute([])?;
        }
        self.sql.prepare_cached("release work")?.execute([])?;
        done
    }

    /// Gives the channels that are named so many fallbacks, and all others none.
    pub fn set_fallbacks(&self, fallbacks: HashMap<String, u8>) {
        self.standing.borrow_mut().fallbacks = fallbacks;
    }

    /// How cases are kept from now on.
    pub fn set_cases(&self, settings: CaseSettings) {
        self.standing.borrow_mut().cases = settings;
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
}

/// For its owner alone: recipients stand in it. SQLite makes the two files beside
/// it as this one is.
fn connect(path: &Path) -> Result<Connection> {
    let closed = |error: Box<dyn std::error::Error + Send + Sync>| {
        Error::new(ErrorKind::Storage, "the outbox cannot be opened").because(error)
    };
    OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(path)
        .map_err(|error| closed(error.into()))?;
    Connection::open(path).map_err(|error| closed(error.into()))
}
