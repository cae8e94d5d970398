//! What a plugin that hangs costs: its own transaction a little more than its
//! deadline, and no other bank's anything.
//!
//! A busy machine is late by itself. So every figure is held against a control
//! that the same machine does at the same time without the host.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tillbell::{ErrorKind, Host, Limits, TripPolicy};
use tillbell_tests::{Scratch, bake, bank, transaction};
use tillbell_transaction::Transaction;

/// A debit of CNY 128.50 on a card of Harbour, with the card's full number.
const DEBIT: &str = r#"{"kind":"purchase","approval":"approved","amount":{"minor_units":12850,"currency":"CNY"},"time":"2026-11-20T08:31:05+08:00","card":{"pan":"6216261000000000018"},"cardholder":{"name":"欧阳娜娜","phone":"13800138000"},"merchant":{"name":"咖啡实验室","city":"上海","country":"CN","id":"898310057340001","terminal":"00000312","phone":"02155550100"},"rrn":"632408000123","stan":"000123"}"#;

/// A rule that computes for seconds, for every transaction that reaches it.
const ENDLESS: &str = r#"[[rule]]
name = "endless"
when = """amount == 77777 && [1,2,3,4,5,6,7,8,9,10].all(a, [1,2,3,4,5,6,7,8,9,10].all(b, [1,2,3,4,5,6,7,8,9,10].all(c, [1,2,3,4,5,6,7,8,9,10].all(d, [1,2,3,4,5,6,7,8,9,10].all(e, [1,2,3,4,5,6,7,8,9,10].all(f, a + b + c + d + e + f > 0))))))"""
suppress = "endless"

[[rule]]"#;

/// How often each is measured.
const ROUNDS: usize = 1_000;
/// How much later than its deadline a plugin that hangs may be stopped.
const LATE_MAX: Duration = Duration::from_millis(2);

/// A host with a bank whose router hangs for CNY 777.77, and another bank.
fn host(deadline_ms: u32) -> Host {
    let scratch = Scratch::copy_of_bank("harbour");
    scratch.replace("rules.toml", "[[rule]]", ENDLESS);
    let mut host = Host::new(Limits { deadline_ms, ..Limits::default() }).expect("a host");
    // Every one of many hangs is to run.
    host.set_trip_policy(TripPolicy { failures: 0, ..TripPolicy::default() });
    for folder in [scratch.path(), &bank("meridian")] {
        host.load(&bake(folder).expect("a bundle that bakes")).expect("a bundle that loads");
    }
    host
}

fn hanging() -> Transaction {
    transaction(&DEBIT.replace("12850", "77777"))
}

/// How many took longer than this.
fn later_than(time: Duration, times: &[Duration]) -> usize {
    times.iter().filter(|other| **other > time).count()
}

/// The median and the time that 99 of 100 do not exceed.
fn quantiles(times: &[Duration]) -> (Duration, Duration) {
    let mut times = times.to_vec();
    times.sort_unstable();
    (times[times.len() / 2], times[times.len() * 99 / 100])
}

/// Spins until another thread, which slept so long, says stop: the best that
/// this machine can do for a plugin that hangs.
fn spin_until_told(wait: Duration) -> Duration {
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let (start, stop) = (Instant::now(), &stop);
        scope.spawn(move || {
            thread::sleep(wait.saturating_sub(start.elapsed()));
            stop.store(true, Ordering::Relaxed);
        });
        while !stop.load(Ordering::Relaxed) {
            std::hint::spin_loop();
        }
        start.elapsed()
    })
}

#[test]
fn a_hang_delays_its_own_transaction_by_its_deadline_and_2_ms() {
    let deadline_ms = Limits::default().deadline_ms;
    let deadline = Duration::from_millis(deadline_ms.into());
    let (host, transaction) = (host(deadline_ms), hanging());
    let (mut hangs, mut controls) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let start = Instant::now();
        let outcome = host.process(&transaction, transaction.time);
        hangs.push(start.elapsed());
        assert_eq!(outcome.failures[0].kind, ErrorKind::Deadline, "{:?}", outcome.failures);
        controls.push(spin_until_told(deadline));
    }
    let earliest = *hangs.iter().min().expect("measured above");
    assert!(earliest >= deadline, "stopped after {earliest:?}");
    let late = later_than(deadline + LATE_MAX, &hangs);
    // What this machine does not manage either, without the host.
    let control = later_than(deadline + LATE_MAX, &controls);
    println!("{late} late, control {control}: {:?} {:?}", quantiles(&hangs), quantiles(&controls));
    assert!(late <= ROUNDS / 100 + 2 * control, "{late} late, {control} without the host");
}

/// How long the other bank's transactions take while a thread is busy.
fn beside(host: &Host, busy: impl Fn() + Sync) -> Vec<Duration> {
    let transaction = transaction(&DEBIT.replace("6216261000000000018", "4242424242424242"));
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                busy();
            }
        });
        let times = (0..ROUNDS)
            .map(|_| {
                thread::sleep(Duration::from_micros(500));
                let start = Instant::now();
                let outcome = host.process(&transaction, transaction.time);
                let time = start.elapsed();
                assert_eq!(outcome.bundle.as_deref(), Some("meridian"));
                assert_eq!(outcome.failures, []);
                time
            })
            .collect();
        stop.store(true, Ordering::Relaxed);
        times
    })
}

#[test]
fn a_hang_delays_no_other_banks_transaction() {
    // Time enough that the other bank's own plugins never run into it.
    let host = host(50);
    let transaction = hanging();
    let hang = beside(&host, || {
        let outcome = host.process(&transaction, transaction.time);
        assert_eq!(outcome.failures[0].kind, ErrorKind::Deadline);
    });
    let control = beside(&host, || {
        let start = Instant::now();
        while start.elapsed() < Duration::from_millis(50) {
            std::hint::spin_loop();
        }
    });
    let late = later_than(LATE_MAX, &hang);
    let control_late = later_than(LATE_MAX, &control);
    println!(
        "{late} late, control {control_late}: {:?} {:?}",
        quantiles(&hang),
        quantiles(&control)
    );
    assert!(quantiles(&hang).0 < LATE_MAX, "{:?}", quantiles(&hang));
    assert!(late <= ROUNDS / 100 + 2 * control_late, "{late} late, {control_late} without a hang");
}
