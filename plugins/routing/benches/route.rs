//! What one decision costs natively, with the example banks' rules:
//! `cargo bench -p tillbell-routing`.

use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

use tillbell_routing::Rules;
use tillbell_routing::interface::tillbell::plugin::types::{
    Approval, ConfigurationFile, Direction, Event, Facts, Money, Preferences, Time,
};

/// 20 November 2026, 08:31:05 in UTC+8.
const NOW: Time = Time { unix_seconds: 1_795_134_665, utc_offset_minutes: 480 };

fn main() {
    // `cargo test --benches` only wants to know that it runs.
    let is_measured = std::env::args().any(|argument| argument == "--bench");
    let rounds = if is_measured { 200_000 } else { 10 };
    for bank in ["harbour", "meridian"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../examples/banks")
            .join(bank)
            .join("rules.toml");
        let contents = fs::read(path).expect("the example bank's rules");
        let files = [ConfigurationFile { path: "rules.toml".into(), contents }];
        let started = Instant::now();
        let Ok((rules, configured)) = Rules::read(&files) else { panic!("the rules are refused") };
        println!("{bank}: {} rules read in {:?}", configured.len(), started.elapsed());
        for (kind, minor_units) in [("purchase", 12_850), ("transfer", 12_850), ("reversal", 1)] {
            let facts = facts(kind, minor_units);
            let started = Instant::now();
            for _ in 0..rounds {
                let decision = rules.route(black_box(&facts), black_box(NOW));
                assert!(black_box(decision).is_ok());
            }
            println!("{bank}: {kind} {} ns", started.elapsed().as_nanos() / rounds);
        }
    }
}

fn facts(kind: &str, minor_units: i64) -> Facts {
    let preferences = || Preferences {
        locale: Some("zh-CN".into()),
        channels: vec!["sms".into()],
        threshold: None,
        quiet_hours: None,
        utc_offset_minutes: Some(480),
    };
    Facts {
        event: Event {
            kind: kind.into(),
            original_kind: None,
            approval: Approval::Approved,
            direction: Direction::Debit,
            amount: Money { minor_units, currency: "CNY".into(), exponent: 2 },
            original_amount: None,
            billing: None,
            cashback: None,
            category: "5814".into(),
            entry_mode: "chip".into(),
            time: NOW,
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
