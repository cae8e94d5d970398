//! Events of a feed, whatever their format, one after the other.

use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use tillbell_transaction::{Error, Record, Timestamp, json};

use crate::feed::Lines;

/// Where events come from and what they look like.
#[derive(Args)]
pub(crate) struct FeedOpts {
    /// The feed; - is standard input
    #[arg(long, value_name = "FILE")]
    events: PathBuf,
    /// What the feed holds
    #[arg(long, value_enum, default_value_t = Format::Jsonl)]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Canonical JSON, one event a line
    Jsonl,
}

/// One event of the feed.
pub(crate) struct Event<'a> {
    /// Where it stands.
    pub(crate) place: Place<'a>,
    /// What it says, or why it cannot be read.
    pub(crate) record: std::result::Result<Record, Error>,
    /// As it stands in the feed, or the beginning of it.
    pub(crate) raw: &'a str,
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

/// A feed.
pub(crate) struct Events {
    name: String,
    lines: Lines<Box<dyn BufRead>>,
    raw: String,
}

impl Events {
    pub(crate) fn open(opts: &FeedOpts, _now: Option<Timestamp>) -> Result<Self> {
        let standard_input = opts.events.as_os_str() == "-";
        let name = if standard_input { "-".into() } else { opts.events.display().to_string() };
        let reader: Box<dyn BufRead> = if standard_input {
            Box::new(io::stdin().lock())
        } else {
            let file = File::open(&opts.events).with_context(|| format!("cannot open {name}"))?;
            Box::new(BufReader::with_capacity(64 * 1024, file))
        };
        let lines = Lines::new(reader, json::EVENT_BYTES_MAX);
        Ok(Self { name, lines, raw: String::new() })
    }

    /// The next event; blank lines are passed over.
    pub(crate) fn next(&mut self) -> Result<Option<Event<'_>>> {
        loop {
            let name = &self.name;
            let Some(line) = self.lines.next().with_context(|| format!("cannot read {name}"))?
            else {
                return Ok(None);
            };
            if line.bytes.trim_ascii().is_empty() {
                continue;
            }
            let place = Place { feed: name, number: line.number };
            let record = line.whole().map_err(|detail| Error::new("", detail)).and_then(json::read);
            self.raw.clear();
            self.raw.push_str(&String::from_utf8_lossy(line.bytes));
            return Ok(Some(Event { place, record, raw: &self.raw }));
        }
    }
}
