//! The developer's kit: cases and their snapshots, two bundles side by side, what `run` says
//! more.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use tillbell_tests::{Scratch, Watched, bank, binary, cache_path, root, tillbell};

const TEXT: &str = "templates/purchase.cardholder.zh-CN.txt";

/// What the command said: its exit code, and what it printed.
fn said(arguments: &[&str]) -> (i32, String) {
    let output = tillbell(arguments, b"");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let all = text(&output.stdout) + &text(&output.stderr);
    (output.status.code().expect("an exit code"), all)
}

/// A copy of the harbour bank, with its cases.
fn harbour() -> Scratch {
    Scratch::copy_of_bank("harbour")
}

fn change(folder: &Path, file: &str, from: &str, to: &str) {
    let path = folder.join(file);
    let text = fs::read_to_string(&path).expect("a file of the bundle");
    assert!(text.contains(from), "{file} has no {from}");
    fs::write(path, text.replace(from, to)).expect("written");
}

#[test]
fn the_examples_cases_pass_as_they_are_committed() {
    let (code, text) = said(&["test", &bank("harbour").display().to_string()]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("2 cases: 2 passed, 0 failed"), "{text}");
}

#[test]
fn a_missing_snapshot_fails_and_another_text_is_shown_within_its_line() {
    let scratch = harbour();
    let folder = scratch.path().display().to_string();
    fs::remove_file(scratch.path().join("tests/quiet-night.snap")).expect("it was there");
    let (code, text) = said(&["test", &folder]);
    assert_eq!(code, 1);
    assert!(text.contains("there is no snapshot of what is said: --bless"), "{text}");
    let (code, text) = said(&["test", &folder, "--bless"]);
    assert_eq!(code, 0, "{text}");
    let snapshot = scratch.path().join("tests/quiet-night.snap");
    let text = fs::read_to_string(snapshot).expect("a snapshot");
    assert!(text.contains("海港超市") && !text.contains("13800138000"), "{text}");
    let committed = bank("harbour").join("tests/quiet-night.snap");
    assert_eq!(text, fs::read_to_string(committed).expect("a snapshot"));

    change(scratch.path(), TEXT, "消费", "支出");
    let (code, text) = said(&["test", &folder]);
    assert_eq!(code, 1);
    assert!(text.contains("[-消费-]{+支出+}"), "{text}");
    assert!(text.contains("of kind=purchase, approval=approved, amount=12805.00 CNY"), "{text}");
    // Without a terminal all that may be taken is.
    let (code, text) = said(&["test", &folder, "--bless", "--filter", "large"]);
    assert_eq!(code, 0, "{text}");
    assert_eq!(said(&["test", &folder, "--filter", "large"]).0, 0);
    assert_eq!(said(&["test", &folder]).0, 1, "the other case was not taken");
}

/// Neither a failure nor another recipient becomes a snapshot because somebody was in a hurry.
#[test]
fn what_nobody_looked_at_is_not_blessed() {
    let scratch = harbour();
    let folder = scratch.path().display().to_string();
    change(scratch.path(), "tests/quiet-night.toml", "+86 138 0013 8000", "+86 139 0013 8111");
    let snapshot = scratch.path().join("tests/quiet-night.snap");
    let before = fs::read_to_string(&snapshot).expect("a snapshot");
    let (code, text) = said(&["test", &folder, "--bless"]);
    assert_eq!(code, 1, "{text}");
    assert_eq!(fs::read_to_string(&snapshot).expect("a snapshot"), before);
    let (code, text) = said(&["test", &folder, "--bless", "--case", "quiet-night"]);
    assert_eq!(code, 0, "{text}");
    assert_ne!(fs::read_to_string(&snapshot).expect("a snapshot"), before);
    // A text that the guard keeps back: the host speaks for the bank.
    change(scratch.path(), TEXT, "消费", "消费（拨打010-88886666）");
    let (code, text) = said(&["test", &folder, "--bless"]);
    assert!(code != 0, "{text}");
    assert!(!text.contains("bless"), "{text}");
}

#[test]
fn a_case_that_cannot_be_read_says_where() {
    let scratch = harbour();
    let folder = scratch.path().display().to_string();
    let case = scratch.path().join("tests/wrong.toml");
    for (text, expected) in [
        ("[[step]]\npas = \"1h\"\n", "wrong.toml:2: unknown field `pas`"),
        ("[[step]]\npass = \"1 hour\"\n", "step 1: pass: \"1 hour\": expected a number and s, m"),
        ("[[step]]\nfailed = [\"sms\"]\n", "step 1: \"sms\": expected a party and a channel"),
        ("[[step]]\nevent = { kind = \"purchase\" }\n", "step 1: event: approval: is missing"),
        ("about = \"nothing\"\n", "0 steps, expected 1 to 1000"),
        ("[[step]]\npass = \"1h\"\nuntil = \"x\"\n", "step 1: until: "),
        (
            "[[subscriber]]\nparty = \"shop\"\nreference = \"1\"\n[[step]]\npass = \"1h\"\n",
            "subscriber 1: \"shop\": expected cardholder or merchant",
        ),
    ] {
        fs::write(&case, text).expect("written");
        let (code, said) = said(&["test", &folder, "--case", "wrong"]);
        assert_eq!(code, 2, "{text}: {said}");
        assert!(said.contains(expected), "{text}: {said}");
    }
}

#[test]
fn verdicts_are_written_for_ci_and_what_is_not_reached_is_named() {
    let scratch = harbour();
    let folder = scratch.path().display().to_string();
    change(scratch.path(), TEXT, "消费", "支出");
    let report = scratch.path().join("tests.xml");
    let path = report.display().to_string();
    let (code, text) = said(&["test", &folder, "--junit", &path, "--coverage-min", "90"]);
    assert_eq!(code, 1);
    assert!(text.contains("rules, texts and profiles are reached"), "{text}");
    assert!(text.contains("no case reaches rule abroad (rules.toml:"), "{text}");
    assert!(!text.contains("no case reaches rule large-debit"), "{text}");
    let xml = fs::read_to_string(report).expect("a report");
    assert!(xml.contains("tests=\"2\" failures=\"2\""), "{xml}");
    assert!(xml.contains("[-消费-]{+支出+}") && xml.ends_with("</testsuite>\n"), "{xml}");
    assert_eq!(said(&["test", &folder, "--coverage-min", "0"]).0, 1);
}

#[test]
fn two_bundles_are_compared_by_what_changed() {
    let (old, new) = (harbour(), harbour());
    change(new.path(), TEXT, "消费", "支出");
    change(new.path(), "rules.toml", "CNY 5000.00", "CNY 300.00");
    let folder = |scratch: &Scratch| scratch.path().display().to_string();
    let day = root().join("examples/feeds/day.jsonl").display().to_string();
    let (old, new) = (folder(&old), folder(&new));
    let (code, text) = said(&["diff", &old, &new, "--events", &day]);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("rule everyday -> large-debit: "), "{text}");
    assert!(text.contains("template purchase.cardholder.zh-CN: "), "{text}");
    assert!(text.contains("[-消费-]{+支出+}") && !text.contains("13800138000"), "{text}");
    let output = tillbell(&["diff", &old, &new, "--events", &day, "--json"], b"");
    let found: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(found["old"]["decisions"], found["new"]["decisions"]);
    assert!(found["causes"].as_array().is_some_and(|causes| causes.len() == 2), "{found}");
    // The same bundle differs in nothing, by whatever table.
    let people = root().join("examples/feeds/subscribers.csv").display().to_string();
    let (code, text) = said(&["diff", &old, &old, "--events", &day, "--subscribers", &people]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains(" decisions, 0 of them differ"), "{text}");
}

/// A folder as git has it, with the components that git does not keep.
#[test]
fn a_bundle_is_compared_with_what_it_was_in_git() {
    let scratch = harbour();
    let git = |arguments: &[&str]| {
        let done = Command::new("git")
            .args(["-c", "user.name=t", "-c", "user.email=t@mail.example"])
            .args(arguments)
            .current_dir(scratch.path())
            .stdout(Stdio::null())
            .status();
        assert!(done.expect("git runs").success(), "{arguments:?}");
    };
    fs::write(scratch.path().join(".gitignore"), "components\n").expect("written");
    git(&["init", "-q"]);
    git(&["add", "."]);
    git(&["commit", "-q", "-m", "as it was"]);
    change(scratch.path(), TEXT, "消费", "支出");
    let day = root().join("examples/feeds/day.jsonl").display().to_string();
    let output = Command::new(binary())
        .args(["diff", "HEAD:.", ".", "--events", &day])
        .env("TILLBELL_CACHE", cache_path())
        .current_dir(scratch.path())
        .output()
        .expect("the command runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("template purchase.cardholder.zh-CN: "), "{text}");
}

#[test]
fn run_tells_people_of_a_table_and_fails_where_a_bank_wants_it_to() {
    let scratch = harbour();
    let folder = scratch.path().display().to_string();
    let day = root().join("examples/feeds/day.jsonl").display().to_string();
    let people = root().join("examples/feeds/subscribers.csv").display().to_string();
    let run = |more: &[&str]| {
        let mut arguments = vec!["run", &folder, "--events", &day, "--json"];
        arguments.extend(more);
        let output = tillbell(&arguments, b"");
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        let rows: Vec<Value> =
            text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        rows
    };
    let rows = run(&["--subscribers", &people]);
    let causes: Vec<_> = rows.iter().filter_map(|row| row["absent"][0]["cause"].as_str()).collect();
    assert!(causes.contains(&"no-subscriber") && causes.contains(&"no-consent"), "{causes:?}");
    let id = rows[0]["transaction"].as_str().expect("an id");
    assert_eq!(run(&["--only", id]).len(), 1);
    let timed = run(&["--only", id, "--times"]);
    assert!(timed[0]["nanoseconds"]["route"].as_u64().is_some_and(|time| time > 0), "{timed:?}");

    // A text that the guard keeps back: it says a part of a number that stands in a name.
    let one = scratch.path().join("one.jsonl");
    let day = fs::read(root().join("examples/feeds/day.jsonl")).expect("a feed");
    let first = String::from_utf8_lossy(&day).lines().next().expect("an event").to_owned();
    let event = first.replace("海港超市", "987店654超市").replace("6800", "680000");
    fs::write(&one, event.replace("T00:42", "T10:42")).expect("written");
    let one = one.display().to_string();
    let strict = ["run", &folder, "--events", &one, "--json", "--strict"];
    assert_eq!(said(&strict).0, 0);
    let more = "txt\" %}{% if merchant_name %}{{ merchant_name|replace('店', '') }}{% endif %}";
    change(scratch.path(), TEXT, "txt\" %}", more);
    let (code, text) = said(&strict);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("\"failures\":[{\"role\":"), "{text}");
    assert_eq!(said(&strict[..5]).0, 0, "it is only told");
}

/// Whoever reads it may leave at any time.
#[test]
fn a_closed_output_ends_a_command_quietly() {
    let harbour = bank("harbour").display().to_string();
    for arguments in [["inspect", &harbour], ["test", &harbour]] {
        let mut child = Command::new(binary())
            .args(arguments)
            .env("TILLBELL_CACHE", cache_path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the command runs");
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("it ends");
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(!text.contains("panicked"), "{text}");
    }
}

/// From nothing to a tested bundle and a signed file, where there is neither a toolchain nor a
/// network: the command alone.
#[test]
fn a_bank_begins_with_one_command() {
    let scratch = Scratch::new();
    let alone = |arguments: &[&str]| {
        let output = Command::new(binary())
            .args(arguments)
            .env_clear()
            .env("TILLBELL_CACHE", scratch.path().join("cache"))
            .current_dir(scratch.path())
            .stdin(Stdio::null())
            .output()
            .expect("the command runs");
        let text = String::from_utf8_lossy(&output.stdout).into_owned()
            + &String::from_utf8_lossy(&output.stderr);
        (output.status.code().expect("an exit code"), text)
    };
    let (code, text) = alone(&["new", "bank", "my-bank"]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("2 cases: 2 passed, 0 failed"), "{text}");
    let run = ["run", "my-bank", "--events", "my-bank/events.jsonl", "--strict"];
    let (code, text) = alone(&run);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("4 transactions: 3 notified, 1 suppressed"), "{text}");
    for (arguments, expected) in [
        (vec!["new", "bank", "my-bank"], "is there already, and not empty"),
        (vec!["new", "bank", "My Bank"], "expected a name of up to 32 lower case letters"),
    ] {
        let (code, text) = alone(&arguments);
        assert_eq!(code, 2, "{text}");
        assert!(text.contains(expected), "{text}");
    }
    let bank = scratch.path().join("my-bank");
    change(&bank, "templates/purchase.cardholder.en.txt", "Purchase", "Bought for");
    let (code, text) = alone(&["test", "my-bank"]);
    assert!(code == 1 && text.contains("[-Purchase-]{+Bought for+}"), "{text}");
    assert_eq!(alone(&["test", "my-bank", "--bless"]).0, 0);
    let key = Command::new("openssl")
        .args(["genpkey", "-algorithm", "ed25519", "-out", "bank.pem"])
        .current_dir(scratch.path())
        .status();
    assert!(key.expect("openssl runs").success());
    let (code, text) = alone(&["bake", "my-bank", "--sign", "bank.pem", "-o", "my.tillbell"]);
    assert_eq!(code, 0, "{text}");
}

/// A bundle runs the plugins that its lock names, wherever they are found.
#[test]
fn a_lock_says_which_plugins_run() {
    let scratch = Scratch::new();
    let bank = scratch.path().join("bank").display().to_string();
    assert_eq!(said(&["new", "bank", "bank", "--folder", &bank]).0, 0);
    let lock = scratch.path().join("bank/tillbell.lock");
    let text = fs::read_to_string(&lock).expect("a lock");
    let digest = text.lines().find_map(|line| line.strip_prefix("digest = ")).expect("a digest");
    let digest = digest.trim_matches('"').to_owned();
    let other = format!("{}{}", "0".repeat(12), &digest[12..]);
    fs::write(&lock, text.replace(&digest, &other)).expect("written");
    let (code, text) = said(&["inspect", &bank]);
    assert_eq!(code, 2, "{text}");
    assert!(
        text.contains("tillbell.lock wants 000000000000") && text.contains("plugin update"),
        "{text}"
    );
    // One that is no one's is not taken because its file is called so.
    let plugins = scratch.path().join("bank/plugins");
    fs::create_dir(&plugins).expect("a folder");
    fs::write(plugins.join(format!("{other}.wasm")), b"\0asm").expect("written");
    assert_eq!(said(&["inspect", &bank]).0, 2);
    let (code, text) = said(&["plugin", "update", &bank]);
    assert!(code == 0 && text.contains("000000000000 -> "), "{text}");
    let (code, text) = said(&["plugin", "export", &bank]);
    assert_eq!((code, text.lines().count()), (0, 3), "{text}");
    assert!(plugins.join(format!("{digest}.wasm")).is_file(), "{text}");
    assert_eq!(said(&["inspect", &bank]).0, 0);
    let (code, text) =
        said(&["plugin", "update", &root().join("examples/banks/harbour").display().to_string()]);
    assert!(code == 2 && text.contains("names no plugin that is built in"), "{text}");
    assert!(!root().join("examples/banks/harbour/tillbell.lock").exists());
}

#[test]
fn a_bench_names_what_takes_longest() {
    let harbour = bank("harbour").display().to_string();
    let day = root().join("examples/feeds/day.jsonl").display().to_string();
    let (code, text) = said(&["bench", &harbour, "--events", &day, "--rounds", "2"]);
    assert_eq!(code, 0, "{text}");
    for expected in
        ["route ", "mask ", "render ", "guard ", "all ", "the slowest rules", ".cardholder."]
    {
        assert!(text.contains(expected), "{expected}: {text}");
    }
}

/// Saved, baked, tested and compared, without being asked.
#[test]
fn a_watched_bundle_says_what_a_change_changes() {
    let scratch = harbour();
    let day = root().join("examples/feeds/day.jsonl").display().to_string();
    let folder = scratch.path().display().to_string();
    let mut watched =
        Watched::start(root(), &[&folder, "--events", &day], &[], Duration::from_secs(60));
    let mut wait = |for_what: &str| watched.says(for_what);
    let began = wait("0 of them differ");
    // Several writes of one save, and a snapshot of its own, are one change.
    change(scratch.path(), TEXT, "消费", "支出");
    let (failed, named) =
        (wait("2 cases: 0 passed, 2 failed"), wait("template purchase.cardholder"));
    change(scratch.path(), "rules.toml", "large-debit\"\nwhen", "large-debit\"\nwhem");
    let refused = wait("rules.toml:171: when: is missing");
    assert!(began && failed && named && refused, "{began} {failed} {named} {refused}");
}
