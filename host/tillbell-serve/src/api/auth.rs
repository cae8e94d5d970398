use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

use super::{Api, Refusal};
use crate::config::Client;

/// The longest token, in bytes.
const TOKEN_BYTES_MAX: usize = 512;

/// Who may ask, by the digests of their tokens.
#[derive(Debug, Default)]
pub(crate) struct Clients(Vec<[u8; 32]>);

impl Clients {
    pub(crate) fn new(clients: &[Client]) -> Self {
        Self(clients.iter().filter_map(|client| digest(&client.token_sha256)).collect())
    }

    /// A digest is compared, so that the time it takes says nothing of a token.
    fn may(&self, token: &[u8]) -> bool {
        let digest: [u8; 32] = Sha256::digest(token).into();
        self.0.contains(&digest)
    }
}

fn digest(digits: &str) -> Option<[u8; 32]> {
    let mut digest = [0; 32];
    for (octet, pair) in digest.iter_mut().zip(digits.as_bytes().chunks(2)) {
        *octet = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(digest)
}

/// Lets those in who have a token.
pub(super) async fn check(State(api): State<Arc<Api>>, request: Request, next: Next) -> Response {
    match has_token(&api, request.headers()) {
        true => next.run(request).await,
        false => unknown().into_response(),
    }
}

/// Whether a client's token stands in these headers.
pub(super) fn has_token(api: &Api, headers: &HeaderMap) -> bool {
    headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.as_bytes().strip_prefix(b"Bearer "))
        .filter(|token| token.len() <= TOKEN_BYTES_MAX)
        .is_some_and(|token| api.known().clients.may(token))
}

/// What is said to those without one.
pub(super) fn unknown() -> Refusal {
    Refusal::new(StatusCode::UNAUTHORIZED, "a client's token is needed")
}
