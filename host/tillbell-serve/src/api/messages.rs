//! GET /v1/messages/{id}.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Serialize;
use tillbell_delivery::MessageTrail;

use super::{Api, Refusal, read};

/// A message, without its text and recipient. Times are milliseconds since 1970.
#[derive(Serialize)]
pub(super) struct Message {
    id: i64,
    party: &'static str,
    channel: String,
    template: String,
    /// The release of the bundle that wrote it.
    #[serde(skip_serializing_if = "Option::is_none")]
    release: Option<u64>,
    segments: usize,
    attempts: u32,
    state: &'static str,
    corrects: Option<i64>,
    changes: Vec<Change>,
}

#[derive(Serialize)]
struct Change {
    at_ms: i64,
    state: &'static str,
    cause: Option<String>,
}

impl From<MessageTrail> for Message {
    fn from(trail: MessageTrail) -> Self {
        let changes: Vec<_> = trail
            .changes
            .into_iter()
            .map(|change| Change {
                at_ms: change.at_ms,
                state: change.state.as_str(),
                cause: change.cause.map(|cause| cause.as_str().to_owned()),
            })
            .collect();
        Self {
            id: trail.id,
            party: trail.party.as_str(),
            channel: trail.channel,
            template: trail.template,
            release: trail.release,
            segments: trail.segments,
            attempts: trail.attempts,
            state: changes.last().map_or("queued", |change| change.state),
            corrects: trail.corrects,
            changes,
        }
    }
}

/// What became of one message.
pub(super) async fn get(
    State(api): State<Arc<Api>>,
    id: Result<Path<i64>, PathRejection>,
) -> Result<Json<Message>, Refusal> {
    let Path(id) =
        id.map_err(|_| Refusal::new(StatusCode::BAD_REQUEST, "a message's id is a number"))?;
    let trail = read(&api, move |_, outbox| outbox.message(id)).await?;
    match trail {
        Some(trail) => Ok(Json(trail.into())),
        None => Err(Refusal::new(StatusCode::NOT_FOUND, "there is no such message")),
    }
}
