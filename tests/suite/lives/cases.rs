//! A debit and its reversals, and the same transaction from several clients.

use super::*;

/// The corrections are cancelled, and another's message comes behind whatever would
/// still leave.
#[track_caller]
fn nothing_more_leaves(daemon: Daemon, corrections: Vec<i64>) {
    for id in corrections {
        assert_eq!(ends(&daemon, id), "cancelled");
    }
    let other = post(&daemon, &purchase(2))[0];
    becomes(&daemon, other, "delivered");
    daemon.stop();
}

/// The answer to a debit is held back until its reversal is there, and then it is a
/// refusal for now: nobody is told of either.
#[test]
fn a_debit_refused_after_its_reversal_came_does_not_leave() {
    let mut smsc = Watched::smsc(&json!({"answer": "hold"}));
    let scratch = desk(SHORT, "", &smsc.smpp(PATIENT));
    let daemon = Daemon::start(scratch.path());
    let debit = post(&daemon, &purchase(1))[0];
    smsc.at_least("submit", 1);
    let correction = post(&daemon, &reversal(1, SUBSCRIBERS, None));
    smsc.tell(&json!({"command": "behave"}));
    smsc.tell(&json!({"command": "release", "status": 0x58}));
    assert_eq!(ends(&daemon, debit), "cancelled");
    nothing_more_leaves(daemon, correction);
    let submits = smsc.all("submit");
    assert_eq!((submits.len(), saying(&submits, "paid")), (2, 2), "{submits:?}");
}

#[test]
fn a_debit_that_a_gateway_refuses_after_its_reversal_came_does_not_leave() {
    let mut gateway =
        Watched::gateway(&json!([{"status": 429, "ms": 700, "times": 1}, {"status": 200}]));
    let scratch = desk(SHORT, "", &gateway.http(PATIENT));
    let daemon = Daemon::start(scratch.path());
    let debit = post(&daemon, &purchase(1))[0];
    gateway.at_least("request", 1);
    let correction = post(&daemon, &reversal(1, SUBSCRIBERS, None));
    assert_eq!(ends(&daemon, debit), "cancelled");
    nothing_more_leaves(daemon, correction);
    assert_eq!(gateway.all("request").len(), 2);
}

/// A refusal for good would be a reason for the fallback; not of what was cancelled.
#[test]
fn a_refusal_brings_no_cancelled_message_back_by_the_fallback() {
    let mut smsc = Watched::smsc(&json!({"answer": "hold"}));
    let mut gateway = Watched::gateway(&json!([{"status": 200}]));
    let routes = format!("{}{}", smsc.smpp(PATIENT), gateway.http(PATIENT));
    let scratch = desk(SHORT, "", &routes);
    let daemon = Daemon::start(scratch.path());
    let debit = post(&daemon, &purchase(1))[0];
    smsc.at_least("submit", 1);
    post(&daemon, &reversal(1, SUBSCRIBERS, None));
    smsc.tell(&json!({"command": "release", "status": 0x0b}));
    assert_eq!(ends(&daemon, debit), "cancelled");
    // The fallback works, for what was not cancelled.
    let other = post(&daemon, &purchase(2))[0];
    smsc.at_least("submit", 2);
    smsc.tell(&json!({"command": "release", "status": 0x0b}));
    becomes(&daemon, other, "delivered");
    daemon.stop();
    let requests: Vec<_> =
        gateway.all("request").iter().map(|one| body(one)["to"].clone()).collect();
    assert_eq!(requests, [format!("+{}", phone(2))]);
}

/// The refusal comes when the attempt was given up, and the message has ended.
#[test]
fn a_late_refusal_brings_no_ended_message_back_by_the_fallback() {
    let mut smsc = Watched::smsc(&json!({"answer": "hold"}));
    let mut gateway = Watched::gateway(&json!([{"status": 200}]));
    let routes = format!("{}{}", smsc.smpp(BRISK), gateway.http(BRISK));
    let scratch = desk(SHORT, "", &routes);
    let daemon = Daemon::start(scratch.path());
    let ids = post(&daemon, &purchases(1..3));
    let submits = smsc.at_least("submit", 2);
    smsc.tell(&json!({"command": "behave"}));
    post(&daemon, &reversal(1, SUBSCRIBERS, None));
    // The reversed one ends in doubt, the other by a receipt.
    let arrived = submits.iter().find(|one| one["to"] == phone(2)).expect("the second");
    smsc.tell(&json!({"command": "receipt", "id": "x", "to": phone(2), "reference": arrived["reference"]}));
    becomes(&daemon, ids[1], "delivered");
    let end = ends(&daemon, ids[0]);
    assert!(["doubtful", "cancelled"].contains(&end.as_str()), "{end}");
    smsc.tell(&json!({"command": "release", "status": 0x0b}));
    // Behind those answers, by the same session.
    let other = post(&daemon, &purchase(3))[0];
    becomes(&daemon, other, "delivered");
    assert_eq!(state(&daemon, ids[1]), "delivered");
    assert!(["doubtful", "cancelled", "failed"].contains(&state(&daemon, ids[0]).as_str()));
    daemon.stop();
    assert_eq!(gateway.all("request"), Vec::<Value>::new());
    assert_eq!(saying(&smsc.all("submit"), "paid"), 3);
}

/// The debit is not to be sent yet, the reversals are urgent: the telephone hears of
/// them in the order in which they happened.
#[test]
fn a_case_is_told_in_its_order() {
    let mut smsc = Watched::smsc(&json!({}));
    let scratch = desk(SHORT, ", delay = \"3s\", priority = 1", &smsc.smpp(BRISK));
    let daemon = Daemon::start(scratch.path());
    post(&daemon, &purchase(1));
    post(&daemon, &reversal(1, SUBSCRIBERS, Some(1_000)));
    let mut second: Value =
        serde_json::from_str(&reversal(1, SUBSCRIBERS, Some(500))).expect("an event");
    second["stan"] = "777777".into();
    post(&daemon, &second.to_string());
    smsc.at_least("submit", 3);
    daemon.stop();
    let texts: Vec<_> = smsc.all("submit").iter().map(text).collect();
    let words = ["paid CNY 128.51", "got back CNY 10.00", "got back CNY 5.00"];
    assert_eq!(texts.len(), 3, "{texts:?}");
    for (text, words) in texts.iter().zip(words) {
        assert!(text.contains(words), "{texts:?}");
    }
}

/// Four clients hand over the same at the same time, again and again.
#[test]
fn the_same_from_four_at_once_is_told_once() {
    const CLIENTS: usize = 4;
    const ROUNDS: u64 = 200;
    let scratch = desk(SHORT, "", FILE);
    let daemon = Daemon::start(scratch.path());
    let (address, start) = (daemon.http, Barrier::new(CLIENTS));
    let events: Vec<_> = (0..ROUNDS).map(purchase).collect();
    let answers: Vec<Vec<Value>> = thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|_| {
                scope.spawn(|| {
                    let mut client = Client::connect(address).expect("the daemon is there");
                    let ask = |event: &String| {
                        start.wait();
                        client.post(event).expect("an answer").json()["transactions"][0].clone()
                    };
                    events.iter().map(ask).collect()
                })
            })
            .collect();
        clients.into_iter().map(|client| client.join().expect("no panic")).collect()
    });
    for round in 0..ROUNDS as usize {
        let of_round = || answers.iter().map(|answers| &answers[round]);
        let accepted = of_round().filter(|answer| answer["status"] == "accepted").count();
        let repeats = of_round().filter(|answer| answer["status"] == "repeat").count();
        assert_eq!((accepted, repeats), (1, CLIENTS - 1), "{:?}", of_round().collect::<Vec<_>>());
        assert!(of_round().all(|answer| answer["messages"] == answers[0][round]["messages"]));
    }
    until("all written", || (status(&scratch)["messages"]["delivered"] == ROUNDS).then_some(()));
    daemon.stop();
    let text = fs::read_to_string(scratch.path().join("messages.jsonl")).expect("messages");
    assert_eq!(text.lines().count(), ROUNDS as usize);
}
