use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{Args, CommandFactory};
use clap_complete::Shell;

/// Print the completions of a shell.
#[derive(Args)]
#[command(after_help = "\
Example:
  tillbell completions bash > /etc/bash_completion.d/tillbell")]
pub(crate) struct Completions {
    /// The shell
    shell: Shell,
}

/// Write the manual's pages, one for each subcommand.
#[derive(Args)]
#[command(after_help = "\
Example:
  tillbell manual man1 && man -l man1/tillbell-test.1")]
pub(crate) struct Manual {
    /// The folder, which is made where it is missing
    folder: PathBuf,
}

pub(crate) fn completions(opts: &Completions) {
    let mut script = Vec::new();
    clap_complete::generate(opts.shell, &mut crate::Opts::command(), "tillbell", &mut script);
    // Whoever reads it may have left.
    let _ = std::io::Write::write_all(&mut std::io::stdout().lock(), &script);
}

pub(crate) fn manual(opts: &Manual) -> Result<()> {
    let named = || format!("cannot write {}", opts.folder.display());
    fs::create_dir_all(&opts.folder).with_context(named)?;
    clap_mangen::generate_to(crate::Opts::command(), &opts.folder).with_context(named)
}
