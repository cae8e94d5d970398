//! The merchant: DE43, DE42, DE41, DE18, and DE19 for the country.

use tillbell_transaction::{Error, Merchant};

use crate::alarms::Alarms;
use crate::country;
use crate::dialect::{Charset, Ends, FieldPart, Layout, Part, Table};
use crate::message::Message;

/// Reads the merchant; what cannot be read is left out.
pub(crate) fn read(table: &Table, message: &Message<'_>, alarms: &mut Alarms) -> Merchant {
    let place = message.text(43).map(|(bytes, charset)| table.place(bytes, charset));
    let place = place.unwrap_or_default();
    for part in &place.unreadable {
        alarms.add(Error::new("DE43", format!("{part} that is not in the dialect's charset")));
    }
    let parts = &table.merchant;
    let mut part = |part: &Option<FieldPart>| {
        part.as_ref().and_then(|part| alarms.keep(message.part_text(part)))
    };
    let (name, city) = (part(&parts.name), part(&parts.city));
    let category = part(&parts.category).filter(|category| is_category(category));
    let stated = part(&parts.country);
    let stated = stated.map(|text| Country::of(text.as_bytes(), None, Charset::Utf8));
    let country = match stated.unwrap_or(place.country) {
        Country::Is(country) => Some(country),
        Country::Unclear => {
            let number = alarms.keep(message.value(19));
            number.and_then(|number| country::by_number(number.as_str()))
        }
        Country::Absent => None,
    };
    Merchant {
        name: name.unwrap_or(place.name),
        city: city.unwrap_or(place.city),
        country: country.unwrap_or_default().to_owned(),
        id: alarms.keep(message.owned(42)),
        terminal: alarms.keep(message.owned(41)),
        category: category.unwrap_or_else(|| alarms.keep(message.owned(18))),
        ..Merchant::default()
    }
}

/// Whether a text is a category: four digits.
fn is_category(text: &str) -> bool {
    text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit())
}

impl Table {
    /// Divides a DE43: at its backslashes, where it has any.
    fn place(&self, bytes: &[u8], charset: Charset) -> Place {
        let has_backslash = || bytes.iter().any(|byte| charset.ascii(*byte) == b'\\');
        let Some(separated) = self.separated.as_ref().filter(|_| has_backslash()) else {
            return Place::divide(bytes, charset, &self.layout);
        };
        if charset.is_single_byte() {
            return Place::divide(bytes, charset, separated);
        }
        // There a backslash may be half a character: what is one is seen in the text.
        match charset.decode(bytes) {
            Some(text) if text.contains('\\') => {
                Place::divide(text.as_bytes(), Charset::Utf8, separated)
            }
            _ => Place::divide(bytes, charset, &self.layout),
        }
    }
}

/// DE43, divided.
#[derive(Debug, Default, PartialEq, Eq)]
struct Place {
    name: String,
    city: String,
    country: Country,
    /// Parts that are left out.
    unreadable: Vec<&'static str>,
}

/// What DE43 says of the country.
#[derive(Debug, Default, PartialEq, Eq)]
enum Country {
    /// Its two letters.
    Is(&'static str),
    /// Letters that are none, or those of another layout.
    Unclear,
    #[default]
    Absent,
}

impl Place {
    fn divide(bytes: &[u8], charset: Charset, layout: &Layout) -> Self {
        let mut place = Self::default();
        let mut start = 0;
        for (part, ends) in &layout.0 {
            let rest = &bytes[start..];
            let length = match ends {
                Ends::After(length) => (*length).min(rest.len()),
                Ends::AtBackslash => {
                    let backslash = rest.iter().position(|byte| charset.ascii(*byte) == b'\\');
                    backslash.unwrap_or(rest.len())
                }
            };
            let own = &rest[..length];
            let mut text = |what| {
                charset.decode(own).unwrap_or_else(|| {
                    place.unreadable.push(what);
                    String::new()
                })
            };
            match part {
                Part::Name => place.name = text("a name"),
                Part::City => place.city = text("a city"),
                Part::Country => {
                    let before = bytes[..start].last().map(|byte| charset.ascii(*byte));
                    place.country = Country::of(own, before, charset);
                }
                Part::Other => {}
            }
            start += length;
            if *ends == Ends::AtBackslash && start < bytes.len() {
                start += 1;
            }
        }
        place
    }
}

impl Country {
    /// Of letters or digits, and the letter before them, which may be the first of three.
    fn of(bytes: &[u8], before: Option<u8>, charset: Charset) -> Self {
        let ascii = |byte: &u8| charset.ascii(*byte).to_ascii_uppercase();
        let mut letters = [b' '; 3];
        for (letter, byte) in letters.iter_mut().zip(bytes.iter().take(3)) {
            *letter = ascii(byte);
        }
        let text = std::str::from_utf8(&letters).unwrap_or_default().trim_matches([' ', '\0']);
        if text.is_empty() {
            return Self::Absent;
        }
        let found = match text.len() {
            2 => country::by_alpha_2(text).filter(|_| {
                // …CHN: of three letters the last two are no country.
                let Some(before) = before.filter(u8::is_ascii_alphabetic) else { return true };
                let three = [before.to_ascii_uppercase(), letters[0], letters[1]];
                let three = std::str::from_utf8(&three).unwrap_or_default();
                bytes.len() > 2 || country::by_alpha_3(three).is_none()
            }),
            _ if text.bytes().all(|byte| byte.is_ascii_digit()) => country::by_number(text),
            _ => country::by_alpha_3(text),
        };
        found.map_or(Self::Unclear, Self::Is)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn divided(bytes: &[u8], charset: Charset, layout: &Layout) -> (String, String, Country) {
        let place = Place::divide(bytes, charset, layout);
        (place.name, place.city, place.country)
    }

    fn expected(name: &str, city: &str, country: Country) -> (String, String, Country) {
        (name.into(), city.into(), country)
    }

    #[test]
    fn forty_characters_are_name_city_and_country() {
        let layout = Layout::of_lengths(25, 13, 2);
        let divided = |bytes: &[u8]| divided(bytes, Charset::Utf8, &layout);
        for line in ["CN", "cn"] {
            assert_eq!(
                divided(format!("COFFEE LAB               SHANGHAI     {line}").as_bytes()),
                expected("COFFEE LAB", "SHANGHAI", Country::Is("CN"))
            );
        }
        assert_eq!(divided(b"SHORT"), expected("SHORT", "", Country::Absent));
        assert_eq!(divided(&[b' '; 40]), expected("", "", Country::Absent));
        assert_eq!(divided(&[b'1'; 40]).2, Country::Unclear);
        // The layout of another network: CHN is no Honduras.
        let other = b"Member Financial Instit Shanghai      CHN";
        assert_eq!(divided(&other[1..]).2, Country::Unclear);
    }

    #[test]
    fn gaps_and_backslashes_have_layouts_of_their_own() {
        let gaps = Layout::parse("name 22, gap 1, city 13, gap 1, country 3", false).unwrap();
        assert_eq!(
            divided(b"Member Financial Insti Shanghai      CHN", Charset::Utf8, &gaps),
            expected("Member Financial Insti", "Shanghai", Country::Is("CN"))
        );
        let separated = "name, street, city, postcode 10, region 3, country 3";
        let separated = Layout::parse(separated, true).unwrap();
        assert_eq!(
            divided(
                b"COFFEE LAB\\1 NANJING RD\\SHANGHAI\\200001      SHCHN",
                Charset::Utf8,
                &separated
            )
            .1,
            "SHANGHAI"
        );
        let place = b"COFFEE LAB\\1 MAIN ST\\BOSTON\\02110     MA USA";
        assert_eq!(
            divided(place, Charset::Utf8, &separated),
            expected("COFFEE LAB", "BOSTON", Country::Is("US"))
        );
        assert_eq!(
            divided(b"ONLY A NAME\\", Charset::Utf8, &separated),
            expected("ONLY A NAME", "", Country::Absent)
        );
    }

    #[test]
    fn a_cut_name_leaves_the_city_whole() {
        let layout = Layout::of_lengths(25, 13, 2);
        // 咖啡实验室 …, cut in the middle of the thirteenth character; 上海 in GBK.
        let mut gbk = b"\xbf\xa7\xb7\xc8\xca\xb5\xd1\xe9\xca\xd2\xbf\xa7\xb7\xc8\xca\xb5\xd1\xe9\xca\xd2\xbf\xa7\xb7\xc8\xca".to_vec();
        gbk.extend(b"\xc9\xcf\xba\xa3         CN");
        assert_eq!(
            divided(&gbk, Charset::Gbk, &layout),
            expected("咖啡实验室咖啡实验室咖啡", "上海", Country::Is("CN"))
        );
        let mut utf_8 = "咖啡实验室".as_bytes().to_vec();
        utf_8.resize(25, b' ');
        utf_8.extend("上海       CN".as_bytes());
        let place = Place::divide(&utf_8, Charset::Utf8, &layout);
        assert_eq!((place.name.as_str(), place.city.as_str()), ("咖啡实验室", "上海"));
        // In the wrong charset it is left out, and said.
        let place = Place::divide(&gbk, Charset::Utf8, &layout);
        assert_eq!((place.name.as_str(), place.unreadable), ("", vec!["a name", "a city"]));
    }
}
