//! Who may be told, where a command keeps no outbox.

use std::fs::File;
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use tillbell_subscribers::Table;

/// A table of subscribers in a file.
#[derive(Args, Clone)]
pub(crate) struct PeopleOpts {
    /// Tell those alone who stand in this CSV file and consent (`tillbell
    /// subscribers --help` has its columns) [default: whom events name]
    #[arg(long, value_name = "CSV")]
    subscribers: Option<PathBuf>,
}

impl PeopleOpts {
    pub(crate) fn table(&self) -> Result<Option<Table>> {
        let Some(path) = &self.subscribers else { return Ok(None) };
        let named = || format!("cannot read subscribers {}", path.display());
        let file = File::open(path).with_context(named)?;
        Table::from_csv(file).with_context(named).map(Some)
    }
}
