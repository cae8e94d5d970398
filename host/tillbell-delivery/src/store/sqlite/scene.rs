//! What tests of the outbox and its channels begin with.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use tillbell::{Author, Decision, Ground, Message, Outcome, StageTimes};
use tillbell_sms::Encoding;
use tillbell_transaction::{Party, Record, Transaction, json};

use super::{Accepted, Batch, Outbox, Part, TransactionId};
use crate::{MessageId, State};

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
        release: Some(1),
        decision,
        ground: Ground::Bank { rule: "debits".into(), reason: "above-threshold".into() },
        messages,
        times: StageTimes::default(),
        failures: Vec::new(),
        counters: Vec::new(),
        log: Vec::new(),
        insists_on_reversals: false,
        counts_from_acceptance: false,
    }
}

/// Takes a transaction in, decided as it is said.
pub(crate) fn take(
    batch: &Batch<'_>,
    transaction: &Transaction,
    outcome: &Outcome,
    now_ms: i64,
) -> Accepted {
    let decide = &mut |_: &Batch<'_>, _: &Transaction, _| outcome.clone();
    batch.take_in(&mut transaction.clone(), now_ms, decide).unwrap()
}

/// The same of one that is new.
pub(crate) fn new(
    batch: &Batch<'_>,
    transaction: &Transaction,
    outcome: &Outcome,
) -> TransactionId {
    match take(batch, transaction, outcome, NOW) {
        Accepted::New(id) => id,
        Accepted::Repeat(id) => panic!("a repeat of {id}"),
    }
}

/// Decides what is due, as it is said; gives how many.
pub(crate) fn decide(batch: &Batch<'_>, outcome: &Outcome, now_ms: i64) -> usize {
    let decide = &mut |_: &Batch<'_>, _: &Transaction, _| outcome.clone();
    batch.decide_due(100, now_ms, decide, &mut || panic!("unreadable")).unwrap()
}

/// The peer takes a part over from a message's last attempt.
pub(crate) fn taken(batch: &Batch<'_>, message: MessageId, part: Part<'_>, now_ms: i64) -> bool {
    let attempt = batch.stored(message).unwrap().life.attempt;
    batch.taken(message, attempt, part, now_ms).unwrap()
}

/// The messages that could be claimed, in their order.
pub(crate) fn waiting(batch: &Batch<'_>, queue: &str) -> Vec<MessageId> {
    let mut rows = batch
        .sql()
        .prepare(
            "select id from messages where state = 1 and queue = ?1 and asked_at is null
             and after is null order by priority desc, due_at, id",
        )
        .unwrap();
    let rows = rows.query_map([queue], |row| row.get(0)).unwrap();
    rows.collect::<rusqlite::Result<_>>().unwrap()
}

/// Sends all that can be sent; the peer names each by its number.
pub(crate) fn submit(batch: &Batch<'_>, now_ms: i64) -> Vec<MessageId> {
    let due = batch.claim("sms", 100, now_ms).unwrap();
    for message in &due {
        let remote = format!("smsc-{}", message.id);
        let part = Part { queue: "sms", number: 1, of: 1, remote: &remote };
        batch.taken(message.id, message.attempt, part, now_ms + 5).unwrap();
    }
    due.into_iter().map(|message| message.id).collect()
}

/// States and causes of a transaction's messages.
pub(crate) fn states(outbox: &Outbox, transaction: &Transaction) -> Vec<(State, Option<String>)> {
    let trail = outbox.trails(&transaction.id).unwrap().remove(0);
    let last = trail.messages.iter().map(|message| message.changes.last().unwrap().clone());
    last.map(|change| (change.state, change.cause.map(|cause| cause.to_string()))).collect()
}

/// So many purchases with a message for the cardholder each.
pub(crate) fn accept(outbox: &mut Outbox, count: u32) {
    let batch = outbox.begin().unwrap();
    for number in 0..count {
        let purchase = purchase(number);
        new(&batch, &purchase, &outcome(Decision::Notified, vec![message(Party::Cardholder)]));
    }
    batch.commit().unwrap();
}

/// A purchase of its own.
pub(crate) fn purchase(number: u32) -> Transaction {
    let (stan, rrn) = (format!(r#""stan":"{number:06}""#), format!("{number:012}"));
    transaction(&[(r#""stan":"000123""#, &stan), ("632408000123", &rrn)])
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
