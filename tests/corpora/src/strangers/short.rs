//! Strangers' short numbers, of 3 to 6 digits.

use super::base::Base;
use super::facts::only_digits;
use super::numerals::{self, Family, classes};
use super::place::{self, Place};
use crate::Sample;
use crate::draw::Random;

/// Dirty: a stranger's short number, code or short-message number in an otherwise good text.
pub fn short(seed: u64, digits: usize) -> Sample {
    let mut random = Random::new(seed, "short");
    let mut base = Base::new(seed);
    let count = digits.clamp(3, 6);
    let (is_near, digits) = draw(&mut random, &base, count);
    let family = match numerals::family(&mut random) {
        // "I2O" is a word to a person.
        Family::Letters | Family::GluedWords => Family::Plain,
        family => family,
    };
    let number = if random.chance(70) {
        numerals::grouped(&mut random, &digits, family, &[digits.len()], &[], false)
    } else if family == Family::Plain {
        numerals::number(&mut random, &digits, family)
    } else {
        // Numerals that stand alone are words: 一，二.
        numerals::number_with(&mut random, &digits, family, numerals::CLOSE_SEPARATORS)
    };
    let place = place::pick(&mut random, &base);
    let collision = base.rows().explain(&digits);
    let cues = if random.chance(80) { base.locale.short_cues } else { base.locale.cues };
    let texts = place::put(&mut random, &mut base, place, cues, &number);
    let plain = if is_near {
        "short-hotline-near"
    } else {
        match place {
            Place::EndWithCue | Place::SecondText => "short-with-cue",
            Place::End | Place::OwnLine | Place::Between => "short-without-cue",
            Place::Start => "short-at-start",
            Place::BehindHotline | Place::BeforeHotline => "short-beside-hotline",
            Place::InsteadOfHotline => "short-instead-of-hotline",
            Place::BehindPhrase => "short-behind-phrase",
            Place::BehindAmount => "short-behind-amount",
            Place::BehindReference => "short-behind-reference",
            Place::BehindDate => "short-behind-date",
            Place::BehindLast4 => "short-behind-last4",
            Place::BehindMerchant => "short-glued-to-merchant",
            Place::IntoMerchant => "short-into-merchant",
            Place::Brackets => "short-in-brackets",
        }
    };
    let mut sample = base.sample(classes!("short", family, plain), texts, true);
    sample.collision = collision;
    sample
}

/// Whether it is close to the hotline, and the digits; never zeros alone.
fn draw(random: &mut Random, base: &Base, count: usize) -> (bool, String) {
    const USUAL: &[&str] =
        &["96110", "12315", "9215", "1069", "4821", "110", "911", "10086", "12345"];
    let hotline = only_digits(&base.sender.hotline);
    let rows = base.rows();
    loop {
        let usual = random.pick(USUAL);
        let (is_near, digits) = match random.below(10) {
            0 if usual.len() == count => (false, usual.to_owned()),
            1 if hotline.len() > count => {
                let start = if random.chance(50) { 0 } else { hotline.len() - count };
                (true, hotline[start..start + count].to_owned())
            }
            2 if hotline.len() >= count => {
                let end = random.range(1, 2);
                (true, format!("{}{}", &hotline[..count - end], random.digits(end)))
            }
            _ => (false, random.digits(count)),
        };
        // The bank's own number is no stranger's.
        if digits.bytes().any(|digit| digit != b'0') && rows.explain(&digits) != Some("hotline") {
            return (is_near, digits);
        }
    }
}
