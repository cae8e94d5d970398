//! ISO 8583: whatever the bytes, a message is a record or an error that gives
//! no digits away, in every dialect and framing; and a dialect file is a
//! dialect or an error that names its line.

use std::sync::OnceLock;

use tillbell_iso8583::{Decoder, Dialect, Frames, Framing};
use tillbell_transaction::{Error, Timestamp};

use super::{ERROR_DIGITS_MAX, json, lines_of, longest_digits};

/// How many messages of a feed are looked at.
const FRAMES_MAX: usize = 64;
/// What a dialect file begins with here.
const DIALECT_MARK: &[u8] = b"# dialect\n";

/// # Panics
/// If an error gives digits away, or a decoded transaction cannot be written.
pub fn holds(input: &[u8]) {
    if let Some(text) = input.strip_prefix(DIALECT_MARK) {
        return dialect(text);
    }
    for dialect in builtin() {
        message(dialect, input);
    }
    for framing in [Framing::HexLines, Framing::LENGTH2, Framing::LENGTH4] {
        let mut frames = Frames::new(input, framing);
        for _ in 0..FRAMES_MAX {
            let Some(frame) = frames.next().expect("memory can be read") else { break };
            if let Err(error) = &frame.message {
                tells_nothing(error);
            }
        }
    }
}

/// The built-in dialects, read once.
fn builtin() -> &'static [Dialect] {
    static BUILTIN: OnceLock<Vec<Dialect>> = OnceLock::new();
    let read = || Dialect::names().filter_map(Dialect::builtin).collect();
    BUILTIN.get_or_init(read)
}

fn message(dialect: &Dialect, bytes: &[u8]) {
    let reference = Timestamp::parse("2026-11-20T12:00:00Z").expect("a time");
    match Decoder::new(dialect.clone()).reference_time(reference).decode(bytes) {
        Ok(decoded) => {
            decoded.alarms.iter().for_each(tells_nothing);
            json::is_stable(decoded.record);
        }
        Err(error) => tells_nothing(&error),
    }
}

fn tells_nothing(error: &Error) {
    let text = error.to_string();
    assert!(longest_digits(&text) <= ERROR_DIGITS_MAX, "{text}");
}

fn dialect(text: &[u8]) {
    let Ok(text) = std::str::from_utf8(text) else { return };
    match Dialect::parse(text, "fuzz.toml") {
        Ok(dialect) => {
            for bytes in messages() {
                message(&dialect, &bytes);
            }
        }
        Err(error) => {
            assert!(error.to_string().starts_with("fuzz.toml:"), "{error}");
            assert!(error.line <= text.lines().count() + 1, "{error}");
        }
    }
}

/// One message of each example feed.
fn messages() -> Vec<Vec<u8>> {
    FEEDS.into_iter().flat_map(|feed| decoded(feed).into_iter().take(2)).collect()
}

const FEEDS: [&str; 3] = [
    "examples/feeds/day-iso1987-ascii.hex",
    "examples/feeds/day-iso1987-binary.hex",
    "examples/feeds/day-unionpay.hex",
];

fn decoded(feed: &str) -> Vec<Vec<u8>> {
    let lines = lines_of(feed).join(&b'\n');
    let mut frames = Frames::new(lines.as_slice(), Framing::HexLines);
    let mut seen = Vec::new();
    while let Some(frame) = frames.next().expect("memory can be read") {
        if let Ok(message) = frame.message {
            seen.push(message.to_vec());
        }
    }
    seen
}

/// Messages of the example feeds, lines of them, and small dialects.
pub fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for feed in FEEDS {
        seeds.extend(decoded(feed).into_iter().step_by(4));
        seeds.extend(lines_of(feed).into_iter().take(2));
    }
    for base in Dialect::names() {
        let text = format!("extends = \"{base}\"\nutc_offset_minutes = 480\n");
        seeds.push([DIALECT_MARK, text.as_bytes()].concat());
    }
    seeds
}
