//! One session: parts out, answers and receipts in.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use rusmpp::pdus::DeliverSmResp;
use rusmpp::types::COctetString;
use rusmpp::{CommandId, Pdu};
use tokio::io::{AsyncWriteExt, BufWriter};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::bytes::{Bytes, BytesMut};
use tokio_util::codec::FramedRead;

use super::link::{Link, Reader, Writer};
use super::pdu::{self, Delivered, Header, Part};
use super::receipt;
use super::settings::SmppSettings;
use super::status::Refusal;
use crate::journal::{Claimed, Fact};
use crate::pace::Pace;
use crate::{Due, MessageId, Result, State};

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

/// ESME_RINVCMDID: a request that is not known here.
const UNKNOWN_COMMAND: u32 = 0x03;
/// ESME_RX_P_APPN: a deliver_sm that cannot be read, and need not come again.
const UNREADABLE: u32 = 0x65;

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
    link: &'a Link,
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
    pub(super) fn new(link: &'a Link, now: Instant) -> Self {
        let settings = &link.settings;
        let rest = Duration::from_millis(settings.throttle_ms.into());
        Self {
            link,
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
            queried_ms: link.journal.now_ms() - QUERIED_MS,
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
        let patience = SmppSettings::seconds(self.link.settings.answer_seconds);
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
                match self.link.journal.claim_later(&self.link.queue, self.window()).await {
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
                    claimed.map(|claimed| {
                        self.take(claimed);
                        None
                    })
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
            if self.is_stopping
                && self.in_window == 0
                && keeping.is_empty()
                && self.leave(out).await
            {
                return "stopped".into();
            }
        }
    }

    fn window(&self) -> usize {
        self.link.settings.window
    }

    /// When there is something to do without being called.
    fn wake(&self) -> Instant {
        let settings = &self.link.settings;
        let mut wake = self.chore_at;
        if !self.is_enquiring {
            wake = wake.min(self.heard + SmppSettings::seconds(settings.enquire_seconds));
        }
        if let Some((deadline, _)) = self.deadlines.front() {
            wake = wake.min(*deadline);
        }
        let now = Instant::now();
        if !self.unsent.is_empty() && self.in_window < self.window() {
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

    /// Takes claimed messages on.
    fn take(&mut self, claimed: Vec<Claimed>) {
        for Claimed { due, parts_taken } in claimed {
            self.order += 1;
            let order = self.order;
            let (parts, refused) = match pdu::parts(&due) {
                Ok(parts) => (parts, None),
                Err(_) => (Vec::new(), Some(("text-too-long".to_owned(), None))),
            };
            let left: Vec<_> =
                parts.into_iter().filter(|part| !parts_taken.contains(&part.number)).collect();
            let unsent = left.len();
            let progress = Progress { due, unsent, in_window: 0, refused, is_doubted: false };
            self.messages.insert(order, progress);
            self.unsent.extend(left.into_iter().map(|part| ((order, part.number), part)));
        }
    }

    /// Sends what may go out.
    async fn submit(&mut self, out: &mpsc::Sender<Bytes>) -> Heard<()> {
        let empty: Vec<u64> = self
            .messages
            .iter()
            .filter(|(_, progress)| progress.unsent == 0 && progress.in_window == 0)
            .map(|(order, _)| *order)
            .take(if self.unsent.is_empty() && self.in_window == 0 { usize::MAX } else { 0 })
            .collect();
        for order in empty {
            self.settle(order).await?;
        }
        while self.in_window < self.window() && !self.is_stopping {
            let Some(((order, number), _)) = self.unsent.first_key_value() else { break };
            let (order, number) = (*order, *number);
            let now_ms = self.link.journal.now_ms();
            let Some(progress) = self.messages.get(&order) else {
                self.unsent.remove(&(order, number));
                continue;
            };
            let is_untouched = progress.in_window == 0 && !progress.is_doubted && number == 1;
            if is_untouched && progress.due.expires_ms.is_some_and(|expires| expires <= now_ms) {
                let message = progress.due.id;
                self.drop_unsent(order);
                self.messages.remove(&order);
                self.tell(Fact::Expired(message)).await?;
                continue;
            }
            if !self.pace.take(Instant::now()) {
                break;
            }
            let Some(part) = self.unsent.remove(&(order, number)) else { break };
            let sequence = self.next();
            let settings = &self.link.settings;
            let Some(progress) = self.messages.get_mut(&order) else { continue };
            progress.unsent -= 1;
            match pdu::submit(settings, &progress.due, &part, sequence, now_ms) {
                Ok(octets) => {
                    progress.in_window += 1;
                    let waited = now_ms - progress.due.since_ms;
                    if part.number == 1 {
                        let waited = Duration::from_millis(waited.max(0) as u64);
                        self.link.metrics.submitted(&self.link.queue, waited);
                    }
                    let at = Instant::now();
                    let sent = Sent::Part { order, part, at, is_late: false };
                    self.in_window += 1;
                    self.await_answer(sequence, sent);
                    self.send(out, octets).await?;
                }
                Err(_) => {
                    progress.refused = Some(("recipient-unfit".into(), None));
                    self.drop_unsent(order);
                    self.settle(order).await?;
                }
            }
        }
        Ok(())
    }

    fn await_answer(&mut self, sequence: u32, sent: Sent) {
        let patience = SmppSettings::seconds(self.link.settings.answer_seconds);
        self.deadlines.push_back((Instant::now() + patience, sequence));
        self.sent.insert(sequence, sent);
    }

    fn drop_unsent(&mut self, order: u64) {
        let parts: Vec<_> =
            self.unsent.range((order, 0)..=(order, u32::MAX)).map(|(key, _)| *key).collect();
        for key in parts {
            self.unsent.remove(&key);
        }
        if let Some(progress) = self.messages.get_mut(&order) {
            progress.unsent = 0;
        }
    }

    /// Looks at a frame; gives what answers it later.
    async fn hear(&mut self, frame: BytesMut, out: &mpsc::Sender<Bytes>) -> Heard<Option<Keeping>> {
        self.heard = Instant::now();
        let (header, pdu) = pdu::read(frame).map_err(|error| error.to_string())?;
        const RESPONSE: u32 = 0x8000_0000;
        match CommandId::from(header.id) {
            CommandId::EnquireLink => {
                self.send(out, pdu::write(0, header.sequence, Pdu::EnquireLinkResp)).await?;
            }
            CommandId::Unbind => {
                self.send(out, pdu::write(0, header.sequence, Pdu::UnbindResp)).await?;
                return Err("the SMSC unbound".into());
            }
            CommandId::DeliverSm => return self.deliver(header, pdu, out).await,
            CommandId::AlertNotification => {}
            _ if header.id & RESPONSE != 0 => self.answered(header, pdu.as_ref()).await?,
            _ => {
                let nack = pdu::write(UNKNOWN_COMMAND, header.sequence, Pdu::GenericNack);
                self.send(out, nack).await?;
            }
        }
        Ok(None)
    }

    /// A receipt or a text: answered once it is on disk.
    async fn deliver(
        &mut self,
        header: Header,
        pdu: Option<Pdu>,
        out: &mpsc::Sender<Bytes>,
    ) -> Heard<Option<Keeping>> {
        let Some(Pdu::DeliverSm(deliver)) = pdu else {
            self.send(out, answer(header.sequence, UNREADABLE)).await?;
            return Ok(None);
        };
        let fact = match pdu::delivered(&deliver, self.link.settings.receipt_ids) {
            Delivered::Receipt { said, from, reference } => said.state.map(|state| Fact::Receipt {
                queue: self.link.queue.clone(),
                remote: said.remote,
                state,
                cause: said.cause,
                recipient: Some(from).filter(|from| !from.is_empty()),
                reference,
            }),
            Delivered::Text { from, text } => Some(Fact::Incoming { from, text }),
            Delivered::Unreadable => None,
        };
        let Some(fact) = fact else {
            // On its way still, or of no use if it came again.
            self.send(out, answer(header.sequence, 0)).await?;
            return Ok(None);
        };
        let kept =
            self.link.journal.tell_and_keep(fact).await.map_err(|error| error.to_string())?;
        Ok(Some(Box::pin(async move { (header.sequence, kept.await.is_ok()) })))
    }

    /// An answer to something that was sent.
    async fn answered(&mut self, header: Header, pdu: Option<&Pdu>) -> Heard<()> {
        let Some(sent) = self.sent.remove(&header.sequence) else { return Ok(()) };
        match sent {
            Sent::Enquiry => self.is_enquiring = false,
            Sent::Unbind => {}
            Sent::Query { remote } => {
                if let (0, Some(Pdu::QuerySmResp(known))) = (header.status, pdu) {
                    let (stat, state) = receipt::message_state(known.message_state.into());
                    if let Some(state) = state {
                        self.tell(Fact::Receipt {
                            queue: self.link.queue.clone(),
                            remote: self.link.settings.answer_ids.canonical(&remote),
                            state,
                            cause: Some(stat.to_owned()).filter(|_| state != State::Delivered),
                            recipient: None,
                            reference: None,
                        })
                        .await?;
                    }
                }
            }
            Sent::Part { order, part, at, is_late } => {
                match is_late {
                    true => self.unanswered -= 1,
                    false => self.in_window -= 1,
                }
                let took = at.elapsed();
                self.link.metrics.answered(&self.link.queue, took);
                let remote = match pdu {
                    Some(Pdu::SubmitSmResp(taken)) => taken.message_id().as_str().to_owned(),
                    _ => String::new(),
                };
                let is_nack = header.id == u32::from(CommandId::GenericNack);
                match header.status {
                    0 if !is_nack => self.taken(order, part, remote, is_late).await?,
                    status => self.refused(order, part, status, is_late).await?,
                }
            }
        }
        Ok(())
    }

    async fn taken(
        &mut self,
        order: u64,
        part: Part,
        spelling: String,
        is_late: bool,
    ) -> Heard<()> {
        self.pace.took(Instant::now());
        let Some(progress) = self.messages.get_mut(&order) else { return Ok(()) };
        if !is_late {
            progress.in_window -= 1;
        }
        let message = progress.due.id;
        self.link.metrics.taken(&progress.due.bundle, &self.link.queue);
        let remote = match spelling.as_str() {
            // No receipt can be told to be its: it has a name all the same.
            "" => format!("-{message}-{}", part.number),
            id => self.link.settings.answer_ids.canonical(id),
        };
        let spelling = if spelling.is_empty() { remote.clone() } else { spelling };
        let fact = Fact::Taken { message, number: part.number, of: part.of, remote, spelling };
        self.tell(fact).await?;
        self.settle(order).await
    }

    async fn refused(&mut self, order: u64, part: Part, status: u32, is_late: bool) -> Heard<()> {
        let settings = &self.link.settings;
        let refusal = Refusal::of(status);
        let Some(progress) = self.messages.get_mut(&order) else { return Ok(()) };
        if !is_late {
            progress.in_window -= 1;
        }
        self.link.metrics.refused(&self.link.queue);
        if refusal == Refusal::Throttled && !is_late {
            self.pace.throttled(Instant::now());
            progress.unsent += 1;
            // Before everything that was claimed after it.
            self.unsent.insert((order, part.number), part);
            return Ok(());
        }
        let is_last = progress.due.attempts + 1 >= settings.attempts_max;
        let retry_ms = match refusal {
            Refusal::ForGood => None,
            _ if is_last => None,
            _ => Some(self.link.journal.now_ms() + i64::from(settings.retry_seconds) * 1_000),
        };
        progress.refused = Some((Refusal::cause(status), retry_ms));
        self.drop_unsent(order);
        self.settle(order).await
    }

    /// Says what became of a message once nothing of it waits.
    async fn settle(&mut self, order: u64) -> Heard<()> {
        let is_done = |progress: &Progress| progress.unsent == 0 && progress.in_window == 0;
        if !self.messages.get(&order).is_some_and(is_done) {
            return Ok(());
        }
        let Some(progress) = self.messages.get_mut(&order) else { return Ok(()) };
        let message = progress.due.id;
        if let Some((cause, retry_ms)) = progress.refused.take() {
            self.tell(Fact::Refused { message, cause, retry_ms }).await?;
        } else if progress.is_doubted {
            // Late answers are still told of.
            return Ok(());
        }
        self.messages.remove(&order);
        Ok(())
    }

    /// Gives up answers that did not come in time.
    async fn lapse(&mut self, out: &mpsc::Sender<Bytes>) -> Heard<()> {
        let now = Instant::now();
        while let Some((deadline, sequence)) = self.deadlines.front().copied() {
            if deadline > now {
                break;
            }
            self.deadlines.pop_front();
            match self.sent.get_mut(&sequence) {
                Some(Sent::Part { order, is_late, .. }) => {
                    *is_late = true;
                    let order = *order;
                    self.in_window -= 1;
                    self.unanswered += 1;
                    let Some(progress) = self.messages.get_mut(&order) else { continue };
                    progress.in_window -= 1;
                    progress.is_doubted = true;
                    let message = progress.due.id;
                    self.tell(Fact::Doubted(message)).await?;
                    self.settle(order).await?;
                    if self.unanswered > UNANSWERED_MAX {
                        return Err("the SMSC answers no more".into());
                    }
                }
                Some(Sent::Enquiry) => return Err("enquire_link was not answered".into()),
                Some(Sent::Unbind) => return Err("stopped".into()),
                Some(Sent::Query { .. }) => drop(self.sent.remove(&sequence)),
                None => {}
            }
        }
        let quiet = SmppSettings::seconds(self.link.settings.enquire_seconds);
        if !self.is_enquiring && now >= self.heard + quiet {
            self.is_enquiring = true;
            let sequence = self.next();
            self.await_answer(sequence, Sent::Enquiry);
            self.send(out, pdu::write(0, sequence, Pdu::EnquireLink)).await?;
        }
        Ok(())
    }

    /// Ends doubts, gives up what has no receipt, and finds what is to be asked
    /// for.
    fn chore(&mut self) -> Chore {
        let settings = &self.link.settings;
        let (journal, queue) = (self.link.journal.clone(), self.link.queue.clone());
        let doubt_ms = i64::from(settings.doubt_seconds) * 1_000;
        let give_up_ms = self.link.give_up_minutes.map(|minutes| i64::from(minutes) * 60_000);
        let now_ms = journal.now_ms();
        let asked = settings.query_minutes.map(|minutes| {
            let to_ms = now_ms - i64::from(minutes) * 60_000;
            {
                let from_ms = self.queried_ms;
                self.queried_ms = to_ms.max(from_ms);
                (from_ms, to_ms)
            }
        });
        Box::pin(async move {
            journal
                .run(move |batch, now_ms| {
                    batch.resolve(&queue, now_ms - doubt_ms, CHORE_MESSAGES_MAX, now_ms)?;
                    if let Some(give_up_ms) = give_up_ms {
                        batch.give_up(&queue, now_ms - give_up_ms, CHORE_MESSAGES_MAX, now_ms)?;
                    }
                    match asked {
                        Some((from_ms, to_ms)) if from_ms < to_ms => {
                            batch.awaited(&queue, from_ms, to_ms, CHORE_MESSAGES_MAX)
                        }
                        _ => Ok(Vec::new()),
                    }
                })
                .await
        })
    }

    /// Asks for the state of parts that have no receipt.
    async fn ask(&mut self, remotes: Vec<String>, out: &mpsc::Sender<Bytes>) -> Heard<()> {
        for remote in remotes {
            let sequence = self.next();
            let Ok(octets) = pdu::query(&self.link.settings, &remote, sequence) else { continue };
            self.await_answer(sequence, Sent::Query { remote });
            self.send(out, octets).await?;
        }
        Ok(())
    }

    /// Unbinds; whether the SMSC knows.
    async fn leave(&mut self, out: &mpsc::Sender<Bytes>) -> bool {
        if self.sent.values().any(|sent| matches!(sent, Sent::Unbind)) {
            return false;
        }
        if self.sequence == 0 {
            return true;
        }
        let sequence = self.next();
        self.await_answer(sequence, Sent::Unbind);
        let unbind = pdu::write(0, sequence, Pdu::Unbind);
        self.send(out, unbind).await.is_err()
    }

    async fn tell(&self, fact: Fact) -> Heard<()> {
        self.link.journal.tell(fact).await.map_err(|error| error.to_string())
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

/// deliver_sm_resp.
fn answer(sequence: u32, status: u32) -> Bytes {
    let answer = DeliverSmResp::new(COctetString::null(), Vec::new());
    pdu::write(status, sequence, answer.into())
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
