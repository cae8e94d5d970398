//! Numbers that the words beside them betray: a card's security code, a
//! one-time password, a telephone number to call.

use std::ops::Range;

use crate::cues::{Cue, Found};
use crate::glyphs::Glyph;
use crate::numbers::Digits;
use crate::sender::Call;
use crate::{Finding, Rule};

/// How far a number to call may stand from the word that announces it.
pub(crate) const CALL_GLYPHS_MAX: usize = 20;
/// So many digits that nothing accounts for are a number to call without being said to be.
pub(crate) const CALLED_DIGITS_MIN: usize = 7;
/// How far a code may stand from the word that announces it.
const CODE_GLYPHS_MAX: usize = 16;
/// Digits of a telephone number: short ones such as 95500, and E.164.
const PHONE_DIGITS: std::ops::RangeInclusive<usize> = 5..=15;

/// Adds security codes and one-time passwords.
pub(crate) fn find_codes(
    glyphs: &[Glyph],
    digits: &Digits,
    cues: &[Found],
    findings: &mut Vec<Finding>,
) {
    for found in cues {
        let (rule, lengths, reason) = match found.cue {
            Cue::SecurityCode => (Rule::SecurityCode, 3..=4, "a card's security code"),
            Cue::OneTime => (Rule::OneTimePassword, 4..=8, "a one-time password"),
            _ => continue,
        };
        let behind = numbers_behind(glyphs, digits, found.end).filter(|(gap, _)| is_filler(gap));
        let before = numbers_before(glyphs, digits, found.start).filter(|(gap, _)| links_back(gap));
        for (_, numbers) in [behind, before].into_iter().flatten() {
            if let Some(number) = numbers.into_iter().find(|number| lengths.contains(&number.len()))
            {
                findings.push(Finding::of(rule, digits.glyphs_of(glyphs, number), reason));
            }
        }
    }
}

/// What stands between a word and digits, and ways to take the digits: what is
/// left of the group, the whole group, and with the groups that spaces or dashes
/// join to it.
type Numbers<'a> = (&'a [Glyph], [Range<usize>; 3]);

/// The digits that begin within [`CODE_GLYPHS_MAX`] behind a glyph.
fn numbers_behind<'a>(glyphs: &'a [Glyph], digits: &Digits, from: usize) -> Option<Numbers<'a>> {
    let first = digits.glyphs.partition_point(|glyph| (*glyph as usize) < from);
    let at = digits.groups.partition_point(|group| group.end <= first);
    let group = digits.groups.get(at)?.clone();
    // `cvc2１６８２`, `CVV275`: the word ends within the digits, or seems to.
    let joined = first..joined(glyphs, digits, at)?.end;
    let numbers = [first..group.end, group, joined];
    let start = digits.glyphs[first] as usize;
    (start - from <= CODE_GLYPHS_MAX).then(|| (&glyphs[from..start], numbers))
}

/// The digits that end within [`CODE_GLYPHS_MAX`] before a glyph.
fn numbers_before<'a>(glyphs: &'a [Glyph], digits: &Digits, until: usize) -> Option<Numbers<'a>> {
    let at = digits.groups.partition_point(|group| (digits.glyphs[group.start] as usize) < until);
    let last = at.checked_sub(1)?;
    // Back to the first group that a space or dash joins to it.
    let first = (0..last)
        .rev()
        .take(CODE_GLYPHS_MAX)
        .take_while(|group| is_joined(glyphs, digits, group + 1))
        .last()
        .unwrap_or(last);
    let group = digits.groups[last].clone();
    let end = digits.glyphs[group.end - 1] as usize + 1;
    let numbers = [group.clone(), group.clone(), digits.groups[first].start..group.end];
    (end <= until && until - end <= CODE_GLYPHS_MAX).then(|| (&glyphs[end..until], numbers))
}

/// A group and what a space or dash joins to it.
fn joined(glyphs: &[Glyph], digits: &Digits, first: usize) -> Option<Range<usize>> {
    let start = digits.groups.get(first)?.start;
    let mut last = first;
    while last + 1 < digits.groups.len()
        && last - first < CODE_GLYPHS_MAX
        && is_joined(glyphs, digits, last + 1)
    {
        last += 1;
    }
    Some(start..digits.groups[last].end)
}

/// Whether only spaces, dashes or dots stand between a group and the one before.
fn is_joined(glyphs: &[Glyph], digits: &Digits, group: usize) -> bool {
    let between = digits.gap(glyphs, group);
    between.len() <= 3
        && between.iter().all(|glyph| matches!(glyph.folded, ' ' | '-' | '.' | '\u{b7}'))
}

/// Whether these say no more than "is", a colon, a bracket.
fn is_filler(gap: &[Glyph]) -> bool {
    let mut words = gap.split(|glyph| {
        matches!(
            glyph.folded,
            ' ' | ':'
                | '='
                | '-'
                | '#'
                | '('
                | '['
                | '"'
                | '\''
                | '是'
                | '为'
                | '号'
                | '码'
                | '：'
                | '“'
                | '「'
                | '\n'
                | '\u{b7}'
                | '*'
        )
    });
    words.all(|word| {
        word.is_empty()
            || ["is", "no", "no.", "code", "number", "pin"]
                .iter()
                .any(|filler| word.len() == filler.len() && starts_with(word, filler))
    })
}

/// Whether these link a number to the word behind it: "is your", "为您的".
fn links_back(gap: &[Glyph]) -> bool {
    // "482913，您的验证码"
    if let [Glyph { folded: ',', .. }, rest @ ..] = gap {
        return ["您的", "你的", " your"].iter().any(|word| starts_with(rest, word));
    }
    let is_sentence =
        |glyph: &Glyph| matches!(glyph.folded, ',' | '.' | ';' | '!' | '?' | '、' | '。');
    if gap.iter().any(is_sentence) {
        return false;
    }
    let mut gap = gap;
    while let [Glyph { folded: ' ' | '(' | '[' | '-' | ':', .. }, rest @ ..] = gap {
        gap = rest;
    }
    gap.is_empty()
        || [
            "is", "was", "as", "to", "your", "the", "our", "will be", "为", "是", "您的", "你的",
            "作为",
        ]
        .iter()
        .any(|word| starts_with(gap, word))
}

/// Adds numbers to call that are not the bank's own.
pub(crate) fn find_calls(
    calls: &[Call],
    glyphs: &[Glyph],
    digits: &Digits,
    cues: &[Found],
    findings: &mut Vec<Finding>,
) {
    let mut cue = 0;
    let mut group = 0;
    while group < digits.groups.len() {
        let span = digits.span(digits.groups[group].clone());
        while cues.get(cue).is_some_and(|found| found.end <= span.start) {
            cue += 1;
        }
        let announced = cues[..cue]
            .iter()
            .rev()
            .take(4)
            .take_while(|found| span.start - found.end <= CALL_GLYPHS_MAX)
            .find(|found| {
                found.cue == Cue::Call && leads_to_call(found, &glyphs[found.end..span.start])
            });
        let international = span.start > 0 && glyphs[span.start - 1].folded == '+';
        if announced.is_none() && !international {
            group += 1;
            continue;
        }
        let groups = phone(glyphs, digits, group);
        // What follows the bank's own number is another, and looked at by itself.
        let own = (groups.start + 1..groups.end + 1)
            .rev()
            .find(|end| is_listed(calls, digits, groups.start..*end));
        if let Some(end) = own {
            group = end;
            continue;
        }
        let number = digits.groups[group].start..digits.groups[groups.end - 1].end;
        group = groups.end;
        let digits_min = if announced.is_some() { *PHONE_DIGITS.start() } else { 7 };
        let is_phone = (digits_min..=*PHONE_DIGITS.end()).contains(&number.len());
        if is_phone && !is_money(glyphs, &digits.span(number.clone())) {
            findings.push(Finding::of(
                Rule::CallBack,
                digits.glyphs_of(glyphs, number),
                "a number to call that is not the bank's hotline",
            ));
        }
    }
}

/// Whether all of these groups are a number that the bank lists.
fn is_listed(calls: &[Call], digits: &Digits, groups: Range<usize>) -> bool {
    let start = digits.groups[groups.start].start;
    digits.groups[groups].last().is_some_and(|last| {
        let number = &digits.values[start..last.end];
        calls.iter().any(|call| call.is_written(number))
    })
}

/// The groups of a telephone number that begins here: joined by spaces,
/// dashes, dots or brackets.
fn phone(glyphs: &[Glyph], digits: &Digits, first: usize) -> Range<usize> {
    let mut end = first + 1;
    let start = digits.groups[first].start;
    while let Some(group) = digits.groups.get(end) {
        let between = digits.gap(glyphs, end);
        let joins = between.len() <= 2
            && between
                .iter()
                .all(|glyph| matches!(glyph.folded, ' ' | '-' | '(' | ')' | '.' | '/'));
        if !joins || group.end - start > *PHONE_DIGITS.end() {
            break;
        }
        end += 1;
    }
    first..end
}

/// Whether what stands between the word and the number leads from one to the
/// other: no end of a sentence, no other number, no word for a reference.
fn leads_to_call(found: &Found, gap: &[Glyph]) -> bool {
    const REFERENCES: [&str; 14] = [
        "单号", "订单", "凭证", "流水", "参考", "尾号", "终端", "编号", "支付", "ref", "order",
        "terminal", "card", "交易",
    ];
    // 电 alone is a call only right before a number: 请电95500, not 上海电力.
    if found.end - found.start == 1
        && gap.iter().any(|glyph| !matches!(glyph.folded, ' ' | ':' | '('))
    {
        return false;
    }
    let ends = |glyph: &Glyph| {
        matches!(glyph.folded, '。' | '!' | '?' | ';' | '\n' | ',' | '、') || glyph.is_digit()
    };
    // "Not you? +965 …", "Questions? Call: …": a sign right behind the word is
    // none.
    let gap = match gap {
        [Glyph { folded: '?' | '!' | ',', .. }, rest @ ..] => rest,
        gap => gap,
    };
    !gap.iter().any(ends)
        && !gap.windows(2).any(|pair| pair[0].folded == '.' && pair[1].folded == ' ')
        && (0..gap.len()).all(|at| !REFERENCES.iter().any(|word| starts_with(&gap[at..], word)))
}

/// Whether a unit of money stands behind the number: an amount, not a phone.
fn is_money(glyphs: &[Glyph], span: &Range<usize>) -> bool {
    let behind = &glyphs[span.end..];
    ["元", "万元", "美元", "港元", "日元"].iter().any(|unit| starts_with(behind, unit))
        || ends_with(&glyphs[..span.start], "\u{a5}")
}

/// Whether these glyphs begin with a word.
fn starts_with(glyphs: &[Glyph], word: &str) -> bool {
    let mut glyphs = glyphs.iter();
    word.chars().all(|character| glyphs.next().is_some_and(|glyph| glyph.folded == character))
}

/// Whether these glyphs end with a word.
fn ends_with(glyphs: &[Glyph], word: &str) -> bool {
    let mut glyphs = glyphs.iter().rev();
    word.chars().rev().all(|character| glyphs.next().is_some_and(|glyph| glyph.folded == character))
}
