//! POST /v1/receipts/{queue}: what gateways say of messages.

use std::sync::Arc;

use axum::Extension;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use tillbell_delivery::channel::http::ReceiptError;

use super::{Api, Door, Refusal, auth};

/// Takes receipts; they are on disk when it answers, as the gateway wants it.
pub(super) async fn post(
    State(api): State<Arc<Api>>,
    Extension(door): Extension<Door>,
    Path(queue): Path<String>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<String, Refusal> {
    let known = api.known();
    let Some(receipts) = known.receipts.get(&queue) else {
        // Who has no business here does not learn what is.
        return Err(match door == Door::Socket || auth::has_token(&api, &headers) {
            true => Refusal::new(StatusCode::NOT_FOUND, "no receipts come by this queue"),
            false => auth::unknown(),
        });
    };
    let signature_header = receipts.signature_header();
    if signature_header.is_none() && door == Door::Address && !auth::has_token(&api, &headers) {
        return Err(auth::unknown());
    }
    let body = body.map_err(|_| Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "too long"))?;
    let signature = signature_header.and_then(|header| headers.get(header));
    if !receipts.is_signed(&body, signature.map(|value| value.as_bytes())) {
        return Err(refusal(ReceiptError::Signature));
    }
    let facts = receipts.read(&queue, &body).map_err(refusal)?;
    let mut kept = Vec::with_capacity(facts.len());
    for fact in facts {
        kept.push(api.journal.tell_and_keep(fact).await?);
    }
    for one in kept {
        one.await.map_err(|_| {
            Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "the receipts cannot be stored")
        })?;
    }
    Ok(receipts.answer().to_owned())
}

fn refusal(error: ReceiptError) -> Refusal {
    match error {
        ReceiptError::Signature => {
            Refusal::new(StatusCode::UNAUTHORIZED, "the signature is not the body's")
        }
        ReceiptError::Form => {
            Refusal::new(StatusCode::BAD_REQUEST, "no receipts as the configuration describes them")
        }
        ReceiptError::TooMany => {
            Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "too many receipts at once")
        }
    }
}
