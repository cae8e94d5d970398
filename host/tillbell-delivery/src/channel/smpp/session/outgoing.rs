//! Parts on their way out, and what became of them.

use std::time::Duration;

use rusmpp::Pdu;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::bytes::Bytes;

use super::{CHORE_MESSAGES_MAX, Chore, Heard, Progress, Sent, Session, UNANSWERED_MAX};
use crate::channel::smpp::pdu;
use crate::channel::smpp::settings::SmppSettings;
use crate::journal::{Care, Claimed, Fact};
use crate::{AwaitedPlace, Result};

impl Session<'_> {
    /// Takes claimed messages on.
    pub(super) async fn take(&mut self, claimed: Vec<Claimed>) -> Heard<()> {
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
            // One that has no parts is refused at once.
            self.settle(order).await?;
        }
        Ok(())
    }

    /// Sends what may go out.
    pub(super) async fn submit(&mut self, out: &mpsc::Sender<Bytes>) -> Heard<()> {
        while self.in_window < self.pace.window(self.window()) && !self.leaves() {
            let Some(((order, number), _)) = self.unsent.first_key_value() else { break };
            let (order, number) = (*order, *number);
            let now_ms = self.peer.journal.now_ms();
            let Some(progress) = self.messages.get(&order) else {
                self.unsent.remove(&(order, number));
                continue;
            };
            let is_untouched = progress.in_window == 0 && !progress.is_doubted && number == 1;
            if is_untouched && progress.due.expires_ms.is_some_and(|expires| expires <= now_ms) {
                let (message, attempt) = (progress.due.id, progress.due.attempt);
                self.drop_unsent(order);
                self.messages.remove(&order);
                self.tell(Fact::Expired { message, attempt }).await?;
                continue;
            }
            if !self.pace.take(Instant::now()) {
                break;
            }
            let Some(part) = self.unsent.remove(&(order, number)) else { break };
            let sequence = self.next();
            let settings = &self.peer.settings;
            let Some(progress) = self.messages.get_mut(&order) else { continue };
            progress.unsent -= 1;
            match pdu::submit(settings, &progress.due, &part, sequence, now_ms) {
                Ok(octets) => {
                    progress.in_window += 1;
                    let waited = now_ms - progress.due.since_ms;
                    if part.number == 1 {
                        let waited = Duration::from_millis(waited.max(0) as u64);
                        self.peer.metrics.submitted(&self.peer.queue, waited);
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
        self.query(out).await
    }

    pub(super) fn await_answer(&mut self, sequence: u32, sent: Sent) {
        let patience = SmppSettings::seconds(self.peer.settings.answer_seconds);
        self.deadlines.push_back((Instant::now() + patience, sequence));
        self.sent.insert(sequence, sent);
    }

    pub(super) fn drop_unsent(&mut self, order: u64) {
        let parts: Vec<_> =
            self.unsent.range((order, 0)..=(order, u32::MAX)).map(|(key, _)| *key).collect();
        for key in parts {
            self.unsent.remove(&key);
        }
        if let Some(progress) = self.messages.get_mut(&order) {
            progress.unsent = 0;
        }
    }

    /// Says what became of a message once nothing of it waits.
    pub(super) async fn settle(&mut self, order: u64) -> Heard<()> {
        let is_done = |progress: &Progress| progress.unsent == 0 && progress.in_window == 0;
        if !self.messages.get(&order).is_some_and(is_done) {
            return Ok(());
        }
        let Some(progress) = self.messages.get_mut(&order) else { return Ok(()) };
        let (message, attempt) = (progress.due.id, progress.due.attempt);
        let is_doubted = progress.is_doubted;
        if let Some((cause, retry_ms)) = progress.refused.take()
            && !is_doubted
        {
            self.tell(Fact::Refused { message, attempt, cause, retry_ms }).await?;
        } else if is_doubted {
            // Late answers are still told of.
            return Ok(());
        }
        self.messages.remove(&order);
        Ok(())
    }

    /// Gives up answers that did not come in time.
    pub(super) async fn lapse(&mut self, out: &mpsc::Sender<Bytes>) -> Heard<()> {
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
                    let (message, attempt) = (progress.due.id, progress.due.attempt);
                    self.tell(Fact::Doubted { message, attempt }).await?;
                    self.settle(order).await?;
                    if self.unanswered > UNANSWERED_MAX {
                        return Err("the SMSC answers no more".into());
                    }
                }
                Some(Sent::Enquiry) => return Err("enquire_link was not answered".into()),
                Some(Sent::Unbind) => return Err("stopped".into()),
                Some(Sent::Query { is_late, .. }) => {
                    *is_late = true;
                    self.in_window -= 1;
                    self.sent.remove(&sequence);
                }
                None => {}
            }
        }
        let quiet = SmppSettings::seconds(self.peer.settings.enquire_seconds);
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
    pub(super) fn chore(&mut self) -> Chore {
        let settings = &self.peer.settings;
        let journal = self.peer.journal.clone();
        // Whoever waits to be asked for is asked for first.
        let minutes = settings.query_minutes.filter(|_| self.to_query.is_empty());
        let care = Care {
            queue: self.peer.queue.clone(),
            doubt_ms: i64::from(settings.doubt_seconds) * 1_000,
            give_up_ms: self.peer.give_up_minutes.map(|minutes| i64::from(minutes) * 60_000),
            query: minutes.map(|minutes| (i64::from(minutes) * 60_000, self.queried)),
            count_max: CHORE_MESSAGES_MAX,
        };
        Box::pin(async move { journal.care(care).await })
    }

    /// Keeps what the SMSC is to be asked for. After an error it is found again.
    pub(super) fn queue_queries(&mut self, found: Result<Vec<(String, AwaitedPlace)>>) {
        for (remote, place) in found.unwrap_or_default() {
            self.to_query.push_back(remote);
            self.queried = place;
        }
    }

    /// Asks for the state of parts that have no receipt, within window and pace.
    async fn query(&mut self, out: &mpsc::Sender<Bytes>) -> Heard<()> {
        while self.in_window < self.pace.window(self.window())
            && !self.leaves()
            && !self.to_query.is_empty()
            && self.pace.take(Instant::now())
        {
            let Some(remote) = self.to_query.pop_front() else { break };
            let sequence = self.next();
            let Ok(octets) = pdu::query(&self.peer.settings, &remote, sequence) else { continue };
            self.in_window += 1;
            self.await_answer(sequence, Sent::Query { remote, is_late: false });
            self.send(out, octets).await?;
        }
        Ok(())
    }

    /// Unbinds, once; the answer ends the session.
    pub(super) async fn leave(&mut self, out: &mpsc::Sender<Bytes>) -> Heard<()> {
        if self.sent.values().any(|sent| matches!(sent, Sent::Unbind)) {
            return Ok(());
        }
        let sequence = self.next();
        self.await_answer(sequence, Sent::Unbind);
        self.send(out, pdu::write(0, sequence, Pdu::Unbind)).await
    }
}
