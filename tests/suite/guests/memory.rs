//! What a call finds of the calls before it: nothing.

use tillbell::{Decision, Limits};

use crate::scene::Scene;

/// How many calls look for what an earlier one left.
const CALLS: usize = 100_000;
/// How often a transaction of the other bank uses the same slots.
const OTHER_BANK_EVERY: usize = 1_000;

#[test]
pub(super) fn remembers() {
    let limits = Limits { deadline_ms: 1_000, concurrent_transactions: 1, ..Limits::default() };
    let scene = Scene::under("remembers", limits);
    for call in 0..CALLS {
        let outcome = scene.refund();
        assert_eq!(outcome.failures, [], "call {call}");
        assert_eq!((outcome.decision, outcome.reason()), (Decision::Suppressed, "clean"));
        if call % OTHER_BANK_EVERY == 0 {
            assert_eq!(scene.of_other_bank().failures, [], "call {call}");
        }
    }
    scene.assert_serves();
}
