//! The key's file.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use tillbell_tape::{KEY_BYTES, TapeKey};
use zeroize::{Zeroize, Zeroizing};

use super::folder::Day;

/// Where the system's randomness is.
const RANDOM: &str = "/dev/urandom";
/// The longest file, in bytes.
const BYTES_MAX: u64 = 256;

/// A key, and since when it serves.
pub(super) struct Serving {
    pub(super) key: TapeKey,
    pub(super) since: Day,
}

impl Serving {
    /// Whether a day is in the key's period.
    fn serves(&self, day: Day, days: u32) -> bool {
        (0..i64::from(days)).contains(&(day.0 - self.since.0))
    }

    /// The key of a day: the one that is there, or a new one in its place.
    pub(super) fn of(path: &Path, day: Day, days: u32) -> io::Result<Self> {
        match Self::read(path)? {
            Some(known) if known.serves(day, days) => Ok(known),
            _ => Self::make(path, day),
        }
    }

    /// None where there is no file.
    fn read(path: &Path) -> io::Result<Option<Self>> {
        let file = match File::open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        let mode = file.metadata()?.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(io::Error::other(format!(
                "mode {mode:03o}, expected 600: whoever reads it can undo the tape; remove it and \
                 the tapes, or chmod 600 if nobody did"
            )));
        }
        let mut text = Zeroizing::new(String::with_capacity(BYTES_MAX as usize));
        file.take(BYTES_MAX).read_to_string(&mut text)?;
        let read = text.trim().split_once(' ').and_then(|(since, digits)| {
            Some(Self { key: TapeKey::parse(digits)?, since: Day::parse(since)? })
        });
        read.map(Some).ok_or_else(|| {
            io::Error::other("not the key of a tape; remove it, and a new one is made")
        })
    }

    /// Makes a key of the system's randomness; the one that was there is gone.
    fn make(path: &Path, since: Day) -> io::Result<Self> {
        let mut bytes = [0; KEY_BYTES];
        File::open(RANDOM)?.read_exact(&mut bytes)?;
        let key = TapeKey::new(bytes);
        bytes.zeroize();
        destroy(path)?;
        let mut beside = path.as_os_str().to_owned();
        beside.push(".new");
        let beside = Path::new(&beside);
        // One that a crash left has a mode of its own.
        let _ = fs::remove_file(beside);
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(beside)?;
        let text = Zeroizing::new(format!("{since} {}\n", key.digits().as_str()));
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(beside, path)?;
        Ok(Self { key, since })
    }
}

/// Overwrites a key with zeros, and removes it. (A disk may keep what was overwritten: put
/// it on one that is encrypted.)
fn destroy(path: &Path) -> io::Result<()> {
    let mut file = match OpenOptions::new().write(true).open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        file => file?,
    };
    let length = file.metadata()?.len().min(BYTES_MAX) as usize;
    file.write_all(&vec![b'0'; length])?;
    file.sync_all()?;
    fs::remove_file(path)
}
