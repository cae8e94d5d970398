//! The daemon is killed at random moments under load, with texts of three parts, two
//! routes and reversals: nothing that it accepted is lost, no part that the SMSC
//! answered for is sent again, and what was told adds up.
//!
//! ```sh
//! TILLBELL_KILLS=200 cargo test --release -p tillbell-tests --test kill   # 3 minutes
//! ```

use std::collections::BTreeSet;
use std::fs;
use std::hash::{BuildHasher, RandomState};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use tillbell_tests::delivery::{Client, Daemon, Peer, Smsc, event, reversal, subscribers};
use tillbell_tests::{Scratch, bank, tillbell};

/// Kills, unless TILLBELL_KILLS says otherwise.
const KILLS: u64 = 60;
const CLIENTS: u64 = 4;
/// Between two requests of a client.
const PAUSE: Duration = Duration::from_millis(10);
/// How long it lives, at most.
const LIFE_MS: u64 = 400;
const SUBSCRIBERS: u64 = 60_000;
/// Parts of a cardholder's text.
const PARTS: u64 = 3;
/// One purchase in so many has a full reversal, one in so many a partial one.
const FULL: u64 = 20;
const PARTIAL: u64 = 7;
/// How long what is left may take.
const PATIENCE: Duration = Duration::from_secs(120);
/// Reversed cases whose trail is looked at.
const CASES: usize = 200;

/// A bank that tells cardholders in three parts by `sms`, and merchants by `webhook`.
fn tell_in_three_parts(folder: &Path) {
    let components = bank("harbour").join("components");
    let templates = folder.join("bank/templates");
    fs::create_dir_all(&templates).expect("a folder");
    let write = |name: &str, text: &str| {
        fs::write(folder.join("bank").join(name), text).expect("a file of the bank");
    };
    let components = components.display();
    write(
        "tillbell.toml",
        "id = \"kill\"\nversion = \"1.0.0\"\nrelease = 1\nbin-ranges = [\"621626\"]\n\
             signature = \"【海港银行】\"\nhotline = \"95500\"\nmax-segments = 3\nlocale = \"zh-CN\"\n\
             [router]\ncomponent = \"components/routing.wasm\"\nconfiguration = [\"rules.toml\"]\n\
             [masker]\ncomponent = \"components/privacy.wasm\"\nconfiguration = [\"privacy.toml\"]\n\
             [renderer]\ncomponent = \"components/template.wasm\"\nconfiguration = [\"templates\"]\n\
             [on-failure]\nroute = \"notify\"\n",
    );
    fs::create_dir_all(folder.join("bank/components")).expect("a folder");
    for name in ["routing", "privacy", "template"] {
        let from = format!("{components}/{name}.wasm");
        fs::copy(from, folder.join(format!("bank/components/{name}.wasm"))).expect("a component");
    }
    write(
        "rules.toml",
        "[bank]\nlocales = [\"zh-CN\"]\n\
         [[rule]]\nname = \"all\"\nwhen = 'kind in [\"purchase\", \"reversal\"]'\n\
         notify = \"all\"\nto = [\n\
         { party = \"cardholder\", template = \"kind\" },\n\
         { party = \"merchant\", template = \"shop\", channel = \"webhook\" },\n]\n\
         [default]\nsuppress = \"no-rule\"\n",
    );
    write("privacy.toml", "[cardholder]\nprofile = \"strict\"\n[merchant]\nprofile = \"strict\"\n");
    // No two parts of a customer's texts are alike, or they could not be counted.
    let text = |said: &str| {
        let filler = "感谢您使用我行银行卡，请妥善保管卡片与密码，不要告诉任何人，";
        let filler = format!("{filler}{said}{{{{ time|clock }}}}，").repeat(3);
        format!(
            "{{{{ signature }}}}您尾号{{{{ card.last4 }}}}卡{{{{ time|datetime(\"%-m月%-d日%H:%M:%S\") }}}}\
             {said}{{{{ amount|money(\"chinese\") }}}}，{filler}疑问请电{{{{ hotline }}}}，谢谢。"
        )
    };
    write("templates/purchase.cardholder.zh-CN.txt", &text("消费"));
    write("templates/reversal.cardholder.zh-CN.txt", &text("冲正退回"));
    write(
        "templates/shop.merchant.zh-CN.txt",
        "{{ signature }}商户交易{{ time|datetime(\"%-m月%-d日%H:%M:%S\") }}金额{{ amount|money(\"chinese\") }}，谢谢。",
    );
}

#[test]
fn killed_again_and_again_it_loses_nothing_and_repeats_nothing_that_was_answered() {
    let kills = std::env::var("TILLBELL_KILLS").ok().and_then(|text| text.parse().ok());
    let kills = kills.unwrap_or(KILLS);
    let scratch = Scratch::new();
    let folder = scratch.path();
    let table = folder.join("subscribers.csv");
    fs::write(&table, subscribers(SUBSCRIBERS)).expect("a table");
    let outbox = folder.join("outbox.db").display().to_string();
    let import = ["subscribers", "import", "--outbox", &outbox, &table.display().to_string()];
    assert!(tillbell(&import, b"").status.success());
    tell_in_three_parts(folder);
    // Answers take a while, so that some are always awaited.
    let mut smsc = Smsc::start(r#"{"answer_ms":3,"reference":true}"#);
    let mut gateway = Peer::start("gateway/gateway.js", &[]);
    let http = "[http]\nlisten = \"127.0.0.1:0\"\n";
    let sms = smsc.route(
        "doubt-seconds = 1\nreceipt-seconds = 0\nanswer-seconds = 1\nreconnect-ms = 10\nwindow = 50",
    );
    let webhook = format!(
        r#"[[route]]
channel = "webhook"
[route.http]
url = "http://127.0.0.1:{}/"
json = '{{"to":{{{{ to }}}},"text":{{{{ text }}}}}}'
idempotency-header = "Idempotency-Key"
doubt-seconds = 1
receipt-seconds = 0
answer-seconds = 1
"#,
        gateway.port
    );
    Daemon::configure_bank(folder, &folder.join("bank"), &format!("{http}{sms}{webhook}"));
    let mut daemon = Daemon::start(folder);
    let address = Mutex::new(daemon.http);
    let (is_over, accepted, lost) = (AtomicBool::new(false), AtomicU64::new(0), AtomicU64::new(0));
    let reversed = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for client in 0..CLIENTS {
            let (address, is_over, accepted, lost) = (&address, &is_over, &accepted, &lost);
            let reversed = &reversed;
            scope.spawn(move || {
                for index in (client..).step_by(CLIENTS as usize) {
                    if is_over.load(Ordering::Relaxed) {
                        return;
                    }
                    let hand_over = |event: &str| {
                        let (tries, id) = hand_over(event, address);
                        accepted.fetch_add(1, Ordering::Relaxed);
                        lost.fetch_add(tries - 1, Ordering::Relaxed);
                        id
                    };
                    let purchase = hand_over(&event(index, SUBSCRIBERS));
                    if index % FULL == 0 || index % PARTIAL == 0 {
                        let part = (index % FULL != 0).then_some(100);
                        hand_over(&reversal(index, SUBSCRIBERS, part));
                        reversed.lock().expect("no panic").push(purchase);
                    }
                    thread::sleep(PAUSE);
                }
            });
        }
        for _ in 0..kills {
            let random = RandomState::new().hash_one(0) % LIFE_MS;
            thread::sleep(Duration::from_millis(random));
            daemon.kill();
            daemon = Daemon::start(folder);
            *address.lock().unwrap_or_else(PoisonError::into_inner) = daemon.http;
        }
        is_over.store(true, Ordering::Relaxed);
    });
    let (accepted, lost) = (accepted.load(Ordering::Relaxed), lost.load(Ordering::Relaxed));
    let until = Instant::now() + PATIENCE;
    let status = loop {
        let status = tillbell(&["status", "--outbox", &outbox, "--json"], b"");
        let status: Value = serde_json::from_slice(&status.stdout).expect("JSON");
        let states = &status["messages"];
        let count = |state: &str| states[state].as_u64().unwrap_or(0);
        if count("delivered") + count("cancelled") + count("doubtful") == 2 * accepted {
            break status;
        }
        assert!(Instant::now() < until, "{states} of {accepted} transactions, {:?}", smsc.counts());
        thread::sleep(Duration::from_millis(200));
    };
    let counts = smsc.counts();
    println!(
        "{accepted} transactions accepted, {lost} requests without an answer; {}; SMSC: {counts}",
        status["messages"]
    );
    assert!(accepted > 5 * kills, "{accepted}: not under load");
    let told = |template: &str| -> (u64, u64) {
        let rows = status["parts"].as_array().expect("rows");
        let row = rows.iter().find(|row| row["template"] == template).expect("a row");
        (row["messages"].as_u64().expect("a number"), row["segments"].as_u64().expect("a number"))
    };
    let (purchases, reversals) = (told("purchase"), told("reversal"));
    assert_eq!(purchases.1, PARTS * purchases.0, "a text of {PARTS} parts");
    let parts = purchases.1 + reversals.1;
    // What was in doubt when its reversal came is not sent again: the SMSC may have it.
    let unsure = status["messages"]["doubtful"].as_u64().unwrap_or(0);
    assert!(unsure < accepted / 50, "{unsure} in doubt");
    let has = counts["contents"].as_u64().expect("a number");
    assert!((parts..=parts + PARTS * unsure).contains(&has), "{has} parts there, {parts} told");
    assert_eq!(counts["repeated_after_answer"], 0);
    assert!(counts["most"].as_u64() <= Some(2), "{counts}");
    assert!(counts["repeated"].as_u64() > Some(0), "no answer was ever lost: {counts}");
    let mut keys = BTreeSet::new();
    for request in gateway.seen("request") {
        keys.insert(request["headers"]["idempotency-key"].as_str().expect("a key").to_owned());
    }
    let (has, told) = (keys.len() as u64, told("shop").0);
    assert!((told..=told + unsure).contains(&has), "{has} texts there, {told} told");
    let reversed = reversed.into_inner().expect("no panic");
    assert!(reversed.len() > CASES, "{}: few reversals", reversed.len());
    reversed.iter().take(CASES).for_each(|id| adds_up(&outbox, id));
    daemon.stop();
}

/// Each event of a case is told, or netted into one that is, or those that nobody is
/// told of come to nothing.
fn adds_up(outbox: &str, id: &str) {
    let trail = tillbell(&["status", "--outbox", outbox, "--transaction", id, "--json"], b"");
    let trail: Value = serde_json::from_slice(&trail.stdout).expect("JSON");
    let case = trail["case"].as_array().expect("a case");
    assert_eq!(case.len(), 2, "{trail}");
    for party in ["cardholder", "merchant"] {
        let mut untold = 0;
        for event in case {
            let ways = event["ways"].as_array().expect("ways");
            let way = ways.iter().find(|way| way["party"] == party).expect("a way");
            match way["fate"].as_str() {
                Some("told" | "doubtful") => {}
                Some("netted") if way["into"].is_null() => {
                    untold += event["moved"].as_i64().expect("a number");
                }
                other => panic!("{other:?}: {trail}"),
            }
        }
        assert_eq!(untold, 0, "{party}: {trail}");
    }
}

/// Hands an event over, again and again until it is accepted: it is the same, so
/// it counts once. Gives how often, and what it is called.
fn hand_over(event: &str, address: &Mutex<SocketAddr>) -> (u64, String) {
    for tries in 1..10_000 {
        let now = *address.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = Client::connect(now).and_then(|mut client| client.post(event));
        match answer {
            Ok(answer) if answer.status == 202 => {
                let id = &answer.json()["transactions"][0]["id"];
                return (tries, id.as_str().expect("an id").to_owned());
            }
            Ok(answer) => assert!(matches!(answer.status, 429 | 503), "{}", answer.body),
            Err(_) => {}
        }
        thread::sleep(Duration::from_millis(5));
    }
    panic!("the daemon does not accept it")
}
