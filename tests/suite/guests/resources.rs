//! Guests that take more than they may.

use tillbell::{ErrorKind, Limits};

use crate::scene::breaks;

#[test]
pub(super) fn spin() {
    breaks("spin", ErrorKind::Deadline);
}

#[test]
pub(super) fn spin_in_mask() {
    breaks("spin_in_mask", ErrorKind::Deadline);
}

#[test]
pub(super) fn recurse() {
    breaks("recurse", ErrorKind::Limit);
}

#[test]
pub(super) fn grow_memory() {
    breaks("grow_memory", ErrorKind::Limit);
}

#[test]
pub(super) fn flood_result() {
    breaks("flood_result", ErrorKind::Limit);
}

#[test]
pub(super) fn flood_list() {
    breaks("flood_list", ErrorKind::Limit);
}

/// It may call for ever, but what is kept of it has a limit.
#[test]
pub(super) fn flood_log() {
    let outcome = breaks("flood_log", ErrorKind::Deadline);
    let kept = outcome.log.iter().map(|line| line.trim_start_matches("info: ").len());
    assert_eq!(kept.sum::<usize>(), Limits::default().log_bytes);
}

#[test]
pub(super) fn long_log_line() {
    let outcome = breaks("long_log_line", ErrorKind::Limit);
    assert!(outcome.log.is_empty());
}
