//! Numbers in Chinese numerals, and in the digits of other scripts.

const PLAIN: [char; 10] = ['零', '一', '二', '三', '四', '五', '六', '七', '八', '九'];
const FINANCIAL: [char; 10] = ['零', '壹', '贰', '叁', '肆', '伍', '陆', '柒', '捌', '玖'];

/// A number below 10^12 as it is read aloud.
pub fn chinese(number: u64, is_financial: bool) -> String {
    if number == 0 {
        return "零".into();
    }
    let mut text = String::new();
    let mut is_gap = false;
    for (power, name) in [(100_000_000, "亿"), (10_000, "万"), (1, "")] {
        let group = number / power % 10_000;
        if group == 0 {
            is_gap = !text.is_empty();
            continue;
        }
        if !text.is_empty() && (is_gap || group < 1000) {
            text.push('零');
        }
        is_gap = false;
        text += &thousands(group, is_financial);
        text += name;
    }
    if !is_financial && text.starts_with("一十") {
        text.remove(0);
    }
    text
}

fn thousands(group: u64, is_financial: bool) -> String {
    let (digits, units) = if is_financial {
        (FINANCIAL, ["仟", "佰", "拾", ""])
    } else {
        (PLAIN, ["千", "百", "十", ""])
    };
    let mut text = String::new();
    let mut is_gap = false;
    for (power, unit) in [1000, 100, 10, 1].into_iter().zip(units) {
        let digit = group / power % 10;
        if digit == 0 {
            is_gap = !text.is_empty();
            continue;
        }
        if is_gap {
            text.push('零');
            is_gap = false;
        }
        text.push(digits[digit as usize]);
        text += unit;
    }
    text
}

/// A sum of yuan, jiao and fen.
pub fn yuan(minor: u64, is_financial: bool) -> String {
    let digits = if is_financial { FINANCIAL } else { PLAIN };
    let (yuan, jiao, fen) = (minor / 100, minor / 10 % 10, minor % 10);
    let mut text = String::new();
    if yuan > 0 || minor == 0 {
        text += &chinese(yuan, is_financial);
        text.push('元');
    }
    if jiao > 0 {
        text.push(digits[jiao as usize]);
        text.push('角');
    } else if fen > 0 && yuan > 0 {
        text.push('零');
    }
    if fen > 0 {
        text.push(digits[fen as usize]);
        text.push('分');
    } else if is_financial {
        text.push('整');
    }
    text
}

/// Digit by digit: 九〇〇.
pub fn digit_by_digit(number: u64) -> String {
    let digit = |c: char| match c {
        '0' => '〇',
        c => PLAIN[c as usize - '0' as usize],
    };
    number.to_string().chars().map(digit).collect()
}

/// Scripts whose digits stand in a row from zero.
pub const ZEROS: [char; 14] =
    ['٠', '۰', '०', '০', '๐', '０', '𝟎', '𝟘', '𝟶', '௦', '၀', '០', '໐', '᠐'];

pub fn in_script(text: &str, zero: char) -> String {
    let digit = |c: char| match c.to_digit(10) {
        Some(value) => char::from_u32(zero as u32 + value).unwrap_or(c),
        None => c,
    };
    text.chars().map(digit).collect()
}

/// Circled digits and the like, from zero on.
const RINGS: [[&str; 10]; 4] = [
    ["⓪", "①", "②", "③", "④", "⑤", "⑥", "⑦", "⑧", "⑨"],
    ["⓿", "❶", "❷", "❸", "❹", "❺", "❻", "❼", "❽", "❾"],
    ["0️⃣", "1️⃣", "2️⃣", "3️⃣", "4️⃣", "5️⃣", "6️⃣", "7️⃣", "8️⃣", "9️⃣"],
    ["⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"],
];

pub fn in_rings(text: &str, ring: usize) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c.to_digit(10) {
            Some(value) => out += RINGS[ring % RINGS.len()][value as usize],
            None => out.push(c),
        }
    }
    out
}

/// Digit words in English: nine zero zero.
pub fn in_words(number: u64) -> String {
    const WORDS: [&str; 10] =
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
    let word = |byte: u8| WORDS[usize::from(byte - b'0')];
    number.to_string().bytes().map(word).collect::<Vec<_>>().join(" ")
}
