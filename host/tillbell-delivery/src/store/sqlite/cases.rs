//! Transactions into the outbox: found in their case, heard, stored with their
//! messages; and again when they fall due.

use rusqlite::{OptionalExtension, Row, params};
use tillbell::{Decided, Decision, Due as DueEvent, Heard, Hearing, HostGround, Message, Outcome};
use tillbell_transaction::case::{self, CaseEntry, Event, EventNumber, Fate, Nothing, Relation};
use tillbell_transaction::{Party, Record, Timestamp, Transaction, json};

use super::messages::Draft;
use super::way::{Way, party};
use super::{Batch, TransactionId};
use crate::Result;
use crate::life::{Cause, Life, MessageId};

/// What became of a transaction that was handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accepted {
    /// It is new, and stored under this number.
    New(TransactionId),
    /// It was stored before: a repeat, an advice after the response, a client's
    /// retry.
    Repeat(TransactionId),
}

/// Channels to a bank's own app server: it knows people as the table does.
const APP_CHANNELS: [&str; 2] = ["push", "webhook"];
/// Cases that one transaction's links may lead to.
const CASES_MAX: usize = 8;
const COLUMNS: &str = "id, coalesce(case_id, id), fact, decide_at";

/// A transaction that waits for its decision.
#[derive(Debug)]
struct Undecided {
    id: TransactionId,
    event: Option<Event>,
    deferrals: u8,
    accepted_ms: i64,
    /// Until when it was put off.
    until_ms: i64,
    json: Vec<u8>,
}

/// One message of a transaction that was decided.
#[derive(Clone, Copy)]
struct Told<'a> {
    transaction: &'a Transaction,
    event: &'a Event,
    bundle: &'a str,
    message: &'a Message,
    /// Whether its case has other events.
    is_cased: bool,
    /// When the transaction happened, or until when it was put off.
    happened_ms: i64,
}

impl Batch<'_> {
    /// Takes a transaction in: unless it was seen before, its parties get the
    /// contacts that are known here, it is decided in its case, and stored with its
    /// messages.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Storage`] if the outbox cannot be read or written.
    pub fn take_in(
        &self,
        transaction: &mut Transaction,
        now_ms: i64,
        decide: &mut dyn FnMut(&Self, &Transaction, Timestamp) -> Outcome,
    ) -> Result<Accepted> {
        transaction.accept(now_ms.div_euclid(1_000));
        if let Some(id) = self.seen_by_version_1(transaction)? {
            return Ok(Accepted::Repeat(id));
        }
        let found = self.find(transaction)?;
        self.introduce(transaction)?;
        let hearing = Hearing {
            found: &found,
            settings: self.standing.borrow().cases,
            accepted_seconds: now_ms.div_euclid(1_000),
            now: wall_clock(transaction, now_ms),
            due: None,
        };
        match self.hear(&hearing, transaction, decide)? {
            Heard::Repeat(id) => Ok(Accepted::Repeat(id)),
            Heard::Decided(decided) => {
                self.tape(transaction, hearing.accepted_seconds, false, &decided.outcome);
                let id = self.enter(transaction, *decided, &found, now_ms)?;
                Ok(Accepted::New(id))
            }
        }
    }

    /// Decides what is due by now, at most so many, the longest due first; gives
    /// how many. One whose stored event cannot be read is set aside: nobody is told
    /// of it, and `unreadable` counts it.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Storage`] if the outbox cannot be read or written.
    pub fn decide_due(
        &self,
        count_max: usize,
        now_ms: i64,
        decide: &mut dyn FnMut(&Self, &Transaction, Timestamp) -> Outcome,
        unreadable: &mut dyn FnMut(),
    ) -> Result<usize> {
        let due = self.undecided(count_max, now_ms)?;
        for undecided in &due {
            // One before it may have ended it.
            if !self.is_undecided(undecided.id)? {
                continue;
            }
            let Ok(Record::Transaction(mut transaction)) = json::read(&undecided.json) else {
                self.overrule(undecided.id, HostGround::Unreadable)?;
                unreadable();
                continue;
            };
            transaction.accept(undecided.accepted_ms.div_euclid(1_000));
            self.introduce(&mut transaction)?;
            let found = self.find(&transaction)?;
            // What version 1 kept has no event: it stands by itself.
            let alone = CaseEntry {
                case: undecided.id,
                event: Event::migrated(
                    undecided.id,
                    transaction.kind,
                    transaction.counted_time().unix_seconds(),
                ),
                undecided_until: None,
            };
            let event = found
                .iter()
                .map(|entry| &entry.event)
                .find(|event| event.number == undecided.id)
                .or(undecided.event.as_ref())
                .unwrap_or(&alone.event);
            let hearing = Hearing {
                found: &found,
                settings: self.standing.borrow().cases,
                accepted_seconds: undecided.accepted_ms.div_euclid(1_000),
                now: wall_clock(&transaction, now_ms),
                due: Some(DueEvent { event, deferrals: undecided.deferrals }),
            };
            self.deciding.set(Some(undecided.id));
            let heard = self.hear(&hearing, &mut transaction, decide);
            self.deciding.set(None);
            let Heard::Decided(decided) = heard? else { continue };
            self.tape(&transaction, hearing.accepted_seconds, true, &decided.outcome);
            self.update(undecided.id, &decided)?;
            let happened_ms = happened_ms(&transaction, now_ms).max(undecided.until_ms);
            self.settle(&transaction, *decided, &found, happened_ms, now_ms)?;
        }
        Ok(due.len())
    }

    fn hear(
        &self,
        hearing: &Hearing<'_>,
        transaction: &mut Transaction,
        decide: &mut dyn FnMut(&Self, &Transaction, Timestamp) -> Outcome,
    ) -> Result<Heard> {
        let told = |root: EventNumber, party: Party| {
            // The storage's own error comes with the next statement of the batch.
            self.is_told(root, party).unwrap_or(true)
        };
        Ok(hearing.hear(transaction, &told, &mut |transaction, now| decide(self, transaction, now)))
    }

    /// The numbers of a transaction's messages.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Storage`] if the outbox cannot be read.
    pub fn messages_of(&self, id: TransactionId) -> Result<Vec<MessageId>> {
        let mut statement =
            self.sql.prepare_cached("select id from messages where transaction_id = ?1")?;
        let rows = statement.query_map([id], |row| row.get(0))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// The events found under a transaction's links, all those of their cases
    /// included, in the order of their numbers.
    fn find(&self, transaction: &Transaction) -> Result<Vec<CaseEntry>> {
        let mut cases = Vec::new();
        let links = case::links(transaction);
        if !links.is_empty() {
            let window = self.standing.borrow().cases.window_seconds;
            let at = transaction.counted_time().unix_seconds();
            // Times are compared here: with them as parameters SQLite prepares the
            // statement anew each time.
            let mut statement = self.sql.prepare_cached(
                "select coalesce(case_id, id), unix_seconds from links
                 join transactions on id = transaction_id where link = ?1
                 order by id desc limit 64",
            )?;
            for link in links {
                let mut rows = statement.query([link])?;
                let before = cases.len();
                while let Some(row) = rows.next()?
                    && cases.len() - before < CASES_MAX
                {
                    let seconds: i64 = row.get(1)?;
                    if seconds.abs_diff(at) <= window.unsigned_abs() {
                        cases.push(row.get(0)?);
                    }
                }
            }
        }
        let old = self.found_by_version_1(transaction)?;
        cases.extend(old.iter().map(|event| event.number));
        cases.sort_unstable();
        cases.dedup();
        if cases.is_empty() {
            return Ok(Vec::new());
        }
        let mut found = Vec::new();
        for case in cases {
            found.extend(self.events_of(case)?);
        }
        for known in old {
            if let Some(entry) = found.iter_mut().find(|entry| entry.event.number == known.number) {
                entry.event = known;
            }
        }
        found.sort_unstable_by_key(|entry| entry.event.number);
        Ok(found)
    }

    /// The events of a case, the newest if there are too many.
    pub(super) fn events_of(&self, case: EventNumber) -> Result<Vec<CaseEntry>> {
        let sql = format!(
            "select {COLUMNS} from transactions where (id = ?1 or case_id = ?1)
             and fact is not null order by id desc limit {}",
            case::CASE_EVENTS_MAX + 1
        );
        let mut statement = self.sql.prepare_cached(&sql)?;
        let rows = statement.query_map([case], entry)?;
        let found = rows.collect::<rusqlite::Result<Vec<Option<CaseEntry>>>>()?;
        Ok(found.into_iter().flatten().collect())
    }

    /// Whether anything of a root was told to a party, or may be.
    fn is_told(&self, root: EventNumber, party: Party) -> Result<bool> {
        for entry in self.of_root(root)? {
            let mut channels = self.sql.prepare_cached(
                "select distinct channel from messages where transaction_id = ?1 and party = ?2",
            )?;
            let channels = channels
                .query_map(params![entry.number, party.as_str()], |row| row.get::<_, String>(0))?
                .collect::<rusqlite::Result<Vec<_>>>()?;
            for channel in channels {
                let stored = self.stored_on(entry.number, Way { party, channel: &channel })?;
                if stored.iter().any(|stored| !matches!(stored.fate(), Fate::Excused(_))) {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// The effective, decided events of a root, the root first; where something takes
    /// all of it back, also what its bank put off of these.
    pub(super) fn of_root(&self, root: EventNumber) -> Result<Vec<Event>> {
        let Some(case) = self.case_of(root)? else { return Ok(Vec::new()) };
        let mut entries = self.events_of(case)?;
        entries.retain(|entry| entry.event.root == root && entry.event.is_effective);
        let is_decided = |entry: &CaseEntry| entry.undecided_until.is_none();
        let is_root_decided =
            entries.iter().any(|entry| entry.event.number == root && is_decided(entry));
        let takes_all = |event: &&Event| event.takes_all_back() && is_root_decided;
        let last = entries.iter().map(|entry| &entry.event).filter(takes_all);
        let last = last.map(|event| event.number).max();
        entries
            .retain(|entry| is_decided(entry) || last.is_some_and(|it| entry.event.number <= it));
        let mut events: Vec<_> = entries.into_iter().map(|entry| entry.event).collect();
        events.sort_unstable_by_key(|event| (event.number != root, event.number));
        Ok(events)
    }

    /// What is known of an event; nothing of one that is no event of a case.
    pub(super) fn event(&self, number: EventNumber) -> Result<Option<Event>> {
        let fact: Option<Vec<u8>> = self
            .sql
            .prepare_cached("select fact from transactions where id = ?1")?
            .query_row([number], |row| row.get(0))
            .optional()?
            .flatten();
        Ok(fact.and_then(|fact| Event::read(number, &fact)))
    }

    /// The case of an event.
    pub(super) fn case_of(&self, event: EventNumber) -> Result<Option<EventNumber>> {
        Ok(self
            .sql
            .prepare_cached("select coalesce(case_id, id) from transactions where id = ?1")?
            .query_row([event], |row| row.get(0))
            .optional()?)
    }

    /// Stores a transaction that is new, and what was decided.
    fn enter(
        &self,
        transaction: &Transaction,
        mut decided: Decided,
        found: &[CaseEntry],
        now_ms: i64,
    ) -> Result<TransactionId> {
        let id: TransactionId = self
            .sql
            .prepare_cached("select coalesce(max(id), 0) + 1 from transactions")?
            .query_row([], |row| row.get(0))?;
        decided.judged.adopt(id);
        let case = decided.judged.joins.and_then(|joins| {
            found.iter().find(|entry| entry.event.number == joins).map(|entry| entry.case)
        });
        let outcome = &decided.outcome;
        let decide_ms = decide_ms(outcome);
        let event = decide_ms.map(|_| json::write_transaction(transaction).into_bytes());
        self.sql
            .prepare_cached(
                "insert into transactions
                 (id, name, case_id, fact, bundle, release, decision, reason, rule, accepted_at,
                  decide_at, deferrals, event)
                 values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
            )?
            .execute(params![
                id,
                transaction.id,
                case,
                decided.judged.event.write(),
                outcome.bundle,
                outcome.release.map(u64::cast_signed),
                outcome.decision.as_str(),
                outcome.reason(),
                outcome.rule(),
                now_ms,
                decide_ms,
                decided.deferrals,
                event,
            ])?;
        let mut link = self.sql.prepare_cached(
            "insert into links (link, transaction_id, unix_seconds) values (?1, ?2, ?3)",
        )?;
        for digest in case::links(transaction) {
            link.execute(params![digest, id, transaction.counted_time().unix_seconds()])?;
        }
        if let Some(case) = case {
            self.watch(case)?;
        }
        for orphan in &decided.judged.orphans {
            self.rewrite(orphan)?;
            self.move_to(orphan.number, case.unwrap_or(id))?;
        }
        self.settle(transaction, decided, found, happened_ms(transaction, now_ms), now_ms)?;
        Ok(id)
    }

    /// Makes the case of an orphan a part of its original's.
    fn move_to(&self, orphan: EventNumber, case: EventNumber) -> Result<()> {
        let Some(before) = self.case_of(orphan)?.filter(|before| *before != case) else {
            return Ok(());
        };
        self.sql
            .prepare_cached(
                "update transactions set case_id = ?2 where (id = ?1 or case_id = ?1) and id <> ?2",
            )?
            .execute([before, case])?;
        self.watch(case)
    }

    /// Notes that a case has more than one event.
    fn watch(&self, case: EventNumber) -> Result<()> {
        self.sql
            .prepare_cached(
                "update messages set watched = 1 where watched = 0 and transaction_id in
                 (select id from transactions where id = ?1 or case_id = ?1)",
            )?
            .execute([case])?;
        Ok(())
    }

    fn rewrite(&self, event: &Event) -> Result<()> {
        self.sql
            .prepare_cached("update transactions set fact = ?2 where id = ?1")?
            .execute(params![event.number, event.write()])?;
        Ok(())
    }

    /// Stores what was decided of a transaction that waited.
    fn update(&self, id: TransactionId, decided: &Decided) -> Result<()> {
        let outcome = &decided.outcome;
        self.sql
            .prepare_cached(
                "update transactions set bundle = coalesce(?2, bundle), release = ?3,
                 decision = ?4, reason = ?5, rule = ?6, decide_at = ?7, deferrals = ?8,
                 event = iif(?7 is null, null, event), fact = coalesce(?9, fact) where id = ?1",
            )?
            .execute(params![
                id,
                outcome.bundle,
                outcome.release.map(u64::cast_signed),
                outcome.decision.as_str(),
                outcome.reason(),
                outcome.rule(),
                decide_ms(outcome),
                decided.deferrals,
                Some(decided.judged.event.write()).filter(|_| decided
                    .judged
                    .event
                    .amount
                    .is_some()),
            ])?;
        Ok(())
    }

    /// Stores messages and counters of what was decided, and weighs its case.
    fn settle(
        &self,
        transaction: &Transaction,
        decided: Decided,
        found: &[CaseEntry],
        happened_ms: i64,
        now_ms: i64,
    ) -> Result<()> {
        let Decided { judged, outcome, overruled, woken, .. } = decided;
        let event = &judged.event;
        let id = event.number;
        for number in overruled {
            self.overrule(number, HostGround::Nothing(Nothing::AlreadyReversed))?;
        }
        // In whole seconds, as what waits behind them has it: they are decided before it.
        let second_ms = now_ms - now_ms.rem_euclid(1_000);
        for number in woken {
            self.sql
                .prepare_cached(
                    "update transactions set decide_at = ?2 where id = ?1 and decide_at is not null",
                )?
                .execute(params![number, second_ms])?;
        }
        if matches!(outcome.decision, Decision::Deferred(_)) {
            // No debit leaves that is known to be reversed, whatever its bank will say.
            return match event.takes_all_back() {
                true => self.weigh_all(event, now_ms),
                false => Ok(()),
            };
        }
        let bundle = outcome.bundle.as_deref().unwrap_or_default();
        self.count(id, bundle, transaction, &outcome, now_ms)?;
        if let Relation::TakesBack { root, .. } = judged.relation
            && event.is_full
        {
            self.uncount(root)?;
        }
        let is_cased = found.iter().any(|entry| entry.event.number != id);
        for message in &outcome.messages {
            let told = Told { transaction, event, bundle, message, is_cased, happened_ms };
            self.tell(&told, now_ms)?;
        }
        if !is_cased || !event.is_effective {
            return Ok(());
        }
        self.order_orphans(&judged.orphans)?;
        self.weigh_all(event, now_ms)?;
        if outcome.decision == Decision::Notified && !outcome.messages.is_empty() {
            self.say_if_untold(id)?;
        }
        Ok(())
    }

    /// Weighs an event's case on each way that anything of its root went.
    fn weigh_all(&self, event: &Event, now_ms: i64) -> Result<()> {
        let mut ways = Vec::new();
        for part in self.of_root(event.root)? {
            let mut statement = self.sql.prepare_cached(
                "select distinct party, channel from messages where transaction_id = ?1",
            )?;
            let rows =
                statement.query_map([part.number], |row| Ok((party(row, 0)?, row.get(1)?)))?;
            for way in rows {
                let way: (Party, String) = way?;
                if !ways.contains(&way) {
                    ways.push(way);
                }
            }
        }
        for (party, channel) in &ways {
            self.weigh(event.number, Way { party: *party, channel }, now_ms)?;
        }
        Ok(())
    }

    /// Stores one message in the state that it begins in, behind what of its case
    /// waits on its way.
    fn tell(&self, told: &Told<'_>, now_ms: i64) -> Result<()> {
        let Told { transaction, event, bundle, message, is_cased, happened_ms } = *told;
        let recipient = match &message.recipient {
            None if APP_CHANNELS.contains(&message.channel.as_str()) => {
                self.app_user(transaction, message.party)?
            }
            known => known.clone(),
        };
        let mut due_ms = message.not_before.map(|time| time.unix_seconds() * 1_000);
        let expires_ms = message.expires_at.map(|time| time.unix_seconds() * 1_000);
        let (mut corrects, mut line) = (None, None);
        if is_cased {
            corrects = self.told(event, Way::of(message))?;
            let known = line.insert(self.line(event.number, Way::of(message))?);
            if known.has_before(event) {
                // It waits with its debit.
                due_ms = None;
            }
        }
        let expires_ms = match (expires_ms, due_ms) {
            // Nothing is over before it may begin.
            (Some(expires_ms), Some(due_ms)) => Some(expires_ms.max(due_ms + 1)),
            (expires_ms, _) => expires_ms,
        };
        let begun = match recipient {
            Some(_) => Life::begin(&message.channel, due_ms, expires_ms, now_ms),
            None => {
                let absence = self.absence(transaction, message.party)?;
                Life::suppressed(&message.channel, Cause::Absent(absence), now_ms)
            }
        };
        let waits = begun.next().state().waits();
        let id = self.store(Draft {
            transaction: event.number,
            bundle,
            message,
            recipient,
            begun,
            happened_ms,
            corrects,
            after: None,
            is_watched: is_cased,
        })?;
        match line.filter(|_| waits) {
            Some(line) => self.link(line.with(event, id, message.priority)),
            None => Ok(()),
        }
    }

    /// Deferred transactions that are to be decided now.
    fn undecided(&self, count_max: usize, now_ms: i64) -> Result<Vec<Undecided>> {
        let mut statement = self.sql.prepare_cached(
            "select id, fact, deferrals, accepted_at, event, decide_at from transactions
             where decide_at is not null and decide_at <= ?1 order by decide_at, id limit ?2",
        )?;
        let rows = statement.query_map(params![now_ms, count_max as i64], |row| {
            let id = row.get(0)?;
            Ok(Undecided {
                id,
                event: row.get::<_, Option<Vec<u8>>>(1)?.and_then(|fact| Event::read(id, &fact)),
                deferrals: row.get(2)?,
                accepted_ms: row.get(3)?,
                json: row.get::<_, Option<Vec<u8>>>(4)?.unwrap_or_default(),
                until_ms: row.get(5)?,
            })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    fn is_undecided(&self, id: TransactionId) -> Result<bool> {
        Ok(self
            .sql
            .prepare_cached("select decide_at is not null from transactions where id = ?1")?
            .query_row([id], |row| row.get(0))?)
    }

    /// Nobody is told, whatever was decided.
    pub(super) fn overrule(&self, id: TransactionId, ground: HostGround) -> Result<()> {
        self.sql
            .prepare_cached(
                "update transactions set decision = 'suppressed', reason = ?2, rule = ?3,
                 decide_at = null, event = null where id = ?1",
            )?
            .execute(params![id, ground.reason(), ground.rule()])?;
        Ok(())
    }
}

fn entry(row: &Row<'_>) -> rusqlite::Result<Option<CaseEntry>> {
    let number = row.get(0)?;
    let fact: Vec<u8> = row.get(2)?;
    let undecided_ms: Option<i64> = row.get(3)?;
    let (case, undecided_until) = (row.get(1)?, undecided_ms.map(|ms| ms.div_euclid(1_000)));
    Ok(Event::read(number, &fact).map(|event| CaseEntry { case, event, undecided_until }))
}

/// A time, on a transaction's wall clock.
pub(crate) fn wall_clock(transaction: &Transaction, now_ms: i64) -> Timestamp {
    let offset = transaction.time.utc_offset_minutes();
    Timestamp::new(now_ms.div_euclid(1_000), offset).unwrap_or(transaction.time)
}

/// When a transaction happened, in milliseconds since 1970; not later than now.
fn happened_ms(transaction: &Transaction, now_ms: i64) -> i64 {
    (transaction.counted_time().unix_seconds() * 1_000).min(now_ms)
}

/// Until when a transaction is deferred, in milliseconds since 1970.
fn decide_ms(outcome: &Outcome) -> Option<i64> {
    match outcome.decision {
        Decision::Deferred(until) => Some(until.unix_seconds() * 1_000),
        _ => None,
    }
}
