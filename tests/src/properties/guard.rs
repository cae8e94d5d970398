//! The guard: it never panics, it names places that are in the text, it takes
//! time in proportion to the text; and what it redacts holds no card number.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use tillbell::Manifest;
use tillbell::guard::{self, Guard, Rule};
use tillbell_transaction::Transaction;

use super::lines_of;
use crate::transaction;

/// How far an input is repeated.
const LONG_BYTES: usize = 64 * 1024;
/// How long the guard may look at so much, slow machines and checks included.
/// Were it quadratic, it would be minutes.
const LONG_TIME_MAX: Duration = Duration::from_millis(1_500);

const EVENT: &str = r#"{"kind":"purchase","approval":"approved","amount":{"minor_units":12850,"currency":"CNY"},"fee":{"minor_units":500,"currency":"CNY"},"balance":{"minor_units":302175,"currency":"CNY"},"time":"2026-11-20T08:31:05+08:00","card":{"pan":"6216261000000000018"},"cardholder":{"name":"欧阳娜娜","phone":"13800138000","email":"nana@mail.example","id_number":"11010519491231002X","account":"6001234567890"},"merchant":{"name":"咖啡实验室","city":"上海","country":"CN","id":"898310057340001","terminal":"00000312","phone":"02155550100"},"rrn":"632408000123","stan":"000123"}"#;

/// # Panics
/// If a finding is not in the text, or the guard takes too long.
pub fn holds(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let (manifest, transaction) = known();
    let guard = Guard::new().with_sender(&manifest.sender).with_transaction(transaction);
    let findings = guard.inspect(&text);
    assert!(findings.is_sorted_by_key(|finding| finding.start), "{findings:?} in {text:?}");
    for finding in findings {
        assert!(text.get(finding.start..finding.end).is_some(), "{finding:?} in {text:?}");
    }
    let redacted = guard::redact(&text);
    let left = Guard::new().inspect(&redacted);
    assert!(!left.iter().any(|finding| finding.rule == Rule::Pan), "{redacted:?}");
    // Looking at long texts is slow here, so only every so often.
    if !text.is_empty() && input.iter().map(|byte| usize::from(*byte)).sum::<usize>() % 64 == 0 {
        let long = text.repeat(LONG_BYTES.div_ceil(text.len()));
        let times = (0..3).map(|_| {
            let started = Instant::now();
            std::hint::black_box(guard.inspect(&long));
            started.elapsed()
        });
        let best = times.min().unwrap_or_default();
        assert!(best < LONG_TIME_MAX, "{best:?} for {} bytes of {text:?}", long.len());
    }
}

/// A bank, and a transaction with every secret that there is.
fn known() -> &'static (Manifest, Transaction) {
    static KNOWN: OnceLock<(Manifest, Transaction)> = OnceLock::new();
    KNOWN.get_or_init(|| {
        let manifest = include_str!("../../../examples/banks/harbour/tillbell.toml");
        (Manifest::parse(manifest).expect("a manifest"), transaction(EVENT))
    })
}

/// Messages of the examples, and what must not leave.
pub fn seeds() -> Vec<Vec<u8>> {
    let mut seeds: Vec<Vec<u8>> = lines_of("examples/expected/day.txt")
        .into_iter()
        .filter(|line| line.starts_with(b"    "))
        .map(|line| line.trim_ascii().to_vec())
        .step_by(5)
        .collect();
    seeds.extend(
        [
            "卡号6216261000000000018消费",
            "4242 4242-4242.4242",
            "４２４２٤٢٤٢④②④②𝟒𝟐𝟒𝟐",
            "4\u{200b}2\u{200b}42 4242\u{ad}4242 4242",
            "11010519491231002X 11010519491231002Ｘ",
            "GB82 WEST 1234 5698 7654 32, nana@example.com, CVV：123, 验证码482913",
            "请致电13900001111 https://bank.example@evil.example/ xn--80ak6aa92e.example",
            "¥1,280.50 CNY128.5 人民币壹佰贰拾捌元伍角 1.3万元 KWD 0.128",
            "【海港银行】【海港银行】【】\u{202e}\u{e000}",
        ]
        .map(|text| text.as_bytes().to_vec()),
    );
    seeds
}
