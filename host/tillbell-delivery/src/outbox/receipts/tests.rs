use tillbell::Message;
use tillbell_transaction::Party;

use super::*;
use crate::Outbox;
use crate::outbox::scene::{self, NOW, message, outcome, transaction};

const MINUTE: i64 = 60_000;

/// An outbox with one message to each of these numbers, all being attempted.
fn asked(phones: &[&str]) -> Outbox {
    let mut outbox = Outbox::in_memory().unwrap();
    let batch = outbox.begin().unwrap();
    for (index, phone) in phones.iter().enumerate() {
        let stan = format!("{index:06}");
        let message = Message { recipient: Some((*phone).into()), ..message(Party::Cardholder) };
        let notified = outcome(tillbell::Decision::Notified, vec![message]);
        batch.accept(&transaction(&[("000123", &stan)]), &notified, NOW).unwrap();
        batch.ask(index as i64 + 1, NOW).unwrap();
    }
    batch.commit().unwrap();
    outbox
}

fn take(batch: &Batch<'_>, message: MessageId, remote: &str) {
    batch.taken(message, Part { number: 1, of: 1, remote }, NOW).unwrap();
}

fn says<'a>(remote: &'a str, recipient: &'a str, state: State) -> Receipt<'a> {
    Receipt { remote, recipient: Some(recipient), ..Receipt::new("sms", state) }
}

fn is(batch: &Batch<'_>, message: MessageId, state: State, queue: &str) {
    assert_eq!(
        (batch.state(message).unwrap(), batch.queue(message).unwrap().as_str()),
        (state, queue)
    );
}

#[test]
fn a_receipt_before_the_answer_is_kept() {
    let mut outbox = asked(&["13800138000"]);
    let batch = outbox.begin().unwrap();
    let receipt = says("a", "13800138000", State::Delivered);
    assert_eq!(batch.receipt(receipt, NOW).unwrap(), None);
    assert_eq!(batch.receipt(receipt, NOW).unwrap(), None);
    is(&batch, 1, State::Queued, "sms");
    take(&batch, 1, "a");
    is(&batch, 1, State::Delivered, "sms");
    // Once more, and nothing is kept of it.
    assert_eq!(batch.receipt(receipt, NOW).unwrap(), None);
    let kept: i64 =
        batch.sql.query_row("select count(*) from early", [], |row| row.get(0)).unwrap();
    assert_eq!(kept, 0);
}

#[test]
fn a_lost_answer_is_made_up_for_by_the_receipt() {
    let mut outbox = asked(&["13800138000", "+86 139-0013-9000", "13700137000"]);
    let batch = outbox.begin().unwrap();
    assert_eq!(batch.doubt_all("sms", NOW).unwrap(), 3);
    batch.receipt(says("a", "8613800138000", State::Delivered), NOW + 5).unwrap();
    assert_eq!(batch.resolve("sms", NOW, 10, NOW).unwrap(), 0, "not long enough in doubt");
    assert_eq!(batch.resolve("sms", NOW + 1, 10, NOW + MINUTE).unwrap(), 3);
    is(&batch, 1, State::Delivered, "sms");
    // Nothing was heard of these: once more.
    for message in [2, 3] {
        is(&batch, message, State::Deferred, "sms");
    }
    batch.advance(10, NOW + MINUTE).unwrap();
    assert_eq!(batch.due("sms", 10).unwrap().len(), 2);
    // And no third time.
    for message in [2, 3] {
        batch.ask(message, NOW + MINUTE).unwrap();
        batch.doubt(message, NOW + MINUTE).unwrap();
    }
    batch.receipt(says("b", "13700137000", State::Delivered), NOW + 2 * MINUTE).unwrap();
    assert_eq!(batch.resolve("sms", NOW + 2 * MINUTE, 10, NOW + 3 * MINUTE).unwrap(), 2);
    is(&batch, 2, State::Failed, "sms");
    is(&batch, 3, State::Delivered, "sms");
}

/// Two messages to one telephone, one receipt: without a reference it is not
/// known whose it is, and one too many is better than one too few.
#[test]
fn a_receipt_of_two_possible_messages_is_nobodys() {
    for reference in [None, Some(2)] {
        let mut outbox = asked(&["13800138000", "13800138000"]);
        let batch = outbox.begin().unwrap();
        batch.doubt_all("sms", NOW).unwrap();
        let receipt = Receipt { reference, ..says("a", "13800138000", State::Delivered) };
        batch.receipt(receipt, NOW + 5).unwrap();
        batch.resolve("sms", NOW + 1, 10, NOW + MINUTE).unwrap();
        is(&batch, 1, State::Deferred, "sms");
        let second = if reference.is_some() { State::Delivered } else { State::Deferred };
        is(&batch, 2, second, "sms");
    }
}

#[test]
fn what_was_not_sent_keeps_its_place() {
    let mut outbox = Outbox::in_memory().unwrap();
    scene::accept(&mut outbox, 3);
    let batch = outbox.begin().unwrap();
    batch.ask(1, NOW).unwrap();
    batch.release(1).unwrap();
    let due = batch.due("sms", 10).unwrap();
    assert_eq!(
        due.iter().map(|due| (due.id, due.attempts)).collect::<Vec<_>>(),
        [(1, 0), (2, 0), (3, 0)]
    );
    assert_eq!(batch.release(1).unwrap_err().kind(), ErrorKind::State);
}

#[test]
fn what_fails_goes_by_the_fallback() {
    let mut outbox = asked(&["13800138000", "13900139000", "13700137000"]);
    outbox.set_fallbacks("sms", 1);
    let batch = outbox.begin().unwrap();
    // Refused for good.
    batch.refused(1, "0x0000000b", None, NOW).unwrap();
    is(&batch, 1, State::Queued, "sms/1");
    // Reported as failed.
    take(&batch, 2, "b");
    batch.receipt(says("b", "13900139000", State::Failed), NOW).unwrap();
    is(&batch, 2, State::Queued, "sms/1");
    // Without a receipt.
    take(&batch, 3, "c");
    assert_eq!(batch.give_up("sms", NOW, 10, NOW).unwrap(), 0);
    assert_eq!(batch.give_up("sms", NOW + 1, 10, NOW + MINUTE).unwrap(), 1);
    is(&batch, 3, State::Queued, "sms/1");
    assert_eq!(batch.due("sms", 10).unwrap(), []);
    assert_eq!(batch.due("sms/1", 10).unwrap().len(), 3);
    // It came after all, before the fallback was used.
    batch.receipt(says("c", "13700137000", State::Delivered), NOW + MINUTE).unwrap();
    is(&batch, 3, State::Delivered, "sms/1");
    // There is no third way.
    batch.ask(1, NOW).unwrap();
    batch.refused(1, "410", None, NOW).unwrap();
    is(&batch, 1, State::Failed, "sms/1");
    // Both came.
    batch.ask(2, NOW).unwrap();
    take(&batch, 2, "b");
    let other = Receipt { queue: "sms/1", ..says("b", "", State::Delivered) };
    assert_eq!(batch.receipt(other, NOW).unwrap(), Some(2));
    is(&batch, 2, State::Delivered, "sms/1");
    batch.commit().unwrap();
    let causes: Vec<_> = outbox
        .message(1)
        .unwrap()
        .unwrap()
        .changes
        .into_iter()
        .map(|change| change.cause)
        .collect();
    assert_eq!(causes, [None, Some("0x0000000b".into()), Some("410".into())]);
}

#[test]
fn what_awaits_a_receipt_can_be_asked_for() {
    let mut outbox = asked(&["13800138000", "13900139000"]);
    let batch = outbox.begin().unwrap();
    take(&batch, 1, "a");
    take(&batch, 2, "b");
    batch.receipt(says("b", "", State::Delivered), NOW).unwrap();
    assert_eq!(batch.awaited("sms", NOW, NOW + 1, 10).unwrap(), ["a"]);
    assert!(batch.awaited("sms", NOW + 1, NOW + 2, 10).unwrap().is_empty());
}
