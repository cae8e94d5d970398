//! Wrong sums without any mark of a currency.

use super::collisions;
use super::scene::scene;
use super::wrong::{is_own, wrong};
use crate::Sample;
use crate::layouts::facts::Money;
use crate::layouts::render::{Renderer, Slot};
use crate::layouts::writing::{Decimals, write, write_one};
use crate::random::Random;

/// Dirty: a wrong amount, fee or balance without a mark.
pub fn bare(seed: u64) -> Sample {
    let mut random = Random::new(seed, 2);
    let scene = scene(&mut random);
    let slot = *random.pick(&[Slot::Amount, Slot::Amount, Slot::Amount, Slot::Fee, Slot::Balance]);
    let facts = &scene.facts;
    let exponent = facts.amount.currency.exponent;
    let mut class = match slot {
        Slot::Amount => "bare-amount",
        Slot::Fee => "bare-fee",
        Slot::Balance => "bare-balance",
    };
    let styles = scene.layout.styles;
    let chance = random.below(1000);
    let clock = facts.time.hour * 100 + facts.time.minute;
    let minor = if chance < 1 && clock > 0 && exponent == 2 && !is_own(facts, clock) {
        clock
    } else {
        wrong(facts, scene.truth(slot), &mut random)
    };
    let mut number = if exponent == 2 && random.is(4) {
        class = "bare-minor-units";
        // The true amount without its point, a hundred times too much.
        let digits = write(facts.amount.minor * 100, 2, styles[0], Decimals::WhenNeeded);
        digits.replace([',', '.', ' ', '\u{a0}', '\u{202f}', '\'', '’'], "")
    } else {
        write_one(minor, exponent, styles, &mut random)
    };
    if class == "bare-minor-units" && is_own(facts, facts.amount.minor * 100) {
        class = "bare-amount";
        number = write_one(minor, exponent, styles, &mut random);
    }
    let is_both = random.is(15) && slot == Slot::Amount;
    let written = if is_both {
        let number_of_truth = true_number(&scene, &mut random);
        match random.below(3) {
            0 => format!("{number_of_truth} ({number})"),
            1 => format!("{number_of_truth}, {number}"),
            _ => format!("{number}\n{number_of_truth}"),
        }
    } else {
        number.clone()
    };
    let mut sample = scene.sample(&mut random, class, slot, written);
    sample.collision = collisions::find(&number, facts, &sample.sender, sample.party);
    sample
}

fn true_number(scene: &super::scene::Scene, random: &mut Random) -> String {
    let amount: Money = scene.facts.amount;
    Renderer::new(random, scene.layout, &scene.facts, scene.party, false).number(amount)
}
