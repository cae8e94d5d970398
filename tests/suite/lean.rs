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

/// Every Rust file below a folder of the repository, with its text; tests left out.
fn sources(folder: &std::path::Path, found: &mut Vec<(std::path::PathBuf, String)>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        if path.is_dir() && name != "tests" {
            sources(&path, found);
        } else if name.ends_with(".rs") && name != "tests.rs" && name != "scene.rs" {
            let text = std::fs::read_to_string(&path).expect("a text");
            let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
            found.push((path, code.to_owned()));
        }
    }
}

/// Only `store/` knows SQL, and only `messages.rs` writes a message's state.
#[test]
fn sql_stands_in_the_store_and_a_messages_state_in_one_file() {
    let mut found = Vec::new();
    sources(&root().join("host/tillbell-delivery/src"), &mut found);
    assert!(found.len() > 30, "{} files", found.len());
    for (path, text) in found {
        let is_store = path.components().any(|part| part.as_os_str() == "store");
        let is_sql = text.contains("prepare_cached(") || text.contains("execute_batch(");
        assert!(is_store || !is_sql, "SQL in {}", path.display());
        let name = path.file_name().and_then(|name| name.to_str());
        if matches!(name, Some("messages.rs" | "migrate.rs")) {
            continue;
        }
        let squeezed = text.split_whitespace().collect::<Vec<_>>().join(" ");
        for column in ["state", "queue", "attempts", "asked_at", "has_left"] {
            let writes = format!("update messages set {column}");
            assert!(!squeezed.contains(&writes), "{} writes {column}", path.display());
        }
    }
}
