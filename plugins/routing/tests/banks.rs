//! The example banks' rule files decide as their comments say.

use std::fs;
use std::path::Path;

use tillbell_routing::Rules;
use tillbell_routing::interface::exports::tillbell::plugin::routing::{Decision, Outcome};
use tillbell_routing::interface::tillbell::plugin::types::{
    Approval, ConfigurationFile, Direction, Event, Facts, Money, Preferences, Time,
};

/// 20 November 2026, 08:31:05 in UTC+8.
const MORNING: Time = Time { unix_seconds: 1_795_134_665, utc_offset_minutes: 480 };
/// 23:31:05 on that day.
const NIGHT: Time = Time { unix_seconds: MORNING.unix_seconds + 54_000, utc_offset_minutes: 480 };

fn rules(bank: &str) -> Rules {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../examples/banks")
        .join(bank)
        .join("rules.toml");
    let contents = fs::read(path).expect("the example bank's rules");
    let file = ConfigurationFile { path: "rules.toml".into(), contents };
    match Rules::read(&[file]) {
        Ok((rules, _)) => rules,
        Err(error) => panic!("{bank}: {error:?}"),
    }
}

fn facts(kind: &str, amount: (i64, &str, u8)) -> Facts {
    let (minor_units, currency, exponent) = amount;
    let preferences = || Preferences {
        locale: None,
        channels: vec!["sms".into()],
        threshold: None,
        quiet_hours: None,
        utc_offset_minutes: None,
    };
    Facts {
        event: Event {
            kind: kind.into(),
            original_kind: None,
            approval: Approval::Approved,
            direction: Direction::Debit,
            amount: Money { minor_units, currency: currency.into(), exponent },
            original_amount: None,
            billing: None,
            cashback: None,
            category: "5814".into(),
            entry_mode: "chip".into(),
            time: MORNING,
            age_seconds: 0,
        },
        bin: 621_626,
        brand: "unionpay".into(),
        card_token: None,
        merchant_id: "898310057340001".into(),
        terminal_id: "00000312".into(),
        country: "CN".into(),
        cardholder: preferences(),
        merchant: preferences(),
    }
}

/// The rule, and whom it tells: C and M at once, c and m later.
fn told(rules: &Rules, facts: &Facts) -> (String, String) {
    let Decision { outcome, rule, .. } = rules.route(facts, facts.event.time).expect("a decision");
    let told = match outcome {
        Outcome::Suppress => "nobody".into(),
        Outcome::Defer(_) => "later".into(),
        Outcome::Notify(deliveries) => deliveries
            .iter()
            .map(|delivery| match (delivery.role.as_str(), delivery.not_before) {
                ("cardholder", None) => 'C',
                ("cardholder", Some(_)) => 'c',
                (_, None) => 'M',
                (_, Some(_)) => 'm',
            })
            .collect(),
    };
    (rule, told)
}

#[test]
fn the_reference_s_examples_are_accepted() {
    let reference = include_str!("../README.md");
    let file = reference.split("```toml\n").nth(1).and_then(|text| text.split("```").next());
    let file = file.expect("the first example is a whole file");
    let conditions = reference.split("```toml\n").last().and_then(|text| text.split("```").next());
    let conditions = conditions.expect("the last examples are conditions");
    let mut text = file.replace("[default]\nsuppress = \"no-rule\"\n", "");
    for (number, condition) in conditions.split("when = ").skip(1).enumerate() {
        let rule =
            format!("[[rule]]\nname = \"n{number}\"\nsuppress = \"s\"\nwhen = {condition}\n");
        text.push_str(&rule);
    }
    assert!(text.contains("\"n3\""));
    text.push_str("[default]\nsuppress = \"no-rule\"\n");
    let file = ConfigurationFile { path: "rules.toml".into(), contents: text.into() };
    if let Err(error) = Rules::read(&[file]) {
        panic!("{error:?}");
    }
}

type Change = fn(&mut Facts);

/// Kind, amount, what else is so, the rule, and whom it tells.
type Case<'a> = (&'a str, (i64, &'a str, u8), Change, &'a str, &'a str);

fn check(bank: &str, cases: &[Case<'_>]) {
    let rules = rules(bank);
    for (kind, amount, change, rule, expected) in cases {
        let mut facts = facts(kind, *amount);
        change(&mut facts);
        assert_eq!(told(&rules, &facts), (rule.to_string(), expected.to_string()), "{bank} {kind}");
    }
}

const AS_IS: Change = |_| ();
const AT_NIGHT: Change = |facts| facts.event.time = NIGHT;
const ABROAD: Change = |facts| facts.country = "JP".into();
const ABROAD_AT_NIGHT: Change = |facts| {
    AT_NIGHT(facts);
    ABROAD(facts);
};
const BY_HAND: Change = |facts| facts.event.entry_mode = "manual".into();
const DECLINED: Change = |facts| facts.event.approval = Approval::Declined;
const IN_PART: Change = |facts| facts.event.approval = Approval::PartiallyApproved;
const OF_A_PURCHASE: Change = |facts| facts.event.original_kind = Some("purchase".into());
const OF_A_REFUND: Change = |facts| facts.event.original_kind = Some("refund".into());
const OF_A_HOLD: Change = |facts| facts.event.original_kind = Some("pre-authorisation".into());
const OF_A_PURCHASE_AT_NIGHT: Change = |facts| {
    OF_A_PURCHASE(facts);
    AT_NIGHT(facts);
};

#[test]
fn harbour() {
    let small = (9_999, "CNY", 2);
    let usual = (12_850, "CNY", 2);
    let large = (500_000, "CNY", 2);
    let yen = (1_200, "JPY", 0);
    check(
        "harbour",
        &[
            ("purchase", usual, AS_IS, "everyday", "CM"),
            ("purchase", small, AS_IS, "everyday", "M"),
            (
                "purchase",
                small,
                |facts| {
                    facts.cardholder.threshold =
                        Some(Money { minor_units: 0, currency: "CNY".into(), exponent: 2 });
                },
                "everyday",
                "CM",
            ),
            ("purchase", usual, AT_NIGHT, "everyday", "Cm"),
            ("purchase", large, AS_IS, "large-debit", "CM"),
            ("purchase", small, BY_HAND, "card-not-present", "CM"),
            ("purchase", small, ABROAD, "abroad", "CM"),
            ("purchase", yen, ABROAD, "abroad", "CM"),
            ("purchase", small, ABROAD_AT_NIGHT, "abroad-at-night", "Cm"),
            ("purchase", usual, DECLINED, "declined", "nobody"),
            ("reversal", small, OF_A_PURCHASE_AT_NIGHT, "reversal", "CM"),
            ("reversal", small, OF_A_REFUND, "refund-undone", "CM"),
            ("reversal", small, OF_A_HOLD, "hold-released", "CM"),
            ("reversal", small, AT_NIGHT, "cancelled", "CM"),
            ("refund", small, AT_NIGHT, "money-back", "CM"),
            ("void", small, OF_A_PURCHASE, "money-back", "CM"),
            ("void", small, OF_A_REFUND, "refund-undone", "CM"),
            ("void", small, OF_A_HOLD, "hold-released", "CM"),
            ("void", small, AS_IS, "cancelled", "CM"),
            ("adjustment", small, OF_A_PURCHASE, "adjustment", "CM"),
            ("adjustment", small, AS_IS, "adjustment", "CM"),
            ("verification", (0, "CNY", 2), AS_IS, "card-check", "C"),
            ("verification", (0, "CNY", 2), AT_NIGHT, "card-check", "c"),
            ("purchase", usual, IN_PART, "partial-approval", "CM"),
            ("cash-withdrawal", small, AT_NIGHT, "cash-at-night", "C"),
            ("cash-withdrawal", small, AS_IS, "cash-withdrawal", "C"),
            ("pre-authorisation", usual, AS_IS, "pre-authorisation", "CM"),
            ("completion", usual, AS_IS, "completion", "CM"),
            ("transfer", usual, AS_IS, "transfer", "C"),
            ("deposit", usual, AT_NIGHT, "deposit", "c"),
            ("payment", usual, AS_IS, "everyday", "CM"),
            ("purchase-with-cashback", usual, AS_IS, "everyday", "CM"),
            ("inquiry", usual, AS_IS, "inquiry", "nobody"),
            ("instalment", usual, AS_IS, "default", "nobody"),
        ],
    );
}

#[test]
fn meridian() {
    let dinars = (2_999, "KWD", 3);
    let more_dinars = (250_000, "KWD", 3);
    let yen = (1_500, "JPY", 0);
    check(
        "meridian",
        &[
            ("purchase", dinars, AS_IS, "everyday", "M"),
            ("purchase", (3_000, "KWD", 3), AS_IS, "everyday", "CM"),
            ("purchase", more_dinars, AS_IS, "large-debit", "CM"),
            ("purchase", yen, AS_IS, "everyday", "CM"),
            ("purchase", (1_499, "JPY", 0), AS_IS, "everyday", "M"),
            ("transfer", (120_000, "JPY", 0), AS_IS, "large-debit", "CM"),
            ("purchase", (1_000, "USD", 2), AS_IS, "everyday", "CM"),
            ("purchase", (1, "EUR", 2), AS_IS, "everyday", "CM"),
            (
                "purchase",
                dinars,
                |facts| facts.event.entry_mode = "magstripe".into(),
                "stripe-abroad",
                "CM",
            ),
            ("deposit", dinars, AT_NIGHT, "deposit-at-night", "later"),
            ("deposit", dinars, AS_IS, "deposit", "C"),
            ("pre-authorisation", dinars, AS_IS, "hold", "C"),
            ("reversal", dinars, AT_NIGHT, "reversal", "CM"),
            ("void", dinars, OF_A_PURCHASE, "money-back", "CM"),
            ("void", dinars, OF_A_REFUND, "refund-undone", "CM"),
            ("adjustment", dinars, OF_A_PURCHASE, "adjustment", "CM"),
            ("verification", (0, "KWD", 3), AS_IS, "card-check-in-a-shop", "nobody"),
            ("verification", (0, "KWD", 3), BY_HAND, "card-check", "C"),
            ("purchase", dinars, DECLINED, "declined", "nobody"),
        ],
    );
}
