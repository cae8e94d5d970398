//! What a message is, by its type and a few fields.

use tillbell_transaction::{IgnoredReason, Kind, SecondEvent};

use super::part::FieldPart;

/// Rows, of which the first that fits counts; the last fits everything.
pub(crate) struct Mapping(pub(crate) Vec<Row>);

pub(crate) struct Row {
    /// Four digits or x each; none: any message.
    pub(crate) mti: Vec<Pattern>,
    /// Fields or parts of them, and patterns of which their values must fit one.
    pub(crate) when: Vec<(FieldPart, Vec<Pattern>)>,
    pub(crate) outcome: Outcome,
}

/// What a row makes of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Kind { kind: Kind, original: Option<Kind>, second_event: Option<SecondEvent> },
    Ignored(IgnoredReason),
}

/// Characters, with x for any, and `*` at the end for any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pattern(pub(crate) String);

impl Pattern {
    /// Whether a text fits: of the same length, or with `*` at the end a longer one too.
    pub(crate) fn fits(&self, text: &[u8]) -> bool {
        match self.0.strip_suffix('*') {
            Some(beginning) => matches(beginning, text),
            None => self.0.len() == text.len() && self.begins(text),
        }
    }

    /// Whether the beginning of a text fits.
    pub(crate) fn begins(&self, text: &[u8]) -> bool {
        matches(&self.0, text)
    }
}

/// Whether a text begins as a pattern says.
fn matches(pattern: &str, text: &[u8]) -> bool {
    pattern.len() <= text.len()
        && pattern.bytes().zip(text).all(|(want, is)| want == b'x' || want == *is)
}

impl Mapping {
    /// What a message is. `value` gives the value of a field where it is there.
    ///
    /// # Errors
    /// What `value` says.
    pub(crate) fn outcome<E>(
        &self,
        mti: &str,
        value: impl Fn(&FieldPart, &[Pattern]) -> Result<bool, E>,
    ) -> Result<Outcome, E> {
        for row in &self.0 {
            if row.fits(mti, &value)? {
                return Ok(row.outcome);
            }
        }
        Ok(Outcome::Ignored(IgnoredReason::UnknownMapping))
    }
}

impl Row {
    fn fits<E>(
        &self,
        mti: &str,
        value: impl Fn(&FieldPart, &[Pattern]) -> Result<bool, E>,
    ) -> Result<bool, E> {
        if !self.mti.is_empty() && !self.mti.iter().any(|pattern| pattern.fits(mti.as_bytes())) {
            return Ok(false);
        }
        for (field, patterns) in &self.when {
            if !value(field, patterns)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
