//! Cold start: from what was compiled beforehand, in memory, to the first
//! verdict; engine, state or host are made in between.

use std::path::Path;

use crate::clock::Clock;
use crate::contender::{Files, Way};
use crate::processes;

/// How many processes are started for each way.
const PROCESSES: usize = 9;

/// Measures one start and prints it in microseconds.
pub(crate) fn child(way: Way, files: &Files) {
    let transactions = crate::transactions();
    let clock = Clock::start();
    let verdict = way.start(files).answer(&transactions[0]);
    let took = clock.micros();
    assert_eq!(verdict.messages.len(), 2, "the first transaction makes two messages");
    println!("{}", took);
}

/// The median of several starts, in microseconds.
pub(crate) fn measure(way: Way, folder: &Path) -> f64 {
    let starts = (0..PROCESSES).map(|_| processes::run("cold", &way.argument(), folder)[0]);
    processes::median(starts.collect())
}
