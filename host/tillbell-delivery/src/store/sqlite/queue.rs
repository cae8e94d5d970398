//! Messages on their way to a channel's peer, and what the channel reports of
//! each attempt.

use std::fmt;

use rusqlite::{OptionalExtension, Row, params};

use super::messages::{self, Stored};
use super::{Batch, MessageId, Receipt};
use crate::life::{Cause, Transition};
use crate::{Result, State};

/// A message that its channel may send now.
#[derive(Clone, PartialEq, Eq)]
pub struct Due {
    /// Its number.
    pub id: MessageId,
    /// The attempt that this is, from 1: reports carry it.
    pub attempt: u32,
    /// The bank.
    pub bundle: String,
    /// The bundle's release that decided; none where the host did.
    pub release: Option<u64>,
    /// Where it goes.
    pub recipient: String,
    /// The text.
    pub text: String,
    /// How many segments it takes.
    pub segments: usize,
    /// 0 is bulk, 100 is urgent.
    pub priority: u8,
    /// Attempts on this queue that were refused for now.
    pub refusals: u32,
    /// Since when it could have been sent, in milliseconds since 1970.
    pub since_ms: i64,
    /// Worthless from here on, in milliseconds since 1970.
    pub expires_ms: Option<i64>,
    /// What makes a second request of it recognisable to a peer, for ever: unlike
    /// its number it is no other outbox's.
    pub key: String,
    /// Its reference at an SMSC; the lowest 8 bits stand in the headers of its
    /// parts.
    pub reference: u16,
}

/// Shows neither the text nor the recipient.
impl fmt::Debug for Due {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Due")
            .field("id", &self.id)
            .field("attempt", &self.attempt)
            .field("bundle", &self.bundle)
            .field("segments", &self.segments)
            .finish_non_exhaustive()
    }
}

/// One part of a message that the peer took over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part<'a> {
    /// The queue whose peer that is.
    pub queue: &'a str,
    /// Which, from 1.
    pub number: u32,
    /// Of how many.
    pub of: u32,
    /// What the peer calls it.
    pub remote: &'a str,
}

/// Behind those of a stored message.
const COLUMNS: &str = "bundle, recipient, text, segments, priority, max(accepted_at, due_at), \
                       generation, reference, \
                       (select release from transactions where transactions.id = transaction_id)";

impl Due {
    /// Reads what stands behind a stored message; with its reference, if it has one.
    fn read(stored: &Stored, row: &Row<'_>) -> rusqlite::Result<(Self, Option<u16>)> {
        let at = |column: usize| messages::COLUMNS_LEN + column;
        let (id, life) = (stored.id, &stored.life);
        let reference = row.get::<_, Option<i64>>(at(7))?.map(|number| number as u16);
        let due = Self {
            id,
            attempt: life.attempt,
            bundle: row.get(at(0))?,
            release: row.get::<_, Option<i64>>(at(8))?.map(i64::cast_unsigned),
            recipient: row.get(at(1))?,
            text: row.get(at(2))?,
            segments: row.get::<_, i64>(at(3))? as usize,
            priority: row.get(at(4))?,
            refusals: life.refusals,
            since_ms: row.get(at(5))?,
            expires_ms: life.expires_ms,
            key: key(id, row.get(at(6))?),
            reference: reference.unwrap_or(id as u16),
        };
        Ok((due, reference))
    }
}

/// A message's key at peers.
pub(super) fn key(id: MessageId, generation: Option<i64>) -> String {
    match generation {
        Some(generation) => format!("{generation:016x}-{id}"),
        // Version 1 gave it this key.
        None => id.to_string(),
    }
}

/// References that are set aside at a time, halved: a start begins behind them.
const REFERENCES_HALF: u16 = 128;

impl Batch<'_> {
    /// Queues deferred messages whose time has come, at most so many, and ends
    /// those whose time is over. Gives how many were queued.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Storage`] if the outbox cannot be written.
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
            let stored = self.stored(message)?;
            if let Some(step) = stored.life.expire() {
                self.step(&stored, &step, now_ms)?;
            }
        }
        let due = of("select id from messages where state = 0 and due_at <= ?1
             order by due_at, id limit ?2")?;
        for message in &due {
            let stored = self.stored(*message)?;
            if let Some(step) = stored.life.fall_due() {
                self.step(&stored, &step, now_ms)?;
            }
        }
        Ok(due.len())
    }

    /// Claims the messages that a queue's peer is to get now, at most so many: the
    /// most urgent first, and of these the one that waits longest. Each has a new
    /// attempt. To be committed before anything of it is sent: after a power cut it
    /// is known that the peer may have the message.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Storage`] if the outbox cannot be written.
    pub fn claim(&self, queue: &str, count_max: usize, now_ms: i64) -> Result<Vec<Due>> {
        let sql = format!(
            "select {}, {COLUMNS} from messages
             where state = 1 and queue = ?1 and asked_at is null and after is null
             order by priority desc, due_at, id",
            messages::COLUMNS
        );
        // With another limit SQLite would prepare the statement anew.
        let mut statement = self.sql.prepare_cached(&sql)?;
        let rows = statement.query_map([queue], |row| {
            let stored = Stored::read(row)?;
            let (due, reference) = Due::read(&stored, row)?;
            Ok((stored, due, reference))
        })?;
        let found = rows.take(count_max).collect::<rusqlite::Result<Vec<_>>>()?;
        drop(statement);
        let mut claimed = Vec::with_capacity(found.len());
        for (stored, mut due, reference) in found {
            let life = &stored.life;
            // An answer that came late said that the peer has it all.
            let is_whole = life.may_have_left() && self.is_whole(due.id)?;
            if let Some(step) = life.take(life.attempt, true, now_ms).filter(|_| is_whole) {
                self.step(&stored, &step, now_ms)?;
                self.conclude(due.id, queue, now_ms)?;
                continue;
            }
            let Some(step) = life.claim(now_ms) else { continue };
            due.attempt = step.next().attempt;
            due.reference = match reference {
                Some(reference) => reference,
                None => self.draw_reference(due.id)?,
            };
            self.begin_attempt(due.id, &step, due.reference)?;
            claimed.push(due);
        }
        Ok(claimed)
    }

    /// The reference for a message that was used least recently and is no other's that
    /// is being sent.
    fn draw_reference(&self, message: MessageId) -> Result<u16> {
        let last = self.standing.borrow().last_reference;
        let mut next = match last {
            Some(last) => last.wrapping_add(1),
            None => self.first_reference(message)?,
        };
        // Texts of one part have no header.
        let mut used = self.sql.prepare_cached(
            "select exists (select 1 from messages where asked_at is not null
                 and reference & 255 = ?2 & 255 and id <> ?1 and (reference = ?2 or segments > 1))
             or exists (select 1 from messages where has_left = 1 and state < 2
                 and reference & 255 = ?2 & 255 and id <> ?1 and (reference = ?2 or segments > 1))",
        )?;
        for _ in 0..=u8::MAX {
            if !used.query_row(params![message, next], |row| row.get::<_, bool>(0))? {
                break;
            }
            next = next.wrapping_add(1);
        }
        self.standing.borrow_mut().last_reference = Some(next);
        // Written half a block early, so that one commit may fail.
        if last.is_none_or(|last| last / REFERENCES_HALF != next / REFERENCES_HALF) {
            self.sql
                .prepare_cached(
                    "insert into facts (name, value) values ('reference', ?1)
                     on conflict (name) do update set value = excluded.value",
                )?
                .execute([next.wrapping_add(2 * REFERENCES_HALF)])?;
        }
        Ok(next)
    }

    /// The first reference after a start: none that was drawn before, by whatever
    /// message.
    fn first_reference(&self, message: MessageId) -> Result<u16> {
        let kept: Option<i64> = self
            .sql
            .prepare_cached("select value from facts where name = 'reference'")?
            .query_row([], |row| row.get(0))
            .optional()?;
        if let Some(kept) = kept {
            return Ok(kept as u16);
        }
        Ok(self
            .sql
            .prepare_cached(
                "select reference from messages where id > ?1 - 100000
                 and reference is not null order by id desc limit 1",
            )?
            .query_row([message], |row| row.get::<_, i64>(0))
            .map_or(message as u16, |last| (last as u16).wrapping_add(2 * REFERENCES_HALF)))
    }

    /// The peer took over one part of a message, of so many, and calls it this.
    /// With the last part the message is submitted. Gives whether it fits what is
    /// stored; of an earlier attempt only a receipt counts, for which the part is
    /// remembered.
    ///
    /// # Errors
    /// [`crate::ErrorKind::State`] if there is no such message.
    pub fn taken(
        &self,
        message: MessageId,
        attempt: u32,
        part: Part<'_>,
        now_ms: i64,
    ) -> Result<bool> {
        let stored = self.stored(message)?;
        if attempt == 0 || attempt > stored.life.attempt {
            return Ok(false);
        }
        let queue = part.queue;
        self.sql
            .prepare_cached(
                "insert into parts (message_id, queue, number, attempt, total, remote, state)
                 values (?1, ?2, ?3, ?4, ?6, ?5, 2) on conflict do nothing",
            )?
            .execute(params![message, queue, part.number, attempt, part.remote, part.of])?;
        let is_recalled = self.recall(message, attempt, part)?;
        let is_whole = part.of == 1 || self.parts_taken(message)?.len() >= part.of as usize;
        let is_here = stored.life.is_in(queue);
        let step = stored.life.take(attempt, is_whole, now_ms).filter(|_| is_here);
        let Some(step) = step else {
            // A receipt for it may be here already.
            self.conclude(message, queue, now_ms)?;
            return Ok(false);
        };
        self.step(&stored, &step, now_ms)?;
        if is_whole && (is_recalled || part.of > 1) {
            // Receipts may overtake the answer.
            self.conclude(message, queue, now_ms)?;
        }
        Ok(true)
    }

    /// Notes how the peer writes what it calls a part, where that is not the
    /// form that receipts are matched by.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Storage`] if the outbox cannot be written.
    pub fn spell(
        &self,
        message: MessageId,
        attempt: u32,
        number: u32,
        spelling: &str,
    ) -> Result<()> {
        self.sql
            .prepare_cached(
                "update parts set spelling = ?4
                 where message_id = ?1 and number = ?2 and attempt = ?3",
            )?
            .execute(params![message, number, attempt, spelling])?;
        Ok(())
    }

    /// The numbers of the parts that the peer of a message's queue took over: they
    /// are not sent again.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Storage`] if the outbox cannot be read.
    pub fn parts_taken(&self, message: MessageId) -> Result<Vec<u32>> {
        let mut statement = self.sql.prepare_cached(
            "select distinct number from parts join messages on id = message_id
             where id = ?1 and parts.queue = messages.queue order by 1",
        )?;
        let rows = statement.query_map([message], |row| row.get(0))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// Whether the peer of a message's queue took all of it over.
    fn is_whole(&self, message: MessageId) -> Result<bool> {
        let total: Option<i64> = self
            .sql
            .prepare_cached(
                "select max(total) from parts join messages on id = message_id
                 where id = ?1 and parts.queue = messages.queue",
            )?
            .query_row([message], |row| row.get(0))?;
        Ok(match total {
            Some(total) => self.parts_taken(message)?.len() as i64 >= total,
            None => false,
        })
    }

    /// The peer has not got a message and says why; it is tried again at this time,
    /// or never. Gives whether it fits what is stored.
    ///
    /// # Errors
    /// [`crate::ErrorKind::State`] if there is no such message.
    pub fn refused(
        &self,
        message: MessageId,
        attempt: u32,
        cause: &str,
        retry_ms: Option<i64>,
        now_ms: i64,
    ) -> Result<bool> {
        let stored = self.stored(message)?;
        let fallbacks = self.fallbacks(stored.life.queue.channel());
        let cause = Cause::Peer(cause.into());
        let step = stored.life.refuse(attempt, &cause, retry_ms, fallbacks, now_ms);
        self.give_back(&stored, step, now_ms)
    }

    /// An attempt is over and the message waits again, unless receipts say meanwhile
    /// that a part of it is lost.
    pub(super) fn give_back(
        &self,
        stored: &Stored,
        step: Option<Transition>,
        now_ms: i64,
    ) -> Result<bool> {
        let Some(step) = step else { return Ok(false) };
        self.step(stored, &step, now_ms)?;
        if step.next().may_have_left() {
            self.conclude(stored.id, &step.next().queue.to_string(), now_ms)?;
        }
        Ok(true)
    }

    /// Attempts of a queue that began before this time and have no answer, the
    /// oldest first; at most so many. Whether the peer has them must be found out
    /// before they are sent again.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Storage`] if the outbox cannot be read.
    pub fn unanswered(&self, queue: &str, before_ms: i64, count_max: usize) -> Result<Vec<Due>> {
        let sql = format!(
            "select {}, {COLUMNS} from messages where asked_at is not null and queue = ?1
             and asked_at < ?2 order by asked_at, id limit ?3",
            messages::COLUMNS
        );
        let mut statement = self.sql.prepare_cached(&sql)?;
        let rows = statement.query_map(params![queue, before_ms, count_max as i64], |row| {
            Ok(Due::read(&Stored::read(row)?, row)?.0)
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// Nothing of an attempt was sent: the message waits again, in its place. Parts
    /// that were taken over before are not sent again. Gives whether it fits what is
    /// stored.
    ///
    /// # Errors
    /// [`crate::ErrorKind::State`] if there is no such message.
    pub fn released(&self, message: MessageId, attempt: u32, now_ms: i64) -> Result<bool> {
        let stored = self.stored(message)?;
        self.give_back(&stored, stored.life.release(attempt), now_ms)
    }

    /// An attempt found that its message's time is over; nothing of it was sent.
    /// Gives whether it fits what is stored.
    ///
    /// # Errors
    /// [`crate::ErrorKind::State`] if there is no such message.
    pub fn expired(&self, message: MessageId, attempt: u32, now_ms: i64) -> Result<bool> {
        let stored = self.stored(message)?;
        match stored.life.expire_attempt(attempt) {
            Some(step) => self.step(&stored, &step, now_ms).map(|()| true),
            None => Ok(false),
        }
    }

    /// An attempt that was interrupted had not left: it is made again.
    ///
    /// # Errors
    /// [`crate::ErrorKind::State`] if there is no such message.
    pub fn interrupted(&self, message: MessageId, now_ms: i64) -> Result<()> {
        let stored = self.stored(message)?;
        match stored.life.interrupt(now_ms) {
            Some(step) => self.step(&stored, &step, now_ms),
            None => Ok(()),
        }
    }

    /// A message went where nothing more can be heard of it: it arrived by an attempt,
    /// under this name. Gives whether it fits what is stored.
    ///
    /// # Errors
    /// [`crate::ErrorKind::State`] if there is no such message.
    pub fn arrived(
        &self,
        queue: &str,
        message: MessageId,
        attempt: u32,
        remote: &str,
        now_ms: i64,
    ) -> Result<bool> {
        let part = Part { queue, number: 1, of: 1, remote };
        let fits = self.taken(message, attempt, part, now_ms)?;
        let receipt = Receipt { remote, ..Receipt::new(queue, State::Delivered) };
        self.receipt(receipt, now_ms).map(|_| fits)
    }

    /// The last attempt of a message that a start found unanswered had arrived.
    ///
    /// # Errors
    /// [`crate::ErrorKind::State`] if there is no such message.
    pub fn had_arrived(&self, queue: &str, message: MessageId, now_ms: i64) -> Result<()> {
        let attempt = self.stored(message)?.life.attempt;
        self.arrived(queue, message, attempt, &message.to_string(), now_ms).map(drop)
    }

    /// How many fallbacks a channel has.
    pub(super) fn fallbacks(&self, channel: &str) -> u8 {
        self.standing.borrow().fallbacks.get(channel).copied().unwrap_or(0)
    }
}
