use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;

use crate::{Error, ErrorKind, Result};

/// How to reach a gateway, what it wants and what its answers mean.
///
/// Templates know `to`, `text`, `id` (the message's key, no other's for ever), `bundle`, `segments`,
/// `timestamp` (seconds since 1970), `timestamp_ms` and `nonce`, and the functions
/// of minijinja. In a JSON body every value is written as JSON.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct HttpSettings {
    /// Where requests go; `https`, unless `plain` is set or it is loopback.
    pub url: String,
    /// Whether a connection without TLS is meant.
    #[serde(default)]
    pub plain: bool,
    /// TLS: the certificates of this file in PEM; `""` for the system's.
    #[serde(default)]
    pub tls_ca: PathBuf,
    /// Headers; their values are templates.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The body, as a template of JSON.
    pub json: Option<String>,
    /// The body, as the fields of a form; their values are templates.
    #[serde(default)]
    pub form: BTreeMap<String, String>,
    /// The header that carries the message's number, by which the gateway knows a
    /// request that comes again.
    pub idempotency_header: Option<String>,
    /// What signs a request.
    pub hmac: Option<Hmac>,
    /// What an answer says.
    #[serde(default)]
    pub answer: AnswerMapping,
    /// What a receipt says; without it none is awaited.
    pub receipt: Option<ReceiptMapping>,
    /// Requests at a time, 1 to 256.
    #[serde(default = "connections")]
    pub connections: usize,
    /// Segments in a second, 1 to 100,000; none for as many as it takes.
    pub parts_per_second: Option<u32>,
    /// Seconds until an answer is given up, 1 to 300.
    #[serde(default = "answer_seconds")]
    pub answer_seconds: u32,
    /// Seconds that a receipt is awaited for a message whose answer was given up,
    /// before it is sent again: at least `answer_seconds` and `receipt_seconds`
    /// together, and at most 86,400.
    #[serde(default = "doubt_seconds")]
    pub doubt_seconds: u32,
    /// Seconds within which the gateway sends its receipts, 0 to 43,200: a doubt
    /// that ended earlier would send again what has arrived.
    #[serde(default = "receipt_seconds")]
    pub receipt_seconds: u32,
    /// Seconds until a message is tried again that was refused for now, 1 to
    /// 86,400.
    #[serde(default = "retry_seconds")]
    pub retry_seconds: u32,
    /// How often a message is tried that is refused for now, 1 to 100.
    #[serde(default = "attempts_max")]
    pub attempts_max: u32,
    /// Milliseconds that the queue rests when the gateway says that it is too
    /// much, or cannot be reached; doubled each time, up to 30 times of it.
    #[serde(default = "throttle_ms")]
    pub throttle_ms: u32,
}

/// HMAC-SHA-256 of a request.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Hmac {
    /// The key's file; line breaks at its end do not count.
    pub key_file: PathBuf,
    /// What is signed, as a template that knows `body` too.
    #[serde(default = "over_body")]
    pub over: String,
    /// The header that carries it.
    pub header: String,
    /// What stands before it in the header, such as `sha256=`.
    #[serde(default)]
    pub prefix: String,
    /// How it is written.
    #[serde(default)]
    pub coding: Coding,
}

/// How octets are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Coding {
    /// Hexadecimal digits, in lower case.
    #[default]
    Hex,
    /// Base64 with padding.
    Base64,
}

/// What an answer of a status below 300 says, by JSON pointers (RFC 6901).
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct AnswerMapping {
    /// Values that must be there, all of them, by pointer; compared as texts.
    pub ok: BTreeMap<String, String>,
    /// What the gateway calls the message; the message's number where there is
    /// none.
    pub id: Option<String>,
    /// Why it is refused.
    pub cause: Option<String>,
    /// Causes of a message that may be tried again.
    pub for_now: Vec<String>,
    /// Causes that say that it is too much.
    pub throttled: Vec<String>,
}

/// What a receipt says, by JSON pointers; a form is looked at as an object.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ReceiptMapping {
    /// Where the list of receipts stands, or the one; `""` for the whole body.
    #[serde(default)]
    pub items: String,
    /// What the gateway calls the message.
    pub id: String,
    /// How it ended.
    pub state: String,
    /// Why.
    pub cause: Option<String>,
    /// The telephone number that it was sent to.
    pub recipient: Option<String>,
    /// The `id` that we sent.
    pub reference: Option<String>,
    /// Values of the state of a message that arrived.
    pub delivered: Vec<String>,
    /// Values of the state of one that will not.
    #[serde(default)]
    pub failed: Vec<String>,
    /// Values of the state of one that was too late.
    #[serde(default)]
    pub expired: Vec<String>,
    /// What signs receipts; without it they need a client's token. `over` is the
    /// body and nothing else.
    pub hmac: Option<Hmac>,
    /// The body of the answer that the gateway wants.
    #[serde(default)]
    pub answer: String,
}

fn connections() -> usize {
    16
}

fn answer_seconds() -> u32 {
    10
}

fn doubt_seconds() -> u32 {
    60
}

fn receipt_seconds() -> u32 {
    30
}

fn retry_seconds() -> u32 {
    60
}

fn attempts_max() -> u32 {
    25
}

fn throttle_ms() -> u32 {
    1_000
}

fn over_body() -> String {
    "{{ body }}".into()
}

/// Shows no header: a password may stand in it.
impl std::fmt::Debug for HttpSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HttpSettings").field("url", &self.url).finish_non_exhaustive()
    }
}

impl HttpSettings {
    /// Looks whether every value is within its bounds.
    ///
    /// # Errors
    /// [`ErrorKind::Input`] for one that is not, by its name.
    pub fn check(&self) -> Result<()> {
        let wrong = |detail: String| Error::new(ErrorKind::Input, detail);
        let within = |name: &str, value: u64, min: u64, max: u64| match (min..=max).contains(&value)
        {
            true => Ok(()),
            false => Err(wrong(format!("{name}: {value}, expected {min} to {max}"))),
        };
        within("connections", self.connections as u64, 1, 256)?;
        within("parts-per-second", self.parts_per_second.unwrap_or(1).into(), 1, 100_000)?;
        within("answer-seconds", self.answer_seconds.into(), 1, 300)?;
        within("receipt-seconds", self.receipt_seconds.into(), 0, 43_200)?;
        let least = u64::from(self.answer_seconds) + u64::from(self.receipt_seconds);
        within("doubt-seconds", self.doubt_seconds.into(), least, 86_400)?;
        within("retry-seconds", self.retry_seconds.into(), 1, 86_400)?;
        within("attempts-max", self.attempts_max.into(), 1, 100)?;
        within("throttle-ms", self.throttle_ms.into(), 10, 60_000)?;
        if self.json.is_some() != self.form.is_empty() {
            return Err(wrong("expected one of json and form".into()));
        }
        let uri: hyper::Uri = self.url.parse().map_err(|error| {
            wrong("url: not a URL (expected https://host/path)".into()).because(error)
        })?;
        let host = uri.host().unwrap_or("");
        let is_loopback = host == "localhost"
            || host
                .trim_matches(['[', ']'])
                .parse::<std::net::IpAddr>()
                .is_ok_and(|ip| ip.is_loopback());
        match uri.scheme_str() {
            Some("https") => Ok(()),
            Some("http") if is_loopback || self.plain => Ok(()),
            Some("http") => {
                Err(wrong("url: goes without TLS; say plain = true if it is meant".into()))
            }
            _ => Err(wrong("url: expected https://".into())),
        }
    }
}
