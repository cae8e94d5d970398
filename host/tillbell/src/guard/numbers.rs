//! Card numbers and identity numbers in running text.
//!
//! A *run* is a sequence of digits of any script with at most
//! [`SEPARATORS_MAX`] separators between one digit and the next; Chinese or
//! any other letters end it. Within a run, a *group* is digits that touch. A
//! card number begins where a group begins and ends where a group ends, so
//! that a long reference is not searched for one by chance.

use std::ops::Range;

use tillbell_transaction::Pan;

use super::digits::digits_of;
use super::{Finding, Rule};

/// How many spaces, dashes or invisible characters may stand between two
/// digits of one number.
const SEPARATORS_MAX: usize = 4;
/// The longest card number (ISO/IEC 7812).
const PAN_DIGITS_MAX: usize = 19;
/// The shortest card number that is searched for.
const PAN_DIGITS_MIN: usize = 13;

/// A run of digits: their values as ASCII, where each stands, and where groups
/// begin.
#[derive(Default)]
struct Run {
    values: Vec<u8>,
    spans: Vec<(u32, u32)>,
    /// Indexes of the first digit of each group.
    groups: Vec<usize>,
}

/// Adds every card number and identity number in the text.
pub(super) fn find(text: &str, pan: Option<&Pan>, findings: &mut Vec<Finding>) {
    each_run(text, |run| {
        if run.values.len() < PAN_DIGITS_MIN - 1 {
            return;
        }
        if let Some(pan) = pan
            && pan.is_within(&run.values)
        {
            findings.push(run.finding(Rule::Pan, 0, run.values.len()));
            return;
        }
        let mut free_from = 0;
        for (index, &start) in run.groups.iter().enumerate() {
            if start < free_from {
                continue;
            }
            // The longest number first: 19 digits are not reported as 16.
            let ends = run.groups[index + 1..]
                .iter()
                .copied()
                .chain([run.values.len()])
                .take_while(|end| end - start <= PAN_DIGITS_MAX);
            let number = ends
                .filter(|end| end - start >= PAN_DIGITS_MIN)
                .filter_map(|end| Some((classify(&run.values[start..end])?, end)))
                .last();
            if let Some((rule, end)) = number {
                findings.push(run.finding(rule, start, end));
                free_from = end;
            }
        }
        id_with_letter(text, run, findings);
    });
}

/// The byte ranges of runs that are long enough to hold a card number.
pub(super) fn long_runs(text: &str) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    each_run(text, |run| {
        if run.values.len() >= PAN_DIGITS_MIN - 1 {
            let finding = run.finding(Rule::Pan, 0, run.values.len());
            ranges.push(finding.start..finding.end);
        }
    });
    ranges
}

impl Run {
    fn finding(&self, rule: Rule, from: usize, to: usize) -> Finding {
        Finding { rule, start: self.spans[from].0 as usize, end: self.spans[to - 1].1 as usize }
    }

    fn clear(&mut self) {
        self.values.clear();
        self.spans.clear();
        self.groups.clear();
    }
}

fn each_run(text: &str, mut found: impl FnMut(&Run)) {
    let mut run = Run::default();
    let mut separators = 0;
    for (start, character) in text.char_indices() {
        let digits = digits_of(character);
        if !digits.is_empty() {
            if separators > 0 || run.values.is_empty() {
                run.groups.push(run.values.len());
            }
            separators = 0;
            let span = (start as u32, (start + character.len_utf8()) as u32);
            for digit in digits {
                run.values.push(*digit);
                run.spans.push(span);
            }
        } else if !run.values.is_empty() {
            separators += 1;
            if separators > SEPARATORS_MAX || !separates(character) {
                found(&run);
                run.clear();
                separators = 0;
            }
        }
    }
    if !run.values.is_empty() {
        found(&run);
    }
}

/// Spaces, dashes, dots, commas, and whatever the eye does not see.
fn separates(character: char) -> bool {
    match character {
        ' ' | '-' | '.' | ',' | '_' | '\'' => true,
        '!'..='~' => false,
        _ => {
            character.is_whitespace()
                || super::deceives(character)
                || matches!(character,
                    '\u{b7}' | '\u{2010}'..='\u{2015}' | '\u{2022}' | '\u{2027}' | '\u{2212}'
                    | '\u{3002}' | '\u{30fb}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0c}'..='\u{ff0e}'
                    | '\u{300}'..='\u{36f}' | '\u{20d0}'..='\u{20ff}')
        }
    }
}

/// What a number of 13 to 19 digits is, if it is one that must not leave.
fn classify(digits: &[u8]) -> Option<Rule> {
    // Identity numbers that begin with 62 lie in UnionPay's range.
    if digits.len() == 18 && is_id_number(digits, None) {
        return Some(Rule::IdNumber);
    }
    (in_issuer_range(digits) && luhn(digits)).then_some(Rule::Pan)
}

/// Issuer ranges with their lengths, as the networks publish them.
fn in_issuer_range(digits: &[u8]) -> bool {
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
        9000..=9999 => (16..=19).contains(&length) && prefix / 100 == 97,
        _ => false,
    }
}

fn luhn(digits: &[u8]) -> bool {
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

/// Checks GB 11643: 17 digits with a plausible birth date, and the check digit
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
    let plausible = (1800..2200).contains(&number(6..10))
        && (1..=12).contains(&number(10..12))
        && (1..=31).contains(&number(12..14));
    let sum: u32 =
        WEIGHTS.iter().zip(digits).map(|(weight, digit)| weight * u32::from(digit - b'0')).sum();
    plausible && CHECKS[(sum % 11) as usize] == check
}

/// An identity number whose check digit is X: 17 digits and the letter.
fn id_with_letter(text: &str, run: &Run, findings: &mut Vec<Finding>) {
    let Some(start) = run.values.len().checked_sub(17) else {
        return;
    };
    let end = run.spans[run.values.len() - 1].1 as usize;
    let letter =
        text[end..].chars().next().filter(|letter| matches!(letter, 'X' | 'x' | 'Ｘ' | 'ｘ'));
    if let Some(letter) = letter
        && run.groups.contains(&start)
        && is_id_number(&run.values[start..], Some(b'X'))
    {
        let mut finding = run.finding(Rule::IdNumber, start, run.values.len());
        finding.end += letter.len_utf8();
        findings.push(finding);
    }
}
