//! Guests that take more than they may.

use tillbell::ErrorKind;

use crate::scene::breaks;

#[test]
pub(super) fn spin() {
    breaks("spin", ErrorKind::Deadline);
}

#[test]
pub(super) fn recurse() {
    breaks("recurse", ErrorKind::Limit);
}

#[test]
pub(super) fn trap() {
    breaks("trap", ErrorKind::Trap);
}
