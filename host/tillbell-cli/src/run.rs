use std::fmt::Display;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use tillbell::{Decision, Outcome};
use tillbell_kit::seen::Detail;
use tillbell_kit::{Happened, World, block};
use tillbell_transaction::{Record, Timestamp};

use crate::Input;
use crate::bundles::{self, BundleOpts};
use crate::events::{Events, FeedOpts, warn_of_left_out};
use crate::people::PeopleOpts;
use crate::report::{self, Style, Summary};

/// Process a feed of transactions and print what becomes of each.
#[derive(Args)]
#[command(after_help = "\
The clock is each event's own time, so that a run can be repeated; --now sets
another. What was put off is decided once the clock is past its time; a reversal
whose original did not come for 60 seconds is told, at the latest at the end of
the feed. Events that cannot be read are named on standard error by line and
field, and the rest goes on.

Examples:
  tillbell run examples/banks/* --events examples/feeds/day.jsonl
  tillbell run harbour.tillbell --trust bank.pub.pem --events - --json \\
    < day.jsonl
  tillbell run examples/banks/harbour --events examples/feeds/day.jsonl --strict \\
    --subscribers examples/feeds/subscribers.csv
  tillbell run examples/banks/harbour --events examples/feeds/day.jsonl --facts \\
    --only ID
  tillbell run examples/banks/harbour --events day.hex --format iso8583 \\
    --dialect unionpay-pos --rejects rejected.txt")]
pub(crate) struct Opts {
    /// Bundles: folders, or files of `tillbell bake`
    #[arg(required = true, value_name = "BUNDLE")]
    bundles: Vec<PathBuf>,
    #[command(flatten)]
    feed: FeedOpts,
    #[command(flatten)]
    people: PeopleOpts,
    /// The clock, in RFC 3339 [default: each event's own time]
    #[arg(long, value_name = "RFC3339", value_parser = Timestamp::parse)]
    now: Option<Timestamp>,
    /// Print what becomes of this event alone; the others happen all the same
    #[arg(long, value_name = "ID")]
    only: Option<String>,
    /// Exit with 1 where a plugin failed, the guard kept a text back, or the host
    /// spoke for a bundle
    #[arg(long)]
    strict: bool,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
    /// Print recipients in full
    #[arg(long)]
    show_recipients: bool,
    /// Print what each plugin got and gave; what is somebody's own is masked unless
    /// --show-recipients
    #[arg(long)]
    facts: bool,
    /// Print how long each stage took, and which calls a platform would have ended
    #[arg(long)]
    times: bool,
    /// Wall time of one call of a plugin, in milliseconds. A platform allows 5;
    /// here a slow laptop must not change what is printed
    #[arg(long, value_name = "MS", default_value_t = bundles::DEADLINE_MS, value_parser = clap::value_parser!(u32).range(1..=1000))]
    deadline_ms: u32,
    /// Write where each rejected event stood, why it was rejected, and its
    /// shape, to this file: names and numbers of the event are masked
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    #[command(flatten)]
    sources: BundleOpts,
}

pub(crate) fn run(opts: &Opts) -> Result<Input> {
    let platform = opts.sources.platform()?;
    let host = bundles::host(&opts.bundles, &opts.sources, &platform, opts.deadline_ms)?;
    let table = opts.people.table()?;
    let mut events = Events::open(&opts.feed, opts.now, None)?;
    let mut rejects = match &opts.rejects {
        Some(path) => Some(BufWriter::new(
            File::create(path).with_context(|| format!("cannot write {}", path.display()))?,
        )),
        None => None,
    };
    let detail = if opts.facts { Detail::Fields } else { Detail::Calls };
    let mut world =
        World::new(&host).with_subscribers(table.as_ref()).at(opts.now).looking_on(detail);
    let mut printer = Printer {
        output: BufWriter::with_capacity(64 * 1024, io::stdout().lock()),
        style: Style {
            json: opts.json,
            shown: block::Style {
                show_recipients: opts.show_recipients,
                times: opts.times,
                facts: opts.facts,
                blocked: true,
                deadline_ms: platform.limits.deadline_ms,
            },
        },
        only: opts.only.as_deref(),
        summary: Summary::default(),
        has_trouble: false,
    };
    let mut input = Input::Accepted;
    while let Some(event) = events.next()? {
        warn_of_left_out(&event.place, &event.alarms);
        let rejection = match event.record {
            Ok(Record::Transaction(ref transaction)) => {
                let mut rejection = None;
                for happened in world.take(transaction.clone()) {
                    printer.print(&event.place, &happened)?;
                    let outcome = &happened.outcome;
                    let is_rejected = outcome.decision == Decision::Rejected && !happened.was_due;
                    rejection = is_rejected.then(|| outcome.reason().to_owned());
                }
                rejection
            }
            Ok(Record::Ignored(ref ignored)) => {
                printer.summary.ignored += 1;
                if ignored.reason.is_alarm() {
                    eprintln!("{}: warning: {}", event.place, ignored.reason);
                }
                None
            }
            Err(ref error) => {
                printer.summary.malformed += 1;
                eprintln!("{}: {error}", event.place);
                Some(error.to_string())
            }
        };
        if let Some(reason) = rejection {
            input = Input::SomeRejected;
            if let Some(rejects) = &mut rejects {
                writeln!(rejects, "{}: {reason}: {}", event.place, event.shape())?;
            }
        }
    }
    for happened in world.end() {
        printer.print(&"deferred", &happened)?;
    }
    if !opts.json {
        printer.summary.print(&mut printer.output)?;
    }
    printer.output.flush()?;
    if let Some(mut rejects) = rejects {
        rejects.flush().context("cannot write the rejects")?;
    }
    Ok(if opts.strict && printer.has_trouble { Input::SomeRejected } else { input })
}

/// What is printed of a feed.
struct Printer<'a, W: Write> {
    output: W,
    style: Style,
    only: Option<&'a str>,
    summary: Summary,
    has_trouble: bool,
}

impl<W: Write> Printer<'_, W> {
    fn print(&mut self, place: &dyn Display, happened: &Happened) -> Result<()> {
        let outcome = &happened.outcome;
        if happened.was_due {
            self.summary.due();
        }
        (0..happened.overruled).for_each(|_| self.summary.overruled());
        self.summary.add(outcome);
        self.has_trouble |= happened.has_trouble();
        if self.only.is_none_or(|only| only == outcome.transaction) {
            report::print(&mut self.output, happened, self.style)?;
        }
        warn(if happened.was_due { &"deferred" } else { place }, outcome);
        Ok(())
    }
}

/// Tells the operator what failed, where nobody reads the blocks.
fn warn(place: &dyn Display, outcome: &Outcome) {
    for failure in &outcome.failures {
        eprintln!("{place}: warning: {}: {}", outcome.transaction, failure.detail);
    }
    if outcome.decision == Decision::Rejected {
        eprintln!("{place}: {}: {}", outcome.transaction, outcome.reason());
    }
}
