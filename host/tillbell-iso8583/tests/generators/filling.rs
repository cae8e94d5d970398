//! Fields that say nothing of what is told: any content that their format allows.

use super::rng::Rng;
use super::shared::Draft;
use super::writers::{Format, Value, Wire};

const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const SPECIAL: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ abcxyz .<(+|&!$*);-/,%_>?:#@'=\"";

/// Puts some of the fields that are free into a message.
pub(crate) fn fill(rng: &mut Rng, wire: &Wire, draft: &mut Draft) {
    let percent = rng.pick(&[0, 3, 10, 30, 90]);
    let mti = draft.sheet.mti.clone();
    for field in 5..=128u8 {
        let is_free = !draft.sheet.fields.contains_key(&field) && !draft.taken.contains(&field);
        // Bit 65 is a third bitmap; no network has one.
        if !is_free || field == 65 || !rng.percent(percent) {
            continue;
        }
        if let Some(format) = wire.format(&mti, field) {
            let value = content(rng, draft.card, field, &mti, format);
            draft.put(field, value);
        }
    }
}

/// What a field may hold.
pub(crate) fn content(rng: &mut Rng, card: &str, field: u8, mti: &str, format: Format) -> Value {
    let is_1993 = mti.starts_with('1');
    match (field, is_1993) {
        (5, _) | (6, _) => format!("{:012}", rng.between(0, 99_999_999)).into(),
        // The conversion rate: where the point is, and seven digits.
        (9 | 10, _) => format!("{}{}", rng.between(0, 7), rng.digits(7)).into(),
        (14, _) => format!("{}{:02}", rng.between(27, 34), rng.between(1, 12)).into(),
        (15 | 28, true) | (73, _) => {
            format!("27{:02}{:02}", rng.between(1, 12), rng.between(1, 28)).into()
        }
        (13, true) => format!("{}{:02}", rng.between(20, 26), rng.between(1, 12)).into(),
        (15..=17, _) => format!("{:02}{:02}", rng.between(1, 12), rng.between(1, 28)).into(),
        (19..=21, _) => rng.pick(&["156", "840", "036", "276", "392"]).to_string().into(),
        (35, _) => track_2(rng, card).into(),
        (36, _) => format!("59{card}={}", rng.digits(40)).into(),
        (45, _) => format!("B{card}^TEST/CARD^{}", rng.digits(20)).into(),
        (50 | 51, _) => rng.pick(&["156", "840", "036", "978"]).to_string().into(),
        (55, _) => chip(rng).into(),
        // The message's own number is only in the fields that are made for it.
        (34, _) => rng.digits(12).into(),
        _ => any(rng, format),
    }
}

impl From<Vec<u8>> for Value {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes)
    }
}

/// ISO/IEC 7813: number, separator, expiry, service code, discretionary digits.
fn track_2(rng: &mut Rng, card: &str) -> String {
    let room = 37 - card.len() - 1 - 7;
    let used = rng.below(room + 1);
    format!("{card}={}12201{}", rng.between(27, 34), rng.digits(used))
}

/// BER-TLV as EMV Book 4 has it in messages: tags of one and two bytes, with lengths.
fn chip(rng: &mut Rng) -> Vec<u8> {
    const TAGS: [(&[u8], usize); 9] = [
        (&[0x9F, 0x26], 8),
        (&[0x9F, 0x27], 1),
        (&[0x9F, 0x10], 20),
        (&[0x9F, 0x37], 4),
        (&[0x9F, 0x36], 2),
        (&[0x95], 5),
        (&[0x9A], 3),
        (&[0x82], 2),
        (&[0x91], 10),
    ];
    let mut bytes = Vec::new();
    for (tag, length) in TAGS {
        if rng.percent(70) {
            bytes.extend(tag);
            bytes.push(length as u8);
            bytes.extend(rng.bytes(length));
        }
    }
    bytes
}

fn any(rng: &mut Rng, format: Format) -> Value {
    let length = match format.length_digits {
        0 => format.most,
        // Seldom long: a message has 8 KiB at most.
        3 if rng.percent(5) => rng.between(0, format.most as i64) as usize,
        _ => rng.between(0, format.most.min(40) as i64) as usize,
    };
    match format.class {
        "n" => rng.digits(length).into(),
        "z" => rng.text("0123456789=", length).into(),
        "an" => rng.text(&LETTERS[..26], length).into(),
        "x" => format!("{}{}", rng.pick(&["C", "D"]), rng.digits(format.most)).into(),
        "b" => rng.bytes(length).into(),
        _ => rng.text(SPECIAL, length).into(),
    }
}
