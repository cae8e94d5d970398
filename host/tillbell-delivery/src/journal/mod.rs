//! The one writer: a thread that owns the outbox, and does together what many
//! ask for at the same time.
//!
//! A commit waits for the disk, so each takes all that came while the one before
//! it waited: one commit for hundreds of transactions, answers and receipts. A
//! transaction is decided here too, so that repeats, reversals and what a
//! decision is made from are seen in one order.
//!
//! Three sorts of work come in. A [`Journal::accept`], or another request, is
//! answered once it is on disk, or with the error that kept it from there. A
//! [`Fact`] happened already, whatever the disk says: it is kept and written
//! when the disk allows it, and nothing more is taken in until then. A
//! [`Journal::claim`] waits until its queue has something to send.

mod fact;
mod request;
#[cfg(test)]
mod tests;
mod writer;

use std::sync::Arc;
use std::time::Duration;

use tillbell::{Outcome, Witness};
use tillbell_transaction::{Timestamp, Transaction};
use tokio::sync::{mpsc, oneshot};

pub use fact::{Fact, ReceiptFact};
pub use request::{Care, Claimed, Standing, Taken};

use crate::{AwaitedPlace, Batch, Due, Error, ErrorKind, MessageId, Metrics, Outbox, Result};
use request::{Command, Done, Request, Waiting};
use writer::Writer;

use crate::tape::TapeQueue;

/// Decides about a transaction at a time; what a decision is made from, such as
/// counters, is read in the batch.
pub trait Decide: Send + Sync {
    /// Decides.
    fn decide(&self, transaction: &Transaction, now: Timestamp, batch: &Batch<'_>) -> Outcome;

    /// Decides, and says what from: where a tape is kept.
    fn decide_witnessed(
        &self,
        transaction: &Transaction,
        now: Timestamp,
        batch: &Batch<'_>,
    ) -> (Outcome, Witness) {
        (self.decide(transaction, now, batch), Witness::default())
    }
}

/// The time, in milliseconds since 1970.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// The machine's clock; before 1970 it is 1970.
pub fn system_clock() -> Clock {
    Arc::new(|| {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        now.map_or(0, |now| now.as_millis() as i64)
    })
}

/// How much is held before a client has to come again, and how often the time is
/// looked at.
#[derive(Debug, Clone, Copy)]
pub struct JournalSettings {
    /// Commands that wait, 1 to 65,536.
    pub commands_max: usize,
    /// Commands of one commit, and as many that happened already, 1 to 65,536.
    pub batch_max: usize,
    /// How often deferred messages and decisions are looked for.
    pub tick: Duration,
}

impl Default for JournalSettings {
    fn default() -> Self {
        Self { commands_max: 8_192, batch_max: 128, tick: Duration::from_millis(200) }
    }
}

/// What hands work to the writer. Copies hand it to the same.
#[derive(Clone)]
pub struct Journal {
    /// What somebody waits for an answer to: it goes first.
    work: mpsc::Sender<Command>,
    /// What happened, and who waits for something to send.
    commands: mpsc::Sender<Command>,
    clock: Clock,
}

/// The writer's thread.
#[derive(Debug)]
pub struct JournalThread(std::thread::JoinHandle<Outbox>);

impl JournalThread {
    /// Waits until every [`Journal`] is gone and all they asked for is done, and
    /// gives the outbox back.
    ///
    /// # Errors
    /// [`ErrorKind::State`] if the thread panicked.
    pub fn join(self) -> Result<Outbox> {
        self.0.join().map_err(|_| Error::new(ErrorKind::State, "the journal's thread panicked"))
    }
}

impl Journal {
    /// Starts the writer.
    ///
    /// # Errors
    /// [`ErrorKind::Storage`] if there can be no thread for it.
    pub fn start(
        outbox: Outbox,
        decide: Arc<dyn Decide>,
        clock: Clock,
        metrics: Arc<Metrics>,
        settings: JournalSettings,
    ) -> Result<(Self, JournalThread)> {
        Self::start_taped(outbox, decide, clock, metrics, settings, None)
    }

    /// The same, and hands each decision to a tape once it is committed.
    ///
    /// # Errors
    /// As [`Journal::start`].
    pub fn start_taped(
        outbox: Outbox,
        decide: Arc<dyn Decide>,
        clock: Clock,
        metrics: Arc<Metrics>,
        settings: JournalSettings,
        tape: Option<TapeQueue>,
    ) -> Result<(Self, JournalThread)> {
        let (work, working) = mpsc::channel(settings.commands_max);
        let (commands, receiver) = mpsc::channel(settings.commands_max);
        let writer =
            Writer::new(outbox, decide, clock.clone(), metrics, settings, working, receiver)
                .with_tape(tape);
        let thread = std::thread::Builder::new()
            .name("journal".into())
            .spawn(move || writer.run())
            .map_err(|error| {
                Error::new(ErrorKind::Storage, "there is no thread for the journal").because(error)
            })?;
        Ok((Self { work, commands, clock }, JournalThread(thread)))
    }

    /// The time by the journal's clock, in milliseconds since 1970.
    pub fn now_ms(&self) -> i64 {
        (self.clock)()
    }

    /// Takes transactions in, all or none: decided, and on disk with their
    /// messages, once it returns.
    ///
    /// # Errors
    /// [`ErrorKind::Busy`] at once if too much waits; [`ErrorKind::Storage`] if
    /// they cannot be stored: nothing of them is.
    pub async fn accept(&self, transactions: Vec<Transaction>) -> Result<Vec<Taken>> {
        let (reply, answer) = oneshot::channel();
        self.work.try_send(Command::Accept(transactions, reply)).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => Error::new(ErrorKind::Busy, "the queue is full"),
            mpsc::error::TrySendError::Closed(_) => stopped(),
        })?;
        answer.await.map_err(|_| stopped())?
    }

    /// Waits until a queue has messages to send, at most so many, and notes that
    /// they are being sent. Whoever gets them tells what became of each by a
    /// [`Fact`]. If the caller goes away before it got them, they wait again.
    ///
    /// # Errors
    /// [`ErrorKind::State`] if the journal is stopped.
    pub async fn claim(&self, queue: &str, count_max: usize) -> Result<Vec<Claimed>> {
        self.claim_later(queue, count_max).await?.await.map_err(|_| stopped())
    }

    /// The same, and gives what the messages come by. Whoever does not want it
    /// any more closes it, and looks whether they came.
    ///
    /// # Errors
    /// [`ErrorKind::State`] if the journal is stopped.
    pub async fn claim_later(
        &self,
        queue: &str,
        count_max: usize,
    ) -> Result<oneshot::Receiver<Vec<Claimed>>> {
        let (reply, answer) = oneshot::channel();
        let claim = Waiting { queue: queue.into(), count_max, reply };
        self.commands.send(Command::Claim(claim)).await.map_err(|_| stopped())?;
        Ok(answer)
    }

    /// Hands over what happened. It waits while the journal has its hands full.
    ///
    /// # Errors
    /// [`ErrorKind::State`] if the journal is stopped.
    pub async fn tell(&self, fact: Fact) -> Result<()> {
        self.commands.send(Command::Fact(fact, None)).await.map_err(|_| stopped())
    }

    /// The same, and gives what says that it is on disk.
    ///
    /// # Errors
    /// [`ErrorKind::State`] if the journal is stopped.
    pub async fn tell_and_keep(&self, fact: Fact) -> Result<oneshot::Receiver<()>> {
        let (reply, kept) = oneshot::channel();
        self.commands.send(Command::Fact(fact, Some(reply))).await.map_err(|_| stopped())?;
        Ok(kept)
    }

    /// Says what holds for every batch from now on.
    ///
    /// # Errors
    /// [`ErrorKind::Storage`] if the disk refuses the commit.
    pub async fn configure(&self, standing: Standing) -> Result<()> {
        self.request(Request::Configure(standing)).await.map(drop)
    }

    /// Ends a queue's doubts, gives up what has no receipt, and finds parts that the
    /// peer is to be asked for.
    ///
    /// # Errors
    /// [`ErrorKind::Storage`] if it cannot be stored: nothing of it is.
    pub async fn care(&self, care: Care) -> Result<Vec<(String, AwaitedPlace)>> {
        match self.request(Request::Care(care)).await? {
            Done::Awaited(parts) => Ok(parts),
            _ => Ok(Vec::new()),
        }
    }

    /// Attempts of a queue that were interrupted, the oldest first, at most so many:
    /// for channels that know what they wrote.
    ///
    /// # Errors
    /// [`ErrorKind::Storage`] if they cannot be read.
    pub async fn interrupted(&self, queue: &str, count_max: usize) -> Result<Vec<Due>> {
        let queue = queue.into();
        match self.request(Request::Interrupted { queue, count_max }).await? {
            Done::Interrupted(due) => Ok(due),
            _ => Ok(Vec::new()),
        }
    }

    /// Says of interrupted attempts which had left, and arrived, and which had not.
    ///
    /// # Errors
    /// [`ErrorKind::Storage`] if it cannot be stored: nothing of it is.
    pub async fn resolve_interrupted(
        &self,
        queue: &str,
        sent: Vec<MessageId>,
        unsent: Vec<MessageId>,
    ) -> Result<()> {
        let queue = queue.into();
        self.request(Request::ResolveInterrupted { queue, sent, unsent }).await.map(drop)
    }

    /// Makes a commit, to see whether the disk takes one.
    ///
    /// # Errors
    /// [`ErrorKind::Storage`] if it does not.
    pub async fn probe(&self) -> Result<()> {
        self.request(Request::Probe).await.map(drop)
    }

    /// Lets a test look at, and change, what is stored.
    #[cfg(test)]
    pub(crate) async fn test<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Batch<'_>, i64) -> T + Send + 'static,
    ) -> T {
        let (reply, answer) = oneshot::channel();
        let work = Box::new(move |batch: &Batch<'_>, now_ms| drop(reply.send(work(batch, now_ms))));
        self.request(Request::Test(std::sync::Mutex::new(Some(work)))).await.unwrap();
        answer.await.unwrap()
    }

    async fn request(&self, request: Request) -> Result<Done> {
        let (reply, answer) = oneshot::channel();
        self.work.send(Command::Request(request, reply)).await.map_err(|_| stopped())?;
        answer.await.map_err(|_| stopped())?
    }
}

impl std::fmt::Debug for Journal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Journal").finish_non_exhaustive()
    }
}

fn stopped() -> Error {
    Error::new(ErrorKind::State, "the journal is stopped")
}
