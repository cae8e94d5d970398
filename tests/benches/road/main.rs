//! How long the road takes: `cargo bench -p tillbell-tests`, after
//! `examples/build.sh`. One thread, medians, printed as a table.
//!
//! The same plugins' logic is linked natively and called without a sandbox in
//! the same run, so that the ratio holds on any machine.

use std::fs;
use std::hint::black_box;
use std::io::{BufWriter, Write};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use tillbell::guard::Guard;
use tillbell::{Bundle, Host, Limits, Target};
use tillbell_bake::Baker;
use tillbell_iso8583::{Decoder, Dialect};
use tillbell_tests::{Scratch, bake, bank, binary, cache_path, native, root, transaction};
use tillbell_transaction::json;

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
    let micros = time.as_nanos() as f64 / 1_000.0;
    let figure = match micros {
        ..10_000.0 => format!("{micros:.2} µs"),
        _ => format!("{:.1} ms", micros / 1_000.0),
    };
    println!("| {name:<58} | {figure:>13} | {bar:<12} |");
}

fn main() {
    let harbour = bank("harbour");
    let folder = Dir::open_ambient_dir(&harbour, ambient_authority()).expect("the bank's folder");

    let start = Instant::now();
    let bundle = Bundle::open(&folder, &Limits::default()).expect("a bundle");
    Baker::new(Limits::default(), Target::host(), None)
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
    assert_eq!(native.answer(&transaction).texts, texts, "the same plugins say the same");

    println!(
        "| what                                                       |     median    | bar          |"
    );
    println!(
        "| ---------------------------------------------------------- | ------------: | ------------ |"
    );
    let fresh = median(|| {
        black_box(host.process(black_box(&transaction), transaction.time));
    });
    row("whole road, fresh sandbox, one transaction, two messages", fresh, "≤ 40 µs");
    // A party without a contact is not told by Harbour's rules.
    let alone = tillbell_tests::transaction(&EVENT.replace(r#","phone":"02155550100""#, ""));
    assert_eq!(host.process(&alone, alone.time).messages.len(), 1);
    let one = median(|| {
        black_box(host.process(black_box(&alone), alone.time));
    });
    row("  to the cardholder alone, one message", one, "");
    row("  a second party: its view, its store, its text", fresh.saturating_sub(one), "");
    let linked = median(|| {
        black_box(native.answer(black_box(&transaction)));
    });
    row("the same plugins' logic, native, no sandbox", linked, "");
    let ratio = fresh.as_nanos() as f64 / linked.as_nanos() as f64;
    println!("| {:<58} | {ratio:>11.1} × | ≤ 8 ×        |", "ratio");
    let times = outcome_times(&host, &transaction);
    for (name, time) in
        ["route", "mask (two views)", "render (two texts)", "guard and count"].iter().zip(times)
    {
        row(&format!("  {name}"), time, "");
    }
    guard_row(&host.bundle_of(&transaction).expect("a bundle"), &transaction);
    let decoding = median(|| {
        let _ = black_box(json::read(black_box(EVENT.as_bytes())));
    });
    row("decode, canonical JSON", decoding, "≤ 2 µs");
    let message = iso_message();
    let decoder = Decoder::new(Dialect::builtin("iso1987-ascii").expect("built in"))
        .reference_time(transaction.time);
    let decoding = median(|| {
        let _ = black_box(decoder.decode(black_box(&message)));
    });
    row("decode, ISO 8583", decoding, "≤ 2 µs");
    row("bake three plugins, nothing cached", baking, "≤ 5 s");
    row("warm start: open, find baked, load", warm, "≤ 20 ms");
    feed_rows();
}

/// The guard alone, with all that it can know, over one ordinary text.
fn guard_row(manifest: &tillbell::Manifest, transaction: &tillbell_transaction::Transaction) {
    const TEXT: &str = "【海港银行】您尾号0018的储蓄卡于2026年11月20日08:31:05在上海市咖啡实验室消费人民币128.50元，当前可用余额3,021.75元，凭证号632408000123。如有疑问请致电95500，谢谢，祝您生活愉快！";
    let guard = Guard::new().with_sender(&manifest.sender).with_transaction(transaction);
    assert_eq!(guard.inspect(TEXT), []);
    let time = median(|| {
        black_box(guard.inspect(black_box(TEXT)));
    });
    let name = format!("guard, one text of {} characters", TEXT.chars().count());
    row(&name, time, "≤ 3 µs");
    let time = median(|| {
        black_box(
            Guard::new().with_sender(&manifest.sender).with_transaction(black_box(transaction)),
        );
    });
    row("guard, made for a transaction", time, "");
}

/// A response of the suite's, as bytes.
fn iso_message() -> Vec<u8> {
    let file = root().join("host/tillbell-iso8583/tests/messages/ascii-0210.hex");
    let text = fs::read_to_string(file).expect("the message");
    let digits: Vec<u8> = text.trim().bytes().collect();
    let byte = |pair: &[u8]| {
        let pair = std::str::from_utf8(pair).expect("hex digits");
        u8::from_str_radix(pair, 16).expect("hex digits")
    };
    digits.chunks(2).map(byte).collect()
}

/// The whole command on a feed of 100,000 different events.
fn feed_rows() {
    const EVENTS: u32 = 100_000;
    let scratch = Scratch::new();
    let feed = scratch.path().join("feed.jsonl");
    let mut file = BufWriter::new(fs::File::create(&feed).expect("a feed"));
    for number in 0..EVENTS {
        let event = EVENT
            .replace("632408000123", &format!("6324{number:08}"))
            .replace("\"000123\"", &format!("\"{number:06}\""));
        writeln!(file, "{event}").expect("the feed written");
    }
    file.flush().expect("the feed written");
    let start = Instant::now();
    let mut child = Command::new(binary())
        .arg("run")
        .arg(bank("harbour"))
        .args(["--json", "--events"])
        .arg(&feed)
        .env("TILLBELL_CACHE", cache_path())
        .stdout(Stdio::null())
        .spawn()
        .expect("tillbell starts");
    let mut peak_kib = 0;
    while child.try_wait().expect("tillbell runs").is_none() {
        let status = fs::read_to_string(format!("/proc/{}/status", child.id()));
        let line = status.ok().and_then(|status| {
            status.lines().find(|line| line.starts_with("VmHWM")).map(str::to_owned)
        });
        let kib = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
        peak_kib = peak_kib.max(kib.unwrap_or(0));
        std::thread::sleep(Duration::from_millis(20));
    }
    let rate = f64::from(EVENTS) / start.elapsed().as_secs_f64();
    println!("| {:<58} | {rate:>10.0} /s | ≥ 15,000 /s  |", "tillbell run --json, 100,000 events");
    let peak = peak_kib as f64 / 1024.0;
    println!("| {:<58} | {peak:>10.0} MB | < 150 MB     |", "  its peak memory");
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
