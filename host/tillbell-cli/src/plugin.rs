use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use tillbell_kit::plugins::{LOCK_FILE, Lock};

use crate::bundles::{self, CacheOpts};
use crate::out::say;

/// Say which built-in plugins a bundle runs.
///
/// A bundle says `component = "builtin:routing"` (or privacy, template), and its
/// tillbell.lock which one that is, by its digest. One that this command does not
/// have is sought in the cache, and then in the bundle's folder `plugins`.
#[derive(Args)]
#[command(after_help = "\
Examples:
  tillbell plugin update my-bank
  tillbell plugin export my-bank")]
pub(crate) struct Opts {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Take this command's plugins, and write that into tillbell.lock
    Update(Bundle),
    /// Write a plugin of this command, a core module, to a file
    Write {
        /// routing, privacy or template
        name: String,
        /// The file
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,
    },
    /// Put the plugins that a bundle runs into its folder `plugins`
    Export(Bundle),
}

#[derive(Args)]
struct Bundle {
    /// The bundle's folder
    bundle: PathBuf,
    #[command(flatten)]
    cache: CacheOpts,
}

pub(crate) fn run(opts: &Opts) -> Result<()> {
    match &opts.command {
        Command::Update(Bundle { bundle, cache }) => {
            let manifest = bundles::manifest_of(bundle)?;
            let (before, after) = cache.shelf().update(bundle, &manifest)?;
            if after == Lock::default() {
                bail!("{} names no plugin that is built in", bundle.display());
            }
            for (name, pinned) in after.pinned() {
                let was = before.pinned().find(|(own, _)| *own == name);
                let was = was.map(|(_, was)| was.digest.get(..12).unwrap_or_default().to_owned());
                let is = pinned.digest.get(..12).unwrap_or_default();
                match was {
                    Some(was) if was == is => say!("{name}: {is}, as before"),
                    Some(was) => say!("{name}: {was} -> {is}"),
                    None => say!("{name}: {is}"),
                }
            }
            say!("{}", bundle.join(LOCK_FILE).display());
        }
        Command::Write { name, output } => {
            let Some(module) = tillbell_builtin::module(name) else {
                bail!("{name:?} is none of {}", tillbell_builtin::NAMES.join(", "));
            };
            let named = || format!("cannot write {}", output.display());
            if let Some(folder) = output.parent() {
                fs::create_dir_all(folder).with_context(named)?;
            }
            fs::write(output, module).with_context(named)?;
        }
        Command::Export(Bundle { bundle, cache }) => {
            let manifest = bundles::manifest_of(bundle)?;
            for path in cache.shelf().export(bundle, &manifest)? {
                say!("{}", path.display());
            }
        }
    }
    Ok(())
}
