//! Guests that trap.

use tillbell::ErrorKind;

use crate::scene::breaks;

#[test]
pub(super) fn trap() {
    breaks("trap", ErrorKind::Trap);
}

#[test]
pub(super) fn trap_in_render() {
    breaks("trap_in_render", ErrorKind::Trap);
}

#[test]
pub(super) fn divide() {
    breaks("divide", ErrorKind::Trap);
}

#[test]
pub(super) fn out_of_bounds() {
    breaks("out_of_bounds", ErrorKind::Trap);
}

#[test]
pub(super) fn wrong_signature() {
    breaks("wrong_signature", ErrorKind::Trap);
}
