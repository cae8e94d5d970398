//! From the command line to a till that runs, and back.

use std::fs;
use std::io::Read;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use signal_hook::consts::{SIGINT, SIGTERM};
use tillbell::{Artefact, CaseSettings, Docket, Host, Limits, ReleaseLedger, Trust};
use tillbell_transaction::case::Book;

use crate::Result;
use crate::input::Reading;
use crate::mailbox::{Client, Mailbox};
use crate::options::Options;
use crate::sink::Sink;
use crate::socket;
use crate::store::Store;
use crate::till::Till;

/// What an artefact's name ends in.
const EXTENSION: &str = "tillbell";
/// The largest file of keys, in bytes.
const KEYS_BYTES_MAX: u64 = 64 * 1024;

/// Starts the host, opens the store and where messages go, and begins to read.
///
/// # Errors
/// Names the flag or the file, and what is wrong with it.
pub(crate) fn start(options: &Options) -> Result<(Till, Arc<Mailbox>)> {
    let reading =
        Reading::new(options).map_err(|error| format!("--dialect {}: {error}", options.dialect))?;
    let limits = Limits {
        deadline_ms: options.deadline_ms,
        // Transactions are processed one after the other.
        concurrent_transactions: 1,
        ..Limits::default()
    };
    let deliveries_max = limits.deliveries;
    let ledger = beside(&options.store, ".releases");
    let mut host = Host::builder(limits)
        .target(options.target)
        .ledger(ReleaseLedger::open(&ledger)?)
        .build()?;
    load(&mut host, &options.artefacts, &options.trust)?;
    let in_store = |error| format!("--store {}: {error}", options.store.display());
    let (mut store, kept) = Store::open(&options.store, options.remember)
        .map_err(|error| in_store(error.to_string()))?;
    let book = Book::restored(options.remember, 1, kept.cases)
        .map_err(|number| in_store(format!("event {number} cannot be read")))?;
    let settings =
        CaseSettings { orphan_seconds: options.orphan_seconds.into(), ..CaseSettings::default() };
    let docket = Docket::stored(book, settings, kept.deferred);
    let mailbox = Arc::new(Mailbox::default());
    let sink = Sink::open(&options.delivery, kept.output_bytes, &mailbox)?;
    sink.settle(&mut store, kept.output_bytes)?;
    let till = Till::new(host, docket, kept.former, store, sink, deliveries_max, options);
    stop_on_signals(&mailbox)?;
    read(options, reading, &mailbox)?;
    Ok((till, mailbox))
}

/// The file of this name with something behind it.
fn beside(path: &Path, more: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(more);
    name.into()
}

/// Removes the socket.
pub(crate) fn end(options: &Options) {
    if let Some(path) = &options.listen {
        let _ = fs::remove_file(path);
    }
}

/// Loads every artefact in a folder, in order of name.
fn load(host: &mut Host, folder: &Path, trust: &Path) -> Result<()> {
    let trust = bounded(trust, KEYS_BYTES_MAX)
        .and_then(|keys| Ok(Trust::from_pem(std::str::from_utf8(&keys)?)?))
        .map_err(|error| {
            format!("--trust {}: {}", trust.display(), crate::chain(error.as_ref()))
        })?;
    let named =
        |error: &dyn std::fmt::Display| format!("--artefacts {}: {error}", folder.display());
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| named(&error))? {
        let path = entry.map_err(|error| named(&error))?.path();
        if path.extension().is_some_and(|extension| extension == EXTENSION) {
            paths.push(path);
        }
    }
    if paths.is_empty() {
        return Err(named(&"no *.tillbell in it").into());
    }
    paths.sort();
    for path in paths {
        Artefact::open(&path, &trust)
            .and_then(|artefact| host.load(&artefact))
            .map_err(|error| crate::chain(&error))?;
    }
    Ok(())
}

/// A whole file of at most so many bytes.
fn bounded(path: &Path, bytes_max: u64) -> Result<Vec<u8>> {
    let length = fs::metadata(path)?.len();
    if length > bytes_max {
        return Err(format!("{length} bytes, limit {bytes_max}").into());
    }
    Ok(fs::read(path)?)
}

/// Ends the till between two batches on SIGTERM or SIGINT.
fn stop_on_signals(mailbox: &Arc<Mailbox>) -> Result<()> {
    let (mut signals, sender) = UnixStream::pair()?;
    for signal in [SIGTERM, SIGINT] {
        signal_hook::low_level::pipe::register(signal, sender.try_clone()?)?;
    }
    let mailbox = mailbox.clone();
    std::thread::Builder::new().name("signals".into()).spawn(move || {
        if signals.read(&mut [0]).is_ok() {
            mailbox.stop();
        }
    })?;
    Ok(())
}

/// Begins to read from the socket or from standard input.
fn read(options: &Options, reading: Reading, mailbox: &Arc<Mailbox>) -> Result<()> {
    let mailbox = mailbox.clone();
    let builder = std::thread::Builder::new().name("input".into());
    if let Some(path) = &options.listen {
        let listener =
            socket::bind(path).map_err(|error| format!("--listen {}: {error}", path.display()))?;
        builder.spawn(move || socket::serve(&listener, &reading, &mailbox))?;
    } else {
        builder.spawn(move || {
            match reading.read(std::io::stdin().lock(), &Client::Standard, &mailbox) {
                Ok(()) => mailbox.end_input(),
                Err(error) => mailbox.fail(format!("cannot read standard input: {error}")),
            }
        })?;
    }
    Ok(())
}
