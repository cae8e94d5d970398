//! What a decision was made from and what it said, without what it says of people: for
//! whoever keeps decisions, to repeat them later.

use std::sync::Arc;

use crate::Tally;

/// What [`crate::Host::process_witnessed`] saw of one decision.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Witness {
    /// The [`crate::Artefact::content_digest`] of the release that decided; none where no
    /// bundle speaks for the card.
    pub digest: Option<Arc<str>>,
    /// The bundle's counters as they were read before plugins ran, by name; empty where
    /// none is kept.
    pub counters: Vec<(String, Option<Tally>)>,
    /// For each message, in their order, its text with names of fields in the place of what
    /// it says of this transaction: `【海港银行】{cardholder-name}您尾号{last-four}的卡…`.
    pub blanks: Vec<String>,
}
