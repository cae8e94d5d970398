//! Capitals as in a title: `BLUE BOTTLE COFFEE` as `Blue Bottle Coffee`.
//!
//! Of Latin, Greek and Cyrillic letters. The standard library's tables are of all scripts,
//! and 27 kB of every snapshot.

/// Capitals and how far behind each its small letter is: from, to, every so many.
const CASES: [(u32, u32, u32, u32); 29] = [
    (0x41, 0x5a, 1, 32),
    (0xc0, 0xd6, 1, 32),
    (0xd8, 0xde, 1, 32),
    (0x100, 0x12e, 2, 1),
    (0x132, 0x136, 2, 1),
    (0x139, 0x147, 2, 1),
    (0x14a, 0x176, 2, 1),
    (0x179, 0x17d, 2, 1),
    (0x1a0, 0x1a4, 2, 1),
    (0x1af, 0x1af, 1, 1),
    (0x1cd, 0x1db, 2, 1),
    (0x1de, 0x1ee, 2, 1),
    (0x1f8, 0x21e, 2, 1),
    (0x222, 0x232, 2, 1),
    (0x386, 0x386, 1, 38),
    (0x388, 0x38a, 1, 37),
    (0x38c, 0x38c, 1, 64),
    (0x38e, 0x38f, 1, 63),
    (0x391, 0x3a1, 1, 32),
    (0x3a3, 0x3ab, 1, 32),
    (0x400, 0x40f, 1, 80),
    (0x410, 0x42f, 1, 32),
    (0x460, 0x480, 2, 1),
    (0x48a, 0x4be, 2, 1),
    (0x4c0, 0x4c0, 1, 15),
    (0x4c1, 0x4cd, 2, 1),
    (0x4d0, 0x52e, 2, 1),
    (0x1e00, 0x1e94, 2, 1),
    (0x1ea0, 0x1efe, 2, 1),
];

/// Writes the first letter of each word as a capital and its others small. A word goes on
/// behind an apostrophe. `has_dotless_i`: i and ı are two letters, as in Turkish.
pub(crate) fn title(text: &str, has_dotless_i: bool) -> String {
    let mut written = String::with_capacity(text.len());
    let mut is_begun = false;
    for character in text.chars() {
        if character.is_ascii_digit() || is_within(character) {
            written.push(character);
        } else if !character.is_alphanumeric() {
            is_begun = false;
            written.push(character);
        } else {
            let capital = !std::mem::replace(&mut is_begun, true);
            written.push(match (capital, character) {
                (true, 'i') if has_dotless_i => 'İ',
                (false, 'I') if has_dotless_i => 'ı',
                (true, _) => upper(character),
                (false, _) => lower(character),
            });
        }
    }
    written
}

/// Whether a word goes on behind it.
fn is_within(character: char) -> bool {
    matches!(character, '\'' | '’' | '\u{300}'..='\u{36f}')
}

fn lower(character: char) -> char {
    let code = character as u32;
    match character {
        'İ' => 'i',
        'Ÿ' => 'ÿ',
        'ẞ' => 'ß',
        _ => CASES
            .iter()
            .find(|(from, to, step, _)| {
                (*from..=*to).contains(&code) && (code - from).is_multiple_of(*step)
            })
            .and_then(|(_, _, _, behind)| char::from_u32(code + behind))
            .unwrap_or(character),
    }
}

fn upper(character: char) -> char {
    let code = character as u32;
    match character {
        'ı' => 'I',
        'ÿ' => 'Ÿ',
        'ς' => 'Σ',
        _ => CASES
            .iter()
            .find_map(|(from, to, step, behind)| {
                let capital = code.checked_sub(*behind)?;
                ((*from..=*to).contains(&capital) && (capital - from).is_multiple_of(*step))
                    .then_some(capital)
            })
            .and_then(char::from_u32)
            .unwrap_or(character),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_begin_with_a_capital() {
        for (text, expected) in [
            ("BLUE BOTTLE COFFEE", "Blue Bottle Coffee"),
            ("souq al-mubarakiya", "Souq Al-Mubarakiya"),
            ("O'NEIL’S  BAR & GRILL", "O'neil’s  Bar & Grill"),
            ("7-ELEVEN 3M H&M", "7-Eleven 3M H&M"),
            ("PÃO DE AÇÚCAR", "Pão De Açúcar"),
            ("ÉLÉPHANT ŒUVRE STRASSE ß", "Éléphant Œuvre Strasse ß"),
            ("МАГАЗИН «ЁЛКА»", "Магазин «Ёлка»"),
            ("ΚΑΦΕΝΕΊΟ", "Καφενείο"),
            ("CỬA HÀNG ĐỒNG XUÂN", "Cửa Hàng Đồng Xuân"),
            ("ISTANBUL iz", "Istanbul Iz"),
            ("蓝瓶COFFEE", "蓝瓶coffee"),
            ("", ""),
        ] {
            assert_eq!(title(text, false), expected);
        }
        assert_eq!(title("ISPARTA İZMİR ızgara inci", true), "Isparta İzmir Izgara İnci");
        assert_eq!(title("DIYARBAKIR", true), "Dıyarbakır");
    }

    /// As Unicode has it, for all letters of Latin, Greek and Cyrillic in use.
    #[test]
    fn letters_are_those_of_unicode() {
        let only = |mut letters: Box<dyn Iterator<Item = char>>| {
            letters.next().filter(|_| letters.next().is_none())
        };
        let blocks = [0x41..=0x17e, 0x1a0..=0x1a5, 0x386..=0x3cf, 0x400..=0x52f, 0x1e00..=0x1eff];
        for code in blocks.into_iter().flatten().chain([0x218, 0x219, 0x21a, 0x21b, 0x1af, 0x1b0]) {
            let Some(letter) = char::from_u32(code) else { continue };
            // Two of Greek that are symbols; µ, which is Greek's; ß, ŉ and ẖ, of no capital.
            if matches!(code, 0x3cf | 0xb5 | 0x1e9b) {
                continue;
            }
            if let Some(expected) = only(Box::new(letter.to_lowercase())) {
                assert_eq!(lower(letter), expected, "{letter}");
            }
            if let Some(expected) = only(Box::new(letter.to_uppercase())) {
                assert_eq!(upper(letter), expected, "{letter}");
            }
        }
    }
}
