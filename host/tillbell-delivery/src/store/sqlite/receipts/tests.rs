use tillbell::Message;
use tillbell_transaction::Party;

use super::*;
use crate::Outbox;
use crate::store::sqlite::scene::{self, NOW, message, outcome, purchase, waiting};

const MINUTE: i64 = 60_000;

/// An outbox with one message to each of these numbers, all being attempted.
fn asked(phones: &[&str]) -> Outbox {
    let mut outbox = Outbox::in_memory().unwrap();
    let batch = outbox.begin().unwrap();
    for (index, phone) in phones.iter().enumerate() {
        let message = Message { recipient: Some((*phone).into()), ..message(Party::Cardholder) };
        let notified = outcome(tillbell::Decision::Notified, vec![message]);
        scene::new(&batch, &purchase(index as u32), &notified);
    }
    assert_eq!(batch.claim("sms", 100, NOW).unwrap().len(), phones.len());
    batch.commit().unwrap();
    outbox
}

fn take(batch: &Batch<'_>, message: MessageId, remote: &str) {
    scene::taken(batch, message, Part { queue: "sms", number: 1, of: 1, remote }, NOW);
}

fn says<'a>(remote: &'a str, recipient: &'a str, state: State) -> Receipt<'a> {
    Receipt { remote, recipient: Some(recipient), ..Receipt::new("sms", state) }
}

fn is(batch: &Batch<'_>, message: MessageId, state: State, queue: &str) {
    let life = batch.stored(message).unwrap().life;
    assert_eq!((life.state, life.queue.to_string().as_str()), (state, queue));
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

/// A receipt as an SMSC writes it, in the zone of Singapore, of the text's beginning.
fn of_text<'a>(remote: &'a str, recipient: &'a str, text: &'a str) -> Receipt<'a> {
    let submitted_ms = Some(NOW + 8 * 3_600_000 - 25_000);
    Receipt { text: Some(text), submitted_ms, ..says(remote, recipient, State::Delivered) }
}

/// The zone was seen by then.
fn show_zone(batch: &Batch<'_>) {
    batch.standing.borrow_mut().clocks.insert("sms".into(), 8 * 4);
}

const TEXT: &str = "【海港银行】您尾号0018的卡";

#[test]
fn a_lost_answer_is_replaced_by_the_receipt() {
    let mut outbox = asked(&["13800138000", "+86 139-0013-9000", "13700137000"]);
    let batch = outbox.begin().unwrap();
    show_zone(&batch);
    assert_eq!(batch.doubt_all("sms", NOW).unwrap(), 3);
    batch.receipt(of_text("a", "8613800138000", TEXT), NOW + 5).unwrap();
    assert_eq!(batch.resolve("sms", NOW, 10, NOW).unwrap(), 0, "not long enough in doubt");
    assert_eq!(batch.resolve("sms", NOW + 1, 10, NOW + MINUTE).unwrap(), 3);
    is(&batch, 1, State::Delivered, "sms");
    // Nothing was heard of these: once more.
    for message in [2, 3] {
        is(&batch, message, State::Deferred, "sms");
    }
    batch.advance(10, NOW + MINUTE).unwrap();
    // And no third time.
    for due in batch.claim("sms", 10, NOW + MINUTE).unwrap() {
        assert_eq!(due.attempt, 2);
        assert!(batch.doubted(due.id, due.attempt, NOW + MINUTE).unwrap());
    }
    let reference = batch.unanswered("sms", i64::MAX, 10).unwrap()[1].reference;
    let receipt =
        Receipt { reference: Some(reference), ..says("b", "13700137000", State::Delivered) };
    batch.receipt(receipt, NOW + 2 * MINUTE).unwrap();
    is(&batch, 3, State::Delivered, "sms");
    assert_eq!(batch.resolve("sms", NOW + 2 * MINUTE, 10, NOW + 3 * MINUTE).unwrap(), 1);
    is(&batch, 2, State::Doubtful, "sms");
}

/// A copy is not sent when the first turns out to have arrived: our own key, or
/// reference and number, says so.
#[test]
fn a_late_receipt_of_our_own_ends_what_is_to_be_sent_once_more() {
    let with = |key, reference, recipient| Receipt {
        key,
        reference,
        ..says("a", recipient, State::Delivered)
    };
    for (receipt, ends) in [
        (with(Some("1"), None, ""), true),
        (with(Some("2"), None, ""), false),
        (with(Some("0000000000000001-1"), None, ""), false),
        (with(None, Some(1), "13800138000"), true),
        (with(None, Some(1), "13700137000"), false),
        (with(None, Some(2), "13800138000"), false),
        (with(None, None, "13800138000"), false),
        (Receipt { state: State::Failed, ..with(Some("1"), None, "") }, false),
    ] {
        for is_sent_again in [false, true] {
            let mut outbox = asked(&["13800138000"]);
            let batch = outbox.begin().unwrap();
            batch.doubt_all("sms", NOW).unwrap();
            batch.resolve("sms", NOW + 1, 10, NOW + MINUTE).unwrap();
            batch.advance(10, NOW + MINUTE).unwrap();
            if is_sent_again {
                assert_eq!(batch.claim("sms", 1, NOW + MINUTE).unwrap().len(), 1);
            }
            batch.receipt(receipt, NOW + MINUTE).unwrap();
            is(&batch, 1, if ends { State::Delivered } else { State::Queued }, "sms");
            let more = batch.claim("sms", 1, NOW + 2 * MINUTE).unwrap().len();
            assert_eq!(more, usize::from(!ends && !is_sent_again));
        }
    }
}

/// The answer to an attempt comes when a fallback has the message: the fallback's
/// own part is sent all the same.
#[test]
fn a_late_answer_counts_for_the_queue_that_it_is_of() {
    let mut outbox = asked(&["13800138000"]);
    outbox.set_fallbacks("sms", 1);
    let batch = outbox.begin().unwrap();
    batch.doubt_all("sms", NOW).unwrap();
    batch.resolve("sms", NOW + 1, 10, NOW + MINUTE).unwrap();
    batch.advance(10, NOW + MINUTE).unwrap();
    let due = batch.claim("sms", 1, NOW + MINUTE).unwrap().remove(0);
    batch.refused(1, due.attempt, "410", None, NOW + MINUTE).unwrap();
    is(&batch, 1, State::Queued, "sms/1");
    // Of the first attempt.
    assert!(!batch.taken(1, 1, part("sms", "late"), NOW + MINUTE).unwrap());
    is(&batch, 1, State::Queued, "sms/1");
    assert!(batch.parts_taken(1).unwrap().is_empty());
    let due = batch.claim("sms/1", 1, NOW + MINUTE).unwrap().remove(0);
    assert!(batch.taken(1, due.attempt, part("sms/1", "b"), NOW + MINUTE).unwrap());
    is(&batch, 1, State::Submitted, "sms/1");
    batch.receipt(says("late", "", State::Delivered), NOW + MINUTE).unwrap();
    is(&batch, 1, State::Delivered, "sms/1");
}

fn part<'a>(queue: &'a str, remote: &'a str) -> Part<'a> {
    Part { queue, number: 1, of: 1, remote }
}

/// A receipt for the same telephone is nobody's, unless our reference or key says
/// whose it is, or text and time fit and nothing else was in the air.
#[test]
fn a_telephone_alone_ends_no_doubt() {
    let stranger = "123456 is your code";
    for (receipt, first) in [
        (says("a", "13800138000", State::Delivered), State::Deferred),
        (of_text("a", "13800138000", stranger), State::Deferred),
        (of_text("a", "13800138000", "【海港"), State::Deferred),
        (of_text("a", "13800138000", TEXT), State::Delivered),
        (
            Receipt { submitted_ms: Some(NOW - 7 * MINUTE), ..of_text("a", "13800138000", TEXT) },
            State::Deferred,
        ),
        (Receipt { reference: Some(7), ..of_text("a", "13800138000", TEXT) }, State::Deferred),
        (Receipt { key: Some("1"), ..says("a", "", State::Delivered) }, State::Delivered),
        (Receipt { key: Some("2"), ..of_text("a", "13800138000", TEXT) }, State::Deferred),
    ] {
        let mut outbox = asked(&["13800138000"]);
        let batch = outbox.begin().unwrap();
        show_zone(&batch);
        batch.doubt_all("sms", NOW).unwrap();
        batch.receipt(receipt, NOW + 5).unwrap();
        batch.resolve("sms", NOW + 1, 10, NOW + MINUTE).unwrap();
        is(&batch, 1, first, "sms");
    }
    // Two of ours in the air, and one that was taken a moment before.
    for is_taken in [false, true] {
        let mut outbox = asked(&["13800138000", "13800138000"]);
        let batch = outbox.begin().unwrap();
        show_zone(&batch);
        if is_taken {
            take(&batch, 1, "x");
        }
        batch.doubt_all("sms", NOW).unwrap();
        batch.receipt(of_text("a", "13800138000", TEXT), NOW + 5).unwrap();
        batch.resolve("sms", NOW + 1, 10, NOW + MINUTE).unwrap();
        is(&batch, 2, State::Deferred, "sms");
    }
}

/// Dates are of a zone that nobody names: the same text at another time of day, or on
/// another day, is another message.
#[test]
fn the_peers_clock_is_read_off_its_receipts() {
    const HOUR: i64 = 60 * MINUTE;
    let dated = |remote, recipient, at_ms| Receipt {
        submitted_ms: Some(at_ms),
        ..of_text(remote, recipient, TEXT)
    };
    for (shown, said, ends) in [
        // Before one is seen it is our own clock.
        (None, NOW, true),
        (None, NOW + 8 * HOUR, false),
        (Some(NOW + 8 * HOUR), NOW + 8 * HOUR + MINUTE, true),
        (Some(NOW + 8 * HOUR), NOW, false),
        (Some(NOW - 4 * HOUR - 30 * MINUTE), NOW - 4 * HOUR - 30 * MINUTE, true),
        (Some(NOW + 8 * HOUR), NOW + 32 * HOUR, false),
        // No zone at all.
        (Some(NOW + 30 * 24 * HOUR), NOW + 30 * 24 * HOUR, false),
        (Some(NOW + 7 * MINUTE), NOW + 7 * MINUTE, false),
    ] {
        let mut outbox = asked(&["13700137000", "13800138000"]);
        let batch = outbox.begin().unwrap();
        take(&batch, 1, "x");
        if let Some(at_ms) = shown {
            batch.receipt(dated("x", "13700137000", at_ms), NOW).unwrap();
        }
        batch.doubt_all("sms", NOW).unwrap();
        batch.receipt(dated("a", "13800138000", said), NOW + 5).unwrap();
        batch.resolve("sms", NOW + 1, 10, NOW + MINUTE).unwrap();
        is(&batch, 2, if ends { State::Delivered } else { State::Deferred }, "sms");
    }
}

#[test]
fn what_was_not_sent_keeps_its_place() {
    let mut outbox = Outbox::in_memory().unwrap();
    scene::accept(&mut outbox, 3);
    let batch = outbox.begin().unwrap();
    let first = batch.claim("sms", 1, NOW).unwrap().remove(0);
    assert!(batch.released(1, first.attempt, NOW).unwrap());
    assert_eq!(waiting(&batch, "sms"), [1, 2, 3]);
    assert!(!batch.released(1, first.attempt, NOW).unwrap());
    assert_eq!(batch.claim("sms", 1, NOW).unwrap()[0].attempt, 2);
}

#[test]
fn what_fails_goes_by_the_fallback() {
    let mut outbox = asked(&["13800138000", "13900139000", "13700137000"]);
    outbox.set_fallbacks("sms", 1);
    let batch = outbox.begin().unwrap();
    // Refused for good.
    batch.refused(1, 1, "0x0000000b", None, NOW).unwrap();
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
    assert!(waiting(&batch, "sms").is_empty());
    assert_eq!(waiting(&batch, "sms/1").len(), 3);
    // It came after all, before the fallback was used.
    batch.receipt(says("c", "13700137000", State::Delivered), NOW + MINUTE).unwrap();
    is(&batch, 3, State::Delivered, "sms/1");
    // There is no third way.
    assert_eq!(batch.claim("sms/1", 10, NOW).unwrap().len(), 2);
    batch.refused(1, 2, "410", None, NOW).unwrap();
    // Too late, and of an earlier attempt.
    assert!(!batch.refused(1, 1, "410", None, NOW).unwrap());
    is(&batch, 1, State::Failed, "sms/1");
    // Both came.
    scene::taken(&batch, 2, part("sms/1", "b"), NOW);
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
    let peer = |code: &str| Some(Cause::Peer(code.into()));
    assert_eq!(causes, [None, peer("0x0000000b"), peer("410")]);
}

/// The answer to the first attempt was lost, the second was answered; the receipt is of
/// the first.
#[test]
fn a_receipt_of_the_first_copy_counts_by_our_key() {
    let mut outbox = asked(&["13800138000"]);
    let batch = outbox.begin().unwrap();
    batch.doubted(1, 1, NOW).unwrap();
    batch.resolve("sms", NOW + 1, 10, NOW + 1).unwrap();
    batch.advance(10, NOW + 2).unwrap();
    let again = batch.claim("sms", 1, NOW + 2).unwrap().remove(0);
    let part = Part { queue: "sms", number: 1, of: 1, remote: "second" };
    assert!(batch.taken(1, again.attempt, part, NOW + 3).unwrap());
    let receipt = Receipt { remote: "first", ..Receipt::new("sms", State::Delivered) };
    let of_key = |key| batch.receipt(Receipt { key: Some(key), ..receipt }, NOW + 4).unwrap();
    assert_eq!(of_key("0-1"), None, "another's key");
    assert_eq!(of_key(&again.key), Some(1));
    assert_eq!(batch.state(1).unwrap(), State::Delivered);
}

#[test]
fn what_awaits_a_receipt_can_be_asked_for() {
    let mut outbox = asked(&["13800138000", "13900139000"]);
    let batch = outbox.begin().unwrap();
    take(&batch, 1, "a");
    take(&batch, 2, "b");
    batch.receipt(says("b", "", State::Delivered), NOW).unwrap();
    let start = AwaitedPlace { submitted_ms: NOW, ..AwaitedPlace::default() };
    let found = batch.awaited("sms", start, NOW + 1, 10).unwrap();
    assert_eq!(found.iter().map(|(remote, _)| remote.as_str()).collect::<Vec<_>>(), ["a"]);
    assert!(batch.awaited("sms", found[0].1, NOW + 1, 10).unwrap().is_empty());
    assert!(batch.awaited("sms", start, NOW, 10).unwrap().is_empty());
}

/// 10,000 parts of one moment, 256 at a time: none is left out, none comes twice.
#[test]
fn of_many_parts_without_a_receipt_none_is_forgotten() {
    let mut outbox = Outbox::in_memory().unwrap();
    scene::accept(&mut outbox, 5_000);
    let batch = outbox.begin().unwrap();
    for due in batch.claim("sms", 5_000, NOW).unwrap() {
        for number in [1, 2] {
            let remote = format!("{}-{number}", due.id);
            batch
                .taken(due.id, 1, Part { queue: "sms", number, of: 2, remote: &remote }, NOW)
                .unwrap();
        }
    }
    let mut place = AwaitedPlace::default();
    let mut asked = std::collections::BTreeSet::new();
    loop {
        let found = batch.awaited("sms", place, NOW + 1, 256).unwrap();
        let Some((_, last)) = found.last() else { break };
        place = *last;
        for (remote, _) in found {
            assert!(asked.insert(remote));
        }
    }
    assert_eq!(asked.len(), 10_000);
}

/// A reference is used again when all others were used since, and never while it
/// is on its way.
#[test]
fn references_are_taken_least_recently_used_first() {
    let mut outbox = Outbox::in_memory().unwrap();
    scene::accept(&mut outbox, 600);
    let batch = outbox.begin().unwrap();
    batch.sql.execute("update messages set segments = 3", []).unwrap();
    let mut open: Vec<crate::Due> = Vec::new();
    for turn in 0..6 {
        let claimed = batch.claim("sms", 100, NOW + turn).unwrap();
        open.extend(claimed);
        let headers: std::collections::BTreeSet<u8> =
            open.iter().map(|due| due.reference as u8).collect();
        assert_eq!(headers.len(), open.len(), "two on their way share a header");
        // All but one of those that were open are answered.
        for due in open.drain(1..).collect::<Vec<_>>() {
            for number in 1..=3 {
                let remote = format!("{}-{number}", due.id);
                batch
                    .taken(due.id, 1, Part { queue: "sms", number, of: 3, remote: &remote }, NOW)
                    .unwrap();
            }
        }
    }
}
