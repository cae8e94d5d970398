//! A plugin in Rust that panics, and what is left of its message.

use std::fs;

use tillbell::{Decision, ErrorKind, Role};
use tillbell_tests::{Scratch, tillbell};

use crate::scene::{Scene, kinds};

#[test]
fn a_panic_is_a_trap_and_its_message_is_lost() {
    let bank = Scratch::copy_of_bank("harbour");
    let component = bank.path().join("components/privacy.wasm");
    fs::remove_file(&component).expect("the bank's own masker");
    let path = component.to_str().expect("a path in UTF-8");
    let built = tillbell(&["build", "tests/guests/panic", "-o", path], b"");
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));

    let scene = Scene::of_folder(bank, Role::Masker);
    let outcome = scene.purchase();
    assert_eq!(outcome.decision, Decision::Notified);
    // The cardholder is told, by a view of the host's own.
    assert_eq!(kinds(&outcome.failures), [(Some(Role::Masker), ErrorKind::Trap)]);
    assert!(!outcome.log.is_empty(), "it did log");
    let shown = format!("{outcome:?} {:?} {:?}", outcome.failures, outcome.log);
    let texts: String = outcome.messages.iter().map(|message| message.text.as_str()).collect();
    for secret in ["娜娜", "13800138000", "nana@"] {
        assert!(!shown.contains(secret) && !texts.contains(secret), "{secret}: {shown}");
    }
    assert_eq!(scene.of_other_bank().failures, []);
}
