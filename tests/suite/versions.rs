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
        let command = binary();
        let target = command.ancestors().nth(2).expect("target/PROFILE/tillbell");
        for (plugin, places) in PLUGINS {
            let built = scratch.path().join(plugin).with_extension("wasm");
            let output = Command::new(&command)
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

/// A purchase in dollars of a card in yuan, told hours later.
const ABROAD: &str = r#"{"kind":"purchase","approval":"approved","amount":{"minor_units":1850,"currency":"USD"},"billing":{"amount":{"minor_units":13197,"currency":"CNY"},"rate":"7.1335"},"time":"2026-11-20T08:31:05-05:00","card":{"bin":"621626","last4":"0018","token":"t1"},"cardholder":{"name":"张三","phone":"+8613800138000","preferences":{"utc_offset_minutes":480}},"merchant":{"name":"BOOKS","country":"US","category":"5942","phone":"+8613800138001"},"rrn":"632400000101"}"#;

/// What a bank of two templates says of it, with a masker of one version.
fn abroad(masker: Option<&PathBuf>) -> Value {
    let scratch = Scratch::copy_of_bank("harbour");
    if let Some(masker) = masker {
        fs::copy(masker, scratch.path().join("components/privacy.wasm")).expect("copied");
    }
    for (party, text) in [
        (
            "cardholder",
            "{{ signature }}{{ direction }} {{ amount|money }}{% if billing %} charged \
             {{ billing|money }}{% endif %} {{ time|datetime }}{% if local_time %} local \
             {{ local_time|clock }}{% endif %} {% if category == \"5942\" %}books {% endif %}\
             {{ entry_mode }}",
        ),
        (
            "merchant",
            "{{ signature }}{{ amount|money }} {{ time|datetime }} \
             {% if billing or local_time %}leaked{% else %}kept{% endif %}",
        ),
    ] {
        for locale in ["zh-CN", "en"] {
            let file = format!("templates/purchase.{party}.{locale}.txt");
            fs::write(scratch.path().join(file), text).expect("written");
        }
    }
    let events = scratch.path().join("abroad.jsonl");
    fs::write(&events, ABROAD).expect("written");
    let arguments = [
        "run",
        &scratch.path().display().to_string(),
        "--events",
        &events.display().to_string(),
        "--json",
    ];
    let output = tillbell(&arguments, b"");
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{error}");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// What 0.2 has more reaches a text as far as the masker lets it; of a 0.1 masker's view the
/// host fills in what every view may have.
#[test]
fn what_is_new_reaches_whom_it_is_for() {
    let text = |said: &Value, party: &str| -> String {
        let messages = said["messages"].as_array().expect("messages").iter();
        let mut of_party = messages.filter(|message| message["party"] == party);
        of_party.next().expect("a message")["text"].as_str().expect("a text").to_owned()
    };
    let now = abroad(None);
    assert_eq!(
        text(&now, "cardholder"),
        "【海港银行】debit USD 18.50 charged CNY 131.97 2026-11-20 08:31:05 local 21:31:05 books unknown"
    );
    assert_eq!(text(&now, "merchant"), "【海港银行】USD 18.50 2026-11-20 08:31:05 kept");
    let old = abroad(Some(&banks().path().join("privacy.wasm")));
    assert_eq!(
        text(&old, "cardholder"),
        "【海港银行】debit USD 18.50 charged CNY 131.97 2026-11-20 08:31:05 books unknown"
    );
    assert_eq!(text(&old, "merchant"), text(&now, "merchant"));
}

/// The component with another version in all its names.
fn renamed(component: &[u8], to: &str) -> Vec<u8> {
    let (from, to) = (b"@0.1.0", format!("@{to}").into_bytes());
    let mut renamed = component.to_vec();
    let mut at = 0;
    while at + from.len() <= renamed.len() {
        if &renamed[at..at + from.len()] == from {
            renamed[at..at + to.len()].copy_from_slice(&to);
        }
        at += 1;
    }
    assert!(renamed != component);
    renamed
}

/// A compatible version is no difference, in a component and in a core module; one that no
/// host knows is named with those that this one has.
#[test]
fn a_later_0_1_runs_and_a_0_3_is_told_what_there_is() {
    for plugin in ["routing", "privacy", "template"] {
        let own = fs::read(banks().path().join(plugin).with_extension("wasm")).expect("built");
        let scratch = Scratch::new();
        copy(&banks().path().join("harbour"), scratch.path());
        let place = scratch.path().join("components").join(plugin).with_extension("wasm");
        fs::write(&place, renamed(&own, "0.1.7")).expect("written");
        let day = day_of(&[scratch.path().to_owned()]);
        let before = day_of(&[banks().path().join("harbour")]);
        assert_eq!(day, before, "{plugin}");
        fs::write(&place, renamed(&own, "0.3.0")).expect("written");
        let output = tillbell(&["inspect", &scratch.path().display().to_string()], b"");
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{error}");
        for expected in ["was built for version 0.3.0", "this host has 0.1.0 and 0.2.0", "wit/"] {
            assert!(error.contains(expected), "{plugin}: {error}");
        }
    }
}
