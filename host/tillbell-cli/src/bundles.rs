//! From the paths on the command line to artefacts.

use std::fs;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use cap_std::ambient_authority;
use cap_std::fs::Dir;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use tillbell::{Artefact, Bundle, Limits, Manifest};
use tillbell_bake::{Baker, STEPS_MAX, Work};

/// The largest artefact that is read, in bytes.
const ARTEFACT_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Where baked plugins are kept.
#[derive(Args)]
pub(crate) struct CacheOpts {
    /// Keep baked plugins in this folder [default: tillbell/ in the user's
    /// cache folder]
    #[arg(long, value_name = "DIR", env = "TILLBELL_CACHE", hide_env_values = true)]
    cache: Option<PathBuf>,
    /// Bake anew, and keep nothing
    #[arg(long, conflicts_with = "cache")]
    no_cache: bool,
}

/// Gives the artefact of each path: a bundle's folder, which is baked, or a
/// file that `tillbell bake` wrote.
pub(crate) fn artefacts(paths: &[PathBuf], cache: &CacheOpts) -> Result<Vec<Artefact>> {
    let mut artefacts = Vec::with_capacity(paths.len());
    let mut baker = None;
    for path in paths {
        let artefact = if path.is_dir() {
            let baker = match &mut baker {
                Some(baker) => baker,
                none => none.insert(Baker::new(Limits::default(), cache.folder()?)?),
            };
            bake(baker, path)?
        } else {
            read(path)?
        };
        artefacts.push(artefact);
    }
    Ok(artefacts)
}

/// Gives the manifest of a bundle, of which nothing else is looked at, or of a
/// file that `tillbell bake` wrote.
pub(crate) fn manifest(path: &Path) -> Result<Manifest> {
    if !path.is_dir() {
        return Ok(Manifest::parse(read(path)?.manifest_text())?);
    }
    let folder = Dir::open_ambient_dir(path, ambient_authority())
        .with_context(|| format!("cannot open bundle {}", path.display()))?;
    Manifest::open(&folder).with_context(|| format!("bundle {} is refused", path.display()))
}

impl CacheOpts {
    /// Opens the cache's folder, making it for its owner alone.
    fn folder(&self) -> Result<Option<Dir>> {
        if self.no_cache {
            return Ok(None);
        }
        let Some(path) = self.cache.clone().or_else(default_cache) else { return Ok(None) };
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&path).with_context(|| format!("cannot make cache {}", path.display()))?;
        let folder = Dir::open_ambient_dir(&path, ambient_authority())
            .with_context(|| format!("cannot open cache {}", path.display()))?;
        Ok(Some(folder))
    }
}

fn default_cache() -> Option<PathBuf> {
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let base = set("XDG_CACHE_HOME").or_else(|| Some(set("HOME")?.join(".cache")))?;
    Some(base.join("tillbell"))
}

/// Bakes the bundle in a folder, with a progress bar on a terminal.
fn bake(baker: &Baker, path: &Path) -> Result<Artefact> {
    let folder = Dir::open_ambient_dir(path, ambient_authority())
        .with_context(|| format!("cannot open bundle {}", path.display()))?;
    let bundle = Bundle::open(&folder, &Limits::default())
        .with_context(|| format!("bundle {} is refused", path.display()))?;
    let bar = if std::io::stderr().is_terminal() {
        ProgressBar::new(STEPS_MAX)
            .with_style(ProgressStyle::with_template("{bar:24} {msg}").expect("a valid template"))
    } else {
        ProgressBar::hidden()
    };
    let artefact = baker
        .bake(&bundle, &|step| {
            let (doing, steps) = match step.work {
                Work::Cached => ("cached", 2),
                Work::Configure => ("configuring", 1),
                Work::Compile => ("compiling", 1),
            };
            bar.set_message(format!("{}: {doing} the {}", step.bundle, step.role));
            bar.inc(steps);
        })
        .with_context(|| format!("bundle {} is refused", path.display()));
    bar.finish_and_clear();
    artefact
}

#[expect(unsafe_code, reason = "whoever names the file on the command line vouches for it")]
fn read(path: &Path) -> Result<Artefact> {
    let named = || format!("cannot read artefact {}", path.display());
    let length = fs::metadata(path).with_context(named)?.len();
    if length > ARTEFACT_BYTES_MAX {
        return Err(anyhow!("{length} bytes, limit {ARTEFACT_BYTES_MAX}")).with_context(named);
    }
    let bytes = fs::read(path).with_context(named)?;
    // SAFETY: the operator named this file as one to run, as one names a
    // program. Signatures will take this burden off the operator.
    unsafe { Artefact::from_trusted_bytes(&bytes) }.with_context(named)
}
