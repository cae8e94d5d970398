//! Whether files that the daemon is going to write can be written.

use std::fs::{self, OpenOptions};
use std::io::{Error, ErrorKind, Result};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::Path;

/// Checks that a file can be appended to, or made; it is left as it is.
pub(crate) fn writable(path: &Path) -> Result<()> {
    let known = match fs::metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return folder_writable(path),
        known => known?.file_type(),
    };
    if known.is_dir() {
        return Err(Error::new(ErrorKind::IsADirectory, "is a folder, expected a file"));
    }
    // Opening a pipe would wait for whoever reads it.
    if !known.is_file() && !known.is_char_device() {
        return Err(Error::new(ErrorKind::InvalidInput, "is not a file"));
    }
    OpenOptions::new().append(true).open(path).map(drop)
}

/// Checks that files can be made beside this one.
pub(crate) fn folder_writable(path: &Path) -> Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let wrong = |error: Error| {
        let fact = match error.kind() {
            ErrorKind::NotFound if !folder.exists() => "is not there",
            ErrorKind::NotADirectory => "is not a folder",
            _ => "cannot be written",
        };
        Error::new(error.kind(), format!("its folder {} {fact}", folder.display()))
    };
    // Access rights are not the whole of it: a file system may be read-only.
    let probe = folder.join(format!(".tillbell-check-{}", std::process::id()));
    OpenOptions::new().create(true).append(true).mode(0o600).open(&probe).map_err(wrong)?;
    fs::remove_file(&probe).map_err(wrong)
}
