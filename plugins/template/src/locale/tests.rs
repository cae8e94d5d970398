//! Held against what ICU writes, and CLDR's words.

use super::*;

/// Rows of kind, locale, form, mark, currency, input and ICU's text.
const EXPECTED: &str = include_str!("../../cldr/expected.tsv");

/// Minor units and exponent of a decimal number.
fn minor(amount: &str) -> (i64, u8) {
    let exponent = amount.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    (amount.replace('.', "").parse().unwrap(), exponent as u8)
}

#[test]
fn each_locale_writes_as_icu_does() {
    let mut rows = 0;
    for row in EXPECTED.lines().filter(|row| !row.starts_with('#')) {
        let columns: Vec<_> = row.split('\t').collect();
        let [kind, tag, form, mark, currency, input, expected] = columns[..] else {
            panic!("{row}")
        };
        let locale = Locale::find(tag).unwrap_or_else(|| panic!("{tag}"));
        let digits = match form {
            "latin" => Digits::Latin,
            "native" => Digits::Native,
            _ => Digits::Usual,
        };
        let small = || input.parse::<u8>().unwrap();
        let written = match (kind, form) {
            ("money", _) => {
                let mark = if mark == "code" { Mark::Code } else { Mark::Symbol };
                let (minor_units, exponent) = minor(input);
                locale.money(minor_units, exponent, currency, mark, digits)
            }
            ("number", _) => locale.number(input.parse().unwrap(), digits),
            ("month", "%B") => locale.month(small()).into(),
            ("month", "%b") => locale.month_short(small()).into(),
            ("day", "%A") => locale.day(small()).into(),
            ("day", "%a") => locale.day_short(small()).into(),
            ("half", _) => locale.half(small()).into(),
            ("year", _) => locale.year(input.parse().unwrap()).to_string(),
            ("plural", _) => locale.plural(input.parse().unwrap()).into(),
            _ => panic!("{row}"),
        };
        assert_eq!(written, expected, "{row}");
        rows += 1;
    }
    assert!(rows > 2_000, "{rows}");
}

#[test]
fn a_tag_falls_back_as_files_do() {
    let found = |tag: &str| Locale::find(tag).map(|locale| locale.tag);
    for (tag, expected) in [
        ("en", Some("en")),
        ("en-GB", Some("en")),
        ("en-in", Some("en-IN")),
        ("pt-BR", Some("pt")),
        ("pt-MZ", Some("pt-PT")),
        ("es-PE", Some("es-419")),
        ("es-AR", Some("es")),
        ("ar-SA", Some("ar")),
        ("zh", Some("zh")),
        ("zh-CN", Some("zh")),
        ("zh-Hans-SG", Some("zh")),
        ("zh-HK", Some("zh-Hant")),
        ("zh-Hant-TW", Some("zh-Hant")),
        ("pl", None),
        ("e", None),
        ("", None),
    ] {
        assert_eq!(found(tag), expected, "{tag}");
    }
}

#[test]
fn the_table_is_whole_and_small() {
    assert!(LOCALES.is_sorted_by_key(|locale| locale.tag));
    for (index, locale) in LOCALES.iter().enumerate() {
        assert_eq!(locale.index(), index);
        assert!(UNKNOWN_LOCALE.split([' ', ';']).any(|word| word == locale.tag), "{}", locale.tag);
        assert!((1..=12).all(|month| !locale.month(month).is_empty()));
        assert!((1..=12).all(|month| !locale.month_short(month).is_empty()));
        assert!((0..7).all(|day| !locale.day(day).is_empty() && !locale.day_short(day).is_empty()));
    }
    assert_eq!(
        (Locale::find("ko").unwrap().half(0), Locale::find("ko").unwrap().half(12)),
        ("오전", "오후")
    );
    assert!(include_str!("table.rs").len() <= 60_000);
}

#[test]
fn numbers_at_their_ends_are_written() {
    let english = Locale::find("en-IN").unwrap();
    assert_eq!(english.number(i64::MIN, Digits::Usual), "-92,23,37,20,36,85,47,75,808");
    assert_eq!(
        english.money(i64::MIN, 200, "INR", Mark::Symbol, Digits::Usual),
        "-₹92,23,37,20,36,85,477.5808"
    );
    assert_eq!(english.money(0, 2, "", Mark::Symbol, Digits::Usual), "0.00");
    assert_eq!(english.plural(u64::MAX), "other");
}
