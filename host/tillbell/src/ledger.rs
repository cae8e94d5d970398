use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use crate::host::BUNDLES_MAX;
use crate::{Error, ErrorKind, Result};

/// The largest ledger, in bytes.
const LEDGER_BYTES_MAX: u64 = 1024 * 1024;
/// The first line, which names the file's form.
const HEAD: &str = "tillbell releases 1";

/// Which release of each bundle ran last, in a file: an older one, though
/// signed, does not run again. So nobody can bring back a release that had to
/// be replaced. To go back, a bank ships the old content under a new number.
///
/// The file is text: a head, and one line `<bundle> <release>` each. It is
/// replaced as a whole and synced before the release runs, so that a power cut
/// leaves the old or the new. One ledger is for one host.
#[derive(Debug)]
pub struct ReleaseLedger {
    path: PathBuf,
    releases: BTreeMap<String, u64>,
}

impl ReleaseLedger {
    /// Opens a ledger; a file that is not there is an empty one.
    ///
    /// # Errors
    /// [`ErrorKind::File`] if it cannot be read, or says what no ledger says:
    /// it is then better that nothing runs than that anything does.
    pub fn open(path: &Path) -> Result<Self> {
        let mut ledger = Self { path: path.into(), releases: BTreeMap::new() };
        let text = match read(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(ledger),
            Err(error) => return Err(ledger.wrong("cannot be read").because(error)),
        };
        let mut lines = text.lines();
        if lines.next() != Some(HEAD) {
            return Err(ledger.wrong(format!("line 1: expected {HEAD:?}")));
        }
        for (number, line) in lines.enumerate() {
            let entry = line.split_once(' ').and_then(|(id, release)| {
                let release = release.parse().ok()?;
                (!id.is_empty()).then(|| (id.to_owned(), release))
            });
            let Some((id, release)) = entry else {
                let at = number + 2;
                return Err(ledger.wrong(format!("line {at}: expected a bundle and its release")));
            };
            ledger.releases.insert(id, release);
        }
        if !text.ends_with('\n') {
            return Err(ledger.wrong("is cut short"));
        }
        Ok(ledger)
    }

    /// The release of a bundle that ran last.
    pub fn release(&self, bundle: &str) -> Option<u64> {
        self.releases.get(bundle).copied()
    }

    /// Refuses a release below the one that ran last; nothing is entered.
    ///
    /// # Errors
    /// [`ErrorKind::Downgrade`] for such a release, [`ErrorKind::File`] if the
    /// ledger is full.
    pub fn check(&self, bundle: &str, release: u64) -> Result<()> {
        match self.release(bundle) {
            Some(ran) if release < ran => {
                let detail = format!("bundle {bundle:?}: release {release}, but {ran} ran before");
                Err(Error::new(ErrorKind::Downgrade, detail))
            }
            None if self.releases.len() >= BUNDLES_MAX => {
                Err(self.wrong(format!("names {BUNDLES_MAX} bundles, as many as it may")))
            }
            _ => Ok(()),
        }
    }

    /// Enters releases that pass [`ReleaseLedger::check`], on disk first, in one
    /// write: all, or none.
    pub(crate) fn enter_all<'a>(
        &mut self,
        entries: impl Iterator<Item = (&'a str, u64)>,
    ) -> Result<()> {
        let mut releases = self.releases.clone();
        for (bundle, release) in entries {
            self.check(bundle, release)?;
            releases.insert(bundle.into(), release);
        }
        if releases.len() > BUNDLES_MAX {
            return Err(self.wrong(format!("would name more than {BUNDLES_MAX} bundles")));
        }
        if releases != self.releases {
            replace(&self.path, &text(&releases))
                .map_err(|error| self.wrong("cannot be written").because(error))?;
            self.releases = releases;
        }
        Ok(())
    }

    fn wrong(&self, detail: impl std::fmt::Display) -> Error {
        Error::new(ErrorKind::File, format!("ledger {:?}: {detail}", self.path))
    }
}

fn text(releases: &BTreeMap<String, u64>) -> String {
    let lines = releases.iter().map(|(id, release)| format!("{id} {release}\n"));
    format!("{HEAD}\n{}", lines.collect::<String>())
}

fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    let read = File::open(path)?.take(LEDGER_BYTES_MAX + 1).read_to_string(&mut text)?;
    if read as u64 > LEDGER_BYTES_MAX {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    Ok(text)
}

/// Writes beside, syncs, renames, syncs the folder.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let mut name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_owned();
    name.push(".new");
    let beside = path.with_file_name(name);
    let mut file = File::create(&beside)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    File::open(folder)?.sync_all()
}
