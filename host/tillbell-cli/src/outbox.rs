//! The outbox's file, on the command line.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};
use clap::Args;
use tillbell_delivery::{Outbox, SendLock};
use tillbell_transaction::TokenKey;
use zeroize::Zeroizing;

use crate::bundles;

/// The largest file of a key, in bytes.
const KEY_BYTES_MAX: u64 = 1_024;

#[derive(Args)]
pub(crate) struct OutboxOpts {
    /// The outbox's file
    #[arg(long, value_name = "FILE", env = "TILLBELL_OUTBOX")]
    outbox: PathBuf,
}

impl OutboxOpts {
    /// Opens it to send from it, making it if there is none.
    pub(crate) fn open_to_send(&self, lock: &SendLock) -> Result<Outbox> {
        Outbox::open_to_send(&self.outbox, lock).with_context(|| self.outbox.display().to_string())
    }

    /// Opens it, making it if there is none.
    pub(crate) fn open(&self) -> Result<Outbox> {
        Outbox::open(&self.outbox).with_context(|| self.outbox.display().to_string())
    }

    /// Takes the right to send from it.
    pub(crate) fn send_lock(&self) -> Result<SendLock> {
        SendLock::take(&self.outbox).with_context(|| self.outbox.display().to_string())
    }

    /// Opens one that is there.
    pub(crate) fn open_existing(&self) -> Result<Outbox> {
        if !self.outbox.is_file() {
            bail!("{}: there is no outbox", self.outbox.display());
        }
        self.open()
    }
}

/// How cards get tokens that come without.
#[derive(Args)]
pub(crate) struct TokenOpts {
    /// The key by which cards get tokens, where a source sends the number alone: 64
    /// hexadecimal digits in a file
    #[arg(long, value_name = "FILE", env = "TILLBELL_TOKEN_KEY", hide_env_values = true)]
    token_key: Option<PathBuf>,
}

impl TokenOpts {
    /// The key, if one is named.
    pub(crate) fn key(&self) -> Result<Option<TokenKey>> {
        self.token_key.as_deref().map(token_key).transpose()
    }

    /// The key, which has to be named.
    pub(crate) fn required(&self) -> Result<TokenKey> {
        self.key()?.context("--token-key is needed")
    }
}

/// The key in a file.
pub(crate) fn token_key(path: &Path) -> Result<TokenKey> {
    let text = Zeroizing::new(bundles::read_key_within(path, KEY_BYTES_MAX)?);
    TokenKey::parse(&text).with_context(|| path.display().to_string())
}

/// The time, in milliseconds since 1970.
pub(crate) fn now_ms() -> Result<i64> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).context("the clock is before 1970")?;
    i64::try_from(now.as_millis()).context("the clock is far ahead")
}
