use std::sync::Barrier;

use tillbell_sms::Encoding;
use tillbell_transaction::{Kind, Record, case::Book};

use super::*;
use crate::{Author, DEFERRALS_MAX, Ground, Message};

/// An event of one card at one terminal, `seconds` after noon.
fn event(kind: &str, amount: i64, stan: u32, seconds: u32, more: &str) -> Transaction {
    let (minute, second) = (seconds / 60, seconds % 60);
    read(&format!(
        r#"{{"kind":"{kind}","approval":"approved","amount":{{"minor_units":{amount},"currency":"CNY"}},"time":"2026-11-25T12:{minute:02}:{second:02}+08:00","card":{{"bin":"621626","last4":"0018"}},"merchant":{{"name":"X","id":"m","terminal":"t"}},"rrn":"7","stan":"{stan}"{more}}}"#
    ))
}

const OF_1: &str = r#","original_stan":"1","original_kind":"purchase""#;

fn read(line: &str) -> Transaction {
    let Ok(Record::Transaction(transaction)) = json::read(line.as_bytes()) else {
        panic!("{line}")
    };
    *transaction
}

fn docket() -> Docket {
    Docket::new(1_000, CaseSettings::default())
}

/// A bank that tells the cardholder of everything by sms: what came in or went
/// out, as far as the message says, in minor units.
fn tells(transaction: &Transaction, _: Timestamp) -> Outcome {
    let amount = transaction.amount.minor_units();
    let said = match (transaction.kind, transaction.original_kind) {
        (Kind::Adjustment, _) => {
            amount - transaction.original_amount.map_or(0, |before| before.minor_units())
        }
        (Kind::Void | Kind::Reversal, Some(Kind::Refund)) => amount,
        (Kind::Void | Kind::Reversal | Kind::Refund, _) => -amount,
        _ => amount,
    };
    let message = Message {
        party: Party::Cardholder,
        channel: "sms".into(),
        template: String::new(),
        locale: String::new(),
        recipient: None,
        text: said.to_string(),
        encoding: Encoding::Gsm7,
        segments: 1,
        priority: 0,
        not_before: None,
        expires_at: None,
        author: Author::Plugin,
    };
    Outcome {
        decision: Decision::Notified,
        messages: vec![message],
        ..decided(transaction, Decision::Notified, "test")
    }
}

fn decided(transaction: &Transaction, decision: Decision, reason: &str) -> Outcome {
    let ground = Ground::Bank { rule: "test".into(), reason: reason.into() };
    Outcome { ground, ..Outcome::by_host(transaction, decision, HostGround::NoBundle) }
}

/// A bank that puts everything off for so many seconds.
fn defers(seconds: i64) -> impl FnMut(&Transaction, Timestamp) -> Outcome {
    move |transaction, now| {
        let until = crate::hearing::at(now.unix_seconds() + seconds, now);
        decided(transaction, Decision::Deferred(until), "test")
    }
}

fn said(taken: &Taken) -> Vec<i64> {
    taken.outcome.messages.iter().map(|message| message.text.parse().unwrap()).collect()
}

fn take(docket: &Docket, mut transaction: Transaction) -> Taken {
    let now = transaction.time;
    docket.take(&mut transaction, now, &mut tells)
}

/// Decides all that is due at a time, each when it is; what was said.
fn due(docket: &Docket, unix_seconds: i64) -> Vec<i64> {
    let mut all = Vec::new();
    while let Some(waits) = docket.next_due(unix_seconds) {
        let mut transaction = docket.recall(waits.number).unwrap();
        let now = crate::hearing::at(waits.until_seconds, transaction.time);
        let taken = docket.decide(waits.number, &mut transaction, now, &mut tells).unwrap();
        assert!(all.len() < 100, "what is due has no end");
        all.extend(said(&taken));
    }
    all
}

const NOON: i64 = 1_795_579_200;

#[test]
fn what_is_told_of_a_debit_is_what_happened() {
    for (feed, expected) in [
        (include_str!("money/1-partial-reversal-unsent.jsonl"), &[45_000, -10_000][..]),
        (include_str!("money/2-declined-reversal.jsonl"), &[45_000]),
        (include_str!("money/3-partial-reversal-first.jsonl"), &[45_000, -10_000]),
        (include_str!("money/4-repeat-other-amount.jsonl"), &[45_000, 8_100]),
        (include_str!("money/5-late-reversal.jsonl"), &[45_000, -45_000]),
        (include_str!("money/6-void-of-refund.jsonl"), &[-12_850, 12_850]),
        (include_str!("money/7-partial-other-currency.jsonl"), &[5_000]),
    ] {
        let docket = docket();
        let mut all = Vec::new();
        for line in feed.lines() {
            let transaction = read(line);
            all.extend(due(&docket, transaction.time.unix_seconds()));
            all.extend(said(&take(&docket, transaction)));
        }
        all.extend(due(&docket, i64::MAX));
        assert_eq!(all, expected, "{feed}");
    }
}

#[test]
fn a_reversal_whose_original_never_comes_is_told_after_a_minute() {
    let docket = docket();
    let taken = take(&docket, event("reversal", 45_000, 2, 0, OF_1));
    assert_eq!((taken.relation, taken.outcome.reason()), (Relation::Orphan, "original-awaited"));
    assert_eq!(taken.waits.map(|waits| waits.until_seconds), Some(NOON + 60));
    assert_eq!(docket.orphans(), [taken.waits.unwrap()]);
    assert!(due(&docket, NOON + 59).is_empty());
    assert_eq!(due(&docket, NOON + 60), [-45_000]);
    assert!(docket.orphans().is_empty());
    // The original tells nothing new.
    let taken = take(&docket, event("purchase", 45_000, 1, 90, ""));
    assert_eq!(taken.outcome.reason(), "already-reversed");
    let taken = take(&docket, event("reversal", 45_000, 2, 0, OF_1));
    assert_eq!((taken.relation, taken.outcome.reason()), (Relation::Repeats(1), "repeat"));
}

#[test]
fn a_debit_and_its_reversal_before_anybody_decided_are_told_to_nobody() {
    for is_first in [true, false] {
        let docket = docket();
        let mut debit = event("purchase", 45_000, 1, 0, "");
        let reversal = event("reversal", 45_000, 2, 1, OF_1);
        let now = debit.time;
        let taken = if is_first {
            docket.take(&mut debit, now, &mut defers(3_600));
            take(&docket, reversal)
        } else {
            take(&docket, reversal);
            docket.take(&mut debit, now, &mut defers(3_600))
        };
        assert_eq!(taken.outcome.reason(), "already-reversed");
        assert_eq!(taken.overruled, [1]);
        assert!(docket.recall(1).is_none() && due(&docket, i64::MAX).is_empty());
    }
}

/// The orphan has the lower number, and is due at the same instant as its original.
#[test]
fn what_waits_behind_a_deferred_debit_is_told_after_it() {
    let docket = docket();
    take(&docket, event("reversal", 10_000, 2, 0, OF_1));
    let mut debit = event("purchase", 45_000, 1, 1, "");
    let now = debit.time;
    docket.take(&mut debit, now, &mut defers(3_600));
    assert!(due(&docket, NOON + 60).is_empty());
    assert_eq!(due(&docket, NOON + 3_601), [45_000, -10_000]);
}

/// Of two orphans one was told; the other's is what is left of the debit.
#[test]
fn a_debit_whose_reversals_came_in_two_parts_before_it_adds_up() {
    let docket = docket();
    let mut all = said(&take(&docket, event("reversal", 10_000, 2, 0, OF_1)));
    all.extend(due(&docket, NOON + 70));
    all.extend(said(&take(&docket, event("reversal", 35_000, 3, 71, OF_1))));
    all.extend(said(&take(&docket, event("purchase", 45_000, 1, 72, ""))));
    all.extend(due(&docket, NOON + 72));
    // All of it comes back, and the reversals say so.
    assert_eq!(all, [-10_000, -35_000]);
}

#[test]
fn a_bank_puts_one_transaction_off_only_so_often() {
    let docket = docket();
    let mut debit = event("purchase", 45_000, 1, 0, "");
    let now = debit.time;
    let mut taken = docket.take(&mut debit, now, &mut defers(-5));
    let mut count = 0;
    while let Some(waits) = taken.waits {
        count += 1;
        let mut transaction = docket.recall(waits.number).unwrap();
        let now = crate::hearing::at(waits.until_seconds, now);
        taken = docket.decide(waits.number, &mut transaction, now, &mut defers(-5)).unwrap();
    }
    assert_eq!(count, DEFERRALS_MAX);
    assert_eq!(taken.outcome.ground, HostGround::DeferredTooOften.into());
    assert!(docket.next_due(i64::MAX).is_none());
}

#[test]
fn a_message_that_is_not_to_be_handed_over_is_dropped() {
    let docket = docket();
    let mut debit = event("purchase", 45_000, 1, 0, "");
    let now = debit.time;
    docket.take(&mut debit, now, &mut |transaction, _| {
        decided(transaction, Decision::Suppressed, "below-threshold")
    });
    let taken = take(&docket, event("reversal", 45_000, 2, 1, OF_1));
    assert!(taken.outcome.messages.is_empty());
    assert_eq!(taken.outcome.decision, Decision::Suppressed);
    assert_eq!(taken.outcome.ground, HostGround::OriginalNotTold.into());
    // A summary told of the next debit before it was reversed.
    let mut debit = event("purchase", 500, 3, 2, r#","second_event":"adds""#);
    let number = docket
        .take(&mut debit, now, &mut |transaction, _| {
            decided(transaction, Decision::Suppressed, "below-threshold")
        })
        .number;
    docket.tell(&[number], &[(Party::Cardholder, "sms")]);
    let of_3 = r#","original_stan":"3","original_kind":"purchase""#;
    assert_eq!(said(&take(&docket, event("reversal", 500, 4, 3, of_3))), [-500]);
}

#[test]
fn beyond_the_bound_nothing_waits() {
    let docket = Docket::new(2 * WAITING_MAX, CaseSettings::default());
    let orphan = |number: usize| {
        let mut orphan = event("reversal", 1, 1, 0, "");
        orphan.rrn = number.to_string();
        orphan.stan = number.to_string();
        orphan
    };
    for number in 0..WAITING_MAX {
        assert!(take(&docket, orphan(number)).waits.is_some());
    }
    assert_eq!(said(&take(&docket, orphan(WAITING_MAX))), [-1]);
    let mut debit = event("purchase", 1, 1, 0, "");
    debit.stan = "x".into();
    debit.rrn = "x".into();
    let now = debit.time;
    let taken = docket.take(&mut debit, now, &mut defers(60));
    assert_eq!((taken.waits, taken.outcome.reason()), (None, "too-many-deferred"));
}

/// Four threads bring the same transaction at the same time, and again.
#[test]
fn one_of_many_threads_tells() {
    let docket = Docket::new(10_000, CaseSettings::default());
    let barrier = Barrier::new(4);
    let told = Mutex::new(vec![0; 500]);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for round in 0..500_usize {
                    let mut debit = event("purchase", 1, 1, 0, "");
                    debit.rrn = round.to_string();
                    debit.stan = round.to_string();
                    barrier.wait();
                    let now = debit.time;
                    let mut decide = |transaction: &Transaction, now| {
                        std::thread::yield_now();
                        tells(transaction, now)
                    };
                    let taken = docket.take(&mut debit, now, &mut decide);
                    told.lock().unwrap()[round] += taken.outcome.messages.len();
                }
            });
        }
    });
    assert_eq!(told.into_inner().unwrap(), vec![1; 500]);
}

/// What is stored after each step goes on as if it had not stopped.
#[test]
fn a_docket_that_was_stored_goes_on() {
    let kept = docket();
    let (mut entries, mut waiting) = (BTreeMap::new(), BTreeMap::new());
    for transaction in [
        event("purchase", 45_000, 1, 0, ""),
        event("reversal", 45_000, 4, 1, r#","original_stan":"3""#),
        event("purchase", 45_000, 1, 2, ""),
        event("purchase", 45_000, 3, 3, r#","second_event":"adds""#),
        event("reversal", 1_000, 2, 4, OF_1),
    ] {
        let book = Book::restored(1_000, 1, entries.clone()).unwrap();
        let stored = Docket::stored(book, CaseSettings::default(), waiting.values().copied());
        let (one, other) = (take(&kept, transaction.clone()), take(&stored, transaction));
        assert_eq!((one.relation, said(&one)), (other.relation, said(&other)));
        assert_eq!((one.waits, &one.overruled), (other.waits, &other.overruled));
        waiting.extend(other.waits.map(|waits| (waits.number, waits)));
        waiting.retain(|number, _| !other.overruled.contains(number));
        entries.extend(stored.changes().written);
        assert_eq!(stored.next_due(i64::MAX), kept.next_due(i64::MAX));
    }
    assert_eq!(entries.len(), 4);
}
