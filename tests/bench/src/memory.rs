//! Memory per instance: instances that live at the same time, each after its
//! first transaction of two messages, by the growth of the process.

use std::path::Path;

use crate::contender::{Files, Way};
use crate::processes::{self, resident_kib};

/// How many instances are held.
pub(crate) const INSTANCES: usize = 64;
/// How many processes do so.
const PROCESSES: usize = 5;

/// Holds instances and prints what each takes, in KiB.
pub(crate) fn child(way: Way, files: &Files) {
    let transactions = crate::transactions();
    let mut make = way.instances(files);
    let mut held = Vec::with_capacity(INSTANCES + 1);
    // The first also pays for what all share.
    for count in 0..=INSTANCES {
        let mut instance = make();
        let verdict = instance.answer(&transactions[0]);
        assert_eq!(verdict.messages.len(), 2, "the first transaction makes two messages");
        held.push(instance);
        if count == 0 {
            println!("{}", resident_kib());
        }
    }
    println!("{}", resident_kib());
}

/// What one instance takes, in KiB; none where there is nothing to hold.
pub(crate) fn measure(way: Way, folder: &Path) -> Option<f64> {
    let process = || {
        let figures = processes::run("memory", &way.argument(), folder);
        (figures[1] - figures[0]) / INSTANCES as f64
    };
    way.has_instances().then(|| processes::median((0..PROCESSES).map(|_| process()).collect()))
}
