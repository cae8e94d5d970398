//! ISO 8583 messages as a switch copies them to us: read, and never answered.

mod memory;

use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use socket2::{SockRef, TcpKeepalive};
use tillbell_delivery::journal::Journal;
use tillbell_delivery::{ErrorKind, Metrics};
use tillbell_iso8583::{Decoded, Decoder, Dialect, Frames, Framing};
use tillbell_transaction::{IgnoredReason, Record, TokenKey, Transaction};
use tokio::runtime::Handle;

use self::memory::Memory;
use crate::config::Tap;

/// A connection that says nothing for so long is asked whether it is there still.
const SILENCE: Duration = Duration::from_secs(60);
/// How long to wait when too much waits already, or the disk refuses.
const REST: Duration = Duration::from_millis(50);
/// How long a stop waits for messages that are being read.
const LAST_MESSAGES: Duration = Duration::from_secs(2);

/// What a connection's messages go to.
#[derive(Clone)]
pub(crate) struct Sink {
    pub(crate) journal: Journal,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) token_key: Option<TokenKey>,
    pub(crate) runtime: Handle,
    /// Beside it stands what outlives a restart.
    pub(crate) outbox: PathBuf,
    pub(crate) note: Arc<dyn Fn(String) + Send + Sync>,
}

/// Connections that are open, so that a stop can end them.
#[derive(Debug, Default)]
pub(crate) struct Open {
    streams: Mutex<(bool, Vec<(u64, TcpStream)>)>,
}

impl Open {
    /// Ends all, and those that come after.
    pub(crate) fn close(&self) {
        let mut streams = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
        streams.0 = true;
        for (_, stream) in &streams.1 {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    fn is_closed(&self) -> bool {
        self.streams.lock().unwrap_or_else(PoisonError::into_inner).0
    }

    /// Waits until nothing is read any more, for a while.
    fn wait(&self) {
        let until = Instant::now() + LAST_MESSAGES;
        let is_read = || !self.streams.lock().unwrap_or_else(PoisonError::into_inner).1.is_empty();
        while is_read() && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Takes a connection on, if there is room for it.
    fn enter(&self, number: u64, stream: &TcpStream, count_max: usize) -> bool {
        let mut streams = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
        match (streams.0 || streams.1.len() >= count_max, stream.try_clone()) {
            (false, Ok(stream)) => {
                streams.1.push((number, stream));
                true
            }
            _ => false,
        }
    }

    fn leave(&self, number: u64) {
        let mut streams = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
        streams.1.retain(|(known, _)| *known != number);
    }
}

/// Takes connections until [`Open::close`]; each is read by a thread of its own.
pub(crate) fn listen(
    listener: &TcpListener,
    tap: &Tap,
    dialect: &Dialect,
    sink: &Sink,
    open: &Arc<Open>,
) {
    let (memory, wrong) = Memory::open(&sink.outbox, sink.token_key.clone());
    let memory = Arc::new(memory);
    let note = |wrong: String| (sink.note)(format!("tap: requests that wait: {wrong}"));
    wrong.into_iter().for_each(note);
    accept(listener, tap, dialect, sink, open, &memory);
    open.wait();
    let (given_up, wrong) = memory.close();
    wrong.into_iter().for_each(note);
    for (tag, decoded) in given_up {
        sink.took(open, tag, decoded);
    }
}

fn accept(
    listener: &TcpListener,
    tap: &Tap,
    dialect: &Dialect,
    sink: &Sink,
    open: &Arc<Open>,
    memory: &Arc<Memory>,
) {
    for (number, stream) in (1..).zip(listener.incoming()) {
        if open.is_closed() {
            return;
        }
        let Ok(stream) = stream else {
            std::thread::sleep(REST);
            continue;
        };
        // A switch may say nothing for hours; one that is gone must not keep its place.
        let alive = TcpKeepalive::new().with_time(SILENCE);
        let _ = SockRef::from(&stream).set_tcp_keepalive(&alive);
        if !open.enter(number, &stream, tap.connections_max) {
            (sink.note)(format!("tap: over {} connections, one is refused", tap.connections_max));
            continue;
        }
        let reader = Reader {
            number,
            decoder: Decoder::new(dialect.clone()),
            memory: memory.clone(),
            sink: sink.clone(),
            open: open.clone(),
        };
        let (open, form) = (open.clone(), tap.framing);
        let reading = std::thread::Builder::new().name("tap".into()).spawn({
            let open = open.clone();
            move || {
                reader.read(stream, form);
                open.leave(number);
            }
        });
        if reading.is_err() {
            open.leave(number);
        }
    }
}

/// Connection and message.
type Tag = (u64, u64);

/// Reads one connection.
struct Reader {
    number: u64,
    decoder: Decoder,
    memory: Arc<Memory>,
    sink: Sink,
    open: Arc<Open>,
}

impl Reader {
    fn read(&self, stream: TcpStream, form: Framing) {
        let mut frames = Frames::new(stream, form);
        loop {
            let frame = match frames.next() {
                Ok(Some(frame)) => frame,
                // Hung up, or lost: the switch connects again.
                Ok(None) | Err(_) => return,
            };
            let tag = (self.number, frame.number);
            match frame.message.and_then(|message| self.decoder.decode(message)) {
                Ok(decoded) => {
                    for (tag, decoded) in self.memory.take(tag, decoded) {
                        if !self.sink.took(&self.open, tag, decoded) {
                            return;
                        }
                    }
                }
                Err(error) => {
                    self.sink.metrics.tapped("malformed");
                    self.sink.note(tag, &error);
                }
            }
        }
    }
}

impl Sink {
    fn note(&self, (connection, message): Tag, what: &dyn std::fmt::Display) {
        (self.note)(format!("tap {connection}: message {message}: {what}"));
    }

    /// Takes in what was decided; whether the daemon goes on.
    fn took(&self, open: &Open, tag: Tag, decoded: Decoded) -> bool {
        for alarm in &decoded.alarms {
            self.metrics.left_out(alarm.field());
            self.note(tag, &format_args!("warning: left out: {alarm}"));
        }
        match decoded.record {
            Record::Transaction(transaction) => {
                if !store(*transaction, self, open) {
                    return false;
                }
                self.metrics.tapped("accepted");
            }
            Record::Ignored(ignored) => {
                let is_unpaired = ignored.reason == IgnoredReason::Unpaired;
                self.metrics.tapped(if is_unpaired { "unpaired" } else { "ignored" });
                if ignored.reason.is_alarm() {
                    self.note(tag, &format_args!("warning: {}", ignored.reason));
                }
            }
        }
        true
    }
}

/// Hands a transaction over, however long that takes: meanwhile nothing more is
/// read, and the switch notices. Whether it is stored.
fn store(mut transaction: Transaction, sink: &Sink, open: &Open) -> bool {
    if let Some(key) = &sink.token_key {
        key.name_card(&mut transaction);
    }
    loop {
        let accepted = sink.runtime.block_on(sink.journal.accept(vec![transaction.clone()]));
        match accepted {
            Ok(_) => return true,
            Err(error) if matches!(error.kind(), ErrorKind::Busy | ErrorKind::Storage) => {
                if open.is_closed() {
                    return false;
                }
                std::thread::sleep(REST);
            }
            Err(_) => return false,
        }
    }
}
