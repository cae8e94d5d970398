//! Routes that end, are refused or were taken away.

use super::*;

/// Whether the route is said to be down, by its metric and by `/readyz`.
fn is_down(daemon: &Daemon) -> bool {
    let (code, body) = ready(daemon);
    link_up(daemon) == Some(0) && code == 503 && body.contains("sms")
}

fn link_up(daemon: &Daemon) -> Option<i64> {
    metric(daemon, "tillbell_link_up", "\"sms\"")
}

/// The gateway refuses the account: messages wait until it does not.
#[test]
fn a_gateway_that_refuses_the_account_fails_no_message() {
    for code in [401, 403] {
        let mut gateway = Watched::gateway(&json!([{"status": code}]));
        let few = format!("{BRISK}attempts-max = 1\nconnections = 4\n");
        let scratch = desk(SHORT, "", &gateway.http(&few));
        let daemon = Daemon::start(scratch.path());
        let ids = post(&daemon, &purchases(0..20));
        until("a route that is down", || (link_up(&daemon) == Some(0)).then_some(()));
        for id in &ids {
            assert_eq!(state(&daemon, *id), "queued", "{}", message(&daemon, *id));
        }
        // It pauses: they are not refused in turn.
        let asked = gateway.said("request").len();
        assert!((1..=4).contains(&asked), "{asked}");
        // The gateway has the account, and the operator another key: at once, where
        // the route alone would try after a minute.
        gateway.tell(&json!([{"status": 200}]));
        configure(&scratch, &gateway.http(&format!("{BRISK}headers = {{ X-Key = \"new\" }}\n")));
        reload(&daemon);
        for id in ids {
            becomes(&daemon, id, "delivered");
        }
        until("a route that is up", || (link_up(&daemon) == Some(1)).then_some(()));
        assert_eq!(ready(&daemon).0, 200);
        daemon.stop();
    }
}

#[test]
fn readyz_names_the_route_whose_account_a_gateway_refuses() {
    let gateway = Watched::gateway(&json!([{"status": 401}]));
    let scratch = desk(SHORT, "", &gateway.http(BRISK));
    let daemon = Daemon::start(scratch.path());
    post(&daemon, &purchase(1));
    until("a route that is down", || is_down(&daemon).then_some(()));
    daemon.stop();
}

#[test]
fn an_smsc_that_refuses_the_password_fails_no_message() {
    let mut smsc = Watched::smsc(&json!({"password": "right"}));
    let scratch = desk(SHORT, "", &smsc.smpp(&format!("{BRISK}password = \"wrong\"\n")));
    let daemon = Daemon::start(scratch.path());
    let ids = post(&daemon, &purchases(0..5));
    daemon.wait("the SMSC refuses the bind: smpp-0x0000000e");
    smsc.at_least("bind", 1);
    for id in &ids {
        assert_eq!(state(&daemon, *id), "queued");
    }
    assert_ne!(link_up(&daemon), Some(1));
    configure(&scratch, &smsc.smpp(&format!("{BRISK}password = \"right\"\n")));
    reload(&daemon);
    for id in ids {
        becomes(&daemon, id, "delivered");
    }
    assert_eq!(link_up(&daemon), Some(1));
    assert!(!format!("{:?}", daemon.stop()).contains("wrong"), "a password in the log");
}

#[test]
fn readyz_names_the_route_whose_bind_an_smsc_refuses() {
    let smsc = Watched::smsc(&json!({"password": "right"}));
    let scratch = desk(SHORT, "", &smsc.smpp(&format!("{BRISK}password = \"wrong\"\n")));
    let daemon = Daemon::start(scratch.path());
    daemon.wait("the SMSC refuses the bind");
    until("a route that is down", || is_down(&daemon).then_some(()));
    daemon.stop();
}

/// A file that cannot be written ends its route: it begins again, later each time.
#[test]
fn a_route_that_ends_starts_again_and_says_so() {
    let scratch = desk(SHORT, "", FILE);
    let link = scratch.path().join("messages.jsonl");
    std::os::unix::fs::symlink("/dev/full", &link).expect("a link");
    let daemon = Daemon::start(scratch.path());
    let id = post(&daemon, &purchase(1))[0];
    for again in ["begins again in 1 s", "begins again in 2 s"] {
        let line = daemon.wait(again);
        assert!(line.contains("route sms: "), "{line}");
        until("a route that is down", || is_down(&daemon).then_some(()));
    }
    fs::remove_file(&link).expect("removed");
    becomes(&daemon, id, "delivered");
    until("a route that is up", || (link_up(&daemon) == Some(1)).then_some(()));
    assert_eq!(ready(&daemon).0, 200);
    let lines = fs::read_to_string(&link).expect("messages");
    assert_eq!(lines.lines().count(), 1);
    daemon.stop();
}

/// Nobody reads standard output when it is killed: what was begun is settled later.
#[test]
fn console_messages_in_flight_at_a_kill_are_settled() {
    let scratch = desk(SHORT, "", "[[route]]\nchannel = \"sms\"\nconsole = true\n");
    let pipe = scratch.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo").success());
    // Open at both ends, and never read.
    let _open = fs::File::options().read(true).write(true).open(&pipe).expect("a pipe");
    let mut shell = Command::new("sh");
    shell.args(["-c", "pipe=$1; shift; exec \"$0\" \"$@\" > \"$pipe\""]).arg(binary()).arg(&pipe);
    let mut daemon = Daemon::start_by(scratch.path(), shell);
    let mut ids = Vec::new();
    for turn in 0..10 {
        ids.extend(post(&daemon, &purchases(turn * 100..turn * 100 + 100)));
    }
    let delivered =
        |scratch: &Scratch| status(scratch)["messages"]["delivered"].as_u64().unwrap_or(0);
    // The pipe is full once nothing moves.
    let mut before = (delivered(&scratch), Instant::now());
    until("a full pipe", || {
        let now = delivered(&scratch);
        if now != before.0 {
            before = (now, Instant::now());
        }
        (before.1.elapsed() > Duration::from_secs(1)).then_some(())
    });
    assert!(before.0 < 1_000, "the pipe was not full");
    daemon.kill();
    settled(&scratch, 1_000);
}

/// Killed again and again while a file is written.
#[test]
fn file_messages_in_flight_at_a_kill_are_settled() {
    let scratch = desk(SHORT, "", FILE);
    for turn in 0..8 {
        let mut daemon = Daemon::start(scratch.path());
        post(&daemon, &purchases(turn * 500..turn * 500 + 500));
        // The moment is what is tested.
        thread::sleep(Duration::from_millis(turn * 5));
        daemon.kill();
    }
    settled(&scratch, 4_000);
    let text = fs::read_to_string(scratch.path().join("messages.jsonl")).expect("messages");
    let mut seen = BTreeMap::new();
    for line in text.lines() {
        let line: Value = serde_json::from_str(line).expect("a line of JSON");
        *seen.entry(line["id"].as_i64().expect("a number")).or_insert(0) += 1;
    }
    assert_eq!(seen.len(), 4_000);
    assert!(seen.values().all(|times| *times == 1), "written twice");
}

/// A daemon that is left alone brings so many messages to an end.
#[track_caller]
fn settled(scratch: &Scratch, count: u64) {
    let daemon = Daemon::start(scratch.path());
    until("the end of all", || {
        let states = &status(scratch)["messages"];
        let of = |state: &str| states[state].as_u64().unwrap_or(0);
        (of("delivered") + of("doubtful") == count).then_some(())
    });
    daemon.stop();
}

/// Port 9, where nobody is.
const NOBODY: &str = "[[route]]\nchannel = \"sms\"\n[route.smpp]\nport = 9\n";
const EMAIL: &str = "[[route]]\nchannel = \"email\"\nfile = \"messages.jsonl\"\n";

#[test]
fn a_queue_without_a_route_is_named() {
    let scratch = desk(SHORT, "", NOBODY);
    let daemon = Daemon::start(scratch.path());
    let id = post(&daemon, &purchase(1))[0];
    daemon.stop();
    configure(&scratch, EMAIL);
    let daemon = Daemon::start(scratch.path());
    daemon.wait("queue sms: 1 messages wait, and no route takes them");
    let (code, text) = check(&scratch);
    assert!(code == Some(0) && text.contains("warning: queue sms: 1 messages wait"), "{text}");
    let said = tillbell(&["status", "--outbox", &outbox(&scratch)], b"").stdout;
    let said = String::from_utf8(said).expect("UTF-8");
    assert!(said.contains("queue sms: 1 messages wait, and no route takes them"), "{said}");
    assert_eq!(status(&scratch)["routeless"]["sms"], 1);
    let named = |daemon: &Daemon| metric(daemon, "tillbell_routeless_messages", "\"sms\"");
    until("the metric", || (named(&daemon) == Some(1)).then_some(()));
    assert_eq!(state(&daemon, id), "queued");
    // A route takes it again.
    configure(&scratch, FILE);
    reload(&daemon);
    becomes(&daemon, id, "delivered");
    until("no metric", || (named(&daemon).unwrap_or(0) == 0).then_some(()));
    assert!(status(&scratch)["routeless"]["sms"].is_null());
    daemon.stop();
}

/// Looked at before the daemon is started with it, as one does.
#[test]
fn check_names_a_queue_without_a_route_before_the_start() {
    let scratch = desk(SHORT, "", NOBODY);
    let daemon = Daemon::start(scratch.path());
    post(&daemon, &purchase(1));
    daemon.stop();
    configure(&scratch, EMAIL);
    let (code, text) = check(&scratch);
    assert!(code == Some(0) && text.contains("warning: queue sms: 1 messages wait"), "{text}");
}

/// It waits for its time, and nothing would take it then.
#[test]
fn a_queue_without_a_route_is_named_if_its_messages_are_not_due() {
    let scratch = desk(SHORT, ", delay = \"12h\"", NOBODY);
    let daemon = Daemon::start(scratch.path());
    let id = post(&daemon, &purchase(1))[0];
    assert_eq!(state(&daemon, id), "deferred");
    daemon.stop();
    configure(&scratch, EMAIL);
    let daemon = Daemon::start(scratch.path());
    until("a line of it", || {
        daemon.lines().iter().any(|line| line.contains("queue sms: ")).then_some(())
    });
    assert_eq!(status(&scratch)["routeless"]["sms"], 1);
    let named = || metric(&daemon, "tillbell_routeless_messages", "\"sms\"");
    until("the metric", || (named() == Some(1)).then_some(()));
    daemon.stop();
}
