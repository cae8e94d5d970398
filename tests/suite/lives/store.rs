//! The outbox: who may use it meanwhile, what is counted, and what is forgotten.

use super::*;

/// A feed comes slowly: others may look into the outbox and write to it meanwhile.
#[test]
fn a_slow_feed_holds_no_lock() {
    let scratch = desk(SHORT, "", "");
    let path = |name: &str| scratch.path().join(name).display().to_string();
    let outbox = outbox(&scratch);
    let send = |feed: &str, to: &str| {
        let mut command = Command::new(binary());
        command.arg("send").arg(path("bank")).args(["--events", feed, "--outbox", &outbox]);
        command.args(["--to", &path(to)]).env("TILLBELL_CACHE", cache_path());
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        command
    };
    let mut slow = send("-", "messages.jsonl").spawn().expect("tillbell starts");
    let mut feed = slow.stdin.take().expect("piped");
    let (first, second) = (purchase(1), purchase(2));
    // A whole line, and half of one: it waits for the rest.
    feed.write_all(format!("{first}\n{}", &second[..50]).as_bytes()).expect("written");
    let sending = scratch.path().join("outbox.db-sending");
    until("a send that runs", || sending.exists().then_some(()));
    fs::write(path("other.jsonl"), purchase(3)).expect("a feed");
    let began = Instant::now();
    let slow_or_not = || -> Result<(), String> {
        while began.elapsed() < Duration::from_secs(2) {
            let turn = Instant::now();
            let seen = tillbell(&["status", "--outbox", &outbox], b"");
            let add = ["subscribers", "add", "--outbox", &outbox, "cardholder", "tok_new"];
            let added = tillbell(&[&add[..], &["--phone", "+8613911112222"]].concat(), b"");
            // One process at a time sends; the other is told at once.
            let other = send(&path("other.jsonl"), "others.jsonl").output().expect("an end");
            let said = String::from_utf8_lossy(&other.stderr).into_owned();
            let is_fine = seen.status.success()
                && added.status.success()
                && said.contains("another process sends from this outbox")
                && turn.elapsed() < Duration::from_secs(2);
            if !is_fine {
                return Err(format!("{:?}: {seen:?} {added:?} {other:?}", turn.elapsed()));
            }
            thread::sleep(Duration::from_millis(200));
        }
        Ok(())
    };
    let done = slow_or_not();
    let is_reading = slow.try_wait().expect("a state").is_none();
    feed.write_all(format!("{}\n", &second[50..]).as_bytes()).expect("written");
    drop(feed);
    assert!(slow.wait().expect("ended").success());
    assert!(is_reading, "it did not wait for its feed");
    assert_eq!(done, Ok(()));
    let messages = fs::read_to_string(path("messages.jsonl")).expect("messages");
    assert_eq!(messages.lines().count(), 2);
}

/// Refusals are no doubt: what was refused thrice, and then not answered, goes once
/// more as any other.
#[test]
fn refusals_do_not_count_as_sent_once_more() {
    let mut smsc = Watched::smsc(&json!({"answer": "status", "status": 8}));
    let scratch = desk(SHORT, "", &smsc.smpp(BRISK));
    let daemon = Daemon::start(scratch.path());
    let id = post(&daemon, &purchase(1))[0];
    smsc.at_least("submit", 2);
    smsc.tell(&json!({"command": "behave", "answer": "never"}));
    becomes(&daemon, id, "doubtful");
    daemon.stop();
    let submits = smsc.all("submit");
    let unanswered = submits.iter().filter(|one| one["answer"] == "never").count();
    assert_eq!(unanswered, 2, "{submits:?}");
}

/// Old messages that still wait, and a transaction that cannot be read, are in nobody
/// else's way.
#[test]
fn retention_goes_on_whatever_is_oldest() {
    let scratch = desk(SHORT, "", FILE);
    let daemon = Daemon::start(scratch.path());
    for turn in 0..6 {
        post(&daemon, &purchases(turn * 500..turn * 500 + 500));
    }
    until("all written", || (status(&scratch)["messages"]["delivered"] == 3_000).then_some(()));
    daemon.stop();
    age(&scratch, 30);
    let database = database(&scratch);
    let sql = "update messages set state = 0, due_at = due_at + 60 * 86400000, done_at = null \
               where id <= 1500";
    database.execute(sql, []).expect("made to wait");
    let sql = "update transactions set fact = x'ff' where id in (1, 1501)";
    database.execute(sql, []).expect("damaged");
    drop(database);
    keep_a_week(&scratch);
    let daemon = Daemon::start(scratch.path());
    until("what is over gone", || (count(&scratch, "messages") <= 1_500).then_some(()));
    assert_eq!(count(&scratch, "messages"), 1_500);
    assert_eq!(count(&scratch, "transactions"), 1_500);
    daemon.stop();
}
