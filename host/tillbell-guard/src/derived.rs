//! Whether what is shown of a value was made of that value.

use crate::glyphs::fold;

/// What may stand for a hidden character beside signs: `xxxx1234`.
const MASK: char = 'x';

/// Whether a text is a value, or made of it: cut, masked, in other letters of the same sound
/// (`MULLER` for `Müller`), in other case. Its letters and digits are the value's, in their
/// order; signs and `x` may stand anywhere.
///
/// ```
/// use tillbell_guard::is_made_of;
/// assert!(is_made_of("138******00", "+86 138 0013 8000"));
/// assert!(is_made_of("Blue B…", "BLUE BOTTLE COFFEE"));
/// assert!(!is_made_of("139******00", "+86 138 0013 8000"));
/// ```
pub fn is_made_of(shown: &str, value: &str) -> bool {
    if shown == value {
        return true;
    }
    let value = fold(value);
    let mut value = value.iter();
    fold(shown).iter().all(|sign| *sign == MASK || value.any(|own| own == sign))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_masked_or_folded_is_made_of_its_value() {
        for (shown, value) in [
            ("张*", "张三丰"),
            ("F***", "Fatima Al-Sabah"),
            ("n***@mail.example", "nobody@mail.example"),
            ("1****************1", "110105194912310021"),
            ("xxxxxx3456", "6217 0000 1000 3456"),
            ("XXXX", "anything"),
            ("MULLER", "Müller"),
            ("ＳＨＯＰ 7", "shop 7"),
            ("", "anything"),
            ("Łódź", "LODZ"),
            ("北京", "北京市朝阳区"),
            ("MAX", "Max's"),
        ] {
            assert!(is_made_of(shown, value), "{shown} {value}");
        }
        for (shown, value) in [
            ("李*", "张三丰"),
            ("G***", "Fatima Al-Sabah"),
            ("5678", "1234"),
            ("4321", "1234"),
            ("12344", "1234"),
            ("shop 7", "shop"),
            ("a", ""),
        ] {
            assert!(!is_made_of(shown, value), "{shown} {value}");
        }
    }
}
