//! Clients of a Unix socket, a few at a time.

use std::fs::{self, Permissions};
use std::io::Write;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::Result;
use crate::input::Reading;
use crate::mailbox::{Client, Mailbox};

/// Clients at the same time.
const CLIENTS_MAX: usize = 4;
/// How long a client may take to make room for an answer.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(1);
/// The pause after a client could not be taken in.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Begins to listen. A socket that an earlier till left is replaced: whoever
/// holds the store is the only till.
pub(crate) fn bind(path: &Path) -> Result<UnixListener> {
    if fs::symlink_metadata(path).is_ok_and(|found| found.file_type().is_socket()) {
        fs::remove_file(path)?;
    }
    let listener = UnixListener::bind(path)?;
    // Whoever may write to it may make messages.
    fs::set_permissions(path, Permissions::from_mode(0o600))?;
    Ok(listener)
}

/// Takes in clients for as long as the till runs.
pub(crate) fn serve(listener: &UnixListener, reading: &Reading, mailbox: &Arc<Mailbox>) {
    let clients = Arc::new(());
    for number in 1.. {
        let taken = listener.accept().and_then(|(stream, _)| {
            stream.set_write_timeout(Some(ANSWER_TIME_MAX))?;
            if Arc::strong_count(&clients) > CLIENTS_MAX {
                let full = format!("{{\"error\":\"{CLIENTS_MAX} clients are connected\"}}\n");
                return (&stream).write_all(full.as_bytes());
            }
            let (reading, mailbox, place) = (reading.clone(), mailbox.clone(), clients.clone());
            std::thread::Builder::new()
                .name("client".into())
                .spawn(move || {
                    client(number, stream, &reading, &mailbox);
                    drop(place);
                })
                .map(drop)
        });
        if let Err(error) = taken {
            eprintln!("tillbell-till: client {number}: {error}");
            std::thread::sleep(ACCEPT_PAUSE);
        }
    }
}

fn client(number: u64, stream: UnixStream, reading: &Reading, mailbox: &Mailbox) {
    let stream = Arc::new(stream);
    let client = Client::Socket(number, stream.clone());
    if let Err(error) = reading.read(stream.as_ref(), &client, mailbox) {
        eprintln!("tillbell-till: client {number}: {error}");
    }
}
