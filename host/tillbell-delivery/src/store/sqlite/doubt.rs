//! Attempts of which it is not known whether the peer has them: the answer did
//! not come.

use rusqlite::params;
use tillbell_transaction::case::{self, EventNumber};

use super::{Batch, MessageId, Part};
use crate::{Result, phone};

/// Kept receipts that are looked at for one message.
const EARLY_MAX: i64 = 16;
/// How far a receipt's submit date may be from the attempt, in milliseconds: it is
/// written in minutes, on a clock that is not ours.
const SUBMIT_MS_MAX: i64 = 3 * 60_000;
/// Clocks differ by quarters of an hour: zones do.
const ZONE_MS: i64 = 15 * 60_000;
/// And by 26 hours at the most.
const ZONES_MAX: i64 = 26 * 4;
/// The least that a receipt has to repeat of a text, in characters.
const TEXT_MIN: usize = 8;

/// An attempt in doubt.
struct Unsure {
    message: MessageId,
    event: EventNumber,
    recipient: String,
    text: String,
    segments: u32,
    attempt: u32,
    asked_ms: i64,
    reference: Option<u16>,
    key: String,
}

/// A receipt of a part that nobody was heard to take over.
struct Early {
    remote: String,
    reference: Option<u16>,
    key: Option<String>,
    recipient: Option<String>,
    text: Option<String>,
    submitted_ms: Option<i64>,
}

impl Batch<'_> {
    /// It is not known whether the peer has a message: the answer did not come.
    /// Gives whether it fits what is stored.
    ///
    /// # Errors
    /// [`crate::ErrorKind::State`] if there is no such message.
    pub fn doubted(&self, message: MessageId, attempt: u32, now_ms: i64) -> Result<bool> {
        let stored = self.stored(message)?;
        match stored.life.doubt(attempt, now_ms) {
            Some(step) => self.step(&stored, &step, now_ms).map(|()| true),
            None => Ok(false),
        }
    }

    /// The same of every open attempt of a queue, when a session with its peer
    /// begins: receipts can come from now on. Gives how many.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Storage`] if the outbox cannot be written.
    pub fn doubt_all(&self, queue: &str, now_ms: i64) -> Result<usize> {
        let open: Vec<(MessageId, u32)> = self
            .sql
            .prepare_cached(
                "select id, attempts from messages where queue = ?1 and asked_at is not null",
            )?
            .query_map([queue], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<rusqlite::Result<_>>()?;
        for (message, attempt) in &open {
            self.doubted(*message, *attempt, now_ms)?;
        }
        Ok(open.len())
    }

    /// Ends the doubt about messages that are in it since before this time, at
    /// most so many; gives how many.
    ///
    /// A receipt says that the peer has a message if it carries our reference and
    /// the recipient, or if its recipient, text and submit date fit this attempt and
    /// no other message to that number was in the air. Without one a message is sent
    /// again, once, unless its reversal is known by now.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Storage`] if the outbox cannot be written.
    pub fn resolve(
        &self,
        queue: &str,
        before_ms: i64,
        count_max: usize,
        now_ms: i64,
    ) -> Result<usize> {
        let unsure: Vec<Unsure> = self
            .sql
            .prepare_cached(
                "select id, transaction_id, recipient, text, segments, attempts, asked_at,
                 reference, generation from messages
                 where asked_at is not null and queue = ?1 and unsure_at < ?2
                 order by asked_at, id limit ?3",
            )?
            .query_map(params![queue, before_ms, count_max as i64], |row| {
                let message = row.get(0)?;
                Ok(Unsure {
                    message,
                    key: super::queue::key(message, row.get(8)?),
                    event: row.get(1)?,
                    recipient: row.get(2)?,
                    text: row.get(3)?,
                    segments: row.get(4)?,
                    attempt: row.get(5)?,
                    asked_ms: row.get(6)?,
                    reference: row.get::<_, Option<i64>>(7)?.map(|number| number as u16),
                })
            })?
            .collect::<rusqlite::Result<_>>()?;
        // All are looked at before one is settled, and no longer a rival.
        let claims =
            unsure.iter().map(|one| self.claims(queue, one)).collect::<Result<Vec<_>>>()?;
        for (one, claims) in unsure.iter().zip(claims) {
            for (remote, is_whole) in claims {
                // A receipt may have ended it, or given it to a fallback, whose peer
                // has nothing yet.
                let life = self.stored(one.message)?.life;
                if !life.is_open() {
                    break;
                }
                let of = if is_whole { 1 } else { one.segments };
                let taken = self.parts_taken(one.message)?;
                let Some(number) = (1..=of).find(|number| !taken.contains(number)) else {
                    break;
                };
                // A receipt may be of an earlier attempt's copy of a part that is known.
                if life.doubts > 0 && of > 1 {
                    break;
                }
                let part = Part { queue, number, of, remote: &remote };
                self.taken(one.message, one.attempt, part, now_ms)?;
            }
            let stored = self.stored(one.message)?;
            if !stored.life.is_open() {
                continue;
            }
            let may_repeat = !self.is_reversed(one.event)?;
            let copies = self.copies_elsewhere(one.message, queue)?;
            let step = stored.life.unheard(may_repeat, copies, now_ms);
            self.give_back(&stored, step, now_ms)?;
        }
        Ok(unsure.len())
    }

    /// How many peers of other queues took a message over whole, and none of its parts is
    /// known to be lost.
    fn copies_elsewhere(&self, message: MessageId, queue: &str) -> Result<u32> {
        Ok(self
            .sql
            .prepare_cached(
                "select count(*) from (select queue from parts
                 where message_id = ?1 and queue <> ?2 group by queue
                 having count(distinct number) = max(total) and sum(state in (4, 5)) = 0)",
            )?
            .query_row(params![message, queue], |row| row.get(0))?)
    }

    /// Whether an event is a debit of which nothing is left.
    pub(super) fn is_reversed(&self, event: EventNumber) -> Result<bool> {
        let Some(own) = self.event(event)? else { return Ok(false) };
        if own.takes_back() {
            return Ok(false);
        }
        let events = self.of_root(own.root)?;
        let Some(root) = events.first().filter(|root| !own.is_foreign(root)) else {
            return Ok(false);
        };
        Ok(events.len() > 1 && case::is_over(root, &events))
    }

    /// What the peer calls parts that can only be this message's, and whether that
    /// is the whole of it: a peer that is given keys takes a text as one.
    fn claims(&self, queue: &str, one: &Unsure) -> Result<Vec<(String, bool)>> {
        let phone = phone::digits(&one.recipient);
        let early: Vec<Early> = self
            .sql
            .prepare_cached(
                "select remote, reference, recipient, text, submitted_at, key from
                 (select id, remote, reference, recipient, text, submitted_at, key from early
                      where queue = ?1 and at >= ?3 and substr(recipient, -8) = ?2
                  union select id, remote, reference, recipient, text, submitted_at, key from early
                      where key = ?5 and queue = ?1 and at >= ?3)
                 order by id limit ?4",
            )?
            .query_map(
                params![queue, phone::tail(&phone), one.asked_ms, EARLY_MAX, one.key],
                |row| {
                    Ok(Early {
                        remote: row.get(0)?,
                        reference: row.get::<_, Option<i64>>(1)?.map(|number| number as u16),
                        recipient: row.get(2)?,
                        text: row.get(3)?,
                        submitted_ms: row.get(4)?,
                        key: row.get(5)?,
                    })
                },
            )?
            .collect::<rusqlite::Result<_>>()?;
        // A peer whose clock was not read yet is held to write our own time.
        let clock = self.standing.borrow().clocks.get(queue).copied().unwrap_or(0);
        let mut claims = Vec::new();
        for early in early {
            let is_same = |known: &String| phone::is_same(known, &phone);
            let is_same = early.recipient.as_ref().is_some_and(is_same);
            let is_its = match (&early.key, early.reference, one.reference) {
                (Some(key), _, _) => *key == one.key,
                (None, Some(theirs), Some(own)) => is_same && theirs == own,
                _ => is_same && early.fits(one, clock) && self.is_alone(queue, one, &phone)?,
            };
            if is_its {
                claims.push((early.remote, early.key.is_some()));
            }
        }
        Ok(claims)
    }

    /// Whether no other message to a number was in the air when this one was sent.
    fn is_alone(&self, queue: &str, one: &Unsure, phone: &str) -> Result<bool> {
        let mut rivals = self.sql.prepare_cached(
            "select recipient from messages where id <> ?2 and recipient like ?3
             and ((asked_at is not null and queue = ?1)
                  or (state = 2 and queue = ?1 and submitted_at >= ?4))",
        )?;
        let like = format!("%{}", phone::tail(phone));
        let rivals: Vec<String> = rivals
            .query_map(params![queue, one.message, like, one.asked_ms - SUBMIT_MS_MAX], |row| {
                row.get(0)
            })?
            .collect::<rusqlite::Result<_>>()?;
        Ok(!rivals.iter().any(|rival| phone::is_same(&phone::digits(rival), phone)))
    }
}

impl Early {
    /// Whether text and submit date are an attempt's. `clock` is how far the peer's
    /// clock is from ours, in quarters of an hour.
    fn fits(&self, one: &Unsure, clock: i64) -> bool {
        let (Some(text), Some(submitted_ms)) = (&self.text, self.submitted_ms) else {
            return false;
        };
        let said: Vec<char> = text.trim().chars().collect();
        let is_text = said.len() >= TEXT_MIN.min(one.text.chars().count())
            && one.text.chars().take(said.len()).eq(said.iter().copied());
        is_text && quarters(submitted_ms - one.asked_ms) == Some(clock)
    }
}

/// How many quarters of an hour two clocks are apart that show times so far apart for
/// one moment; none where that is no difference of zones.
pub(super) fn quarters(apart_ms: i64) -> Option<i64> {
    let quarters = (apart_ms + ZONE_MS / 2).div_euclid(ZONE_MS);
    let is_near = (apart_ms - quarters * ZONE_MS).abs() <= SUBMIT_MS_MAX;
    (is_near && quarters.abs() <= ZONES_MAX).then_some(quarters)
}
