use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use tillbell::Outcome;
use tillbell_delivery::journal::{Decide, Journal, JournalSettings, system_clock};
use tillbell_delivery::{Batch, Outbox};
use tillbell_transaction::{Timestamp, Transaction};

use super::*;
use crate::config::Config;

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(20);
const QUICK: Backoff =
    Backoff { first: Duration::from_millis(10), most: Duration::from_millis(40) };

/// A folder that is removed when it is dropped.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        let name = format!("tillbell-supervise-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Nothing comes in here.
struct Undecided;

impl Decide for Undecided {
    fn decide(&self, _: &Transaction, _: Timestamp, _: &Batch<'_>) -> Outcome {
        unreachable!("no transaction comes in")
    }
}

fn source(folder: &Path) -> (Source, Arc<Mutex<Vec<String>>>) {
    let outbox = Outbox::open(&folder.join("outbox.db")).unwrap();
    let (clock, metrics) = (system_clock(), Arc::new(Metrics::default()));
    let settings = JournalSettings::default();
    let (journal, _) =
        Journal::start(outbox, Arc::new(Undecided), clock, metrics.clone(), settings).unwrap();
    let lines = Arc::new(Mutex::new(Vec::new()));
    let noted = lines.clone();
    let note: Note = Arc::new(move |line| noted.lock().unwrap().push(line));
    (Source { journal, metrics, note }, lines)
}

fn post(source: &Source, running: &Running) -> Post {
    Post {
        queue: "sms".into(),
        running: running.clone(),
        metrics: source.metrics.clone(),
        note: source.note.clone(),
        backoff: QUICK,
    }
}

async fn until(what: &str, is_so: impl Fn() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < end, "{what}");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// It panics, fails, ends, and then lasts; meanwhile it is known to be down.
#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_ends_for_whatever_reason_is_started_again() {
    let folder = Folder::new();
    let (source, lines) = source(&folder.0);
    let running = Running::default();
    let (stop, stopped) = watch::channel(false);
    let starts = Arc::new(AtomicU32::new(0));
    let (counted, metrics, seen) = (starts.clone(), source.metrics.clone(), running.clone());
    let stopping = stopped.clone();
    let begin = move || {
        let (start, metrics) = (counted.fetch_add(1, Ordering::SeqCst), metrics.clone());
        let (mut stop, seen) = (stopping.clone(), seen.clone());
        async move {
            assert_eq!(seen.down(), [""; 0]);
            metrics.link("sms", true);
            match start {
                0 => panic!("the first time"),
                1 => Err(std::io::Error::other("the second time")),
                2 => Ok(()),
                _ => {
                    let _ = stop.wait_for(|stop| *stop).await;
                    Ok(())
                }
            }
        }
    };
    let kept = tokio::spawn(post(&source, &running).keep(begin, stopped));
    until("it is started four times", || starts.load(Ordering::SeqCst) == 4).await;
    until("it runs", || running.down().is_empty() && source.metrics.is_up("sms")).await;
    let said = lines.lock().unwrap().clone();
    assert_eq!(
        said,
        [
            "route sms: its task panicked: it begins again in 0.01 s",
            "route sms: the second time: it begins again in 0.02 s",
            "route sms: its task ended: it begins again in 0.04 s",
        ]
    );
    stop.send(true).unwrap();
    kept.await.unwrap();
    assert_eq!(starts.load(Ordering::SeqCst), 4);
    assert!(!source.metrics.is_up("sms"));
}

/// A file that cannot be opened: the route is down, and the daemon not ready,
/// until it can.
#[tokio::test(flavor = "multi_thread")]
async fn a_route_whose_file_is_gone_comes_back_with_it() {
    let folder = Folder::new();
    let (source, lines) = source(&folder.0);
    let spool = folder.0.join("spool");
    std::fs::create_dir(&spool).unwrap();
    let text = "outbox = \"outbox.db\"\nbundles = []\n[[route]]\nchannel = \"sms\"\nfile = \"spool/sms\"\n";
    let config = Config::parse(text, &folder.0).unwrap();
    let routes = PreparedRoute::all(&config).unwrap();
    std::fs::remove_dir_all(&spool).unwrap();
    let running = Running::default();
    let mut supervisor = Supervisor::start_with(&routes, &source, &running, QUICK);
    until("it is down", || running.down() == ["sms"]).await;
    assert!(!source.metrics.is_up("sms"));
    let said = lines.lock().unwrap()[0].clone();
    assert!(
        said.starts_with("route sms: the file of messages cannot be read or written"),
        "{said}"
    );
    assert!(said.ends_with("it begins again in 0.01 s"), "{said}");
    std::fs::create_dir(&spool).unwrap();
    until("it is up", || running.down().is_empty() && source.metrics.is_up("sms")).await;
    supervisor.end().await;
    assert!(!source.metrics.is_up("sms"));
}

/// A task that panics the first times does not wait longer and longer once it has
/// lasted.
#[tokio::test(flavor = "multi_thread")]
async fn a_route_that_lasted_starts_again_soon() {
    let folder = Folder::new();
    let (source, lines) = source(&folder.0);
    let running = Running::default();
    let (stop, stopped) = watch::channel(false);
    let starts = AtomicU32::new(0);
    let begin = move || {
        let start = starts.fetch_add(1, Ordering::SeqCst);
        async move {
            if start == 3 {
                tokio::time::sleep(QUICK.most * 2).await;
            }
            Err::<(), _>(std::io::Error::other("lost"))
        }
    };
    let kept = tokio::spawn(post(&source, &running).keep(begin, stopped));
    until("five ends", || lines.lock().unwrap().len() >= 5).await;
    let waits: Vec<_> = lines.lock().unwrap()[..5]
        .iter()
        .map(|line| line.split(' ').rev().nth(1).unwrap().to_owned())
        .collect();
    assert_eq!(waits, ["0.01", "0.02", "0.04", "0.01", "0.02"]);
    // A stop does not wait for the next start.
    stop.send(true).unwrap();
    kept.await.unwrap();
}
