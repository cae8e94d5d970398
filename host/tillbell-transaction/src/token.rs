use std::fmt;

use zeroize::Zeroizing;

use crate::{Card, Error, Pan, Result, Transaction};

/// Hexadecimal digits of a token.
const TOKEN_DIGITS: usize = 32;

/// The key by which a platform makes tokens of card numbers, where its sources
/// send the number and no token.
///
/// A token stands for a card in tables and rules: the same card has the same
/// token, and without the key nobody can tell whose it is. Whoever has the key can
/// find the number of a token by trying all: keep it as one keeps card numbers.
#[derive(Clone)]
pub struct TokenKey(Zeroizing<[u8; 32]>);

impl TokenKey {
    /// Reads a key of 32 bytes, written as 64 hexadecimal digits; space around
    /// them is left out.
    ///
    /// # Errors
    /// If the text is something else; it is not repeated.
    pub fn parse(text: &str) -> Result<Self> {
        let wrong = || Error::new("", "expected a key of 64 hexadecimal digits");
        let digits = text.trim().as_bytes();
        let mut key = Zeroizing::new([0; 32]);
        if digits.len() != 2 * key.len() {
            return Err(wrong());
        }
        let digit = |digit: u8| char::from(digit).to_digit(16).ok_or_else(wrong);
        for (byte, pair) in key.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = (digit(pair[0])? * 16 + digit(pair[1])?) as u8;
        }
        Ok(Self(key))
    }

    /// The token of a card: `tok_` and 32 hexadecimal digits, the first half of
    /// the number's keyed BLAKE3 digest.
    pub fn token(&self, pan: &Pan) -> String {
        let digest = blake3::keyed_hash(&self.0, pan.digits());
        format!("tok_{}", &digest.to_hex()[..TOKEN_DIGITS])
    }

    /// Gives a transaction that names its card by the number alone a token.
    pub fn name_card(&self, transaction: &mut Transaction) {
        self.name(&mut transaction.card);
    }

    /// Gives a card that is known by its number alone a token.
    pub fn name(&self, card: &mut Card) {
        if let (None, Some(pan)) = (&card.token, &card.pan) {
            card.token = Some(self.token(pan));
        }
    }
}

impl fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Record, json};

    const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1E1F";

    #[test]
    fn a_card_has_one_token_under_one_key() {
        let key = TokenKey::parse(&format!(" {KEY}\n")).unwrap();
        let other = TokenKey::parse(&KEY.replace("00", "ff")).unwrap();
        let pan = Pan::parse("4242424242424242").unwrap();
        let token = key.token(&pan);
        assert_eq!(token, key.token(&pan.clone()));
        assert_ne!(token, other.token(&pan));
        assert_ne!(token, key.token(&Pan::parse("5555555555554444").unwrap()));
        assert!(token.len() == 36 && token.starts_with("tok_"), "{token}");
        assert!(!format!("{key:?}").contains('0'));
    }

    #[test]
    fn what_is_no_key_is_refused_without_repeating_it() {
        for text in ["", "00", &KEY[1..], &KEY.replace('A', "g"), &format!("{KEY}00")] {
            let error = TokenKey::parse(text).unwrap_err();
            assert_eq!(error.to_string(), "expected a key of 64 hexadecimal digits");
        }
    }

    #[test]
    fn a_sources_own_token_stays() {
        let key = TokenKey::parse(KEY).unwrap();
        let read = |card: &str| {
            let text = format!(
                r#"{{"kind":"purchase","approval":"approved","amount":{{"minor_units":1,"currency":"CNY"}},"time":"2026-11-20T08:31:05+08:00","card":{card},"merchant":{{"name":"x"}}}}"#
            );
            let Record::Transaction(mut transaction) = json::read(text.as_bytes()).unwrap() else {
                panic!("no transaction")
            };
            key.name_card(&mut transaction);
            transaction.card.token
        };
        let own = read(r#"{"pan":"4242424242424242","token":"theirs"}"#);
        assert_eq!(own.as_deref(), Some("theirs"));
        let pan = Pan::parse("4242424242424242").unwrap();
        assert_eq!(read(r#"{"pan":"4242424242424242"}"#), Some(key.token(&pan)));
        assert_eq!(read(r#"{"bin":"424242","last4":"4242"}"#), None);
    }
}
