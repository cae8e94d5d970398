//! The tape: decided events of the last days, pseudonymised, in files beside the outbox.
//!
//! ```text
//! journal ─[Entry]─▶ TapeQueue ─bounded─▶ writer's thread ─line─▶ FOLDER/2026-11-26-1a2b3c4d.tape
//! ```
//! The journal hands over what it has committed and never waits: what does not fit into the
//! queue is dropped and counted. The thread substitutes ([`tillbell_tape`]) and writes.
//!
//! # Files
//! The folder (mode 0700) holds
//! - `KEY-FILE`, by default `key` (mode 0600): the first day of its period and 32 bytes of
//!   the system's randomness, in hexadecimal. It is replaced as a whole.
//! - `DAY-KEY.tape` (mode 0600): the decisions of one day in UTC under one key; `KEY` is the
//!   key's name, which says nothing of it.
//!
//! # Retention
//! A key serves one period of as many days as are kept, from its first day on. On the first
//! day after it, the next event, or the next start, makes a new key in the place of the old
//! one: from then on nobody can tell whose a substitute of the old days is by trying values,
//! the host included. A day's files are removed when as many days have followed as are kept;
//! so at most that many days are there, today included, of two periods at most, and none is
//! there longer than its key's successor's period. Correlation ends where a period does.
//! Without an event or a start nothing is removed: an idle daemon looks once a minute.
//!
//! # Invariants
//! 1. The journal never waits for the tape, nor fails by it.
//! 2. Nothing is written but what [`tillbell_tape::Pseudonyms::write`] gives, and heads.
//! 3. A day has at most `day_bytes_max` bytes and the folder at most `bytes_max`. A tape that
//!    is full, or cannot be written, stops: one line for the operator, `tape_stopped` is 1;
//!    the next day it is tried again. For a stopped tape the journal makes nothing: its
//!    decisions are not counted as dropped.
//! 4. A line ends with a line break or is the last that its process wrote; whoever writes
//!    after it begins a new line.
//! 5. What waits in the queue is lost with the process: the outbox is the truth, not the
//!    tape.

mod folder;
mod key;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::time::Duration;

use tillbell_tape::{Entry, SoleTraders};

use crate::journal::Clock;
use crate::{Error, ErrorKind, Metrics, Result};
use folder::Folder;

/// Batches of decisions that wait for the writer.
const QUEUE_MAX: usize = 256;
/// Decisions that wait for the writer.
const ENTRIES_MAX: usize = 4_096;
/// How long decisions are gathered before they are written.
const GATHER: Duration = Duration::from_millis(50);
/// How often an idle tape looks for days that are over, and one that is stopped whether it is
/// the next day.
const LOOK: Duration = Duration::from_secs(60);
/// Days that may be kept.
pub const DAYS_MAX: u32 = 31;

/// What an operator says of the tape.
#[derive(Debug, Clone)]
pub struct TapeSettings {
    /// The folder of its files.
    pub folder: PathBuf,
    /// The key's file.
    pub key_file: PathBuf,
    /// Days that are kept, and that a key serves, 1 to [`DAYS_MAX`].
    pub days: u32,
    /// The most bytes of a day.
    pub day_bytes_max: u64,
    /// The most bytes of all days.
    pub bytes_max: u64,
    /// Merchants that are people.
    pub sole_traders: SoleTraders,
}

/// Where the operator is told that the tape stopped, or goes on.
pub type Tell = Box<dyn Fn(String) + Send>;

/// Where the journal puts what it has committed.
#[derive(Debug, Clone)]
pub struct TapeQueue {
    entries: SyncSender<Vec<Entry>>,
    metrics: Arc<Metrics>,
    /// How many wait.
    waiting: Arc<AtomicUsize>,
    stopped: Arc<AtomicBool>,
}

/// The writer's thread.
#[derive(Debug)]
pub struct TapeThread(std::thread::JoinHandle<()>);

impl TapeThread {
    /// Waits until every [`TapeQueue`] is gone and what was in it is written.
    pub fn join(self) {
        // One that panicked has written what it could.
        let _ = self.0.join();
    }
}

impl TapeQueue {
    /// Starts the writer.
    ///
    /// # Errors
    /// [`ErrorKind::Storage`] if the folder or the key's file cannot be used, or there is no
    /// thread.
    pub fn start(
        settings: TapeSettings,
        clock: &Clock,
        metrics: Arc<Metrics>,
        tell: Tell,
    ) -> Result<(Self, TapeThread)> {
        let folder = Folder::open(settings, clock().div_euclid(1_000))?;
        let (entries, receiver) = sync_channel(QUEUE_MAX);
        let waiting = Arc::<AtomicUsize>::default();
        let stopped = Arc::<AtomicBool>::default();
        let queue = Self {
            entries,
            metrics: metrics.clone(),
            waiting: waiting.clone(),
            stopped: stopped.clone(),
        };
        let writer = Writer { folder, clock: clock.clone(), metrics, tell, waiting, stopped };
        let thread = std::thread::Builder::new()
            .name("tape".into())
            .spawn(move || writer.run(&receiver))
            .map_err(|error| {
                Error::new(ErrorKind::Storage, "there is no thread for the tape").because(error)
            })?;
        Ok((queue, TapeThread(thread)))
    }

    /// Whether nothing is kept until the next day.
    pub(crate) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    /// Puts decisions into the queue; those that do not fit are dropped.
    pub(crate) fn offer(&self, entries: Vec<Entry>) {
        if entries.is_empty() {
            return;
        }
        let count = entries.len();
        // The journal alone adds; a writer that takes some away meanwhile makes room.
        let is_room = self.waiting.load(Ordering::Relaxed) + count <= ENTRIES_MAX;
        if is_room {
            self.waiting.fetch_add(count, Ordering::Relaxed);
            match self.entries.try_send(entries) {
                Ok(()) => return,
                Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => {
                    self.waiting.fetch_sub(count, Ordering::Relaxed);
                }
            }
        }
        self.metrics.taped(0, count as u64);
    }
}

struct Writer {
    folder: Folder,
    clock: Clock,
    metrics: Arc<Metrics>,
    tell: Tell,
    waiting: Arc<AtomicUsize>,
    stopped: Arc<AtomicBool>,
}

impl Writer {
    fn run(mut self, entries: &Receiver<Vec<Entry>>) {
        loop {
            let first = match entries.recv_timeout(LOOK) {
                Ok(first) => first,
                Err(RecvTimeoutError::Timeout) => {
                    let turned = self.folder.turn(self.now_seconds());
                    self.note(turned);
                    continue;
                }
                Err(RecvTimeoutError::Disconnected) => return,
            };
            let mut count = self.take(std::iter::once(first));
            // While there is more, it comes by for all of it from time to time: whoever puts
            // something in wakes nobody.
            while count > 0 {
                std::thread::sleep(GATHER);
                count = self.take(entries.try_iter());
            }
        }
    }

    fn now_seconds(&self) -> i64 {
        (self.clock)().div_euclid(1_000)
    }

    /// Writes decisions and counts them; gives how many there were.
    fn take(&mut self, batches: impl Iterator<Item = Vec<Entry>>) -> usize {
        let (mut count, mut kept) = (0, 0);
        let turned = self.folder.turn(self.now_seconds());
        self.note(turned);
        for entry in batches.flatten() {
            count += 1;
            match self.folder.write(entry) {
                Ok(is_kept) => kept += u64::from(is_kept),
                Err(reason) => self.note(Err(reason)),
            }
        }
        // What was written is with the system before the next is waited for.
        if let Err(reason) = self.folder.flush() {
            self.note(Err(reason));
            kept = 0;
        }
        self.metrics.taped(kept, count as u64 - kept);
        self.waiting.fetch_sub(count, Ordering::Relaxed);
        count
    }

    fn stop(&self, is_stopped: bool) {
        self.stopped.store(is_stopped, Ordering::Relaxed);
        self.metrics.tape_stopped(is_stopped);
    }

    /// Tells the operator that the tape stopped, once, or that it goes on.
    fn note(&self, turned: std::result::Result<bool, String>) {
        match turned {
            Ok(false) => {}
            Ok(true) => {
                self.stop(false);
                (self.tell)("tape: goes on".into());
            }
            Err(reason) => {
                self.stop(true);
                (self.tell)(format!(
                    "alarm: the tape stopped: {reason}; it is tried again tomorrow, or at the \
                     next start"
                ));
            }
        }
    }
}
