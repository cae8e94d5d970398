//! Guests whose texts must not leave.

use tillbell::ErrorKind;

use crate::scene::breaks_as;

/// The guard objects by this rule; no plugin is to blame by name.
fn is_blocked(guest: &str, rule: &str) {
    let outcome = breaks_as(guest, None, ErrorKind::Guard);
    assert!(outcome.failures[0].detail.contains(rule), "{:?}", outcome.failures);
}

#[test]
pub(super) fn wrong_amount() {
    is_blocked("wrong_amount", "amount");
}

#[test]
pub(super) fn leaks_card() {
    is_blocked("leaks_card", "pan");
}

#[test]
pub(super) fn foreign_signature() {
    is_blocked("foreign_signature", "signature");
}
