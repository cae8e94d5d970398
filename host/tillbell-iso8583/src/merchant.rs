//! The merchant: DE43, DE42, DE41, DE18.

use encoding_rs::GBK;
use tillbell_transaction::{Merchant, Result};

use crate::dialect::{Place, Table};
use crate::message::Message;

/// Reads the merchant.
///
/// # Errors
/// If DE18, DE41 or DE42 is not printable ASCII.
pub(crate) fn read(table: &Table, message: &Message<'_>) -> Result<Merchant> {
    let (name, city, country) =
        message.text(43).map(|bytes| place(bytes, table.place, table.gbk)).unwrap_or_default();
    Ok(Merchant {
        name,
        city,
        country,
        id: message.owned(42)?,
        terminal: message.owned(41)?,
        category: message.owned(18)?,
        ..Merchant::default()
    })
}

/// Divides DE43 into name, city and country: at fixed bytes (1987), or at
/// backslashes (1993: name\street\city\…, with no country of two letters).
fn place(bytes: &[u8], place: Place, gbk: bool) -> (String, String, String) {
    // A GBK character may end in a backslash, and 1993 is not sent in GBK.
    if !gbk && bytes.contains(&b'\\') {
        let mut parts = bytes.split(|byte| *byte == b'\\').map(|part| text(part, gbk));
        let name = parts.next().unwrap_or_default();
        return (name, parts.nth(1).unwrap_or_default(), String::new());
    }
    let (name, rest) = bytes.split_at(place.name.min(bytes.len()));
    let (city, rest) = rest.split_at(place.city.min(rest.len()));
    let country = &rest[..place.country.min(rest.len())];
    let country = match country {
        [a, b] if country.iter().all(u8::is_ascii_alphabetic) => {
            [*a, *b].map(|letter| char::from(letter.to_ascii_uppercase())).iter().collect()
        }
        _ => String::new(),
    };
    (text(name, gbk), text(city, gbk), country)
}

/// Reads one part as UTF-8 if it is that, else as GBK if the dialect says so.
/// A character cut at the end of the part is left out; any other byte that
/// cannot be read becomes U+FFFD.
fn text(bytes: &[u8], gbk: bool) -> String {
    let end = bytes.iter().rposition(|byte| !matches!(byte, b' ' | 0)).map_or(0, |at| at + 1);
    let bytes = &bytes[..end];
    let decoded = match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(error) if error.error_len().is_none() => {
            String::from_utf8_lossy(&bytes[..error.valid_up_to()]).into_owned()
        }
        Err(_) if gbk => {
            let (text, _) = GBK.decode_without_bom_handling(bytes);
            text.strip_suffix('\u{fffd}').map(str::to_owned).unwrap_or(text.into_owned())
        }
        Err(_) => String::from_utf8_lossy(bytes).into_owned(),
    };
    decoded.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: Place = Place { name: 25, city: 13, country: 2 };

    fn divided(bytes: &[u8], gbk: bool) -> (String, String, String) {
        place(bytes, PLACE, gbk)
    }

    fn expected(name: &str, city: &str, country: &str) -> (String, String, String) {
        (name.into(), city.into(), country.into())
    }

    #[test]
    fn forty_characters_are_name_city_and_country() {
        assert_eq!(
            divided(b"COFFEE LAB               SHANGHAI     CN", false),
            expected("COFFEE LAB", "SHANGHAI", "CN")
        );
        assert_eq!(
            divided(b"COFFEE LAB               SHANGHAI     cn", false),
            expected("COFFEE LAB", "SHANGHAI", "CN")
        );
        assert_eq!(divided(b"SHORT", false), expected("SHORT", "", ""));
        assert_eq!(divided(&[b' '; 40], false), expected("", "", ""));
        assert_eq!(divided(&[b'1'; 40], false).2, "");
        assert_eq!(
            divided(b"COFFEE LAB\\1 MAIN ST\\BOSTON\\02110     MA USA", false),
            expected("COFFEE LAB", "BOSTON", "")
        );
    }

    #[test]
    fn other_letters_are_utf_8_or_gbk() {
        // 咖啡实验室, 上海 in GBK.
        let mut gbk = b"\xbf\xa7\xb7\xc8\xca\xb5\xd1\xe9\xca\xd2".to_vec();
        gbk.resize(25, b' ');
        gbk.extend(b"\xc9\xcf\xba\xa3         CN");
        assert_eq!(divided(&gbk, true), expected("咖啡实验室", "上海", "CN"));
        assert!(divided(&gbk, false).0.contains('\u{fffd}'));
        let mut utf_8 = "咖啡实验室".as_bytes().to_vec();
        utf_8.resize(25, b' ');
        utf_8.extend("上海       CN".as_bytes());
        assert_eq!(divided(&utf_8, true), expected("咖啡实验室", "上海", "CN"));
        // Cut in the middle of the ninth character, in either encoding.
        let cut = &"咖啡实验室咖啡实验室".as_bytes()[..25];
        assert_eq!(divided(cut, true).0, "咖啡实验室咖啡实");
        let cut = b"\xbf\xa7\xb7\xc8\xca\xb5\xd1\xe9\xca\xd2\xbf\xa7\xb7\xc8\xca\xb5\xd1\xe9\xca\xd2\xbf\xa7\xb7\xc8\xca";
        assert_eq!(divided(cut, true).0, "咖啡实验室咖啡实验室咖啡");
    }
}
