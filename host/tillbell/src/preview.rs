//! A bank's texts before anything becomes of them, for whoever words or tests them: what
//! [`crate::Host::preview`] gives.

use tillbell_transaction::Party;

use crate::guard::Finding;
use crate::{Failure, Result};

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
