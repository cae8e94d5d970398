use tillbell::{Decision, Message, Outcome};
use tillbell_transaction::{Party, Record, Timestamp, Transaction, json};

use super::scene::{Folder, NOW, message, outcome, transaction};
use super::*;

const MINUTE: i64 = 60_000;

fn reversal() -> Transaction {
    transaction(&[
        (r#""kind":"purchase""#, r#""kind":"reversal","original_kind":"purchase""#),
        (r#""stan":"000123""#, r#""stan":"000124","original_stan":"000123""#),
    ])
}

fn both() -> Outcome {
    let parties = [Party::Cardholder, Party::Merchant];
    outcome(Decision::Notified, parties.map(message).into())
}

fn new(batch: &Batch<'_>, transaction: &Transaction, outcome: &Outcome) -> TransactionId {
    match batch.accept(transaction, outcome, NOW).unwrap() {
        Accepted::New(id) => id,
        Accepted::Repeat(id) => panic!("a repeat of {id}"),
    }
}

/// Sends all that is due; the peer names each by its number.
fn submit(batch: &Batch<'_>) -> Vec<MessageId> {
    let due = batch.due("sms", 100).unwrap();
    for message in &due {
        batch.ask(message.id, NOW).unwrap();
        let remote = format!("smsc-{}", message.id);
        batch.taken(message.id, Part { number: 1, of: 1, remote: &remote }, NOW + 5).unwrap();
    }
    due.into_iter().map(|message| message.id).collect()
}

fn receipt(batch: &Batch<'_>, remote: &str, state: State) -> Option<MessageId> {
    let receipt = Receipt { remote, cause: Some("000"), ..Receipt::new("sms", state) };
    batch.receipt(receipt, NOW + 900).unwrap()
}

/// States and causes of the transaction's messages.
fn states(outbox: &Outbox, transaction: &Transaction) -> Vec<(State, Option<String>)> {
    let trail = outbox.trails(&transaction.id).unwrap().remove(0);
    let last = |message: &MessageTrail| message.changes.last().unwrap().clone();
    trail.messages.iter().map(last).map(|change| (change.state, change.cause)).collect()
}

fn because(state: State, cause: &str) -> (State, Option<String>) {
    (state, Some(cause.into()))
}

#[test]
fn a_message_goes_its_way_and_every_step_is_kept() {
    let mut outbox = Outbox::in_memory().unwrap();
    let purchase = transaction(&[]);
    let batch = outbox.begin().unwrap();
    new(&batch, &purchase, &both());
    let due = batch.due("sms", 100).unwrap();
    assert_eq!(due.len(), 2);
    assert_eq!((due[0].recipient.as_str(), due[0].attempts), ("13800138000", 0));
    assert!(!format!("{due:?}").contains("138001"), "{due:?}");
    assert_eq!(batch.due("email", 100).unwrap(), []);
    let sent = submit(&batch);
    assert_eq!(batch.due("sms", 100).unwrap(), []);
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
    assert_eq!((trail.attempts, trail.segments, trail.party.as_str()), (1, 1, "cardholder"));
    let trail = outbox.trails(&purchase.id).unwrap().remove(0);
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
    let take = |message, number| {
        let remote = format!("{message}-{number}");
        batch.taken(message, Part { number, of: 3, remote: &remote }, NOW).unwrap();
    };
    for message in [1, 2] {
        batch.ask(message, NOW).unwrap();
        take(message, 1);
        take(message, 3);
        assert_eq!(batch.state(message).unwrap(), State::Queued);
        assert_eq!(batch.parts_taken(message).unwrap(), [1, 3]);
        // A receipt before the answer for the second.
        assert_eq!(receipt(&batch, &format!("{message}-3"), State::Delivered), Some(message));
        take(message, 2);
        assert_eq!(batch.state(message).unwrap(), State::Submitted);
        receipt(&batch, &format!("{message}-1"), State::Delivered);
        assert_eq!(batch.state(message).unwrap(), State::Submitted);
    }
    receipt(&batch, "1-2", State::Delivered);
    assert_eq!(batch.state(1).unwrap(), State::Delivered);
    receipt(&batch, "2-2", State::Failed);
    assert_eq!(batch.state(2).unwrap(), State::Failed);
    // All receipts before the last answer.
    new(&batch, &transaction(&[("000123", "000777")]), &outcome(Decision::Notified, vec![long()]));
    batch.ask(3, NOW).unwrap();
    for number in 1..=3 {
        take(3, number);
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
    let purchase = transaction(&[]);
    let id = new(&batch, &purchase, &both());
    assert_eq!(batch.seen(&purchase).unwrap(), Some(id));
    assert_eq!(batch.accept(&purchase, &both(), NOW + 1).unwrap(), Accepted::Repeat(id));
    // Any part of the key makes it another.
    for (old, new_value) in [
        (r#""rrn":"632408000123""#, r#""rrn":"632408000999""#),
        (r#""stan":"000123""#, r#""stan":"000999""#),
        (r#""terminal":"00000312""#, r#""terminal":"00000313""#),
        (r#""id":"898310057340001""#, r#""id":"898310057340002""#),
        (r#""kind":"purchase""#, r#""kind":"refund""#),
        ("2026-11-20", "2026-11-21"),
    ] {
        let other = transaction(&[(old, new_value)]);
        assert_eq!(batch.seen(&other).unwrap(), None, "{new_value}");
        new(&batch, &other, &both());
    }
    assert_eq!(batch.due("sms", 100).unwrap().len(), 14);
    // With neither number, every event stands alone.
    let alone = transaction(&[(r#","rrn":"632408000123","stan":"000123""#, "")]);
    new(&batch, &alone, &both());
    new(&batch, &alone, &both());
}

#[test]
fn a_reversal_cancels_what_was_not_sent() {
    let mut outbox = Outbox::in_memory().unwrap();
    let (purchase, reversal) = (transaction(&[]), reversal());
    let batch = outbox.begin().unwrap();
    new(&batch, &purchase, &both());
    new(&batch, &reversal, &both());
    assert_eq!(batch.due("sms", 100).unwrap(), []);
    batch.commit().unwrap();
    let cancelled = because(State::Cancelled, "reversed");
    assert_eq!(states(&outbox, &purchase), [cancelled.clone(), cancelled]);
    let suppressed = because(State::Suppressed, "original-not-sent");
    assert_eq!(states(&outbox, &reversal), [suppressed.clone(), suppressed]);
    let trail = outbox.trails(&reversal.id).unwrap().remove(0);
    assert_eq!(
        (trail.decision.as_str(), trail.reason.as_str()),
        ("suppressed", "original-not-sent")
    );
}

#[test]
fn a_reversal_of_what_was_sent_corrects_it() {
    let mut outbox = Outbox::in_memory().unwrap();
    let reversal = reversal();
    let batch = outbox.begin().unwrap();
    new(&batch, &transaction(&[]), &outcome(Decision::Notified, vec![message(Party::Cardholder)]));
    let sent = submit(&batch);
    new(&batch, &reversal, &both());
    batch.commit().unwrap();
    let trail = outbox.trails(&reversal.id).unwrap().remove(0);
    assert_eq!(trail.decision, "notified");
    assert_eq!(trail.messages[0].corrects, Some(sent[0]));
    // The merchant was told of nothing.
    let unsent = because(State::Suppressed, "original-not-sent");
    assert_eq!(states(&outbox, &reversal), [(State::Queued, None), unsent]);
}

/// It may be with the peer: a customer who heard of a debit must hear that it
/// was taken back.
#[test]
fn a_reversal_of_what_may_have_been_sent_corrects_it() {
    let mut outbox = Outbox::in_memory().unwrap();
    let reversal = reversal();
    let batch = outbox.begin().unwrap();
    new(&batch, &transaction(&[]), &outcome(Decision::Notified, vec![message(Party::Cardholder)]));
    let asked = batch.due("sms", 1).unwrap().remove(0).id;
    batch.ask(asked, NOW).unwrap();
    new(&batch, &reversal, &outcome(Decision::Notified, vec![message(Party::Cardholder)]));
    assert_eq!(batch.state(asked).unwrap(), State::Queued);
    assert_eq!(batch.cancel(asked, "operator", NOW).unwrap_err().kind(), ErrorKind::State);
    batch.commit().unwrap();
    assert_eq!(states(&outbox, &reversal), [(State::Queued, None)]);
}

#[test]
fn an_original_behind_its_reversal_is_suppressed() {
    let mut outbox = Outbox::in_memory().unwrap();
    let (purchase, reversal) = (transaction(&[]), reversal());
    let batch = outbox.begin().unwrap();
    new(&batch, &reversal, &both());
    new(&batch, &purchase, &both());
    // Another purchase at the same till, days later and with the same STAN.
    let later = transaction(&[("2026-11-20", "2026-11-23"), ("632408000123", "632708000001")]);
    new(&batch, &later, &both());
    batch.commit().unwrap();
    for (transaction, reason) in [(&reversal, "original-not-seen"), (&purchase, "already-reversed")]
    {
        let suppressed = because(State::Suppressed, reason);
        assert_eq!(states(&outbox, transaction), [suppressed.clone(), suppressed]);
        let trail = outbox.trails(&transaction.id).unwrap().remove(0);
        assert_eq!((trail.decision.as_str(), trail.reason.as_str()), ("suppressed", reason));
    }
    assert_eq!(states(&outbox, &later)[0], (State::Queued, None));
}

#[test]
fn a_deferred_transaction_is_decided_when_its_time_comes() {
    let mut outbox = Outbox::in_memory().unwrap();
    let batch = outbox.begin().unwrap();
    let purchase = transaction(&[]);
    let until = Timestamp::new(NOW / 1_000 + 60, 480).unwrap();
    let id = new(&batch, &purchase, &outcome(Decision::Deferred(until), Vec::new()));
    assert_eq!(batch.undecided(10, NOW + MINUTE - 1).unwrap(), []);
    let undecided = batch.undecided(10, NOW + MINUTE).unwrap();
    assert_eq!(undecided[0].0, id);
    let Record::Transaction(read) = json::read(&undecided[0].1).unwrap() else { panic!() };
    assert_eq!(batch.seen(&read).unwrap(), Some(id));
    batch.decide(id, &read, &both(), NOW + MINUTE).unwrap();
    assert_eq!(batch.undecided(10, NOW + 2 * MINUTE).unwrap(), []);
    assert_eq!(batch.due("sms", 10).unwrap().len(), 2);
}

#[test]
fn a_deferred_transaction_that_is_reversed_is_never_decided() {
    let mut outbox = Outbox::in_memory().unwrap();
    let batch = outbox.begin().unwrap();
    let purchase = transaction(&[]);
    let until = Timestamp::new(NOW / 1_000 + 60, 480).unwrap();
    new(&batch, &purchase, &outcome(Decision::Deferred(until), Vec::new()));
    new(&batch, &reversal(), &both());
    assert_eq!(batch.undecided(10, NOW + 2 * MINUTE).unwrap(), []);
    assert_eq!(batch.due("sms", 10).unwrap(), []);
    batch.commit().unwrap();
    let trail = outbox.trails(&purchase.id).unwrap().remove(0);
    assert_eq!(
        (trail.decision.as_str(), trail.reason.as_str()),
        ("suppressed", "already-reversed")
    );
}

#[test]
fn not_before_and_expiry_are_kept() {
    let mut outbox = Outbox::in_memory().unwrap();
    let batch = outbox.begin().unwrap();
    let at = |ms: i64| Some(Timestamp::new(ms / 1_000, 480).unwrap());
    let later = Message { not_before: at(NOW + MINUTE), ..message(Party::Cardholder) };
    let brief = Message { expires_at: at(NOW + MINUTE), ..message(Party::Merchant) };
    let stale = Message { expires_at: at(NOW - MINUTE), ..message(Party::Merchant) };
    let purchase = transaction(&[]);
    new(&batch, &purchase, &outcome(Decision::Notified, vec![later, brief, stale]));
    assert_eq!(batch.due("sms", 10).unwrap().len(), 1);
    assert_eq!(batch.advance(10, NOW + MINUTE - 1).unwrap(), 0);
    assert_eq!(batch.advance(10, NOW + MINUTE).unwrap(), 1);
    assert_eq!(batch.due("sms", 10).unwrap().len(), 1);
    batch.commit().unwrap();
    assert_eq!(
        states(&outbox, &purchase),
        [
            (State::Queued, None),
            because(State::Expired, "too-late-to-send"),
            (State::Expired, None)
        ]
    );
}

#[test]
fn the_urgent_go_first_and_then_the_oldest() {
    let mut outbox = Outbox::in_memory().unwrap();
    let batch = outbox.begin().unwrap();
    let of = |priority| Message { priority, ..message(Party::Cardholder) };
    let messages = [10, 90, 10, 90].map(of).into();
    new(&batch, &transaction(&[]), &outcome(Decision::Notified, messages));
    let order: Vec<_> = batch.due("sms", 3).unwrap().iter().map(|due| due.id).collect();
    assert_eq!(order, [2, 4, 1]);
}

#[test]
fn what_the_peer_refuses_is_tried_again_or_fails() {
    let mut outbox = Outbox::in_memory().unwrap();
    let purchase = transaction(&[]);
    let batch = outbox.begin().unwrap();
    new(&batch, &purchase, &both());
    let due = batch.due("sms", 10).unwrap();
    batch.ask(due[0].id, NOW).unwrap();
    assert_eq!(batch.ask(due[0].id, NOW).unwrap_err().kind(), ErrorKind::State);
    batch.refused(due[0].id, "throttled", Some(NOW + MINUTE), NOW).unwrap();
    batch.ask(due[1].id, NOW).unwrap();
    batch.refused(due[1].id, "no-such-number", None, NOW).unwrap();
    assert_eq!(batch.due("sms", 10).unwrap(), []);
    assert_eq!(batch.advance(10, NOW + MINUTE).unwrap(), 1);
    assert_eq!(batch.due("sms", 10).unwrap()[0].attempts, 1);
    // What failed is not sent again.
    let again = batch.taken(due[1].id, Part { number: 1, of: 1, remote: "x" }, NOW).unwrap_err();
    assert_eq!(again.to_string(), "message 2 is not being sent");
    assert_eq!(batch.ask(due[1].id, NOW).unwrap_err().to_string(), "message 2 is not to be sent");
    batch.commit().unwrap();
    assert_eq!(states(&outbox, &purchase)[1], because(State::Failed, "no-such-number"));
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
    let message = batch.due("sms", 1).unwrap().remove(0).id;
    batch.ask(message, NOW).unwrap();
    batch.commit().unwrap();
    let batch = outbox.begin().unwrap();
    batch.advance(10, NOW + 2 * MINUTE).unwrap();
    assert_eq!(batch.due("sms", 1).unwrap(), []);
    assert_eq!(batch.unanswered("sms", NOW, 10).unwrap(), []);
    assert_eq!(batch.unanswered("sms", NOW + 1, 10).unwrap()[0].id, message);
    batch.taken(message, Part { number: 1, of: 1, remote: "late" }, NOW + MINUTE).unwrap();
    assert_eq!(batch.unanswered("sms", NOW + 2 * MINUTE, 10).unwrap(), []);
}

#[test]
fn without_a_recipient_nothing_is_sent_and_it_is_said() {
    let mut outbox = Outbox::in_memory().unwrap();
    let purchase = transaction(&[]);
    let batch = outbox.begin().unwrap();
    let nobody = Message { recipient: None, ..message(Party::Cardholder) };
    new(&batch, &purchase, &outcome(Decision::Notified, vec![nobody]));
    assert_eq!(batch.due("sms", 1).unwrap(), []);
    batch.commit().unwrap();
    assert_eq!(states(&outbox, &purchase), [because(State::Suppressed, "no-subscriber")]);
}

#[test]
fn what_is_not_committed_did_not_happen() {
    let folder = Folder::new();
    let file = folder.path("outbox");
    let purchase = transaction(&[]);
    let mut outbox = Outbox::open(&file).unwrap();
    let batch = outbox.begin().unwrap();
    new(&batch, &purchase, &both());
    drop(batch);
    assert_eq!(outbox.trails(&purchase.id).unwrap(), []);
    let batch = outbox.begin().unwrap();
    new(&batch, &purchase, &both());
    batch.commit().unwrap();
    drop(outbox);
    let outbox = Outbox::open(&file).unwrap();
    assert_eq!(outbox.trails(&purchase.id).unwrap()[0].messages.len(), 2);
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
    Connection::open(&later).unwrap().pragma_update(None, "user_version", 2).unwrap();
    let error = Outbox::open(&later).unwrap_err();
    assert_eq!(error.to_string(), "the outbox is of form 2, this program knows 1");
}

/// What `may_become` allows, and nothing else.
#[test]
fn a_state_is_left_for_few_others() {
    use State::{Cancelled, Deferred, Delivered, Expired, Failed, Queued, Submitted, Suppressed};
    let allowed = |state: State| {
        State::ALL.into_iter().filter(|next| state.may_become(*next)).collect::<Vec<_>>()
    };
    let unsent = [Submitted, Delivered, Failed, Expired, Cancelled, Suppressed];
    assert_eq!(allowed(Deferred), [&[Queued], &unsent[..]].concat());
    assert_eq!(allowed(Queued), [&[Deferred], &unsent[..]].concat());
    assert_eq!(allowed(Submitted), [Deferred, Queued, Delivered, Failed, Expired]);
    assert_eq!(allowed(Failed), [Delivered]);
    for state in [Delivered, Cancelled, Suppressed] {
        assert_eq!(allowed(state), []);
        assert!(state.is_final());
    }
}

#[test]
fn a_period_is_summed_up() {
    let mut outbox = Outbox::in_memory().unwrap();
    let batch = outbox.begin().unwrap();
    new(&batch, &transaction(&[]), &both());
    let nobody = Message { recipient: None, ..message(Party::Cardholder) };
    let long = Message { segments: 3, ..message(Party::Merchant) };
    let other = transaction(&[("000123", "000777")]);
    new(&batch, &other, &outcome(Decision::Notified, vec![nobody, long]));
    let quiet = transaction(&[("000123", "000888")]);
    new(&batch, &quiet, &outcome(Decision::Suppressed, Vec::new()));
    let sent = submit(&batch);
    assert_eq!(receipt(&batch, &format!("smsc-{}", sent[0]), State::Delivered), Some(sent[0]));
    assert_eq!(receipt(&batch, &format!("smsc-{}", sent[1]), State::Failed), Some(sent[1]));
    let waiting = transaction(&[("000123", "000999")]);
    new(&batch, &waiting, &outcome(Decision::Notified, vec![message(Party::Cardholder)]));
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
