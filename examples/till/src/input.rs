//! Records out of bytes: one reader for standard input, and for each client.

use std::io::{self, BufReader, Read};
use std::time::Instant;

use tillbell_iso8583::{Decoder, Dialect, Frames, Framing, Messages, Place};
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
        let mut decoder = Decoder::new(Dialect::open(&options.dialect)?);
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
