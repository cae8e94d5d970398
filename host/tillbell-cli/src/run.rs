use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use tillbell::{Correlator, Decision, Host, Outcome};
use tillbell_transaction::{Record, Timestamp, Transaction};

use crate::Input;
use crate::bundles::{self, BundleOpts};
use crate::events::{Events, FeedOpts, Place};
use crate::report::{self, Style, Summary};
use crate::tallies::Tallies;

/// How many transactions are remembered, to recognise repeats and reversals.
const REMEMBERED: usize = 100_000;

/// Process a feed of transactions and print what becomes of each.
#[derive(Args)]
#[command(after_help = "\
The clock is each event's own time, so that a run can be repeated; --now sets
another. Events that cannot be read are named on standard error by line and
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
    let mut events = Events::open(&opts.feed, opts.now)?;
    let mut rejects = match &opts.rejects {
        Some(path) => Some(BufWriter::new(
            File::create(path).with_context(|| format!("cannot write {}", path.display()))?,
        )),
        None => None,
    };
    let mut output = BufWriter::with_capacity(64 * 1024, io::stdout().lock());
    let style = Style { json: opts.json, show_recipients: opts.show_recipients, times: opts.times };
    let mut correlator = Correlator::new(REMEMBERED);
    let mut tallies = Tallies::default();
    let mut summary = Summary::default();
    let mut input = Input::Accepted;
    while let Some(event) = events.next()? {
        let rejection = match &event.record {
            Ok(Record::Transaction(transaction)) => {
                let outcome = decide(&host, &mut correlator, &mut tallies, transaction, opts.now);
                summary.add(&outcome);
                report::print(&mut output, &outcome, style)?;
                warn(event.place, &outcome);
                (outcome.decision == Decision::Rejected).then_some(outcome.reason)
            }
            Ok(Record::Ignored(ignored)) => {
                summary.ignored += 1;
                if ignored.reason.is_alarm() {
                    eprintln!("{}: warning: {}", event.place, ignored.reason);
                }
                None
            }
            Err(error) => {
                summary.malformed += 1;
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
    if !opts.json {
        summary.print(&mut output)?;
    }
    output.flush()?;
    if let Some(mut rejects) = rejects {
        rejects.flush().context("cannot write the rejects")?;
    }
    Ok(input)
}

fn decide(
    host: &Host,
    correlator: &mut Correlator,
    tallies: &mut Tallies,
    transaction: &Transaction,
    now: Option<Timestamp>,
) -> Outcome {
    if let Some(mut outcome) = correlator.settle(transaction) {
        outcome.bundle = host.bundle_of(transaction).map(|manifest| manifest.id.clone());
        return outcome;
    }
    let now = now.unwrap_or(transaction.time);
    let outcome = host.process_with(transaction, now, Some(tallies));
    tallies.keep(transaction, &outcome);
    correlator.record(transaction, &outcome);
    outcome
}

/// Tells the operator what failed, where nobody reads the blocks.
fn warn(place: Place<'_>, outcome: &Outcome) {
    for failure in &outcome.failures {
        eprintln!("{place}: warning: {}: {}", outcome.transaction, failure.detail);
    }
    if outcome.decision == Decision::Rejected {
        eprintln!("{place}: {}: {}", outcome.transaction, outcome.reason);
    }
}
