//! The same transactions by every way, in one process, in turns.

use std::path::Path;
use std::time::Duration;

use tillbell_transaction::Transaction;

use crate::clock::Clock;
use crate::contender::{Contender, Files, Way};
use crate::processes::median;
use crate::{bank, cold, memory};

/// How many turns each way has.
const ROUNDS: usize = 150;
/// How often it takes all transactions in a turn, after once that is not counted.
const PASSES: usize = 4;

/// What was measured of one way.
pub(crate) struct Row {
    pub(crate) way: Way,
    /// One transaction, in microseconds.
    pub(crate) micros: f64,
    /// The same where all other ways ran just before.
    pub(crate) first_micros: f64,
    /// One instance, in KiB.
    pub(crate) memory_kib: Option<f64>,
    /// From bytes to the first verdict, in microseconds.
    pub(crate) cold_micros: f64,
}

/// What was measured.
pub(crate) struct Rivals {
    pub(crate) rows: Vec<Row>,
    /// What Tillbell's guard and count take of one transaction, in microseconds.
    pub(crate) guard_micros: f64,
    pub(crate) transactions: usize,
    pub(crate) messages: usize,
}

/// A bar that the issue sets.
pub(crate) struct Bar {
    pub(crate) what: &'static str,
    pub(crate) left: f64,
    pub(crate) limit: f64,
}

/// Asserts that all say the same, then measures them.
pub(crate) fn measure(files: &Files, transactions: &[Transaction], folder: &Path) -> Rivals {
    let mut contenders: Vec<_> = Way::ALL.into_iter().map(|way| Turns::start(way, files)).collect();
    let messages = assert_equal(&mut contenders, transactions);
    // In turns, so that what else the machine does falls on all alike; what the
    // other ways left in the caches is gone after the first pass of a turn.
    for round in 0..ROUNDS + ROUNDS / 10 {
        for Turns { contender, times, firsts, .. } in &mut contenders {
            let clock = Clock::start();
            pass(contender.as_mut(), transactions);
            let first = clock.micros() / transactions.len() as f64;
            let clock = Clock::start();
            for _ in 0..PASSES {
                pass(contender.as_mut(), transactions);
            }
            let each = clock.micros() / (PASSES * transactions.len()) as f64;
            if round >= ROUNDS / 10 {
                times.push(each);
                firsts.push(first);
            }
        }
    }
    let rows = contenders.into_iter().map(|Turns { way, contender, times, firsts }| {
        drop(contender);
        Row {
            way,
            micros: median(times),
            first_micros: median(firsts),
            memory_kib: memory::measure(way, folder),
            cold_micros: cold::measure(way, folder),
        }
    });
    let rows = rows.collect();
    let guard_micros = guard(files, transactions);
    Rivals { rows, guard_micros, transactions: transactions.len(), messages }
}

fn pass(contender: &mut dyn Contender, transactions: &[Transaction]) {
    for transaction in transactions {
        std::hint::black_box(contender.answer(std::hint::black_box(transaction)));
    }
}

/// A way, and what its turns took, of each transaction.
struct Turns {
    way: Way,
    contender: Box<dyn Contender>,
    times: Vec<f64>,
    firsts: Vec<f64>,
}

impl Turns {
    fn start(way: Way, files: &Files) -> Self {
        Self { way, contender: way.start(files), times: Vec::new(), firsts: Vec::new() }
    }
}

/// Every way gives the verdict that the native logic gives, byte for byte, also
/// when asked again; gives how many messages there were.
fn assert_equal(contenders: &mut [Turns], transactions: &[Transaction]) -> usize {
    let Some((native, others)) = contenders.split_first_mut() else { return 0 };
    let mut messages = 0;
    for transaction in transactions {
        let expected = native.contender.answer(transaction);
        messages += expected.messages.len();
        for Turns { way, contender, .. } in &mut *others {
            for _ in 0..2 {
                let verdict = contender.answer(transaction);
                assert_eq!(verdict, expected, "{} and native differ", way.name());
            }
            for party in ["cardholder", "merchant"] {
                if let Some(shown) = contender.shown(transaction, party) {
                    let expected = native.contender.shown(transaction, party);
                    assert_eq!(Some(shown), expected, "{}: another view", way.name());
                }
            }
        }
    }
    assert!(messages >= transactions.len(), "the transactions make too few messages");
    messages
}

/// The guard's and the count's share of a transaction.
fn guard(files: &Files, transactions: &[Transaction]) -> f64 {
    let host = bank::host(&bank::limits(), [&bank::artefact(&files.artefact)]);
    let round = || {
        let guarded = transactions.iter().map(|transaction| {
            let outcome = host.process(transaction, transaction.time);
            assert!(outcome.failures.is_empty(), "a stage failed");
            outcome.times.guard
        });
        guarded.sum::<Duration>().as_secs_f64() * 1e6 / transactions.len() as f64
    };
    median((0..ROUNDS).map(|_| round()).collect())
}

impl Rivals {
    pub(crate) fn of(&self, way: Way) -> &Row {
        self.rows.iter().find(|row| row.way == way).expect("every way is measured")
    }

    /// What the issue asks of Tillbell.
    pub(crate) fn bars(&self) -> [Bar; 4] {
        let micros = |way| self.of(way).micros;
        let fresh = micros(Way::TillbellFresh);
        let bar = |what, limit| Bar { what, left: fresh, limit };
        [
            bar("faster than Extism reused, three plugins", micros(Way::ExtismRolesReused)),
            bar("faster than Extism reused, one plugin", micros(Way::ExtismReused)),
            bar("faster than a fresh Lua state", micros(Way::LuaFresh)),
            bar("within 8 × native", 8.0 * micros(Way::Native)),
        ]
    }

    /// The table, in Markdown.
    pub(crate) fn table(&self) -> String {
        let native = self.of(Way::Native).micros;
        let mut table = String::from(
            "| way | one transaction | × native | after other work | memory per instance \
             | cold start |\n| --- | ---: | ---: | ---: | ---: | ---: |\n",
        );
        for row in &self.rows {
            let memory = row.memory_kib.map_or("–".into(), |kib| format!("{kib:.0} KiB"));
            table.push_str(&format!(
                "| {} | {:.1} µs | {:.1} | {:.1} µs | {memory} | {} |\n",
                row.way.name(),
                row.micros,
                row.micros / native,
                row.first_micros,
                time(row.cold_micros),
            ));
        }
        table
    }

    /// Each bar, met or missed and by how much.
    pub(crate) fn bars_table(&self) -> String {
        let mut table = String::from("| Tillbell, fresh | bar | |\n| --- | ---: | --- |\n");
        for Bar { what, left, limit } in self.bars() {
            let share = (left / limit - 1.0) * 100.0;
            let met = match left < limit {
                true => format!("met, by {:.0} %", -share),
                false => format!("missed, by {share:.0} %"),
            };
            table.push_str(&format!("| {what} | {limit:.1} µs | {met} |\n"));
        }
        table
    }
}

/// A time in the unit that fits it.
pub(crate) fn time(micros: f64) -> String {
    match micros {
        ..1_000.0 => format!("{micros:.0} µs"),
        _ => format!("{:.1} ms", micros / 1_000.0),
    }
}
