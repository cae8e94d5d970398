//! No output of the command holds a secret of the feed: whole days of events,
//! every way in which one can be malformed, at the most verbose.

use std::fs;
use std::process::{Command, Stdio};

use tillbell_iso8583::{Decoder, Dialect, Frames, Framing};
use tillbell_tests::{Scratch, bank, binary, cache_path, root};
use tillbell_transaction::{Record, Timestamp, json};

/// The published test numbers of the feeds' cards.
const PANS: [&str; 15] = [
    "6216261000000000018",
    "6200000000000005",
    "6200000000000047",
    "6205500000000000004",
    "6250947000000014",
    "4242424242424242",
    "4000056655665556",
    "5555555555554444",
    "5200828282828210",
    "2223003122003222",
    "6011111111111117",
    "3566002020360505",
    "3056930009020004",
    "378282246310005",
    "36227206271667",
];

/// What may stand in no output, under no circumstances.
struct Secrets {
    /// Searched for in the digits of an output, whatever stands between them.
    numbers: Vec<String>,
    /// Searched for as they are, in small letters.
    words: Vec<String>,
}

impl Secrets {
    /// Card numbers alone.
    fn cards() -> Self {
        Self { numbers: PANS.map(String::from).into(), words: Vec::new() }
    }

    /// Card numbers and the personal values of a feed. A name that is the
    /// other side of a transfer is told to whoever sent the money.
    fn of(events: &[String]) -> Self {
        let mut secrets = Self::cards();
        let mut told = Vec::new();
        for event in events {
            let Ok(Record::Transaction(transaction)) = json::read(event.as_bytes()) else {
                continue;
            };
            let (cardholder, merchant) = (transaction.cardholder, transaction.merchant);
            let numbers =
                [cardholder.phone, cardholder.id_number, cardholder.account, merchant.phone];
            secrets.numbers.extend(numbers.into_iter().flatten().map(|number| {
                let digits: String = number.chars().filter(char::is_ascii_digit).collect();
                digits.strip_prefix("86").map_or(digits.clone(), Into::into)
            }));
            let words = [cardholder.name, cardholder.email, merchant.email];
            secrets.words.extend(words.into_iter().flatten().map(|word| word.to_lowercase()));
            told.extend(transaction.counterparty.map(|name| name.to_lowercase()));
        }
        secrets.words.retain(|word| !told.contains(word));
        assert!(secrets.numbers.len() > 20 && secrets.words.len() > 5);
        secrets
    }

    /// What stands in an output, if anything does.
    fn find(&self, output: &[u8]) -> Option<String> {
        let text = String::from_utf8_lossy(output).to_lowercase();
        let digits = joined(&text);
        let hexadecimal =
            |number: &str| -> String { number.bytes().map(|byte| format!("{byte:02x}")).collect() };
        self.numbers
            .iter()
            .find(|number| digits.contains(*number) || text.contains(&hexadecimal(number)))
            .or_else(|| self.words.iter().find(|word| text.contains(*word)))
            .cloned()
    }
}

/// The text with its numbers in one piece: nothing is left of up to four
/// signs, spaces or dots between two digits.
fn joined(text: &str) -> String {
    let mut joined = String::with_capacity(text.len());
    let mut gap = String::new();
    for character in text.chars() {
        let ends = character.is_alphanumeric() || matches!(character, '\n' | '*' | '#');
        if !ends && joined.ends_with(|last: char| last.is_ascii_digit()) && gap.chars().count() < 4
        {
            gap.push(character);
            continue;
        }
        if !character.is_ascii_digit() {
            joined.push_str(&gap);
        }
        gap.clear();
        joined.push(character);
    }
    joined
}

/// Everything that a run of the command leaves behind.
fn outputs(arguments: &[&str], input: &[u8]) -> Vec<(String, Vec<u8>)> {
    let scratch = Scratch::new();
    let rejects = scratch.path().join("rejects");
    let feed = scratch.path().join("feed");
    fs::write(&feed, input).expect("the feed written");
    let mut command = Command::new(binary());
    command.args(arguments);
    if arguments[0] == "run" {
        command.arg("--rejects").arg(&rejects).arg("--events").arg(&feed);
    }
    let output = command
        .current_dir(root())
        .env("TILLBELL_CACHE", cache_path())
        .env("RUST_LOG", "trace")
        .env("RUST_BACKTRACE", "full")
        .stdin(Stdio::from(fs::File::open(&feed).expect("the feed")))
        .output()
        .expect("tillbell runs");
    let code = output.status.code().expect("no signal");
    assert!(code < 2, "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    let mut outputs = vec![("stdout".into(), output.stdout), ("stderr".into(), output.stderr)];
    outputs.push(("rejects".into(), fs::read(&rejects).unwrap_or_default()));
    outputs
}

/// Fails where one of the outputs holds a secret; gives all of them.
fn search(secrets: &Secrets, arguments: &[&str], input: &[u8]) -> Vec<(String, Vec<u8>)> {
    let outputs = outputs(arguments, input);
    for (name, output) in &outputs {
        let Some(secret) = secrets.find(output) else { continue };
        let text = String::from_utf8_lossy(output);
        let alone = Secrets { numbers: vec![secret.clone()], words: vec![secret.clone()] };
        let line = text.lines().find(|line| alone.find(line.as_bytes()).is_some());
        panic!("{name} of {arguments:?}: {secret:?} in {line:?}");
    }
    outputs
}

/// The day's events, each with its card's full number.
fn day() -> Vec<String> {
    let text = fs::read(root().join("examples/feeds/day.jsonl")).expect("the day's feed");
    let text = String::from_utf8_lossy(&text).into_owned();
    text.lines().map(with_pan).collect()
}

fn with_pan(line: &str) -> String {
    for pan in PANS {
        let bin = if pan.len() >= 16 { &pan[..8] } else { &pan[..6] };
        let truncated = format!("\"bin\": \"{bin}\", \"last4\": \"{}\"", &pan[pan.len() - 4..]);
        if line.contains(&truncated) {
            return line.replace(&truncated, &format!("\"pan\": \"{pan}\""));
        }
    }
    line.into()
}

/// One good event, with everything in it.
const EVENT: &str = r#"{"kind":"purchase","approval":"approved","amount":{"minor_units":12850,"currency":"CNY"},"time":"2026-11-20T08:31:05+08:00","card":{"pan":"6216261000000000018"},"cardholder":{"name":"王小明","phone":"+8613900001234","email":"Xiaoming.W@Mail.example","id_number":"11010519491231002X","account":"6228001234567"},"merchant":{"name":"m","terminal":"00000312","phone":"02155550199"},"rrn":"632408000123"}"#;

/// The event's secrets and what each stands for.
const VALUES: [&str; 6] = [
    "6216261000000000018",
    "王小明",
    "+8613900001234",
    "Xiaoming.W@Mail.example",
    "11010519491231002X",
    "6228001234567",
];

/// Every way to get a secret into an error.
fn malformed() -> Vec<String> {
    let mut lines = Vec::new();
    let mut cut = EVENT.len();
    while cut > 40 {
        cut -= 7;
        while !EVENT.is_char_boundary(cut) {
            cut -= 1;
        }
        lines.push(EVENT[..cut].into());
        lines.push(format!("{}\u{1}{}", &EVENT[..cut], &EVENT[cut..]));
    }
    for value in VALUES {
        lines.extend([
            value.to_string(),
            format!("\"{value}\""),
            format!("{{\"{value}\":1}}"),
            format!("{{\"card\":{{\"{value}\":\"{value}\"}}}}"),
            format!("{{\"card\":\"{value}\"}}"),
            format!("{{\"amount\":\"{value}\"}}"),
            EVENT.replacen("\"kind\"", &format!("\"{value}\":\"x\",\"kind\""), 1),
            EVENT.replacen("\"kind\"", &format!("\"unknown\":\"{value}\",\"kind\""), 1),
            EVENT.replacen("\"kind\"", &format!("\"kind\":\"{value}\",\"kind\""), 1),
            EVENT.replacen("\"approved\"", &format!("\"{value}\""), 1),
            EVENT.replacen("\"CNY\"", &format!("\"{value}\""), 1),
            EVENT.replacen("12850", &format!("\"{value}\""), 1),
            EVENT.replacen("12850", &format!("{{\"{value}\":1}}"), 1),
            EVENT.replacen("2026-11-20T08:31:05+08:00", value, 1),
            EVENT.replacen(&format!("\"{value}\""), value, 1),
            EVENT.replacen(&format!("\"{value}\""), &format!("[\"{value}\"]"), 1),
            EVENT.replacen(&format!("\"{value}\""), &format!("\"{value}"), 1),
            EVENT.replacen("\"m\"", &format!("\"m\",\"country\":\"{value}\""), 1),
            EVENT.replacen("\"m\"", &format!("\"m\",\"category\":\"{value}\""), 1),
            EVENT.replacen("\"m\"", &format!("\"m\",\"{value}\":true"), 1),
            EVENT.replacen(
                "\"pan\":\"6216261000000000018\"",
                &format!("\"bin\":\"{value}\",\"last4\":\"{value}\""),
                1,
            ),
            EVENT.replacen("6216261000000000018", &format!("62162610000000000189{value}"), 1),
            format!("{EVENT}{EVENT}"),
            format!("{EVENT} {value}"),
            format!("{EVENT},"),
        ]);
    }
    lines
}

/// Good events with the card's number where it does not belong. (The guard's
/// own tests look after the texts; this is about everything around them.)
fn misplaced() -> Vec<String> {
    let pan = "6216261000000000018";
    let mut lines = Vec::new();
    for spelled in [pan, "6216-2610-0000-0000-018", "ref 6216261000000000018"] {
        for (from, to) in [
            ("\"kind\"", format!("\"id\":\"{spelled}\",\"kind\"")),
            ("\"632408000123\"", format!("\"{spelled}\"")),
            ("\"00000312\"", format!("\"{spelled}\"")),
            ("\"m\"", format!("\"m\",\"id\":\"{spelled}\"")),
            ("\"m\"", format!("\"{spelled}\"")),
            ("\"rrn\"", format!("\"stan\":\"{spelled}\",\"rrn\"")),
            ("\"rrn\"", format!("\"authorisation_code\":\"{spelled}\",\"rrn\"")),
            ("\"rrn\"", format!("\"acquirer\":\"{spelled}\",\"rrn\"")),
            ("\"rrn\"", format!("\"counterparty\":\"{spelled}\",\"rrn\"")),
            ("\"pan\"", format!("\"token\":\"{spelled}\",\"pan\"")),
            ("\"6228001234567\"", format!("\"{spelled}\"")),
            ("\"王小明\"", format!("\"{spelled}\"")),
        ] {
            assert!(EVENT.contains(from));
            lines.push(EVENT.replacen(from, &to, 1));
        }
    }
    lines
}

fn banks() -> Vec<String> {
    ["harbour", "meridian", "kite"].map(|name| bank(name).display().to_string()).into()
}

#[test]
fn a_day_of_events_gives_nothing_away() {
    let events = day();
    let numbers = events.iter().filter(|event| event.contains("\"pan\"")).count();
    assert!(numbers > 40, "{numbers} card numbers planted");
    let secrets = Secrets::of(&events);
    let feed = events.join("\n").into_bytes();
    let banks = banks();
    let (all, one) = ([&banks[0], &banks[1], &banks[2]].map(String::as_str), &banks[2]);
    let stdout =
        |outputs: Vec<(String, Vec<u8>)>| String::from_utf8_lossy(&outputs[0].1).into_owned();
    for flags in [&["--json"][..], &["--times"], &[]] {
        let text = stdout(search(&secrets, &[&["run"], &all[..], flags].concat(), &feed));
        assert!(text.contains("128.50") && text.contains("0018"), "{text}");
        // A card of no bank is rejected, whole.
        search(&secrets, &[&["run", one.as_str()], flags].concat(), &feed);
    }
    // Recipients are shown to who asks, and card numbers not even then.
    let shown = [&["run"], &all[..], &["--show-recipients"]].concat();
    let text = stdout(search(&Secrets::cards(), &shown, &feed));
    assert!(text.contains("13800138000"), "{text}");
}

#[test]
fn malformed_events_give_nothing_away() {
    let mut secrets = Secrets::of(&day());
    secrets.numbers.extend(["13900001234", "110105194912310", "6228001234567"].map(Into::into));
    secrets.words.extend(["王小明", "xiaoming.w@mail"].map(Into::into));
    let lines = [malformed(), misplaced()].concat();
    let feed = lines.join("\n").into_bytes();
    let banks = banks();
    for arguments in [
        &["run", banks[0].as_str(), "--json"][..],
        &["run", banks[0].as_str()],
        &["run", banks[2].as_str()],
        &["segments"],
        // Not what it is said to be.
        &["run", banks[0].as_str(), "--format", "iso8583"],
        &["run", banks[0].as_str(), "--format", "iso8583", "--framing", "length4"],
        &["decode"],
        &["decode", "--framing", "length2"],
    ] {
        let outputs = search(&secrets, arguments, &feed);
        let length: usize = outputs.iter().map(|(_, output)| output.len()).sum();
        assert!(length > 0, "{arguments:?} says nothing");
    }
}

/// ISO 8583 messages, damaged: cut, a byte changed, a byte too many.
fn damaged(feed: &str, dialect: &str) -> Vec<String> {
    let reference = Timestamp::parse("2026-11-20T12:00:00Z").expect("a time");
    let dialect = Dialect::builtin(dialect).expect("it is built in");
    let decoder = Decoder::new(dialect).reference_time(reference);
    let bytes = fs::read(root().join("examples/feeds").join(feed)).expect("a feed");
    let mut frames = Frames::new(bytes.as_slice(), Framing::HexLines);
    let mut lines = Vec::new();
    while let Some(frame) = frames.next().expect("memory can be read") {
        let Ok(message) = frame.message else { continue };
        let hex =
            |bytes: &[u8]| -> String { bytes.iter().map(|byte| format!("{byte:02x}")).collect() };
        lines.push(hex(message));
        // A card's number in the merchant's name is struck because it is the
        // card's own, which it is no longer where the card's is damaged.
        let name = match decoder.decode(message).map(|decoded| decoded.record) {
            Ok(Record::Transaction(transaction)) => transaction.merchant.name,
            _ => String::new(),
        };
        if ["REFUND", "退款"].iter().any(|word| name.starts_with(word)) {
            continue;
        }
        for at in (1..message.len()).step_by(5) {
            lines.push(hex(&message[..at]));
            let mut changed = message.to_vec();
            changed[at] ^= 0x15;
            lines.push(hex(&changed));
            changed.insert(at, b'4');
            lines.push(hex(&changed));
            lines.push(format!("{}g{}", &hex(message)[..at], &hex(message)[at..]));
        }
        lines.push(format!("{}0", hex(message)));
    }
    lines
}

#[test]
fn iso8583_feeds_give_nothing_away() {
    let secrets = Secrets::cards();
    let banks = banks();
    for (feed, dialect) in [
        ("day-iso1987-ascii.hex", "iso1987-ascii"),
        ("day-iso1987-binary.hex", "iso1987-binary"),
        ("day-unionpay.hex", "unionpay-pos"),
    ] {
        let lines = damaged(feed, dialect);
        assert!(lines.len() > 100, "{} lines", lines.len());
        let text = lines.join("\n").into_bytes();
        for spoken in ["iso1987-ascii", "iso1987-binary", "unionpay-pos"] {
            let outputs = search(&secrets, &["decode", "--dialect", spoken], &text);
            assert!(spoken != dialect || outputs[0].1.len() > 1_000, "{feed} decodes");
        }
        let iso = ["--format", "iso8583", "--dialect", dialect, "--now", "2026-11-20T12:00:00Z"];
        for flags in [&["--json"][..], &["--times"]] {
            let arguments = [&["run"], &[banks[0].as_str(), banks[1].as_str()][..], &iso, flags];
            search(&secrets, &arguments.concat(), &text);
        }
    }
}

/// What the bake keeps was made from bundles alone; and stays so.
#[test]
fn the_cache_holds_no_secret() {
    let secrets = Secrets::of(&day());
    let feed = day().join("\n").into_bytes();
    search(&secrets, &["run", &banks()[0]], &feed);
    let mut files = 0;
    for entry in fs::read_dir(cache_path()).expect("the cache") {
        let bytes = fs::read(entry.expect("an entry").path()).unwrap_or_default();
        // In machine code any digits may stand next to each other; a number
        // that was written there stands in one piece. Names are not asked for:
        // templates' samples have some.
        let text = String::from_utf8_lossy(&bytes);
        for secret in &secrets.numbers {
            assert!(!text.contains(secret.as_str()), "{secret}");
        }
        files += 1;
    }
    assert!(files >= 3, "{files} files");
}

/// The search itself: what it must find, and what it may not.
#[test]
fn the_search_finds_what_is_there() {
    let secrets =
        Secrets { numbers: vec!["4242424242424242".into()], words: vec!["li lei".into()] };
    for found in [
        "a 4242424242424242.",
        "4242 4242 4242 4242",
        "4242-4242 - 4242.4242",
        "x34323432343234323432343234323432",
        "Li Lei",
    ] {
        assert!(secrets.find(found.as_bytes()).is_some(), "{found}");
    }
    for clean in ["42424242********4242", "424242******4242", "4242\n424242424242", "Li L"] {
        assert!(secrets.find(clean.as_bytes()).is_none(), "{clean}");
    }
}
