//! One row of the field table, in the notation of ISO 8583.

use super::charset::Charset;
use super::part::Divided;

/// The longest fixed field, in characters.
const FIXED_MAX: u16 = 999;

/// How one field stands in a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) content: Content,
    pub(crate) length: Length,
    pub(crate) packing: Packing,
    /// How its characters are written.
    pub(crate) charset: Charset,
    pub(crate) dropped: bool,
    /// How it is made of elements, where it is.
    pub(crate) divided: Option<Divided>,
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
    /// A length stands before it, and may not exceed the maximum.
    Variable {
        indicator: Indicator,
        max: u16,
    },
}

/// How a length stands before its field, and what it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Indicator {
    /// Its digits, as the notation has dots; 1 to 4.
    pub(crate) digits: u8,
    pub(crate) written: Written,
    pub(crate) counts: Counts,
}

/// How a number is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Written {
    #[default]
    Ascii,
    Ebcdic,
    /// Two digits a byte.
    Bcd,
    /// The number itself, the high byte first: one byte for up to two digits, two for more.
    Binary,
}

/// What a length counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Counts {
    /// Characters, digits; bytes where the field is binary.
    Characters,
    /// Bytes, as they stand in the message.
    Bytes,
    /// Half bytes, as they stand in the message.
    HalfBytes,
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

/// How a dialect writes fields that say nothing else.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Writing {
    pub(crate) digits: Written,
    pub(crate) lengths: Written,
    pub(crate) hex_binary: bool,
    pub(crate) charset: Charset,
}

impl Writing {
    /// How characters of digits are written: as the dialect's text, where that is EBCDIC.
    fn digit_charset(self, digits: Written) -> Charset {
        match (digits, self.charset) {
            (Written::Ebcdic, page @ Charset::Ebcdic(_)) => page,
            (Written::Ebcdic, _) => Charset::Ebcdic(super::charset::Page::P037),
            _ => Charset::Utf8,
        }
    }
}

impl Field {
    /// Reads `n..19 left dropped`: a format and a length, then words that say how this
    /// field is written where it is not as the dialect's others.
    pub(crate) fn parse(text: &str, writing: Writing) -> Result<Self, String> {
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
        let mut length = Length::parse(length, writing.lengths)?;
        let mut side = match length {
            Length::Fixed(_) => Side::Right,
            Length::Variable { .. } => Side::Left,
        };
        let mut digits = writing.digits;
        let mut hex = writing.hex_binary;
        let mut text_charset = writing.charset;
        let mut dropped = false;
        let mut divided = None;
        for word in words {
            let indicator = match &mut length {
                Length::Variable { indicator, .. } => Some(indicator),
                Length::Fixed(_) => None,
            };
            match (word, content) {
                ("left", _) => side = Side::Left,
                ("right", _) => side = Side::Right,
                ("dropped", _) => dropped = true,
                ("raw", Content::Binary) => hex = false,
                ("hex", Content::Binary) => hex = true,
                ("ascii", Content::Digits | Content::SignedDigits) => digits = Written::Ascii,
                ("bcd", Content::Digits | Content::SignedDigits) => digits = Written::Bcd,
                ("ebcdic", Content::Digits | Content::SignedDigits) => digits = Written::Ebcdic,
                (word, Content::Text | Content::Binary) if Divided::parse(word).is_some() => {
                    divided = Divided::parse(word);
                }
                (name, Content::Text) if Charset::parse(name).is_some() => {
                    text_charset = Charset::parse(name).unwrap_or_default();
                }
                _ => match (word.split_once(':'), indicator) {
                    (Some(("length", how)), Some(indicator)) => {
                        indicator.written = Written::parse(how).ok_or(
                            "expected length:ascii, length:ebcdic, length:bcd or length:binary",
                        )?;
                    }
                    (Some(("counts", what)), Some(indicator)) => {
                        indicator.counts = match what {
                            "characters" => Counts::Characters,
                            "bytes" => Counts::Bytes,
                            "half-bytes" => Counts::HalfBytes,
                            _ => {
                                return Err("expected counts:characters, counts:bytes or \
                                            counts:half-bytes"
                                    .into());
                            }
                        };
                    }
                    (Some(("length" | "counts", _)), None) => {
                        return Err("a length before a field of fixed length".into());
                    }
                    _ => {
                        return Err(format!(
                            "{word:?}: expected left, right, dropped, length:…, counts:…, how it \
                             is divided (b and text: tlv:2+3, ber), or how it is written (n: \
                             ascii, bcd, ebcdic; b: raw, hex; text: {})",
                            Charset::names().collect::<Vec<_>>().join(", ")
                        ));
                    }
                },
            }
        }
        if track && !dropped {
            return Err("a track (z) must be dropped".into());
        }
        if divided == Some(Divided::Ber) && (content == Content::Binary && hex) {
            return Err("BER elements in hex: write them raw".into());
        }
        let (packing, charset) = match content {
            Content::Digits | Content::SignedDigits if digits == Written::Bcd => {
                (Packing::Packed(side), Charset::Utf8)
            }
            Content::Digits | Content::SignedDigits => {
                (Packing::Plain, writing.digit_charset(digits))
            }
            Content::Binary if hex => (Packing::Hex, Charset::Utf8),
            Content::Binary => (Packing::Plain, text_charset),
            Content::Text => (Packing::Plain, text_charset),
        };
        Ok(Self { content, length, packing, charset, dropped, divided })
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

    /// Whether a length leaves open if the last half byte is a digit or fills up.
    pub(crate) fn may_be_padded(&self) -> bool {
        matches!(self.length, Length::Variable { indicator, .. }
            if indicator.counts != Counts::Characters && matches!(self.packing, Packing::Packed(_)))
    }

    /// How many characters a length says there are; none where it cuts a character.
    pub(crate) fn characters(&self, length: usize, counts: Counts) -> Option<usize> {
        let sign = usize::from(self.content == Content::SignedDigits);
        let (half_bytes, of_character) = match (counts, self.packing) {
            (Counts::Characters, _) => return Some(length),
            (Counts::Bytes, Packing::Packed(_)) => (length.checked_sub(sign)? * 2, 1),
            (Counts::HalfBytes, Packing::Packed(_)) => (length.checked_sub(2 * sign)?, 1),
            (Counts::Bytes, Packing::Hex) => (length * 2, 4),
            (Counts::HalfBytes, Packing::Hex) => (length, 4),
            (Counts::Bytes, Packing::Plain) => (length.checked_sub(sign)? * 2, 2),
            (Counts::HalfBytes, Packing::Plain) => (length.checked_sub(2 * sign)?, 2),
        };
        (half_bytes % of_character == 0).then_some(half_bytes / of_character)
    }
}

impl Written {
    pub(crate) fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "ascii" => Self::Ascii,
            "ebcdic" => Self::Ebcdic,
            "bcd" => Self::Bcd,
            "binary" => Self::Binary,
            _ => return None,
        })
    }

    /// The bytes that a number with this many digits takes.
    pub(crate) fn bytes(self, digits: usize) -> usize {
        match self {
            Self::Ascii | Self::Ebcdic => digits,
            Self::Bcd | Self::Binary => digits.div_ceil(2),
        }
    }
}

impl Length {
    fn parse(text: &str, written: Written) -> Result<Self, String> {
        let digits = text.trim_start_matches('.');
        let dots = text.len() - digits.len();
        let number: u16 = digits.parse().map_err(|_| "expected a length in digits".to_owned())?;
        let fits = match dots {
            0 => number <= FIXED_MAX,
            // A length of one byte reaches 255, of two more than a message.
            1..=4 => u32::from(number) < 10_u32.pow(dots as u32) || written == Written::Binary,
            _ => return Err("expected no dots or up to four before the length".into()),
        };
        match (dots, number) {
            (_, 0) => Err("a length of 0".into()),
            _ if !fits => Err("a length that does not fit its digits".into()),
            (0, _) => Ok(Self::Fixed(number)),
            _ => {
                let indicator =
                    Indicator { digits: dots as u8, written, counts: Counts::Characters };
                Ok(Self::Variable { indicator, max: number })
            }
        }
    }
}
