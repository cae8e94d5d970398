//! What must hold for any input whatever.
//!
//! Each module is one property: `holds` panics where it is broken, `seeds`
//! gives inputs to begin with, made from the examples. libFuzzer calls `holds`
//! with inputs of its own making (`tests/fuzz`); the suite calls it with the
//! seeds, with what is committed in `tests/fuzz/seeds`, and with what once
//! crashed.

pub mod artefact;
pub mod component;
pub mod guard;
pub mod iso8583;
pub mod json;
pub mod manifest;
pub mod rules;
pub mod segments;

use std::fs;
use std::path::PathBuf;

use crate::root;

/// A property of some code.
pub struct Property {
    /// The name of the fuzz target.
    pub name: &'static str,
    /// Panics where the property is broken.
    pub holds: fn(&[u8]),
    /// Inputs made from the examples.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

/// All of them.
pub const ALL: [Property; 8] = [
    Property { name: "artefact", holds: artefact::holds, seeds: artefact::seeds },
    Property { name: "component", holds: component::holds, seeds: component::seeds },
    Property { name: "guard", holds: guard::holds, seeds: guard::seeds },
    Property { name: "iso8583", holds: iso8583::holds, seeds: iso8583::seeds },
    Property { name: "json", holds: json::holds, seeds: json::seeds },
    Property { name: "manifest", holds: manifest::holds, seeds: manifest::seeds },
    Property { name: "rules", holds: rules::holds, seeds: rules::seeds },
    Property { name: "segments", holds: segments::holds, seeds: segments::seeds },
];

impl Property {
    /// The seeds and what is committed for this property: seeds by hand, and
    /// past crashers. Each with a name.
    ///
    /// # Panics
    /// If a file cannot be read.
    pub fn corpus(&self) -> Vec<(String, Vec<u8>)> {
        let made = (self.seeds)().into_iter().enumerate();
        let mut corpus: Vec<_> =
            made.map(|(number, seed)| (format!("{}-{number:03}", self.name), seed)).collect();
        for kind in ["seeds", "crashes"] {
            let folder = root().join("tests/fuzz").join(kind).join(self.name);
            let Ok(entries) = fs::read_dir(&folder) else { continue };
            let mut files: Vec<PathBuf> =
                entries.map(|entry| entry.expect("an entry").path()).collect();
            files.sort();
            corpus.extend(files.iter().map(|path| {
                let name = path.file_name().expect("a file").to_string_lossy();
                (format!("{kind}-{name}"), fs::read(path).expect("a seed"))
            }));
        }
        corpus
    }
}

/// The lines of a file of the repository.
fn lines_of(path: &str) -> Vec<Vec<u8>> {
    let bytes = fs::read(root().join(path)).expect("a file of the repository");
    bytes.trim_ascii_end().split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect()
}

/// The longest run of digits in a text.
fn longest_digits(text: &str) -> usize {
    text.split(|character: char| !character.is_numeric())
        .map(|run| run.chars().count())
        .max()
        .unwrap_or_default()
}

/// The most digits in a row that an error text may have: byte positions and
/// limits have up to five, a card number from twelve.
const ERROR_DIGITS_MAX: usize = 5;
