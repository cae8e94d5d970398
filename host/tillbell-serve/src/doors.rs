//! Where requests and ISO 8583 messages come in: opened at the start, closed at a
//! stop.

use std::net::{SocketAddr, TcpListener as StdListener, TcpStream};
use std::sync::Arc;
use std::thread;

use tillbell_iso8583::Dialect;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use crate::api::{self, Api, Door};
use crate::config::{Http, Tap};
use crate::listen::{self, Listener};
use crate::note::Note;
use crate::tap::{self, Open, Sink};
use crate::{Error, Result};

/// What is open.
pub(crate) struct Doors {
    close: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
    tap: Option<OpenTap>,
}

struct OpenTap {
    address: SocketAddr,
    thread: thread::JoinHandle<()>,
    connections: Arc<Open>,
}

impl Doors {
    /// Opens the address and the Unix socket of requests.
    ///
    /// # Errors
    /// If one cannot be had.
    pub(crate) async fn open(
        http: &Http,
        tls: Option<TlsAcceptor>,
        api: &Arc<Api>,
        note: &Note,
    ) -> Result<Self> {
        let (close, closed) = watch::channel(false);
        let mut doors = Vec::new();
        if let Some(address) = http.listen {
            let failed = |error| Error::new(format!("http {address}")).because(error);
            let listener = TcpListener::bind(address).await.map_err(failed)?;
            note(format!("http: listening on {}", listener.local_addr().map_err(failed)?));
            doors.push((Listener::Address(listener, tls), Door::Address));
        }
        if let Some(path) = &http.socket {
            doors.push((Listener::Socket(listen::socket(path)?), Door::Socket));
        }
        let serve = |(listener, door)| {
            let router = api::router(api.clone(), door);
            let (places, patience) = (http.connections_max, api.request_time);
            tokio::spawn(listen::serve(listener, router, places, patience, closed.clone()))
        };
        Ok(Self { close, tasks: doors.into_iter().map(serve).collect(), tap: None })
    }

    /// Opens the tap too.
    ///
    /// # Errors
    /// If its address cannot be had.
    pub(crate) fn open_tap(&mut self, tap: Tap, dialect: Dialect, sink: Sink) -> Result<()> {
        let failed = |error| Error::new(format!("tap {}", tap.listen)).because(error);
        let listener = StdListener::bind(tap.listen).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        (sink.note)(format!("tap: listening on {address}"));
        let connections = Arc::new(Open::default());
        let open = connections.clone();
        let thread = thread::Builder::new()
            .name("taps".into())
            .spawn(move || tap::listen(&listener, &tap, &dialect, &sink, &open))
            .map_err(|error| Error::new("there is no thread for the tap").because(error))?;
        self.tap = Some(OpenTap { address, thread, connections });
        Ok(())
    }

    /// Takes nothing more in, and waits for the answers to what came.
    pub(crate) async fn close(self) {
        let _ = self.close.send(true);
        if let Some(tap) = &self.tap {
            tap.connections.close();
        }
        for task in self.tasks {
            let _ = task.await;
        }
        if let Some(OpenTap { address, thread, .. }) = self.tap {
            // Wakes the thread that waits for a connection.
            let _ = TcpStream::connect(address);
            let _ = tokio::task::spawn_blocking(move || thread.join()).await;
        }
    }
}
