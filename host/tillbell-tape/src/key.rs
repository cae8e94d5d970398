use std::fmt;

use zeroize::Zeroizing;

/// The length of a key, in bytes.
pub const KEY_BYTES: usize = 32;
/// Hexadecimal digits of a key's name.
const NAME_DIGITS: usize = 8;

/// The key of tapes: whoever has it can find whose a substitute is by trying all values.
/// It never stands on a tape.
#[derive(Clone)]
pub struct TapeKey(pub(crate) Zeroizing<[u8; KEY_BYTES]>);

/// By what a key is told from others: 8 hexadecimal digits that say nothing of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyName(pub(crate) String);

impl TapeKey {
    /// A key of bytes that nobody can guess.
    pub fn new(bytes: [u8; KEY_BYTES]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Reads 64 hexadecimal digits; none if the text is anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.trim().as_bytes();
        if digits.len() != 2 * KEY_BYTES {
            return None;
        }
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        for (byte, pair) in key.iter_mut().zip(digits.chunks_exact(2)) {
            let digit = |digit: u8| char::from(digit).to_digit(16);
            *byte = (digit(pair[0])? * 16 + digit(pair[1])?) as u8;
        }
        Some(Self(key))
    }

    /// The key in hexadecimal digits, for its own file alone.
    pub fn digits(&self) -> Zeroizing<String> {
        let mut digits = Zeroizing::new(String::with_capacity(2 * KEY_BYTES));
        for byte in self.0.iter() {
            for half in [byte >> 4, byte & 15] {
                digits.push(char::from_digit(half.into(), 16).unwrap_or_default());
            }
        }
        digits
    }

    /// The key's name.
    pub fn name(&self) -> KeyName {
        let digest = blake3::keyed_hash(&self.0, b"tillbell tape key name");
        KeyName(digest.to_hex()[..NAME_DIGITS].to_owned())
    }
}

impl fmt::Debug for TapeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TapeKey(..)")
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_as_it_is_written_and_is_not_shown() {
        let key = TapeKey::new([0xa7; KEY_BYTES]);
        let again = TapeKey::parse(&format!("{}\n", key.digits().as_str())).unwrap();
        assert_eq!(*key.0, *again.0);
        assert_eq!(key.name(), again.name());
        assert_ne!(key.name(), TapeKey::new([0xa8; KEY_BYTES]).name());
        assert!(!format!("{key:?}").contains("a7"));
        assert!(TapeKey::parse("a7").is_none() && TapeKey::parse(&"x".repeat(64)).is_none());
    }
}
