//! The routes that run: one that ends while it was not told to is started again.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tillbell_delivery::Metrics;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use crate::error::chain;
use crate::note::Note;
use crate::routes::{PreparedRoute, Source};

/// How long messages that are being sent are waited for at a stop.
const LAST: Duration = Duration::from_secs(30);

/// How long to wait before a route is started again: doubled each time, and from
/// the first again once it ran for longer than the longest.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Backoff {
    first: Duration,
    most: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { first: Duration::from_secs(1), most: Duration::from_secs(60) }
    }
}

/// Which routes have a task now. Copies tell of the same.
#[derive(Debug, Clone, Default)]
pub(crate) struct Running(Arc<Mutex<BTreeMap<String, bool>>>);

impl Running {
    /// The queues of routes that are not running.
    pub(crate) fn down(&self) -> Vec<String> {
        let states = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        states.iter().filter(|(_, runs)| !**runs).map(|(queue, _)| queue.clone()).collect()
    }

    fn set(&self, queue: &str, runs: bool) {
        let mut states = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        states.insert(queue.into(), runs);
    }

    fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// The tasks of all routes.
pub(crate) struct Supervisor {
    tasks: JoinSet<()>,
    stop: watch::Sender<bool>,
    running: Running,
    note: Note,
}

impl Supervisor {
    /// Starts the routes, and keeps them running.
    pub(crate) fn start(routes: &[PreparedRoute], source: &Source, running: &Running) -> Self {
        Self::start_with(routes, source, running, Backoff::default())
    }

    fn start_with(
        routes: &[PreparedRoute],
        source: &Source,
        running: &Running,
        backoff: Backoff,
    ) -> Self {
        let (stop, stopped) = watch::channel(false);
        let mut tasks = JoinSet::new();
        for route in routes.iter().cloned() {
            let post = Post {
                queue: route.queue.clone(),
                running: running.clone(),
                metrics: source.metrics.clone(),
                note: source.note.clone(),
                backoff,
            };
            // Known from now on, not from when its task comes to it.
            running.set(&post.queue, true);
            let (source, stop) = (source.clone(), stopped.clone());
            let begin = move || route.clone().run(source.clone(), stop.clone());
            tasks.spawn(post.keep(begin, stopped.clone()));
        }
        Self { tasks, stop, running: running.clone(), note: source.note.clone() }
    }

    /// Ends routes in good order: what is being sent is waited for.
    pub(crate) async fn end(&mut self) {
        let _ = self.stop.send(true);
        let ended = timeout(LAST, async { while self.tasks.join_next().await.is_some() {} });
        if ended.await.is_err() {
            (self.note)(
                "a route did not end in time; what it was sending is resolved later".into(),
            );
            self.tasks.shutdown().await;
        }
        self.running.clear();
    }
}

/// What one route's end is told to.
struct Post {
    queue: String,
    running: Running,
    metrics: Arc<Metrics>,
    note: Note,
    backoff: Backoff,
}

impl Post {
    /// Starts a route's task, again and again, until it is told to stop.
    async fn keep<F, E>(self, begin: impl Fn() -> F, mut stop: watch::Receiver<bool>)
    where
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: std::error::Error + Send + 'static,
    {
        let Backoff { first, most } = self.backoff;
        let mut wait = first;
        while !*stop.borrow() {
            self.running.set(&self.queue, true);
            let began = Instant::now();
            // A task of its own, whose panic is its own; it ends with this one.
            let mut task = JoinSet::new();
            task.spawn(begin());
            let why = match task.join_next().await {
                Some(Ok(Err(error))) => chain(&error),
                Some(Err(error)) if error.is_panic() => "its task panicked".into(),
                _ => "its task ended".into(),
            };
            if *stop.borrow() {
                break;
            }
            self.metrics.link(&self.queue, false);
            self.running.set(&self.queue, false);
            if began.elapsed() > most {
                wait = first;
            }
            let seconds = wait.as_secs_f64();
            (self.note)(format!("route {}: {why}: it begins again in {seconds} s", self.queue));
            tokio::select! {
                () = sleep(wait) => {}
                _ = stop.changed() => {}
            }
            wait = (wait * 2).min(most);
        }
        self.metrics.link(&self.queue, false);
    }
}

#[cfg(test)]
mod tests;
