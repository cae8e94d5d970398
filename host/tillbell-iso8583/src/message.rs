//! The fields of one message, found but not yet opened.

use tillbell_transaction::{Error, Result};

use crate::dialect::{Content, FIELDS, Field, Length, Packing, Side, Table, Version};
use crate::value::{VALUE_CHARACTERS_MAX, Value};

/// The longest message that is read, in bytes.
pub const MESSAGE_BYTES_MAX: usize = 8 * 1024;

/// One message: where its fields stand.
pub(crate) struct Message<'a> {
    bytes: &'a [u8],
    pub(crate) mti: Value,
    pub(crate) version: &'a Version,
    /// First byte, and number of characters; nothing for an absent field.
    spans: [(u16, u16); FIELDS],
}

impl<'a> Message<'a> {
    /// Finds every field of a message by the dialect's table.
    ///
    /// # Errors
    /// Names the field and the byte (counted from 1) of what is missing, cut,
    /// over its length, not in the table, or left over.
    pub(crate) fn scan(table: &'a Table, bytes: &'a [u8]) -> Result<Self> {
        if bytes.len() > MESSAGE_BYTES_MAX {
            return Err(Error::new("", format!("message of over {MESSAGE_BYTES_MAX} bytes")));
        }
        let mut scan = Scan { bytes, at: 0 };
        for header in &table.headers {
            if scan.begins_with(&header.starts_with) {
                scan.take(header.bytes, || "header".into())?;
            }
        }
        let mti = scan.mti(table.packed_mti)?;
        let version = mti
            .as_str()
            .bytes()
            .next()
            .and_then(|digit| table.versions[usize::from(digit - b'0')].as_deref())
            .ok_or_else(|| Error::new("MTI", "a version that the dialect has no table for"))?;
        let (first, mut present) = (scan.at, scan.bitmap("bitmap", table.hex_bitmap)?);
        let mut bitmap = u128::from(present) << 64;
        if present >> 63 == 1 {
            present = scan.bitmap("DE1", table.hex_bitmap)?;
            bitmap |= u128::from(present);
            if present >> 63 == 1 {
                return Err(Error::new("DE65", "a third bitmap is not supported"));
            }
        }
        if bitmap << 1 == 0 {
            return Err(Error::new("bitmap", format!("no field is present at byte {}", first + 1)));
        }
        let mut spans = [(0, 0); FIELDS];
        // DE1 is the second bitmap itself.
        bitmap &= u128::MAX >> 1;
        while bitmap != 0 {
            let number = bitmap.leading_zeros() as usize + 1;
            bitmap &= u128::MAX.checked_shr(number as u32).unwrap_or(0);
            let field = version.fields[number].as_ref().ok_or_else(|| {
                Error::new(format!("DE{number}"), "not in the field table of the dialect")
            })?;
            spans[number] = scan.field(number, field, table.packed_lengths)?;
        }
        if scan.at < bytes.len() {
            let left = bytes.len() - scan.at;
            return Err(Error::new("", format!("{left} bytes left over at byte {}", scan.at + 1)));
        }
        Ok(Self { bytes, mti, version, spans })
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
            (Content::Digits, Packing::Packed(side)) => {
                Value::unpack(bytes, characters, side).ok_or_else(|| wrong("not digits"))?
            }
            (Content::Digits, _) => Value::digits(bytes).ok_or_else(|| wrong("not digits"))?,
            (Content::SignedDigits, packing) => {
                let (sign, digits) = bytes.split_first().ok_or_else(|| wrong("no sign"))?;
                let digits = match packing {
                    Packing::Packed(side) => Value::unpack(digits, characters, side),
                    _ => Value::digits(digits),
                };
                digits
                    .filter(|_| matches!(sign, b'C' | b'D'))
                    .and_then(|digits| digits.with_sign(*sign))
                    .ok_or_else(|| wrong("not C or D and digits"))?
            }
            (Content::Text, _) => Value::text(bytes).ok_or_else(|| wrong("not printable ASCII"))?,
            (Content::Binary, _) => return Err(wrong("binary, which cannot be read as a value")),
        };
        Ok((!value.as_str().is_empty()).then_some(value))
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

    /// The bytes of a text field as they are; none where it is absent.
    pub(crate) fn text(&self, number: usize) -> Option<&'a [u8]> {
        let (field, bytes, _) = self.open(number)?;
        (field.content == Content::Text).then_some(bytes)
    }

    /// The bytes of a field that may be opened, and its characters.
    fn open(&self, number: usize) -> Option<(&'a Field, &'a [u8], usize)> {
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

    fn mti(&mut self, packed: bool) -> Result<Value> {
        let start = self.at;
        let bytes = self.take(if packed { 2 } else { 4 }, || "MTI".into())?;
        let digits =
            if packed { Value::unpack(bytes, 4, Side::Left) } else { Value::digits(bytes) };
        digits.ok_or_else(|| Error::new("MTI", format!("not four digits at byte {}", start + 1)))
    }

    fn bitmap(&mut self, name: &str, hex: bool) -> Result<u64> {
        let start = self.at;
        let bytes = self.take(if hex { 16 } else { 8 }, || name.into())?;
        if !hex {
            return Ok(bytes.iter().fold(0, |bits, byte| bits << 8 | u64::from(*byte)));
        }
        bytes
            .iter()
            .try_fold(0, |bits, byte| {
                char::from(*byte).to_digit(16).map(|digit| bits << 4 | u64::from(digit))
            })
            .ok_or_else(|| Error::new(name, format!("not 16 hex digits at byte {}", start + 1)))
    }

    /// Skips a field by its length; its first byte and its characters.
    fn field(&mut self, number: usize, field: &Field, packed: bool) -> Result<(u16, u16)> {
        let name = || format!("DE{number}");
        let characters = match field.length {
            Length::Fixed(characters) => usize::from(characters),
            Length::Variable { digits, max } => {
                let (start, digits) = (self.at, usize::from(digits));
                let bytes = self.take(if packed { digits.div_ceil(2) } else { digits }, name)?;
                let length = if packed {
                    Value::unpack(bytes, bytes.len() * 2, Side::Left)
                } else {
                    Value::digits(bytes)
                };
                let length = length.and_then(|length| length.number()).ok_or_else(|| {
                    Error::new(name(), format!("a length that is no number at byte {}", start + 1))
                })?;
                if length > u64::from(max) {
                    let detail = format!("length {length} at byte {}, limit {max}", start + 1);
                    return Err(Error::new(name(), detail));
                }
                // Below 1000, as the maximum is.
                length as usize
            }
        };
        let start = self.at;
        self.take(field.bytes(characters), name)?;
        // A message is shorter than 2^16 bytes.
        Ok((start as u16, characters as u16))
    }
}
