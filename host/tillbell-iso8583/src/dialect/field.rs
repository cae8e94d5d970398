//! One row of the field table, in the notation of ISO 8583.

/// The longest fixed field, in characters.
const FIXED_MAX: u16 = 999;

/// How one field stands in a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) content: Content,
    pub(crate) length: Length,
    pub(crate) packing: Packing,
    pub(crate) dropped: bool,
}

/// What a field is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    /// n: digits; z: digits and separators, which are only ever skipped.
    Digits,
    /// x+n: C or D, and digits.
    SignedDigits,
    /// a, an, ans …: characters.
    Text,
    /// b: bytes.
    Binary,
}

/// How long a field is: characters, or bytes for binary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Length {
    Fixed(u16),
    /// A length of so many digits stands before it, and may not exceed the
    /// maximum.
    Variable {
        digits: u8,
        max: u16,
    },
}

/// How the content is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Packing {
    /// One byte a character.
    Plain,
    /// Two digits a byte; an odd number of digits stands at this side.
    Packed(Side),
    /// Two hex digits a byte.
    Hex,
}

/// The side at which digits stand in a packed field of odd length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Left,
    Right,
}

/// The packing of a dialect, unless a field says otherwise.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Packings {
    pub(crate) packed_digits: bool,
    pub(crate) hex_binary: bool,
}

impl Field {
    /// Reads `n..19 left dropped`.
    pub(crate) fn parse(text: &str, packings: Packings) -> Result<Self, String> {
        let mut words = text.split(' ');
        let notation = words.next().unwrap_or_default();
        let split = notation
            .find(|c: char| c == '.' || c.is_ascii_digit())
            .ok_or("expected a format and a length, such as n6 or ans..25")?;
        let (format, length) = notation.split_at(split);
        let (content, track) = match format {
            "n" => (Content::Digits, false),
            "z" => (Content::Digits, true),
            "x+n" => (Content::SignedDigits, false),
            "b" => (Content::Binary, false),
            "a" | "an" | "ans" | "anp" | "as" | "ns" | "s" => (Content::Text, false),
            _ => return Err("expected a format of a, n, s and p, or b, z, x+n".into()),
        };
        let length = Length::parse(length)?;
        let mut side = match length {
            Length::Fixed(_) => Side::Right,
            Length::Variable { .. } => Side::Left,
        };
        let mut packed = packings.packed_digits;
        let mut dropped = false;
        for word in words {
            match word {
                "left" => side = Side::Left,
                "right" => side = Side::Right,
                "ascii" => packed = false,
                "bcd" => packed = true,
                "dropped" => dropped = true,
                _ => return Err("expected left, right, ascii, bcd or dropped".into()),
            }
        }
        if track && !dropped {
            return Err("a track (z) must be dropped".into());
        }
        let packing = match content {
            Content::Digits | Content::SignedDigits if packed => Packing::Packed(side),
            Content::Binary if packings.hex_binary => Packing::Hex,
            _ => Packing::Plain,
        };
        Ok(Self { content, length, packing, dropped })
    }

    /// How many bytes so many characters take.
    pub(crate) fn bytes(&self, characters: usize) -> usize {
        match (self.packing, self.content) {
            (Packing::Plain, Content::SignedDigits) => 1 + characters,
            (Packing::Plain, _) => characters,
            (Packing::Packed(_), Content::SignedDigits) => 1 + characters.div_ceil(2),
            (Packing::Packed(_), _) => characters.div_ceil(2),
            (Packing::Hex, _) => characters * 2,
        }
    }
}

impl Length {
    fn parse(text: &str) -> Result<Self, String> {
        let digits = text.trim_start_matches('.');
        let dots = text.len() - digits.len();
        let number: u16 = digits.parse().map_err(|_| "expected a length in digits".to_owned())?;
        match (dots, number) {
            (_, 0) => Err("a length of 0".into()),
            (0, 1..=FIXED_MAX) => Ok(Self::Fixed(number)),
            (2, 1..=99) => Ok(Self::Variable { digits: 2, max: number }),
            (3, 1..=999) => Ok(Self::Variable { digits: 3, max: number }),
            (0 | 2 | 3, _) => Err("a length that does not fit its digits".into()),
            _ => Err("expected no dots, two or three before the length".into()),
        }
    }
}
