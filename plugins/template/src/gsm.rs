//! Letters and signs that the GSM 7-bit alphabet lacks, written with those it has: one `ã`
//! makes a text of 160 characters to a segment one of 70.
//!
//! It does not transliterate other scripts: what has no letter of Latin stays as it is.

mod letters;

use letters::{LATIN, LATIN_ADDITIONAL};

/// The alphabet beyond ASCII, 3GPP TS 23.038 with its extension.
const BEYOND_ASCII: &str = "£¥èéùìòÇØøÅåΔΦΓΛΩΠΨΣΘΞÆæßÉ¤¡ÄÖÑÜ§¿äöñüà€";

/// Rewrites what the alphabet lacks and other letters or signs can stand for.
pub(crate) fn fit(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    for character in text.chars() {
        if is_in_alphabet(character) {
            written.push(character);
        } else if let Some(letter) = letter(character) {
            written.push(letter);
        } else if let Some(others) = others(character) {
            written.push_str(others);
        } else if !(is_accent(character) && written.ends_with(is_latin)) {
            written.push(character);
        }
    }
    written
}

fn is_in_alphabet(character: char) -> bool {
    match character {
        '`' => false,
        ' '..='~' | '\n' | '\r' => true,
        _ => BEYOND_ASCII.contains(character),
    }
}

/// The letter that this one is with a mark.
fn letter(character: char) -> Option<char> {
    let (table, first) = match character {
        '\u{c0}'..='\u{24f}' => (LATIN, 0xc0),
        '\u{1e00}'..='\u{1eff}' => (LATIN_ADDITIONAL, 0x1e00),
        _ => return None,
    };
    let letter = char::from(*table.get(character as usize - first)?);
    (letter != '.').then_some(letter)
}

/// What stands for letters of their own, signs of punctuation and spaces, after CLDR's
/// Latin-ASCII.
fn others(character: char) -> Option<&'static str> {
    Some(match character {
        'ª' => "a",
        'º' => "o",
        'µ' => "u",
        'Ð' | 'Đ' | 'Ɖ' => "D",
        'ð' | 'đ' | 'ẟ' => "d",
        'Þ' => "TH",
        'þ' => "th",
        'Ħ' => "H",
        'ħ' => "h",
        'ı' | 'ɨ' => "i",
        'Ɨ' => "I",
        'Ĳ' => "IJ",
        'ĳ' => "ij",
        'ĸ' => "q",
        'Ŀ' | 'Ł' => "L",
        'ŀ' | 'ł' => "l",
        'ŉ' => "'n",
        'Ŋ' => "N",
        'ŋ' => "n",
        'Œ' => "OE",
        'œ' => "oe",
        'Ŧ' => "T",
        'ŧ' => "t",
        'Ə' => "E",
        'ə' => "e",
        'ƒ' => "f",
        'Ǆ' | 'Ǳ' => "DZ",
        'ǅ' | 'ǲ' => "Dz",
        'ǆ' | 'ǳ' => "dz",
        'Ǉ' => "LJ",
        'ǈ' => "Lj",
        'ǉ' => "lj",
        'Ǌ' => "NJ",
        'ǋ' => "Nj",
        'ǌ' => "nj",
        'ẚ' => "a",
        'ẜ' | 'ẝ' => "s",
        'ẞ' => "SS",
        'Ỻ' => "LL",
        'ỻ' => "ll",
        'Ỽ' => "V",
        'ỽ' => "v",
        'Ỿ' => "Y",
        'ỿ' => "y",
        '`' | '´' | '‘' | '’' | '‚' | '‛' | '′' | '‹' | '›' | '\u{2b9}'..='\u{2bd}' => {
            "'"
        }
        '“' | '”' | '„' | '‟' | '″' | '«' | '»' => "\"",
        '\u{2010}'..='\u{2015}' | '−' | '•' => "-",
        '…' => "...",
        '·' => ".",
        '×' => "x",
        '÷' | '⁄' => "/",
        '¦' => "|",
        '©' => "(C)",
        '®' => "(R)",
        '™' => "TM",
        '№' => "No",
        '\u{ad}' => "",
        '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' => " ",
        _ => return None,
    })
}

/// A mark that sits on the letter before, where a text is decomposed.
fn is_accent(character: char) -> bool {
    matches!(character, '\u{300}'..='\u{36f}')
}

fn is_latin(character: char) -> bool {
    character.is_ascii_alphabetic() || matches!(character, '\u{c0}'..='\u{ff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each letter of Unicode's block, and what is expected of it in their order.
    fn is(block: std::ops::RangeInclusive<char>, expected: &str) {
        let letters: Vec<_> = block.filter(|letter| letter.is_alphabetic()).collect();
        let expected: Vec<_> = expected.split_whitespace().collect();
        assert_eq!(letters.len(), expected.len());
        for (letter, expected) in letters.into_iter().zip(expected) {
            let written = fit(&letter.to_string());
            assert_eq!(written, expected, "{letter}");
            assert_eq!(tillbell_sms::count(&written).encoding.as_str(), "GSM-7", "{letter}");
        }
    }

    #[test]
    fn latin_1_supplement() {
        is(
            '\u{a1}'..='\u{ff}',
            "a u o \
             A A A A Ä Å Æ Ç E É E E I I I I D Ñ O O O O Ö Ø U U U Ü Y TH ß \
             à a a a ä å æ c è é e e ì i i i d ñ ò o o o ö ø ù u u ü y th y",
        );
    }

    #[test]
    fn latin_extended_a() {
        is(
            '\u{100}'..='\u{17f}',
            "A a A a A a C c C c C c C c D d D d E e E e E e E e E e G g G g G g G g \
             H h H h I i I i I i I i I i IJ ij J j K k q L l L l L l L l L l \
             N n N n N n 'n N n O o O o O o OE oe R r R r R r S s S s S s S s \
             T t T t T t U u U u U u U u U u U u W w Y y Y Z z Z z Z z s",
        );
    }

    #[test]
    fn latin_extended_additional() {
        is(
            '\u{1e00}'..='\u{1eff}',
            "A a B b B b B b C c D d D d D d D d D d E e E e E e E e E e F f G g \
             H h H h H h H h H h I i I i K k K k K k L l L l L l L l M m M m M m \
             N n N n N n N n O o O o O o O o P p P p R r R r R r R r \
             S s S s S s S s S s T t T t T t T t U u U u U u U u U u V v V v \
             W w W w W w W w W w X x X x Y y Z z Z z Z z h t w y a s s s SS d \
             A a A a A a A a A a A a A a A a A a A a A a A a \
             E e E e E e E e E e E e E e E e I i I i \
             O o O o O o O o O o O o O o O o O o O o O o O o \
             U u U u U u U u U u U u U u Y y Y y Y y Y y LL ll V v Y y",
        );
    }

    #[test]
    fn sentences() {
        for (text, expected) in [
            ("Dúvidas? Ligue já: São Paulo, ação", "Duvidas? Ligue ja: Sao Paulo, acao"),
            ("İyi günler, ışık ğ Ş", "Iyi günler, isik g S"),
            ("Příkaz č. 5 – „Žižkov“", "Prikaz c. 5 - \"Zizkov\""),
            ("Łódź, żółć", "Lodz, zolc"),
            ("Giao dịch tại Đà Nẵng, ưu đãi ơ", "Giao dich tai Dà Nang, uu dai o"),
            ("L’été… c`est “l’œuvre”", "L'été... c'est \"l'oeuvre\""),
            ("Sa\u{303}o e\u{301}te\u{301}", "Sao ete"),
            ("1\u{a0}280,50\u{202f}€", "1 280,50 €"),
            // Nothing stands for these.
            ("蓝瓶咖啡，Café", "蓝瓶咖啡，Café"),
            ("مرحبا नमस्ते Привет ₹", "مرحبا नमस्ते Привет ₹"),
            ("@£$¥èéùìòÇØøÅåΔ_[]{}~^\\|€\n", "@£$¥èéùìòÇØøÅåΔ_[]{}~^\\|€\n"),
            ("", ""),
        ] {
            assert_eq!(fit(text), expected);
        }
    }

    #[test]
    fn what_the_alphabet_has_is_what_segments_are_counted_by() {
        for code in 0x20..0x3000 {
            let Some(character) = char::from_u32(code) else { continue };
            let is_gsm = tillbell_sms::count(&character.to_string()).encoding.as_str() == "GSM-7";
            assert_eq!(is_in_alphabet(character), is_gsm, "U+{code:04X}");
        }
    }
}
