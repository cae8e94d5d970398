//! The loop: take records, decide, commit, answer, deliver.
//!
//! Nothing is answered before its commit, and what is delivered is marked so
//! with the next one: a power cut between two steps repeats the later step.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tillbell::{Decision, Docket, Ground, Host, HostGround, Outcome, Taken, Waits};
use tillbell_transaction::case::EventNumber;
use tillbell_transaction::{Record, Timestamp, Transaction};

use crate::deferred;
use crate::former::Former;
use crate::mailbox::{Client, Incoming, Mailbox};
use crate::options::{Clock, Options};
use crate::sink::Sink;
use crate::store::{Batch, Store};
use crate::{Result, lines};

/// Records, and deferred transactions, of one commit.
const BATCH_MAX: usize = 64;
/// How often the system's clock is looked at for deferred transactions.
const LOOK: Duration = Duration::from_secs(1);

/// A till that runs.
pub(crate) struct Till {
    host: Host,
    docket: Docket,
    former: Former,
    store: Store,
    sink: Sink,
    clock: Clock,
    deliveries_max: usize,
    held_max: usize,
    is_full: bool,
    counts: Counts,
}

#[derive(Default)]
struct Counts {
    accepted: u64,
    rejected: u64,
    messages: u64,
    commits: u64,
}

/// What one commit makes durable, and the answers that wait for it.
#[derive(Default)]
struct Round {
    batch: Batch,
    answers: Vec<(Client, Vec<u8>)>,
}

impl Till {
    pub(crate) fn new(
        host: Host,
        docket: Docket,
        former: Former,
        store: Store,
        sink: Sink,
        deliveries_max: usize,
        options: &Options,
    ) -> Self {
        Self {
            host,
            docket,
            former,
            store,
            sink,
            clock: options.clock,
            deliveries_max,
            held_max: options.waiting_max,
            is_full: false,
            counts: Counts::default(),
        }
    }

    /// Works until the input ends or it is asked to end. True if every record
    /// was accepted.
    ///
    /// # Errors
    /// If the store, the output, the command or the input fails. What was
    /// accepted is kept.
    pub(crate) fn run(&mut self, mailbox: &Arc<Mailbox>) -> Result<bool> {
        self.sink.deliver(&self.store)?;
        loop {
            let work = mailbox.take(self.room().min(BATCH_MAX), self.wakes_at());
            self.sink.hear(work.words);
            let mut round = Round::default();
            // What has not been taken from the mailbox was not accepted.
            if !work.stopping {
                for incoming in work.records {
                    self.take(incoming, &mut round)?;
                }
            }
            if self.clock == Clock::System {
                self.take_due(now(), BATCH_MAX, &mut round)?;
            }
            self.commit(round)?;
            self.sink.deliver(&self.store)?;
            self.tell();
            let idle = self.store.waiting() == 0;
            if work.stopping || (work.input_ended && idle) {
                break;
            }
            if work.input_ended && self.sink.is_hopeless() {
                self.sink.end();
                let waiting = self.store.waiting();
                return Err(format!("--command: took nothing over, {waiting} messages kept").into());
            }
            if let Some(failure) = work.failure.filter(|_| idle) {
                return Err(failure.into());
            }
        }
        self.finish(mailbox)?;
        Ok(self.counts.rejected == 0)
    }

    /// Says what was done.
    pub(crate) fn report(&self) {
        let Counts { accepted, rejected, messages, commits } = self.counts;
        let (waiting, held) = (self.store.waiting(), self.held());
        eprintln!(
            "tillbell-till: {accepted} records accepted, {rejected} not; {messages} messages made \
             in {commits} commits, {waiting} wait; {} transactions deferred",
            held - waiting
        );
    }

    /// How many records may be taken: each may make as many messages as a
    /// transaction may have.
    fn room(&mut self) -> usize {
        let room = self.held_max.saturating_sub(self.held()) / self.deliveries_max;
        if (room == 0) != self.is_full {
            self.is_full = room == 0;
            let fact = if self.is_full { "nothing is accepted" } else { "accepting again" };
            let (held, max) = (self.held(), self.held_max);
            eprintln!("tillbell-till: --store: {held} of {max} messages wait, {fact}");
        }
        room
    }

    /// How many messages and transactions wait.
    fn held(&self) -> usize {
        self.store.waiting() + self.docket.waiting()
    }

    fn wakes_at(&self) -> Option<Instant> {
        let now = Instant::now();
        if self.sink.has_news() {
            return Some(now);
        }
        let looks = self.clock == Clock::System && self.docket.waiting() > 0;
        let look = looks.then(|| now + LOOK);
        [look, self.sink.wakes_at()].into_iter().flatten().min()
    }

    fn take(&mut self, incoming: Incoming, round: &mut Round) -> Result<()> {
        let Incoming { client, number, record } = incoming;
        let answer = match record {
            Ok(Record::Transaction(mut transaction)) => {
                if self.clock == Clock::Event {
                    self.take_due(transaction.time.unix_seconds(), usize::MAX, round)?;
                }
                let outcome = match self.former.settle(&transaction) {
                    Some(ground) => Outcome::by_host(&transaction, Decision::Suppressed, ground),
                    None => {
                        let (host, now) = (&self.host, self.now(&transaction));
                        let mut decide = |shown: &Transaction, now| host.process(shown, now);
                        let taken = self.docket.take(&mut transaction, now, &mut decide);
                        self.keep(&transaction, taken, round)
                    }
                };
                warn(&format!("{client}:{number}"), &outcome);
                self.counts.accepted += 1;
                lines::decided(number, &outcome, transaction.is_identified())
            }
            Ok(Record::Ignored(ignored)) => {
                if ignored.reason.is_alarm() {
                    eprintln!("{client}:{number}: warning: {}", ignored.reason);
                }
                self.counts.accepted += 1;
                lines::ignored(number, ignored.reason.as_str())
            }
            Err(error) => {
                eprintln!("{client}:{number}: {error}");
                self.counts.rejected += 1;
                lines::unreadable(number, &error)
            }
        };
        match round.answers.last_mut() {
            Some((last, answers)) if last.is_same(&client) => answers.extend_from_slice(&answer),
            _ => round.answers.push((client, answer)),
        }
        Ok(())
    }

    /// Decides transactions that are due, while there is room.
    fn take_due(&mut self, now: i64, decided_max: usize, round: &mut Round) -> Result<()> {
        for _ in 0..decided_max {
            let held = self.held() + round.batch.messages.len();
            let Some(due) = self.docket.next_due(now) else { return Ok(()) };
            if held + self.deliveries_max > self.held_max {
                return Ok(());
            }
            self.decide_due(due, now, round)?;
        }
        Ok(())
    }

    fn decide_due(&mut self, due: Waits, now: i64, round: &mut Round) -> Result<()> {
        // It may wait since this very round.
        let mut transaction = match round.batch.deferred.get(&due.number) {
            Some(Some(row)) => deferred::transaction(row)?,
            _ => deferred::transaction(&self.store.deferred(due.number)?)?,
        };
        let instant = if self.clock == Clock::Event { due.until_seconds } else { now };
        let (host, now) = (&self.host, at(instant, &transaction));
        let mut decide = |shown: &Transaction, now| host.process(shown, now);
        if let Some(taken) = self.docket.decide(due.number, &mut transaction, now, &mut decide) {
            round.batch.deferred.insert(due.number, None);
            let outcome = self.keep(&transaction, taken, round);
            warn("deferred", &outcome);
        }
        Ok(())
    }

    /// Adds what came of a transaction to the round: messages, or that it waits.
    fn keep(&mut self, transaction: &Transaction, taken: Taken, round: &mut Round) -> Outcome {
        let Taken { outcome, waits, overruled, .. } = taken;
        let gone = |number: EventNumber| (number, None);
        round.batch.deferred.extend(overruled.into_iter().map(gone));
        if let Some(waits) = waits {
            round.batch.deferred.insert(waits.number, Some(deferred::row(waits, transaction)));
        }
        for message in &outcome.messages {
            let id = self.store.next_message() + round.batch.messages.len() as u64;
            round.batch.messages.push(lines::message(id, &outcome, message));
            self.counts.messages += 1;
        }
        outcome
    }

    /// Makes a round durable, then answers it.
    fn commit(&mut self, mut round: Round) -> Result<()> {
        let is_changed = !round.answers.is_empty() || !round.batch.deferred.is_empty();
        if is_changed || self.sink.has_news() {
            self.sink.mark(&mut round.batch);
            round.batch.cases = Some(self.docket.changes());
            self.store
                .commit(&round.batch)
                .map_err(|error| format!("--store: cannot commit: {error}"))?;
            self.counts.commits += 1;
        }
        for (client, answers) in round.answers {
            client
                .answer(&answers)
                .map_err(|error| format!("cannot write to standard output: {error}"))?;
        }
        Ok(())
    }

    /// Marks what was delivered last, and lets the command end.
    fn finish(&mut self, mailbox: &Arc<Mailbox>) -> Result<()> {
        self.sink.end();
        self.sink.hear(mailbox.take(0, Some(Instant::now())).words);
        self.commit(Round::default())
    }

    /// Tells the operator of bundles that were tripped or came back.
    fn tell(&self) {
        let (events, dropped) = self.host.events();
        for event in events {
            eprintln!("tillbell-till: {event}");
        }
        if dropped > 0 {
            eprintln!("tillbell-till: {dropped} more events of bundles");
        }
    }

    fn now(&self, transaction: &Transaction) -> Timestamp {
        match self.clock {
            Clock::Event => transaction.time,
            Clock::System => at(now(), transaction),
        }
    }
}

/// Seconds since 1970; a clock before that is at its beginning.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

/// An instant on a transaction's wall clock; its own time for an instant that
/// no clock shows.
fn at(unix_seconds: i64, transaction: &Transaction) -> Timestamp {
    Timestamp::new(unix_seconds, transaction.time.utc_offset_minutes()).unwrap_or(transaction.time)
}

/// Tells the operator what failed.
fn warn(place: &str, outcome: &Outcome) {
    for failure in &outcome.failures {
        eprintln!("{place}: warning: {}: {}", outcome.transaction, failure.detail);
    }
    let is_bounded = matches!(
        outcome.ground,
        Ground::Host(HostGround::DeferredTooOften | HostGround::TooManyDeferred)
    );
    if outcome.decision == Decision::Rejected || is_bounded {
        eprintln!("{place}: {}: {}", outcome.transaction, outcome.reason());
    }
}
