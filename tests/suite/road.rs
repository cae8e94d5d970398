//! What becomes of a transaction when plugins work, and when they do not.

use std::fs;
use std::time::Instant;

use tillbell::{Author, Decision, ErrorKind, Host, Limits, Role};
use tillbell_tests::{Scratch, bake_unguarded, bank, host, transaction};

/// A debit of CNY 128.50 on a card of Harbour, with the card's full number.
const DEBIT: &str = r#"{"kind":"purchase","approval":"approved","amount":{"minor_units":12850,"currency":"CNY"},"time":"2026-11-20T08:31:05+08:00","card":{"pan":"6216261000000000018"},"cardholder":{"name":"欧阳娜娜","phone":"13800138000"},"merchant":{"name":"咖啡实验室","city":"上海","country":"CN","id":"898310057340001","terminal":"00000312","phone":"02155550100"},"rrn":"632408000123","stan":"000123"}"#;

#[test]
fn a_debit_tells_cardholder_and_merchant() {
    let host = host(&[&bank("harbour")]);
    let transaction = transaction(DEBIT);
    let outcome = host.process(&transaction, transaction.time);
    assert_eq!(outcome.decision, Decision::Notified);
    assert_eq!(outcome.bundle.as_deref(), Some("harbour"));
    assert_eq!(outcome.failures, []);
    assert_eq!(outcome.messages.len(), 2);
    for message in &outcome.messages {
        assert_eq!(message.author, Author::Plugin);
        assert!(message.text.starts_with("【海港银行】"), "{}", message.text);
        for part in ["128.50", "0018", "95500"] {
            assert!(message.text.contains(part), "{part} in {}", message.text);
        }
        for secret in ["6216261000000000018", "13800138000", "娜娜"] {
            assert!(!message.text.contains(secret));
        }
    }
    assert_eq!(outcome.messages[0].recipient.as_deref(), Some("13800138000"));
    let shown = format!("{outcome:?}");
    assert!(!shown.contains("13800138000") && !shown.contains("128.50"), "{shown}");
}

#[test]
fn the_same_transaction_gives_the_same_outcome() {
    let host = host(&[&bank("harbour")]);
    let transaction = transaction(DEBIT);
    let texts = || -> Vec<_> {
        let outcome = host.process(&transaction, transaction.time);
        outcome.messages.into_iter().map(|message| message.text).collect()
    };
    let first = texts();
    for _ in 0..1_000 {
        assert_eq!(texts(), first);
    }
}

#[test]
fn a_host_serves_many_threads() {
    let host = host(&[&bank("harbour"), &bank("meridian")]);
    let transaction = transaction(DEBIT);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..500 {
                    let outcome = host.process(&transaction, transaction.time);
                    assert_eq!(outcome.messages.len(), 2);
                    assert_eq!(outcome.failures, []);
                }
            });
        }
    });
}

#[test]
fn a_card_of_no_bank_is_rejected() {
    let host = host(&[&bank("harbour")]);
    let transaction = transaction(&DEBIT.replace("6216261000000000018", "4242424242424242"));
    let outcome = host.process(&transaction, transaction.time);
    assert_eq!((outcome.decision, outcome.reason()), (Decision::Rejected, "no-bundle"));
}

/// Puts a template in place of the cardholder's and processes the debit.
fn with_template(text: &str) -> tillbell::Outcome {
    let scratch = Scratch::copy_of_bank("harbour");
    fs::write(scratch.path().join("templates/purchase.cardholder.zh-CN.txt"), text)
        .expect("the template written");
    let limits = Limits { deadline_ms: 250, ..Limits::default() };
    let mut host = Host::new(limits).expect("a host");
    host.load(&bake_unguarded(scratch.path()).expect("it bakes")).expect("it loads");
    // A reference that no sample has.
    let transaction = transaction(&DEBIT.replace("632408000123", "632408999999"));
    host.process(&transaction, transaction.time)
}

#[test]
fn a_text_that_must_not_leave_is_replaced_by_the_hosts_own() {
    for (leak, rule) in [
        ("6216 2610 0000 0000 018", "pan"),
        ("\u{202e}", "character"),
        ("{{ signature }}", "signature"),
        ("{{ \"长\" * 300 }}", "segments"),
    ] {
        let outcome = with_template(&format!(
            "{{{{ signature }}}}{{% if rrn == \"632408999999\" %}}{leak}{{% endif %}}"
        ));
        let message = &outcome.messages[0];
        assert_eq!(message.author, Author::Host, "{rule}: {}", message.text);
        assert_eq!(outcome.failures[0].kind, ErrorKind::Guard, "{rule}");
        assert!(outcome.failures[0].detail.contains(rule), "{}", outcome.failures[0].detail);
        assert!(message.text.contains("128.50") && message.text.contains("95500"));
        // The merchant's message is not touched by it.
        assert_eq!(outcome.messages[1].author, Author::Plugin);
    }
}

#[test]
fn a_renderer_that_fails_is_made_up_for() {
    let outcome =
        with_template("{{ signature }}{% if rrn == \"632408999999\" %}{{ time|money }}{% endif %}");
    assert_eq!(outcome.failures[0].role, Some(Role::Renderer));
    assert_eq!(outcome.failures[0].kind, ErrorKind::Refused);
    assert_eq!(outcome.messages[0].author, Author::Host);
    assert_eq!(outcome.messages[1].author, Author::Plugin);
}

/// A rule that computes for seconds, but only for one amount that no sample
/// has.
const ENDLESS: &str = r#"[[rule]]
name = "endless"
when = """amount == 77777 && [1,2,3,4,5,6,7,8,9,10].all(a, [1,2,3,4,5,6,7,8,9,10].all(b, [1,2,3,4,5,6,7,8,9,10].all(c, [1,2,3,4,5,6,7,8,9,10].all(d, [1,2,3,4,5,6,7,8,9,10].all(e, [1,2,3,4,5,6,7,8,9,10].all(f, a + b + c + d + e + f > 0))))))"""
suppress = "endless"

[[rule]]"#;

#[test]
fn a_router_that_hangs_is_stopped_and_the_next_transaction_is_served() {
    for (policy, decision) in [("notify", Decision::Notified), ("suppress", Decision::Suppressed)] {
        let scratch = Scratch::copy_of_bank("harbour");
        scratch.replace("rules.toml", "[[rule]]", ENDLESS);
        let manifest = scratch.path().join("tillbell.toml");
        let text = fs::read_to_string(&manifest).unwrap();
        let kept = text.split("[on-failure]").next().unwrap_or_default();
        fs::write(&manifest, format!("{kept}\n[on-failure]\nroute = \"{policy}\"\n")).unwrap();
        let host = host(&[scratch.path(), &bank("meridian")]);
        let hanging = transaction(&DEBIT.replace("12850", "77777"));
        let started = Instant::now();
        let outcome = host.process(&hanging, hanging.time);
        assert!(started.elapsed().as_millis() < 2_000, "{:?}", started.elapsed());
        assert_eq!(outcome.failures[0].kind, ErrorKind::Deadline, "{:?}", outcome.failures);
        assert_eq!((outcome.decision, outcome.rule()), (decision, "host:on-failure"));
        for message in &outcome.messages {
            assert_eq!(message.author, Author::Host);
            assert!(message.text.contains("CNY 777.77"), "{}", message.text);
        }
        let next = transaction(DEBIT);
        let outcome = host.process(&next, next.time);
        assert_eq!(outcome.failures, []);
        assert_eq!(outcome.messages.len(), 2);
    }
}
