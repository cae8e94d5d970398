//! The life of a message, looked at from outside: what a daemon promised when an
//! answer is missing, late or bad, and when it is stopped, killed or restored.

mod cases;
mod doubts;
mod parts;
mod peers;
mod routes;
mod store;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tillbell_tests::delivery::{Client, Daemon, Peer, event, reversal, subscribers};
use tillbell_tests::{Scratch, bank, binary, cache_path, tillbell};

const HTTP: &str = "[http]\nlisten = \"127.0.0.1:0\"\n";
const FILE: &str = "[[route]]\nchannel = \"sms\"\nfile = \"messages.jsonl\"\n";
/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(15);
/// A peer that answers at once or never.
const BRISK: &str = "answer-seconds = 1\ndoubt-seconds = 1\nreceipt-seconds = 0\n\
                     retry-seconds = 1\nthrottle-ms = 50\n";
/// A peer whose answers the test holds back.
const PATIENT: &str = "answer-seconds = 10\ndoubt-seconds = 10\nreceipt-seconds = 0\n\
                       retry-seconds = 1\nthrottle-ms = 50\n";
const SUBSCRIBERS: u64 = 200;

/// A peer, and all that it has said.
struct Watched {
    peer: Peer,
    said: Vec<Value>,
    /// What it is asked, and answers, to know that nothing else is on its way.
    echo: (&'static str, &'static str),
}

impl Watched {
    fn smsc(behaviour: &Value) -> Self {
        let peer = Peer::start("smsc/smsc.js", &["--behaviour", &behaviour.to_string()]);
        Self { peer, said: Vec::new(), echo: (r#"{"command":"counts"}"#, "counts") }
    }

    fn gateway(answers: &Value) -> Self {
        let peer = Peer::start("gateway/gateway.js", &[]);
        let mut gateway = Self { peer, said: Vec::new(), echo: (r#"[{"status":200}]"#, "done") };
        gateway.tell(answers);
        gateway
    }

    /// Gives a command that is answered with `done`.
    fn tell(&mut self, command: &Value) {
        let done = self.said("done").len();
        self.peer.tell(&command.to_string());
        self.at_least("done", done + 1);
    }

    /// What it said of this name until now.
    fn said(&mut self, name: &str) -> Vec<Value> {
        self.said.extend(self.peer.news());
        self.said.iter().filter(|event| event["event"] == name).cloned().collect()
    }

    /// The same, once it is so much.
    #[track_caller]
    fn at_least(&mut self, name: &str, count: usize) -> Vec<Value> {
        until(&format!("{count} of {name}"), || {
            Some(self.said(name)).filter(|all| all.len() >= count)
        })
    }

    /// All that it said of this name, at the end.
    fn all(&mut self, name: &str) -> Vec<Value> {
        let (command, answer) = self.echo;
        let before = self.said(answer).len();
        self.peer.tell(command);
        self.at_least(answer, before + 1);
        self.said(name)
    }

    /// A route of channel `sms` to this SMSC.
    fn smpp(&self, rest: &str) -> String {
        let port = self.peer.port;
        format!(
            "[[route]]\nchannel = \"sms\"\n[route.smpp]\nport = {port}\nsystem-id = \"tillbell\"\n\
             reconnect-ms = 10\nreconnect-max-ms = 100\n{rest}"
        )
    }

    /// A route of channel `sms` to this gateway.
    fn http(&self, rest: &str) -> String {
        let port = self.peer.port;
        format!(
            "[[route]]\nchannel = \"sms\"\n[route.http]\nurl = \"http://127.0.0.1:{port}/\"\n\
             json = '{{\"to\":{{{{ to }}}},\"text\":{{{{ text }}}},\"uid\":{{{{ id }}}}}}'\n\
             idempotency-header = \"Idempotency-Key\"\n{rest}"
        )
    }
}

/// Waits until there is something.
#[track_caller]
fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < end, "in vain: {what}");
        thread::sleep(Duration::from_millis(10));
    }
}

/// A text of one part, and one of three.
const SHORT: &str = "";
const LONG: &str = "Please keep your card and its code where nobody finds them, and tell nobody \
                    of them, whoever asks you for them and whatever the reason is. The bank \
                    never asks for the code, neither by telephone nor by letter nor in person. \
                    Look at your account from time to time, and call if you see what you do not \
                    know. ";

/// A bank that tells cardholders alone, in English; `filler` makes its texts long.
fn bank_of(folder: &Path, filler: &str, delivery: &str) {
    let (from, to) = (bank("harbour").join("components"), folder.join("bank"));
    fs::create_dir_all(to.join("templates")).expect("a folder");
    fs::create_dir_all(to.join("components")).expect("a folder");
    for name in ["routing", "privacy", "template"] {
        let name = format!("components/{name}.wasm");
        fs::copy(from.with_file_name(&name), to.join(&name)).expect("a component");
    }
    let write = |name: &str, text: &str| fs::write(to.join(name), text).expect("written");
    write(
        "tillbell.toml",
        "id = \"lives\"\nversion = \"1.0.0\"\nrelease = 1\nbin-ranges = [\"621626\"]\n\
         signature = \"Lives: \"\nhotline = \"95500\"\nmax-segments = 3\nlocale = \"en\"\n\
         [router]\ncomponent = \"components/routing.wasm\"\nconfiguration = [\"rules.toml\"]\n\
         [masker]\ncomponent = \"components/privacy.wasm\"\nconfiguration = [\"privacy.toml\"]\n\
         [renderer]\ncomponent = \"components/template.wasm\"\nconfiguration = [\"templates\"]\n\
         [on-failure]\nroute = \"notify\"\n",
    );
    let rule = |kind: &str, delivery: &str| {
        format!(
            "[[rule]]\nname = \"{kind}\"\nwhen = 'kind == \"{kind}\"'\nnotify = \"all\"\n\
             to = [{{ party = \"cardholder\", template = \"kind\"{delivery} }}]\n"
        )
    };
    let rules = [
        "[bank]\nlocales = [\"en\"]\n".to_owned(),
        rule("purchase", delivery).replace("\"kind\"", "\"purchase\""),
        rule("reversal", ", priority = 100").replace("\"kind\"", "\"reversal\""),
        "[default]\nsuppress = \"no-rule\"\n".to_owned(),
    ];
    write("rules.toml", &rules.concat());
    write("privacy.toml", "[cardholder]\nprofile = \"strict\"\n[merchant]\nprofile = \"strict\"\n");
    for (kind, said) in [("purchase", "paid"), ("reversal", "got back")] {
        let text = format!(
            "{{{{ signature }}}}You {said} {{{{ amount|money }}}} with card {{{{ card.last4 }}}} \
             at {{{{ time|clock }}}}. {filler}Not you? {{{{ hotline }}}}. Thank you."
        );
        write(&format!("templates/{kind}.cardholder.en.txt"), &text);
    }
}

/// A folder with that bank, subscribers, and a configuration.
fn desk(filler: &str, delivery: &str, rest: &str) -> Scratch {
    let scratch = Scratch::new();
    bank_of(scratch.path(), filler, delivery);
    let table = scratch.path().join("subscribers.csv");
    fs::write(&table, subscribers(SUBSCRIBERS)).expect("a table");
    let import =
        ["subscribers", "import", "--outbox", &outbox(&scratch), &table.display().to_string()];
    assert!(tillbell(&import, b"").status.success());
    configure(&scratch, rest);
    scratch
}

fn configure(scratch: &Scratch, rest: &str) {
    let bundle = scratch.path().join("bank");
    Daemon::configure_bank(scratch.path(), &bundle, &format!("{HTTP}{rest}"));
}

/// Adds the least that `keep-days` may be.
fn keep_a_week(scratch: &Scratch) {
    scratch.replace("serve.toml", "outbox = ", "keep-days = 7\noutbox = ");
}

fn outbox(scratch: &Scratch) -> String {
    scratch.path().join("outbox.db").display().to_string()
}

/// Hands events over; gives the numbers of their messages.
#[track_caller]
fn post(daemon: &Daemon, events: &str) -> Vec<i64> {
    let answer = daemon.client().post(events).expect("an answer");
    assert_eq!(answer.status, 202, "{}", answer.body);
    let answer = answer.json();
    let taken = answer["transactions"].as_array().expect("transactions");
    let messages = taken.iter().flat_map(|one| one["messages"].as_array().expect("messages"));
    messages.map(|message| message.as_i64().expect("a number")).collect()
}

fn purchase(number: u64) -> String {
    event(number, SUBSCRIBERS)
}

fn purchases(numbers: std::ops::Range<u64>) -> String {
    numbers.map(|number| purchase(number) + "\n").collect()
}

/// The telephone number of whom a purchase is told.
fn phone(number: u64) -> String {
    format!("86139{:08}", number % SUBSCRIBERS)
}

fn message(daemon: &Daemon, id: i64) -> Value {
    daemon.client().get(&format!("/v1/messages/{id}")).expect("an answer").json()
}

fn state(daemon: &Daemon, id: i64) -> String {
    message(daemon, id)["state"].as_str().expect("a state").to_owned()
}

/// Waits until a message is in this state.
#[track_caller]
fn becomes(daemon: &Daemon, id: i64, expected: &str) {
    let end = Instant::now() + PATIENCE;
    while state(daemon, id) != expected {
        let lines = daemon.lines();
        assert!(Instant::now() < end, "not {expected}: {} {lines:?}", message(daemon, id));
        thread::sleep(Duration::from_millis(10));
    }
}

/// Waits until a message has ended, however.
#[track_caller]
fn ends(daemon: &Daemon, id: i64) -> String {
    let has_ended = |state: &String| !["deferred", "queued", "submitted"].contains(&state.as_str());
    until("an end", || Some(state(daemon, id)).filter(has_ended))
}

fn metrics(daemon: &Daemon) -> String {
    daemon.client().get("/metrics").expect("metrics").body
}

/// The value of a metric with this in its labels.
fn metric(daemon: &Daemon, name: &str, label: &str) -> Option<i64> {
    let all = metrics(daemon);
    let line = all.lines().find(|line| line.starts_with(name) && line.contains(label))?;
    line.rsplit(' ').next()?.parse::<f64>().ok().map(|value| value as i64)
}

/// What `/readyz` answers.
fn ready(daemon: &Daemon) -> (u16, String) {
    let answer = daemon.client().get("/readyz").expect("an answer");
    (answer.status, answer.body)
}

fn status(scratch: &Scratch) -> Value {
    let status = tillbell(&["status", "--outbox", &outbox(scratch), "--json"], b"");
    serde_json::from_slice(&status.stdout).expect("JSON")
}

fn check(scratch: &Scratch) -> (Option<i32>, String) {
    let config = scratch.path().join("serve.toml").display().to_string();
    let output = tillbell(&["serve", "--config", &config, "--check"], b"");
    let said = if output.status.success() { output.stdout } else { output.stderr };
    (output.status.code(), String::from_utf8(said).expect("UTF-8"))
}

/// The octets of a submit, in hexadecimal, and its text.
fn hex(submit: &Value) -> String {
    submit["message_hex"].as_str().expect("octets").to_owned()
}

fn text(submit: &Value) -> String {
    let hex = hex(submit);
    let octet = |at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hex");
    let octets: Vec<u8> = (0..hex.len()).step_by(2).map(octet).collect();
    let is_part = submit["esm_class"].as_u64().expect("a number") & 0x40 != 0;
    let header = if is_part { usize::from(octets[0]) + 1 } else { 0 };
    octets[header..].iter().map(|octet| char::from(*octet)).collect()
}

/// How many of them say this.
fn saying(submits: &[Value], words: &str) -> usize {
    submits.iter().filter(|submit| text(submit).contains(words)).count()
}

/// The body of a request, and its key.
fn body(request: &Value) -> Value {
    serde_json::from_str(request["body"].as_str().expect("a body")).expect("JSON")
}

fn reload(daemon: &Daemon) {
    let before = daemon.lines().len();
    daemon.signal("-HUP");
    until("a reload", || {
        daemon.lines().iter().skip(before).any(|line| line.contains("reload: done")).then_some(())
    });
}

fn database(scratch: &Scratch) -> rusqlite::Connection {
    let database = rusqlite::Connection::open(outbox(scratch)).expect("an outbox");
    database.busy_timeout(Duration::from_secs(5)).expect("set");
    database
}

fn count(scratch: &Scratch, table: &str) -> i64 {
    let sql = format!("select count(*) from {table}");
    database(scratch).query_row(&sql, [], |row| row.get(0)).expect("a number")
}

/// Makes all that is in an outbox `days` older; nobody has it open.
fn age(scratch: &Scratch, days: i64) {
    let database = database(scratch);
    for (table, columns) in [
        ("transactions", &["accepted_at"][..]),
        ("messages", &["accepted_at", "counts_from", "due_at", "submitted_at", "done_at"]),
        ("changes", &["at"]),
    ] {
        for column in columns {
            let sql = format!("update {table} set {column} = {column} - ?1");
            database.execute(&sql, [days * 86_400_000]).expect("made older");
        }
    }
    let sql = "update links set unix_seconds = unix_seconds - ?1";
    database.execute(sql, [days * 86_400]).expect("made older");
}
