//! POST /v1/transactions.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode, header};
use serde::Serialize;
use tillbell_delivery::Accepted;
use tillbell_transaction::{Error, Record, Transaction, json};
use zeroize::Zeroize;

use super::{Api, Refusal};

/// What was taken in.
#[derive(Serialize)]
pub(super) struct Answer {
    transactions: Vec<Taken>,
}

#[derive(Serialize)]
struct Taken {
    /// What the source calls it, or what was derived.
    id: String,
    /// `accepted`, `repeat` or `ignored`.
    status: &'static str,
    /// The numbers of its messages.
    messages: Vec<i64>,
    /// False for one that cannot be recognised if it comes again: it has neither
    /// RRN nor STAN nor an id of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    identified: Option<bool>,
    /// `acceptance` where its own time cannot be right.
    #[serde(skip_serializing_if = "Option::is_none")]
    counts_from: Option<&'static str>,
    /// Why it is ignored.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

#[derive(Clone, Copy)]
enum Form {
    One,
    Lines,
}

/// Takes events in, all or none; they are on disk when it answers.
pub(super) async fn post(
    State(api): State<Arc<Api>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<(StatusCode, Json<Answer>), Refusal> {
    if api.is_stopping.load(std::sync::atomic::Ordering::Relaxed) {
        return Err(Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "the daemon is stopping"));
    }
    let form = form(&headers)?;
    let body = body.map_err(|error| match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            let limit = api.body_bytes_max;
            Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, format!("over {limit} bytes"))
        }
        _ => Refusal::new(StatusCode::BAD_REQUEST, "the body cannot be read"),
    })?;
    let read = events(&api, &body, form);
    // Card numbers may stand in it.
    if let Ok(mut body) = body.try_into_mut() {
        body.as_mut().zeroize();
    }
    let (transactions, mut answers) = read?;
    let taken = api.journal.accept(transactions).await?;
    let mut taken = taken.into_iter();
    for answer in answers.iter_mut().filter(|answer| answer.reason.is_none()) {
        let Some(taken) = taken.next() else { break };
        answer.status = match taken.accepted {
            Accepted::New(_) => "accepted",
            Accepted::Repeat(_) => "repeat",
        };
        answer.messages = taken.messages;
        answer.identified = Some(false).filter(|_| !taken.is_identified);
        answer.counts_from = Some("acceptance").filter(|_| taken.counts_from_acceptance);
    }
    Ok((StatusCode::ACCEPTED, Json(Answer { transactions: answers })))
}

fn form(headers: &HeaderMap) -> Result<Form, Refusal> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let kind = kind.and_then(|kind| kind.split(';').next()).unwrap_or("").trim();
    match kind.to_ascii_lowercase().as_str() {
        "application/json" => Ok(Form::One),
        "application/x-ndjson" | "application/jsonl" => Ok(Form::Lines),
        _ => Err(Refusal::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "expected application/json or application/x-ndjson",
        )),
    }
}

/// The events of a body, and an answer for each; those to be ignored are only in
/// the answers.
fn events(api: &Api, body: &[u8], form: Form) -> Result<(Vec<Transaction>, Vec<Taken>), Refusal> {
    let lines: Vec<(u64, &[u8])> = match form {
        Form::One => vec![(1, body)],
        Form::Lines => (1..)
            .zip(body.split(|byte| *byte == b'\n'))
            .filter(|(_, line)| !line.trim_ascii().is_empty())
            .collect(),
    };
    if lines.len() > api.events_max {
        let limit = api.events_max;
        return Err(Refusal::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("{} events, limit {limit}", lines.len()),
        ));
    }
    let (mut transactions, mut answers) = (Vec::with_capacity(lines.len()), Vec::new());
    for (line, event) in lines {
        let record = match event.len() > json::EVENT_BYTES_MAX {
            true => {
                let limit = json::EVENT_BYTES_MAX;
                Err(Error::new("", format!("{} bytes, limit {limit}", event.len())))
            }
            false => json::read(event),
        };
        match record {
            Ok(Record::Transaction(mut transaction)) => {
                if let Some(key) = &api.token_key {
                    key.name_card(&mut transaction);
                }
                let id = transaction.id.clone();
                transactions.push(*transaction);
                answers.push(Taken {
                    id,
                    status: "accepted",
                    messages: Vec::new(),
                    identified: None,
                    counts_from: None,
                    reason: None,
                });
            }
            Ok(Record::Ignored(ignored)) => answers.push(Taken {
                id: String::new(),
                status: "ignored",
                messages: Vec::new(),
                identified: None,
                counts_from: None,
                reason: Some(ignored.reason.as_str()),
            }),
            Err(error) => return Err(Refusal::event(line, error.field(), error.detail())),
        }
    }
    Ok((transactions, answers))
}
