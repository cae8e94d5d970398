use std::fmt::Display;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use tillbell::{CaseSettings, Decision, Docket, Host, Outcome, Taken, Waits};
use tillbell_transaction::case::{EventNumber, Relation};
use tillbell_transaction::{Record, Timestamp, Transaction};

use crate::Input;
use crate::bundles::{self, BundleOpts};
use crate::events::{Events, FeedOpts, warn_of_left_out};
use crate::report::{self, Style, Summary};
use crate::tallies::{Asked, Summed, Tallies};

/// How many transactions are remembered, to recognise repeats and reversals.
const REMEMBERED: usize = 100_000;

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
  tillbell run examples/banks/harbour --events day.hex --format iso8583 \\
    --dialect unionpay-pos --rejects rejected.txt")]
pub(crate) struct Opts {
    /// Bundles: folders, or files of `tillbell bake`
    #[arg(required = true, value_name = "BUNDLE")]
    bundles: Vec<PathBuf>,
    #[command(flatten)]
    feed: FeedOpts,
    /// The clock, in RFC 3339 [default: each event's own time]
    #[arg(long, value_name = "RFC3339", value_parser = Timestamp::parse)]
    now: Option<Timestamp>,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
    /// Print recipients in full
    #[arg(long)]
    show_recipients: bool,
    /// Print how long each stage took
    #[arg(long, conflicts_with = "json")]
    times: bool,
    /// Wall time of one call of a plugin, in milliseconds. A platform allows 5;
    /// here a slow laptop must not change what is printed
    #[arg(long, value_name = "MS", default_value_t = 250, value_parser = clap::value_parser!(u32).range(1..=1000))]
    deadline_ms: u32,
    /// Write where each rejected event stood, why it was rejected, and its
    /// shape, to this file: names and numbers of the event are masked
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    #[command(flatten)]
    sources: BundleOpts,
}

pub(crate) fn run(opts: &Opts) -> Result<Input> {
    let host = bundles::host(&opts.bundles, &opts.sources, opts.deadline_ms)?;
    let mut events = Events::open(&opts.feed, opts.now, None)?;
    let mut rejects = match &opts.rejects {
        Some(path) => Some(BufWriter::new(
            File::create(path).with_context(|| format!("cannot write {}", path.display()))?,
        )),
        None => None,
    };
    let output = BufWriter::with_capacity(64 * 1024, io::stdout().lock());
    let style = Style { json: opts.json, show_recipients: opts.show_recipients, times: opts.times };
    let mut run = Run {
        host: &host,
        docket: Docket::new(REMEMBERED, CaseSettings::default()),
        tallies: Tallies::default(),
        summary: Summary::default(),
        output,
        style,
        now: opts.now,
    };
    let mut input = Input::Accepted;
    while let Some(event) = events.next()? {
        warn_of_left_out(&event.place, &event.alarms);
        let rejection = match event.record {
            Ok(Record::Transaction(ref transaction)) => {
                let outcome = run.take(transaction.clone())?;
                warn(&event.place, &outcome);
                (outcome.decision == Decision::Rejected).then(|| outcome.reason().to_owned())
            }
            Ok(Record::Ignored(ref ignored)) => {
                run.summary.ignored += 1;
                if ignored.reason.is_alarm() {
                    eprintln!("{}: warning: {}", event.place, ignored.reason);
                }
                None
            }
            Err(ref error) => {
                run.summary.malformed += 1;
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
    run.end()?;
    if let Some(mut rejects) = rejects {
        rejects.flush().context("cannot write the rejects")?;
    }
    Ok(input)
}

/// A feed on its way.
struct Run<'a, W: Write> {
    host: &'a Host,
    docket: Docket,
    tallies: Tallies,
    summary: Summary,
    output: W,
    style: Style,
    now: Option<Timestamp>,
}

impl<W: Write> Run<'_, W> {
    /// Decides what is due before an event, then the event.
    fn take(&mut self, mut transaction: Box<Transaction>) -> Result<Outcome> {
        let now = self.now.unwrap_or(transaction.time);
        while let Some(waits) = self.docket.next_due(now.unix_seconds()) {
            self.decide(waits)?;
        }
        let Self { host, docket, tallies, .. } = self;
        let taken = docket.take(&mut transaction, now, &mut |transaction, now| {
            host.process_with(transaction, now, Some(&Asked { tallies, number: None }))
        });
        self.keep(&transaction, taken)
    }

    /// Decides a transaction that waited, at the time that it waited for.
    fn decide(&mut self, waits: Waits) -> Result<()> {
        let Waits { number, until_seconds, .. } = waits;
        let Some(mut transaction) = self.docket.recall(number) else { return Ok(()) };
        let now = Timestamp::new(until_seconds, transaction.time.utc_offset_minutes())
            .unwrap_or(transaction.time);
        let Self { host, docket, tallies, .. } = self;
        let taken = docket.decide(number, &mut transaction, now, &mut |transaction, now| {
            host.process_with(transaction, now, Some(&Asked { tallies, number: Some(number) }))
        });
        if let Some(taken) = taken {
            self.summary.due();
            let outcome = self.keep(&transaction, taken)?;
            warn(&"deferred", &outcome);
        }
        Ok(())
    }

    /// Keeps counters, and prints.
    fn keep(&mut self, transaction: &Transaction, taken: Taken) -> Result<Outcome> {
        let Taken { number, relation, mut outcome, overruled, .. } = taken;
        overruled.iter().for_each(|_| self.summary.overruled());
        for Summed { debits, told_on } in self.tallies.keep(number, transaction, &outcome) {
            let ways = told_on.iter().map(|(party, channel)| (*party, channel.as_str()));
            let ways: Vec<_> =
                ways.filter(|(party, channel)| outcome.has_message(*party, channel)).collect();
            self.docket.tell(&debits, &ways);
        }
        let gone: Option<EventNumber> = match relation {
            Relation::TakesBack { root, is_full: true, .. } => Some(root),
            _ => None,
        };
        overruled.into_iter().chain(gone).for_each(|number| self.tallies.uncount(number));
        if outcome.bundle.is_none() {
            outcome.bundle = self.host.bundle_of(transaction).map(|manifest| manifest.id.clone());
        }
        self.summary.add(&outcome);
        report::print(&mut self.output, &outcome, transaction.is_identified(), self.style)?;
        Ok(outcome)
    }

    /// Decides orphans whose original does not come any more, and says how it went.
    fn end(&mut self) -> Result<()> {
        for waits in self.docket.orphans() {
            self.decide(waits)?;
        }
        if !self.style.json {
            self.summary.print(&mut self.output)?;
        }
        Ok(self.output.flush()?)
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
