//! What peers say of parts that they took over.

use rusqlite::{OptionalExtension, params};

use super::{Batch, MessageId, Part};
use crate::{Error, ErrorKind, Result, State, phone};

/// Receipts of parts that nobody knows are kept so long, in milliseconds.
const EARLY_MS: i64 = 3 * 24 * 3_600 * 1_000;
/// And at most so many.
const EARLY_MAX: i64 = 100_000;

/// What a peer says of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receipt<'a> {
    /// The queue whose peer says so.
    pub queue: &'a str,
    /// What the peer calls the part.
    pub remote: &'a str,
    /// [`State::Delivered`], [`State::Failed`] or [`State::Expired`].
    pub state: State,
    /// Why, as the peer's code.
    pub cause: Option<&'a str>,
    /// The telephone number that it was sent to, if the peer says so.
    pub recipient: Option<&'a str>,
    /// The reference that it was sent with, if the peer says so: the lowest 16
    /// bits of the message's number.
    pub reference: Option<u16>,
}

impl<'a> Receipt<'a> {
    /// A receipt of which nothing else is known.
    pub fn new(queue: &'a str, state: State) -> Self {
        Self { queue, remote: "", state, cause: None, recipient: None, reference: None }
    }
}

/// The queue of a channel's fallback: `sms` itself for none, `sms/1` for the
/// first.
pub fn fallback(channel: &str, number: u8) -> String {
    match number {
        0 => channel.into(),
        _ => format!("{channel}/{number}"),
    }
}

/// Which fallback a queue is: 0 for the channel itself.
fn number(queue: &str) -> u8 {
    queue.rsplit_once('/').and_then(|(_, number)| number.parse().ok()).unwrap_or(0)
}

impl Batch<'_> {
    /// Notes a receipt; gives the number of the message that it is about, or none
    /// where there is none: told of before, or not known yet. What is not known
    /// is kept, for the answer may still come, or never: see
    /// [`Batch::resolve`].
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
                "select message_id, number from parts where state = 2 and queue = ?1
                 and remote = ?2 order by message_id desc limit 1",
            )?
            .query_row(params![receipt.queue, receipt.remote], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let Some((message, number)) = part else {
            self.keep(receipt, now_ms)?;
            return Ok(None);
        };
        self.settle_part(message, receipt.queue, number, receipt.state, receipt.cause)?;
        self.conclude(message, receipt.queue, now_ms)?;
        Ok(Some(message))
    }

    fn settle_part(
        &self,
        message: MessageId,
        queue: &str,
        number: u32,
        state: State,
        cause: Option<&str>,
    ) -> Result<()> {
        self.sql
            .prepare_cached(
                "update parts set state = ?4, cause = ?5
                 where message_id = ?1 and queue = ?2 and number = ?3 and state = 2",
            )?
            .execute(params![message, queue, number, state, cause])?;
        Ok(())
    }

    /// Keeps a receipt of a part that is not known, the latest of each.
    fn keep(&self, receipt: Receipt<'_>, now_ms: i64) -> Result<()> {
        let Receipt { queue, remote, state, cause, recipient, reference } = receipt;
        // One of a part that was told of: it came twice.
        let is_known: bool = self
            .sql
            .prepare_cached("select exists (select 1 from parts where queue = ?1 and remote = ?2)")?
            .query_row(params![queue, remote], |row| row.get(0))?;
        if is_known {
            return Ok(());
        }
        self.sql
            .prepare_cached("delete from early where queue = ?1 and remote = ?2")?
            .execute(params![queue, remote])?;
        self.sql
            .prepare_cached(
                "delete from early where at < ?1 or id <= (select max(id) from early) - ?2",
            )?
            .execute(params![now_ms - EARLY_MS, EARLY_MAX])?;
        self.sql
            .prepare_cached(
                "insert into early (queue, remote, recipient, reference, state, cause, at)
                 values (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute(params![
                queue,
                remote,
                recipient.map(phone::digits),
                reference,
                state,
                cause,
                now_ms
            ])?;
        Ok(())
    }

    /// Gives a part the receipt that came before it was known.
    pub(super) fn recall(&self, message: MessageId, part: Part<'_>) -> Result<()> {
        let queue = self.queue(message)?;
        let early: Option<(i64, State, Option<String>)> = self
            .sql
            .prepare_cached("select id, state, cause from early where queue = ?1 and remote = ?2")?
            .query_row(params![queue, part.remote], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })
            .optional()?;
        let Some((id, state, cause)) = early else { return Ok(()) };
        self.sql.prepare_cached("delete from early where id = ?1")?.execute([id])?;
        self.settle_part(message, &queue, part.number, state, cause.as_deref())
    }

    /// Ends a message that is submitted, once its parts say how.
    pub(super) fn conclude(&self, message: MessageId, queue: &str, now_ms: i64) -> Result<()> {
        let is_here = self.queue(message)? == queue;
        let state = self.state(message)?;
        if is_here && state != State::Submitted && state != State::Failed {
            return Ok(());
        }
        let (segments, parts): (u32, u32) = self
            .sql
            .prepare_cached(
                "select segments, (select count(*) from parts where message_id = ?1 and queue = ?2)
                 from messages where id = ?1",
            )?
            .query_row(params![message, queue], |row| Ok((row.get(0)?, row.get(1)?)))?;
        // The first that did not arrive; else one that is awaited; else all did.
        let (worst, cause): (State, Option<String>) = self
            .sql
            .prepare_cached(
                "select state, cause from parts where message_id = ?1 and queue = ?2
                 order by state in (4, 5) desc, state, number limit 1",
            )?
            .query_row(params![message, queue], |row| Ok((row.get(0)?, row.get(1)?)))?;
        match worst {
            State::Submitted => Ok(()),
            // It arrived by the way that was given up.
            State::Delivered if !is_here => {
                match parts >= segments
                    && state.may_become(State::Delivered)
                    && !self.is_asked(message)?
                {
                    true => self.change(message, State::Delivered, cause.as_deref(), now_ms),
                    false => Ok(()),
                }
            }
            _ if !is_here || !state.may_become(worst) => Ok(()),
            State::Failed | State::Expired => self.fail(message, worst, cause.as_deref(), now_ms),
            _ => self.change(message, worst, cause.as_deref(), now_ms),
        }
    }

    /// Ends a message that will not arrive, or gives it to the next fallback.
    pub(super) fn fail(
        &self,
        message: MessageId,
        state: State,
        cause: Option<&str>,
        now_ms: i64,
    ) -> Result<()> {
        let queue = self.queue(message)?;
        let (channel, expires_ms): (String, Option<i64>) = self
            .sql
            .prepare_cached("select channel, expires_at from messages where id = ?1")?
            .query_row([message], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let next = number(&queue) + 1;
        let is_last = next > self.standing.borrow().fallbacks.get(&channel).copied().unwrap_or(0);
        if is_last || expires_ms.is_some_and(|expires_ms| expires_ms <= now_ms) {
            return self.change(message, state, cause, now_ms);
        }
        self.sql
            .prepare_cached(
                "update messages set state = 1, cause = ?3, queue = ?2, asked_at = null,
                 unsure_at = null, due_at = max(due_at, ?4) where id = ?1",
            )?
            .execute(params![message, fallback(&channel, next), cause, now_ms])?;
        self.note(message, State::Queued, cause, now_ms)
    }

    /// Gives messages that have no receipt so long after they were submitted to
    /// the next fallback, at most so many; gives how many.
    ///
    /// # Errors
    /// [`ErrorKind::Storage`] if the outbox cannot be written.
    pub fn give_up(
        &self,
        queue: &str,
        before_ms: i64,
        count_max: usize,
        now_ms: i64,
    ) -> Result<usize> {
        let late = self.submitted(queue, before_ms, count_max)?;
        for message in &late {
            self.fail(*message, State::Failed, Some("no-receipt"), now_ms)?;
        }
        Ok(late.len())
    }

    fn submitted(&self, queue: &str, before_ms: i64, count_max: usize) -> Result<Vec<MessageId>> {
        let mut statement = self.sql.prepare_cached(
            "select id from messages where state = 2 and queue = ?1 and submitted_at < ?2
             order by submitted_at limit ?3",
        )?;
        let rows =
            statement.query_map(params![queue, before_ms, count_max as i64], |row| row.get(0))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// What the peer calls the parts of a queue that were submitted in a time and
    /// have no receipt, as it writes it; at most so many, the oldest
    /// first.
    ///
    /// # Errors
    /// [`ErrorKind::Storage`] if the outbox cannot be read.
    pub fn awaited(
        &self,
        queue: &str,
        from_ms: i64,
        to_ms: i64,
        count_max: usize,
    ) -> Result<Vec<String>> {
        let mut statement = self.sql.prepare_cached(
            "select coalesce(spelling, remote) from messages join parts on message_id = id
             where messages.state = 2 and messages.queue = ?1 and submitted_at >= ?2
             and submitted_at < ?3 and parts.queue = ?1 and parts.state = 2
             order by submitted_at limit ?4",
        )?;
        let rows = statement
            .query_map(params![queue, from_ms, to_ms, count_max as i64], |row| row.get(0))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }
}

#[cfg(test)]
mod tests;
