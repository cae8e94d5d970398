//! The npm package `smpp` as a server: `tests/smsc`.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

/// How long anything may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A running SMSC; it ends with the test.
pub(crate) struct Smsc {
    _child: Child,
    commands: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
    seen: VecDeque<Value>,
    pub(crate) port: u16,
}

impl Smsc {
    pub(crate) async fn start(behaviour: &str) -> Self {
        Self::start_with(behaviour, &[]).await
    }

    pub(crate) async fn start_with(behaviour: &str, arguments: &[&str]) -> Self {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/smsc");
        assert!(
            folder.join("node_modules/smpp").is_dir(),
            "the SMSC is not installed: run tests/tools.sh"
        );
        let mut child = Command::new("node")
            .arg(folder.join("smsc.js"))
            .args(["--behaviour", behaviour])
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("node is not installed: run tests/tools.sh");
        let commands = child.stdin.take().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut smsc = Self { _child: child, commands, lines, seen: VecDeque::new(), port: 0 };
        let listening = smsc.wait("listening").await;
        smsc.port = listening["port"].as_u64().unwrap() as u16;
        smsc
    }

    /// Gives a command and waits until it is done.
    pub(crate) async fn tell(&mut self, command: &str) -> Value {
        self.commands.write_all(format!("{command}\n").as_bytes()).await.unwrap();
        let name = serde_json::from_str::<Value>(command).unwrap()["command"].clone();
        let answer = if name == "counts" { "counts" } else { "done" };
        self.wait_unseen(answer).await
    }

    /// The next event of this name, which may have come already.
    pub(crate) async fn wait(&mut self, name: &str) -> Value {
        if let Some(at) = self.seen.iter().position(|event| event["event"] == name) {
            return self.seen.remove(at).unwrap();
        }
        self.wait_unseen(name).await
    }

    async fn wait_unseen(&mut self, name: &str) -> Value {
        let found = timeout(PATIENCE, async {
            loop {
                let line = self.lines.next_line().await.unwrap().expect("the SMSC ended");
                let event: Value = serde_json::from_str(&line).unwrap();
                if event["event"] == name {
                    return event;
                }
                self.seen.push_back(event);
            }
        });
        found.await.unwrap_or_else(|_| panic!("no {name} from the SMSC"))
    }

    /// All events of this name until now.
    pub(crate) async fn all(&mut self, name: &str) -> Vec<Value> {
        self.tell(r#"{"command":"counts"}"#).await;
        self.seen.iter().filter(|event| event["event"] == name).cloned().collect()
    }

    /// The recipients of what was submitted until now, in order.
    pub(crate) async fn recipients(&mut self) -> Vec<String> {
        let submits = self.all("submit").await;
        submits.iter().map(|event| event["to"].as_str().unwrap().to_owned()).collect()
    }
}
