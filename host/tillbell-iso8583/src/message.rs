//! The fields of one message, found but not yet opened.

use std::ops::Range;

use tillbell_transaction::{Error, Result};

use crate::alarms::Alarms;
use crate::dialect::{
    Bitmap, Charset, Content, FIELDS, Field, Indicator, Length, Packing, Page, Side, Table,
    Version, Written,
};
use crate::value::{VALUE_CHARACTERS_MAX, Value};

/// The longest message that is read, in bytes.
pub const MESSAGE_BYTES_MAX: usize = 8 * 1024;

/// A part of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place<'a> {
    Header(&'a str),
    Mti,
    Bitmap,
    Field(usize),
}

/// Digits are the same in all pages.
const EBCDIC: Charset = Charset::Ebcdic(Page::P037);

/// One message: where its fields stand.
pub(crate) struct Message<'a> {
    bytes: &'a [u8],
    pub(crate) mti: Value,
    pub(crate) version: &'a Version,
    /// First byte, and number of characters; nothing for an absent field.
    spans: [(u16, u16); FIELDS],
    /// Fields that were left out already.
    pub(crate) alarms: Alarms,
}

impl<'a> Message<'a> {
    /// Finds every field of a message by the dialect's table.
    ///
    /// # Errors
    /// Names the field and the byte (counted from 1) of what is missing, cut,
    /// over its length, not in the table, or left over.
    pub(crate) fn scan(table: &'a Table, bytes: &'a [u8]) -> Result<Self> {
        let (message, done) = Self::scan_seen(table, bytes, |_, _| {});
        done?;
        message.ok_or_else(|| Error::new("", "empty message"))
    }

    /// The same, with a look at each part as it is found: what stands there, and which bytes.
    /// Of a message that is wrong, what was found before.
    pub(crate) fn scan_seen(
        table: &'a Table,
        bytes: &'a [u8],
        mut seen: impl FnMut(Place<'a>, Range<usize>),
    ) -> (Option<Self>, Result<()>) {
        let mut message = None;
        let done = Self::scan_into(table, bytes, &mut message, &mut seen);
        (message, done)
    }

    fn scan_into(
        table: &'a Table,
        bytes: &'a [u8],
        out: &mut Option<Self>,
        seen: &mut impl FnMut(Place<'a>, Range<usize>),
    ) -> Result<()> {
        if bytes.len() > MESSAGE_BYTES_MAX {
            return Err(Error::new("", format!("message of over {MESSAGE_BYTES_MAX} bytes")));
        }
        let mut scan = Scan { bytes, at: 0 };
        for header in &table.headers {
            if header.starts_with.is_empty() || scan.begins_with(&header.starts_with) {
                let start = scan.at;
                scan.take(header.bytes, || header.name.clone())?;
                seen(Place::Header(&header.name), start..scan.at);
            }
        }
        let start = scan.at;
        let mti = scan.mti(table.mti)?;
        seen(Place::Mti, start..scan.at);
        let version = mti
            .as_bytes()
            .first()
            .and_then(|digit| table.versions[usize::from(digit - b'0')].as_deref())
            .ok_or_else(|| Error::new("MTI", "a version that the dialect has no table for"))?;
        let first = scan.at;
        let present = scan.bitmap("bitmap", table.bitmap)?;
        seen(Place::Bitmap, first..scan.at);
        let mut bitmap = u128::from(present) << 64;
        if present >> 63 == 1 || table.bitmap.is_always_double {
            let start = scan.at;
            let second = scan.bitmap("DE1", table.bitmap)?;
            seen(Place::Field(1), start..scan.at);
            bitmap |= u128::from(second);
            if second >> 63 == 1 {
                return Err(Error::new("DE65", "a third bitmap is not supported"));
            }
        }
        if bitmap << 1 == 0 {
            return Err(Error::new("bitmap", format!("no field is present at byte {}", first + 1)));
        }
        let message = out.insert(Self {
            bytes,
            mti,
            version,
            spans: [(0, 0); FIELDS],
            alarms: Alarms::default(),
        });
        // DE1 is the second bitmap itself.
        bitmap &= u128::MAX >> 1;
        while bitmap != 0 {
            let number = bitmap.leading_zeros() as usize + 1;
            bitmap &= u128::MAX.checked_shr(number as u32).unwrap_or(0);
            let field = version.fields[number].as_ref().ok_or_else(|| {
                Error::new(format!("DE{number}"), "not in the field table of the dialect")
            })?;
            let start = scan.at;
            message.spans[number] =
                scan.field(number, field, table.deciding[number], &mut message.alarms)?;
            seen(Place::Field(number), start..scan.at);
        }
        if scan.at < bytes.len() {
            let left = bytes.len() - scan.at;
            return Err(Error::new("", format!("{left} bytes left over at byte {}", scan.at + 1)));
        }
        Ok(())
    }

    /// The characters of a field, digits unpacked and blanks at the end
    /// removed; none where it is absent or blank.
    ///
    /// # Errors
    /// If digits are not digits, text is not printable ASCII, or either is
    /// longer than any field that is opened as a value.
    pub(crate) fn value(&self, number: usize) -> Result<Option<Value>> {
        let Some((field, bytes, characters)) = self.open(number) else {
            return Ok(None);
        };
        let wrong = |detail: &str| {
            let at = self.spans[number].0 + 1;
            Error::new(format!("DE{number}"), format!("{detail} at byte {at}"))
        };
        if characters > VALUE_CHARACTERS_MAX {
            return Err(wrong("too long to be read as a value"));
        }
        let value = match (field.content, field.packing) {
            (Content::Digits, Packing::Packed(side))
                if field.may_be_padded() && characters.is_multiple_of(2) =>
            {
                Value::unpack_padded(bytes, side).ok_or_else(|| wrong("not digits"))?
            }
            (Content::Digits, Packing::Packed(side)) => {
                Value::unpack(bytes, characters, side).ok_or_else(|| wrong("not digits"))?
            }
            (Content::Digits, _) => {
                Value::digits(bytes, field.charset).ok_or_else(|| wrong("not digits"))?
            }
            (Content::SignedDigits, packing) => {
                let (sign, digits) = bytes.split_first().ok_or_else(|| wrong("no sign"))?;
                let digits = match packing {
                    Packing::Packed(side) => Value::unpack(digits, characters, side),
                    _ => Value::digits(digits, field.charset),
                };
                let sign = field.charset.ascii(*sign);
                digits
                    .filter(|_| matches!(sign, b'C' | b'D'))
                    .and_then(|digits| digits.with_sign(sign))
                    .ok_or_else(|| wrong("not C or D and digits"))?
            }
            (Content::Text, _) => {
                Value::text(bytes, field.charset).ok_or_else(|| wrong("not printable ASCII"))?
            }
            (Content::Binary, _) => return Err(wrong("binary, which cannot be read as a value")),
        };
        Ok((!value.as_bytes().is_empty()).then_some(value))
    }

    /// The characters of a field; empty where it is absent or blank.
    ///
    /// # Errors
    /// As [`Message::value`].
    pub(crate) fn owned(&self, number: usize) -> Result<String> {
        Ok(self.value(number)?.map(|value| value.as_str().into()).unwrap_or_default())
    }

    /// Whether a field is C or D and digits in this version.
    pub(crate) fn is_signed(&self, number: usize) -> bool {
        self.version.fields[number].is_some_and(|field| field.content == Content::SignedDigits)
    }

    /// The bytes of a text field as they are, and how they are written; none where it is
    /// absent.
    pub(crate) fn text(&self, number: usize) -> Option<(&'a [u8], Charset)> {
        let (field, bytes, _) = self.open(number)?;
        (field.content == Content::Text).then_some((bytes, field.charset))
    }

    /// A field as it is shown to people: its digits or text, binary in hex; none of what is
    /// never opened, and what cannot be read as what it should be in words.
    pub(crate) fn shown(&self, number: usize) -> Option<String> {
        let (field, bytes, _) = self.open(number)?;
        Some(match field.content {
            Content::Text => {
                field.charset.decode(bytes).unwrap_or_else(|| "not in the dialect's charset".into())
            }
            // In hex digits already.
            Content::Binary if field.packing == Packing::Hex => {
                Charset::Utf8.decode(bytes).unwrap_or_else(|| "not hex digits".into())
            }
            Content::Binary => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
            _ => match self.value(number) {
                Ok(value) => value.map_or(String::new(), |value| value.as_str().to_owned()),
                Err(error) => error.detail().to_owned(),
            },
        })
    }

    /// The side at which a digit of a field is, if a zero at the other side may fill a byte up.
    pub(crate) fn may_be_padded(&self, number: usize) -> Option<Side> {
        let field = self.version.fields[number].filter(Field::may_be_padded)?;
        let is_even = usize::from(self.spans[number].1).is_multiple_of(2);
        match field.packing {
            Packing::Packed(side) if is_even => Some(side),
            _ => None,
        }
    }

    /// Where a part of the message stands in it.
    pub(crate) fn place_of(&self, part: &[u8]) -> Range<usize> {
        let start = part.as_ptr().addr().saturating_sub(self.bytes.as_ptr().addr());
        start..start + part.len()
    }

    /// The bytes of a field that may be opened, and its characters.
    pub(crate) fn open(&self, number: usize) -> Option<(&'a Field, &'a [u8], usize)> {
        let (start, characters) = self.spans[number];
        let field = self.version.fields[number].as_ref().filter(|field| !field.dropped)?;
        if start == 0 {
            return None;
        }
        let (start, characters) = (usize::from(start), usize::from(characters));
        Some((field, &self.bytes[start..start + field.bytes(characters)], characters))
    }
}

/// A place in a message.
struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Scan<'a> {
    fn begins_with(&self, nibbles: &[u8]) -> bool {
        let rest = &self.bytes[self.at..];
        nibbles.len() <= rest.len() * 2
            && nibbles.iter().enumerate().all(|(index, want)| {
                let byte = rest[index / 2];
                *want == if index % 2 == 0 { byte >> 4 } else { byte & 15 }
            })
    }

    fn take(&mut self, length: usize, name: impl FnOnce() -> String) -> Result<&'a [u8]> {
        let rest = &self.bytes[self.at..];
        let Some(taken) = rest.get(..length) else {
            let at = self.at + 1;
            let detail = format!("{length} bytes at byte {at}, and {} are left", rest.len());
            return Err(Error::new(name(), detail));
        };
        self.at += length;
        Ok(taken)
    }

    fn mti(&mut self, written: Written) -> Result<Value> {
        let start = self.at;
        let bytes = self.take(written.bytes(4), || "MTI".into())?;
        let digits = match written {
            Written::Bcd | Written::Binary => Value::unpack(bytes, 4, Side::Left),
            Written::Ascii => Value::digits(bytes, Charset::Utf8),
            Written::Ebcdic => Value::digits(bytes, EBCDIC),
        };
        digits.ok_or_else(|| {
            let hint = self.looks_like(start, written).unwrap_or_default();
            Error::new("MTI", format!("not four digits at byte {}{hint}", start + 1))
        })
    }

    /// What else the MTI could be, in words.
    fn looks_like(&self, start: usize, written: Written) -> Option<&'static str> {
        let bytes = self.bytes.get(start..start + 4)?;
        let are_digits = |charset| Value::digits(bytes, charset).is_some();
        if written != Written::Ascii && are_digits(Charset::Utf8) {
            return Some(": looks like ASCII, and the dialect says otherwise (encoding.mti)");
        }
        if written != Written::Ebcdic && are_digits(EBCDIC) {
            return Some(": looks like EBCDIC, and the dialect says otherwise (encoding.mti)");
        }
        let is_packed = bytes[0] >> 4 <= 1 && Value::unpack(&bytes[..2], 4, Side::Left).is_some();
        if written != Written::Bcd && is_packed {
            return Some(": looks like BCD, and the dialect says otherwise (encoding.mti)");
        }
        (bytes[0] == 0x60).then_some(": looks like a TPDU, for which the dialect has no header")
    }

    fn bitmap(&mut self, name: &str, bitmap: Bitmap) -> Result<u64> {
        let start = self.at;
        let Some(charset) = bitmap.hex else {
            let bytes = self.take(8, || name.into())?;
            return Ok(bytes.iter().fold(0, |bits, byte| bits << 8 | u64::from(*byte)));
        };
        self.take(16, || name.into())?
            .iter()
            .try_fold(0, |bits, byte| {
                let digit = char::from(charset.ascii(*byte)).to_digit(16)?;
                Some(bits << 4 | u64::from(digit))
            })
            .ok_or_else(|| Error::new(name, format!("not 16 hex digits at byte {}", start + 1)))
    }

    /// Skips a field by its length; its first byte and its characters.
    fn field(
        &mut self,
        number: usize,
        field: &Field,
        decides: bool,
        alarms: &mut Alarms,
    ) -> Result<(u16, u16)> {
        let name = || format!("DE{number}");
        let characters = match field.length {
            Length::Fixed(characters) => usize::from(characters),
            Length::Variable { indicator, max } => {
                let start = self.at;
                let length = self.length(indicator, name)?;
                let characters = field.characters(length, indicator.counts).ok_or_else(|| {
                    let detail = format!("a length that cuts a character at byte {}", start + 1);
                    Error::new(name(), detail)
                })?;
                let over = characters > usize::from(max) + usize::from(field.may_be_padded());
                if over {
                    let detail = format!("length {characters} at byte {}, limit {max}", start + 1);
                    let error = Error::new(name(), detail);
                    if decides || field.dropped {
                        return Err(error);
                    }
                    // It decides nothing, and where the next begins is known.
                    self.take(field.bytes(characters), name)?;
                    alarms.add(error);
                    return Ok((0, 0));
                }
                characters
            }
        };
        let start = self.at;
        self.take(field.bytes(characters), name)?;
        // A message is shorter than 2^16 bytes.
        Ok((start as u16, characters as u16))
    }

    /// The number of a length indicator: at most four digits or two bytes.
    fn length(&mut self, indicator: Indicator, name: impl Fn() -> String) -> Result<usize> {
        let Indicator { digits, written, .. } = indicator;
        let start = self.at;
        let bytes = self.take(written.bytes(usize::from(digits)), &name)?;
        let value = match written {
            Written::Ascii => Value::digits(bytes, Charset::Utf8),
            Written::Ebcdic => Value::digits(bytes, EBCDIC),
            Written::Bcd => Value::unpack(bytes, bytes.len() * 2, Side::Left),
            Written::Binary => {
                return Ok(bytes.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)));
            }
        };
        let number = value.and_then(|value| value.number()).ok_or_else(|| {
            Error::new(name(), format!("a length that is no number at byte {}", start + 1))
        })?;
        Ok(number as usize)
    }
}
