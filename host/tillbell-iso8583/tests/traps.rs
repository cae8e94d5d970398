//! Every trap of the mapping, one by one, in the ASCII dialect: its messages
//! can be read in the test.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use tillbell_iso8583::{Decoder, Dialect, Record};
use tillbell_transaction::{
    Approval, EntryMode, Error, IgnoredReason, Kind, SecondEvent, Timestamp, Transaction,
};

mod common;

use common::{PAN, message, with};

fn decoder() -> Decoder {
    Decoder::new(Dialect::builtin("iso1987-ascii").unwrap())
        .reference_time(Timestamp::parse("2026-11-20T12:00:00Z").unwrap())
}

fn decode(mti: &str, changes: &[(usize, &str)]) -> Result<Record, Error> {
    decoder().decode(&message(mti, &with(changes))).map(|decoded| decoded.record)
}

/// The alarms of a message that is a transaction all the same.
fn alarms(mti: &str, changes: &[(usize, &str)]) -> Vec<String> {
    let decoded = decoder().decode(&message(mti, &with(changes))).unwrap();
    assert!(matches!(decoded.record, Record::Transaction(_)));
    decoded.alarms.iter().map(ToString::to_string).collect()
}

fn transaction(mti: &str, changes: &[(usize, &str)]) -> Transaction {
    match decode(mti, changes) {
        Ok(Record::Transaction(transaction)) => *transaction,
        other => panic!("{mti} {changes:?}: {other:?}"),
    }
}

fn ignored(mti: &str, changes: &[(usize, &str)]) -> IgnoredReason {
    match decode(mti, changes) {
        Ok(Record::Ignored(ignored)) => {
            assert_eq!(ignored.mti, mti);
            ignored.reason
        }
        other => panic!("{mti} {changes:?}: {other:?}"),
    }
}

#[test]
fn a_response_is_a_transaction_with_all_its_fields() {
    let t = transaction("0210", &[]);
    assert_eq!((t.kind, t.approval), (Kind::Purchase, Approval::Approved));
    assert_eq!(t.amount.to_string(), "128.50 CNY");
    assert_eq!(t.time.to_string(), "2026-11-20T08:31:05+08:00");
    assert_eq!((t.card.bin.number(), t.card.last4.number()), (42424242, 4242));
    assert!(t.card.pan.as_ref().unwrap().is_within(PAN.as_bytes()));
    assert_eq!(t.merchant.name, "COFFEE LAB");
    assert_eq!((t.merchant.city.as_str(), t.merchant.country.as_str()), ("SHANGHAI", "CN"));
    assert_eq!(
        (t.merchant.id.as_str(), t.merchant.terminal.as_str()),
        ("898310057340001", "00000312")
    );
    assert_eq!((t.merchant.category.as_str(), t.entry_mode), ("5814", EntryMode::Chip));
    assert_eq!((t.rrn.as_str(), t.stan.as_str()), ("632408000123", "000123"));
    assert_eq!((t.authorisation_code.as_str(), t.acquirer.as_str()), ("654321", "01020000"));
    assert_eq!(t.id, "20261120-00000312-632408000123-000123-12850-purchase");
    assert!(t.correlation_key().is_some());
    assert!(t.original_amount.is_none() && t.fee.is_none() && t.balance.is_none());
}

#[test]
fn only_responses_and_advices_are_transactions() {
    for mti in ["0110", "0120", "0121", "0130", "0210", "0211", "0212", "0220", "0221", "0230"] {
        assert_eq!(transaction(mti, &[]).kind, Kind::Purchase, "{mti}");
    }
    for mti in ["0410", "0420", "0421", "0430"] {
        assert_eq!(transaction(mti, &[]).kind, Kind::Reversal, "{mti}");
    }
    for mti in ["0100", "0101", "0200", "0201", "0400", "0401", "0402"] {
        assert_eq!(ignored(mti, &[]), IgnoredReason::Request, "{mti}");
    }
    for mti in ["0800", "0810", "0820"] {
        assert_eq!(ignored(mti, &[]), IgnoredReason::NetworkManagement, "{mti}");
    }
    for mti in ["0302", "0320", "0500", "0520", "0620"] {
        assert_eq!(ignored(mti, &[]), IgnoredReason::Administrative, "{mti}");
    }
    for mti in ["0240", "0900", "0000", "0190"] {
        assert_eq!(ignored(mti, &[]), IgnoredReason::UnknownMapping, "{mti}");
    }
}

#[test]
fn a_response_code_in_a_reversals_request_or_advice_is_a_reason() {
    assert_eq!(ignored("0400", &[(39, "00")]), IgnoredReason::Request);
    // 68: response received too late; the reversal itself has happened.
    assert_eq!(transaction("0420", &[(39, "68")]).approval, Approval::Approved);
    assert_eq!(transaction("0410", &[(39, "12")]).approval, Approval::Declined);
    assert_eq!(transaction("0410", &[(39, "00")]).approval, Approval::Approved);
}

#[test]
fn the_response_code_decides() {
    for (code, approval) in [
        ("00", Approval::Approved),
        ("11", Approval::Approved),
        ("10", Approval::PartiallyApproved),
        ("51", Approval::Declined),
        ("Y1", Approval::Approved),
        ("Z3", Approval::Declined),
        ("N7", Approval::Declined),
    ] {
        assert_eq!(transaction("0210", &[(39, code)]).approval, approval, "{code}");
    }
    for code in ["0 ", "ZZ", "09", "32", "0A"] {
        let reason = ignored("0210", &[(39, code)]);
        assert_eq!(reason, IgnoredReason::UnknownResponse, "{code}");
        assert!(reason.is_alarm());
    }
    assert_eq!(decode("0210", &[(39, "")]).unwrap_err().to_string(), "DE39: is missing");
    assert_eq!(transaction("0220", &[(39, "")]).approval, Approval::Approved);
}

#[test]
fn processing_codes_have_their_kinds() {
    for (code, kind) in [
        ("000000", Kind::Purchase),
        ("003000", Kind::Purchase),
        ("010000", Kind::CashWithdrawal),
        ("090000", Kind::PurchaseWithCashback),
        ("200000", Kind::Refund),
        ("210000", Kind::Deposit),
        ("280000", Kind::Payment),
        ("301000", Kind::Inquiry),
        ("310000", Kind::Inquiry),
        ("401000", Kind::Transfer),
    ] {
        assert_eq!(transaction("0210", &[(3, code)]).kind, kind, "{code}");
    }
    assert_eq!(transaction("0110", &[(25, "06")]).kind, Kind::PreAuthorisation);
    assert_eq!(transaction("0220", &[(25, "06")]).kind, Kind::Completion);
    for code in ["020000", "170000", "990000"] {
        assert_eq!(ignored("0210", &[(3, code)]), IgnoredReason::UnknownMapping, "{code}");
    }
    assert_eq!(ignored("0210", &[(3, "")]), IgnoredReason::UnknownMapping);
}

#[test]
fn a_partial_approval_has_the_approved_and_the_asked_amount() {
    let t = transaction("0110", &[(4, "000000005000"), (39, "10"), (54, "0057156C000000012850")]);
    assert_eq!(t.amount.to_string(), "50.00 CNY");
    assert_eq!(t.original_amount.unwrap().to_string(), "128.50 CNY");
    assert!(transaction("0110", &[(39, "10")]).original_amount.is_none());
    // An approval for the whole amount has no other.
    assert!(transaction("0110", &[(54, "0057156C000000012850")]).original_amount.is_none());
}

/// The fields of 1993 where they differ.
const OF_1993: [(usize, &str); 6] = [
    (12, "261120083105"),
    (13, ""),
    (22, "510101511344"),
    (39, "000"),
    (43, "COFFEE LAB\\1 NANJING RD\\SHANGHAI\\200001    SH CHN"),
    (56, "120000012326112008310508"),
];

fn of_1993<'a>(changes: &[(usize, &'a str)]) -> Vec<(usize, &'a str)> {
    OF_1993.iter().copied().chain(changes.iter().copied()).collect()
}

#[test]
fn version_1_has_action_codes_of_three_digits() {
    for (code, approval) in [
        ("000", Approval::Approved),
        ("001", Approval::Approved),
        ("002", Approval::PartiallyApproved),
        ("007", Approval::Approved),
        ("006", Approval::PartiallyApproved),
        ("116", Approval::Declined),
        ("208", Approval::Declined),
        ("907", Approval::Declined),
    ] {
        assert_eq!(transaction("1210", &of_1993(&[(39, code)])).approval, approval, "{code}");
    }
    for code in ["008", "300", "900", "999"] {
        let reason = ignored("1210", &of_1993(&[(39, code)]));
        assert_eq!(reason, IgnoredReason::UnknownResponse, "{code}");
    }
    for code in ["400", "480"] {
        let reversed = transaction("1430", &of_1993(&[(39, code)]));
        assert_eq!((reversed.kind, reversed.approval), (Kind::Reversal, Approval::Approved));
    }
    let t = transaction("1210", &of_1993(&[]));
    assert_eq!((t.kind, t.entry_mode), (Kind::Purchase, EntryMode::Chip));
    assert_eq!(t.time.to_string(), "2026-11-20T08:31:05+08:00");
    assert_eq!((t.merchant.name.as_str(), t.merchant.city.as_str()), ("COFFEE LAB", "SHANGHAI"));
    assert_eq!(transaction("1110", &of_1993(&[(24, "101")])).kind, Kind::PreAuthorisation);
    assert_eq!(transaction("1220", &of_1993(&[(24, "202")])).kind, Kind::Completion);
}

#[test]
fn function_codes_of_1993_say_what_an_authorisation_is() {
    let of = |mti: &str, code: &str| decode(mti, &of_1993(&[(24, code)]));
    for (mti, code, kind, second) in [
        ("1110", "100", Kind::Purchase, None),
        ("1110", "101", Kind::PreAuthorisation, None),
        ("1110", "103", Kind::PreAuthorisation, Some(SecondEvent::Replaces)),
        ("1110", "105", Kind::PreAuthorisation, None),
        ("1120", "107", Kind::PreAuthorisation, Some(SecondEvent::Adds)),
        ("1110", "108", Kind::Inquiry, None),
        ("1210", "200", Kind::Purchase, None),
        ("1220", "202", Kind::Completion, None),
    ] {
        let Ok(Record::Transaction(own)) = of(mti, code) else { panic!("{mti} {code}") };
        assert_eq!((own.kind, own.second_event), (kind, second), "{mti} {code}");
    }
    for (mti, code) in [("1110", "109"), ("1110", "180"), ("1220", "205"), ("1210", "281")] {
        let Ok(Record::Ignored(own)) = of(mti, code) else { panic!("{mti} {code}") };
        assert_eq!(own.reason, IgnoredReason::UnknownMapping, "{mti} {code}");
    }
}

#[test]
fn an_authorisation_of_nothing_is_a_verification() {
    let nothing = [(4, "000000000000")];
    assert_eq!(transaction("0110", &nothing).kind, Kind::Verification);
    assert_eq!(transaction("0110", &[]).kind, Kind::Purchase);
    // What a network says of 85 and 87 is not the standard's.
    for code in ["85", "87"] {
        assert_eq!(ignored("0110", &[(39, code)]), IgnoredReason::UnknownResponse);
    }
}

#[test]
fn version_1_names_the_asked_amount_in_de30() {
    let asked = "000000012850000000012850";
    let t = transaction("1110", &of_1993(&[(4, "000000005000"), (30, asked), (39, "002")]));
    assert_eq!(t.approval, Approval::PartiallyApproved);
    assert_eq!(t.amount.to_string(), "50.00 CNY");
    assert_eq!(t.original_amount.unwrap().to_string(), "128.50 CNY");
    let reversal = transaction("1420", &of_1993(&[(39, "400")]));
    assert_eq!(reversal.original_stan.as_deref(), Some("000123"));
    assert_eq!(reversal.original_kind, Some(Kind::Purchase));
}

#[test]
fn a_version_without_a_table_is_refused_until_a_dialect_has_one() {
    for mti in ["2210", "3210", "9210"] {
        assert_eq!(decode(mti, &[]).unwrap_err().field(), "MTI", "{mti}");
    }
    let own = "extends = \"iso1987-ascii\"\n[versions.2]\napproved = [\"0000\"]\ndeclined = [\"1xxx\"]\n[versions.2.fields]\n39 = \"n4\"\n";
    let decoder = Decoder::new(Dialect::parse(own, "own.toml").unwrap())
        .reference_time(Timestamp::parse("2026-11-20T12:00:00Z").unwrap());
    for (code, approval) in [("0000", Approval::Approved), ("1000", Approval::Declined)] {
        let Ok(Record::Transaction(t)) =
            decoder.decode(&message("2210", &with(&[(39, code)]))).map(|decoded| decoded.record)
        else {
            panic!("{code}")
        };
        assert_eq!(t.approval, approval);
    }
}

#[test]
fn amounts_follow_their_currencys_exponent() {
    for (code, text) in
        [("392", "12850 JPY"), ("414", "12.850 KWD"), ("840", "128.50 USD"), ("EUR", "128.50 EUR")]
    {
        assert_eq!(transaction("0210", &[(49, code)]).amount.to_string(), text);
    }
    assert_eq!(transaction("0210", &[(4, "999999999999")]).amount.minor_units(), 999_999_999_999);
    assert_eq!(
        decode("0210", &[(49, "")]).unwrap_err().to_string(),
        "DE49: is missing, and the dialect has no currency"
    );
    for code in ["000", "999", "rmb"] {
        assert_eq!(decode("0210", &[(49, code)]).unwrap_err().field(), "DE49", "{code}");
    }
    assert_eq!(decode("0210", &[(4, "")]).unwrap_err().to_string(), "DE4: is missing");
    let balance = transaction("0210", &[(3, "310000"), (4, "")]);
    assert_eq!((balance.kind, balance.amount.minor_units()), (Kind::Inquiry, 0));
}

#[test]
fn a_balance_is_what_may_be_spent_of_the_transactions_account() {
    for (processing, blocks, balance) in [
        // What is booked is never shown as what may be spent.
        ("001000", "1001156C000000100000", None),
        ("001000", "1001156C0000001000001002156C000000090000", Some("900.00 CNY")),
        ("001000", "1002156C0000000900001001156C000000100000", Some("900.00 CNY")),
        ("001000", "1002156D000000000500", Some("-5.00 CNY")),
        ("001000", "1002392C000000001500", Some("1500 JPY")),
        ("001000", "1090156C000000100000", None),
        // Two accounts: of a debit the second digits of DE3, of a credit the third.
        ("002000", "1002156C0000001000002002156C000000090000", Some("900.00 CNY")),
        ("201020", "1002156C0000001000002002156C000000090000", Some("900.00 CNY")),
        ("003000", "1002156C0000001000002002156C000000090000", None),
        // An account that is not said is one where there is no other.
        ("000000", "1002156C000000100000", Some("1000.00 CNY")),
        ("000000", "1002156C0000001000002002156C000000090000", None),
        ("001000", "0002156C000000100000", Some("1000.00 CNY")),
        ("001000", "0002156C0000001000002002156C000000090000", None),
    ] {
        let seen = transaction("0210", &[(3, processing), (54, blocks)]).balance;
        let seen = seen.map(|money| money.to_string());
        assert_eq!(seen.as_deref(), balance, "{processing} {blocks}");
    }
    for blocks in [
        "1002156X000000000500",
        "1002156C00000000050",
        "1002156C0000 0000500",
        "1002000C000000000500",
        "000000000010000000002000",
    ] {
        let changes = [(3, "001000"), (54, blocks)];
        assert!(transaction("0210", &changes).balance.is_none());
        let alarms = alarms("0210", &changes);
        assert!(alarms.len() == 1 && alarms[0].starts_with("DE54: "), "{blocks}: {alarms:?}");
    }
}

#[test]
fn a_fee_is_what_is_charged() {
    assert_eq!(transaction("0210", &[(28, "D00000150")]).fee.unwrap().to_string(), "1.50 CNY");
    assert!(transaction("0210", &[(28, "C00000150")]).fee.is_none());
    assert!(transaction("0210", &[(28, "D00000000")]).fee.is_none());
    for wrong in ["X00000150", "000000500"] {
        assert!(transaction("0210", &[(28, wrong)]).fee.is_none());
        assert_eq!(alarms("0210", &[(28, wrong)]).len(), 1);
    }
}

#[test]
fn the_turn_of_the_year_goes_both_ways() {
    for (utc, local, day, expected) in [
        ("1231160000", "000000", "0101", "2027-01-01T00:00:00+08:00"),
        ("1231155959", "235959", "1231", "2026-12-31T23:59:59+08:00"),
        ("0101043000", "233000", "1231", "2026-12-31T23:30:00-05:00"),
    ] {
        for reference in ["2026-12-31T12:00:00Z", "2027-01-01T12:00:00Z"] {
            let decoder = Decoder::new(Dialect::builtin("iso1987-ascii").unwrap())
                .reference_time(Timestamp::parse(reference).unwrap());
            let bytes = message("0210", &with(&[(7, utc), (12, local), (13, day)]));
            let Ok(Record::Transaction(t)) = decoder.decode(&bytes).map(|decoded| decoded.record)
            else {
                panic!("{utc}")
            };
            assert_eq!(t.time.to_string(), expected, "{reference}");
        }
    }
}

#[test]
fn what_is_no_time_is_an_error_that_names_the_field() {
    for (changes, field) in [
        (&[(7, "1320003105")][..], "DE7"),
        (&[(7, "0230003105")], "DE7"),
        (&[(12, "250000")], "DE12"),
        (&[(13, "1131")], "DE13"),
        (&[(13, "0000")], "DE13"),
        (&[(7, ""), (12, ""), (13, "")], "DE7"),
        (&[(7, ""), (13, "")], "DE13"),
        // No DE7 to compare with, and the dialect names no zone.
        (&[(7, "")], "DE12"),
    ] {
        assert_eq!(decode("0210", changes).unwrap_err().field(), field, "{changes:?}");
    }
    // The time alone says nothing that DE7 does not.
    let t = transaction("0210", &[(13, "")]);
    assert_eq!(t.time.to_string(), "2026-11-20T00:31:05Z");
}

#[test]
fn entry_modes_are_data() {
    for (code, mode) in [
        ("011", EntryMode::Manual),
        ("021", EntryMode::Magstripe),
        ("901", EntryMode::Magstripe),
        ("031", EntryMode::Qr),
        ("951", EntryMode::Chip),
        ("071", EntryMode::Contactless),
        ("911", EntryMode::Contactless),
        ("812", EntryMode::Ecommerce),
        ("441", EntryMode::Unknown),
    ] {
        assert_eq!(transaction("0210", &[(22, code)]).entry_mode, mode, "{code}");
    }
    assert_eq!(transaction("0210", &[(22, "")]).entry_mode, EntryMode::Unknown);
}

#[test]
fn a_reversal_names_what_it_takes_back() {
    let de90 = "020000011811200031050000001020000000000000";
    let t = transaction("0420", &[(39, "68"), (90, de90)]);
    assert_eq!((t.kind, t.original_kind), (Kind::Reversal, Some(Kind::Purchase)));
    assert_eq!(t.original_stan.as_deref(), Some("000118"));
    // The original's type tells a held amount from its debit.
    for (class, kind) in [("0100", Kind::PreAuthorisation), ("0220", Kind::Completion)] {
        let de90 = de90.replacen("0200", class, 1);
        let t = transaction("0420", &[(25, "06"), (90, &de90)]);
        assert_eq!(t.original_kind, Some(kind));
    }
    // Without it they cannot be told apart.
    assert_eq!(transaction("0420", &[(25, "06")]).original_kind, None);
    let t = transaction("0420", &[(3, "010000")]);
    assert_eq!((t.original_kind, t.original_stan), (Some(Kind::CashWithdrawal), None));
    let t = transaction("0420", &[(90, &"0".repeat(42))]);
    assert_eq!((t.original_kind, t.original_stan), (Some(Kind::Purchase), None));
    let unreadable = "x".repeat(42);
    let t = transaction("0420", &[(90, &unreadable)]);
    assert_eq!((t.original_kind, t.original_stan), (Some(Kind::Purchase), None));
    assert_eq!(alarms("0420", &[(90, &unreadable)]).len(), 1);
}

#[test]
fn a_partial_reversal_takes_back_what_does_not_remain() {
    let remains = |amount: &str| format!("{amount:0<42}");
    let t = transaction("0420", &[(95, &remains("000000012000"))]);
    assert_eq!(t.amount.to_string(), "8.50 CNY");
    assert_eq!(t.original_amount.unwrap().to_string(), "128.50 CNY");
    let whole = transaction("0420", &[(95, &remains("000000000000"))]);
    assert_eq!((whole.amount.minor_units(), whole.original_amount), (12850, None));
    let more = decode("0420", &[(95, &remains("000000012851"))]);
    assert_eq!(more.unwrap_err().field(), "DE95");
    // One that leaves everything in place is none.
    let nothing = ignored("0420", &[(95, &remains("000000012850"))]);
    assert_eq!(nothing, IgnoredReason::NothingReversed);
    assert!(!nothing.is_alarm());
    // 1993: DE4 remains of DE30.
    let part = [(4, "000000412850"), (24, "401"), (30, "000000512850000000000000")];
    let t = transaction("1420", &of_1993(&part));
    assert_eq!(t.amount.to_string(), "1000.00 CNY");
    assert_eq!(t.original_amount.unwrap().to_string(), "5128.50 CNY");
    assert_eq!(transaction("1420", &of_1993(&[(24, "400")])).original_amount, None);
    let missing = decode("1420", &of_1993(&[(24, "401")]));
    assert_eq!(missing.unwrap_err().field(), "DE30");
}

#[test]
fn tracks_pin_and_chip_data_are_skipped_unread() {
    // What stands in them is not even what the field should hold.
    let secret = "\u{1}SECRET\u{7f}";
    let t = transaction(
        "0210",
        &[(35, secret), (36, secret), (45, secret), (52, "SECRETSECRETSECR"), (55, secret)],
    );
    assert_eq!(t.rrn, "632408000123");
    assert!(
        !tillbell_transaction::json::write(&Record::Transaction(Box::new(t))).contains("SECRET")
    );
    let long = "9".repeat(38);
    let error = decode("0210", &[(35, &long)]).unwrap_err();
    assert_eq!(error.field(), "DE35");
    assert!(error.detail().contains("limit 37"), "{error}");
}

#[test]
fn a_card_number_is_never_in_an_error() {
    for pan in ["42424242424", "4242x24242424242", "0242424242424242"] {
        let error = decode("0210", &[(2, pan)]).unwrap_err();
        assert_eq!(error.field(), "DE2");
        assert!(!error.to_string().contains("2424"), "{error}");
    }
    let error = decode("0210", &[(2, "42424242424242424242")]).unwrap_err();
    assert!(error.to_string().contains("length 20 at byte 21, limit 19"), "{error}");
    assert_eq!(decode("0220", &[(2, "")]).unwrap_err().to_string(), "DE2: is missing");
    assert_eq!(ignored("0210", &[(2, "")]), IgnoredReason::Unpaired);
}

#[test]
fn every_length_is_checked() {
    let whole = message("0210", &with(&[(54, "1002156C000000090000")]));
    for end in 0..whole.len() {
        assert!(decoder().decode(&whole[..end]).is_err(), "cut at {end}");
    }
    let mut longer = whole.clone();
    longer.push(b' ');
    let error = decoder().decode(&longer).unwrap_err();
    assert!(error.to_string().starts_with("1 bytes left over at byte"), "{error}");
    let huge = vec![b'0'; 8193];
    assert!(decoder().decode(&huge).unwrap_err().to_string().contains("over 8192"));
}

#[test]
fn bitmaps_are_checked() {
    let error = |text: &str| decoder().decode(text.as_bytes()).unwrap_err().to_string();
    assert_eq!(error("0210000000000000000G"), "bitmap: not 16 hex digits at byte 5");
    assert_eq!(error("02100000000000000000"), "bitmap: no field is present at byte 5");
    assert_eq!(error("0210800000000000000"), "bitmap: 16 bytes at byte 5, and 15 are left");
    assert!(error("0210800000000000000080000000000000").starts_with("DE1: 16 bytes"));
    assert!(error("021080000000000000008000000000000000").starts_with("DE65: a third bitmap"));
    assert_eq!(error("02x0"), "MTI: not four digits at byte 1");
    assert_eq!(error(""), "MTI: 4 bytes at byte 1, and 0 are left");
}

#[test]
fn references_are_printable() {
    for number in [37, 38, 41, 42] {
        let width = if number == 42 {
            15
        } else if number == 37 {
            12
        } else if number == 38 {
            6
        } else {
            8
        };
        let value = format!("{:\u{1b}<width$}", "a");
        let alarms = alarms("0210", &[(number, &value)]);
        assert!(alarms.len() == 1 && alarms[0].starts_with(&format!("DE{number}: ")), "{alarms:?}");
        let blank = " ".repeat(width);
        assert!(decode("0210", &[(number, &blank)]).is_ok());
    }
}
