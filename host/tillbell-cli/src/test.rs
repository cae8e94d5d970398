use std::fs;
use std::io::{self, BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use tillbell::Host;
use tillbell_kit::cases::{self, Case, Verdict};
use tillbell_kit::{Coverage, junit};

use crate::Input;
use crate::bundles::{self, BundleOpts, CacheOpts, DeadlineOpts};
use crate::out::{self, say};
use crate::replay::{self, Wanted};

/// The most cases of one bundle.
const CASES_MAX: usize = 10_000;
/// The largest snapshot that is read, in bytes.
const SNAPSHOT_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// What is missed is named up to so many.
const MISSED_NAMED_MAX: usize = 50;

/// Run a bundle's cases, and hold what they say against their snapshots.
///
/// A case is a TOML file of steps: an event, time that passes, a message that did
/// not arrive, and what is expected. What is said stands in a snapshot beside it,
/// NAME.snap, to be read and reviewed; one that is missing fails.
#[derive(Args)]
#[command(after_help = "\
A step's expectations: decision, rule, reason, told = [\"cardholder sms\"],
nobody_else, absent, segments, segments_max, says, says_not. A plugin that fails, a text
that the guard keeps back and the host's own words fail a case, unless its step
says trouble = true.

--bless takes what is said now as the snapshot: on a terminal it shows each change
and asks, elsewhere it takes all. It takes no change of who is told, and nothing
in which a plugin failed, unless --case names that case.

Examples:
  tillbell test examples/banks/harbour
  tillbell test examples/banks/harbour --filter reversal --bless
  tillbell test my-bank --tape tape/2026-11-26-1a2b3c4d.tape
  tillbell test examples/banks/harbour --coverage --coverage-min 60 --junit tests.xml")]
pub(crate) struct Opts {
    /// The bundle's folder, or a file of `tillbell bake`
    bundle: PathBuf,
    /// The folder of the cases [default: tests in the bundle's folder]
    #[arg(long, value_name = "DIR")]
    cases: Option<PathBuf>,
    /// Run cases alone that have this in their name
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
    /// Run these cases alone
    #[arg(long, value_name = "NAME")]
    case: Vec<String>,
    /// Write what is said now into the snapshots
    #[arg(long)]
    bless: bool,
    /// Write the verdicts to this file, as JUnit does
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Hold the bundle against decisions of production too, as `tillbell replay` does
    #[arg(long, value_name = "FILE")]
    tape: Vec<PathBuf>,
    /// Say which rules, texts and profiles no case reaches
    #[arg(long)]
    coverage: bool,
    /// Fail if less of them is reached, in per cent
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(0..=100))]
    coverage_min: Option<u8>,
    #[command(flatten)]
    deadline: DeadlineOpts,
    #[command(flatten)]
    sources: BundleOpts,
}

pub(crate) fn run(opts: &Opts) -> Result<Input> {
    judge_all(opts, Reviewer { takes_all: !io::stdin().is_terminal() })
}

fn judge_all(opts: &Opts, mut reviewer: Reviewer) -> Result<Input> {
    let folder = opts.cases.clone().unwrap_or_else(|| opts.bundle.join("tests"));
    let files = files(&folder, opts)?;
    let platform = opts.sources.platform()?;
    let bundle = std::slice::from_ref(&opts.bundle);
    let artefacts = bundles::artefacts(bundle, &opts.sources, &platform)?;
    let host = bundles::host_of(&artefacts, &platform, opts.deadline.deadline_ms)?;
    let items = artefacts.iter().flat_map(|artefact| artefact.plugins());
    let mut coverage = Coverage::of(items.flat_map(|plugin| plugin.configured.iter().cloned()));
    let mut verdicts = Vec::with_capacity(files.len());
    for file in &files {
        let mut verdict = judge(&host, file)?;
        if opts.bless && reviewer.takes(&verdict, opts)? {
            let path = file.with_extension("snap");
            fs::write(&path, &verdict.snapshot)
                .with_context(|| format!("cannot write {}", path.display()))?;
            verdict = judge(&host, file)?;
            say!("bless {}", verdict.name);
        }
        print(&verdict)?;
        coverage.add(&verdict.happened);
        verdicts.push(verdict);
    }
    for tape in &opts.tape {
        let found = replay::again(tape, &host, &Wanted::All)?;
        let name = tape.file_name().unwrap_or(tape.as_os_str()).to_string_lossy();
        let verdict = found.verdict(&name);
        print(&verdict)?;
        verdicts.push(verdict);
    }
    let failed = verdicts.iter().filter(|verdict| !verdict.passed()).count();
    say!("{} cases: {} passed, {failed} failed", verdicts.len(), verdicts.len() - failed);
    if let Some(path) = &opts.junit {
        let bundle = opts.bundle.display().to_string();
        fs::write(path, junit(&bundle, &verdicts))
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    let is_covered = cover(&coverage, opts)?;
    Ok(if failed == 0 && is_covered { Input::Accepted } else { Input::SomeRejected })
}

/// Writes the snapshots of a bundle that was just made.
pub(crate) fn bless_new(folder: &Path, cache: &CacheOpts) -> Result<Input> {
    let opts = plain(folder, BundleOpts::new(Vec::new(), cache.clone()), true);
    judge_all(&opts, Reviewer { takes_all: true })
}

/// Runs the cases of a bundle's folder, if there are some.
pub(crate) fn run_all(folder: &Path, sources: &BundleOpts) -> Result<Input> {
    judge_all(&plain(folder, sources.clone(), false), Reviewer { takes_all: false })
}

/// All cases of a bundle's folder.
fn plain(folder: &Path, sources: BundleOpts, bless: bool) -> Opts {
    Opts {
        bundle: folder.to_owned(),
        cases: None,
        filter: None,
        case: Vec::new(),
        bless,
        junit: None,
        tape: Vec::new(),
        coverage: false,
        coverage_min: None,
        deadline: DeadlineOpts::default(),
        sources,
    }
}

/// The files of the cases, in the order of their names.
fn files(folder: &Path, opts: &Opts) -> Result<Vec<PathBuf>> {
    let named = || format!("cannot read the cases in {}", folder.display());
    let mut files = Vec::new();
    // A tape may be all that there is to test on.
    if !opts.tape.is_empty() && opts.cases.is_none() && !folder.exists() {
        return Ok(files);
    }
    for entry in fs::read_dir(folder).with_context(named)? {
        let path = entry.with_context(named)?.path();
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let is_meant = opts.case.is_empty() || opts.case.contains(&name);
        let fits = opts.filter.as_ref().is_none_or(|text| name.contains(text.as_str()));
        if path.extension().is_some_and(|end| end == "toml") && is_meant && fits {
            files.push(path);
        }
        if files.len() > CASES_MAX {
            return Err(anyhow!("more than {CASES_MAX} cases")).with_context(named);
        }
    }
    if files.is_empty() && opts.tape.is_empty() {
        bail!(
            "no case in {}: a case is a file NAME.toml of steps (tillbell test --help)",
            folder.display()
        );
    }
    files.sort_unstable();
    Ok(files)
}

/// Runs a case, and holds it against its snapshot.
fn judge(host: &Host, file: &Path) -> Result<Verdict> {
    let case = Case::open(file)?;
    let path = file.with_extension("snap");
    let known = match fs::metadata(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        about => {
            let named = || format!("cannot read {}", path.display());
            if about.with_context(named)?.len() > SNAPSHOT_BYTES_MAX {
                return Err(anyhow!("over {SNAPSHOT_BYTES_MAX} bytes")).with_context(named);
            }
            Some(fs::read_to_string(&path).with_context(named)?)
        }
    };
    Ok(cases::run(host, &case, known.as_deref()))
}

fn print(verdict: &Verdict) -> Result<()> {
    let word = if verdict.passed() { "ok  " } else { "FAIL" };
    say!("{}  {}", out::verdict(word, verdict.passed()), verdict.name);
    for fault in &verdict.faults {
        say!("  {fault}");
    }
    Ok(())
}

/// Says what no case reaches; whether enough is reached.
fn cover(coverage: &Coverage, opts: &Opts) -> Result<bool> {
    let percent = coverage.percent();
    let most = opts.coverage_min.unwrap_or(0);
    let is_enough = percent >= usize::from(most);
    if !opts.coverage && is_enough {
        return Ok(true);
    }
    let (all, reached) = coverage.counts();
    say!("{reached} of {all} rules, texts and profiles are reached: {percent} %");
    for item in coverage.missed().take(MISSED_NAMED_MAX) {
        say!("  no case reaches {} {} ({}:{})", item.sort, item.name, item.file, item.line);
    }
    let more = (all - reached).saturating_sub(MISSED_NAMED_MAX);
    if more > 0 {
        say!("  nor {more} others");
    }
    if !is_enough {
        say!("less than {most} %");
    }
    Ok(is_enough)
}

/// Who decides on changed snapshots.
struct Reviewer {
    takes_all: bool,
}

impl Reviewer {
    /// Whether what a case says now becomes its snapshot.
    fn takes(&mut self, verdict: &Verdict, opts: &Opts) -> Result<bool> {
        let is_named = opts.case.contains(&verdict.name);
        let may_be = verdict.may_be_blessed() || (is_named && verdict.is_only_text());
        if verdict.passed() || !may_be {
            return Ok(false);
        }
        if self.takes_all {
            return Ok(true);
        }
        let mut lines = io::stdin().lock().lines();
        loop {
            say!("{}", verdict.name);
            for fault in &verdict.faults {
                say!("  {fault}");
            }
            print!("take it? yes, no, all that follow: [y/n/a] ");
            io::stdout().flush()?;
            match lines.next().transpose()?.as_deref().map(str::trim) {
                Some("y" | "yes") => return Ok(true),
                Some("n" | "no") | None => return Ok(false),
                Some("a" | "all") => {
                    self.takes_all = true;
                    return Ok(true);
                }
                Some(_) => {}
            }
        }
    }
}
