//! A dialect: how messages of one sender look, and what they mean.

mod build;
mod charset;
mod field;
mod layout;
mod mapping;
mod part;
mod raw;

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

pub(crate) use charset::{Charset, Page};
pub(crate) use field::{Content, Field, Indicator, Length, Packing, Side, Written};
pub(crate) use layout::{Ends, Layout, Part};
pub(crate) use mapping::{Mapping, Outcome, Pattern};
pub(crate) use part::{Divided, FieldPart};
use tillbell_transaction::EntryMode;

/// The longest dialect file, in bytes.
pub const DIALECT_BYTES_MAX: usize = 64 * 1024;
/// The most mapping rows of a dialect, those it extends included.
pub const MAPPING_ROWS_MAX: usize = 256;

/// The number of fields, and one: they count from 1.
pub(crate) const FIELDS: usize = 129;
/// Fields that no dialect may open: tracks, PIN block, chip data.
pub(crate) const ALWAYS_DROPPED: [usize; 5] = [35, 36, 45, 52, 55];

const BUILTIN: [(&str, &str); 7] = [
    ("as2805", include_str!("../dialects/as2805.toml")),
    ("iso1987-ascii", include_str!("../dialects/iso1987-ascii.toml")),
    ("iso1987-ascii-bitmap", include_str!("../dialects/iso1987-ascii-bitmap.toml")),
    ("iso1987-binary", include_str!("../dialects/iso1987-binary.toml")),
    ("iso1987-ebcdic", include_str!("../dialects/iso1987-ebcdic.toml")),
    ("iso1993-binary", include_str!("../dialects/iso1993-binary.toml")),
    ("unionpay-pos", include_str!("../dialects/unionpay-pos.toml")),
];

/// How messages of one sender look, and what they mean. Cheap to clone.
#[derive(Clone)]
pub struct Dialect(pub(crate) Arc<Table>);

/// What a dialect file says.
pub(crate) struct Table {
    pub(crate) name: String,
    pub(crate) mti: Written,
    pub(crate) bitmap: Bitmap,
    pub(crate) headers: Vec<Header>,
    pub(crate) layout: Layout,
    /// Of a DE43 with backslashes.
    pub(crate) separated: Option<Layout>,
    /// Where else a merchant stands.
    pub(crate) merchant: MerchantParts,
    /// Fields that decide what is told: one that is over its length is an error.
    pub(crate) deciding: [bool; FIELDS],
    pub(crate) currency: Option<u16>,
    pub(crate) utc_offset_minutes: Option<i16>,
    /// Whether all merchants have the clock of `utc_offset_minutes`, whatever DE7 says.
    pub(crate) has_one_clock: bool,
    /// Whether DE7 is the merchant's clock, and not that of UTC.
    pub(crate) local_transmission: bool,
    /// Whether a clock that cannot be right gives way to that of the host that receives.
    pub(crate) replaces_wrong_clock: bool,
    pub(crate) reversal_repeats_stan: bool,
    /// Fields that a request and its answer have in common; none where nothing is paired.
    pub(crate) pairing: Vec<usize>,
    pub(crate) versions: [Option<Box<Version>>; 10],
    pub(crate) mapping: Mapping,
}

/// Parts of fields that say what a merchant is; each is before DE43 and DE18.
#[derive(Debug, Clone, Default)]
pub(crate) struct MerchantParts {
    pub(crate) name: Option<FieldPart>,
    pub(crate) city: Option<FieldPart>,
    pub(crate) country: Option<FieldPart>,
    pub(crate) category: Option<FieldPart>,
}

/// Parts of fields that are amounts, in minor units of the transaction's currency; each is
/// before where the amount stands by ISO 8583.
#[derive(Debug, Clone, Default)]
pub(crate) struct AmountParts {
    pub(crate) original: Option<FieldPart>,
    pub(crate) fee: Option<FieldPart>,
    pub(crate) balance: Option<FieldPart>,
    pub(crate) cashback: Option<FieldPart>,
}

/// How the bitmaps are written.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Bitmap {
    /// As 16 hex digits of this charset, and not as 8 bytes.
    pub(crate) hex: Option<Charset>,
    /// Whether there are always two.
    pub(crate) is_always_double: bool,
}

/// What stands before the MTI, or may.
pub(crate) struct Header {
    pub(crate) name: String,
    pub(crate) bytes: usize,
    /// The first hex digits, each 0 to 15; none where it always stands there.
    pub(crate) starts_with: Vec<u8>,
}

/// What differs by the first digit of the MTI.
pub(crate) struct Version {
    pub(crate) fields: [Option<Field>; FIELDS],
    /// Response codes; what is in no list is nothing that anybody is told of.
    pub(crate) approved: Vec<Pattern>,
    pub(crate) partial: Vec<Pattern>,
    pub(crate) declined: Vec<Pattern>,
    /// Where the entry mode stands in DE22, and how long it is.
    pub(crate) entry_mode: (usize, usize),
    pub(crate) entry_modes: Vec<(String, EntryMode)>,
    pub(crate) original: Option<Original>,
    pub(crate) original_amount: Option<OriginalAmount>,
    pub(crate) amounts: AmountParts,
    pub(crate) partial_reversal: Option<PartialReversal>,
}

/// How a reversal says that it takes back a part: two of the three amounts.
#[derive(Clone)]
pub(crate) enum PartialReversal {
    /// DE4 is what there was; the first 12 digits of this field are what remains, where
    /// they are not 0.
    Remaining(usize),
    /// The first 12 digits of this field are what there was, and DE4 is what remains, if
    /// another field fits.
    Original { field: usize, when: (FieldPart, Pattern) },
}

/// Where a message names what it takes back, as digit positions.
#[derive(Clone, Copy)]
pub(crate) struct Original {
    pub(crate) field: usize,
    pub(crate) mti: Option<usize>,
    pub(crate) stan: usize,
}

/// Where a partial approval names the amount asked for.
#[derive(Clone)]
pub(crate) struct OriginalAmount {
    pub(crate) field: usize,
    /// The amount type, where the field has blocks as DE54.
    pub(crate) amount_type: Option<String>,
}

impl Dialect {
    /// The names of the dialects that are built in.
    pub fn names() -> impl Iterator<Item = &'static str> {
        BUILTIN.iter().map(|(name, _)| *name)
    }

    /// The built-in dialect of this name.
    pub fn builtin(name: &str) -> Option<Self> {
        let (name, text) = BUILTIN.iter().find(|(known, _)| *known == name)?;
        Some(Self::parse(text, name).expect("a test parses every built-in dialect"))
    }

    /// The file of a built-in dialect, with its sources and what it was tested on.
    pub fn text(name: &str) -> Option<&'static str> {
        builtin_text(name)
    }

    /// The built-in dialect of this name, or that of this file.
    ///
    /// # Errors
    /// Of what is neither, and as [`Dialect::parse`].
    pub fn open(name: &str) -> Result<Self, DialectError> {
        if let Some(dialect) = Self::builtin(name) {
            return Ok(dialect);
        }
        let wrong = |detail: String| DialectError {
            file: name.into(),
            line: 0,
            key: String::new(),
            detail,
        };
        if !Path::new(name).is_file() {
            let names: Vec<_> = Self::names().collect();
            return Err(wrong(format!("neither a dialect ({}) nor a file", names.join(", "))));
        }
        let mut text = String::new();
        // One byte over the limit is told by `parse`.
        File::open(name)
            .and_then(|file| file.take(DIALECT_BYTES_MAX as u64 + 1).read_to_string(&mut text))
            .map_err(|error| wrong(format!("cannot be read: {error}")))?;
        Self::parse(&text, name)
    }

    /// Reads a dialect from TOML. `file_name` is for errors, and its stem is
    /// the dialect's name.
    ///
    /// # Errors
    /// Names file, line and key: of what is not TOML, not known, contradictory,
    /// or over [`DIALECT_BYTES_MAX`] and [`MAPPING_ROWS_MAX`].
    pub fn parse(text: &str, file_name: &str) -> Result<Self, DialectError> {
        build::parse(text, file_name).map(|table| Self(Arc::new(table)))
    }

    /// The dialect's name.
    pub fn name(&self) -> &str {
        &self.0.name
    }
}

impl fmt::Debug for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Dialect").field(&self.0.name).finish()
    }
}

/// The file of a built-in dialect: what one of your own may begin with.
fn builtin_text(name: &str) -> Option<&'static str> {
    BUILTIN.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

/// Why a dialect file is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DialectError {
    /// The file, as it was named.
    pub file: String,
    /// The line, counted from 1; 0 for the file as a whole.
    pub line: usize,
    /// The key, such as `fields.43`; empty where none can be named.
    pub key: String,
    /// What is wrong, in lower case and without a full stop.
    pub detail: String,
}

impl fmt::Display for DialectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
        }
        if !self.key.is_empty() {
            write!(f, ": {}", self.key)?;
        }
        write!(f, ": {}", self.detail)
    }
}

impl std::error::Error for DialectError {}

#[cfg(test)]
mod tests;
