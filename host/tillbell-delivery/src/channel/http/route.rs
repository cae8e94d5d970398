//! A queue's messages to its gateway.

use std::collections::VecDeque;
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
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_rustls::rustls::ClientConfig;
use tokio_util::bytes::Bytes;

use super::super::way::Way;
use super::super::{ACCOUNT_REST, LinkEvent, LinkEvents};
use super::mapping::Said;
use super::request::Requests;
use super::settings::HttpSettings;
use crate::journal::{Care, Claimed, Fact, Journal};
use crate::pace::{Pace, retry_after};
use crate::{Metrics, Result, tls};

/// The longest answer that is read, in bytes.
const ANSWER_BYTES_MAX: usize = 64 * 1_024;
/// Messages whose doubt is ended at a time.
const CHORE_MESSAGES_MAX: usize = 256;
/// How often doubts are looked at.
const CHORE: Duration = Duration::from_secs(1);

/// A gateway as its settings describe it: templates, keys and certificates are
/// read, and a sample of a request was made. Nothing is connected.
pub struct Gateway {
    settings: HttpSettings,
    requests: Requests,
    tls: ClientConfig,
}

impl Gateway {
    /// Reads what the settings name.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Input`] for settings out of their bounds, templates,
    /// keys and certificates that are wrong, each by its name.
    pub fn new(settings: HttpSettings) -> Result<Self> {
        settings.check()?;
        let requests = Requests::new(&settings)?;
        let tls = match settings.url.starts_with("https:") {
            true => tls::client(&settings.tls_ca)?,
            false => tls::none()?,
        };
        Ok(Self { settings, requests, tls })
    }

    fn client(&self) -> Client<HttpsConnector<HttpConnector>, Full<Bytes>> {
        let connector = HttpsConnectorBuilder::new().with_tls_config(self.tls.clone());
        let connector = match self.settings.url.starts_with("https:") {
            true => connector.https_only().enable_http1().build(),
            false => connector.https_or_http().enable_http1().build(),
        };
        Client::builder(TokioExecutor::new())
            .pool_max_idle_per_host(self.settings.connections)
            .build(connector)
    }
}

impl std::fmt::Debug for Gateway {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gateway").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// A gateway, as a queue's route.
pub struct HttpRoute {
    way: Way,
    gateway: Arc<Gateway>,
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    give_up_minutes: Option<u32>,
    events: LinkEvents,
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
    pub fn new(
        queue: &str,
        gateway: Arc<Gateway>,
        give_up_minutes: Option<u32>,
        journal: Journal,
        metrics: Arc<Metrics>,
        events: LinkEvents,
    ) -> Self {
        let client = gateway.client();
        Self { way: Way::new(queue, journal, metrics), gateway, client, give_up_minutes, events }
    }

    /// Sends what comes until it is told to stop, and then waits for the answers.
    pub async fn run(mut self, mut stop: watch::Receiver<bool>) {
        if self.way.tell(Fact::Connected(self.way.queue.clone())).await.is_err() {
            return;
        }
        self.way.metrics.shut_out(&self.way.queue, false);
        self.way.metrics.link(&self.way.queue, true);
        // What waits to be sent stands beside what is being sent, so that requests
        // may borrow the route.
        let (queue, journal) = (self.way.queue.clone(), self.way.journal.clone());
        let mut asked = Way::new(&queue, journal, self.way.metrics.clone());
        self.work(&mut asked, &mut stop).await;
        asked.give_back().await;
        self.way.metrics.shut_out(&self.way.queue, false);
        self.way.metrics.link(&self.way.queue, false);
    }

    async fn work(&mut self, asked: &mut Way, stop: &mut watch::Receiver<bool>) {
        let settings = &self.gateway.settings;
        let connections = settings.connections;
        let rest = Duration::from_millis(settings.throttle_ms.into());
        let mut pace = Pace::new(settings.parts_per_second, rest, Instant::now());
        let mut asking: FuturesUnordered<Asking<'_>> = FuturesUnordered::new();
        let mut waiting = VecDeque::new();
        let mut chore_at = Instant::now() + CHORE;
        let mut is_stopping = *stop.borrow();
        loop {
            if is_stopping {
                for Claimed { due, .. } in waiting.drain(..) {
                    let _ = self.way.release(&due).await;
                }
                if asking.is_empty() {
                    break;
                }
            }
            let free = connections.saturating_sub(asking.len() + waiting.len());
            if free > 0 && !is_stopping && !pace.is_resting(Instant::now()) {
                let ready = asked.ask(free).await;
                if ready.is_err() {
                    break;
                }
            }
            let places = pace.window(connections);
            while let Some(claimed) = waiting.front()
                && asking.len() < places
                && !is_stopping
                && pace.take_all(Instant::now(), segments(claimed))
            {
                let Some(claimed) = waiting.pop_front() else { break };
                if let Some(request) = self.begin(claimed).await {
                    asking.push(request);
                }
            }
            let now = Instant::now();
            let wake = match waiting.is_empty() && !pace.is_resting(now) {
                true => chore_at,
                false => chore_at.min(pace.next(now)),
            };
            tokio::select! {
                Some((claimed, verdict)) = asking.next(), if !asking.is_empty() => {
                    if let Some(again) = self.end(claimed, verdict, &mut pace).await {
                        waiting.push_front(again);
                    }
                }
                claimed = asked.claimed() => match claimed {
                    Ok(claimed) => waiting.extend(claimed),
                    Err(_) => break,
                },
                _ = stop.changed(), if !is_stopping => is_stopping = true,
                () = sleep_until(wake) => {
                    if Instant::now() >= chore_at {
                        self.chore().await;
                        chore_at = Instant::now() + CHORE;
                    }
                }
            }
        }
    }

    /// Begins a request; none for a message that is too old, or has none.
    async fn begin(&self, claimed: Claimed) -> Option<Asking<'_>> {
        let now_ms = self.way.journal.now_ms();
        if claimed.due.expires_ms.is_some_and(|expires_ms| expires_ms <= now_ms) {
            let _ = self.way.expire(&claimed.due).await;
            return None;
        }
        let request = match self.gateway.requests.make(&claimed.due, now_ms) {
            Ok(request) => request,
            Err(_) => {
                let _ = self.way.refuse(&claimed.due, "request-unfit".into(), None).await;
                return None;
            }
        };
        self.way.sends(&claimed.due);
        Some(Box::pin(async move {
            let began = Instant::now();
            let verdict = self.ask(request, &claimed.due.key).await;
            self.way.metrics.answered(&self.way.queue, began.elapsed());
            (claimed, verdict)
        }))
    }

    async fn ask(&self, request: Request<Full<Bytes>>, message: &str) -> Verdict {
        let patience = Duration::from_secs(self.gateway.settings.answer_seconds.into());
        let answer = async {
            let answer = match self.client.request(request).await {
                Ok(answer) => answer,
                Err(error) if error.is_connect() => return Verdict::Unsent,
                Err(_) => return Verdict::Unknown,
            };
            let status = answer.status().as_u16();
            let body = Limited::new(answer.into_body(), ANSWER_BYTES_MAX).collect().await;
            let Ok(body) = body else { return Verdict::Unknown };
            Verdict::Said(self.gateway.settings.answer.read(status, &body.to_bytes(), message))
        };
        timeout(patience, answer).await.unwrap_or(Verdict::Unknown)
    }

    /// Says what became of a message; gives it back if it is to be sent again.
    async fn end(&self, claimed: Claimed, verdict: Verdict, pace: &mut Pace) -> Option<Claimed> {
        let (now, due) = (Instant::now(), &claimed.due);
        let settings = &self.gateway.settings;
        let again = |seconds: u64| {
            let wait = retry_after(Duration::from_secs(seconds), due.refusals);
            Some(self.way.journal.now_ms() + wait.as_millis() as i64)
        };
        let (cause, retry_ms) = match verdict {
            Verdict::Said(Said::Taken(remote)) => {
                pace.took(now);
                self.let_in(None);
                for _ in 0..segments(&claimed) {
                    self.way.metrics.taken(&due.bundle, &self.way.queue);
                }
                self.taken(&claimed, remote).await;
                return None;
            }
            // Nobody is there: it keeps its place.
            Verdict::Unsent => {
                pace.rest(now);
                return Some(claimed);
            }
            // No message's fault: none is tried again before the account is let in.
            Verdict::Said(Said::Account(cause)) => {
                pace.rest_for(now, ACCOUNT_REST);
                self.way.metrics.refused(&self.way.queue);
                self.let_in(Some(&cause));
                return Some(claimed);
            }
            Verdict::Unknown | Verdict::Said(Said::Unclear) => {
                let _ = self.way.doubt(due).await;
                return None;
            }
            // The others go on, until a second one is refused.
            Verdict::Said(Said::Throttled(cause)) => {
                pace.refused(now, &due.recipient);
                let wait = Duration::from_millis(settings.throttle_ms.into());
                let wait = retry_after(wait, due.refusals);
                (cause, Some(self.way.journal.now_ms() + wait.as_millis() as i64))
            }
            Verdict::Said(Said::ForNow(cause)) => {
                let is_last = due.refusals + 1 >= settings.attempts_max;
                (cause, again(settings.retry_seconds.into()).filter(|_| !is_last))
            }
            Verdict::Said(Said::ForGood(cause)) => (cause, None),
        };
        self.way.metrics.refused(&self.way.queue);
        let _ = self.way.refuse(due, cause, retry_ms).await;
        None
    }

    /// Notes whether the gateway lets the account in, or why it does not.
    fn let_in(&self, refusal: Option<&str>) {
        let Way { queue, metrics, .. } = &self.way;
        metrics.link(queue, refusal.is_none());
        if !metrics.shut_out(queue, refusal.is_some()) {
            return;
        }
        let queue = queue.clone();
        (self.events)(match refusal {
            None => LinkEvent::Up { queue },
            Some(cause) => {
                LinkEvent::Down { queue, why: format!("the gateway refuses the account: {cause}") }
            }
        });
    }

    /// The gateway has a message; without receipts that is all there is to know.
    async fn taken(&self, claimed: &Claimed, remote: String) {
        // Without a journal there is nobody to tell.
        let _ = match self.gateway.settings.receipt {
            Some(_) => self.way.take(&claimed.due, remote).await,
            None => self.way.arrived(&claimed.due, remote).await,
        };
    }

    /// Ends doubts, and gives up what has no receipt.
    async fn chore(&self) {
        let care = Care {
            queue: self.way.queue.clone(),
            doubt_ms: i64::from(self.gateway.settings.doubt_seconds) * 1_000,
            give_up_ms: self.give_up_minutes.map(|minutes| i64::from(minutes) * 60_000),
            query: None,
            count_max: CHORE_MESSAGES_MAX,
        };
        // A disk that refuses is the journal's affair; it is done the next time.
        let _ = self.way.journal.care(care).await;
    }
}

impl std::fmt::Debug for HttpRoute {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HttpRoute").field("queue", &self.way.queue).finish_non_exhaustive()
    }
}

fn segments(claimed: &Claimed) -> usize {
    claimed.due.segments.max(1)
}
