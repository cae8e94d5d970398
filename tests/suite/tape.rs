//! The tape of `tillbell serve`, and `tillbell replay`: what stands on it, what does not,
//! and whether decisions can be made again.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tillbell_tests::delivery::{Daemon, desk, event, reversal};
use tillbell_tests::{Scratch, bank, root, tillbell};
use tillbell_transaction::is_card_number;

const HTTP: &str =
    "[http]\nlisten = \"127.0.0.1:0\"\nevents-max = 10000\nbody-bytes-max = 16777216\n";
const FILE: &str = "[[route]]\nchannel = \"sms\"\nfile = \"messages.jsonl\"\n";
const TAPE: &str = "[tape]\nfolder = \"tape\"\nsole-traders = \"people.txt\"\n";

/// A desk whose daemon keeps a tape; its merchant 7 is a person.
fn taping(more: &str) -> Scratch {
    let scratch = desk(&format!("{HTTP}{FILE}{TAPE}{more}"));
    fs::write(scratch.path().join("people.txt"), "# one a line\n王记小面\n").expect("written");
    scratch
}

/// The one tape of a desk.
fn tape(scratch: &Scratch) -> PathBuf {
    let files = fs::read_dir(scratch.path().join("tape")).expect("a tape's folder");
    let mut tapes: Vec<_> = files
        .map(|file| file.expect("a file").path())
        .filter(|path| path.extension().is_some_and(|end| end == "tape"))
        .collect();
    assert_eq!(tapes.len(), 1, "{tapes:?}");
    tapes.remove(0)
}

/// Runs a command with a tape; gives its exit code and what it said.
fn asked(arguments: &[&str]) -> (i32, String, String) {
    let output = tillbell(arguments, b"");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr))
}

fn replay(tape: &Path, bundle: &Path, more: &[&str]) -> (i32, Value) {
    let (tape, bundle) = (tape.display().to_string(), bundle.display().to_string());
    let mut arguments = vec!["replay", "--json", "--tape", &tape, &bundle];
    arguments.extend(more);
    let (code, said, errors) = asked(&arguments);
    let said = serde_json::from_str(&said).unwrap_or_else(|_| panic!("{said}{errors}"));
    (code, said)
}

fn with(event: &str, more: Value) -> String {
    let mut event: Value = serde_json::from_str(event).expect("an event is JSON");
    merge(&mut event, more);
    event.to_string()
}

/// Puts one object's fields into another; null takes a field out.
fn merge(into: &mut Value, more: Value) {
    match (into, more) {
        (Value::Object(into), Value::Object(more)) => {
            for (key, value) in more {
                match value {
                    Value::Null => drop(into.remove(&key)),
                    value => merge(into.entry(key).or_insert(Value::Null), value),
                }
            }
        }
        (into, more) => *into = more,
    }
}

/// No run of digits of a text is a card number.
fn assert_no_card_number(text: &str) {
    for run in text.as_bytes().split(|byte| !byte.is_ascii_digit()) {
        let is_card = (13..=19).contains(&run.len()) && is_card_number(run);
        assert!(!is_card, "{}", String::from_utf8_lossy(run));
    }
}

#[test]
fn nobody_stands_on_a_tape_and_its_decisions_can_be_made_again() {
    let scratch = taping("");
    let daemon = Daemon::start(scratch.path());
    let mut client = daemon.client();
    // A purchase with the card's number, again, and back; a transfer to somebody; a person's
    // shop; an id of the source's own.
    let purchase = with(
        &event(7, 100),
        json!({
            "card": { "bin": null, "last4": null, "pan": "6216261000000000018" },
            "cardholder": { "name": "欧阳娜娜", "id_number": "11010519491231002X" },
            "authorisation_code": "799819",
            "rrn": "632499000107",
        }),
    );
    let back = with(&reversal(7, 100, None), json!({ "rrn": "632499000107" }));
    let transfer = with(
        &event(8, 100),
        json!({ "kind": "transfer", "counterparty": "诸葛孔明", "id": "order-Zq77",
                "amount": { "minor_units": 4_321_099 } }),
    );
    let shop = with(&event(9, 100), json!({ "merchant": { "name": "王记小面" } }));
    for (line, status) in [
        (&purchase, "accepted"),
        (&purchase, "repeat"),
        (&back, "accepted"),
        (&transfer, "accepted"),
        (&shop, "accepted"),
    ] {
        let answer = client.post(line).expect("an answer");
        assert_eq!(answer.json()["transactions"][0]["status"], status, "{}", answer.body);
    }
    let metrics = client.get("/metrics").expect("metrics").body;
    assert!(metrics.contains("tillbell_tape_stopped 0"), "{metrics}");
    daemon.stop();

    let path = tape(&scratch);
    let text = fs::read_to_string(&path).expect("a tape");
    // The head, and each decision once: a repeat is none.
    assert_eq!(text.lines().count(), 5, "{text}");
    for secret in [
        "欧阳娜",
        "阳娜娜",
        "11010519491231002X",
        "799819",
        "诸葛孔",
        "葛孔明",
        "王记小",
        "记小面",
        "order-Zq77",
        "tok_7\"",
        "tok_8\"",
        "13900000007",
        "13700000007",
        "13900000008",
        "632499000107",
        "\"000000000008\"",
        "\"000007\"",
        "\"500007\"",
        "\"last4\":\"0018\"",
        "6216261000000000018",
    ] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
    assert_no_card_number(&text);
    assert!(text.contains("咖啡实验室") && text.contains("4321099"), "{text}");
    assert!(text.contains("{last-four}") && text.contains("{amount}"), "{text}");
    for name in
        ["tape", "tape/key", &format!("tape/{}", path.file_name().expect("a name").display())]
    {
        let mode = fs::metadata(scratch.path().join(name)).expect("there").permissions().mode();
        let expected = if name == "tape" { 0o700 } else { 0o600 };
        assert_eq!(mode & 0o777, expected, "{name}");
    }

    // The very bundle decides the same.
    let (code, said) = replay(&path, &bank("harbour"), &[]);
    assert_eq!(
        (code, said["changed"].clone(), said["needs"].clone()),
        (0, json!(0), json!([])),
        "{said}"
    );
    assert!(said["decisions"].as_u64() >= Some(3), "{said}");
    let (code, said, errors) = asked(&[
        "test",
        "--tape",
        &path.display().to_string(),
        &bank("harbour").display().to_string(),
    ]);
    assert!(code == 0 && said.contains("ok"), "{said}{errors}");
    // On the host that has the key an event is found by its own id.
    let key = scratch.path().join("tape/key").display().to_string();
    let (code, said) =
        replay(&path, &bank("harbour"), &["--transaction", "order-Zq77", "--key-file", &key]);
    assert_eq!((code, said["decisions"].clone()), (0, json!(1)), "{said}");
    let nobody = [
        "replay",
        "--tape",
        &path.display().to_string(),
        &bank("harbour").display().to_string(),
        "--transaction",
        "order-Zq77",
    ]
    .map(str::to_owned);
    let (code, _, errors) = asked(&nobody.each_ref().map(String::as_str));
    assert!(code == 2 && errors.contains("ids on a tape are substitutes"), "{errors}");

    // Another wording is another, and says which content decided.
    let changed = Scratch::copy_of_bank("harbour");
    changed.replace("templates/_cardholder.zh-CN.txt", "，谢谢。", "，多谢。");
    let (code, said) = replay(&path, changed.path(), &[]);
    assert_eq!(code, 1, "{said}");
    assert_eq!(said["needs"][0]["bundle"], "harbour");
    let parts = said["differences"][0]["parts"].as_array().expect("parts");
    assert!(parts.iter().all(|part| part["what"] == "text"), "{said}");
    assert!(parts[0]["was"].as_str().expect("a text").contains("谢谢"), "{said}");

    // The tape is a feed: the reversal finds its purchase.
    let feed = path.display().to_string();
    let folder = bank("harbour").display().to_string();
    let (code, said, errors) = asked(&["run", &folder, "--events", &feed, "--json"]);
    assert_eq!(code, 0, "{said}{errors}");
    assert!(!said.contains("original-awaited") && said.lines().count() == 4, "{said}");
    let (code, said, errors) = asked(&["diff", &folder, &folder, "--events", &feed]);
    assert_eq!(code, 0, "{said}{errors}");

    // A line that was cut in the middle is named, and the rest counts.
    fs::write(&path, &text[..text.len() - 30]).expect("written");
    let (code, said, errors) = asked(&["replay", "--tape", &feed, &folder]);
    assert!(code == 0 && errors.contains(":5: skipped: torn"), "{said}{errors}");
}

/// The day of the examples through the daemon: nothing differs.
#[test]
fn a_day_is_decided_again_as_it_was() {
    let scratch = taping("");
    let outbox = scratch.path().join("outbox.db").display().to_string();
    let table = root().join("examples/feeds/subscribers.csv").display().to_string();
    let imported = tillbell(&["subscribers", "import", "--outbox", &outbox, &table], b"");
    assert!(imported.status.success());
    let daemon = Daemon::start(scratch.path());
    let day = fs::read(root().join("examples/feeds/day.jsonl")).expect("a feed");
    let mut accepted = 0;
    // One line is no text.
    for line in day.split(|byte| *byte == b'\n').filter_map(|line| str::from_utf8(line).ok()) {
        let answer = daemon.client().post(line).expect("an answer");
        accepted += u64::from(answer.body.contains("\"accepted\""));
    }
    daemon.stop();
    let path = tape(&scratch);
    let text = fs::read_to_string(&path).expect("a tape");
    assert_no_card_number(&text);
    for secret in ["张三\"", "欧阳娜", "阳娜娜", "nana@", "13800138", "001819\"", "6324000001"]
    {
        assert!(!text.contains(secret), "{secret}");
    }
    assert!(accepted > 40 && text.lines().count() as u64 > accepted, "{accepted}");
    let (code, said) = replay(&path, &bank("harbour"), &[]);
    assert_eq!((code, said["changed"].clone()), (0, json!(0)), "{said}");
    assert!(said["decisions"].as_u64() > Some(20), "{said}");
}

/// Full, the tape stops; the daemon does not.
#[test]
fn a_full_tape_stops_itself_and_nothing_else() {
    let scratch = taping("day-mib-max = 1\n");
    let daemon = Daemon::start(scratch.path());
    let mut client = daemon.client();
    for chunk in 0..4 {
        let lines: Vec<_> = (0..250).map(|at| event(chunk * 250 + at, 100)).collect();
        assert_eq!(client.post(&lines.join("\n")).expect("an answer").status, 202);
    }
    daemon.wait("alarm: the tape stopped: 1048576 bytes of a day");
    assert_eq!(client.post(&event(5_000, 100)).expect("an answer").status, 202);
    let metrics = client.get("/metrics").expect("metrics").body;
    assert!(metrics.contains("tillbell_tape_stopped 1"), "{metrics}");
    assert_eq!(client.get("/readyz").expect("an answer").status, 200);
    let lines = daemon.stop();
    assert_eq!(lines.iter().filter(|line| line.contains("the tape stopped")).count(), 1);
    let path = tape(&scratch);
    assert!(fs::metadata(&path).expect("there").len() <= 1_048_576);
    let (code, said) = replay(&path, &bank("harbour"), &[]);
    assert_eq!((code, said["changed"].clone()), (0, json!(0)), "{said}");
}

#[test]
fn what_is_wrong_of_a_tape_is_said_by_key_file_and_cure() {
    for (more, expected) in [
        ("days = 0\n", "tape.days: 0, expected 1 to 31"),
        ("day-mib-max = 0\n", "tape.day-mib-max: 0, expected 1 to 1048576"),
        ("reels = 3\n", "unknown field `reels`"),
        ("key-file = \"nowhere/key\"\n", "tape.key-file: "),
    ] {
        let scratch = taping(more);
        let config = scratch.path().join("serve.toml").display().to_string();
        let (code, _, errors) = asked(&["serve", "--check", "--config", &config]);
        assert!(code == 2 && errors.contains(expected), "{errors}");
        assert!(!scratch.path().join("tape").exists());
    }
    let scratch = taping("");
    fs::remove_file(scratch.path().join("people.txt")).expect("removed");
    let config = scratch.path().join("serve.toml").display().to_string();
    let (code, _, errors) = asked(&["serve", "--check", "--config", &config]);
    assert!(code == 2 && errors.contains("tape.sole-traders: "), "{errors}");
    let feed = root().join("examples/feeds/day.jsonl").display().to_string();
    let folder = bank("harbour").display().to_string();
    let (code, _, errors) = asked(&["replay", "--tape", &feed, &folder]);
    assert!(code == 2 && errors.contains("not a tape"), "{errors}");
}
