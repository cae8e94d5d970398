//! One recipient among many, and keys that a gateway keeps.

use super::*;

/// The gateway answers 503 for one recipient, and there is one connection: all others
/// are told meanwhile. (By SMPP: `one_recipient_cannot_stop_a_queue`.)
#[test]
fn one_recipient_cannot_stop_a_gateway() {
    let mut gateway =
        Watched::gateway(&json!([{"status": 200}, {"status": 503, "containing": phone(0)}]));
    // As it is without being told, but for the connections.
    let scratch = desk(SHORT, "", &gateway.http("connections = 1\n"));
    let daemon = Daemon::start(scratch.path());
    let ids = post(&daemon, &purchases(0..101));
    for id in &ids[1..] {
        becomes(&daemon, *id, "delivered");
    }
    assert!(["queued", "deferred"].contains(&state(&daemon, ids[0]).as_str()));
    assert!(gateway.all("request").iter().any(|one| body(one)["to"] == format!("+{}", phone(0))));
    gateway.tell(&json!([{"status": 200}]));
    becomes(&daemon, ids[0], "delivered");
    daemon.stop();
}

/// Copies an outbox with what belongs to it.
fn copy_outbox(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        if entry.file_name().to_string_lossy().starts_with("outbox.db") {
            fs::copy(entry.path(), to.join(entry.file_name())).expect("copied");
        }
    }
}

/// A restored backup, a second machine, an outbox that was emptied: none gives a key
/// for a second text.
#[test]
fn a_key_at_a_gateway_is_of_one_text_for_ever() {
    let mut gateway = Watched::gateway(&json!([{"status": 200}]));
    let route = gateway.http("");
    let scratch = desk(SHORT, "", &route);
    let backup = scratch.path().join("backup");
    let run = |scratch: &Scratch, numbers: std::ops::Range<u64>| {
        let daemon = Daemon::start(scratch.path());
        for id in post(&daemon, &purchases(numbers)) {
            becomes(&daemon, id, "delivered");
        }
        daemon.stop();
    };
    run(&scratch, 0..5);
    copy_outbox(scratch.path(), &backup);
    run(&scratch, 5..10);
    copy_outbox(&backup, scratch.path());
    run(&scratch, 10..15);
    // Twice from the same backup, as by two machines.
    copy_outbox(&backup, scratch.path());
    run(&scratch, 15..20);
    let second = desk(SHORT, "", &route);
    run(&second, 20..25);
    // Everything of it is too old to be kept.
    age(&second, 30);
    keep_a_week(&second);
    let daemon = Daemon::start(second.path());
    until("an empty outbox", || (count(&second, "messages") == 0).then_some(()));
    daemon.stop();
    run(&second, 25..30);
    let mut texts = BTreeMap::new();
    for request in gateway.all("request") {
        let (key, said) = (request["headers"]["idempotency-key"].to_string(), body(&request));
        assert_eq!(key, said["uid"].to_string());
        let before = texts.insert(key, said.to_string());
        assert_eq!(before, None, "{said}");
    }
    assert_eq!(texts.len(), 30);
}
