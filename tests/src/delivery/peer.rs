use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::root;

/// How long a peer may take for anything.
const PATIENCE: Duration = Duration::from_secs(60);

/// A program of Node.js that says what happens, a line of JSON each, and takes
/// commands; it ends when it is dropped.
#[derive(Debug)]
pub struct Peer {
    child: Child,
    commands: ChildStdin,
    events: Receiver<Value>,
    /// Where it listens.
    pub port: u16,
}

impl Peer {
    /// Starts a script below `tests/`, and waits until it listens.
    ///
    /// # Panics
    /// If Node.js is not installed, or it does not begin.
    pub fn start(script: &str, arguments: &[&str]) -> Self {
        let mut child = Command::new("node")
            .arg(root().join("tests").join(script))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node is not installed: run tests/tools.sh");
        let commands = child.stdin.take().expect("piped");
        let output = BufReader::new(child.stdout.take().expect("piped"));
        let (sender, events) = channel();
        thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if let Ok(event) = serde_json::from_str(&line)
                    && sender.send(event).is_err()
                {
                    return;
                }
            }
        });
        let mut peer = Self { child, commands, events, port: 0 };
        let port = peer.wait("listening")["port"].as_u64();
        peer.port = port.and_then(|port| u16::try_from(port).ok()).expect("a port");
        peer
    }

    /// The next thing that it says.
    ///
    /// # Panics
    /// If it says nothing.
    pub fn next_event(&mut self) -> Value {
        self.events.recv_timeout(PATIENCE).expect("the peer says something")
    }

    /// The next of this name; those before it are passed over.
    ///
    /// # Panics
    /// If it does not come.
    pub fn wait(&mut self, name: &str) -> Value {
        loop {
            let event = self.next_event();
            if event["event"] == name {
                return event;
            }
        }
    }

    /// The events that came and that nobody looked at.
    pub fn news(&mut self) -> Vec<Value> {
        self.events.try_iter().collect()
    }

    /// How many events of a name came that nobody looked at.
    pub fn unseen(&mut self, name: &str) -> usize {
        self.seen(name).len()
    }

    /// The events of a name that came and that nobody looked at.
    pub fn seen(&mut self, name: &str) -> Vec<Value> {
        self.events.try_iter().filter(|event| event["event"] == name).collect()
    }

    /// Gives a command, a line.
    ///
    /// # Panics
    /// If it is gone.
    pub fn tell(&mut self, command: &str) {
        self.commands.write_all(format!("{command}\n").as_bytes()).expect("the peer reads");
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Makes a certificate for `localhost`, `tls.pem`, and its key, `tls.key`, in a
/// folder; gives their paths.
///
/// # Panics
/// If openssl is not installed.
pub fn certificate(folder: &Path) -> (String, String) {
    let path = |name: &str| folder.join(name).display().to_string();
    let (certificate, key) = (path("tls.pem"), path("tls.key"));
    let made = Command::new("openssl")
        .args("req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost".split(' '))
        .args(["-addext", "subjectAltName=DNS:localhost"])
        .args(["-addext", "basicConstraints=critical,CA:FALSE"])
        .args(["-keyout", &key, "-out", &certificate])
        .output()
        .expect("openssl is not installed: run tests/tools.sh");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    (certificate, key)
}
