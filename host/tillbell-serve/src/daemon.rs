//! The daemon's life: prepare, start, run until it is told to stop.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, RwLock};
use std::time::Duration;

use tillbell::CaseSettings;
use tillbell_delivery::journal::{Journal, JournalSettings, JournalThread, Standing, system_clock};
use tillbell_delivery::tape::{TapeQueue, TapeThread};
use tillbell_delivery::{Metrics, Outbox, SendLock};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::api::Api;
use crate::banks::{Artefacts, Banks};
use crate::config::Config;
use crate::doors::Doors;
use crate::note::Note;
use crate::prepare::{Prepared, prepare, stranded};
use crate::routes::{PreparedRoute, Source};
use crate::supervise::{Running, Supervisor};
use crate::tap::Sink;
use crate::{Error, Result};

/// A day, in milliseconds.
const DAY_MS: i64 = 24 * 3_600 * 1_000;
/// How often bundles are asked what happened to them.
const EVENTS: Duration = Duration::from_secs(1);

/// What the daemon is started with.
pub struct Start {
    /// The configuration's file.
    pub config: PathBuf,
    /// Gives the artefacts that a configuration names.
    pub artefacts: Arc<Artefacts>,
    /// Where lines for the operator go.
    pub note: Note,
}

/// Runs until SIGTERM or SIGINT; SIGHUP reloads configuration and bundles.
///
/// # Errors
/// If it cannot begin: nothing was taken in then.
pub fn run(start: Start) -> Result<()> {
    let prepared = prepare(&start.config, &*start.artefacts, None)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::new("there are no threads").because(error))?;
    runtime.block_on(async {
        let signals = Signals::listen()?;
        Daemon::start(start, prepared).await?.run(signals).await
    })
}

/// Looks whether a configuration could be run, with all that it names, and gives
/// what is hardly meant in it. Nothing is changed.
///
/// # Errors
/// As [`run`].
pub fn check(path: &Path, artefacts: &Artefacts) -> Result<Vec<String>> {
    let Prepared { config, mut warnings, .. } = prepare(path, artefacts, None)?;
    // Beside a daemon, or alone: nothing is written then.
    let mut journal = config.outbox.as_os_str().to_owned();
    journal.push("-wal");
    let outbox = match Path::new(&journal).exists() {
        true => Outbox::open_to_read(&config.outbox),
        false => Outbox::open_at_rest(&config.outbox),
    };
    // There may be none yet.
    if let Ok(outbox) = outbox {
        warnings.extend(stranded(&config, &outbox));
    }
    Ok(warnings)
}

/// Everything that runs.
pub(crate) struct Daemon {
    pub(crate) start: Start,
    pub(crate) config: Config,
    pub(crate) banks: Arc<Banks>,
    pub(crate) api: Arc<Api>,
    pub(crate) routes: Vec<PreparedRoute>,
    pub(crate) supervisor: Supervisor,
    doors: Doors,
    journal: Journal,
    thread: JournalThread,
    tape: Option<TapeThread>,
    metrics: Arc<Metrics>,
    _sends: SendLock,
}

impl Daemon {
    /// Starts what was prepared: what can still fail is the machine's, an address
    /// or an outbox that somebody else has.
    async fn start(start: Start, prepared: Prepared) -> Result<Self> {
        let Prepared { config, bundles, routes, known, tls, tap, token_key, tape, warnings } =
            prepared;
        let note = start.note.clone();
        let stored = |error: tillbell_delivery::Error| {
            Error::new("the outbox cannot be used").because(error)
        };
        let sends = SendLock::take(&config.outbox).map_err(stored)?;
        let outbox = Outbox::open_to_send(&config.outbox, &sends).map_err(stored)?;
        let reader = Outbox::open_to_read(&config.outbox).map_err(stored)?;
        let warnings = warnings.into_iter().chain(stranded(&config, &reader));
        warnings.for_each(|line| note(format!("warning: {line}")));
        let banks = Arc::new(Banks::open(bundles)?);
        let metrics = Arc::new(Metrics::default());
        let settings =
            JournalSettings { commands_max: config.queue_max, ..JournalSettings::default() };
        let clock = system_clock();
        let (tape, tape_thread) = match tape {
            None => (None, None),
            Some(tape) => {
                let tell = note.clone();
                let tell = Box::new(move |line| tell(line));
                let (queue, thread) = TapeQueue::start(tape, &clock, metrics.clone(), tell)
                    .map_err(|error| Error::new("the tape cannot be written").because(error))?;
                (Some(queue), Some(thread))
            }
        };
        let (journal, thread) =
            Journal::start_taped(outbox, banks.clone(), clock, metrics.clone(), settings, tape)
                .map_err(stored)?;
        tell_standing(&journal, &config).await?;
        set_prices(&metrics, &config);
        let api = Arc::new(Api {
            journal: journal.clone(),
            reader: Mutex::new(reader),
            metrics: metrics.clone(),
            token_key: token_key.clone(),
            known: RwLock::new(Arc::new(known)),
            events_max: config.http.events_max,
            body_bytes_max: config.http.body_bytes_max,
            request_time: Duration::from_secs(config.http.request_seconds.into()),
            is_stopping: AtomicBool::new(false),
            running: Running::default(),
            banks: banks.clone(),
        });
        let mut doors = Doors::open(&config.http, tls, &api, &note).await?;
        if let Some((tap, dialect)) = tap {
            let (journal, metrics) = (journal.clone(), metrics.clone());
            let runtime = tokio::runtime::Handle::current();
            let note = note.clone();
            let outbox = config.outbox.clone();
            let sink = Sink { journal, metrics, token_key, runtime, outbox, note };
            doors.open_tap(tap, dialect, sink)?;
        }
        let source =
            Source { journal: journal.clone(), metrics: metrics.clone(), note: note.clone() };
        let supervisor = Supervisor::start(&routes, &source, &api.running);
        note("ready".into());
        Ok(Self {
            start,
            config,
            banks,
            api,
            routes,
            supervisor,
            doors,
            journal,
            thread,
            tape: tape_thread,
            metrics,
            _sends: sends,
        })
    }

    async fn run(mut self, mut signals: Signals) -> Result<()> {
        let mut events = tokio::time::interval(EVENTS);
        loop {
            tokio::select! {
                _ = signals.hang_up.recv() => self.reload().await,
                _ = signals.terminate.recv() => break,
                _ = signals.interrupt.recv() => break,
                _ = events.tick() => self.banks.events().into_iter().for_each(|line| (self.start.note)(line)),
            }
        }
        self.stop().await
    }

    /// First nothing more comes in, then nothing more goes out, and then the last
    /// commit is made.
    async fn stop(mut self) -> Result<()> {
        let note = self.start.note;
        note("stopping".into());
        self.api.is_stopping.store(true, Ordering::Relaxed);
        self.doors.close().await;
        self.supervisor.end().await;
        drop((self.api, self.journal));
        let (thread, tape) = (self.thread, self.tape);
        let join = move || {
            let outbox = thread.join();
            // The journal's end of its queue is gone.
            if let Some(tape) = tape {
                tape.join();
            }
            outbox
        };
        match tokio::task::spawn_blocking(join).await {
            Ok(Ok(_)) => note("stopped".into()),
            _ => return Err(Error::new("the journal did not end well")),
        }
        Ok(())
    }

    /// Where routes take messages from.
    pub(crate) fn source(&self) -> Source {
        let (journal, metrics) = (self.journal.clone(), self.metrics.clone());
        Source { journal, metrics, note: self.start.note.clone() }
    }

    pub(crate) async fn tell_standing(&self, config: &Config) -> Result<()> {
        tell_standing(&self.journal, config).await
    }

    pub(crate) fn set_prices(&self, config: &Config) {
        set_prices(&self.metrics, config);
    }
}

/// Tells the outbox what the configuration says of every message.
async fn tell_standing(journal: &Journal, config: &Config) -> Result<()> {
    let standing = Standing {
        fallbacks: config.fallbacks(),
        notices: config.notices.clone(),
        routes: config.queues().into_iter().map(|(queue, _)| queue).collect(),
        kept_ms: config.keep_days.map(|days| i64::from(days) * DAY_MS),
        cases: CaseSettings {
            window_seconds: i64::from(config.case_days) * 86_400,
            orphan_seconds: config.orphan_seconds.into(),
        },
    };
    let told = journal.configure(standing).await;
    told.map_err(|error| Error::new("the outbox cannot be written").because(error))
}

fn set_prices(metrics: &Metrics, config: &Config) {
    let queues = config.queues().into_iter();
    let prices = queues.filter_map(|(queue, route)| Some((queue, route.part_price?)));
    metrics.set_prices(prices.collect());
}

struct Signals {
    hang_up: Signal,
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn listen() -> Result<Self> {
        let listen = |kind| {
            signal(kind).map_err(|error| Error::new("signals cannot be waited for").because(error))
        };
        Ok(Self {
            hang_up: listen(SignalKind::hangup())?,
            terminate: listen(SignalKind::terminate())?,
            interrupt: listen(SignalKind::interrupt())?,
        })
    }
}
