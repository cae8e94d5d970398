//! Guests whose results have the right types, or nearly, and mean nothing.

use tillbell::ErrorKind;

use crate::scene::breaks;

/// The result is not what the interface allows, and the detail says this.
fn answers_wrongly(guest: &str, detail: &str) {
    let outcome = breaks(guest, ErrorKind::InvalidResult);
    assert!(outcome.failures[0].detail.contains(detail), "{:?}", outcome.failures);
}

/// What is said of a result that cannot even be read.
const UNREADABLE: &str = "broke its interface";

#[test]
pub(super) fn unknown_party() {
    answers_wrongly("unknown_party", UNREADABLE);
}

#[test]
pub(super) fn unknown_outcome() {
    answers_wrongly("unknown_outcome", UNREADABLE);
}

#[test]
pub(super) fn invalid_utf8() {
    answers_wrongly("invalid_utf8", UNREADABLE);
}

#[test]
pub(super) fn bad_pointer() {
    answers_wrongly("bad_pointer", UNREADABLE);
}

#[test]
pub(super) fn bad_result() {
    answers_wrongly("bad_result", UNREADABLE);
}

#[test]
pub(super) fn impossible_list() {
    answers_wrongly("impossible_list", UNREADABLE);
}

#[test]
pub(super) fn unknown_channel() {
    answers_wrongly("unknown_channel", "channel");
}

#[test]
pub(super) fn too_many_deliveries() {
    answers_wrongly("too_many_deliveries", "9 deliveries, limit 8");
}

#[test]
pub(super) fn empty_notify() {
    answers_wrongly("empty_notify", "0 deliveries, limit 8");
}

#[test]
pub(super) fn impossible_priority() {
    answers_wrongly("impossible_priority", "priority");
}

#[test]
pub(super) fn impossible_instant() {
    answers_wrongly("impossible_instant", "instant that cannot be");
}

#[test]
pub(super) fn claims_host_rule() {
    answers_wrongly("claims_host_rule", "the host's");
}

#[test]
pub(super) fn bad_reason() {
    answers_wrongly("bad_reason", "reason");
}

#[test]
pub(super) fn other_partys_view() {
    answers_wrongly("other_partys_view", "other party");
}

/// A masker says nothing of its own: what it writes is the transaction's, or nobody sees it.
#[test]
pub(super) fn other_amount_in_view() {
    answers_wrongly("other_amount_in_view", "the view's event.amount is none of");
}

#[test]
pub(super) fn invented_name() {
    answers_wrongly("invented_name", "the view's cardholder-name is none of");
}
