use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{fs, slice};

use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use serde::Serialize;
use tillbell_kit::cases::changes;
use tillbell_kit::compare::{Comparison, Found, Group, Totals};
use tillbell_transaction::{Record, Timestamp};

use crate::Input;
use crate::bundles::{self, BundleOpts, DeadlineOpts};
use crate::events::{Events, FeedOpts, warn_of_left_out};
use crate::people::PeopleOpts;

/// The same events through two bundles, and what changed.
#[derive(Args)]
#[command(after_help = "\
OLD and NEW are folders, files of `tillbell bake`, or a folder at a git revision:
HEAD~1:banks/harbour. What git does not keep of that, such as components, is
taken from the folder as it is now. Changes are grouped by what caused them, with
the first of each side by side; recipients are masked. Exit code 1: something
differs.

Examples:
  tillbell diff harbour.tillbell examples/banks/harbour --trust bank.pub.pem \\
    --events examples/feeds/day.jsonl
  tillbell diff HEAD:examples/banks/harbour examples/banks/harbour \\
    --events examples/feeds/day.jsonl --subscribers examples/feeds/subscribers.csv")]
pub(crate) struct Opts {
    /// As it was: a folder, a file of `tillbell bake`, or REVISION:FOLDER
    old: String,
    /// As it is
    new: String,
    #[command(flatten)]
    feed: FeedOpts,
    #[command(flatten)]
    people: PeopleOpts,
    /// The clock, in RFC 3339 [default: each event's own time]
    #[arg(long, value_name = "RFC3339", value_parser = Timestamp::parse)]
    now: Option<Timestamp>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    deadline: DeadlineOpts,
    #[command(flatten)]
    sources: BundleOpts,
}

pub(crate) fn run(opts: &Opts) -> Result<Input> {
    let platform = opts.sources.platform()?;
    let host = |named: &String| {
        let bundle = Named::open(named)?;
        let path = slice::from_ref(&bundle.path);
        bundles::host(path, &opts.sources, &platform, opts.deadline.deadline_ms)
    };
    let (old, new) = (host(&opts.old)?, host(&opts.new)?);
    let table = opts.people.table()?;
    let mut comparison = Comparison::new(&old, &new, table.as_ref(), opts.now).priced_by(&platform);
    let mut events = Events::open(&opts.feed, opts.now, None)?;
    while let Some(event) = events.next()? {
        warn_of_left_out(&event.place, &event.alarms);
        match event.record {
            Ok(Record::Transaction(ref transaction)) => comparison.take(transaction),
            Ok(Record::Ignored(_)) => {}
            Err(ref error) => eprintln!("{}: {error}", event.place),
        }
    }
    let found = comparison.finish();
    let mut output = BufWriter::new(io::stdout().lock());
    match opts.json {
        true => {
            serde_json::to_writer(&mut output, &Row::of(&found)).map_err(io::Error::from)?;
            writeln!(output)?;
        }
        false => print(&found, &mut output)?,
    }
    output.flush()?;
    Ok(if found.is_same() { Input::Accepted } else { Input::SomeRejected })
}

pub(crate) fn print(found: &Found, output: &mut impl Write) -> io::Result<()> {
    writeln!(output, "{} decisions, {} of them differ", found.decisions, found.changed)?;
    let [old, new] = &found.totals;
    let mut rows: Vec<(&str, u64, u64)> = Vec::new();
    for decision in ["notified", "suppressed", "deferred", "rejected"] {
        let count = |totals: &Totals| totals.decisions.get(decision).copied().unwrap_or(0);
        rows.push((decision, count(old), count(new)));
    }
    rows.push(("messages", old.messages, new.messages));
    rows.push(("segments", old.segments, new.segments));
    rows.push(("trouble", old.trouble, new.trouble));
    writeln!(output, "{:<12} {:>9} {:>9}", "", "old", "new")?;
    for (name, old, new) in rows {
        let mark = if old == new { "" } else { "  *" };
        writeln!(output, "{name:<12} {old:>9} {new:>9}{mark}")?;
    }
    let currencies: BTreeSet<_> = old.cost.keys().chain(new.cost.keys()).collect();
    for currency in currencies {
        let cost = |totals: &Totals| totals.cost_in(currency).to_string();
        let (old, new) = (cost(old), cost(new));
        let mark = if old == new { "" } else { "  *" };
        writeln!(output, "cost         {old} -> {new}{mark}")?;
    }
    for Group { cause, count, samples } in &found.groups {
        writeln!(output, "\n{cause}: {count}")?;
        for sample in samples {
            for change in changes(&sample.old, &sample.new) {
                let text = change.to_string();
                writeln!(output, "  {}: {}", sample.transaction, text.trim_start())?;
            }
        }
    }
    Ok(())
}

#[derive(Serialize)]
struct Row<'a> {
    decisions: u64,
    changed: u64,
    old: TotalsRow<'a>,
    new: TotalsRow<'a>,
    causes: Vec<GroupRow<'a>>,
}

#[derive(Serialize)]
struct TotalsRow<'a> {
    decisions: &'a BTreeMap<&'static str, u64>,
    messages: u64,
    segments: u64,
    trouble: u64,
    /// What the platform's prices make of the segments.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    cost: Vec<String>,
}

#[derive(Serialize)]
struct GroupRow<'a> {
    cause: &'a str,
    count: u64,
    samples: Vec<SampleRow<'a>>,
}

#[derive(Serialize)]
struct SampleRow<'a> {
    transaction: &'a str,
    old: &'a str,
    new: &'a str,
}

impl<'a> Row<'a> {
    fn of(found: &'a Found) -> Self {
        let totals = |own: &'a Totals| TotalsRow {
            decisions: &own.decisions,
            messages: own.messages,
            segments: own.segments,
            trouble: own.trouble,
            cost: own.cost.keys().map(|currency| own.cost_in(currency).to_string()).collect(),
        };
        let samples = |group: &'a Group| {
            let row = |own: &'a tillbell_kit::compare::Sample| SampleRow {
                transaction: &own.transaction,
                old: &own.old,
                new: &own.new,
            };
            group.samples.iter().map(row).collect()
        };
        let groups = found.groups.iter();
        Self {
            decisions: found.decisions,
            changed: found.changed,
            old: totals(&found.totals[0]),
            new: totals(&found.totals[1]),
            causes: groups
                .map(|group| GroupRow {
                    cause: &group.cause,
                    count: group.count,
                    samples: samples(group),
                })
                .collect(),
        }
    }
}

/// A bundle as the command line names it.
struct Named {
    path: PathBuf,
    /// A folder that git filled, and that goes when this does.
    made: Option<PathBuf>,
}

impl Named {
    fn open(named: &str) -> Result<Self> {
        let path = PathBuf::from(named);
        match named.split_once(':') {
            Some((revision, folder)) if !path.exists() => Self::of_git(revision, folder)
                .with_context(|| format!("cannot read {named} from git")),
            _ => Ok(Self { path, made: None }),
        }
    }

    /// Fills a folder of its own with a bundle as it was at a revision.
    fn of_git(revision: &str, folder: &str) -> Result<Self> {
        if revision.is_empty() || revision.starts_with('-') {
            bail!("expected REVISION:FOLDER");
        }
        let now = Path::new(folder);
        let made = std::env::temp_dir().join(format!(
            "tillbell-diff-{}-{}",
            std::process::id(),
            revision
                .chars()
                .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
                .collect::<String>()
        ));
        fs::create_dir(&made).with_context(|| format!("cannot make {}", made.display()))?;
        let own = Self { path: made.join(folder), made: Some(made.clone()) };
        // From the folder above, so that git finds its repository wherever that is.
        let mut archive = Command::new("git")
            .args(["archive", "--format=tar", revision, "--"])
            .arg(folder)
            .stdout(Stdio::piped())
            .spawn()
            .context("git cannot be run")?;
        let tar = archive.stdout.take().ok_or_else(|| anyhow!("git says nothing"))?;
        let unpacked = Command::new("tar")
            .args(["-x", "-C"])
            .arg(&made)
            .stdin(tar)
            .status()
            .context("tar cannot be run")?;
        if !archive.wait()?.success() || !unpacked.success() {
            bail!("git has no {folder} at {revision}");
        }
        fill(now, &own.path)?;
        Ok(own)
    }
}

impl Drop for Named {
    fn drop(&mut self) {
        if let Some(made) = &self.made {
            let _ = fs::remove_dir_all(made);
        }
    }
}

/// Copies the components that a folder lacks.
fn fill(from: &Path, to: &Path) -> Result<()> {
    let Ok(entries) = fs::read_dir(from) else { return Ok(()) };
    for entry in entries {
        let entry = entry?;
        let (own, other) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type()?.is_dir() {
            fs::create_dir_all(&other)?;
            fill(&own, &other)?;
        } else if !other.exists() && own.extension().is_some_and(|end| end == "wasm") {
            fs::copy(&own, &other)?;
        }
    }
    Ok(())
}
