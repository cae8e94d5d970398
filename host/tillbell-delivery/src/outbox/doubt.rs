//! Attempts of which it is not known whether the peer has them: the answer did
//! not come.

use rusqlite::params;

use super::{Batch, MessageId, Part};
use crate::{Result, State, phone};

/// Attempts of which nothing was heard: after so many a message is given up.
const UNHEARD_ATTEMPTS_MAX: u32 = 2;

impl Batch<'_> {
    /// Notes that it is not known whether the peer has a message: the answer did
    /// not come.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Storage`] if the outbox cannot be written.
    pub fn doubt(&self, message: MessageId, now_ms: i64) -> Result<()> {
        self.sql
            .prepare_cached(
                "update messages set unsure_at = ?2 where id = ?1 and asked_at is not null",
            )?
            .execute(params![message, now_ms])?;
        Ok(())
    }

    /// The same of every attempt of a queue, when a session with its peer begins:
    /// receipts can come from now on. Gives how many.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Storage`] if the outbox cannot be written.
    pub fn doubt_all(&self, queue: &str, now_ms: i64) -> Result<usize> {
        Ok(self
            .sql
            .prepare_cached(
                "update messages set unsure_at = ?2 where queue = ?1 and asked_at is not null",
            )?
            .execute(params![queue, now_ms])?)
    }

    /// Ends the doubt about messages that are in it since before this time, at
    /// most so many; gives how many.
    ///
    /// A receipt that can only be theirs says that the peer has them: it has our
    /// reference and the recipient, or the recipient and no other message to it
    /// is in doubt. Without one a message is sent again, once, and then given
    /// up.
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
        let unsure: Vec<(MessageId, String, u32, u32, i64)> = self
            .sql
            .prepare_cached(
                "select id, recipient, segments, attempts, asked_at from messages
                 where asked_at is not null and queue = ?1 and unsure_at < ?2
                 order by asked_at, id limit ?3",
            )?
            .query_map(params![queue, before_ms, count_max as i64], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
            })?
            .collect::<rusqlite::Result<_>>()?;
        // All are looked at before one is settled, and no longer a rival.
        let claims = unsure
            .iter()
            .map(|(message, recipient, _, _, asked_ms)| {
                self.claims(queue, *message, recipient, *asked_ms)
            })
            .collect::<Result<Vec<_>>>()?;
        for ((message, _, segments, attempts, _), claims) in unsure.iter().zip(claims) {
            for remote in claims {
                let taken = self.parts_taken(*message)?;
                let Some(number) = (1..=*segments).find(|number| !taken.contains(number)) else {
                    break;
                };
                let part = Part { number, of: *segments, remote: &remote };
                self.taken(*message, part, now_ms)?;
            }
            if !self.is_asked(*message)? {
                continue;
            }
            match *attempts < UNHEARD_ATTEMPTS_MAX {
                true => self.refused(*message, "no-answer", Some(now_ms), now_ms)?,
                false => self.fail(*message, State::Failed, Some("no-answer"), now_ms)?,
            }
        }
        Ok(unsure.len())
    }

    /// What the peer calls parts that can only be this message's.
    fn claims(
        &self,
        queue: &str,
        message: MessageId,
        recipient: &str,
        asked_ms: i64,
    ) -> Result<Vec<String>> {
        let phone = phone::digits(recipient);
        let early: Vec<(String, Option<u16>, String)> = self
            .sql
            .prepare_cached(
                "select remote, reference, recipient from early
                 where queue = ?1 and substr(recipient, -8) = ?2 and at >= ?3 order by id limit 16",
            )?
            .query_map(params![queue, phone::tail(&phone), asked_ms], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })?
            .collect::<rusqlite::Result<_>>()?;
        if early.is_empty() {
            return Ok(Vec::new());
        }
        let reference = message as u16;
        let mut rivals = self.sql.prepare_cached(
            "select recipient from messages where queue = ?1 and asked_at is not null
             and id <> ?2 and recipient like ?3",
        )?;
        let rivals: Vec<String> = rivals
            .query_map(params![queue, message, format!("%{}", phone::tail(&phone))], |row| {
                row.get(0)
            })?
            .collect::<rusqlite::Result<_>>()?;
        let is_alone = !rivals.iter().any(|rival| phone::is_same(&phone::digits(rival), &phone));
        let is_its = |known: Option<u16>| known.map_or(is_alone, |known| known == reference);
        Ok(early
            .into_iter()
            .filter(|(_, known, to)| is_its(*known) && phone::is_same(to, &phone))
            .map(|(remote, _, _)| remote)
            .collect())
    }
}
