use super::*;

fn refused(text: &str) -> DialectError {
    match Dialect::parse(text, "bank/own.toml") {
        Ok(_) => panic!("accepted: {text}"),
        Err(error) => error,
    }
}

#[test]
fn every_built_in_dialect_is_read() {
    assert_eq!(Dialect::names().count(), 7);
    for name in Dialect::names() {
        assert_eq!(Dialect::builtin(name).unwrap().name(), name);
    }
    assert!(Dialect::builtin("iso2042").is_none());
}

#[test]
fn a_dialect_extends_another_and_its_rows_come_first() {
    let text = "extends = \"unionpay-pos\"\n[[mapping]]\nmti = \"021x\"\nkind = \"deposit\"\n";
    let own = Dialect::parse(text, "bank/own.toml").unwrap();
    assert_eq!(own.name(), "own");
    let first = own.0.mapping.outcome("0210", |_, _| Ok::<_, ()>(true)).unwrap();
    let deposit = tillbell_transaction::Kind::Deposit;
    assert_eq!(first, Outcome::Kind { kind: deposit, original: None, second_event: None });
    assert!(own.0.mti == Written::Bcd && own.0.bitmap.hex.is_none());
    let version = own.0.versions[0].as_ref().unwrap();
    assert_eq!(version.fields[43].unwrap().charset, Charset::Gbk);
    assert_eq!(own.0.currency, Some(156));
}

#[test]
fn every_mapping_ends_in_the_row_that_fits_everything() {
    for name in Dialect::names() {
        let dialect = Dialect::builtin(name).unwrap();
        for mti in 0..10_000 {
            let mti = format!("{mti:04}");
            // Whatever the fields say, there is an answer, and only a response
            // or an advice is a kind.
            let outcome = dialect.0.mapping.outcome(&mti, |_, _| Ok::<_, ()>(true)).unwrap();
            if matches!(outcome, Outcome::Kind { .. }) {
                assert!(matches!(mti.as_bytes()[2], b'1' | b'2' | b'3'), "{name} {mti}");
            }
        }
    }
}

#[test]
fn an_error_names_file_line_and_key() {
    let base = "extends = \"iso1987-ascii\"\n";
    for (text, line, key, words) in [
        ("extends = \"iso1887\"", 1, "extends", "built-in"),
        ("x = 1", 1, "", "unknown field"),
        ("extends = ", 1, "", ""),
        ("currency = \"1000\"", 2, "currency", "ISO 4217"),
        ("currency = \"001\"", 2, "currency", "ISO 4217"),
        ("utc_offset_minutes = 900", 2, "utc_offset_minutes", "840"),
        ("[encoding]\nmti = \"utf-16\"", 3, "encoding.mti", "ascii or ebcdic or bcd"),
        ("[encoding]\ntext = \"utf-16\"", 3, "encoding.text", "latin-1"),
        ("[merchant]\nlayout = \"name\"", 3, "merchant.layout", "bytes"),
        ("[versions.0]\napproved = [\"0\"]", 2, "versions.0.approved", "letters"),
        ("[fields]\n3 = \"n6 length:bcd\"", 3, "fields.3", "fixed length"),
        ("[fields]\n1 = \"b8\"", 3, "fields.1", "2 to 128"),
        ("[fields]\n65 = \"b8\"", 3, "fields.65", "not 65"),
        ("[fields]\n3 = \"q6\"", 3, "fields.3", "format"),
        ("[fields]\n3 = \"n\"", 3, "fields.3", "length"),
        ("[fields]\n3 = \"n.....6\"", 3, "fields.3", "dots"),
        ("[fields]\n3 = \"n..100\"", 3, "fields.3", "fit its digits"),
        ("[fields]\n3 = \"n0\"", 3, "fields.3", "length of 0"),
        ("[fields]\n3 = \"n6 middle\"", 3, "fields.3", "expected left"),
        ("[fields]\n35 = \"z..37\"", 3, "fields.35", "dropped"),
        ("[fields]\n55 = \"ans...255\"", 0, "fields.55", "must be dropped"),
        ("[versions.0.entry_modes]\n01 = \"typed\"", 3, "versions.0.entry_modes.01", "manual"),
        ("[versions.10]\n", 2, "versions.10", "first digit"),
        ("[[header]]\nname = \"x\"\nbytes = 0\nstarts_with = \"6\"", 4, "header.bytes", "64"),
        ("[[mapping]]\nmti = \"0200\"\nkind = \"purchase\"", 2, "mapping.mti", "third digit"),
        ("[[mapping]]\nkind = \"purchase\"", 2, "mapping.mti", "third digit"),
        ("[[mapping]]\nmti = \"02\"\nkind = \"purchase\"", 2, "mapping.mti", "four digits"),
        ("[[mapping]]\nmti = \"0210\"\nkind = \"sale\"", 2, "mapping.kind", "expected one of"),
        ("[[mapping]]\nmti = \"0210\"", 2, "mapping.kind", "either"),
        (
            "[[mapping]]\nmti = \"0210\"\nwhen = { 35 = \"1\" }\nkind = \"refund\"",
            2,
            "mapping.when",
            "opened",
        ),
    ] {
        let text = if text.starts_with("extends") { text.into() } else { format!("{base}{text}") };
        let error = refused(&text);
        let line = if text.starts_with("extends = \"iso1987") && line == 1 { 2 } else { line };
        assert_eq!((error.line, error.key.as_str()), (line, key), "{error}");
        assert_eq!(error.file, "bank/own.toml");
        assert!(error.detail.contains(words), "{error}");
    }
}

#[test]
fn a_dialect_has_its_bounds_and_its_last_row() {
    assert!(refused(&" ".repeat(DIALECT_BYTES_MAX + 1)).detail.contains("over"));
    let row = "[[mapping]]\nmti = \"0800\"\nignored = \"request\"\n";
    let many = format!("extends = \"iso1987-ascii\"\n{}", row.repeat(MAPPING_ROWS_MAX + 1));
    assert!(refused(&many).detail.contains("over 256 rows"));
    let alone = format!("[merchant]\nname = 25\ncity = 13\ncountry = 2\n[versions.0]\n{row}");
    assert!(refused(&alone).detail.contains("last row"));
    let total = format!("{alone}[[mapping]]\nignored = \"unknown-mapping\"\n");
    assert!(Dialect::parse(&total, "own.toml").is_ok());
}
