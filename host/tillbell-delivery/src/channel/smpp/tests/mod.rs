//! The link against an SMSC that nobody here wrote, and that misbehaves.

mod faults;
mod smsc;
mod talk;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tillbell::{Decision, Message, Outcome};
use tillbell_transaction::{Party, Timestamp, Transaction};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::{Link, SmppSettings};
use crate::channel::LinkEvent;
use crate::journal::{Decide, Journal, JournalSettings, JournalThread, system_clock};
use crate::store::sqlite::scene::{Folder, message, outcome, purchase, take};
use crate::{Batch, Metrics, Outbox, State};
pub(crate) use smsc::{PATIENCE, Smsc};

/// Nothing is decided here: messages are put in as they are.
struct Undecided;

impl Decide for Undecided {
    fn decide(&self, _: &Transaction, _: Timestamp, _: &Batch<'_>) -> Outcome {
        outcome(Decision::Suppressed, Vec::new())
    }
}

/// An outbox, its journal and a link to an SMSC.
struct Scene {
    folder: Folder,
    journal: Journal,
    thread: JournalThread,
    link: JoinHandle<()>,
    stop: watch::Sender<bool>,
    events: Arc<Mutex<Vec<LinkEvent>>>,
    metrics: Arc<Metrics>,
}

/// Fast, for tests.
fn settings(port: u16) -> SmppSettings {
    SmppSettings {
        port,
        system_id: "tillbell".into(),
        password: "secret".into(),
        answer_seconds: 1,
        doubt_seconds: 1,
        receipt_seconds: 0,
        enquire_seconds: 30,
        bind_seconds: 2,
        retry_seconds: 1,
        reconnect_ms: 50,
        reconnect_max_ms: 200,
        throttle_ms: 50,
        query_minutes: None,
        ..SmppSettings::default()
    }
}

impl Scene {
    fn start(settings: SmppSettings) -> Self {
        Self::resume(Folder::new(), settings, 0)
    }

    fn resume(folder: Folder, settings: SmppSettings, fallbacks: u8) -> Self {
        let mut outbox = folder.outbox();
        outbox.set_fallbacks("sms", fallbacks);
        let metrics = Arc::new(Metrics::default());
        let quick =
            JournalSettings { tick: Duration::from_millis(20), ..JournalSettings::default() };
        let (journal, thread) =
            Journal::start(outbox, Arc::new(Undecided), system_clock(), metrics.clone(), quick)
                .unwrap();
        let events = Arc::new(Mutex::new(Vec::new()));
        let (stop, stopped) = watch::channel(false);
        let seen = events.clone();
        let note = Arc::new(move |event| seen.lock().unwrap().push(event));
        let peer = super::Smsc::new(settings).unwrap();
        let link = Link::new("sms", peer, None, journal.clone(), metrics.clone(), note);
        let link = tokio::spawn(link.run(stopped));
        Self { folder, journal, thread, link, stop, events, metrics }
    }

    /// Puts in messages with these texts, to 13800138000 and the numbers after
    /// it.
    async fn put(&self, texts: &[&str]) {
        let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
        let put = self.journal.test(move |batch, now_ms| {
            for text in &texts {
                let number: i64 = batch
                    .sql()
                    .query_row("select count(*) from messages", [], |row| row.get(0))
                    .unwrap();
                let one = Message {
                    recipient: Some(format!("+86138{:08}", 138_000 + number)),
                    text: text.clone(),
                    segments: tillbell_sms::count(text).segments,
                    ..message(Party::Cardholder)
                };
                let notified = outcome(Decision::Notified, vec![one]);
                take(batch, &purchase(number as u32), &notified, now_ms);
            }
        });
        put.await;
    }

    /// The state of each message, and why it is in it.
    async fn states(&self) -> Vec<(State, Option<String>)> {
        self.journal
            .test(|batch, _| {
                let mut statement =
                    batch.sql().prepare("select state, cause from messages order by id").unwrap();
                let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
                rows.collect::<rusqlite::Result<Vec<_>>>().unwrap()
            })
            .await
    }

    /// Waits until every message is in this state.
    async fn all(&self, state: State) -> Vec<Option<String>> {
        let until = tokio::time::Instant::now() + PATIENCE;
        loop {
            let states = self.states().await;
            if states.iter().all(|(known, _)| *known == state) {
                return states.into_iter().map(|(_, cause)| cause).collect();
            }
            assert!(tokio::time::Instant::now() < until, "{states:?}, {:?}", self.downs().last());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    fn events(&self) -> Vec<LinkEvent> {
        self.events.lock().unwrap().clone()
    }

    /// Why sessions ended.
    fn downs(&self) -> Vec<String> {
        let why = |event| match event {
            LinkEvent::Down { why, .. } => Some(why),
            LinkEvent::Up { .. } => None,
        };
        self.events().into_iter().filter_map(why).collect()
    }

    /// Ends it in good order; the outbox is there for whoever resumes.
    async fn stop(self) -> (Folder, Outbox) {
        self.stop.send(true).unwrap();
        tokio::time::timeout(PATIENCE, self.link).await.expect("the link did not stop").unwrap();
        drop(self.journal);
        let outbox = tokio::task::spawn_blocking(|| self.thread.join().unwrap()).await.unwrap();
        (self.folder, outbox)
    }
}

fn so_many(count: usize) -> Vec<&'static str> {
    vec!["Paid 128.50"; count]
}
