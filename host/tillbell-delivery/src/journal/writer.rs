//! The writer's thread.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tillbell_transaction::{Record, Transaction, json};
use tokio::sync::{mpsc, oneshot};

use super::{Claimed, Clock, Decide, Fact, JournalSettings, Taken};
use crate::{Accepted, Batch, Error, ErrorKind, Metrics, Outbox, Result};

/// Messages that become due, decisions that are made anew, in one commit.
const ADVANCED_MAX: usize = 1_024;
/// What happened, and claims, in one commit with what somebody waits for.
const BESIDE_MAX: usize = 32;
/// How long the disk is left alone after it refused a commit.
const REST: Duration = Duration::from_millis(250);
/// What is said where the disk refused something else of the same batch.
const UNWRITTEN: &str = "the outbox cannot be written";
/// How often it is tried, once there is nobody left to wait for it.
const LAST_TRIES_MAX: usize = 20;

pub(super) enum Command {
    Accept(Vec<Transaction>, oneshot::Sender<Result<Vec<Taken>>>),
    Claim { queue: String, count_max: usize, reply: oneshot::Sender<Vec<Claimed>> },
    Fact(Fact, Option<oneshot::Sender<()>>),
    Job(Box<dyn Job>),
}

/// Work of any kind.
pub(super) trait Job: Send {
    /// Does it. With an error nothing of it is to stay.
    fn work(&mut self, batch: &Batch<'_>, now_ms: i64) -> std::result::Result<(), ErrorKind>;
    /// Says how it went.
    fn answer(&mut self, stored: Result<()>);
}

/// One who waits for something to send.
struct Waiting {
    queue: String,
    count_max: usize,
    reply: oneshot::Sender<Vec<Claimed>>,
}

/// What is answered once the commit is made.
enum Answer {
    Accept(oneshot::Sender<Result<Vec<Taken>>>, Result<Vec<Taken>>),
    Job(Box<dyn Job>),
}

pub(super) struct Writer {
    outbox: Outbox,
    decide: Arc<dyn Decide>,
    clock: Clock,
    metrics: Arc<Metrics>,
    settings: JournalSettings,
    work: mpsc::Receiver<Command>,
    commands: mpsc::Receiver<Command>,
    waiting: Vec<Waiting>,
    /// What happened and is not written yet, in order.
    facts: VecDeque<(Fact, Option<oneshot::Sender<()>>)>,
    ticked: Instant,
}

impl Writer {
    pub(super) fn new(
        outbox: Outbox,
        decide: Arc<dyn Decide>,
        clock: Clock,
        metrics: Arc<Metrics>,
        settings: JournalSettings,
        work: mpsc::Receiver<Command>,
        commands: mpsc::Receiver<Command>,
    ) -> Self {
        let (waiting, facts, ticked) = (Vec::new(), VecDeque::new(), Instant::now());
        Self { outbox, decide, clock, metrics, settings, work, commands, waiting, facts, ticked }
    }

    pub(super) fn run(mut self) -> Outbox {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        let Ok(runtime) = runtime else { return self.outbox };
        while let Some(commands) = self.next(&runtime) {
            self.commit(commands);
        }
        for _ in 0..LAST_TRIES_MAX {
            let left = std::iter::from_fn(|| self.commands.try_recv().ok()).collect();
            self.commit(left);
            if self.facts.is_empty() {
                break;
            }
            std::thread::sleep(REST);
        }
        self.outbox
    }

    /// What to do next: nothing but what is due, once a tick; none when nobody is
    /// left to ask for anything.
    fn next(&mut self, runtime: &tokio::runtime::Runtime) -> Option<Vec<Command>> {
        let batch_max = self.settings.batch_max;
        // What happened must be written before more of it is taken over; whoever
        // waits for an answer gets one meanwhile.
        if !self.facts.is_empty() {
            std::thread::sleep(REST);
            let is_over = self.work.is_closed() && self.work.is_empty();
            return (!is_over).then(|| at_hand(&mut self.work, batch_max).collect());
        }
        let (work, commands) = (&mut self.work, &mut self.commands);
        let first = runtime.block_on(async {
            let any = async {
                tokio::select! {
                    biased;
                    Some(command) = work.recv() => Some(command),
                    Some(command) = commands.recv() => Some(command),
                    else => None,
                }
            };
            tokio::time::timeout(self.settings.tick, any).await
        });
        let Ok(first) = first else { return Some(Vec::new()) };
        let mut next = vec![first?];
        next.extend(at_hand(work, batch_max));
        // Whoever waits for an answer does not wait for all that happened.
        let is_asked = matches!(next[0], Command::Accept(..) | Command::Job(_));
        let beside_max = if is_asked { BESIDE_MAX.min(batch_max) } else { batch_max };
        next.extend(at_hand(commands, beside_max));
        Some(next)
    }

    /// Does it all in one commit, and answers.
    fn commit(&mut self, commands: Vec<Command>) {
        let mut work = Vec::new();
        for command in commands {
            match command {
                Command::Fact(fact, kept) => self.facts.push_back((fact, kept)),
                Command::Claim { queue, count_max, reply } => {
                    self.waiting.push(Waiting { queue, count_max, reply });
                }
                other => work.push(other),
            }
        }
        let began = Instant::now();
        match self.try_commit(work) {
            Ok(lost) => {
                self.metrics.committed(began.elapsed());
                // Whoever waited for these went away.
                self.facts.extend(lost.into_iter().map(|message| (Fact::Released(message), None)));
            }
            Err(error) => self.metrics.storage_failed(&error),
        }
    }

    fn try_commit(&mut self, work: Vec<Command>) -> Result<Vec<crate::MessageId>> {
        let now_ms = (self.clock)();
        let mut answers = Vec::new();
        let batch = match self.outbox.begin() {
            Ok(batch) => batch,
            Err(error) => {
                refuse(work, &error);
                return Err(error);
            }
        };
        let mut failure = None;
        for (fact, _) in &self.facts {
            match batch.guarded(|batch| fact.apply(batch, now_ms)) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::Storage => failure = Some(error),
                // A peer that answers twice, or too late: there is nothing to write.
                Err(_) => self.metrics.unfitting(),
            }
            if failure.is_some() {
                break;
            }
        }
        let is_ticking = self.ticked.elapsed() >= self.settings.tick;
        let mut claims = Vec::new();
        if let Some(error) = failure {
            refuse(work, &error);
            return Err(error);
        }
        for command in work {
            match command {
                // Nothing more is done in a batch that failed.
                command if failure.is_some() => {
                    refuse(vec![command], &Error::new(ErrorKind::Storage, UNWRITTEN));
                }
                Command::Accept(transactions, reply) => {
                    let taken = batch.guarded(|batch| {
                        let one = |one| take_in(batch, &*self.decide, &self.metrics, one, now_ms);
                        transactions.into_iter().map(one).collect::<Result<Vec<_>>>()
                    });
                    if let Err(error) = &taken {
                        note(&mut failure, error.kind());
                    }
                    answers.push(Answer::Accept(reply, taken));
                }
                Command::Job(mut job) => {
                    let done = batch.guarded(|batch| {
                        job.work(batch, now_ms).map_err(|kind| Error::new(kind, "to be undone"))
                    });
                    if let Err(error) = done {
                        note(&mut failure, error.kind());
                    }
                    answers.push(Answer::Job(job));
                }
                Command::Fact(..) | Command::Claim { .. } => {}
            }
        }
        if failure.is_none() {
            let moved = if is_ticking {
                batch
                    .give_notices(now_ms)
                    .and_then(|_| advance(&batch, &*self.decide, &self.metrics, now_ms))
            } else {
                Ok(())
            };
            let claimed = moved.and_then(|()| claim(&batch, &mut self.waiting, now_ms));
            match claimed {
                Ok(claimed) => claims = claimed,
                Err(error) => failure = Some(error),
            }
        }
        let stored = match failure {
            None => batch.commit(),
            Some(error) => Err(error),
        };
        if is_ticking {
            self.ticked = Instant::now();
        }
        for answer in answers {
            let stored = match &stored {
                Ok(()) => Ok(()),
                Err(error) => Err(unstored(error)),
            };
            match answer {
                Answer::Accept(reply, taken) => drop(reply.send(stored.and(taken))),
                Answer::Job(mut job) => job.answer(stored),
            }
        }
        if let Err(error) = stored {
            // They wait again: nothing was claimed.
            self.waiting.extend(claims.into_iter().map(|(waiting, _)| waiting));
            return Err(error);
        }
        for (fact, kept) in self.facts.drain(..) {
            self.metrics.happened(&fact);
            if let Some(kept) = kept {
                let _ = kept.send(());
            }
        }
        let mut lost = Vec::new();
        for (waiting, claimed) in claims {
            if let Err(claimed) = waiting.reply.send(claimed) {
                lost.extend(claimed.into_iter().map(|claimed| claimed.due.id));
            }
        }
        Ok(lost)
    }
}

/// What is there without waiting, at most so many.
fn at_hand(
    source: &mut mpsc::Receiver<Command>,
    count_max: usize,
) -> impl Iterator<Item = Command> + use<'_> {
    std::iter::from_fn(|| source.try_recv().ok()).take(count_max)
}

/// Decides and stores one transaction.
fn take_in(
    batch: &Batch<'_>,
    decide: &dyn Decide,
    metrics: &Metrics,
    mut transaction: Transaction,
    now_ms: i64,
) -> Result<Taken> {
    let accepted = batch.take_in(&mut transaction, now_ms, |batch, transaction, now| {
        let outcome = decide.decide(transaction, now, batch);
        metrics.decided(&outcome);
        outcome
    })?;
    let (Accepted::New(id) | Accepted::Repeat(id)) = accepted;
    if accepted == Accepted::Repeat(id) {
        metrics.repeated();
    }
    Ok(Taken { accepted, messages: batch.messages_of(id)? })
}

/// Queues what has become due, ends what is too late, decides what was deferred
/// until now, and forgets what is old.
fn advance(batch: &Batch<'_>, decide: &dyn Decide, metrics: &Metrics, now_ms: i64) -> Result<()> {
    batch.advance(ADVANCED_MAX, now_ms)?;
    for (id, event) in batch.undecided(ADVANCED_MAX, now_ms)? {
        let Ok(Record::Transaction(mut transaction)) = json::read(&event) else { continue };
        batch.introduce(&mut transaction)?;
        let now = crate::outbox::wall_clock(&transaction, now_ms);
        let outcome = decide.decide(&transaction, now, batch);
        metrics.decided(&outcome);
        batch.decide(id, &transaction, &outcome, now_ms)?;
    }
    batch.forget(now_ms).map(drop)
}

/// Gives those who wait what they can send; they wait on if there is nothing.
fn claim(
    batch: &Batch<'_>,
    waiting: &mut Vec<Waiting>,
    now_ms: i64,
) -> Result<Vec<(Waiting, Vec<Claimed>)>> {
    let mut claims = Vec::new();
    let mut left = Vec::new();
    for one in std::mem::take(waiting) {
        if one.reply.is_closed() {
            continue;
        }
        let due = match batch.due(&one.queue, one.count_max) {
            Ok(due) => due,
            Err(error) => {
                left.push(one);
                waiting.append(&mut left);
                waiting.extend(claims.into_iter().map(|(one, _)| one));
                return Err(error);
            }
        };
        if due.is_empty() {
            left.push(one);
            continue;
        }
        let mut claimed = Vec::with_capacity(due.len());
        let mut failure = None;
        for due in due {
            let parts = batch.ask(due.id, now_ms).and_then(|()| match due.attempts {
                0 => Ok(Vec::new()),
                _ => batch.parts_taken(due.id),
            });
            match parts {
                Ok(parts_taken) => claimed.push(Claimed { due, parts_taken }),
                Err(error) => failure = Some(error),
            }
        }
        claims.push((one, claimed));
        if let Some(error) = failure {
            waiting.append(&mut left);
            waiting.extend(claims.into_iter().map(|(one, _)| one));
            return Err(error);
        }
    }
    *waiting = left;
    Ok(claims)
}

/// After an error of the disk SQLite may have undone the whole batch: nothing
/// more is written in it.
fn note(failure: &mut Option<Error>, kind: ErrorKind) {
    if kind == ErrorKind::Storage && failure.is_none() {
        *failure = Some(Error::new(kind, UNWRITTEN));
    }
}

/// The same failure, for each who is told of it.
fn unstored(error: &Error) -> Error {
    Error::new(error.kind(), error.to_string())
}

fn refuse(work: Vec<Command>, error: &Error) {
    for command in work {
        match command {
            Command::Accept(_, reply) => drop(reply.send(Err(unstored(error)))),
            Command::Job(mut job) => job.answer(Err(unstored(error))),
            Command::Fact(..) | Command::Claim { .. } => {}
        }
    }
}
