//! Other letters for a name's: of the same script and alphabet, as many, so that masks and
//! segment counts stay what they were.

use crate::{TapeKey, shape};

/// Surnames of one character, and of two; none is a numeral.
const SURNAMES: &str = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹";
const COMPOUND: [&str; 12] = [
    "欧阳", "司马", "上官", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "司徒", "夏侯", "令狐",
];
const GIVEN: &str = "安博晨诚达丹德恩方飞峰刚光国海涵浩和宏华辉佳嘉建江杰洁静俊凯兰磊丽亮龙梅美敏明娜宁鹏平琪强青荣瑞思婷伟文希雪雅燕洋艺英颖宇玉悦云泽志";
const VOWELS: &str = "aeiou";
const CONSONANTS: &str = "bcdfghjklmnprstvz";
/// Letters of Latin beyond ASCII that the GSM alphabet has, and others.
const GSM_VOWELS: &str = "àéèìòù";
const OTHER_VOWELS: &str = "áâêëíîïóôõúû";
const OTHER_LATIN: &str = "čďěğķľňőřšťůźž";
/// Scripts whose letters stand in a row: those of one are replaced within it.
const ROWS: [(char, char); 16] = [
    ('α', 'ρ'),
    ('Α', 'Ρ'),
    ('а', 'я'),
    ('А', 'Я'),
    ('ա', 'ֆ'),
    ('א', 'ת'),
    ('ب', 'غ'),
    ('ف', 'ي'),
    ('अ', 'औ'),
    ('क', 'ह'),
    ('ก', 'ฮ'),
    ('ა', 'ჰ'),
    ('か', 'と'),
    ('カ', 'ト'),
    ('가', '힣'),
    ('০', '৯'),
];

/// Random numbers that a name's whole text gives.
pub(crate) struct Stream {
    bytes: blake3::OutputReader,
    /// Letters that were asked for.
    letters: usize,
}

/// Draws for one letter: with lists of several letters more are never needed.
const DRAWS_MAX: usize = 64;

impl Stream {
    pub(crate) fn of(key: &TapeKey, name: &str) -> Self {
        let mut hasher = blake3::Hasher::new_keyed(&key.0);
        hasher.update(b"name\0").update(name.as_bytes());
        Self { bytes: hasher.finalize_xof(), letters: 0 }
    }

    fn below(&mut self, count: usize) -> usize {
        let mut bytes = [0; 8];
        self.bytes.fill(&mut bytes);
        (u64::from_be_bytes(bytes) % count.max(1) as u64) as usize
    }

    fn of_list(&mut self, list: &str) -> char {
        let at = self.below(list.chars().count());
        list.chars().nth(at).unwrap_or('x')
    }

    /// A draw that is not this letter: of a name nothing stays where it stood.
    fn differs(&mut self, sign: char, mut draw: impl FnMut(&mut Self) -> char) -> char {
        (0..DRAWS_MAX).map(|_| draw(self)).find(|other| *other != sign).unwrap_or('x')
    }

    /// Another letter or digit for one.
    pub(crate) fn letter(&mut self, sign: char) -> char {
        self.letters += 1;
        // By turns, so that words can be spoken and say nothing of the vowels that stood there.
        let is_vowel = self.letters.is_multiple_of(2);
        match sign {
            '0'..='9' => self.of_list("0123456789"),
            'a'..='z' | 'A'..='Z' => {
                let other = self.of_list(if is_vowel { VOWELS } else { CONSONANTS });
                if sign.is_ascii_uppercase() { other.to_ascii_uppercase() } else { other }
            }
            '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}' => {
                self.of_list(GIVEN)
            }
            '\u{c0}'..='\u{24f}' => self.latin(sign),
            sign => {
                let row = ROWS.iter().find(|(first, last)| (*first..=*last).contains(&sign));
                let Some((first, last)) = row else { return self.of_list(GIVEN) };
                let at = self.below((u32::from(*last) - u32::from(*first) + 1) as usize);
                char::from_u32(u32::from(*first) + at as u32).unwrap_or(*first)
            }
        }
    }

    fn latin(&mut self, sign: char) -> char {
        let lower = sign.to_lowercase().next().unwrap_or(sign);
        let list = match lower {
            lower if GSM_VOWELS.contains(lower) => GSM_VOWELS,
            lower if OTHER_VOWELS.contains(lower) => OTHER_VOWELS,
            // These are in the GSM alphabet, in both cases.
            'ä' | 'ö' | 'ü' | 'å' | 'ø' | 'æ' | 'ñ' | 'ß' => "äöüåøñ",
            _ => OTHER_LATIN,
        };
        let other = self.of_list(list);
        // À is not in the GSM alphabet, É is.
        let is_upper = sign.is_uppercase() && list != GSM_VOWELS;
        if is_upper { other.to_uppercase().next().unwrap_or(other) } else { other }
    }
}

/// Another name for one, of the same length.
pub(crate) fn substitute(key: &TapeKey, name: &str) -> String {
    let mut stream = Stream::of(key, name);
    let mut other = String::with_capacity(name.len());
    let compound = COMPOUND.iter().find(|surname| name.starts_with(**surname));
    let rest = match (compound, name.chars().next()) {
        (Some(surname), _) => {
            let others = || COMPOUND.iter().filter(|other| *other != surname);
            let at = stream.below(others().count());
            other.push_str(others().nth(at).copied().unwrap_or_default());
            &name[surname.len()..]
        }
        (None, Some(first @ '\u{3400}'..='\u{9fff}')) => {
            other.push(stream.differs(first, |stream| stream.of_list(SURNAMES)));
            &name[first.len_utf8()..]
        }
        _ => name,
    };
    other.extend(rest.chars().map(|sign| match sign.is_alphanumeric() {
        true => stream.differs(sign, |stream| stream.letter(sign)),
        false => sign,
    }));
    match shape::holds_card_number(&other) {
        false => other,
        // Digits of a counterparty's account: nothing is said of them then.
        true => other.chars().map(|sign| if sign.is_ascii_digit() { '0' } else { sign }).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_keeps_its_length_script_and_case() {
        let key = TapeKey::new([9; 32]);
        for name in [
            "Zhang Wei",
            "O'NEILL-Smith",
            "张三丰",
            "欧阳修",
            "Иванова",
            "Müller",
            "นภา",
            "김철수",
            "",
        ] {
            let other = substitute(&key, name);
            assert_eq!(other.chars().count(), name.chars().count(), "{name} {other}");
            for (one, other) in name.chars().zip(other.chars()) {
                assert!(one != other || !one.is_alphanumeric(), "{name} {other}");
                assert_eq!(one.is_alphabetic(), other.is_alphabetic(), "{name}");
                assert_eq!(one.is_uppercase(), other.is_uppercase(), "{name}");
                assert_eq!(one.is_ascii(), other.is_ascii(), "{name}");
            }
            assert_eq!(other, substitute(&key, name));
            assert!(name.is_empty() || other != name, "{name}");
        }
        let compound = substitute(&key, "欧阳修");
        assert!(COMPOUND.iter().any(|surname| compound.starts_with(surname)), "{compound}");
        let other = TapeKey::new([8; 32]);
        assert_ne!(substitute(&key, "Zhang Wei"), substitute(&other, "Zhang Wei"));
    }
}
