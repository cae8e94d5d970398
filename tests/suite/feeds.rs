//! Feeds as they come: malformed, cut off, endless lines, whole days.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use tillbell_tests::{Scratch, bank, binary, cache_path, root, tillbell};

const GOOD: &str = r#"{"kind":"purchase","approval":"approved","amount":{"minor_units":12850,"currency":"CNY"},"time":"2026-11-20T08:31:05+08:00","card":{"bin":"621626","last4":"0018"},"merchant":{"name":"m","terminal":"1"},"rrn":"RRN"}"#;

fn good(number: u32) -> String {
    GOOD.replace("RRN", &format!("63240800{number:04}"))
}

fn run(input: &[u8], more: &[&str]) -> (i32, String, String) {
    let harbour = bank("harbour").display().to_string();
    let mut arguments = vec!["run", &harbour, "--events", "-", "--json"];
    arguments.extend(more);
    let output = tillbell(&arguments, input);
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    (output.status.code().expect("an exit code"), text(output.stdout), text(output.stderr))
}

#[test]
fn a_malformed_event_is_named_and_the_rest_goes_on() {
    let scratch = Scratch::new();
    let rejects = scratch.path().join("rejects");
    let lines: [&[u8]; 8] = [
        good(1).as_bytes(),
        b"{\"kind\":\"purchase\"}",
        b"not json 4242424242424242",
        b"\xff\xfe",
        br#"{"kind":"purchase","approval":"approved","amount":{"minor_units":"12850","currency":"CNY"}}"#,
        b"",
        good(2).as_bytes(),
        br#"{"kind":"purchase","card":{"pan":"42424242424242424242"}"#,
    ]
    .map(|line| -> &[u8] { Vec::leak(line.to_vec()) });
    let (code, stdout, stderr) =
        run(&lines.join(&b'\n'), &["--rejects", rejects.to_str().unwrap()]);
    assert_eq!(code, 1);
    assert_eq!(stdout.lines().count(), 2);
    for expected in [
        "-:2: approval: is missing",
        "-:3: not JSON at column 2",
        "-:4: not UTF-8 at byte 1",
        "-:5: amount.minor_units: expected i64",
        "-:8: not JSON",
    ] {
        assert!(stderr.contains(expected), "{expected} in {stderr}");
    }
    let rejects = fs::read_to_string(rejects).unwrap();
    assert_eq!(rejects.lines().count(), 5, "{rejects}");
    assert!(!rejects.contains("42424242") && !stderr.contains("42424242"), "{rejects}{stderr}");
}

#[test]
fn a_feed_of_good_events_ends_with_0() {
    let (code, stdout, stderr) = run(format!("{}\n{}", good(1), good(2)).as_bytes(), &[]);
    assert_eq!((code, stderr.as_str()), (0, ""));
    assert_eq!(stdout.lines().count(), 2);
    let (code, stdout, _) = run(b"", &[]);
    assert_eq!((code, stdout.as_str()), (0, ""));
}

#[test]
fn what_cannot_be_opened_ends_with_2() {
    let harbour = bank("harbour").display().to_string();
    for arguments in [
        &["run", &harbour, "--events", "no-such-file"][..],
        &["run", "no-such-bank", "--events", "-"],
        &["run", &harbour, "--events", "-", "--now", "yesterday"],
        &["run", &harbour],
        &["inspect", "README.md"],
    ] {
        let output = tillbell(arguments, b"");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(!output.stderr.is_empty());
    }
}

/// The peak memory of a process, in KiB, while it lives.
fn peak_kib(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("a process's status");
    let line = status.lines().find(|line| line.starts_with("VmHWM")).expect("a peak");
    line.split_whitespace().nth(1).and_then(|kib| kib.parse().ok()).expect("KiB")
}

#[test]
fn an_endless_line_costs_no_memory() {
    let mut child = Command::new(binary())
        .args(["run", bank("harbour").to_str().unwrap(), "--events", "-"])
        .env("TILLBELL_CACHE", cache_path())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut errors = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    // Once a bad line has been answered, all that starting takes is taken.
    stdin.write_all(b"{}\n").unwrap();
    errors.read_line(&mut line).unwrap();
    let before = peak_kib(child.id());
    let chunk = vec![b'x'; 1024 * 1024];
    for _ in 0..64 {
        stdin.write_all(&chunk).unwrap();
    }
    stdin.write_all(b"\n").unwrap();
    line.clear();
    errors.read_line(&mut line).unwrap();
    let after = peak_kib(child.id());
    assert!(line.contains("-:2: line of over 65536 bytes"), "{line}");
    assert!(after - before < 2_048, "{before} KiB before, {after} KiB after a line of 64 MiB");
    drop(stdin);
    assert_eq!(child.wait().unwrap().code(), Some(1));
}

#[test]
fn repeats_and_reversals_are_recognised() {
    let purchase = good(1);
    let reversal = |number| good(number).replace("\"purchase\"", "\"reversal\"");
    let nameless = GOOD.replace("RRN", "");
    let feed =
        [purchase.clone(), purchase, reversal(1), reversal(2), good(2), reversal(3), nameless]
            .join("\n");
    let (_, stdout, _) = run(feed.as_bytes(), &[]);
    let reasons: Vec<_> = stdout
        .lines()
        .map(|line| line.split("\"reason\":\"").nth(1).unwrap().split('"').next().unwrap())
        .collect();
    assert_eq!(reasons[1], "repeat");
    assert_eq!(reasons[3..6], ["original-awaited", "already-reversed", "original-awaited"]);
    let unidentified: Vec<_> =
        stdout.lines().map(|line| line.contains("\"identified\":false")).collect();
    assert_eq!(unidentified, [false, false, false, false, false, false, true, false]);
    // What waited for its original to the end of the feed.
    let last = stdout.lines().last().unwrap();
    assert!(last.contains("\"transaction\":\"20261120-1-632408000003-12850-reversal\""), "{last}");
    assert!(last.contains("\"decision\":\"notified\"") && last.contains("\"release\":1"), "{last}");
    assert!(stdout.lines().nth(2).unwrap().contains("\"decision\":\"notified\""), "{stdout}");
}

/// What `examples/demo.sh` prints is what is committed.
#[test]
fn the_day_prints_what_is_committed() {
    let banks: Vec<String> = ["harbour", "meridian", "kite"]
        .iter()
        .map(|name| format!("examples/banks/{name}"))
        .collect();
    let mut arguments = vec!["run"];
    arguments.extend(banks.iter().map(String::as_str));
    arguments.extend(["--events", "examples/feeds/day.jsonl"]);
    let output = tillbell(&arguments, b"");
    let golden = root().join("examples/expected/day.txt");
    if std::env::var_os("UPDATE").is_some() {
        fs::create_dir_all(golden.parent().unwrap()).unwrap();
        fs::write(&golden, &output.stdout).unwrap();
    }
    let expected = fs::read_to_string(golden).unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);
    assert_eq!(output.status.code(), Some(1), "the day has malformed lines");
}
