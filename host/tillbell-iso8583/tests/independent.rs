//! Messages that nobody here wrote: from other projects' tests and manuals, and
//! from another encoder. Card numbers that may be real are replaced by test
//! numbers of the same length; nothing else is changed.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use tillbell_iso8583::{Decoder, Dialect, Frames, Framing, Record};
use tillbell_transaction::{Approval, EntryMode, IgnoredReason, Kind, Timestamp, Transaction};

fn decode(dialect: &str, hex: &str) -> Record {
    let decoder = Decoder::new(Dialect::builtin(dialect).unwrap())
        .reference_time(Timestamp::parse("2026-11-20T12:00:00Z").unwrap());
    let mut frames = Frames::new(hex.as_bytes(), Framing::HexLines);
    let frame = frames.next().unwrap().unwrap();
    match decoder.decode(frame.message.unwrap()).map(|decoded| decoded.record) {
        Ok(record) => record,
        Err(error) => panic!("{dialect}: {error}"),
    }
}

fn transaction(dialect: &str, hex: &str) -> Transaction {
    match decode(dialect, hex) {
        Record::Transaction(transaction) => *transaction,
        other => panic!("{other:?}"),
    }
}

fn ignored(dialect: &str, hex: &str) -> IgnoredReason {
    match decode(dialect, hex) {
        Record::Ignored(ignored) => ignored.reason,
        other => panic!("{other:?}"),
    }
}

fn ascii(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02X}")).collect()
}

/// github.com/neil-pan-s/j-iso8583, README.md, "iso8583 unpack test", without
/// its two bytes of length.
#[test]
fn a_purchase_at_a_unionpay_terminal() {
    let hex = "60000300006031000110010210703E00810AD0801316620000000000000500000000000000000100\
        10821534381201491212010008485233103239303938333135333433383030303030303030323638\
        35323333313035393938303037322230333038303030302020203438353230303030202020313536\
        00142200001500050100034355504235333641323341";
    let t = transaction("unionpay-pos", hex);
    assert_eq!((t.kind, t.approval), (Kind::Purchase, Approval::Approved));
    assert_eq!(t.amount.to_string(), "0.01 CNY");
    assert_eq!(t.time.to_string(), "2026-12-01T15:34:38+08:00");
    assert_eq!((t.stan.as_str(), t.rrn.as_str()), ("001082", "290983153438"));
    assert_eq!(t.merchant.terminal, "00000026");
    assert_eq!(t.merchant.id, "852331059980072");
    assert_eq!(t.acquirer, "48523310");
    assert_eq!((t.card.last4.number(), t.card.brand.as_str()), (5, "unionpay"));
}

/// github.com/soloicesky/ISO8583-CUP-FOR-JAVA-, Main.java: a card number of 19
/// digits, packed; it is printed there without its message type.
#[test]
fn a_card_number_of_odd_length_at_a_unionpay_terminal() {
    let hex = "0210703E00810ED08813196205500000000000004000000000000000000100013511260410314912\
        12310008123456783030303030303030343838303830323039383030313233343536373831323334\
        35363738393031323334352238383838383838383838383636363636363636363636313536061000\
        000000000000142200004900050100034355503343333430354239";
    let t = transaction("unionpay-pos", hex);
    assert_eq!((t.kind, t.approval), (Kind::Purchase, Approval::Approved));
    assert_eq!(t.amount.to_string(), "0.01 CNY");
    assert_eq!((t.stan.as_str(), t.rrn.as_str()), ("000135", "000000004880"));
    assert_eq!((t.card.bin.number(), t.card.last4.number()), (62055000, 4));
    assert_eq!(t.merchant.terminal, "12345678");
}

/// github.com/ralvescosta/digital-payments, README.md.
#[test]
fn a_key_exchange_in_bcd() {
    let hex = "08002038000000200002810000000001084909052253415630305A30353736333120202020534156\
        4E47583130303131303032303030302020202020200011010008B9F3F723CA3CD2F8";
    assert_eq!(ignored("iso1987-binary", hex), IgnoredReason::NetworkManagement);
}

/// github.com/patrickaburu1/ISO8583-PACK-UNPACK, README.md.
#[test]
fn a_request_in_ascii() {
    let text = "02003220000000808000000010000000001500120604120000000112340001840";
    assert_eq!(ignored("iso1987-ascii", &ascii(text)), IgnoredReason::Request);
}

/// github.com/rvflash/iso8583, message_test.go, as windhooked/iso8583 keeps it;
/// the well-known example of a sign-on.
#[test]
fn a_sign_on_in_ascii_with_two_bitmaps() {
    let text = "0800823A0000000000000400000000000000042009061390000109061304200420001";
    assert_eq!(ignored("iso1987-ascii", &ascii(text)), IgnoredReason::NetworkManagement);
}

// The files in messages/ were encoded by pyiso8583 4.0.1: `default_ascii` as it
// is, and `default` with the fields of type n packed (DE2 and DE35 right-padded,
// DE22 left-padded, at UnionPay right-padded) and lengths in BCD.

fn assert_purchase(t: &Transaction) {
    assert_eq!((t.kind, t.approval), (Kind::Purchase, Approval::Approved));
    assert_eq!(t.amount.to_string(), "128.50 CNY");
    assert_eq!(t.time.to_string(), "2026-11-20T08:31:05+08:00");
    assert_eq!((t.card.bin.number(), t.card.last4.number()), (62055000, 4));
    assert_eq!(t.merchant.name, "COFFEE LAB");
    assert_eq!((t.merchant.city.as_str(), t.merchant.country.as_str()), ("SHANGHAI", "CN"));
    assert_eq!(t.merchant.category, "5814");
    assert_eq!(t.entry_mode, EntryMode::Chip);
    assert_eq!((t.acquirer.as_str(), t.authorisation_code.as_str()), ("01020000", "654321"));
    assert_eq!(t.balance.unwrap().to_string(), "900.00 CNY");
}

#[test]
fn a_purchase_by_another_encoder_in_ascii() {
    let hex = include_str!("messages/ascii-0210.hex");
    assert_purchase(&transaction("iso1987-ascii", hex));
}

#[test]
fn a_purchase_by_another_encoder_in_bcd() {
    let hex = include_str!("messages/binary-0210.hex");
    assert_purchase(&transaction("iso1987-binary", hex));
}

#[test]
fn a_reversal_by_another_encoder_in_both() {
    let in_ascii = include_str!("messages/ascii-0420.hex");
    let in_bcd = include_str!("messages/binary-0420.hex");
    for (dialect, hex) in [("iso1987-ascii", in_ascii), ("iso1987-binary", in_bcd)] {
        let t = transaction(dialect, hex);
        assert_eq!((t.kind, t.approval), (Kind::Reversal, Approval::Approved));
        assert_eq!(t.original_kind, Some(Kind::Purchase));
        assert_eq!(t.original_stan.as_deref(), Some("000123"));
    }
}

#[test]
fn a_void_by_another_encoder_for_unionpay() {
    let hex = include_str!("messages/unionpay-0210.hex");
    let t = transaction("unionpay-pos", hex);
    assert_eq!((t.kind, t.original_kind), (Kind::Void, Some(Kind::Purchase)));
    assert_eq!(t.original_stan.as_deref(), Some("000123"));
    assert_eq!(t.entry_mode, EntryMode::Contactless);
    assert_eq!(t.time.to_string(), "2026-12-31T23:59:05+08:00");
    assert_eq!((t.merchant.name.as_str(), t.merchant.city.as_str()), ("COFFEE LAB", "SHANGHAI"));
}
