//! The days of a tape, their bounds, and what is over.

use std::fmt;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use tillbell_tape::{Entry, Pseudonyms};
use tillbell_transaction::Timestamp;

use super::TapeSettings;
use super::key::Serving;
use crate::{Error, ErrorKind, Result};

/// How the files end.
const EXTENSION: &str = "tape";
/// The most files of a folder that are looked at.
const FILES_MAX: usize = 4_096;
/// Seconds of a day.
const DAY_SECONDS: i64 = 86_400;

/// A day in UTC, counted from 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Day(pub(super) i64);

impl Day {
    pub(super) fn of(unix_seconds: i64) -> Self {
        Self(unix_seconds.div_euclid(DAY_SECONDS))
    }

    /// Reads `2026-11-26`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let midnight = Timestamp::parse(&format!("{text}T00:00:00Z")).ok()?;
        (text.len() == 10).then_some(Self::of(midnight.unix_seconds()))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Timestamp::new(self.0 * DAY_SECONDS, 0) {
            Ok(midnight) => f.write_str(&midnight.to_string()[..10]),
            Err(_) => f.write_str("0000-00-00"),
        }
    }
}

/// The folder, and the day that is written.
pub(super) struct Folder {
    settings: TapeSettings,
    /// What the other days take, in bytes.
    others_bytes: u64,
    day: Day,
    reel: Option<Reel>,
    pseudonyms: Option<Pseudonyms>,
    /// The line that is written.
    line: Vec<u8>,
}

/// The file of a day.
struct Reel {
    file: BufWriter<File>,
    bytes: u64,
}

impl Folder {
    /// Opens the folder, making it, and its key, for their owner alone.
    pub(super) fn open(settings: TapeSettings, now_seconds: i64) -> Result<Self> {
        let path = settings.folder.clone();
        let wrong = |error: io::Error| {
            Error::new(ErrorKind::Storage, format!("tape {}", path.display())).because(error)
        };
        DirBuilder::new().recursive(true).mode(0o700).create(&settings.folder).map_err(wrong)?;
        let day = Day::of(now_seconds);
        let (reel, pseudonyms, line) = (None, None, Vec::new());
        let mut folder = Self { settings, others_bytes: 0, day, reel, pseudonyms, line };
        folder.begin(day).map_err(|reason| wrong(io::Error::other(reason)))?;
        Ok(folder)
    }

    /// Turns to the day that it is. Gives whether a tape that had stopped goes on.
    ///
    /// # Errors
    /// Why it stops.
    pub(super) fn turn(&mut self, now_seconds: i64) -> std::result::Result<bool, String> {
        let day = Day::of(now_seconds);
        // A clock that goes back writes on where it was.
        if day <= self.day {
            return Ok(false);
        }
        let had_stopped = self.reel.is_none();
        self.day = day;
        self.begin(day).map(|()| had_stopped)
    }

    /// Writes a decision; false for one that is too long, or where the tape is stopped.
    ///
    /// # Errors
    /// Why it stops.
    pub(super) fn write(&mut self, entry: Entry) -> std::result::Result<bool, String> {
        let (Some(reel), Some(pseudonyms)) = (&mut self.reel, &self.pseudonyms) else {
            return Ok(false);
        };
        if !pseudonyms.write(entry, &mut self.line) {
            return Ok(false);
        }
        self.line.push(b'\n');
        let length = self.line.len() as u64;
        let full = if reel.bytes + length > self.settings.day_bytes_max {
            Some(format!("{} bytes of a day, tape.day-mib-max", self.settings.day_bytes_max))
        } else if self.others_bytes + reel.bytes + length > self.settings.bytes_max {
            Some(format!("{} bytes of all days, tape.mib-max", self.settings.bytes_max))
        } else {
            None
        };
        if let Some(full) = full {
            self.flush()?;
            self.reel = None;
            return Err(full);
        }
        reel.bytes += length;
        match reel.file.write_all(&self.line) {
            Ok(()) => Ok(true),
            Err(error) => Err(self.stop(&error)),
        }
    }

    /// Hands what was written to the system.
    ///
    /// # Errors
    /// Why it stops.
    pub(super) fn flush(&mut self) -> std::result::Result<(), String> {
        match self.reel.as_mut().map(|reel| reel.file.flush()) {
            Some(Err(error)) => Err(self.stop(&error)),
            _ => Ok(()),
        }
    }

    fn stop(&mut self, error: &io::Error) -> String {
        if let Some(reel) = self.reel.take() {
            // What is in the buffer is lost: writing it again would fail again.
            let _ = reel.file.into_parts();
        }
        error.to_string()
    }

    /// Removes what is over, takes the day's key and opens its file.
    fn begin(&mut self, day: Day) -> std::result::Result<(), String> {
        self.reel = None;
        let named = |path: &Path, error: io::Error| format!("{}: {error}", path.display());
        let TapeSettings { folder, key_file, days, sole_traders, .. } = &self.settings;
        // First the key: what is under an old one stays so.
        let serving = Serving::of(key_file, day, *days).map_err(|error| named(key_file, error))?;
        remove_before(folder, Day(day.0 - i64::from(*days) + 1))
            .map_err(|error| named(folder, error))?;
        let path = folder.join(format!("{day}-{}.{EXTENSION}", serving.key.name()));
        let pseudonyms = Pseudonyms::new(serving.key, sole_traders.clone());
        let head = pseudonyms.head(&day.to_string());
        self.others_bytes = tapes(folder)
            .map_err(|error| named(folder, error))?
            .iter()
            .map(|(_, tape, bytes)| if *tape == path { 0 } else { *bytes })
            .sum();
        let reel = Reel::open(&path, &head).map_err(|error| named(&path, error))?;
        self.pseudonyms = Some(pseudonyms);
        self.reel = Some(reel);
        Ok(())
    }
}

impl Reel {
    fn open(path: &Path, head: &str) -> io::Result<Self> {
        let mut file =
            OpenOptions::new().create(true).read(true).append(true).mode(0o600).open(path)?;
        let mut bytes = file.metadata()?.len();
        let mut line = String::new();
        if bytes == 0 {
            line = format!("{head}\n");
        } else {
            file.seek(SeekFrom::End(-1))?;
            let mut last = [0];
            file.read_exact(&mut last)?;
            // Whoever wrote it was ended in the middle of a line.
            if last != *b"\n" {
                line.push('\n');
            }
        }
        file.write_all(line.as_bytes())?;
        bytes += line.len() as u64;
        Ok(Self { file: BufWriter::with_capacity(64 * 1_024, file), bytes })
    }
}

/// The tapes of a folder, with their days and bytes.
fn tapes(folder: &Path) -> io::Result<Vec<(Day, PathBuf, u64)>> {
    let mut tapes = Vec::new();
    for entry in fs::read_dir(folder)?.take(FILES_MAX) {
        let entry = entry?;
        let path = entry.path();
        let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
        let day = name.get(..10).and_then(Day::parse);
        if let Some(day) = day.filter(|_| path.extension().is_some_and(|end| end == EXTENSION)) {
            tapes.push((day, path, entry.metadata()?.len()));
        }
    }
    Ok(tapes)
}

fn remove_before(folder: &Path, first: Day) -> io::Result<()> {
    for (day, path, _) in tapes(folder)? {
        if day < first {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}
