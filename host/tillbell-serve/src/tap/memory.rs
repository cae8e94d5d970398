//! The requests that wait for their answers: one memory for all connections, which outlives
//! an orderly stop.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, BufWriter, ErrorKind, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Instant, SystemTime};

use tillbell_iso8583::{Decoded, Pairing, Tagged};
use tillbell_transaction::TokenKey;

use super::Tag;

/// The largest file that is read, in bytes.
const FILE_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// A switch may send an answer on another connection than its request.
pub(super) struct Memory {
    pairing: Mutex<Pairing<Tag>>,
    /// When time began for the pairing.
    began: Instant,
    /// Where it stands between two runs: beside the outbox.
    path: PathBuf,
}

impl Memory {
    /// What the run before remembered, if it stopped in good order; and what is wrong with
    /// it, in words.
    pub(super) fn open(outbox: &Path, token_key: Option<TokenKey>) -> (Self, Option<String>) {
        let mut path = outbox.as_os_str().to_owned();
        path.push("-pairing");
        let path = PathBuf::from(path);
        let mut pairing = Pairing::new(token_key);
        let wrong = match load(&path, &mut pairing) {
            Ok((_, 0)) => None,
            Ok((_, lines)) => Some(format!("{}: {lines} lines cannot be read", path.display())),
            Err(error) => Some(format!("{}: {error}", path.display())),
        };
        (Self { pairing: Mutex::new(pairing), began: Instant::now(), path }, wrong)
    }

    /// Takes a message, and gives what is decided by it.
    pub(super) fn take(&self, tag: Tag, decoded: Decoded) -> Vec<Tagged<Tag>> {
        let mut pairing = self.pairing.lock().unwrap_or_else(PoisonError::into_inner);
        pairing.take(tag, decoded, self.now())
    }

    /// Writes the requests, and gives up the answers that wait; what is wrong, in words.
    pub(super) fn close(&self) -> (Vec<Tagged<Tag>>, Option<String>) {
        let mut pairing = self.pairing.lock().unwrap_or_else(PoisonError::into_inner);
        let saved = save(&self.path, &pairing, self.now());
        let wrong = saved.err().map(|error| format!("{}: {error}", self.path.display()));
        (pairing.finish(), wrong)
    }

    /// Milliseconds since its time began.
    fn now(&self) -> i64 {
        i64::try_from(self.began.elapsed().as_millis()).unwrap_or(i64::MAX)
    }
}

/// Writes what a pairing remembers, readable by nobody else; whole or not at all.
fn save<T>(path: &Path, pairing: &Pairing<T>, now_ms: i64) -> io::Result<()> {
    let mut partial = path.as_os_str().to_owned();
    partial.push(".part");
    let file =
        OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(&partial)?;
    let mut to = BufWriter::new(file);
    pairing.write_requests(now_ms, &mut to)?;
    to.flush()?;
    fs::rename(&partial, path)
}

/// Takes back what the run before remembered, and removes it: how many requests, and how many
/// lines could not be read. A file that is there no more is none.
fn load<T>(path: &Path, pairing: &mut Pairing<T>) -> io::Result<(usize, usize)> {
    let file = match File::open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok((0, 0)),
        file => file?,
    };
    // A clock that was put back makes it old, not new.
    let age = SystemTime::now().duration_since(file.metadata()?.modified()?);
    let passed_ms = age.map_or(i64::MAX, |age| i64::try_from(age.as_millis()).unwrap_or(i64::MAX));
    let read = pairing.read_requests(&mut BufReader::new(file.take(FILE_BYTES_MAX)), passed_ms, 0);
    fs::remove_file(path)?;
    read
}
