//! Facts that conditions are tried on when a bundle is baked: every kind, every
//! approval, and currencies of each exponent; what comes second with and without
//! what it is about.

use crate::interface::tillbell::plugin::types::{
    Approval, Event, Facts, Money, Preferences, QuietHours, Time,
};
use crate::vocabulary::KINDS;

/// 20 November 2026, 08:31:05 in UTC+8.
pub(crate) const NOW: Time = Time { unix_seconds: 1_795_134_665, utc_offset_minutes: 480 };

/// The kinds of which the host may know what they take back or change.
const SECOND: [&str; 3] = ["void", "reversal", "adjustment"];

/// All sample facts.
pub(crate) fn facts() -> impl Iterator<Item = Facts> {
    KINDS.into_iter().enumerate().flat_map(of_a_kind).flat_map(|facts| {
        let about = SECOND.contains(&facts.event.kind.as_str()).then(|| {
            let mut about = facts.clone();
            about.event.original_kind = Some("purchase".into());
            about.event.original_amount = Some(facts.event.amount.clone());
            about
        });
        [Some(facts), about].into_iter().flatten()
    })
}

fn of_a_kind((index, kind): (usize, &'static str)) -> impl Iterator<Item = Facts> {
    [Approval::Approved, Approval::PartiallyApproved, Approval::Declined].into_iter().map(
        move |approval| {
            let money = [("CNY", 2), ("JPY", 0), ("KWD", 3), ("USD", 2)];
            let (currency, exponent) = money[(index + approval as usize) % money.len()];
            sample(kind, approval, currency, exponent)
        },
    )
}

pub(crate) fn sample(kind: &str, approval: Approval, currency: &str, exponent: u8) -> Facts {
    Facts {
        event: Event {
            kind: kind.into(),
            original_kind: None,
            approval,
            amount: Money { minor_units: 12_850, currency: currency.into(), exponent },
            original_amount: None,
            time: NOW,
        },
        bin: 62_162_610,
        brand: "unionpay".into(),
        card_token: None,
        merchant_id: "898310057340001".into(),
        terminal_id: "00000312".into(),
        category: "5814".into(),
        country: "CN".into(),
        entry_mode: "chip".into(),
        cardholder: Preferences {
            locale: Some("zh-CN".into()),
            channels: vec!["sms".into()],
            threshold: None,
            quiet_hours: Some(QuietHours { start_minute: 1_320, end_minute: 420 }),
            utc_offset_minutes: Some(480),
        },
        merchant: Preferences {
            locale: None,
            channels: Vec::new(),
            threshold: None,
            quiet_hours: None,
            utc_offset_minutes: None,
        },
    }
}
