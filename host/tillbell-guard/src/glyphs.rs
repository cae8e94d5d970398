//! A text as its reader takes it: folded to lower case, to ASCII where a
//! character passes for ASCII, without what the eye does not see.

use crate::digits::digits_of;
use crate::letters::letter_of;
use crate::{Finding, Rule};

/// One character as it is read, and the bytes of the text it comes from.
#[derive(Clone, Copy)]
pub(crate) struct Glyph {
    /// A lower-case ASCII character where it passes for one.
    pub(crate) folded: char,
    /// The first byte.
    pub(crate) start: u32,
    /// The byte behind the last.
    pub(crate) end: u32,
}

impl Glyph {
    pub(crate) fn is_digit(&self) -> bool {
        self.folded.is_ascii_digit()
    }

    pub(crate) fn is_letter(&self) -> bool {
        self.folded.is_ascii_lowercase()
    }

    /// Whether it is of a script that writes without spaces.
    pub(crate) fn is_han(&self) -> bool {
        is_han(self.folded)
    }
}

pub(crate) fn is_han(character: char) -> bool {
    matches!(character, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{3134f}')
}

/// The most characters that are named; the first is enough to block a text.
const FINDINGS_MAX: usize = 64;

/// A text, read.
pub(crate) struct Reading {
    /// Its characters.
    pub(crate) glyphs: Vec<Glyph>,
    /// Those that rules begin at, in order: dots, colons, at signs, brackets that mark a
    /// sender, units of money. They are few, and the rest need not be searched.
    pub(crate) signs: Vec<u32>,
}

/// Reads a text. A character that deceives the eye becomes a finding, and is
/// skipped.
pub(crate) fn read(text: &str, findings: &mut Vec<Finding>) -> Reading {
    let mut glyphs = Vec::with_capacity(text.len());
    let mut signs = Vec::with_capacity(16);
    for (at, character) in text.char_indices() {
        let (start, end) = (at as u32, (at + character.len_utf8()) as u32);
        let mut push = |folded| {
            if is_sign(folded) {
                signs.push(glyphs.len() as u32);
            }
            glyphs.push(Glyph { folded, start, end });
        };
        match character {
            ' '..='~' | '\n' => push(character.to_ascii_lowercase()),
            '\u{3001}'..='\u{3029}' | '\u{3400}'..='\u{9fff}' => push(character),
            '\u{ff01}'..='\u{ff5e}' => {
                let ascii = char::from_u32(character as u32 - 0xfee0).unwrap_or(character);
                push(ascii.to_ascii_lowercase());
            }
            _ if crate::deceives(character) => {
                if findings.len() >= FINDINGS_MAX {
                    continue;
                }
                let (start, end) = (at, end as usize);
                findings.push(Finding {
                    rule: Rule::Character,
                    start,
                    end,
                    reason: "a control, bidirectional, invisible or private-use character",
                });
            }
            _ if is_mark(character) => {}
            _ => match digits_of(character) {
                [] => push(letter_of(character).unwrap_or_else(|| sign_of(character))),
                digits => digits.iter().for_each(|digit| push(char::from(*digit))),
            },
        }
    }
    Reading { glyphs, signs }
}

/// What a rule begins at.
fn is_sign(folded: char) -> bool {
    match folded {
        '\0'..='\u{7f}' => matches!(folded, '.' | ':' | '@'),
        _ => {
            folded == '\u{3002}'
                || crate::chinese::is_unit(folded)
                || crate::signature::is_bracket(folded)
        }
    }
}

/// A text folded in the same way, letters and digits only: what it is compared
/// by.
pub(crate) fn fold(text: &str) -> Vec<char> {
    read(text, &mut Vec::new())
        .glyphs
        .into_iter()
        .map(|glyph| glyph.folded)
        .filter(|folded| folded.is_alphanumeric())
        .collect()
}

/// Marks that sit on the character before.
fn is_mark(character: char) -> bool {
    matches!(character, '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}'
        | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}')
}

/// Signs that stand for others.
fn sign_of(character: char) -> char {
    match character {
        '\u{3002}' | '\u{ff61}' => '\u{3002}',
        '\u{2024}' | '\u{fe52}' | '\u{66b}' => '.',
        '\u{66c}' | '\u{fe50}' => ',',
        '\u{fe6b}' => '@',
        '\u{fe69}' => '$',
        '\u{ffe5}' => '\u{a5}',
        '\u{ffe1}' => '\u{a3}',
        '\u{ffe6}' => '\u{20a9}',
        '\u{2044}' | '\u{2215}' => '/',
        '\u{fe55}' | '\u{2236}' => ':',
        '\u{fe62}' | '\u{207a}' | '\u{208a}' => '+',
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' | '\u{207b}' => '-',
        '\u{2018}' | '\u{2019}' => '\'',
        _ if character.is_whitespace() => ' ',
        _ => character.to_lowercase().next().unwrap_or(character),
    }
}
