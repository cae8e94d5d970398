//! What became of a transaction, for whoever asks why a customer got nothing.

use rusqlite::{OptionalExtension, params};

use super::{MessageId, Outbox, TransactionId};
use crate::{Result, State};

/// The most transactions of one name that are told of.
const TRAILS_MAX: i64 = 100;

/// One transaction: what was decided, and each message's way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trail {
    /// Its number.
    pub id: TransactionId,
    /// What its source calls it.
    pub name: String,
    /// The bank; none where no bank has the card.
    pub bundle: Option<String>,
    /// `notified`, `suppressed`, `deferred` or `rejected`.
    pub decision: String,
    /// Why.
    pub reason: String,
    /// The rule that decided.
    pub rule: String,
    /// When it was accepted, in milliseconds since 1970.
    pub accepted_ms: i64,
    /// Its messages.
    pub messages: Vec<MessageTrail>,
}

/// One message, without its text and recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageTrail {
    /// Its number.
    pub id: MessageId,
    /// Whom it is for.
    pub party: String,
    /// By which channel.
    pub channel: String,
    /// The template it was made with.
    pub template: String,
    /// How many segments it takes.
    pub segments: usize,
    /// Attempts that were begun.
    pub attempts: u32,
    /// The message that it corrects.
    pub corrects: Option<MessageId>,
    /// Every state it was in, the last being the one it is in.
    pub changes: Vec<Change>,
}

/// A message came into a state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// Which.
    pub state: State,
    /// Why.
    pub cause: Option<String>,
}

impl Outbox {
    /// What became of the transactions of this name, the latest first; at most
    /// 100, since terminals use a name again.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Storage`] if the outbox cannot be read.
    pub fn trails(&self, name: &str) -> Result<Vec<Trail>> {
        let mut statement = self.connection.prepare_cached(
            "select id, name, bundle, decision, reason, rule, accepted_at from transactions
             where name = ?1 order by id desc limit ?2",
        )?;
        let rows = statement.query_map(params![name, TRAILS_MAX], |row| {
            Ok(Trail {
                id: row.get(0)?,
                name: row.get(1)?,
                bundle: row.get(2)?,
                decision: row.get(3)?,
                reason: row.get(4)?,
                rule: row.get(5)?,
                accepted_ms: row.get(6)?,
                messages: Vec::new(),
            })
        })?;
        let mut trails = rows.collect::<rusqlite::Result<Vec<_>>>()?;
        for trail in &mut trails {
            trail.messages = self.messages(trail.id)?;
        }
        Ok(trails)
    }

    /// What became of one message.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Storage`] if the outbox cannot be read.
    pub fn message(&self, id: MessageId) -> Result<Option<MessageTrail>> {
        let transaction: Option<TransactionId> = self
            .connection
            .prepare_cached("select transaction_id from messages where id = ?1")?
            .query_row([id], |row| row.get(0))
            .optional()?;
        let Some(transaction) = transaction else { return Ok(None) };
        Ok(self.messages(transaction)?.into_iter().find(|message| message.id == id))
    }

    fn messages(&self, transaction: TransactionId) -> Result<Vec<MessageTrail>> {
        let mut statement = self.connection.prepare_cached(
            "select id, party, channel, template, segments, attempts, corrects from messages
             where transaction_id = ?1 order by id",
        )?;
        let rows = statement.query_map([transaction], |row| {
            Ok(MessageTrail {
                id: row.get(0)?,
                party: row.get(1)?,
                channel: row.get(2)?,
                template: row.get(3)?,
                segments: row.get::<_, i64>(4)? as usize,
                attempts: row.get(5)?,
                corrects: row.get(6)?,
                changes: Vec::new(),
            })
        })?;
        let mut messages = rows.collect::<rusqlite::Result<Vec<_>>>()?;
        let mut changes = self.connection.prepare_cached(
            "select at, state, cause from changes where message_id = ?1 order by number",
        )?;
        for message in &mut messages {
            let rows = changes.query_map([message.id], |row| {
                Ok(Change { at_ms: row.get(0)?, state: row.get(1)?, cause: row.get(2)? })
            })?;
            message.changes = rows.collect::<rusqlite::Result<_>>()?;
        }
        Ok(messages)
    }
}
