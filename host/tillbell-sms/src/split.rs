use std::fmt;

use crate::alphabet::{ESCAPE, Place, place};
use crate::{Encoding, Measured, measure};

/// The most segments that one message can have: its header counts in 8 bits.
pub const SEGMENTS_MAX: usize = 255;

/// What tells the handset which segments belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reference {
    /// A header of 6 octets.
    Bits8(u8),
    /// A header of 7 octets.
    Bits16(u16),
}

/// One segment of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment<'a> {
    /// The part of the text it carries.
    pub text: &'a str,
    /// The header (3GPP TS 23.040, 9.2.3.24); empty for a lone segment.
    pub header: Vec<u8>,
    /// The alphabet of the whole message.
    pub encoding: Encoding,
}

/// A text that takes more than [`SEGMENTS_MAX`] segments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooLong {
    /// How many it would take.
    pub segments: usize,
}

impl fmt::Display for TooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} segments, limit {SEGMENTS_MAX}", self.segments)
    }
}

impl std::error::Error for TooLong {}

/// Cuts a text into segments, never inside an escape or surrogate pair. The
/// reference is used only if there are several.
///
/// # Errors
/// If there would be more than [`SEGMENTS_MAX`].
pub fn split(text: &str, reference: Reference) -> Result<Vec<Segment<'_>>, TooLong> {
    let Measured { encoding, units, .. } = measure(text);
    if units <= encoding.alone() {
        return Ok(vec![Segment { text, header: Vec::new(), encoding }]);
    }
    let parts = parts(text, encoding, encoding.joined(reference));
    let total = u8::try_from(parts.len()).map_err(|_| TooLong { segments: parts.len() })?;
    let segments = (1..=total).zip(parts).map(|(number, text)| Segment {
        text,
        header: header(reference, total, number),
        encoding,
    });
    Ok(segments.collect())
}

fn parts(text: &str, encoding: Encoding, limit: usize) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut used) = (0, 0);
    for (at, character) in text.char_indices() {
        let width = encoding.units(character);
        if used + width > limit {
            parts.push(&text[start..at]);
            (start, used) = (at, 0);
        }
        used += width;
    }
    parts.push(&text[start..]);
    parts
}

fn header(reference: Reference, total: u8, number: u8) -> Vec<u8> {
    match reference {
        Reference::Bits8(reference) => vec![5, 0, 3, reference, total, number],
        Reference::Bits16(reference) => {
            let [high, low] = reference.to_be_bytes();
            vec![6, 8, 4, high, low, total, number]
        }
    }
}

impl Segment<'_> {
    /// The user data as it is sent: header and text, at most 140 octets. GSM-7
    /// is packed, behind the fill bits that a header needs.
    pub fn user_data(&self) -> Vec<u8> {
        match self.encoding {
            Encoding::Gsm7 => pack(&self.septets(), &self.header),
            Encoding::Ucs2 => {
                let mut octets = self.header.clone();
                octets.extend(self.text.encode_utf16().flat_map(u16::to_be_bytes));
                octets
            }
        }
    }

    /// The text one septet an octet, as SMPP with data_coding 0 carries it;
    /// empty for UCS-2.
    pub fn septets(&self) -> Vec<u8> {
        let mut septets = Vec::with_capacity(self.text.len());
        if self.encoding == Encoding::Gsm7 {
            for place in self.text.chars().filter_map(place) {
                match place {
                    Place::Basic(code) => septets.push(code),
                    Place::Extension(code) => septets.extend([ESCAPE, code]),
                }
            }
        }
        septets
    }
}

/// Packs septets behind a header, from the next septet's boundary on.
fn pack(septets: &[u8], header: &[u8]) -> Vec<u8> {
    let first = (header.len() * 8).div_ceil(7) * 7;
    let mut octets = header.to_vec();
    octets.resize((first + septets.len() * 7).div_ceil(8), 0);
    for (index, septet) in septets.iter().enumerate() {
        let bit = first + index * 7;
        let wide = u16::from(*septet) << (bit % 8);
        let [low, high] = wide.to_le_bytes();
        octets[bit / 8] |= low;
        if high != 0 {
            octets[bit / 8 + 1] |= high;
        }
    }
    octets
}
