//! Plugins that were built against an older interface go on running, and say what they said.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use serde_json::Value;
use tillbell_tests::{Scratch, binary, cache_path, copy, root, tillbell};

/// The plugins of 0.1 and where each stands in the banks of 0.1.
const PLUGINS: [(&str, &[&str]); 4] = [
    ("routing", &["harbour/components/routing.wasm", "meridian/components/routing.wasm"]),
    (
        "privacy",
        &[
            "harbour/components/privacy.wasm",
            "meridian/components/privacy.wasm",
            "kite/components/privacy.wasm",
        ],
    ),
    (
        "template",
        &[
            "harbour/components/template.wasm",
            "meridian/components/template.wasm",
            "kite/components/template.wasm",
        ],
    ),
    ("kite-router", &["kite/components/router.wasm"]),
];

fn folder() -> PathBuf {
    root().join("tests/guests/0.1")
}

/// The three banks as they were when 0.2 began, their plugins built of the sources that are
/// kept.
fn banks() -> &'static Scratch {
    static BANKS: OnceLock<Scratch> = OnceLock::new();
    BANKS.get_or_init(|| {
        let scratch = Scratch::new();
        copy(&folder().join("banks"), scratch.path());
        for (plugin, places) in PLUGINS {
            let built = scratch.path().join(plugin).with_extension("wasm");
            let target = binary().ancestors().nth(2).expect("target/PROFILE/tillbell");
            let output = Command::new(binary())
                .arg("build")
                .arg(folder().join("plugins").join(plugin))
                .arg("-o")
                .arg(&built)
                .env("CARGO_TARGET_DIR", target.join("languages"))
                .env("TILLBELL_CACHE", cache_path())
                .output()
                .expect("the command runs");
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(output.status.success(), "{plugin}: {said}");
            for place in places {
                let place = scratch.path().join(place);
                fs::create_dir_all(place.parent().expect("a folder")).expect("made");
                fs::copy(&built, place).expect("a component placed");
            }
        }
        scratch
    })
}

/// What a decision says, of an event of `run --json`.
fn said(line: &str) -> Vec<Value> {
    let all: Value = serde_json::from_str(line).expect("JSON");
    let mut said: Vec<_> = ["transaction", "bundle", "decision", "reason", "rule"]
        .map(|name| all[name].clone())
        .to_vec();
    let messages = all["messages"].as_array().map(Vec::as_slice).unwrap_or_default();
    for message in messages {
        let parts =
            ["party", "channel", "template", "locale", "to", "text", "encoding", "segments"];
        said.extend(parts.map(|name| message[name].clone()));
    }
    said
}

fn day_of(banks: &[PathBuf]) -> String {
    let mut arguments = vec!["run".to_owned()];
    arguments.extend(banks.iter().map(|bank| bank.display().to_string()));
    let day = folder().join("day.jsonl").display().to_string();
    arguments.extend(["--events".into(), day, "--json".into()]);
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let output = tillbell(&arguments, b"");
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    // The day has malformed lines.
    assert_eq!(output.status.code(), Some(1), "{error}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

#[test]
fn plugins_of_0_1_say_what_they_said() {
    let banks = ["harbour", "meridian", "kite"].map(|name| banks().path().join(name));
    let day = day_of(&banks);
    let expected = fs::read_to_string(folder().join("day.expected.jsonl")).expect("a day");
    assert_eq!(day.lines().count(), expected.lines().count());
    for (is, was) in day.lines().zip(expected.lines()) {
        assert_eq!(said(is), said(was));
    }
}
