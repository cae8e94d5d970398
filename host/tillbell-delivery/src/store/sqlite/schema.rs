//! The tables, and what SQLite is told to promise.

use std::time::Duration;

use rusqlite::Connection;

use crate::{Error, ErrorKind, Result};

/// Says that a file is an outbox: "Till" in ASCII.
const APPLICATION: i32 = 0x5469_6c6c;
/// Counts the forms of the tables.
pub(super) const VERSION: i32 = 3;
/// How long another connection's lock is waited for.
pub(super) const BUSY: Duration = Duration::from_secs(5);
/// The log is put into the file when it has so many pages.
const LOG_PAGES: u32 = 4_096;
/// Memory for pages, in KiB.
const CACHE_KIB: u32 = 16_384;

/// `state` stands in the partial indexes as a number: 0 deferred, 1 queued,
/// 2 submitted.
pub(super) const TABLES: &str = "
create table transactions (
    id integer primary key,
    -- What the source calls it.
    name text not null,
    -- The event that its case began with; none where it is that event itself.
    case_id integer,
    -- What its case knows of it: tillbell_transaction::case::Event.
    fact blob,
    -- What version 1 knew it by: a digest of acquirer, merchant, terminal, day,
    -- RRN, STAN and kind.
    key blob,
    bundle text,
    -- The bundle's release that decided.
    release integer,
    decision text not null,
    reason text not null,
    rule text not null,
    accepted_at integer not null,
    -- While it is deferred: until when, how often, and its canonical JSON.
    decide_at integer,
    deferrals integer not null default 0,
    event blob
) strict;
create index transactions_by_name on transactions (name);
create index transactions_by_case on transactions (case_id) where case_id is not null;
create index transactions_by_key on transactions (key) where key is not null;
create index acceptances on transactions (accepted_at);
create index undecided on transactions (decide_at) where decide_at is not null;

-- Under which digests an event is found: tillbell_transaction::case::links.
create table links (
    link blob not null,
    transaction_id integer not null references transactions on delete cascade,
    unix_seconds integer not null,
    primary key (link, transaction_id)
) strict, without rowid;
create index links_of on links (transaction_id);

-- How version 1 found a reversal's original.
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
    -- From when its time counts: it happened, or was not to be sent before.
    counts_from integer not null default 0,
    submitted_at integer,
    done_at integer,
    -- Attempts begun; the last is the one whose reports count.
    attempts integer not null default 0,
    -- Since when the last attempt is open.
    asked_at integer,
    -- Since when it is not known whether the peer has it.
    unsure_at integer,
    -- The message that this one corrects: its transaction was reversed.
    corrects integer references messages on delete set null,
    -- Attempts on this queue that were refused for now, and of which nothing was
    -- heard.
    refusals integer not null default 0,
    doubts integer not null default 0,
    -- Whether something of it is with a peer, or may be.
    has_left integer not null default 0,
    -- The event whose message tells it.
    netted integer,
    -- The message of its case, party and channel that leaves before it.
    after integer,
    -- Whether its case has other events.
    watched integer not null default 0,
    -- Lines of its history.
    history integer not null default 1,
    -- Who sent from this outbox when it was accepted; its key at peers.
    generation integer,
    -- Its reference at an SMSC: 16 bits, and 8 in the headers of its parts.
    reference integer
) strict;
create index messages_of on messages (transaction_id);
create index waiting on messages (due_at) where state = 0;
create index queue on messages (queue, priority desc, due_at, id)
    where state = 1 and asked_at is null and after is null;
create index behind on messages (after) where after is not null;
create index unanswered on messages (queue, asked_at) where asked_at is not null;
create index submitted on messages (queue, submitted_at) where state = 2;
create index expiring on messages (expires_at) where state < 2 and expires_at is not null;
create index arrivals on messages (accepted_at);
-- What is sent once more since nothing was heard of an attempt.
create index unheard on messages (reference) where state < 2 and doubts > 0;
-- References that are being used, by the 8 bits that stand in headers.
create index sending on messages (reference & 255) where asked_at is not null;
create index partly on messages (reference & 255) where has_left = 1 and state < 2;
create index corrections on messages (corrects) where corrects is not null;

-- Events without a message on a way that another event's message tells.
create table nettings (
    transaction_id integer not null references transactions on delete cascade,
    party text not null,
    channel text not null,
    netted integer not null,
    primary key (transaction_id, party, channel)
) strict, without rowid;

-- What holds for the whole file, by name.
create table facts (
    name text not null primary key,
    value integer not null
) strict, without rowid;

-- What the peer took over: each segment by itself, or the whole as one.
create table parts (
    message_id integer not null references messages on delete cascade,
    queue text not null,
    number integer not null,
    -- The attempt that it was taken over from, and of how many parts that is.
    attempt integer not null,
    total integer not null,
    -- What the peer calls it, in the form that receipts are matched by; and as
    -- it writes it, where that is another.
    remote text not null,
    spelling text,
    state integer not null,
    -- Why it is in this state.
    cause text,
    primary key (message_id, queue, number, attempt)
) strict, without rowid;
create index parts_by_remote on parts (queue, remote);

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
    -- Our key, where it was sent with one.
    key text,
    -- How the text begins, and when it was submitted, as the receipt says.
    text text,
    submitted_at integer,
    state integer not null,
    cause text,
    at integer not null
) strict;
create index early_by_remote on early (queue, remote);
create index early_by_recipient on early (queue, substr(recipient, -8));
create index early_by_age on early (at);
create index early_by_key on early (key) where key is not null;

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
    bundle text,
    card blob,
    currency text,
    -- What it added; none once the counter was emptied, or it was taken out again.
    amount integer,
    primary key (transaction_id, counter)
) strict, without rowid;
create index counted_of on counted (card, counter) where amount is not null;

create table changes (
    message_id integer not null references messages on delete cascade,
    number integer not null,
    at integer not null,
    state integer not null,
    cause text,
    primary key (message_id, number)
) strict, without rowid;
";

/// Adds indexes that came after the tables of this version: they change nothing that is
/// stored, and an earlier program of this version does well with them.
pub(super) fn index(connection: &Connection) -> Result<()> {
    let sql = "create index if not exists deferred on messages (queue) where state = 0";
    Ok(connection.execute_batch(sql)?)
}

/// Prepares a connection, and the tables of a new file. Gives the version that
/// the tables have: one below [`VERSION`] is to be migrated.
///
/// # Errors
/// [`ErrorKind::Format`] for a file that is something else, or of a later
/// version.
pub(super) fn prepare(connection: &mut Connection) -> Result<i32> {
    connection.busy_timeout(BUSY)?;
    // Foreign tables are recognised before anything is written to them.
    let application: i32 = read(connection, "application_id")?;
    let version: i32 = read(connection, "user_version")?;
    let is_empty = connection
        .query_row("select count(*) from sqlite_schema", [], |row| row.get::<_, i64>(0))
        .map_err(not_an_outbox)?
        == 0;
    if !is_empty && application != APPLICATION {
        return Err(Error::new(ErrorKind::Format, "the file is not an outbox"));
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
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    if version == 0 {
        let transaction = connection.transaction()?;
        transaction.execute_batch(TABLES)?;
        transaction.pragma_update(None, "application_id", APPLICATION)?;
        transaction.pragma_update(None, "user_version", VERSION)?;
        transaction.commit()?;
        return Ok(VERSION);
    }
    Ok(version)
}

/// Prepared statements that are kept.
pub(super) const STATEMENTS: usize = 128;

fn read(connection: &Connection, pragma: &str) -> Result<i32> {
    connection.pragma_query_value(None, pragma, |row| row.get(0)).map_err(not_an_outbox)
}

fn not_an_outbox(error: rusqlite::Error) -> Error {
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::NotADatabase) => {
            Error::new(ErrorKind::Format, "the file is not an outbox")
        }
        _ => error.into(),
    }
}
