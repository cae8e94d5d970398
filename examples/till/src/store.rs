//! What survives a power cut: a file of `redb`, changed by one commit for each
//! batch of transactions.
//!
//! It holds messages that wait, with their recipients; transactions that wait
//! for their decision; cases: amounts, times and digests of the last transactions
//! and who was told of them; how long the output is. No card number stands in it:
//! nothing that gets here can hold one.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use redb::backends::FileBackend;
use redb::{
    Builder, Database, ReadTransaction, ReadableDatabase, ReadableTable, ReadableTableMetadata,
    TableDefinition, TableError,
};
use tillbell::Waits;
use tillbell_transaction::case::{self, Book, BookChanges, EventNumber};

use crate::former::Former;
use crate::{Result, deferred};

/// Tables share one type of key and value, which makes the program smaller.
type Table = TableDefinition<'static, u64, &'static [u8]>;
/// Messages that are not delivered, by id: the line that goes out.
const WAITING: Table = TableDefinition::new("waiting");
/// Transactions that wait for their decision, by the number of their event.
const DEFERRED: Table = TableDefinition::new("deferred");
/// Events and who was told of them, by their number.
const CASES: Table = TableDefinition::new("cases");
/// What a till of form 1 remembered: see [`Former`].
const SEEN: Table = TableDefinition::new("seen");
/// Numbers by name.
const NUMBERS: Table = TableDefinition::new("numbers");

/// The form of the tables, by its key in [`NUMBERS`]. Form 1 had no cases.
const FORM: (u64, u64) = (0, 2);
/// The id of the next message.
const NEXT_MESSAGE: u64 = 1;
/// In form 1, the number of the next deferred transaction.
const FORM_1_NEXT_DEFERRED: u64 = 2;
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
    cases_from: EventNumber,
    waiting: usize,
}

/// What a store held when it was opened.
pub(crate) struct Kept {
    pub(crate) cases: Vec<(EventNumber, Vec<u8>)>,
    pub(crate) deferred: Vec<Waits>,
    pub(crate) former: Former,
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
    /// Rows of transactions that wait, by the number of their event; none for one
    /// that waits no longer.
    pub(crate) deferred: BTreeMap<EventNumber, Option<Vec<u8>>>,
    /// What became of cases.
    pub(crate) cases: Option<BookChanges>,
}

impl Store {
    /// Opens a store, or makes one that only its owner may read; one of form 1
    /// becomes one of form 2. What a till of form 1 remembered is let go once
    /// `remember` transactions came after it.
    ///
    /// # Errors
    /// If another till uses it, it is none, or it cannot be read.
    pub(crate) fn open(path: &Path, remember: usize) -> Result<(Self, Kept)> {
        let lock = lock(&beside(path, "lock"))?;
        if !path.try_exists()? {
            make(path)?;
        }
        let database = open(path)?;
        let transaction = database.begin_read()?;
        let (key, expected) = FORM;
        let found = named(&transaction, key)?;
        drop(transaction);
        match found {
            1 => migrate(&database)?,
            found if found == expected => {}
            _ => return Err(format!("has form {found}, expected {expected}").into()),
        }
        Self::read(database, lock, remember)
    }

    fn read(database: Database, lock: File, remember: usize) -> Result<(Self, Kept)> {
        let transaction = database.begin_read()?;
        let mut cases = Vec::new();
        for entry in transaction.open_table(CASES)?.iter()? {
            let (key, value) = entry?;
            cases.push((event(key.value()), value.value().to_vec()));
        }
        let mut deferred = Vec::new();
        for entry in transaction.open_table(DEFERRED)?.iter()? {
            let (key, value) = entry?;
            deferred.push(deferred::waits(event(key.value()), value.value())?);
        }
        let mut former = Former::default();
        match transaction.open_table(SEEN) {
            Ok(table) if cases.len() < remember => {
                for entry in table.iter()? {
                    let (_, value) = entry?;
                    former.add(value.value()).ok_or("holds a digest that is none")?;
                }
            }
            Ok(_) => {
                let writing = database.begin_write()?;
                writing.delete_table(SEEN)?;
                writing.commit()?;
            }
            Err(TableError::TableDoesNotExist(_)) => {}
            Err(error) => return Err(error.into()),
        }
        let waiting = transaction.open_table(WAITING)?.len()?;
        let output_bytes = named(&transaction, OUTPUT_BYTES)?;
        let store = Self {
            next_message: named(&transaction, NEXT_MESSAGE)?.max(1),
            cases_from: cases.first().map_or(0, |(number, _)| *number),
            waiting: usize::try_from(waiting)?,
            database,
            _lock: lock,
        };
        Ok((store, Kept { cases, deferred, former, output_bytes }))
    }

    /// The id of the next message that is stored.
    pub(crate) fn next_message(&self) -> u64 {
        self.next_message
    }

    /// How many messages wait to be delivered.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting
    }

    /// Makes all changes at once; when it returns they survive a power cut.
    pub(crate) fn commit(&mut self, batch: &Batch) -> Result<()> {
        let transaction = self.database.begin_write()?;
        let mut cases_from = self.cases_from;
        {
            let mut waiting = transaction.open_table(WAITING)?;
            for id in &batch.delivered {
                waiting.remove(id)?;
            }
            for (id, line) in (self.next_message..).zip(&batch.messages) {
                waiting.insert(id, line.as_slice())?;
            }
            let mut deferred = transaction.open_table(DEFERRED)?;
            for (number, row) in &batch.deferred {
                match row {
                    Some(row) => deferred.insert(key(*number), row.as_slice())?,
                    None => deferred.remove(key(*number))?,
                };
            }
            if let Some(changes) = &batch.cases {
                let mut cases = transaction.open_table(CASES)?;
                for (number, entry) in &changes.written {
                    cases.insert(key(*number), entry.as_slice())?;
                }
                for number in cases_from..changes.oldest {
                    cases.remove(key(number))?;
                }
                cases_from = changes.oldest.max(cases_from);
            }
            let mut numbers = transaction.open_table(NUMBERS)?;
            let mut set = |key: u64, value: u64| -> Result<()> {
                numbers.insert(key, value.to_be_bytes().as_slice())?;
                Ok(())
            };
            set(NEXT_MESSAGE, self.next_message + batch.messages.len() as u64)?;
            if let Some(bytes) = batch.output_bytes {
                set(OUTPUT_BYTES, bytes)?;
            }
        }
        transaction.commit()?;
        self.cases_from = cases_from;
        self.next_message += batch.messages.len() as u64;
        self.waiting = (self.waiting + batch.messages.len()).saturating_sub(batch.delivered.len());
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

    /// The row of a transaction that waits.
    pub(crate) fn deferred(&self, number: EventNumber) -> Result<Vec<u8>> {
        let table = self.database.begin_read()?.open_table(DEFERRED)?;
        let row = table.get(key(number))?.ok_or("lost a deferred transaction")?;
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
    for table in [WAITING, DEFERRED, CASES] {
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

/// Makes a store of form 1 one of form 2, at once or not at all. What it
/// remembered stays where it is; what waits becomes the first of its case.
fn migrate(database: &Database) -> Result<()> {
    let transaction = database.begin_write()?;
    {
        let mut rows = Vec::new();
        let mut deferred = transaction.open_table(DEFERRED)?;
        for entry in deferred.iter()? {
            let (number, row) = entry?;
            rows.push((number.value(), deferred::read_form_1(row.value())?));
        }
        // Later ones may get the numbers of earlier ones.
        for (number, _) in &rows {
            deferred.remove(number)?;
        }
        let mut book = Book::restored(rows.len(), 1, []).map_err(|_| "cannot be migrated")?;
        for (_, (until_seconds, deferrals, transaction)) in &rows {
            let number = book.next();
            let mut judged =
                case::judge(&book.find(transaction), transaction, case::WINDOW_SECONDS);
            judged.adopt(number);
            book.add(transaction, judged.event, judged.joins, Some(*until_seconds));
            // When it was taken in was not kept: no later than it is due.
            let (until_seconds, deferrals) = (*until_seconds, *deferrals);
            let accepted_seconds = transaction.time.unix_seconds().min(until_seconds);
            let waits = Waits { number, until_seconds, accepted_seconds, deferrals };
            deferred.insert(key(number), deferred::row(waits, transaction).as_slice())?;
        }
        let mut cases = transaction.open_table(CASES)?;
        for (number, entry) in book.changes().written {
            cases.insert(key(number), entry.as_slice())?;
        }
        let mut numbers = transaction.open_table(NUMBERS)?;
        numbers.remove(FORM_1_NEXT_DEFERRED)?;
        let (key, form) = FORM;
        numbers.insert(key, form.to_be_bytes().as_slice())?;
    }
    Ok(transaction.commit()?)
}

/// An event's number as a key: they begin at 1.
fn key(number: EventNumber) -> u64 {
    number.cast_unsigned()
}

fn event(key: u64) -> EventNumber {
    key.cast_signed()
}

/// A number by its key; 0 where it is missing.
fn named(transaction: &ReadTransaction, key: u64) -> Result<u64> {
    let numbers = transaction.open_table(NUMBERS)?;
    Ok(numbers.get(key)?.map_or(0, |value| number(value.value())))
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
        let (mut store, kept) = Store::open(&path, 9).unwrap();
        assert!(kept.cases.is_empty() && kept.deferred.is_empty());
        let cases = BookChanges { written: vec![(1, vec![7; 25]), (2, vec![8; 25])], oldest: 1 };
        let messages = vec![b"one".to_vec(), b"two".to_vec()];
        let batch = Batch { messages, cases: Some(cases), ..Batch::default() };
        store.commit(&batch).unwrap();
        let cases = BookChanges { written: vec![(2, vec![9; 25])], oldest: 2 };
        let batch = Batch {
            delivered: vec![1],
            output_bytes: Some(4),
            deferred: [(1, None), (2, Some(vec![1; 17]))].into(),
            cases: Some(cases),
            ..Batch::default()
        };
        store.commit(&batch).unwrap();
        assert!(Store::open(&path, 9).err().unwrap().to_string().contains("in use"));
        drop(store);
        let (store, kept) = Store::open(&path, 9).unwrap();
        assert_eq!(kept.cases, [(2, vec![9; 25])]);
        assert_eq!(kept.deferred.len(), 1);
        assert_eq!((kept.deferred[0].number, kept.deferred[0].deferrals), (2, 1));
        assert_eq!(kept.output_bytes, 4);
        assert_eq!((store.next_message(), store.waiting()), (3, 1));
        assert_eq!(store.messages(0, 9).unwrap(), [(2, b"two".to_vec())]);
    }

    /// `form-1.store` was written by the till before it had cases: two purchases
    /// with two messages each that wait, and a deposit at night, put off once.
    #[test]
    fn a_store_of_form_1_goes_on() {
        let scratch = Scratch::new();
        let path = scratch.path().join("store");
        let former = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/form-1.store");
        fs::copy(former, &path).unwrap();
        for _ in 0..2 {
            let (store, kept) = Store::open(&path, 9).unwrap();
            assert_eq!((store.next_message(), store.waiting()), (5, 4));
            assert_eq!((kept.cases.len(), kept.deferred.len()), (1, 1));
            let waits = kept.deferred[0];
            assert_eq!((waits.number, waits.until_seconds, waits.deferrals), (1, 1_795_129_200, 1));
            let row = store.deferred(1).unwrap();
            let deposit = deferred::transaction(&row).unwrap();
            let mut other = deposit.clone();
            assert_eq!(kept.former.settle(&deposit), Some(tillbell::HostGround::Repeat));
            (other.rrn, other.stan) = ("1".into(), "1".into());
            assert_eq!(kept.former.settle(&other), None);
            let book = Book::restored(9, 1, kept.cases).unwrap();
            assert_eq!(book.find(&deposit)[0].undecided_until, Some(waits.until_seconds));
        }
        // As many came as are remembered.
        let (_, kept) = Store::open(&path, 1).unwrap();
        assert_eq!(kept.former.settle(&kept_deposit()), None);
        let (_, kept) = Store::open(&path, 9).unwrap();
        assert_eq!(kept.former.settle(&kept_deposit()), None);
    }

    fn kept_deposit() -> tillbell_transaction::Transaction {
        let line = br#"{"kind":"deposit","approval":"approved","amount":{"minor_units":12500,"currency":"KWD"},"time":"2026-11-20T02:10:00+08:00","card":{"bin":"42424242","last4":"4242"},"merchant":{"name":"Branch","id":"2","terminal":"8"},"rrn":"632408009999","stan":"009999"}"#;
        match tillbell_transaction::json::read(line).unwrap() {
            tillbell_transaction::Record::Transaction(transaction) => *transaction,
            tillbell_transaction::Record::Ignored(_) => panic!(),
        }
    }
}
