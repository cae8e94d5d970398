//! Texts in the manner of banks of other countries.

use super::countries::{BARE, COUNTRIES};
use super::facts::{Facts, Kind, facts};
use super::render::{Layout, Renderer};
use crate::random::Random;
use crate::{Party, Sample};

/// Clean: layouts in the manner of banks of many countries. With `declared`
/// the sender lists words that touch numbers, and phrases with fixed numbers;
/// else it lists none, and no text has a number that only a phrase explains.
pub fn foreign(seed: u64, declared: bool) -> Sample {
    let mut random = Random::new(seed, 4);
    let layout = random.pick(COUNTRIES);
    let party = if random.is(6) { Party::Merchant } else { Party::Cardholder };
    let template = if random.is(12) { *random.pick(BARE) } else { *random.pick(layout.templates) };
    let facts = facts_for(&mut random, layout, template);
    let zero = zero(layout.language, &mut random);
    let mut renderer = Renderer::new(&mut random, layout, &facts, party, declared);
    renderer.is_free = true;
    renderer.zero = zero;
    let text = renderer.text(template);
    let text = text.or_else(|| renderer.text("{card} {amt} {date} {clock}")).unwrap_or_default();
    let is_wordless = BARE.contains(&template);
    let class =
        renderer.class.unwrap_or(if is_wordless { "foreign-wordless" } else { layout.class });
    let sender = renderer.sender;
    Sample {
        class,
        sender,
        transaction: facts.json(),
        party,
        locale: layout.place.locale,
        texts: vec![text],
        is_dirty: false,
        collision: None,
    }
}

/// Facts of a transaction that the template can tell of.
pub fn facts_for(random: &mut Random, layout: &Layout, template: &str) -> Facts {
    let kind = if template.contains("{party}") {
        Kind::Transfer
    } else if template.contains("{orig}") {
        Kind::Partial
    } else {
        *random.pick(&[Kind::Purchase, Kind::Purchase, Kind::Cash, Kind::Refund])
    };
    facts(random, &layout.place, kind)
}

/// The digits in which some banks write some texts.
fn zero(language: &str, random: &mut Random) -> char {
    match language {
        "ar" if random.is(15) => '٠',
        "ja" if random.is(6) => '０',
        "th" if random.is(4) => '๐',
        _ => '0',
    }
}
