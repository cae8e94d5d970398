//! Tillbell against what one would use instead, and how its cost grows.
//!
//! `tests/bench/run.sh` builds and runs it. Without arguments it measures, and
//! prints its tables; `cold`, `memory` and `banks` are what it runs in processes
//! of their own, where nothing is warm and nothing else takes memory.

mod bank;
mod banks;
mod chart;
mod clock;
mod cold;
mod contender;
mod extism;
mod fields;
mod json;
mod lua;
mod memory;
mod native;
mod processes;
mod report;
mod rhai;
mod rivals;
mod rules;
mod sandboxed;
mod threads;

use std::path::{Path, PathBuf};
use std::{env, fs};

use tillbell_tests::{Scratch, bank, root, transaction};
use tillbell_transaction::Transaction;

use contender::{Files, Way};

fn main() {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["all", module] => all(Path::new(module)),
        ["cold", way, folder] => cold::child(way_of(way), &Files::read(Path::new(folder))),
        ["memory", way, folder] => memory::child(way_of(way), &Files::read(Path::new(folder))),
        ["banks", count, folder] => {
            banks::child(count.parse().expect("a number"), &Files::read(Path::new(folder)));
        }
        _ => panic!("usage: tillbell-bench all PLUGIN.wasm; or run tests/bench/run.sh"),
    }
}

fn way_of(argument: &str) -> Way {
    Way::parse(argument).expect("the name of a way")
}

/// Measures everything, prints it, and writes chart and README.
fn all(module: &Path) {
    let scratch = Scratch::new();
    let module = fs::read(module).expect("the built Extism plugin");
    let bundle = bank::open(&bank("harbour"));
    let artefact = bank::bake(&bundle, &bank::limits());
    let files = Files::prepare(scratch.path(), &artefact, &module);
    let transactions = transactions();
    let rivals = rivals::measure(&files, &transactions, scratch.path());
    let threads = threads::measure(&files, &transactions);
    let banks = banks::table(scratch.path());
    let rules = rules::table();
    let against = report::against(&rivals, &threads);
    let growth = report::growth(&threads, &banks, &rules);
    println!("{against}\n{growth}");
    fs::write(bench().join("chart.svg"), chart::svg(&rivals)).expect("the chart written");
    report::write(&root().join("README.md"), &against);
    report::write(&bench().join("README.md"), &growth);
}

/// The transactions that every way must answer alike.
fn transactions() -> Vec<Transaction> {
    let feed = fs::read_to_string(bench().join("transactions.jsonl")).expect("the transactions");
    feed.lines().map(transaction).collect()
}

fn bench() -> PathBuf {
    root().join("tests/bench")
}
