//! What a phone is told of one debit adds up to what the account lost: cases that
//! went wrong once, through `tillbell send`, with what was told before each event
//! and without.

use std::fs;

use serde_json::{Value, json};
use tillbell_tests::{Scratch, bank, tillbell};

const NOW: &str = "2026-11-25T12:30:00+08:00";

/// An outbox, a bank, and a cardholder and a merchant who consent.
struct Desk(Scratch);

impl Desk {
    fn new() -> Self {
        let desk = Self(Scratch::new());
        let table = "party,reference,phone,locale,consent\n\
                     cardholder,tok_001819,+8613800138000,zh-CN,2026-01-05T10:00:00+08:00\n\
                     merchant,m,+8613800138088,zh-CN,2026-01-05T10:00:00+08:00\n";
        fs::write(desk.path("subscribers.csv"), table).expect("a table");
        let outbox = desk.path("outbox.db");
        desk.run(&["subscribers", "import", "--outbox", &outbox, &desk.path("subscribers.csv")]);
        desk
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }

    fn run(&self, arguments: &[&str]) -> String {
        let done = tillbell(arguments, b"");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).expect("UTF-8")
    }

    /// Hands events over, and sends what is due then.
    fn send(&self, events: &[Value], now: &str) {
        let feed = self.path("feed.jsonl");
        let lines: Vec<String> = events.iter().map(Value::to_string).collect();
        fs::write(&feed, lines.join("\n")).expect("a feed");
        let harbour = bank("harbour").display().to_string();
        let (outbox, to) = (self.path("outbox.db"), self.path("messages"));
        self.run(&[
            "send", &harbour, "--events", &feed, "--outbox", &outbox, "--to", &to, "--now", now,
        ]);
    }

    /// The texts for the cardholder, in the order in which they left.
    fn told(&self) -> Vec<String> {
        let text = fs::read_to_string(self.path("messages")).unwrap_or_default();
        let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
        lines
            .filter(|line| line["to"] == "+8613800138000")
            .map(|line| line["text"].as_str().expect("a text").to_owned())
            .collect()
    }
}

fn event(kind: &str, stan: &str, minor_units: i64, more: Value) -> Value {
    let mut event = json!({
        "kind": kind, "approval": "approved",
        "amount": {"minor_units": minor_units, "currency": "CNY"},
        "time": "2026-11-25T12:00:00+08:00",
        "card": {"bin": "621626", "last4": "0018", "token": "tok_001819"},
        "merchant": {"name": "X", "country": "CN", "id": "m", "terminal": "t"},
        "rrn": "1", "stan": stan,
    });
    let fields = more.as_object().expect("fields").clone();
    event.as_object_mut().expect("fields").extend(fields);
    event
}

fn purchase() -> Value {
    event("purchase", "1", 45_000, json!({}))
}

fn reversal(minor_units: i64) -> Value {
    let before = json!({"minor_units": 45_000, "currency": "CNY"});
    let more =
        json!({"original_kind": "purchase", "original_stan": "1", "original_amount": before});
    event("reversal", "2", minor_units, more)
}

/// As many texts as lists of words, each text with its words in their order.
#[track_caller]
fn are(told: &[String], words: &[&[&str]]) {
    assert_eq!(told.len(), words.len(), "{told:?}");
    for (text, words) in told.iter().zip(words) {
        let mut rest = text.as_str();
        for word in *words {
            let at = rest.find(word).unwrap_or_else(|| panic!("{word} is not in {text}"));
            rest = &rest[at + word.len()..];
        }
    }
}

#[test]
fn a_partial_reversal_leaves_nobody_untold() {
    let (debit, part) = (["消费450.00元"], ["冲正", "450.00元中的100.00元"]);
    // Before its debit, behind it, and behind its message.
    for orders in [
        vec![vec![purchase(), reversal(10_000)]],
        vec![vec![reversal(10_000), purchase()]],
        vec![vec![purchase()], vec![reversal(10_000)]],
    ] {
        let desk = Desk::new();
        orders.iter().for_each(|events| desk.send(events, NOW));
        are(&desk.told(), &[&debit, &part]);
    }
    // Two of them: of 450.00, and of what was left.
    let desk = Desk::new();
    let mut second = reversal(5_000);
    second["stan"] = "3".into();
    desk.send(&[purchase(), reversal(10_000), second], NOW);
    are(&desk.told(), &[&debit, &part, &["350.00元中的50.00元"]]);
}

#[test]
fn a_full_reversal_is_told_if_its_debit_was() {
    let desk = Desk::new();
    desk.send(&[purchase(), reversal(45_000)], NOW);
    are(&desk.told(), &[]);
    let desk = Desk::new();
    desk.send(&[purchase()], NOW);
    desk.send(&[reversal(45_000)], NOW);
    are(&desk.told(), &[&["消费450.00元"], &["冲正450.00元"]]);
    // Three days later, by the numbers of the terminal and the RRN.
    let desk = Desk::new();
    let mut debit = purchase();
    debit["time"] = "2026-11-20T12:00:00+08:00".into();
    desk.send(&[debit.clone()], "2026-11-20T12:30:00+08:00");
    let mut late = reversal(45_000);
    late["time"] = "2026-11-23T12:00:00+08:00".into();
    desk.send(&[late], "2026-11-23T12:30:00+08:00");
    are(&desk.told(), &[&["消费450.00元"], &["冲正450.00元"]]);
}

#[test]
fn a_declined_reversal_changes_nothing() {
    for apart in [false, true] {
        let desk = Desk::new();
        let mut declined = reversal(45_000);
        declined["approval"] = "declined".into();
        match apart {
            false => desk.send(&[purchase(), declined], NOW),
            true => {
                desk.send(&[purchase()], NOW);
                desk.send(&[declined], NOW);
            }
        }
        are(&desk.told(), &[&["消费450.00元"]]);
    }
}

#[test]
fn another_amount_for_the_same_purchase_is_an_adjustment() {
    let before = json!({"original_amount": {"minor_units": 45_000, "currency": "CNY"}});
    let desk = Desk::new();
    desk.send(&[purchase()], NOW);
    desk.send(&[event("purchase", "1", 53_100, before)], NOW);
    are(&desk.told(), &[&["消费450.00元"], &["450.00元", "调整为", "531.00元"]]);
    // Below the threshold nobody was told: it is told as the debit.
    let desk = Desk::new();
    desk.send(&[event("purchase", "1", 4_000, json!({}))], NOW);
    desk.send(&[event("purchase", "1", 53_100, json!({}))], NOW);
    are(&desk.told(), &[&["消费531.00元"]]);
}

#[test]
fn an_adjustment_to_what_a_reversal_left_is_no_news() {
    let desk = Desk::new();
    let same = event("purchase", "1", 35_000, json!({}));
    desk.send(&[purchase()], NOW);
    desk.send(&[reversal(10_000)], NOW);
    desk.send(&[same], NOW);
    are(&desk.told(), &[&["消费450.00元"], &["450.00元中的100.00元"]]);
}

#[test]
fn the_void_of_a_refund_takes_money_and_says_so() {
    let desk = Desk::new();
    desk.send(&[event("refund", "1", 12_850, json!({}))], NOW);
    let more = json!({"original_kind": "refund", "original_stan": "1", "rrn": "77"});
    desk.send(&[event("void", "77", 12_850, more)], NOW);
    are(&desk.told(), &[&["退款入账128.50元"], &["退款撤销", "扣回128.50元"]]);
}

#[test]
fn a_part_in_another_currency_is_written_with_its_own() {
    let asked = json!({
        "approval": "partially-approved",
        "amount": {"minor_units": 5_000, "currency": "USD"},
        "original_amount": {"minor_units": 50_000, "currency": "CNY"},
    });
    let desk = Desk::new();
    desk.send(&[event("purchase", "1", 0, asked)], NOW);
    are(&desk.told(), &[&["500.00元中的USD 50.00"]]);
}

#[test]
fn a_reversal_without_its_original_promises_nothing() {
    let desk = Desk::new();
    desk.send(&[reversal(45_000)], NOW);
    are(&desk.told(), &[]);
    desk.send(&[], "2026-11-25T12:31:01+08:00");
    are(&desk.told(), &[&["交易取消", "450.00元", "如已扣款将退回"]]);
}

#[test]
fn a_debit_is_told_while_it_is_news_and_counts_from_its_own_time() {
    // Expires after 24 h.
    for (now, told) in [
        ("2026-11-26T11:59:00+08:00", 1),
        ("2026-11-26T12:01:00+08:00", 0),
        // Its own time cannot be right: its acceptance counts.
        ("2026-12-25T12:00:00+08:00", 1),
    ] {
        let desk = Desk::new();
        desk.send(&[purchase()], now);
        assert_eq!(desk.told().len(), told, "{now}");
        let id = "20261125-t-1-1-45000-purchase";
        let status =
            desk.run(&["status", "--outbox", &desk.path("outbox.db"), "--transaction", id]);
        assert_eq!(status.contains("cannot be right"), now.starts_with("2026-12"), "{status}");
    }
}
