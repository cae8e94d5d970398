//! Secrets that are words: names, e-mail addresses, numbers with letters.

use zeroize::Zeroize;

use crate::glyphs::{self, Glyph};
use crate::{Finding, Rule};

/// The fewest letters of a name in Latin and in Chinese script that are
/// searched for: shorter ones are found in ordinary words.
const LATIN_LETTERS_MIN: usize = 4;
const HAN_LETTERS_MIN: usize = 2;
/// Spaces and signs that may stand between two letters of a secret.
const SEPARATORS_MAX: usize = 8;

/// Words that must not stand in a text.
#[derive(Default)]
pub(crate) struct Words {
    words: Vec<Word>,
    /// A filter of the characters that they begin with.
    firsts: u64,
}

/// A name, an address: letters and digits, folded.
struct Word {
    folded: Vec<char>,
    /// Whether it counts only as a whole word: names do.
    is_whole: bool,
    reason: &'static str,
}

impl Words {
    /// Adds a person's name, unless the shop bears it.
    pub(crate) fn add_name(&mut self, name: &str, merchant: &str) {
        let folded = glyphs::fold(name);
        // A shop that bears its owner's name may be named.
        let merchant = glyphs::fold(merchant);
        let is_public =
            folded.is_empty() || merchant.windows(folded.len()).any(|part| part == folded);
        if !is_public {
            self.add_folded(folded, true, "the cardholder's name");
            if let Some((first, last)) = name.trim().rsplit_once(' ') {
                self.add(&format!("{last} {first}"), true, "the cardholder's name");
            }
        }
    }

    /// Adds a secret.
    pub(crate) fn add(&mut self, text: &str, is_whole: bool, reason: &'static str) {
        self.add_folded(glyphs::fold(text), is_whole, reason);
    }

    fn add_folded(&mut self, folded: Vec<char>, is_whole: bool, reason: &'static str) {
        let letters_min = match folded.first() {
            Some(first) if glyphs::is_han(*first) => HAN_LETTERS_MIN,
            _ => LATIN_LETTERS_MIN,
        };
        if folded.len() >= letters_min {
            self.firsts |= 1 << (folded[0] as u32 % 64);
            self.words.push(Word { folded, is_whole, reason });
        }
    }

    /// Adds every one that stands in the text.
    pub(crate) fn find(&self, glyphs: &[Glyph], findings: &mut Vec<Finding>) {
        for (at, glyph) in glyphs.iter().enumerate() {
            if self.firsts >> (glyph.folded as u32 % 64) & 1 == 0 {
                continue;
            }
            for word in &self.words {
                if word.folded[0] == glyph.folded
                    && let Some(end) = ends_word(glyphs, at, word)
                {
                    findings.push(Finding {
                        rule: Rule::Secret,
                        start: glyph.start as usize,
                        end: end as usize,
                        reason: word.reason,
                    });
                }
            }
        }
    }
}

/// Where a folded secret ends that begins at this glyph.
fn ends_word(glyphs: &[Glyph], start: usize, word: &Word) -> Option<u32> {
    let first = word.folded.first()?;
    if word.is_whole && first.is_ascii_alphanumeric() && start > 0 && glyphs[start - 1].is_letter()
    {
        return None;
    }
    let mut rest = word.folded.iter();
    let mut expected = rest.next()?;
    let mut separators = 0;
    for (at, glyph) in glyphs.iter().enumerate().skip(start) {
        if glyph.folded == *expected {
            separators = 0;
            match rest.next() {
                Some(next) => expected = next,
                None => {
                    let inside = word.is_whole
                        && expected.is_ascii_alphabetic()
                        && glyphs.get(at + 1).is_some_and(Glyph::is_letter);
                    return (!inside).then_some(glyph.end);
                }
            }
        } else if glyph.folded.is_alphanumeric() || separators == SEPARATORS_MAX {
            return None;
        } else {
            separators += 1;
        }
    }
    None
}

/// Wipes them.
impl Drop for Words {
    fn drop(&mut self) {
        for word in &mut self.words {
            word.folded.zeroize();
        }
    }
}
