//! How long the road takes: `cargo bench -p tillbell-tests`, after
//! `examples/build.sh`. One thread, medians, printed as a table.
//!
//! The same plugins' logic is linked natively and called without a sandbox in
//! the same run, so that the ratio holds on any machine.

use std::hint::black_box;
use std::time::{Duration, Instant};

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use tillbell::{Bundle, Host, Limits};
use tillbell_bake::Baker;
use tillbell_tests::{Scratch, bake, bank, transaction};
use tillbell_transaction::json;

#[path = "native.rs"]
mod native;

const EVENT: &str = r#"{"kind":"purchase","approval":"approved","amount":{"minor_units":12850,"currency":"CNY"},"balance":{"minor_units":302175,"currency":"CNY"},"time":"2026-11-20T08:31:05+08:00","card":{"bin":"621626","last4":"0018","token":"tok_0018"},"cardholder":{"name":"欧阳娜娜","phone":"13800138000"},"merchant":{"name":"咖啡实验室","city":"上海","country":"CN","id":"898310057340001","terminal":"00000312","category":"5814","phone":"02155550100"},"entry_mode":"chip","rrn":"632408000123","stan":"000123","authorisation_code":"654321"}"#;

/// How often each figure is taken.
const ROUNDS: usize = 20_000;

/// The median of the rounds, after a tenth of them to warm up.
fn median(mut call: impl FnMut()) -> Duration {
    for _ in 0..ROUNDS / 10 {
        call();
    }
    let mut times: Vec<_> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            call();
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[times.len() / 2]
}

fn row(name: &str, time: Duration, bar: &str) {
    println!("| {name:<58} | {:>10.2} µs | {bar:<12} |", time.as_nanos() as f64 / 1_000.0);
}

fn main() {
    let harbour = bank("harbour");
    let folder = Dir::open_ambient_dir(&harbour, ambient_authority()).expect("the bank's folder");

    let start = Instant::now();
    let bundle = Bundle::open(&folder, &Limits::default()).expect("a bundle");
    Baker::new(Limits::default(), None)
        .and_then(|baker| baker.bake(&bundle, &|_| ()))
        .expect("baked");
    let baking = start.elapsed();

    bake(&harbour).expect("baked, to fill the cache");
    let start = Instant::now();
    let artefact = bake(&harbour).expect("baked before");
    let mut host = Host::new(Limits::default()).expect("a host");
    host.load(&artefact).expect("loaded");
    let warm = start.elapsed();

    let transaction = transaction(EVENT);
    let outcome = host.process(&transaction, transaction.time);
    assert_eq!(outcome.messages.len(), 2, "{outcome:?}");
    let native = native::Bank::open(&bundle);
    let texts: Vec<_> = outcome.messages.iter().map(|message| message.text.clone()).collect();
    assert_eq!(native.texts(&transaction), texts, "the same plugins say the same");

    println!(
        "| what                                                       |     median    | bar          |"
    );
    println!(
        "| ---------------------------------------------------------- | ------------: | ------------ |"
    );
    let fresh = median(|| {
        black_box(host.process(black_box(&transaction), transaction.time));
    });
    row("whole road, fresh sandbox, one transaction, two messages", fresh, "≤ 60 µs");
    let linked = median(|| {
        black_box(native.texts(black_box(&transaction)));
    });
    row("the same plugins' logic, native, no sandbox", linked, "");
    let ratio = fresh.as_nanos() as f64 / linked.as_nanos() as f64;
    println!("| {:<58} | {ratio:>11.1} × | ≤ 12 ×       |", "ratio");
    let times = outcome_times(&host, &transaction);
    for (name, time) in
        ["route", "mask (two views)", "render (two texts)", "guard and count"].iter().zip(times)
    {
        row(&format!("  {name}"), time, "");
    }
    let decoding = median(|| {
        let _ = black_box(json::read(black_box(EVENT.as_bytes())));
    });
    row("decode, canonical JSON", decoding, "≤ 2 µs");
    row("bake three plugins, nothing cached", baking, "≤ 5 s");
    row("warm start: open, find baked, load", warm, "≤ 20 ms");
    drop(Scratch::new());
}

/// The median of each stage.
fn outcome_times(host: &Host, transaction: &tillbell_transaction::Transaction) -> [Duration; 4] {
    let mut times: [Vec<Duration>; 4] = Default::default();
    for _ in 0..ROUNDS {
        let stages = host.process(transaction, transaction.time).times;
        for (times, time) in
            times.iter_mut().zip([stages.route, stages.mask, stages.render, stages.guard])
        {
            times.push(time);
        }
    }
    times.map(|mut times| {
        times.sort_unstable();
        times[times.len() / 2]
    })
}
