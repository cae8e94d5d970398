//! International bank account numbers (ISO 13616).

use std::ops::Range;

use crate::glyphs::Glyph;
use crate::numbers::Digits;
use crate::{Finding, Rule};

/// Countries with the length of their numbers, sorted, by the registry of
/// ISO 13616 (release 98, 2024).
const LENGTHS: [(&[u8; 2], usize); 89] = [
    (b"ad", 24),
    (b"ae", 23),
    (b"al", 28),
    (b"at", 20),
    (b"az", 28),
    (b"ba", 20),
    (b"be", 16),
    (b"bg", 22),
    (b"bh", 22),
    (b"bi", 27),
    (b"br", 29),
    (b"by", 28),
    (b"ch", 21),
    (b"cr", 22),
    (b"cy", 28),
    (b"cz", 24),
    (b"de", 22),
    (b"dj", 27),
    (b"dk", 18),
    (b"do", 28),
    (b"ee", 20),
    (b"eg", 29),
    (b"es", 24),
    (b"fi", 18),
    (b"fk", 18),
    (b"fo", 18),
    (b"fr", 27),
    (b"gb", 22),
    (b"ge", 22),
    (b"gi", 23),
    (b"gl", 18),
    (b"gr", 27),
    (b"gt", 28),
    (b"hn", 28),
    (b"hr", 21),
    (b"hu", 28),
    (b"ie", 22),
    (b"il", 23),
    (b"iq", 23),
    (b"is", 26),
    (b"it", 27),
    (b"jo", 30),
    (b"kw", 30),
    (b"kz", 20),
    (b"lb", 28),
    (b"lc", 32),
    (b"li", 21),
    (b"lt", 20),
    (b"lu", 20),
    (b"lv", 21),
    (b"ly", 25),
    (b"mc", 27),
    (b"md", 24),
    (b"me", 22),
    (b"mk", 19),
    (b"mn", 20),
    (b"mr", 27),
    (b"mt", 31),
    (b"mu", 30),
    (b"ni", 28),
    (b"nl", 18),
    (b"no", 15),
    (b"om", 23),
    (b"pk", 24),
    (b"pl", 28),
    (b"ps", 29),
    (b"pt", 25),
    (b"qa", 29),
    (b"ro", 24),
    (b"rs", 22),
    (b"ru", 33),
    (b"sa", 24),
    (b"sc", 31),
    (b"sd", 18),
    (b"se", 24),
    (b"si", 19),
    (b"sk", 24),
    (b"sm", 27),
    (b"so", 23),
    (b"st", 25),
    (b"sv", 28),
    (b"tl", 23),
    (b"tn", 24),
    (b"tr", 26),
    (b"ua", 29),
    (b"va", 22),
    (b"vg", 24),
    (b"xk", 20),
    (b"ye", 30),
];
/// Spaces or dashes that may stand between two characters.
const SEPARATORS_MAX: usize = 2;

/// Adds every account number with valid check digits. `de 2030 folio 1901…`, whose groups
/// are all accounted for, is not one: its letters stand apart.
pub(crate) fn find(
    glyphs: &[Glyph],
    digits: &Digits,
    is_explained: impl Fn(Range<usize>) -> bool,
    findings: &mut Vec<Finding>,
) {
    let mut free_from = 0;
    for (number, group) in digits.groups.iter().enumerate() {
        // Two letters, then the check digits: look back from the digits.
        let first = digits.glyphs[group.start] as usize;
        let letters =
            glyphs[..first].iter().enumerate().rev().filter(|(_, glyph)| !separates(glyph.folded));
        let mut start = None;
        let mut country = [0u8; 2];
        for ((at, glyph), place) in letters.take(2).zip([1, 0]) {
            if first - at <= 2 + 2 * SEPARATORS_MAX && glyph.is_letter() {
                country[place] = glyph.folded as u8;
                start = (place == 0).then_some(at);
            } else {
                break;
            }
        }
        let Some(start) = start else { continue };
        // Apart from its digits a country is a word of its own.
        let is_apart = first - start > 2;
        let is_inside = start > 0 && glyphs[start - 1].is_letter();
        if start < free_from || (is_apart && is_inside) {
            continue;
        }
        let Ok(row) = LENGTHS.binary_search_by_key(&&country, |row| row.0) else { continue };
        if let Some(end) = ends(glyphs, start, LENGTHS[row].1) {
            let behind = digits.groups[number..]
                .iter()
                .take_while(|group| (digits.glyphs[group.start] as usize) < end)
                .count();
            if is_apart && is_explained(number..number + behind) {
                continue;
            }
            free_from = end;
            findings.push(Finding::of(
                Rule::Iban,
                &glyphs[start..end],
                "an international bank account number with valid check digits",
            ));
        }
    }
}

fn separates(folded: char) -> bool {
    matches!(folded, ' ' | '-')
}

/// Where a number of this length ends, if its check digits are valid.
fn ends(glyphs: &[Glyph], start: usize, length: usize) -> Option<usize> {
    // ISO 7064 MOD 97-10 over the number with its first four characters last.
    let (mut head, mut rest, mut count, mut separators) = (0u32, 0u32, 0, 0);
    let mut digits = 0;
    for (at, glyph) in glyphs.iter().enumerate().skip(start) {
        let value = match glyph.folded {
            digit @ '0'..='9' => digit as u32 - '0' as u32,
            letter @ 'a'..='z' => letter as u32 - 'a' as u32 + 10,
            other if separates(other) && separators < SEPARATORS_MAX => {
                separators += 1;
                continue;
            }
            _ => return None,
        };
        separators = 0;
        digits += usize::from(value < 10);
        let sum = if count < 4 { &mut head } else { &mut rest };
        *sum = (*sum * if value < 10 { 10 } else { 100 } + value) % 97;
        // Head and tail: two letters, then two digits.
        if (count == 2 || count == 3) && value > 9 {
            return None;
        }
        count += 1;
        if count == length {
            // The head is two letters (four digits) and two check digits.
            let is_valid = (rest * 1_000_000 + head) % 97 == 1;
            // "at 20 Main Street …" has few digits, an account number many.
            return (is_valid && digits * 2 >= length).then_some(at + 1);
        }
    }
    None
}
