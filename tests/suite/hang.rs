//! What a hung plugin costs: its own transaction, a little more than its
//! deadline; other banks' transactions, nothing. In a process of its own,
//! because it measures time.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tillbell::{ErrorKind, Host, Limits, TripPolicy};
use tillbell_tests::guests::Guest;
use tillbell_tests::{bake, bank, transaction};

/// A refund of CNY 128.50 to a card of Harbour, for which the guest spins.
const REFUND: &str = r#"{"kind":"refund","approval":"approved","amount":{"minor_units":12850,"currency":"CNY"},"time":"2026-11-20T08:31:05+08:00","card":{"pan":"6216261000000000018"},"cardholder":{"phone":"13800138000"},"rrn":"632408000123","stan":"000123"}"#;

/// What the hung bank's manifest asks for.
const DEADLINE: Duration = Duration::from_millis(5);
/// What the host may add to it.
const ADDED_MAX: Duration = Duration::from_millis(2);
/// How many transactions hang, one after the other.
const HANGING: usize = 1_000;
/// What a transaction of the other bank may take meanwhile, by the median.
const OTHER_BANK_MAX: Duration = Duration::from_millis(1);
/// The pause between two transactions of the other bank: it is not to compete
/// for the processor, but to notice whether it is held up.
const PAUSE: Duration = Duration::from_millis(1);

/// The value below which this part of them lies.
fn quantile(times: &mut [Duration], part: f64) -> Duration {
    times.sort_unstable();
    times[((times.len() - 1) as f64 * part) as usize]
}

/// Does something again and again until the hanging is over, with a pause
/// before each turn; gives how long each turn took.
fn meanwhile(over: &AtomicBool, pause: Duration, turn: impl Fn()) -> Vec<Duration> {
    let mut times = Vec::new();
    while !over.load(Ordering::Relaxed) {
        thread::sleep(pause);
        let start = Instant::now();
        turn();
        times.push(start.elapsed());
    }
    times
}

#[test]
fn a_hung_plugin_delays_its_own_transaction_only() {
    let own = Guest::read("spin").in_bank();
    own.replace("tillbell.toml", "[on-failure]", "[limits]\ndeadline-ms = 5\n\n[on-failure]");
    // The other bank has time enough for a busy machine.
    let mut host = Host::new(Limits { deadline_ms: 250, ..Limits::default() }).expect("a host");
    host.set_trip_policy(TripPolicy { failures: 0, ..TripPolicy::default() });
    for folder in [own.path(), &bank("meridian")] {
        host.load(&bake(folder).expect("a bundle that bakes")).expect("a bundle that loads");
    }
    let hanging = transaction(REFUND);
    let other = transaction(&REFUND.replace("6216261000000000018", "4242424242424242"));
    let over = AtomicBool::new(false);
    let (mut hung, mut served, mut slept) = thread::scope(|scope| {
        let served = scope.spawn(|| {
            meanwhile(&over, PAUSE, || {
                let outcome = host.process(&other, other.time);
                assert_eq!(outcome.failures, []);
                assert!(!outcome.messages.is_empty());
            })
        });
        // What this machine adds to any wait, whoever waits.
        let slept = scope.spawn(|| meanwhile(&over, Duration::ZERO, || thread::sleep(DEADLINE)));
        let hung: Vec<_> = (0..HANGING)
            .map(|_| {
                let start = Instant::now();
                let outcome = host.process(&hanging, hanging.time);
                let elapsed = start.elapsed();
                let kinds: Vec<_> = outcome.failures.iter().map(|failure| failure.kind).collect();
                assert_eq!(kinds, [ErrorKind::Deadline], "{:?}", outcome.failures);
                elapsed
            })
            .collect();
        over.store(true, Ordering::Relaxed);
        (hung, served.join().expect("no panic"), slept.join().expect("no panic"))
    });
    let (median, p99) = (quantile(&mut hung, 0.5), quantile(&mut hung, 0.99));
    let (other_median, other_p99) = (quantile(&mut served, 0.5), quantile(&mut served, 0.99));
    // On an idle machine a tenth of a millisecond; more where others compute.
    let late = quantile(&mut slept, 0.99).saturating_sub(DEADLINE);
    println!(
        "hung: median {median:?}, p99 {p99:?} of {HANGING}, deadline {DEADLINE:?}; \
         a sleep of the same length is late by {late:?} (p99); \
         other bank: median {other_median:?}, p99 {other_p99:?} of {}",
        served.len()
    );
    assert!(hung[0] >= DEADLINE, "stopped after {:?}, too early", hung[0]);
    assert!(median <= DEADLINE + ADDED_MAX, "median {median:?}");
    assert!(p99 <= DEADLINE + ADDED_MAX + late, "p99 {p99:?}, late by itself {late:?}");
    assert!(other_median <= OTHER_BANK_MAX, "the other bank: median {other_median:?}");
}
