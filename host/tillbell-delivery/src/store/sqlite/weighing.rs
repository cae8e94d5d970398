//! What a case's messages tell on one way: which of them must not leave, in which
//! order the others do, and why somebody is not told.

use rusqlite::{OptionalExtension, Row, params};
use tillbell::{Ground, HostGround, Message};
use tillbell_transaction::Party;
use tillbell_transaction::case::{self, Event, EventNumber, Excuse, Fate, Held, Nothing, Verdict};

use super::messages::Stored;
use super::{Batch, TransactionId};
use crate::Result;
use crate::life::{Cause, MessageId, State};

/// A party and a routed channel, fallbacks included: what is told there adds up by
/// itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Way<'a> {
    pub(super) party: Party,
    pub(super) channel: &'a str,
}

impl<'a> Way<'a> {
    pub(super) fn of(message: &'a Message) -> Self {
        Self { party: message.party, channel: &message.channel }
    }
}

/// A party's name in a column.
pub(super) fn party(row: &Row<'_>, column: usize) -> rusqlite::Result<Party> {
    let name: String = row.get(column)?;
    let kind = rusqlite::types::Type::Text;
    Party::parse(&name)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(column, kind, error.into()))
}

impl Batch<'_> {
    /// The last message of an event's case that has not left, on a way.
    pub(super) fn last_waiting(
        &self,
        event: EventNumber,
        way: Way<'_>,
    ) -> Result<Option<MessageId>> {
        Ok(self
            .sql
            .prepare_cached(
                "select messages.id from messages join transactions on transactions.id = transaction_id
                 where (transactions.id = ?4 or case_id = ?4) and transaction_id <> ?1
                 and party = ?2 and channel = ?3 and state < 2
                 and not exists (select 1 from messages as next
                     where next.after = messages.id and next.state < 2)
                 order by messages.id desc limit 1",
            )?
            .query_row(params![
                event,
                way.party.as_str(),
                way.channel,
                self.case_of(event)?
            ], |row| row.get(0))
            .optional()?)
    }

    /// The message of an event's root that was told on a way.
    pub(super) fn told(&self, event: &Event, way: Way<'_>) -> Result<Option<MessageId>> {
        if event.root == event.number {
            return Ok(None);
        }
        for part in self.of_root(event.root)? {
            let stored = self.stored_on(part.number, way)?;
            let told = stored.iter().find(|stored| {
                matches!(stored.fate(), Fate::Told | Fate::Attempted | Fate::Doubtful)
            });
            if let Some(told) = told {
                return Ok(Some(told.id));
            }
        }
        Ok(None)
    }

    /// Puts the messages of orphans that wait behind those of their original.
    pub(super) fn order_orphans(&self, orphans: &[Event]) -> Result<()> {
        for orphan in orphans {
            for message in self.messages_of(orphan.number)? {
                let stored = self.stored(message)?;
                if stored.fate() == Fate::Waiting {
                    self.line_up(orphan.number, stored.way())?;
                }
            }
        }
        Ok(())
    }

    /// Decides what of an event's root does not leave on a way, as its case is
    /// now.
    pub(super) fn weigh(&self, event: EventNumber, way: Way<'_>, now_ms: i64) -> Result<()> {
        let fact: Option<Vec<u8>> = self
            .sql
            .prepare_cached("select fact from transactions where id = ?1")?
            .query_row([event], |row| row.get(0))
            .optional()?
            .flatten();
        let Some(own) = fact.and_then(|fact| Event::read(event, &fact)) else { return Ok(()) };
        let events = self.of_root(own.root)?;
        if events.len() < 2 {
            return Ok(());
        }
        let mut messages: Vec<Vec<Stored>> = Vec::with_capacity(events.len());
        let mut fates = Vec::with_capacity(events.len());
        for part in &events {
            let stored = self.stored_on(part.number, way)?;
            fates.push(match stored.last() {
                Some(last) => last.fate(),
                None => match self.netted(part.number, way)? {
                    // A counter's message tells it, whatever becomes of this case.
                    Some(into) if events.iter().all(|event| event.number != into) => {
                        self.fate_by(into, way)?
                    }
                    Some(into) => Fate::Netted(into),
                    None => Fate::Excused(self.excuse(part.number)?),
                },
            });
            messages.push(stored);
        }
        let held: Vec<_> =
            events.iter().zip(&fates).map(|(event, fate)| Held { event, fate: *fate }).collect();
        for verdict in case::weigh(&held) {
            let (Verdict::Net { event, .. } | Verdict::Excuse { event, .. }) = verdict;
            let Some(at) = events.iter().position(|part| part.number == event) else { continue };
            self.carry_out(verdict, &messages[at], way, now_ms)?;
        }
        // What is to be sent once more since nothing was heard of it, and was
        // reversed since.
        for message in messages.iter().flatten() {
            let stored = self.stored(message.id)?;
            if let Some(step) = stored.life.leave_in_doubt()
                && self.is_reversed(stored.transaction)?
            {
                self.step(&stored, &step, now_ms)?;
            }
        }
        Ok(())
    }

    /// Puts what waits of an event's case on a way into the order of the events: each
    /// behind the one before it, and none less urgent than what waits behind it. One
    /// whose attempt is open is in its place if it comes back.
    pub(super) fn line_up(&self, event: EventNumber, way: Way<'_>) -> Result<()> {
        let Some(case) = self.case_of(event)? else { return Ok(()) };
        let events = self.events_of(case)?;
        // An orphan was there before its original, and comes after it.
        let place = |number: EventNumber| {
            let known = events.iter().find(|entry| entry.event.number == number);
            let root = known.map_or(number, |entry| entry.event.root);
            (number.max(root), number < root, number)
        };
        let mut line: Vec<(MessageId, EventNumber, u8, Option<MessageId>)> = self
            .sql
            .prepare_cached(
                "select messages.id, transaction_id, priority, after from messages
                 join transactions on transactions.id = transaction_id
                 where (transactions.id = ?3 or case_id = ?3)
                 and party = ?1 and channel = ?2 and state < 2",
            )?
            .query_map(params![way.party.as_str(), way.channel, case], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
            })?
            .collect::<rusqlite::Result<_>>()?;
        line.sort_by_key(|(message, event, ..)| (place(*event), *message));
        let mut urgency = 0;
        for at in (0..line.len()).rev() {
            let (message, _, priority, known) = line[at];
            urgency = urgency.max(priority);
            if priority < urgency {
                self.raise(message, urgency)?;
            }
            let before = at.checked_sub(1).map(|before| line[before].0);
            if known != before {
                self.set_after(message, before)?;
            }
        }
        Ok(())
    }

    fn carry_out(
        &self,
        verdict: Verdict,
        messages: &[Stored],
        way: Way<'_>,
        now_ms: i64,
    ) -> Result<()> {
        if let Verdict::Net { event, into } = verdict
            && messages.is_empty()
        {
            self.sql
                .prepare_cached(
                    "insert into nettings (transaction_id, party, channel, netted)
                     values (?1, ?2, ?3, ?4) on conflict do update set netted = excluded.netted",
                )?
                .execute(params![event, way.party.as_str(), way.channel, into])?;
            return Ok(());
        }
        for message in messages {
            // A step of one before it may have changed it.
            let stored = self.stored(message.id)?;
            let step = match verdict {
                Verdict::Net { event, into } => {
                    self.set_netted(stored.id, into)?;
                    let cause = if event == into { Cause::Reversed } else { Cause::ToldByAnother };
                    stored.life.cancel(&cause)
                }
                Verdict::Excuse { excuse, .. } => stored.life.withhold(excuse),
            };
            if let Some(step) = step {
                self.step(&stored, &step, now_ms)?;
            }
        }
        Ok(())
    }

    /// The fate of what a message of another case tells.
    fn fate_by(&self, event: EventNumber, way: Way<'_>) -> Result<Fate> {
        let stored = self.stored_on(event, way)?;
        Ok(match stored.last().map(Stored::fate) {
            Some(Fate::Excused(excuse)) => Fate::Excused(excuse),
            _ => Fate::Told,
        })
    }

    fn netted(&self, event: EventNumber, way: Way<'_>) -> Result<Option<EventNumber>> {
        Ok(self
            .sql
            .prepare_cached(
                "select netted from nettings
                 where transaction_id = ?1 and party = ?2 and channel = ?3",
            )?
            .query_row(params![event, way.party.as_str(), way.channel], |row| row.get(0))
            .optional()?)
    }

    /// Why an event has no message where its bank named none.
    fn excuse(&self, event: EventNumber) -> Result<Excuse> {
        let (rule, reason): (String, String) = self
            .sql
            .prepare_cached("select rule, reason from transactions where id = ?1")?
            .query_row([event], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(excuse(&rule, &reason))
    }

    /// Says of a transaction of which no message goes out that nobody is told.
    pub(super) fn say_if_untold(&self, id: TransactionId) -> Result<()> {
        let mut statement = self
            .sql
            .prepare_cached("select state, cause from messages where transaction_id = ?1")?;
        let rows = statement.query_map([id], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let messages = rows.collect::<rusqlite::Result<Vec<(State, Option<Cause>)>>>()?;
        let goes_out = |state: &State| !matches!(state, State::Cancelled | State::Suppressed);
        let is_netted = |state: &State| *state == State::Cancelled;
        let is_withheld = |cause: &Option<Cause>| matches!(cause, Some(Cause::Excused(_)));
        if messages.iter().any(|(state, _)| goes_out(state)) {
            return Ok(());
        }
        if messages.iter().any(|(state, _)| is_netted(state)) {
            return self.overrule(id, HostGround::Nothing(Nothing::AlreadyReversed));
        }
        match messages.iter().any(|(_, cause)| is_withheld(cause)) {
            true => self.overrule(id, HostGround::OriginalNotTold),
            false => Ok(()),
        }
    }
}

/// Why an event without a message is not told, by what was stored of its decision.
pub(super) fn excuse(rule: &str, reason: &str) -> Excuse {
    Ground::read(rule, reason).map_or(Excuse::NotNamed, |ground| ground.excuse())
}
