//! The blocks of the READMEs that a run rewrites.

use std::fs;
use std::path::Path;
use std::thread::available_parallelism;

use crate::contender::Way;
use crate::rivals::Rivals;
use crate::threads::Threads;

const BEGIN: &str = "<!-- bench:begin -->";
const END: &str = "<!-- bench:end -->";

/// Puts a block between the marks.
pub(crate) fn write(readme: &Path, block: &str) {
    let text = fs::read_to_string(readme).expect("the README");
    let marked = text.split_once(BEGIN).and_then(|(before, rest)| {
        let (_, after) = rest.split_once(END)?;
        Some((before, after))
    });
    let (before, after) = marked.expect("the README's marks");
    fs::write(readme, format!("{before}{BEGIN}\n{block}{END}{after}")).expect("the README written");
}

/// What stands in the root's README.
pub(crate) fn against(rivals: &Rivals, threads: &Threads) -> String {
    let Rivals { transactions, messages, guard_micros, .. } = rivals;
    let fresh = rivals.of(Way::TillbellFresh).micros;
    format!(
        "`tests/bench/run.sh` on {}: {transactions} transactions of Harbour Bank,\n\
         {messages} messages, by each way in turn in one process. Each gave the same verdicts \
         and texts,\nbyte for byte, before any was timed. Medians of one transaction; what is \
         measured and how\nit grows: [tests/bench](tests/bench/README.md).\n\n{}\n\
         ![One transaction by each way, on a logarithmic scale](tests/bench/chart.svg)\n\n\
         Of Tillbell's {fresh:.1} µs the guard and the segment count, which no other way has, \
         take\n{guard_micros:.1} µs. Two threads of one host do {:.2} times what one does.\n\n{}",
        machine(),
        rivals.table(),
        threads.ratio,
        rivals.bars_table(),
    )
}

/// What stands in the bench's own.
pub(crate) fn growth(threads: &Threads, banks: &str, rules: &str) -> String {
    format!("On {}:\n\n{}\n{banks}\n{rules}", machine(), threads.table())
}

/// How many cores, and what sort of processor: its vendor and architecture, not
/// its model.
fn machine() -> String {
    let cores = available_parallelism().map_or(1, Into::into);
    let information = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let vendor = information
        .lines()
        .find(|line| line.starts_with("vendor_id"))
        .and_then(|line| line.split_once(':'))
        .map_or("unknown vendor", |(_, vendor)| match vendor.trim() {
            "GenuineIntel" => "Intel",
            "AuthenticAMD" => "AMD",
            vendor => vendor,
        });
    format!("{cores} shared cores ({vendor}, {})", std::env::consts::ARCH)
}
