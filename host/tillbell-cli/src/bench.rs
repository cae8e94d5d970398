use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Result, bail};
use clap::Args;
use tillbell_kit::measure::{Needed, Spread, measure, needs};

use crate::Input;
use crate::bundles::{self, BundleOpts};
use crate::events::{Events, FeedOpts};
use crate::out::say;
use crate::people::PeopleOpts;

/// The most events of the feed that are taken.
const EVENTS_MAX: usize = 100_000;
/// How much a call may compute where fuel is counted: more than any deadline allows.
const FUEL: u64 = 100_000_000_000;
/// How many of the slowest rules and texts are named.
const NAMED_MAX: usize = 5;

/// Measure how long a bundle takes over a feed.
#[derive(Args)]
#[command(after_help = "\
Each round is a day from its beginning; the first is not measured. A laptop that does
something else is a slow platform: compare two runs of one minute, not of two days.

Example:
  tillbell bench examples/banks/harbour --events examples/feeds/day.jsonl")]
pub(crate) struct Opts {
    /// Bundles: folders, or files of `tillbell bake`
    #[arg(required = true, value_name = "BUNDLE")]
    bundles: Vec<PathBuf>,
    #[command(flatten)]
    feed: FeedOpts,
    #[command(flatten)]
    people: PeopleOpts,
    /// How often the feed is taken
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    rounds: u16,
    #[command(flatten)]
    sources: BundleOpts,
}

pub(crate) fn run(opts: &Opts) -> Result<Input> {
    // What is over the platform's time is counted, and not broken off.
    let platform = opts.sources.platform()?;
    let host = bundles::host(&opts.bundles, &opts.sources, &platform, 1_000)?;
    let table = opts.people.table()?;
    let all = Events::transactions(&opts.feed, EVENTS_MAX)?;
    if all.is_empty() {
        bail!("the feed has no transaction");
    }
    let call = Duration::from_millis(platform.limits.deadline_ms.into());
    let measured = measure(&host, &all, table.as_ref(), opts.rounds.into(), call);
    say!("{:<44} {:>9} {:>9} {:>9} {:>9}", "µs", "count", "median", "p99", "most");
    for (name, spread) in &measured.stages {
        row(name, *spread)?;
    }
    say!("the slowest rules, all stages:");
    for (name, spread) in measured.rules.iter().take(NAMED_MAX) {
        row(&format!("  {name}"), *spread)?;
    }
    say!("the slowest texts, rendering:");
    for (name, spread) in measured.templates.iter().take(NAMED_MAX) {
        row(&format!("  {name}"), *spread)?;
    }
    // With fuel, plugins are other code: they are baked anew, the first time.
    let mut fuelled = platform.clone();
    fuelled.limits.fuel = Some(FUEL);
    if opts.bundles.iter().all(|path| path.is_dir()) {
        let host = bundles::host(&opts.bundles, &opts.sources, &fuelled, 1_000)?;
        let limit = platform.limits.memory_bytes / 1024;
        say!("what a call needs at most, on any machine:");
        for (role, Needed { fuel, memory_bytes }) in needs(&host, &all, table.as_ref()) {
            let (role, kib) = (role.as_str(), memory_bytes / 1024);
            say!("  {role:<42} {fuel:>9} fuel, {kib} KiB of memory of {limit}");
        }
    }
    say!("{} transactions had a stage of over {} ms", measured.over, call.as_millis());
    Ok(Input::Accepted)
}

fn row(name: &str, spread: Spread) -> Result<()> {
    let micros = |time: Duration| format!("{:.1}", time.as_secs_f64() * 1e6);
    let Spread { count, median, p99, most } = spread;
    say!("{name:<44} {count:>9} {:>9} {:>9} {:>9}", micros(median), micros(p99), micros(most));
    Ok(())
}
