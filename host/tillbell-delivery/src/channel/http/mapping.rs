//! What answers and receipts say.

use hyper::header::HeaderName;
use serde_json::{Map, Value};

use super::request::Signer;
use super::settings::{AnswerMapping, ReceiptMapping};
use crate::journal::{Fact, ReceiptFact};
use crate::{Error, ErrorKind, Result, State};

/// Receipts of one request.
const RECEIPTS_MAX: usize = 1_000;
/// The longest cause that is kept, in characters.
const CAUSE_MAX: usize = 32;

/// What an answer says of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Said {
    /// The gateway has it, and calls it so.
    Taken(String),
    /// It is too much.
    Throttled(String),
    /// The account is refused, not the message.
    Account(String),
    /// Not now.
    ForNow(String),
    /// Never.
    ForGood(String),
    /// It does not say.
    Unclear,
}

impl AnswerMapping {
    /// What an answer says; `message` is what it is called where the gateway has
    /// no name for it.
    pub(super) fn read(&self, status: u16, body: &[u8], message: &str) -> Said {
        let json: Option<Value> = serde_json::from_slice(body).ok();
        let at = |pointer: &String| json.as_ref().and_then(|json| text(json.pointer(pointer)?));
        let named = self.cause.as_ref().and_then(at);
        let cause = named.as_deref().map_or_else(|| format!("http-{status}"), code);
        let is_one_of =
            |causes: &[String]| named.as_ref().is_some_and(|cause| causes.contains(cause));
        match status {
            _ if is_one_of(&self.throttled) => Said::Throttled(cause),
            _ if is_one_of(&self.for_now) => Said::ForNow(cause),
            200..300 => {
                if self.ok.iter().any(|(pointer, value)| at(pointer).as_ref() != Some(value)) {
                    // A body that is no JSON says nothing.
                    return if json.is_some() { Said::ForGood(cause) } else { Said::Unclear };
                }
                match self.id.as_ref().map(at) {
                    Some(None) => Said::Unclear,
                    Some(Some(id)) if !id.is_empty() => Said::Taken(id),
                    _ => Said::Taken(message.into()),
                }
            }
            429 | 503 => Said::Throttled(cause),
            401 | 403 | 407 => Said::Account(cause),
            408 | 425 => Said::ForNow(cause),
            300..500 => Said::ForGood(cause),
            // The gateway failed, before or after it had the message.
            _ => Said::Unclear,
        }
    }
}

/// Why receipts are not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReceiptError {
    /// The signature is not there, or not the body's.
    Signature,
    /// The body is neither JSON nor a form, or has no receipts where they should
    /// be.
    Form,
    /// There are too many at once.
    TooMany,
}

/// What a gateway's receipts say, with the key that signs them read.
pub struct Receipts {
    mapping: ReceiptMapping,
    signer: Option<(Signer, HeaderName)>,
}

impl Receipts {
    /// Reads the key, and checks pointers and header.
    ///
    /// # Errors
    /// [`ErrorKind::Input`] for what is wrong, by its name.
    pub fn new(mapping: ReceiptMapping) -> Result<Self> {
        let wrong = |name: &str, detail: &str| {
            Error::new(ErrorKind::Input, format!("receipt.{name}: {detail}"))
        };
        let pointers = [
            ("items", Some(&mapping.items)),
            ("id", Some(&mapping.id)),
            ("state", Some(&mapping.state)),
            ("cause", mapping.cause.as_ref()),
            ("recipient", mapping.recipient.as_ref()),
            ("reference", mapping.reference.as_ref()),
        ];
        for (name, pointer) in pointers {
            if pointer.is_some_and(|pointer| !pointer.is_empty() && !pointer.starts_with('/')) {
                return Err(wrong(name, "not a JSON pointer (expected /name)"));
            }
        }
        if mapping.delivered.is_empty() {
            return Err(wrong("delivered", "no state says that a message arrived"));
        }
        let signer = match &mapping.hmac {
            Some(hmac) => {
                let header = HeaderName::try_from(hmac.header.as_str())
                    .map_err(|error| wrong("hmac.header", "is no header").because(error))?;
                Some((Signer::open(hmac)?, header))
            }
            None => None,
        };
        Ok(Self { mapping, signer })
    }

    /// The header that the signature stands in; none without a key.
    pub fn signature_header(&self) -> Option<&str> {
        self.signer.as_ref().map(|(_, header)| header.as_str())
    }

    /// The body of the answer that the gateway wants.
    pub fn answer(&self) -> &str {
        &self.mapping.answer
    }

    /// Whether a body was signed by the gateway; true without a key.
    pub fn is_signed(&self, body: &[u8], signature: Option<&[u8]>) -> bool {
        let Some((signer, _)) = &self.signer else { return true };
        signature.is_some_and(|signature| signer.verify(body, signature))
    }

    /// The receipts of a request's body: [`ReceiptMapping::read`].
    ///
    /// # Errors
    /// For a body that is none of this gateway's.
    pub fn read(&self, queue: &str, body: &[u8]) -> std::result::Result<Vec<Fact>, ReceiptError> {
        self.mapping.read(queue, body)
    }
}

impl std::fmt::Debug for Receipts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Receipts").field("mapping", &self.mapping).finish_non_exhaustive()
    }
}

impl ReceiptMapping {
    /// The receipts of a request's body, for the journal. Those of messages that
    /// are still on their way are left out.
    ///
    /// # Errors
    /// For a body that is none of this gateway's.
    pub fn read(&self, queue: &str, body: &[u8]) -> std::result::Result<Vec<Fact>, ReceiptError> {
        let json = match serde_json::from_slice::<Value>(body) {
            Ok(json @ (Value::Object(_) | Value::Array(_))) => json,
            _ => {
                let fields = form_urlencoded::parse(body)
                    .map(|(name, value)| (name.into_owned(), Value::String(value.into_owned())));
                Value::Object(fields.collect::<Map<_, _>>())
            }
        };
        let items = match json.pointer(&self.items).ok_or(ReceiptError::Form)? {
            Value::Array(items) => items.as_slice(),
            one => std::slice::from_ref(one),
        };
        if items.len() > RECEIPTS_MAX {
            return Err(ReceiptError::TooMany);
        }
        let mut facts = Vec::with_capacity(items.len());
        for item in items {
            let at = |pointer: &String| text(item.pointer(pointer)?);
            let (Some(remote), Some(said)) = (at(&self.id), at(&self.state)) else {
                return Err(ReceiptError::Form);
            };
            let state = if self.delivered.contains(&said) {
                State::Delivered
            } else if self.failed.contains(&said) {
                State::Failed
            } else if self.expired.contains(&said) {
                State::Expired
            } else {
                continue;
            };
            let cause = self.cause.as_ref().and_then(at).map(|cause| code(&cause));
            facts.push(Fact::Receipt(ReceiptFact {
                cause: match state {
                    State::Delivered => None,
                    _ => Some(cause.unwrap_or_else(|| code(&said))),
                },
                recipient: self.recipient.as_ref().and_then(at),
                key: self.reference.as_ref().and_then(at),
                ..ReceiptFact::new(queue, &remote, state)
            }));
        }
        Ok(facts)
    }
}

/// A value as a text; none for what has parts.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(value) => Some(value.to_string()),
        _ => None,
    }
}

/// A cause as it may stand in a table: what a gateway writes may be anything, a
/// telephone number too.
fn code(cause: &str) -> String {
    let is_code = (1..=CAUSE_MAX).contains(&cause.chars().count())
        && cause.chars().all(|sign| sign.is_ascii_alphanumeric() || "._:-".contains(sign))
        && cause.chars().filter(char::is_ascii_digit).count() < 7;
    if is_code { cause.into() } else { "unreadable".into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mapping(text: &str) -> AnswerMapping {
        toml_like(text)
    }

    fn toml_like<T: serde::de::DeserializeOwned>(text: &str) -> T {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn answers_say_what_became_of_a_message() {
        let plain = AnswerMapping::default();
        let named = mapping(
            r#"{"ok":{"/code":"0"},"id":"/sid","cause":"/code","for-now":["22"],"throttled":["33"]}"#,
        );
        let taken = |id: &str| Said::Taken(id.into());
        for (mapping, status, body, said) in [
            (&plain, 200, "", taken("7")),
            (&plain, 204, "{}", taken("7")),
            (&plain, 400, "{}", Said::ForGood("http-400".into())),
            (&plain, 302, "", Said::ForGood("http-302".into())),
            (&plain, 429, "", Said::Throttled("http-429".into())),
            (&plain, 503, "", Said::Throttled("http-503".into())),
            (&plain, 408, "", Said::ForNow("http-408".into())),
            (&plain, 500, "", Said::Unclear),
            (&plain, 502, "<html>", Said::Unclear),
            (&named, 200, r#"{"code":0,"sid":12}"#, taken("12")),
            (&named, 200, r#"{"code":"0","sid":"a-1"}"#, taken("a-1")),
            (&named, 200, r#"{"code":"0"}"#, Said::Unclear),
            (&named, 200, r#"{"code":5}"#, Said::ForGood("5".into())),
            (&named, 200, r#"{"code":22}"#, Said::ForNow("22".into())),
            (&named, 400, r#"{"code":33}"#, Said::Throttled("33".into())),
            (&named, 200, "<html>", Said::Unclear),
            (&named, 200, r#"{"code":"to 13800138000"}"#, Said::ForGood("unreadable".into())),
            (&named, 403, r#"{"code":"13800138000"}"#, Said::Account("unreadable".into())),
        ] {
            assert_eq!(mapping.read(status, body.as_bytes(), "7"), said, "{status} {body}");
        }
    }

    #[test]
    fn receipts_come_as_lists_objects_and_forms() {
        let list: ReceiptMapping = toml_like(
            r#"{"items":"/reports","id":"/sid","state":"/status","cause":"/err","recipient":"/mobile","reference":"/uid","delivered":["SUCCESS"],"failed":["FAIL"]}"#,
        );
        let body = br#"{"reports":[{"sid":1,"status":"SUCCESS","mobile":"13800138000","uid":"65537"},{"sid":"2","status":"FAIL","err":"MK:1008"},{"sid":3,"status":"SENT"}]}"#;
        let facts = list.read("sms/1", body).unwrap();
        let receipt = |remote: &str, state, cause: Option<&str>, key: Option<&str>| {
            Fact::Receipt(ReceiptFact {
                cause: cause.map(Into::into),
                recipient: key.map(|_| "13800138000".into()),
                key: key.map(Into::into),
                ..ReceiptFact::new("sms/1", remote, state)
            })
        };
        assert_eq!(
            facts,
            [
                receipt("1", State::Delivered, None, Some("65537")),
                receipt("2", State::Failed, Some("MK:1008"), None),
            ]
        );
        let form: ReceiptMapping = toml_like(
            r#"{"id":"/MessageSid","state":"/MessageStatus","delivered":["delivered"],"failed":["undelivered"]}"#,
        );
        let facts =
            form.read("sms", b"MessageSid=SM1&MessageStatus=undelivered&To=%2B86138").unwrap();
        assert_eq!(
            facts,
            [Fact::Receipt(ReceiptFact {
                cause: Some("undelivered".into()),
                ..ReceiptFact::new("sms", "SM1", State::Failed)
            })]
        );
        assert_eq!(list.read("sms", b"{}"), Err(ReceiptError::Form));
        assert_eq!(list.read("sms", br#"{"reports":[{"sid":1}]}"#), Err(ReceiptError::Form));
        let many = format!(r#"{{"reports":[{}0]}}"#, "0,".repeat(RECEIPTS_MAX));
        assert_eq!(list.read("sms", many.as_bytes()), Err(ReceiptError::TooMany));
    }
}
