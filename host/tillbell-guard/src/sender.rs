use std::fmt;

use crate::glyphs;
use crate::spans::{PHRASES_MAX, Phrase};

/// The most words of a sender.
pub const WORDS_MAX: usize = 64;
/// The most numbers of a sender beside its hotline.
pub const NUMBERS_MAX: usize = 16;
/// The longest word, in characters.
const WORD_CHARACTERS_MAX: usize = 24;

/// Who sends the texts, as far as the guard needs to know: what a bank's manifest
/// says of its messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    /// What every message begins with; empty where the sender is named by the network.
    pub signature: String,
    /// The number that a person who got a wrong message can call.
    pub hotline: String,
    /// The domains that may stand in a message.
    pub allowed_links: Vec<String>,
    /// The most segments of one message.
    pub max_segments: usize,
    /// Hotline first.
    calls: Vec<Call>,
    words: Vec<Vec<char>>,
    phrases: Vec<Phrase>,
}

/// A number that people may call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Call {
    /// All its digits.
    pub(crate) digits: Vec<u8>,
    /// How many of them are a country's code.
    country: usize,
}

/// What of a manifest the guard cannot use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unfit {
    /// Which entry of the list, from 0.
    pub at: usize,
    /// What is expected of it.
    pub expected: &'static str,
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }
}

impl std::error::Error for Unfit {}

impl Call {
    fn of(number: &str) -> Self {
        let digits: Vec<u8> = number.bytes().filter(u8::is_ascii_digit).collect();
        let is_international = number.trim_start().starts_with('+');
        let country = number.trim_start_matches(['+', ' ']);
        let country = country.bytes().take_while(u8::is_ascii_digit).count();
        // +965 1800 800: three digits at the most, and apart from the rest.
        let is_apart = is_international && country <= 3 && country < digits.len();
        Self { digits, country: if is_apart { country } else { 0 } }
    }

    /// Whether digits are the number: whole, with 00, or as it is dialled at home.
    pub(crate) fn is_written(&self, digits: &[u8]) -> bool {
        let home = &self.digits[self.country..];
        digits == self.digits
            || (self.country > 0
                && (digits == home
                    || digits.strip_prefix(b"0") == Some(home)
                    || digits.strip_prefix(b"00") == Some(self.digits.as_slice())))
    }
}

impl Sender {
    /// A sender without links, further numbers, words or phrases.
    pub fn new(
        signature: impl Into<String>,
        hotline: impl Into<String>,
        max_segments: usize,
    ) -> Self {
        let hotline = hotline.into();
        Self {
            signature: signature.into(),
            calls: vec![Call::of(&hotline)],
            hotline,
            allowed_links: Vec::new(),
            max_segments,
            words: Vec::new(),
            phrases: Vec::new(),
        }
    }

    /// The same, with domains that may stand in its texts.
    #[must_use]
    pub fn with_links(mut self, links: Vec<String>) -> Self {
        self.allowed_links = links;
        self
    }

    /// The same, with further numbers that its texts may name.
    ///
    /// # Errors
    /// The first that is not 3 to 24 digits, spaces, + and -, or is one too many.
    pub fn with_numbers<T: AsRef<str>>(mut self, numbers: &[T]) -> Result<Self, Unfit> {
        for (at, number) in numbers.iter().enumerate() {
            let number = number.as_ref();
            let fits = at < NUMBERS_MAX
                && (3..=24).contains(&number.len())
                && number.bytes().all(|byte| byte.is_ascii_digit() || b"+- ".contains(&byte))
                && number.bytes().filter(u8::is_ascii_digit).count() >= 3;
            if !fits {
                let expected = "expected at most 16 numbers of 3 to 24 digits, spaces, + and -";
                return Err(Unfit { at, expected });
            }
            self.calls.push(Call::of(number));
        }
        Ok(self)
    }

    /// The same, with words that may touch a number: `尾号`, `card`, `ref`.
    ///
    /// # Errors
    /// The first that is empty, longer than 24 characters, holds a digit or a mark of
    /// money, or is one too many.
    pub fn with_words<T: AsRef<str>>(mut self, words: &[T]) -> Result<Self, Unfit> {
        for (at, word) in words.iter().enumerate() {
            let folded: Vec<char> = glyphs::read(word.as_ref().trim(), &mut Vec::new())
                .glyphs
                .iter()
                .map(|glyph| glyph.folded)
                .collect();
            let fits = at < WORDS_MAX
                && (1..=WORD_CHARACTERS_MAX).contains(&folded.len())
                && !folded.iter().any(char::is_ascii_digit);
            if !fits {
                let expected = "expected at most 64 words of 1 to 24 characters without digits";
                return Err(Unfit { at, expected });
            }
            self.words.push(folded);
        }
        Ok(self)
    }

    /// The same, with sentences that have numbers of their own: `24小时`,
    /// `SMS BLOCK {last4} to 9215`. Holes are `{last4}`, `{hotline}`, `{amount}`,
    /// `{percent}` (two digits) and `{count}` (three).
    ///
    /// # Errors
    /// The first with fewer than two letters, more than 80 characters, an unknown hole, or
    /// that is one too many.
    pub fn with_phrases<T: AsRef<str>>(mut self, phrases: &[T]) -> Result<Self, Unfit> {
        for (at, phrase) in phrases.iter().enumerate() {
            if at >= PHRASES_MAX {
                return Err(Unfit { at, expected: "expected at most 64 phrases" });
            }
            let phrase = Phrase::parse(phrase.as_ref());
            self.phrases.push(phrase.map_err(|expected| Unfit { at, expected })?);
        }
        Ok(self)
    }

    /// The numbers that people may call, the hotline first.
    pub(crate) fn calls(&self) -> &[Call] {
        &self.calls
    }

    pub(crate) fn folded_words(&self) -> &[Vec<char>] {
        &self.words
    }

    pub(crate) fn parsed_phrases(&self) -> &[Phrase] {
        &self.phrases
    }
}
