//! Messages that mean something, drawn at random and written byte for byte.
//!
//! Nothing here was copied from the decoder: the formats are those of ISO 8583:1987 and
//! 1993, AS 2805.2, jPOS's packagers, pyiso8583's specification, and UnionPay's
//! specification for points of sale.

pub(crate) mod as2805;
pub(crate) mod charsets;
pub(crate) mod facts;
pub(crate) mod filling;
pub(crate) mod iso1987;
pub(crate) mod iso1993;
pub(crate) mod mutations;
pub(crate) mod pairs;
pub(crate) mod reading;
pub(crate) mod rng;
pub(crate) mod shared;
pub(crate) mod tables;
pub(crate) mod unionpay;
pub(crate) mod writers;

use charsets::Charset;
use rng::Rng;
use shared::Draft;
use writers::{Digits, Wire, Written};

/// Where the decoder and a standard disagree. What is named here is not drawn; whoever
/// mends the decoder takes the name out, and the tests ask for it.
pub(crate) const KNOWN: &[&str] = &[
    // DE7 is when an advice was sent, so that the later it is, the further west its merchant
    // is taken to be, unless the dialect has an offset: only the wall clock is sure.
    "late-advices",
    // "Not declined", say Visa and Mastercard of 85; ISO 8583 leaves it to networks. So it is
    // in no list, and makes no message.
    "1987-response-85",
];

/// Whether something is drawn, or left out because it is known to be read otherwise.
pub(crate) fn draws(name: &str) -> bool {
    !KNOWN.contains(&name)
}

/// A family of messages on a wire.
pub(crate) struct Family {
    pub(crate) name: &'static str,
    pub(crate) wire: &'static Wire,
    draw: fn(&mut Rng, &'static Wire, &'static str) -> Draft,
}

/// A message and what it means.
pub(crate) struct Sample {
    pub(crate) draft: Draft,
    pub(crate) written: Written,
    /// The instant near which its dates are to be read.
    pub(crate) reference: &'static str,
}

impl Family {
    /// The message of a seed.
    pub(crate) fn draw(&self, seed: u64) -> Sample {
        let mut rng = Rng::new(seed);
        let reference = rng.pick(&facts::REFERENCES);
        let mut draft = (self.draw)(&mut rng, self.wire, reference);
        shared::rest(&mut rng, self.wire, &mut draft);
        let written = self.wire.write(&draft.sheet);
        Sample { draft, written, reference }
    }

    /// The message of a seed that repeats its card's number in fields of text.
    pub(crate) fn draw_repeating(&self, seed: u64) -> Sample {
        let mut rng = Rng::new(seed);
        let mut sample = self.draw(seed);
        let fields = [37, 41, 42, 43, 44, 48, 62, 63, 102, 103, 104, 120, 126];
        for field in fields {
            let mti = &sample.draft.sheet.mti;
            let Some(format) = self.wire.format(mti, field).filter(|_| rng.percent(30)) else {
                continue;
            };
            let card = sample.draft.card;
            let text = match (format.class, format.length_digits) {
                ("n", _) => continue,
                (_, 0) => format!("{card:width$}", width = format.most),
                _ => format!("A {card}"),
            };
            // A number that a fixed field cuts is not struck.
            let is_cut = text.len() > format.most;
            if is_cut && !draws("cut-card-numbers") {
                continue;
            }
            sample.draft.put(field, &text[..text.len().min(format.most)]);
        }
        sample.written = self.wire.write(&sample.draft.sheet);
        sample
    }

    /// The message of a seed with one field more than it needs, if that is free.
    pub(crate) fn draw_with(&self, seed: u64, field: u8) -> Option<Sample> {
        let mut rng = Rng::new(seed);
        let reference = rng.pick(&facts::REFERENCES);
        let mut draft = (self.draw)(&mut rng, self.wire, reference);
        let is_free = !draft.sheet.fields.contains_key(&field) && !draft.taken.contains(&field);
        let format = self.wire.format(&draft.sheet.mti, field).filter(|_| is_free)?;
        let mti = draft.sheet.mti.clone();
        let value = filling::content(&mut rng, draft.card, field, &mti, format);
        draft.put(field, value);
        let written = self.wire.write(&draft.sheet);
        Some(Sample { draft, written, reference })
    }
}

const ASCII: Wire = Wire {
    dialect: "iso1987-ascii",
    digits: Digits::Ascii,
    text: Charset::Utf8,
    hex_bitmap: true,
    hex_binary: true,
    own_fields: tables::ASCII,
};
const ASCII_BITMAP: Wire = Wire {
    dialect: "iso1987-ascii-bitmap",
    hex_bitmap: false,
    hex_binary: false,
    own_fields: tables::NOTHING_OWN,
    ..ASCII
};
const BINARY: Wire = Wire { dialect: "iso1987-binary", digits: Digits::Packed, ..ASCII_BITMAP };
const BINARY_1993: Wire = Wire { dialect: "iso1993-binary", ..BINARY };
const EBCDIC: Wire = Wire {
    dialect: "iso1987-ebcdic",
    digits: Digits::Ebcdic,
    text: Charset::Ebcdic037,
    ..ASCII_BITMAP
};
const AS2805: Wire = Wire { dialect: "as2805", own_fields: tables::AS2805, ..BINARY };
const UNIONPAY: Wire = Wire {
    dialect: "unionpay-pos",
    text: Charset::Gbk,
    own_fields: tables::UNIONPAY_POS,
    ..BINARY
};

/// Every way of writing, with what is written so.
pub(crate) const FAMILIES: [Family; 12] = [
    Family { name: "1987 in ASCII", wire: &ASCII, draw: iso1987::draw },
    Family { name: "1993 in ASCII", wire: &ASCII, draw: iso1993::draw },
    Family { name: "1987 in ASCII, raw bitmap", wire: &ASCII_BITMAP, draw: iso1987::draw },
    Family { name: "1993 in ASCII, raw bitmap", wire: &ASCII_BITMAP, draw: iso1993::draw },
    Family { name: "1987 packed", wire: &BINARY, draw: iso1987::draw },
    Family { name: "1993 packed, by 1987's", wire: &BINARY, draw: iso1993::draw },
    Family { name: "1987 in EBCDIC", wire: &EBCDIC, draw: iso1987::draw },
    Family { name: "1993 in EBCDIC", wire: &EBCDIC, draw: iso1993::draw },
    Family { name: "1993 packed", wire: &BINARY_1993, draw: iso1993::draw },
    Family { name: "1987 packed, by 1993's", wire: &BINARY_1993, draw: iso1987::draw },
    Family { name: "AS 2805", wire: &AS2805, draw: as2805::draw },
    Family { name: "UnionPay POS", wire: &UNIONPAY, draw: unionpay::draw },
];
