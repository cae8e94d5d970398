//! The README's own dialect, and the message that it reads.

use tillbell_iso8583::{Decoder, Dialect, Frames, Framing, Record};
use tillbell_transaction::Timestamp;

const README: &str = include_str!("../README.md");

#[test]
fn the_worked_example_is_a_dialect_and_reads_its_message() {
    let block = README.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    assert!(block.lines().count() < 30);
    let dialect = Dialect::parse(block, "bank.toml").unwrap();
    let command = README.split("--reference 2026-11-20T14:00:00Z \\\n").nth(1).unwrap();
    let hex: String = command.split("\n```").next().unwrap().replace(['\\', '\n'], "");
    let mut frames = Frames::new(hex.as_bytes(), Framing::HexLines);
    let message = frames.next().unwrap().unwrap().message.unwrap().to_vec();
    let decoder =
        Decoder::new(dialect).reference_time(Timestamp::parse("2026-11-20T14:00:00Z").unwrap());
    let explained = decoder.explain(&message);
    for part in &explained.parts {
        let row = format!("{:<16} {:>4} {:>5}  {}", part.name, part.first, part.bytes, part.value);
        assert!(README.contains(row.trim_end()), "{row}");
    }
    let decoded = explained.decoded.unwrap();
    let Record::Transaction(transaction) = decoded.record else { panic!("no transaction") };
    assert!(decoded.alarms.is_empty(), "{:?}", decoded.alarms);
    assert_eq!(transaction.merchant.name, "CAFÉ LAB!");
    assert_eq!(transaction.time.to_string(), "2026-11-20T08:31:05-05:00");
}
