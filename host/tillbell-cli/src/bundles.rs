//! From the paths on the command line to artefacts.

use std::fs;
use std::io::{IsTerminal, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use cap_std::ambient_authority;
use cap_std::fs::Dir;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use tillbell::{Artefact, Bundle, Draft, Host, Limits, Manifest, Target, Trust};
use tillbell_bake::{Baker, STEPS_MAX, SigningKey, Work};

/// The largest file of keys that is read, in bytes.
const KEYS_BYTES_MAX: u64 = 256 * 1024;

/// Where baked plugins are kept.
#[derive(Clone, Args)]
pub(crate) struct CacheOpts {
    /// Keep baked plugins in this folder [default: tillbell/ in the user's
    /// cache folder]
    #[arg(long, value_name = "DIR", env = "TILLBELL_CACHE", hide_env_values = true)]
    cache: Option<PathBuf>,
    /// Bake anew, and keep nothing
    #[arg(long, conflicts_with = "cache")]
    no_cache: bool,
}

/// Whose artefacts are run.
#[derive(Args)]
pub(crate) struct TrustOpts {
    /// The public keys of those whose artefacts are trusted, in PEM; for files
    /// of `tillbell bake`
    #[arg(long, value_name = "KEYS", env = "TILLBELL_TRUST", hide_env_values = true)]
    trust: Option<PathBuf>,
}

/// Where artefacts come from: folders are baked, files are checked.
#[derive(Args)]
pub(crate) struct BundleOpts {
    #[command(flatten)]
    trust: TrustOpts,
    #[command(flatten)]
    cache: CacheOpts,
}

impl BundleOpts {
    /// Artefacts signed by those whose keys are in this file, and this cache.
    pub(crate) fn new(trust: Option<PathBuf>, cache: CacheOpts) -> Self {
        Self { trust: TrustOpts { trust }, cache }
    }
}

/// Gives the artefact of each path: a bundle's folder, which is baked, signed
/// and trusted for as long as this process lasts, or a file that `tillbell
/// bake` wrote.
pub(crate) fn artefacts(paths: &[PathBuf], opts: &BundleOpts) -> Result<Vec<Artefact>> {
    let mut artefacts = Vec::with_capacity(paths.len());
    let mut baking = None;
    for path in paths {
        let artefact = if path.is_dir() {
            let (baker, key, trust) = match &mut baking {
                Some(baking) => baking,
                none => {
                    let baker =
                        Baker::new(Limits::default(), Target::host(), opts.cache.folder()?)?;
                    let (key, mut trust) = (SigningKey::ephemeral(), Trust::new());
                    trust.add(key.public(), None)?;
                    none.insert((baker, key, trust))
                }
            };
            Artefact::from_bytes(&key.seal(&bake(baker, path)?), trust)?
        } else {
            opts.trust.open(path)?
        };
        artefacts.push(artefact);
    }
    Ok(artefacts)
}

/// A host with the bundles of these paths, which gives a plugin so many
/// milliseconds a call.
pub(crate) fn host(paths: &[PathBuf], opts: &BundleOpts, deadline_ms: u32) -> Result<Host> {
    let artefacts = artefacts(paths, opts)?;
    let mut host = Host::new(Limits { deadline_ms, ..Limits::default() })?;
    for artefact in &artefacts {
        host.load(artefact)?;
    }
    Ok(host)
}

/// Bakes the bundle in a folder for a target.
pub(crate) fn draft(path: &Path, target: Target, cache: &CacheOpts) -> Result<Draft> {
    bake(&Baker::new(Limits::default(), target, cache.folder()?)?, path)
}

/// Gives the manifest of a bundle, of which nothing else is looked at, or of a
/// file that `tillbell bake` wrote.
pub(crate) fn manifest(path: &Path, trust: &TrustOpts) -> Result<Manifest> {
    if !path.is_dir() {
        return Ok(Manifest::clone(trust.open(path)?.manifest()));
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
fn bake(baker: &Baker, path: &Path) -> Result<Draft> {
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

impl TrustOpts {
    /// Opens a file of `tillbell bake`.
    fn open(&self, path: &Path) -> Result<Artefact> {
        fs::metadata(path).with_context(|| format!("cannot read artefact {}", path.display()))?;
        let keys = self.trust.as_deref().with_context(|| {
            format!(
                "{} is a baked artefact: --trust names the public key of who signed it",
                path.display()
            )
        })?;
        let trust = Trust::from_pem(&read_key(keys)?)
            .with_context(|| format!("cannot trust {}", keys.display()))?;
        Ok(Artefact::open(path, &trust)?)
    }
}

/// Reads a file of keys in PEM.
pub(crate) fn read_key(path: &Path) -> Result<String> {
    read_key_within(path, KEYS_BYTES_MAX)
}

/// Reads a file of a key with at most so many bytes.
pub(crate) fn read_key_within(path: &Path, bytes_max: u64) -> Result<String> {
    let named = || format!("cannot read key {}", path.display());
    let mut text = String::new();
    let file = fs::File::open(path).with_context(named)?;
    let length = file.take(bytes_max + 1).read_to_string(&mut text).with_context(named)?;
    if length as u64 > bytes_max {
        return Err(anyhow!("over {bytes_max} bytes")).with_context(named);
    }
    Ok(text)
}
