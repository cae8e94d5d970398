//! Ways to write digits and letters so that a person reads them and a search
//! does not.

use crate::random::Random;

/// The zeros of the scripts whose digits are in Unicode 14; nine more follow
/// each.
const ZEROS: [u32; 65] = [
    0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6,
    0xe50, 0xed0, 0xf20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50,
    0x1bb0, 0x1c40, 0x1c50, 0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10,
    0x104a0, 0x10d30, 0x11066, 0x110f0, 0x11136, 0x111d0, 0x112f0, 0x11450, 0x114d0, 0x11650,
    0x116c0, 0x11730, 0x118e0, 0x11950, 0x11c50, 0x11d50, 0x11da0, 0x16a60, 0x16ac0, 0x16b50,
    0x1d7ce, 0x1d7d8, 0x1d7e2, 0x1d7ec, 0x1d7f6, 0x1e140, 0x1e2f0, 0x1e950, 0x1fbf0,
];
/// What NFKC makes digits of.
const FOLDED: [&str; 6] =
    ["⓪①②③④⑤⑥⑦⑧⑨", "⁰¹²³⁴⁵⁶⁷⁸⁹", "₀₁₂₃₄₅₆₇₈₉", "⓪⑴⑵⑶⑷⑸⑹⑺⑻⑼", "０①２③４⑤６⑦８⑨", "𝟎𝟙𝟤𝟯𝟺⁵₆７⑧𝟡"];
/// What may stand between the digits of one number.
pub(crate) const SEPARATORS: [&str; 24] = [
    " ", "-", ".", "\u{a0}", "\u{2009}", "\u{2007}", "\u{202f}", "\u{3000}", "\u{2010}",
    "\u{2011}", "\u{2012}", "\u{2013}", "\u{2014}", "\u{2212}", "\u{ff0d}", "\u{200b}", "\u{200c}",
    "\u{200d}", "\u{2060}", "\u{feff}", "\u{ad}", "\u{b7}", "\u{ff0e}", "  ",
];

/// Each ASCII digit by what `write` makes of it.
fn each_digit(text: &str, mut write: impl FnMut(u32) -> char) -> String {
    text.chars().map(|character| character.to_digit(10).map_or(character, &mut write)).collect()
}

fn of_script(zero: u32, value: u32) -> char {
    char::from_u32(zero + value).expect("a digit")
}

/// In the digits of one script.
pub(crate) fn script(random: &mut Random, text: &str) -> String {
    let zero = random.pick(&ZEROS);
    each_digit(text, |value| of_script(zero, value))
}

/// In full width.
pub(crate) fn wide(text: &str) -> String {
    text.chars()
        .map(|character| match character {
            '!'..='~' => char::from_u32(character as u32 + 0xfee0).expect("full width"),
            other => other,
        })
        .collect()
}

/// Each digit in a script of its own.
pub(crate) fn motley(random: &mut Random, text: &str) -> String {
    each_digit(text, |value| of_script(random.pick(&ZEROS), value))
}

/// Circled, superscript and the like.
pub(crate) fn folded(random: &mut Random, text: &str) -> String {
    let digits = random.pick(&FOLDED);
    each_digit(text, |value| digits.chars().nth(value as usize).expect("ten digits"))
}

/// Letters and digits of mathematics.
pub(crate) fn mathematical(text: &str) -> String {
    text.chars()
        .map(|character| {
            let from = |base: u32, first: char| {
                char::from_u32(base + character as u32 - first as u32).expect("a letter")
            };
            match character {
                'A'..='Z' => from(0x1d400, 'A'),
                'a'..='z' => from(0x1d41a, 'a'),
                '0'..='9' => from(0x1d7ce, '0'),
                other => other,
            }
        })
        .collect()
}

/// One of the ways to write digits, plain ones included.
pub(crate) fn digits(random: &mut Random, text: &str) -> String {
    match random.below(6) {
        0 => script(random, text),
        1 => wide(text),
        2 => motley(random, text),
        3 => folded(random, text),
        _ => text.into(),
    }
}

/// One to four separators, all the same or of any sort.
pub(crate) fn gap(random: &mut Random) -> String {
    let count = random.within(1, 4);
    let same = random.pick(&SEPARATORS);
    let any = random.once_in(2);
    let gap: String =
        (0..count).map(|_| if any { random.pick(&SEPARATORS) } else { same }).collect();
    gap.chars().take(4).collect()
}

/// In groups of four, of random sizes, or one by one, with the same or another
/// gap each time.
pub(crate) fn spaced(random: &mut Random, text: &str) -> String {
    let first = gap(random);
    let same = random.once_in(2);
    let grouping = random.below(3);
    let mut spaced = String::new();
    let mut left = 0;
    for character in text.chars() {
        if left == 0 {
            if !spaced.is_empty() {
                spaced += &if same { first.clone() } else { gap(random) };
            }
            left = match grouping {
                0 => 4,
                1 => random.within(1, 6),
                _ => 1,
            };
        }
        spaced.push(character);
        left -= 1;
    }
    spaced
}

/// With a space, or something like one, between all letters.
pub(crate) fn lettered(random: &mut Random, text: &str) -> String {
    let gap = random.pick(&[" ", "\u{a0}", "\u{3000}", "\u{200b}", "·", "  "]);
    let letters: Vec<String> =
        text.chars().filter(|letter| *letter != ' ').map(String::from).collect();
    letters.join(gap)
}

/// Upper, lower or mixed case.
pub(crate) fn cased(random: &mut Random, text: &str) -> String {
    match random.below(3) {
        0 => text.to_uppercase(),
        1 => text.to_lowercase(),
        _ => text
            .chars()
            .enumerate()
            .map(|(place, letter)| match place % 2 {
                0 => letter.to_ascii_uppercase(),
                _ => letter.to_ascii_lowercase(),
            })
            .collect(),
    }
}

/// Within what a person would not take for a part of it.
pub(crate) fn enclosed(random: &mut Random, text: &str) -> String {
    let (before, after) = random.pick(&[
        ("卡号", "消费"),
        ("（", "）"),
        ("(", ")"),
        ("[", "]"),
        ("「", "」"),
        ("\"", "\""),
        ("“", "”"),
        ("：", "。"),
        (": ", ". "),
        ("是", "，"),
        ("#", " "),
        ("<", ">"),
        ("No.", ";"),
        ("card ", " was"),
        ("，", "，"),
        ("=", "&"),
        ("*", "*"),
        ("card", "used"),
    ]);
    format!("{before}{text}{after}")
}
