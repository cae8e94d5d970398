//! Where in a text numbers, cues and handles may begin: one look at each glyph, for all of
//! them.
//!
//! A filter: what it names is looked at by the module whose it is, what it does not name is
//! none of theirs. It knows the first two characters of each word.

use crate::cues;
use crate::glyphs::Glyph;
use crate::handles;
use crate::lexicon::code_point;

/// A word of [`crate::cues`].
pub(crate) const CUE: u8 = 1;
/// A word or sign of [`crate::handles`].
pub(crate) const HANDLE: u8 = 2;
/// A digit, or a word of [`crate::numerals`].
pub(crate) const NUMBER: u8 = 4;

/// A glyph where something may begin.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    at: u32,
    kinds: u8,
}

/// Digits and Chinese numerals, which are looked at whatever follows.
const NUMERALS: &str =
    "0123456789零〇一壹幺弌二两贰貳弍三叁參弎四肆五伍六陆陸七柒八捌九玖十拾廿卅百佰千仟万萬亿億";
/// What English digit words begin with.
const DIGIT_WORDS: &str = "zeohontwthfofisiseeini";
/// The signs of service codes and names.
const SIGNS: &str = "*#@";

const TWO_SIZE: usize = 4_096;
const ONE_SIZE: usize = 1_024;

/// By two characters: what may begin with them.
static TWO: [u8; TWO_SIZE] = {
    let mut filter = [0; TWO_SIZE];
    let mut at = 0;
    while at < cues::WORDS.len() {
        let (first, rest) = code_point(cues::WORDS[at].0.as_bytes());
        if !rest.is_empty() {
            filter[pair(first, code_point(rest).0)] |= CUE;
        }
        at += 1;
    }
    at = 0;
    while at < handles::WORDS.len() {
        let (first, rest) = code_point(handles::WORDS[at].0.as_bytes());
        if !rest.is_empty() {
            filter[pair(first, code_point(rest).0)] |= HANDLE;
        }
        // A character of Chinese may have a space behind it.
        if first > 0x2fff {
            filter[pair(first, ' ' as u32)] |= HANDLE;
        }
        at += 1;
    }
    let words = DIGIT_WORDS.as_bytes();
    at = 0;
    while at < words.len() {
        filter[pair(words[at] as u32, words[at + 1] as u32)] |= NUMBER;
        at += 2;
    }
    filter
};

/// By one character: what may begin with it, whatever follows.
static ONE: [u8; ONE_SIZE] = {
    let mut filter = [0; ONE_SIZE];
    let mut at = 0;
    while at < cues::WORDS.len() {
        let (first, rest) = code_point(cues::WORDS[at].0.as_bytes());
        if rest.is_empty() {
            filter[first as usize % ONE_SIZE] |= CUE;
        }
        at += 1;
    }
    at = 0;
    while at < handles::WORDS.len() {
        let (first, rest) = code_point(handles::WORDS[at].0.as_bytes());
        if rest.is_empty() {
            filter[first as usize % ONE_SIZE] |= HANDLE;
        }
        at += 1;
    }
    let mut signs = SIGNS.as_bytes();
    while !signs.is_empty() {
        let (sign, rest) = code_point(signs);
        filter[sign as usize % ONE_SIZE] |= HANDLE;
        signs = rest;
    }
    let mut numerals = NUMERALS.as_bytes();
    while !numerals.is_empty() {
        let (numeral, rest) = code_point(numerals);
        filter[numeral as usize % ONE_SIZE] |= NUMBER;
        numerals = rest;
    }
    filter
};

/// The place of two characters in the filter: of its own for each two Latin letters.
const fn pair(first: u32, second: u32) -> usize {
    (first << 5 ^ first >> 7 ^ second) as usize % TWO_SIZE
}

/// What may begin with these two.
#[inline]
pub(crate) fn kinds(first: char, second: char) -> u8 {
    let (first, second) = (first as u32, second as u32);
    TWO[pair(first, second)] | ONE[first as usize % ONE_SIZE]
}

/// Finds the places, in order.
pub(crate) fn find(glyphs: &[Glyph]) -> Vec<Place> {
    let mut places = Vec::with_capacity(glyphs.len() / 2);
    let Some((last, _)) = glyphs.split_last() else { return places };
    let mut add = |at: usize, kinds| {
        if kinds != 0 {
            places.push(Place { at: at as u32, kinds });
        }
    };
    for (at, two) in glyphs.array_windows().enumerate() {
        let [first, second] = two;
        add(at, kinds(first.folded, second.folded));
    }
    add(glyphs.len() - 1, kinds(last.folded, '\0'));
    places
}

/// The glyphs where something of a kind may begin.
pub(crate) fn of(places: &[Place], kind: u8) -> impl Iterator<Item = usize> {
    places.iter().filter(move |place| place.kinds & kind != 0).map(|place| place.at as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numerals;

    #[test]
    fn every_word_and_numeral_is_a_place() {
        let begins = |word: &str, kind| {
            let mut characters = word.chars();
            let (first, second) = (characters.next().unwrap(), characters.next().unwrap_or('x'));
            assert_eq!(kinds(first, second) & kind, kind, "{word}");
        };
        cues::WORDS.iter().for_each(|(word, _)| begins(word, CUE));
        handles::WORDS.iter().for_each(|(word, _)| begins(word, HANDLE));
        for word in
            ["zero", "oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
        {
            begins(word, NUMBER);
        }
        for character in ('0'..='9').chain('\u{3000}'..='\u{9fff}') {
            let is_number = character.is_ascii_digit() || numerals::is_numeral(character);
            assert!(!is_number || kinds(character, ' ') & NUMBER != 0, "{character}");
        }
    }
}
