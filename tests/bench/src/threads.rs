//! How much more two threads do than one, of one host.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use tillbell::Host;
use tillbell_tests::native::Bank;
use tillbell_transaction::Transaction;

use crate::bank;
use crate::clock::Clock;
use crate::contender::Files;
use crate::processes::median;

/// How long one measurement runs.
const TIME: Duration = Duration::from_millis(300);
/// How often one and two threads take turns.
const TURNS: usize = 15;

/// Transactions a second.
pub(crate) struct Threads {
    pub(crate) one: f64,
    pub(crate) two: f64,
    /// The median of the turns' ratios.
    pub(crate) ratio: f64,
    /// The same ratio of the native logic: what the machine and the allocator
    /// give.
    pub(crate) native: f64,
}

/// Measures in turns, and the native logic beside each.
pub(crate) fn measure(files: &Files, transactions: &[Transaction]) -> Threads {
    let host = bank::host(&bank::limits(), [&bank::artefact(&files.artefact)]);
    let bank = Bank::open(&bank::open(&tillbell_tests::bank("harbour")));
    let work = |stop: &AtomicBool| process(&host, transactions, stop);
    let logic = |stop: &AtomicBool| native(&bank, transactions, stop);
    let mut one = Vec::new();
    let mut two = Vec::new();
    let mut ratios = Vec::new();
    let mut natives = Vec::new();
    for _ in 0..TURNS {
        let (alone, both) = (rate(1, &work), rate(2, &work));
        ratios.push(both / alone);
        one.push(alone);
        two.push(both);
        natives.push(rate(2, &logic) / rate(1, &logic));
    }
    Threads { one: median(one), two: median(two), ratio: median(ratios), native: median(natives) }
}

/// What this many threads get done in a second that they have a core for.
fn rate(threads: usize, work: &(impl Fn(&AtomicBool) -> u64 + Sync)) -> f64 {
    let stop = AtomicBool::new(false);
    let thread = || {
        let clock = Clock::start();
        work(&stop) as f64 / clock.micros() * 1e6
    };
    thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(thread)).collect();
        thread::sleep(TIME);
        stop.store(true, Ordering::Relaxed);
        running.into_iter().map(|thread| thread.join().expect("a thread that ends")).sum()
    })
}

fn process(host: &Host, transactions: &[Transaction], stop: &AtomicBool) -> u64 {
    let mut done = 0;
    while !stop.load(Ordering::Relaxed) {
        for transaction in transactions {
            let outcome = host.process(transaction, transaction.time);
            assert!(outcome.failures.is_empty(), "a stage failed");
            done += 1;
        }
    }
    done
}

/// The same logic without a host: what is not the sandbox's.
fn native(bank: &Bank, transactions: &[Transaction], stop: &AtomicBool) -> u64 {
    let mut done = 0;
    while !stop.load(Ordering::Relaxed) {
        for transaction in transactions {
            std::hint::black_box(bank.answer(transaction));
            done += 1;
        }
    }
    done
}

impl Threads {
    /// The table, in Markdown.
    pub(crate) fn table(&self) -> String {
        let Self { one, two, ratio, native } = self;
        let met = if *ratio >= 1.8 { "met" } else { "missed" };
        format!(
            "| threads | transactions a second | | the native logic |\n\
             | ---: | ---: | --- | ---: |\n\
             | 1 | {one:.0} | | |\n\
             | 2 | {two:.0} | {ratio:.2} ×, bar ≥ 1.8 ×: {met} | {native:.2} × |\n"
        )
    }
}
