//! Stretches of a text that stand for themselves: names of the transaction with digits
//! in them, and phrases of the bank's manifest.

use tillbell_transaction::Money;

use crate::glyphs::{self, Glyph};
use crate::moments::Numbers;
use crate::written::{self, Written};

/// A name may be cut after this many characters.
const CUT_MIN: usize = 4;
/// Letters of a name that is cut at a word, at least.
const LETTERS_MIN: usize = 2;
/// Stands for a field in a template's own words, as long as U+FFFC.
pub(crate) const FIELD: &str = "\u{25a1}";

/// The longest phrase, in characters.
pub const PHRASE_CHARACTERS_MAX: usize = 80;
/// The most phrases of a sender.
pub const PHRASES_MAX: usize = 64;

/// A name with digits in it, folded, spaces single.
pub(crate) struct Name(Vec<char>);

impl Name {
    /// None for one without digits: it accounts for none.
    pub(crate) fn of(name: &str) -> Option<Self> {
        let may_have_digits = name.bytes().any(|byte| byte.is_ascii_digit() || byte >= 0x80);
        if !may_have_digits {
            return None;
        }
        let folded = fold(name);
        let has_digits = folded
            .iter()
            .any(|folded| folded.is_ascii_digit() || crate::numerals::is_numeral(*folded));
        has_digits.then_some(Self(folded))
    }

    /// The glyph behind the longest part of the name that stands here: whole, or cut
    /// at a word or behind four characters.
    pub(crate) fn ends(&self, glyphs: &[Glyph], at: usize) -> Option<usize> {
        let digit =
            |at: Option<usize>| at.and_then(|at| glyphs.get(at)).is_some_and(Glyph::is_digit);
        let before = at.checked_sub(1).and_then(|at| glyphs.get(at));
        // 354.99 S$: no 99 SPEEDMART; BGN26: no N26.
        // A full-width comma ends a clause.
        let is_point =
            |sign: &Glyph| matches!(sign.folded, '.' | ',') && sign.end - sign.start == 1;
        let is_decimal = before.is_some_and(is_point) && digit(at.checked_sub(2));
        let is_within_word =
            before.is_some_and(Glyph::is_letter) && glyphs.get(at).is_some_and(Glyph::is_letter);
        if (self.0[0].is_ascii_digit() && (digit(at.checked_sub(1)) || is_decimal))
            || is_within_word
        {
            return None;
        }
        let mut best = None;
        let mut place = at;
        let mut letters = 0;
        for (index, own) in self.0.iter().enumerate() {
            // Spaces without end count as one.
            let glyph = glyphs.get(place)?;
            if glyph.folded != *own {
                break;
            }
            place += 1;
            if *own == ' ' {
                while glyphs.get(place).is_some_and(|glyph| glyph.folded == ' ') {
                    place += 1;
                }
                continue;
            }
            letters += usize::from(own.is_alphabetic());
            let next = self.0.get(index + 1).copied();
            let cuts_a_number = own.is_ascii_digit()
                && (next.is_some_and(|next| next.is_ascii_digit()) || digit(Some(place)));
            let is_whole = next.is_none();
            let is_word_end = next.is_some_and(|next| !next.is_alphanumeric());
            // 7 of 7-ELEVEN is any seven.
            let is_told = is_word_end && letters >= LETTERS_MIN;
            if !cuts_a_number && (is_whole || is_told || index + 1 >= CUT_MIN) {
                best = Some(place);
            }
            if place >= glyphs.len() {
                break;
            }
        }
        best
    }

    pub(crate) fn first(&self) -> char {
        self.0[0]
    }
}

/// Folded, with single spaces.
fn fold(text: &str) -> Vec<char> {
    let mut folded: Vec<char> = Vec::with_capacity(text.len());
    for glyph in glyphs::read(text.trim(), &mut Vec::new()).glyphs {
        if glyph.folded != ' ' || folded.last().is_some_and(|last| *last != ' ') {
            folded.push(glyph.folded);
        }
    }
    folded
}

/// The place of a character in a filter of 64 bits.
pub(crate) fn filter_bit(folded: char) -> u64 {
    1 << (folded as u32 % 64)
}

/// A sentence of the manifest: with a number in it, or a handle of the bank's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Phrase(Vec<Part>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Is(char),
    LastFour,
    Hotline,
    Amount,
    /// At most two digits.
    Percent,
    /// At most three digits.
    Count,
}

/// What fills a phrase's holes.
pub(crate) struct Filling<'a> {
    pub(crate) last4: [u8; 4],
    pub(crate) hotline: &'a [u8],
    pub(crate) sums: &'a [Money],
    pub(crate) has_decimal_comma: Option<bool>,
    /// Whether [`FIELD`] fills any hole.
    pub(crate) is_literal: bool,
}

impl Phrase {
    /// Reads a phrase of a manifest, such as `24小时` or `SMS BLOCK {last4} to 9215`.
    ///
    /// # Errors
    /// What is expected of it, in lower case.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        const HOLES: [(&str, Part); 5] = [
            ("last4", Part::LastFour),
            ("hotline", Part::Hotline),
            ("amount", Part::Amount),
            ("percent", Part::Percent),
            ("count", Part::Count),
        ];
        if text.chars().count() > PHRASE_CHARACTERS_MAX {
            return Err("expected at most 80 characters");
        }
        let mut parts = Vec::new();
        let mut letters = 0;
        let mut rest = text.trim();
        while !rest.is_empty() {
            let (literal, behind) = match rest.split_once('{') {
                Some((literal, behind)) => (literal, Some(behind)),
                None => (rest, None),
            };
            for folded in fold_inner(literal) {
                letters += usize::from(folded.is_alphabetic());
                parts.push(Part::Is(folded));
            }
            rest = "";
            if let Some(behind) = behind {
                const WRONG: &str =
                    "expected {last4}, {hotline}, {amount}, {percent} or {count} in braces";
                let (name, after) = behind.split_once('}').ok_or(WRONG)?;
                let hole = HOLES.iter().find(|(hole, _)| *hole == name).ok_or(WRONG)?;
                if let Some(last) = parts.last()
                    && (!matches!(last, Part::Is(_)) || matches!(last, Part::Is('0'..='9')))
                {
                    return Err("expected a letter or a space between two numbers");
                }
                parts.push(hole.1);
                rest = after;
                if rest.starts_with(|next: char| next.is_ascii_digit() || next == '{') {
                    return Err("expected a letter or a space between two numbers");
                }
            }
        }
        match letters {
            ..2 => Err("expected two letters or more beside its numbers"),
            _ => Ok(Self(parts)),
        }
    }

    /// The characters that it may begin with, as a filter of [`filter_bit`]s.
    pub(crate) fn firsts(&self) -> u64 {
        match self.0[0] {
            Part::Is(own) => filter_bit(own),
            _ => ('0'..='9').chain(FIELD.chars()).fold(0, |all, of| all | filter_bit(of)),
        }
    }

    pub(crate) fn may_begin(&self, folded: char) -> bool {
        match self.0[0] {
            Part::Is(own) => own == folded,
            _ => folded.is_ascii_digit() || FIELD.starts_with(folded),
        }
    }

    /// The glyph behind the phrase, where it stands here.
    pub(crate) fn ends(
        &self,
        numbers: &Numbers<'_>,
        at: usize,
        filling: &Filling<'_>,
    ) -> Option<usize> {
        let glyphs = numbers.glyphs;
        let is_digit =
            |at: Option<usize>| at.and_then(|at| glyphs.get(at)).is_some_and(Glyph::is_digit);
        let is_letter =
            |at: Option<usize>| at.and_then(|at| glyphs.get(at)).is_some_and(Glyph::is_of_word);
        let before = at.checked_sub(1);
        if (is_digit(Some(at)) && is_digit(before)) || (is_letter(Some(at)) && is_letter(before)) {
            return None;
        }
        let mut place = at;
        for part in &self.0 {
            let digits = glyphs[place.min(glyphs.len())..]
                .iter()
                .take(24)
                .take_while(|glyph| glyph.is_digit());
            let is_field = filling.is_literal
                && !matches!(part, Part::Is(_))
                && glyphs.get(place).is_some_and(|glyph| FIELD.starts_with(glyph.folded));
            if is_field {
                place += 1;
                continue;
            }
            place = match part {
                Part::Is(own) => {
                    if glyphs.get(place)?.folded != *own {
                        return None;
                    }
                    place += 1;
                    while *own == ' ' && glyphs.get(place).is_some_and(|glyph| glyph.folded == ' ')
                    {
                        place += 1;
                    }
                    place
                }
                Part::LastFour => {
                    let own = filling.last4.map(char::from);
                    if !digits.map(|glyph| glyph.folded).eq(own) {
                        return None;
                    }
                    place + 4
                }
                Part::Percent | Part::Count => {
                    let length = digits.count();
                    let longest = if *part == Part::Percent { 2 } else { 3 };
                    if length == 0 || length > longest {
                        return None;
                    }
                    place + length
                }
                Part::Hotline => {
                    let mut left = filling.hotline.iter();
                    let mut end = place;
                    while let Some(glyph) = glyphs.get(end).filter(|_| !left.as_slice().is_empty())
                    {
                        match glyph.folded {
                            digit if digit.is_ascii_digit() => {
                                if left.next() != Some(&(digit as u8)) {
                                    return None;
                                }
                            }
                            ' ' | '-' | '+' => {}
                            _ => return None,
                        }
                        end += 1;
                    }
                    if !left.as_slice().is_empty() || is_digit(Some(end)) {
                        return None;
                    }
                    end
                }
                Part::Amount => {
                    let group =
                        (0..numbers.count()).find(|group| numbers.start(*group) == place)?;
                    let end =
                        written::candidates(numbers, group, &|_, _| false).rev().find(|end| {
                            Written::read(numbers, group..*end).is_some_and(|written| {
                                let comma = filling.has_decimal_comma;
                                filling.sums.iter().any(|money| written.is(money, comma))
                            })
                        })?;
                    numbers.end(end - 1)
                }
            };
        }
        let ends_in_number = is_digit(place.checked_sub(1)) && is_digit(Some(place));
        let ends_in_word = is_letter(place.checked_sub(1)) && is_letter(Some(place));
        (!ends_in_number && !ends_in_word).then_some(place)
    }
}

fn fold_inner(text: &str) -> Vec<char> {
    let mut folded: Vec<char> = Vec::new();
    for glyph in glyphs::read(text, &mut Vec::new()).glyphs {
        if glyph.folded != ' ' || folded.last() != Some(&' ') {
            folded.push(glyph.folded);
        }
    }
    folded
}
