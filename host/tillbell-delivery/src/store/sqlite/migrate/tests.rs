//! An outbox of version 1: its tables were made by a program of that version, its
//! rows are as that program wrote them.

use rusqlite::{Connection, params};
use tillbell::Decision;
use tillbell_transaction::{Kind, Party, Transaction, correlation_digest};

use crate::store::sqlite::scene::{
    self, Folder, NOW, decide, message, outcome, purchase, take, taken, waiting,
};
use crate::{Accepted, ErrorKind, Outbox, Part, SendLock, State};

const TABLES: &str = include_str!("version-1.sql");
const MINUTE: i64 = 60_000;

/// Stores a transaction as version 1 did.
fn transaction(file: &Connection, transaction: &Transaction, decided: (&str, &str)) -> i64 {
    let key = transaction.correlation_key().map(|key| key.digest());
    file.execute(
        "insert into transactions (name, key, bundle, decision, reason, rule, accepted_at)
         values (?1, ?2, 'harbour', ?3, ?4, 'everyday', ?5)",
        params![transaction.id, key, decided.0, decided.1, NOW],
    )
    .unwrap();
    let id = file.last_insert_rowid();
    let is_reversal = transaction.kind == Kind::Reversal;
    let kind = if is_reversal { transaction.original_kind } else { Some(transaction.kind) };
    let Transaction { acquirer, merchant, .. } = transaction;
    for (by, number) in transaction.trace_numbers() {
        let trace = correlation_digest([by, acquirer, &merchant.id, &merchant.terminal, number]);
        file.execute(
            "insert into traces values (?1, ?2, ?3, ?4, ?5)",
            params![trace, id, kind.map_or("", Kind::as_str), is_reversal, NOW / 1_000],
        )
        .unwrap();
    }
    id
}

/// Stores a message of it as version 1 did: state, segments, when an attempt began,
/// and attempts.
fn store(file: &Connection, id: i64, state: State, segments: u32, asked: Option<i64>, tries: u32) {
    file.execute(
        "insert into messages (id, transaction_id, party, bundle, channel, queue, recipient,
         template, locale, text, encoding, segments, priority, state, due_at, accepted_at,
         submitted_at, attempts, asked_at)
         values (?1, ?1, 'cardholder', 'harbour', 'sms', 'sms', '+8613800138000', 'purchase',
         'zh-CN', 'a text', 'UCS-2', ?2, 50, ?3, ?4, ?5, iif(?3 in (2, 3), ?5, null), ?6, ?7)",
        params![
            id,
            segments,
            state,
            NOW + if state == State::Deferred { MINUTE } else { 0 },
            NOW,
            tries,
            asked
        ],
    )
    .unwrap();
    file.execute("insert into changes values (?1, 0, ?2, ?3, null)", params![id, NOW, state])
        .unwrap();
}

/// Purchases 1 to 6 with a message each: delivered; one of three parts taken and
/// released; waiting for its time; being attempted; submitted; queued. Then one that
/// is put off, and a reversal whose original was not seen.
fn version_1(folder: &Folder) {
    let file = Connection::open(folder.path("outbox")).unwrap();
    file.execute_batch(TABLES).unwrap();
    for (number, state, segments, asked, tries) in [
        (1, State::Delivered, 1, None, 1),
        (2, State::Queued, 3, None, 0),
        (3, State::Deferred, 1, None, 0),
        (4, State::Queued, 1, Some(NOW), 1),
        (5, State::Submitted, 1, None, 1),
        (6, State::Queued, 1, None, 0),
    ] {
        let id = transaction(&file, &purchase(number), ("notified", "everyday"));
        store(&file, id, state, segments, asked, tries);
    }
    for (message, number, state) in [(1, 1, 3), (2, 2, 2), (5, 1, 2)] {
        let part = params![message, number, format!("smsc-{message}"), state];
        file.execute("insert into parts values (?1, 'sms', ?2, ?3, null, ?4, null)", part).unwrap();
    }
    let id = transaction(&file, &purchase(7), ("deferred", "later"));
    let event = tillbell_transaction::json::write_transaction(&purchase(7)).into_bytes();
    file.execute(
        "update transactions set decide_at = ?1, event = ?2 where id = ?3",
        params![NOW, event, id],
    )
    .unwrap();
    transaction(&file, &reversal(8), ("suppressed", "original-not-seen"));
}

fn reversal(number: u32) -> Transaction {
    let mut reversal = purchase(number);
    reversal.kind = Kind::Reversal;
    reversal.original_kind = Some(Kind::Purchase);
    reversal.original_stan = Some(std::mem::replace(&mut reversal.stan, "000999".into()));
    reversal
}

#[test]
fn an_outbox_of_version_1_goes_on() {
    let folder = Folder::new();
    version_1(&folder);
    // Not while another process sends from it.
    let lock = SendLock::take(&folder.path("outbox")).unwrap();
    assert_eq!(Outbox::open(&folder.path("outbox")).unwrap_err().kind(), ErrorKind::Busy);
    let mut outbox = Outbox::open_to_send(&folder.path("outbox"), &lock).unwrap();
    let told = outcome(Decision::Notified, vec![message(Party::Cardholder)]);
    let batch = outbox.begin().unwrap();
    let states: Vec<_> = (1..=6).map(|id| batch.state(id).unwrap()).collect();
    assert_eq!(
        states,
        [
            State::Delivered,
            State::Queued,
            State::Deferred,
            State::Queued,
            State::Submitted,
            State::Queued
        ]
    );
    // What it took in is known again.
    for number in 1..=7 {
        let again = take(&batch, &purchase(number), &told, NOW);
        assert_eq!(again, Accepted::Repeat(number.into()));
    }
    // What waits is sent, under its old key; the answered part is not sent again.
    let claimed = batch.claim("sms", 1, NOW).unwrap().remove(0);
    assert_eq!((claimed.id, claimed.key.as_str(), claimed.attempt), (2, "2", 2));
    assert_eq!(batch.parts_taken(2).unwrap(), [2]);
    // A reversal finds what it takes back: unsent, in flight, told.
    take(&batch, &reversal(6), &told, NOW);
    assert_eq!(batch.state(6).unwrap(), State::Cancelled);
    assert!(waiting(&batch, "sms").is_empty());
    take(&batch, &reversal(4), &told, NOW);
    assert!(waiting(&batch, "sms").is_empty(), "behind what is being sent");
    assert!(taken(&batch, 4, Part { queue: "sms", number: 1, of: 1, remote: "smsc-4" }, NOW));
    take(&batch, &reversal(1), &told, NOW);
    assert_eq!(waiting(&batch, "sms").len(), 2);
    // A part of an unknown amount is told, and the debit too.
    let mut part = reversal(3);
    part.original_amount = Some(part.amount);
    part.amount = tillbell_transaction::Money::new(100, "CNY").unwrap();
    take(&batch, &part, &told, NOW);
    assert_eq!(batch.state(3).unwrap(), State::Deferred);
    // What was put off is decided.
    assert_eq!(decide(&batch, &told, NOW), 1);
    batch.commit().unwrap();
    drop((outbox, lock));
    // Once.
    let outbox = Outbox::open(&folder.path("outbox")).unwrap();
    let version: i32 =
        outbox.connection().query_row("pragma user_version", [], |row| row.get(0)).unwrap();
    assert_eq!(version, 3);
}

/// Both ways to this version give the same tables.
#[test]
fn a_migrated_outbox_has_the_tables_of_a_new_one() {
    let schema = |outbox: &Outbox| {
        let mut rows = outbox
            .connection()
            .prepare(
                "select type, name, sql from sqlite_schema where sql is not null order by 1, 2",
            )
            .unwrap();
        let rows = rows
            .query_map([], |row| {
                Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?))
            })
            .unwrap();
        rows.collect::<rusqlite::Result<Vec<_>>>().unwrap()
    };
    let folder = Folder::new();
    version_1(&folder);
    let migrated = Outbox::open(&folder.path("outbox")).unwrap();
    assert_eq!(schema(&migrated), schema(&Outbox::in_memory().unwrap()));
    let violations: i64 = migrated
        .connection()
        .query_row("select count(*) from pragma_foreign_key_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(violations, 0);
}

/// Version 2 did not know from when a message's time counts.
#[test]
fn an_outbox_of_version_2_goes_on() {
    let folder = Folder::new();
    let mut outbox = folder.outbox();
    scene::accept(&mut outbox, 2);
    drop(outbox);
    let file = Connection::open(folder.path("outbox")).unwrap();
    file.execute_batch(
        "drop index unheard; drop index sending; drop index partly; drop index parts_by_remote;
         drop index early_by_key;
         create index awaited on parts (queue, remote) where state = 2;
         alter table messages drop column counts_from;
         update messages set accepted_at = 7, due_at = 9 where id = 1;
         pragma user_version = 2;",
    )
    .unwrap();
    drop(file);
    let mut outbox = Outbox::open(&folder.path("outbox")).unwrap();
    let batch = outbox.begin().unwrap();
    assert_eq!(batch.claim("sms", 10, NOW).unwrap().len(), 2);
    let counts_from: i64 = batch
        .sql()
        .query_row("select counts_from from messages where id = 1", [], |row| row.get(0))
        .unwrap();
    assert_eq!(counts_from, 9);
}
