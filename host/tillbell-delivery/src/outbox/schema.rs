//! The tables, and what SQLite is told to promise.

use std::time::Duration;

use rusqlite::Connection;

use crate::{Error, ErrorKind, Result};

/// Says that a file is an outbox: "Till" in ASCII.
const APPLICATION: i32 = 0x5469_6c6c;
/// Counts the forms of the tables.
const VERSION: i32 = 1;
/// How long another connection's lock is waited for.
pub(super) const BUSY: Duration = Duration::from_secs(5);
/// The log is put into the file when it has so many pages.
const LOG_PAGES: u32 = 4_096;
/// Memory for pages, in KiB.
const CACHE_KIB: u32 = 16_384;

/// `state` stands in the partial indexes as a number: 0 deferred, 1 queued,
/// 2 submitted.
const TABLES: &str = "
create table transactions (
    id integer primary key,
    -- What the source calls it.
    name text not null,
    -- Digest of acquirer, merchant, terminal, day, RRN, STAN and kind; none
    -- where the source gave neither RRN nor STAN.
    key blob unique,
    bundle text,
    decision text not null,
    reason text not null,
    rule text not null,
    accepted_at integer not null,
    -- While it is deferred: until when, and its canonical JSON.
    decide_at integer,
    event blob
) strict;
create index transactions_by_name on transactions (name);
create index acceptances on transactions (accepted_at);
create index undecided on transactions (decide_at) where decide_at is not null;

-- Where a reversal finds its original, and an original its reversal.
create table traces (
    trace blob not null,
    transaction_id integer not null references transactions on delete cascade,
    kind text not null,
    is_reversal integer not null,
    unix_seconds integer not null,
    primary key (trace, transaction_id)
) strict, without rowid;
create index traces_of on traces (transaction_id);

create table messages (
    id integer primary key,
    transaction_id integer not null references transactions on delete cascade,
    party text not null,
    bundle text not null,
    channel text not null,
    -- Where it waits: its channel, or one of the channel's fallbacks.
    queue text not null,
    recipient text,
    template text not null,
    locale text not null,
    text text not null,
    encoding text not null,
    segments integer not null,
    priority integer not null,
    state integer not null,
    -- Why it is in this state.
    cause text,
    due_at integer not null,
    expires_at integer,
    accepted_at integer not null,
    submitted_at integer,
    done_at integer,
    attempts integer not null default 0,
    -- Since when an attempt waits for its answer.
    asked_at integer,
    -- Since when it is not known whether the peer has it.
    unsure_at integer,
    -- The message that this one corrects: its transaction was reversed.
    corrects integer references messages on delete set null
) strict;
create index messages_of on messages (transaction_id);
create index waiting on messages (due_at) where state = 0;
create index queue on messages (queue, priority desc, id) where state = 1;
create index unanswered on messages (queue, asked_at) where asked_at is not null;
create index submitted on messages (queue, submitted_at) where state = 2;
create index expiring on messages (expires_at) where state < 2 and expires_at is not null;
create index arrivals on messages (accepted_at);
create index corrections on messages (corrects) where corrects is not null;

-- What the peer took over: each segment by itself, or the whole as one.
create table parts (
    message_id integer not null references messages on delete cascade,
    queue text not null,
    number integer not null,
    -- What the peer calls it, in the form that receipts are matched by; and as
    -- it writes it, where that is another.
    remote text not null,
    spelling text,
    state integer not null,
    -- Why it is in this state.
    cause text,
    primary key (message_id, queue, number)
) strict, without rowid;
create index awaited on parts (queue, remote) where state = 2;

-- Receipts for parts that the peer has not been heard to take over: they came
-- before the answer, or the answer was lost.
create table early (
    id integer primary key,
    queue text not null,
    remote text not null,
    -- Whose telephone it was, in digits, and our reference, where the receipt
    -- says so.
    recipient text,
    reference integer,
    state integer not null,
    cause text,
    at integer not null
) strict;
create index early_by_remote on early (queue, remote);
create index early_by_recipient on early (queue, substr(recipient, -8));
create index early_by_age on early (at);

create table subscribers (
    party text not null,
    -- The card's token, or the merchant's id.
    reference text not null,
    phone text,
    email text,
    locale text,
    threshold integer,
    currency text,
    quiet_hours text,
    utc_offset_minutes integer,
    -- Since when, in RFC 3339; none without consent.
    consent text,
    changed_at integer not null,
    -- A telephone is written with its country's code, or without.
    phone_tail text generated always as (substr(phone, -8)) virtual,
    primary key (party, reference)
) strict, without rowid;
create index subscribers_by_phone on subscribers (phone_tail) where phone is not null;

-- What the host itself has to tell somebody, until it is a message.
create table notices (
    id integer primary key,
    what text not null,
    party text not null,
    reference text not null,
    phone text not null,
    at integer not null
) strict;

-- What is remembered of a card's small debits; the card is a digest of its token.
create table counters (
    bundle text not null,
    counter text not null,
    card blob not null,
    currency text not null,
    count integer not null,
    sum integer not null,
    -- When the first happened, and on which clock.
    since integer not null,
    utc_offset_minutes integer not null,
    changed_at integer not null,
    primary key (bundle, counter, card, currency)
) strict;
create index counters_by_age on counters (changed_at);
-- Which transactions were counted, or emptied a counter.
create table counted (
    transaction_id integer not null references transactions on delete cascade,
    counter text not null,
    primary key (transaction_id, counter)
) strict, without rowid;

create table changes (
    message_id integer not null references messages on delete cascade,
    number integer not null,
    at integer not null,
    state integer not null,
    cause text,
    primary key (message_id, number)
) strict, without rowid;
";

/// Prepares a connection, and the tables of a new file.
///
/// # Errors
/// [`ErrorKind::Format`] for a file that is something else, or of a later
/// version.
pub(super) fn prepare(connection: &mut Connection) -> Result<()> {
    connection.busy_timeout(BUSY)?;
    // Foreign tables are recognised before anything is written to them.
    let application: i32 = read(connection, "application_id")?;
    let version: i32 = read(connection, "user_version")?;
    let is_empty = connection
        .query_row("select count(*) from sqlite_schema", [], |row| row.get::<_, i64>(0))
        .map_err(no_outbox)?
        == 0;
    if !is_empty && application != APPLICATION {
        return Err(Error::new(ErrorKind::Format, "the file is no outbox"));
    }
    if version > VERSION {
        let detail = format!("the outbox is of form {version}, this program knows {VERSION}");
        return Err(Error::new(ErrorKind::Format, detail));
    }
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "wal_autocheckpoint", LOG_PAGES)?;
    connection.pragma_update(None, "cache_size", -i64::from(CACHE_KIB))?;
    connection.set_prepared_statement_cache_capacity(64);
    if version == 0 {
        let transaction = connection.transaction()?;
        transaction.execute_batch(TABLES)?;
        transaction.pragma_update(None, "application_id", APPLICATION)?;
        transaction.pragma_update(None, "user_version", VERSION)?;
        transaction.commit()?;
    }
    Ok(())
}

fn read(connection: &Connection, pragma: &str) -> Result<i32> {
    connection.pragma_query_value(None, pragma, |row| row.get(0)).map_err(no_outbox)
}

fn no_outbox(error: rusqlite::Error) -> Error {
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::NotADatabase) => {
            Error::new(ErrorKind::Format, "the file is no outbox")
        }
        _ => error.into(),
    }
}
