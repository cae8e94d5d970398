//! All that can fail, before anything that runs is touched: `--check`, a start
//! and a reload look at the same.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read;
use std::net::SocketAddr;
use std::os::unix::fs::FileTypeExt;
use std::path::Path;

use tillbell_delivery::Outbox;
use tillbell_delivery::tape::TapeSettings;
use tillbell_iso8583::Dialect;
use tillbell_transaction::TokenKey;
use tokio_rustls::TlsAcceptor;
use zeroize::Zeroizing;

use crate::api::{Clients, Known};
use crate::banks::{Artefacts, Banks, Bundles};
use crate::config::{Config, Tap};
use crate::error::chain;
use crate::routes::{self, PreparedRoute};
use crate::{Error, Result, files, listen, tape};

/// The largest file of a card token key, in bytes.
const TOKEN_KEY_BYTES_MAX: u64 = 1_024;
/// How an outbox's file begins.
const OUTBOX_HEAD: &[u8] = b"SQLite format 3\0";
/// SHA-256 of nothing: the token of whoever sends none.
const EMPTY_SHA256: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
/// What the host has texts of its own about.
const NOTICES: [&str; 2] = ["consent-withdrawn", "contact-changed"];

/// A configuration with all that it names read, checked and linked; nothing of it
/// runs, and nothing was written.
pub(crate) struct Prepared {
    pub(crate) config: Config,
    pub(crate) bundles: Bundles,
    pub(crate) routes: Vec<PreparedRoute>,
    pub(crate) known: Known,
    pub(crate) tls: Option<TlsAcceptor>,
    pub(crate) tap: Option<(Tap, Dialect)>,
    pub(crate) token_key: Option<TokenKey>,
    pub(crate) tape: Option<TapeSettings>,
    /// What runs, and is hardly meant.
    pub(crate) warnings: Vec<String>,
}

/// Reads and checks a configuration and all that it names. With bundles that run,
/// the new ones are prepared to follow them.
///
/// # Errors
/// What is wrong with the first thing that is, by its key and file.
pub(crate) fn prepare(
    path: &Path,
    artefacts: &Artefacts,
    running: Option<&Banks>,
) -> Result<Prepared> {
    let config = Config::read(path)?;
    check_clients(&config)?;
    check_notices(&config)?;
    check_addresses(&config)?;
    check_files(&config)?;
    let tape = config.tape.as_ref().map(tape::settings).transpose()?;
    let token_key = config.token_key.as_deref().map(token_key).transpose()?;
    let tls = match (&config.http.tls_certificates, &config.http.tls_key) {
        (Some(certificates), Some(key)) => Some(listen::tls(certificates, key)?),
        _ => None,
    };
    let tap = match &config.tap {
        Some(tap) => {
            let dialect = Dialect::open(&tap.dialect)
                .map_err(|error| Error::new(format!("tap.dialect: {error}")))?;
            Some((tap.clone(), dialect))
        }
        None => None,
    };
    let routes = PreparedRoute::all(&config)?;
    let receipts = routes::receipts(&config)?.into_iter().collect();
    let known = Known { clients: Clients::new(&config.clients), receipts };
    // Last: a bundle that has to be baked takes its time.
    let artefacts = artefacts(&config)
        .map_err(|error| Error::new("the bundles cannot be loaded").because(error))?;
    let bundles = Bundles::prepare(&config, &artefacts, running)?;
    let warnings = warnings(&config);
    Ok(Prepared { config, bundles, routes, known, tls, tap, token_key, tape, warnings })
}

fn check_clients(config: &Config) -> Result<()> {
    let (mut names, mut tokens) = (BTreeSet::new(), BTreeSet::new());
    for client in &config.clients {
        let name = &client.name;
        let wrong = |detail: &str| Err(Error::new(format!("client {name:?}: {detail}")));
        let digest = client.token_sha256.to_ascii_lowercase();
        if name.trim().is_empty() {
            return wrong("name: is empty");
        }
        if digest == EMPTY_SHA256 {
            return wrong("token-sha256: is that of an empty token");
        }
        if !names.insert(name) {
            return wrong("name: another client has it");
        }
        if !tokens.insert(digest) {
            return wrong("token-sha256: another client has this token");
        }
    }
    Ok(())
}

fn check_notices(config: &Config) -> Result<()> {
    for (what, texts) in &config.notices {
        let wrong = |detail: String| Err(Error::new(format!("notices.{what}: {detail}")));
        if !NOTICES.contains(&what.as_str()) {
            return wrong(format!("no such notice, expected one of {}", NOTICES.join(", ")));
        }
        if let Some((language, _)) = texts.iter().find(|(_, text)| text.trim().is_empty()) {
            return wrong(format!("{language:?}: is empty"));
        }
    }
    Ok(())
}

/// Two doors cannot have one port.
fn check_addresses(config: &Config) -> Result<()> {
    let is_same = |one: SocketAddr, other: SocketAddr| {
        let is_any = one.ip().is_unspecified() || other.ip().is_unspecified();
        one.port() != 0 && one.port() == other.port() && (is_any || one.ip() == other.ip())
    };
    match (config.http.listen, &config.tap) {
        (Some(http), Some(tap)) if is_same(http, tap.listen) => Err(Error::new(format!(
            "tap.listen: {}: http.listen binds port {} too",
            tap.listen,
            http.port()
        ))),
        _ => Ok(()),
    }
}

/// What is written can be written, each file by one alone.
fn check_files(config: &Config) -> Result<()> {
    let wrong = |key: &str, path: &Path, detail: &dyn std::fmt::Display| {
        Error::new(format!("{key}: {}: {detail}", path.display()))
    };
    let checked = |key: &str, path: &Path| {
        files::writable(path)
            .and_then(|()| files::folder_writable(path))
            .map_err(|error| wrong(key, path, &error))
    };
    let outbox = &config.outbox;
    // Its journal stands beside it.
    checked("outbox", outbox)?;
    let mut head = Vec::new();
    if let Ok(file) = File::open(outbox) {
        file.take(OUTBOX_HEAD.len() as u64)
            .read_to_end(&mut head)
            .map_err(|error| wrong("outbox", outbox, &error))?;
        if !head.is_empty() && head != OUTBOX_HEAD {
            return Err(wrong("outbox", outbox, &"is not an outbox"));
        }
    }
    if let Some(releases) = &config.releases {
        // It is replaced as a whole.
        checked("releases", releases)?;
    }
    if let Some(socket) = &config.http.socket {
        let known = std::fs::symlink_metadata(socket);
        if known.is_ok_and(|known| !known.file_type().is_socket()) {
            return Err(wrong("http.socket", socket, &"is there already, and no socket"));
        }
        files::folder_writable(socket).map_err(|error| wrong("http.socket", socket, &error))?;
    }
    let others = [Some(outbox), config.releases.as_ref(), config.http.socket.as_ref()];
    let mut written: BTreeSet<_> = others.into_iter().flatten().collect();
    for (queue, route) in config.queues() {
        if let Some(path) = &route.file
            && !written.insert(path)
        {
            let detail = "is written by something else too";
            return Err(wrong(&format!("route {queue}: file"), path, &detail));
        }
    }
    Ok(())
}

fn token_key(path: &Path) -> Result<TokenKey> {
    let wrong = |detail: String| Error::new(format!("token-key: {}: {detail}", path.display()));
    let mut text = Zeroizing::new(String::new());
    let read = File::open(path)
        .and_then(|file| file.take(TOKEN_KEY_BYTES_MAX + 1).read_to_string(&mut text))
        .map_err(|error| wrong(format!("cannot be read: {error}")))?;
    if read as u64 > TOKEN_KEY_BYTES_MAX {
        return Err(wrong(format!("over {TOKEN_KEY_BYTES_MAX} bytes")));
    }
    TokenKey::parse(&text).map_err(|error| wrong(chain(&error)))
}

fn warnings(config: &Config) -> Vec<String> {
    let mut warnings = Vec::new();
    if config.routes.is_empty() {
        warnings.push("there is no [[route]]: messages wait".into());
    }
    if config.http.listen.is_none() {
        warnings.extend(config.clients.iter().map(|client| {
            format!("client {:?}: may ask nothing, there is no http.listen", client.name)
        }));
    }
    warnings
}

/// Messages in queues that no route of a configuration takes.
pub(crate) fn stranded(config: &Config, outbox: &Outbox) -> Vec<String> {
    let queues = config.queues();
    let is_taken = |queue: &str| queues.iter().any(|(known, _)| known == queue);
    let depths = outbox.depths().unwrap_or_default().into_iter();
    depths
        .filter(|depth| depth.waiting() > 0 && !is_taken(&depth.queue))
        .map(|depth| {
            let (messages, queue) = (depth.waiting(), depth.queue);
            format!("queue {queue}: {messages} messages wait, and no route takes them")
        })
        .collect()
}
