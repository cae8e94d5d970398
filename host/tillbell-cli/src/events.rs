//! Events of a feed, whatever their format, one after the other.

use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, sync_channel};

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use tillbell_iso8583::{Frames, Messages};
use tillbell_tape::{Next, Tape};
use tillbell_transaction::{Error, Lines, Record, Timestamp, TokenKey, Transaction, json};

use crate::dialects::DialectOpts;
use crate::shape;

/// Where events come from and what they look like.
#[derive(Args, Clone)]
pub(crate) struct FeedOpts {
    /// The feed; - is standard input
    #[arg(long, visible_alias = "event", value_name = "FILE")]
    events: PathBuf,
    /// What the feed holds
    #[arg(long, value_enum, default_value_t = Format::Jsonl)]
    format: Format,
    #[command(flatten)]
    dialect: DialectOpts,
}

impl FeedOpts {
    fn is_standard_input(&self) -> bool {
        self.events.as_os_str() == "-"
    }

    /// Whether the feed is a file, and no pipe that somebody still writes to.
    fn is_file(&self) -> bool {
        let path = if self.is_standard_input() { Path::new("/dev/stdin") } else { &self.events };
        std::fs::metadata(path).is_ok_and(|about| about.is_file())
    }
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Canonical JSON, one event a line
    Jsonl,
    /// ISO 8583 messages
    Iso8583,
    /// A tape of the daemon; told from canonical JSON by its first line
    Tape,
}

/// One event of the feed.
pub(crate) struct Event<'a> {
    /// Where it stands.
    pub(crate) place: Place<'a>,
    /// What it says, or why it cannot be read.
    pub(crate) record: std::result::Result<Record, Error>,
    /// What of it was left out.
    pub(crate) alarms: Vec<Error>,
    raw: Raw<'a>,
}

/// An event as it stands in the feed, or the beginning of it.
enum Raw<'a> {
    Text(&'a [u8]),
    Message(usize),
}

/// Where an event stands, such as `day.jsonl:12`.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    feed: &'a str,
    number: u64,
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.feed, self.number)
    }
}

/// Says what of an event was left out because it could not be read.
pub(crate) fn warn_of_left_out(place: &impl fmt::Display, alarms: &[Error]) {
    for alarm in alarms {
        eprintln!("{place}: warning: left out: {alarm}");
    }
}

impl Event<'_> {
    /// What a file of rejects may hold of the event: its shape, or its length
    /// where it is in digits throughout.
    pub(crate) fn shape(&self) -> String {
        match self.raw {
            Raw::Text(bytes) => shape::of(&String::from_utf8_lossy(bytes)),
            Raw::Message(length) => format!("{length} bytes"),
        }
    }
}

/// What a feed says next.
pub(crate) struct Said {
    pub(crate) place: String,
    pub(crate) record: std::result::Result<Record, Error>,
    pub(crate) alarms: Vec<Error>,
}

/// A feed that is read beside what is done with it: a slow one holds up nothing but
/// itself.
pub(crate) struct Ahead {
    said: Receiver<Result<Said>>,
    /// Whether all of it is there, so that its next event is never far.
    is_file: bool,
}

impl Ahead {
    /// Begins to read, at most `ahead_max` events ahead.
    pub(crate) fn open(
        opts: &FeedOpts,
        now: Option<Timestamp>,
        key: Option<TokenKey>,
        ahead_max: usize,
    ) -> Result<Self> {
        let (read, said) = sync_channel(ahead_max);
        let is_file = opts.is_file();
        let opts = opts.clone();
        // What ends first ends the other: a closed feed, or whoever does not ask any more.
        std::thread::Builder::new().name("feed".into()).spawn(move || {
            let mut events = match Events::open(&opts, now, key) {
                Ok(events) => events,
                Err(error) => return drop(read.send(Err(error))),
            };
            loop {
                let said = match events.next() {
                    Ok(None) => return,
                    Ok(Some(Event { place, record, alarms, .. })) => {
                        Ok(Said { place: place.to_string(), record, alarms })
                    }
                    Err(error) => Err(error),
                };
                let is_over = said.is_err();
                if read.send(said).is_err() || is_over {
                    return;
                }
            }
        })?;
        Ok(Self { said, is_file })
    }

    /// The next event, waiting for it; none at the end.
    pub(crate) fn next(&self) -> Result<Option<Said>> {
        self.said.recv().ok().transpose()
    }

    /// The next event, if it is there: of a file it always is, however slow the machine, so
    /// that the same file has the same events decided together.
    pub(crate) fn ready(&self) -> Result<Option<Said>> {
        let said = if self.is_file { self.said.recv().ok() } else { self.said.try_recv().ok() };
        said.transpose()
    }
}

/// A feed.
pub(crate) struct Events {
    name: String,
    source: Source,
}

type Reader = Box<dyn BufRead>;

enum Source {
    Json(Lines<Reader>),
    Tape(Tape<Reader>),
    Iso8583(Box<Messages<Reader>>),
}

impl Events {
    pub(crate) fn open(
        opts: &FeedOpts,
        now: Option<Timestamp>,
        key: Option<TokenKey>,
    ) -> Result<Self> {
        let standard_input = opts.is_standard_input();
        let name = if standard_input { "-".into() } else { opts.events.display().to_string() };
        let mut reader: Reader = if standard_input {
            Box::new(io::stdin().lock())
        } else {
            let file = File::open(&opts.events).with_context(|| format!("cannot open {name}"))?;
            Box::new(BufReader::with_capacity(64 * 1024, file))
        };
        let is_tape = match opts.format {
            Format::Tape => true,
            Format::Iso8583 => false,
            Format::Jsonl => {
                let beginning = reader.fill_buf().with_context(|| format!("cannot read {name}"))?;
                tillbell_tape::is_tape(beginning)
            }
        };
        let source = match opts.format {
            _ if is_tape => {
                let tape = Tape::open(reader).with_context(|| format!("cannot read {name}"))?;
                Source::Tape(tape)
            }
            Format::Jsonl | Format::Tape => Source::Json(Lines::new(reader, json::EVENT_BYTES_MAX)),
            Format::Iso8583 => {
                let frames = Frames::new(reader, opts.dialect.framing());
                let decoder = opts.dialect.decoder(now)?;
                Source::Iso8583(Box::new(Messages::new(frames, decoder, key)))
            }
        };
        Ok(Self { name, source })
    }

    /// Reads at most `count_max` transactions from the beginning of a feed; everything else in
    /// it is skipped.
    pub(crate) fn transactions(opts: &FeedOpts, count_max: usize) -> Result<Vec<Transaction>> {
        let mut events = Self::open(opts, None, None)?;
        let mut all = Vec::new();
        while all.len() < count_max
            && let Some(event) = events.next()?
        {
            if let Ok(Record::Transaction(transaction)) = event.record {
                all.push(*transaction);
            }
        }
        Ok(all)
    }

    /// The next event; blank lines are passed over.
    pub(crate) fn next(&mut self) -> Result<Option<Event<'_>>> {
        let feed = self.name.as_str();
        let unreadable = || format!("cannot read {feed}");
        match &mut self.source {
            Source::Json(lines) => {
                let Some(line) = lines.next_full().with_context(unreadable)? else {
                    return Ok(None);
                };
                let record =
                    line.whole().map_err(|detail| Error::new("", detail)).and_then(json::read);
                let place = Place { feed, number: line.number };
                let raw = Raw::Text(line.bytes);
                Ok(Some(Event { place, record, alarms: Vec::new(), raw }))
            }
            Source::Tape(tape) => loop {
                let Some(Next { number, bytes, record }) = tape.next().with_context(unreadable)?
                else {
                    return Ok(None);
                };
                let record = match record {
                    // The same event again: what is put off is decided by this world's clock.
                    Ok(record) if record.decided.due => continue,
                    Ok(record) => Ok(Record::Transaction(record.transaction)),
                    Err(error) => Err(error),
                };
                let (place, raw) = (Place { feed, number }, Raw::Message(bytes));
                return Ok(Some(Event { place, record, alarms: Vec::new(), raw }));
            },
            Source::Iso8583(messages) => {
                // A feed has no clock: an answer waits until its end.
                let Some((place, decoded)) = messages.next(|| 0).with_context(unreadable)? else {
                    return Ok(None);
                };
                let (record, alarms) = match decoded {
                    Ok(decoded) => (Ok(decoded.record), decoded.alarms),
                    Err(error) => (Err(error), Vec::new()),
                };
                let raw = Raw::Message(place.bytes);
                let place = Place { feed, number: place.number };
                Ok(Some(Event { place, record, alarms, raw }))
            }
        }
    }
}
