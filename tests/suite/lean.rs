//! What a till links: `tillbell`'s dependencies are those of `lean.txt`, and a
//! newcomer must be put there by hand, with a reason to be on a till.

use std::collections::BTreeSet;
use std::process::Command;

use tillbell_tests::root;

/// What would make the host another thing: compilers, runtimes, engines.
const NEVER: [&str; 8] = [
    "cranelift-codegen",
    "wasmtime-internal-cranelift",
    "wasmtime-internal-winch",
    "wasmtime-wasi",
    "tokio",
    "regex",
    "regex-automata",
    "openssl-sys",
];

#[test]
fn the_host_depends_on_what_is_listed_and_nothing_else() {
    let listed: BTreeSet<_> = include_str!("lean.txt")
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(str::to_owned)
        .collect();
    let linked = linked();
    let newcomers: Vec<_> = linked.difference(&listed).collect();
    assert!(newcomers.is_empty(), "newcomers on the till: {newcomers:?}");
    let gone: Vec<_> = listed.difference(&linked).collect();
    assert!(gone.is_empty(), "no longer needed, take them off lean.txt: {gone:?}");
    for name in NEVER {
        assert!(!linked.contains(name), "{name} has no place on a till");
    }
}

/// The packages that are linked into a program with `tillbell`, for Linux.
fn linked() -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "--locked", "-p", "tillbell"])
        .args(["--edges", "normal,no-proc-macro", "--prefix", "none", "--format", "{p}"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("names of packages");
    text.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}
