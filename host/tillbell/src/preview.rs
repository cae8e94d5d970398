//! A bank's texts before anything becomes of them, for whoever words or tests them: what
//! [`crate::Host::preview`] gives.

use tillbell_transaction::Party;

use crate::guard::Finding;
use crate::{ConfiguredItem, Failure, Result};

/// A text, as a router asks for it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TextName {
    /// Who reads it.
    pub party: Party,
    /// The template.
    pub template: String,
    /// The language, a BCP 47 tag.
    pub locale: String,
}

impl TextName {
    /// What an item such as `purchase.cardholder.zh-CN` names; none for what is no template,
    /// or is named in another way.
    pub fn of(item: &ConfiguredItem) -> Option<Self> {
        if item.sort != "template" {
            return None;
        }
        let mut parts = item.name.splitn(3, '.');
        let (template, party, locale) = (parts.next()?, parts.next()?, parts.next()?);
        let party = Party::parse(party).ok()?;
        Some(Self { party, template: template.into(), locale: locale.into() })
    }

    /// Whether this text is written for a locale, or for its language alone: how well it
    /// serves, 2 or 1; 0 for another.
    pub fn serves(&self, locale: &str) -> u8 {
        let language = locale.split('-').next().unwrap_or(locale);
        if self.locale.eq_ignore_ascii_case(locale) {
            2
        } else {
            self.locale.eq_ignore_ascii_case(language).into()
        }
    }
}

/// What a bundle's plugins make of one transaction.
pub struct Previews {
    /// The texts, the cardholder's first.
    pub texts: Vec<Preview>,
    /// How the router or the masker failed.
    pub failures: Vec<Failure>,
}

/// What became of one text: what the renderer wrote, though it may not leave.
///
/// It holds what the transaction holds, and what the guard would have kept back: it is
/// for test data, and for no log.
pub struct Preview {
    /// Which text.
    pub name: TextName,
    /// Whether the bundle's router asked for it, for this transaction.
    pub is_asked_for: bool,
    /// The text, or why there is none.
    pub text: Result<String>,
    /// What the guard found in it; empty where it may leave.
    pub findings: Vec<Finding>,
}
