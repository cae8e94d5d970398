//! A session that is there for ever: made again when it is lost.

use std::hash::{BuildHasher, RandomState};
use std::io;
use std::sync::Arc;
use std::time::Duration;

use rusmpp::CommandId;
use tokio::io::{AsyncWriteExt, split};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::bytes::BytesMut;
use tokio_util::codec::Decoder;

use super::pdu;
use super::peer::{Connection, Peer, Reader, Smsc, Writer};
use super::session::Session;
use super::settings::SmppSettings;
use super::status::Refusal;
use crate::channel::{ACCOUNT_REST, LinkEvent, LinkEvents};
use crate::journal::{Fact, Journal};
use crate::{Error, ErrorKind, Metrics, Result, tls};

/// What came before a session's answer to the bind is read up to here.
const BIND_PDUS_MAX: usize = 16;
/// ESME_RINVPASWD and ESME_RINVSYSID: no bind is let in before somebody mends that.
const INVALID_PASSWORD: u32 = 0x0e;
const INVALID_SYSTEM_ID: u32 = 0x0f;

/// One queue's session with its SMSC.
pub struct Link {
    peer: Peer,
    events: LinkEvents,
}

impl Link {
    /// A link for a queue; nothing is connected yet. A message that has no receipt
    /// after so many minutes goes by the next fallback, if there is one.
    pub fn new(
        queue: &str,
        smsc: Smsc,
        give_up_minutes: Option<u32>,
        journal: Journal,
        metrics: Arc<Metrics>,
        events: LinkEvents,
    ) -> Self {
        let (queue, Smsc { settings, tls }) = (queue.into(), smsc);
        let peer = Peer { queue, settings, tls, journal, metrics, give_up_minutes };
        Self { peer, events }
    }

    /// Keeps a session up until it is told to stop.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        let first = Duration::from_millis(self.peer.settings.reconnect_ms.into());
        let most = Duration::from_millis(self.peer.settings.reconnect_max_ms.into()).max(first);
        let mut wait = first;
        // A bind by another password may be let in.
        self.peer.metrics.shut_out(&self.peer.queue, false);
        self.peer.metrics.link(&self.peer.queue, false);
        while !*stop.borrow() {
            let began = Instant::now();
            let connected = tokio::select! {
                connected = self.connect() => connected,
                _ = stop.changed() => break,
            };
            let is_refused =
                connected.as_ref().is_err_and(|error| error.kind() == ErrorKind::Account);
            self.peer.metrics.shut_out(&self.peer.queue, is_refused);
            let why = match connected {
                Ok((reader, writer, rest)) => {
                    self.peer.metrics.link(&self.peer.queue, true);
                    (self.events)(LinkEvent::Up { queue: self.peer.queue.clone() });
                    let why = Session::new(&self.peer, Instant::now())
                        .run(reader, writer, rest, &mut stop)
                        .await;
                    self.peer.metrics.link(&self.peer.queue, false);
                    why
                }
                Err(error) => chain(&error),
            };
            if *stop.borrow() {
                break;
            }
            (self.events)(LinkEvent::Down { queue: self.peer.queue.clone(), why });
            // A session that lasted was a good one.
            if began.elapsed() > most {
                wait = first;
            }
            let rest = match is_refused {
                true => sleep(ACCOUNT_REST),
                false => sleep(wait.mul_f64(1.0 - random() / 2.0)),
            };
            wait = (wait * 2).min(most);
            tokio::select! {
                () = rest => {}
                _ = stop.changed() => {}
            }
        }
        self.peer.metrics.shut_out(&self.peer.queue, false);
    }

    /// Connects and binds.
    async fn connect(&self) -> Result<(Reader, Writer, BytesMut)> {
        let limit = SmppSettings::seconds(self.peer.settings.bind_seconds);
        timeout(limit, self.bind()).await.unwrap_or_else(|_| {
            Err(Error::new(ErrorKind::Peer, "the SMSC did not answer the bind in time"))
        })
    }

    async fn bind(&self) -> Result<(Reader, Writer, BytesMut)> {
        let settings = &self.peer.settings;
        let lost = |error: io::Error| {
            Error::new(ErrorKind::Peer, "the SMSC cannot be reached").because(error)
        };
        let stream =
            TcpStream::connect((settings.host.as_str(), settings.port)).await.map_err(lost)?;
        stream.set_nodelay(true).map_err(lost)?;
        let stream: Box<dyn Connection> = match &self.peer.tls {
            None => Box::new(stream),
            Some(tls) => Box::new(tls::connect(tls, &settings.host, stream).await?),
        };
        let (mut reader, mut writer) = split(stream);
        let sequence = 1;
        writer.write_all(&pdu::bind(settings, sequence)?).await.map_err(lost)?;
        writer.flush().await.map_err(lost)?;
        let (mut frames, mut buffer) = (pdu::frames(), BytesMut::new());
        for _ in 0..BIND_PDUS_MAX {
            let frame = loop {
                match frames.decode(&mut buffer).map_err(lost)? {
                    Some(frame) => break frame,
                    None => {
                        let read = tokio::io::AsyncReadExt::read_buf(&mut reader, &mut buffer);
                        if read.await.map_err(lost)? == 0 {
                            return Err(Error::new(ErrorKind::Peer, "the SMSC hung up"));
                        }
                    }
                }
            };
            let (header, _) = pdu::read(frame)?;
            let is_answer = header.id == u32::from(CommandId::BindTransceiverResp)
                || header.id == u32::from(CommandId::GenericNack);
            match (is_answer, header.status) {
                (true, 0) => {
                    let _ = self.peer.journal.tell(Fact::Connected(self.peer.queue.clone())).await;
                    return Ok((reader, writer, buffer));
                }
                (true, status) => {
                    let kind = match status {
                        INVALID_PASSWORD | INVALID_SYSTEM_ID => ErrorKind::Account,
                        _ => ErrorKind::Peer,
                    };
                    let cause = Refusal::cause(status);
                    return Err(Error::new(kind, format!("the SMSC refuses the bind: {cause}")));
                }
                (false, _) => {}
            }
        }
        Err(Error::new(ErrorKind::Peer, "the SMSC does not answer the bind"))
    }
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Link").field("queue", &self.peer.queue).finish_non_exhaustive()
    }
}

/// An error and its causes.
fn chain(error: &Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

/// A number from 0 to 1 that differs between processes and calls.
fn random() -> f64 {
    RandomState::new().hash_one(0) as f64 / u64::MAX as f64
}
