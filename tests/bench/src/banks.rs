//! What a host costs as its banks become more.

use std::path::Path;

use tillbell::{Artefact, Host, Limits};
use tillbell_transaction::{Bin, Transaction};

use crate::clock::Clock;
use crate::contender::Files;
use crate::processes::{median, resident_kib};
use crate::{bank, processes};

/// How many banks.
const COUNTS: [usize; 4] = [1, 10, 100, 1_000];
/// The first bank's BIN; the others follow.
const FIRST_BIN: u32 = 620_000;
/// Transactions of one measurement, and how often it is taken.
const TRANSACTIONS: usize = 2_000;
const TURNS: usize = 5;

/// Loads so many banks and prints KiB before and after, the time to load in
/// milliseconds, and microseconds for a transaction: all of one bank's cards,
/// and of each bank's in turn. Then the same in turn, and the KiB after it, of a
/// host that may process as many transactions at once as it has banks: that
/// makes a slot of its pool for each bank's plugins, so none has to be cleared
/// for another's.
pub(crate) fn child(count: usize, files: &Files) {
    let artefact = bank::artefact(&files.artefact);
    let transactions: Vec<_> = (0..count).map(of_bank).collect();
    let limits = bank::limits();
    let before = resident_kib();
    let (host, loading) = load(count, &artefact, &limits);
    let loaded = resident_kib();
    let one = time(&host, &transactions[..1]);
    let all = time(&host, &transactions);
    drop(host);
    let at_once = limits.concurrent_transactions.max(u32::try_from(count).unwrap_or(u32::MAX));
    let limits = Limits { concurrent_transactions: at_once, ..limits };
    let (host, _) = load(count, &artefact, &limits);
    let reloaded = resident_kib();
    let slots = time(&host, &transactions);
    let warm = resident_kib() - reloaded;
    println!("{before} {loaded} {loading} {one} {all} {slots} {warm}");
}

/// A host with so many banks, and how many milliseconds loading took.
fn load(count: usize, artefact: &Artefact, limits: &Limits) -> (Host, f64) {
    let mut host = bank::host(limits, []);
    let mut loading = 0.0;
    for at in 0..count {
        let artefact = bank::for_bank(artefact, &format!("bank-{at}"), bin(at));
        let clock = Clock::start();
        host.load(&artefact).expect("an artefact that loads");
        loading += clock.micros() / 1e3;
    }
    (host, loading)
}

fn bin(at: usize) -> u32 {
    FIRST_BIN + u32::try_from(at).expect("at most a thousand")
}

/// The first transaction of the bench, with a card of this bank.
fn of_bank(at: usize) -> Transaction {
    let mut transaction = crate::transactions().swap_remove(0);
    transaction.card.bin = Bin::parse(&bin(at).to_string()).expect("six digits");
    transaction
}

fn time(host: &Host, transactions: &[Transaction]) -> f64 {
    let turn = || {
        let clock = Clock::start();
        for transaction in transactions.iter().cycle().take(TRANSACTIONS) {
            let outcome = host.process(transaction, transaction.time);
            assert_eq!(outcome.messages.len(), 2, "two messages");
            assert!(outcome.failures.is_empty(), "a stage failed");
        }
        clock.micros() / TRANSACTIONS as f64
    };
    turn();
    median((0..TURNS).map(|_| turn()).collect())
}

/// Measures each count in a process of its own; gives the table.
pub(crate) fn table(folder: &Path) -> String {
    let mut table = String::from(
        "| banks | load, each | memory, each beyond the first | all of one bank | each in turn \
         | in turn, a slot for each | memory of those slots, each bank |\n\
         | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n",
    );
    let mut first = None;
    for count in COUNTS {
        let figures = processes::run("banks", &count.to_string(), folder);
        let [before, after, loading, one, all, slots, warm] = figures[..] else {
            panic!("seven figures")
        };
        let taken = after - before;
        let beyond = taken - *first.get_or_insert(taken);
        let each = match count {
            1 => format!("({taken:.0} KiB the first)"),
            _ => format!("{:.0} KiB", beyond / (count - 1) as f64),
        };
        let (load, warm) = (loading / count as f64, warm / count as f64);
        table.push_str(&format!(
            "| {count} | {load:.2} ms | {each} | {one:.1} µs | {all:.1} µs | {slots:.1} µs \
             | {warm:.0} KiB |\n"
        ));
    }
    table
}
