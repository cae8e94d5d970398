//! What peers say of parts that they took over.

use rusqlite::{OptionalExtension, params};

use super::doubt::quarters;
use super::messages::Stored;
use super::{Batch, MessageId, Part};
use crate::life::{Cause, Ended, Said};
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
    /// The reference that it was sent with, if the peer says so.
    pub reference: Option<u16>,
    /// The [`super::Due::key`] that it was sent with, if the peer says so.
    pub key: Option<&'a str>,
    /// How the text begins, if the peer says so.
    pub text: Option<&'a str>,
    /// When the peer took it over, by its own clock, in milliseconds since 1970.
    pub submitted_ms: Option<i64>,
}

impl<'a> Receipt<'a> {
    /// A receipt of which nothing else is known.
    pub fn new(queue: &'a str, state: State) -> Self {
        Self {
            queue,
            remote: "",
            state,
            cause: None,
            recipient: None,
            reference: None,
            key: None,
            text: None,
            submitted_ms: None,
        }
    }
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
        let part: Option<(MessageId, u32, u32, u32)> = self
            .sql
            .prepare_cached(
                "select message_id, number, attempt, total from parts where state = 2 and queue = ?1
                 and remote = ?2 order by message_id desc, attempt desc limit 1",
            )?
            .query_row(params![receipt.queue, receipt.remote], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
            })
            .optional()?;
        let Some((message, number, attempt, total)) = part else {
            self.keep(receipt, now_ms)?;
            let unheard = match receipt.state {
                State::Delivered => self.unheard(receipt)?,
                _ => None,
            };
            if let Some((message, attempt)) = unheard {
                let Receipt { queue, remote, .. } = receipt;
                self.taken(message, attempt, Part { queue, number: 1, of: 1, remote }, now_ms)?;
            }
            return match (unheard, receipt.state) {
                (None, State::Delivered) => self.arrived_by_key(receipt, now_ms),
                (unheard, _) => Ok(unheard.map(|(message, _)| message)),
            };
        };
        let Receipt { queue, state, cause, .. } = receipt;
        self.settle_part(message, queue, (number, attempt), state, cause)?;
        if (total, attempt, state) == (1, 1, State::Delivered) {
            let stored = self.stored(message)?;
            // Its only part, of its only attempt, arrived.
            if stored.life.attempt == 1 {
                self.read_clock(queue, &stored, receipt.submitted_ms);
                let is_here = stored.life.is_in(queue);
                let said = Said { ended: Ended::Delivered, cause: None, is_here, is_read: true };
                return self.learn(&stored, said, now_ms).map(|()| Some(message));
            }
        }
        self.conclude(message, queue, now_ms)?;
        Ok(Some(message))
    }

    /// Learns from a receipt of a message of one attempt how far its peer's clock is from
    /// ours: receipts are dated on a wall clock of whatever zone.
    fn read_clock(&self, queue: &str, stored: &Stored, dated_ms: Option<i64>) {
        let (Some(dated_ms), Some(submitted_ms)) = (dated_ms, stored.life.submitted_ms) else {
            return;
        };
        if let Some(quarters) = quarters(dated_ms - submitted_ms) {
            self.standing.borrow_mut().clocks.insert(queue.into(), quarters);
        }
    }

    /// The message, and its last attempt, that a receipt names by our key or
    /// reference, if it is to be sent once more since nothing was heard of it. A text
    /// of several parts has more than one receipt, and none says which part it is.
    fn unheard(&self, receipt: Receipt<'_>) -> Result<Option<(MessageId, u32)>> {
        let Receipt { queue, key, reference, recipient, .. } = receipt;
        let found: Option<MessageId> = match (key, reference, recipient) {
            (Some(key), ..) => self.by_key(key)?,
            (None, Some(reference), Some(recipient)) => {
                let mut rows = self.sql.prepare_cached(
                    "select id, recipient from messages where state < 2 and doubts > 0
                     and reference = ?1 and queue = ?2 and segments = 1",
                )?;
                let rows = rows
                    .query_map(params![reference, queue], |row| Ok((row.get(0)?, row.get(1)?)))?
                    .collect::<rusqlite::Result<Vec<(MessageId, String)>>>()?;
                let theirs = phone::digits(recipient);
                let is_its = |own: &String| phone::is_same(&phone::digits(own), &theirs);
                rows.into_iter().find(|(_, own)| is_its(own)).map(|(id, _)| id)
            }
            _ => None,
        };
        let Some(message) = found else { return Ok(None) };
        let life = self.stored(message)?.life;
        let is_it = life.doubts > 0 && life.state.waits() && life.is_in(queue);
        Ok(is_it.then_some((message, life.attempt)))
    }

    /// Our own key says that a message arrived which its peer took over under another
    /// id: the first of two copies.
    fn arrived_by_key(&self, receipt: Receipt<'_>, now_ms: i64) -> Result<Option<MessageId>> {
        let Some(message) = receipt.key.map(|key| self.by_key(key)).transpose()?.flatten() else {
            return Ok(None);
        };
        let stored = self.stored(message)?;
        let is_here = stored.life.is_in(receipt.queue);
        if stored.life.state != State::Submitted || !is_here {
            return Ok(None);
        }
        let said = Said { ended: Ended::Delivered, cause: None, is_here, is_read: true };
        self.learn(&stored, said, now_ms).map(|()| Some(message))
    }

    /// The message that peers know by a key.
    fn by_key(&self, key: &str) -> Result<Option<MessageId>> {
        let number = key.rsplit_once('-').map_or(key, |(_, number)| number);
        let Ok(id) = number.parse::<MessageId>() else { return Ok(None) };
        let generation: Option<Option<i64>> = self
            .sql
            .prepare_cached("select generation from messages where id = ?1")?
            .query_row([id], |row| row.get(0))
            .optional()?;
        Ok(generation.filter(|generation| super::queue::key(id, *generation) == key).map(|_| id))
    }

    fn settle_part(
        &self,
        message: MessageId,
        queue: &str,
        (number, attempt): (u32, u32),
        state: State,
        cause: Option<&str>,
    ) -> Result<()> {
        self.sql
            .prepare_cached(
                "update parts set state = ?5, cause = ?6 where message_id = ?1 and queue = ?2
                 and number = ?3 and attempt = ?4 and state = 2",
            )?
            .execute(params![message, queue, number, attempt, state, cause])?;
        Ok(())
    }

    /// Keeps a receipt of a part that is not known, the latest of each.
    fn keep(&self, receipt: Receipt<'_>, now_ms: i64) -> Result<()> {
        let Receipt { queue, remote, state, cause, recipient, reference, .. } = receipt;
        let Receipt { key, text, submitted_ms, .. } = receipt;
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
                "insert into early (queue, remote, recipient, reference, state, cause, at, text,
                 submitted_at, key) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            )?
            .execute(params![
                queue,
                remote,
                recipient.map(phone::digits),
                reference,
                state,
                cause,
                now_ms,
                text,
                submitted_ms,
                key,
            ])?;
        Ok(())
    }

    /// Gives a part the receipt that came before it was known; whether there was one.
    pub(super) fn recall(&self, message: MessageId, attempt: u32, part: Part<'_>) -> Result<bool> {
        let queue = part.queue;
        let early: Option<(i64, State, Option<String>)> = self
            .sql
            .prepare_cached("select id, state, cause from early where queue = ?1 and remote = ?2")?
            .query_row(params![queue, part.remote], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })
            .optional()?;
        let Some((id, state, cause)) = early else { return Ok(false) };
        self.sql.prepare_cached("delete from early where id = ?1")?.execute([id])?;
        self.settle_part(message, queue, (part.number, attempt), state, cause.as_deref())?;
        Ok(true)
    }

    /// Ends a message once its parts on a queue say how.
    pub(super) fn conclude(&self, message: MessageId, queue: &str, now_ms: i64) -> Result<()> {
        let stored = self.stored(message)?;
        // Each part by the best of its attempts.
        let mut parts = self.sql.prepare_cached(
            "select total, min(state <> 3), min(state), cause from parts
             where message_id = ?1 and queue = ?2 group by number order by number",
        )?;
        let parts = parts
            .query_map(params![message, queue], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
            })?
            .collect::<rusqlite::Result<Vec<(usize, bool, State, Option<String>)>>>()?;
        let is_here = stored.life.is_in(queue);
        let total = parts.iter().map(|(total, ..)| *total).max();
        let is_whole = total.is_some_and(|total| parts.len() >= total);
        let ended = if is_whole && parts.iter().all(|(_, is_missing, ..)| !is_missing) {
            Some((Ended::Delivered, None))
        } else {
            let lost =
                parts.iter().find(|(_, is_missing, state, _)| *is_missing && state.is_final());
            lost.map(|(_, _, state, cause)| match state {
                State::Expired => (Ended::Expired, cause.clone()),
                _ => (Ended::Failed, cause.clone()),
            })
        };
        let Some((ended, cause)) = ended else { return Ok(()) };
        let cause = cause.map(Cause::Peer);
        let is_read = ended == Ended::Delivered || self.may_be_read(message)?;
        let said = Said { ended, cause: cause.as_ref(), is_here, is_read };
        self.learn(&stored, said, now_ms)
    }

    /// Takes a message the step that its receipts say.
    fn learn(&self, stored: &Stored, said: Said<'_>, now_ms: i64) -> Result<()> {
        let fallbacks = self.fallbacks(stored.life.queue.channel());
        let step = stored.life.receive(said, fallbacks, now_ms).or_else(|| match said.is_read {
            true => stored.life.arrive_in_part(),
            false => stored.life.lose(),
        });
        match step {
            Some(step) => self.step(stored, &step, now_ms),
            None => Ok(()),
        }
    }

    /// Whether somebody may have read a message, by its parts: with one part the whole
    /// text is lost, unless another arrived.
    fn may_be_read(&self, message: MessageId) -> Result<bool> {
        Ok(self
            .sql
            .prepare_cached(
                "select exists (select 1 from parts where message_id = ?1 group by queue
                 having sum(state in (4, 5)) = 0 or sum(state = 3) > 0)",
            )?
            .query_row([message], |row| row.get(0))?)
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
            let stored = self.stored(*message)?;
            let fallbacks = self.fallbacks(stored.life.queue.channel());
            if let Some(step) = stored.life.give_up(fallbacks, now_ms) {
                self.step(&stored, &step, now_ms)?;
            }
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

    /// Parts of a queue that were submitted before `to_ms` and have no receipt,
    /// behind a place, at most so many, the oldest first: what the peer calls each,
    /// as it writes it, and its place. Nothing between two places is left out.
    ///
    /// # Errors
    /// [`ErrorKind::Storage`] if the outbox cannot be read.
    pub fn awaited(
        &self,
        queue: &str,
        behind: AwaitedPlace,
        to_ms: i64,
        count_max: usize,
    ) -> Result<Vec<(String, AwaitedPlace)>> {
        let mut statement = self.sql.prepare_cached(
            "select coalesce(spelling, remote), submitted_at, id, number
             from messages join parts on message_id = id
             where messages.state = 2 and messages.queue = ?1 and submitted_at >= ?2
             and submitted_at < ?3 and parts.queue = ?1 and parts.state = 2
             and (submitted_at, id, number) > (?2, ?4, ?5)
             order by submitted_at, id, number limit ?6",
        )?;
        let AwaitedPlace { submitted_ms, message, number } = behind;
        let rows = statement.query_map(
            params![queue, submitted_ms, to_ms, message, number, count_max as i64],
            |row| {
                let (submitted_ms, message, number) = (row.get(1)?, row.get(2)?, row.get(3)?);
                Ok((row.get(0)?, AwaitedPlace { submitted_ms, message, number }))
            },
        )?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }
}

/// Where a part without a receipt stands, in the order in which peers are asked
/// for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct AwaitedPlace {
    /// When its message was submitted, in milliseconds since 1970.
    pub submitted_ms: i64,
    /// The message.
    pub message: MessageId,
    /// Which part.
    pub number: u32,
}

#[cfg(test)]
mod tests;
