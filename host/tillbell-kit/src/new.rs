//! A bundle to begin with.

use std::fmt;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;

/// Paths in the bundle, and what stands in each file.
const BANK: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/bank.rs"));
/// The longest name of a bank.
const NAME_BYTES_MAX: usize = 32;

/// Why a bundle was not made.
#[derive(Debug)]
pub enum NewError {
    /// It is no name of a bundle.
    Name,
    /// There is something already.
    Exists,
    /// A file cannot be written.
    File(io::Error),
}

impl fmt::Display for NewError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name => write!(
                f,
                "expected a name of up to {NAME_BYTES_MAX} lower case letters, digits and hyphens"
            ),
            Self::Exists => f.write_str("is there already, and not empty"),
            Self::File(_) => f.write_str("cannot be written"),
        }
    }
}

impl std::error::Error for NewError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::File(error) => Some(error),
            Self::Name | Self::Exists => None,
        }
    }
}

/// Writes a bank's bundle into a folder, which is made: rules, masking and words of an example
/// bank, cases, sample events, a README and a workflow for CI.
///
/// # Errors
/// Of a name that is none, and of a folder that holds something.
pub fn bank(name: &str, folder: &Path) -> Result<(), NewError> {
    let is_name = (1..=NAME_BYTES_MAX).contains(&name.len())
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if !is_name {
        return Err(NewError::Name);
    }
    match fs::read_dir(folder).map(|mut entries| entries.next().is_some()) {
        Ok(true) => return Err(NewError::Exists),
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(NewError::File(error)),
        _ => {}
    }
    for (path, text) in BANK {
        let path = folder.join(if *path == "gitignore" { ".gitignore" } else { path });
        let above = path.parent().unwrap_or(folder);
        fs::create_dir_all(above).map_err(NewError::File)?;
        let text = text.replace("NAME", name).replace("Meridian Bank", name);
        fs::write(&path, text).map_err(NewError::File)?;
    }
    Ok(())
}
