//! Who may send from an outbox.

use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use ring::rand::{SecureRandom, SystemRandom};

use crate::{Error, ErrorKind, Result};

/// The right to send from an outbox, until it is dropped: two processes would each
/// hold what the other is sending to be interrupted, and send it again.
///
/// Reading and writing it need no such right: `tillbell status` and
/// `tillbell subscribers` work beside a daemon.
#[derive(Debug)]
pub struct SendLock {
    /// Its lock ends with the process, however that ends.
    _file: File,
    generation: i64,
}

impl SendLock {
    /// Takes it; it is the lock of a file beside the outbox, named like it with
    /// `-sending` behind.
    ///
    /// # Errors
    /// [`ErrorKind::Busy`] if another process has it; [`ErrorKind::Storage`] if the
    /// file cannot be made.
    pub fn take(outbox: &Path) -> Result<Self> {
        let failed = |error: std::io::Error| {
            Error::new(ErrorKind::Storage, "the outbox cannot be locked").because(error)
        };
        let mut path = outbox.as_os_str().to_owned();
        path.push("-sending");
        let file =
            OpenOptions::new().create(true).append(true).mode(0o600).open(path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file, generation: draw()? }),
            Err(TryLockError::WouldBlock) => {
                Err(Error::new(ErrorKind::Busy, "another process sends from this outbox"))
            }
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }

    /// A number that was drawn when this lock was taken, and no other's: messages
    /// that are accepted under it carry it in the keys by which peers know them, so
    /// that a restored backup, a second machine or a table that was emptied never
    /// gives a key again.
    pub fn generation(&self) -> i64 {
        self.generation
    }
}

/// A random number of 63 bits.
fn draw() -> Result<i64> {
    let mut bytes = [0; 8];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| Error::new(ErrorKind::Storage, "the system gives no random numbers"))?;
    Ok(i64::from_be_bytes(bytes) & i64::MAX)
}
