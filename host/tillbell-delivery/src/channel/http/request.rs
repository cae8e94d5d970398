//! A message as the request that its gateway wants.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http_body_util::Full;
use hyper::Request;
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use minijinja::value::Value;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, context};
use ring::hmac;
use tokio_util::bytes::Bytes;

use super::settings::{Coding, Hmac, HttpSettings};
use crate::{Due, Error, ErrorKind, Result};

/// The longest file of a key, in bytes.
const KEY_BYTES_MAX: u64 = 4_096;
/// The longest text of a template's result, in bytes.
const TEXT_BYTES_MAX: usize = 64 * 1_024;
/// Steps of a template.
const FUEL: u64 = 50_000;
/// The template of a JSON body.
const JSON: &str = "json";
/// The template of what is signed.
const SIGNED: &str = "hmac.over";
/// What that one knows beside [`NAMES`].
const BODY: &str = "body";
/// What templates know of a message.
const NAMES: [&str; 8] =
    ["to", "text", "id", "bundle", "segments", "timestamp", "timestamp_ms", "nonce"];

/// What makes requests of messages: templates that were read, and keys.
pub(super) struct Requests {
    environment: Environment<'static>,
    url: hyper::Uri,
    headers: Vec<(HeaderName, String)>,
    form: Vec<String>,
    idempotency: Option<HeaderName>,
    signer: Option<(Signer, HeaderName)>,
}

/// A key, and how a signature is written.
pub(crate) struct Signer {
    key: hmac::Key,
    coding: Coding,
    prefix: String,
}

impl Signer {
    /// Reads the key.
    ///
    /// # Errors
    /// [`ErrorKind::Input`] for a file that cannot be read, is empty or too long.
    pub(crate) fn open(settings: &Hmac) -> Result<Self> {
        let path = settings.key_file.display();
        let wrong = |detail: &str| Error::new(ErrorKind::Input, format!("key {path}: {detail}"));
        let length = std::fs::metadata(&settings.key_file)
            .map_err(|error| wrong("cannot be read").because(error))?
            .len();
        if length > KEY_BYTES_MAX {
            return Err(wrong(&format!("{length} bytes, limit {KEY_BYTES_MAX}")));
        }
        let key = std::fs::read(&settings.key_file)
            .map_err(|error| wrong("cannot be read").because(error))?;
        let secret = key.trim_ascii_end();
        if secret.is_empty() {
            return Err(wrong("is empty"));
        }
        Ok(Self {
            key: hmac::Key::new(hmac::HMAC_SHA256, secret),
            coding: settings.coding,
            prefix: settings.prefix.clone(),
        })
    }

    fn sign(&self, text: &[u8]) -> String {
        let tag = hmac::sign(&self.key, text);
        let written = match self.coding {
            Coding::Hex => tag.as_ref().iter().map(|octet| format!("{octet:02x}")).collect(),
            Coding::Base64 => STANDARD.encode(tag),
        };
        format!("{}{written}", self.prefix)
    }

    /// Whether a signature is this text's; it takes as long for every wrong one.
    pub(crate) fn verify(&self, text: &[u8], signature: &[u8]) -> bool {
        let Some(written) = signature.strip_prefix(self.prefix.as_bytes()) else { return false };
        let octets = match self.coding {
            Coding::Base64 => STANDARD.decode(written).ok(),
            Coding::Hex => written
                .chunks(2)
                .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
                .collect(),
        };
        octets.is_some_and(|octets| hmac::verify(&self.key, text, &octets).is_ok())
    }
}

impl Requests {
    /// Reads the templates and keys.
    ///
    /// # Errors
    /// [`ErrorKind::Input`] for one that is wrong, by its name.
    pub(super) fn new(settings: &HttpSettings) -> Result<Self> {
        let wrong =
            |name: &str, detail: &str| Error::new(ErrorKind::Input, format!("{name}: {detail}"));
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_fuel(Some(FUEL));
        // Values are written as JSON where a body is JSON, and as they are, to be
        // encoded behind it, elsewhere.
        environment.set_auto_escape_callback(|name| match name {
            JSON => AutoEscape::Json,
            _ => AutoEscape::None,
        });
        let mut add = |name: String, source: &str| {
            environment
                .add_template_owned(name.clone(), source.to_owned())
                .map_err(|error| wrong(&name, "the template is wrong").because(error))
        };
        if let Some(json) = &settings.json {
            add(JSON.into(), json)?;
        }
        for (field, source) in &settings.form {
            add(format!("form.{field}"), source)?;
        }
        let header = |name: &str| {
            HeaderName::try_from(name).map_err(|error| wrong(name, "is no header").because(error))
        };
        let mut headers = Vec::new();
        for (name, source) in &settings.headers {
            add(format!("headers.{name}"), source)?;
            headers.push((header(name)?, format!("headers.{name}")));
        }
        let signer = match &settings.hmac {
            Some(hmac) => {
                add(SIGNED.into(), &hmac.over)?;
                Some((Signer::open(hmac)?, header(&hmac.header)?))
            }
            None => None,
        };
        let url = settings.url.parse().map_err(|error| {
            wrong("url", "not a URL (expected https://host/path)").because(error)
        })?;
        let requests = Self {
            url,
            headers,
            form: settings.form.keys().cloned().collect(),
            idempotency: settings.idempotency_header.as_deref().map(header).transpose()?,
            signer,
            environment,
        };
        requests.try_out()?;
        Ok(requests)
    }

    /// Makes the request of a sample, so that what would fail for every message
    /// fails before there is one.
    fn try_out(&self) -> Result<()> {
        let wrong = |detail: String| Error::new(ErrorKind::Input, detail);
        for (name, template) in self.environment.templates() {
            // Looks into branches too that the sample does not take.
            let mut unknown: Vec<_> = template
                .undeclared_variables(false)
                .into_iter()
                .filter(|used| !NAMES.contains(&used.as_str()))
                .filter(|used| name != SIGNED || used != BODY)
                .collect();
            unknown.sort_unstable();
            if let Some(used) = unknown.first() {
                return Err(wrong(format!("{name}: unknown name {used:?}")));
            }
        }
        let sample = Due {
            id: 1,
            attempt: 1,
            bundle: "sample".into(),
            release: None,
            recipient: "+8613800138000".into(),
            text: "A \"sample\" of 1".into(),
            segments: 1,
            priority: 50,
            refusals: 0,
            since_ms: 0,
            expires_ms: None,
            key: "0000000000000000-1".into(),
            reference: 1,
        };
        self.make(&sample, 0)?;
        if self.form.is_empty() {
            let body = self.render(JSON, &values(&sample, 0, "", ""))?;
            serde_json::from_str::<serde::de::IgnoredAny>(&body)
                .map_err(|error| wrong("json: its text is not JSON".into()).because(error))?;
        }
        Ok(())
    }

    /// The request of a message.
    ///
    /// # Errors
    /// [`ErrorKind::Input`] if a template fails; the error has no value of the
    /// message.
    pub(super) fn make(&self, due: &Due, now_ms: i64) -> Result<Request<Full<Bytes>>> {
        let nonce = {
            use std::hash::{BuildHasher, RandomState};
            format!("{:016x}", RandomState::new().hash_one(due.id))
        };
        let known = values(due, now_ms, &nonce, "");
        let (kind, body) = if self.form.is_empty() {
            ("application/json", self.render(JSON, &known)?)
        } else {
            let mut form = form_urlencoded::Serializer::new(String::new());
            for field in &self.form {
                form.append_pair(field, &self.render(&format!("form.{field}"), &known)?);
            }
            ("application/x-www-form-urlencoded", form.finish())
        };
        // Neither the value nor what is wrong with it: a recipient may stand in it.
        let unfit = |name: &dyn std::fmt::Display| {
            Error::new(ErrorKind::Input, format!("header {name}: its value does not fit a header"))
        };
        let value =
            |name: &HeaderName, text: &str| HeaderValue::from_str(text).map_err(|_| unfit(name));
        let mut request = Request::post(self.url.clone());
        if let Some(headers) = request.headers_mut() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
            for (name, template) in &self.headers {
                headers.insert(name, value(name, &self.render(template, &known)?)?);
            }
            if let Some(name) = &self.idempotency {
                headers.insert(name, value(name, &due.key)?);
            }
            if let Some((signer, name)) = &self.signer {
                let over = self.render(SIGNED, &values(due, now_ms, &nonce, &body))?;
                headers.insert(name, value(name, &signer.sign(over.as_bytes()))?);
            }
        }
        request
            .body(Full::new(Bytes::from(body)))
            .map_err(|_| Error::new(ErrorKind::Input, "the request cannot be made"))
    }

    fn render(&self, name: &str, values: &Value) -> Result<String> {
        let failed =
            |detail: &str| Error::new(ErrorKind::Input, format!("the template {name} {detail}"));
        let template = self.environment.get_template(name).map_err(|_| failed("is not there"))?;
        // The error's own text may have values in it.
        let text = template.render(values).map_err(|error| {
            let line = error.line().map_or(String::new(), |line| format!(" in line {line}"));
            failed(&format!("fails{line}: {:?}", error.kind()))
        })?;
        match text.len() > TEXT_BYTES_MAX {
            true => Err(failed("makes too long a text")),
            false => Ok(text),
        }
    }
}

/// The values of [`NAMES`], and the body for what is signed.
fn values(due: &Due, now_ms: i64, nonce: &str, body: &str) -> Value {
    context! {
        to => &due.recipient, text => &due.text, id => &due.key,
        bundle => &due.bundle, segments => due.segments,
        timestamp => now_ms.div_euclid(1_000), timestamp_ms => now_ms,
        nonce => nonce, body => body,
    }
}

#[cfg(test)]
mod tests;
