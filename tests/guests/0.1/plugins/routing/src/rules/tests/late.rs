//! What is decided long after it happened.

use super::*;

const HOUR: i64 = 3_600;

fn rules(more: &str) -> Rules {
    let text = format!("{RULES}\n{more}");
    read(&text).map_err(|error| format!("{error:?}")).unwrap().0
}

fn after(hours: i64) -> Time {
    Time { unix_seconds: NOW.unix_seconds + hours * HOUR, ..NOW }
}

/// Hours after the transaction.
fn hours(time: Time) -> i64 {
    (time.unix_seconds - NOW.unix_seconds) / HOUR
}

fn delivery(rules: &Rules, facts: &Facts, now: Time) -> Delivery {
    let Outcome::Notify(mut deliveries) = rules.route(facts, now).unwrap().outcome else {
        panic!("nobody is told")
    };
    deliveries.remove(0)
}

#[test]
fn a_message_expires_so_long_after_its_transaction() {
    let (rules, facts) = (rules(""), facts("purchase", 20_000));
    for decided in [0, 5, 30] {
        let delivery = delivery(&rules, &facts, after(decided));
        assert_eq!(delivery.expires_at.map(hours), Some(24), "decided after {decided} h");
    }
}

#[test]
fn what_the_bank_put_off_expires_so_long_after_that() {
    let night = r#"
[[rule]]
name = "later"
when = 'kind == "payment"'
defer = "later"
until = "10h"

[[rule]]
name = "at-night"
when = 'kind == "transfer"'
defer = "night"
until = "cardholder-quiet-end"

[[rule]]
name = "tells"
when = 'kind in ["payment", "transfer"]'
notify = "debit"
to = [{ party = "cardholder", template = "kind", expires-after = "2h" }]
"#;
    let rules = rules(night);
    let payment = facts("payment", 20_000);
    assert!(matches!(rules.route(&payment, after(0)).unwrap().outcome, Outcome::Defer(_)));
    assert_eq!(delivery(&rules, &payment, after(10)).expires_at.map(hours), Some(12));
    assert_eq!(delivery(&rules, &payment, after(20)).expires_at.map(hours), Some(12));
    // By day nothing was put off; at 23:30 it was, until 07:00.
    let mut transfer = facts("transfer", 20_000);
    assert_eq!(delivery(&rules, &transfer, after(1)).expires_at.map(hours), Some(2));
    transfer.event.time = NIGHT;
    let morning = Time { unix_seconds: NIGHT.unix_seconds + 7 * HOUR + HOUR / 2, ..NIGHT };
    let expires = delivery(&rules, &transfer, morning).expires_at.unwrap();
    assert_eq!(expires.unix_seconds - morning.unix_seconds, 2 * HOUR);
}

#[test]
fn a_late_debit_is_told_with_its_date_or_not_at_all() {
    let rules = rules("[late]\ndated-after = \"12h\"\nuntold-after = \"3d\"");
    let debit = facts("purchase", 20_000);
    assert_eq!(delivery(&rules, &debit, after(12)).template, "purchase");
    assert_eq!(delivery(&rules, &debit, after(13)).template, "purchase-dated");
    let decision = rules.route(&debit, after(73)).unwrap();
    assert!(matches!(decision.outcome, Outcome::Suppress));
    assert_eq!((decision.reason.as_str(), decision.rule.as_str()), ("too-late", "late"));
    // Money that came back is told whenever it is known, and so is what is silent.
    let reason = |facts: &Facts| rules.route(facts, after(100)).unwrap().reason;
    assert_eq!(reason(&facts("purchase", 20)), "below-threshold");
    assert_eq!(reason(&facts("refund", 20_000)), "no-rule");
}

#[test]
fn how_old_it_is_is_a_fact() {
    let old = r#"
[[rule]]
name = "old"
when = 'kind == "refund" && age_minutes > 90'
suppress = "old"
"#;
    let rules = rules(old);
    let reason = |now| rules.route(&facts("refund", 1), now).unwrap().reason;
    assert_eq!((reason(after(1)), reason(after(2))), ("no-rule".into(), "old".into()));
    assert_eq!(reason(after(-1)), "no-rule");
}

#[test]
fn a_late_table_that_cannot_be_meant_is_refused() {
    for (late, detail) in [
        ("dated-after = \"3d\"\nuntold-after = \"12h\"", "longer than dated-after"),
        ("untold-after = \"60d\"", "expected a span"),
        ("untold = \"3d\"", "unknown key \"untold\""),
    ] {
        let diagnostic = refused(&format!("{RULES}\n[late]\n{late}"));
        assert!(diagnostic.detail.contains(detail), "{}", diagnostic.detail);
    }
}
