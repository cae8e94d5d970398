use super::*;
use crate::{Party, Record, Transaction, json};

/// An event of one card at one terminal.
fn event(kind: &str, amount: i64, rrn: &str, stan: &str, more: &str) -> Transaction {
    let line = format!(
        r#"{{"kind":"{kind}","approval":"approved","amount":{{"minor_units":{amount},"currency":"CNY"}},"time":"2026-11-25T12:00:00+08:00","card":{{"bin":"621626","last4":"0018"}},"merchant":{{"name":"X","id":"m","terminal":"t"}},"rrn":"{rrn}","stan":"{stan}"{more}}}"#
    );
    let Ok(Record::Transaction(transaction)) = json::read(line.as_bytes()) else {
        panic!("{line}")
    };
    *transaction
}

/// Hands events to a book as the till does, all to the cardholder by sms; gives
/// what was told, in minor units, with its relation.
struct Desk(Book);

impl Desk {
    fn new() -> Self {
        Self(Book::new(100))
    }

    fn hand_in(&mut self, transaction: &Transaction) -> (Relation, Shown, bool) {
        let found = self.0.find(transaction);
        let mut judged = judge(&found, transaction, WINDOW_SECONDS);
        let number = self.0.next();
        if let Relation::Repeats(_) = judged.relation {
            return (judged.relation, judged.shown, false);
        }
        judged.adopt(number);
        self.0.add(transaction, judged.event.clone(), judged.joins, None);
        for orphan in &judged.orphans {
            self.0.put(orphan.clone(), None);
        }
        let told = match judged.relation {
            Relation::Changes(_) => false,
            _ => self.0.settle(number, &[(Party::Cardholder, "sms")])[0] == Fate::Told,
        };
        (judged.relation, judged.shown, told)
    }
}

fn shown(shown: Shown) -> (&'static str, i64, Option<i64>) {
    let before = shown.original_amount.map(|amount| amount.minor_units());
    (shown.kind.as_str(), shown.amount.minor_units(), before)
}

#[test]
fn a_partial_reversal_says_what_moved_and_what_there_was() {
    let mut desk = Desk::new();
    assert!(desk.hand_in(&event("purchase", 45_000, "1", "1", "")).2);
    let part = r#","original_stan":"1","original_kind":"purchase""#;
    let (relation, seen, told) = desk.hand_in(&event("reversal", 10_000, "1", "2", part));
    assert!(matches!(relation, Relation::TakesBack { is_full: false, .. }), "{relation:?}");
    assert_eq!((shown(seen), told), (("reversal", 10_000, Some(45_000)), true));
    let (relation, seen, told) = desk.hand_in(&event("reversal", 45_000, "1", "3", part));
    // No more comes back than is there.
    assert!(matches!(relation, Relation::TakesBack { is_full: true, .. }));
    assert_eq!((shown(seen), told), (("reversal", 35_000, Some(35_000)), true));
    let (relation, _, told) = desk.hand_in(&event("reversal", 45_000, "1", "4", part));
    assert_eq!((relation, told), (Relation::Changes(Nothing::AlreadyReversed), false));
}

#[test]
fn the_table_of_second_events() {
    let first = event("purchase", 45_000, "1", "1", "");
    let own = |id: &str| format!(r#","id":"{id}""#);
    let before = r#","original_amount":{"minor_units":45000,"currency":"CNY"}"#;
    for (second, expected) in [
        (event("purchase", 45_000, "1", "1", ""), "repeat"),
        (event("purchase", 45_000, "1", "1", &own("x")), "repeat"),
        (event("purchase", 53_100, "1", "1", ""), "replaces"),
        (event("purchase", 53_100, "1", "2", before), "replaces"),
        (event("purchase", 45_000, "1", "2", before), "changes nothing"),
        (event("purchase", 53_100, "1", "2", ""), "adds"),
        (event("purchase", 45_000, "1", "2", ""), "adds"),
        (event("purchase", 45_000, "", "1", ""), "repeat"),
        (event("purchase", 45_001, "", "1", ""), "adds"),
        (event("refund", 45_000, "1", "1", ""), "adds"),
        (event("purchase", 45_000, "1", "2", r#","second_event":"repeat""#), "repeat"),
        (event("purchase", 1, "1", "2", r#","second_event":"replaces""#), "replaces"),
        (event("purchase", 53_100, "1", "1", r#","second_event":"adds""#), "adds"),
    ] {
        let mut desk = Desk::new();
        desk.hand_in(&first);
        let (relation, seen, _) = desk.hand_in(&second);
        let found = match relation {
            Relation::Repeats(1) => "repeat",
            Relation::Replaces { root: 1, .. } => "replaces",
            Relation::Changes(Nothing::Unchanged) => "changes nothing",
            Relation::Stands => "adds",
            _ => "other",
        };
        assert_eq!(found, expected, "{relation:?} of {:?}", json::write_transaction(&second));
        if found == "replaces" {
            let amount = second.amount.minor_units();
            assert_eq!(shown(seen), ("adjustment", amount, Some(45_000)));
        }
    }
}

/// A client's retry: its own id, and neither RRN nor STAN.
#[test]
fn a_retry_with_its_own_id_is_a_repeat() {
    let mut desk = Desk::new();
    let retry = event("purchase", 45_000, "", "", r#","id":"a-1""#);
    assert!(retry.is_identified());
    desk.hand_in(&retry);
    assert_eq!(desk.hand_in(&retry).0, Relation::Repeats(1));
    let other = event("purchase", 45_000, "", "", r#","id":"a-2""#);
    assert_eq!(desk.hand_in(&other).0, Relation::Stands);
    let mut stranger = retry.clone();
    stranger.card.last4 = crate::Last4::parse("0019").unwrap();
    assert_eq!(desk.hand_in(&stranger).0, Relation::Stands);
    let nameless = event("purchase", 45_000, "", "", "");
    assert!(!nameless.is_identified());
}

#[test]
fn an_original_after_its_reversal_is_told_by_it() {
    let reference = r#","original_stan":"1","original_kind":"purchase""#;
    let mut desk = Desk::new();
    let (relation, seen, told) = desk.hand_in(&event("reversal", 45_000, "1", "2", reference));
    assert_eq!((relation, seen.original_kind, told), (Relation::Orphan, None, true));
    assert!(!desk.hand_in(&event("purchase", 45_000, "1", "1", "")).2);
    // In part: both are told.
    let mut desk = Desk::new();
    desk.hand_in(&event("reversal", 10_000, "1", "2", reference));
    assert!(desk.hand_in(&event("purchase", 45_000, "1", "1", "")).2);
}

#[test]
fn a_void_can_be_reversed_and_a_refund_voided() {
    let mut desk = Desk::new();
    desk.hand_in(&event("purchase", 45_000, "1", "1", ""));
    desk.hand_in(&event("void", 45_000, "2", "2", r#","original_stan":"1""#));
    let back = r#","original_stan":"2","original_kind":"void""#;
    let (relation, seen, told) = desk.hand_in(&event("reversal", 45_000, "3", "3", back));
    assert_eq!(relation, Relation::Restores { root: 1 });
    assert_eq!((shown(seen), told), (("purchase", 45_000, None), true));
    let again = r#","original_stan":"1""#;
    assert!(matches!(
        desk.hand_in(&event("void", 45_000, "4", "4", again)).0,
        Relation::TakesBack { root: 1, is_full: true, .. }
    ));
    let mut desk = Desk::new();
    desk.hand_in(&event("refund", 12_850, "1", "1", ""));
    let void = r#","original_stan":"1","original_kind":"refund""#;
    let (relation, seen, _) = desk.hand_in(&event("void", 12_850, "2", "2", void));
    assert!(matches!(relation, Relation::TakesBack { is_full: true, .. }), "{relation:?}");
    assert_eq!(seen.original_kind, Some(crate::Kind::Refund));
}

#[test]
fn a_completion_turns_a_hold_into_a_debit() {
    let mut desk = Desk::new();
    desk.hand_in(&event("pre-authorisation", 150_000, "1", "1", ""));
    let completion = event("completion", 132_000, "2", "2", r#","original_stan":"1""#);
    let found = desk.0.find(&completion);
    let judged = judge(&found, &completion, WINDOW_SECONDS);
    assert_eq!(
        (judged.event.moved, judged.event.held, judged.event.hold_root),
        (132_000, -132_000, 1)
    );
    assert_eq!((judged.relation, judged.joins), (Relation::Stands, Some(1)));
    let void = event("void", 150_000, "3", "3", r#","original_stan":"1""#);
    let judged = judge(&found, &void, WINDOW_SECONDS);
    assert_eq!((judged.event.moved, judged.event.held), (0, -150_000));
}

#[test]
fn nothing_declined_changes_anything() {
    let mut desk = Desk::new();
    desk.hand_in(&event("purchase", 45_000, "1", "1", ""));
    let mut declined = event("reversal", 45_000, "1", "2", r#","original_stan":"1""#);
    declined.approval = crate::Approval::Declined;
    assert_eq!(desk.hand_in(&declined).0, Relation::Changes(Nothing::Declined));
    let real = event("reversal", 45_000, "1", "3", r#","original_stan":"1""#);
    assert!(matches!(desk.hand_in(&real).0, Relation::TakesBack { is_full: true, .. }));
}

#[test]
fn an_event_and_a_book_are_read_as_they_were_written() {
    let mut desk = Desk(Book::restored(3, 1, []).unwrap());
    for stan in 1..=4 {
        desk.hand_in(&event("purchase", 100 + stan, &stan.to_string(), &stan.to_string(), ""));
    }
    let part = r#","original_stan":"4""#;
    desk.hand_in(&event("reversal", 50, "4", "9", part));
    let changes = desk.0.changes();
    assert_eq!((changes.oldest, changes.written.len()), (3, 3));
    let again = Book::restored(3, 1, changes.written.clone()).unwrap();
    assert_eq!(again.entries, desk.0.entries);
    assert_eq!(again.next(), 6);
    for (number, bytes) in &changes.written {
        for end in 0..bytes.len() {
            assert!(Book::restored(3, 1, [(*number, bytes[..end].to_vec())]).is_err());
        }
    }
}

/// Four events: a debit and its reversal that nobody decided, what takes the
/// reversal back, and another reversal.
#[test]
fn a_debit_that_comes_back_after_nobody_was_told_of_it_is_told() {
    let mut desk = Desk::new();
    let debit = event("purchase", 45_000, "1", "1", "");
    desk.hand_in(&debit);
    let reversal = event("reversal", 45_000, "1", "2", r#","original_stan":"1""#);
    let mut judged = judge(&desk.0.find(&reversal), &reversal, WINDOW_SECONDS);
    judged.adopt(2);
    desk.0 = Book::new(9);
    desk.0.add(&debit, Event { root: 1, number: 1, ..Event::of(&debit) }, None, Some(9));
    desk.0.add(&reversal, judged.event, Some(1), None);
    desk.0.overrule(&[1, 2]);
    assert!(!desk.0.is_told(1, Party::Cardholder));
    let back =
        event("reversal", 45_000, "3", "3", r#","original_stan":"2","original_kind":"reversal""#);
    let (relation, _, told) = desk.hand_in(&back);
    assert_eq!((relation, told), (Relation::Restores { root: 1 }, true));
    assert!(desk.0.is_told(1, Party::Cardholder));
}

/// Fates of a debit of 450, by what comes after it.
#[test]
fn what_waits_is_weighed_against_what_came_after() {
    use Fate::{Attempted, Doubtful, Excused, Netted, Told, Waiting};
    let rule = Excused(Excuse::NotNamed);
    let events = |changes: &[(&str, i64)]| -> Vec<Event> {
        let mut events = Vec::new();
        for (at, (kind, moved)) in changes.iter().enumerate() {
            let mut event = Event::of(&event(kind, moved.abs(), "1", &at.to_string(), ""));
            event.root = 1;
            event.number(at as i64 + 1);
            event.moved = *moved;
            events.push(event);
        }
        events
    };
    let debit = ("purchase", 450);
    for (changes, before, after) in [
        // Full, before any attempt.
        (&[debit, ("reversal", -450)][..], &[Waiting, Waiting][..], &[Netted(1), Netted(2)][..]),
        (&[debit, ("reversal", -450)], &[Waiting, rule], &[Netted(1), Netted(2)]),
        (&[debit, ("reversal", -450)], &[Attempted, Waiting], &[Attempted, Waiting]),
        (&[debit, ("reversal", -450)], &[Doubtful, Waiting], &[Doubtful, Waiting]),
        (&[debit, ("reversal", -450)], &[Told, Waiting], &[Told, Waiting]),
        (&[debit, ("reversal", -450)], &[rule, Waiting], &[rule, rule]),
        // The reversal was told first.
        (&[debit, ("reversal", -450)], &[Waiting, Told], &[Netted(2), Told]),
        // In part.
        (&[debit, ("reversal", -100)], &[Waiting, Waiting], &[Waiting, Waiting]),
        (&[debit, ("reversal", -100)], &[rule, Waiting], &[rule, rule]),
        (
            &[debit, ("reversal", -100)],
            &[Excused(Excuse::Expired), Waiting],
            &[Excused(Excuse::Expired); 2],
        ),
        // Two parts make a whole.
        (
            &[debit, ("reversal", -100), ("reversal", -350)],
            &[Waiting, Waiting, Waiting],
            &[Netted(1), Netted(2), Netted(3)],
        ),
        (
            &[debit, ("reversal", -100), ("reversal", -350)],
            &[Waiting, rule, Waiting],
            &[Netted(1), Netted(2), Netted(3)],
        ),
        (
            &[debit, ("reversal", -100), ("reversal", -350)],
            &[Told, Waiting, Waiting],
            &[Told, Waiting, Waiting],
        ),
        // An adjustment that waits when all is reversed is told by the reversal.
        (
            &[debit, ("purchase", 81), ("reversal", -531)],
            &[Told, Waiting, Waiting],
            &[Told, Netted(3), Waiting],
        ),
        (
            &[debit, ("purchase", 81), ("reversal", -81)],
            &[Told, Waiting, Waiting],
            &[Told, Netted(2), Netted(3)],
        ),
        // An adjustment of a debit that nobody heard of tells it.
        (&[debit, ("purchase", 81)], &[rule, Waiting], &[Netted(2), Waiting]),
        (&[debit, ("purchase", -81)], &[rule, Waiting], &[Netted(2), Waiting]),
        (
            &[debit, ("purchase", 81), ("reversal", -100)],
            &[rule, rule, Waiting],
            &[rule, rule, rule],
        ),
        // Its message tells the debit, too: a reversal of what it adds is told.
        (
            &[debit, ("purchase", 81), ("reversal", -81)],
            &[Netted(2), Waiting, Waiting],
            &[Netted(2), Waiting, Waiting],
        ),
        (
            &[debit, ("purchase", 81), ("reversal", -531)],
            &[Netted(2), Waiting, Waiting],
            &[Netted(2), Netted(2), Netted(3)],
        ),
        // So does the reversal of a whole that told it, which is reversed again.
        (
            &[debit, ("purchase", 81), ("reversal", -531), ("purchase", 531)],
            &[Told, Netted(3), Waiting, Waiting],
            &[Told, Netted(3), Waiting, Waiting],
        ),
    ] {
        let events = events(changes);
        let mut fates = before.to_vec();
        for _ in 0..2 {
            let held: Vec<_> = events
                .iter()
                .zip(&fates)
                .map(|(event, fate)| Held { event, fate: *fate })
                .collect();
            let verdicts = weigh(&held);
            for verdict in verdicts {
                match verdict {
                    Verdict::Net { event, into } => fates[event as usize - 1] = Netted(into),
                    Verdict::Excuse { event, excuse } => {
                        fates[event as usize - 1] = Excused(excuse);
                    }
                }
            }
            assert_eq!(fates, after, "{changes:?} {before:?}");
        }
    }
}

#[test]
fn an_adjustment_to_what_a_reversal_left_is_told_to_nobody() {
    let mut desk = Desk::new();
    desk.hand_in(&event("purchase", 45_000, "1", "1", ""));
    desk.hand_in(&event("reversal", 10_000, "1", "2", r#","original_stan":"1""#));
    let (relation, _, told) = desk.hand_in(&event("purchase", 35_000, "1", "1", ""));
    assert_eq!((relation, told), (Relation::Changes(Nothing::Unchanged), false));
}

#[test]
fn an_adjustment_does_not_tell_a_reversal_in_another_currency() {
    let late = Fate::Excused(Excuse::Expired);
    let mut debit = Event::of(&event("purchase", 450, "1", "1", ""));
    let mut dollars = event("reversal", 100, "1", "2", "");
    dollars.amount = crate::Money::new(100, "USD").unwrap();
    let mut dollars = Event::of(&dollars);
    let mut adjustment = Event::of(&event("purchase", 81, "1", "1", ""));
    for (event, number) in [(&mut debit, 1), (&mut dollars, 2), (&mut adjustment, 3)] {
        event.root = 1;
        event.number(number);
    }
    let held = [(&debit, late), (&dollars, late), (&adjustment, Fate::Waiting)];
    let held = held.map(|(event, fate)| Held { event, fate });
    assert_eq!(weigh(&held), [Verdict::Net { event: 1, into: 3 }]);
}
