use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use super::Client;
use crate::{bank, binary, cache_path};

/// The token of the daemon's client, for tests alone.
pub const TOKEN: &str = "a token of the tests";
/// Its SHA-256.
const TOKEN_SHA256: &str = "864c519db7f7a71adf8cd1ad238d9c3fc57e7e1f9fd6463afe1bd39e5617489f";
/// How long the daemon may take to begin, and to end.
const PATIENCE: Duration = Duration::from_secs(60);

/// A daemon in a folder; it is killed when it is dropped.
#[derive(Debug)]
pub struct Daemon {
    child: Child,
    folder: PathBuf,
    /// Where it takes requests.
    pub http: SocketAddr,
    /// Where it takes ISO 8583 messages, if it does.
    pub tap: Option<SocketAddr>,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Daemon {
    /// Writes a configuration for these routes, and the rest of its text, into a
    /// folder. The bank is harbour.
    ///
    /// # Panics
    /// If it cannot be written.
    pub fn configure(folder: &Path, rest: &str) {
        Self::configure_bank(folder, &bank("harbour"), rest);
    }

    /// The same for another bank, by its folder.
    ///
    /// # Panics
    /// If it cannot be written.
    pub fn configure_bank(folder: &Path, bundle: &Path, rest: &str) {
        let text = format!(
            "outbox = \"outbox.db\"\nbundles = [{bundle:?}]\ndeadline-ms = 250\n{rest}\n\
             [[client]]\nname = \"test\"\ntoken-sha256 = \"{TOKEN_SHA256}\"\n"
        );
        fs::write(folder.join("serve.toml"), text).expect("a configuration");
    }

    /// Starts the daemon of a folder, and waits until it is ready.
    ///
    /// # Panics
    /// If it does not get there.
    pub fn start(folder: &Path) -> Self {
        Self::start_by(folder, Command::new(binary()))
    }

    /// The same by another command, which gets the daemon's arguments.
    ///
    /// # Panics
    /// If it does not get there.
    pub fn start_by(folder: &Path, mut command: Command) -> Self {
        if command.get_envs().all(|(name, _)| name != "TILLBELL_CACHE") {
            command.env("TILLBELL_CACHE", cache_path());
        }
        let mut child = command
            .args(["serve", "--config"])
            .arg(folder.join("serve.toml"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("tillbell starts");
        let stderr = BufReader::new(child.stderr.take().expect("piped"));
        let lines = Arc::new(Mutex::new(Vec::new()));
        let (sender, receiver) = mpsc::channel();
        let noted = lines.clone();
        thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                let _ = sender.send(line.clone());
                noted.lock().expect("no panic").push(line);
            }
        });
        let (mut http, mut tap) = (None, None);
        let until = Instant::now() + PATIENCE;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let Ok(line) = receiver.recv_timeout(left) else {
                let lines = lines.lock().expect("no panic").join("\n");
                let _ = child.kill();
                panic!("the daemon is not ready: {lines}");
            };
            let address = |line: &str| line.rsplit(' ').next().and_then(|text| text.parse().ok());
            if line.contains(" http: listening on ") {
                http = address(&line);
            } else if line.contains(" tap: listening on ") {
                tap = address(&line);
            } else if line.ends_with(" ready") {
                break;
            }
        }
        let http = http.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 0)));
        Self { child, folder: folder.into(), http, tap, lines }
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// A client of it.
    ///
    /// # Panics
    /// If it cannot be reached.
    pub fn client(&self) -> Client {
        Client::connect(self.http).expect("the daemon is there")
    }

    /// What it said until now.
    ///
    /// # Panics
    /// Never.
    pub fn lines(&self) -> Vec<String> {
        self.lines.lock().expect("no panic").clone()
    }

    /// Waits until it says something with this in it.
    ///
    /// # Panics
    /// If it does not.
    pub fn wait(&self, text: &str) -> String {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(line) = self.lines().into_iter().find(|line| line.contains(text)) {
                return line;
            }
            assert!(Instant::now() < until, "no {text:?}: {:?}", self.lines());
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Sends a signal, such as `-HUP`.
    ///
    /// # Panics
    /// If there is no process.
    pub fn signal(&self, signal: &str) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args([signal, &id]).status().expect("kill");
        assert!(sent.success());
    }

    /// Kills it, as a power cut would.
    ///
    /// # Panics
    /// If there is no process.
    pub fn kill(&mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("ended");
    }

    /// Ends it in good order; gives what it said.
    ///
    /// # Panics
    /// If it does not end, or not well.
    pub fn stop(mut self) -> Vec<String> {
        self.signal("-TERM");
        let until = Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("a child") {
                break status;
            }
            assert!(Instant::now() < until, "it does not end: {:?}", self.lines());
            thread::sleep(Duration::from_millis(5));
        };
        assert!(status.success(), "{status}: {:?}", self.lines());
        self.lines()
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
