//! The writer's thread: one turn after the other, each one commit.
//!
//! A turn has five steps: write down what happened, do what was asked for, do what
//! is due, hand out what can be sent, commit; then everybody is answered.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tillbell::Outcome;
use tillbell_transaction::{Timestamp, Transaction};
use tokio::sync::{mpsc, oneshot};

use super::request::{Command, Done, Reply, Request, Waiting};
use super::{Claimed, Clock, Decide, Fact, JournalSettings, Taken};
use crate::tape::TapeQueue;
use crate::{Accepted, Batch, Error, ErrorKind, MessageId, Metrics, Outbox, Result};

/// Messages that become due, decisions that are made anew, in one commit.
const ADVANCED_MAX: usize = 1_024;
/// What happened, and claims, in one commit with what somebody waits for.
const BESIDE_MAX: usize = 32;
/// How long the disk is left alone after it refused a commit.
const REST: Duration = Duration::from_millis(250);
/// How often a fact that the storage refuses for its own sake, and not for the
/// disk's, is tried.
const FACT_TRIES_MAX: u32 = 3;
/// How often messages are looked for whose queue has no route.
const LOOK: Duration = Duration::from_secs(60);
/// How often it is tried, once there is nobody left to wait for it.
const LAST_TRIES_MAX: usize = 20;

/// Something that happened and is not written yet.
struct Kept {
    fact: Fact,
    /// Who waits for it to be on disk.
    reply: Option<oneshot::Sender<()>>,
    tries: u32,
}

/// Who is answered once the commit is made.
enum Answer {
    Accept(Reply<Vec<Taken>>, Result<Vec<Taken>>),
    Request(Reply<Done>, Result<Done>),
}

/// One turn, until it is committed.
struct Turn<'a> {
    batch: Batch<'a>,
    now_ms: i64,
    decide: &'a dyn Decide,
    metrics: &'a Metrics,
    answers: Vec<Answer>,
    claims: Vec<(Waiting, Vec<Claimed>)>,
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
    facts: VecDeque<Kept>,
    ticked: Instant,
    /// When messages without a route were last looked for.
    looked: Option<Instant>,
    tape: Option<TapeQueue>,
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
        Self {
            outbox,
            decide,
            clock,
            metrics,
            settings,
            work,
            commands,
            waiting: Vec::new(),
            facts: VecDeque::new(),
            ticked: Instant::now(),
            looked: None,
            tape: None,
        }
    }

    pub(super) fn with_tape(mut self, tape: Option<TapeQueue>) -> Self {
        self.tape = tape;
        self
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
        let is_asked = matches!(next[0], Command::Accept(..) | Command::Request(..));
        let beside_max = if is_asked { BESIDE_MAX.min(batch_max) } else { batch_max };
        next.extend(at_hand(commands, beside_max));
        Some(next)
    }

    /// Does it all in one commit, and answers.
    fn commit(&mut self, commands: Vec<Command>) {
        let mut work = Vec::new();
        for command in commands {
            match command {
                Command::Fact(fact, reply) => {
                    self.facts.push_back(Kept { fact, reply, tries: 0 });
                }
                Command::Claim(waiting) => self.waiting.push(waiting),
                other => work.push(other),
            }
        }
        let began = Instant::now();
        if let Some(tape) = &self.tape {
            // For a tape that is stopped nothing is made.
            self.outbox.keep_entries(!tape.is_stopped());
        }
        // A failure is counted, and told of, in the turn.
        let turned = self.turn(work);
        if let Some(tape) = &self.tape {
            // What was not committed was not decided.
            let entries = self.outbox.take_entries();
            if turned.is_ok() {
                tape.offer(entries);
            }
        }
        if let Ok(lost) = turned {
            self.metrics.committed(began.elapsed());
            // Whoever waited for these went away.
            let released = lost.into_iter().map(|(message, attempt)| Kept {
                fact: Fact::Released { message, attempt },
                reply: None,
                tries: 0,
            });
            self.facts.extend(released);
        }
    }

    /// One turn; gives the attempts that nobody came for.
    fn turn(&mut self, work: Vec<Command>) -> Result<Vec<(MessageId, u32)>> {
        let is_ticking = self.ticked.elapsed() >= self.settings.tick;
        let looks = is_ticking && self.looked.is_none_or(|looked| looked.elapsed() >= LOOK);
        let batch = match self.outbox.begin() {
            Ok(batch) => batch,
            Err(error) => {
                self.metrics.storage_failed(&error);
                refuse(work, &error);
                return Err(error);
            }
        };
        let mut turn = Turn {
            batch,
            now_ms: (self.clock)(),
            decide: &*self.decide,
            metrics: &self.metrics,
            answers: Vec::new(),
            claims: Vec::new(),
        };
        let mut left = work.into_iter();
        let done = turn
            .write_down(&mut self.facts)
            .and_then(|()| turn.work(&mut left))
            .and_then(|()| if is_ticking { turn.advance() } else { Ok(()) })
            .and_then(|()| if looks { turn.abandon() } else { Ok(()) })
            .and_then(|()| turn.hand_out(&mut self.waiting));
        let Turn { batch, answers, claims, .. } = turn;
        let stored = done.and_then(|()| batch.commit());
        if is_ticking {
            self.ticked = Instant::now();
        }
        if looks {
            self.looked = Some(Instant::now());
        }
        if let Err(error) = &stored {
            self.metrics.storage_failed(error);
        }
        answers.into_iter().for_each(|answer| answer.give(stored.as_ref()));
        if let Err(error) = stored {
            refuse(left, &error);
            // They wait again: nothing was claimed.
            self.waiting.extend(claims.into_iter().map(|(waiting, _)| waiting));
            return Err(error);
        }
        for Kept { fact, reply, .. } in self.facts.drain(..) {
            self.metrics.happened(&fact);
            if let Some(reply) = reply {
                let _ = reply.send(());
            }
        }
        let mut lost = Vec::new();
        for (waiting, claimed) in claims {
            if let Err(claimed) = waiting.reply.send(claimed) {
                lost.extend(claimed.into_iter().map(|one| (one.due.id, one.due.attempt)));
            }
        }
        Ok(lost)
    }
}

impl Turn<'_> {
    /// Writes down what happened. One that the storage refuses for its own sake is
    /// given up after a few tries, so that it does not stop what is behind it.
    fn write_down(&self, facts: &mut VecDeque<Kept>) -> Result<()> {
        for kept in facts {
            let (fact, now_ms) = (&kept.fact, self.now_ms);
            match self.batch.guarded(|batch| fact.apply(batch, now_ms)) {
                Ok(true) => {}
                // A peer that answers twice, or too late: there is nothing to write.
                Ok(false) => self.metrics.unfitting(),
                Err(error) if error.kind() != ErrorKind::Storage => self.metrics.unfitting(),
                Err(error) if error.is_lasting() => {
                    kept.tries += 1;
                    if kept.tries < FACT_TRIES_MAX {
                        return Err(error);
                    }
                    self.metrics.storage_failed(&error);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Does what was asked for; what is left when the disk fails stays in `work`.
    fn work(&mut self, work: &mut impl Iterator<Item = Command>) -> Result<()> {
        for command in work {
            let failed = match command {
                Command::Accept(transactions, reply) => {
                    let taken = self.batch.guarded(|batch| {
                        transactions.into_iter().map(|one| self.take_in(batch, one)).collect()
                    });
                    let failed = failure(&taken);
                    self.answers.push(Answer::Accept(reply, taken));
                    failed
                }
                Command::Request(request, reply) => {
                    let done = self.do_request(&request);
                    let failed = failure(&done);
                    self.answers.push(Answer::Request(reply, done));
                    failed
                }
                Command::Fact(..) | Command::Claim(_) => None,
            };
            // After an error of the disk SQLite may have undone the whole batch:
            // nothing more is written in it.
            if let Some(error) = failed {
                return Err(error);
            }
        }
        Ok(())
    }

    fn do_request(&self, request: &Request) -> Result<Done> {
        self.batch.guarded(|batch| request.work(batch, self.now_ms))
    }

    /// Lets the bank's plugins decide.
    fn ask(&self, batch: &Batch<'_>, transaction: &Transaction, now: Timestamp) -> Outcome {
        let outcome = match batch.is_taping() {
            false => self.decide.decide(transaction, now, batch),
            true => {
                let (outcome, witness) = self.decide.decide_witnessed(transaction, now, batch);
                batch.was_asked(transaction, now, &outcome, witness);
                outcome
            }
        };
        self.metrics.decided(&outcome);
        outcome
    }

    /// Decides and stores one transaction.
    fn take_in(&self, batch: &Batch<'_>, mut transaction: Transaction) -> Result<Taken> {
        let mut decide =
            |batch: &Batch<'_>, transaction: &Transaction, now| self.ask(batch, transaction, now);
        let accepted = batch.take_in(&mut transaction, self.now_ms, &mut decide)?;
        let (Accepted::New(id) | Accepted::Repeat(id)) = accepted;
        if accepted == Accepted::Repeat(id) {
            self.metrics.repeated();
        }
        let is_identified = transaction.is_identified();
        let counts_from_acceptance = transaction.counts_from.is_some();
        let messages = batch.messages_of(id)?;
        Ok(Taken { accepted, is_identified, counts_from_acceptance, messages })
    }

    /// Ends what waits where no route is.
    fn abandon(&self) -> Result<()> {
        self.batch.abandon(ADVANCED_MAX, self.now_ms).map(drop)
    }

    /// Gives notices, queues what has become due, ends what is too late, decides
    /// what was deferred until now, and forgets what is old.
    fn advance(&self) -> Result<()> {
        let now_ms = self.now_ms;
        self.batch.give_notices(now_ms)?;
        self.batch.advance(ADVANCED_MAX, now_ms)?;
        let mut decide =
            |batch: &Batch<'_>, transaction: &Transaction, now| self.ask(batch, transaction, now);
        let mut unreadable = || self.metrics.unreadable();
        self.batch.decide_due(ADVANCED_MAX, now_ms, &mut decide, &mut unreadable)?;
        self.batch.forget(now_ms).map(drop)
    }

    /// Gives those who wait what they can send; they wait on if there is nothing.
    fn hand_out(&mut self, waiting: &mut Vec<Waiting>) -> Result<()> {
        let mut left = Vec::new();
        let mut asked = std::mem::take(waiting).into_iter();
        let mut failed = None;
        for one in asked.by_ref() {
            if one.reply.is_closed() {
                continue;
            }
            match self.claim(&one) {
                Ok(claimed) if claimed.is_empty() => left.push(one),
                Ok(claimed) => self.claims.push((one, claimed)),
                Err(error) => {
                    left.push(one);
                    failed = Some(error);
                    break;
                }
            }
        }
        left.extend(asked);
        *waiting = left;
        failed.map_or(Ok(()), Err)
    }

    fn claim(&self, one: &Waiting) -> Result<Vec<Claimed>> {
        let due = self.batch.claim(&one.queue, one.count_max, self.now_ms)?;
        due.into_iter()
            .map(|due| {
                let parts_taken = match due.attempt {
                    1 => Vec::new(),
                    _ => self.batch.parts_taken(due.id)?,
                };
                Ok(Claimed { due, parts_taken })
            })
            .collect()
    }
}

impl Answer {
    fn give(self, stored: std::result::Result<&(), &Error>) {
        let unstored = stored.err().map(same);
        // Whoever asked may be gone.
        match self {
            Self::Accept(reply, done) => {
                let _ = reply.send(unstored.map_or(done, Err));
            }
            Self::Request(reply, done) => {
                let _ = reply.send(unstored.map_or(done, Err));
            }
        }
    }
}

/// What is there without waiting, at most so many.
fn at_hand(
    source: &mut mpsc::Receiver<Command>,
    count_max: usize,
) -> impl Iterator<Item = Command> + use<'_> {
    std::iter::from_fn(|| source.try_recv().ok()).take(count_max)
}

/// The failure of the disk that ends a turn.
fn failure<T>(done: &Result<T>) -> Option<Error> {
    done.as_ref().err().filter(|error| error.kind() == ErrorKind::Storage).map(same)
}

/// The same failure, for each who is told of it.
fn same(error: &Error) -> Error {
    Error::new(error.kind(), error.to_string())
}

fn refuse(work: impl IntoIterator<Item = Command>, error: &Error) {
    for command in work {
        match command {
            Command::Accept(_, reply) => drop(reply.send(Err(same(error)))),
            Command::Request(_, reply) => drop(reply.send(Err(same(error)))),
            Command::Fact(..) | Command::Claim(_) => {}
        }
    }
}
