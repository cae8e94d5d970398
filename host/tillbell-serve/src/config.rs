//! The daemon's configuration.

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer};
use tillbell::Platform;
use tillbell_delivery::NoticeTexts;
use tillbell_delivery::channel::http::HttpSettings;
use tillbell_delivery::smpp::SmppSettings;
use tillbell_delivery::tape::DAYS_MAX;
use tillbell_iso8583::{Dialect, Framing};
use tillbell_transaction::case;

use crate::{Error, Result};

/// The longest configuration, in bytes.
pub const CONFIG_BYTES_MAX: u64 = 1_024 * 1_024;
/// Routes of all channels together.
const ROUTES_MAX: usize = 32;
/// MiB of a tape.
const TAPE_MIB_MAX: usize = 1_024 * 1_024;
/// Clients that have a token.
const CLIENTS_MAX: usize = 256;

/// What the daemon does, as its file says. Paths are relative to the file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Config {
    /// The outbox's file.
    pub outbox: PathBuf,
    /// Bundles: files of `tillbell bake`, folders of such files, or bundles' own
    /// folders.
    pub bundles: Vec<PathBuf>,
    /// The public keys of those whose artefacts are trusted: files in PEM, with
    /// one key or several, or folders of them.
    #[serde(default, deserialize_with = "one_or_several")]
    pub trust: Vec<PathBuf>,
    /// Which release of each bundle ran last: older ones are refused.
    pub releases: Option<PathBuf>,
    /// The key by which cards get tokens, where a source sends the number alone.
    pub token_key: Option<PathBuf>,
    /// How long transactions and their messages are kept, in days, 7 to 36,500;
    /// none for ever.
    pub keep_days: Option<u32>,
    /// How far apart a transaction and its reversal or completion may be, in days,
    /// 1 to 400, where they share an RRN or the one names the other.
    #[serde(default = "case_days")]
    pub case_days: u32,
    /// How long a reversal waits for its original before it is told without it, in
    /// seconds, 0 to 86,400.
    #[serde(default = "orphan_seconds")]
    pub orphan_seconds: u32,
    /// What this host is for bundles: limits, channels, policy, as the file that
    /// `--platform` of the command names.
    #[serde(default)]
    pub platform: Platform,
    /// Wall time of one call of a plugin, in milliseconds, 1 to 1,000; it goes before the
    /// platform's.
    pub deadline_ms: Option<u32>,
    /// Commands that wait for the outbox before clients are told to come again.
    #[serde(default = "queue_max")]
    pub queue_max: usize,
    /// Where requests come in.
    #[serde(default)]
    pub http: Http,
    /// Who may ask.
    #[serde(default, rename = "client")]
    pub clients: Vec<Client>,
    /// Where ISO 8583 messages come in.
    pub tap: Option<Tap>,
    /// Where decided events are kept for tests, pseudonymised; none are without it.
    pub tape: Option<TapeConfig>,
    /// Where messages go: the first route of a channel, and behind it its
    /// fallbacks.
    #[serde(default, rename = "route")]
    pub routes: Vec<Route>,
    /// The host's own texts, by what they are about and language.
    #[serde(default)]
    pub notices: NoticeTexts,
}

/// Where requests come in.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Http {
    /// The address; loopback unless `public` is set.
    pub listen: Option<SocketAddr>,
    /// Whether an address that is not loopback is meant.
    pub public: bool,
    /// A Unix socket, for the daemon's own user alone; no token is asked for.
    pub socket: Option<PathBuf>,
    /// TLS: the certificates in PEM.
    pub tls_certificates: Option<PathBuf>,
    /// TLS: the key in PEM.
    pub tls_key: Option<PathBuf>,
    /// The longest body, in bytes, 1 KiB to 64 MiB.
    pub body_bytes_max: usize,
    /// Events of one request, 1 to 10,000.
    pub events_max: usize,
    /// Connections at a time, 1 to 65,536.
    pub connections_max: usize,
    /// How long a request may take with its body, and a client to take the answer,
    /// in seconds, 1 to 600.
    pub request_seconds: u32,
}

impl Default for Http {
    fn default() -> Self {
        Self {
            listen: None,
            public: false,
            socket: None,
            tls_certificates: None,
            tls_key: None,
            body_bytes_max: 1_024 * 1_024,
            events_max: 1_000,
            connections_max: 1_024,
            request_seconds: 30,
        }
    }
}

/// One who may ask.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Client {
    /// The name in messages to the operator.
    pub name: String,
    /// SHA-256 of the token, in hexadecimal digits.
    pub token_sha256: String,
}

/// Where ISO 8583 messages come in: it never answers.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Tap {
    /// The address; loopback unless `public` is set.
    pub listen: SocketAddr,
    /// Whether an address that is not loopback is meant.
    #[serde(default)]
    pub public: bool,
    /// A built-in dialect, or a file.
    #[serde(default = "dialect")]
    pub dialect: String,
    /// How messages stand in the stream, by [`Framing::names`].
    #[serde(default = "framing", deserialize_with = "named_framing")]
    pub framing: Framing,
    /// Connections at a time, 1 to 1,024.
    #[serde(default = "tap_connections_max")]
    pub connections_max: usize,
}

/// Where decided events are kept for tests.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TapeConfig {
    /// The folder of its files.
    pub folder: PathBuf,
    /// The key's file, which the daemon makes; `key` in the folder where it is empty.
    #[serde(default)]
    pub key_file: PathBuf,
    /// Days that are kept, and that a key serves, 1 to [`DAYS_MAX`].
    #[serde(default = "tape_days")]
    pub days: u32,
    /// The most MiB of a day, 1 to 1,048,576.
    #[serde(default = "tape_day_mib_max")]
    pub day_mib_max: u32,
    /// The most MiB of all days, 1 to 1,048,576.
    #[serde(default = "tape_mib_max")]
    pub mib_max: u32,
    /// Merchants that are people: a file with a name or merchant id a line.
    pub sole_traders: Option<PathBuf>,
}

fn tape_days() -> u32 {
    7
}

fn tape_day_mib_max() -> u32 {
    1_024
}

fn tape_mib_max() -> u32 {
    4_096
}

/// One way for the messages of a channel.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Route {
    /// The channel, such as `sms`.
    pub channel: String,
    /// Minutes without a receipt after which a message goes by the next route.
    pub give_up_minutes: Option<u32>,
    /// What a part costs, in the currency of its contract: for the metrics, which
    /// are no accounts.
    pub part_price: Option<f64>,
    /// To an SMSC.
    pub smpp: Option<SmppSettings>,
    /// To an HTTP gateway, or the bank's own server.
    pub http: Option<HttpSettings>,
    /// Into a file, one JSON object a line, recipients in clear.
    pub file: Option<PathBuf>,
    /// To standard output, recipients masked.
    #[serde(default)]
    pub console: bool,
}

/// Reads a path, or a list of them.
fn one_or_several<'de, D>(deserializer: D) -> std::result::Result<Vec<PathBuf>, D::Error>
where
    D: serde::Deserializer<'de>,
{
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "expected a path, or a list of paths")]
    enum Paths {
        One(PathBuf),
        Several(Vec<PathBuf>),
    }
    Ok(match Paths::deserialize(deserializer)? {
        Paths::One(path) => vec![path],
        Paths::Several(paths) => paths,
    })
}

fn case_days() -> u32 {
    (case::WINDOW_SECONDS / 86_400) as u32
}

fn orphan_seconds() -> u32 {
    case::ORPHAN_SECONDS as u32
}

fn queue_max() -> usize {
    8_192
}

fn dialect() -> String {
    "iso1987-ascii".into()
}

fn framing() -> Framing {
    Framing::LENGTH2
}

fn named_framing<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> std::result::Result<Framing, D::Error> {
    let name = String::deserialize(deserializer)?;
    Framing::parse(&name).map_err(|error| serde::de::Error::custom(error.detail()))
}

fn tap_connections_max() -> usize {
    64
}

impl Config {
    /// Reads a file.
    ///
    /// # Errors
    /// For one that cannot be read, is too long or wrong, with its line; no value
    /// of a secret is repeated.
    pub fn read(path: &Path) -> Result<Self> {
        let named = |detail: &str| Error::new(format!("{}: {detail}", path.display()));
        let length =
            std::fs::metadata(path).map_err(|error| named("cannot be read").because(error))?.len();
        if length > CONFIG_BYTES_MAX {
            return Err(named(&format!("{length} bytes, limit {CONFIG_BYTES_MAX}")));
        }
        let text = std::fs::read_to_string(path)
            .map_err(|error| named("cannot be read").because(error))?;
        let folder = path.parent().unwrap_or(Path::new(""));
        Self::parse(&text, folder).map_err(|error| named(&error.to_string()))
    }

    /// Reads a text; its paths are relative to this folder.
    ///
    /// # Errors
    /// For one that is wrong, with its line.
    pub fn parse(text: &str, folder: &Path) -> Result<Self> {
        let mut config: Self = toml::from_str(text).map_err(|error| {
            // The error's own form shows the line, which may be a password's.
            let line = error.span().map_or(1, |span| text[..span.start].matches('\n').count() + 1);
            Error::new(format!("line {line}: {}", error.message().trim_end()))
        })?;
        config.check()?;
        if let Some(deadline_ms) = config.deadline_ms {
            config.platform.limits.deadline_ms = deadline_ms;
        }
        config.resolve(folder);
        Ok(config)
    }

    fn check(&self) -> Result<()> {
        let within =
            |name: &str, value: usize, min: usize, max: usize| match (min..=max).contains(&value) {
                true => Ok(()),
                false => Err(Error::new(format!("{name}: {value}, expected {min} to {max}"))),
            };
        within("deadline-ms", self.deadline_ms.unwrap_or(1) as usize, 1, 1_000)?;
        within("keep-days", self.keep_days.unwrap_or(7) as usize, 7, 36_500)?;
        within("case-days", self.case_days as usize, 1, 400)?;
        within("orphan-seconds", self.orphan_seconds as usize, 0, 86_400)?;
        within("queue-max", self.queue_max, 1, 65_536)?;
        within("routes", self.routes.len(), 0, ROUTES_MAX)?;
        within("clients", self.clients.len(), 0, CLIENTS_MAX)?;
        let http = &self.http;
        within("http.body-bytes-max", http.body_bytes_max, 1_024, 64 * 1_024 * 1_024)?;
        within("http.events-max", http.events_max, 1, 10_000)?;
        within("http.connections-max", http.connections_max, 1, 65_536)?;
        within("http.request-seconds", http.request_seconds as usize, 1, 600)?;
        if http.tls_certificates.is_some() != http.tls_key.is_some() {
            return Err(Error::new("http: TLS needs tls-certificates and tls-key"));
        }
        let tap = self.tap.as_ref();
        within("tap.connections-max", tap.map_or(1, |tap| tap.connections_max), 1, 1_024)?;
        if let Some(tape) = &self.tape {
            within("tape.days", tape.days as usize, 1, DAYS_MAX as usize)?;
            within("tape.day-mib-max", tape.day_mib_max as usize, 1, TAPE_MIB_MAX)?;
            within("tape.mib-max", tape.mib_max as usize, 1, TAPE_MIB_MAX)?;
            if tape.folder.as_os_str().is_empty() {
                return Err(Error::new("tape.folder: is empty, expected a folder of its own"));
            }
        }
        for (name, listen, public) in [
            ("http.listen", http.listen, http.public),
            ("tap.listen", tap.map(|tap| tap.listen), tap.is_some_and(|tap| tap.public)),
        ] {
            if listen.is_some_and(|address| !address.ip().is_loopback()) && !public {
                return Err(Error::new(format!(
                    "{name}: is not a loopback address; say public = true if it is meant"
                )));
            }
        }
        if http.listen.is_some() && self.clients.is_empty() {
            return Err(Error::new("http.listen: there is no [[client]] who may ask"));
        }
        for client in &self.clients {
            let digits = &client.token_sha256;
            if digits.len() != 64 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
                let name = &client.name;
                return Err(Error::new(format!(
                    "client {name:?}: token-sha256: expected 64 hexadecimal digits"
                )));
            }
        }
        for (index, route) in self.routes.iter().enumerate() {
            let named = |detail: &str| Error::new(format!("route {}: {detail}", index + 1));
            let kinds =
                [route.smpp.is_some(), route.http.is_some(), route.file.is_some(), route.console];
            if kinds.iter().filter(|is_there| **is_there).count() != 1 {
                return Err(named("expected one of smpp, http, file, console"));
            }
            let is_name = !route.channel.is_empty()
                && route.channel.len() <= 32
                && route
                    .channel
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
            if !is_name {
                return Err(named("channel: expected lower case letters, digits and hyphens"));
            }
            if route.part_price.is_some_and(|price| !(0.0..=1_000.0).contains(&price)) {
                return Err(named("part-price: expected 0 to 1000"));
            }
            if let Some(smpp) = &route.smpp {
                smpp.check().map_err(|error| named(&format!("smpp: {error}")))?;
            }
            if let Some(http) = &route.http {
                http.check().map_err(|error| named(&format!("http: {error}")))?;
            }
        }
        Ok(())
    }

    fn resolve(&mut self, folder: &Path) {
        let routes = self.routes.iter_mut().flat_map(|route| {
            let ca = route.smpp.as_mut().and_then(|smpp| smpp.tls_ca.as_mut());
            let (mut https, mut keys, mut signers) = (None, None, None);
            if let Some(http) = route.http.as_mut() {
                https = Some(&mut http.tls_ca);
                keys = http.hmac.as_mut().map(|hmac| &mut hmac.key_file);
                let receipt = http.receipt.as_mut().and_then(|receipt| receipt.hmac.as_mut());
                signers = receipt.map(|hmac| &mut hmac.key_file);
            }
            let named = |path: &&mut PathBuf| !path.as_os_str().is_empty();
            [route.file.as_mut(), ca.filter(named), https.filter(named), keys, signers]
        });
        let optional = [
            self.releases.as_mut(),
            self.token_key.as_mut(),
            self.http.socket.as_mut(),
            self.http.tls_certificates.as_mut(),
            self.http.tls_key.as_mut(),
        ];
        let paths = routes.chain(optional).flatten();
        for path in paths.chain([&mut self.outbox]).chain(&mut self.bundles).chain(&mut self.trust)
        {
            *path = folder.join(&*path);
        }
        if let Some(tape) = &mut self.tape {
            tape.folder = folder.join(&tape.folder);
            tape.key_file = match tape.key_file.as_os_str().is_empty() {
                true => tape.folder.join("key"),
                false => folder.join(&tape.key_file),
            };
            tape.sole_traders = tape.sole_traders.take().map(|list| folder.join(list));
        }
        if let Some(tap) = &mut self.tap
            && Dialect::builtin(&tap.dialect).is_none()
        {
            tap.dialect = folder.join(&tap.dialect).display().to_string();
        }
    }

    /// How many fallbacks each channel has.
    pub(crate) fn fallbacks(&self) -> HashMap<String, u8> {
        let mut fallbacks = HashMap::new();
        for route in &self.routes {
            fallbacks.entry(route.channel.clone()).and_modify(|count| *count += 1).or_insert(0);
        }
        fallbacks
    }

    /// The queue of each route: its channel, and `channel/1` for its first
    /// fallback.
    pub fn queues(&self) -> Vec<(String, &Route)> {
        let mut counts = BTreeMap::<&str, u8>::new();
        let mut queues = Vec::with_capacity(self.routes.len());
        for route in &self.routes {
            let number = counts.entry(&route.channel).or_default();
            let queue = tillbell_delivery::Queue::new(&route.channel, *number).to_string();
            queues.push((queue, route));
            *number += 1;
        }
        queues
    }
}

#[cfg(test)]
mod tests;
