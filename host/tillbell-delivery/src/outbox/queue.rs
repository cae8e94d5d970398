//! Messages on their way to a channel's peer, and what comes back.

use std::fmt;

use rusqlite::{OptionalExtension, Row, params};

use super::{Batch, MessageId};
use crate::{Error, ErrorKind, Result, State};

/// A message that its channel may send now.
#[derive(Clone, PartialEq, Eq)]
pub struct Due {
    /// Its number; also what makes a second request of it recognisable.
    pub id: MessageId,
    /// The bank.
    pub bundle: String,
    /// Where it goes.
    pub recipient: String,
    /// The text.
    pub text: String,
    /// How many segments it takes.
    pub segments: usize,
    /// Attempts that were begun before.
    pub attempts: u32,
    /// Worthless from here on, in milliseconds since 1970.
    pub expires_ms: Option<i64>,
}

/// Shows neither the text nor the recipient.
impl fmt::Debug for Due {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Due")
            .field("id", &self.id)
            .field("bundle", &self.bundle)
            .field("segments", &self.segments)
            .field("attempts", &self.attempts)
            .finish_non_exhaustive()
    }
}

/// What a peer says of a part that it took over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receipt<'a> {
    /// The channel that it came by.
    pub channel: &'a str,
    /// What the peer calls the part.
    pub remote: &'a str,
    /// [`State::Delivered`], [`State::Failed`] or [`State::Expired`].
    pub state: State,
    /// Why, as the peer's code.
    pub cause: Option<&'a str>,
}

/// One part of a message that the peer took over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part<'a> {
    /// Which, from 1.
    pub number: u32,
    /// Of how many.
    pub of: u32,
    /// What the peer calls it.
    pub remote: &'a str,
}

const COLUMNS: &str = "id, bundle, recipient, text, segments, attempts, expires_at";

impl Due {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            bundle: row.get(1)?,
            recipient: row.get(2)?,
            text: row.get(3)?,
            segments: row.get::<_, i64>(4)? as usize,
            attempts: row.get(5)?,
            expires_ms: row.get(6)?,
        })
    }
}

impl Batch<'_> {
    /// Queues deferred messages whose time has come, at most so many, and ends
    /// those that are worthless by now. Gives how many were queued.
    ///
    /// # Errors
    /// [`ErrorKind::Storage`] if the outbox cannot be written.
    pub fn advance(&self, count_max: usize, now_ms: i64) -> Result<usize> {
        let of = |sql: &str| -> Result<Vec<MessageId>> {
            let mut statement = self.sql.prepare_cached(sql)?;
            let rows = statement.query_map(params![now_ms, count_max as i64], |row| row.get(0))?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        };
        // One whose attempt has no answer may have been sent.
        let expired = of("select id from messages where state < 2 and expires_at is not null
             and expires_at <= ?1 and asked_at is null order by expires_at limit ?2")?;
        for message in expired {
            self.change(message, State::Expired, Some("too-late-to-send"), now_ms)?;
        }
        let due = of("select id from messages where state = 0 and due_at <= ?1
             order by due_at, id limit ?2")?;
        for message in &due {
            self.change(*message, State::Queued, None, now_ms)?;
        }
        Ok(due.len())
    }

    /// The messages that a channel is to send now, at most so many: the most
    /// urgent first, and of these the oldest.
    ///
    /// # Errors
    /// [`ErrorKind::Storage`] if the outbox cannot be read.
    pub fn due(&self, channel: &str, count_max: usize) -> Result<Vec<Due>> {
        let sql = format!(
            "select {COLUMNS} from messages where state = 1 and channel = ?1 and asked_at is null
             order by priority desc, id limit ?2"
        );
        let mut statement = self.sql.prepare_cached(&sql)?;
        let rows = statement.query_map(params![channel, count_max as i64], Due::read)?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// Notes that an attempt begins. To be committed before anything of it is
    /// sent: after a power cut it is known that the peer may have the message.
    ///
    /// # Errors
    /// [`ErrorKind::State`] if it is not queued, or being attempted.
    pub fn ask(&self, message: MessageId, now_ms: i64) -> Result<()> {
        let asked = self
            .sql
            .prepare_cached(
                "update messages set asked_at = ?2, attempts = attempts + 1
                 where id = ?1 and state = 1 and asked_at is null",
            )?
            .execute(params![message, now_ms])?;
        match asked {
            1 => Ok(()),
            _ => Err(Error::new(ErrorKind::State, format!("message {message} is not to be sent"))),
        }
    }

    /// Notes that the peer took over one part of a message, of so many, and what
    /// it calls it. With the last part the message is submitted.
    ///
    /// # Errors
    /// [`ErrorKind::State`] if it was not being attempted.
    pub fn taken(&self, message: MessageId, part: Part<'_>, now_ms: i64) -> Result<()> {
        if !self.is_asked(message)? {
            let detail = format!("message {message} is not being sent");
            return Err(Error::new(ErrorKind::State, detail));
        }
        self.sql
            .prepare_cached(
                "insert into parts (message_id, number, channel, remote, state)
                 select id, ?2, channel, ?3, 2 from messages where id = ?1
                 on conflict do nothing",
            )?
            .execute(params![message, part.number, part.remote])?;
        if self.parts_taken(message)?.len() < part.of as usize {
            return Ok(());
        }
        self.change(message, State::Submitted, None, now_ms)?;
        self.sql
            .prepare_cached("update messages set submitted_at = ?2 where id = ?1")?
            .execute(params![message, now_ms])?;
        // Receipts may overtake the answer.
        self.conclude(message, now_ms)
    }

    /// Whether an attempt waits for its answer.
    fn is_asked(&self, message: MessageId) -> Result<bool> {
        let asked = self
            .sql
            .prepare_cached("select asked_at is not null from messages where id = ?1")?
            .query_row([message], |row| row.get(0))
            .optional()?;
        Ok(asked.unwrap_or(false))
    }

    /// The numbers of the parts that the peer took over, for an attempt that was
    /// interrupted: they are not sent again.
    ///
    /// # Errors
    /// [`ErrorKind::Storage`] if the outbox cannot be read.
    pub fn parts_taken(&self, message: MessageId) -> Result<Vec<u32>> {
        let mut statement =
            self.sql.prepare_cached("select number from parts where message_id = ?1 order by 1")?;
        let rows = statement.query_map([message], |row| row.get(0))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// Notes that the peer has not got a message and says why; it is tried
    /// again at this time, or never.
    ///
    /// # Errors
    /// [`ErrorKind::State`] if the message's state does not allow it.
    pub fn refused(
        &self,
        message: MessageId,
        cause: &str,
        retry_ms: Option<i64>,
        now_ms: i64,
    ) -> Result<()> {
        let Some(retry_ms) = retry_ms else {
            return self.change(message, State::Failed, Some(cause), now_ms);
        };
        self.change(message, State::Deferred, Some(cause), now_ms)?;
        self.sql
            .prepare_cached("update messages set due_at = ?2 where id = ?1")?
            .execute(params![message, retry_ms])?;
        Ok(())
    }

    /// Attempts of a channel that began before this time and have no answer,
    /// the oldest first; at most so many. Whether the peer has them must be
    /// found out before they are sent again.
    ///
    /// # Errors
    /// [`ErrorKind::Storage`] if the outbox cannot be read.
    pub fn unanswered(&self, channel: &str, before_ms: i64, count_max: usize) -> Result<Vec<Due>> {
        let sql = format!(
            "select {COLUMNS} from messages where asked_at is not null and channel = ?1
             and asked_at < ?2 order by asked_at, id limit ?3"
        );
        let mut statement = self.sql.prepare_cached(&sql)?;
        let rows = statement.query_map(params![channel, before_ms, count_max as i64], Due::read)?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// Notes a receipt; gives the number of the message that it is about, or none
    /// where there is none: unknown, or told of before.
    ///
    /// A message is delivered when each of its parts is, and has failed, or is
    /// expired, with the first that is not.
    ///
    /// # Errors
    /// [`ErrorKind::State`] for a receipt that says neither that it arrived nor
    /// that it will not.
    pub fn receipt(&self, receipt: Receipt<'_>, now_ms: i64) -> Result<Option<MessageId>> {
        if !matches!(receipt.state, State::Delivered | State::Failed | State::Expired) {
            let detail = format!("no receipt says {}", receipt.state);
            return Err(Error::new(ErrorKind::State, detail));
        }
        let part: Option<(MessageId, u32)> = self
            .sql
            .prepare_cached(
                "select message_id, number from parts where state = 2 and channel = ?1
                 and remote = ?2 order by message_id desc limit 1",
            )?
            .query_row(params![receipt.channel, receipt.remote], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()?;
        let Some((message, number)) = part else { return Ok(None) };
        self.sql
            .prepare_cached(
                "update parts set state = ?3, cause = ?4 where message_id = ?1 and number = ?2",
            )?
            .execute(params![message, number, receipt.state, receipt.cause])?;
        self.conclude(message, now_ms)?;
        Ok(Some(message))
    }

    /// Ends a message that is submitted, once its parts say how.
    fn conclude(&self, message: MessageId, now_ms: i64) -> Result<()> {
        if self.state(message)? != State::Submitted {
            return Ok(());
        }
        // The first that did not arrive; else one that is awaited; else all did.
        let (state, cause): (State, Option<String>) = self
            .sql
            .prepare_cached(
                "select state, cause from parts where message_id = ?1
                 order by state in (4, 5) desc, state, number limit 1",
            )?
            .query_row([message], |row| Ok((row.get(0)?, row.get(1)?)))?;
        match state {
            State::Submitted => Ok(()),
            _ => self.change(message, state, cause.as_deref(), now_ms),
        }
    }

    /// Takes a message back that was not sent.
    ///
    /// # Errors
    /// [`ErrorKind::State`] if it was sent, or may have been.
    pub fn cancel(&self, message: MessageId, cause: &str, now_ms: i64) -> Result<()> {
        if self.is_asked(message)? {
            let detail = format!("message {message} may have been sent");
            return Err(Error::new(ErrorKind::State, detail));
        }
        self.change(message, State::Cancelled, Some(cause), now_ms)
    }
}
