use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use tillbell_delivery::ErrorKind;

/// Why a request is not done, as JSON. It repeats nothing of the request.
#[derive(Debug, Serialize)]
pub(crate) struct Refusal {
    #[serde(skip)]
    status: StatusCode,
    /// What is wrong.
    error: String,
    /// The line of the body, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    /// The field, such as `amount.currency`.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
}

impl Refusal {
    pub(crate) fn new(status: StatusCode, error: impl Into<String>) -> Self {
        Self { status, error: error.into(), line: None, field: None }
    }

    #[cfg(test)]
    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }

    /// An event that cannot be read.
    pub(crate) fn event(line: u64, field: &str, detail: &str) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            error: detail.into(),
            line: Some(line),
            field: Some(field.to_owned()).filter(|field| !field.is_empty()),
        }
    }
}

impl From<tillbell_delivery::Error> for Refusal {
    fn from(error: tillbell_delivery::Error) -> Self {
        let status = match error.kind() {
            ErrorKind::Busy => StatusCode::TOO_MANY_REQUESTS,
            _ => StatusCode::SERVICE_UNAVAILABLE,
        };
        Self::new(status, error.to_string())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = self.status;
        let mut answer = (status, Json(self)).into_response();
        let headers = answer.headers_mut();
        match status {
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
            }
            StatusCode::UNAUTHORIZED => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            _ => {}
        }
        answer
    }
}
