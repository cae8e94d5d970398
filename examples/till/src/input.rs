//! Records out of bytes: one reader for standard input, and for each client.

use std::fs;
use std::io::{self, BufReader, Read};
use std::path::Path;
use std::time::Instant;

use tillbell_iso8583::{DIALECT_BYTES_MAX, Decoder, Dialect, Frames, Framing, Messages, Place};
use tillbell_transaction::{Error, Lines, json};

use crate::Result;
use crate::mailbox::{Client, Incoming, Mailbox};
use crate::options::{Format, Options};

/// Bytes that are read ahead.
const AHEAD_BYTES: usize = 16 * 1024;

/// What records look like.
#[derive(Clone)]
pub(crate) enum Reading {
    Json,
    Iso8583(Decoder, Framing),
}

impl Reading {
    /// What the options say.
    ///
    /// # Errors
    /// If the dialect is none.
    pub(crate) fn new(options: &Options) -> Result<Self> {
        if options.format == Format::Json {
            return Ok(Self::Json);
        }
        let mut decoder = Decoder::new(dialect(&options.dialect)?);
        if let Some(reference) = options.reference {
            decoder = decoder.reference_time(reference);
        }
        Ok(Self::Iso8583(decoder, options.framing))
    }

    /// Puts records into the mailbox until the feed or the till ends.
    ///
    /// # Errors
    /// What the reader says.
    pub(crate) fn read(
        &self,
        reader: impl Read,
        client: &Client,
        mailbox: &Mailbox,
    ) -> io::Result<()> {
        let put = |number, record| mailbox.put(Incoming { client: client.clone(), number, record });
        match self {
            Self::Json => {
                let reader = BufReader::with_capacity(AHEAD_BYTES, reader);
                let mut lines = Lines::new(reader, json::EVENT_BYTES_MAX);
                while let Some(line) = lines.next_full()? {
                    let whole = line.whole().map_err(|detail| Error::new("", detail));
                    if !put(line.number, whole.and_then(json::read)) {
                        break;
                    }
                }
            }
            Self::Iso8583(decoder, framing) => {
                let frames = Frames::new(reader, *framing);
                let mut messages = Messages::new(frames, decoder.clone(), None);
                let began = Instant::now();
                let now_ms = || i64::try_from(began.elapsed().as_millis()).unwrap_or(i64::MAX);
                while let Some((Place { number, .. }, decoded)) = messages.next(now_ms)? {
                    let record = decoded.map(|decoded| {
                        for alarm in &decoded.alarms {
                            eprintln!("{client}:{number}: warning: left out: {alarm}");
                        }
                        decoded.record
                    });
                    if !put(number, record) {
                        break;
                    }
                }
            }
        }
        Ok(())
    }
}

/// The dialect of this name or in this file.
fn dialect(name: &str) -> Result<Dialect> {
    if let Some(dialect) = Dialect::builtin(name) {
        return Ok(dialect);
    }
    let path = Path::new(name);
    if !path.is_file() {
        let names: Vec<_> = Dialect::names().collect();
        return Err(format!("neither a dialect ({}) nor a file", names.join(", ")).into());
    }
    let length = fs::metadata(path)?.len();
    if length > DIALECT_BYTES_MAX as u64 {
        return Err(format!("{length} bytes, limit {DIALECT_BYTES_MAX}").into());
    }
    Ok(Dialect::parse(&fs::read_to_string(path)?, name)?)
}
