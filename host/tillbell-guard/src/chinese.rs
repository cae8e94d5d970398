//! Amounts in Chinese numerals: 一百二十八元五角, 壹佰贰拾捌元伍角整.

use std::ops::Range;

use crate::glyphs::{Glyph, Reading};

/// More numerals than this are no amount.
const NUMERALS_MAX: usize = 32;

/// Calls `found` with every amount, in hundredths, and its glyphs. What cannot
/// be read as a number is 0.
pub(crate) fn find(reading: &Reading, mut found: impl FnMut(u128, Range<usize>)) {
    let glyphs = &reading.glyphs;
    let mut free_from = 0;
    for unit in reading.signs.iter().map(|sign| *sign as usize) {
        if !is_unit(glyphs[unit].folded) || unit < free_from {
            continue;
        }
        let before = &glyphs[free_from..unit];
        let length = before.iter().rev().take_while(|glyph| is_numeral(glyph.folded)).count();
        free_from = unit + 1;
        let numerals = &before[before.len() - length..];
        // 1.2万元 is read with its digits.
        let after_digits =
            before.len().checked_sub(length + 1).is_some_and(|at| before[at].is_digit());
        if numerals.is_empty() || after_digits {
            continue;
        }
        let whole = if length <= NUMERALS_MAX { value(numerals) } else { None };
        let (rest, behind) = parts(glyphs, unit + 1);
        found(whole.map_or(0, |whole| whole * 100 + rest), unit - length..behind);
        free_from = behind;
    }
}

/// What makes the numerals before it an amount.
pub(crate) fn is_unit(character: char) -> bool {
    matches!(character, '元' | '圆' | '圓' | '块')
}

/// Jiao and fen behind the unit, in hundredths, and where they end.
fn parts(glyphs: &[Glyph], mut at: usize) -> (u128, usize) {
    let mut hundredths = 0;
    for _ in 0..2 {
        if glyphs.get(at).is_some_and(|glyph| glyph.folded == '零') {
            at += 1;
        }
        let digit = glyphs.get(at).and_then(|glyph| digit(glyph.folded));
        let worth = match glyphs.get(at + 1).map(|glyph| glyph.folded) {
            Some('角' | '毛') => 10,
            Some('分') => 1,
            _ => break,
        };
        let Some(digit) = digit else { break };
        hundredths += digit * worth;
        at += 2;
    }
    (hundredths, at)
}

fn is_numeral(character: char) -> bool {
    digit(character).is_some() || unit(character).is_some()
}

fn digit(character: char) -> Option<u128> {
    Some(match character {
        '零' | '〇' | '○' => 0,
        '一' | '壹' => 1,
        '二' | '两' | '贰' | '貳' => 2,
        '三' | '叁' | '參' => 3,
        '四' | '肆' => 4,
        '五' | '伍' => 5,
        '六' | '陆' | '陸' => 6,
        '七' | '柒' => 7,
        '八' | '捌' => 8,
        '九' | '玖' => 9,
        _ => return None,
    })
}

fn unit(character: char) -> Option<u128> {
    Some(match character {
        '十' | '拾' => 10,
        '百' | '佰' => 100,
        '千' | '仟' => 1_000,
        '万' | '萬' => 10_000,
        '亿' | '億' => 100_000_000,
        _ => return None,
    })
}

/// The number that numerals spell; none where they spell none.
fn value(numerals: &[Glyph]) -> Option<u128> {
    if numerals.iter().all(|glyph| digit(glyph.folded).is_some()) {
        // 一二八: digit by digit.
        return numerals
            .iter()
            .try_fold(0u128, |sum, glyph| sum.checked_mul(10)?.checked_add(digit(glyph.folded)?));
    }
    let (mut total, mut section, mut last) = (0u128, 0u128, None);
    for glyph in numerals {
        if let Some(digit) = digit(glyph.folded) {
            last = Some(digit);
            continue;
        }
        let unit = unit(glyph.folded)?;
        if unit < 10_000 {
            section += last.unwrap_or(1) * unit;
        } else {
            total = (total + section + last.unwrap_or(0)).checked_mul(unit)?;
            section = 0;
        }
        last = None;
    }
    Some(total + section + last.unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::glyphs;

    #[test]
    fn amounts_in_numerals_are_read() {
        for (text, hundredths) in [
            ("一百二十八元五角", 12_850),
            ("壹佰贰拾捌元伍角整", 12_850),
            ("壹佰贰拾捌元零伍分", 12_805),
            ("一万二千元", 1_200_000),
            ("十元", 1_000),
            ("三千零五元二角一分", 300_521),
            ("一二八元", 12_800),
        ] {
            let mut found = Vec::new();
            let reading = glyphs::read(text, &mut Vec::new());
            find(&reading, |hundredths, _| found.push(hundredths));
            assert_eq!(found, [hundredths], "{text}");
        }
    }
}
