//! What survives a power cut: a file of `redb`, changed by one commit for each
//! batch of transactions.
//!
//! It holds messages that wait, with their recipients; transactions that wait
//! for a time their bank named; digests of what was seen; how long the output
//! is. No card number stands in it: nothing that gets here can hold one.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use redb::backends::FileBackend;
use redb::{
    Builder, Database, ReadableDatabase, ReadableTable, ReadableTableMetadata, TableDefinition,
};
use tillbell::{CorrelatorChanges, CorrelatorEntry};

use crate::Result;
use crate::deferred::Deferred;

/// Tables share one type of key and value, which makes the program smaller.
type Table = TableDefinition<'static, u64, &'static [u8]>;
/// Messages that are not delivered, by id: the line that goes out.
const WAITING: Table = TableDefinition::new("waiting");
/// Deferred transactions, by the order of their arrival.
const DEFERRED: Table = TableDefinition::new("deferred");
/// What the correlator remembers.
const SEEN: Table = TableDefinition::new("seen");
/// Numbers by name.
const NUMBERS: Table = TableDefinition::new("numbers");

/// The form of the tables.
const FORM: (u64, u64) = (0, 1);
/// The id of the next message.
const NEXT_MESSAGE: u64 = 1;
/// The number of the next deferred transaction.
const NEXT_DEFERRED: u64 = 2;
/// The bytes of the output that are complete and safe.
const OUTPUT_BYTES: u64 = 3;

/// How much of the file is kept in memory, in bytes.
const CACHE_BYTES: usize = 512 * 1024;

/// The store.
pub(crate) struct Store {
    database: Database,
    /// Held for as long as this till lives.
    _lock: File,
    next_message: u64,
    next_deferred: u64,
    seen_from: u64,
    waiting: usize,
    deferred: usize,
}

/// What a store held when it was opened.
pub(crate) struct Kept {
    pub(crate) seen: Vec<(u64, CorrelatorEntry)>,
    pub(crate) deferred: BTreeSet<Deferred>,
    pub(crate) output_bytes: u64,
}

/// What one commit changes.
#[derive(Default)]
pub(crate) struct Batch {
    /// Messages, in the order of their ids: [`Store::next_message`] is the first.
    pub(crate) messages: Vec<Vec<u8>>,
    /// Messages that are delivered.
    pub(crate) delivered: Vec<u64>,
    /// Where the output then ends.
    pub(crate) output_bytes: Option<u64>,
    /// Deferred transactions, in the order of their numbers.
    pub(crate) deferred: Vec<Vec<u8>>,
    /// Deferred transactions that have been decided.
    pub(crate) decided: Vec<u64>,
    /// What the correlator learnt.
    pub(crate) seen: Option<CorrelatorChanges>,
}

impl Store {
    /// Opens a store, or makes one that only its owner may read.
    ///
    /// # Errors
    /// If another till uses it, it is none, or it cannot be read.
    pub(crate) fn open(path: &Path) -> Result<(Self, Kept)> {
        let lock = lock(&beside(path, "lock"))?;
        if !path.try_exists()? {
            make(path)?;
        }
        let database = open(path)?;
        let transaction = database.begin_read()?;
        let numbers = transaction.open_table(NUMBERS)?;
        let (key, expected) = FORM;
        let found = numbers.get(key)?.map_or(0, |value| number(value.value()));
        if found != expected {
            return Err(format!("has form {found}, expected {expected}").into());
        }
        drop((numbers, transaction));
        Self::read(database, lock)
    }

    fn read(database: Database, lock: File) -> Result<(Self, Kept)> {
        let transaction = database.begin_read()?;
        let numbers = transaction.open_table(NUMBERS)?;
        let named =
            |key| -> Result<u64> { Ok(numbers.get(key)?.map_or(0, |value| number(value.value()))) };
        let (next_message, next_deferred) = (named(NEXT_MESSAGE)?, named(NEXT_DEFERRED)?);
        let output_bytes = named(OUTPUT_BYTES)?;
        let mut seen = Vec::new();
        for entry in transaction.open_table(SEEN)?.iter()? {
            let (key, value) = entry?;
            let entry = value.value().try_into().map_err(|_| "holds a digest that is none")?;
            seen.push((key.value(), entry));
        }
        let mut deferred = BTreeSet::new();
        for entry in transaction.open_table(DEFERRED)?.iter()? {
            let (key, value) = entry?;
            deferred.insert(Deferred::due(key.value(), value.value())?);
        }
        let waiting = transaction.open_table(WAITING)?.len()?;
        let store = Self {
            next_message: next_message.max(1),
            next_deferred,
            seen_from: seen.first().map_or(0, |(number, _)| *number),
            waiting: usize::try_from(waiting)?,
            deferred: deferred.len(),
            database,
            _lock: lock,
        };
        Ok((store, Kept { seen, deferred, output_bytes }))
    }

    /// The id of the next message that is stored.
    pub(crate) fn next_message(&self) -> u64 {
        self.next_message
    }

    /// The number of the next deferred transaction that is stored.
    pub(crate) fn next_deferred(&self) -> u64 {
        self.next_deferred
    }

    /// How many messages wait to be delivered.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting
    }

    /// How many messages and deferred transactions there are.
    pub(crate) fn held(&self) -> usize {
        self.waiting + self.deferred
    }

    /// Makes all changes at once; when it returns they survive a power cut.
    pub(crate) fn commit(&mut self, batch: &Batch) -> Result<()> {
        let transaction = self.database.begin_write()?;
        let mut seen_from = self.seen_from;
        {
            let mut waiting = transaction.open_table(WAITING)?;
            for id in &batch.delivered {
                waiting.remove(id)?;
            }
            for (id, line) in (self.next_message..).zip(&batch.messages) {
                waiting.insert(id, line.as_slice())?;
            }
            let mut deferred = transaction.open_table(DEFERRED)?;
            for (number, row) in (self.next_deferred..).zip(&batch.deferred) {
                deferred.insert(number, row.as_slice())?;
            }
            for number in &batch.decided {
                deferred.remove(number)?;
            }
            if let Some(changes) = &batch.seen {
                let mut seen = transaction.open_table(SEEN)?;
                for (number, entry) in &changes.written {
                    seen.insert(number, entry.as_slice())?;
                }
                for number in seen_from..changes.oldest {
                    seen.remove(number)?;
                }
                seen_from = changes.oldest.max(seen_from);
            }
            let mut numbers = transaction.open_table(NUMBERS)?;
            let mut set = |key: u64, value: u64| -> Result<()> {
                numbers.insert(key, value.to_be_bytes().as_slice())?;
                Ok(())
            };
            set(NEXT_MESSAGE, self.next_message + batch.messages.len() as u64)?;
            set(NEXT_DEFERRED, self.next_deferred + batch.deferred.len() as u64)?;
            if let Some(bytes) = batch.output_bytes {
                set(OUTPUT_BYTES, bytes)?;
            }
        }
        transaction.commit()?;
        self.seen_from = seen_from;
        self.next_message += batch.messages.len() as u64;
        self.next_deferred += batch.deferred.len() as u64;
        self.waiting = (self.waiting + batch.messages.len()).saturating_sub(batch.delivered.len());
        self.deferred = (self.deferred + batch.deferred.len()).saturating_sub(batch.decided.len());
        Ok(())
    }

    /// Messages that wait, from this id on, at most so many: ids and lines.
    pub(crate) fn messages(&self, from: u64, messages_max: usize) -> Result<Vec<(u64, Vec<u8>)>> {
        let table = self.database.begin_read()?.open_table(WAITING)?;
        let mut messages = Vec::new();
        for entry in table.range(from..)?.take(messages_max) {
            let (key, value) = entry?;
            messages.push((key.value(), value.value().to_vec()));
        }
        Ok(messages)
    }

    /// A deferred transaction as it was stored.
    pub(crate) fn deferred(&self, number: u64) -> Result<Vec<u8>> {
        let table = self.database.begin_read()?.open_table(DEFERRED)?;
        let row = table.get(number)?.ok_or("lost a deferred transaction")?;
        Ok(row.value().to_vec())
    }
}

/// Makes a new store: first beside its place, so that a power cut leaves a whole
/// one or none.
fn make(path: &Path) -> Result<()> {
    let new = beside(path, "new");
    private(&new)?.set_len(0)?;
    let database = open(&new)?;
    let transaction = database.begin_write()?;
    for table in [WAITING, DEFERRED, SEEN] {
        transaction.open_table(table)?;
    }
    let (key, form) = FORM;
    transaction.open_table(NUMBERS)?.insert(key, form.to_be_bytes().as_slice())?;
    transaction.commit()?;
    drop(database);
    private(&new)?.sync_all()?;
    fs::rename(&new, path)?;
    Ok(sync_folder(path)?)
}

fn open(path: &Path) -> Result<Database> {
    let backend = FileBackend::new(private(path)?)?;
    Ok(Builder::new().set_cache_size(CACHE_BYTES).create_with_backend(backend)?)
}

/// Locks a store by a file beside it.
fn lock(path: &Path) -> Result<File> {
    let file = private(path)?;
    file.try_lock().map_err(|error| match error {
        TryLockError::WouldBlock => "is in use by another till".to_owned(),
        TryLockError::Error(error) => format!("cannot be locked: {error}"),
    })?;
    Ok(file)
}

/// Opens a file that only its owner may read, or makes it.
fn private(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)
}

/// The path with something added to its name.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(suffix);
    name.into()
}

fn number(bytes: &[u8]) -> u64 {
    bytes.try_into().map_or(0, u64::from_be_bytes)
}

/// Makes the name of a file in it survive a power cut.
pub(crate) fn sync_folder(path: &Path) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;

    #[test]
    fn what_is_committed_is_there_again() {
        let scratch = Scratch::new();
        let path = scratch.path().join("store");
        let (mut store, kept) = Store::open(&path).unwrap();
        assert!(kept.seen.is_empty() && kept.deferred.is_empty());
        let seen = CorrelatorChanges { written: vec![(0, [7; 25]), (1, [8; 25])], oldest: 0 };
        let messages = vec![b"one".to_vec(), b"two".to_vec()];
        let batch = Batch { messages, seen: Some(seen), ..Batch::default() };
        store.commit(&batch).unwrap();
        let seen = CorrelatorChanges { written: vec![(1, [9; 25])], oldest: 1 };
        let batch = Batch {
            delivered: vec![1],
            output_bytes: Some(4),
            seen: Some(seen),
            ..Batch::default()
        };
        store.commit(&batch).unwrap();
        assert!(Store::open(&path).err().unwrap().to_string().contains("in use"));
        drop(store);
        let (store, kept) = Store::open(&path).unwrap();
        assert_eq!(kept.seen, [(1, [9; 25])]);
        assert_eq!(kept.output_bytes, 4);
        assert_eq!((store.next_message(), store.waiting(), store.held()), (3, 1, 1));
        assert_eq!(store.messages(0, 9).unwrap(), [(2, b"two".to_vec())]);
    }
}
