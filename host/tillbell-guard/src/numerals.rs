//! Numerals that are words: 一百二十八, 陆贰贰伍, 幺三九, `four one one`.
//!
//! Chinese numerals count from two in a run that hold a digit word, between two
//! digits, or beside a unit of money or time: 千万, 三方, 一卡通 are words. English
//! digit words count from three.

use crate::glyphs::Glyph;

/// More Chinese numerals in a run than these are read digit by digit.
const NUMERALS_MAX: usize = 24;
/// Signs between two numerals of a row, at the most.
const ROW_GLYPHS_MAX: usize = 4;
/// Digits that one and the same character parts, at least, to make a number.
const INTERLEAVED_MIN: usize = 6;
/// English digit words in a row that make a number.
const WORDS_MIN: usize = 3;
/// As many within other words.
const WORDS_GLUED_MIN: usize = 5;

/// A number that begins at a glyph.
pub(crate) struct Numeral {
    /// Its digits in ASCII.
    pub(crate) digits: Vec<u8>,
    /// Its glyphs.
    pub(crate) length: usize,
    /// Whether each glyph stands for one digit.
    pub(crate) is_digit_by_digit: bool,
}

/// The Chinese numeral that begins at this glyph, with none before it.
pub(crate) fn chinese(glyphs: &[Glyph], at: usize) -> Option<Numeral> {
    let run = &glyphs[at..];
    let length = run.iter().take_while(|glyph| is_numeral(glyph.folded)).count();
    if length == 0 {
        return None;
    }
    let run = &run[..length];
    if length == 1
        && digit(run[0].folded).is_some()
        && (is_in_row(glyphs, at) || is_interleaved(glyphs, at))
    {
        let digits = digit(run[0].folded).map(|digit| vec![b'0' + digit as u8])?;
        return Some(Numeral { digits, length, is_digit_by_digit: true });
    }
    let has_digit = run.iter().any(|glyph| digit(glyph.folded).is_some());
    let before = at.checked_sub(1).map(|before| glyphs[before].folded);
    let behind = glyphs.get(at + length).map(|glyph| glyph.folded);
    let is_between = before.is_some_and(|sign| sign.is_ascii_digit())
        && behind.is_some_and(|sign| sign.is_ascii_digit());
    // 万一 is "in case".
    let is_word = length == 2 && run[0].folded == '万' && run[1].folded == '一';
    let counts =
        has_digit && !is_word && (length >= 2 || is_between || behind.is_some_and(is_unit));
    if !counts {
        return None;
    }
    let is_digit_by_digit =
        length > NUMERALS_MAX || run.iter().all(|glyph| digit(glyph.folded).is_some());
    let digits = if is_digit_by_digit {
        run.iter().filter_map(|glyph| digit(glyph.folded)).map(|digit| b'0' + digit as u8).collect()
    } else {
        value(run)?.to_string().into_bytes()
    };
    Some(Numeral { digits, length, is_digit_by_digit })
}

/// Whether three digit words at least stand in a row around this one, signs alone
/// between them: 五.〇.八.
fn is_in_row(glyphs: &[Glyph], at: usize) -> bool {
    let joins = |glyph: &Glyph| {
        !glyph.folded.is_alphanumeric() && glyph.folded != '。' || glyph.is_letter()
    };
    let next = |from: usize, is_back: bool| {
        let step = |at: usize| if is_back { at.checked_sub(1) } else { Some(at + 1) };
        let mut at = step(from)?;
        for _ in 0..ROW_GLYPHS_MAX {
            let glyph = glyphs.get(at)?;
            if !joins(glyph) {
                return digit(glyph.folded).map(|_| at);
            }
            at = step(at)?;
        }
        None
    };
    let before = next(at, true);
    let behind = next(at, false);
    let two = |from: Option<usize>, is_back| from.and_then(|from| next(from, is_back)).is_some();
    (before.is_some() && behind.is_some()) || two(before, true) || two(behind, false)
}

/// Whether this digit word stands in a row of which one and the same character parts the
/// digits: 六卡二卡二卡五卡.
fn is_interleaved(glyphs: &[Glyph], at: usize) -> bool {
    let Some(between) = glyphs.get(at + 1).or_else(|| glyphs.get(at.checked_sub(1)?)) else {
        return false;
    };
    let is_digit_at = |at: usize| glyphs.get(at).is_some_and(|glyph| digit(glyph.folded).is_some());
    let is_between = |at: usize| glyphs.get(at).is_some_and(|glyph| glyph.folded == between.folded);
    let count = |step: fn(usize, usize) -> Option<usize>| {
        (1..INTERLEAVED_MIN)
            .take_while(|pair| {
                step(at, 2 * pair).is_some_and(is_digit_at)
                    && step(at, 2 * pair - 1).is_some_and(is_between)
            })
            .count()
    };
    let row = 1 + count(|at, by| at.checked_add(by)) + count(usize::checked_sub);
    row >= INTERLEAVED_MIN
}

/// The English digit words that begin at this glyph, from three in a row; how many
/// glyphs they take and the digits.
pub(crate) fn english(glyphs: &[Glyph], at: usize) -> Option<Vec<(u8, std::ops::Range<usize>)>> {
    digit_word(&glyphs[at..])?;
    let mut words = Vec::new();
    let mut from = at;
    while let Some((digit, length)) = digit_word(&glyphs[from..]) {
        words.push((digit, from..from + length));
        from += length;
        // fivex one: a letter alone says nothing.
        let is_letter = |at: usize| glyphs.get(at).is_some_and(Glyph::is_of_word);
        let is_plural = glyphs.get(from).is_some_and(|glyph| glyph.folded == 's');
        if is_letter(from)
            && !is_plural
            && !is_letter(from + 1)
            && digit_word(&glyphs[from..]).is_none()
        {
            from += 1;
        }
        let gap = glyphs[from..]
            .iter()
            .take(4)
            .take_while(|glyph| !glyph.is_of_word() && !glyph.is_digit());
        let gap = gap.count();
        from += gap;
    }
    // FourOneOne, and not the begin of another word.
    let is_inside = at > 0 && glyphs[at - 1].is_of_word();
    let is_whole = words.last().is_some_and(|(_, last): &(u8, std::ops::Range<usize>)| {
        !glyphs.get(last.end).is_some_and(Glyph::is_of_word)
            || !glyphs.get(last.end + 1).is_some_and(Glyph::is_of_word)
    });
    // TELFour Nine One: other words touch the row's ends alone.
    let is_parted = words.windows(2).all(|pair| pair[0].1.end < pair[1].1.start);
    let enough = if (is_whole && !is_inside) || is_parted { WORDS_MIN } else { WORDS_GLUED_MIN };
    (words.len() >= enough).then_some(words)
}

/// Whether an English digit word may begin with this letter.
pub(crate) fn may_begin_word(folded: char) -> bool {
    matches!(folded, 'z' | 'o' | 't' | 'f' | 's' | 'e' | 'n')
}

fn digit_word(glyphs: &[Glyph]) -> Option<(u8, usize)> {
    let [first, second, ..] = glyphs else { return None };
    let may_be = matches!(
        (first.folded, second.folded),
        ('z', 'e')
            | ('o', 'h' | 'n')
            | ('t', 'w' | 'h')
            | ('f', 'o' | 'i')
            | ('s', 'i' | 'e')
            | ('e', 'i')
            | ('n', 'i')
    );
    if !may_be {
        return None;
    }
    const WORDS: [(&str, u8); 11] = [
        ("zero", b'0'),
        ("oh", b'0'),
        ("one", b'1'),
        ("two", b'2'),
        ("three", b'3'),
        ("four", b'4'),
        ("five", b'5'),
        ("six", b'6'),
        ("seven", b'7'),
        ("eight", b'8'),
        ("nine", b'9'),
    ];
    WORDS.iter().find_map(|(word, digit)| {
        let fits = glyphs.len() >= word.len()
            && word.chars().zip(glyphs).all(|(letter, glyph)| letter == glyph.folded);
        fits.then_some((*digit, word.len()))
    })
}

/// Units of money and time, and what makes a part of a number.
fn is_unit(character: char) -> bool {
    matches!(
        character,
        '元' | '圆'
            | '圓'
            | '块'
            | '塊'
            | '角'
            | '毛'
            | '分'
            | '年'
            | '月'
            | '日'
            | '号'
            | '號'
            | '时'
            | '時'
            | '点'
            | '點'
            | '秒'
            | '折'
            | '成'
            | '倍'
            | '%'
    )
}

pub(crate) fn is_numeral(character: char) -> bool {
    character > '\u{2fff}' && (digit(character).is_some() || unit(character).is_some())
}

/// The digit that a Chinese character is.
pub(crate) fn digit(character: char) -> Option<u128> {
    Some(match character {
        '零' | '〇' => 0,
        '一' | '壹' | '幺' | '弌' => 1,
        '二' | '两' | '贰' | '貳' | '弍' => 2,
        '三' | '叁' | '參' | '弎' => 3,
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
        '廿' => 20,
        '卅' => 30,
        '百' | '佰' => 100,
        '千' | '仟' => 1_000,
        '万' | '萬' => 10_000,
        '亿' | '億' => 100_000_000,
        _ => return None,
    })
}

/// The number that numerals with units spell.
fn value(numerals: &[Glyph]) -> Option<u128> {
    let (mut total, mut section, mut last) = (0u128, 0u128, None);
    for glyph in numerals {
        if let Some(digit) = digit(glyph.folded) {
            last = Some(last.unwrap_or(0) * 10 + digit);
            continue;
        }
        let unit = unit(glyph.folded)?;
        if matches!(unit, 20 | 30) {
            section += unit;
        } else if unit < 10_000 {
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

    fn read(text: &str) -> Option<String> {
        let reading = glyphs::read(text, &mut Vec::new());
        chinese(&reading.glyphs, 0).map(|numeral| String::from_utf8(numeral.digits).unwrap())
    }

    #[test]
    fn numerals_are_read_and_words_are_not() {
        for (text, digits) in [
            ("一百二十八元", Some("128")),
            ("壹佰贰拾捌元", Some("128")),
            ("一万二千元", Some("12000")),
            ("三千零五元", Some("3005")),
            ("一二八", Some("128")),
            ("六二二五", Some("6225")),
            ("幺三九", Some("139")),
            ("五角", Some("5")),
            ("二十日", Some("20")),
            ("六卡二卡二卡五卡一卡八", Some("6")),
            ("一卡二卡", None),
            ("千万", None),
            ("三方", None),
            ("一卡通", None),
            ("万一", None),
        ] {
            assert_eq!(read(text).as_deref(), digits, "{text}");
        }
    }

    #[test]
    fn digit_words_count_from_three() {
        let count = |text: &str| {
            let reading = glyphs::read(text, &mut Vec::new());
            english(&reading.glyphs, 0).map_or(0, |words| words.len())
        };
        assert_eq!(count("four one-one, two"), 4);
        assert_eq!(count("one two"), 0);
        assert_eq!(count("ones two three"), 0);
        assert_eq!(count("two three fours"), 3);
    }
}
