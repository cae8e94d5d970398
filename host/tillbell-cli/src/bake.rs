use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::bundles::{self, CacheOpts};

/// Make a bundle into one file that a host without a compiler runs.
#[derive(Args)]
#[command(after_help = "\
Example:
  tillbell bake examples/banks/harbour -o harbour.tillbell
  tillbell run harbour.tillbell --events examples/feeds/day.jsonl")]
pub(crate) struct Opts {
    /// The bundle's folder
    bundle: PathBuf,
    /// The file to write
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    #[command(flatten)]
    cache: CacheOpts,
}

pub(crate) fn run(opts: &Opts) -> Result<()> {
    if !opts.bundle.is_dir() {
        bail!("{} is not a bundle's folder", opts.bundle.display());
    }
    for artefact in bundles::artefacts(std::slice::from_ref(&opts.bundle), &opts.cache)? {
        let bytes = artefact.to_bytes();
        fs::write(&opts.output, &bytes)
            .with_context(|| format!("cannot write {}", opts.output.display()))?;
        println!("{}: {} bytes, for {}", opts.output.display(), bytes.len(), artefact.engine());
    }
    Ok(())
}
