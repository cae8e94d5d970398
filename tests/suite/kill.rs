//! The daemon is killed at random moments under load: nothing that it accepted is
//! lost, and nothing that the SMSC answered for is sent again.

use std::fs;
use std::hash::{BuildHasher, RandomState};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tillbell_tests::delivery::{Client, Daemon, Smsc, event, subscribers};
use tillbell_tests::{Scratch, tillbell};

const KILLS: u64 = 200;
const CLIENTS: u64 = 4;
/// Between two requests of a client.
const PAUSE: Duration = Duration::from_millis(10);
/// How long it lives, at most.
const LIFE_MS: u64 = 400;
const SUBSCRIBERS: u64 = 60_000;
/// How long what is left may take.
const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn killed_two_hundred_times_it_loses_nothing_and_repeats_nothing_that_was_answered() {
    let scratch = Scratch::new();
    let folder = scratch.path();
    let table = folder.join("subscribers.csv");
    fs::write(&table, subscribers(SUBSCRIBERS)).expect("a table");
    let outbox = folder.join("outbox.db").display().to_string();
    let import = ["subscribers", "import", "--outbox", &outbox, &table.display().to_string()];
    assert!(tillbell(&import, b"").status.success());
    // Answers take a while, so that some are always awaited.
    let mut smsc = Smsc::start(r#"{"answer_ms":3,"reference":true}"#);
    let http = "[http]\nlisten = \"127.0.0.1:0\"\n";
    let route =
        smsc.route("doubt-seconds = 1\nreceipt-seconds = 0\nanswer-seconds = 1\nreconnect-ms = 10");
    Daemon::configure(folder, &format!("{http}{route}"));
    let mut daemon = Daemon::start(folder);
    let address = Mutex::new(daemon.http);
    let (is_over, accepted, lost) = (AtomicBool::new(false), AtomicU64::new(0), AtomicU64::new(0));
    thread::scope(|scope| {
        for client in 0..CLIENTS {
            let (address, is_over, accepted, lost) = (&address, &is_over, &accepted, &lost);
            scope.spawn(move || {
                for index in (client..).step_by(CLIENTS as usize) {
                    if is_over.load(Ordering::Relaxed) {
                        return;
                    }
                    let tries = hand_over(&event(index, SUBSCRIBERS), address);
                    accepted.fetch_add(1, Ordering::Relaxed);
                    lost.fetch_add(tries - 1, Ordering::Relaxed);
                    thread::sleep(PAUSE);
                }
            });
        }
        for _ in 0..KILLS {
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
    let states = loop {
        let status = tillbell(&["status", "--outbox", &outbox, "--json"], b"");
        let status: serde_json::Value = serde_json::from_slice(&status.stdout).expect("JSON");
        let states = status["messages"].clone();
        let delivered = states["delivered"].as_u64().unwrap_or(0);
        if delivered == 2 * accepted {
            break states;
        }
        assert!(Instant::now() < until, "{states} of {accepted} transactions, {:?}", smsc.counts());
        thread::sleep(Duration::from_millis(200));
    };
    let counts = smsc.counts();
    println!(
        "{accepted} transactions accepted, {lost} requests without an answer; {states}; SMSC: {counts}"
    );
    assert!(accepted > 5 * KILLS, "{accepted}: not under load");
    assert_eq!(counts["contents"], 2 * accepted, "messages that the SMSC never got, or of nothing");
    assert_eq!(counts["repeated_after_answer"], 0);
    assert!(counts["most"].as_u64() <= Some(2), "{counts}");
    assert!(counts["repeated"].as_u64() > Some(0), "no answer was ever lost: {counts}");
    daemon.stop();
}

/// Hands an event over, again and again until it is accepted: it is the same, so
/// it counts once. Gives how often.
fn hand_over(event: &str, address: &Mutex<SocketAddr>) -> u64 {
    for tries in 1..10_000 {
        let now = *address.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = Client::connect(now).and_then(|mut client| client.post(event));
        match answer {
            Ok(answer) if answer.status == 202 => return tries,
            Ok(answer) => assert!(matches!(answer.status, 429 | 503), "{}", answer.body),
            Err(_) => {}
        }
        thread::sleep(Duration::from_millis(5));
    }
    panic!("the daemon does not accept it")
}
