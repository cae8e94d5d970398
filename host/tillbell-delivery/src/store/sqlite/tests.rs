use rusqlite::Connection;
use tillbell::{Decision, Message, Outcome};
use tillbell_transaction::{Party, Timestamp, Transaction};

use super::scene::{
    Folder, NOW, decide, message, new, outcome, purchase, states, submit, take, taken, transaction,
    waiting,
};
use super::*;
use crate::State;

const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;

fn reversal() -> Transaction {
    transaction(&[
        (r#""kind":"purchase""#, r#""kind":"reversal","original_kind":"purchase""#),
        (r#""stan":"000123""#, r#""stan":"000124","original_stan":"000123""#),
    ])
}

/// A reversal of a part of it.
fn partial() -> Transaction {
    let mut partial = reversal();
    partial.amount = tillbell_transaction::Money::new(2_850, "CNY").unwrap();
    partial
}

fn both() -> Outcome {
    let parties = [Party::Cardholder, Party::Merchant];
    outcome(Decision::Notified, parties.map(message).into())
}

fn receipt(batch: &Batch<'_>, remote: &str, state: State) -> Option<MessageId> {
    let receipt = Receipt { remote, cause: Some("000"), ..Receipt::new("sms", state) };
    batch.receipt(receipt, NOW + 900).unwrap()
}

fn because(state: State, cause: &str) -> (State, Option<String>) {
    (state, Some(cause.into()))
}

#[test]
fn a_message_goes_its_way_and_every_step_is_kept() {
    let mut outbox = Outbox::in_memory().unwrap();
    let first = transaction(&[]);
    let batch = outbox.begin().unwrap();
    new(&batch, &first, &both());
    assert_eq!(batch.claim("email", 100, NOW).unwrap(), []);
    let due = batch.claim("sms", 1, NOW).unwrap().remove(0);
    assert_eq!((due.recipient.as_str(), due.attempt), ("13800138000", 1));
    assert!(!format!("{due:?}").contains("138001"), "{due:?}");
    batch.released(due.id, due.attempt, NOW).unwrap();
    let sent = submit(&batch, NOW);
    assert_eq!(waiting(&batch, "sms"), [0_i64; 0]);
    assert_eq!(receipt(&batch, &format!("smsc-{}", sent[0]), State::Delivered), Some(sent[0]));
    assert_eq!(receipt(&batch, &format!("smsc-{}", sent[1]), State::Failed), Some(sent[1]));
    // Twice, or of nobody.
    assert_eq!(receipt(&batch, &format!("smsc-{}", sent[0]), State::Delivered), None);
    assert_eq!(receipt(&batch, "smsc-9999", State::Delivered), None);
    batch.commit().unwrap();
    let trail = outbox.message(sent[0]).unwrap().unwrap();
    let steps: Vec<_> = trail.changes.iter().map(|change| (change.at_ms, change.state)).collect();
    assert_eq!(
        steps,
        [(NOW, State::Queued), (NOW + 5, State::Submitted), (NOW + 900, State::Delivered)]
    );
    assert_eq!((trail.attempts, trail.segments, trail.party.as_str()), (2, 1, "cardholder"));
    let trail = outbox.trails(&first.id).unwrap().remove(0);
    assert_eq!((trail.decision.as_str(), trail.rule.as_str()), ("notified", "debits"));
    assert_eq!(outbox.trails("somebody else's").unwrap(), []);
}

/// Three segments: one is not sent twice, and the message arrived when all did.
#[test]
fn a_long_message_goes_in_parts() {
    let mut outbox = Outbox::in_memory().unwrap();
    let batch = outbox.begin().unwrap();
    let long = || Message { segments: 3, ..message(Party::Cardholder) };
    new(&batch, &transaction(&[]), &outcome(Decision::Notified, vec![long(), long()]));
    let part = |message, number| {
        let remote = format!("{message}-{number}");
        assert!(taken(&batch, message, Part { queue: "sms", number, of: 3, remote: &remote }, NOW));
    };
    assert_eq!(batch.claim("sms", 10, NOW).unwrap().len(), 2);
    for message in [1, 2] {
        part(message, 1);
        part(message, 3);
        assert_eq!(batch.state(message).unwrap(), State::Queued);
        // Interrupted: what was answered is not sent again.
        assert!(batch.released(message, 1, NOW).unwrap());
        let again = batch.claim("sms", 1, NOW).unwrap().remove(0);
        assert_eq!((again.id, again.attempt), (message, 2));
        assert_eq!(batch.parts_taken(message).unwrap(), [1, 3]);
        // A receipt before the answer for the second.
        assert_eq!(receipt(&batch, &format!("{message}-3"), State::Delivered), Some(message));
        part(message, 2);
        assert_eq!(batch.state(message).unwrap(), State::Submitted);
        receipt(&batch, &format!("{message}-1"), State::Delivered);
        assert_eq!(batch.state(message).unwrap(), State::Submitted);
    }
    receipt(&batch, "1-2", State::Delivered);
    assert_eq!(batch.state(1).unwrap(), State::Delivered);
    // Two thirds of it arrived: somebody may have read them.
    receipt(&batch, "2-2", State::Failed);
    assert_eq!(batch.state(2).unwrap(), State::Doubtful);
    // All receipts before the last answer.
    new(&batch, &purchase(7), &outcome(Decision::Notified, vec![long()]));
    batch.claim("sms", 1, NOW).unwrap();
    for number in 1..=3 {
        part(3, number);
        if number < 3 {
            receipt(&batch, &format!("3-{number}"), State::Delivered);
        }
    }
    assert_eq!(batch.state(3).unwrap(), State::Submitted);
    receipt(&batch, "3-3", State::Delivered);
    assert_eq!(batch.state(3).unwrap(), State::Delivered);
}

#[test]
fn the_same_transaction_again_makes_no_second_message() {
    let mut outbox = Outbox::in_memory().unwrap();
    let batch = outbox.begin().unwrap();
    let first = transaction(&[]);
    let id = new(&batch, &first, &both());
    assert_eq!(take(&batch, &first, &both(), NOW + 1), Accepted::Repeat(id));
    // Any of these makes it another.
    for (old, new_value) in [
        (r#""rrn":"632408000123""#, r#""rrn":"632408000999""#),
        (r#""stan":"000123""#, r#""stan":"000999""#),
        (r#""terminal":"00000312""#, r#""terminal":"00000313""#),
        (r#""id":"898310057340001""#, r#""id":"898310057340002""#),
        (r#""last4":"0018""#, r#""last4":"0019""#),
        (r#""kind":"purchase""#, r#""kind":"refund""#),
        ("2026-11-20", "2027-01-21"),
    ] {
        let other = transaction(&[(old, new_value)]);
        let now = if new_value.starts_with("2027") { NOW + 62 * DAY } else { NOW };
        assert!(matches!(take(&batch, &other, &both(), now), Accepted::New(_)), "{new_value}");
    }
    // With neither number, every event stands alone.
    let alone = transaction(&[(r#","rrn":"632408000123","stan":"000123""#, "")]);
    new(&batch, &alone, &both());
    new(&batch, &alone, &both());
}

#[test]
fn a_reversal_and_a_debit_that_did_not_leave_come_to_nothing() {
    let mut outbox = Outbox::in_memory().unwrap();
    let (debit, reversal) = (transaction(&[]), reversal());
    let batch = outbox.begin().unwrap();
    new(&batch, &debit, &both());
    new(&batch, &reversal, &both());
    assert_eq!(waiting(&batch, "sms"), [0_i64; 0]);
    batch.commit().unwrap();
    let cancelled = because(State::Cancelled, "reversed");
    for transaction in [&debit, &reversal] {
        assert_eq!(states(&outbox, transaction), [cancelled.clone(), cancelled.clone()]);
    }
    let trail = outbox.trails(&reversal.id).unwrap().remove(0);
    assert_eq!(
        (trail.decision.as_str(), trail.reason.as_str()),
        ("suppressed", "already-reversed")
    );
}

#[test]
fn a_reversal_of_what_was_sent_corrects_it() {
    let mut outbox = Outbox::in_memory().unwrap();
    let reversal = reversal();
    let batch = outbox.begin().unwrap();
    new(&batch, &transaction(&[]), &outcome(Decision::Notified, vec![message(Party::Cardholder)]));
    let sent = submit(&batch, NOW);
    new(&batch, &reversal, &both());
    batch.commit().unwrap();
    let trail = outbox.trails(&reversal.id).unwrap().remove(0);
    assert_eq!(trail.decision, "notified");
    assert_eq!(trail.messages[0].corrects, Some(sent[0]));
    // The merchant was told of nothing: its rule did not name it.
    let untold = because(State::Suppressed, "not-named");
    assert_eq!(states(&outbox, &reversal), [(State::Queued, None), untold]);
}

/// It may be with the peer: a customer who heard of a debit must hear that it
/// was taken back, and not before it.
#[test]
fn a_reversal_waits_for_a_debit_that_is_being_sent() {
    let cardholder = || outcome(Decision::Notified, vec![message(Party::Cardholder)]);
    let begun = |outbox: &mut Outbox| {
        let batch = outbox.begin().unwrap();
        new(&batch, &transaction(&[]), &cardholder());
        assert_eq!(batch.claim("sms", 1, NOW).unwrap()[0].id, 1);
        new(&batch, &reversal(), &cardholder());
        assert_eq!(waiting(&batch, "sms"), [0_i64; 0]);
        batch.commit().unwrap();
    };
    // It left.
    let mut outbox = Outbox::in_memory().unwrap();
    begun(&mut outbox);
    let batch = outbox.begin().unwrap();
    assert_eq!(batch.stored(1).unwrap().life.cancel(&crate::Cause::Reversed), None);
    taken(&batch, 1, Part { queue: "sms", number: 1, of: 1, remote: "a" }, NOW);
    assert_eq!(waiting(&batch, "sms"), [2]);
    // It did not: neither is told.
    for refusal in [Some(NOW + MINUTE), None] {
        let mut outbox = Outbox::in_memory().unwrap();
        begun(&mut outbox);
        let batch = outbox.begin().unwrap();
        batch.refused(1, 1, "smpp-0x00000058", refusal, NOW).unwrap();
        batch.advance(10, NOW + 2 * MINUTE).unwrap();
        assert_eq!(waiting(&batch, "sms"), [0_i64; 0], "{refusal:?}");
        assert!(batch.state(2).unwrap().is_final());
        // Reports that come late bring nothing back.
        assert!(!batch.refused(1, 1, "smpp-0x00000058", Some(NOW), NOW).unwrap());
        assert!(batch.state(1).unwrap().is_final());
    }
    // Nobody knows: it is not sent again, and the reversal is told.
    let mut outbox = Outbox::in_memory().unwrap();
    begun(&mut outbox);
    let batch = outbox.begin().unwrap();
    batch.doubted(1, 1, NOW).unwrap();
    batch.resolve("sms", NOW + 1, 10, NOW + MINUTE).unwrap();
    assert_eq!(batch.state(1).unwrap(), State::Doubtful);
    assert_eq!(waiting(&batch, "sms"), [2]);
}

#[test]
fn in_part_both_are_told_in_the_order_of_the_events() {
    let at = |ms: i64| Some(Timestamp::new(ms / 1_000, 480).unwrap());
    let quiet = Message { not_before: at(NOW + MINUTE), ..message(Party::Cardholder) };
    let urgent = Message { priority: 90, ..message(Party::Cardholder) };
    for is_first in [true, false] {
        let mut outbox = Outbox::in_memory().unwrap();
        let batch = outbox.begin().unwrap();
        let debit = outcome(Decision::Notified, vec![quiet.clone()]);
        let correction = outcome(Decision::Notified, vec![urgent.clone()]);
        match is_first {
            true => {
                new(&batch, &transaction(&[]), &debit);
                new(&batch, &partial(), &correction);
            }
            false => {
                // It waits for its original, and is decided behind it.
                new(&batch, &partial(), &correction);
                assert_eq!(batch.messages_of(1).unwrap(), [0_i64; 0]);
                new(&batch, &transaction(&[]), &debit);
                assert_eq!(decide(&batch, &correction, NOW), 1);
            }
        }
        assert_eq!(waiting(&batch, "sms"), [0_i64; 0], "a correction waits with its debit");
        batch.advance(10, NOW + MINUTE).unwrap();
        let first = batch.claim("sms", 10, NOW + MINUTE).unwrap();
        assert_eq!(first.iter().map(|due| (due.id, due.priority)).collect::<Vec<_>>(), [(1, 90)]);
        taken(&batch, 1, Part { queue: "sms", number: 1, of: 1, remote: "a" }, NOW + MINUTE);
        assert_eq!(waiting(&batch, "sms"), [2]);
    }
}

/// What was to be corrected expired: nobody heard of it.
#[test]
fn a_message_that_is_not_sent_hands_its_events_back() {
    let at = |ms: i64| Some(Timestamp::new(ms / 1_000, 480).unwrap());
    let brief = Message {
        not_before: at(NOW + MINUTE),
        expires_at: at(NOW + 2 * MINUTE),
        ..message(Party::Cardholder)
    };
    let mut outbox = Outbox::in_memory().unwrap();
    let batch = outbox.begin().unwrap();
    new(&batch, &transaction(&[]), &outcome(Decision::Notified, vec![brief]));
    new(&batch, &partial(), &outcome(Decision::Notified, vec![message(Party::Cardholder)]));
    batch.advance(10, NOW + 3 * MINUTE).unwrap();
    batch.commit().unwrap();
    assert_eq!(states(&outbox, &transaction(&[])), [because(State::Expired, "too-late-to-send")]);
    assert_eq!(states(&outbox, &partial()), [because(State::Suppressed, "expired")]);
}

#[test]
fn an_original_behind_its_reversal_is_told_by_no_message() {
    let mut outbox = Outbox::in_memory().unwrap();
    let (debit, reversal) = (transaction(&[]), reversal());
    let batch = outbox.begin().unwrap();
    new(&batch, &reversal, &both());
    new(&batch, &debit, &both());
    assert_eq!(decide(&batch, &both(), NOW + 2 * MINUTE), 0);
    // Another purchase at the same till, weeks later and with the same STAN.
    let later = transaction(&[("2026-11-20", "2026-12-23"), ("632408000123", "632708000001")]);
    new(&batch, &later, &both());
    batch.commit().unwrap();
    for transaction in [&reversal, &debit] {
        let trail = outbox.trails(&transaction.id).unwrap().remove(0);
        assert_eq!(
            (trail.decision.as_str(), trail.reason.as_str(), trail.messages.len()),
            ("suppressed", "already-reversed", 0)
        );
    }
    assert_eq!(states(&outbox, &later)[0], (State::Queued, None));
}

/// Nobody saw the original: after a minute its reversal is told; should the
/// original still come, that told it too.
#[test]
fn an_orphan_is_told_after_a_while() {
    let mut outbox = Outbox::in_memory().unwrap();
    let batch = outbox.begin().unwrap();
    new(&batch, &reversal(), &both());
    assert_eq!(decide(&batch, &both(), NOW + MINUTE - 1_000), 0);
    let mut seen = Vec::new();
    let mut bank = |_: &Batch<'_>, transaction: &Transaction, _| {
        seen.push(transaction.original_kind);
        both()
    };
    assert_eq!(batch.decide_due(10, NOW + MINUTE, &mut bank, &mut || ()).unwrap(), 1);
    assert_eq!(seen, [None], "what was not seen is not said to have been");
    assert_eq!(submit(&batch, NOW + MINUTE), [1, 2]);
    take(&batch, &transaction(&[]), &both(), NOW + MINUTE);
    assert_eq!(waiting(&batch, "sms"), [0_i64; 0]);
    batch.commit().unwrap();
    let told = because(State::Cancelled, "told-by-another");
    assert_eq!(states(&outbox, &transaction(&[])), [told.clone(), told]);
}

/// Two reversals of parts that know nothing of each other but their original.
#[test]
fn orphans_of_one_original_come_into_its_case() {
    let mut outbox = Outbox::in_memory().unwrap();
    let batch = outbox.begin().unwrap();
    let part = |number: u32, minor_units: i64| {
        let mut part = partial();
        part.rrn = format!("6324080009{number:02}");
        part.stan = format!("0009{number:02}");
        part.amount = tillbell_transaction::Money::new(minor_units, "CNY").unwrap();
        part
    };
    let cardholder = outcome(Decision::Notified, vec![message(Party::Cardholder)]);
    new(&batch, &part(1, 2_850), &cardholder);
    new(&batch, &part(2, 3_000), &cardholder);
    new(&batch, &transaction(&[]), &cardholder);
    decide(&batch, &cardholder, NOW);
    assert_eq!(submit(&batch, NOW).len(), 1);
    // What is left is taken back, of what all three left.
    let mut rest = reversal();
    rest.stan = "000125".into();
    let mut seen = Vec::new();
    let mut bank = |_: &Batch<'_>, transaction: &Transaction, _| {
        let before = transaction.original_amount.map(|amount| amount.minor_units());
        seen.push((transaction.amount.minor_units(), before));
        cardholder.clone()
    };
    batch.take_in(&mut rest.clone(), NOW, &mut bank).unwrap();
    assert_eq!(seen, [(7_000, Some(7_000))]);
    let cases: i64 = batch
        .sql
        .query_row("select count(distinct coalesce(case_id, id)) from transactions", [], |row| {
            row.get(0)
        })
        .unwrap();
    assert_eq!(cases, 1);
}

#[test]
fn an_adjustment_is_told_with_both_amounts_or_as_the_debit() {
    let adjusted = transaction(&[("12850", "53100")]);
    for is_told in [true, false] {
        let mut outbox = Outbox::in_memory().unwrap();
        let batch = outbox.begin().unwrap();
        let first = match is_told {
            true => outcome(Decision::Notified, vec![message(Party::Cardholder)]),
            false => outcome(Decision::Suppressed, Vec::new()),
        };
        new(&batch, &transaction(&[]), &first);
        let mut seen = Vec::new();
        let mut bank = |_: &Batch<'_>, transaction: &Transaction, _| {
            let before = transaction.original_amount.map(|amount| amount.minor_units());
            seen.push((transaction.kind.as_str(), transaction.amount.minor_units(), before));
            outcome(Decision::Notified, vec![message(Party::Cardholder)])
        };
        batch.take_in(&mut adjusted.clone(), NOW, &mut bank).unwrap();
        match is_told {
            // The merchant was told of nothing: for it, it is the debit.
            true => {
                assert_eq!(seen, [("adjustment", 53_100, Some(12_850)), ("purchase", 53_100, None)])
            }
            false => assert_eq!(seen, [("purchase", 53_100, None)]),
        }
    }
}

#[test]
fn a_deferred_transaction_is_decided_when_its_time_comes() {
    let mut outbox = Outbox::in_memory().unwrap();
    let batch = outbox.begin().unwrap();
    let until = Timestamp::new(NOW / 1_000 + 60, 480).unwrap();
    let deferred = outcome(Decision::Deferred(until), Vec::new());
    let id = new(&batch, &transaction(&[]), &deferred);
    assert_eq!(take(&batch, &transaction(&[]), &deferred, NOW), Accepted::Repeat(id));
    assert_eq!(decide(&batch, &both(), NOW + MINUTE - 1_000), 0);
    assert_eq!(decide(&batch, &both(), NOW + MINUTE), 1);
    assert_eq!(decide(&batch, &both(), NOW + 2 * MINUTE), 0);
    assert_eq!(waiting(&batch, "sms").len(), 2);
}

/// Into the past, or for ever: it ends, and has a name.
#[test]
fn a_deferral_has_an_end() {
    for days in [-1, 0, 400] {
        let mut outbox = Outbox::in_memory().unwrap();
        let batch = outbox.begin().unwrap();
        let until = Timestamp::new(NOW / 1_000 + days * 86_400, 480).unwrap();
        let deferred = outcome(Decision::Deferred(until), Vec::new());
        new(&batch, &transaction(&[]), &deferred);
        let times = (1..20).filter(|n| decide(&batch, &deferred, NOW + n * 2 * MINUTE) > 0).count();
        batch.commit().unwrap();
        let trail = outbox.trails(&transaction(&[]).id).unwrap().remove(0);
        assert_eq!(
            (trail.decision.as_str(), trail.reason.as_str(), trail.rule.as_str()),
            ("suppressed", "deferred-too-often", "host:deferral"),
            "{days} days"
        );
        assert_eq!(times, if days > 0 { 0 } else { 8 });
    }
}

#[test]
fn a_deferred_transaction_that_is_reversed_is_never_decided() {
    let mut outbox = Outbox::in_memory().unwrap();
    let batch = outbox.begin().unwrap();
    let until = Timestamp::new(NOW / 1_000 + 60, 480).unwrap();
    new(&batch, &transaction(&[]), &outcome(Decision::Deferred(until), Vec::new()));
    new(&batch, &reversal(), &both());
    assert_eq!(decide(&batch, &both(), NOW + 2 * MINUTE), 0);
    assert_eq!(waiting(&batch, "sms"), [0_i64; 0]);
    batch.commit().unwrap();
    let trail = outbox.trails(&transaction(&[]).id).unwrap().remove(0);
    assert_eq!(
        (trail.decision.as_str(), trail.reason.as_str()),
        ("suppressed", "already-reversed")
    );
}

/// A stored event that cannot be read is set aside and counted, and stops nothing.
#[test]
fn an_unreadable_event_is_set_aside() {
    let mut outbox = Outbox::in_memory().unwrap();
    let batch = outbox.begin().unwrap();
    let until = Timestamp::new(NOW / 1_000 + 60, 480).unwrap();
    let deferred = outcome(Decision::Deferred(until), Vec::new());
    for number in 0..2 {
        new(&batch, &purchase(number), &deferred);
    }
    batch.sql.execute("update transactions set event = x'7b' where id = 1", []).unwrap();
    let mut count = 0;
    let decide = &mut |_: &Batch<'_>, _: &Transaction, _| both();
    batch.decide_due(10, NOW + MINUTE, decide, &mut || count += 1).unwrap();
    assert_eq!((count, waiting(&batch, "sms").len()), (1, 2));
    assert_eq!(batch.decide_due(10, NOW + MINUTE, decide, &mut || ()).unwrap(), 0);
}

#[test]
fn not_before_and_expiry_are_kept() {
    let mut outbox = Outbox::in_memory().unwrap();
    let batch = outbox.begin().unwrap();
    let at = |ms: i64| Some(Timestamp::new(ms / 1_000, 480).unwrap());
    let later = Message { not_before: at(NOW + MINUTE), ..message(Party::Cardholder) };
    let brief = Message { expires_at: at(NOW + MINUTE), ..message(Party::Merchant) };
    let stale = Message { expires_at: at(NOW - MINUTE), ..message(Party::Merchant) };
    let first = transaction(&[]);
    new(&batch, &first, &outcome(Decision::Notified, vec![later, brief, stale]));
    assert_eq!(waiting(&batch, "sms").len(), 1);
    assert_eq!(batch.advance(10, NOW + MINUTE - 1).unwrap(), 0);
    assert_eq!(batch.advance(10, NOW + MINUTE).unwrap(), 1);
    assert_eq!(waiting(&batch, "sms").len(), 1);
    batch.commit().unwrap();
    let late = because(State::Expired, "too-late-to-send");
    assert_eq!(states(&outbox, &first), [(State::Queued, None), late.clone(), late]);
}

#[test]
fn the_urgent_go_first_and_then_the_oldest() {
    let mut outbox = Outbox::in_memory().unwrap();
    let batch = outbox.begin().unwrap();
    let of = |priority| Message { priority, ..message(Party::Cardholder) };
    let messages = [10, 90, 10, 90].map(of).into();
    new(&batch, &transaction(&[]), &outcome(Decision::Notified, messages));
    assert_eq!(waiting(&batch, "sms"), [2, 4, 1, 3]);
}

#[test]
fn what_the_peer_refuses_goes_behind_the_others_or_fails() {
    let mut outbox = Outbox::in_memory().unwrap();
    let first = transaction(&[]);
    let batch = outbox.begin().unwrap();
    new(&batch, &first, &both());
    take(&batch, &purchase(7), &both(), NOW + 1);
    assert_eq!(batch.claim("sms", 2, NOW).unwrap().len(), 2);
    assert!(batch.refused(1, 1, "throttled", Some(NOW + MINUTE), NOW).unwrap());
    assert!(batch.refused(2, 1, "no-such-number", None, NOW).unwrap());
    assert_eq!(batch.advance(10, NOW + MINUTE).unwrap(), 1);
    assert_eq!(waiting(&batch, "sms"), [3, 4, 1]);
    // What failed is not sent again.
    assert!(!taken(&batch, 2, Part { queue: "sms", number: 1, of: 1, remote: "x" }, NOW));
    batch.commit().unwrap();
    assert_eq!(states(&outbox, &first)[1], because(State::Failed, "no-such-number"));
}

#[test]
fn an_attempt_without_an_answer_is_not_sent_again_by_itself() {
    let mut outbox = Outbox::in_memory().unwrap();
    let batch = outbox.begin().unwrap();
    let expiring = Message {
        expires_at: Some(Timestamp::new(NOW / 1_000 + 60, 480).unwrap()),
        ..message(Party::Cardholder)
    };
    new(&batch, &transaction(&[]), &outcome(Decision::Notified, vec![expiring]));
    let message = batch.claim("sms", 1, NOW).unwrap().remove(0).id;
    batch.commit().unwrap();
    let batch = outbox.begin().unwrap();
    batch.advance(10, NOW + 2 * MINUTE).unwrap();
    assert_eq!(waiting(&batch, "sms"), [0_i64; 0]);
    assert_eq!(batch.unanswered("sms", NOW, 10).unwrap(), []);
    assert_eq!(batch.unanswered("sms", NOW + 1, 10).unwrap()[0].id, message);
    taken(&batch, message, Part { queue: "sms", number: 1, of: 1, remote: "late" }, NOW + MINUTE);
    assert_eq!(batch.unanswered("sms", NOW + 2 * MINUTE, 10).unwrap(), []);
}

/// What was accepted under another lock has another key, whatever its number: a
/// peer that keeps keys takes no new message for an old one.
#[test]
fn no_key_is_given_twice() {
    let folder = Folder::new();
    let file = folder.path("outbox");
    let mut keys = std::collections::BTreeSet::new();
    for turn in 0..3 {
        let lock = SendLock::take(&file).unwrap();
        let mut outbox = Outbox::open_to_send(&file, &lock).unwrap();
        let batch = outbox.begin().unwrap();
        new(&batch, &purchase(turn), &both());
        let claimed = batch.claim("sms", 10, NOW).unwrap();
        let again = claimed[0].clone();
        batch.released(again.id, again.attempt, NOW).unwrap();
        // A retry keeps it.
        assert_eq!(batch.claim("sms", 1, NOW).unwrap()[0].key, again.key);
        for due in claimed {
            assert!(keys.insert(due.key));
        }
        // As a table that keep-days emptied, or a backup.
        batch.sql.execute("delete from transactions", []).unwrap();
        batch.commit().unwrap();
    }
    assert_eq!(keys.len(), 6);
}

#[test]
fn without_a_recipient_nothing_is_sent_and_it_is_said() {
    let mut outbox = Outbox::in_memory().unwrap();
    let first = transaction(&[]);
    let batch = outbox.begin().unwrap();
    let nobody = Message { recipient: None, ..message(Party::Cardholder) };
    new(&batch, &first, &outcome(Decision::Notified, vec![nobody]));
    assert_eq!(waiting(&batch, "sms"), [0_i64; 0]);
    batch.commit().unwrap();
    assert_eq!(states(&outbox, &first), [because(State::Suppressed, "no-subscriber")]);
}

#[test]
fn what_is_not_committed_did_not_happen() {
    let folder = Folder::new();
    let file = folder.path("outbox");
    let first = transaction(&[]);
    let mut outbox = Outbox::open(&file).unwrap();
    let batch = outbox.begin().unwrap();
    new(&batch, &first, &both());
    drop(batch);
    assert_eq!(outbox.trails(&first.id).unwrap(), []);
    let batch = outbox.begin().unwrap();
    new(&batch, &first, &both());
    batch.commit().unwrap();
    drop(outbox);
    let outbox = Outbox::open(&file).unwrap();
    assert_eq!(outbox.trails(&first.id).unwrap()[0].messages.len(), 2);
    drop(outbox);
    let mode = std::os::unix::fs::PermissionsExt::mode(&file.metadata().unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    // A file that is something else stays as it is.
    let other = folder.path("other");
    std::fs::write(&other, "no outbox, but long enough to be looked at by somebody").unwrap();
    assert_eq!(Outbox::open(&other).unwrap_err().kind(), ErrorKind::Format);
    let foreign = folder.path("foreign");
    Connection::open(&foreign).unwrap().execute_batch("create table t (x)").unwrap();
    assert_eq!(Outbox::open(&foreign).unwrap_err().kind(), ErrorKind::Format);
    let later = folder.path("later");
    drop(Outbox::open(&later).unwrap());
    Connection::open(&later).unwrap().pragma_update(None, "user_version", 4).unwrap();
    let error = Outbox::open(&later).unwrap_err();
    assert_eq!(error.to_string(), "the outbox is of form 4, this program knows 3");
}

#[test]
fn a_period_is_summed_up() {
    let mut outbox = Outbox::in_memory().unwrap();
    let batch = outbox.begin().unwrap();
    new(&batch, &transaction(&[]), &both());
    let nobody = Message { recipient: None, ..message(Party::Cardholder) };
    let long = Message { segments: 3, ..message(Party::Merchant) };
    let other = purchase(777);
    new(&batch, &other, &outcome(Decision::Notified, vec![nobody, long]));
    let quiet = purchase(888);
    new(&batch, &quiet, &outcome(Decision::Suppressed, Vec::new()));
    let sent = submit(&batch, NOW);
    assert_eq!(receipt(&batch, &format!("smsc-{}", sent[0]), State::Delivered), Some(sent[0]));
    assert_eq!(receipt(&batch, &format!("smsc-{}", sent[1]), State::Failed), Some(sent[1]));
    let last = purchase(999);
    new(&batch, &last, &outcome(Decision::Notified, vec![message(Party::Cardholder)]));
    batch.commit().unwrap();
    let period = Period { from_ms: NOW, to_ms: NOW + 1, promise_ms: 30_000, now_ms: NOW + MINUTE };
    let summary = outbox.summary(period).unwrap();
    assert_eq!(summary.decisions, [("notified".into(), 3), ("suppressed".into(), 1)]);
    assert_eq!(
        summary.states,
        [
            (State::Queued, 1),
            (State::Submitted, 1),
            (State::Delivered, 1),
            (State::Failed, 1),
            (State::Suppressed, 1)
        ]
    );
    assert_eq!(summary.oldest_ms, Some(NOW));
    // What waits, and what has no receipt.
    assert_eq!(summary.late, 2);
    let causes: Vec<_> =
        summary.causes.iter().map(|row| (row.state, row.cause.as_str(), row.messages)).collect();
    assert_eq!(causes, [(State::Failed, "000", 1), (State::Suppressed, "no-subscriber", 1)]);
    assert_eq!(summary.times, Some(Times { p50_ms: 900, p95_ms: 900, p99_ms: 900 }));
    let parts =
        Parts { bundle: "harbour".into(), template: "purchase".into(), messages: 3, parts: 5 };
    assert_eq!(summary.parts, [parts]);
    let before = Period { from_ms: 0, to_ms: NOW, ..period };
    let nothing = outbox.summary(before).unwrap();
    assert_eq!((nothing.states, nothing.times, nothing.late), (Vec::new(), None, 0));
}

/// A transaction's time counts from 7 days before its acceptance to an hour after;
/// its lateness counts from that, and from when it was not to be sent before.
#[test]
fn lateness_counts_from_the_transaction() {
    for (accepted, own_time, late_ms) in [
        (NOW, true, 0),
        (NOW + 2 * DAY, true, 2 * DAY),
        (NOW + 7 * DAY, true, 7 * DAY),
        (NOW + 7 * DAY + 1_000, false, 0),
        (NOW - 60 * MINUTE, true, 0),
        (NOW - 60 * MINUTE - 1_000, false, 0),
    ] {
        let mut outbox = Outbox::in_memory().unwrap();
        let batch = outbox.begin().unwrap();
        let one = outcome(Decision::Notified, vec![message(Party::Cardholder)]);
        take(&batch, &transaction(&[]), &one, accepted);
        batch.claim("sms", 10, accepted).unwrap();
        taken(&batch, 1, Part { queue: "sms", number: 1, of: 1, remote: "a" }, accepted);
        receipt_at(&batch, "a", accepted);
        batch.commit().unwrap();
        let period = Period { from_ms: 0, to_ms: i64::MAX, promise_ms: DAY, now_ms: accepted };
        let summary = outbox.summary(period).unwrap();
        assert_eq!(summary.times.unwrap().p50_ms, late_ms, "{accepted}");
        assert_eq!(summary.late, u64::from(late_ms > DAY));
        let trail = outbox.trails(&transaction(&[]).id).unwrap().remove(0);
        assert_eq!(trail.counts_from_acceptance, !own_time);
    }
}

fn receipt_at(batch: &Batch<'_>, remote: &str, now_ms: i64) {
    let said = Receipt { remote, ..Receipt::new("sms", State::Delivered) };
    assert!(batch.receipt(said, now_ms).unwrap().is_some());
}
