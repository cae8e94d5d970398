//! What a hung plugin costs: its own transaction, a little more than its
//! deadline; other banks' transactions, nothing. In a process of its own,
//! because it measures time.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tillbell::{ErrorKind, Host, Limits, TripPolicy};
use tillbell_tests::guests::Guest;
use tillbell_tests::{bake, bank, transaction};
use tillbell_transaction::Transaction;

/// A refund of CNY 128.50 to a card of Harbour, for which the guest spins.
const REFUND: &str = r#"{"kind":"refund","approval":"approved","amount":{"minor_units":12850,"currency":"CNY"},"time":"2026-11-20T08:31:05+08:00","card":{"pan":"6216261000000000018"},"cardholder":{"phone":"13800138000"},"merchant":{"name":"咖啡实验室","city":"上海","country":"CN","id":"898310057340001","terminal":"00000312"},"rrn":"632408000123","stan":"000123"}"#;

/// What the hung bank's manifest asks for.
const DEADLINE: Duration = Duration::from_millis(5);
/// What the host may add to it.
const ADDED_MAX: Duration = Duration::from_millis(2);
/// How many transactions hang, one after the other.
const HANGING: usize = 1_000;
/// How often all of that may be tried: what is measured is the host, not what
/// else the machine does.
const ROUNDS_MAX: usize = 3;
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

/// Times the other bank's transactions, one after the other, until the hanging
/// is over.
fn serve(host: &Host, other: &Transaction, over: &AtomicBool) -> Vec<Duration> {
    let mut times = Vec::new();
    while !over.load(Ordering::Relaxed) {
        thread::sleep(PAUSE);
        let start = Instant::now();
        let outcome = host.process(other, other.time);
        times.push(start.elapsed());
        assert_eq!(outcome.failures, []);
        assert!(!outcome.messages.is_empty());
    }
    times
}

/// Times one transaction for which the plugin hangs.
fn hang(host: &Host, hanging: &Transaction) -> Duration {
    let start = Instant::now();
    let outcome = host.process(hanging, hanging.time);
    let elapsed = start.elapsed();
    let kinds: Vec<_> = outcome.failures.iter().map(|failure| failure.kind).collect();
    assert_eq!(kinds, [ErrorKind::Deadline], "{:?}", outcome.failures);
    elapsed
}

/// Computes as long as the deadline, without any sandbox; by how much it is
/// late is what the machine adds, because others compute on it, too.
fn lateness() -> Duration {
    let start = Instant::now();
    while start.elapsed() < DEADLINE {
        std::hint::spin_loop();
    }
    start.elapsed().saturating_sub(DEADLINE)
}

/// Ends the other bank's serving when it is dropped, also by a panic.
struct Ending<'a>(&'a AtomicBool);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Lets the plugin hang again and again while the other bank is served; says
/// whether nothing took too long.
fn is_in_time(host: &Host) -> bool {
    let hanging = transaction(REFUND);
    let other = transaction(&REFUND.replace("6216261000000000018", "4242424242424242"));
    let over = AtomicBool::new(false);
    let (mut hung, mut late, mut served) = thread::scope(|scope| {
        let served = scope.spawn(|| serve(host, &other, &over));
        let ending = Ending(&over);
        let times = (0..HANGING).map(|_| (hang(host, &hanging), lateness()));
        let (hung, late): (Vec<_>, Vec<_>) = times.unzip();
        drop(ending);
        (hung, late, served.join().expect("the other bank is served"))
    });
    let (median, p99) = (quantile(&mut hung, 0.5), quantile(&mut hung, 0.99));
    let (late_median, late_p99) = (quantile(&mut late, 0.5), quantile(&mut late, 0.99));
    let (other_median, other_p99) = (quantile(&mut served, 0.5), quantile(&mut served, 0.99));
    println!(
        "hung: median {median:?}, p99 {p99:?} of {HANGING}, deadline {DEADLINE:?}; \
         the machine itself adds: median {late_median:?}, p99 {late_p99:?}; \
         other bank: median {other_median:?}, p99 {other_p99:?} of {}",
        served.len()
    );
    assert!(hung[0] >= DEADLINE, "stopped after {:?}, too early", hung[0]);
    let limit = DEADLINE + ADDED_MAX;
    median <= limit + late_median
        // Twice, because two samples of the rarest hundredth are never alike.
        && p99 <= limit + late_p99 * 2
        && other_median <= OTHER_BANK_MAX
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
    assert!(
        (0..ROUNDS_MAX).any(|_| is_in_time(&host)),
        "too slow in each of {ROUNDS_MAX} rounds, see above"
    );
}
