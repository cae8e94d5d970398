//! A message, part by part, for who writes or tests a dialect.

use std::ops::Range;

use tillbell_transaction::{Error, Result, is_card_number};

use crate::decode::{Decoded, Decoder};
use crate::message::{Message, Place};

/// Digits of the card's number that stay.
const CARD_HEAD: usize = 6;
const CARD_TAIL: usize = 4;
/// The longest value that is shown, in characters.
const SHOWN_MAX: usize = 120;

/// A message, part by part.
#[derive(Debug, Clone)]
pub struct Explained {
    /// The parts that were found, in their order.
    pub parts: Vec<ExplainedPart>,
    /// What comes of the message, or why nothing can.
    pub decoded: Result<Decoded>,
}

/// A part of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExplainedPart {
    /// `DE4`, `DE48/F2` for an element of it, `MTI`, `bitmap`, or the header's name.
    pub name: String,
    /// Its first byte, counted from 1; a length before a field is a part of it.
    pub first: usize,
    /// How many bytes it has.
    pub bytes: usize,
    /// What it says. Of the card's number six and four digits, of other accounts the last
    /// four characters, of what is never opened nothing.
    pub value: String,
}

impl Decoder {
    /// Takes a message apart. Of one that cannot be scanned to its end, what was found
    /// before the error.
    pub fn explain(&self, message: &[u8]) -> Explained {
        let table = self.table();
        let mut found = Vec::new();
        let (scanned, _) =
            Message::scan_seen(table, message, |place, bytes| found.push((place, bytes)));
        let card = scanned.as_ref().and_then(|scanned| scanned.value(2).ok().flatten());
        let card = card.as_ref().map_or("", |card| card.as_str());
        let mut parts = Vec::new();
        for (place, bytes) in found {
            let hex = || -> String {
                message[bytes.clone()].iter().map(|byte| format!("{byte:02x}")).collect()
            };
            let (name, value) = match place {
                Place::Header(name) => (name.to_owned(), hex()),
                Place::Mti => {
                    let mti = scanned.as_ref().map(|scanned| scanned.mti.as_str().to_owned());
                    ("MTI".to_owned(), mti.unwrap_or_else(hex))
                }
                Place::Bitmap => ("bitmap".to_owned(), hex()),
                Place::Field(1) => ("DE1".to_owned(), hex()),
                Place::Field(number) => {
                    let shown = scanned.as_ref().and_then(|scanned| scanned.shown(number));
                    let shown = shown
                        .map_or("(never opened)".to_owned(), |value| masked(number, &value, card));
                    (format!("DE{number}"), shown)
                }
            };
            let part = |name: String, bytes: Range<usize>, value: String| ExplainedPart {
                name,
                first: bytes.start + 1,
                bytes: bytes.len(),
                value: value.chars().take(SHOWN_MAX).collect(),
            };
            parts.push(part(name, bytes.clone(), value));
            let Place::Field(number) = place else { continue };
            let elements = scanned.as_ref().map(|scanned| scanned.elements(number));
            for (tag, within, value) in elements.unwrap_or_default() {
                let value = masked(number, &value, card);
                parts.push(part(format!("DE{number}/{tag}"), within, value));
            }
        }
        Explained { parts, decoded: self.decode(message) }
    }
}

/// A value without what is somebody's secret.
fn masked(number: usize, value: &str, card: &str) -> String {
    let hide = |value: &str, head: usize, tail: usize| -> String {
        let count = value.chars().count();
        let hidden = |at: usize| at >= head && at + tail < count;
        value.chars().enumerate().map(|(at, own)| if hidden(at) { '*' } else { own }).collect()
    };
    match number {
        2 => hide(value, CARD_HEAD, CARD_TAIL),
        102 | 103 => hide(value, 0, CARD_TAIL),
        _ => {
            let digits: Vec<u8> = value.bytes().filter(u8::is_ascii_digit).collect();
            let is_card = |window: &[u8]| {
                is_card_number(window) || (!card.is_empty() && window == card.as_bytes())
            };
            let holds = (12..=19).any(|length| digits.windows(length).any(is_card));
            if holds { hide(value, 0, 0) } else { value.to_owned() }
        }
    }
}

impl Explained {
    /// Why the message is refused, if it is.
    pub fn error(&self) -> Option<&Error> {
        self.decoded.as_ref().err()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn card_numbers_are_hidden_wherever_they_stand() {
        assert_eq!(masked(2, "4242424242424242", ""), "424242******4242");
        assert_eq!(masked(102, "6222021234567890128", ""), "***************0128");
        let card = "4242424242424242";
        assert_eq!(masked(48, "ref 4242 4242 4242 4242", ""), "***********************");
        assert_eq!(masked(63, "000012850", card), "000012850");
        assert_eq!(masked(62, "621626100000000018", "621626100000000018"), "*".repeat(18));
    }
}
