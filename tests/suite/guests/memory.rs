//! What a call finds of the calls before it: nothing.

use tillbell::{Decision, Limits};
use tillbell_transaction::Party;

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

/// A renderer that keeps what it was shown for the cardholder has nothing of it when it
/// writes the merchant's text, in whatever order the bank names them.
#[test]
pub(super) fn keeps_view() {
    let scene = Scene::of("keeps_view");
    let outcome = scene.refund_told_to_both();
    assert_eq!(outcome.failures, []);
    let parties: Vec<_> = outcome.messages.iter().map(|message| message.party).collect();
    assert_eq!(parties, [Party::Cardholder, Party::Merchant]);
    for message in &outcome.messages {
        assert!(message.text.contains("一笔"), "{}", message.text);
    }
    scene.assert_serves();
}
