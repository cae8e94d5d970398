use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use super::{Daemon, subscribers};
use crate::{Scratch, tillbell};

/// A folder with an outbox of 100 subscribers, and a daemon's configuration:
/// [`Daemon::configure`] with the rest of its text.
///
/// # Panics
/// If it cannot be written.
pub fn desk(rest: &str) -> Scratch {
    let scratch = Scratch::new();
    let table = scratch.path().join("subscribers.csv");
    fs::write(&table, subscribers(100)).expect("a table");
    let outbox = scratch.path().join("outbox.db").display().to_string();
    let import = ["subscribers", "import", "--outbox", &outbox, &table.display().to_string()];
    assert!(tillbell(&import, b"").status.success());
    Daemon::configure(scratch.path(), rest);
    scratch
}

/// Waits until so many messages stand in the desk's `messages.jsonl`; gives its
/// lines.
///
/// # Panics
/// If they do not come.
pub fn written(scratch: &Scratch, count: usize) -> Vec<serde_json::Value> {
    let until = Instant::now() + Duration::from_secs(20);
    loop {
        let text = fs::read_to_string(scratch.path().join("messages.jsonl")).unwrap_or_default();
        if text.lines().count() >= count {
            let lines = text.lines().map(|line| serde_json::from_str(line).expect("JSON"));
            return lines.collect();
        }
        assert!(Instant::now() < until, "{text}");
        thread::sleep(Duration::from_millis(10));
    }
}
