//! The shape of a dialect file, and where its parts stand in it.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::{DIALECT_BYTES_MAX, DialectError, FIELDS};

pub(super) type Text = Spanned<String>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawDialect {
    pub(super) extends: Option<Text>,
    pub(super) currency: Option<Text>,
    pub(super) utc_offset_minutes: Option<Spanned<i64>>,
    pub(super) transmission_time: Option<Text>,
    pub(super) one_clock: Option<bool>,
    pub(super) wrong_clock: Option<Text>,
    pub(super) reversal_repeats_stan: Option<bool>,
    pub(super) pairing: Option<Spanned<Vec<usize>>>,
    #[serde(default)]
    pub(super) encoding: RawEncoding,
    pub(super) header: Option<Vec<RawHeader>>,
    pub(super) merchant: Option<RawMerchant>,
    #[serde(default)]
    pub(super) fields: BTreeMap<String, Text>,
    #[serde(default)]
    pub(super) versions: BTreeMap<String, Spanned<RawVersion>>,
    #[serde(default)]
    pub(super) mapping: Vec<Spanned<RawRow>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct RawEncoding {
    pub(super) mti: Option<Text>,
    pub(super) bitmap: Option<Text>,
    pub(super) bitmaps: Option<Text>,
    pub(super) digits: Option<Text>,
    pub(super) lengths: Option<Text>,
    pub(super) binary: Option<Text>,
    pub(super) text: Option<Text>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawHeader {
    pub(super) name: String,
    pub(super) bytes: Spanned<usize>,
    pub(super) starts_with: Option<Text>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawMerchant {
    pub(super) layout: Option<Text>,
    pub(super) separated: Option<Text>,
    // As dialects said it before there were layouts.
    pub(super) name: Option<usize>,
    pub(super) city: Option<usize>,
    pub(super) country: Option<usize>,
    pub(super) parts: Option<RawMerchantParts>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawMerchantParts {
    pub(super) name: Option<Text>,
    pub(super) city: Option<Text>,
    pub(super) country: Option<Text>,
    pub(super) category: Option<Text>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawAmounts {
    pub(super) original: Option<Text>,
    pub(super) fee: Option<Text>,
    pub(super) balance: Option<Text>,
    pub(super) cashback: Option<Text>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawVersion {
    pub(super) approved: Option<Vec<String>>,
    pub(super) partial: Option<Vec<String>>,
    pub(super) declined: Option<Vec<String>>,
    pub(super) entry_mode: Option<RawSlice>,
    pub(super) original: Option<RawOriginal>,
    pub(super) original_amount: Option<RawOriginalAmount>,
    pub(super) replacement_amounts: Option<Spanned<usize>>,
    pub(super) partial_reversal: Option<RawPartialReversal>,
    pub(super) amounts: Option<RawAmounts>,
    #[serde(default)]
    pub(super) entry_modes: BTreeMap<String, Text>,
    #[serde(default)]
    pub(super) fields: BTreeMap<String, Text>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSlice {
    pub(super) start: usize,
    pub(super) length: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawOriginal {
    pub(super) field: Spanned<usize>,
    pub(super) mti: Option<usize>,
    pub(super) stan: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawOriginalAmount {
    pub(super) field: Spanned<usize>,
    pub(super) r#type: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPartialReversal {
    pub(super) original: Spanned<usize>,
    pub(super) when: Spanned<BTreeMap<String, String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRow {
    pub(super) mti: Option<Several>,
    pub(super) processing: Option<String>,
    #[serde(default)]
    pub(super) when: BTreeMap<String, Several>,
    pub(super) kind: Option<String>,
    pub(super) original: Option<String>,
    pub(super) second_event: Option<String>,
    pub(super) ignored: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Several {
    One(String),
    Many(Vec<String>),
}

impl Several {
    pub(super) fn all(&self) -> &[String] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }
}

/// One file, for errors.
pub(super) struct File<'a> {
    pub(super) name: &'a str,
    pub(super) text: &'a str,
}

impl File<'_> {
    pub(super) fn error(&self, at: usize, key: &str, detail: impl Into<String>) -> DialectError {
        let line = self.text.as_bytes().iter().take(at).filter(|byte| **byte == b'\n').count() + 1;
        DialectError { file: self.name.into(), line, key: key.into(), detail: detail.into() }
    }

    pub(super) fn read(&self) -> Result<RawDialect, DialectError> {
        if self.text.len() > DIALECT_BYTES_MAX {
            let mut error = self.error(0, "", format!("over {DIALECT_BYTES_MAX} bytes"));
            error.line = 0;
            return Err(error);
        }
        toml::from_str(self.text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            self.error(at, "", error.message().trim_end_matches('.').to_owned())
        })
    }

    pub(super) fn field(&self, at: usize, key: &str, number: &str) -> Result<usize, DialectError> {
        match number.parse() {
            Ok(number @ 2..FIELDS) if number != 65 => Ok(number),
            _ => Err(self.error(at, key, "expected a field from 2 to 128, but not 65")),
        }
    }
}
