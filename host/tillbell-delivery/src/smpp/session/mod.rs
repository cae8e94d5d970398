//! One session: parts out, answers and receipts in.

mod incoming;
mod outgoing;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::io::{AsyncWriteExt, BufWriter};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::bytes::{Bytes, BytesMut};
use tokio_util::codec::FramedRead;

use super::pdu::{self, Part};
use super::peer::{Peer, Reader, Writer};
use super::settings::SmppSettings;
use crate::journal::{Claimed, Fact};
use crate::pace::Pace;
use crate::{Due, MessageId, Result};
use incoming::answer;

/// Receipts that wait for the disk; beyond them nothing more is read.
const KEEPING_MAX: usize = 1_024;
/// PDUs that wait to be written.
const WRITING_MAX: usize = 4_096;
/// Answers that did not come, after which an SMSC is held to be gone.
const UNANSWERED_MAX: usize = 10_000;
/// Messages whose doubt is ended at a time, and parts that are asked for.
const CHORE_MESSAGES_MAX: usize = 256;
/// How often doubts are looked at.
const CHORE: Duration = Duration::from_secs(1);
/// How long a part may have been submitted to be asked for, in milliseconds.
const QUERIED_MS: i64 = 24 * 3_600 * 1_000;

/// A message on its way, until all its parts are answered.
struct Progress {
    due: Due,
    unsent: usize,
    in_window: usize,
    refused: Option<(String, Option<i64>)>,
    is_doubted: bool,
}

/// What waits for an answer.
enum Sent {
    Part { order: u64, part: Part, at: Instant, is_late: bool },
    Enquiry,
    Query { remote: String },
    Unbind,
}

/// An error says why the session is over.
type Heard<T> = std::result::Result<T, String>;
type Chore = Pin<Box<dyn Future<Output = Result<Vec<String>>> + Send>>;
type Keeping = Pin<Box<dyn Future<Output = (u32, bool)> + Send>>;

pub(super) struct Session<'a> {
    peer: &'a Peer,
    sequence: u32,
    order: u64,
    /// Parts to be sent, in the order that they were claimed in.
    unsent: BTreeMap<(u64, u32), Part>,
    messages: HashMap<u64, Progress>,
    sent: HashMap<u32, Sent>,
    deadlines: VecDeque<(Instant, u32)>,
    in_window: usize,
    unanswered: usize,
    pace: Pace,
    heard: Instant,
    is_enquiring: bool,
    chore_at: Instant,
    queried_ms: i64,
    is_stopping: bool,
}

impl<'a> Session<'a> {
    pub(super) fn new(peer: &'a Peer, now: Instant) -> Self {
        let settings = &peer.settings;
        let rest = Duration::from_millis(settings.throttle_ms.into());
        Self {
            peer,
            // 1 was the bind's.
            sequence: 1,
            order: 0,
            unsent: BTreeMap::new(),
            messages: HashMap::new(),
            sent: HashMap::new(),
            deadlines: VecDeque::new(),
            in_window: 0,
            unanswered: 0,
            pace: Pace::new(settings.parts_per_second, rest, now),
            heard: now,
            is_enquiring: false,
            chore_at: now + CHORE,
            queried_ms: peer.journal.now_ms() - QUERIED_MS,
            is_stopping: false,
        }
    }

    /// Works until the session ends, and says why it did. Of each claimed message
    /// the journal is told whether nothing of it was sent, or nobody knows.
    pub(super) async fn run(
        mut self,
        reader: Reader,
        writer: Writer,
        buffer: BytesMut,
        stop: &mut watch::Receiver<bool>,
    ) -> String {
        let (out, queue) = mpsc::channel(WRITING_MAX);
        let patience = SmppSettings::seconds(self.peer.settings.answer_seconds);
        let writing = tokio::spawn(write_all(writer, queue, patience));
        let mut frames = FramedRead::new(reader, pdu::frames());
        *frames.read_buffer_mut() = buffer;
        let mut claim = None;
        let why = self.work(&mut frames, &out, &mut claim, stop).await;
        if let Some(claim) = claim {
            self.give_back(claim).await;
        }
        self.end().await;
        drop(out);
        let _ = timeout(patience, writing).await;
        why
    }

    async fn work(
        &mut self,
        frames: &mut FramedRead<Reader, tokio_util::codec::LengthDelimitedCodec>,
        out: &mpsc::Sender<Bytes>,
        claim: &mut Option<oneshot::Receiver<Vec<Claimed>>>,
        stop: &mut watch::Receiver<bool>,
    ) -> String {
        let mut keeping: FuturesUnordered<Keeping> = FuturesUnordered::new();
        let mut chore: Option<Chore> = None;
        loop {
            if claim.is_none() && !self.is_stopping && self.unsent.len() <= self.window() / 2 {
                match self.peer.journal.claim_later(&self.peer.queue, self.window()).await {
                    Ok(later) => *claim = Some(later),
                    Err(error) => return error.to_string(),
                }
            }
            if chore.is_none() && Instant::now() >= self.chore_at {
                chore = Some(self.chore());
            }
            let wake = self.wake();
            let done = tokio::select! {
                biased;
                frame = frames.next(), if keeping.len() < KEEPING_MAX => match frame {
                    Some(Ok(frame)) => self.hear(frame, out).await,
                    Some(Err(error)) => Err(format!("what the SMSC sends cannot be read: {error}")),
                    None => Err("the SMSC hung up".into()),
                },
                Some((sequence, is_kept)) = keeping.next(), if !keeping.is_empty() => {
                    // Not answered, it comes again.
                    match is_kept {
                        true => self.send(out, answer(sequence, 0)).await.map(|()| None),
                        false => Ok(None),
                    }
                }
                claimed = wait(claim), if claim.is_some() => {
                    *claim = None;
                    match claimed {
                        Ok(claimed) => self.take(claimed).await.map(|()| None),
                        Err(why) => Err(why),
                    }
                }
                asked = poll(&mut chore), if chore.is_some() => {
                    chore = None;
                    self.chore_at = Instant::now() + CHORE;
                    self.ask(asked.unwrap_or_default(), out).await.map(|()| None)
                }
                _ = stop.changed(), if !self.is_stopping => {
                    self.is_stopping = true;
                    Ok(None)
                }
                () = out.closed() => Err("the SMSC does not read".into()),
                () = sleep_until(wake) => Ok(None),
            };
            match done {
                Ok(Some(later)) => keeping.push(later),
                Ok(None) => {}
                Err(why) => return why,
            }
            let moved = match self.lapse(out).await {
                Ok(()) => self.submit(out).await,
                lapsed => lapsed,
            };
            if let Err(why) = moved {
                return why;
            }
            let is_done = self.in_window == 0 && keeping.is_empty();
            if self.is_stopping
                && is_done
                && let Err(why) = self.leave(out).await
            {
                return why;
            }
        }
    }

    fn window(&self) -> usize {
        self.peer.settings.window
    }

    /// When there is something to do without being called.
    fn wake(&self) -> Instant {
        let settings = &self.peer.settings;
        let mut wake = self.chore_at;
        if !self.is_enquiring {
            wake = wake.min(self.heard + SmppSettings::seconds(settings.enquire_seconds));
        }
        if let Some((deadline, _)) = self.deadlines.front() {
            wake = wake.min(*deadline);
        }
        let now = Instant::now();
        let is_full = self.in_window >= self.pace.window(self.window());
        if !self.unsent.is_empty() && !is_full && !self.is_stopping {
            wake = wake.min(self.pace.next(now));
        }
        wake.max(now)
    }

    fn next(&mut self) -> u32 {
        // 1 to 0x7fffffff (3.2).
        self.sequence = if self.sequence >= 0x7fff_ffff { 1 } else { self.sequence + 1 };
        self.sequence
    }

    async fn send(&self, out: &mpsc::Sender<Bytes>, octets: Bytes) -> Heard<()> {
        out.send(octets).await.map_err(|_| "the connection is lost".to_owned())
    }

    async fn tell(&self, fact: Fact) -> Heard<()> {
        self.peer.journal.tell(fact).await.map_err(|error| error.to_string())
    }

    /// Gives back what was claimed and not got.
    async fn give_back(&self, mut claim: oneshot::Receiver<Vec<Claimed>>) {
        claim.close();
        for claimed in claim.try_recv().unwrap_or_default() {
            let _ = self.tell(Fact::Released(claimed.due.id)).await;
        }
    }

    /// Says of each message what is known of it, now that the session is over.
    async fn end(&mut self) {
        let mut open: Vec<(u64, MessageId, bool)> = self
            .messages
            .iter()
            .filter(|(_, progress)| {
                !(progress.is_doubted && progress.in_window == 0 && progress.unsent == 0)
            })
            .map(|(order, progress)| {
                (*order, progress.due.id, progress.in_window > 0 || progress.is_doubted)
            })
            .collect();
        open.sort_unstable();
        for (order, message, is_doubted) in open {
            let refused =
                self.messages.get_mut(&order).and_then(|progress| progress.refused.take());
            let fact = match (is_doubted, refused) {
                (true, _) => Fact::Doubted(message),
                (false, Some((cause, retry_ms))) => Fact::Refused { message, cause, retry_ms },
                (false, None) => Fact::Released(message),
            };
            let _ = self.tell(fact).await;
        }
    }
}

/// Writes what comes, and flushes when nothing more does.
async fn write_all(writer: Writer, mut queue: mpsc::Receiver<Bytes>, patience: Duration) {
    let mut writer = BufWriter::with_capacity(64 * 1_024, writer);
    while let Some(octets) = queue.recv().await {
        let written = timeout(patience, async {
            writer.write_all(&octets).await?;
            while let Ok(octets) = queue.try_recv() {
                writer.write_all(&octets).await?;
            }
            writer.flush().await
        });
        match written.await {
            Ok(Ok(())) => {}
            // Nobody reads; dropping the queue ends the session.
            _ => return,
        }
    }
    let _ = timeout(patience, writer.shutdown()).await;
}

/// What a claim gave.
async fn wait(claim: &mut Option<oneshot::Receiver<Vec<Claimed>>>) -> Heard<Vec<Claimed>> {
    match claim {
        Some(claim) => claim.await.map_err(|_| "the journal is stopped".to_owned()),
        None => std::future::pending().await,
    }
}

async fn poll(chore: &mut Option<Chore>) -> Result<Vec<String>> {
    match chore {
        Some(chore) => chore.await,
        None => std::future::pending().await,
    }
}
