//! A queue's messages to its gateway.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use http_body_util::{BodyExt, Full, Limited};
use hyper::Request;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::sync::{oneshot, watch};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::bytes::Bytes;

use super::mapping::Said;
use super::request::Requests;
use super::settings::HttpSettings;
use crate::journal::{Claimed, Fact, Journal};
use crate::pace::Pace;
use crate::{Metrics, Result, State, tls};

/// The longest answer that is read, in bytes.
const ANSWER_BYTES_MAX: usize = 64 * 1_024;
/// Messages whose doubt is ended at a time.
const CHORE_MESSAGES_MAX: usize = 256;
/// How often doubts are looked at.
const CHORE: Duration = Duration::from_secs(1);

/// A gateway, as a queue's route.
pub struct HttpRoute {
    queue: String,
    settings: HttpSettings,
    requests: Requests,
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    give_up_minutes: Option<u32>,
    journal: Journal,
    metrics: Arc<Metrics>,
}

/// What is known of a request once it is over.
enum Verdict {
    Said(Said),
    /// It was never sent.
    Unsent,
    /// It was, and nothing is known.
    Unknown,
}

type Asking<'a> = Pin<Box<dyn Future<Output = (Claimed, Verdict)> + Send + 'a>>;

impl HttpRoute {
    /// A route for a queue; nothing is connected yet.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Input`] for settings out of their bounds, templates
    /// and keys that are wrong.
    pub fn new(
        queue: &str,
        settings: HttpSettings,
        give_up_minutes: Option<u32>,
        journal: Journal,
        metrics: Arc<Metrics>,
    ) -> Result<Self> {
        settings.check()?;
        let requests = Requests::new(&settings)?;
        let connector = match settings.url.starts_with("https:") {
            true => HttpsConnectorBuilder::new()
                .with_tls_config(tls::client(&settings.tls_ca)?)
                .https_only()
                .enable_http1()
                .build(),
            false => HttpsConnectorBuilder::new()
                .with_tls_config(tls::none()?)
                .https_or_http()
                .enable_http1()
                .build(),
        };
        let client = Client::builder(TokioExecutor::new())
            .pool_max_idle_per_host(settings.connections)
            .build(connector);
        let queue = queue.into();
        Ok(Self { queue, settings, requests, client, give_up_minutes, journal, metrics })
    }

    /// Sends what comes until it is told to stop, and then waits for the answers.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        let journal = &self.journal;
        if journal.tell(Fact::Connected(self.queue.clone())).await.is_err() {
            return;
        }
        self.metrics.link(&self.queue, true);
        let rest = Duration::from_millis(self.settings.throttle_ms.into());
        let mut pace = Pace::new(self.settings.parts_per_second, rest, Instant::now());
        let mut asking: FuturesUnordered<Asking<'_>> = FuturesUnordered::new();
        let mut claim: Option<oneshot::Receiver<Vec<Claimed>>> = None;
        let mut waiting = std::collections::VecDeque::new();
        let mut chore_at = Instant::now() + CHORE;
        let mut is_stopping = *stop.borrow();
        loop {
            if is_stopping {
                for claimed in waiting.drain(..) {
                    self.tell(Fact::Released(message(&claimed))).await;
                }
                if asking.is_empty() {
                    break;
                }
            }
            let free = self.settings.connections.saturating_sub(asking.len() + waiting.len());
            if claim.is_none() && free > 0 && !is_stopping {
                match journal.claim_later(&self.queue, free).await {
                    Ok(later) => claim = Some(later),
                    Err(_) => break,
                }
            }
            let places = pace.window(self.settings.connections);
            while let Some(claimed) = waiting.front()
                && asking.len() < places
                && !is_stopping
                && pace.take_all(Instant::now(), segments(claimed))
            {
                let Some(claimed) = waiting.pop_front() else { break };
                if let Some(asked) = self.begin(claimed).await {
                    asking.push(asked);
                }
            }
            let now = Instant::now();
            let wake = match waiting.is_empty() {
                true => chore_at,
                false => chore_at.min(pace.next(now)),
            };
            tokio::select! {
                Some((claimed, verdict)) = asking.next(), if !asking.is_empty() => {
                    if let Some(again) = self.end(claimed, verdict, &mut pace).await {
                        waiting.push_front(again);
                    }
                }
                claimed = wait(&mut claim), if claim.is_some() => {
                    claim = None;
                    match claimed {
                        Some(claimed) => waiting.extend(claimed),
                        None => break,
                    }
                }
                _ = stop.changed(), if !is_stopping => is_stopping = true,
                () = sleep_until(wake) => {
                    if Instant::now() >= chore_at {
                        self.chore().await;
                        chore_at = Instant::now() + CHORE;
                    }
                }
            }
        }
        if let Some(mut claim) = claim {
            claim.close();
            for claimed in claim.try_recv().unwrap_or_default() {
                self.tell(Fact::Released(message(&claimed))).await;
            }
        }
        self.metrics.link(&self.queue, false);
    }

    async fn tell(&self, fact: Fact) {
        // Without a journal there is nobody to tell.
        let _ = self.journal.tell(fact).await;
    }

    /// Begins a request; none for a message that is too old, or has none.
    async fn begin(&self, claimed: Claimed) -> Option<Asking<'_>> {
        let now_ms = self.journal.now_ms();
        if claimed.due.expires_ms.is_some_and(|expires_ms| expires_ms <= now_ms) {
            self.tell(Fact::Expired(message(&claimed))).await;
            return None;
        }
        let request = match self.requests.make(&claimed.due, now_ms) {
            Ok(request) => request,
            Err(_) => {
                let cause = "request-unfit".into();
                let message = message(&claimed);
                self.tell(Fact::Refused { message, cause, retry_ms: None }).await;
                return None;
            }
        };
        let waited = (now_ms - claimed.due.since_ms).max(0) as u64;
        self.metrics.submitted(&self.queue, Duration::from_millis(waited));
        Some(Box::pin(async move {
            let began = Instant::now();
            let verdict = self.ask(request, &message(&claimed).to_string()).await;
            self.metrics.answered(&self.queue, began.elapsed());
            (claimed, verdict)
        }))
    }

    async fn ask(&self, request: Request<Full<Bytes>>, message: &str) -> Verdict {
        let patience = Duration::from_secs(self.settings.answer_seconds.into());
        let answer = async {
            let answer = match self.client.request(request).await {
                Ok(answer) => answer,
                Err(error) if error.is_connect() => return Verdict::Unsent,
                Err(_) => return Verdict::Unknown,
            };
            let status = answer.status().as_u16();
            let body = Limited::new(answer.into_body(), ANSWER_BYTES_MAX).collect().await;
            let Ok(body) = body else { return Verdict::Unknown };
            Verdict::Said(self.settings.answer.read(status, &body.to_bytes(), message))
        };
        timeout(patience, answer).await.unwrap_or(Verdict::Unknown)
    }

    /// Says what became of a message; gives it back if it is to be sent again.
    async fn end(&self, claimed: Claimed, verdict: Verdict, pace: &mut Pace) -> Option<Claimed> {
        let message = message(&claimed);
        let now = Instant::now();
        let (cause, retry_ms) = match verdict {
            Verdict::Said(Said::Taken(remote)) => {
                pace.took(now);
                for _ in 0..segments(&claimed) {
                    self.metrics.taken(&claimed.due.bundle, &self.queue);
                }
                self.taken(message, remote).await;
                return None;
            }
            Verdict::Unsent | Verdict::Said(Said::Throttled(_)) => {
                pace.throttled(now);
                return Some(claimed);
            }
            Verdict::Unknown | Verdict::Said(Said::Unclear) => {
                self.tell(Fact::Doubted(message)).await;
                return None;
            }
            Verdict::Said(Said::ForNow(cause)) => {
                let is_last = claimed.due.attempts + 1 >= self.settings.attempts_max;
                let retry_ms =
                    self.journal.now_ms() + i64::from(self.settings.retry_seconds) * 1_000;
                (cause, Some(retry_ms).filter(|_| !is_last))
            }
            Verdict::Said(Said::ForGood(cause)) => (cause, None),
        };
        self.metrics.refused(&self.queue);
        self.tell(Fact::Refused { message, cause, retry_ms }).await;
        None
    }

    /// The gateway has a message; without receipts that is all there is to know.
    async fn taken(&self, message: i64, remote: String) {
        let taken = Fact::Taken {
            message,
            number: 1,
            of: 1,
            remote: remote.clone(),
            spelling: remote.clone(),
        };
        self.tell(taken).await;
        if self.settings.receipt.is_none() {
            self.tell(Fact::Receipt {
                queue: self.queue.clone(),
                remote,
                state: State::Delivered,
                cause: None,
                recipient: None,
                reference: None,
            })
            .await;
        }
    }

    /// Ends doubts, and gives up what has no receipt.
    async fn chore(&self) {
        let queue = self.queue.clone();
        let doubt_ms = i64::from(self.settings.doubt_seconds) * 1_000;
        let give_up_ms = self.give_up_minutes.map(|minutes| i64::from(minutes) * 60_000);
        let done = self.journal.run(move |batch, now_ms| {
            batch.resolve(&queue, now_ms - doubt_ms, CHORE_MESSAGES_MAX, now_ms)?;
            match give_up_ms {
                Some(give_up_ms) => {
                    batch.give_up(&queue, now_ms - give_up_ms, CHORE_MESSAGES_MAX, now_ms)
                }
                None => Ok(0),
            }
        });
        // A disk that refuses is the journal's affair; it is done the next time.
        let _ = done.await;
    }
}

impl std::fmt::Debug for HttpRoute {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HttpRoute").field("queue", &self.queue).finish_non_exhaustive()
    }
}

fn message(claimed: &Claimed) -> i64 {
    claimed.due.id
}

fn segments(claimed: &Claimed) -> usize {
    claimed.due.segments.max(1)
}

async fn wait(claim: &mut Option<oneshot::Receiver<Vec<Claimed>>>) -> Option<Vec<Claimed>> {
    match claim {
        Some(claim) => claim.await.ok(),
        None => std::future::pending().await,
    }
}
