//! The outbox against a model: random lives of random debits, and the invariants
//! after each step. A failing sequence shrinks to a list of steps.
//!
//! ```sh
//! cargo test -p tillbell-delivery --test model                    # 2,000 sequences
//! TILLBELL_MODEL_CASES=100000 cargo test --release -p tillbell-delivery --test model
//! ```
//! 2,000 sequences took 110 s on two shared cores in release.
//!
//! `TILLBELL_MODEL_SEED` (a number) draws other sequences; the same one, the same.

mod model;
mod peer;
mod regressions;
mod steps;
mod world;

use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use steps::Step;

/// Sequences, unless TILLBELL_MODEL_CASES says otherwise.
const CASES: u32 = 2_000;

fn number(name: &str) -> Option<u32> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

/// As many tests, so that they run beside each other.
const SHARDS: u32 = 4;

#[test]
fn each_event_is_told_netted_waiting_in_doubt_or_excused_1() {
    lives(0);
}

#[test]
fn each_event_is_told_netted_waiting_in_doubt_or_excused_2() {
    lives(1);
}

#[test]
fn each_event_is_told_netted_waiting_in_doubt_or_excused_3() {
    lives(2);
}

#[test]
fn each_event_is_told_netted_waiting_in_doubt_or_excused_4() {
    lives(3);
}

fn lives(shard: u32) {
    let config = Config {
        cases: number("TILLBELL_MODEL_CASES").unwrap_or(CASES).div_ceil(SHARDS),
        failure_persistence: None,
        // Steps are left out in blocks, which is faster: see [`shrunk`].
        max_shrink_iters: 0,
        ..Config::default()
    };
    let mut seed = [7; 32];
    seed[..4].copy_from_slice(&number("TILLBELL_MODEL_SEED").unwrap_or(0).to_be_bytes());
    seed[4..8].copy_from_slice(&shard.to_be_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let run = |steps: Vec<Step>| world::run(&steps).map_err(TestCaseError::fail);
    match runner.run(&steps::sequence(), run) {
        Ok(()) => {}
        Err(TestError::Fail(_, steps)) => {
            let (steps, why) = shrunk(steps);
            let list: Vec<String> = steps.iter().map(|step| format!("    {step:?},")).collect();
            panic!("{why}\n{}", list.join("\n"));
        }
        Err(other) => panic!("{other}"),
    }
}

/// Leaves out what a violation does not need; it stays the same one, whatever its
/// numbers are.
fn shrunk(mut steps: Vec<Step>) -> (Vec<Step>, String) {
    let what = |why: &str| -> String {
        let why = why.rsplit("}: ").next().unwrap_or(why);
        why.chars().filter(|letter| !letter.is_ascii_digit()).take(60).collect()
    };
    let mut why = world::run(&steps).expect_err("it failed before");
    let first = what(&why);
    let again = |steps: &[Step]| world::run(steps).err().filter(|why| what(why) == first);
    let mut block = steps.len().div_ceil(2);
    while block > 0 {
        let mut at = 0;
        while at < steps.len() {
            let mut fewer = steps.clone();
            fewer.drain(at..(at + block).min(steps.len()));
            match again(&fewer) {
                Some(still) => (steps, why) = (fewer, still),
                None => at += block,
            }
        }
        block /= 2;
    }
    for at in 0..steps.len() {
        let mut plain = steps.clone();
        plain[at].undress();
        if let Some(still) = again(&plain) {
            (steps, why) = (plain, still);
        }
    }
    (steps, why)
}
