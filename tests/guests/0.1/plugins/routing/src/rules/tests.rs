use super::*;
use crate::interface::tillbell::plugin::types::{Approval, Diagnostic, Money, Preferences};
use crate::samples::{NOW, sample};

mod conditions;
mod late;
mod refusals;
mod summary;

const RULES: &str = r#"
[bank]
locales = ["zh-CN", "en"]

[quiet-hours]
cardholder = "22:00-07:00"
merchant = "22:00-07:00"

[thresholds.cardholder]
CNY = "100.00"

[[rule]]
name = "declined"
when = 'approval == "declined"'
suppress = "declined"

[[rule]]
name = "small"
when = 'kind == "purchase" && cardholder.below_threshold'
suppress = "below-threshold"

[[rule]]
name = "large"
when = 'kind == "purchase" && currency == "CNY" && amount >= money("CNY 5000.00")'
notify = "large-debit"
to = [{ party = "cardholder", template = "purchase", priority = 100 }]

[[rule]]
name = "purchase"
when = '''
kind == "purchase"
'''
notify = "debit"
to = [
  { party = "cardholder", template = "purchase", expires-after = "24h" },
  { party = "merchant", template = "purchase", locale = "zh-CN", optional = true, requires-contact = true },
]

[[rule]]
name = "night"
when = 'kind == "inquiry" && cardholder.quiet'
defer = "quiet-hours"
until = "cardholder-quiet-end"

[default]
suppress = "no-rule"
"#;

fn read(text: &str) -> Result<(Rules, Vec<Configured>), ConfigureError> {
    Rules::read(&[ConfigurationFile { path: "rules.toml".into(), contents: text.into() }])
}

fn refused(text: &str) -> Diagnostic {
    match read(text) {
        Err(ConfigureError::Invalid(diagnostic)) => diagnostic,
        Err(ConfigureError::Missing(what)) => panic!("missing {what}"),
        Ok(_) => panic!("accepted: {text}"),
    }
}

fn facts(kind: &str, minor_units: i64) -> Facts {
    let mut facts = sample(kind, Approval::Approved, "CNY", 2);
    facts.event.amount.minor_units = minor_units;
    facts
}

fn decided(facts: &Facts, now: Time) -> Decision {
    let (rules, _) = read(RULES).map_err(|error| format!("{error:?}")).unwrap();
    rules.route(facts, now).unwrap()
}

/// 23:30 in Shanghai on the same day.
const NIGHT: Time = Time { unix_seconds: NOW.unix_seconds + 53_935, utc_offset_minutes: 480 };

#[test]
fn the_first_rule_that_holds_decides() {
    for (facts, rule, reason) in [
        (sample("purchase", Approval::Declined, "CNY", 2), "declined", "declined"),
        (facts("purchase", 9_999), "small", "below-threshold"),
        (facts("purchase", 10_000), "purchase", "debit"),
        (facts("purchase", 500_000), "large", "large-debit"),
        (facts("refund", 1), "default", "no-rule"),
    ] {
        let decision = decided(&facts, NOW);
        assert_eq!((decision.rule.as_str(), decision.reason.as_str()), (rule, reason));
    }
}

#[test]
fn deliveries_follow_party_and_quiet_hours() {
    let mut facts = facts("purchase", 20_000);
    let Outcome::Notify(deliveries) = decided(&facts, NIGHT).outcome else { panic!() };
    assert_eq!(deliveries.len(), 1, "the merchant has no contact");
    assert!(deliveries[0].not_before.is_none());
    assert_eq!(deliveries[0].expires_at.unwrap().unix_seconds, NOW.unix_seconds + 86_400);
    facts.merchant.channels = vec!["sms".into()];
    facts.cardholder.locale = Some("en-GB".into());
    let Outcome::Notify(deliveries) = decided(&facts, NIGHT).outcome else { panic!() };
    assert_eq!(deliveries[0].locale, "en");
    assert_eq!(deliveries[1].locale, "zh-CN");
    // 23:30 to 07:00.
    let wait = deliveries[1].not_before.unwrap().unix_seconds - NIGHT.unix_seconds;
    assert_eq!(wait, 7 * 3_600 + 30 * 60);
    let Outcome::Notify(deliveries) = decided(&facts, NOW).outcome else { panic!() };
    assert!(deliveries[1].not_before.is_none());
}

#[test]
fn a_transaction_is_deferred_to_the_end_of_quiet_hours() {
    let facts = facts("inquiry", 1);
    assert!(matches!(decided(&facts, NIGHT).outcome, Outcome::Defer(_)));
    // Once they are over the rule has nothing to do.
    assert_eq!(decided(&facts, NOW).rule, "default");
}

#[test]
fn where_nobody_can_be_reached_nobody_is_told() {
    let text = RULES
        .replace("party = \"cardholder\",", "party = \"cardholder\", requires-contact = true,");
    let (rules, configured) = read(&text).map_err(|error| format!("{error:?}")).unwrap();
    assert_eq!(configured.iter().filter(|item| item.sort == "rule").count(), 6);
    let mut facts = facts("purchase", 20_000);
    facts.cardholder.channels.clear();
    assert_eq!(rules.route(&facts, NOW).unwrap().reason, "no-contact");
}

#[test]
fn a_transaction_is_deferred_for_a_span_once() {
    let text = RULES.replace("until = \"cardholder-quiet-end\"", "until = \"30m\"");
    let (rules, _) = read(&text).map_err(|error| format!("{error:?}")).unwrap();
    let mut facts = facts("inquiry", 1);
    facts.event.time.unix_seconds = NIGHT.unix_seconds - 60;
    let Outcome::Defer(until) = rules.route(&facts, NIGHT).unwrap().outcome else { panic!() };
    assert_eq!(until.unix_seconds, NIGHT.unix_seconds + 29 * 60);
    assert_eq!(rules.route(&facts, until).unwrap().rule, "default");
}

const WANTED: &str = r#"
[bank]
locales = ["en"]
[quiet-hours]
cardholder = "22:00-07:00"
clock = "merchant"
[thresholds.cardholder]
CNY = "100.00"
[thresholds.merchant]
CNY = "1.00"
[[rule]]
name = "all"
when = 'kind in ["purchase", "refund", "reversal"]'
notify = "notice"
to = [
  { party = "cardholder", template = "kind", above-threshold = true, optional = true },
  { party = "merchant", template = "kind", above-threshold = true, requires-contact = true },
]
[default]
suppress = "no-rule"
"#;

/// What the rules make of these facts: the reason, and for each delivery party,
/// template and whether it waits.
fn wanted(text: &str, facts: &Facts, now: Time) -> (String, Vec<(Party, String, bool)>) {
    let (rules, _) = read(text).map_err(|error| format!("{error:?}")).unwrap();
    let decision = rules.route(facts, now).unwrap();
    let deliveries = match decision.outcome {
        Outcome::Notify(deliveries) => deliveries,
        _ => Vec::new(),
    };
    let told = deliveries.into_iter().map(|d| (d.party, d.template, d.not_before.is_some()));
    (decision.reason, told.collect())
}

#[test]
fn thresholds_are_each_party_s_and_for_debits_only() {
    let mut small = facts("purchase", 9_999);
    small.merchant.channels = vec!["sms".into()];
    let told = |facts: &Facts| {
        wanted(WANTED, facts, NOW).1.into_iter().map(|(party, ..)| party).collect::<Vec<_>>()
    };
    assert_eq!(told(&small), [Party::Merchant]);
    let wishing = |minor_units, currency: &str, exponent| {
        let threshold = Some(Money { minor_units, currency: currency.into(), exponent });
        Facts { cardholder: Preferences { threshold, ..small.cardholder.clone() }, ..small.clone() }
    };
    assert_eq!(told(&wishing(5_000, "CNY", 2)).len(), 2);
    // In another currency, or with other decimals, a wish says nothing.
    assert_eq!(told(&wishing(5_000, "USD", 2)).len(), 1);
    assert_eq!(told(&wishing(5, "CNY", 0)).len(), 1);
    for kind in ["refund", "reversal"] {
        let mut credit = small.clone();
        credit.event.kind = kind.into();
        assert_eq!(told(&credit).len(), 2, "{kind}");
    }
    let mut declined = small.clone();
    declined.event.approval = Approval::Declined;
    assert_eq!(told(&declined).len(), 2);
    let tiny = facts("purchase", 99);
    assert_eq!(wanted(WANTED, &tiny, NOW), ("below-threshold".into(), Vec::new()));
}

#[test]
fn what_touches_security_never_waits_for_the_end_of_quiet_hours() {
    for (kind, approval, waits) in [
        ("purchase", Approval::Approved, true),
        ("refund", Approval::PartiallyApproved, true),
        ("reversal", Approval::Approved, false),
        ("purchase", Approval::Declined, false),
    ] {
        let mut facts = facts(kind, 20_000);
        facts.event.approval = approval;
        let told = wanted(WANTED, &facts, NIGHT).1;
        assert_eq!(told, [(Party::Cardholder, kind.into(), waits)], "{kind}");
    }
}

#[test]
fn quiet_hours_are_read_on_the_clock_that_the_bank_names() {
    let mut abroad = facts("purchase", 20_000);
    abroad.cardholder.utc_offset_minutes = Some(0);
    assert!(wanted(WANTED, &abroad, NIGHT).1[0].2, "night at the merchant's");
    let party_clock = WANTED.replace("clock = \"merchant\"\n", "");
    assert!(!wanted(&party_clock, &abroad, NIGHT).1[0].2, "afternoon at the cardholder's");
}

#[test]
fn an_amount_is_not_compared_where_the_decimals_are_odd() {
    let mut odd = facts("purchase", 500_000);
    odd.event.amount.exponent = 3;
    let (rules, _) = read(RULES).map_err(|error| format!("{error:?}")).unwrap();
    let Err(RoutingError::RuleFailed(failure)) = rules.route(&odd, NOW) else { panic!() };
    assert_eq!(failure.rule, "large");
    assert!(failure.detail.contains("ISO 4217"));
}
