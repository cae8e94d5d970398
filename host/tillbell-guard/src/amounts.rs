//! Numbers that read as money, held against the transaction's own amounts.

use std::ops::Range;

use tillbell_transaction::{Money, Timestamp, Transaction};

use crate::cues::{Cue, Found};
use crate::currency::{self, Mark};
use crate::glyphs::{Glyph, Reading};
use crate::numbers::Digits;
use crate::{Finding, Rule, chinese};

/// The amounts of a transaction, and the date and time that a reader could
/// take for one.
pub(crate) struct Amounts {
    amounts: [Option<Money>; 4],
    /// Sums of several transactions that the host itself worked out.
    sums: Vec<Money>,
    /// Month and day, hour and minute.
    moment: [u32; 4],
}

/// A number as it is written: its digits without separators, and how many of
/// them may stand behind the decimal point.
struct Written {
    value: u128,
    /// Ways to read it: digits behind the point.
    decimals: [Option<u32>; 2],
}

/// More digits than this are no amount.
const DIGITS_MAX: usize = 24;

impl Amounts {
    /// The amounts that a message about this transaction may name.
    pub(crate) fn of(transaction: &Transaction) -> Self {
        Self {
            amounts: [
                Some(transaction.amount),
                transaction.original_amount,
                transaction.fee,
                transaction.balance,
            ],
            sums: Vec::new(),
            moment: moment(transaction.time),
        }
    }

    /// Adds sums that a message may name too.
    pub(crate) fn add(&mut self, sums: &[Money]) {
        self.sums.extend(sums);
    }

    /// Adds every number that reads as money and is none of the amounts.
    pub(crate) fn find(
        &self,
        text: &str,
        reading: &Reading,
        digits: &Digits,
        cues: &[Found],
        findings: &mut Vec<Finding>,
    ) {
        let glyphs = &reading.glyphs;
        let mut group = 0;
        let mut cue = 0;
        while group < digits.groups.len() {
            let end = tight(glyphs, digits, group);
            let number = digits.groups[group].start..digits.groups[end - 1].end;
            let span = digits.span(number);
            while cues.get(cue).is_some_and(|found| found.end <= span.start) {
                cue += 1;
            }
            let announced = cue.checked_sub(1).map(|last| &cues[last]);
            self.check(text, glyphs, digits, group..end, announced, findings);
            group = end;
        }
        chinese::find(reading, |hundredths, range| {
            if !self.is_own_in_hundredths(hundredths) {
                findings.push(finding(&glyphs[range]));
            }
        });
    }

    fn check(
        &self,
        text: &str,
        glyphs: &[Glyph],
        digits: &Digits,
        groups: Range<usize>,
        announced: Option<&Found>,
        findings: &mut Vec<Finding>,
    ) {
        let number = digits.groups[groups.start].start..digits.groups[groups.end - 1].end;
        let span = digits.span(number);
        let behind = glyphs.get(span.end).map_or(' ', |glyph| glyph.folded);
        if matches!(behind, '%' | '\u{2030}' | '\u{b0}') {
            return;
        }
        let multiplier = multiplier(glyphs, span.end);
        let unit_from = span.end + usize::from(multiplier.is_some());
        // In `88.01 USD 2小时内` the currency belongs to the number before it.
        let is_count = groups.len() == 1 && multiplier.is_none() && is_counted(glyphs, span.end);
        let mark = currency::before(glyphs, text, span.start)
            .filter(|_| !is_count)
            .or_else(|| currency::behind(glyphs, text, unit_from));
        let reads = mark.is_some()
            || announced.is_some_and(|found| announces(glyphs, found, &span))
            || self.is_bare(glyphs, digits, &groups, &span);
        if !reads {
            return;
        }
        let is_own = |groups: Range<usize>| {
            Written::read(glyphs, digits, groups)
                .is_some_and(|written| self.is_own(&written, mark, multiplier.unwrap_or(0)))
        };
        // Where spaces group the thousands, the number is wider.
        if is_own(groups.clone()) || wide(glyphs, digits, &groups).is_some_and(is_own) {
            return;
        }
        findings.push(finding(&glyphs[span]));
    }

    /// Whether a written number is one of the amounts, in its currency and
    /// with its decimals or none.
    fn is_own(&self, written: &Written, mark: Option<Mark>, zeros: u32) -> bool {
        self.amounts.iter().flatten().chain(&self.sums).any(|money| {
            let exponent = u32::from(money.exponent());
            let minor = u128::from(money.minor_units().unsigned_abs());
            let fits = mark.is_none_or(|mark| mark.fits(money.currency()));
            fits && written.decimals.iter().flatten().any(|decimals| {
                // With 万 the decimals are what they are.
                let usual = zeros > 0 || *decimals == exponent || *decimals == 0;
                let scaled = 10u128
                    .checked_pow(exponent + zeros)
                    .and_then(|scale| written.value.checked_mul(scale));
                usual
                    && scaled
                        == 10u128.checked_pow(*decimals).and_then(|scale| minor.checked_mul(scale))
            })
        })
    }

    fn is_own_in_hundredths(&self, hundredths: u128) -> bool {
        self.amounts.iter().flatten().chain(&self.sums).any(|money| {
            let minor = u128::from(money.minor_units().unsigned_abs());
            let exponent = u32::from(money.exponent());
            hundredths.checked_mul(10u128.pow(exponent)) == minor.checked_mul(100)
        })
    }

    /// A number with the decimals of the transaction's currency and nothing
    /// beside it that makes it something else.
    fn is_bare(
        &self,
        glyphs: &[Glyph],
        digits: &Digits,
        groups: &Range<usize>,
        span: &Range<usize>,
    ) -> bool {
        let exponent = self.amounts[0].map_or(2, |money| usize::from(money.exponent()));
        let last = &digits.groups[groups.end - 1];
        let is_beside = |at: Option<usize>| {
            at.and_then(|at| glyphs.get(at)).is_some_and(|glyph| {
                glyph.is_letter() || matches!(glyph.folded, '.' | ':' | '/' | '-')
            })
        };
        let ends_sentence = glyphs.get(span.end).is_some_and(|glyph| glyph.folded == '.')
            && !glyphs.get(span.end + 1).is_some_and(|glyph| glyph.is_digit() || glyph.is_letter());
        if groups.len() < 2
            || exponent == 0
            || last.len() != exponent
            || is_beside(span.start.checked_sub(1))
            || (is_beside(Some(span.end)) && !ends_sentence)
        {
            return false;
        }
        let point = glyphs[digits.glyphs[last.start] as usize - 1].folded;
        if groups.len() > 2 {
            let first = glyphs[digits.glyphs[digits.groups[groups.start + 1].start] as usize - 1];
            return matches!(point, '.' | ',') && first.folded != point;
        }
        let value = |group: &Range<usize>| {
            digits.values[group.clone()]
                .iter()
                .take(9)
                .fold(0u32, |sum, digit| sum * 10 + u32::from(digit - b'0'))
        };
        let (whole, part) = (value(&digits.groups[groups.start]), value(last));
        let [month, day, hour, minute] = self.moment;
        let is_moment = [(month, day), (day, month), (hour, minute)].contains(&(whole, part));
        matches!(point, '.' | ',') && !is_moment
    }
}

fn finding(number: &[Glyph]) -> Finding {
    Finding::of(Rule::Amount, number, "an amount that is none of this transaction's")
}

impl Written {
    fn read(glyphs: &[Glyph], digits: &Digits, groups: Range<usize>) -> Option<Self> {
        let parts = &digits.groups[groups];
        let all = parts[0].start..parts[parts.len() - 1].end;
        if all.len() > DIGITS_MAX {
            return None;
        }
        let value = digits.values[all.clone()]
            .iter()
            .fold(0u128, |sum, digit| sum * 10 + u128::from(digit - b'0'));
        let separator = |part: &Range<usize>| glyphs[digits.glyphs[part.start] as usize - 1].folded;
        let last = &parts[parts.len() - 1];
        // Groups of three, or of two in India; the first may be shorter.
        let grouped = |parts: &[Range<usize>]| {
            parts.len() == 1
                || (parts[0].len() <= 3
                    && parts[parts.len() - 1].len() == 3
                    && parts[1..].iter().all(|part| {
                        matches!(part.len(), 2 | 3) && separator(part) == separator(&parts[1])
                    }))
        };
        // One point before three digits is a decimal point: 1.234 is no 1,234.
        let is_point = parts.len() == 2 && separator(last) == '.';
        let whole = (grouped(parts) && !is_point).then_some(0);
        let decimal = (parts.len() > 1
            && grouped(&parts[..parts.len() - 1])
            && matches!(separator(last), '.' | ',')
            && (parts.len() == 2 || separator(&parts[1]) != separator(last)))
        .then_some(last.len() as u32);
        (whole.is_some() || decimal.is_some()).then_some(Self { value, decimals: [whole, decimal] })
    }
}

/// The group behind the last one that belongs to the same number: groups
/// joined by one point, comma or apostrophe.
fn tight(glyphs: &[Glyph], digits: &Digits, first: usize) -> usize {
    let mut end = first + 1;
    while end < digits.groups.len()
        && joined(glyphs, digits, end, |sign| matches!(sign, '.' | ',' | '\''))
    {
        end += 1;
    }
    end
}

/// The number with spaces between its thousands, where it can be read so.
fn wide(glyphs: &[Glyph], digits: &Digits, groups: &Range<usize>) -> Option<Range<usize>> {
    let is_space = |sign| sign == ' ';
    let mut range = groups.clone();
    for _ in 0..6 {
        if range.start > 0
            && digits.groups[range.start].len() == 3
            && digits.groups[range.start - 1].len() <= 3
            && joined(glyphs, digits, range.start, is_space)
        {
            range.start -= 1;
        }
        if range.end < digits.groups.len()
            && digits.groups[range.end].len() == 3
            && joined(glyphs, digits, range.end, is_space)
        {
            // Decimals may follow the last group of three.
            range.end = tight(glyphs, digits, range.end);
        }
    }
    (range != *groups).then_some(range)
}

/// Whether one sign of this sort stands between a group and the one before.
fn joined(glyphs: &[Glyph], digits: &Digits, group: usize, sign: impl Fn(char) -> bool) -> bool {
    let [between] = digits.gap(glyphs, group) else { return false };
    let before = &glyphs[digits.glyphs[digits.groups[group].start - 1] as usize];
    // A full-width comma between ASCII digits ends a clause.
    let is_ascii = |glyph: &Glyph| glyph.end - glyph.start == 1;
    sign(between.folded) && (is_ascii(between) || !is_ascii(before))
}

/// The zeros of 万, 亿 behind a number.
fn multiplier(glyphs: &[Glyph], at: usize) -> Option<u32> {
    match glyphs.get(at)?.folded {
        '万' | '萬' => Some(4),
        '亿' | '億' => Some(8),
        '千' | '仟' => Some(3),
        '百' | '佰' => Some(2),
        _ => None,
    }
}

/// Whether a word right before a number makes it an amount, and nothing right
/// behind makes it a date, a time or a count.
fn announces(glyphs: &[Glyph], cue: &Found, span: &Range<usize>) -> bool {
    if cue.cue != Cue::Money || cue.end > span.start {
        return false;
    }
    let between = &glyphs[cue.end..span.start];
    let is_filler = between.len() <= 4
        && between.iter().all(|glyph| {
            matches!(
                glyph.folded,
                ' ' | ':' | '-' | '+' | '=' | '~' | '为' | '是' | '了' | '约' | '共' | '计' | '额'
            )
        });
    if !is_filler {
        return false;
    }
    !is_counted(glyphs, span.end)
}

/// Whether what stands behind a number makes it a date, a time or a count.
fn is_counted(glyphs: &[Glyph], at: usize) -> bool {
    let mut behind = glyphs[at..].iter();
    match behind.next().map(|glyph| glyph.folded) {
        Some(':' | '/' | '-') => true,
        Some(sign) if "年月日号时点秒小笔次天件张个人位期折倍分工".contains(sign) => {
            true
        }
        Some(letter) if letter.is_ascii_lowercase() => true,
        Some(' ') => {
            let word: String = behind
                .take(9)
                .map(|glyph| glyph.folded)
                .take_while(char::is_ascii_lowercase)
                .collect();
            COUNTED.contains(&word.as_str())
        }
        _ => false,
    }
}

/// What makes a number before it a date, a time or a count.
const COUNTED: [&str; 38] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec",
    "january", "february", "march", "april", "june", "july", "august", "october", "november",
    "december", "am", "pm", "day", "days", "hours", "hour", "hrs", "min", "mins", "minutes",
    "items", "times", "points", "nights", "of",
];

/// Month, day, hour, minute on the wall clock.
fn moment(time: Timestamp) -> [u32; 4] {
    let (day, minute) = (time.local_day(), time.local_minute());
    [day / 100 % 100, day % 100, minute / 60, minute % 60]
}
