//! Parts of a field: by tag, by position.
//!
//! Networks put what they have of their own into DE48, DE60 to 63 and DE104 to 127: elements
//! with a tag and a length, in characters or as BER (ISO 8825-1), or values at fixed places.
//! A dialect names such a part as `48/F2`, `48/F2[0,12]`, `104/70/9F02 hex` or `60[2,3]`.

use std::borrow::Cow;
use std::ops::Range;

use tillbell_transaction::{Error, Result};

use crate::dialect::{Charset, Content, Divided, FieldPart, Packing};
use crate::message::Message;
use crate::value::Value;

/// Elements of one field, at the most.
const ELEMENTS_MAX: usize = 128;
/// The longest length of a BER element: two bytes of it.
const BER_LENGTH_BYTES_MAX: usize = 2;

impl Message<'_> {
    /// The characters of a part of a field, as [`Message::value`] gives those of a whole one;
    /// none where the field, its element or the place within it is absent or blank.
    ///
    /// # Errors
    /// Names the field, and the tag, of elements that do not end where the field does, that
    /// stand there twice and differ, or that are not what they are read as.
    pub(crate) fn part(&self, part: &FieldPart) -> Result<Option<Value>> {
        if part.is_whole() {
            return self.value(part.field);
        }
        let Some((bytes, charset)) = self.part_bytes(part)? else { return Ok(None) };
        let value = Value::text(&bytes, charset)
            .ok_or_else(|| Error::new(part.to_string(), "not printable ASCII, or too long"))?;
        Ok((!value.as_str().is_empty()).then_some(value))
    }

    /// The text of a part of a field, in its charset; none where it is absent or blank.
    ///
    /// # Errors
    /// As [`Message::part`], and of what is not in the charset.
    pub(crate) fn part_text(&self, part: &FieldPart) -> Result<Option<String>> {
        let Some((bytes, charset)) = self.part_bytes(part)? else { return Ok(None) };
        let text = charset
            .decode(&bytes)
            .ok_or_else(|| Error::new(part.to_string(), "not in the dialect's charset"))?;
        Ok((!text.is_empty()).then_some(text))
    }

    /// The elements of a field that is divided, up to one that the field cuts: tag, bytes of
    /// the value, and the value as it is shown to people.
    pub(crate) fn elements(&self, number: usize) -> Vec<(String, Range<usize>, String)> {
        let Some((field, bytes, _)) = self.open(number) else { return Vec::new() };
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02X}")).collect();
        let shown = |bytes: &[u8]| field.charset.decode(bytes).unwrap_or_else(|| hex(bytes));
        match field.divided {
            None => Vec::new(),
            Some(Divided::Characters { tag, length }) => {
                let (of_tag, length) = (usize::from(tag), usize::from(length));
                Elements { rest: bytes, charset: field.charset, of_tag, length }
                    .map_while(Result::ok)
                    .take(ELEMENTS_MAX)
                    .map(|(tag, value)| (shown(tag), self.place_of(value), shown(value)))
                    .collect()
            }
            Some(Divided::Ber) => BerElements { rest: bytes }
                .map_while(Result::ok)
                .take(ELEMENTS_MAX)
                .map(|(tag, value)| (hex(tag), self.place_of(value), hex(value)))
                .collect(),
        }
    }

    /// The characters of a part of a field, and how they are written.
    fn part_bytes(&self, part: &FieldPart) -> Result<Option<(Cow<'_, [u8]>, Charset)>> {
        let Some((field, bytes, _)) = self.open(part.field) else { return Ok(None) };
        if matches!(field.content, Content::Digits | Content::SignedDigits) {
            // Packed or not makes no difference to where a digit stands.
            let Some(value) = self.value(part.field)? else { return Ok(None) };
            let own = part.of(value.as_str().as_bytes());
            return Ok(own.map(|own| (own.to_vec().into(), Charset::Utf8)));
        }
        let within = |error: Error| Error::new(part.to_string(), error.detail());
        let mut bytes = bytes;
        for tag in &part.tags {
            let found = match field.divided {
                Some(Divided::Characters { tag: of_tag, length }) => {
                    let (of_tag, length) = (usize::from(of_tag), usize::from(length));
                    let elements = Elements { rest: bytes, charset: field.charset, of_tag, length };
                    find(elements, |own| is_written(own, tag, field.charset))
                }
                Some(Divided::Ber) => find(BerElements { rest: bytes }, |own| is_hex(own, tag)),
                None => Err(Error::new("", "in this version the field is not divided")),
            };
            let Some(value) = found.map_err(within)? else { return Ok(None) };
            bytes = value;
        }
        if part.is_hex && field.packing != Packing::Hex {
            let digits: String = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
            let own = part.of(digits.as_bytes()).map(<[u8]>::to_vec);
            return Ok(own.map(|own| (own.into(), Charset::Utf8)));
        }
        Ok(part.of(bytes).map(|own| (own.into(), field.charset)))
    }
}

/// Whether a tag in characters is this one.
fn is_written(own: &[u8], tag: &str, charset: Charset) -> bool {
    own.iter().map(|byte| charset.ascii(*byte)).eq(tag.bytes())
}

/// Whether a tag in bytes is this one in hex.
fn is_hex(own: &[u8], tag: &str) -> bool {
    own.len() * 2 == tag.len()
        && own.iter().zip(tag.as_bytes().as_chunks::<2>().0).all(|(byte, [high, low])| {
            let digit = |letter: u8| char::from(letter).to_digit(16);
            digit(*high).zip(digit(*low)) == Some((u32::from(byte >> 4), u32::from(byte & 15)))
        })
}

/// The value of the element with a tag; all elements are looked at, so that one that runs over
/// the end is seen wherever it stands.
fn find<'a>(
    elements: impl Iterator<Item = Result<(&'a [u8], &'a [u8])>>,
    is_own: impl Fn(&[u8]) -> bool,
) -> Result<Option<&'a [u8]>> {
    let mut found: Option<&[u8]> = None;
    for (count, element) in elements.enumerate() {
        let (tag, value) = element?;
        if count == ELEMENTS_MAX {
            return Err(Error::new("", format!("over {ELEMENTS_MAX} elements")));
        }
        if !is_own(tag) {
            continue;
        }
        if found.is_some_and(|other| other != value) {
            return Err(Error::new("", "stands there twice, and differs"));
        }
        found = Some(value);
    }
    Ok(found)
}

/// Elements of a tag and a length in characters: `02003ABC`.
struct Elements<'a> {
    rest: &'a [u8],
    charset: Charset,
    of_tag: usize,
    length: usize,
}

impl<'a> Iterator for Elements<'a> {
    type Item = Result<(&'a [u8], &'a [u8])>;

    fn next(&mut self) -> Option<Self::Item> {
        let is_blank = |byte: &u8| matches!(self.charset.ascii(*byte), b' ' | 0);
        if self.rest.iter().all(is_blank) {
            return None;
        }
        let element = self.element();
        if element.is_none() {
            self.rest = &[];
        }
        Some(element.ok_or_else(|| Error::new("", "an element that the field cuts")))
    }
}

impl<'a> Elements<'a> {
    fn element(&mut self) -> Option<(&'a [u8], &'a [u8])> {
        let (tag, rest) = self.rest.split_at_checked(self.of_tag)?;
        let (length, rest) = rest.split_at_checked(self.length)?;
        let length = Value::digits(length, self.charset)?.number()?;
        let (value, rest) = rest.split_at_checked(usize::try_from(length).ok()?)?;
        self.rest = rest;
        Some((tag, value))
    }
}

/// Elements as BER has them: tags of up to four bytes, lengths of up to two.
struct BerElements<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for BerElements<'a> {
    type Item = Result<(&'a [u8], &'a [u8])>;

    fn next(&mut self) -> Option<Self::Item> {
        // What may fill up between elements (EMV book 3, annex B).
        let filling = self.rest.iter().take_while(|byte| matches!(byte, 0 | 0xff)).count();
        self.rest = &self.rest[filling..];
        if self.rest.is_empty() {
            return None;
        }
        let element = self.element();
        if element.is_none() {
            self.rest = &[];
        }
        Some(element.ok_or_else(|| Error::new("", "an element that the field cuts")))
    }
}

impl<'a> BerElements<'a> {
    fn element(&mut self) -> Option<(&'a [u8], &'a [u8])> {
        let of_tag = match self.rest.first()? & 0x1f {
            0x1f => 2 + self.rest[1..].iter().take(3).take_while(|byte| **byte > 0x7f).count(),
            _ => 1,
        };
        let (tag, rest) = self.rest.split_at_checked(of_tag)?;
        let (first, rest) = rest.split_first()?;
        let (length, rest) = match first {
            0..=0x7f => (usize::from(*first), rest),
            _ => {
                let bytes = usize::from(first & 0x7f);
                let is_read = (1..=BER_LENGTH_BYTES_MAX).contains(&bytes);
                let (length, rest) = rest.split_at_checked(bytes).filter(|_| is_read)?;
                (length.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)), rest)
            }
        };
        let (value, rest) = rest.split_at_checked(length)?;
        self.rest = rest;
        Some((tag, value))
    }
}
