//! Words that stand beside numbers, by CLDR 48: months, multipliers, marks and names
//! of currencies. `tables/generate.py` makes `cldr.txt`, and says what is in it.

use std::sync::LazyLock;

use iso_currency::Currency;

use crate::glyphs::Glyph;

/// A line each: the word, folded; a tab; what it is. Sorted by bytes.
const WORDS: &str = include_str!("cldr.txt");
/// The longest word of the list, in bytes.
const WORD_BYTES_MAX: usize = 48;

/// A word of a text in UTF-8, as the list has it.
pub(crate) struct Key {
    bytes: [u8; WORD_BYTES_MAX],
    length: usize,
}

impl Key {
    /// None for one that is longer than any of the list.
    pub(crate) fn of<'a>(glyphs: impl IntoIterator<Item = &'a Glyph>) -> Option<Self> {
        let mut key = Self { bytes: [0; WORD_BYTES_MAX], length: 0 };
        for glyph in glyphs {
            let size = glyph.folded.len_utf8();
            let room = key.bytes.get_mut(key.length..key.length + size)?;
            glyph.folded.encode_utf8(room);
            key.length += size;
        }
        Some(key)
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

/// What a word is beside a number.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Word {
    /// A month of the Gregorian calendar: bit 1 to 12, or several.
    Month(u16),
    /// A month of the Islamic calendar.
    Islamic(u16),
    /// It multiplies: thousand, lakh, 万.
    Multiplier,
    /// A mark or a name of currencies.
    Money(Codes),
}

/// The currencies that a mark may stand for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Codes {
    /// One of these, by ISO 4217, with commas between.
    Of(&'static str),
    /// The one with this code.
    One(Currency),
}

impl Codes {
    /// Whether a currency, by its code, is one of them.
    pub(crate) fn hold(self, code: &str) -> bool {
        match self {
            Self::Of(codes) => {
                codes.as_bytes().chunks(4).any(|one| one.starts_with(code.as_bytes()))
            }
            Self::One(currency) => currency.code() == code,
        }
    }
}

/// Where each word's line begins, plus one, at the place of the word's hash; 0 where the
/// place is free.
static INDEX: LazyLock<Index> = LazyLock::new(Index::of_words);

/// Places of the index: some more than there are words.
const PLACES: usize = 1 << 13;

struct Index {
    lines: Vec<u32>,
    /// First and last characters of words in scripts without spaces, as filters.
    edges: [[u64; 64]; 2],
}

impl Index {
    fn of_words() -> Self {
        let mut index = Self { lines: vec![0; PLACES], edges: [[0; 64]; 2] };
        let mut start = 0;
        for line in WORDS.lines() {
            let word = line.split('\t').next().unwrap_or_default();
            let mut place = hash(word.as_bytes());
            while index.lines[place] != 0 {
                place = (place + 1) % PLACES;
            }
            index.lines[place] = start + 1;
            for (edge, character) in
                index.edges.iter_mut().zip([word.chars().next(), word.chars().next_back()])
            {
                let bit = character.unwrap_or_default() as usize % 4_096;
                edge[bit / 64] |= 1 << (bit % 64);
            }
            start += line.len() as u32 + 1;
        }
        index
    }
}

/// FNV-1a.
fn hash(word: &[u8]) -> usize {
    let hash = word
        .iter()
        .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193));
    (hash ^ (hash >> 13)) as usize % PLACES
}

/// Whether a word may begin or end with a character.
pub(crate) fn may_have_edge(character: char, is_last: bool) -> bool {
    let bit = character as usize % 4_096;
    INDEX.edges[usize::from(is_last)][bit / 64] >> (bit % 64) & 1 == 1
}

/// What a word is, folded and in UTF-8.
pub(crate) fn look(word: &[u8]) -> Option<Word> {
    let index = &*INDEX;
    let mut place = hash(word);
    loop {
        let start = index.lines[place].checked_sub(1)? as usize;
        let rest = &WORDS.as_bytes()[start..];
        if rest.starts_with(word) && rest.get(word.len()) == Some(&b'\t') {
            let end = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
            return what(&WORDS[start + word.len() + 1..start + end]);
        }
        place = (place + 1) % PLACES;
    }
}

fn what(text: &'static str) -> Option<Word> {
    let (sort, rest) = text.split_at(1);
    Some(match sort {
        "m" => Word::Month(months(rest)?),
        "i" => Word::Islamic(months(rest)?),
        "x" => Word::Multiplier,
        _ => Word::Money(Codes::Of(rest)),
    })
}

fn months(list: &str) -> Option<u16> {
    list.split(',').try_fold(0, |bits, month| Some(bits | 1 << month.parse::<u16>().ok()?))
}

/// The currency of an ISO 4217 code in lower case. `in_capitals` says how it is
/// written: `all` and `try` are words, `ALL` and `TRY` currencies.
pub(crate) fn code(word: &[u8], in_capitals: bool) -> Option<Codes> {
    const WORDS: [&[u8; 3]; 21] = [
        b"all", b"ang", b"bam", b"bob", b"cop", b"cup", b"dop", b"ern", b"fun", b"gel", b"gip",
        b"lak", b"mad", b"mur", b"nad", b"pen", b"scr", b"sos", b"std", b"top", b"try",
    ];
    let code: [u8; 3] = word.try_into().ok()?;
    // Not a code, but written like one: new shekels.
    if in_capitals && &code == b"nis" {
        return Currency::from_code("ILS").map(Codes::One);
    }
    if !in_capitals && WORDS.contains(&&code) {
        return None;
    }
    let capitals = code.map(|letter| letter.to_ascii_uppercase());
    let text = std::str::from_utf8(&capitals).ok()?;
    // XXX stands for no currency, XTS for a test, XAU for gold.
    let is_none = text.starts_with('X') && !matches!(text, "XAF" | "XOF" | "XPF" | "XCD" | "XCG");
    if is_none { None } else { Currency::from_code(text).map(Codes::One) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_and_read() {
        let words: Vec<_> =
            WORDS.lines().map(|line| line.split_once('\t').expect("two columns")).collect();
        assert!(words.len() * 3 / 2 < PLACES);
        assert!(words.windows(2).all(|pair| pair[0].0.as_bytes() < pair[1].0.as_bytes()));
        for (word, what) in words {
            assert!(word.len() <= WORD_BYTES_MAX, "{word}");
            assert!(look(word.as_bytes()).is_some(), "{word} {what}");
        }
    }

    #[test]
    fn words_are_what_people_mean() {
        let holds = |word: &str, code: &str| match look(word.as_bytes()) {
            Some(Word::Money(codes)) => codes.hold(code),
            _ => false,
        };
        assert!(
            holds("rs", "INR") && holds("$", "USD") && holds("kr", "SEK") && holds("元", "CNY")
        );
        assert!(!holds("$", "EUR") && !holds("le", "EGP"));
        assert!(matches!(look(b"nov"), Some(Word::Month(0x800))));
        assert!(matches!(look(b"lakh"), Some(Word::Multiplier)));
        assert!(code(b"xxx", true).is_none() && code(b"all", false).is_none());
        assert!(code(b"all", true).is_some());
    }
}
