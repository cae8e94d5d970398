//! A text as its reader takes it: folded to lower case, to ASCII where a
//! character passes for ASCII, without what the eye does not see.

use crate::bidi;
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

    /// Whether it is a letter of a script that sets words apart by spaces.
    pub(crate) fn is_of_word(&self) -> bool {
        match self.folded {
            'a'..='z' => true,
            '\0'..='\u{a9}' | '\u{3000}'..='\u{3004}' | '\u{3008}'..='\u{3020}' => false,
            '\u{4e00}'..='\u{9fff}' => false,
            other => is_of_word(other),
        }
    }
}

/// Letters and the vowel signs of India; not those of scripts without spaces.
fn is_of_word(character: char) -> bool {
    let is_spaced = !is_han(character)
        && !matches!(character, '\u{e00}'..='\u{edf}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
            | '\u{ac00}'..='\u{d7a3}');
    is_spaced
        && (character.is_alphabetic()
            || matches!(character, '\u{93c}'..='\u{94d}' | '\u{9bc}'..='\u{9cd}' | '\u{a3c}'..='\u{a4d}'
                | '\u{abc}'..='\u{acd}' | '\u{b3c}'..='\u{b4d}' | '\u{bbe}'..='\u{bcd}'
                | '\u{c3c}'..='\u{c4d}' | '\u{cbc}'..='\u{ccd}' | '\u{d3b}'..='\u{d4d}'
                | '\u{dca}'..='\u{ddf}'))
}

pub(crate) fn is_han(character: char) -> bool {
    matches!(character, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{3134f}')
}

/// The most characters that are named; the first is enough to block a text.
pub(crate) const FINDINGS_MAX: usize = 64;

/// A text, read.
pub(crate) struct Reading {
    /// Its characters.
    pub(crate) glyphs: Vec<Glyph>,
    /// Those that rules begin at, in order: dots, colons, at signs, brackets that mark a
    /// sender. They are few, and the rest need not be searched.
    pub(crate) signs: Vec<u32>,
    /// The bytes of marks and isolates, which languages from right to left may need.
    pub(crate) controls: Vec<u32>,
}

/// What is wrong with a character that deceives.
pub(crate) const DECEIVES: &str = "a control, bidirectional, invisible or private-use character";

/// Reads a text. A character that deceives the eye becomes a finding, and is
/// skipped; so is a mark or an isolate, of which [`bidi`] says where it may stand.
pub(crate) fn read(text: &str, findings: &mut Vec<Finding>) -> Reading {
    let mut glyphs = Vec::with_capacity(text.len());
    let mut signs = Vec::with_capacity(16);
    let mut controls = Vec::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        let (start, end) = (at as u32, characters.offset() as u32);
        let mut push = |folded| {
            if is_sign(folded) {
                signs.push(glyphs.len() as u32);
            }
            glyphs.push(Glyph { folded, start, end });
        };
        match character {
            ' '..='~' => push(character.to_ascii_lowercase()),
            // None is a sign.
            '\u{3400}'..='\u{9fff}' => glyphs.push(Glyph { folded: character, start, end }),
            // Its reader goes on in the next line.
            '\n' => push(' '),
            '\u{3001}'..='\u{3020}' => push(character),
            _ => match read_seldom(character) {
                Seldom::Deceives if bidi::is_control(character) => controls.push(start),
                Seldom::Deceives if findings.len() < FINDINGS_MAX => findings.push(Finding {
                    rule: Rule::Character,
                    start: at,
                    end: end as usize,
                    reason: DECEIVES,
                }),
                Seldom::Deceives | Seldom::Mark => {}
                Seldom::Is(folded) => push(folded),
                Seldom::Several(all) => all.iter().for_each(|one| push(char::from(*one))),
            },
        }
    }
    Reading { glyphs, signs, controls }
}

/// What a character is that few texts have.
enum Seldom {
    /// It deceives the eye, and is skipped.
    Deceives,
    /// It sits on the one before, and is skipped.
    Mark,
    Is(char),
    /// In ASCII.
    Several(&'static [u8]),
}

fn read_seldom(character: char) -> Seldom {
    match character {
        // One sign, and as it is read.
        '\u{20a8}' => Seldom::Several(b"rs"),
        '\u{ff01}'..='\u{ff5e}' => {
            let ascii = char::from_u32(character as u32 - 0xfee0).unwrap_or(character);
            Seldom::Is(ascii.to_ascii_lowercase())
        }
        _ if deceives(character) => Seldom::Deceives,
        _ if is_mark(character) => Seldom::Mark,
        _ => match digits_of(character) {
            [] => Seldom::Is(letter_of(character).unwrap_or_else(|| sign_of(character))),
            digits => Seldom::Several(digits),
        },
    }
}

/// What a rule begins at.
fn is_sign(folded: char) -> bool {
    match folded {
        '\0'..='\u{7f}' => matches!(folded, '.' | ':' | '@'),
        _ => folded == '\u{3002}' || is_bracket(folded),
    }
}

/// Brackets that mark a sender in Chinese messages, and what passes for them.
pub(crate) fn is_bracket(character: char) -> bool {
    matches!(character, '【' | '】' | '〔'..='〛' | '⟦' | '⟧')
}

/// Whether a character is skipped as the text is read: it deceives, or marks another.
pub(crate) fn is_hidden(character: char) -> bool {
    deceives(character) || is_mark(character)
}

/// Control characters but the line feed, bidirectional controls, invisible and
/// private-use characters, line separators, tags.
fn deceives(character: char) -> bool {
    match character {
        '\n' | ' '..='~' => false,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' => true,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' => {
            true
        }
        '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' => true,
        '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' => true,
        '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffd}' => true,
        '\u{e000}'..='\u{f8ff}' | '\u{e0000}'..='\u{10ffff}' => true,
        '\u{70f}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' => true,
        _ => false,
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
