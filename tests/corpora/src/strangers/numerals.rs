//! Digits as people write and disguise them: numerals of many kinds, groups, separators, and what
//! cannot be seen between digits.

use crate::draw::Random;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    Plain,
    FullWidth,
    /// Another script's decimal digits.
    Script,
    /// ① and ⓪.
    Circled,
    /// ❶ and ⓿.
    NegativeCircled,
    /// ⓵, ➀, ➊, ⑴, ⒈, ¹, ₁, 𝟏: other signs that say one digit.
    Sign,
    Roman,
    Hangzhou,
    Keycap,
    Chinese,
    /// 壹贰叁 and 壹貳參.
    Financial,
    /// 幺 for one.
    Yao,
    /// one three nine
    Words,
    /// OneThreeNine, onethreenine
    GluedWords,
    /// O for 0, l for 1
    Letters,
    /// Each digit from another family.
    Mixed,
}

/// A class name for each family.
macro_rules! classes {
    ($prefix:literal, $family:expr, $plain:expr) => {
        match $family {
            $crate::strangers::numerals::Family::Plain => $plain,
            $crate::strangers::numerals::Family::FullWidth => concat!($prefix, "-full-width"),
            $crate::strangers::numerals::Family::Script => concat!($prefix, "-script"),
            $crate::strangers::numerals::Family::Circled => concat!($prefix, "-circled"),
            $crate::strangers::numerals::Family::NegativeCircled => {
                concat!($prefix, "-negative-circled")
            }
            $crate::strangers::numerals::Family::Sign => concat!($prefix, "-sign"),
            $crate::strangers::numerals::Family::Roman => concat!($prefix, "-roman"),
            $crate::strangers::numerals::Family::Hangzhou => concat!($prefix, "-hangzhou"),
            $crate::strangers::numerals::Family::Keycap => concat!($prefix, "-keycap"),
            $crate::strangers::numerals::Family::Chinese => concat!($prefix, "-chinese"),
            $crate::strangers::numerals::Family::Financial => concat!($prefix, "-financial"),
            $crate::strangers::numerals::Family::Yao => concat!($prefix, "-yao"),
            $crate::strangers::numerals::Family::Words => concat!($prefix, "-words"),
            $crate::strangers::numerals::Family::GluedWords => concat!($prefix, "-glued-words"),
            $crate::strangers::numerals::Family::Letters => concat!($prefix, "-letters"),
            $crate::strangers::numerals::Family::Mixed => concat!($prefix, "-mixed"),
        }
    };
}
pub(crate) use classes;

/// Zeros of the decimal digits of Unicode that are not ASCII, full-width or mathematical.
pub const SCRIPT_ZEROS: &[u32] = &[
    0x0660, 0x06f0, 0x07c0, 0x0966, 0x09e6, 0x0a66, 0x0ae6, 0x0b66, 0x0be6, 0x0c66, 0x0ce6, 0x0d66,
    0x0de6, 0x0e50, 0x0ed0, 0x0f20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90,
    0x1b50, 0x1bb0, 0x1c40, 0x1c50, 0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0,
    0x104a0, 0x10d30, 0x10d40, 0x11066, 0x110f0, 0x11136, 0x111d0, 0x112f0, 0x11450, 0x114d0,
    0x11650, 0x116c0, 0x116d0, 0x116da, 0x11730, 0x118e0, 0x11950, 0x11bf0, 0x11c50, 0x11d50,
    0x11da0, 0x11f50, 0x16130, 0x16a60, 0x16ac0, 0x16b50, 0x16d70, 0x1ccf0, 0x1e140, 0x1e2f0,
    0x1e4f0, 0x1e5f1, 0x1e950,
];

/// Zeros of mathematical and segmented digits.
const MATH_ZEROS: &[u32] = &[0x1d7ce, 0x1d7d8, 0x1d7e2, 0x1d7ec, 0x1d7f6, 0x1fbf0];

const CHINESE: [&str; 10] = ["〇", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
const FINANCIAL: [&str; 10] = ["零", "壹", "贰", "叁", "肆", "伍", "陆", "柒", "捌", "玖"];
const TRADITIONAL: [&str; 10] = ["零", "壹", "貳", "參", "肆", "伍", "陸", "柒", "捌", "玖"];
const WORDS: [&str; 10] =
    ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];

/// What stands between groups of digits.
pub const SEPARATORS: &[&str] = &[
    " ", " ", " ", "-", "-", "-", ".", ".", "/", "·", "\u{a0}", "\u{202f}", "\u{2009}", "\u{3000}",
    "\u{2007}", "‑", "–", "—", "_", "•", "・", " - ", "  ", ". ", "－", "．", "／", "\n", "\r\n",
    "-\n", " \n ", "\u{2028}", "\t", "−", "˙", "⋅", "|", "~", "--", " / ", ",", "，", "、", "*",
    ":",
];

/// Separators that nobody takes for the end of a number.
pub const CLOSE_SEPARATORS: &[&str] =
    &[" ", "-", ".", "/", "·", "\u{a0}", "\u{3000}", "\n", "–", " - ", "‑", "  ", "\r\n"];

/// What cannot be seen, or changes nothing, between digits.
const INVISIBLE: &[&str] = &[
    "\u{200b}",
    "\u{200c}",
    "\u{200d}",
    "\u{2060}",
    "\u{feff}",
    "\u{ad}",
    "\u{180e}",
    "\u{2063}",
    "\u{034f}",
    "\u{fe0f}",
    "\u{2064}",
    "\u{200e}",
    "\u{115f}",
    "\u{e0020}",
];

const COMBINING: &[&str] =
    &["\u{0332}", "\u{0336}", "\u{0301}", "\u{20dd}", "\u{0308}", "\u{20e3}"];

pub fn family(random: &mut Random) -> Family {
    match random.below(100) {
        0..45 => Family::Plain,
        45..51 => Family::FullWidth,
        51..60 => Family::Script,
        60..64 => Family::Circled,
        64..68 => Family::NegativeCircled,
        68..72 => Family::Sign,
        72..74 => Family::Roman,
        74..77 => Family::Hangzhou,
        77..80 => Family::Keycap,
        80..85 => Family::Chinese,
        85..88 => Family::Financial,
        88..91 => Family::Yao,
        91..95 => Family::Words,
        95..96 => Family::GluedWords,
        96..97 => Family::Letters,
        _ => Family::Mixed,
    }
}

/// Writes digits in a family's numerals; one style for all of them.
pub struct Writer {
    family: Family,
    variant: usize,
}

impl Writer {
    pub fn new(random: &mut Random, family: Family) -> Self {
        Self { family, variant: random.below(1 << 16) }
    }

    pub fn is_words(&self) -> bool {
        self.family == Family::Words
    }

    pub fn write(&self, random: &mut Random, digit: u8) -> String {
        let value = usize::from(digit - b'0');
        let offset = u32::from(digit - b'0');
        let at = |zero: u32| character(zero + offset);
        // Zero has a place of its own in the circled families.
        let from_one = |zero: u32, one: u32| {
            if offset == 0 { character(zero) } else { character(one + offset - 1) }
        };
        match self.family {
            Family::Plain => char::from(digit).to_string(),
            Family::FullWidth => at(0xff10),
            Family::Script => at(SCRIPT_ZEROS[self.variant % SCRIPT_ZEROS.len()]),
            Family::Circled => from_one(0x24ea, 0x2460),
            Family::NegativeCircled => from_one(0x24ff, 0x2776),
            Family::Sign => match self.variant % 9 {
                0 => from_one(0x24ea, 0x24f5),
                1 => from_one(0x1f10b, 0x2780),
                2 => from_one(0x1f10c, 0x278a),
                3 if offset > 0 => character(0x2474 + offset - 1),
                4 => from_one(0x1f100, 0x2488),
                5 => ["⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"][value].to_owned(),
                6 => at(0x2080),
                7 | 8 => at(MATH_ZEROS[self.variant / 9 % MATH_ZEROS.len()]),
                _ => "(0)".to_owned(),
            },
            Family::Roman if offset > 0 => {
                character(if self.variant.is_multiple_of(2) { 0x2160 } else { 0x2170 } + offset - 1)
            }
            Family::Roman => "0".to_owned(),
            Family::Hangzhou => from_one(0x3007, 0x3021),
            Family::Keycap => {
                let mark =
                    if self.variant.is_multiple_of(4) { "\u{20e3}" } else { "\u{fe0f}\u{20e3}" };
                format!("{}{mark}", char::from(digit))
            }
            Family::Chinese if value == 0 && self.variant.is_multiple_of(3) => "零".to_owned(),
            Family::Chinese => CHINESE[value].to_owned(),
            Family::Financial if self.variant.is_multiple_of(3) => TRADITIONAL[value].to_owned(),
            Family::Financial => FINANCIAL[value].to_owned(),
            Family::Yao if value == 1 => "幺".to_owned(),
            Family::Yao if value == 0 && self.variant.is_multiple_of(2) => "零".to_owned(),
            Family::Yao => CHINESE[value].to_owned(),
            Family::Words => match self.variant % 4 {
                0 => WORDS[value].to_uppercase(),
                1 => capital(WORDS[value]),
                _ => WORDS[value].to_owned(),
            },
            Family::GluedWords if self.variant.is_multiple_of(2) => capital(WORDS[value]),
            Family::GluedWords => WORDS[value].to_owned(),
            Family::Letters => match value {
                0 => ["O", "o", "О"][self.variant % 3].to_owned(),
                1 => ["l", "I", "і"][self.variant % 3].to_owned(),
                _ => char::from(digit).to_string(),
            },
            Family::Mixed => {
                let family = random.one(&[
                    Family::Plain,
                    Family::FullWidth,
                    Family::Script,
                    Family::Circled,
                    Family::NegativeCircled,
                    Family::Sign,
                    Family::Hangzhou,
                    Family::Keycap,
                    Family::Chinese,
                    Family::Financial,
                ]);
                let writer = Self::new(random, family);
                writer.write(random, digit)
            }
        }
    }
}

/// How the digits of a number stand: groups, separators, what is hidden between them.
pub fn number(random: &mut Random, digits: &str, family: Family) -> String {
    number_with(random, digits, family, SEPARATORS)
}

/// With separators of this list only.
pub fn number_with(
    random: &mut Random,
    digits: &str,
    family: Family,
    separators: &[&str],
) -> String {
    let sizes = sizes(random, digits.len());
    let has_brackets = sizes.len() > 1 && random.chance(12);
    let is_one_separator = random.chance(75);
    let first = random.pick(separators);
    let separators: Vec<&str> = (1..sizes.len())
        .map(|_| if is_one_separator { first } else { random.pick(separators) })
        .collect();
    grouped(random, digits, family, &sizes, &separators, has_brackets)
}

/// Sizes of groups that add up to the count.
pub fn sizes(random: &mut Random, count: usize) -> Vec<usize> {
    let style = random.below(10);
    let mut sizes = Vec::new();
    let mut rest = count;
    while rest > 0 {
        let size = match style {
            0..3 => rest,
            3 => 4,
            4 => 3,
            5 => 2,
            6 => 1,
            7 if sizes.is_empty() => 3,
            7 => 4,
            _ => random.range(1, 5),
        }
        .min(rest);
        sizes.push(size);
        rest -= size;
    }
    sizes
}

pub fn grouped(
    random: &mut Random,
    digits: &str,
    family: Family,
    sizes: &[usize],
    separators: &[&str],
    has_brackets: bool,
) -> String {
    let writer = Writer::new(random, family);
    let hidden = match random.below(100) {
        0..6 => random.pick(INVISIBLE),
        6..8 => random.pick(COMBINING),
        _ => "",
    };
    let is_everywhere = random.chance(50);
    let word_gap = random.pick(&[" ", " ", " ", "-", "\n", "/"]);
    let (open, close) = random.one(&[("(", ")"), ("（", "）"), ("[", "]"), ("(", ") ")]);
    let mut text = String::new();
    let mut index = 0;
    for (group, &size) in sizes.iter().enumerate() {
        if group == 0 && has_brackets {
            text.push_str(open);
        }
        for place in 0..size {
            let digit = writer.write(random, digits.as_bytes()[index]);
            index += 1;
            text.push_str(&digit);
            let is_last = index == digits.len();
            if !is_last && (is_everywhere || random.chance(30)) {
                text.push_str(hidden);
            }
            if writer.is_words() && place + 1 < size {
                text.push_str(word_gap);
            }
        }
        if group == 0 && has_brackets {
            text.push_str(close);
        }
        if let Some(separator) = separators.get(group) {
            text.push_str(separator);
            if writer.is_words() && !separator.chars().any(char::is_whitespace) {
                text.push(' ');
            }
        }
    }
    text
}

fn character(code: u32) -> String {
    char::from_u32(code).map(String::from).unwrap_or_default()
}

fn capital(word: &str) -> String {
    word[..1].to_uppercase() + &word[1..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_begin_ten_digits() {
        for zero in SCRIPT_ZEROS.iter().chain(MATH_ZEROS) {
            for offset in 0..10 {
                let digit = char::from_u32(zero + offset).expect("a character");
                assert!(digit.is_numeric(), "{zero:x} + {offset}");
            }
        }
    }
}
