//! A decision becomes messages: once, and not after it was taken back.

use rusqlite::{OptionalExtension, params};
use tillbell::{Decision, Message, Outcome};
use tillbell_transaction::{REVERSAL_SECONDS_MAX, Timestamp, Transaction, json};

use super::traces::{Traces, key};
use super::{Batch, MessageId, TransactionId};
use crate::{Result, State};

/// What became of a transaction that was handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accepted {
    /// It is new, and stored under this number.
    New(TransactionId),
    /// It was stored before: a repeat, an advice after the response, a client's
    /// retry.
    Repeat(TransactionId),
}

/// Channels to a bank's own app server: it knows people as the table does.
const APP_CHANNELS: [&str; 2] = ["push", "webhook"];

/// Why nothing of a transaction is sent, whatever was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Void {
    /// Its reversal came first.
    AlreadyReversed,
    /// What it takes back was never seen.
    OriginalNotSeen,
    /// Nobody was told of what it takes back.
    OriginalNotSent,
}

impl Void {
    fn as_str(self) -> &'static str {
        match self {
            Self::AlreadyReversed => "already-reversed",
            Self::OriginalNotSeen => "original-not-seen",
            Self::OriginalNotSent => "original-not-sent",
        }
    }
}

impl Batch<'_> {
    /// The number under which a transaction was stored before; then it need not
    /// be decided.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Storage`] if the outbox cannot be read.
    pub fn seen(&self, transaction: &Transaction) -> Result<Option<TransactionId>> {
        let Some(key) = key(transaction) else { return Ok(None) };
        Ok(self
            .sql
            .prepare_cached("select id from transactions where key = ?1")?
            .query_row([key], |row| row.get(0))
            .optional()?)
    }

    /// Takes a transaction in: unless it was seen before, its parties get the
    /// contacts that are known here, it is decided, and stored with its
    /// messages.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Storage`] if the outbox cannot be read or written.
    pub fn take_in(
        &self,
        transaction: &mut Transaction,
        now_ms: i64,
        decide: impl FnOnce(&Self, &Transaction, Timestamp) -> Outcome,
    ) -> Result<Accepted> {
        if let Some(id) = self.seen(transaction)? {
            return Ok(Accepted::Repeat(id));
        }
        self.introduce(transaction)?;
        let outcome = decide(self, transaction, wall_clock(transaction, now_ms));
        self.accept(transaction, &outcome, now_ms)
    }

    /// The numbers of a transaction's messages.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Storage`] if the outbox cannot be read.
    pub fn messages_of(&self, id: TransactionId) -> Result<Vec<MessageId>> {
        let mut statement =
            self.sql.prepare_cached("select id from messages where transaction_id = ?1")?;
        let rows = statement.query_map([id], |row| row.get(0))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// Stores a transaction, what was decided, and its messages.
    ///
    /// - a repeat stores nothing
    /// - a reversal cancels what of its original was not sent yet; its own
    ///   message goes to whom the original's was sent, as its correction, and
    ///   is suppressed for anybody else
    /// - an original that comes after its reversal is suppressed
    /// - without a recipient a message is suppressed: see [`crate::subscribers::Absence`]
    ///
    /// # Errors
    /// [`crate::ErrorKind::Storage`] if the outbox cannot be written.
    pub fn accept(
        &self,
        transaction: &Transaction,
        outcome: &Outcome,
        now_ms: i64,
    ) -> Result<Accepted> {
        if let Some(id) = self.seen(transaction)? {
            return Ok(Accepted::Repeat(id));
        }
        let decide_ms = decide_ms(outcome);
        let event = decide_ms.map(|_| json::write_transaction(transaction).into_bytes());
        self.sql
            .prepare_cached(
                "insert into transactions
                 (name, key, bundle, decision, reason, rule, accepted_at, decide_at, event)
                 values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            )?
            .execute(params![
                transaction.id,
                key(transaction),
                outcome.bundle,
                outcome.decision.as_str(),
                outcome.reason,
                outcome.rule,
                now_ms,
                decide_ms,
                event,
            ])?;
        let id = self.sql.last_insert_rowid();
        let traces = Traces::of(transaction);
        self.trace(id, &traces)?;
        let bundle = outcome.bundle.as_deref().unwrap_or_default();
        self.count(id, bundle, transaction, &outcome.counters, now_ms)?;
        self.settle(id, transaction, &traces, &outcome.messages, now_ms)?;
        Ok(Accepted::New(id))
    }

    /// Decides a deferred transaction anew.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Storage`] if the outbox cannot be written.
    pub fn decide(
        &self,
        id: TransactionId,
        transaction: &Transaction,
        outcome: &Outcome,
        now_ms: i64,
    ) -> Result<()> {
        self.sql
            .prepare_cached(
                "update transactions set bundle = ?2, decision = ?3, reason = ?4, rule = ?5,
                 decide_at = ?6, event = iif(?6 is null, null, event) where id = ?1",
            )?
            .execute(params![
                id,
                outcome.bundle,
                outcome.decision.as_str(),
                outcome.reason,
                outcome.rule,
                decide_ms(outcome),
            ])?;
        let bundle = outcome.bundle.as_deref().unwrap_or_default();
        self.count(id, bundle, transaction, &outcome.counters, now_ms)?;
        self.settle(id, transaction, &Traces::of(transaction), &outcome.messages, now_ms)
    }

    /// Deferred transactions that are to be decided now, as canonical JSON; at
    /// most so many, the longest due first.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Storage`] if the outbox cannot be read.
    pub fn undecided(
        &self,
        count_max: usize,
        now_ms: i64,
    ) -> Result<Vec<(TransactionId, Vec<u8>)>> {
        let mut statement = self.sql.prepare_cached(
            "select id, event from transactions where decide_at is not null and decide_at <= ?1
             order by decide_at, id limit ?2",
        )?;
        let rows = statement
            .query_map(params![now_ms, count_max as i64], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// Stores the messages, each in the state that it begins in.
    fn settle(
        &self,
        id: TransactionId,
        transaction: &Transaction,
        traces: &Traces,
        messages: &[Message],
        now_ms: i64,
    ) -> Result<()> {
        let others = &self.others(traces)?;
        let is_reversal = traces.is_reversal;
        let void = match (is_reversal, others.is_empty()) {
            (true, true) => Some(Void::OriginalNotSeen),
            (false, false) => Some(Void::AlreadyReversed),
            _ => None,
        };
        if is_reversal {
            self.take_back(others, now_ms)?;
        }
        let mut is_void = void.is_some() || (is_reversal && !messages.is_empty());
        for message in messages {
            let told = if is_reversal { self.told(others, message)? } else { None };
            let void = void.or((is_reversal && told.is_none()).then_some(Void::OriginalNotSent));
            is_void &= void.is_some();
            let recipient = match &message.recipient {
                None if APP_CHANNELS.contains(&message.channel.as_str()) => {
                    self.app_user(transaction, message.party)?
                }
                known => known.clone(),
            };
            let cause = match void {
                Some(void) => Some(void.as_str()),
                None if recipient.is_none() => {
                    Some(self.absence(transaction, message.party)?.as_str())
                }
                None => None,
            };
            self.store(id, message, recipient, told, cause, now_ms)?;
        }
        match void.unwrap_or(Void::OriginalNotSent) {
            void if is_void => self.overrule(id, void.as_str()),
            _ => Ok(()),
        }
    }

    fn store(
        &self,
        id: TransactionId,
        message: &Message,
        recipient: Option<String>,
        corrects: Option<MessageId>,
        suppressed: Option<&str>,
        now_ms: i64,
    ) -> Result<()> {
        let due_ms = message.not_before.map_or(now_ms, |time| time.unix_seconds() * 1_000);
        let expires_ms = message.expires_at.map(|time| time.unix_seconds() * 1_000);
        let state = match suppressed {
            Some(_) => State::Suppressed,
            None if expires_ms.is_some_and(|expires_ms| expires_ms <= now_ms) => State::Expired,
            None if due_ms > now_ms => State::Deferred,
            None => State::Queued,
        };
        self.sql
            .prepare_cached(
                "insert into messages (transaction_id, party, bundle, channel, queue, recipient, template,
                 locale, text, encoding, segments, priority, state, cause, due_at, expires_at,
                 accepted_at, done_at, corrects)
                 values (?1, ?2, (select coalesce(bundle, '') from transactions where id = ?1), ?3,
                 ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)",
            )?
            .execute(params![
                id,
                message.party.as_str(),
                message.channel,
                recipient,
                message.template,
                message.locale,
                message.text,
                message.encoding.as_str(),
                message.segments as i64,
                message.priority,
                state,
                suppressed,
                due_ms,
                expires_ms,
                now_ms,
                state.is_final().then_some(now_ms),
                corrects,
            ])?;
        self.note(self.sql.last_insert_rowid(), state, suppressed, now_ms)
    }

    /// Lets a transaction be found by its reversal, or a reversal by its
    /// original.
    fn trace(&self, id: TransactionId, traces: &Traces) -> Result<()> {
        let mut statement = self.sql.prepare_cached(
            "insert into traces (trace, transaction_id, kind, is_reversal, unix_seconds)
             values (?1, ?2, ?3, ?4, ?5)",
        )?;
        let Traces { is_reversal, kind, unix_seconds, digests } = traces;
        for digest in digests {
            statement.execute(params![digest, id, kind, is_reversal, unix_seconds])?;
        }
        Ok(())
    }

    /// For a reversal its originals; for another its reversals. A reversal that
    /// does not say what it takes back takes back any kind.
    fn others(&self, traces: &Traces) -> Result<Vec<TransactionId>> {
        let mut statement = self.sql.prepare_cached(
            "select transaction_id from traces where trace = ?1 and is_reversal <> ?2
             and (kind = ?3 or kind = '' or ?3 = '') and abs(unix_seconds - ?4) <= ?5",
        )?;
        let mut found = Vec::new();
        let Traces { is_reversal, kind, unix_seconds, digests } = traces;
        for digest in digests {
            let rows = statement.query_map(
                params![digest, is_reversal, kind, unix_seconds, REVERSAL_SECONDS_MAX],
                |row| row.get(0),
            )?;
            for id in rows {
                found.push(id?);
            }
        }
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }

    /// Cancels what of these transactions was not sent, and decides no more
    /// what was deferred.
    fn take_back(&self, originals: &[TransactionId], now_ms: i64) -> Result<()> {
        for original in originals {
            let unsent: Vec<MessageId> = self
                .sql
                .prepare_cached(
                    "select id from messages
                     where transaction_id = ?1 and state < 2 and asked_at is null",
                )?
                .query_map([original], |row| row.get(0))?
                .collect::<rusqlite::Result<_>>()?;
            for message in unsent {
                self.change(message, State::Cancelled, Some("reversed"), now_ms)?;
            }
            let is_deferred: bool = self
                .sql
                .prepare_cached("select decide_at is not null from transactions where id = ?1")?
                .query_row([original], |row| row.get(0))?;
            if is_deferred {
                self.overrule(*original, "already-reversed")?;
            }
        }
        Ok(())
    }

    /// The message of one of these transactions that was sent to this one's
    /// party, by its channel, or may have been.
    fn told(&self, originals: &[TransactionId], message: &Message) -> Result<Option<MessageId>> {
        let mut statement = self.sql.prepare_cached(
            "select id from messages where transaction_id = ?1 and party = ?2 and channel = ?3
             and (state in (2, 3) or asked_at is not null) order by id limit 1",
        )?;
        for original in originals {
            let told = statement
                .query_row(params![original, message.party.as_str(), message.channel], |row| {
                    row.get(0)
                })
                .optional()?;
            if told.is_some() {
                return Ok(told);
            }
        }
        Ok(None)
    }

    /// Nobody is told, whatever was decided.
    fn overrule(&self, id: TransactionId, reason: &str) -> Result<()> {
        self.sql
            .prepare_cached(
                "update transactions set decision = 'suppressed', reason = ?2,
                 rule = 'host:correlation', decide_at = null, event = null where id = ?1",
            )?
            .execute(params![id, reason])?;
        Ok(())
    }
}

/// A time, on a transaction's wall clock.
pub(crate) fn wall_clock(transaction: &Transaction, now_ms: i64) -> Timestamp {
    let offset = transaction.time.utc_offset_minutes();
    Timestamp::new(now_ms.div_euclid(1_000), offset).unwrap_or(transaction.time)
}

/// Until when a transaction is deferred, in milliseconds since 1970.
fn decide_ms(outcome: &Outcome) -> Option<i64> {
    match outcome.decision {
        Decision::Deferred(until) => Some(until.unix_seconds() * 1_000),
        _ => None,
    }
}
