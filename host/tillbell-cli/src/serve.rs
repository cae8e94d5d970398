use std::path::PathBuf;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use clap::Args;
use tillbell_serve::{Config, Start};

use crate::bundles::{self, BundleOpts, CacheOpts};
use crate::out::say;

/// Run the daemon: transactions in by HTTP or ISO 8583, messages out.
///
/// A transaction is on disk, decided and with its messages, before it is answered
/// for. SIGHUP reads configuration and bundles again and puts later releases in
/// the place of those that run; SIGTERM ends it in good order. What it has to say
/// to its operator stands on standard error.
#[derive(Args)]
#[command(after_help = "\
Example:
  tillbell serve --config examples/serve.toml --check
  tillbell serve --config examples/serve.toml")]
pub(crate) struct Opts {
    /// The configuration, in TOML
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Look whether it could be run, and end
    #[arg(long)]
    check: bool,
    #[command(flatten)]
    cache: CacheOpts,
}

pub(crate) fn run(opts: &Opts) -> Result<()> {
    let cache = opts.cache.clone();
    let artefacts = move |config: &Config| {
        let sources = BundleOpts::new(config.trust.clone(), cache.clone());
        bundles::artefacts(&config.bundles, &sources, &config.platform).map_err(Into::into)
    };
    if opts.check {
        for warning in tillbell_serve::check(&opts.config, &artefacts)? {
            say!("warning: {warning}");
        }
        say!("{}: fine", opts.config.display());
        return Ok(());
    }
    let start =
        Start { config: opts.config.clone(), artefacts: Arc::new(artefacts), note: Arc::new(note) };
    tillbell_serve::run(start).context("the daemon ended")
}

/// A line for the operator, with the time in seconds.
fn note(line: String) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    eprintln!("{:.3} {line}", now.as_secs_f64());
}
