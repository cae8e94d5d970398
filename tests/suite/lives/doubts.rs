//! Answers that did not come, and whose receipts end the doubt.

use super::*;

/// The answer is lost. A receipt of another's message to the same telephone says
/// nothing of ours.
#[test]
fn a_strangers_receipt_ends_no_doubt() {
    let settings = "answer-seconds = 1\ndoubt-seconds = 3\nreceipt-seconds = 2\n";
    let mut smsc = Watched::smsc(&json!({"answer": "never", "times": 4}));
    let scratch = desk(SHORT, "", &smsc.smpp(settings));
    let daemon = Daemon::start(scratch.path());
    let ids = post(&daemon, &purchases(1..5));
    let submits = smsc.at_least("submit", 4);
    let beginning: String = text(&submits[0]).chars().take(20).collect();
    // A month, and no whole quarters of an hour: what no time zone makes of now.
    let long_ago = minutes_ago(30 * 24 * 60 + 7);
    for (number, receipt) in [
        // No text and no date that fits; another text; the text of another day.
        (1, json!({"text": ""})),
        (2, json!({"text": "Your parcel is there"})),
        (3, json!({"text": beginning, "submitted": long_ago})),
        // Ours by its reference, whatever else stands in it.
        (4, json!({"text": "", "reference": reference_to(&submits, 4)})),
    ] {
        let mut receipt = receipt;
        receipt["command"] = "receipt".into();
        receipt["id"] = format!("stranger-{number}").into();
        receipt["to"] = phone(number).into();
        smsc.tell(&receipt);
    }
    becomes(&daemon, ids[3], "delivered");
    // The others are still in doubt: they go once more, and are taken.
    for id in &ids[..3] {
        becomes(&daemon, *id, "delivered");
    }
    daemon.stop();
    let mut told: Vec<_> = smsc
        .all("submit")
        .iter()
        .map(|one| one["to"].as_str().expect("a number").to_owned())
        .collect();
    told.sort_unstable();
    let expected = [1, 1, 2, 2, 3, 3, 4].map(phone);
    assert_eq!(told, expected);
}

fn reference_to(submits: &[Value], number: u64) -> Value {
    let submit = submits.iter().find(|one| one["to"] == phone(number)).expect("a submit");
    submit["reference"].clone()
}

/// A date as receipts have it.
fn minutes_ago(minutes: u64) -> String {
    let date = Command::new("date")
        .args(["-u", "-d", &format!("{minutes} minutes ago"), "+%y%m%d%H%M"])
        .output()
        .expect("date");
    String::from_utf8(date.stdout).expect("ASCII").trim().to_owned()
}

/// The same text to the same number, at this time of day a month ago.
#[test]
fn a_receipt_of_last_month_ends_no_doubt() {
    let settings =
        "reference = false\nanswer-seconds = 1\ndoubt-seconds = 3\nreceipt-seconds = 2\n";
    let mut smsc = Watched::smsc(&json!({"answer": "never", "times": 1}));
    let scratch = desk(SHORT, "", &smsc.smpp(settings));
    let daemon = Daemon::start(scratch.path());
    let id = post(&daemon, &purchase(1))[0];
    let submit = smsc.at_least("submit", 1).remove(0);
    let beginning: String = text(&submit).chars().take(20).collect();
    smsc.tell(&json!({
        "command": "receipt", "id": "another", "to": phone(1), "text": beginning,
        "submitted": minutes_ago(30 * 24 * 60),
    }));
    becomes(&daemon, id, "delivered");
    daemon.stop();
    assert_eq!(smsc.all("submit").len(), 2);
}

/// A receipt whose text, number and date fit is ours.
#[test]
fn a_receipt_that_fits_ends_a_doubt() {
    let settings =
        "reference = false\nanswer-seconds = 1\ndoubt-seconds = 3\nreceipt-seconds = 2\n";
    let mut smsc = Watched::smsc(&json!({"answer": "never"}));
    let scratch = desk(SHORT, "", &smsc.smpp(settings));
    let daemon = Daemon::start(scratch.path());
    let id = post(&daemon, &purchase(1))[0];
    let submit = smsc.at_least("submit", 1).remove(0);
    let beginning: String = text(&submit).chars().take(20).collect();
    smsc.tell(
        &json!({"command": "receipt", "id": submit["id"], "to": phone(1), "text": beginning}),
    );
    becomes(&daemon, id, "delivered");
    daemon.stop();
    assert_eq!(smsc.all("submit").len(), 1);
}

/// The same by HTTP: neither the telephone number nor another's key is ours.
#[test]
fn a_strangers_receipt_by_http_ends_no_doubt() {
    let mut gateway = Watched::gateway(&json!([
        {"status": 200, "body": "{\"sid\":\"first\"}", "ms": 30_000, "times": 1},
        {"status": 200, "body": "{\"sid\":\"second\"}"},
    ]));
    let receipt = "[route.http.receipt]\nid = \"/sid\"\nstate = \"/status\"\n\
                   recipient = \"/mobile\"\nreference = \"/uid\"\ndelivered = [\"SUCCESS\"]\n";
    let settings = "answer-seconds = 1\ndoubt-seconds = 2\nreceipt-seconds = 1\n\
                    answer = { id = \"/sid\" }\n";
    let scratch = desk(SHORT, "", &gateway.http(&format!("{settings}{receipt}")));
    let daemon = Daemon::start(scratch.path());
    let id = post(&daemon, &purchase(1))[0];
    let first = body(&gateway.at_least("request", 1)[0]);
    let say = |receipt: Value| {
        let headers = format!(
            "Authorization: Bearer {}\r\nContent-Type: application/json\r\n",
            tillbell_tests::delivery::TOKEN
        );
        let body = receipt.to_string();
        let answer = daemon.client().send("POST", "/v1/receipts/sms", &headers, body.as_bytes());
        assert_eq!(answer.expect("an answer").status, 200);
    };
    let (mobile, uid) = (first["to"].clone(), first["uid"].as_str().expect("a key"));
    let others = format!("{uid}0");
    say(json!({"sid": "a", "status": "SUCCESS", "mobile": mobile}));
    say(json!({"sid": "b", "status": "SUCCESS", "mobile": mobile, "uid": others}));
    assert_eq!(state(&daemon, id), "queued");
    let again = body(&gateway.at_least("request", 2)[1]);
    assert_eq!(again["uid"], first["uid"]);
    say(json!({"sid": "second", "status": "SUCCESS"}));
    becomes(&daemon, id, "delivered");
    daemon.stop();
    assert_eq!(gateway.all("request").len(), 2);
}

#[test]
fn doubts_that_end_before_receipts_come_are_refused() {
    let nobody = Watched::gateway(&json!([{"status": 200}]));
    let scratch = desk(SHORT, "", "");
    for route in [Watched::smpp, Watched::http] {
        for (settings, said) in [
            (
                "answer-seconds = 5\nreceipt-seconds = 10\ndoubt-seconds = 14\n",
                "doubt-seconds: 14, expected 15 to 86400",
            ),
            ("doubt-seconds = 39\n", "doubt-seconds: 39, expected 40 to 86400"),
            ("receipt-seconds = 51\n", "doubt-seconds: 60, expected 61 to 86400"),
        ] {
            configure(&scratch, &route(&nobody, settings));
            let (code, text) = check(&scratch);
            assert!(code == Some(2) && text.contains(said), "{said}: {text}");
            assert!(text.contains("route 1: "), "{text}");
        }
        configure(
            &scratch,
            &route(&nobody, "answer-seconds = 5\nreceipt-seconds = 10\ndoubt-seconds = 15\n"),
        );
        let (code, text) = check(&scratch);
        assert_eq!(code, Some(0), "{text}");
    }
}
