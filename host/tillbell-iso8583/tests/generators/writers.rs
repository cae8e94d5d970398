//! From fields to bytes, in each way in which networks write ISO 8583.

use std::collections::BTreeMap;
use std::ops::Range;

use super::charsets::Charset;

/// How digits are written: one a byte, or two.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Digits {
    Ascii,
    Ebcdic,
    Packed,
}

/// What a network does with bytes where it can choose.
pub(crate) struct Wire {
    /// The decoder's name for it.
    pub(crate) dialect: &'static str,
    /// MTI, numeric fields and lengths.
    pub(crate) digits: Digits,
    pub(crate) text: Charset,
    /// The bitmap as hexadecimal digits.
    pub(crate) hex_bitmap: bool,
    /// Binary fields as hexadecimal digits.
    pub(crate) hex_binary: bool,
    /// Where this network's fields differ from the standard's of 1987.
    pub(crate) own_fields: &'static [(u8, u8, &'static str)],
}

/// A field's value before it is written.
#[derive(Clone)]
pub(crate) enum Value {
    Text(String),
    Bytes(Vec<u8>),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

/// A message before it is written.
#[derive(Clone)]
pub(crate) struct Sheet {
    pub(crate) header: Vec<u8>,
    pub(crate) mti: String,
    pub(crate) fields: BTreeMap<u8, Value>,
    /// A second bitmap, although no field of it is there.
    pub(crate) second_bitmap: bool,
    /// What fills the last half byte of a variable field with an odd number of digits:
    /// 0 (jPOS's `IFB_LLNUM` without padding), or F (AS 2805, and jPOS's `_F`).
    pub(crate) filler: u8,
}

/// Where a field stands in a message.
pub(crate) struct Part {
    pub(crate) field: u8,
    pub(crate) length: Range<usize>,
    pub(crate) content: Range<usize>,
}

/// A message, and where its parts are.
pub(crate) struct Written {
    pub(crate) bytes: Vec<u8>,
    pub(crate) mti: Range<usize>,
    pub(crate) bitmap: Range<usize>,
    pub(crate) parts: Vec<Part>,
}

/// What a field holds, and how long it is: `n6`, `ans..25`, `b8` (in bytes), `x8` (a sign
/// and eight digits).
#[derive(Clone, Copy)]
pub(crate) struct Format {
    pub(crate) class: &'static str,
    /// Digits of the length before it; 0 for a field of fixed length.
    pub(crate) length_digits: usize,
    pub(crate) most: usize,
    /// Odd digits of a fixed field are filled up at their right (UnionPay's DE22).
    right: bool,
}

impl Format {
    pub(crate) fn parse(text: &'static str) -> Self {
        let mut words = text.split(' ');
        let format = words.next().unwrap();
        let class = format.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
        let rest = &format[class.len()..];
        let length_digits = rest.len() - rest.trim_start_matches('.').len();
        let mut this = Self {
            class,
            length_digits,
            most: rest[length_digits..].parse().unwrap(),
            right: false,
        };
        for word in words {
            match word {
                "right" => this.right = true,
                other => panic!("unknown word {other}"),
            }
        }
        this
    }
}

/// Looks a field up in a table of ranges. A row that ends in `?name` holds only where the
/// name is not in [`super::KNOWN`]; an empty format says that there is no such field.
pub(crate) fn look_up(table: &'static [(u8, u8, &'static str)], field: u8) -> Option<&'static str> {
    let rows = table.iter().filter(|(first, last, _)| (*first..=*last).contains(&field));
    rows.map(|row| row.2.split_once(" ?").unwrap_or((row.2, "")))
        .find(|(_, name)| name.is_empty() || super::draws(name))
        .map(|(format, _)| format)
}

impl Wire {
    /// The format of a field in a version of the standard (the MTI's first digit).
    pub(crate) fn format(&self, mti: &str, field: u8) -> Option<Format> {
        let standard = match mti.as_bytes()[0] {
            b'1' => super::tables::ISO1993,
            _ => super::tables::ISO1987,
        };
        let own = match mti.as_bytes()[0] {
            b'1' => None,
            _ => look_up(self.own_fields, field),
        };
        own.or_else(|| look_up(standard, field)).filter(|row| !row.is_empty()).map(Format::parse)
    }

    fn write_digits(&self, text: &str, format: Format, filler: u8) -> Vec<u8> {
        match self.digits {
            Digits::Packed => packed(text, format, filler),
            _ => self.text.encode(text),
        }
    }

    fn write_length(&self, count: usize, digits: usize) -> Vec<u8> {
        let text = format!("{count:0digits$}");
        match self.digits {
            Digits::Packed => {
                let even = if !digits.is_multiple_of(2) { format!("0{text}") } else { text };
                pairs(&even)
            }
            Digits::Ascii => text.into_bytes(),
            Digits::Ebcdic => Charset::Ebcdic037.encode(&text),
        }
    }

    /// A field's content, and what its length counts: digits, characters or bytes.
    fn write_value(&self, value: &Value, format: Format, filler: u8) -> (Vec<u8>, usize) {
        match (format.class, value) {
            ("n" | "z", Value::Text(text)) => (self.write_digits(text, format, filler), text.len()),
            ("x", Value::Text(text)) => {
                let mut bytes = self.text.encode(&text[..1]);
                bytes.extend(self.write_digits(&text[1..], format, filler));
                (bytes, text.len())
            }
            // jPOS's `IFA_LLBINARY` counts bytes; as text it would be digits.
            ("b" | "h", Value::Bytes(bytes)) if self.hex_binary => {
                let hex: String = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
                let count = if format.class == "h" { hex.len() } else { bytes.len() };
                (hex.into_bytes(), count)
            }
            (_, Value::Bytes(bytes)) => (bytes.clone(), bytes.len()),
            (_, Value::Text(text)) => {
                let bytes = self.text.encode(text);
                let count = bytes.len();
                (bytes, count)
            }
        }
    }

    /// Writes a message.
    pub(crate) fn write(&self, sheet: &Sheet) -> Written {
        let mut bytes = sheet.header.clone();
        let start = bytes.len();
        bytes.extend(match self.digits {
            Digits::Packed => pairs(&sheet.mti),
            _ => self.text.encode(&sheet.mti),
        });
        let mti = start..bytes.len();
        bytes.extend(self.write_bitmap(sheet));
        let bitmap = mti.end..bytes.len();
        let mut parts = Vec::new();
        for (field, value) in &sheet.fields {
            let format = self.format(&sheet.mti, *field).expect("only fields of the table");
            let (content, count) = self.write_value(value, format, sheet.filler);
            let start = bytes.len();
            if format.length_digits > 0 {
                bytes.extend(self.write_length(count, format.length_digits));
            }
            let length = start..bytes.len();
            bytes.extend(content);
            parts.push(Part { field: *field, content: length.end..bytes.len(), length });
        }
        Written { bytes, mti, bitmap, parts }
    }

    /// Bit 1 is the leftmost; it says that a second bitmap follows.
    fn write_bitmap(&self, sheet: &Sheet) -> Vec<u8> {
        let mut bits = 0u128;
        for field in sheet.fields.keys() {
            bits |= 1 << (128 - u32::from(*field));
        }
        let is_second = sheet.second_bitmap || sheet.fields.keys().any(|field| *field > 64);
        if is_second {
            bits |= 1 << 127;
        }
        let bytes = &bits.to_be_bytes()[..if is_second { 16 } else { 8 }];
        if self.hex_bitmap {
            bytes.iter().flat_map(|byte| format!("{byte:02X}").into_bytes()).collect()
        } else {
            bytes.to_vec()
        }
    }
}

/// Two digits a byte; an odd fixed field is filled with 0 at its left (jPOS's
/// `IFB_NUMERIC`), an odd variable one at its right.
fn packed(text: &str, format: Format, filler: u8) -> Vec<u8> {
    let text = text.replace('=', "D");
    if text.len().is_multiple_of(2) {
        return pairs(&text);
    }
    if format.length_digits > 0 {
        return pairs(&format!("{text}{filler:X}"));
    }
    pairs(&if format.right { format!("{text}0") } else { format!("0{text}") })
}

/// Bytes from an even number of hexadecimal digits.
fn pairs(text: &str) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).unwrap() as u8;
    text.as_bytes().chunks(2).map(|pair| digit(pair[0]) * 16 + digit(pair[1])).collect()
}
