//! Says where a template is wrong, and how, without repeating a value.

use std::error::Error as _;

use minijinja::value::Value;
use minijinja::{Error, ErrorKind};

use crate::filters::{ABSENT, OWN_DETAILS};
use crate::scan::{self, Word};
use crate::values::NAMES;

/// How many errors may be caused by one another: includes are not nested
/// deeper.
const CAUSES_MAX: usize = 32;

/// An error of the engine, as far as it may be told.
pub(crate) struct Fault {
    /// The name of the template it happened in, where known.
    pub(crate) template: Option<String>,
    pub(crate) line: u32,
    kind: ErrorKind,
    detail: Option<String>,
}

impl Fault {
    /// Finds the error that caused all others.
    pub(crate) fn of(error: &Error) -> Self {
        let mut cause = error;
        for _ in 0..CAUSES_MAX {
            match cause.source().and_then(|source| source.downcast_ref()) {
                Some(inner) => cause = inner,
                None => break,
            }
        }
        Self {
            template: cause.name().map(Into::into),
            line: cause.line().and_then(|line| u32::try_from(line).ok()).unwrap_or(0),
            kind: cause.kind(),
            detail: cause.detail().map(Into::into),
        }
    }

    /// What went wrong. Only an error over samples may repeat what the engine
    /// says of it, because that may quote values. `source` is the template it
    /// happened in, `root` the names it was rendered from.
    pub(crate) fn told(&self, source: &str, root: Option<&Value>, over_samples: bool) -> String {
        let own = self.detail.as_deref().filter(|detail| OWN_DETAILS.contains(detail));
        let names = match (self.kind, own) {
            (ErrorKind::UndefinedError, _) | (_, Some(ABSENT)) => self.suspects(source, root),
            _ => Vec::new(),
        };
        let mut told = match (own, self.kind) {
            (Some(detail), _) => detail.to_owned(),
            (None, ErrorKind::OutOfFuel) => "computes too long".into(),
            (None, kind) if over_samples => match &self.detail {
                Some(detail) => format!("{kind}: {detail}"),
                None => kind.to_string(),
            },
            (None, kind) => kind.to_string(),
        };
        if !names.is_empty() {
            told.push_str(": ");
            told.push_str(&names.join(", "));
        }
        if own == Some(ABSENT) {
            told.push_str(", test it with {% if %} first");
        }
        told
    }

    /// The names on the line that stand for nothing.
    fn suspects<'s>(&self, source: &'s str, root: Option<&Value>) -> Vec<&'s str> {
        let mut names = Vec::new();
        for token in scan::tokens(source) {
            let Word::Name(name) = token.word else {
                continue;
            };
            let absent = NAMES.contains(&name) && root.is_some_and(|root| is_absent(root, name));
            if token.line == self.line && absent && !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }
}

fn is_absent(root: &Value, name: &str) -> bool {
    let base = name.split('.').next().unwrap_or(name);
    [base, name].into_iter().any(|name| {
        name.split('.')
            .try_fold(root.clone(), |value, key| value.get_attr(key))
            .is_ok_and(|value| value.is_none())
    })
}
