use super::*;
use crate::interface::tillbell::plugin::types::{Approval, Diagnostic};
use crate::samples::{NOW, sample};

const RULES: &str = r#"
[bank]
locales = ["zh-CN", "en"]
quiet-hours = "22:00-07:00"

[thresholds]
CNY = "100.00"

[[rule]]
name = "declined"
when = 'approval == "declined"'
suppress = "declined"

[[rule]]
name = "small"
when = 'kind == "purchase" && below_threshold'
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
when = 'kind == "inquiry" && cardholder_quiet'
defer = "quiet-hours"
until = "quiet-hours-end"

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
        Ok(_) => panic!("accepted"),
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
    assert_eq!(deliveries[0].expires_at.unwrap().unix_seconds, NIGHT.unix_seconds + 86_400);
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
    assert!(matches!(decided(&facts, NOW).outcome, Outcome::Suppress));
}

#[test]
fn where_nobody_can_be_reached_nobody_is_told() {
    let text = RULES
        .replace("party = \"cardholder\",", "party = \"cardholder\", requires-contact = true,");
    let (rules, configured) = read(&text).map_err(|error| format!("{error:?}")).unwrap();
    assert_eq!(configured.len(), 6);
    let mut facts = facts("purchase", 20_000);
    facts.cardholder.channels.clear();
    assert_eq!(rules.route(&facts, NOW).unwrap().reason, "no-contact");
}

#[test]
fn a_wrong_rule_is_refused_with_its_line() {
    for (from, to, line, detail) in [
        ("[default]\nsuppress = \"no-rule\"", "", 0, "no [default]"),
        ("approval == \"declined\"'", "approval == '", 11, "when:"),
        ("kind == \"purchase\"\n'''", "kind == \"purchase\" &&\n&& true\n'''", 29, "when:"),
        ("approval ==", "aproval ==", 11, "undeclared reference to \"aproval\""),
        ("money(\"CNY 5000.00\")", "money(\"CNY 5000.005\")", 21, "no amount in CNY"),
        ("money(\"CNY 5000.00\")", "money(\"5000\")", 21, "CNY 100.00"),
        ("currency == \"CNY\" && amount", "amount", 21, "in front of it"),
        ("'approval == \"declined\"'", "'approval'", 11, "not true or false"),
        ("'approval == \"declined\"'", "'frobnicate(approval)'", 11, "frobnicate"),
        ("'approval == \"declined\"'", "'amount == \"a\" + 1'", 11, "do not fit"),
        ("suppress = \"declined\"", "supress = \"declined\"", 12, "unknown field `supress`"),
        ("suppress = \"declined\"", "suppress = \"Declined\"", 12, "a reason is"),
        ("suppress = \"declined\"", "suppress = \"d\"\nnotify = \"d\"", 10, "expected one of"),
        ("suppress = \"declined\"", "notify = \"d\"", 12, "to = [...]"),
        ("name = \"small\"", "name = \"declined\"", 15, "each name once"),
        ("party = \"merchant\"", "party = \"bank\"", 32, "unknown variant"),
        ("\"24h\"", "\"1 day\"", 31, "expires-after"),
        ("locale = \"zh-CN\"", "locale = \"fr\"", 32, "bank's locales"),
        ("22:00-07:00", "22:00-25:00", 4, "quiet-hours"),
        ("\"100.00\"", "\"100.005\"", 7, "thresholds"),
        ("CNY = ", "RMBY = ", 7, "currency"),
        ("priority = 100", "priority = 101", 23, "above 100"),
        ("until = \"quiet-hours-end\"", "until = \"morning\"", 39, "until"),
    ] {
        assert!(RULES.contains(from), "{from}");
        let diagnostic = refused(&RULES.replacen(from, to, 1));
        assert!(diagnostic.detail.contains(detail), "{to}: {}", diagnostic.detail);
        assert_eq!(diagnostic.line, line, "{to}: {}", diagnostic.detail);
        assert_eq!(diagnostic.file, "rules.toml");
    }
    assert!(matches!(Rules::read(&[]), Err(ConfigureError::Missing(_))));
}
