//! What a decision was made from and what it said, for whoever keeps decisions to repeat them
//! later.

use std::fmt;
use std::sync::Arc;

use crate::bindings::types::ViewResult;
use crate::guard::Accounted;
use crate::{Author, Manifest, Message, Tally, blank};

/// What [`crate::Host::process_witnessed`] saw of one decision. What is not public in it
/// holds what the transaction holds: it is shown by nothing but [`Witness::blanks`].
#[derive(Clone, Default)]
pub struct Witness {
    /// The [`crate::Artefact::content_digest`] of the release that decided; none where no
    /// bundle speaks for the card.
    pub digest: Option<Arc<str>>,
    /// The bundle's counters as they were read before plugins ran, by name; empty where
    /// none is kept.
    pub counters: Vec<(String, Option<Tally>)>,
    /// Whose signature stands in its texts.
    pub(crate) manifest: Option<Arc<Manifest>>,
    /// What the cardholder's and the merchant's renderer saw.
    pub(crate) views: [Option<ViewResult>; 2],
    /// For each message, in their order, what accounts for the numbers of its text.
    pub(crate) accounted: Vec<Vec<Accounted>>,
}

impl Witness {
    /// For each message of the decision, its text with names of fields in the place of what
    /// it says of this transaction: `【海港银行】{cardholder-name}您尾号{last-four}的卡…`.
    /// It is made when it is asked for, which need not be where the decision is waited for.
    pub fn blanks(&self, messages: &[Message]) -> Vec<String> {
        let signature = self.manifest.as_ref().map_or("", |manifest| &manifest.sender.signature);
        let names = self.views.each_ref().map(|view| view.as_ref().map(blank::Names::of));
        let texts = messages.iter().zip(&self.accounted);
        texts
            .map(|(message, accounted)| {
                let names = names[message.party as usize].as_ref();
                // The host's own words repeat no view.
                let names = names.filter(|_| message.author == Author::Plugin);
                blank::write(&message.text, signature, accounted, names)
            })
            .collect()
    }
}

impl fmt::Debug for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Witness").field("digest", &self.digest).finish_non_exhaustive()
    }
}
