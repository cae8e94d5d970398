//! What the SMSC says: answers, receipts and texts.

use rusmpp::pdus::DeliverSmResp;
use rusmpp::types::COctetString;
use rusmpp::{CommandId, Pdu};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::bytes::{Bytes, BytesMut};

use super::{Heard, Keeping, Sent, Session};
use crate::State;
use crate::journal::Fact;
use crate::smpp::pdu::{self, Delivered, Header, Part};
use crate::smpp::receipt;
use crate::smpp::status::Refusal;

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
            Delivered::Receipt { said, from, reference } => said.state.map(|state| Fact::Receipt {
                queue: self.peer.queue.clone(),
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
            self.peer.journal.tell_and_keep(fact).await.map_err(|error| error.to_string())?;
        Ok(Some(Box::pin(async move { (header.sequence, kept.await.is_ok()) })))
    }

    /// An answer to something that was sent.
    pub(super) async fn answered(&mut self, header: Header, pdu: Option<&Pdu>) -> Heard<()> {
        let Some(sent) = self.sent.remove(&header.sequence) else { return Ok(()) };
        match sent {
            Sent::Enquiry => self.is_enquiring = false,
            Sent::Unbind => return Err("stopped".into()),
            Sent::Query { remote } => {
                if let (0, Some(Pdu::QuerySmResp(known))) = (header.status, pdu) {
                    let (stat, state) = receipt::message_state(known.message_state.into());
                    if let Some(state) = state {
                        self.tell(Fact::Receipt {
                            queue: self.peer.queue.clone(),
                            remote: self.peer.settings.answer_ids.canonical(&remote),
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
                self.peer.metrics.answered(&self.peer.queue, took);
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
        let message = progress.due.id;
        self.peer.metrics.taken(&progress.due.bundle, &self.peer.queue);
        let remote = match spelling.as_str() {
            // No receipt can be told to be its: it has a name all the same.
            "" => format!("-{message}-{}", part.number),
            id => self.peer.settings.answer_ids.canonical(id),
        };
        let spelling = if spelling.is_empty() { remote.clone() } else { spelling };
        let fact = Fact::Taken { message, number: part.number, of: part.of, remote, spelling };
        self.tell(fact).await?;
        self.settle(order).await
    }

    pub(super) async fn refused(
        &mut self,
        order: u64,
        part: Part,
        status: u32,
        is_late: bool,
    ) -> Heard<()> {
        let settings = &self.peer.settings;
        let refusal = Refusal::of(status);
        let Some(progress) = self.messages.get_mut(&order) else { return Ok(()) };
        if !is_late {
            progress.in_window -= 1;
        }
        self.peer.metrics.refused(&self.peer.queue);
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
            _ => Some(self.peer.journal.now_ms() + i64::from(settings.retry_seconds) * 1_000),
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
