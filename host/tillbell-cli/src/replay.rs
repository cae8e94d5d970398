use std::fs::File;
use std::io::{self, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use serde::Serialize;
use tillbell::Host;
use tillbell_kit::replay::{Part, Replay, Replayed};
use tillbell_tape::{Pseudonyms, Record, ReleaseName, SoleTraders, Tape, TapeKey};
use zeroize::Zeroizing;

use crate::Input;
use crate::bundles::{self, BundleOpts, DeadlineOpts};

/// The longest file of a key, in bytes.
const KEY_FILE_BYTES_MAX: u64 = 256;
/// Differences that are printed.
const PRINTED_MAX: usize = 50;

/// Decide again what production decided, and say what differs.
///
/// A tape is what `tillbell serve` keeps of decided events where its configuration
/// has a [tape]: pseudonyms for people, and beside each event the decision and its
/// texts with names of fields. Each decision is made again with the clock and the
/// counters that it was made with.
#[derive(Args)]
#[command(after_help = "\
Compared are decision, rule, who is told by which channel, template, language,
author, segments and text. Ids on a tape are substitutes, as other numbers are.
What names alone may have made (other lengths, other masks) is told, and fails
nothing. Exit code 1: something else differs.

Examples:
  tillbell replay --tape tape/2026-11-26-1a2b3c4d.tape my-bank
  tillbell replay --tape tape/2026-11-26-1a2b3c4d.tape my-bank --key-file tape/key \\
    --transaction 20261126-00000471-632400000101-000101-6800-purchase")]
pub(crate) struct Opts {
    /// The bundle: a folder, or a file of `tillbell bake`
    #[arg(value_name = "BUNDLE", required = true)]
    bundles: Vec<PathBuf>,
    /// The tape
    #[arg(long, value_name = "FILE")]
    tape: PathBuf,
    /// Decide this event alone, by its id on the tape, or with --key-file by its own
    #[arg(long, value_name = "ID")]
    transaction: Option<String>,
    /// The tape's key, on the host that wrote it: --transaction is then the event's own id
    #[arg(long, value_name = "FILE", requires = "transaction")]
    key_file: Option<PathBuf>,
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
    let host = bundles::host(&opts.bundles, &opts.sources, &platform, opts.deadline.deadline_ms)?;
    let wanted = match (&opts.transaction, &opts.key_file) {
        (None, _) => Wanted::All,
        (Some(id), None) => Wanted::OnTape(id),
        (Some(id), Some(path)) => Wanted::Original(id, pseudonyms(path)?),
    };
    let found = again(&opts.tape, &host, &wanted)?;
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

/// Which events of a tape are decided again.
pub(crate) enum Wanted<'a> {
    All,
    /// The event with this id on the tape.
    OnTape(&'a str),
    /// The event that had this id, by the tape's key.
    Original(&'a str, Pseudonyms),
}

impl Wanted<'_> {
    fn has(&self, record: &Record) -> bool {
        match self {
            Self::All => true,
            Self::OnTape(id) => record.transaction.id == *id,
            Self::Original(id, pseudonyms) => pseudonyms.is_id_of(id, &record.transaction),
        }
    }
}

/// Makes the decisions of a tape again; lines that cannot be read are named.
pub(crate) fn again(path: &Path, host: &Host, wanted: &Wanted<'_>) -> Result<Replayed> {
    let named = || format!("cannot read tape {}", path.display());
    let file = File::open(path).with_context(named)?;
    let mut tape = Tape::open(BufReader::with_capacity(64 * 1024, file)).with_context(named)?;
    if let Wanted::Original(_, pseudonyms) = wanted {
        let (own, of_tape) = (pseudonyms.key_name().to_string(), &tape.head().key);
        if own != *of_tape {
            bail!(
                "{}: its key is {of_tape}, this one is {own}; a key serves one period, and goes \
                 with it",
                path.display()
            );
        }
    }
    let mut replay = Replay::new(host);
    let mut is_found = false;
    while let Some(next) = tape.next().with_context(named)? {
        match next.record {
            Ok(record) if wanted.has(&record) => {
                is_found = true;
                replay.take(&record);
            }
            Ok(_) => {}
            Err(error) => eprintln!("{}:{}: skipped: {error}", path.display(), next.number),
        }
    }
    match wanted {
        Wanted::OnTape(id) if !is_found => bail!(
            "{}: no event {id}; ids on a tape are substitutes: --key-file finds an event by its \
             own",
            path.display()
        ),
        Wanted::Original(id, _) if !is_found => bail!("{}: no event {id}", path.display()),
        _ => Ok(replay.finish()),
    }
}

/// The substitutes of the key in a file of the daemon.
fn pseudonyms(path: &Path) -> Result<Pseudonyms> {
    let text = Zeroizing::new(bundles::read_key_within(path, KEY_FILE_BYTES_MAX)?);
    let digits = text.trim().rsplit(' ').next().unwrap_or_default();
    let key = TapeKey::parse(digits)
        .with_context(|| format!("cannot read key {}: not the key of a tape", path.display()))?;
    Ok(Pseudonyms::new(key, SoleTraders::default()))
}

fn print(found: &Replayed, output: &mut impl Write) -> io::Result<()> {
    let Replayed { decisions, changed, personal, by_host, elsewhere, .. } = found;
    writeln!(output, "{decisions} decisions made again, {changed} of them differ")?;
    for (count, what) in [
        (personal, "differ in what names alone may have made"),
        (by_host, "were the host's alone"),
        (elsewhere, "are about cards that no bundle here speaks for"),
    ] {
        if *count > 0 {
            writeln!(output, "{count} {what}")?;
        }
    }
    for (ReleaseName { bundle, release, digest }, count) in &found.needs {
        writeln!(
            output,
            "{count} were made by {bundle} release {release}, content {digest}, which is not here"
        )?;
    }
    for counter in &found.unknown_counters {
        writeln!(output, "counter {counter} is not on the tape: it was read as empty")?;
    }
    for difference in found.differences.iter().take(PRINTED_MAX) {
        writeln!(output, "\n{}", difference.transaction)?;
        for Part { what, of, was, is, is_personal } in &difference.parts {
            let mark = if *is_personal { " (names alone may have made it)" } else { "" };
            let of = if of.is_empty() { String::new() } else { format!(" to {of}") };
            writeln!(output, "  {what}{of}{mark}\n  - {was}\n  + {is}")?;
        }
    }
    let more = (changed + personal).saturating_sub(PRINTED_MAX as u64);
    if more > 0 {
        writeln!(output, "\nand {more} more")?;
    }
    Ok(())
}

#[derive(Serialize)]
struct Row<'a> {
    decisions: u64,
    changed: u64,
    personal: u64,
    by_host: u64,
    elsewhere: u64,
    needs: Vec<Needed<'a>>,
    unknown_counters: Vec<&'a str>,
    differences: Vec<DifferenceRow<'a>>,
}

#[derive(Serialize)]
struct Needed<'a> {
    #[serde(flatten)]
    release: &'a ReleaseName,
    decisions: u64,
}

#[derive(Serialize)]
struct DifferenceRow<'a> {
    transaction: &'a str,
    parts: Vec<PartRow<'a>>,
}

#[derive(Serialize)]
struct PartRow<'a> {
    what: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    of: &'a str,
    was: &'a str,
    is: &'a str,
    personal: bool,
}

impl<'a> Row<'a> {
    fn of(found: &'a Replayed) -> Self {
        let part = |part: &'a Part| PartRow {
            what: part.what,
            of: &part.of,
            was: &part.was,
            is: &part.is,
            personal: part.is_personal,
        };
        let needs = found.needs.iter();
        let differences = found.differences.iter();
        Self {
            decisions: found.decisions,
            changed: found.changed,
            personal: found.personal,
            by_host: found.by_host,
            elsewhere: found.elsewhere,
            needs: needs.map(|(release, count)| Needed { release, decisions: *count }).collect(),
            unknown_counters: found.unknown_counters.iter().map(String::as_str).collect(),
            differences: differences
                .map(|own| DifferenceRow {
                    transaction: &own.transaction,
                    parts: own.parts.iter().map(part).collect(),
                })
                .collect(),
        }
    }
}
