//! One session: parts out, answers and receipts in.

mod incoming;
mod outgoing;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use rusmpp::Pdu;
use tokio::io::{AsyncWriteExt, BufWriter};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::bytes::{Bytes, BytesMut};
use tokio_util::codec::FramedRead;

use super::pdu::{self, Part};
use super::peer::{Peer, Reader, Writer};
use super::settings::SmppSettings;
use crate::channel::way::Way;
use crate::pace::Pace;
use crate::{AwaitedPlace, Due, Result};
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
    Query { remote: String, is_late: bool },
    Unbind,
}

/// An error says why the session is over.
type Heard<T> = std::result::Result<T, String>;
type Chore = Pin<Box<dyn Future<Output = Result<Vec<(String, AwaitedPlace)>>> + Send>>;
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
    /// Parts without a receipt that the SMSC is to be asked for.
    to_query: VecDeque<String>,
    /// The last of them.
    queried: AwaitedPlace,
    /// The SMSC's unbind, which is answered once its window is empty.
    unbound: Option<u32>,
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
            to_query: VecDeque::new(),
            queried: AwaitedPlace {
                submitted_ms: peer.journal.now_ms() - QUERIED_MS,
                ..AwaitedPlace::default()
            },
            unbound: None,
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
        let mut way = self.peer.way();
        let why = self.work(&mut frames, &out, &mut way, stop).await;
        way.give_back().await;
        self.end().await;
        drop(out);
        let _ = timeout(patience, writing).await;
        why
    }

    async fn work(
        &mut self,
        frames: &mut FramedRead<Reader, tokio_util::codec::LengthDelimitedCodec>,
        out: &mpsc::Sender<Bytes>,
        way: &mut Way,
        stop: &mut watch::Receiver<bool>,
    ) -> String {
        let mut keeping: FuturesUnordered<Keeping> = FuturesUnordered::new();
        let mut chore: Option<Chore> = None;
        loop {
            if self.takes_more()
                && let Err(error) = way.ask(self.window()).await
            {
                return error.to_string();
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
                claimed = way.claimed() => match claimed {
                    Ok(claimed) => self.take(claimed).await.map(|()| None),
                    Err(error) => Err(error.to_string()),
                },
                asked = poll(&mut chore), if chore.is_some() => {
                    chore = None;
                    self.chore_at = Instant::now() + CHORE;
                    self.queue_queries(asked);
                    Ok(None)
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
            if is_done && let Some(sequence) = self.unbound {
                let _ = self.send(out, pdu::write(0, sequence, Pdu::UnbindResp)).await;
                return "the SMSC unbound".into();
            }
            if self.is_stopping
                && is_done
                && let Err(why) = self.leave(out).await
            {
                return why;
            }
        }
    }

    /// Whether more messages are wanted.
    fn takes_more(&self) -> bool {
        !self.leaves()
            && self.unsent.len() <= self.window() / 2
            && !self.pace.is_resting(Instant::now())
    }

    /// Whether nothing new is sent: it is told to stop, or the SMSC unbinds.
    fn leaves(&self) -> bool {
        self.is_stopping || self.unbound.is_some()
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
        let has_more = !self.unsent.is_empty() || !self.to_query.is_empty();
        if (has_more || self.pace.is_resting(now)) && !is_full && !self.leaves() {
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

    /// Says of each message what is known of it, now that the session is over.
    async fn end(&mut self) {
        let mut open: Vec<(u64, Progress)> = self.messages.drain().collect();
        open.sort_unstable_by_key(|(order, _)| *order);
        let way = self.peer.way();
        for (_, progress) in open {
            let is_settled = progress.in_window == 0 && progress.unsent == 0;
            let told = match progress {
                // The journal knows.
                Progress { is_doubted: true, .. } if is_settled => Ok(()),
                Progress { is_doubted, in_window, due, .. } if is_doubted || in_window > 0 => {
                    way.doubt(&due).await
                }
                Progress { refused: Some((cause, retry_ms)), due, .. } => {
                    way.refuse(&due, cause, retry_ms).await
                }
                Progress { due, .. } => way.release(&due).await,
            };
            // Without a journal there is nobody to tell.
            drop(told);
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

/// What a chore gave.
async fn poll(chore: &mut Option<Chore>) -> Result<Vec<(String, AwaitedPlace)>> {
    match chore {
        Some(chore) => chore.await,
        None => std::future::pending().await,
    }
}
