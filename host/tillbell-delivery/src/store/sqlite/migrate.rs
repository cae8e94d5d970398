//! From earlier versions of the tables to this one, each in one commit.
//!
//! Version 2 did not know from when a message's time counts.
//! Events of version 1 are known by digests alone: their amounts are not, so they
//! never adjust and never net in part, and they are found as version 1 found them.
//! Messages keep their keys at peers.

use rusqlite::{Connection, params};
use tillbell_transaction::Kind;
use tillbell_transaction::case::Event;

use super::schema::{TABLES, VERSION};
use crate::Result;

/// Columns that both versions have, by table.
const KEPT: [(&str, &str); 9] = [
    (
        "transactions",
        "id, name, key, bundle, decision, reason, rule, accepted_at, decide_at, event",
    ),
    ("traces", "trace, transaction_id, kind, is_reversal, unix_seconds"),
    (
        "messages",
        "id, transaction_id, party, bundle, channel, queue, recipient, template, locale, text,
         encoding, segments, priority, state, cause, due_at, expires_at, accepted_at, submitted_at,
         done_at, attempts, asked_at, unsure_at, corrects",
    ),
    ("early", "id, queue, remote, recipient, reference, state, cause, at"),
    (
        "subscribers",
        "party, reference, phone, email, locale, threshold, currency, quiet_hours,
         utc_offset_minutes, consent, changed_at",
    ),
    ("notices", "id, what, party, reference, phone, at"),
    (
        "counters",
        "bundle, counter, card, currency, count, sum, since, utc_offset_minutes, changed_at",
    ),
    ("counted", "transaction_id, counter"),
    ("changes", "message_id, number, at, state, cause"),
];

/// From when the time of messages counts that were stored before this was noted.
const COUNT_FROM: &str = "update messages set counts_from = max(accepted_at, due_at)";

/// Migrates the tables of an earlier version.
///
/// # Errors
/// [`crate::ErrorKind::Storage`] if the file cannot be written: it is as it was.
pub(super) fn migrate(connection: &mut Connection, version: i32) -> Result<()> {
    match version {
        1 => from_version_1(connection),
        _ => from_version_2(connection),
    }
}

fn from_version_2(connection: &mut Connection) -> Result<()> {
    let sql = connection.transaction()?;
    sql.execute_batch(
        "alter table messages add column counts_from integer not null default 0;
         create index unheard on messages (reference) where state < 2 and doubts > 0;
         create index sending on messages (reference & 255) where asked_at is not null;
         create index partly on messages (reference & 255) where has_left = 1 and state < 2;
         drop index awaited;
         create index parts_by_remote on parts (queue, remote);
         create index early_by_key on early (key) where key is not null;",
    )?;
    sql.execute_batch(COUNT_FROM)?;
    sql.pragma_update(None, "user_version", VERSION)?;
    sql.commit()?;
    Ok(())
}

fn from_version_1(connection: &mut Connection) -> Result<()> {
    // Tables are copied before what refers to them.
    connection.pragma_update(None, "foreign_keys", false)?;
    let done = copy(connection);
    connection.pragma_update(None, "foreign_keys", true)?;
    done
}

fn copy(connection: &mut Connection) -> Result<()> {
    let sql = connection.transaction()?;
    let mut indexes =
        sql.prepare("select name from sqlite_schema where type = 'index' and sql is not null")?;
    let names = indexes.query_map([], |row| row.get::<_, String>(0))?;
    let names = names.collect::<rusqlite::Result<Vec<_>>>()?;
    drop(indexes);
    for name in names {
        sql.execute_batch(&format!("drop index {name}"))?;
    }
    sql.pragma_update(None, "legacy_alter_table", true)?;
    for (table, _) in KEPT.iter().chain(&[("parts", "")]) {
        sql.execute_batch(&format!("alter table {table} rename to {table}_1"))?;
    }
    sql.execute_batch(TABLES)?;
    for (table, columns) in KEPT {
        sql.execute_batch(&format!(
            "insert into {table} ({columns}) select {columns} from {table}_1"
        ))?;
    }
    sql.execute_batch(
        "insert into parts (message_id, queue, number, attempt, total, remote, spelling, state, cause)
         select message_id, parts_1.queue, number, max(attempts, 1),
         -- A channel that takes a text as a whole took one part of it.
         iif(messages.state < 2, segments, (select count(*) from parts_1 as all_1
             where all_1.message_id = parts_1.message_id and all_1.queue = parts_1.queue)),
         remote, spelling,
         parts_1.state, parts_1.cause from parts_1 join messages on id = message_id;
         update messages set
         history = (select count(*) from changes where message_id = id),
         has_left = state in (2, 3) or exists (select 1 from parts where message_id = id),
         -- A message that was released had its attempt's number lowered.
         attempts = max(attempts, coalesce(
             (select max(attempt) from parts where message_id = id), 0)),
         watched = 1;",
    )?;
    sql.execute_batch(COUNT_FROM)?;
    events(&sql)?;
    for (table, _) in KEPT.iter().rev().chain(&[("parts", "")]) {
        sql.execute_batch(&format!("drop table {table}_1"))?;
    }
    sql.pragma_update(None, "legacy_alter_table", false)?;
    sql.pragma_update(None, "user_version", VERSION)?;
    sql.commit()?;
    Ok(())
}

/// Gives each transaction that can be found again its event.
fn events(sql: &Connection) -> Result<()> {
    let mut known = sql.prepare(
        "select transaction_id, min(traces.kind), max(is_reversal), min(unix_seconds),
         reason = 'original-not-seen'
         from traces join transactions on id = transaction_id group by 1",
    )?;
    let mut write = sql.prepare("update transactions set fact = ?2 where id = ?1")?;
    let mut rows = known.query([])?;
    while let Some(row) = rows.next()? {
        let (number, kind, is_reversal): (i64, String, bool) =
            (row.get(0)?, row.get(1)?, row.get(2)?);
        let kind = match is_reversal {
            true => Kind::Reversal,
            false => Kind::parse(&kind).unwrap_or(Kind::Purchase),
        };
        let mut event = Event::migrated(number, kind, row.get(3)?);
        event.is_orphan = row.get(4)?;
        write.execute(params![number, event.write()])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
