//! ISO 8583 messages as a switch copies them to us: read, and never answered.

use std::io::Read;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use tillbell_delivery::journal::Journal;
use tillbell_delivery::{ErrorKind, Metrics};
use tillbell_iso8583::{DIALECT_BYTES_MAX, Decoder, Dialect, Frames, Framing as Form};
use tillbell_transaction::{Record, TokenKey, Transaction};
use tokio::runtime::Handle;

use crate::config::{Framing, Tap};
use crate::{Error, Result};

/// A connection that says nothing for so long is asked whether it is there still.
const SILENCE: Duration = Duration::from_secs(60);
/// How long to wait when too much waits already, or the disk refuses.
const REST: Duration = Duration::from_millis(50);

/// What a connection's messages go to.
#[derive(Clone)]
pub(crate) struct Sink {
    pub(crate) journal: Journal,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) token_key: Option<TokenKey>,
    pub(crate) runtime: Handle,
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
        for (_, stream) in streams.1.drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    fn is_closed(&self) -> bool {
        self.streams.lock().unwrap_or_else(PoisonError::into_inner).0
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

/// Reads a dialect, built in or from a file.
///
/// # Errors
/// For a name that is neither, and a file that is wrong.
pub(crate) fn dialect(name: &str) -> Result<Dialect> {
    if let Some(dialect) = Dialect::builtin(name) {
        return Ok(dialect);
    }
    let wrong = |detail: &str| Error::new(format!("dialect {name}: {detail}"));
    let mut text = String::new();
    let file = std::fs::File::open(name)
        .map_err(|error| wrong("is neither built in nor a file").because(error))?;
    file.take(DIALECT_BYTES_MAX as u64 + 1)
        .read_to_string(&mut text)
        .map_err(|error| wrong("cannot be read").because(error))?;
    if text.len() > DIALECT_BYTES_MAX {
        return Err(wrong(&format!("over {DIALECT_BYTES_MAX} bytes")));
    }
    Dialect::parse(&text, name).map_err(|error| wrong("is refused").because(error))
}

/// Takes connections until [`Open::close`]; each is read by a thread of its own.
pub(crate) fn listen(
    listener: &TcpListener,
    tap: &Tap,
    dialect: &Dialect,
    sink: &Sink,
    open: &Arc<Open>,
) {
    let form = match tap.framing {
        Framing::Length2 => Form::LengthBinary,
        Framing::Length4 => Form::LengthAscii,
    };
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
        let (sink, open, decoder) = (sink.clone(), open.clone(), Decoder::new(dialect.clone()));
        let reading = std::thread::Builder::new().name("tap".into()).spawn({
            let open = open.clone();
            move || {
                read(stream, number, form, &decoder, &sink, &open);
                open.leave(number);
            }
        });
        if reading.is_err() {
            open.leave(number);
        }
    }
}

fn read(stream: TcpStream, number: u64, form: Form, decoder: &Decoder, sink: &Sink, open: &Open) {
    let mut frames = Frames::new(stream, form);
    loop {
        let frame = match frames.next() {
            Ok(Some(frame)) => frame,
            // Hung up, or lost: the switch connects again.
            Ok(None) | Err(_) => return,
        };
        let message = frame.number;
        match frame.message.and_then(|message| decoder.decode(message)) {
            Ok(Record::Transaction(transaction)) => {
                if !store(*transaction, sink, open) {
                    return;
                }
                sink.metrics.tapped("accepted");
            }
            Ok(Record::Ignored(ignored)) => {
                sink.metrics.tapped("ignored");
                if ignored.reason.is_alarm() {
                    let reason = ignored.reason;
                    (sink.note)(format!("tap {number}: message {message}: warning: {reason}"));
                }
            }
            Err(error) => {
                sink.metrics.tapped("malformed");
                (sink.note)(format!("tap {number}: message {message}: {error}"));
            }
        }
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
