//! Where in a good text a stranger's number is put.

use super::base::{Base, Slot};
use crate::draw::Random;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    EndWithCue,
    End,
    Start,
    BehindHotline,
    BeforeHotline,
    InsteadOfHotline,
    BehindPhrase,
    BehindAmount,
    BehindReference,
    BehindDate,
    BehindLast4,
    BehindMerchant,
    IntoMerchant,
    Brackets,
    OwnLine,
    Between,
    SecondText,
}

const PLACES: &[Place] = &[
    Place::EndWithCue,
    Place::EndWithCue,
    Place::EndWithCue,
    Place::End,
    Place::Start,
    Place::BehindHotline,
    Place::BehindHotline,
    Place::BeforeHotline,
    Place::InsteadOfHotline,
    Place::InsteadOfHotline,
    Place::BehindPhrase,
    Place::BehindAmount,
    Place::BehindReference,
    Place::BehindDate,
    Place::BehindLast4,
    Place::BehindMerchant,
    Place::IntoMerchant,
    Place::Brackets,
    Place::OwnLine,
    Place::Between,
    Place::SecondText,
];

/// Between a fact and a stranger's number; some touch.
const JOINTS: &[&str] = &[
    " ", " ", "/", "、", ",", ", ", " or ", "或", "或者", "\n", "-", ".", "·", "; ", "", " | ",
    "→", " / ", "\r\n", "，", "+", "(", "：", " & ", "～", "\u{a0}", " ext ", "转", "*", "#", "=",
];

/// A place that this text has.
pub fn pick(random: &mut Random, base: &Base) -> Place {
    let place = random.one(PLACES);
    let slot = match place {
        Place::BehindHotline | Place::BeforeHotline | Place::InsteadOfHotline => Slot::Hotline,
        Place::BehindPhrase => Slot::Phrase,
        Place::BehindReference => Slot::Reference,
        Place::BehindDate => Slot::Date,
        Place::BehindLast4 => Slot::Last4,
        Place::Start => Slot::Signature,
        _ => return place,
    };
    if base.find(slot).is_some() { place } else { Place::EndWithCue }
}

/// A cue with the number in it, `#` standing for the number.
pub fn cued(random: &mut Random, cues: &[&str], number: &str) -> String {
    let cue = random.pick(cues);
    let is_upper = random.chance(8);
    let cue = if is_upper { cue.to_uppercase() } else { cue.to_owned() };
    let is_broken = random.chance(15);
    let hole = if is_broken { format!("\n{number}") } else { number.to_owned() };
    cue.replacen('#', &hole, 1)
}

/// Puts the number there; the texts that come of it.
pub fn put(
    random: &mut Random,
    base: &mut Base,
    place: Place,
    cues: &[&str],
    number: &str,
) -> Vec<String> {
    let joint = random.pick(JOINTS);
    let beside = |base: &mut Base, slot: Slot, is_behind: bool| {
        if let Some(index) = base.find(slot) {
            let text = &mut base.pieces[index].text;
            *text = if is_behind {
                format!("{text}{joint}{number}")
            } else {
                format!("{number}{joint}{text}")
            };
        }
    };
    match place {
        Place::EndWithCue => {
            let text = cued(random, cues, number);
            base.append(&text);
        }
        Place::End => base.append(number),
        Place::Start => {
            let text =
                if random.chance(50) { cued(random, cues, number) } else { number.to_owned() };
            if let Some(index) = base.find(Slot::Signature) {
                base.pieces[index + 1].text.push_str(&format!("{text} "));
            }
        }
        Place::BehindHotline => beside(base, Slot::Hotline, true),
        Place::BeforeHotline => beside(base, Slot::Hotline, false),
        Place::InsteadOfHotline => {
            if let Some(index) = base.find(Slot::Hotline) {
                number.clone_into(&mut base.pieces[index].text);
            }
        }
        Place::BehindPhrase => beside(base, Slot::Phrase, true),
        Place::BehindAmount => beside(base, Slot::Amount, true),
        Place::BehindReference => beside(base, Slot::Reference, true),
        Place::BehindDate => beside(base, Slot::Date, true),
        Place::BehindLast4 => beside(base, Slot::Last4, true),
        Place::BehindMerchant => {
            let glue = random
                .pick(&["", "", "*", " ", "-", "#", " CALL ", " TEL", "/", "(", "·", "_", "\n"]);
            if let Some(index) = base.find(Slot::Merchant) {
                base.pieces[index].text.push_str(&format!("{glue}{number}"));
            }
        }
        Place::IntoMerchant => {
            if let Some(index) = base.find(Slot::Merchant) {
                let text = &mut base.pieces[index].text;
                let ends: Vec<usize> = text.char_indices().skip(1).map(|(at, _)| at).collect();
                let at = ends[random.below(ends.len())];
                let glue = random.pick(&["", " ", "*", "-"]);
                text.insert_str(at, &format!("{glue}{number}{glue}"));
            }
        }
        Place::Brackets => {
            let (open, close) = random.one(&[
                ("(", ")"),
                ("（", "）"),
                ("[", "]"),
                ("<", ">"),
                ("«", "»"),
                ("“", "”"),
                ("{", "}"),
                ("『", "』"),
                ("《", "》"),
                ("\"", "\""),
            ]);
            let text =
                if random.chance(50) { cued(random, cues, number) } else { number.to_owned() };
            base.append(&format!("{open}{text}{close}"));
        }
        Place::OwnLine => base.push_line(number),
        Place::Between => {
            let from = if base.find(Slot::Signature).is_some() { 2 } else { 0 };
            let at = random.range(from, base.pieces.len());
            base.insert(at, format!(" {number} "));
        }
        Place::SecondText => {
            let first = base.text();
            let start = if base.find(Slot::Signature).is_some() {
                format!("{}{}", base.pieces[0].text, base.pieces[1].text)
            } else {
                String::new()
            };
            let second = format!("{start}{}", cued(random, cues, number));
            return if random.chance(75) { vec![first, second] } else { vec![second, first] };
        }
    }
    vec![base.text()]
}
