//! What clients may ask for, as `openapi.json` says.

mod answer;
mod auth;
mod messages;
mod receipts;
mod transactions;

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use tillbell_delivery::channel::http::Receipts;
use tillbell_delivery::journal::Journal;
use tillbell_delivery::{Metrics, Outbox};
use tillbell_transaction::TokenKey;

use crate::banks::Banks;
use crate::supervise::Running;

pub(crate) use answer::Refusal;
pub(crate) use auth::Clients;

/// The interface as a machine reads it.
const OPENAPI: &str = include_str!("../../openapi.json");

/// What requests are answered from.
pub(crate) struct Api {
    pub(crate) journal: Journal,
    /// Reads beside the journal's writer.
    pub(crate) reader: Mutex<Outbox>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) token_key: Option<TokenKey>,
    pub(crate) known: RwLock<Arc<Known>>,
    pub(crate) events_max: usize,
    pub(crate) body_bytes_max: usize,
    pub(crate) request_time: Duration,
    pub(crate) is_stopping: AtomicBool,
    /// Which routes have a task now.
    pub(crate) running: Running,
    /// The bundles that run.
    pub(crate) banks: Arc<Banks>,
}

/// What a reload may change.
pub(crate) struct Known {
    /// Who may ask.
    pub(crate) clients: Clients,
    /// What the receipts of gateways say, by queue.
    pub(crate) receipts: BTreeMap<String, Receipts>,
}

impl Api {
    /// What is known now.
    pub(crate) fn known(&self) -> Arc<Known> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Puts something else in its place.
    pub(crate) fn learn(&self, known: Known) {
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(known);
    }
}

/// How a request came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Door {
    /// By an address: whoever asks needs a token.
    Address,
    /// By the Unix socket: the file's rights say who may.
    Socket,
}

/// The routes of one door.
pub(crate) fn router(api: Arc<Api>, door: Door) -> Router {
    let guarded = Router::new()
        .route("/v1/transactions", post(transactions::post))
        .route("/v1/messages/{id}", get(messages::get))
        .route("/metrics", get(metrics));
    let guarded = match door {
        Door::Address => {
            guarded.route_layer(middleware::from_fn_with_state(api.clone(), auth::check))
        }
        Door::Socket => guarded,
    };
    guarded
        // A gateway has no token where it has a key: it is looked at there.
        .route("/v1/receipts/{*queue}", post(receipts::post))
        .layer(axum::Extension(door))
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready))
        .route("/openapi.json", get(openapi))
        .fallback(async || Refusal::new(StatusCode::NOT_FOUND, "there is nothing here"))
        .method_not_allowed_fallback(async || {
            Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "not this method")
        })
        .layer(DefaultBodyLimit::max(api.body_bytes_max))
        .layer(middleware::from_fn_with_state(api.clone(), count))
        .with_state(api)
}

async fn openapi() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], OPENAPI)
}

/// Ready while what comes in can be stored, and every route runs.
async fn ready(State(api): State<Arc<Api>>) -> Response {
    let is_stopping = api.is_stopping.load(std::sync::atomic::Ordering::Relaxed);
    let is_writable = api.journal.probe().await.is_ok();
    let down = api.running.down();
    let shut_out = api.metrics.refused_accounts();
    match readiness(!is_stopping && is_writable, &down, &shut_out) {
        Ok(()) => "ready\n".into_response(),
        Err(refusal) => refusal.into_response(),
    }
}

fn readiness(can_store: bool, down: &[String], shut_out: &[String]) -> Result<(), Refusal> {
    let refused = |why| Err(Refusal::new(StatusCode::SERVICE_UNAVAILABLE, why));
    match (can_store, down, shut_out) {
        (false, ..) => refused("what comes in cannot be stored".into()),
        (true, [], []) => Ok(()),
        (true, [], shut_out) => refused(format!("account refused: {}", shut_out.join(", "))),
        (true, down, _) => refused(format!("not running: {}", down.join(", "))),
    }
}

async fn metrics(State(api): State<Arc<Api>>) -> Result<Response, Refusal> {
    let now_ms = api.journal.now_ms();
    let text = read(&api, move |api, outbox| {
        api.metrics.depths(&outbox.depths()?, now_ms);
        api.metrics.bundles(api.banks.releases());
        Ok(api.metrics.text())
    })
    .await?;
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, HeaderValue::from_static(kind))], text).into_response())
}

/// Reads the outbox, away from what answers requests.
pub(crate) async fn read<T: Send + 'static>(
    api: &Arc<Api>,
    look: impl FnOnce(&Api, &Outbox) -> tillbell_delivery::Result<T> + Send + 'static,
) -> Result<T, Refusal> {
    let api = api.clone();
    let looked = tokio::task::spawn_blocking(move || {
        let outbox = api.reader.lock().unwrap_or_else(PoisonError::into_inner);
        look(&api, &outbox)
    });
    match looked.await {
        Ok(Ok(value)) => Ok(value),
        _ => Err(Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "the outbox cannot be read")),
    }
}

/// Counts requests by their answers, and ends those that take too long.
async fn count(State(api): State<Arc<Api>>, request: Request, next: Next) -> Response {
    let method = match request.method().as_str() {
        "GET" => "GET",
        "POST" => "POST",
        _ => "other",
    };
    // What was handed over by then may be stored all the same: asked again, the
    // client is told.
    let answer = match tokio::time::timeout(api.request_time, next.run(request)).await {
        Ok(answer) => answer,
        Err(_) => {
            let limit = api.request_time.as_secs();
            Refusal::new(StatusCode::REQUEST_TIMEOUT, format!("over {limit} seconds"))
                .into_response()
        }
    };
    api.metrics.request(method, answer.status().as_u16());
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_ready_while_it_can_store_and_every_route_runs() {
        let sms = ["sms".to_owned(), "sms/1".to_owned()];
        let none = &[][..];
        for (can_store, down, shut_out, refused) in [
            (true, none, none, None),
            (false, none, none, Some("what comes in cannot be stored")),
            (true, &sms, none, Some("not running: sms, sms/1")),
            (true, none, &sms[..1], Some("account refused: sms")),
            (false, &sms, &sms, Some("what comes in cannot be stored")),
        ] {
            let said = readiness(can_store, down, shut_out).map_err(|refusal| {
                assert_eq!(refusal.status(), StatusCode::SERVICE_UNAVAILABLE);
                serde_json::to_value(refusal).unwrap()["error"].clone()
            });
            assert_eq!(said.err().as_ref().and_then(|error| error.as_str()), refused);
        }
    }
}
