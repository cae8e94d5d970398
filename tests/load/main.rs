//! `tests/load.sh`: transactions at a steady rate through the daemon to an SMSC,
//! on one machine, and whether it keeps its promise.
//!
//! Open loop: a request is due at its time, whether or not those before it were
//! answered, and its latency counts from then. With `--closed` each client asks
//! again once it is answered, as often as `--rate` and `--seconds` say: how fast the
//! daemon is, and what CPU time it takes. Another program, with its own bank, is
//! measured in the same way: `--program FILE --bundle FOLDER`. With `--tape` the daemon keeps
//! a tape.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use tillbell_tests::delivery::{Client, Daemon, Smsc, event, reversal, subscribers};
use tillbell_tests::{Scratch, bank, binary};

/// Cardholders, and merchants.
const SUBSCRIBERS: u64 = 50_000;
/// What is promised, in milliseconds.
const SUBMIT_MS_MAX: f64 = 250.0;

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let named = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name);
        at.and_then(|at| arguments.get(at + 1))
    };
    let number =
        |name: &str, default: u64| named(name).map_or(default, |value| value.parse().expect(name));
    let (rate, seconds) = (number("--rate", 1_000), number("--seconds", 60));
    let connections = number("--connections", 8);
    let stored = number("--stored", 0);
    let reversals = number("--reversals", 0);
    let is_closed = arguments.iter().any(|argument| argument == "--closed");
    let program = named("--program").map(PathBuf::from);
    let bundle = named("--bundle").map_or_else(|| bank("harbour"), PathBuf::from);
    let scratch = Scratch::new();
    let folder = scratch.path();
    let table = folder.join("subscribers.csv");
    fs::write(&table, subscribers(SUBSCRIBERS)).expect("a table");
    let outbox = folder.join("outbox.db").display().to_string();
    let import = ["subscribers", "import", "--outbox", &outbox, &table.display().to_string()];
    let imported = Command::new(program.clone().unwrap_or_else(binary)).args(import).output();
    assert!(imported.expect("it starts").status.success(), "the table is not imported");
    let mut smsc = Smsc::start("{}");
    let http = "[http]\nlisten = \"127.0.0.1:0\"\nevents-max = 10000\nbody-bytes-max = 16777216\n";
    if stored > 0 {
        store(folder, http, stored, connections);
    }
    let route = smsc.route("window = 200\nquery-minutes = 1000");
    let tape = arguments.iter().any(|argument| argument == "--tape");
    let tape = if tape { "[tape]\nfolder = \"tape\"\n" } else { "" };
    Daemon::configure_bank(folder, &bundle, &format!("{http}{route}{tape}"));
    let began = Instant::now();
    let daemon = match &program {
        Some(program) => {
            let mut command = Command::new(program);
            command.env("TILLBELL_CACHE", program.with_extension("baked"));
            Daemon::start_by(folder, command)
        }
        None => Daemon::start(folder),
    };
    let idle = cpu_seconds(daemon.id());
    let started = began.elapsed();
    let sent = Arc::new(Mutex::new(Vec::<f64>::new()));
    let (refused, done) = (AtomicU64::new(0), AtomicBool::new(false));
    let first = 1_000_000_000 + stored;
    let total = rate * seconds;
    let (mut memory, mut took) = (Vec::new(), 0.0);
    let began = Instant::now();
    thread::scope(|scope| {
        let workers: Vec<_> = (0..connections)
            .map(|worker| {
                let (sent, refused, address) = (sent.clone(), &refused, daemon.http);
                scope.spawn(move || {
                    let mut client = Client::connect(address).expect("the daemon is there");
                    let mut took = Vec::new();
                    for index in (worker..total).step_by(connections as usize) {
                        let due = began + Duration::from_secs_f64(index as f64 / rate as f64);
                        let due = if is_closed { Instant::now() } else { due };
                        thread::sleep(due.saturating_duration_since(Instant::now()));
                        // So many in a hundred take the client's last purchase back.
                        let turn = index / connections % 100;
                        let answer = match (turn + 1) * reversals / 100 > turn * reversals / 100 {
                            true if index >= connections => {
                                let last = first + index - connections;
                                client.post(&reversal(last, SUBSCRIBERS, None))
                            }
                            _ => client.post(&event(first + index, SUBSCRIBERS)),
                        };
                        match answer.expect("an answer").status {
                            202 => took.push(due.elapsed().as_secs_f64() * 1_000.0),
                            _ => drop(refused.fetch_add(1, Ordering::Relaxed)),
                        }
                    }
                    sent.lock().expect("no panic").extend(took);
                })
            })
            .collect();
        let watcher = scope.spawn(|| {
            let mut memory = Vec::new();
            while !done.load(Ordering::Relaxed) {
                memory.push(resident_kib(daemon.id()));
                thread::sleep(Duration::from_secs(1));
            }
            memory
        });
        for worker in workers {
            worker.join().expect("no panic");
        }
        took = began.elapsed().as_secs_f64();
        done.store(true, Ordering::Relaxed);
        memory = watcher.join().expect("no panic");
    });
    let mut wanted = 2 * (total + stored);
    let until = Instant::now() + Duration::from_secs(60 + stored / 500);
    let drained = loop {
        let counts = smsc.counts();
        let answered = counts["receipt_answers"].as_u64().unwrap_or(0);
        // What a reversal found unsent is told by no message: the end is when nothing
        // more comes.
        let (is_done, pause) = match reversals {
            0 => (answered >= wanted, Duration::from_millis(100)),
            _ => (std::mem::replace(&mut wanted, answered) == answered, Duration::from_secs(1)),
        };
        if is_done || Instant::now() > until {
            break began.elapsed().as_secs_f64();
        }
        thread::sleep(pause);
    };
    let busy = cpu_seconds(daemon.id()) - idle;
    let counts = smsc.counts();
    let metrics = daemon.client().get("/metrics").expect("metrics").body;
    let mut times = sent.lock().expect("no panic").clone();
    times.sort_by(f64::total_cmp);
    let at = |percent: usize| {
        times.get((times.len() * percent / 100).min(times.len() - 1)).copied().unwrap_or(0.0)
    };
    let accepted = times.len() as u64;
    println!(
        "daemon ready after {:.2} s with {} messages stored",
        started.as_secs_f64(),
        2 * stored
    );
    println!(
        "{accepted} transactions accepted in {took:.1} s: {:.0} a second; {} refused",
        accepted as f64 / took,
        refused.load(Ordering::Relaxed)
    );
    println!("from being due to 202: p50 {:.1} ms, p99 {:.1} ms", at(50), at(99));
    println!("CPU time of the daemon: {:.0} µs a transaction", busy * 1e6 / total as f64);
    println!(
        "{} messages submitted, {} receipted and answered after {drained:.1} s; {} sent twice",
        counts["submits"], counts["receipt_answers"], counts["repeated"]
    );
    let (submit50, submit99) = (quantile(&metrics, 0.5), quantile(&metrics, 0.99));
    let taped = |name: &str| {
        let line = metrics.lines().find(|line| line.starts_with(name)).unwrap_or_default();
        line.rsplit(' ').next().unwrap_or_default().to_owned()
    };
    if !tape.is_empty() {
        println!(
            "on the tape: {} decisions, {} dropped",
            taped("tillbell_tape_kept_total"),
            taped("tillbell_tape_dropped_total")
        );
    }
    println!(
        "from accepting to submit_sm: p50 at most {submit50:.0} ms, p99 at most {submit99:.0} ms"
    );
    let third = memory.len() / 3;
    let mean = |part: &[u64]| part.iter().sum::<u64>() / part.len().max(1) as u64;
    let (early, late) = (mean(&memory[third..2 * third]), mean(&memory[2 * third..]));
    println!("memory: {} MiB in the second third, {} MiB in the last", early / 1_024, late / 1_024);
    let lines = daemon.stop();
    let bad: Vec<_> = lines
        .iter()
        .filter(|line| {
            !["listening", "ready", "connected", "stop"].iter().any(|word| line.contains(word))
        })
        .collect();
    assert!(bad.is_empty(), "{bad:?}");
    let mut missed = Vec::new();
    let mut hold = |is_met: bool, what: &str| {
        if !is_met {
            missed.push(what.to_owned());
        }
    };
    hold(accepted == total, "every transaction accepted");
    hold(is_closed || took < seconds as f64 * 1.01 + 0.5, "the rate");
    hold(counts["receipt_answers"].as_u64() == Some(wanted), "every message receipted");
    hold(counts["repeated"] == 0, "nothing sent twice");
    hold(stored > 0 || is_closed || submit99 <= SUBMIT_MS_MAX, "p99 to submit_sm at most 250 ms");
    hold(late < early + early / 10 + 4_096, "memory that stays");
    if missed.is_empty() {
        println!("all met");
    } else {
        println!("MISSED: {}", missed.join("; "));
        std::process::exit(1);
    }
}

/// Fills the outbox while there is no route: the messages wait.
fn store(folder: &std::path::Path, http: &str, count: u64, connections: u64) {
    Daemon::configure(folder, http);
    let daemon = Daemon::start(folder);
    let chunks = count.div_ceil(1_000);
    thread::scope(|scope| {
        for worker in 0..connections {
            let address = daemon.http;
            scope.spawn(move || {
                let mut client = Client::connect(address).expect("the daemon is there");
                for chunk in (worker..chunks).step_by(connections as usize) {
                    let end = ((chunk + 1) * 1_000).min(count);
                    let events: Vec<_> = (chunk * 1_000..end)
                        .map(|index| event(1_000_000_000 + index, SUBSCRIBERS))
                        .collect();
                    let answer = client.post(&events.join("\n")).expect("an answer");
                    assert_eq!(answer.status, 202, "{}", answer.body);
                }
            });
        }
    });
    daemon.stop();
}

/// The CPU time that a process took, its threads included.
fn cpu_seconds(process: u32) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    // Hundredths of a second: fields 14 and 15, counted from the state, which is 3.
    fields.skip(11).take(2).filter_map(|field| field.parse::<f64>().ok()).sum::<f64>() / 100.0
}

/// The memory that a process holds, in KiB.
fn resident_kib(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

/// The upper end of the bucket that a share of the waits to submit_sm is in, in
/// milliseconds.
fn quantile(metrics: &str, share: f64) -> f64 {
    let buckets: Vec<(f64, f64)> = metrics
        .lines()
        .filter_map(|line| line.strip_prefix("tillbell_accept_to_submit_seconds_bucket{"))
        .filter_map(|line| {
            let end = line.split("le=\"").nth(1)?.split('"').next()?;
            let end = if end == "+Inf" { f64::INFINITY } else { end.parse().ok()? };
            Some((end, line.rsplit(' ').next()?.parse().ok()?))
        })
        .collect();
    let all = buckets.iter().map(|(_, count)| *count).fold(0.0, f64::max);
    buckets
        .iter()
        .find(|(_, count)| *count >= all * share)
        .map_or(f64::INFINITY, |(end, _)| end * 1_000.0)
}
