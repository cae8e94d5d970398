//! What goes wrong with messages: lines, programs and people.

use super::rng::Rng;
use super::writers::{Digits, Part};
use super::{Family, Sample};

/// A kind of mutation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mutation {
    Bits,
    Digits,
    Truncation,
    Insertion,
    Deletion,
    Length,
    Bitmap,
    Swap,
    Splice,
    Repetition,
    /// Bytes within the content of a field that decides nothing.
    Inside,
}

pub(crate) const MUTATIONS: [Mutation; 11] = [
    Mutation::Bits,
    Mutation::Digits,
    Mutation::Truncation,
    Mutation::Insertion,
    Mutation::Deletion,
    Mutation::Length,
    Mutation::Bitmap,
    Mutation::Swap,
    Mutation::Splice,
    Mutation::Repetition,
    Mutation::Inside,
];

/// Fields whose content, whatever it is, changes neither kind, amount nor approval.
const HARMLESS: [u8; 17] =
    [18, 32, 37, 38, 41, 42, 43, 48, 62, 63, 102, 103, 104, 120, 121, 126, 127];

/// A message with faults; `None` where the message has nothing for this kind.
pub(crate) fn mutate(
    rng: &mut Rng,
    family: &Family,
    sample: &Sample,
    other: &Sample,
    mutation: Mutation,
) -> Option<Vec<u8>> {
    let mut bytes = sample.written.bytes.clone();
    let length = bytes.len();
    match mutation {
        Mutation::Bits => {
            for _ in 0..rng.between(1, 4) {
                bytes[rng.below(length)] ^= 1 << rng.below(8);
            }
        }
        Mutation::Digits => {
            for _ in 0..rng.between(1, 6) {
                let at = rng.below(length);
                bytes[at] = digit(rng, family, bytes[at]);
            }
        }
        Mutation::Truncation => bytes.truncate(rng.below(length)),
        Mutation::Insertion => {
            let at = rng.below(length);
            let count = rng.between(1, 8) as usize;
            let more = rng.bytes(count);
            bytes.splice(at..at, more);
        }
        Mutation::Deletion => {
            let at = rng.below(length);
            let end = (at + rng.between(1, 8) as usize).min(length);
            bytes.drain(at..end);
        }
        Mutation::Length => {
            let variable: Vec<&Part> =
                sample.written.parts.iter().filter(|part| !part.length.is_empty()).collect();
            let part = *variable.get(rng.below(variable.len()))?;
            let at = part.length.start + rng.below(part.length.len());
            bytes[at] = digit(rng, family, bytes[at]);
        }
        Mutation::Bitmap => {
            let bitmap = sample.written.bitmap.clone();
            for _ in 0..rng.between(1, 3) {
                let at = bitmap.start + rng.below(bitmap.len());
                bytes[at] = match family.wire.hex_bitmap {
                    true => b"0123456789ABCDEF"[rng.below(16)],
                    false => bytes[at] ^ (1 << rng.below(8)),
                };
            }
        }
        Mutation::Swap => {
            let parts = &sample.written.parts;
            let (one, two) = (rng.below(parts.len()), rng.below(parts.len()));
            let (one, two) = (&parts[one.min(two)], &parts[one.max(two)]);
            bytes = [
                &bytes[..one.length.start],
                &bytes[two.length.start..two.content.end],
                &bytes[one.content.end.min(two.length.start)..two.length.start],
                &bytes[one.length.start..one.content.end],
                &bytes[two.content.end..],
            ]
            .concat();
        }
        Mutation::Splice => {
            let at = rng.below(length);
            let from = rng.below(other.written.bytes.len());
            bytes.truncate(at);
            bytes.extend(&other.written.bytes[from..]);
        }
        Mutation::Repetition => {
            let at = rng.below(length);
            let end = (at + rng.between(1, 60) as usize).min(length);
            let again = bytes[at..end].to_vec();
            bytes.splice(at..at, again);
        }
        Mutation::Inside => {
            let parts: Vec<&Part> = sample
                .written
                .parts
                .iter()
                .filter(|part| HARMLESS.contains(&part.field) && !part.content.is_empty())
                .collect();
            let part = *parts.get(rng.below(parts.len()))?;
            for _ in 0..rng.between(1, 3) {
                let at = part.content.start + rng.below(part.content.len());
                bytes[at] = rng.next() as u8;
            }
        }
    }
    Some(bytes)
}

/// Another digit, as the wire writes digits; sometimes any byte.
fn digit(rng: &mut Rng, family: &Family, was: u8) -> u8 {
    let digit = rng.below(10) as u8;
    match family.wire.digits {
        _ if rng.percent(10) => rng.next() as u8,
        Digits::Ascii => b'0' + digit,
        Digits::Ebcdic => 0xF0 + digit,
        Digits::Packed if rng.percent(50) => (was & 0x0F) | (digit << 4),
        Digits::Packed => (was & 0xF0) | digit,
    }
}

/// The message with something else in the place of a digit of a field, or of the MTI (0).
pub(crate) fn without_digit(
    rng: &mut Rng,
    family: &Family,
    sample: &Sample,
    field: u8,
) -> Option<Vec<u8>> {
    let place = match field {
        0 => sample.written.mti.clone(),
        _ => sample.written.parts.iter().find(|part| part.field == field)?.content.clone(),
    };
    let mut bytes = sample.written.bytes.clone();
    // The last byte may hold a filler.
    let at = place.start + rng.below(place.len() - 1);
    bytes[at] = match family.wire.digits {
        Digits::Ascii => rng.pick(b"ABZ -+.:/D=o"),
        Digits::Ebcdic => rng.pick(&[0xC1, 0x40, 0x4B, 0x60, 0xFA, 0x31, 0x30, 0x00]),
        Digits::Packed if rng.percent(50) => {
            (bytes[at] & 0x0F) | rng.pick(&[0xA0, 0xB0, 0xD0, 0xF0])
        }
        Digits::Packed => (bytes[at] & 0xF0) | rng.pick(&[0x0A, 0x0C, 0x0D, 0x0F]),
    };
    Some(bytes)
}
