//! The reference router's rules: a file is rules that decide about anything in
//! bounded time, or an error that names a line.

use std::time::{Duration, Instant};

use tillbell_routing::Rules;
use tillbell_routing::interface::tillbell::plugin::types::{
    Approval, ConfigurationFile, ConfigureError, Direction, Event, Facts, Money, Preferences, Time,
};
use tillbell_transaction::Kind;

use super::lines_of;

/// How long reading a file and deciding about each kind may take, on a busy
/// machine and with every check compiled in.
const TIME_MAX: Duration = Duration::from_secs(20);
/// What stands before a lone condition here.
const CONDITION_MARK: &[u8] = b"?";
/// Loops within loops may take as long as they please: in the sandbox they are
/// stopped. Here nothing stops them, so files with more are passed over.
const LOOPS_MAX: usize = 3;

/// # Panics
/// If it takes too long, or an error names no line of the file.
pub fn holds(input: &[u8]) {
    let text = match input.strip_prefix(CONDITION_MARK) {
        Some(condition) => String::from_utf8_lossy(condition).replace("'''", "\"\""),
        None => return read(input),
    };
    let rule = format!("[[rule]]\nname = \"r\"\nwhen = '''\n{text}'''\nsuppress = \"r\"\n");
    read(format!("{rule}[default]\nsuppress = \"d\"\n").as_bytes());
}

fn read(contents: &[u8]) {
    let loops = [&b"exists"[..], b"all", b"filter", b"map"]
        .into_iter()
        .map(|word| contents.windows(word.len()).filter(|window| *window == word).count())
        .sum::<usize>();
    if loops > LOOPS_MAX {
        return;
    }
    let started = Instant::now();
    let file = ConfigurationFile { path: "rules.toml".into(), contents: contents.to_vec() };
    match Rules::read(&[file]) {
        Ok((rules, _)) => {
            for kind in Kind::ALL {
                // A rule may fail over facts; it may not panic.
                let _ = rules.route(&facts(kind.as_str()), NOW);
            }
        }
        Err(ConfigureError::Invalid(at)) => {
            assert_eq!(at.file, "rules.toml");
            let lines = contents.iter().filter(|byte| **byte == b'\n').count() + 1;
            assert!(at.line as usize <= lines + 1, "{at:?}");
            assert!(!at.detail.is_empty() && !at.detail.contains('\n'), "{at:?}");
        }
        Err(ConfigureError::Missing(what)) => panic!("{what}"),
    }
    assert!(started.elapsed() < TIME_MAX, "{:?}", started.elapsed());
}

const NOW: Time = Time { unix_seconds: 1_795_134_665, utc_offset_minutes: 480 };

fn facts(kind: &str) -> Facts {
    let nothing = Preferences {
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
            amount: Money { minor_units: i64::MAX, currency: "KWD".into(), exponent: 3 },
            original_amount: None,
            billing: None,
            cashback: None,
            category: "5814".into(),
            entry_mode: "chip".into(),
            time: NOW,
            age_seconds: 0,
        },
        bin: 62_162_610,
        brand: "unionpay".into(),
        card_token: Some(String::new()),
        merchant_id: "898310057340001".into(),
        terminal_id: "00000312".into(),
        country: "CN".into(),
        cardholder: nothing.clone(),
        merchant: nothing,
    }
}

/// The examples' rule files, and conditions by themselves.
pub fn seeds() -> Vec<Vec<u8>> {
    let mut seeds: Vec<Vec<u8>> = Vec::new();
    for bank in ["harbour", "meridian"] {
        let text = lines_of(&format!("examples/banks/{bank}/rules.toml")).join(&b'\n');
        let text = String::from_utf8(text).expect("UTF-8");
        let (_, default) = text.split_once("[default]").expect("a default");
        let rules = text.split("[[rule]]").skip(1);
        let rules = rules.map(|rule| rule.split("[default]").next().unwrap_or_default());
        seeds.extend(rules.map(|rule| format!("[[rule]]{rule}[default]{default}").into_bytes()));
        let head = text.split("[[rule]]").next().unwrap_or_default();
        seeds.push(format!("{head}\n[default]{default}").into_bytes());
    }
    seeds.extend(
        [
            "?amount >= money(\"CNY 5000.00\") && currency == \"CNY\"",
            "?category in [\"7011\", \"7512\"] || !(country in [\"CN\", \"\"])",
            "?[1, 2, 3].exists(n, n + time.hour > 20) ? bin.startsWith(\"62\") : size(kind) > 3",
            "?-amount % 7 * 2 - 1 != 9223372036854775807",
        ]
        .map(|condition| condition.as_bytes().to_vec()),
    );
    seeds
}
