//! How long the guard takes: to prepare a party's witnesses, for a text of 119 characters, and
//! for the worst texts of 2,048 bytes that are known; the best and the median of many batches:
//! `cargo run --release -p tillbell-guard --example inspect_time`. A word behind it (`-- text`)
//! takes only what has it in its name.

use std::hint::black_box;
use std::time::Instant;

use tillbell_guard::{Guard, Reader, Sender, Shown};
use tillbell_transaction::{Party, Record, json};

const BATCHES: usize = 200;

const EVENT: &str = r#"{"kind":"purchase","approval":"approved","amount":{"minor_units":128050,"currency":"CNY"},"balance":{"minor_units":302175,"currency":"CNY"},"time":"2026-11-20T08:31:05+08:00","card":{"pan":"6216261000000000018"},"cardholder":{"name":"欧阳娜娜","phone":"+8613800138000"},"merchant":{"name":"咖啡实验室","city":"上海","country":"CN","id":"305310057340001","terminal":"00000312"},"rrn":"632408000123","stan":"000123"}"#;
const TEXT: &str = "【海港银行】您尾号0018的卡11月20日08:31:05在咖啡实验室消费CNY 1,280.50，余额CNY 3,021.75，凭证号632408000123。祝您生活愉快！如有疑问请致电95500。感谢您选择海港银行，我们竭诚为您服务";

/// What is repeated to make a text of 2,048 bytes, each a kind of work: numbers that may be
/// parts of many things, marks, links, letters that look alike.
const ATOMS: [&str; 6] = ["1-", "08:31 11.20 ", "CNY 1k ", "a.b.", "①二", "+8 (0"];

fn time(name: &str, rounds: u32, mut once: impl FnMut()) {
    if std::env::args().nth(1).is_some_and(|word| !name.contains(&word)) {
        return;
    }
    let mut batches: Vec<u128> = (0..BATCHES)
        .map(|_| {
            let start = Instant::now();
            (0..rounds).for_each(|_| once());
            start.elapsed().as_nanos() / u128::from(rounds)
        })
        .collect();
    batches.sort_unstable();
    println!("{name}: best {} ns, median {} ns", batches[0], batches[BATCHES / 2]);
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let Record::Transaction(transaction) = json::read(EVENT.as_bytes())? else {
        return Err("no transaction".into());
    };
    let sender = Sender::new("【海港银行】", "95500", 5).with_links(vec!["harbour.example".into()]);
    let mut guard = Guard::new().with_sender(&sender).with_transaction(&transaction);
    let mut party = Party::Merchant;
    time("prepared for a party", 500, || {
        party = if party == Party::Merchant { Party::Cardholder } else { Party::Merchant };
        guard.turn_to(Reader::new(party, "zh-CN", Shown::ALL));
    });
    guard.turn_to(Reader::new(Party::Cardholder, "zh-CN", Shown::ALL));
    assert!(guard.inspect(TEXT).is_empty(), "{:?}", guard.inspect(TEXT));
    let name = format!("a text of {} characters", TEXT.chars().count());
    time(&name, 500, || {
        black_box(guard.inspect(black_box(TEXT)));
    });
    for atom in ATOMS {
        let text: String =
            atom.chars().cycle().take(2_048 / atom.len() * atom.chars().count()).collect();
        time(&format!("2,048 bytes of {atom:?}"), 1, || {
            black_box(guard.inspect(black_box(&text)));
        });
    }
    Ok(())
}
