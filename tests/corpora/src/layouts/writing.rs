//! How a sum of money is written in digits.

use crate::random::Random;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    pub group: &'static str,
    pub decimal: &'static str,
    /// Groups of two above the thousands (1,28,500).
    pub is_lakh: bool,
}

pub const ENGLISH: Style = Style { group: ",", decimal: ".", is_lakh: false };
pub const INDIAN: Style = Style { group: ",", decimal: ".", is_lakh: true };
pub const GERMAN: Style = Style { group: ".", decimal: ",", is_lakh: false };
pub const SPACED: Style = Style { group: " ", decimal: ",", is_lakh: false };
pub const HARD_SPACED: Style = Style { group: "\u{a0}", decimal: ",", is_lakh: false };
pub const NARROW: Style = Style { group: "\u{202f}", decimal: ",", is_lakh: false };
pub const SWISS: Style = Style { group: "'", decimal: ".", is_lakh: false };
pub const SWISS_CURLED: Style = Style { group: "’", decimal: ".", is_lakh: false };
pub const SPACED_POINT: Style = Style { group: " ", decimal: ".", is_lakh: false };
pub const PLAIN_POINT: Style = Style { group: "", decimal: ".", is_lakh: false };
pub const PLAIN_COMMA: Style = Style { group: "", decimal: ",", is_lakh: false };

pub const ALL: [Style; 11] = [
    ENGLISH,
    INDIAN,
    GERMAN,
    SPACED,
    HARD_SPACED,
    NARROW,
    SWISS,
    SWISS_CURLED,
    SPACED_POINT,
    PLAIN_POINT,
    PLAIN_COMMA,
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decimals {
    All,
    /// None where they are zeros.
    WhenNeeded,
    /// Without the zeros at the end.
    Trimmed,
}

/// The absolute value in digits.
pub fn write(minor: i64, exponent: u8, style: Style, decimals: Decimals) -> String {
    let unit = 10_u64.pow(exponent.into());
    let (whole, part) = (minor.unsigned_abs() / unit, minor.unsigned_abs() % unit);
    let mut text = group(&whole.to_string(), style);
    if exponent == 0 || (decimals != Decimals::All && part == 0) {
        return text;
    }
    let mut part = format!("{part:0width$}", width = usize::from(exponent));
    if decimals == Decimals::Trimmed {
        part.truncate(part.trim_end_matches('0').len());
    }
    text += style.decimal;
    text + &part
}

fn group(digits: &str, style: Style) -> String {
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        let left = digits.len() - index;
        let is_edge = if style.is_lakh && left > 3 {
            (left - 3).is_multiple_of(2)
        } else {
            left.is_multiple_of(3)
        };
        if index > 0 && is_edge {
            text += style.group;
        }
        text.push(digit);
    }
    text
}

/// Whether comma or dot may be read as decimal mark or as group: it is the
/// only separator and three digits stand behind it.
pub fn is_ambiguous(number: &str) -> bool {
    let marks: Vec<usize> = number.match_indices(['.', ',']).map(|(index, _)| index).collect();
    marks.len() == 1 && number.len() - marks[0] == 4
}

/// Writes in one of the styles, the first of which is the locale's; in the
/// locale's where another could be misread.
pub fn write_one(minor: i64, exponent: u8, styles: &[Style], random: &mut Random) -> String {
    let style = if random.is(60) { styles[0] } else { *random.pick(styles) };
    let decimals = match random.below(10) {
        0 | 1 => Decimals::WhenNeeded,
        2 => Decimals::Trimmed,
        _ => Decimals::All,
    };
    let text = write(minor, exponent, style, decimals);
    // Nobody reads 250,000 dong as 250 dong.
    if exponent == 0 || !is_ambiguous(&text) {
        return text;
    }
    let own = Style { is_lakh: style.is_lakh && styles[0].is_lakh, ..styles[0] };
    write(minor, exponent, own, decimals)
}
