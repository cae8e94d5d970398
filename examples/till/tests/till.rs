//! The till as a whole: what comes in, what goes out, what is kept.
#![cfg(unix)]

mod support;

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Stdio};

use support::{
    Scratch, artefacts, feed, night_deposit, purchase, root, run, terminate, text, till,
    till_with_output, wait_for,
};

fn output(scratch: &Scratch) -> String {
    fs::read_to_string(scratch.path().join("output")).unwrap_or_default()
}

fn lines(text: &str) -> usize {
    text.lines().count()
}

#[test]
fn the_day_goes_through_and_again_makes_no_message_twice() {
    let scratch = Scratch::new();
    let day = feed("day.jsonl");
    let ended = run(till_with_output(scratch.path(), &[]), &day);
    let (answers, errors) = (text(&ended.stdout), text(&ended.stderr));
    assert_eq!(ended.status.code(), Some(1), "{errors}");
    assert_eq!(lines(&answers), 68);
    assert_eq!(answers.matches("\"accepted\":false").count(), 9);
    assert!(errors.contains("-:54: approval: is missing"), "{errors}");
    let messages = output(&scratch);
    assert_eq!(lines(&messages), 72);
    // Neither a card number of the feed nor, outside the output, a text.
    for name in ["output", "store"] {
        let bytes = fs::read(scratch.path().join(name)).unwrap();
        let found = |pan: &[u8]| bytes.windows(pan.len()).any(|window| window == pan);
        assert!(!found(b"6205500000000000004") && !found(b"4242424242424242"), "{name}");
        let mode = fs::metadata(scratch.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    // The one purchase without RRN and STAN cannot be known again.
    run(till_with_output(scratch.path(), &[]), &day);
    let again = output(&scratch);
    let more = again.strip_prefix(messages.as_str()).unwrap();
    assert_eq!(lines(more), 2, "{more}");
    assert!(
        more.lines()
            .all(|line| line.contains("\"transaction\":\"20261120-00000471-33300-purchase\""))
    );
}

#[test]
fn one_feed_gives_the_same_bytes_each_time() {
    for (name, more) in [
        ("day.jsonl", &[][..]),
        ("day-unionpay.hex", &["--dialect", "unionpay-pos"]),
        ("day-iso1987-ascii.hex", &["--dialect", "iso1987-ascii"]),
        ("day-iso1987-binary.hex", &["--dialect", "iso1987-binary"]),
    ] {
        let mut arguments = vec!["--reference", "2026-11-20T12:00:00Z"];
        if !more.is_empty() {
            arguments.extend(["--format", "iso8583"]);
        }
        arguments.extend(more);
        let once = || {
            let scratch = Scratch::new();
            let ended = run(till_with_output(scratch.path(), &arguments), &feed(name));
            assert!(ended.status.code().is_some_and(|code| code < 2), "{ended:?}");
            (text(&ended.stdout), output(&scratch))
        };
        let (first, second) = (once(), once());
        assert!(lines(&first.1) > 10, "{name}: {}", first.1);
        assert_eq!(first, second, "{name}");
    }
}

/// A till that listens, and its socket.
fn listening(scratch: &Scratch) -> Child {
    let socket = scratch.path().join("socket");
    let mut command = till_with_output(scratch.path(), &[]);
    let child = command.arg("--listen").arg(&socket).spawn().expect("the till starts");
    wait_for("a socket", || UnixStream::connect(&socket).is_ok());
    child
}

fn connect(scratch: &Scratch) -> (UnixStream, BufReader<UnixStream>) {
    let stream = UnixStream::connect(scratch.path().join("socket")).expect("a socket");
    (stream.try_clone().expect("the same"), BufReader::new(stream))
}

fn ask(client: &mut (UnixStream, BufReader<UnixStream>), record: &str) -> String {
    client.0.write_all(record.as_bytes()).expect("sent");
    let mut answer = String::new();
    client.1.read_line(&mut answer).expect("answered");
    answer
}

#[test]
fn clients_are_answered_and_a_signal_ends_the_till() {
    let scratch = Scratch::new();
    let child = listening(&scratch);
    let (mut one, mut other) = (connect(&scratch), connect(&scratch));
    assert!(ask(&mut one, &purchase(1)).contains("\"record\":1,\"accepted\":true"));
    assert!(ask(&mut other, "{}\n").contains("\"record\":1,\"accepted\":false"));
    let repeat = ask(&mut other, &purchase(1));
    assert!(repeat.contains("\"record\":2,\"accepted\":true"), "{repeat}");
    assert!(repeat.contains("\"reason\":\"repeat\""), "{repeat}");
    terminate(&child);
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(1), "one record could not be read");
    assert_eq!(lines(&output(&scratch)), 2);
    assert!(!scratch.path().join("socket").exists());
    // The socket of a till that was killed is no obstacle.
    let mut killed = listening(&scratch);
    killed.kill().unwrap();
    killed.wait().unwrap();
    let child = listening(&scratch);
    assert!(ask(&mut connect(&scratch), &purchase(1)).contains("repeat"));
    terminate(&child);
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(0));
}

#[test]
fn only_so_many_clients_are_taken_in() {
    let scratch = Scratch::new();
    let child = listening(&scratch);
    let mut clients: Vec<_> = Vec::new();
    wait_for("four clients", || {
        let mut client = connect(&scratch);
        // The one that only looked for the socket may not have left yet.
        let taken = ask(&mut client, &purchase(1)).contains("\"accepted\":true");
        if taken {
            clients.push(client);
        }
        clients.len() == 4
    });
    let mut answer = String::new();
    connect(&scratch).1.read_line(&mut answer).unwrap();
    assert_eq!(answer, "{\"error\":\"4 clients are connected\"}\n");
    terminate(&child);
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(0));
}

#[test]
fn one_store_is_for_one_till() {
    let scratch = Scratch::new();
    let child = listening(&scratch);
    let ended = run(till_with_output(scratch.path(), &[]), b"");
    assert_eq!(ended.status.code(), Some(2));
    assert!(text(&ended.stderr).contains("in use by another till"), "{ended:?}");
    terminate(&child);
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(0));
}

/// A command that keeps each line in `taken` and says its id.
fn taking(folder: &Path, before: &str) -> String {
    let taken = folder.join("taken");
    format!(
        "while read -r line; do {before} printf '%s\\n' \"$line\" >> {}; id=${{line#*:}}; \
         echo ${{id%%,*}}; done",
        taken.display()
    )
}

#[test]
fn a_command_takes_messages_over() {
    let scratch = Scratch::new();
    let command = taking(scratch.path(), "");
    let records: String = (0..100).map(purchase).collect();
    let ended = run(till(scratch.path(), &["--command", &command]), records.as_bytes());
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    let taken = fs::read_to_string(scratch.path().join("taken")).unwrap();
    assert_eq!(lines(&taken), 200);
    assert!(text(&ended.stderr).contains(" 0 wait"), "{ended:?}");
}

#[test]
fn a_command_that_ends_early_is_started_again_and_nothing_is_lost() {
    let scratch = Scratch::new();
    let mark = scratch.path().join("mark");
    // The first run ends at its third line, before it says that it has it.
    let before = format!(
        "n=$((n+1)); if [ $n = 3 ] && [ ! -e {0} ]; then touch {0}; exit 7; fi;",
        mark.display()
    );
    let command = taking(scratch.path(), &before);
    let records: String = (0..5).map(purchase).collect();
    let ended = run(till(scratch.path(), &["--command", &command]), records.as_bytes());
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    assert!(text(&ended.stderr).contains("exit status: 7"), "{ended:?}");
    let taken = fs::read_to_string(scratch.path().join("taken")).unwrap();
    for id in 1..=10 {
        let handed = taken.lines().filter(|line| line.starts_with(&format!("{{\"id\":{id},")));
        assert_eq!(handed.count(), 1, "message {id}");
    }
}

#[test]
fn a_command_that_takes_nothing_stops_the_till_and_the_messages_are_kept() {
    let scratch = Scratch::new();
    let ended = run(till(scratch.path(), &["--command", "exit 1"]), purchase(1).as_bytes());
    assert_eq!(ended.status.code(), Some(3), "{ended:?}");
    assert!(text(&ended.stdout).contains("\"accepted\":true"));
    assert!(text(&ended.stderr).contains("2 messages kept"), "{ended:?}");
    let ended = run(till_with_output(scratch.path(), &[]), b"");
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    assert_eq!(lines(&output(&scratch)), 2);
}

#[test]
fn a_full_store_accepts_nothing_until_there_is_room() {
    let scratch = Scratch::new();
    let gate = scratch.path().join("gate");
    let before = format!("while [ ! -e {} ]; do sleep 0.05; done;", gate.display());
    let command = taking(scratch.path(), &before);
    let mut till = till(scratch.path(), &["--command", &command, "--waiting-max", "64"]);
    let errors = scratch.path().join("errors");
    let mut child = till.stderr(File::create(&errors).unwrap()).spawn().unwrap();
    let records: String = (0..100).map(purchase).collect();
    let mut input = child.stdin.take().unwrap();
    input.write_all(records.as_bytes()).unwrap();
    drop(input);
    let said = |words: &str| fs::read_to_string(&errors).unwrap().contains(words);
    wait_for("a full store", || said("messages wait, nothing is accepted"));
    fs::write(&gate, b"").unwrap();
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(0));
    assert!(said("messages wait, accepting again"));
    assert_eq!(lines(&text(&ended.stdout)), 100);
    assert_eq!(lines(&fs::read_to_string(scratch.path().join("taken")).unwrap()), 200);
}

#[test]
fn what_waits_for_its_time_survives_a_restart() {
    let scratch = Scratch::new();
    let ended = run(till_with_output(scratch.path(), &[]), night_deposit().as_bytes());
    assert!(text(&ended.stdout).contains("\"decision\":\"deferred\""), "{ended:?}");
    assert!(text(&ended.stderr).contains("1 transactions deferred"), "{ended:?}");
    assert_eq!(output(&scratch), "");
    run(till_with_output(scratch.path(), &[]), purchase(1).as_bytes());
    let messages = output(&scratch);
    assert_eq!(lines(&messages), 3);
    assert!(
        messages.starts_with(
            "{\"id\":1,\"transaction\":\"20261120-8-632408009999-009999-12500-deposit\""
        )
    );
}

/// A reversal of a purchase.
fn reversal(number: usize, time: &str) -> String {
    let original = format!("\"stan\":\"{number:06}\"");
    let own = format!("\"stan\":\"9{number:05}\",\"original_stan\":\"{number:06}\"");
    purchase(number)
        .replace("\"purchase\"", "\"reversal\"")
        .replace(&original, &own)
        .replace("08:31:05", time)
}

#[test]
fn a_reversal_waits_a_minute_for_its_original_also_over_a_restart() {
    let scratch = Scratch::new();
    let orphans = reversal(1, "08:31:05") + &reversal(2, "08:31:05");
    let ended = run(till_with_output(scratch.path(), &[]), orphans.as_bytes());
    assert_eq!(text(&ended.stdout).matches("\"reason\":\"original-awaited\"").count(), 2);
    assert!(text(&ended.stderr).contains("2 transactions deferred"), "{ended:?}");
    // The first's original comes, and nobody is told of either.
    let ended = run(till_with_output(scratch.path(), &[]), purchase(1).as_bytes());
    assert!(text(&ended.stdout).contains("\"reason\":\"already-reversed\""), "{ended:?}");
    assert_eq!(output(&scratch), "");
    let later = purchase(3).replace("08:31:05", "08:32:05");
    let ended = run(till_with_output(scratch.path(), &[]), later.as_bytes());
    assert!(text(&ended.stderr).contains(" 0 transactions deferred"), "{ended:?}");
    let messages = output(&scratch);
    let of_orphan = messages.lines().filter(|line| line.contains("-reversal\"")).count();
    assert!(of_orphan > 0 && lines(&messages) == of_orphan + 2, "{messages}");
    assert!(!messages.contains("632408000001"), "{messages}");
}

#[test]
fn what_cannot_be_known_again_is_said_so() {
    let scratch = Scratch::new();
    let nameless =
        purchase(1).replace("\"rrn\":\"632408000001\",\"stan\":\"000001\"", "\"rrn\":\"\"");
    let named = nameless.replace("{\"kind\"", "{\"id\":\"own-1\",\"kind\"");
    let feed = [nameless.as_str(), &nameless, &named, &named].concat();
    let ended = run(till_with_output(scratch.path(), &[]), feed.as_bytes());
    let answers = text(&ended.stdout);
    let said: Vec<_> = answers
        .lines()
        .map(|line| (line.contains("\"identified\":false"), line.contains("\"repeat\"")))
        .collect();
    assert_eq!(said, [(true, false), (true, false), (false, false), (false, true)], "{answers}");
    assert_eq!(lines(&output(&scratch)), 6);
}

/// See `a_store_of_form_1_goes_on` for what is in it.
#[test]
fn a_store_of_the_till_before_is_taken_over() {
    let scratch = Scratch::new();
    fs::copy(root().join("examples/till/tests/form-1.store"), scratch.path().join("store"))
        .unwrap();
    let reversal = reversal(2, "08:31:35");
    let records = purchase(1) + &night_deposit() + &purchase(3) + &reversal;
    let ended = run(till_with_output(scratch.path(), &[]), records.as_bytes());
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    let answers = text(&ended.stdout);
    let reasons: Vec<_> =
        answers.lines().map(|line| line.split("\"reason\":\"").nth(1).unwrap()).collect();
    assert!(reasons[0].starts_with("repeat") && reasons[1].starts_with("repeat"), "{answers}");
    assert!(reasons[3].starts_with("original-awaited"), "{answers}");
    // Four of the till before, the deposit that it put off, and two of the new one.
    let messages = output(&scratch);
    assert_eq!(lines(&messages), 7, "{messages}");
    assert!(messages.contains("{\"id\":5,\"transaction\":\"20261120-8-632408009999-deposit\""));
}

#[test]
fn an_output_that_was_taken_away_begins_anew_and_one_that_was_cut_is_refused() {
    let scratch = Scratch::new();
    let path = scratch.path().join("output");
    run(till_with_output(scratch.path(), &[]), purchase(1).as_bytes());
    fs::write(&path, b"{}\n").unwrap();
    let ended = run(till_with_output(scratch.path(), &[]), purchase(2).as_bytes());
    assert_eq!(ended.status.code(), Some(2));
    assert!(text(&ended.stderr).contains("3 bytes, but"), "{ended:?}");
    fs::remove_file(&path).unwrap();
    let ended = run(till_with_output(scratch.path(), &[]), purchase(2).as_bytes());
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    assert_eq!(lines(&output(&scratch)), 2);
}

#[test]
fn what_cannot_start_says_why() {
    let scratch = Scratch::new();
    let none = scratch.path().join("none");
    fs::create_dir(&none).unwrap();
    fs::write(scratch.path().join("text"), b"not a store, but a text of some length").unwrap();
    fs::write(none.join("x.tillbell"), b"TILLBELL?").unwrap();
    let path = |name: &str| scratch.path().join(name).display().to_string();
    let keys = artefacts().join("keys.pem").display().to_string();
    let good = artefacts().display().to_string();
    for (folder, keys, store, dialect, expected) in [
        (path("missing"), keys.clone(), path("s"), "iso1987-ascii", "--artefacts"),
        (
            scratch.path().display().to_string(),
            keys.clone(),
            path("s"),
            "iso1987-ascii",
            "no *.tillbell",
        ),
        (path("none"), keys.clone(), path("s"), "iso1987-ascii", "x.tillbell\": is cut short"),
        (good.clone(), path("missing"), path("s"), "iso1987-ascii", "--trust"),
        (good.clone(), keys.clone(), path("text"), "iso1987-ascii", "--store"),
        (good, keys, path("s"), "iso2099", "--dialect iso2099"),
    ] {
        let mut command = till_with_output(scratch.path(), &[]);
        command = {
            let mut other = std::process::Command::new(command.get_program());
            other.args(["--artefacts", &folder, "--trust", &keys, "--store", &store]);
            other.args(["--output", &path("output"), "--format", "iso8583", "--dialect", dialect]);
            other.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
            other
        };
        let ended = run(command, b"");
        assert_eq!(ended.status.code(), Some(2), "{expected}: {ended:?}");
        assert!(text(&ended.stderr).contains(expected), "{expected}: {ended:?}");
    }
}
