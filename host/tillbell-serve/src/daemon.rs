//! The daemon's life: from its configuration to its last commit.

use std::net::TcpListener as StdListener;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, RwLock};
use std::time::Duration;

use tillbell_delivery::channel::http::HttpRoute;
use tillbell_delivery::channel::{FileRoute, print};
use tillbell_delivery::journal::{Journal, JournalSettings, JournalThread, system_clock};
use tillbell_delivery::smpp::{Link, LinkEvent};
use tillbell_delivery::{Metrics, Outbox, SendLock};
use tillbell_iso8583::Dialect;
use tillbell_transaction::TokenKey;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

use crate::api::{self, Api, Clients, Door, Known};
use crate::banks::{Artefacts, Banks};
use crate::config::Config;
use crate::listen::{self, Listener};
use crate::tap::{self, Open, Sink};
use crate::{Error, Result};

/// A day, in milliseconds.
const DAY_MS: i64 = 24 * 3_600 * 1_000;
/// How often bundles are asked what happened to them.
const EVENTS: Duration = Duration::from_secs(1);
/// How long messages that are being sent are waited for at a stop.
const LAST: Duration = Duration::from_secs(30);

/// What the daemon tells its operator, a line each; no line holds a secret, a
/// text or a recipient.
pub type Note = Arc<dyn Fn(String) + Send + Sync>;

/// What the daemon is started with.
pub struct Start {
    /// The configuration's file.
    pub config: PathBuf,
    /// Gives the artefacts that a configuration names.
    pub artefacts: Box<Artefacts>,
    /// Gives the key in a file, by which cards get tokens.
    pub token_key: Option<TokenKey>,
    /// Where lines for the operator go.
    pub note: Note,
}

/// Runs until SIGTERM or SIGINT; SIGHUP reloads configuration and bundles.
///
/// # Errors
/// If it cannot begin: nothing was taken in then.
pub fn run(start: Start) -> Result<()> {
    let config = Config::read(&start.config)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::new("there are no threads").because(error))?;
    runtime.block_on(Daemon::open(start, config)?.run())
}

/// Everything that runs.
struct Daemon {
    start: Start,
    config: Config,
    banks: Arc<Banks>,
    journal: Journal,
    thread: JournalThread,
    metrics: Arc<Metrics>,
    _sends: SendLock,
}

impl Daemon {
    /// Opens bundles and outbox, before anything comes in.
    fn open(start: Start, config: Config) -> Result<Self> {
        let artefacts = (start.artefacts)(&config)
            .map_err(|error| Error::new("the bundles cannot be loaded").because(error))?;
        let banks = Arc::new(Banks::open(&config, &artefacts)?);
        let stored = |error: tillbell_delivery::Error| {
            Error::new("the outbox cannot be used").because(error)
        };
        let sends = SendLock::take(&config.outbox).map_err(stored)?;
        let outbox = Outbox::open(&config.outbox).map_err(stored)?;
        let clock = system_clock();
        let settings =
            JournalSettings { commands_max: config.queue_max, ..JournalSettings::default() };
        let metrics = Arc::new(Metrics::default());
        let (journal, thread) =
            Journal::start(outbox, banks.clone(), clock, metrics.clone(), settings)
                .map_err(stored)?;
        Ok(Self { start, config, banks, journal, thread, metrics, _sends: sends })
    }

    async fn run(mut self) -> Result<()> {
        let note = self.start.note.clone();
        let mut hang_up = signals(SignalKind::hangup())?;
        let mut terminate = signals(SignalKind::terminate())?;
        let mut interrupt = signals(SignalKind::interrupt())?;
        let (mut stop, mut stopped) = watch::channel(false);
        let (close, closed) = watch::channel(false);
        let api = self.api()?;
        let doors = self.doors(&api, &closed).await?;
        let (tap, open) = self.tap()?;
        let mut routes = self.routes(&stopped).await?;
        note("ready".into());
        let mut events = tokio::time::interval(EVENTS);
        loop {
            tokio::select! {
                _ = hang_up.recv() => {
                    if self.reload(&api) {
                        // Sessions end in good order, and others begin.
                        end(&stop, &mut routes, &note).await;
                        (stop, stopped) = watch::channel(false);
                        match self.routes(&stopped).await {
                            Ok(begun) => routes = begun,
                            Err(error) => note(format!("reload: {error}: nothing goes out")),
                        }
                    }
                }
                _ = terminate.recv() => break,
                _ = interrupt.recv() => break,
                _ = events.tick() => self.banks.events().into_iter().for_each(|line| note(line)),
            }
        }
        note("stopping".into());
        // First nothing more comes in, then nothing more goes out, and then the
        // last commit is made.
        api.is_stopping.store(true, Ordering::Relaxed);
        let _ = close.send(true);
        open.close();
        for door in doors {
            let _ = door.await;
        }
        if let Some((address, tap)) = tap {
            // Wakes the thread that waits for a connection.
            let _ = std::net::TcpStream::connect(address);
            let _ = tokio::task::spawn_blocking(move || tap.join()).await;
        }
        end(&stop, &mut routes, &note).await;
        drop((api, self.journal));
        let thread = self.thread;
        let joined = tokio::task::spawn_blocking(move || thread.join()).await;
        match joined {
            Ok(Ok(_)) => note("stopped".into()),
            _ => return Err(Error::new("the journal did not end well")),
        }
        Ok(())
    }

    fn api(&self) -> Result<Arc<Api>> {
        let reader = Outbox::open_to_read(&self.config.outbox)
            .map_err(|error| Error::new("the outbox cannot be read").because(error))?;
        Ok(Arc::new(Api {
            journal: self.journal.clone(),
            reader: Mutex::new(reader),
            metrics: self.metrics.clone(),
            token_key: self.start.token_key.clone(),
            known: RwLock::new(Arc::new(known(&self.config))),
            events_max: self.config.http.events_max,
            body_bytes_max: self.config.http.body_bytes_max,
            request_time: Duration::from_secs(self.config.http.request_seconds.into()),
            is_stopping: AtomicBool::new(false),
        }))
    }

    /// Opens what requests come in by.
    async fn doors(
        &self,
        api: &Arc<Api>,
        closed: &watch::Receiver<bool>,
    ) -> Result<Vec<JoinHandle<()>>> {
        let http = &self.config.http;
        let mut doors = Vec::new();
        if let Some(address) = http.listen {
            let tls = match (&http.tls_certificates, &http.tls_key) {
                (Some(certificates), Some(key)) => Some(listen::tls(certificates, key)?),
                _ => None,
            };
            let listener = TcpListener::bind(address)
                .await
                .map_err(|error| Error::new(format!("http {address}")).because(error))?;
            self.listening("http", listener.local_addr());
            doors.push((Listener::Address(listener, tls), Door::Address));
        }
        if let Some(path) = &http.socket {
            doors.push((Listener::Socket(listen::socket(path)?), Door::Socket));
        }
        let serve = |(listener, door)| {
            let router = api::router(api.clone(), door);
            let (places, patience) = (http.connections_max, api.request_time);
            tokio::spawn(listen::serve(listener, router, places, patience, closed.clone()))
        };
        Ok(doors.into_iter().map(serve).collect())
    }

    fn listening(&self, what: &str, address: std::io::Result<std::net::SocketAddr>) {
        if let Ok(address) = address {
            (self.start.note)(format!("{what}: listening on {address}"));
        }
    }

    #[expect(clippy::type_complexity, reason = "an address and what ends with it")]
    fn tap(
        &self,
    ) -> Result<(Option<(std::net::SocketAddr, std::thread::JoinHandle<()>)>, Arc<Open>)> {
        let open = Arc::new(Open::default());
        let Some(tap) = self.config.tap.clone() else { return Ok((None, open)) };
        let dialect: Dialect = tap::dialect(&tap.dialect)?;
        let failed = |error| Error::new(format!("tap {}", tap.listen)).because(error);
        let listener = StdListener::bind(tap.listen).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        self.listening("tap", Ok(address));
        let sink = Sink {
            journal: self.journal.clone(),
            metrics: self.metrics.clone(),
            token_key: self.start.token_key.clone(),
            runtime: tokio::runtime::Handle::current(),
            note: self.start.note.clone(),
        };
        let connections = open.clone();
        let thread = std::thread::Builder::new()
            .name("taps".into())
            .spawn(move || tap::listen(&listener, &tap, &dialect, &sink, &connections))
            .map_err(|error| Error::new("there is no thread for the tap").because(error))?;
        Ok((Some((address, thread)), open))
    }

    /// Starts what messages go out by.
    async fn routes(&self, stopped: &watch::Receiver<bool>) -> Result<JoinSet<()>> {
        let (fallbacks, notices) = (self.config.fallbacks(), self.config.notices.clone());
        let kept_ms = self.config.keep_days.map(|days| i64::from(days) * DAY_MS);
        let told = self.journal.run(move |batch, _| {
            batch.set_fallbacks(fallbacks);
            batch.set_notices(notices);
            batch.set_kept(kept_ms);
            Ok(())
        });
        told.await.map_err(|error| Error::new("the outbox cannot be written").because(error))?;
        let prices = self.config.queues().into_iter();
        let prices = prices.filter_map(|(queue, route)| Some((queue, route.part_price?)));
        self.metrics.set_prices(prices.collect());
        let mut routes = JoinSet::new();
        for (queue, route) in self.config.queues() {
            if let Some(settings) = &route.smpp {
                let note = self.start.note.clone();
                let told = Arc::new(move |event| match event {
                    LinkEvent::Up { queue } => note(format!("route {queue}: connected")),
                    LinkEvent::Down { queue, why } => note(format!("route {queue}: {why}")),
                });
                let link = Link::new(
                    &queue,
                    settings.clone(),
                    route.give_up_minutes,
                    self.journal.clone(),
                    self.metrics.clone(),
                    told,
                )
                .map_err(|error| Error::new(format!("route {queue}")).because(error))?;
                routes.spawn(link.run(stopped.clone()));
            }
            if let Some(settings) = &route.http {
                let gateway = HttpRoute::new(
                    &queue,
                    settings.clone(),
                    route.give_up_minutes,
                    self.journal.clone(),
                    self.metrics.clone(),
                )
                .map_err(|error| Error::new(format!("route {queue}")).because(error))?;
                routes.spawn(gateway.run(stopped.clone()));
            }
            if let Some(path) = &route.file {
                let file = FileRoute::open(&queue, path, &self.journal).await.map_err(|error| {
                    Error::new(format!("route {queue}: {}", path.display())).because(error)
                })?;
                routes.spawn(file.run(self.journal.clone(), self.metrics.clone(), stopped.clone()));
            }
            if route.console {
                let (journal, metrics) = (self.journal.clone(), self.metrics.clone());
                routes.spawn(print(queue, journal, metrics, stopped.clone()));
            }
        }
        Ok(routes)
    }

    /// Reads configuration and bundles again; whether other routes are to begin.
    /// What is wrong changes nothing. Where requests come in, and where the outbox
    /// is, stays as it was at the start.
    fn reload(&mut self, api: &Api) -> bool {
        let note = self.start.note.clone();
        let done = Config::read(&self.start.config).and_then(|config| {
            let artefacts = (self.start.artefacts)(&config)
                .map_err(|error| Error::new("the bundles cannot be loaded").because(error))?;
            Ok((self.banks.reload(&config, &artefacts)?, config))
        });
        let (lines, config) = match done {
            Ok(done) => done,
            Err(error) => {
                note(format!("reload: {error}: what ran before runs on"));
                let mut cause = std::error::Error::source(&error);
                while let Some(error) = cause {
                    note(format!("  because: {error}"));
                    cause = error.source();
                }
                return false;
            }
        };
        lines.into_iter().for_each(|line| note(format!("reload: {line}")));
        api.learn(known(&config));
        let is_other = config.routes != self.config.routes
            || config.notices != self.config.notices
            || config.keep_days != self.config.keep_days;
        if is_other {
            note("reload: other routes begin".into());
        }
        self.config = config;
        is_other
    }
}

fn known(config: &Config) -> Known {
    Known { clients: Clients::new(&config.clients), receipts: config.receipts() }
}

/// Ends routes in good order: what is being sent is waited for.
async fn end(stop: &watch::Sender<bool>, routes: &mut JoinSet<()>, note: &Note) {
    let _ = stop.send(true);
    let ended = tokio::time::timeout(LAST, async { while routes.join_next().await.is_some() {} });
    if ended.await.is_err() {
        note("a route did not end in time; what it was sending is resolved later".into());
        routes.abort_all();
    }
}

fn signals(kind: SignalKind) -> Result<tokio::signal::unix::Signal> {
    signal(kind).map_err(|error| Error::new("signals cannot be waited for").because(error))
}

/// Looks whether a configuration could be run: its values, bundles and keys.
///
/// # Errors
/// As [`run`].
pub fn check(path: &Path, artefacts: &Artefacts) -> Result<()> {
    let config = Config::read(path)?;
    let artefacts = artefacts(&config)
        .map_err(|error| Error::new("the bundles cannot be loaded").because(error))?;
    Banks::open(&config, &artefacts)?;
    if let Some(tap) = &config.tap {
        tap::dialect(&tap.dialect)?;
    }
    Ok(())
}
