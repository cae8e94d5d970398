use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};

use tillbell::{Decision, Message};
use tillbell_transaction::Party;

use super::*;
use crate::store::sqlite::scene::{self, Folder, NOW, message, outcome, purchase};
use crate::{Accepted, State};

/// A message for the cardholder of everything.
struct Always;

impl Decide for Always {
    fn decide(&self, _: &Transaction, _: Timestamp, _: &Batch<'_>) -> Outcome {
        outcome(
            Decision::Notified,
            vec![Message {
                recipient: Some("+8613800138000".into()),
                ..message(Party::Cardholder)
            }],
        )
    }
}

struct Scene {
    folder: Folder,
    journal: Journal,
    thread: JournalThread,
    clock: Arc<AtomicI64>,
    metrics: Arc<Metrics>,
}

impl Scene {
    fn start(settings: JournalSettings) -> Self {
        Self::resume(Folder::new(), settings)
    }

    fn resume(folder: Folder, settings: JournalSettings) -> Self {
        Self::over(folder.outbox(), folder, settings)
    }

    fn over(outbox: Outbox, folder: Folder, settings: JournalSettings) -> Self {
        let clock = Arc::new(AtomicI64::new(NOW));
        let metrics = Arc::new(Metrics::default());
        let read = clock.clone();
        let now: Clock = Arc::new(move || read.load(Ordering::Relaxed));
        let (journal, thread) =
            Journal::start(outbox, Arc::new(Always), now, metrics.clone(), settings).unwrap();
        Self { folder, journal, thread, clock, metrics }
    }

    /// Ends it, and gives the folder.
    async fn stop(self) -> Folder {
        drop(self.journal);
        tokio::task::spawn_blocking(|| self.thread.join().map(drop)).await.unwrap().unwrap();
        self.folder
    }

    async fn states(&self) -> Vec<State> {
        let file = rusqlite::Connection::open(self.folder.path("outbox")).unwrap();
        let mut rows = file.prepare("select state from messages order by id").unwrap();
        let rows = rows.query_map([], |row| row.get(0)).unwrap();
        rows.collect::<rusqlite::Result<_>>().unwrap()
    }

    async fn wait(&self, state: State) {
        for _ in 0..500 {
            if self.states().await.iter().all(|known| *known == state) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{:?}", self.states().await);
    }
}

fn taken(message: MessageId, attempt: u32) -> Fact {
    let remote = format!("r-{message}");
    let (queue, spelling) = ("sms".into(), remote.clone());
    Fact::Taken { queue, message, attempt, number: 1, of: 1, spelling, remote }
}

fn quick() -> JournalSettings {
    JournalSettings { tick: Duration::from_millis(10), ..JournalSettings::default() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_of_a_request_is_taken_in_or_none_and_a_repeat_once() {
    let scene = Scene::start(quick());
    let both = scene.journal.accept(vec![purchase(1), purchase(2)]).await.unwrap();
    assert_eq!(both.iter().map(|taken| taken.messages.clone()).collect::<Vec<_>>(), [[1], [2]]);
    let again = scene.journal.accept(vec![purchase(2), purchase(3)]).await.unwrap();
    assert_eq!(again[0].accepted, Accepted::Repeat(2));
    assert_eq!(again[1].accepted, Accepted::New(3));
    assert_eq!(scene.states().await, [State::Queued; 3]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_claim_waits_for_something_to_send_and_is_given_back() {
    let scene = Scene::start(quick());
    let journal = scene.journal.clone();
    let claim = tokio::spawn(async move { journal.claim("sms", 10).await });
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(!claim.is_finished());
    scene.journal.accept(vec![purchase(1)]).await.unwrap();
    let claimed = claim.await.unwrap().unwrap();
    assert_eq!(claimed[0].due.id, 1);
    scene.journal.tell(Fact::Released { message: 1, attempt: 1 }).await.unwrap();
    // Whoever went away before it came gets nothing, and nothing is lost.
    drop(scene.journal.claim_later("email", 10).await.unwrap());
    let claimed = scene.journal.claim("sms", 10).await.unwrap();
    assert_eq!((claimed.len(), claimed[0].due.attempt), (1, 2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn too_much_at_once_is_refused_at_once() {
    let small = JournalSettings { commands_max: 1, batch_max: 1, ..quick() };
    let scene = Scene::start(small);
    // Another process writes: the journal waits for it.
    let other = rusqlite::Connection::open(scene.folder.path("outbox")).unwrap();
    other.execute_batch("begin immediate").unwrap();
    let mut waiting = Vec::new();
    let mut busy = 0;
    for number in 0..20 {
        let journal = scene.journal.clone();
        waiting.push(tokio::spawn(async move { journal.accept(vec![purchase(number)]).await }));
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    other.execute_batch("rollback").unwrap();
    for one in waiting {
        match one.await.unwrap() {
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::Busy => busy += 1,
            Err(error) => panic!("{error}"),
        }
    }
    assert!((1..20).contains(&busy), "{busy} refused");
    assert_eq!(scene.states().await.len(), 20 - busy);
}

/// A journal that was told of an answer, and another process that holds the
/// outbox meanwhile.
async fn locked() -> (Scene, rusqlite::Connection) {
    let scene = Scene::start(quick());
    scene.journal.accept(vec![purchase(1)]).await.unwrap();
    scene.journal.claim("sms", 1).await.unwrap();
    let other = rusqlite::Connection::open(scene.folder.path("outbox")).unwrap();
    other.execute_batch("begin immediate").unwrap();
    scene.journal.tell(taken(1, 1)).await.unwrap();
    (scene, other)
}

/// Locked for longer than the journal waits: clients are told, what happened is
/// kept, and both are written once the lock is gone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_locked_database_loses_nothing() {
    let (scene, other) = locked().await;
    let refused = scene.journal.accept(vec![purchase(2)]).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Storage);
    assert!(scene.metrics.storage_failures() > 0);
    other.execute_batch("rollback").unwrap();
    scene.wait(State::Submitted).await;
    scene.journal.accept(vec![purchase(2)]).await.unwrap();
    let folder = scene.stop().await;
    assert_eq!(folder.outbox().trails(&purchase(1).id).unwrap()[0].messages.len(), 1);
}

/// What happened cannot be written for a while: clients are told meanwhile, and
/// the journal ends when it is asked to, with everything written that can be.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_are_answered_while_what_happened_waits_for_the_disk() {
    let (scene, other) = locked().await;
    // It alone is what the disk refuses.
    while scene.metrics.storage_failures() == 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    for number in 2..4 {
        let refused = scene.journal.accept(vec![purchase(number)]);
        let refused = tokio::time::timeout(Duration::from_secs(30), refused).await.unwrap();
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::Storage);
    }
    scene.journal.tell(Fact::Released { message: 1, attempt: 1 }).await.unwrap();
    let stopped = tokio::spawn(scene.stop());
    tokio::time::sleep(Duration::from_millis(300)).await;
    other.execute_batch("rollback").unwrap();
    let folder = tokio::time::timeout(Duration::from_secs(30), stopped).await.unwrap().unwrap();
    let trails = folder.outbox().trails(&purchase(1).id).unwrap();
    let last = trails[0].messages[0].changes.last();
    assert_eq!(last.map(|change| change.state), Some(State::Submitted));
}

/// A disk that is full: nothing is taken in, what happened is written once there
/// is room, and what was accepted before is there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_loses_nothing() {
    let folder = Folder::new();
    let outbox = folder.outbox();
    // SQLite says the same as for a disk without room.
    let pages: i64 =
        outbox.connection().query_row("pragma page_count", [], |row| row.get(0)).unwrap();
    let limit = |outbox: &rusqlite::Connection, pages: i64| {
        outbox.pragma_update(None, "max_page_count", pages).unwrap();
    };
    limit(outbox.connection(), pages + 20);
    let scene = Scene::over(outbox, folder, quick());
    let mut accepted = Vec::new();
    let refused = loop {
        let number = accepted.len() as u32;
        match scene.journal.accept(vec![purchase(number)]).await {
            Ok(_) => accepted.push(number),
            Err(error) => break error,
        }
        assert!(accepted.len() < 10_000, "the disk is never full");
    };
    assert_eq!(refused.kind(), ErrorKind::Storage);
    assert!(!accepted.is_empty());
    // What is full stays full, and says so each time.
    let again = scene.journal.accept(vec![purchase(9_999)]).await.unwrap_err();
    assert_eq!(again.kind(), ErrorKind::Storage);
    assert_eq!(scene.states().await.len(), accepted.len());
    scene
        .journal
        .test(|batch, _| batch.sql().pragma_update(None, "max_page_count", 1_000_000).unwrap())
        .await;
    scene.journal.accept(vec![purchase(9_999)]).await.unwrap();
    let repeat = scene.journal.accept(vec![purchase(accepted[0])]).await.unwrap();
    assert!(matches!(repeat[0].accepted, Accepted::Repeat(_)));
    assert_eq!(scene.states().await.len(), accepted.len() + 1);
}

/// The end of SQLite's log is cut off or overwritten, as a power cut may leave it:
/// whole commits before it are there, and nothing of the last but all or nothing.
#[test]
fn a_corrupt_tail_of_the_log_loses_no_earlier_commit() {
    let folder = Folder::new();
    let mut outbox = folder.outbox();
    let mut sizes = Vec::new();
    let log = folder.path("outbox-wal");
    for number in 0..20 {
        let batch = outbox.begin().unwrap();
        let notified = outcome(Decision::Notified, vec![message(Party::Cardholder)]);
        scene::new(&batch, &purchase(number), &notified);
        batch.commit().unwrap();
        sizes.push(std::fs::metadata(&log).unwrap().len());
    }
    let (file, log) = (std::fs::read(folder.path("outbox")).unwrap(), std::fs::read(&log).unwrap());
    std::mem::forget(outbox);
    let mut seen = std::collections::BTreeSet::new();
    for damage in 0..60_usize {
        let other = Folder::new();
        std::fs::write(other.path("outbox"), &file).unwrap();
        let at = log.len() * (damage + 1) / 62;
        let mut damaged = log.clone();
        match damage % 3 {
            0 => damaged.truncate(at),
            1 => damaged[at..].fill(0xa5),
            _ => damaged[at] ^= 1,
        }
        std::fs::write(other.path("outbox-wal"), &damaged).unwrap();
        let whole = sizes.iter().filter(|size| **size <= at as u64).count();
        let outbox = other.outbox();
        let found =
            (0..20).filter(|number| !outbox.trails(&purchase(*number).id).unwrap().is_empty());
        let found: Vec<_> = found.collect();
        // The first ones, without a gap; no fewer than were whole.
        assert_eq!(found, (0..found.len() as u32).collect::<Vec<_>>(), "damage at {at}");
        assert!(found.len() >= whole, "{} of {whole} after damage at {at}", found.len());
        for number in found {
            assert_eq!(outbox.trails(&purchase(number).id).unwrap()[0].messages.len(), 1);
        }
        seen.insert(whole);
    }
    assert!(seen.len() > 10, "{seen:?}");
}

/// A clock that goes back an hour delays what waits for its time, and no more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_goes_back_loses_nothing() {
    let scene = Scene::start(quick());
    scene.journal.accept(vec![purchase(1)]).await.unwrap();
    scene.journal.claim("sms", 1).await.unwrap();
    let hour = 3_600_000;
    let retry_ms = Some(NOW + 1_000);
    let refused = Fact::Refused { message: 1, attempt: 1, cause: "test".into(), retry_ms };
    scene.journal.tell(refused).await.unwrap();
    scene.clock.store(NOW - hour, Ordering::Relaxed);
    scene.journal.accept(vec![purchase(2)]).await.unwrap();
    let claimed = scene.journal.claim("sms", 10).await.unwrap();
    assert_eq!(claimed.iter().map(|one| one.due.id).collect::<Vec<_>>(), [2]);
    scene.journal.tell(taken(2, 1)).await.unwrap();
    let repeat = scene.journal.accept(vec![purchase(1)]).await.unwrap();
    assert!(matches!(repeat[0].accepted, Accepted::Repeat(1)));
    scene.clock.store(NOW + 1_001, Ordering::Relaxed);
    let claimed = scene.journal.claim("sms", 10).await.unwrap();
    assert_eq!(claimed.iter().map(|one| one.due.id).collect::<Vec<_>>(), [1]);
    scene.journal.tell(taken(1, 2)).await.unwrap();
    scene.wait(State::Submitted).await;
}

/// For an hour nobody takes messages; then they go in their order, what is
/// worthless by then excepted.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_hour_without_a_peer_drains_in_order() {
    /// One message in three is worthless after half an hour.
    struct Some3(Mutex<u32>);
    impl Decide for Some3 {
        fn decide(&self, _: &Transaction, now: Timestamp, _: &Batch<'_>) -> Outcome {
            let mut count = self.0.lock().unwrap();
            *count += 1;
            let ends = Timestamp::new(now.unix_seconds() + 1_800, 0).unwrap();
            let expires_at = count.is_multiple_of(3).then_some(ends);
            outcome(Decision::Notified, vec![Message { expires_at, ..message(Party::Cardholder) }])
        }
    }
    let folder = Folder::new();
    let clock = Arc::new(AtomicI64::new(NOW));
    let read = clock.clone();
    let (journal, _thread) = Journal::start(
        folder.outbox(),
        Arc::new(Some3(Mutex::new(0))),
        Arc::new(move || read.load(Ordering::Relaxed)),
        Arc::new(Metrics::default()),
        quick(),
    )
    .unwrap();
    for minute in 0..60 {
        clock.store(NOW + minute * 60_000, Ordering::Relaxed);
        let events = (0..10).map(|number| purchase(minute as u32 * 10 + number)).collect();
        journal.accept(events).await.unwrap();
    }
    clock.store(NOW + 3_600_000, Ordering::Relaxed);
    // The time is looked at before anything is claimed.
    tokio::time::sleep(Duration::from_millis(100)).await;
    let mut order = Vec::new();
    while order.len() < 497 {
        let claimed = journal.claim("sms", 64).await.unwrap();
        for one in &claimed {
            journal.tell(taken(one.due.id, 1)).await.unwrap();
        }
        order.extend(claimed.into_iter().map(|one| one.due.id));
    }
    // All but every third of the first half hour, and of the minute that ends
    // now.
    let late: Vec<MessageId> = (1..=310).filter(|id| id % 3 == 0).collect();
    let left: Vec<MessageId> = (1..=600).filter(|id| !late.contains(id)).collect();
    assert_eq!(
        order.len(),
        left.len(),
        "{:?}",
        order.iter().filter(|id| late.contains(id)).count()
    );
}
