//! The outbox's file, on the command line.

use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};
use clap::Args;
use tillbell_delivery::Outbox;

#[derive(Args)]
pub(crate) struct OutboxOpts {
    /// The outbox's file
    #[arg(long, value_name = "FILE", env = "TILLBELL_OUTBOX")]
    outbox: PathBuf,
}

impl OutboxOpts {
    /// Opens it, making it if there is none.
    pub(crate) fn open(&self) -> Result<Outbox> {
        Outbox::open(&self.outbox).with_context(|| self.outbox.display().to_string())
    }

    /// Opens one that is there.
    pub(crate) fn open_existing(&self) -> Result<Outbox> {
        if !self.outbox.is_file() {
            bail!("{}: there is no outbox", self.outbox.display());
        }
        self.open()
    }
}

/// The time, in milliseconds since 1970.
pub(crate) fn now_ms() -> Result<i64> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).context("the clock is before 1970")?;
    i64::try_from(now.as_millis()).context("the clock is far ahead")
}
