//! What the SMSC says: answers, receipts and texts.

use std::time::Duration;

use rusmpp::pdus::DeliverSmResp;
use rusmpp::types::COctetString;
use rusmpp::{CommandId, Pdu};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::bytes::{Bytes, BytesMut};

use super::{Heard, Keeping, Sent, Session};
use crate::State;
use crate::channel::smpp::pdu::{self, Delivered, Header, Part};
use crate::channel::smpp::receipt;
use crate::channel::smpp::status::Refusal;
use crate::journal::{Fact, ReceiptFact};
use crate::pace::retry_after;

/// ESME_RINVCMDID: a request that is not known here.
const UNKNOWN_COMMAND: u32 = 0x03;
/// ESME_RX_P_APPN: a deliver_sm that cannot be read, and need not come again.
const UNREADABLE: u32 = 0x65;

impl Session<'_> {
    /// Looks at a frame; gives what answers it later.
    pub(super) async fn hear(
        &mut self,
        frame: BytesMut,
        out: &mpsc::Sender<Bytes>,
    ) -> Heard<Option<Keeping>> {
        self.heard = Instant::now();
        let (header, pdu) = pdu::read(frame).map_err(|error| error.to_string())?;
        const RESPONSE: u32 = 0x8000_0000;
        match CommandId::from(header.id) {
            CommandId::EnquireLink => {
                self.send(out, pdu::write(0, header.sequence, Pdu::EnquireLinkResp)).await?;
            }
            CommandId::Unbind => {
                // What is in the window is answered first.
                self.unbound = Some(header.sequence);
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
    pub(super) async fn deliver(
        &mut self,
        header: Header,
        pdu: Option<Pdu>,
        out: &mpsc::Sender<Bytes>,
    ) -> Heard<Option<Keeping>> {
        let Some(Pdu::DeliverSm(deliver)) = pdu else {
            self.send(out, answer(header.sequence, UNREADABLE)).await?;
            return Ok(None);
        };
        let fact = match pdu::delivered(&deliver, self.peer.settings.receipt_ids) {
            Delivered::Receipt { said, from, reference } => said.state.map(|state| {
                Fact::Receipt(ReceiptFact {
                    cause: said.cause,
                    recipient: Some(from).filter(|from| !from.is_empty()),
                    reference,
                    text: said.text,
                    submitted_ms: said.submitted_ms,
                    ..ReceiptFact::new(&self.peer.queue, &said.remote, state)
                })
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
            self.peer.journal.tell_and_keep(fact).await.map_err(|error| error.to_string())?;
        Ok(Some(Box::pin(async move { (header.sequence, kept.await.is_ok()) })))
    }

    pub(super) async fn tell(&self, fact: Fact) -> Heard<()> {
        self.peer.journal.tell(fact).await.map_err(|error| error.to_string())
    }

    /// An answer to something that was sent.
    pub(super) async fn answered(&mut self, header: Header, pdu: Option<&Pdu>) -> Heard<()> {
        let Some(sent) = self.sent.remove(&header.sequence) else { return Ok(()) };
        match sent {
            Sent::Enquiry => self.is_enquiring = false,
            Sent::Unbind => return Err("stopped".into()),
            Sent::Query { remote, is_late } => {
                if !is_late {
                    self.in_window -= 1;
                }
                if let (0, Some(Pdu::QuerySmResp(known))) = (header.status, pdu) {
                    let (stat, state) = receipt::message_state(known.message_state.into());
                    if let Some(state) = state {
                        let remote = self.peer.settings.answer_ids.canonical(&remote);
                        self.tell(Fact::Receipt(ReceiptFact {
                            cause: Some(stat.to_owned()).filter(|_| state != State::Delivered),
                            ..ReceiptFact::new(&self.peer.queue, &remote, state)
                        }))
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
                self.peer.metrics.answered(&self.peer.queue, took);
                let remote = match pdu {
                    Some(Pdu::SubmitSmResp(taken)) => taken.message_id().as_str().to_owned(),
                    _ => String::new(),
                };
                let is_nack = header.id == u32::from(CommandId::GenericNack);
                match header.status {
                    0 if !is_nack => self.taken(order, part, remote, is_late).await?,
                    status => self.refused(order, status, is_late).await?,
                }
            }
        }
        Ok(())
    }

    pub(super) async fn taken(
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
        let (message, attempt) = (progress.due.id, progress.due.attempt);
        self.peer.metrics.taken(&progress.due.bundle, &self.peer.queue);
        let remote = match spelling.as_str() {
            // No receipt can be told to be its: it has a name all the same.
            "" => format!("-{message}-{attempt}-{}", part.number),
            id => self.peer.settings.answer_ids.canonical(id),
        };
        let spelling = if spelling.is_empty() { remote.clone() } else { spelling };
        let (number, of) = (part.number, part.of);
        let queue = self.peer.queue.clone();
        let fact = Fact::Taken { queue, message, attempt, number, of, remote, spelling };
        self.tell(fact).await?;
        self.settle(order).await
    }

    pub(super) async fn refused(&mut self, order: u64, status: u32, is_late: bool) -> Heard<()> {
        let settings = &self.peer.settings;
        let refusal = Refusal::of(status);
        let Some(progress) = self.messages.get_mut(&order) else { return Ok(()) };
        if !is_late {
            progress.in_window -= 1;
        }
        self.peer.metrics.refused(&self.peer.queue);
        let refusals = progress.due.refusals;
        let is_last = refusals + 1 >= settings.attempts_max;
        let now_ms = self.peer.journal.now_ms();
        let again = |first: Duration| now_ms + retry_after(first, refusals).as_millis() as i64;
        let retry_ms = match refusal {
            Refusal::ForGood => None,
            // It may be one recipient's: the message waits by itself, and the others
            // go on until a second one is refused.
            Refusal::Throttled => {
                if !is_late {
                    self.pace.refused(Instant::now(), &progress.due.recipient);
                }
                Some(again(Duration::from_millis(settings.throttle_ms.into())))
            }
            Refusal::ForNow if is_last => None,
            Refusal::ForNow => Some(again(Duration::from_secs(settings.retry_seconds.into()))),
        };
        progress.refused = Some((Refusal::cause(status), retry_ms));
        self.drop_unsent(order);
        self.settle(order).await
    }
}

/// deliver_sm_resp.
pub(super) fn answer(sequence: u32, status: u32) -> Bytes {
    let answer = DeliverSmResp::new(COctetString::null(), Vec::new());
    pdu::write(status, sequence, answer.into())
}
