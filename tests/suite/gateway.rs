//! Messages by HTTP: what a gateway gets, what its answers and receipts mean, and
//! the way by a fallback.

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tillbell_tests::delivery::{Client, Daemon, Peer, Smsc, certificate, event, subscribers};
use tillbell_tests::{Scratch, tillbell};

const HTTP: &str = "[http]\nlisten = \"127.0.0.1:0\"\n";
const PATIENCE: Duration = Duration::from_secs(20);

/// A gateway that says what it got.
struct Gateway {
    peer: Peer,
    port: u16,
}

impl Gateway {
    fn start(arguments: &[&str]) -> Self {
        let peer = Peer::start("gateway/gateway.js", arguments);
        Self { port: peer.port, peer }
    }

    fn next(&mut self, name: &str) -> Value {
        self.peer.wait(name)
    }

    /// What it answers from now on.
    fn answers(&mut self, answers: &Value) {
        self.peer.tell(&answers.to_string());
        self.peer.wait("done");
    }

    /// How many requests came that nobody looked at.
    fn unseen(&mut self) -> usize {
        self.peer.unseen("request")
    }
}

fn desk(rest: &str) -> Scratch {
    let scratch = Scratch::new();
    fs::write(scratch.path().join("subscribers.csv"), subscribers(100)).expect("a table");
    let path = |name: &str| scratch.path().join(name).display().to_string();
    let import =
        ["subscribers", "import", "--outbox", &path("outbox.db"), &path("subscribers.csv")];
    assert!(tillbell(&import, b"").status.success());
    fs::write(scratch.path().join("hmac.key"), "a key of the tests\n").expect("a key");
    Daemon::configure(scratch.path(), &format!("{HTTP}{rest}"));
    scratch
}

/// Waits until a message is in this state; gives why.
fn wait(client: &mut Client, message: u32, state: &str) -> Value {
    let until = Instant::now() + PATIENCE;
    loop {
        let answer = client.get(&format!("/v1/messages/{message}")).expect("an answer").json();
        if answer["state"] == state {
            return answer["changes"].as_array().expect("changes").last().expect("one")["cause"]
                .clone();
        }
        assert!(Instant::now() < until, "{answer}");
        thread::sleep(Duration::from_millis(10));
    }
}

fn signature(text: &str) -> String {
    let mut child = Command::new("openssl")
        .args(["dgst", "-sha256", "-hmac", "a key of the tests", "-r"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("openssl");
    child.stdin.take().expect("piped").write_all(text.as_bytes()).expect("written");
    let output = child.wait_with_output().expect("ended").stdout;
    String::from_utf8(output).expect("ASCII").split(' ').next().expect("a digest").to_owned()
}

/// A JSON gateway with a signature, ids and receipts that are signed too.
fn json_route(port: u16) -> String {
    format!(
        r#"[[route]]
channel = "sms"
[route.http]
url = "http://127.0.0.1:{port}/send"
json = '{{"mobile":{{{{ to }}}},"content":{{{{ text }}}},"uid":{{{{ id }}}},"ts":{{{{ timestamp }}}}}}'
headers = {{ "X-Bank" = "{{{{ bundle }}}}" }}
idempotency-header = "Idempotency-Key"
answer-seconds = 1
doubt-seconds = 1
receipt-seconds = 0
retry-seconds = 1
throttle-ms = 50
connections = 4
[route.http.hmac]
key-file = "hmac.key"
header = "X-Signature"
prefix = "sha256="
[route.http.answer]
ok = {{ "/code" = "0" }}
id = "/sid"
cause = "/code"
for-now = ["22"]
throttled = ["33"]
[route.http.receipt]
items = "/reports"
id = "/sid"
state = "/status"
cause = "/err"
reference = "/uid"
recipient = "/mobile"
delivered = ["SUCCESS"]
failed = ["FAIL"]
answer = "SUCCESS"
hmac = {{ key-file = "hmac.key", header = "X-Signature" }}
"#
    )
}

#[test]
fn a_gateway_gets_a_signed_request_and_its_receipts_count() {
    let mut gateway = Gateway::start(&[]);
    gateway.answers(&json!([{"status": 200, "body": r#"{"code":0,"sid":"g-1"}"#, "times": 1}, {"status": 200, "body": r#"{"code":0,"sid":"g-2"}"#}]));
    let scratch = desk(&json_route(gateway.port));
    let daemon = Daemon::start(scratch.path());
    let mut client = daemon.client();
    client.post(&event(1, 100)).expect("an answer");
    let requests = [gateway.next("request"), gateway.next("request")];
    for request in &requests {
        let body = request["body"].as_str().expect("a body");
        let said: Value = serde_json::from_str(body).expect("JSON");
        assert_eq!(
            (request["method"].clone(), request["path"].clone()),
            (json!("POST"), json!("/send"))
        );
        assert_eq!(request["headers"]["x-bank"], "harbour");
        assert_eq!(request["headers"]["idempotency-key"], said["uid"]);
        assert_eq!(request["headers"]["x-signature"], format!("sha256={}", signature(body)));
        assert!(said["mobile"].as_str().expect("a number").starts_with("+8613"));
        assert!(said["content"].as_str().expect("a text").starts_with("【海港银行】"));
    }
    wait(&mut client, 1, "submitted");
    wait(&mut client, 2, "submitted");
    let reports = r#"{"reports":[{"sid":"g-1","status":"SUCCESS"},{"sid":"g-2","status":"FAIL","err":"MK:1008"},{"sid":"g-9","status":"SENT"}]}"#;
    let post = |signature: &str| {
        let headers = format!("X-Signature: {signature}\r\nContent-Type: application/json\r\n");
        daemon
            .client()
            .send("POST", "/v1/receipts/sms", &headers, reports.as_bytes())
            .expect("an answer")
    };
    assert_eq!(post(&signature("another body")).status, 401);
    let answer = post(&signature(reports));
    assert_eq!((answer.status, answer.body.as_str()), (200, "SUCCESS"));
    let ends: Vec<_> = [1, 2]
        .map(|message| {
            client.get(&format!("/v1/messages/{message}")).expect("an answer").json()["state"]
                .clone()
        })
        .into();
    assert!(ends.contains(&json!("delivered")) && ends.contains(&json!("failed")), "{ends:?}");
    daemon.stop();
}

#[test]
fn answers_say_whether_a_message_goes_again() {
    let mut gateway = Gateway::start(&[]);
    // Refused for now, too much, then taken; and the other party's for good.
    gateway.answers(&json!([
        {"status": 200, "body": r#"{"code":22}"#, "times": 2},
        {"status": 200, "body": r#"{"code":33}"#, "times": 1},
        {"status": 429, "body": "", "times": 1},
        {"status": 200, "body": r#"{"code":0,"sid":"g-1"}"#, "times": 1},
        {"status": 200, "body": r#"{"code":5}"#},
    ]));
    let scratch = desk(&json_route(gateway.port));
    let daemon = Daemon::start(scratch.path());
    let mut client = daemon.client();
    client.post(&event(1, 100)).expect("an answer");
    let until = Instant::now() + PATIENCE;
    let ends = loop {
        let ends = [1, 2].map(|message| {
            client.get(&format!("/v1/messages/{message}")).expect("an answer").json()["state"]
                .clone()
        });
        if ends.contains(&json!("submitted")) && ends.contains(&json!("failed")) {
            break ends;
        }
        assert!(Instant::now() < until, "{ends:?}");
        thread::sleep(Duration::from_millis(20));
    };
    let failed = if ends[0] == "failed" { 1 } else { 2 };
    assert_eq!(wait(&mut client, failed, "failed"), "5");
    daemon.stop();
    assert_eq!(gateway.unseen(), 6);
}

/// A time-out does not say that the gateway has not got it: a receipt does, and
/// without one it goes once more, under the same key.
#[test]
fn a_time_out_is_a_doubt_and_not_a_failure() {
    let mut gateway = Gateway::start(&[]);
    gateway.answers(&json!([{"status": 200, "body": r#"{"code":0,"sid":"late"}"#, "ms": 3000, "times": 2}, {"status": 502, "times": 1}, {"status": 200, "body": r#"{"code":0,"sid":"g-1"}"#}]));
    let scratch = desk(&json_route(gateway.port));
    let daemon = Daemon::start(scratch.path());
    let mut client = daemon.client();
    client.post(&event(1, 100)).expect("an answer");
    let first = [gateway.next("request"), gateway.next("request")];
    let uid = |request: &Value| -> Value {
        serde_json::from_str::<Value>(request["body"].as_str().expect("a body")).expect("JSON")["uid"].clone()
    };
    // One of the two arrived: its receipt says so before its answer.
    let known = uid(&first[0]);
    let report = json!({"reports": {"sid": "late", "status": "SUCCESS", "uid": known, "mobile": serde_json::from_str::<Value>(first[0]["body"].as_str().expect("a body")).expect("JSON")["mobile"]}}).to_string();
    let headers = format!("X-Signature: {}\r\n", signature(&report));
    let answer = daemon
        .client()
        .send("POST", "/v1/receipts/sms", &headers, report.as_bytes())
        .expect("an answer");
    assert_eq!(answer.status, 200, "{}", answer.body);
    // The key ends with the number.
    let number = known.as_str().and_then(|key| key.rsplit('-').next()).expect("a key");
    let known: u32 = number.parse().expect("a number");
    wait(&mut client, known, "delivered");
    // Of the other nothing was heard: once more, and the answer of 502 says
    // nothing either.
    let again = gateway.next("request");
    assert_eq!(uid(&again), uid(&first[1]));
    assert_eq!(again["headers"]["idempotency-key"], first[1]["headers"]["idempotency-key"]);
    assert_eq!(wait(&mut client, 3 - known, "doubtful"), "no-answer");
    daemon.stop();
    assert_eq!(gateway.unseen(), 0);
}

/// A form, without receipts, by TLS: what the gateway takes has arrived.
#[test]
fn a_form_goes_by_tls_to_the_one_who_is_trusted() {
    let keys = Scratch::new();
    let (certificate, key) = certificate(keys.path());
    let mut gateway = Gateway::start(&["--key", &key, "--cert", &certificate]);
    let route = format!(
        "[[route]]\nchannel = \"sms\"\n[route.http]\nurl = \"https://localhost:{}/sms\"\ntls-ca = {:?}\nform = {{ To = \"{{{{ to }}}}\", Body = \"{{{{ text }}}}\" }}\nheaders = {{ Authorization = \"Basic c2VjcmV0\" }}\n",
        gateway.port, certificate
    );
    let scratch = desk(&route);
    let daemon = Daemon::start(scratch.path());
    let mut client = daemon.client();
    client.post(&event(1, 100)).expect("an answer");
    let request = gateway.next("request");
    let body = request["body"].as_str().expect("a body");
    assert!(body.starts_with("Body=%E3%80%90%E6%B5%B7%E6%B8%AF"), "{body}");
    assert!(body.contains("&To=%2B8613"), "{body}");
    assert_eq!(request["headers"]["content-type"], "application/x-www-form-urlencoded");
    assert_eq!(request["headers"]["authorization"], "Basic c2VjcmV0");
    wait(&mut client, 1, "delivered");
    wait(&mut client, 2, "delivered");
    let lines = daemon.stop();
    assert!(!format!("{lines:?}").contains("c2VjcmV0"));
}

/// What the SMSC refuses, and what it gives no receipt for, goes by HTTP.
#[test]
fn a_fallback_takes_what_the_first_route_refuses() {
    let mut gateway = Gateway::start(&[]);
    let smsc = Smsc::start(r#"{"answer":"status","status":11}"#);
    let fallback = format!(
        "[[route]]\nchannel = \"sms\"\n[route.http]\nurl = \"http://127.0.0.1:{}/push\"\njson = '{{\"to\":{{{{ to }}}},\"text\":{{{{ text }}}}}}'\n",
        gateway.port
    );
    let scratch = desk(&format!("{}{fallback}", smsc.route("")));
    let daemon = Daemon::start(scratch.path());
    let mut client = daemon.client();
    client.post(&event(1, 100)).expect("an answer");
    gateway.next("request");
    gateway.next("request");
    for message in [1, 2] {
        wait(&mut client, message, "delivered");
        let answer = client.get(&format!("/v1/messages/{message}")).expect("an answer").json();
        let changes = answer["changes"].as_array().expect("changes");
        let steps: Vec<_> = changes
            .iter()
            .map(|change| (change["state"].clone(), change["cause"].clone()))
            .collect();
        assert_eq!(steps[1], (json!("queued"), json!("smpp-0x0000000b")), "{steps:?}");
    }
    daemon.stop();
}
