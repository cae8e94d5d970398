use std::collections::BTreeSet;

use tillbell::ConfiguredItem;

use crate::Happened;

/// What of a bundle's rules, texts and profiles some event has reached.
#[derive(Debug, Clone, Default)]
pub struct Coverage {
    items: Vec<(ConfiguredItem, bool)>,
}

impl Coverage {
    /// Of what a bundle's plugins say that they have.
    pub fn of(items: impl IntoIterator<Item = ConfiguredItem>) -> Self {
        let counts =
            |item: &ConfiguredItem| matches!(item.sort.as_str(), "rule" | "template" | "profile");
        Self { items: items.into_iter().filter(counts).map(|item| (item, false)).collect() }
    }

    /// Adds what happened.
    pub fn add(&mut self, happened: &[Happened]) {
        let mut reached = BTreeSet::new();
        for own in happened {
            let outcome = &own.outcome;
            reached.insert(("rule", outcome.rule().to_owned()));
            for message in &outcome.messages {
                let (template, party, locale) = (&message.template, message.party, &message.locale);
                reached.insert(("template", format!("{template}.{party}.{locale}")));
                let channel = &message.channel;
                reached.insert(("template", format!("{template}.{party}.{locale}.{channel}")));
                reached.insert(("party", party.to_string()));
            }
        }
        for (item, is_reached) in &mut self.items {
            let sort = item.sort.as_str();
            // Of `cardholder:strict` the party says who is masked by it.
            let (sort, name) = match item.name.split_once(':') {
                Some((party, _)) if sort == "profile" => ("party", party),
                _ => (sort, item.name.as_str()),
            };
            *is_reached |= reached.contains(&(sort, name.to_owned()));
        }
    }

    /// What no event has reached.
    pub fn missed(&self) -> impl Iterator<Item = &ConfiguredItem> {
        self.items.iter().filter(|(_, is_reached)| !is_reached).map(|(item, _)| item)
    }

    /// How many there are, and how many were reached.
    pub fn counts(&self) -> (usize, usize) {
        (self.items.len(), self.items.iter().filter(|(_, is_reached)| *is_reached).count())
    }

    /// The part that was reached, in whole per cent, rounded down; 100 of nothing.
    pub fn percent(&self) -> usize {
        match self.counts() {
            (0, _) => 100,
            (all, reached) => reached * 100 / all,
        }
    }
}
