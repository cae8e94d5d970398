//! `tillbell send` and `tillbell status`: each message once, and an answer for
//! everybody who got none.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::Value;
use tillbell_tests::{Scratch, bank, binary, cache_path, root, tillbell};

const NOW: &str = "2026-11-20T23:59:00+08:00";
/// Purchases of the long feed, and how often it is interrupted.
const PURCHASES: u32 = 3_000;
const KILLS: u64 = 12;

struct Desk(Scratch);

impl Desk {
    fn new() -> Self {
        let desk = Self(Scratch::new());
        let subscribers = root().join("examples/feeds/subscribers.csv");
        let outbox = desk.path("outbox.db");
        let subscribers = subscribers.to_str().expect("UTF-8");
        let done = tillbell(&["subscribers", "import", "--outbox", &outbox, subscribers], b"");
        assert!(done.status.success());
        desk
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_str().expect("UTF-8").into()
    }

    fn start(&self, feed: &Path) -> Child {
        self.start_at(feed, NOW)
    }

    fn start_at(&self, feed: &Path, now: &str) -> Child {
        Command::new(binary())
            .arg("send")
            .args(["harbour", "meridian", "kite"].map(bank))
            .arg("--events")
            .arg(feed)
            .args(["--outbox", &self.path("outbox.db"), "--to", &self.path("messages")])
            .args(["--now", now])
            .env("TILLBELL_CACHE", cache_path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("tillbell starts")
    }

    fn send(&self, feed: &Path) -> Output {
        self.start(feed).wait_with_output().expect("tillbell ends")
    }

    fn status(&self, arguments: &[&str]) -> Output {
        let outbox = self.path("outbox.db");
        let arguments: Vec<_> =
            ["status", "--outbox", &outbox].iter().chain(arguments).copied().collect();
        tillbell(&arguments, b"")
    }

    /// Recipient and text by the message's number.
    fn messages(&self) -> BTreeMap<i64, (String, String)> {
        let mut messages = BTreeMap::new();
        let file = fs::read_to_string(self.path("messages")).expect("messages");
        assert!(file.ends_with('\n'));
        for line in file.lines() {
            let line: Value = serde_json::from_str(line).expect("a line of JSON");
            let text = |field: &str| line[field].as_str().expect("text").to_owned();
            let id = line["id"].as_i64().expect("a number");
            let before = messages.insert(id, (text("to"), text("text")));
            assert_eq!(before, None, "message {id} is written twice");
        }
        messages
    }
}

fn day() -> std::path::PathBuf {
    root().join("examples/feeds/day.jsonl")
}

fn told(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

#[test]
fn a_day_is_sent_once_however_often_it_is_handed_in() {
    let desk = Desk::new();
    let first = desk.send(&day());
    assert_eq!(first.status.code(), Some(1), "the day has lines that cannot be read");
    assert_eq!(
        told(&first),
        "55 transactions accepted, 1 repeats, 9 malformed; 31 messages written\n"
    );
    let messages = desk.messages();
    assert_eq!(messages.len(), 31);
    // One purchase of the day has neither RRN nor STAN, and cannot be known again;
    // its cardholder is not in the table.
    let again = desk.send(&day());
    assert_eq!(
        told(&again),
        "1 transactions accepted, 55 repeats, 9 malformed; 0 messages written\n"
    );
    assert_eq!(desk.messages(), messages);
    let status = desk.status(&["--from", "2026-11-20T00:00:00+08:00", "--json"]);
    let status: Value = serde_json::from_slice(&status.stdout).expect("JSON");
    assert_eq!(status["messages"]["delivered"], 31);
    assert_eq!(status["transactions"]["rejected"], 1);
    let parts = status["parts"].as_array().expect("parts");
    let messages: i64 = parts.iter().filter_map(|row| row["messages"].as_i64()).sum();
    assert_eq!(messages, 31);
}

#[test]
fn why_a_customer_got_nothing_has_an_answer() {
    let desk = Desk::new();
    desk.send(&day());
    for (transaction, answer) in [
        ("20261120-00000471-632400000123-000123-56700-purchase", "suppressed no-consent"),
        (
            "20261120-00000471-632400000109-000109-45600-purchase-with-cashback",
            "suppressed no-subscriber",
        ),
        ("20261120-00000471-632400000110-000110-300-purchase", "suppressed: declined"),
        ("20261120-00000471-632400000124-000124-56700-reversal", "suppressed: already-reversed"),
        ("20261120-00000471-632400000124-000124-56700-reversal", "merchant by sms: netted"),
        ("20261120-00000471-632400000124-000124-56700-reversal", "together 0.00 CNY"),
        ("20261120-BOS00002-632400000146-000146-9900-purchase", "rejected: no-bundle"),
    ] {
        let output = desk.status(&["--transaction", transaction]);
        assert!(output.status.success(), "{transaction}");
        let told = told(&output);
        assert!(told.contains(answer), "{transaction}: {told}");
        assert!(!told.contains("138001"), "{told}");
    }
    let unknown = desk.status(&["--transaction", "nobody's"]);
    assert_eq!(unknown.status.code(), Some(1));
}

/// Each interruption comes at another moment; then it is left alone.
#[test]
fn killed_at_any_moment_each_message_is_written_once() {
    let desk = Desk::new();
    let feed = desk.0.path().join("feed.jsonl");
    let purchase = r#"{"kind":"purchase","approval":"approved","amount":{"minor_units":12850,"currency":"CNY"},"time":"2026-11-20T08:31:05+08:00","card":{"bin":"62162610","last4":"0018","token":"tok_001819"},"merchant":{"name":"咖啡实验室","id":"898310057340001","terminal":"00000312"},"rrn":"RRN","stan":"STAN"}"#;
    let lines: Vec<_> = (0..PURCHASES)
        .map(|number| {
            let rrn = format!("{number:012}");
            purchase.replace("RRN", &rrn).replace("STAN", &rrn[6..]) + "\n"
        })
        .collect();
    fs::write(&feed, lines.concat()).expect("the feed written");
    let mut killed = 0;
    for turn in 0..KILLS {
        let mut child = desk.start(&feed);
        // The moment is what is tested: somewhere in some hundred milliseconds.
        thread::sleep(Duration::from_millis(20 + turn * 37 % 400));
        if child.try_wait().expect("a state").is_none() {
            child.kill().expect("killed");
            killed += 1;
        }
        child.wait().expect("ended");
    }
    assert!(killed > 0, "every run ended before it was killed");
    assert!(desk.send(&feed).status.success());
    // Cardholder and merchant of each.
    let messages = desk.messages();
    let of = |to: &str| messages.values().filter(|(recipient, _)| recipient == to).count();
    assert_eq!(of("+8613800138000"), PURCHASES as usize);
    assert_eq!(of("+8613800138088"), 0, "the bank tells merchants of more than 200 yuan");
    assert_eq!(messages.len(), PURCHASES as usize);
}

/// ISO 8583 names cards by their number: with a key they get a token, and the
/// table has tokens made by the same key.
#[test]
fn a_card_without_a_token_gets_one() {
    let desk = Desk::new();
    let key = desk.path("token.key");
    fs::write(&key, "17".repeat(32)).expect("the key written");
    let tokens = tillbell(
        &["subscribers", "token", "--token-key", &key],
        b"6216261000000000018\nno card\n4242424242424242\n",
    );
    assert_eq!(tokens.status.code(), Some(1));
    let tokens = told(&tokens);
    let tokens: Vec<_> = tokens.lines().collect();
    assert_eq!((tokens.len(), tokens[1]), (3, ""));
    let outbox = desk.path("outbox.db");
    let consent = "2026-01-05T10:00:00+08:00";
    let add = ["subscribers", "add", "--outbox", &outbox, "cardholder", tokens[0], "--phone"];
    let add: Vec<_> = add.iter().chain(&["13800138000", "--consent", consent]).copied().collect();
    assert!(tillbell(&add, b"").status.success());
    let send = |more: &[&str]| {
        let feed = root().join("examples/feeds/day-unionpay.hex");
        let (feed, messages) = (feed.to_str().expect("UTF-8").to_owned(), desk.path("messages"));
        let banks = ["harbour", "meridian", "kite"].map(|name| bank(name).display().to_string());
        let mut arguments = vec!["send", &banks[0], &banks[1], &banks[2], "--events", &feed];
        arguments.extend(["--format", "iso8583", "--dialect", "unionpay-pos", "--now", NOW]);
        arguments.extend(["--outbox", &outbox, "--to", &messages]);
        arguments.extend(more);
        tillbell(&arguments, b"")
    };
    assert!(told(&send(&["--token-key", &key])).contains("messages written"));
    let messages = desk.messages();
    assert!(messages.values().any(|(to, _)| to == "13800138000"), "the card's holder is told");
    let file = fs::read(&outbox).expect("the outbox");
    let log = fs::read(desk.path("outbox.db-wal")).unwrap_or_default();
    for bytes in [file, log] {
        let number = b"6216261000000000018";
        assert!(!bytes.windows(number.len()).any(|window| window == number));
    }
}

/// Small debits of one card: one message of them together, whatever is sent again
/// and wherever it is interrupted; then from the beginning.
#[test]
fn many_small_debits_make_one_summary() {
    let desk = Desk::new();
    let small = |number: u32| {
        format!(
            r#"{{"kind":"purchase","approval":"approved","amount":{{"minor_units":4000,"currency":"CNY"}},"time":"2026-11-20T12:{:02}:05+08:00","card":{{"bin":"62162610","last4":"0005","token":"tok_000516"}},"merchant":{{"name":"面包房","id":"898310000000000","terminal":"00000001"}},"entry_mode":"chip","rrn":"6324001{number:05}","stan":"{number:06}"}}"#,
            number % 60
        )
    };
    let feed = |from: u32, to: u32| {
        let path = desk.0.path().join(format!("small-{from}-{to}.jsonl"));
        let lines: Vec<_> = (from..to).map(small).collect();
        fs::write(&path, lines.join("\n")).expect("a feed");
        path
    };
    let messages = || fs::read_to_string(desk.path("messages")).unwrap_or_default();
    // At noon: at night a summary waits for the morning.
    let send = |feed: &Path| {
        let sent = desk.start_at(feed, "2026-11-20T12:30:00+08:00").wait_with_output();
        assert!(sent.expect("tillbell ends").status.success());
    };
    send(&feed(0, 9));
    assert_eq!(messages(), "");
    // The first again, and the tenth.
    send(&feed(0, 10));
    let text = messages();
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(text.contains("11月20日起有10笔小额支出，共400.00元"), "{text}");
    send(&feed(0, 19));
    assert_eq!(messages().lines().count(), 1, "{}", messages());
    send(&feed(0, 20));
    assert_eq!(messages().lines().count(), 2, "{}", messages());
    // The same, in one run without an outbox.
    let folder = bank("harbour").display().to_string();
    let path = feed(0, 20).display().to_string();
    let ran = tillbell(&["run", &folder, "--events", &path, "--json"], b"");
    let ran = String::from_utf8_lossy(&ran.stdout).into_owned();
    assert_eq!(ran.matches("\"reason\":\"summary\"").count(), 2, "{ran}");
}
