use std::fmt;
use std::ops::Range;

use zeroize::Zeroizing;

use crate::{Error, Result};

/// A full card number: the one type that holds it.
///
/// It has no `Debug`, `Display`, `Serialize` or public accessor to all digits;
/// it is wiped from memory when it is dropped. What may go on is its [`Bin`]
/// and its [`Last4`]; [`Pan::is_within`] lets the guard look for it in a text.
#[derive(Clone)]
pub struct Pan(Zeroizing<Vec<u8>>);

impl Pan {
    /// Reads 12 to 19 ASCII digits, the first of them not 0. (13 to 19 by ISO/IEC 7812; some domestic
    /// debit cards have 12.) The check digit is not asked for: a source is
    /// believed, and what it names must be guarded either way.
    ///
    /// # Errors
    /// If the text is anything else; it is not repeated.
    pub fn parse(digits: &str) -> Result<Self> {
        let digits = digits.as_bytes();
        if !(12..=19).contains(&digits.len())
            || !digits.iter().all(u8::is_ascii_digit)
            || digits[0] == b'0'
        {
            return Err(Error::new("", "expected a card number of 12 to 19 digits, not from 0"));
        }
        Ok(Self(Zeroizing::new(digits.to_vec())))
    }

    /// The first eight digits, or six where the number is shorter than 16
    /// digits: what truncation may leave (PCI DSS 3.4.1, by brand and length).
    pub fn bin(&self) -> Bin {
        let length = if self.0.len() >= 16 { 8 } else { 6 };
        Bin(number(&self.0[..length]))
    }

    /// The last four digits.
    pub fn last4(&self) -> Last4 {
        // Four digits are below 10,000.
        Last4(number(&self.0[self.0.len() - 4..]) as u16)
    }

    /// How many digits it has: 12 to 19.
    pub fn digit_count(&self) -> u32 {
        self.0.len() as u32
    }

    /// For each of the digits 0 to 9 the places where it stands, as a bit set
    /// whose lowest bit is the first place: what a search in text works with.
    /// Wiped when it is dropped, as this is.
    pub fn places(&self) -> Zeroizing<[u32; 10]> {
        let mut places = Zeroizing::new([0; 10]);
        for (at, digit) in self.0.iter().enumerate() {
            places[usize::from(digit - b'0')] |= 1 << at;
        }
        places
    }

    /// Says whether this number stands in a run of ASCII digits.
    pub fn is_within(&self, digits: &[u8]) -> bool {
        digits.windows(self.0.len()).any(|window| window == self.0.as_slice())
    }

    /// All digits, in ASCII: to make a token of, and for nothing else.
    pub(crate) fn digits(&self) -> &[u8] {
        &self.0
    }

    /// Finds where this number stands in a text, whatever is between its
    /// digits.
    pub(crate) fn place_in(&self, text: &str) -> Option<Range<usize>> {
        place_of(text, self.0.len(), |index, digit| self.0[index] == digit)
    }

    /// Finds this number where a field cuts it, whatever is between its digits: at least so
    /// many of its first digits at a text's end, or of its last at the beginning. Whether it
    /// is the first ones, and their place.
    pub(crate) fn cut_in(&self, text: &str, digits_min: usize) -> Option<(bool, Range<usize>)> {
        let bytes = text.as_bytes();
        let digit = |at: &usize| bytes[*at].is_ascii_digit();
        let (first, last) = (bytes.first()?, bytes.last()?);
        if bytes.len() < digits_min || !(first.is_ascii_digit() || last.is_ascii_digit()) {
            return None;
        }
        // Of these lengths one may fit: the whole is no part. Another digit beside it makes it
        // another number.
        let lengths = || (digits_min..self.0.len()).rev();
        let places = |length: usize| (0..bytes.len()).filter(digit).take(length + 1);
        let places_from_end = |length: usize| (0..bytes.len()).rev().filter(digit).take(length + 1);
        if last.is_ascii_digit() {
            for length in lengths() {
                let own = self.0[..length].iter().rev();
                if own.eq(places_from_end(length).take(length).map(|at| &bytes[at])) {
                    let mut places = places_from_end(length).skip(length - 1);
                    let start = places.next()?;
                    let is_apart = places.next().is_none_or(|before| before + 1 < start);
                    return is_apart.then_some((true, start..bytes.len()));
                }
            }
        }
        let fits = |length: &usize| {
            let own = &self.0[self.0.len() - length..];
            own.iter().eq(places(*length).take(*length).map(|at| &bytes[at]))
        };
        let length = lengths().find(|length| first.is_ascii_digit() && fits(length))?;
        let mut places = places(length).skip(length - 1);
        let end = places.next()? + 1;
        places.next().is_none_or(|behind| behind > end).then_some((false, 0..end))
    }
}

/// Where as many digits stand in a text, whatever is between them, that are each, by their
/// index, what is asked for.
pub(crate) fn place_of(
    text: &str,
    length: usize,
    is_it: impl Fn(usize, u8) -> bool,
) -> Option<Range<usize>> {
    let digits = || text.bytes().enumerate().filter(|(_, byte)| byte.is_ascii_digit());
    if text.len() < length || digits().count() < length {
        return None;
    }
    let places: Vec<usize> = digits().map(|(place, _)| place).collect();
    let is_this = |window: &&[usize]| {
        window.iter().enumerate().all(|(index, place)| is_it(index, text.as_bytes()[*place]))
    };
    let found = places.windows(length).find(is_this)?;
    Some(found[0]..found[length - 1] + 1)
}

/// Whether digits in ASCII are a card number by their form: 13 to 19 of them, of an issuer's
/// range and its length, with a valid check digit. One of ten numbers within a range is,
/// by chance.
pub fn is_card_number(digits: &[u8]) -> bool {
    is_of_issuer_range(digits) && luhn(digits)
}

/// Issuer ranges with their lengths, as the networks publish them.
fn is_of_issuer_range(digits: &[u8]) -> bool {
    if digits.len() < 13 {
        return false;
    }
    let prefix = digits[..4].iter().fold(0u32, |sum, digit| sum * 10 + u32::from(digit - b'0'));
    let length = digits.len();
    match prefix {
        3400..=3499 | 3700..=3799 => length == 15,
        3000..=3059 | 3095 | 3600..=3699 | 3800..=3999 => (14..=19).contains(&length),
        3528..=3589 => (16..=19).contains(&length),
        4000..=4999 => matches!(length, 13 | 16 | 18 | 19),
        2221..=2720 | 5100..=5599 => length == 16,
        6200..=6299 | 8100..=8171 => (16..=19).contains(&length),
        6011 | 6440..=6599 => (16..=19).contains(&length),
        2200..=2204 => (16..=19).contains(&length),
        6000..=6999 | 5000..=5099 | 5600..=5899 => (13..=19).contains(&length),
        // Chinese debit cards from before 62 (9558, 95599, 95555, 9551), mada's, Troy's.
        9500..=9599 | 9682 | 9700..=9799 => (16..=19).contains(&length),
        // UATP.
        1354 => length == 15,
        _ => false,
    }
}

/// The check of ISO/IEC 7812, by the algorithm of Luhn.
pub fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(index, digit)| {
            let value = u32::from(digit - b'0');
            match (index % 2, value) {
                (0, _) => value,
                (_, 0..=4) => value * 2,
                _ => value * 2 - 9,
            }
        })
        .sum();
    sum.is_multiple_of(10)
}

fn number(digits: &[u8]) -> u32 {
    digits.iter().fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0'))
}

/// The first 6 or 8 digits of a card number, which name its issuer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bin(u32);

impl Bin {
    /// Reads 6 or 8 ASCII digits, the first of them not 0.
    ///
    /// # Errors
    /// If the text is anything else.
    pub fn parse(digits: &str) -> Result<Self> {
        let bytes = digits.as_bytes();
        let well_formed = matches!(bytes.len(), 6 | 8)
            && bytes.iter().all(u8::is_ascii_digit)
            && bytes[0] != b'0';
        if !well_formed {
            return Err(Error::new("", "expected the first 6 or 8 digits of the card number"));
        }
        Ok(Self(number(bytes)))
    }

    /// The digits as a number: 100000 to 999999, or 10000000 to 99999999.
    pub fn number(&self) -> u32 {
        self.0
    }

    /// How many digits it has: 6 or 8.
    pub fn digit_count(&self) -> u32 {
        if self.0 >= 10_000_000 { 8 } else { 6 }
    }

    /// The range of 8-digit numbers that begin with these digits.
    pub fn eight_digit_range(&self) -> (u32, u32) {
        match self.digit_count() {
            8 => (self.0, self.0),
            _ => (self.0 * 100, self.0 * 100 + 99),
        }
    }
}

impl fmt::Display for Bin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// The last four digits of a card number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Last4(u16);

impl Last4 {
    /// Reads exactly four ASCII digits.
    ///
    /// # Errors
    /// If the text is anything else.
    pub fn parse(digits: &str) -> Result<Self> {
        let bytes = digits.as_bytes();
        if bytes.len() != 4 || !bytes.iter().all(u8::is_ascii_digit) {
            return Err(Error::new("", "expected the last 4 digits of the card number"));
        }
        Ok(Self(number(bytes) as u16))
    }

    /// The digits as a number, 0 to 9999.
    pub fn number(&self) -> u16 {
        self.0
    }
}

impl fmt::Display for Last4 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}", self.0)
    }
}

/// The card of a transaction.
#[derive(Clone)]
pub struct Card {
    /// The full number, where the source carried it: for the guard alone.
    pub pan: Option<Pan>,
    /// The first digits, by which the bank is found.
    pub bin: Bin,
    /// The last digits.
    pub last4: Last4,
    /// The brand in lower case, such as `unionpay`; empty where unknown.
    pub brand: String,
    /// The issuer's name for display; empty where unknown.
    pub issuer: String,
    /// The opaque token that stands for the card.
    pub token: Option<String>,
}

impl Card {
    /// A card of which only the number is known; the brand is told from it.
    pub fn from_pan(pan: Pan) -> Self {
        let bin = pan.bin();
        let last4 = pan.last4();
        Self { pan: Some(pan), ..Self::truncated(bin, last4) }
    }

    /// A card of which nothing is known yet: it fits no bank.
    pub fn unknown() -> Self {
        Self::truncated(Bin(0), Last4(0))
    }

    /// A card of which only the truncated number is known; the brand is told
    /// from it.
    pub fn truncated(bin: Bin, last4: Last4) -> Self {
        Self { pan: None, bin, last4, brand: brand(bin).into(), issuer: String::new(), token: None }
    }
}

/// Tells the brand from the issuer ranges of ISO/IEC 7812 as the networks
/// publish them; `""` for a range that is none of theirs.
fn brand(bin: Bin) -> &'static str {
    let six = bin.eight_digit_range().0 / 100;
    match six {
        340_000..=349_999 | 370_000..=379_999 => "amex",
        300_000..=305_999 | 309_500..=309_599 | 360_000..=369_999 | 380_000..=399_999 => "diners",
        352_800..=358_999 => "jcb",
        400_000..=499_999 => "visa",
        222_100..=272_099 | 510_000..=559_999 => "mastercard",
        620_000..=629_999 | 810_000..=817_199 => "unionpay",
        601_100..=601_199 | 644_000..=659_999 => "discover",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pan_gives_away_bin_and_last4_only() {
        let pan = Pan::parse("4242424242424242").unwrap();
        assert_eq!(pan.bin().to_string(), "42424242");
        assert_eq!(pan.bin().digit_count(), 8);
        assert_eq!(pan.last4().to_string(), "4242");
        assert!(pan.is_within(b"0042424242424242420"));
        assert!(!pan.is_within(b"424242424242424"));
        let short = Pan::parse("378282246310005").unwrap().bin();
        assert_eq!((short.to_string().as_str(), short.digit_count()), ("378282", 6));
        assert_eq!(Pan::parse("6250947000000014").unwrap().last4().to_string(), "0014");
    }

    #[test]
    fn what_is_no_card_is_refused_without_repeating_it() {
        for digits in [
            "",
            "42424242424",
            "42424242424242424242",
            "4242 4242 4242 4242",
            "0242424242424242",
            "４２４２４２４２４２４２４２４２",
        ] {
            let error = Pan::parse(digits).err().unwrap();
            assert!(!error.to_string().contains("4242"));
        }
        assert!(Bin::parse("0424242").is_err());
        assert!(Bin::parse("042424").is_err());
        assert!(Last4::parse("42a4").is_err());
    }

    #[test]
    fn brands_are_told_by_range() {
        for (digits, name) in [
            ("4242424242424242", "visa"),
            ("5555555555554444", "mastercard"),
            ("2223003122003222", "mastercard"),
            ("378282246310005", "amex"),
            ("6205500000000000004", "unionpay"),
            ("3566002020360505", "jcb"),
            ("3056930009020004", "diners"),
            ("6011111111111117", "discover"),
        ] {
            assert_eq!(Card::from_pan(Pan::parse(digits).unwrap()).brand, name);
        }
    }
}
