//! What marks a number as money, and of which currency.

use iso_currency::Currency;

use crate::glyphs::Glyph;

/// Currencies that a mark may stand for, by their ISO 4217 codes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    /// One of these.
    Of(&'static [&'static str]),
    /// The one with this code.
    Code(Currency),
}

impl Mark {
    /// Whether the mark fits a currency.
    pub(crate) fn fits(self, code: &str) -> bool {
        match self {
            Self::Of(codes) => codes.contains(&code),
            Self::Code(currency) => currency.code() == code,
        }
    }
}

const DOLLARS: &[&str] = &[
    "USD", "AUD", "CAD", "HKD", "NZD", "SGD", "TWD", "MXN", "BRL", "CLP", "COP", "ARS", "FJD",
    "BND", "JMD", "TTD", "BSD", "BBD", "BZD", "BMD", "KYD", "GYD", "LRD", "NAD", "SRD", "XCD",
    "SBD",
];

/// Currencies that are written with a sign.
fn of_sign(sign: char) -> Option<&'static [&'static str]> {
    Some(match sign {
        '\u{a5}' => &["CNY", "JPY"],
        '$' => DOLLARS,
        '\u{20ac}' => &["EUR"],
        '\u{a3}' => &["GBP", "EGP", "GIP", "FKP", "SHP", "SYP", "LBP", "SDG"],
        '\u{20a9}' => &["KRW", "KPW"],
        '\u{20b9}' => &["INR"],
        '\u{e3f}' => &["THB"],
        '\u{20bd}' => &["RUB"],
        '\u{20ab}' => &["VND"],
        '\u{20b1}' => &["PHP", "CUP"],
        '\u{20aa}' => &["ILS"],
        '\u{20ba}' => &["TRY"],
        '\u{20b4}' => &["UAH"],
        '\u{20a6}' => &["NGN"],
        '\u{20bf}' => &[],
        '\u{fdfc}' => &["SAR", "IRR", "QAR", "OMR", "YER"],
        _ => return None,
    })
}

/// What letters before a dollar sign make of it.
fn of_dollar(prefix: &str) -> &'static [&'static str] {
    match prefix {
        "us" => &["USD"],
        "hk" => &["HKD"],
        "a" | "au" => &["AUD"],
        "c" | "ca" => &["CAD"],
        "s" | "sg" => &["SGD"],
        "nt" => &["TWD"],
        "nz" => &["NZD"],
        "mx" => &["MXN"],
        "r" => &["BRL"],
        _ => DOLLARS,
    }
}

/// Currencies that a word in lower case names; with capitals in the text, more
/// codes count: `all` and `try` are words, `ALL` and `TRY` currencies.
fn of_word(word: &str, in_capitals: bool) -> Option<Mark> {
    let codes: &[&str] = match word {
        "yuan" | "rmb" | "renminbi" | "kuai" => &["CNY"],
        "dollar" | "dollars" => DOLLARS,
        "euro" | "euros" => &["EUR"],
        "pound" | "pounds" => &["GBP", "EGP"],
        "yen" => &["JPY"],
        "won" => &["KRW"],
        "dinar" | "dinars" => &["KWD", "BHD", "JOD", "IQD", "TND", "DZD", "LYD", "RSD"],
        "kd" => &["KWD"],
        "bd" => &["BHD"],
        "jd" => &["JOD"],
        "riyal" | "riyals" | "rial" | "rials" => &["SAR", "QAR", "OMR", "IRR", "YER"],
        "dirham" | "dirhams" | "dhs" => &["AED", "MAD"],
        "rupee" | "rupees" | "rs" => &["INR", "PKR", "LKR", "NPR", "MUR"],
        "rm" | "ringgit" => &["MYR"],
        "baht" => &["THB"],
        "rubles" | "roubles" | "ruble" | "rouble" => &["RUB", "BYN"],
        "francs" | "franc" => &["CHF", "XOF", "XAF"],
        "rp" => &["IDR"],
        _ => {
            // Codes that are words of a sentence or of a merchant's name.
            let is_word = matches!(
                word,
                "all"
                    | "try"
                    | "top"
                    | "cup"
                    | "pen"
                    | "mad"
                    | "sos"
                    | "gel"
                    | "bam"
                    | "mop"
                    | "lak"
                    | "ron"
                    | "ang"
                    | "bob"
                    | "cop"
                    | "sar"
                    | "mur"
                    | "scr"
                    | "nad"
                    | "zar"
                    | "std"
                    | "ern"
                    | "gip"
                    | "fun"
                    | "dop"
            );
            if word.len() != 3 || (is_word && !in_capitals) {
                return None;
            }
            return Currency::from_code(&word.to_ascii_uppercase()).map(Mark::Code);
        }
    };
    Some(Mark::Of(codes))
}

/// Currencies that Chinese words name, before a number or behind it.
const HAN_NAMES: [(&str, &[&str]); 24] = [
    ("人民币", &["CNY"]),
    ("人民幣", &["CNY"]),
    ("美元", &["USD"]),
    ("美金", &["USD"]),
    ("港元", &["HKD"]),
    ("港币", &["HKD"]),
    ("港幣", &["HKD"]),
    ("欧元", &["EUR"]),
    ("歐元", &["EUR"]),
    ("英镑", &["GBP"]),
    ("英鎊", &["GBP"]),
    ("日元", &["JPY"]),
    ("日圆", &["JPY"]),
    ("日圓", &["JPY"]),
    ("韩元", &["KRW"]),
    ("澳元", &["AUD"]),
    ("加元", &["CAD"]),
    ("新元", &["SGD"]),
    ("台币", &["TWD"]),
    ("新台币", &["TWD"]),
    ("泰铢", &["THB"]),
    ("卢布", &["RUB"]),
    ("瑞郎", &["CHF"]),
    ("第纳尔", &["KWD", "BHD", "JOD", "IQD"]),
];

/// Units that stand behind a number.
const HAN_UNITS: [(&str, &[&str]); 5] = [
    ("円", &["JPY"]),
    ("元", &["CNY", "HKD", "TWD", "MOP"]),
    ("圆", &["CNY", "MOP"]),
    ("圓", &["CNY", "HKD", "TWD", "JPY"]),
    ("块", &["CNY"]),
];

/// The currency marked right before a glyph; spaces and signs may stand
/// between.
pub(crate) fn before(glyphs: &[Glyph], text: &str, at: usize) -> Option<Mark> {
    let mut end = at;
    for _ in 0..4 {
        match glyphs[..end].last() {
            Some(glyph) if matches!(glyph.folded, ' ' | ':' | '-' | '+' | '~' | '=' | '(') => {
                end -= 1
            }
            _ => break,
        }
    }
    let last = glyphs[..end].last()?;
    if last.folded == '$' {
        let (word, _) = word_before(glyphs, text, end - 1);
        return Some(Mark::Of(of_dollar(word.as_str())));
    }
    if let Some(codes) = of_sign(last.folded) {
        return Some(Mark::Of(codes));
    }
    if last.is_letter() {
        let (word, in_capitals) = word_before(glyphs, text, end);
        return of_word(word.as_str(), in_capitals);
    }
    // What the names end with.
    if matches!(
        last.folded,
        '币' | '幣' | '元' | '金' | '镑' | '鎊' | '圆' | '圓' | '铢' | '布' | '郎' | '尔'
    ) {
        return HAN_NAMES
            .iter()
            .find(|(word, _)| ends_with(&glyphs[..end], word))
            .map(|(_, codes)| Mark::Of(codes));
    }
    None
}

/// The currency marked right behind a glyph, a space may stand between.
pub(crate) fn behind(glyphs: &[Glyph], text: &str, from: usize) -> Option<Mark> {
    let mut start = from;
    if glyphs.get(start).is_some_and(|glyph| glyph.folded == ' ') {
        start += 1;
    }
    let first = glyphs.get(start)?;
    if let Some(codes) = of_sign(first.folded) {
        // A sign that stands before the next number belongs to that one.
        let leads = glyphs.get(start + 1).is_some_and(Glyph::is_digit);
        return (!leads).then_some(Mark::Of(codes));
    }
    if first.is_letter() {
        let length = glyphs[start..].iter().take(10).take_while(|glyph| glyph.is_letter()).count();
        // A code that stands before the next number belongs to that one.
        let next = glyphs[start + length..].iter().find(|glyph| glyph.folded != ' ');
        let leads = start > from && next.is_some_and(Glyph::is_digit);
        let word: Word = glyphs[start..start + length].iter().map(|glyph| glyph.folded).collect();
        let in_capitals = capitals(text, &glyphs[start..start + length]);
        return if leads { None } else { of_word(word.as_str(), in_capitals) };
    }
    // What separates two amounts is asked for most often.
    if first.is_han() && !matches!(first.folded, '年' | '月' | '号' | '卡' | '在') {
        return HAN_NAMES
            .iter()
            .chain(&HAN_UNITS)
            .find(|(word, _)| starts_with(&glyphs[start..], word))
            .map(|(_, codes)| Mark::Of(codes));
    }
    None
}

/// Whether these glyphs begin with a word.
pub(crate) fn starts_with(glyphs: &[Glyph], word: &str) -> bool {
    let mut glyphs = glyphs.iter();
    word.chars().all(|character| glyphs.next().is_some_and(|glyph| glyph.folded == character))
}

/// Whether these glyphs end with a word.
pub(crate) fn ends_with(glyphs: &[Glyph], word: &str) -> bool {
    let mut glyphs = glyphs.iter().rev();
    word.chars().rev().all(|character| glyphs.next().is_some_and(|glyph| glyph.folded == character))
}

/// A word of at most ten letters, without allocation.
#[derive(Default)]
struct Word {
    letters: [u8; 10],
    length: usize,
}

impl Word {
    fn as_str(&self) -> &str {
        std::str::from_utf8(&self.letters[..self.length]).unwrap_or_default()
    }
}

impl FromIterator<char> for Word {
    fn from_iter<T: IntoIterator<Item = char>>(letters: T) -> Self {
        let mut word = Self::default();
        for (place, letter) in word.letters.iter_mut().zip(letters) {
            *place = letter as u8;
            word.length += 1;
        }
        word
    }
}

fn word_before(glyphs: &[Glyph], text: &str, end: usize) -> (Word, bool) {
    let length = glyphs[..end].iter().rev().take(10).take_while(|glyph| glyph.is_letter()).count();
    let letters = &glyphs[end - length..end];
    (letters.iter().map(|glyph| glyph.folded).collect(), capitals(text, letters))
}

fn capitals(text: &str, letters: &[Glyph]) -> bool {
    letters
        .iter()
        .all(|glyph| text.as_bytes().get(glyph.start as usize).is_some_and(u8::is_ascii_uppercase))
}
