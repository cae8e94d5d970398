//! What became of a transaction, for whoever asks why a customer got nothing.

use rusqlite::OptionalExtension;

use tillbell_transaction::Party;
use tillbell_transaction::case::{CASE_EVENTS_MAX, Event, Excuse, Fate};

use super::messages::{self, Stored};
use super::way::{Way, party};
use super::weighing::excuse;
use super::{MessageId, Outbox, TransactionId};
use crate::{Cause, Result, State};

/// The most transactions of one name that are told of.
const TRAILS_MAX: i64 = 100;

/// One transaction: what was decided, and each message's way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trail {
    /// Its number.
    pub id: TransactionId,
    /// What its source calls it.
    pub name: String,
    /// The bank; none where no bank has the card.
    pub bundle: Option<String>,
    /// The release of its bundle that decided; none where the host did.
    pub release: Option<u64>,
    /// `notified`, `suppressed`, `deferred` or `rejected`.
    pub decision: String,
    /// Why.
    pub reason: String,
    /// The rule that decided.
    pub rule: String,
    /// When it was accepted, in milliseconds since 1970.
    pub accepted_ms: i64,
    /// Whether its own time cannot be right, and its acceptance counts instead.
    pub counts_from_acceptance: bool,
    /// Its messages.
    pub messages: Vec<MessageTrail>,
    /// Its case, in the order of the events, itself among them; empty where it is
    /// not known.
    pub case: Vec<CaseEvent>,
}

/// One event of a case, and who was told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseEvent {
    /// Its transaction.
    pub id: TransactionId,
    /// What its source calls it.
    pub name: String,
    /// What happened.
    pub kind: &'static str,
    /// What left the account by it, in minor units; negative for what came in.
    pub moved: i64,
    /// What it added to a hold, in minor units.
    pub held: i64,
    /// The currency of both; none for one that version 1 kept, whose amount is not
    /// known.
    pub currency: Option<&'static str>,
    /// What became of it, by party and channel.
    pub ways: Vec<WayTrail>,
}

impl CaseEvent {
    /// The other event whose message tells this one on a way, if one does.
    pub fn teller(&self, way: &WayTrail) -> Option<TransactionId> {
        match way.fate {
            Fate::Netted(into) if into != self.id => Some(into),
            _ => None,
        }
    }
}

/// What became of an event on one way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WayTrail {
    /// Whom it is for.
    pub party: Party,
    /// By which channel.
    pub channel: String,
    /// What became of it; netted into itself where no message tells it.
    pub fate: Fate,
}

/// One message, without its text and recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageTrail {
    /// Its number.
    pub id: MessageId,
    /// Whom it is for.
    pub party: Party,
    /// The release of the bundle that wrote it; none where the host did.
    pub release: Option<u64>,
    /// By which channel.
    pub channel: String,
    /// The template it was made with.
    pub template: String,
    /// How many segments it takes.
    pub segments: usize,
    /// Attempts that were begun.
    pub attempts: u32,
    /// The message that it corrects.
    pub corrects: Option<MessageId>,
    /// Every state it was in, the last being the one it is in.
    pub changes: Vec<Change>,
}

/// A message came into a state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// Which.
    pub state: State,
    /// Why.
    pub cause: Option<Cause>,
}

impl Outbox {
    /// What became of the transactions of this name, the latest first; at most
    /// 100, since terminals use a name again.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Storage`] if the outbox cannot be read.
    pub fn trails(&self, name: &str) -> Result<Vec<Trail>> {
        let mut statement = self.connection.prepare_cached(&format!(
            "select id, name, bundle, decision, reason, rule, accepted_at, release, fact
             from transactions
             where name = ?1 order by id desc limit {TRAILS_MAX}"
        ))?;
        let rows = statement.query_map([name], |row| {
            let fact: Option<Vec<u8>> = row.get(8)?;
            let event = fact.and_then(|fact| Event::read(0, &fact));
            Ok(Trail {
                id: row.get(0)?,
                name: row.get(1)?,
                bundle: row.get(2)?,
                decision: row.get(3)?,
                reason: row.get(4)?,
                rule: row.get(5)?,
                accepted_ms: row.get(6)?,
                counts_from_acceptance: event.is_some_and(|event| event.is_time_accepted),
                release: row.get::<_, Option<i64>>(7)?.map(i64::cast_unsigned),
                messages: Vec::new(),
                case: Vec::new(),
            })
        })?;
        let mut trails = rows.collect::<rusqlite::Result<Vec<_>>>()?;
        for trail in &mut trails {
            trail.messages = self.messages(trail.id)?;
            trail.case = self.case(trail.id)?;
        }
        Ok(trails)
    }

    fn case(&self, transaction: TransactionId) -> Result<Vec<CaseEvent>> {
        let mut statement = self.connection.prepare_cached(&format!(
            "select id, name, fact, reason, rule from transactions
             where coalesce(case_id, id) =
                   (select coalesce(case_id, id) from transactions where id = ?1)
             and (id = (select coalesce(case_id, id) from transactions where id = ?1)
                  or case_id = (select coalesce(case_id, id) from transactions where id = ?1))
             and fact is not null order by id limit {CASE_EVENTS_MAX}"
        ))?;
        let rows = statement.query_map([transaction], |row| {
            let id = row.get(0)?;
            let event = Event::read(id, &row.get::<_, Vec<u8>>(2)?);
            Ok((id, row.get(1)?, event, row.get(3)?, row.get(4)?))
        })?;
        type Row = (TransactionId, String, Option<Event>, String, String);
        let mut case = Vec::new();
        for (id, name, event, reason, rule) in rows.collect::<rusqlite::Result<Vec<Row>>>()? {
            let Some(event) = event else { continue };
            case.push(CaseEvent {
                id,
                name,
                kind: event.kind.as_str(),
                moved: event.moved,
                held: event.held,
                currency: event.amount.map(|amount| amount.currency()),
                ways: self.ways(id, excuse(&rule, &reason))?,
            });
        }
        Ok(case)
    }

    /// What became of an event, on each way that anything of it went; its excuse for
    /// a party that nothing went to.
    fn ways(&self, event: TransactionId, excuse: Excuse) -> Result<Vec<WayTrail>> {
        let mut ways = Vec::new();
        let mut messages = self.connection.prepare_cached(&format!(
            "select {} from messages where transaction_id = ?1 order by party, channel, id",
            messages::COLUMNS
        ))?;
        for stored in messages.query_map([event], Stored::read)? {
            let stored = stored?;
            let Way { party, channel } = stored.way();
            ways.push(WayTrail { party, channel: channel.into(), fate: stored.fate() });
        }
        let mut netted = self.connection.prepare_cached(
            "select party, channel, netted from nettings where transaction_id = ?1 order by 1, 2",
        )?;
        let rows = netted.query_map([event], |row| {
            let fate = Fate::Netted(row.get(2)?);
            Ok(WayTrail { party: party(row, 0)?, channel: row.get(1)?, fate })
        })?;
        for way in rows {
            ways.push(way?);
        }
        for party in Party::ALL.iter().copied() {
            if ways.iter().all(|way| way.party != party) {
                ways.push(WayTrail { party, channel: String::new(), fate: Fate::Excused(excuse) });
            }
        }
        Ok(ways)
    }

    /// What became of one message.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Storage`] if the outbox cannot be read.
    pub fn message(&self, id: MessageId) -> Result<Option<MessageTrail>> {
        let transaction: Option<TransactionId> = self
            .connection
            .prepare_cached("select transaction_id from messages where id = ?1")?
            .query_row([id], |row| row.get(0))
            .optional()?;
        let Some(transaction) = transaction else { return Ok(None) };
        Ok(self.messages(transaction)?.into_iter().find(|message| message.id == id))
    }

    /// What became of the messages of one transaction.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Storage`] if the outbox cannot be read.
    pub fn messages(&self, transaction: TransactionId) -> Result<Vec<MessageTrail>> {
        let mut statement = self.connection.prepare_cached(
            "select messages.id, party, channel, template, segments, attempts, corrects, release
             from messages join transactions on transactions.id = transaction_id
             where transaction_id = ?1 order by messages.id",
        )?;
        let rows = statement.query_map([transaction], |row| {
            Ok(MessageTrail {
                id: row.get(0)?,
                party: party(row, 1)?,
                channel: row.get(2)?,
                template: row.get(3)?,
                segments: row.get::<_, i64>(4)? as usize,
                attempts: row.get(5)?,
                corrects: row.get(6)?,
                release: row.get::<_, Option<i64>>(7)?.map(i64::cast_unsigned),
                changes: Vec::new(),
            })
        })?;
        let mut messages = rows.collect::<rusqlite::Result<Vec<_>>>()?;
        let mut changes = self.connection.prepare_cached(
            "select at, state, cause from changes where message_id = ?1 order by number",
        )?;
        for message in &mut messages {
            let rows = changes.query_map([message.id], |row| {
                Ok(Change { at_ms: row.get(0)?, state: row.get(1)?, cause: row.get(2)? })
            })?;
            message.changes = rows.collect::<rusqlite::Result<_>>()?;
        }
        Ok(messages)
    }
}
