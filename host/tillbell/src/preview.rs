//! A bank's texts before anything becomes of them: for whoever words or tests them.

use tillbell_transaction::{Party, Timestamp, Transaction};

use crate::counters::{Counters, Desk};
use crate::guard::Finding;
use crate::{Error, ErrorKind, Failure, Host, Result, road};

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

impl Host {
    /// Renders the texts that a bundle's router asks for, for one transaction, and others
    /// by name. Nothing is counted and no bundle trips.
    ///
    /// # Errors
    /// [`ErrorKind::Host`] if no bundle speaks for the card.
    pub fn preview(
        &self,
        transaction: &Transaction,
        now: Timestamp,
        counters: Option<&dyn Counters>,
        names: &[TextName],
    ) -> Result<Previews> {
        let release = self.release_of(transaction).ok_or_else(|| {
            Error::new(ErrorKind::Host, "no bundle speaks for this transaction's card")
        })?;
        let manifest = &release.manifest;
        let desk = Desk::open(&manifest.id, &manifest.counters, transaction, counters);
        let (engine, policy) = self.preview_settings();
        Ok(road::preview(engine, policy, &release, transaction, now, desk, names))
    }
}
