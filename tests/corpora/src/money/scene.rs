//! A transaction and a text of it that a wrong sum is put into.

use super::languages::LANGUAGES;
use crate::layouts::countries::{BARE, COUNTRIES};
use crate::layouts::facts::{Facts, Kind, facts};
use crate::layouts::render::{Layout, Renderer, Slot};
use crate::layouts::{BANKS, all_templates, facts_for};
use crate::random::Random;
use crate::{Party, Sample, Sender};

pub struct Scene {
    pub layout: &'static Layout,
    pub template: &'static str,
    pub facts: Facts,
    pub party: Party,
    pub is_declared: bool,
    pub is_free: bool,
}

pub fn scene(random: &mut Random) -> Scene {
    let party = if random.is(8) { Party::Merchant } else { Party::Cardholder };
    let (layout, template, kind) = match random.below(10) {
        0..=4 => {
            let layout = random.pick(COUNTRIES);
            (layout, *random.pick(layout.templates), None)
        }
        5 | 6 => {
            let layout = random.pick(&BANKS);
            let templates: Vec<_> = all_templates(layout.language)
                // An inquiry moves no money, so no sum of it can be wrong tenfold.
                .filter(|(kind, _)| *kind != Kind::Inquiry)
                .collect();
            let (kind, template) = *random.pick(&templates);
            (layout, template, Some(kind))
        }
        7 => (random.pick(COUNTRIES), *random.pick(BARE), None),
        _ => {
            let layout = random.pick(LANGUAGES);
            (layout, *random.pick(layout.templates), None)
        }
    };
    let facts = match kind {
        Some(kind) => facts(random, &layout.place, kind),
        None => facts_for(random, layout, template),
    };
    let is_declared = kind.is_some() || random.is(50);
    Scene { layout, template, facts, party, is_declared, is_free: kind.is_none() }
}

impl Scene {
    /// The text with `wrong` in place of the slot's sum, or, where the
    /// template has no such slot, behind its label at the end.
    pub fn sample(
        &self,
        random: &mut Random,
        class: &'static str,
        slot: Slot,
        wrong: String,
    ) -> Sample {
        let mut renderer =
            Renderer::new(random, self.layout, &self.facts, self.party, self.is_declared);
        renderer.is_free = self.is_free;
        renderer.replacement = Some((slot, wrong.clone()));
        let text = renderer.text(self.template);
        let text = match text {
            Some(text) => text,
            None => {
                renderer.replacement = Some((slot, wrong));
                renderer.text("{card} {amt} {date}").unwrap_or_default()
            }
        };
        let left = renderer.replacement.take().map(|(slot, text)| renderer.labelled(slot, &text));
        let gap = *renderer.random.pick(&[" ", " ", "\n", ", ", "; ", ". "]);
        let sender: Sender = renderer.sender;
        let text = match left {
            None => text,
            Some(line) => format!("{text}{gap}{line}"),
        };
        Sample {
            class,
            sender,
            transaction: self.facts.json(),
            party: self.party,
            locale: self.layout.place.locale,
            texts: vec![text],
            is_dirty: true,
            collision: None,
        }
    }

    /// The true sum beside the wrong one, where a text says both.
    pub fn with_truth(&self, random: &mut Random, wrong: &str) -> String {
        let mut renderer =
            Renderer::new(random, self.layout, &self.facts, self.party, self.is_declared);
        let truth = renderer.own_money(self.facts.amount);
        let random = renderer.random;
        match random.below(9) {
            0 => format!("{truth} ({wrong})"),
            1 => format!("{truth}, {wrong}"),
            2 => format!("{truth}\n{wrong}"),
            3 => format!("{truth} {wrong}"),
            4 => format!("{truth}/{wrong}"),
            5 => format!("{wrong} ({truth})"),
            6 => format!("{wrong} = {truth}"),
            7 => format!("{truth} + {wrong}"),
            _ => format!("{truth}；{wrong}"),
        }
    }

    /// Which sum of this transaction the text may be wrong about.
    pub fn truth(&self, slot: Slot) -> i64 {
        match slot {
            Slot::Amount => Some(self.facts.amount),
            Slot::Fee => self.facts.fee,
            Slot::Balance => self.facts.balance,
        }
        .map_or(self.facts.amount.minor, |money| money.minor)
    }
}
