//! Parts of fields, as a dialect names them: elements with tags, and places.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod common;

use common::{message, with};
use tillbell_iso8583::{Decoded, Decoder, Dialect, Record};
use tillbell_transaction::{Kind, Timestamp, Transaction};

/// DE48 has elements of two characters and two digits, DE104 is BER, DE60 has places.
const DIALECT: &str = r#"
extends = "iso1987-ascii"

[merchant.parts]
name = "48/N1"
city = "48/N2"
country = "48/N3"
category = "60[4,4]"

[versions.0.fields]
48 = "ans...999 tlv:2+2"
104 = "b...200 raw ber"

[versions.0.amounts]
fee = "48/F1"
cashback = "104/E1/9F03 hex"
balance = "48/B1"
original = "48/A1"

[[mapping]]
mti = ["021x"]
processing = "00"
when = { "60[2,2]" = "77" }
kind = "payment"

[[mapping]]
mti = ["021x"]
processing = "00"
when = { "48/T1" = "TX*" }
kind = "transfer"
"#;

fn decoder(text: &str) -> Decoder {
    Decoder::new(Dialect::parse(text, "bank.toml").unwrap())
        .reference_time(Timestamp::parse("2026-11-20T12:00:00Z").unwrap())
}

/// A message with these fields; a BER field's bytes come in hex, after all others.
fn decoded(fields: &[(usize, &str)], ber: &[u8]) -> tillbell_transaction::Result<Decoded> {
    let mut all = with(fields);
    let lengths: Vec<(usize, String)> = fields
        .iter()
        .filter(|(number, _)| matches!(number, 48 | 60))
        .map(|(number, value)| (*number, format!("{:03}{value}", value.len())))
        .collect();
    for (number, value) in &lengths {
        all.retain(|(other, _)| other != number);
        all.push((*number, value));
    }
    let ber_length = format!("{:03}", ber.len());
    if !ber.is_empty() {
        all.push((104, &ber_length));
    }
    let mut bytes = message("0210", &all);
    bytes.extend(ber);
    decoder(DIALECT).decode(&bytes)
}

fn transaction(fields: &[(usize, &str)], ber: &[u8]) -> (Transaction, Vec<String>) {
    let decoded = decoded(fields, ber).unwrap();
    let alarms = decoded.alarms.iter().map(ToString::to_string).collect();
    let Record::Transaction(transaction) = decoded.record else { panic!("{:?}", decoded.record) };
    (*transaction, alarms)
}

#[test]
fn names_and_amounts_stand_in_elements() {
    let (own, alarms) =
        transaction(&[(48, "N107CAFÉ 1N206BOSTONN303USAF103250B105D1050"), (60, "00005812")], &[]);
    assert_eq!(alarms, Vec::<String>::new());
    assert_eq!((own.merchant.name.as_str(), own.merchant.city.as_str()), ("CAFÉ 1", "BOSTON"));
    assert_eq!((own.merchant.country.as_str(), own.merchant.category.as_str()), ("US", "5812"));
    assert_eq!(own.fee.unwrap().to_string(), "2.50 CNY");
    assert_eq!(own.balance.unwrap().to_string(), "-10.50 CNY");
    // What the elements do not say stands where it always does.
    let (own, _) = transaction(&[(48, "F104C250")], &[]);
    assert_eq!((own.merchant.name.as_str(), own.fee), ("COFFEE LAB", None));
}

#[test]
fn kinds_are_told_by_places_and_elements() {
    assert_eq!(transaction(&[(60, "0077")], &[]).0.kind, Kind::Payment);
    assert_eq!(transaction(&[(60, "7700")], &[]).0.kind, Kind::Purchase);
    assert_eq!(transaction(&[(60, "00")], &[]).0.kind, Kind::Purchase);
    assert_eq!(transaction(&[(48, "T104TX01")], &[]).0.kind, Kind::Transfer);
    assert_eq!(transaction(&[(48, "Z104TX01T102OK")], &[]).0.kind, Kind::Purchase);
}

#[test]
fn what_decides_is_readable_or_the_message_is_refused() {
    for (what, fields) in [
        ("DE48/T1", [(48, "T109TX")]),
        ("DE48/T1", [(48, "T1xxTX")]),
        ("DE48/T1", [(48, "T102TXT102TY")]),
    ] {
        assert_eq!(decoded(&fields, &[]).unwrap_err().field(), what, "{fields:?}");
    }
    // Over its length too: here it decides.
    let long = "0".repeat(999);
    let narrow = DIALECT.replace("[versions.0.fields]", "[versions.0.fields]\n60 = \"ans...100\"");
    let field = format!("999{long}");
    let bytes = message("0210", &with(&[(60, &field)]));
    assert_eq!(decoder(&narrow).decode(&bytes).unwrap_err().field(), "DE60");
    assert!(
        Dialect::parse(
            "extends = \"iso1987-ascii\"\n[[mapping]]\nmti = \"0210\"\n\
        when = { \"48/T1\" = \"x\" }\nkind = \"payment\"",
            "b.toml"
        )
        .unwrap_err()
        .detail
        .contains("add tlv:2+3 or ber to fields.48")
    );
}

#[test]
fn cash_is_a_part_of_the_amount() {
    let cashback = |ber: &[u8]| {
        let (own, alarms) = transaction(&[(3, "090000")], ber);
        assert_eq!(own.kind, Kind::PurchaseWithCashback);
        (own.cashback.map(|cash| cash.to_string()), alarms)
    };
    // E1 holds 9F02 and 9F03 (EMV: amount, and other amount), n12 packed.
    let nested = b"\xe1\x12\x9f\x02\x06\0\0\0\x01\x28\x50\x9f\x03\x06\0\0\0\0\x50\0";
    assert_eq!(cashback(nested), (Some("50.00 CNY".into()), vec![]));
    let filled = [b"\0\0".as_slice(), nested, b"\xff"].concat();
    assert_eq!(cashback(&filled).0.as_deref(), Some("50.00 CNY"));
    let too_much = b"\xe1\x09\x9f\x03\x06\0\0\0\x99\0\0";
    assert_eq!(
        cashback(too_much),
        (None, vec!["DE104/E1/9F03: cash that is no part of DE4".into()])
    );
    let cut = b"\xe1\x09\x9f\x03\x07\0\0\0\0\x50\0";
    let (cash, alarms) = cashback(cut);
    assert_eq!((cash, alarms.len()), (None, 1), "{alarms:?}");
    // By ISO 8583 it is a block of DE54: amount type 40.
    let decoder = decoder("extends = \"iso1987-ascii\"");
    let block = "0040156D000000005000";
    let bytes = message("0210", &with(&[(3, "090000"), (54, block)]));
    let Record::Transaction(own) = decoder.decode(&bytes).unwrap().record else { panic!() };
    assert_eq!(own.cashback.unwrap().to_string(), "50.00 CNY");
    let bytes = message("0210", &with(&[(54, block)]));
    let Record::Transaction(own) = decoder.decode(&bytes).unwrap().record else { panic!() };
    assert_eq!(own.cashback, None, "a purchase hands out no cash");
}

#[test]
fn what_the_card_is_charged_is_kept() {
    let billing = |fields: &[(usize, &str)]| {
        let bytes = message("0210", &with(fields));
        let decoded = decoder("extends = \"iso1987-ascii\"").decode(&bytes).unwrap();
        let Record::Transaction(own) = decoded.record else { panic!() };
        let said = own.billing.map(|billing| {
            let rate = billing.rate.map(|rate| rate.to_string()).unwrap_or_default();
            format!("{} {rate}", billing.amount)
        });
        (said, decoded.alarms.iter().map(|alarm| alarm.field().to_owned()).collect::<Vec<_>>())
    };
    let (six, ten) = ((6, "000000001802"), (10, "71402311"));
    let both = (Some("18.02 USD 0.1402311".to_owned()), vec![]);
    assert_eq!(billing(&[six, ten, (51, "840")]), both);
    assert_eq!(billing(&[six, (51, "840")]).0.as_deref(), Some("18.02 USD "));
    assert_eq!(billing(&[six, ten]), (None, vec![]));
    assert_eq!(billing(&[six, (10, "91402311"), (51, "840")]), (None, vec!["DE10".into()]));
    assert_eq!(billing(&[six, ten, (51, "xyz")]), (None, vec!["DE51".into()]));
    assert_eq!(billing(&[(6, "000000000000"), ten, (51, "840")]), (None, vec![]));
}

#[test]
fn elements_are_shown_where_they_stand() {
    let mut all = with(&[]);
    all.push((48, "015N102ABF10550505"));
    let bytes = message("0210", &all);
    let explained = decoder(DIALECT).explain(&bytes);
    let parts: Vec<_> = explained
        .parts
        .iter()
        .filter(|part| part.name.starts_with("DE48"))
        .map(|part| (part.name.as_str(), part.bytes, part.value.as_str()))
        .collect();
    let expected = [("DE48", 18, "N102ABF10550505"), ("DE48/N1", 2, "AB"), ("DE48/F1", 5, "50505")];
    assert_eq!(parts, expected);
    for part in explained.parts.iter().filter(|part| part.name.contains('/')) {
        let own = &bytes[part.first - 1..][..part.bytes];
        assert_eq!(own, part.value.as_bytes());
    }
}
