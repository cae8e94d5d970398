//! The characters of a field, unpacked.

use zeroize::Zeroize;

use crate::dialect::{Charset, Side};

/// The longest field that is read as a value: DE90, and room for a sign.
pub(crate) const VALUE_CHARACTERS_MAX: usize = 48;

/// Up to 48 printable ASCII characters on the stack, wiped when dropped: one
/// of them is the card number.
pub(crate) struct Value {
    characters: [u8; VALUE_CHARACTERS_MAX],
    length: usize,
}

impl Value {
    /// Digits, one a byte.
    pub(crate) fn digits(bytes: &[u8], charset: Charset) -> Option<Self> {
        Self::read(bytes, charset, |byte| byte.is_ascii_digit())
    }

    fn read(bytes: &[u8], charset: Charset, is_one: impl Fn(u8) -> bool) -> Option<Self> {
        let mut value = Self { characters: [0; VALUE_CHARACTERS_MAX], length: bytes.len() };
        let own = value.characters.get_mut(..bytes.len())?;
        own.copy_from_slice(bytes);
        if matches!(charset, Charset::Ebcdic(_)) {
            own.iter_mut().for_each(|byte| *byte = charset.ascii(*byte));
        }
        own.iter().all(|byte| is_one(*byte)).then_some(value)
    }

    /// So many digits, two a byte, at this side if they are odd in number; the half byte that
    /// is left is 0 or F.
    pub(crate) fn unpack(bytes: &[u8], digits: usize, side: Side) -> Option<Self> {
        let mut value = Self { characters: [0; VALUE_CHARACTERS_MAX], length: digits };
        let is_odd = digits % 2 == 1;
        let skip = usize::from(is_odd && side == Side::Right);
        if digits > VALUE_CHARACTERS_MAX || bytes.len() != digits.div_ceil(2) {
            return None;
        }
        let nibble = |at: usize| match at % 2 {
            0 => bytes[at / 2] >> 4,
            _ => bytes[at / 2] & 15,
        };
        // What fills a byte up is 0 or F: else the digits stand at the other side.
        let padding = if side == Side::Right { 0 } else { digits };
        if is_odd && !matches!(nibble(padding), 0 | 15) {
            return None;
        }
        for (index, character) in value.characters[..digits].iter_mut().enumerate() {
            let digit = nibble(index + skip);
            if digit > 9 {
                return None;
            }
            *character = b'0' + digit;
        }
        Some(value)
    }

    /// Digits, two a byte, of which the half byte at the other side may be F, and then none.
    pub(crate) fn unpack_padded(bytes: &[u8], side: Side) -> Option<Self> {
        let is_filled = match side {
            Side::Left => bytes.last().is_some_and(|byte| byte & 15 == 15),
            Side::Right => bytes.first().is_some_and(|byte| byte >> 4 == 15),
        };
        Self::unpack(bytes, bytes.len() * 2 - usize::from(is_filled), side)
    }

    /// The digits but for the last.
    pub(crate) fn without_last(&self) -> &str {
        &self.as_str()[..self.length.saturating_sub(1)]
    }

    /// Printable ASCII, without the blanks and NULs that fill it up.
    pub(crate) fn text(bytes: &[u8], charset: Charset) -> Option<Self> {
        let space = if matches!(charset, Charset::Ebcdic(_)) { 0x40 } else { b' ' };
        let is_blank = |byte: &u8| *byte == space || *byte == 0;
        let end = bytes.iter().rposition(|byte| !is_blank(byte)).map_or(0, |at| at + 1);
        Self::read(&bytes[..end], charset, |byte| matches!(byte, 0x20..=0x7e))
    }

    /// The same behind a sign.
    pub(crate) fn with_sign(&self, sign: u8) -> Option<Self> {
        let mut value = Self { characters: [0; VALUE_CHARACTERS_MAX], length: self.length + 1 };
        value.characters.get_mut(1..value.length)?.copy_from_slice(self.as_bytes());
        value.characters[0] = sign;
        Some(value)
    }

    /// The characters, each a byte.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.characters[..self.length]
    }

    pub(crate) fn as_str(&self) -> &str {
        std::str::from_utf8(self.as_bytes()).expect("ASCII is UTF-8")
    }

    /// The value as a number, if it is at most 18 digits.
    pub(crate) fn number(&self) -> Option<u64> {
        number(self.as_str())
    }
}

/// At most 18 digits as a number.
pub(crate) fn number(digits: &str) -> Option<u64> {
    let valid = (1..=18).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    valid.then(|| digits.bytes().fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0')))
}

impl Drop for Value {
    fn drop(&mut self) {
        self.characters.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_digits_stand_at_their_side() {
        assert_eq!(Value::unpack(&[0x12, 0x30], 3, Side::Left).unwrap().as_str(), "123");
        assert_eq!(Value::unpack(&[0x01, 0x23], 3, Side::Right).unwrap().as_str(), "123");
        assert_eq!(Value::unpack(&[0x12, 0x3f], 3, Side::Left).unwrap().as_str(), "123");
        assert!(Value::unpack(&[0x1a, 0x30], 3, Side::Left).is_none());
        assert!(Value::unpack(&[0x12], 3, Side::Left).is_none());
        assert!(Value::unpack(&[0; 25], 50, Side::Left).is_none());
    }

    #[test]
    fn text_is_printable_and_without_its_filling() {
        assert_eq!(Value::text(b"00000312\0\0 ", Charset::Utf8).unwrap().as_str(), "00000312");
        assert_eq!(Value::text(b"    ", Charset::Utf8).unwrap().as_str(), "");
        assert!(Value::text(b"a\nb", Charset::Utf8).is_none());
        assert!(Value::text("é".as_bytes(), Charset::Utf8).is_none());
        assert!(Value::text(&[b'a'; 49], Charset::Utf8).is_none());
    }
}
