use super::*;
use crate::interface::tillbell::plugin::types::{Direction, Event, Preferences};
use crate::interface::{ConfigurationFile, ConfigureError};

const NOW: Time = Time { unix_seconds: 1_795_134_665, utc_offset_minutes: -300 };

fn read(text: &str) -> Result<Policy, (u32, String)> {
    let file = ConfigurationFile { path: "router.conf".into(), contents: text.into() };
    match Policy::read(&[file]) {
        Ok((policy, _)) => Ok(policy),
        Err(ConfigureError::Invalid(wrong)) => {
            assert_eq!(wrong.file, "router.conf");
            Err((wrong.line, wrong.detail))
        }
        Err(ConfigureError::Missing(what)) => panic!("missing {what}"),
    }
}

fn facts(kind: &str, approval: Approval, amount: (i64, &str, u8), entry_mode: &str) -> Facts {
    let preferences = || Preferences {
        locale: None,
        channels: vec!["sms".into()],
        threshold: None,
        quiet_hours: None,
        utc_offset_minutes: None,
    };
    let (minor_units, currency, exponent) = amount;
    Facts {
        event: Event {
            kind: kind.into(),
            original_kind: None,
            approval,
            direction: Direction::Debit,
            amount: Money { minor_units, currency: currency.into(), exponent },
            original_amount: None,
            billing: None,
            cashback: None,
            category: "5812".into(),
            entry_mode: entry_mode.into(),
            time: NOW,
            age_seconds: 0,
        },
        bin: 378_282,
        brand: "amex".into(),
        card_token: None,
        merchant_id: String::new(),
        terminal_id: String::new(),
        country: "US".into(),
        cardholder: preferences(),
        merchant: preferences(),
    }
}

/// A second event about a transaction of this kind.
fn about(original_kind: &str, kind: &str) -> Facts {
    let mut facts = facts(kind, Approval::Approved, (1, "USD", 2), "chip");
    facts.event.original_kind = Some(original_kind.into());
    facts
}

#[test]
fn the_merchant_is_told_of_what_is_unusual() {
    let policy = read(include_str!("../../../banks/kite/router.conf")).unwrap();
    let approved = Approval::Approved;
    for (facts, reason, told) in [
        (facts("purchase", approved, (49_999, "USD", 2), "chip"), "cardholder-only", 1),
        (facts("purchase", approved, (50_000, "USD", 2), "chip"), "high-amount", 2),
        (facts("purchase", approved, (74_999, "JPY", 0), "qr"), "cardholder-only", 1),
        (facts("purchase", approved, (75_000, "JPY", 0), "qr"), "high-amount", 2),
        (facts("purchase", approved, (1, "EUR", 2), "chip"), "high-amount", 2),
        (facts("purchase", approved, (1, "USD", 2), "manual"), "unusual-entry-mode", 2),
        (about("purchase", "reversal"), "money-back", 2),
        (about("refund", "void"), "refund-undone", 2),
        (about("deposit", "reversal"), "refund-undone", 2),
        (about("pre-authorisation", "void"), "hold-released", 2),
        (about("purchase", "adjustment"), "adjustment", 2),
        (facts("reversal", approved, (1, "USD", 2), "chip"), "cancelled", 2),
        (facts("verification", approved, (0, "EUR", 2), "manual"), "cardholder-only", 1),
        (facts("purchase", Approval::Declined, (1, "USD", 2), "chip"), "declined", 0),
        (facts("inquiry", approved, (1, "USD", 2), "chip"), "inquiry", 0),
        (facts("instalment", approved, (1, "USD", 2), "chip"), "no-message-for-this-kind", 0),
    ] {
        let decision = policy.route(&facts, NOW);
        assert_eq!(decision.reason, reason);
        match decision.outcome {
            Outcome::Notify(deliveries) => {
                let roles = deliveries.iter().map(|delivery| delivery.role.as_str());
                assert!(roles.eq(["cardholder", "merchant"].into_iter().take(told)), "{reason}");
                let expires = deliveries[0].expires_at.unwrap().unix_seconds;
                assert_eq!(expires, NOW.unix_seconds + 24 * 3_600);
            }
            _ => assert_eq!(told, 0, "{reason}"),
        }
    }
    let partial = facts("purchase", Approval::PartiallyApproved, (1, "USD", 2), "chip");
    let Outcome::Notify(deliveries) = policy.route(&partial, NOW).outcome else { panic!() };
    assert_eq!(deliveries[0].template, "partial-approval");
}

#[test]
fn a_merchant_without_a_contact_is_not_told() {
    let policy = Policy::default();
    let mut facts = facts("purchase", Approval::Approved, (90_000, "USD", 2), "chip");
    facts.merchant.channels.clear();
    let Outcome::Notify(deliveries) = policy.route(&facts, NOW).outcome else { panic!() };
    assert_eq!(deliveries.len(), 1);
}

#[test]
fn a_bad_line_is_refused_with_its_number() {
    for (text, line, detail) in [
        ("# nothing\n\nmerchant-from-usd\n", 3, "key = value"),
        ("merchant-from-usd = 500\n", 1, "2 decimals"),
        ("merchant-from-usd = 5.000\n", 1, "2 decimals"),
        ("merchant-from-usd = -5.00\n", 1, "2 decimals"),
        ("merchant-from-jpy = 500.00\n", 1, "0 decimals"),
        ("merchant-from-jpy =\n", 1, "0 decimals"),
        ("merchant-from-jpy = 99999999999999999999\n", 1, "0 decimals"),
        ("merchant-from-jpy = 1\nmerchant-from-jpy = 2\n", 2, "set twice"),
        ("expires-after-hours = 0\n", 1, "1 to 168"),
        ("usual-entry-modes = chip,,qr\n", 1, "entry modes"),
        ("merchant-from-eur = 1.00\n", 1, "unknown key"),
        (&"\n".repeat(101), 101, "more than 100"),
    ] {
        let (at, why) = read(text).map(|_| ()).unwrap_err();
        assert_eq!(at, line, "{text}");
        assert!(why.contains(detail), "{text}: {why}");
    }
    assert!(matches!(Policy::read(&[]), Err(ConfigureError::Missing(_))));
}
