//! What a text costs as SMS, and how it is cut into segments.
//!
//! Two alphabets: GSM 7-bit (3GPP TS 23.038) where every character is in it,
//! UCS-2 (UTF-16 code units) where not. A segment carries 140 octets: 160
//! septets or 70 units alone; where several belong together, each begins with
//! a header, which leaves 153 or 67 (8-bit reference), 152 or 66 (16-bit).
//! An escape pair or a surrogate pair is never cut in two.
//!
//! This crate sends nothing and knows no network.
//!
//! ```
//! use tillbell_sms::{Encoding, count};
//!
//! let count = count("Card ending 4242: purchase €20.00");
//! assert_eq!((count.encoding, count.segments, count.units), (Encoding::Gsm7, 1, 34));
//! ```

mod alphabet;
mod split;

pub use split::{Reference, SEGMENTS_MAX, Segment, TooLong, split};

/// The alphabet a text is sent in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// The GSM 7-bit default alphabet with its extension table.
    Gsm7,
    /// UTF-16 code units, 2 octets each.
    Ucs2,
}

impl Encoding {
    /// The name in reports: `GSM-7` or `UCS-2`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Gsm7 => "GSM-7",
            Self::Ucs2 => "UCS-2",
        }
    }

    /// How many units a lone segment holds.
    pub(crate) fn alone(self) -> usize {
        match self {
            Self::Gsm7 => 160,
            Self::Ucs2 => 70,
        }
    }

    /// How many units each of several segments holds.
    pub(crate) fn joined(self, reference: Reference) -> usize {
        match (self, reference) {
            (Self::Gsm7, Reference::Bits8(_)) => 153,
            (Self::Gsm7, Reference::Bits16(_)) => 152,
            (Self::Ucs2, Reference::Bits8(_)) => 67,
            (Self::Ucs2, Reference::Bits16(_)) => 66,
        }
    }

    /// How many units a character takes: 1, or 2 for an escape or surrogate
    /// pair.
    pub(crate) fn units(self, character: char) -> usize {
        match self {
            Self::Gsm7 => alphabet::septets(character).unwrap_or(0),
            Self::Ucs2 => character.len_utf16(),
        }
    }
}

/// What a text takes as SMS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// The alphabet it needs.
    pub encoding: Encoding,
    /// How many segments it takes, with an 8-bit reference if more than one;
    /// 1 for an empty text.
    pub segments: usize,
    /// How many septets (GSM-7) or UTF-16 code units (UCS-2) it takes.
    pub units: usize,
}

/// Counts a text, without allocating.
pub fn count(text: &str) -> Count {
    let Measured { encoding, units, pairs } = measure(text);
    let limit = encoding.joined(Reference::Bits8(0));
    let segments = if units <= encoding.alone() {
        1
    } else if pairs == 0 {
        units.div_ceil(limit)
    } else {
        // A pair that does not fit leaves a place empty.
        let (mut segments, mut used) = (1, 0);
        for character in text.chars() {
            let width = encoding.units(character);
            if used + width > limit {
                segments += 1;
                used = 0;
            }
            used += width;
        }
        segments
    };
    Count { encoding, segments, units }
}

/// What a text is made of in its alphabet.
pub(crate) struct Measured {
    pub(crate) encoding: Encoding,
    pub(crate) units: usize,
    /// Characters of two units.
    pairs: usize,
}

/// The alphabet a text needs, and how many units it takes there.
/// The first character that the GSM alphabet lacks: with it the text needs UCS-2.
///
/// ```
/// assert_eq!(tillbell_sms::first_beyond_gsm("Paid 5 € at Café"), None);
/// assert_eq!(tillbell_sms::first_beyond_gsm("Plaćeno ćevapi"), Some('ć'));
/// ```
pub fn first_beyond_gsm(text: &str) -> Option<char> {
    text.chars().find(|character| alphabet::septets(*character).is_none())
}

pub(crate) fn measure(text: &str) -> Measured {
    let septets = text.chars().try_fold((0, 0), |(units, pairs), character| {
        let width = alphabet::septets(character)?;
        Some((units + width, pairs + (width - 1)))
    });
    if let Some((units, pairs)) = septets {
        return Measured { encoding: Encoding::Gsm7, units, pairs };
    }
    // By the first bytes of UTF-8: four bytes are a surrogate pair. In pieces whose counts
    // fit a byte, so that many bytes are looked at at once.
    let (mut characters, mut pairs) = (0, 0);
    for piece in text.as_bytes().chunks(usize::from(u8::MAX)) {
        let first = |byte: &u8| u8::from(byte & 0xc0 != 0x80);
        characters += usize::from(piece.iter().map(first).sum::<u8>());
        pairs += usize::from(piece.iter().map(|byte| u8::from(*byte >= 0xf0)).sum::<u8>());
    }
    Measured { encoding: Encoding::Ucs2, units: characters + pairs, pairs }
}

#[cfg(test)]
mod tests;
