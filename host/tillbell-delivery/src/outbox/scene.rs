//! What tests of the outbox and its channels begin with.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use tillbell::{Author, Decision, Message, Outcome, StageTimes};
use tillbell_sms::Encoding;
use tillbell_transaction::{Party, Record, Transaction, json};

use super::{Accepted, Outbox};

/// 2026-11-20T08:31:05+08:00 in milliseconds.
pub(crate) const NOW: i64 = 1_795_134_665_000;

pub(crate) fn transaction(changes: &[(&str, &str)]) -> Transaction {
    let mut text = r#"{"kind":"purchase","approval":"approved","amount":{"minor_units":12850,"currency":"CNY"},"time":"2026-11-20T08:31:05+08:00","card":{"bin":"621626","last4":"0018"},"merchant":{"name":"咖啡实验室","id":"898310057340001","terminal":"00000312"},"rrn":"632408000123","stan":"000123"}"#.to_owned();
    for (old, new) in changes {
        assert!(text.contains(old), "{old}");
        text = text.replace(old, new);
    }
    match json::read(text.as_bytes()).unwrap() {
        Record::Transaction(transaction) => *transaction,
        _ => panic!("no transaction"),
    }
}

pub(crate) fn message(party: Party) -> Message {
    Message {
        party,
        channel: "sms".into(),
        template: "purchase".into(),
        locale: "zh-CN".into(),
        recipient: Some("13800138000".into()),
        text: "【海港银行】您尾号0018的卡消费128.50元".into(),
        encoding: Encoding::Ucs2,
        segments: 1,
        priority: 50,
        not_before: None,
        expires_at: None,
        author: Author::Plugin,
    }
}

pub(crate) fn outcome(decision: Decision, messages: Vec<Message>) -> Outcome {
    Outcome {
        transaction: "t".into(),
        bundle: Some("harbour".into()),
        decision,
        reason: "above-threshold".into(),
        rule: "debits".into(),
        messages,
        times: StageTimes::default(),
        failures: Vec::new(),
        counters: Vec::new(),
        log: Vec::new(),
    }
}

/// So many purchases with a message for the cardholder each.
pub(crate) fn accept(outbox: &mut Outbox, count: u32) {
    let batch = outbox.begin().unwrap();
    for number in 0..count {
        let stan = format!(r#""stan":"{number:06}""#);
        let purchase = transaction(&[(r#""stan":"000123""#, &stan)]);
        let outcome = outcome(Decision::Notified, vec![message(Party::Cardholder)]);
        let accepted = batch.accept(&purchase, &outcome, NOW).unwrap();
        assert!(matches!(accepted, Accepted::New(_)));
    }
    batch.commit().unwrap();
}

/// A folder that is gone when it is dropped.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("tillbell-delivery-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub(crate) fn outbox(&self) -> Outbox {
        Outbox::open(&self.path("outbox")).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
