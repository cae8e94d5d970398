//! ISO 8583 messages that pyiso8583 reads and makes: our decoder finds the same fields.

use std::collections::BTreeMap;
use std::process::Command;

use serde_json::Value;
use tillbell_iso8583::{Decoder, Dialect, Frames, Framing};
use tillbell_tests::root;
use tillbell_transaction::Timestamp;

/// What pyiso8583 says of a message.
struct Line {
    dialect: String,
    hex: String,
    /// For each field the bytes that it takes with its length, and its text.
    parts: BTreeMap<usize, (usize, String)>,
}

impl Line {
    fn read(line: &str) -> Self {
        let line: Value = serde_json::from_str(line).expect("JSON");
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let parts = line["parts"].as_object().expect("fields").iter().map(|(number, part)| {
            let bytes = part[0].as_u64().expect("a length") as usize;
            (number.parse().expect("a field"), (bytes, text(&part[1])))
        });
        Self { dialect: text(&line["dialect"]), hex: text(&line["hex"]), parts: parts.collect() }
    }
}

/// Fields that are shown in part: the card's number, accounts.
const IN_PART: [usize; 3] = [2, 102, 103];

#[test]
fn pyiso8583_finds_the_same_fields() {
    let target = std::env::current_exe().expect("a test");
    let target = target.ancestors().nth(3).expect("target/release/deps");
    let python = target.join("schemathesis/bin/python");
    let done = Command::new(&python)
        .arg(root().join("tests/iso8583/second_reader.py"))
        .arg(root().join("host/tillbell-iso8583/dialects"))
        .arg(root().join("examples/feeds"))
        .output()
        .unwrap_or_else(|error| panic!("{}: {error}: run sh tests/tools.sh", python.display()));
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let text = String::from_utf8(done.stdout).expect("UTF-8");
    let (mut messages, mut fields) = (0, 0);
    for line in text.lines() {
        let line = Line::read(line);
        let decoder = Decoder::new(Dialect::builtin(&line.dialect).expect("built in"))
            .reference_time(Timestamp::parse("2026-11-20T12:00:00Z").expect("a time"));
        let mut frames = Frames::new(line.hex.as_bytes(), Framing::HexLines);
        let frame = frames.next().expect("memory").expect("a line");
        let explained = decoder.explain(frame.message.expect("hex"));
        let ours: BTreeMap<usize, (usize, &str)> = explained
            .parts
            .iter()
            .filter_map(|part| {
                let number = part.name.strip_prefix("DE")?.parse().ok()?;
                Some((number, (part.bytes, part.value.as_str())))
            })
            .filter(|(number, _)| *number != 1)
            .collect();
        let context = || format!("{} {}", line.dialect, line.hex);
        assert_eq!(
            ours.keys().collect::<Vec<_>>(),
            line.parts.keys().collect::<Vec<_>>(),
            "{}: {:?}",
            context(),
            explained.error()
        );
        for (number, (bytes, text)) in &line.parts {
            let (own_bytes, own_text) = ours[number];
            assert_eq!(own_bytes, *bytes, "DE{number} of {}", context());
            fields += 1;
            let is_shown = !IN_PART.contains(number)
                && !own_text.contains('*')
                && own_text != "(never opened)";
            // Of packed digits it shows the padding too.
            if is_shown && line.dialect != "iso1987-binary" {
                // Hex digits are of either case.
                let (text, own_text) = (text.trim().to_lowercase(), own_text.trim().to_lowercase());
                assert!(text.starts_with(&own_text), "DE{number} of {}", context());
            }
        }
        messages += 1;
    }
    println!("{messages} messages, {fields} fields");
    assert!(messages > 1_200 && fields > 20_000, "{messages} messages, {fields} fields");
}
