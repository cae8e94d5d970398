//! What the model found, each as short as it became.

use crate::steps::Says::{Delivered, Expired, Failed};
use crate::steps::{Dress, Step, Step::*};
use crate::world::run;

const PLAIN: Dress = Dress { urgent: false, quiet: 0, life: 0, more: 0, later: 0, push: false };
const URGENT: Dress = Dress { urgent: true, ..PLAIN };

fn debit(dress: Dress) -> Step {
    Debit { case: 0, amount: 50, dress }
}

fn reverse(of: u8, full: bool) -> Step {
    Reverse { of, full, declined: false, dress: PLAIN }
}

fn claim(count: u8) -> Step {
    Claim { fallback: false, count }
}

fn failed(part: u8) -> Step {
    Receipt { part, says: Failed, twice: false }
}

#[track_caller]
fn holds(steps: &[Step]) {
    run(steps).unwrap_or_else(|why| panic!("{why}"));
}

#[test]
fn a_declined_reversal_does_not_part_a_case_in_two() {
    let declined = Reverse { of: 0, full: true, declined: true, dress: PLAIN };
    holds(&[debit(PLAIN), declined, debit(URGENT), claim(3)]);
}

#[test]
fn a_debit_in_doubt_that_waits_to_be_sent_again_stays_when_it_is_reversed() {
    holds(&[
        debit(PLAIN),
        claim(1),
        Lost { open: 0, has: true },
        Resolve,
        reverse(0, true),
        claim(1),
    ]);
}

#[test]
fn a_message_that_was_in_doubt_twice_is_no_fallbacks() {
    let twice = |step: Step| [step.clone(), step];
    let lost = Lost { open: 0, has: true };
    let mut steps = vec![debit(PLAIN)];
    for _ in 0..2 {
        steps.push(claim(2));
        steps.extend(twice(lost.clone()));
        steps.push(Resolve);
    }
    steps.push(Claim { fallback: true, count: 2 });
    holds(&steps);
}

#[test]
fn a_reversal_waits_for_a_debit_that_went_to_a_fallback() {
    holds(&[debit(PLAIN), claim(1), Taken { open: 0 }, reverse(0, false), failed(0), claim(2)]);
}

#[test]
fn an_attempt_that_is_released_waits_for_what_went_to_a_fallback() {
    let released = Released { open: 0 };
    holds(&[
        debit(PLAIN),
        claim(2),
        Taken { open: 0 },
        Taken { open: 0 },
        reverse(0, false),
        claim(1),
        failed(0),
        released,
        claim(2),
    ]);
}

#[test]
fn an_orphan_waits_for_its_original_that_went_to_a_fallback() {
    holds(&[
        Orphan { case: 4, full: false, dress: URGENT },
        Original { of: 0, dress: PLAIN },
        claim(1),
        Taken { open: 0 },
        failed(0),
        reverse(0, false),
    ]);
}

#[test]
fn an_event_whose_teller_expires_is_handed_back() {
    let slow = |quiet, life| Dress { quiet, life, ..PLAIN };
    let adjust = Adjust { of: 0, amount: 1, by_rrn: true, dress: slow(7, 15) };
    holds(&[debit(slow(6, 7)), adjust, Seconds(261), reverse(0, false)]);
}

#[test]
fn a_debit_that_was_given_to_its_reversal_cancels_out_with_it() {
    holds(&[
        debit(PLAIN),
        claim(2),
        reverse(0, true),
        Taken { open: 0 },
        claim(1),
        failed(0),
        Taken { open: 1 },
        failed(1),
        Claim { fallback: true, count: 3 },
    ]);
}

#[test]
fn a_second_attempt_that_fails_does_not_end_the_doubt_about_the_first() {
    holds(&[
        debit(PLAIN),
        claim(1),
        Kill(Box::new(Stranger)),
        Resolve,
        claim(1),
        Taken { open: 0 },
        reverse(0, true),
        failed(0),
    ]);
}

#[test]
fn two_receipts_of_one_doubt_do_not_hand_a_message_to_a_fallback_unsent() {
    let lost = Lost { open: 0, has: true };
    holds(&[
        debit(PLAIN),
        claim(1),
        lost.clone(),
        Resolve,
        Seconds(1),
        claim(2),
        lost,
        failed(0),
        failed(1),
        Resolve,
    ]);
}

#[test]
fn two_copies_of_a_part_are_not_two_parts() {
    let delivered = |part| Receipt { part, says: Delivered, twice: false };
    holds(&[
        debit(Dress { more: 2, ..PLAIN }),
        claim(1),
        Taken { open: 0 },
        Kill(Box::new(Taken { open: 0 })),
        Resolve,
        Seconds(1),
        claim(2),
        Kill(Box::new(Taken { open: 0 })),
        delivered(1),
        delivered(2),
        Resolve,
    ]);
}

#[test]
fn two_that_went_to_a_fallback_wait_in_their_order() {
    holds(&[
        debit(PLAIN),
        claim(2),
        Taken { open: 0 },
        Taken { open: 0 },
        Adjust { of: 0, amount: 70, by_rrn: true, dress: PLAIN },
        claim(1),
        failed(0),
        Taken { open: 0 },
        reverse(0, false),
        failed(2),
        Claim { fallback: true, count: 1 },
        Taken { open: 0 },
        claim(2),
    ]);
}

/// `conclude` takes any part that arrived by an earlier queue for the whole, since
/// it does not know of how many that queue's peer counted (HTTP: one).
#[test]
fn one_part_by_the_first_route_is_not_the_whole_text() {
    let steps = [
        debit(Dress { more: 2, ..PLAIN }),
        claim(1),
        Taken { open: 0 },
        Refused { open: 0, again: None },
        Receipt { part: 0, says: Delivered, twice: false },
        Claim { fallback: true, count: 1 },
    ];
    // It is delivered by then, and no fallback sends the other parts.
    assert!(crate::world::is_open_after(&steps));
}

#[test]
fn a_reversal_whose_part_is_lost_takes_nothing_back_that_is_lost_too() {
    holds(&[
        Debit { case: 0, amount: 70, dress: PLAIN },
        claim(2),
        Taken { open: 133 },
        Refused { open: 97, again: Some(1) },
        Reverse { of: 22, full: true, declined: false, dress: Dress { more: 2, ..PLAIN } },
        claim(2),
        Taken { open: 220 },
        Refused { open: 128, again: None },
        Receipt { part: 104, says: Expired, twice: false },
        Receipt { part: 99, says: Failed, twice: true },
    ]);
}

#[test]
fn an_adjustment_that_goes_to_a_fallback_comes_to_rest() {
    let debit = |case, amount, dress| Debit { case, amount, dress };
    holds(&[
        debit(1, 60, Dress { quiet: 8, more: 2, ..PLAIN }),
        Orphan { case: 5, full: false, dress: PLAIN },
        debit(2, 62, Dress { quiet: 9, ..URGENT }),
        debit(0, 55, Dress { quiet: 6, life: 18, ..PLAIN }),
        Original { of: 184, dress: PLAIN },
        debit(0, 10, PLAIN),
        Adjust { of: 23, amount: 97, by_rrn: false, dress: PLAIN },
        debit(1, 21, PLAIN),
        debit(1, 77, PLAIN),
        Adjust { of: 185, amount: 6, by_rrn: true, dress: PLAIN },
        claim(3),
        Taken { open: 54 },
        claim(2),
        Early { open: 13, says: Expired },
        Taken { open: 215 },
    ]);
}

#[test]
fn a_part_that_arrived_by_the_first_route_may_be_read_whatever_becomes_of_the_second() {
    let taken = Taken { open: 0 };
    holds(&[
        debit(Dress { more: 1, ..PLAIN }),
        claim(1),
        taken.clone(),
        taken.clone(),
        Receipt { part: 0, says: Delivered, twice: false },
        Receipt { part: 1, says: Expired, twice: false },
        Claim { fallback: true, count: 1 },
        taken.clone(),
        Early { open: 0, says: Expired },
        taken,
    ]);
}

fn later(minutes: u8) -> Dress {
    Dress { later: minutes, ..PLAIN }
}

#[test]
fn no_debit_leaves_whose_reversal_the_bank_put_off() {
    let reverse = |full, dress| Reverse { of: 0, full, declined: false, dress };
    let lost = Lost { open: 0, has: true };
    holds(&[debit(PLAIN), reverse(true, later(1)), claim(3)]);
    holds(&[debit(PLAIN), claim(1), lost, reverse(true, later(1)), Resolve, claim(3)]);
    holds(&[debit(PLAIN), reverse(false, later(2)), reverse(true, PLAIN), claim(3)]);
    let adjust = Adjust { of: 0, amount: 70, by_rrn: true, dress: later(6) };
    holds(&[debit(PLAIN), adjust, reverse(true, PLAIN), claim(2)]);
}

#[test]
fn what_the_bank_put_off_comes_in_its_place() {
    let adjust = |amount, dress| Adjust { of: 0, amount, by_rrn: true, dress };
    let push = |dress: Dress| Dress { push: true, ..dress };
    holds(&[debit(later(3)), Hold { case: 0, amount: 32, dress: PLAIN }]);
    holds(&[debit(PLAIN), Foreign { of: 0, dress: later(7) }, adjust(41, PLAIN)]);
    let partial = Reverse { of: 0, full: false, declined: false, dress: push(PLAIN) };
    holds(&[debit(PLAIN), adjust(2, push(later(4))), partial]);
    let partial = Reverse { of: 0, full: false, declined: false, dress: push(later(4)) };
    holds(&[debit(Dress { life: 6, ..PLAIN }), Seconds(371), partial, adjust(46, PLAIN)]);
}

#[test]
fn a_reversal_behind_an_orphan_that_was_just_woken_is_decided() {
    let orphan = Orphan { case: 4, full: false, dress: PLAIN };
    holds(&[orphan, Original { of: 0, dress: PLAIN }, reverse(0, true)]);
}

/// After a start a reference came again that an earlier attempt had, and its receipt
/// ended the doubt of another message.
#[test]
fn a_reference_of_before_a_start_is_not_drawn_again() {
    let adjust = |of, amount, dress| Adjust { of, amount, by_rrn: false, dress };
    let hold = |amount| Hold { case: 1, amount, dress: PLAIN };
    let long = Dress { more: 2, ..URGENT };
    holds(&[
        Debit { case: 2, amount: 19, dress: Dress { quiet: 2, life: 1, ..long } },
        adjust(165, 90, URGENT),
        hold(55),
        claim(3),
        Debit { case: 0, amount: 19, dress: PLAIN },
        adjust(166, 2, long),
        Seconds(175),
        hold(80),
        Debit { case: 1, amount: 65, dress: PLAIN },
        Refused { open: 12, again: Some(4) },
        Taken { open: 34 },
        claim(2),
        Refused { open: 173, again: Some(3) },
        Kill(Box::new(Step::Expired { open: 44 })),
        claim(1),
        Early { open: 63, says: Failed },
        Seconds(378),
        claim(3),
        Kill(Box::new(Receipt { part: 227, says: Failed, twice: false })),
        Receipt { part: 95, says: Delivered, twice: false },
        Resolve,
    ]);
}

/// A debit expired, and an adjustment tells it with what it adds: its reversal, of just
/// that, leaves the debit to be told, and more of it comes back.
#[test]
fn what_an_adjustment_tells_beside_itself_does_not_cancel_out_with_it() {
    let other = || debit(PLAIN);
    holds(&[
        other(),
        other(),
        Debit { case: 1, amount: 54, dress: Dress { life: 2, ..PLAIN } },
        Seconds(327),
        Adjust { of: 2, amount: 81, by_rrn: false, dress: PLAIN },
        reverse(2, false),
        reverse(2, false),
    ]);
}

#[test]
fn nobody_is_told_of_an_adjustment_to_what_there_is() {
    let orphan = |case, full| Orphan { case, full, dress: PLAIN };
    let original = |dress| Original { of: 0, dress };
    let adjust = |of| Adjust { of, amount: 25, by_rrn: true, dress: PLAIN };
    // A reversal of the debit, which expires, was withheld behind it.
    holds(&[
        orphan(3, false),
        original(Dress { life: 6, ..PLAIN }),
        claim(3),
        orphan(4, true),
        Refused { open: 0, again: None },
        adjust(0),
        reverse(0, false),
    ]);
    holds(&[
        debit(PLAIN),
        orphan(4, false),
        reverse(0, false),
        original(later(7)),
        adjust(1),
        reverse(1, true),
    ]);
    holds(&[debit(PLAIN), orphan(4, false), debit(PLAIN), original(PLAIN), adjust(2), claim(9)]);
}

#[test]
fn a_reversal_whose_debit_failed_takes_nothing_back_on_the_fallback() {
    let debit = |case, dress| Debit { case, amount: 50, dress };
    let other = || debit(2, PLAIN);
    let again = |part| Receipt { part, says: Failed, twice: true };
    holds(&[
        debit(1, PLAIN),
        debit(1, later(5)),
        reverse(132, false),
        Seconds(152),
        claim(3),
        other(),
        other(),
        Taken { open: 40 },
        debit(0, PLAIN),
        claim(3),
        failed(136),
        Taken { open: 47 },
        Taken { open: 34 },
        Seconds(528),
        reverse(70, true),
        other(),
        GiveUp,
        reverse(135, true),
        again(85),
        Claim { fallback: true, count: 2 },
    ]);
}

/// A reversal left just what there was before the adjustment that comes again.
#[test]
fn an_adjustment_that_comes_again_is_a_repeat_whatever_is_left_by_then() {
    holds(&[
        Debit { case: 0, amount: 52, dress: PLAIN },
        Adjust { of: 0, amount: 78, by_rrn: true, dress: PLAIN },
        Reverse { of: 0, full: false, declined: false, dress: PLAIN },
        Repeat { of: 1 },
    ]);
}

#[test]
fn an_orphan_behind_an_original_that_is_put_off_is_decided_though_nobody_is_to_hear_of_it() {
    holds(&[
        Consent { merchant: false, given: false },
        Orphan { case: 4, full: false, dress: PLAIN },
        Consent { merchant: true, given: false },
        Original { of: 89, dress: Dress { life: 17, ..later(1) } },
    ]);
}
