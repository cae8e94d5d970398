//! Messages as they are stored. This file alone writes a message's state, queue
//! and attempts, and only as a [`Transition`] says.

use rusqlite::{OptionalExtension, Row, params};
use tillbell::Message;
use tillbell_transaction::Party;
use tillbell_transaction::case::{EventNumber, Fate};

use super::way::{Way, party};
use super::{Batch, TransactionId};
use crate::life::{Life, MessageId, Queue, State, Transition};
use crate::{Error, ErrorKind, Result};

/// A stored message, without its text and recipient.
#[derive(Debug, Clone)]
pub(super) struct Stored {
    pub(super) id: MessageId,
    pub(super) transaction: TransactionId,
    pub(super) party: Party,
    pub(super) life: Life,
    /// The event whose message tells it.
    pub(super) netted: Option<EventNumber>,
    /// The message that leaves before it.
    pub(super) after: Option<MessageId>,
    /// Whether its case has other events.
    is_watched: bool,
    history: u32,
}

pub(super) const COLUMNS: &str = "id, transaction_id, party, state, queue, attempts, asked_at, unsure_at, \
                       refusals, doubts, due_at, expires_at, accepted_at, submitted_at, has_left, \
                       cause, netted, after, watched, history";

/// How many columns that are.
pub(super) const COLUMNS_LEN: usize = 20;

impl Stored {
    pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let life = Life {
            state: row.get(3)?,
            queue: Queue::parse(&row.get::<_, String>(4)?),
            attempt: row.get(5)?,
            asked_ms: row.get(6)?,
            unsure_ms: row.get(7)?,
            refusals: row.get(8)?,
            doubts: row.get(9)?,
            due_ms: row.get(10)?,
            expires_ms: row.get(11)?,
            accepted_ms: row.get(12)?,
            submitted_ms: row.get(13)?,
            has_left: row.get(14)?,
            cause: row.get(15)?,
        };
        Ok(Self {
            id: row.get(0)?,
            transaction: row.get(1)?,
            party: party(row, 2)?,
            life,
            netted: row.get(16)?,
            after: row.get(17)?,
            is_watched: row.get(18)?,
            history: row.get(19)?,
        })
    }

    /// The way on which it tells.
    pub(super) fn way(&self) -> Way<'_> {
        Way { party: self.party, channel: self.life.queue.channel() }
    }

    /// What the case knows of it.
    pub(super) fn fate(&self) -> Fate {
        self.life.fate(self.netted, self.transaction)
    }
}

/// A message on its way into the outbox.
pub(super) struct Draft<'a> {
    pub(super) transaction: TransactionId,
    pub(super) bundle: &'a str,
    pub(super) message: &'a Message,
    pub(super) recipient: Option<String>,
    pub(super) begun: Transition,
    /// When what it tells happened, or was to be decided, in milliseconds since
    /// 1970.
    pub(super) happened_ms: i64,
    pub(super) corrects: Option<MessageId>,
    pub(super) after: Option<MessageId>,
    /// Whether its case has other events.
    pub(super) is_watched: bool,
}

impl Batch<'_> {
    /// A message as it is stored.
    ///
    /// # Errors
    /// [`ErrorKind::State`] if there is no such message.
    pub(super) fn stored(&self, message: MessageId) -> Result<Stored> {
        let sql = format!("select {COLUMNS} from messages where id = ?1");
        self.sql
            .prepare_cached(&sql)?
            .query_row([message], Stored::read)
            .optional()?
            .ok_or_else(|| Error::new(ErrorKind::State, format!("there is no message {message}")))
    }

    /// The messages of one event on one way.
    pub(super) fn stored_on(&self, event: EventNumber, way: Way<'_>) -> Result<Vec<Stored>> {
        let sql = format!(
            "select {COLUMNS} from messages where transaction_id = ?1 and party = ?2
             and channel = ?3 order by id"
        );
        let mut statement = self.sql.prepare_cached(&sql)?;
        let rows =
            statement.query_map(params![event, way.party.as_str(), way.channel], Stored::read)?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// The state of a message.
    ///
    /// # Errors
    /// [`ErrorKind::State`] if there is no such message.
    pub fn state(&self, message: MessageId) -> Result<State> {
        Ok(self.stored(message)?.life.state)
    }

    /// Stores a message whose way begins.
    pub(super) fn store(&self, draft: Draft<'_>) -> Result<MessageId> {
        let Draft { transaction, bundle, message, recipient, begun, .. } = draft;
        let life = begun.next();
        self.sql
            .prepare_cached(
                "insert into messages (transaction_id, party, bundle, channel, queue, recipient,
                 template, locale, text, encoding, segments, priority, state, cause, due_at,
                 expires_at, accepted_at, done_at, corrects, after, watched, generation,
                 counts_from)
                 values (?1, ?2, ?3, ?4, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15,
                 ?16, ?17, ?18, ?19, ?20, ?21, ?22)",
            )?
            .execute(params![
                transaction,
                message.party.as_str(),
                bundle,
                message.channel,
                recipient,
                message.template,
                message.locale,
                message.text,
                message.encoding.as_str(),
                message.segments as i64,
                message.priority,
                life.state,
                life.cause,
                life.due_ms,
                life.expires_ms,
                life.accepted_ms,
                life.state.is_final().then_some(life.accepted_ms),
                draft.corrects,
                draft.after,
                draft.is_watched,
                self.standing.borrow().generation,
                if life.due_ms > life.accepted_ms { life.due_ms } else { draft.happened_ms },
            ])?;
        let id = self.sql.last_insert_rowid();
        self.note(id, 0, life, life.accepted_ms)?;
        Ok(id)
    }

    /// Begins a message's attempt, under a reference.
    pub(super) fn begin_attempt(
        &self,
        message: MessageId,
        claimed: &Transition,
        reference: u16,
    ) -> Result<()> {
        let life = claimed.next();
        self.sql
            .prepare_cached(
                "update messages set attempts = ?2, asked_at = ?3, unsure_at = null,
                 reference = ?4 where id = ?1",
            )?
            .execute(params![message, life.attempt, life.asked_ms, reference])?;
        Ok(())
    }

    /// Takes a message a step on its way, and its case with it.
    pub(super) fn step(&self, stored: &Stored, step: &Transition, now_ms: i64) -> Result<()> {
        let life = step.next();
        let done_ms = life.state.is_final().then_some(now_ms);
        let history = stored.history + u32::from(step.is_noted());
        self.sql
            .prepare_cached(
                "update messages set state = ?2, asked_at = ?3, unsure_at = ?4,
                 submitted_at = ?5, has_left = ?6, cause = ?7, done_at = ?8, history = ?9
                 where id = ?1",
            )?
            .execute(params![
                stored.id,
                life.state,
                life.asked_ms,
                life.unsure_ms,
                life.submitted_ms,
                life.has_left,
                life.cause,
                done_ms,
                history,
            ])?;
        // Most steps leave these as they are, and their indexes.
        let turn = |life: &Life| (life.attempt, life.refusals, life.doubts, life.due_ms);
        if turn(life) != turn(&stored.life) || life.queue != stored.life.queue {
            self.sql
                .prepare_cached(
                    "update messages set queue = ?2, attempts = ?3, refusals = ?4, doubts = ?5,
                     due_at = ?6 where id = ?1",
                )?
                .execute(params![
                    stored.id,
                    life.queue.to_string(),
                    life.attempt,
                    life.refusals,
                    life.doubts,
                    life.due_ms,
                ])?;
        }
        if step.is_noted() {
            self.note(stored.id, stored.history, life, now_ms)?;
        }
        if !stored.is_watched {
            return Ok(());
        }
        if step.frees() {
            self.free(stored)?;
        }
        if !stored.life.state.waits() && life.state.waits() {
            // It takes its place once more.
            self.line_up(stored.transaction, stored.way())?;
        }
        if step.weighs() {
            self.weigh(stored.transaction, stored.way(), now_ms)?;
        }
        Ok(())
    }

    /// Lets those that wait behind a message go on: behind what it waited for
    /// itself, or at once.
    fn free(&self, stored: &Stored) -> Result<()> {
        self.sql
            .prepare_cached("update messages set after = ?2 where after = ?1")?
            .execute(params![stored.id, stored.after])?;
        Ok(())
    }

    /// Notes which event's message tells a message's event.
    pub(super) fn set_netted(&self, message: MessageId, into: EventNumber) -> Result<()> {
        self.sql
            .prepare_cached("update messages set netted = ?2 where id = ?1")?
            .execute(params![message, into])?;
        Ok(())
    }

    /// Puts a message behind another.
    pub(super) fn set_after(&self, message: MessageId, after: Option<MessageId>) -> Result<()> {
        self.sql
            .prepare_cached("update messages set after = ?2 where id = ?1")?
            .execute(params![message, after])?;
        Ok(())
    }

    /// Makes a message at least as urgent as what waits behind it.
    pub(super) fn raise(&self, message: MessageId, priority: u8) -> Result<()> {
        self.sql
            .prepare_cached("update messages set priority = max(priority, ?2) where id = ?1")?
            .execute(params![message, priority])?;
        Ok(())
    }

    /// Adds to a message's history.
    fn note(&self, message: MessageId, number: u32, life: &Life, now_ms: i64) -> Result<()> {
        self.sql
            .prepare_cached(
                "insert into changes (message_id, number, at, state, cause)
                 values (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![message, number, now_ms, life.state, life.cause])?;
        Ok(())
    }
}
