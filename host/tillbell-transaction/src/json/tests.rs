use super::*;

const FULL: &str = r#"{"id":"t-1","kind":"purchase","approval":"approved","amount":{"minor_units":12850,"currency":"CNY","exponent":2},"fee":{"minor_units":100,"currency":"CNY","exponent":2},"balance":{"minor_units":-5,"currency":"CNY","exponent":2},"cashback":{"minor_units":5000,"currency":"CNY","exponent":2},"billing":{"amount":{"minor_units":1802,"currency":"USD","exponent":2},"rate":"0.1402311"},"time":"2026-11-20T08:31:05+08:00","card":{"bin":"621626","last4":"0018","brand":"unionpay","issuer":"海港银行","token":"tok_1"},"cardholder":{"name":"欧阳娜娜","phone":"13800138000","email":"nana@example.com","id_number":"11010519491231002X","account":"6001","preferences":{"locale":"zh-CN","threshold":{"minor_units":10000,"currency":"CNY","exponent":2},"quiet_hours":"22:00-07:00","utc_offset_minutes":480}},"merchant":{"name":"Coffee Lab","city":"Shanghai","country":"CN","id":"898310057340001","terminal":"00000312","category":"5814"},"entry_mode":"chip","rrn":"632408000123","stan":"000123","authorisation_code":"654321","acquirer":"01020000"}"#;

fn refused(line: &str) -> Error {
    match read(line.as_bytes()) {
        Err(error) => error,
        Ok(_) => panic!("accepted: {line}"),
    }
}

#[test]
fn what_is_written_is_what_was_read() {
    let record = read(FULL.as_bytes()).unwrap();
    assert_eq!(write(&record), FULL);
    let ignored = r#"{"ignored":{"reason":"request","mti":"0100"}}"#;
    assert_eq!(write(&read(ignored.as_bytes()).unwrap()), ignored);
}

#[test]
fn a_derived_id_is_no_longer_than_one_that_is_read() {
    let long = "字".repeat(REFERENCE_BYTES_MAX / 3);
    let line = FULL
        .replace(r#""id":"t-1","#, "")
        .replace("632408000123", &long)
        .replace("00000312", &long);
    let written = write(&read(line.as_bytes()).unwrap());
    assert_eq!(write(&read(written.as_bytes()).unwrap()), written);
}

#[test]
fn a_card_number_is_truncated_at_the_edge() {
    let line = FULL.replace(r#""bin":"621626","last4":"0018""#, r#""pan":"6216261000000000018""#);
    let record = read(line.as_bytes()).unwrap();
    let text = write(&record);
    assert!(!text.contains("6216261000000000018"));
    assert!(text.contains(r#""bin":"62162610","last4":"0018""#));
    let Record::Transaction(transaction) = record else { panic!() };
    assert!(transaction.card.pan.as_ref().unwrap().is_within(b"6216261000000000018"));
    assert!(!format!("{transaction:?}").contains("138"));
}

#[test]
fn a_card_number_that_stands_elsewhere_is_struck() {
    let mut line = FULL.replace(
        r#""bin":"621626","last4":"0018","brand":"unionpay","issuer":"海港银行","token":"tok_1""#,
        r#""pan":"6216261000000000018","token":"6216261000000000018""#,
    );
    for reference in
        ["t-1", "6001", "898310057340001", "00000312", "632408000123", "654321", "Coffee Lab"]
    {
        let quoted = |text: &str| format!("\"{text}\"");
        assert!(line.contains(&quoted(reference)), "{reference}");
        line = line.replace(&quoted(reference), &quoted("A6216261 00000-0000018"));
    }
    let record = read(line.as_bytes()).unwrap();
    let text = write(&record) + &format!("{record:?}");
    assert!(!text.contains("0000000018") && !text.contains("A6216261"), "{text}");
    let Record::Transaction(transaction) = record else { panic!() };
    let cut = "A621626* *****-***0018";
    assert_eq!(transaction.id, format!("20261120-{cut}-{cut}-000123-12850-purchase"));
    assert_eq!((transaction.rrn.as_str(), transaction.merchant.id.as_str()), (cut, cut));
    assert_eq!(transaction.merchant.name, "A");
    assert_eq!(transaction.card.token, None);
    assert_eq!(transaction.cardholder.account.as_deref(), Some("A******* *****-***0018"));
}

#[test]
fn an_error_names_the_field_and_no_value() {
    for (from, to, field) in [
        (r#""last4":"0018""#, r#""last4":18"#, "card.last4"),
        (r#""last4":"0018""#, r#""last4":"00184""#, "card.last4"),
        (r#""bin":"621626","#, "", "card"),
        (r#""minor_units":12850"#, r#""minor_units":128.50"#, "amount.minor_units"),
        (r#""minor_units":12850"#, r#""minor_units":-12850"#, "amount.minor_units"),
        (
            r#""currency":"CNY","exponent":2},"fee""#,
            r#""currency":"RMB"},"fee""#,
            "amount.currency",
        ),
        (r#""exponent":2},"fee""#, r#""exponent":3},"fee""#, "amount.exponent"),
        ("2026-11-20T08:31:05+08:00", "2026-11-20 08:31:05", "time"),
        (r#""rate":"0.1402311""#, r#""rate":"0,14""#, "billing.rate"),
        (r#""rate":"0.1402311""#, r#""rate":"0.0""#, "billing.rate"),
        (r#""minor_units":1802"#, r#""minor_units":-1"#, "billing.amount.minor_units"),
        (r#""kind":"purchase""#, r#""kind":"buy""#, "kind"),
        (r#""kind":"purchase","#, "", "kind"),
        ("22:00-07:00", "22:00-24:00", "cardholder.preferences.quiet_hours"),
        (r#""country":"CN""#, r#""country":"China""#, "merchant.country"),
        (r#""phone":"13800138000""#, r#""phone":13800138000"#, "cardholder.phone"),
        (r#""rrn":"632408000123""#, r#""rnn":"632408000123""#, "rnn"),
    ] {
        assert!(FULL.contains(from), "{from}");
        let error = refused(&FULL.replacen(from, to, 1));
        assert_eq!(error.field(), field, "{to}: {error}");
        assert!(!error.to_string().contains("13800138000"), "{error}");
    }
}

#[test]
fn what_is_not_an_event_is_refused() {
    for line in [
        "",
        "{",
        "[]",
        "1",
        "null",
        r#"{"a":1}"#,
        "{}{}",
        r#"{"4242424242424242":1}"#,
        r#"{"4242":1}"#,
        r#"{"card":{"n4242":1}}"#,
        r#"{"card":{"Li Lei 4242":1}}"#,
        r#"{"4242\n-:1: fine":1}"#,
    ] {
        let error = refused(line).to_string();
        assert!(!error.contains("4242") && !error.contains('\n'), "{error}");
    }
    for (line, field) in [
        (r#"{"card":{"Li Lei":1}}"#, "card"),
        (r#"{"Li.Lei@mail.example":1}"#, ""),
        (
            r#"{"merchant":{"name":"m","preferences":{"lei@mail.example":1}}}"#,
            "merchant.preferences",
        ),
    ] {
        assert_eq!(refused(line).field(), field, "{line}");
    }
    assert!(
        refused(&format!("{{\"id\":\"{}\"}}", "9".repeat(EVENT_BYTES_MAX)))
            .detail()
            .contains("over")
    );
    assert!(read(b"{\"id\":\"\xff\"}").unwrap_err().detail().contains("UTF-8"));
    let long = FULL.replace("Coffee Lab", &"x".repeat(TEXT_BYTES_MAX + 1));
    assert_eq!(refused(&long).field(), "merchant.name");
}
