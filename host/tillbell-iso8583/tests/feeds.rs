//! The example feeds give what their comments say.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use std::fs;
use std::path::PathBuf;

use tillbell_iso8583::{Decoder, Dialect, Frames, Framing, Record};
use tillbell_transaction::{Result, Timestamp, json};

fn feed(name: &str) -> Vec<u8> {
    let feeds = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../examples/feeds");
    fs::read(feeds.join(name)).unwrap()
}

/// A record in the words of the comments.
fn summary(record: Result<Record>) -> String {
    match record {
        Ok(Record::Transaction(t)) => {
            format!("{} {} {} {}", t.kind, t.approval, t.amount, t.time)
        }
        Ok(Record::Ignored(ignored)) => format!("ignored {}", ignored.reason),
        Err(error) => format!("error {}", error.field()).trim_end().to_owned(),
    }
}

#[test]
fn every_message_is_what_its_comment_says() {
    for (name, dialect) in [
        ("day-unionpay.hex", "unionpay-pos"),
        ("day-iso1987-ascii.hex", "iso1987-ascii"),
        ("day-iso1987-binary.hex", "iso1987-binary"),
    ] {
        let bytes = feed(name);
        let text = String::from_utf8(bytes.clone()).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        let decoder = Decoder::new(Dialect::builtin(dialect).unwrap())
            .reference_time(Timestamp::parse("2026-11-20T12:00:00Z").unwrap());
        let mut frames = Frames::new(bytes.as_slice(), Framing::HexLines);
        let mut records = 0;
        while let Some(frame) = frames.next().unwrap() {
            let comment = lines[frame.number as usize - 2];
            let (_, expected) = comment.split_once(" -> ").unwrap();
            let record = frame
                .message
                .and_then(|message| decoder.decode(message))
                .map(|decoded| decoded.record);
            let detail = record.as_ref().err().map(ToString::to_string);
            assert_eq!(summary(record), expected, "{name}:{}: {detail:?}", frame.number);
            records += 1;
        }
        assert!(records >= 35, "{name}: {records}");
    }
}

#[test]
fn the_json_day_has_its_events_and_its_mistakes() {
    let bytes = feed("day.jsonl");
    let (mut transactions, mut ignored, mut wrong) = (0, 0, Vec::new());
    for line in bytes.trim_ascii_end().split(|byte| *byte == b'\n') {
        match json::read(line) {
            Ok(Record::Transaction(transaction)) => {
                let text = json::write(&Record::Transaction(transaction));
                assert!(!text.contains("\"pan\""));
                transactions += 1;
            }
            Ok(Record::Ignored(_)) => ignored += 1,
            Err(error) => wrong.push(error.field().to_owned()),
        }
    }
    assert_eq!((transactions, ignored), (56, 3));
    // Where a line is cut, the field is where it was cut.
    assert!(wrong.remove(1).starts_with("cardholder"));
    let minor_units = "amount.minor_units";
    assert_eq!(
        wrong,
        ["", "approval", minor_units, minor_units, "stam", "kind", "amount.exponent", ""]
    );
}
