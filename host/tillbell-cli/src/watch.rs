use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, bail};
use clap::Args;
use tillbell_kit::compare::Comparison;
use tillbell_kit::compile::Source;

use crate::Input;
use crate::build;
use crate::bundles::{self, BundleOpts};
use crate::diff;
use crate::events::{Events, FeedOpts};
use crate::out::say;
use crate::people::PeopleOpts;
use crate::test;

/// How often the folder is looked at.
const LOOK: Duration = Duration::from_millis(200);
/// The most files of a bundle's folder.
const FILES_MAX: usize = 10_000;
/// What a bundle is not made of: what commands write into its folder.
const OUTPUTS: [&str; 4] = ["snap", "tillbell", "xml", "lock"];
/// The most events of the feed that are taken.
const EVENTS_MAX: usize = 10_000;

/// Build, bake and test a bundle, and say what changed, whenever one of its files is saved.
#[derive(Args)]
#[command(after_help = "\
The day is taken through the bundle as it was at the start and as it is. A folder of
`tillbell new` with a plugin's source is built first.

Example:
  tillbell watch my-bank --events my-bank/events.jsonl")]
pub(crate) struct Opts {
    /// The bundle's folder
    bundle: PathBuf,
    #[command(flatten)]
    feed: FeedOpts,
    #[command(flatten)]
    people: PeopleOpts,
    #[command(flatten)]
    sources: BundleOpts,
}

pub(crate) fn run(opts: &Opts) -> Result<Input> {
    let table = opts.people.table()?;
    let events = Events::transactions(&opts.feed, EVENTS_MAX)?;
    let platform = opts.sources.platform()?;
    let load = || -> Result<_> {
        let bundle = std::slice::from_ref(&opts.bundle);
        let artefacts = bundles::artefacts(bundle, &opts.sources, &platform)?;
        let short = |digest: &str| digest.get(..8).unwrap_or_default().to_owned();
        let plugins = || artefacts.iter().flat_map(|artefact| artefact.plugins());
        let code: Vec<_> = plugins().map(|plugin| short(&plugin.component_digest)).collect();
        let files: Vec<_> = plugins().map(|plugin| short(&plugin.configuration_digest)).collect();
        let digests = format!("plugins {}, configuration {}", code.join(" "), files.join(" "));
        Ok((bundles::host_of(&artefacts, &platform, bundles::DEADLINE_MS)?, digests))
    };
    // What `tillbell new` makes for a plugin is its source and the bundle around it.
    let is_source = matches!(Source::at(&opts.bundle), Ok(Source::Crate(_) | Source::Make(_)));
    let load = || match is_source {
        true => build::folder(&opts.bundle, opts.sources.platform_opts()).and_then(|()| load()),
        false => load(),
    };
    let files = |folder: &Path| files(folder, is_source);
    let (old, _) = load().context("the bundle must be whole to begin with")?;
    let mut seen = None;
    loop {
        let now = files(&opts.bundle)?;
        if seen.as_ref() == Some(&now) {
            std::thread::sleep(LOOK);
            continue;
        }
        // An editor writes in several steps: what is still changing is looked at again.
        std::thread::sleep(LOOK);
        if files(&opts.bundle)? != now {
            continue;
        }
        seen = Some(now);
        match load() {
            // What is wrong is for who saved it to mend.
            Err(error) => say!("{error:#}\n"),
            Ok((new, digests)) => {
                say!("{}: {digests}", opts.bundle.display());
                if opts.bundle.join("tests").is_dir() {
                    test::run_all(&opts.bundle, &opts.sources)?;
                }
                let mut comparison = Comparison::new(&old, &new, table.as_ref(), None);
                events.iter().for_each(|event| comparison.take(event));
                diff::print(&comparison.finish(), &mut std::io::stdout().lock())?;
                say!("");
            }
        }
    }
}

type Files = BTreeMap<PathBuf, (u64, Option<SystemTime>)>;

/// The files that a bundle is made of, each with its length and when it was written; without
/// components, where they are built of the others.
fn files(folder: &Path, is_source: bool) -> Result<Files> {
    let mut files = Files::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let named = || format!("cannot read {}", folder.display());
        for entry in fs::read_dir(&folder).with_context(named)? {
            let entry = entry.with_context(named)?;
            let path = entry.path();
            let is_hidden = entry.file_name().to_string_lossy().starts_with('.');
            let is_output = path.extension().is_some_and(|end| {
                OUTPUTS.iter().any(|output| end == *output) || (is_source && end == "wasm")
            });
            // A file that an editor has replaced meanwhile is looked at the next time.
            let Ok(about) = entry.metadata() else { continue };
            match about.is_dir() {
                _ if is_hidden || is_output => {}
                // What cargo builds, and what npm fetches.
                true if path.join("CACHEDIR.TAG").is_file() => {}
                true if entry.file_name() == "node_modules" => {}
                true => folders.push(path),
                false => {
                    files.insert(path, (about.len(), about.modified().ok()));
                }
            }
            if files.len() > FILES_MAX {
                bail!("{}: more than {FILES_MAX} files", folder.display());
            }
        }
    }
    Ok(files)
}
