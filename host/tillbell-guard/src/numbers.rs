//! The digits of a text, and the card and identity numbers among them.
//!
//! A *group* is digits that touch. A *run* is groups with at most
//! [`SEPARATORS_MAX`] separators between one and the next; Chinese or any
//! other letters end it. A card number begins where a group begins and ends
//! where a group ends, so that a long reference is not searched for one by
//! chance.

use std::ops::Range;

use crate::glyphs::Glyph;
use crate::places::{self, Place};
use crate::{Finding, Rule, numerals};
use tillbell_transaction::is_card_number;

/// How many spaces, dashes or dots may stand between two digits of one number.
const SEPARATORS_MAX: usize = 8;
/// The longest card number (ISO/IEC 7812).
pub(crate) const PAN_DIGITS_MAX: usize = 19;
/// The shortest card number that is searched for.
pub(crate) const PAN_DIGITS_MIN: usize = 13;

/// All digits of a text.
pub(crate) struct Digits {
    /// Their values, in ASCII.
    pub(crate) values: Vec<u8>,
    /// The glyph of each.
    pub(crate) glyphs: Vec<u32>,
    /// Digits that touch.
    pub(crate) groups: Vec<Range<usize>>,
    /// Groups that may be one number: ranges of `groups`.
    pub(crate) runs: Vec<Range<usize>>,
}

impl Digits {
    /// Collects them.
    pub(crate) fn of(glyphs: &[Glyph], places: &[Place]) -> Self {
        let mut digits = Self {
            values: Vec::with_capacity(64),
            glyphs: Vec::with_capacity(64),
            groups: Vec::with_capacity(16),
            runs: Vec::with_capacity(16),
        };
        // The glyph behind the last digit, and how far apart from it the next is taken to be
        // although it touches; none while there is no run.
        let mut last: Option<(usize, usize)> = None;
        let mut free_from = 0;
        for at in places::of(places, places::NUMBER) {
            if at < free_from {
                continue;
            }
            let folded = glyphs[at].folded;
            if folded.is_ascii_digit() {
                digits.push(folded as u8, at, gap(glyphs, last, at), true);
                let end = digits.extend(glyphs, at + 1);
                last = Some((end, 0));
                free_from = end;
            } else if folded > '\u{2fff}' {
                if !numerals::is_numeral(folded) {
                    continue;
                }
                let Some(numeral) = numerals::chinese(glyphs, at) else {
                    // 千万: a word, of which no part counts.
                    let word = glyphs[at..].iter();
                    free_from =
                        at + word.take_while(|glyph| numerals::is_numeral(glyph.folded)).count();
                    last = None;
                    continue;
                };
                let end = at + numeral.length;
                let mut apart = gap(glyphs, last, at);
                for (index, digit) in numeral.digits.iter().enumerate() {
                    let glyph = match numeral.is_digit_by_digit {
                        true => at + index,
                        false if index == 0 => at,
                        false => end - 1,
                    };
                    // 二十五 is no part of the digits beside it.
                    let touches = numeral.is_digit_by_digit || index > 0;
                    digits.push(*digit, glyph, apart, touches);
                    apart = Some(0);
                }
                last = Some((end, usize::from(!numeral.is_digit_by_digit)));
                free_from = end;
            } else if numerals::may_begin_word(folded)
                && let Some(words) = numerals::english(glyphs, at)
            {
                let mut apart = gap(glyphs, last, at);
                for (digit, glyphs) in &words {
                    // As a number it stands in the glyphs of its word.
                    digits.push(*digit, glyphs.start, apart, false);
                    apart = Some(1);
                    free_from = glyphs.end;
                }
                last = Some((free_from, 1));
            }
        }
        digits
    }

    fn push(&mut self, digit: u8, glyph: usize, gap: Option<usize>, touches: bool) {
        let index = self.values.len();
        match (gap, self.groups.last_mut()) {
            (Some(0), Some(group)) if touches => group.end = index + 1,
            (Some(_), _) => self.groups.push(index..index + 1),
            (None, _) => {
                let group = self.groups.len();
                self.groups.push(index..index + 1);
                self.runs.push(group..group + 1);
            }
        }
        if let Some(run) = self.runs.last_mut() {
            run.end = self.groups.len();
        }
        self.values.push(digit);
        self.glyphs.push(glyph as u32);
    }

    /// Takes the digits that touch the last one, from this glyph on; the glyph behind them.
    fn extend(&mut self, glyphs: &[Glyph], from: usize) -> usize {
        let more = glyphs[from..].iter().take_while(|glyph| glyph.is_digit());
        self.values.extend(more.map(|glyph| glyph.folded as u8));
        let end = from + self.values.len() - self.glyphs.len();
        self.glyphs.extend(from as u32..end as u32);
        if let Some(group) = self.groups.last_mut() {
            group.end = self.values.len();
        }
        end
    }

    /// The digits of a run.
    pub(crate) fn of_run(&self, run: &Range<usize>) -> Range<usize> {
        self.groups[run.start].start..self.groups[run.end - 1].end
    }

    /// The groups of these digits.
    pub(crate) fn groups_of(&self, digits: &Range<usize>) -> Range<usize> {
        let first = self.groups.partition_point(|group| group.end <= digits.start);
        let behind = self.groups.partition_point(|group| group.start < digits.end);
        first..behind
    }

    /// The glyph of a group's first digit, and the one behind its last.
    pub(crate) fn span(&self, digits: Range<usize>) -> Range<usize> {
        self.glyphs[digits.start] as usize..self.glyphs[digits.end - 1] as usize + 1
    }

    /// The glyphs of some digits, and of what stands between them.
    pub(crate) fn glyphs_of<'a>(&self, glyphs: &'a [Glyph], digits: Range<usize>) -> &'a [Glyph] {
        &glyphs[self.span(digits)]
    }

    /// What stands between a group, not the first, and the one before.
    pub(crate) fn gap<'a>(&self, glyphs: &'a [Glyph], group: usize) -> &'a [Glyph] {
        let before = self.glyphs[self.groups[group - 1].end - 1] as usize;
        &glyphs[before + 1..self.glyphs[self.groups[group].start] as usize]
    }
}

/// How many separators stand between the last digit and a glyph; none where something else
/// does, or too many.
fn gap(glyphs: &[Glyph], last: Option<(usize, usize)>, at: usize) -> Option<usize> {
    let (from, apart) = last?;
    let between = &glyphs[from..at];
    let count = apart + between.len();
    (count <= SEPARATORS_MAX && between.iter().all(|glyph| separates(glyph.folded)))
        .then_some(count)
}

/// Adds every card number and identity number. `is_own` says whether a group
/// is one of the transaction's public identifiers, `is_explained` whether all of some
/// groups are accounted for: facts that by chance look like a card number together.
pub(crate) fn find(
    glyphs: &[Glyph],
    digits: &Digits,
    is_own: impl Fn(&[u8]) -> bool,
    is_explained: impl Fn(Range<usize>) -> bool,
    findings: &mut Vec<Finding>,
) {
    for run in &digits.runs {
        let all = digits.of_run(run);
        if all.len() < PAN_DIGITS_MIN {
            continue;
        }
        let groups = &digits.groups[run.clone()];
        let mut free_from = 0;
        for (index, group) in groups.iter().enumerate() {
            if group.start < free_from {
                continue;
            }
            // The longest number first: 19 digits are not reported as 16.
            let number = groups[index..]
                .iter()
                .map(|last| group.start..last.end)
                .take_while(|number| number.len() <= PAN_DIGITS_MAX)
                .filter(|number| number.len() >= PAN_DIGITS_MIN)
                .filter_map(|number| Some((classify(&digits.values[number.clone()])?, number)))
                .last();
            if let Some(((rule, reason), number)) = number
                && !(number == *group && is_own(&digits.values[number.clone()]))
                && !is_explained(digits.groups_of(&number))
            {
                free_from = number.end;
                findings.push(Finding::of(rule, digits.glyphs_of(glyphs, number), reason));
            }
        }
        id_with_letter(glyphs, digits, &all, groups, findings);
    }
}

/// What may stand between two digits that a reader takes for one number: spaces and
/// signs, but for those that hide digits, ask or exclaim, and those of money.
#[inline]
pub(crate) fn separates(folded: char) -> bool {
    match folded {
        '\u{3400}'..='\u{9fff}' => false,
        ' ' | '"' | '&'..=')' | '+'..='/' | ':'..='>' | '['..='`' | '{'..='~' => true,
        '\0'..='\u{7f}' | '\u{a2}'..='\u{a5}' | '\u{20a0}'..='\u{20cf}' => false,
        '\u{d7}' | '\u{2022}' | '\u{25cf}' | '\u{3002}' => false,
        other => !other.is_alphanumeric() && !crate::glyphs::is_bracket(other),
    }
}

/// Writes a number in ASCII, with zeros in front where it has fewer digits.
pub(crate) fn write(mut number: u32, out: &mut [u8]) {
    for digit in out.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
}

/// What a number of 13 to 19 digits is, if it is one that must not leave.
fn classify(digits: &[u8]) -> Option<(Rule, &'static str)> {
    // Identity numbers that begin with 62 lie in UnionPay's range.
    if digits.len() == 18 && is_id_number(digits, None) {
        return Some((Rule::IdNumber, "an identity number with a valid check digit"));
    }
    is_card_number(digits).then_some((Rule::Pan, "a card number by issuer range and check digit"))
}

/// Checks GB 11643: a province, a birth date that can be, and the check digit
/// of ISO 7064 MOD 11-2 (the 18th digit, or the letter X).
fn is_id_number(digits: &[u8], check: Option<u8>) -> bool {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    const CHECKS: &[u8; 11] = b"10X98765432";
    let Some(check) = check.or_else(|| digits.get(17).copied()) else {
        return false;
    };
    let number = |range: Range<usize>| {
        digits[range].iter().fold(0u32, |sum, digit| sum * 10 + u32::from(digit - b'0'))
    };
    let plausible = matches!(number(0..2), 11..=65 | 71 | 81..=83 | 91)
        && (1850..2150).contains(&number(6..10))
        && (1..=12).contains(&number(10..12))
        && (1..=31).contains(&number(12..14));
    let sum: u32 =
        WEIGHTS.iter().zip(digits).map(|(weight, digit)| weight * u32::from(digit - b'0')).sum();
    plausible && CHECKS[(sum % 11) as usize] == check
}

/// An identity number whose check digit is X: 17 digits and the letter, after
/// separators at the most.
fn id_with_letter(
    glyphs: &[Glyph],
    digits: &Digits,
    all: &Range<usize>,
    groups: &[Range<usize>],
    findings: &mut Vec<Finding>,
) {
    if all.len() < 17 {
        return;
    }
    let start = all.end - 17;
    let behind = digits.span(all.clone()).end;
    let letter = glyphs[behind..]
        .iter()
        .take(SEPARATORS_MAX + 1)
        .find(|glyph| !separates(glyph.folded))
        .filter(|glyph| glyph.folded == 'x');
    if let Some(letter) = letter
        && groups.iter().any(|group| group.start == start)
        && is_id_number(&digits.values[start..all.end], Some(b'X'))
    {
        findings.push(Finding {
            rule: Rule::IdNumber,
            start: glyphs[digits.glyphs[start] as usize].start as usize,
            end: letter.end as usize,
            reason: "an identity number with a valid check digit",
        });
    }
}
