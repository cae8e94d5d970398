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
    /// 0 is bulk, 100 is urgent.
    pub priority: u8,
    /// Attempts that were begun before.
    pub attempts: u32,
    /// Since when it could have been sent, in milliseconds since 1970.
    pub since_ms: i64,
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

/// The cause of what was worthless before it could be sent.
const TOO_LATE: &str = "too-late-to-send";
const COLUMNS: &str = "id, bundle, recipient, text, segments, attempts, expires_at, priority, \
                       max(accepted_at, due_at)";

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
            priority: row.get(7)?,
            since_ms: row.get(8)?,
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
            self.change(message, State::Expired, Some(TOO_LATE), now_ms)?;
        }
        let due = of("select id from messages where state = 0 and due_at <= ?1
             order by due_at, id limit ?2")?;
        for message in &due {
            self.change(*message, State::Queued, None, now_ms)?;
        }
        Ok(due.len())
    }

    /// The messages that a queue's peer is to get now, at most so many: the most
    /// urgent first, and of these the oldest. A queue is a channel, such as
    /// `sms`, or one of its fallbacks: see [`super::fallback`].
    ///
    /// # Errors
    /// [`ErrorKind::Storage`] if the outbox cannot be read.
    pub fn due(&self, queue: &str, count_max: usize) -> Result<Vec<Due>> {
        let sql = format!(
            "select {COLUMNS} from messages where state = 1 and queue = ?1 and asked_at is null
             order by priority desc, id limit ?2"
        );
        let mut statement = self.sql.prepare_cached(&sql)?;
        let rows = statement.query_map(params![queue, count_max as i64], Due::read)?;
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
                "insert into parts (message_id, queue, number, remote, state)
                 select id, queue, ?2, ?3, 2 from messages where id = ?1
                 on conflict do nothing",
            )?
            .execute(params![message, part.number, part.remote])?;
        self.recall(message, part)?;
        if self.parts_taken(message)?.len() < part.of as usize {
            return Ok(());
        }
        self.change(message, State::Submitted, None, now_ms)?;
        self.sql
            .prepare_cached("update messages set submitted_at = ?2 where id = ?1")?
            .execute(params![message, now_ms])?;
        // Receipts may overtake the answer.
        let queue = self.queue(message)?;
        self.conclude(message, &queue, now_ms)
    }

    /// Notes how the peer writes what it calls a part, where that is not the
    /// form that receipts are matched by.
    ///
    /// # Errors
    /// [`ErrorKind::Storage`] if the outbox cannot be written.
    pub fn spell(&self, message: MessageId, number: u32, spelling: &str) -> Result<()> {
        self.sql
            .prepare_cached(
                "update parts set spelling = ?3 where message_id = ?1 and number = ?2
                 and queue = (select queue from messages where id = ?1)",
            )?
            .execute(params![message, number, spelling])?;
        Ok(())
    }

    /// Whether an attempt waits for its answer.
    pub(super) fn is_asked(&self, message: MessageId) -> Result<bool> {
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
        let mut statement = self.sql.prepare_cached(
            "select number from parts join messages on id = message_id
                 where id = ?1 and parts.queue = messages.queue order by 1",
        )?;
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
            return self.fail(message, State::Failed, Some(cause), now_ms);
        };
        self.change(message, State::Deferred, Some(cause), now_ms)?;
        self.sql
            .prepare_cached("update messages set due_at = ?2 where id = ?1")?
            .execute(params![message, retry_ms])?;
        Ok(())
    }

    /// Attempts of a queue that began before this time and have no answer,
    /// the oldest first; at most so many. Whether the peer has them must be
    /// found out before they are sent again.
    ///
    /// # Errors
    /// [`ErrorKind::Storage`] if the outbox cannot be read.
    pub fn unanswered(&self, queue: &str, before_ms: i64, count_max: usize) -> Result<Vec<Due>> {
        let sql = format!(
            "select {COLUMNS} from messages where asked_at is not null and queue = ?1
             and asked_at < ?2 order by asked_at, id limit ?3"
        );
        let mut statement = self.sql.prepare_cached(&sql)?;
        let rows = statement.query_map(params![queue, before_ms, count_max as i64], Due::read)?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// Notes that nothing of an attempt was sent: the message waits again, in its
    /// place. With parts that were taken over before, these are not sent again.
    ///
    /// # Errors
    /// [`ErrorKind::State`] if it was not being attempted.
    pub fn release(&self, message: MessageId) -> Result<()> {
        let released = self
            .sql
            .prepare_cached(
                "update messages set asked_at = null, unsure_at = null, attempts = attempts - 1
                 where id = ?1 and asked_at is not null",
            )?
            .execute([message])?;
        match released {
            1 => Ok(()),
            _ => Err(Error::new(ErrorKind::State, format!("message {message} is not being sent"))),
        }
    }

    /// Ends a message whose time is over before it was sent.
    ///
    /// # Errors
    /// [`ErrorKind::State`] if its state does not allow it.
    pub fn expire(&self, message: MessageId, now_ms: i64) -> Result<()> {
        self.change(message, State::Expired, Some(TOO_LATE), now_ms)
    }

    /// Where a message waits, or waited last.
    pub(super) fn queue(&self, message: MessageId) -> Result<String> {
        Ok(self
            .sql
            .prepare_cached("select queue from messages where id = ?1")?
            .query_row([message], |row| row.get(0))?)
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
