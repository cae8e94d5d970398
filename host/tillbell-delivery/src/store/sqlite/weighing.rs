//! What a case's messages tell on one way: which of them must not leave, in which
//! order the others do, and why somebody is not told.

use rusqlite::{OptionalExtension, params};
use tillbell::{Ground, HostGround};
use tillbell_transaction::case::{self, Event, EventNumber, Excuse, Fate, Held, Nothing, Verdict};

use super::messages::Stored;
use super::way::Way;
use super::{Batch, TransactionId};
use crate::Result;
use crate::life::{Cause, MessageId, State};

/// A message that waits in its case's line.
#[derive(Debug, Clone, Copy)]
struct Waiting {
    message: MessageId,
    place: Place,
    priority: u8,
    after: Option<MessageId>,
}

/// Where an event stands in its case: an orphan was there before its original, and
/// comes after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place(EventNumber, bool, EventNumber);

impl Place {
    fn of(number: EventNumber, root: EventNumber) -> Self {
        Self(number.max(root), number < root, number)
    }
}

/// What waits of a case on a way, in the order of the events.
pub(super) struct Line(Vec<Waiting>);

impl Line {
    /// Whether a message of an event that comes before this one waits.
    pub(super) fn has_before(&self, event: &Event) -> bool {
        let own = Place::of(event.number, event.root);
        self.0.iter().any(|waiting| waiting.place < own)
    }

    /// The same with a message that is new.
    pub(super) fn with(mut self, event: &Event, message: MessageId, priority: u8) -> Self {
        let place = Place::of(event.number, event.root);
        self.0.push(Waiting { message, place, priority, after: None });
        self.sorted()
    }

    fn sorted(mut self) -> Self {
        self.0.sort_by_key(|waiting| (waiting.place, waiting.message));
        self
    }
}

impl Batch<'_> {
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
        let Some(own) = self.event(event)? else { return Ok(()) };
        let events = self.of_root(own.root)?;
        if events.len() < 2 {
            return Ok(());
        }
        let mut messages: Vec<Vec<Stored>> = Vec::with_capacity(events.len());
        let mut fates = Vec::with_capacity(events.len());
        for part in &events {
            let stored = self.stored_on(part.number, way)?;
            let netted = self.netted(part.number, way)?;
            if netted == Some(part.number) {
                // It came to nothing before its bank decided what to say of it.
                let verdict = Verdict::Net { event: part.number, into: part.number };
                self.carry_out(verdict, &stored, way, now_ms)?;
            }
            fates.push(match stored.last() {
                Some(_) if netted == Some(part.number) => Fate::Netted(part.number),
                Some(last) => last.fate(),
                None => match netted {
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

    /// What waits of an event's case on a way.
    pub(super) fn line(&self, event: EventNumber, way: Way<'_>) -> Result<Line> {
        let Some(case) = self.case_of(event)? else { return Ok(Line(Vec::new())) };
        let events = self.events_of(case)?;
        let root = |number: EventNumber| {
            let known = events.iter().find(|entry| entry.event.number == number);
            known.map_or(number, |entry| entry.event.root)
        };
        let line = self
            .sql
            .prepare_cached(
                "select messages.id, transaction_id, priority, after from messages
                 join transactions on transactions.id = transaction_id
                 where (transactions.id = ?3 or case_id = ?3)
                 and party = ?1 and channel = ?2 and state < 2",
            )?
            .query_map(params![way.party.as_str(), way.channel, case], |row| {
                let number = row.get(1)?;
                Ok(Waiting {
                    message: row.get(0)?,
                    place: Place::of(number, root(number)),
                    priority: row.get(2)?,
                    after: row.get(3)?,
                })
            })?
            .collect::<rusqlite::Result<Vec<_>>>()?;
        Ok(Line(line).sorted())
    }

    /// Puts what waits of an event's case on a way into its line. One whose attempt is
    /// open is in its place if it comes back.
    pub(super) fn line_up(&self, event: EventNumber, way: Way<'_>) -> Result<()> {
        self.link(self.line(event, way)?)
    }

    /// Puts each message of a line behind the one before it, and makes none less urgent
    /// than what waits behind it.
    pub(super) fn link(&self, line: Line) -> Result<()> {
        let Line(line) = line;
        let mut urgency = 0;
        for at in (0..line.len()).rev() {
            let Waiting { message, priority, after, .. } = line[at];
            urgency = urgency.max(priority);
            if priority < urgency {
                self.raise(message, urgency)?;
            }
            let before = at.checked_sub(1).map(|before| line[before].message);
            if after != before {
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
