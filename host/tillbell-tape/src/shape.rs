//! The bijection on texts of one shape.

use smallvec::SmallVec;
use tillbell_transaction::is_card_number;

use crate::TapeKey;
use crate::names;

/// Rounds of the network; FF1 has as many.
const ROUNDS: u8 = 10;
/// Steps of a walk out of card numbers; each leaves them with nine chances in ten, or more.
const STEPS_MAX: usize = 64;
/// Digits of a card number.
const CARD_DIGITS: std::ops::RangeInclusive<usize> = 13..=19;
/// Of most values, without an allocation.
type Bytes = SmallVec<[u8; 64]>;
/// Random numbers that one digest gives.
const WORDS: usize = 8;

/// What a value is of: each has permutations of its own, but those that share one are
/// compared with each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Domain {
    Rrn,
    /// A STAN, and an original's.
    Stan,
    /// A source's own id, and an original's.
    Id,
    AuthorisationCode,
    Token,
    LastFour,
    Phone,
    IdNumber,
    Account,
    MerchantId,
    Terminal,
}

/// One permutation for each shape of a domain's texts. `tweak` parts a domain further.
pub(crate) fn substitute(key: &TapeKey, domain: Domain, tweak: &[u8], text: &str) -> String {
    let mut symbols = Bytes::new();
    let mut radices = Bytes::new();
    let mut about = Bytes::new();
    about.push(domain as u8);
    about.push(tweak.len() as u8);
    about.extend_from_slice(tweak);
    for sign in text.chars() {
        let class = Class::of(sign);
        about.push(class as u8);
        if class.radix() > 0 {
            symbols.push((u32::from(sign) - u32::from(class.first())) as u8);
            radices.push(class.radix());
        }
    }
    // What a shape's permutation is keyed by.
    let context = *blake3::keyed_hash(&key.0, &about).as_bytes();
    let mut written = String::new();
    for _ in 0..STEPS_MAX {
        permute(&context, &radices, &mut symbols, &mut about);
        written = write(key, text, &symbols);
        if !holds_card_number(&written) {
            return written;
        }
    }
    // So unlikely that it is never seen: nothing is said of such a value.
    written.chars().map(|sign| if sign.is_ascii_digit() { '0' } else { sign }).collect()
}

/// What may stand in a character's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Digit,
    Lower,
    Upper,
    /// A letter or digit of another alphabet: replaced as names are.
    Other,
    /// A space, a sign: stays.
    Sign,
}

impl Class {
    fn of(sign: char) -> Self {
        match sign {
            '0'..='9' => Self::Digit,
            'a'..='z' => Self::Lower,
            'A'..='Z' => Self::Upper,
            sign if sign.is_alphanumeric() => Self::Other,
            _ => Self::Sign,
        }
    }

    fn radix(self) -> u8 {
        match self {
            Self::Digit => 10,
            Self::Lower | Self::Upper => 26,
            Self::Other | Self::Sign => 0,
        }
    }

    fn first(self) -> char {
        match self {
            Self::Digit => '0',
            Self::Lower => 'a',
            Self::Upper => 'A',
            Self::Other | Self::Sign => '\0',
        }
    }
}

fn write(key: &TapeKey, text: &str, symbols: &[u8]) -> String {
    let mut symbols = symbols.iter();
    let mut foreign = None;
    let mut written = String::with_capacity(text.len());
    written.extend(text.chars().map(|sign| match Class::of(sign) {
        Class::Sign => sign,
        Class::Other => foreign.get_or_insert_with(|| names::Stream::of(key, text)).letter(sign),
        class => {
            let symbol = symbols.next().copied().unwrap_or_default();
            char::from(class.first() as u8 + symbol)
        }
    }));
    written
}

/// A Feistel network: each round adds to every symbol of one half, modulo its radix, a
/// random number that the other half gives.
fn permute(context: &[u8; 32], radices: &[u8], symbols: &mut [u8], asked: &mut Bytes) {
    let middle = symbols.len() / 2;
    for round in 0..ROUNDS {
        let (left, right) = symbols.split_at_mut(middle);
        let (changed, other, radices) = match round % 2 {
            0 => (right, &*left, &radices[middle..]),
            _ => (left, &*right, &radices[..middle]),
        };
        let parts = changed.chunks_mut(WORDS).zip(radices.chunks(WORDS));
        for (number, (part, radices)) in (0..=u8::MAX).zip(parts) {
            asked.clear();
            asked.extend_from_slice(&[round, number]);
            asked.extend_from_slice(other);
            let digest = blake3::keyed_hash(context, asked);
            let words = digest.as_bytes().chunks_exact(4);
            for ((symbol, radix), word) in part.iter_mut().zip(radices).zip(words) {
                let word = u32::from_be_bytes([word[0], word[1], word[2], word[3]]);
                let radix = u32::from(*radix);
                *symbol = ((u32::from(*symbol) + word % radix) % radix) as u8;
            }
        }
    }
}

/// Whether a run of digits is a card number: one of more digits is none.
pub(crate) fn holds_card_number(text: &str) -> bool {
    let mut runs = text.as_bytes().split(|byte| !byte.is_ascii_digit());
    runs.any(|run| CARD_DIGITS.contains(&run.len()) && is_card_number(run))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn key(byte: u8) -> TapeKey {
        TapeKey::new([byte; 32])
    }

    #[test]
    fn four_digits_are_permuted_for_each_bin_and_key() {
        let of = |key: &TapeKey, bin: &[u8]| -> Vec<String> {
            let all = 0..10_000;
            all.map(|it| substitute(key, Domain::LastFour, bin, &format!("{it:04}"))).collect()
        };
        let (one, other, keyed) =
            (of(&key(1), b"621626"), of(&key(1), b"424242"), of(&key(2), b"621626"));
        for all in [&one, &other, &keyed] {
            assert!(all.iter().all(|it| it.len() == 4 && it.bytes().all(|b| b.is_ascii_digit())));
            assert_eq!(all.iter().collect::<HashSet<_>>().len(), 10_000);
        }
        // A random permutation has one fixed point, and two agree in one place.
        let alike = |one: &[String], other: &[String]| {
            one.iter().zip(other).filter(|(one, other)| one == other).count()
        };
        let same: Vec<_> = (0..10_000).map(|it| format!("{it:04}")).collect();
        for (one, other) in [(&one, &same), (&one, &other), (&one, &keyed)] {
            assert!(alike(one, other) < 12);
        }
        assert_eq!(one, of(&key(1), b"621626"));
    }

    #[test]
    fn numbers_of_odd_lengths_and_one_digit_are_permuted() {
        for (digits, count) in [(1, 10), (3, 1_000), (5, 100_000)] {
            let all: HashSet<_> = (0..count)
                .map(|it| substitute(&key(3), Domain::Stan, b"", &format!("{it:0digits$}")))
                .collect();
            assert_eq!(all.len(), count);
        }
    }

    #[test]
    fn a_text_keeps_its_shape() {
        let of = |text: &str| substitute(&key(4), Domain::Id, b"", text);
        for text in [
            "",
            "-",
            "632400000101",
            "tok_00ffA9",
            "+86 138-0013 8000",
            "A1b2/订单9",
            &"x".repeat(128),
        ] {
            let own = of(text);
            let shape = |text: &str| text.chars().map(Class::of).collect::<Vec<_>>();
            assert_eq!(shape(&own), shape(text), "{text} {own}");
            assert_eq!(own, of(text));
            assert!(text.len() < 2 || own != text, "{text}");
        }
        assert!(!of("A1b2/订单9").contains('订'));
        // Another domain, another permutation.
        assert_ne!(of("000123"), substitute(&key(4), Domain::Stan, b"", "000123"));
    }

    #[test]
    fn every_symbol_depends_on_every_other() {
        let of = |text: &str| substitute(&key(5), Domain::Token, b"", text).into_bytes();
        let one = of("tok_0123456789abcdef0123456789abcdef");
        for other in
            ["tok_1123456789abcdef0123456789abcdef", "tok_0123456789abcdef0123456789abcdee"]
        {
            let alike = one.iter().zip(of(other)).filter(|(one, other)| **one == *other).count();
            assert!(alike < 12, "{alike} of 36");
        }
    }

    #[test]
    fn no_substitute_is_a_card_number() {
        let mut seen = HashSet::new();
        for number in 0..20_000_u64 {
            let text = format!("{:016}", 4_242_424_242_000_000 + number * 10);
            let own = substitute(&key(6), Domain::Account, b"", &text);
            assert!(!holds_card_number(&own), "{own}");
            assert!(seen.insert(own));
        }
        assert!(holds_card_number("a 4242424242424242"));
        // Of more digits than a card number has: they are walked out of nothing.
        let long: HashSet<_> = (0..1_000_u32)
            .map(|number| substitute(&key(6), Domain::Token, b"", &format!("{number:032}")))
            .collect();
        assert!(long.len() == 1_000 && !long.contains(&"0".repeat(32)));
        assert!(!holds_card_number("4242424242424243"));
    }
}
