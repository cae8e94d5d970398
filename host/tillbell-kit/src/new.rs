//! Bundles to begin with: a bank's, and one around a plugin of its own.

use std::fmt;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;

use tillbell::Role;

/// Paths in what is made, and what stands in each file.
type Files = &'static [(&'static str, &'static str)];

/// Paths in the bundle, and what stands in each file.
const BANK: Files = include!(concat!(env!("OUT_DIR"), "/bank.rs"));
/// Role, language, and what is made for them.
const PLUGINS: &[(&str, &str, Files)] = include!(concat!(env!("OUT_DIR"), "/plugins.rs"));
/// What the examples' plugins and their bank are called.
const EXAMPLE_NAME: &str = "lantern";
/// Where the examples find the interface: what is made has a copy of its own.
const EXAMPLE_WIT: &str = "../../../wit/0.2";
/// The longest name of a bank.
const NAME_BYTES_MAX: usize = 32;

/// Why a bundle was not made.
#[derive(Debug)]
pub enum NewError {
    /// It is no name of a bundle.
    Name,
    /// There is no template of this role in this language; in which there is.
    Language(Vec<&'static str>),
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
            Self::Language(others) => {
                write!(f, "there is none in this language; there is in {}", others.join(", "))
            }
            Self::Exists => f.write_str("is there already, and not empty"),
            Self::File(_) => f.write_str("cannot be written"),
        }
    }
}

impl std::error::Error for NewError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::File(error) => Some(error),
            Self::Name | Self::Language(_) | Self::Exists => None,
        }
    }
}

/// The languages in which a plugin of this role can be begun.
pub fn languages(role: Role) -> Vec<&'static str> {
    let of_role = PLUGINS.iter().filter(|(own, _, _)| *own == role.as_str());
    of_role.map(|(_, language, _)| *language).collect()
}

/// Writes a bank's bundle into a folder, which is made: rules, masking and words of an example
/// bank, cases, sample events, a README and a workflow for CI.
///
/// # Errors
/// Of a name that is none, and of a folder that holds something.
pub fn bank(name: &str, folder: &Path) -> Result<(), NewError> {
    let text = |text: &str| text.replace("NAME", name).replace("Meridian Bank", name);
    write(name, folder, BANK, text)
}

/// Writes a plugin and a bundle around it into a folder, which is made: its source with the
/// bindings and a native test, a copy of the interface, and cases and sample events that run
/// once it is built.
///
/// # Errors
/// As [`bank`], and of a language that there is none in.
pub fn plugin(role: Role, language: &str, name: &str, folder: &Path) -> Result<(), NewError> {
    let fits = |(own, of, _): &&(&str, &str, _)| *own == role.as_str() && *of == language;
    let Some((_, _, files)) = PLUGINS.iter().find(fits) else {
        return Err(NewError::Language(languages(role)));
    };
    let text = |text: &str| text.replace(EXAMPLE_NAME, name).replace(EXAMPLE_WIT, "wit");
    write(name, folder, files, text)
}

fn write(
    name: &str,
    folder: &Path,
    files: Files,
    text_of: impl Fn(&str) -> String,
) -> Result<(), NewError> {
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
    for (path, text) in files {
        let path = folder.join(if *path == "gitignore" { ".gitignore" } else { path });
        let above = path.parent().unwrap_or(folder);
        fs::create_dir_all(above).map_err(NewError::File)?;
        fs::write(&path, text_of(text)).map_err(NewError::File)?;
    }
    Ok(())
}
