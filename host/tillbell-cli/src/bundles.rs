//! From the paths on the command line to artefacts.

use std::fs;
use std::io::{IsTerminal, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use cap_std::ambient_authority;
use cap_std::fs::Dir;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use tillbell::{
    Artefact, Bundle, Draft, ErrorKind, Host, Limits, Manifest, PLATFORM_BYTES_MAX, Platform,
    PluginReport, Target, Trust, WideLimits,
};
use tillbell_bake::{Baker, ExplainedRule, STEPS_MAX, SigningKey, Work};
use tillbell_kit::plugins::Shelf;
use tillbell_transaction::{Timestamp, Transaction};

/// The largest file of keys that is read, in bytes.
const KEYS_BYTES_MAX: u64 = 256 * 1024;

/// Milliseconds that a call may take where no option says otherwise.
pub(crate) const DEADLINE_MS: u32 = 250;

/// The file that makes a folder a bundle.
const MANIFEST: &str = "tillbell.toml";
/// How files of `tillbell bake` end, in a folder of them.
const ARTEFACT_EXTENSION: &str = "tillbell";
/// How files of keys end, in a folder of them.
const KEYS_EXTENSION: &str = "pem";
/// The most files of a folder that are looked at.
const FOLDER_FILES_MAX: usize = 16_384;

/// Where baked plugins are kept.
#[derive(Clone, Args)]
pub(crate) struct CacheOpts {
    /// Keep baked plugins in this folder [default: tillbell/ in the user's
    /// cache folder]
    #[arg(long, value_name = "DIR", env = "TILLBELL_CACHE", hide_env_values = true)]
    cache: Option<PathBuf>,
    /// Bake anew, and keep nothing, whatever --cache or TILLBELL_CACHE says
    #[arg(long)]
    no_cache: bool,
}

/// Whose artefacts are run.
#[derive(Clone, Args)]
pub(crate) struct TrustOpts {
    /// The public keys of those whose artefacts are trusted, in PEM, or a folder
    /// of such files; for files of `tillbell bake`
    #[arg(long, value_name = "KEYS", env = "TILLBELL_TRUST", hide_env_values = true)]
    trust: Vec<PathBuf>,
}

/// The host that bundles are for.
#[derive(Clone, Default, Args)]
pub(crate) struct PlatformOpts {
    /// The host that the bundle is for: a TOML file of its limits, channels, policy
    /// and prices, as the table `platform` of the daemon
    #[arg(long, value_name = "FILE", env = "TILLBELL_PLATFORM", hide_env_values = true)]
    platform: Option<PathBuf>,
}

impl PlatformOpts {
    /// Reads the file, if one is named; else a laptop's platform, with the wide engine.
    pub(crate) fn read(&self) -> Result<Platform> {
        let Some(path) = &self.platform else {
            let mut platform = Platform::default();
            platform.limits.wide = Some(WideLimits::default());
            return Ok(platform);
        };
        let named = || format!("cannot read platform {}", path.display());
        let length = fs::metadata(path).with_context(named)?.len();
        if length > PLATFORM_BYTES_MAX {
            return Err(anyhow!("{length} bytes, limit {PLATFORM_BYTES_MAX}")).with_context(named);
        }
        Platform::parse(&fs::read_to_string(path).with_context(named)?)
            .with_context(|| format!("platform {} is refused", path.display()))
    }
}

/// What a call of a plugin may take on a laptop, where a slow one must not change what is said.
#[derive(Clone, Args)]
pub(crate) struct DeadlineOpts {
    /// Wall time of one call of a plugin, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = DEADLINE_MS, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) deadline_ms: u32,
}

impl Default for DeadlineOpts {
    fn default() -> Self {
        Self { deadline_ms: DEADLINE_MS }
    }
}

/// Where artefacts come from: folders are baked, files are checked.
#[derive(Clone, Args)]
pub(crate) struct BundleOpts {
    #[command(flatten)]
    trust: TrustOpts,
    #[command(flatten)]
    cache: CacheOpts,
    #[command(flatten)]
    platform: PlatformOpts,
}

impl BundleOpts {
    /// Artefacts signed by those whose keys are in these files, and this cache.
    pub(crate) fn new(trust: Vec<PathBuf>, cache: CacheOpts) -> Self {
        Self { trust: TrustOpts { trust }, cache, platform: PlatformOpts::default() }
    }

    /// How that host is named.
    pub(crate) fn platform_opts(&self) -> &PlatformOpts {
        &self.platform
    }

    /// The host that they are for.
    pub(crate) fn platform(&self) -> Result<Platform> {
        self.platform.read()
    }
}

/// Gives the artefacts of each path: a bundle's folder, which is baked, signed
/// and trusted for as long as this process lasts, a file that `tillbell bake`
/// wrote, or a folder of such files.
pub(crate) fn artefacts(
    paths: &[PathBuf],
    opts: &BundleOpts,
    platform: &Platform,
) -> Result<Vec<Artefact>> {
    // Looked at though there may be folders alone: a key that is missing is missed.
    let trusted = opts.trust.read()?;
    let mut artefacts = Vec::with_capacity(paths.len());
    let mut baking = None;
    for path in paths {
        if path.is_dir() && !path.join(MANIFEST).exists() {
            for file in files_of(path, ARTEFACT_EXTENSION)? {
                artefacts.push(opts.trust.open(&file, &trusted)?);
            }
            continue;
        }
        let artefact = if path.is_dir() {
            let (baker, key, trust) = match &mut baking {
                Some(baking) => baking,
                none => {
                    let baker = baker(platform, Target::host(), &opts.cache)?;
                    let (key, mut trust) = (SigningKey::ephemeral(), Trust::new());
                    trust.add(key.public(), None)?;
                    none.insert((baker, key, trust))
                }
            };
            Artefact::from_bytes(
                &key.seal(&bake(baker, path, &opts.cache, &platform.limits)?),
                trust,
            )?
        } else {
            opts.trust.open(path, &trusted)?
        };
        artefacts.push(artefact);
    }
    Ok(artefacts)
}

/// A host with the bundles of these paths, which gives a plugin so many
/// milliseconds a call.
pub(crate) fn host(
    paths: &[PathBuf],
    opts: &BundleOpts,
    platform: &Platform,
    deadline_ms: u32,
) -> Result<Host> {
    host_of(&artefacts(paths, opts, platform)?, platform, deadline_ms)
}

/// A host with the bundles of these artefacts.
pub(crate) fn host_of(
    artefacts: &[Artefact],
    platform: &Platform,
    deadline_ms: u32,
) -> Result<Host> {
    let mut host = Host::new(Limits { deadline_ms, ..platform.limits.clone() })?;
    host.tighten(&platform.policy);
    for artefact in artefacts {
        host.load(artefact)?;
    }
    Ok(host)
}

/// Bakes the bundle in a folder for a target.
pub(crate) fn draft(
    path: &Path,
    target: Target,
    cache: &CacheOpts,
    platform: &Platform,
) -> Result<Draft> {
    bake(&baker(platform, target, cache)?, path, cache, &platform.limits)
}

fn baker(platform: &Platform, target: Target, cache: &CacheOpts) -> Result<Baker> {
    Ok(Baker::new(platform.limits.clone(), target, cache.folder()?)?.held_to(&platform.policy))
}

/// Gives the manifest of a bundle, of which nothing else is looked at, or of a
/// file that `tillbell bake` wrote.
pub(crate) fn manifest(path: &Path, trust: &TrustOpts) -> Result<Manifest> {
    if !path.is_dir() {
        return Ok(Manifest::clone(trust.open(path, &trust.read()?)?.manifest()));
    }
    manifest_of(path)
}

/// The manifest of the bundle in a folder, of which nothing else is looked at.
pub(crate) fn manifest_of(path: &Path) -> Result<Manifest> {
    let folder = Dir::open_ambient_dir(path, ambient_authority())
        .with_context(|| format!("cannot open bundle {}", path.display()))?;
    Manifest::open(&folder).with_context(|| format!("bundle {} is refused", path.display()))
}

impl CacheOpts {
    /// Where built-in plugins are found.
    pub(crate) fn shelf(&self) -> Shelf {
        let cache = self.cache.clone().or_else(default_cache).filter(|_| !self.no_cache);
        Shelf { builtin: tillbell_builtin::module, cache }
    }

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

/// Opens the bundle in a folder, its built-in plugins with it.
fn open(path: &Path, cache: &CacheOpts, limits: &Limits) -> Result<Bundle> {
    let folder = Dir::open_ambient_dir(path, ambient_authority())
        .with_context(|| format!("cannot open bundle {}", path.display()))?;
    let shelf = cache.shelf();
    let builtin = |name: &str| {
        shelf
            .find(path, name)
            .map_err(|error| tillbell::Error::new(ErrorKind::File, error.to_string()))
    };
    Bundle::open_with(&folder, limits, &builtin)
        .with_context(|| format!("bundle {} is refused", path.display()))
}

/// Bakes the bundle in a folder, with a progress bar on a terminal.
fn bake(baker: &Baker, path: &Path, cache: &CacheOpts, limits: &Limits) -> Result<Draft> {
    let bundle = open(path, cache, limits)?;
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
                Work::Rehearse => ("rehearsing", 1),
            };
            let whom = if step.work == Work::Rehearse {
                "the bundle".into()
            } else {
                format!("the {}", step.role)
            };
            bar.set_message(format!("{}: {doing} {whom}", step.bundle));
            bar.inc(steps);
        })
        .with_context(|| format!("bundle {} is refused", path.display()));
    bar.finish_and_clear();
    if let Ok(draft) = &artefact {
        warn(&bundle.manifest.id, draft.plugins());
    }
    artefact
}

/// Asks the router of the bundle in a folder why it decides as it does; none where it cannot
/// say, or where only an artefact is at hand.
pub(crate) fn explain(
    path: &Path,
    opts: &BundleOpts,
    platform: &Platform,
    transaction: &Transaction,
    now: Timestamp,
) -> Result<Option<Vec<ExplainedRule>>> {
    if !path.is_dir() {
        return Ok(None);
    }
    let bundle = open(path, &opts.cache, &platform.limits)?;
    let baker = baker(platform, Target::host(), &opts.cache)?;
    let facts = tillbell::facts::facts(transaction, now);
    Ok(baker.explain(&bundle, facts, tillbell::facts::time(now))?)
}

/// Tells what the bank should look at, on standard error.
pub(crate) fn warn(bundle: &str, plugins: &[PluginReport]) {
    for plugin in plugins {
        for warning in &plugin.warnings {
            eprintln!("warning: bundle {bundle:?}: {}: {warning}", plugin.role);
        }
    }
}

impl TrustOpts {
    /// Reads the keys.
    fn read(&self) -> Result<Trust> {
        let mut trust = Trust::new();
        for named in &self.trust {
            let files = match named.is_dir() {
                true => files_of(named, KEYS_EXTENSION)?,
                false => vec![named.clone()],
            };
            for keys in files {
                trust
                    .add_pem(&read_key(&keys)?, None)
                    .with_context(|| format!("cannot trust {}", keys.display()))?;
            }
        }
        Ok(trust)
    }

    /// Opens a file of `tillbell bake` that is signed by one of these keys.
    fn open(&self, path: &Path, trust: &Trust) -> Result<Artefact> {
        fs::metadata(path).with_context(|| format!("cannot read artefact {}", path.display()))?;
        if self.trust.is_empty() {
            bail!(
                "{} is a baked artefact: --trust names the public key of who signed it",
                path.display()
            );
        }
        Artefact::open(path, trust)
            .with_context(|| format!("artefact {} is refused", path.display()))
    }
}

/// The files in a folder whose names end so, in the order of their names.
fn files_of(folder: &Path, extension: &str) -> Result<Vec<PathBuf>> {
    let named = || format!("cannot read folder {}", folder.display());
    let mut files = Vec::new();
    for (number, entry) in fs::read_dir(folder).with_context(named)?.enumerate() {
        if number >= FOLDER_FILES_MAX {
            return Err(anyhow!("more than {FOLDER_FILES_MAX} files")).with_context(named);
        }
        let path = entry.with_context(named)?.path();
        if path.extension().is_some_and(|end| end == extension) {
            files.push(path);
        }
    }
    if files.is_empty() {
        return Err(anyhow!("no file in it ends with .{extension}")).with_context(named);
    }
    files.sort_unstable();
    Ok(files)
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
