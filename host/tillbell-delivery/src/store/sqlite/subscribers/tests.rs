use tillbell_transaction::{Record, json};

use super::*;
use crate::subscribers::{Writer, read};

const NOW: i64 = 1_795_134_665_000;
const FILE: &str = "\
party,reference,phone,email,locale,threshold,currency,quiet_hours,utc_offset_minutes,consent
cardholder,tok_0018,+86 138 0013 8000,,zh-CN,100.00,CNY,22:00-07:00,480,2026-01-05T10:00:00+08:00
cardholder,tok_0026,,nana@mail.example,,,,,,
merchant,898310057340001,021-5555-0100,,,,,,,2025-12-01T09:30:00+08:00
";

fn subscribers(file: &str) -> Vec<Result<Subscriber>> {
    read(file.as_bytes()).unwrap().map(|row| row.map_err(Error::from)).collect()
}

fn imported(outbox: &mut Outbox, file: &str) -> Vec<Imported> {
    let batch = outbox.begin().unwrap();
    let done = subscribers(file)
        .into_iter()
        .map(|row| batch.subscribe(&row.unwrap(), NOW).unwrap())
        .collect();
    batch.commit().unwrap();
    done
}

fn exported(outbox: &Outbox) -> String {
    let mut file = Vec::new();
    let mut writer = Writer::new(&mut file).unwrap();
    let written: Result<()> = outbox.subscribers(|subscriber| {
        writer.write(&subscriber).unwrap();
        Ok(())
    });
    written.unwrap();
    writer.finish().unwrap();
    String::from_utf8(file).unwrap()
}

fn notices(outbox: &Outbox) -> Vec<(String, String)> {
    let mut statement = outbox.connection().prepare("select what, phone from notices").unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.collect::<rusqlite::Result<_>>().unwrap()
}

fn transaction() -> Transaction {
    let text = r#"{"kind":"purchase","approval":"approved","amount":{"minor_units":12850,"currency":"CNY"},"time":"2026-11-20T08:31:05+08:00","card":{"bin":"621626","last4":"0018","token":"tok_0018"},"cardholder":{"name":"欧阳娜娜","phone":"13900139000","preferences":{"locale":"en"}},"merchant":{"name":"咖啡实验室","id":"898310057340001","email":"owner@shop.example"},"rrn":"632408000123","stan":"000123"}"#;
    match json::read(text.as_bytes()).unwrap() {
        Record::Transaction(transaction) => *transaction,
        Record::Ignored(_) => panic!("no transaction"),
    }
}

#[test]
fn a_file_is_imported_and_exported_as_it_was() {
    let mut outbox = Outbox::in_memory().unwrap();
    assert_eq!(imported(&mut outbox, FILE), [Imported::Added; 3]);
    assert_eq!(imported(&mut outbox, FILE), [Imported::Same; 3]);
    let file = exported(&outbox);
    assert_eq!(
        file,
        FILE.replace("+86 138 0013 8000", "+8613800138000").replace("021-5555-0100", "02155550100")
    );
    assert_eq!(imported(&mut outbox, &file), [Imported::Same; 3]);
    // The columns in another order, some missing, from a spreadsheet.
    let few = "\u{feff}reference,party,phone\r\ntok_1,cardholder,13800138000\r\n";
    assert_eq!(imported(&mut outbox, few), [Imported::Added]);
    let batch = outbox.begin().unwrap();
    assert!(batch.unsubscribe(Party::Cardholder, "tok_1").unwrap());
    assert!(!batch.unsubscribe(Party::Cardholder, "tok_1").unwrap());
    drop(batch);
    let shown = format!("{:?}", subscribers(FILE));
    assert!(!shown.contains("0013") && !shown.contains("mail.example"), "{shown}");
}

#[test]
fn a_wrong_row_is_named_and_the_rest_is_read() {
    let told = |row: &str| {
        let file =
            format!("{}{row}\ncardholder,tok_9,,,,,,,,\n", &FILE[..FILE.find('\n').unwrap() + 1]);
        let mut rows = subscribers(&file);
        assert!(rows.pop().unwrap().is_ok(), "{row}");
        let error = rows.pop().unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Input);
        error.to_string()
    };
    for (row, expected) in [
        ("somebody,t,,,,,,,,", "line 2: party: expected cardholder or merchant"),
        ("cardholder,,,,,,,,,", "line 2: reference: expected 1 to 128 bytes"),
        (
            "cardholder,4242 4242 4242 4242,,,,,,,,",
            "line 2: reference: is a card number; expected the card's token",
        ),
        (
            "cardholder,t,12,,,,,,,",
            "line 2: phone: expected 3 to 15 digits, such as +86 138 0013 8000",
        ),
        (
            "cardholder,t,,nobody,,,,,,",
            "line 2: email: expected an address such as nana@mail.example",
        ),
        ("cardholder,t,,,中文,,,,,", "line 2: locale: expected a language tag such as zh-CN"),
        (
            "cardholder,t,,,,100,,,,",
            "line 2: threshold: expected an amount and its currency, or neither",
        ),
        (
            "cardholder,t,,,,1.234,CNY,,,",
            "line 2: threshold: amount: expected an amount of CNY such as 0.00",
        ),
        ("cardholder,t,,,,,,22-7,,", "line 2: quiet_hours: expected a span such as 22:00-07:00"),
        ("cardholder,t,,,,,,,900,", "line 2: utc_offset_minutes: expected -840 to 840"),
        (
            "cardholder,t,,,,,,,,yes",
            "line 2: consent: expected a time in RFC 3339, such as 2026-11-20T08:31:05+08:00",
        ),
        ("cardholder,t", "line 2: 2 cells, expected 10"),
    ] {
        assert_eq!(told(row), expected);
    }
    for (head, expected) in [
        ("party,phone\n", "line 1: there is no column reference"),
        ("party,reference,party\n", "line 1: column party is named twice"),
        ("party,reference,13800138000\n", "line 1: column 3 is none of party, reference"),
    ] {
        let error = read(head.as_bytes()).err().unwrap().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
}

#[test]
fn only_who_consents_is_told_and_where_the_table_says() {
    let mut outbox = Outbox::in_memory().unwrap();
    imported(&mut outbox, FILE);
    let batch = outbox.begin().unwrap();
    let mut known = transaction();
    batch.introduce(&mut known).unwrap();
    assert_eq!(known.recipient(Party::Cardholder, "sms"), Some("+8613800138000"));
    assert_eq!(known.cardholder.preferences.locale.as_deref(), Some("zh-CN"));
    assert_eq!(known.cardholder.preferences.threshold, Money::new(10_000, "CNY").ok());
    assert_eq!(known.recipient(Party::Merchant, "sms"), Some("02155550100"));
    // The source's own contacts do not count.
    assert_eq!(known.recipient(Party::Merchant, "email"), None);
    let absence = batch.absence(&known, Party::Merchant).unwrap();
    assert_eq!(absence, Absence::NoRecipient);
    for (token, absence) in [
        (Some("tok_0026"), Absence::NoConsent),
        (Some("tok_x"), Absence::NoSubscriber),
        (None, Absence::NoSubscriber),
    ] {
        let mut unknown = transaction();
        unknown.card.token = token.map(Into::into);
        batch.introduce(&mut unknown).unwrap();
        assert_eq!(unknown.recipient(Party::Cardholder, "sms"), None);
        assert_eq!(unknown.recipient(Party::Cardholder, "email"), None);
        assert_eq!(batch.absence(&unknown, Party::Cardholder).unwrap(), absence);
    }
}

#[test]
fn who_says_stop_is_not_told_and_hears_it_once() {
    let mut outbox = Outbox::in_memory().unwrap();
    imported(&mut outbox, FILE);
    let batch = outbox.begin().unwrap();
    assert_eq!(batch.withdraw("+86 138 0013 8000", NOW).unwrap(), 1);
    assert_eq!(batch.withdraw("+8613800138000", NOW).unwrap(), 0);
    assert_eq!(batch.withdraw("13900139000", NOW).unwrap(), 0);
    assert_eq!(batch.withdraw("STOP", NOW).unwrap_err().kind(), ErrorKind::Input);
    assert_eq!(batch.absence(&transaction(), Party::Cardholder).unwrap(), Absence::NoConsent);
    batch.commit().unwrap();
    assert_eq!(notices(&outbox), [("consent-withdrawn".into(), "+8613800138000".into())]);
}

#[test]
fn the_old_number_is_told_of_a_change() {
    let mut outbox = Outbox::in_memory().unwrap();
    imported(&mut outbox, FILE);
    let other = FILE.replace("+86 138 0013 8000", "13900139000").replace("nana@", "lili@");
    assert_eq!(
        imported(&mut outbox, &other),
        [Imported::Changed, Imported::Changed, Imported::Same]
    );
    assert_eq!(notices(&outbox), [("contact-changed".into(), "+8613800138000".into())]);
}

/// The bank's app server knows people as the table does.
#[test]
fn push_goes_to_the_token_of_who_consents() {
    use tillbell::{Decision, Message};

    use crate::State;
    use crate::store::sqlite::scene::{message, outcome, take};
    let mut outbox = Outbox::in_memory().unwrap();
    imported(&mut outbox, FILE);
    let batch = outbox.begin().unwrap();
    let push = |party| Message { channel: "push".into(), recipient: None, ..message(party) };
    let both = || outcome(Decision::Notified, vec![push(Party::Cardholder), push(Party::Merchant)]);
    take(&batch, &transaction(), &both(), NOW);
    let due: Vec<_> =
        batch.claim("push", 10, NOW).unwrap().into_iter().map(|due| due.recipient).collect();
    assert_eq!(due, ["tok_0018", "898310057340001"]);
    // No consent, no message, on this channel neither.
    let mut other = transaction();
    other.card.token = Some("tok_0026".into());
    other.stan = "000777".into();
    other.merchant.id = "unknown".into();
    take(&batch, &other, &both(), NOW);
    assert_eq!(batch.claim("push", 10, NOW).unwrap().len(), 0);
    assert_eq!(batch.state(3).unwrap(), State::Suppressed);
}
