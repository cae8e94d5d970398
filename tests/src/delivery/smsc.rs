use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::root;

/// How long the SMSC may take for anything.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running SMSC; it ends when it is dropped.
#[derive(Debug)]
pub struct Smsc {
    child: Child,
    commands: ChildStdin,
    events: Receiver<Value>,
    /// Where it listens.
    pub port: u16,
}

impl Smsc {
    /// Starts one that behaves so; it says nothing of single PDUs.
    ///
    /// # Panics
    /// If it is not installed, or does not begin.
    pub fn start(behaviour: &str) -> Self {
        let folder = root().join("tests/smsc");
        assert!(
            folder.join("node_modules/smpp").is_dir(),
            "the SMSC is not installed: run tests/tools.sh"
        );
        let mut child = Command::new("node")
            .arg(folder.join("smsc.js"))
            .args(["--quiet", "--behaviour", behaviour])
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
        let mut smsc = Self { child, commands, events, port: 0 };
        let port = smsc.next()["port"].as_u64().and_then(|port| u16::try_from(port).ok());
        smsc.port = port.expect("a port");
        smsc
    }

    fn next(&mut self) -> Value {
        self.events.recv_timeout(PATIENCE).expect("the SMSC answers")
    }

    /// Gives a command, and what it is answered.
    ///
    /// # Panics
    /// If the SMSC is gone.
    pub fn tell(&mut self, command: &str) -> Value {
        self.commands.write_all(format!("{command}\n").as_bytes()).expect("the SMSC reads");
        self.next()
    }

    /// What it counted.
    ///
    /// # Panics
    /// If the SMSC is gone.
    pub fn counts(&mut self) -> Value {
        self.tell(r#"{"command":"counts"}"#)
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// A route to it, for the daemon's configuration.
    pub fn route(&self, rest: &str) -> String {
        let port = self.port;
        format!(
            "[[route]]\nchannel = \"sms\"\n[route.smpp]\nport = {port}\nsystem-id = \"tillbell\"\n{rest}\n"
        )
    }
}

impl Drop for Smsc {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
