//! What is asked of the writer, and what it answers: each has a name.

use std::collections::{BTreeSet, HashMap};

use tillbell::CaseSettings;
use tillbell_transaction::Transaction;
use tokio::sync::oneshot;

use crate::{Accepted, AwaitedPlace, Batch, Due, MessageId, NoticeTexts, Result};

/// A message that was handed out to be sent, with the parts of it that the peer
/// has already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    /// The message; its attempt is noted.
    pub due: Due,
    /// Numbers of the parts that are not to be sent again.
    pub parts_taken: Vec<u32>,
}

/// A transaction that was taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// Whether it is new, and its number.
    pub accepted: Accepted,
    /// Whether it can be recognised when it comes again: see
    /// [`Transaction::is_identified`].
    pub is_identified: bool,
    /// Whether its own time cannot be right and its acceptance counts instead: see
    /// [`Transaction::accept`].
    pub counts_from_acceptance: bool,
    /// The numbers of its messages.
    pub messages: Vec<MessageId>,
}

/// What the configuration says that holds for every batch.
#[derive(Debug, Clone, Default)]
pub struct Standing {
    /// How many fallbacks each channel has; none where it is not named.
    pub fallbacks: HashMap<String, u8>,
    /// The host's own texts.
    pub notices: NoticeTexts,
    /// How long transactions are kept, in milliseconds; none for ever.
    pub kept_ms: Option<i64>,
    /// How cases are kept.
    pub cases: CaseSettings,
    /// The queues that have a route; none where that is not known.
    pub routes: BTreeSet<String>,
}

/// What a route looks after from time to time. Times are lengths in milliseconds.
#[derive(Debug, Clone)]
pub struct Care {
    /// The queue.
    pub queue: String,
    /// Doubts that are older are ended.
    pub doubt_ms: i64,
    /// Messages without a receipt for longer go by the next fallback.
    pub give_up_ms: Option<i64>,
    /// Parts without a receipt for longer are asked for, behind a place.
    pub query: Option<(i64, AwaitedPlace)>,
    /// The most of each.
    pub count_max: usize,
}

#[cfg(test)]
type TestWork = std::sync::Mutex<Option<Box<dyn FnOnce(&Batch<'_>, i64) + Send>>>;

/// Work for the writer.
pub(super) enum Request {
    /// See [`super::Journal::configure`].
    Configure(Standing),
    /// See [`super::Journal::care`].
    Care(Care),
    /// See [`super::Journal::interrupted`].
    Interrupted { queue: String, count_max: usize },
    /// See [`super::Journal::resolve_interrupted`].
    ResolveInterrupted { queue: String, sent: Vec<MessageId>, unsent: Vec<MessageId> },
    /// See [`super::Journal::probe`].
    Probe,
    /// What a test puts into the outbox.
    #[cfg(test)]
    Test(TestWork),
}

/// What a [`Request`] gives.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Done {
    /// Nothing but that it is on disk.
    Nothing,
    /// Parts to ask for.
    Awaited(Vec<(String, AwaitedPlace)>),
    /// Attempts that were interrupted.
    Interrupted(Vec<Due>),
}

pub(super) type Reply<T> = oneshot::Sender<Result<T>>;

/// What comes to the writer.
pub(super) enum Command {
    Accept(Vec<Transaction>, Reply<Vec<Taken>>),
    Request(Request, Reply<Done>),
    Claim(Waiting),
    Fact(super::Fact, Option<oneshot::Sender<()>>),
}

/// One who waits for something to send.
pub(super) struct Waiting {
    pub(super) queue: String,
    pub(super) count_max: usize,
    pub(super) reply: oneshot::Sender<Vec<Claimed>>,
}

impl Request {
    pub(super) fn work(&self, batch: &Batch<'_>, now_ms: i64) -> Result<Done> {
        match self {
            Self::Configure(standing) => {
                batch.set_fallbacks(standing.fallbacks.clone());
                batch.set_notices(standing.notices.clone());
                batch.set_kept(standing.kept_ms);
                batch.set_cases(standing.cases);
                batch.set_routes(&standing.routes)?;
                Ok(Done::Nothing)
            }
            Self::Care(care) => {
                let Care { queue, count_max, .. } = care;
                batch.resolve(queue, now_ms - care.doubt_ms, *count_max, now_ms)?;
                if let Some(give_up_ms) = care.give_up_ms {
                    batch.give_up(queue, now_ms - give_up_ms, *count_max, now_ms)?;
                }
                let Some((age_ms, behind)) = care.query else { return Ok(Done::Nothing) };
                batch.awaited(queue, behind, now_ms - age_ms, *count_max).map(Done::Awaited)
            }
            Self::Interrupted { queue, count_max } => {
                batch.unanswered(queue, i64::MAX, *count_max).map(Done::Interrupted)
            }
            Self::ResolveInterrupted { queue, sent, unsent } => {
                for message in sent {
                    batch.had_arrived(queue, *message, now_ms)?;
                }
                for message in unsent {
                    batch.interrupted(*message, now_ms)?;
                }
                Ok(Done::Nothing)
            }
            Self::Probe => Ok(Done::Nothing),
            #[cfg(test)]
            Self::Test(work) => {
                if let Some(work) = work.lock().expect("no test panics in it").take() {
                    work(batch, now_ms);
                }
                Ok(Done::Nothing)
            }
        }
    }
}
