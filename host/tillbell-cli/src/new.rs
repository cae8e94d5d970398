use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{Args, Subcommand};

use crate::Input;
use crate::bundles::{self, CacheOpts};
use crate::out::say;
use crate::test;

/// Make something to begin with.
#[derive(Args)]
#[command(after_help = "\
Example:
  tillbell new bank my-bank && tillbell run my-bank --events my-bank/events.jsonl")]
pub(crate) struct Opts {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// A bank's bundle: rules, masking, words, cases and sample events. It needs no
    /// toolchain and no network: its plugins are this command's
    Bank {
        /// Its name, and the folder that is made: lower case letters, digits, hyphens
        name: String,
        /// Another folder
        #[arg(long, value_name = "DIR")]
        folder: Option<PathBuf>,
        #[command(flatten)]
        cache: CacheOpts,
    },
}

pub(crate) fn run(opts: &Opts) -> Result<Input> {
    let What::Bank { name, folder, cache } = &opts.what;
    let folder = folder.clone().unwrap_or_else(|| name.into());
    tillbell_kit::new::bank(name, &folder).with_context(|| format!("{}", folder.display()))?;
    cache.shelf().update(&folder, &bundles::manifest_of(&folder)?)?;
    // Its snapshots are what it says: made here, so that they name the bank.
    let tested = test::bless_new(&folder, cache)?;
    let folder = folder.display();
    say!("{folder} is a bundle; what stands where says {folder}/README.md. Next:");
    say!("  tillbell run {folder} --events {folder}/events.jsonl");
    say!("  tillbell test {folder}");
    Ok(tested)
}
