//! `tillbell serve`: what clients are answered, and what operators may do to it.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use serde_json::json;
use tillbell_tests::delivery::{Client, Daemon, certificate, desk, event, written};
use tillbell_tests::{bank, root, tillbell};
use tillbell_transaction::Timestamp;

const HTTP: &str = "[http]\nlisten = \"127.0.0.1:0\"\n";
const FILE: &str = "[[route]]\nchannel = \"sms\"\nfile = \"messages.jsonl\"\n";

#[test]
fn a_transaction_is_answered_for_once_it_is_stored_and_counts_once() {
    let scratch = desk(&format!("{HTTP}{FILE}"));
    let daemon = Daemon::start(scratch.path());
    let mut client = daemon.client();
    let answer = client.post(&event(1, 100)).expect("an answer");
    assert_eq!(answer.status, 202, "{}", answer.body);
    let first = answer.json()["transactions"][0].clone();
    assert_eq!(
        (first["status"].clone(), first["messages"].clone()),
        (json!("accepted"), json!([1, 2]))
    );
    let again = client.post(&event(1, 100)).expect("an answer").json();
    assert_eq!(again["transactions"][0]["status"], "repeat");
    assert_eq!(again["transactions"][0]["messages"], json!([1, 2]));
    let lines = format!("{}\n\n{}\n", event(1, 100), event(2, 100));
    let both = client.post(&lines).expect("an answer").json();
    let states: Vec<_> = [0, 1].map(|at| both["transactions"][at]["status"].clone()).into();
    assert_eq!(states, ["repeat", "accepted"]);
    let messages = written(&scratch, 4);
    assert_eq!(messages.len(), 4);
    assert_eq!(messages[0]["to"], "+8613900000001");
    let message = client.get("/v1/messages/1").expect("an answer");
    assert_eq!((message.status, message.json()["channel"].clone()), (200, json!("sms")));
    assert!(!message.body.contains("13900000001"), "{}", message.body);
    daemon.stop();
    // It begins where it ended.
    let daemon = Daemon::start(scratch.path());
    let again = daemon.client().post(&event(2, 100)).expect("an answer").json();
    assert_eq!(again["transactions"][0]["status"], "repeat");
    daemon.stop();
    assert_eq!(written(&scratch, 4).len(), 4);
}

#[test]
fn what_is_wrong_is_said_by_line_and_field_and_nothing_of_it_is_taken() {
    let scratch = desk(&format!("{HTTP}body-bytes-max = 2048\nevents-max = 3\n{FILE}"));
    let daemon = Daemon::start(scratch.path());
    let mut client = daemon.client();
    let wrong =
        event(2, 100).replace(r#""currency":"CNY""#, r#""currency":"cny 6216261000000000018""#);
    let answer = client.post(&format!("{}\n{wrong}\n", event(1, 100))).expect("an answer");
    assert_eq!(
        (answer.status, answer.json()["line"].clone(), answer.json()["field"].clone()),
        (400, json!(2), json!("amount.currency"))
    );
    assert!(!answer.body.contains("6216"), "{}", answer.body);
    assert_eq!(client.get("/v1/messages/1").expect("an answer").status, 404);
    let answer = client.post("{").expect("an answer");
    assert_eq!((answer.status, answer.json()["line"].clone()), (400, json!(1)));
    let lines = [event(1, 100), event(2, 100)].join("\n").repeat(3);
    assert_eq!(client.post(&lines).expect("an answer").status, 413);
    let mut client = daemon.client();
    let four = "{}\n{}\n{}\n{}";
    assert_eq!(client.post(four).expect("an answer").status, 413);
    for (method, path, headers, status) in [
        ("POST", "/v1/transactions", "Content-Type: application/json\r\n", 401),
        (
            "POST",
            "/v1/transactions",
            "Authorization: Bearer wrong\r\nContent-Type: application/json\r\n",
            401,
        ),
        ("GET", "/metrics", "", 401),
        ("GET", "/v1/messages/1", "", 401),
        ("GET", "/nothing", "", 404),
        ("DELETE", "/healthz", "", 405),
        ("GET", "/healthz", "", 200),
        ("GET", "/readyz", "", 200),
        ("GET", "/openapi.json", "", 200),
    ] {
        let mut client = daemon.client();
        let answer = client.send(method, path, headers, b"").expect("an answer");
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.body);
    }
    let mut client = daemon.client();
    let token = "Authorization: Bearer a token of the tests\r\n";
    let answer = client.send("POST", "/v1/transactions", token, b"{}").expect("an answer");
    assert_eq!(answer.status, 415, "{}", answer.body);
    assert_eq!(client.get("/v1/messages/x").expect("an answer").status, 400);
    daemon.stop();
}

/// Whoever sends half a request, or does not read, holds nobody up for long, and
/// a stop for no longer than requests may be waited for.
#[test]
fn a_slow_client_is_ended() {
    let half = "POST /v1/transactions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer a token of \
                the tests\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{";
    let scratch = desk(&format!("{HTTP}request-seconds = 1\nconnections-max = 2\n{FILE}"));
    let daemon = Daemon::start(scratch.path());
    let connect = || {
        let stream = TcpStream::connect(daemon.http).expect("the daemon is there");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("set");
        stream.set_write_timeout(Some(Duration::from_secs(2))).expect("set");
        stream
    };
    let mut slow = connect();
    slow.write_all(half.as_bytes()).expect("written");
    let mut deaf = connect();
    while deaf.write_all("GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n".as_bytes()).is_ok() {}
    let mut answer = String::new();
    slow.read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    // Both places are free again.
    let mut both = [daemon.client(), daemon.client()];
    for client in &mut both {
        assert_eq!(client.get("/healthz").expect("an answer").status, 200);
    }
    daemon.stop();

    Daemon::configure(scratch.path(), &format!("{HTTP}request-seconds = 600\n{FILE}"));
    let daemon = Daemon::start(scratch.path());
    let mut slow = TcpStream::connect(daemon.http).expect("the daemon is there");
    slow.write_all(half.as_bytes()).expect("written");
    assert_eq!(daemon.client().get("/healthz").expect("an answer").status, 200);
    daemon.stop();
}

/// Two would each send again what the other has begun.
#[test]
fn one_process_sends_from_an_outbox() {
    let scratch = desk(&format!("{HTTP}{FILE}"));
    let path = |name: &str| scratch.path().join(name).display().to_string();
    let daemon = Daemon::start(scratch.path());
    let send = [
        "send",
        &bank("harbour").display().to_string(),
        "--events",
        "examples/feeds/day.jsonl",
        "--outbox",
        &path("outbox.db"),
        "--to",
        &path("others.jsonl"),
    ];
    let serve = ["serve", "--config", &path("serve.toml")];
    for refused in [tillbell(&serve, b""), tillbell(&send, b"")] {
        let error = String::from_utf8_lossy(&refused.stderr);
        assert_eq!(refused.status.code(), Some(2), "{error}");
        assert!(error.contains("another process sends from this outbox"), "{error}");
    }
    assert_eq!(daemon.client().get("/readyz").expect("an answer").status, 200);
    daemon.stop();
    let sent = tillbell(&send, b"");
    assert!(String::from_utf8_lossy(&sent.stdout).contains("messages written"), "{sent:?}");
}

#[test]
fn the_socket_is_for_its_user_and_asks_for_no_token() {
    use std::os::unix::fs::PermissionsExt;
    let scratch = desk(&format!("[http]\nsocket = \"tillbell.sock\"\n{FILE}"));
    let daemon = Daemon::start(scratch.path());
    let path = scratch.path().join("tillbell.sock");
    assert_eq!(fs::metadata(&path).expect("a socket").permissions().mode() & 0o777, 0o600);
    let mut stream = UnixStream::connect(&path).expect("the daemon is there");
    let body = event(1, 100);
    let length = body.len();
    write!(stream, "POST /v1/transactions HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}").expect("written");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 202"), "{answer}");
    written(&scratch, 2);
    // A second daemon does not take the socket away.
    let other = desk(&format!("[http]\nsocket = {path:?}\n"));
    let config = other.path().join("serve.toml").display().to_string();
    let refused = tillbell(&["serve", "--config", &config], b"");
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("another daemon answers"));
    daemon.stop();
}

/// The tap reads and says nothing.
#[test]
fn the_tap_takes_messages_and_never_answers() {
    let tap = "[tap]\nlisten = \"127.0.0.1:0\"\nframing = \"length2\"\n";
    let scratch = desk(&format!("token-key = \"token.key\"\n{HTTP}{tap}{FILE}"));
    let key = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
    fs::write(scratch.path().join("token.key"), key).expect("a key");
    let daemon = Daemon::start(scratch.path());
    let feed =
        fs::read_to_string(root().join("examples/feeds/day-iso1987-ascii.hex")).expect("a feed");
    let messages: Vec<Vec<u8>> = feed
        .lines()
        .filter(|line| !line.starts_with('#') && !line.trim().is_empty())
        .map(|line| {
            let digits: Vec<u8> = line.bytes().filter(u8::is_ascii_hexdigit).collect();
            let pair =
                |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).expect("ASCII"), 16);
            digits.chunks(2).map(|digits| pair(digits).expect("hex")).collect()
        })
        .collect();
    assert!(messages.len() > 3);
    let mut stream = TcpStream::connect(daemon.tap.expect("a tap")).expect("the tap is there");
    for message in &messages {
        let length = u16::try_from(message.len()).expect("short");
        stream.write_all(&[&length.to_be_bytes(), message.as_slice()].concat()).expect("written");
    }
    let mut client = daemon.client();
    let until = Instant::now() + Duration::from_secs(20);
    let count = |metrics: &str, name: &str| -> u64 {
        let line = metrics.lines().find(|line| line.starts_with(name));
        line.and_then(|line| line.rsplit(' ').next()?.parse().ok()).unwrap_or(0)
    };
    loop {
        let metrics = client.get("/metrics").expect("metrics").body;
        let seen: u64 = ["accepted", "ignored", "malformed"]
            .iter()
            .map(|what| {
                count(&metrics, &format!("tillbell_tap_messages_total{{stage=\"{what}\"}}"))
            })
            .sum();
        if seen == messages.len() as u64 {
            assert!(
                count(&metrics, "tillbell_tap_messages_total{stage=\"accepted\"}") > 0,
                "{metrics}"
            );
            break;
        }
        assert!(Instant::now() < until, "{metrics}");
        thread::sleep(Duration::from_millis(20));
    }
    stream.set_read_timeout(Some(Duration::from_millis(300))).expect("a timeout");
    assert!(stream.read(&mut [0; 16]).is_err(), "the tap answered");
    // A length that cannot be: that connection ends, the tap goes on.
    stream.write_all(&[0xff; 64]).expect("written");
    daemon.wait("message");
    TcpStream::connect(daemon.tap.expect("a tap")).expect("the tap is there");
    let lines = daemon.stop();
    assert!(lines.iter().any(|line| line.ends_with("stopped")), "{lines:?}");
}

/// A message in ASCII behind two bytes of length; DE2 has a length before it.
fn iso8583(mti: &str, fields: &[(u32, &str)]) -> Vec<u8> {
    let bits = fields.iter().fold(0u64, |bits, (number, _)| bits | 1 << (64 - number));
    let mut text = format!("{mti}{bits:016X}");
    for (number, value) in fields {
        if *number == 2 {
            text += &format!("{:02}", value.len());
        }
        text += value;
    }
    let length = u16::try_from(text.len()).expect("short");
    [&length.to_be_bytes(), text.as_bytes()].concat()
}

/// A request, a stop in good order, and its answer at the next daemon.
#[test]
fn an_answer_finds_its_request_across_a_stop() {
    let tap = "[tap]\nlisten = \"127.0.0.1:0\"\nframing = \"length2\"\n";
    let scratch = desk(&format!("{HTTP}{tap}{FILE}"));
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("a clock");
    let now = Timestamp::new(since.as_secs().cast_signed(), 0).expect("a time").to_string();
    let digits: String = now.chars().filter(char::is_ascii_digit).collect();
    let (date, clock) = (&digits[4..8], &digits[8..14]);
    let sent = format!("{date}{clock}");
    let shop = "COFFEE LAB               SHANGHAI     CN";
    let (terminal, merchant) = ("00000312", "898310057340001");
    let common = [(3, "000000"), (4, "000000012850"), (7, sent.as_str()), (11, "000123")];
    let mut request = vec![(2, "6216261000000000018")];
    request.extend(common);
    request.extend([(12, clock), (13, date), (41, terminal), (42, merchant), (43, shop)]);
    request.push((49, "156"));
    let mut answer = common.to_vec();
    answer.extend([(12, clock), (13, date), (37, "632408000123"), (39, "00")]);
    answer.extend([(41, terminal), (42, merchant), (49, "156")]);
    let kept = scratch.path().join("outbox.db-pairing");

    let daemon = Daemon::start(scratch.path());
    let mut stream = TcpStream::connect(daemon.tap.expect("a tap")).expect("the tap is there");
    stream.write_all(&iso8583("0200", &request)).expect("written");
    let counted = |daemon: &Daemon, what: &str| {
        let until = Instant::now() + Duration::from_secs(20);
        let line = format!("tillbell_tap_messages_total{{stage=\"{what}\"}} 1");
        let mut client = daemon.client();
        loop {
            let metrics = client.get("/metrics").expect("metrics").body;
            if metrics.contains(&line) {
                return;
            }
            assert!(Instant::now() < until, "{line}: {metrics}");
            thread::sleep(Duration::from_millis(20));
        }
    };
    counted(&daemon, "ignored");
    daemon.stop();
    let text = fs::read_to_string(&kept).expect("what waits");
    assert!(text.contains("0018") && !text.contains("1000000000018"), "{text}");

    let daemon = Daemon::start(scratch.path());
    let mut stream = TcpStream::connect(daemon.tap.expect("a tap")).expect("the tap is there");
    stream.write_all(&iso8583("0210", &answer)).expect("written");
    counted(&daemon, "accepted");
    assert!(!kept.exists(), "it is taken back once");
    daemon.stop();
}

#[test]
fn a_later_release_takes_over_and_a_bad_one_does_not() {
    let scratch = desk("");
    let bundle = scratch.path().join("bank");
    copy(&bank("harbour"), &bundle);
    Daemon::configure(scratch.path(), &format!("{HTTP}{FILE}"));
    let config = scratch.path().join("serve.toml");
    let text = fs::read_to_string(&config).expect("a configuration");
    let text = text.replace(&format!("{:?}", bank("harbour")), &format!("{bundle:?}"));
    fs::write(&config, text).expect("a configuration");
    let daemon = Daemon::start(scratch.path());
    let mut client = daemon.client();
    client.post(&event(1, 100)).expect("an answer");
    let manifest = bundle.join("tillbell.toml");
    let good = fs::read_to_string(&manifest).expect("a manifest");
    let release =
        good.lines().find(|line| line.starts_with("release")).expect("a release").to_owned();
    let next = |number: u32| good.replace(&release, &format!("release = {number}"));
    // A bundle that cannot be loaded: nothing changes, and it is said.
    fs::write(&manifest, "this is no manifest").expect("written");
    daemon.signal("-HUP");
    daemon.wait("what ran before runs on");
    assert_eq!(client.post(&event(2, 100)).expect("an answer").status, 202);
    fs::write(&manifest, next(7)).expect("written");
    daemon.signal("-HUP");
    daemon.wait("release 7 follows release");
    assert_eq!(client.post(&event(3, 100)).expect("an answer").status, 202);
    fs::write(&manifest, next(6)).expect("written");
    daemon.signal("-HUP");
    daemon.wait("does not follow");
    assert_eq!(written(&scratch, 6).len(), 6);
    daemon.stop();
}

/// While it reloads again and again, no request is lost.
#[test]
fn a_reload_loses_no_request() {
    let scratch = desk(&format!("{HTTP}{FILE}"));
    let daemon = Daemon::start(scratch.path());
    let address = daemon.http;
    let posts = thread::spawn(move || {
        let mut client = Client::connect(address).expect("the daemon is there");
        (0..300).all(|number| {
            thread::sleep(Duration::from_millis(3));
            client.post(&event(number, 100)).expect("an answer").status == 202
        })
    });
    for _ in 0..5 {
        daemon.signal("-HUP");
        thread::sleep(Duration::from_millis(150));
    }
    assert!(posts.join().expect("no panic"));
    daemon.wait("runs already");
    assert_eq!(written(&scratch, 600).len(), 600);
    daemon.stop();
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        match entry.file_type().expect("a type").is_dir() {
            true => copy(&entry.path(), &target),
            false => drop(fs::copy(entry.path(), target).expect("copied")),
        }
    }
}

/// Other routes and other clients, while requests come in: none is lost.
#[test]
fn a_reload_changes_routes_and_clients() {
    let scratch = desk(&format!("{HTTP}{FILE}"));
    let daemon = Daemon::start(scratch.path());
    let mut client = daemon.client();
    client.post(&event(1, 100)).expect("an answer");
    written(&scratch, 2);
    let config = scratch.path().join("serve.toml");
    let text = fs::read_to_string(&config).expect("a configuration");
    fs::write(&config, text.replace("messages.jsonl", "other.jsonl")).expect("written");
    daemon.signal("-HUP");
    daemon.wait("other routes begin");
    client.post(&event(2, 100)).expect("an answer");
    let until = Instant::now() + Duration::from_secs(20);
    let other = scratch.path().join("other.jsonl");
    while fs::read_to_string(&other).unwrap_or_default().lines().count() < 2 {
        assert!(Instant::now() < until, "nothing by the other route: {:?}", daemon.lines());
        thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(written(&scratch, 2).len(), 2);
    // Whoever's token is taken away is nobody; what is wrong changes nothing.
    let text = fs::read_to_string(&config).expect("a configuration");
    let digest =
        text.split("token-sha256 = \"").nth(1).and_then(|rest| rest.get(..64)).expect("a digest");
    fs::write(&config, text.replace(digest, &"0".repeat(64))).expect("written");
    daemon.signal("-HUP");
    let until = Instant::now() + Duration::from_secs(20);
    while client.post(&event(3, 100)).expect("an answer").status != 401 {
        assert!(Instant::now() < until, "the token is still good");
        thread::sleep(Duration::from_millis(20));
    }
    fs::write(&config, "outbox = 7").expect("written");
    daemon.signal("-HUP");
    daemon.wait("what ran before runs on");
    assert_eq!(client.get("/healthz").expect("an answer").status, 200);
    daemon.stop();
}

#[test]
fn requests_come_by_tls() {
    use std::process::{Command, Stdio};
    let scratch = desk("");
    let (certificate, _) = certificate(scratch.path());
    let tls = "tls-certificates = \"tls.pem\"\ntls-key = \"tls.key\"\n";
    Daemon::configure(scratch.path(), &format!("{HTTP}{tls}{FILE}"));
    let daemon = Daemon::start(scratch.path());
    let mut child = Command::new("timeout")
        .args(["20", "openssl", "s_client", "-quiet", "-verify_return_error"])
        .args(["-CAfile", &certificate, "-connect", &daemon.http.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("openssl");
    let request = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    child.stdin.as_mut().expect("piped").write_all(request).expect("written");
    let answer = child.wait_with_output().expect("ended").stdout;
    assert!(answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer));
    // Without TLS nobody is answered.
    let plain = daemon.client().get("/healthz");
    assert!(plain.is_err(), "{plain:?}");
    daemon.stop();
}

/// STOP is confirmed once; a changed telephone number is told of to the old one.
#[test]
fn the_host_gives_notices_of_its_own() {
    use tillbell_tests::delivery::Smsc;
    let mut smsc = Smsc::start("{}");
    let notices = "[notices.consent-withdrawn]\n\"\" = \"You get no more messages.\"\nzh-CN = \"您已退订。\"\n[notices.contact-changed]\n\"\" = \"Your number was changed.\"\n";
    let scratch = desk(&format!("{HTTP}{}{notices}", smsc.route("")));
    let daemon = Daemon::start(scratch.path());
    daemon.wait("connected");
    let wait = |smsc: &mut Smsc, count: u64| {
        let until = Instant::now() + Duration::from_secs(20);
        while smsc.counts()["receipt_answers"].as_u64() < Some(count) {
            assert!(Instant::now() < until, "{}", smsc.counts());
            thread::sleep(Duration::from_millis(20));
        }
    };
    for _ in 0..2 {
        smsc.tell(r#"{"command":"deliver","from":"8613900000001","text":"STOP"}"#);
    }
    // Two answers to STOP, and one receipt of the confirmation.
    wait(&mut smsc, 3);
    let outbox = scratch.path().join("outbox.db").display().to_string();
    let changed = [
        "subscribers",
        "add",
        "--outbox",
        &outbox,
        "cardholder",
        "tok_2",
        "--phone",
        "+8613911112222",
        "--consent",
        "2026-01-05T10:00:00+08:00",
    ];
    let changed = tillbell(&changed, b"");
    assert!(changed.status.success(), "{}", String::from_utf8_lossy(&changed.stderr));
    wait(&mut smsc, 4);
    assert_eq!(smsc.counts()["submits"], 2);
    let shown =
        tillbell(&["status", "--outbox", &outbox, "--transaction", "notice-1", "--json"], b"");
    let shown = String::from_utf8_lossy(&shown.stdout).into_owned();
    assert!(shown.contains("host:consent-withdrawn") && shown.contains("delivered"), "{shown}");
    // Nobody is told who withdrew.
    let answer = daemon.client().post(&event(1, 100)).expect("an answer").json();
    let messages = answer["transactions"][0]["messages"].as_array().expect("messages").clone();
    let states: Vec<_> = messages
        .iter()
        .map(|id| {
            daemon.client().get(&format!("/v1/messages/{id}")).expect("an answer").json()["changes"]
                [0]["cause"]
                .clone()
        })
        .collect();
    assert!(states.contains(&json!("no-consent")), "{states:?}");
    daemon.stop();
}
