//! The bench itself as another process, and numbers from its output.

use std::env;
use std::path::Path;
use std::process::Command;

/// Runs the bench with these arguments; gives the numbers that it prints.
pub(crate) fn run(command: &str, what: &str, folder: &Path) -> Vec<f64> {
    let output = Command::new(env::current_exe().expect("the bench's own path"))
        .args([command, what])
        .arg(folder)
        .output()
        .expect("the bench starts");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command} {what} failed: {errors}");
    let text = String::from_utf8(output.stdout).expect("numbers");
    text.split_whitespace().map(|number| number.parse().expect("a number")).collect()
}

/// The median of measurements.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// What this process has in memory, in KiB: each page that several mappings
/// share counts once (the proportional set size).
pub(crate) fn resident_kib() -> f64 {
    let rollup = std::fs::read_to_string("/proc/self/smaps_rollup").expect("Linux");
    let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:")).expect("a line for Pss");
    line.split_whitespace().next().and_then(|kib| kib.parse().ok()).expect("a number of KiB")
}
