//! A command that takes messages over: a line for each on its standard input,
//! the id of each that it has taken over on its standard output.
//!
//! It is started when there is something to hand over. When it ends early it is
//! started again after a pause, and what it did not take over is handed over
//! again, under the same id.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command as Process, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use crate::Result;
use crate::mailbox::{Mailbox, Word};
use crate::store::Store;

/// Messages that are handed over and not yet taken over.
const HANDED_MAX: usize = 64;
/// The longest line of the command that is read.
const WORD_BYTES_MAX: u64 = 64;
/// The pause before the command is started again; doubled each time, up to the
/// longest.
const PAUSE: Duration = Duration::from_secs(1);
const PAUSE_MAX: Duration = Duration::from_secs(30);
/// How long the command may take to end once its input has ended.
const END_TIME_MAX: Duration = Duration::from_secs(5);
/// How often that is looked at.
const END_STEP: Duration = Duration::from_millis(10);

/// The command, and what it was handed.
pub(crate) struct Command {
    line: String,
    mailbox: Arc<Mailbox>,
    run: Option<Run>,
    runs: u64,
    /// Runs in a row that took nothing over.
    pub(crate) failures: u32,
    restart_at: Option<Instant>,
}

/// One run of the command.
struct Run {
    child: Child,
    lines: SyncSender<Vec<u8>>,
    handed: BTreeSet<u64>,
    next: u64,
}

impl Command {
    pub(crate) fn new(line: String, mailbox: Arc<Mailbox>) -> Self {
        Self { line, mailbox, run: None, runs: 0, failures: 0, restart_at: None }
    }

    /// Hands over what waits, as far as the command may be ahead.
    ///
    /// # Errors
    /// If the store cannot be read, or the command cannot be started at all.
    pub(crate) fn deliver(&mut self, store: &Store) -> Result<()> {
        if self.restart_at.is_some_and(|at| Instant::now() < at) || store.waiting() == 0 {
            return Ok(());
        }
        self.restart_at = None;
        let run = match &mut self.run {
            Some(run) => run,
            none => none.insert(Run::start(&self.line, &mut self.runs, &self.mailbox)?),
        };
        for (id, line) in store.messages(run.next, HANDED_MAX - run.handed.len())? {
            // The channel holds as many as may be handed over.
            if run.lines.try_send(line).is_err() {
                break;
            }
            run.handed.insert(id);
            run.next = id + 1;
        }
        Ok(())
    }

    /// Takes in what the command said; gives the messages that it took over.
    pub(crate) fn hear(&mut self, words: Vec<(u64, Word)>) -> Vec<u64> {
        let mut taken = Vec::new();
        for (number, word) in words {
            let Some(run) = self.run.as_mut().filter(|_| number == self.runs) else { continue };
            match word {
                Word::Taken(id) if run.handed.remove(&id) => {
                    taken.push(id);
                    self.failures = 0;
                }
                Word::Taken(id) => self.again(&format!("message {id} was not handed over")),
                Word::Unknown => self.again("a line that is no id"),
                Word::Ended => self.again("its output ended"),
            }
        }
        taken
    }

    /// When the command is to be started again.
    pub(crate) fn restart_at(&self) -> Option<Instant> {
        self.restart_at
    }

    /// Ends this run and plans the next.
    fn again(&mut self, fact: &str) {
        let Some(mut run) = self.run.take() else { return };
        let _ = run.child.kill();
        let status =
            run.child.wait().map_or_else(|_| "unknown".into(), |status| status.to_string());
        let pause = PAUSE.saturating_mul(1 << self.failures.min(5)).min(PAUSE_MAX);
        self.failures = self.failures.saturating_add(1);
        self.restart_at = Some(Instant::now() + pause);
        eprintln!(
            "tillbell-till: --command: {fact} ({status}), {} messages handed over again in {} s",
            run.handed.len(),
            pause.as_secs()
        );
    }

    /// Lets the command end by itself, or ends it.
    pub(crate) fn end(&mut self) {
        let Some(Run { mut child, lines, .. }) = self.run.take() else { return };
        drop(lines);
        let until = Instant::now() + END_TIME_MAX;
        while Instant::now() < until {
            if !matches!(child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(END_STEP);
        }
        let _ = child.kill();
        let _ = child.wait();
    }
}

impl Run {
    fn start(line: &str, runs: &mut u64, mailbox: &Arc<Mailbox>) -> Result<Self> {
        let mut child = Process::new("/bin/sh")
            .args(["-c", line])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("--command: cannot start /bin/sh: {error}"))?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err("--command: started without pipes".into());
        };
        *runs += 1;
        let number = *runs;
        let (lines, handed) = sync_channel(HANDED_MAX);
        spawn("command-input", move || write(input, &handed))?;
        let mailbox = mailbox.clone();
        spawn("command-output", move || read(output, number, &mailbox))?;
        Ok(Self { child, lines, handed: BTreeSet::new(), next: 0 })
    }
}

fn spawn(name: &str, body: impl FnOnce() + Send + 'static) -> Result<()> {
    std::thread::Builder::new().name(name.into()).spawn(body)?;
    Ok(())
}

/// Writes lines until there are no more. A command that does not read is found
/// by its other end.
fn write(mut input: ChildStdin, handed: &Receiver<Vec<u8>>) {
    for line in handed {
        if input.write_all(&line).is_err() {
            return;
        }
    }
}

fn read(output: ChildStdout, run: u64, mailbox: &Mailbox) {
    let mut output = BufReader::with_capacity(4 * 1024, output);
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = (&mut output).take(WORD_BYTES_MAX).read_until(b'\n', &mut line);
        if !matches!(read, Ok(1..)) {
            break;
        }
        let id = std::str::from_utf8(&line).ok().and_then(|line| line.trim().parse().ok());
        mailbox.hear(run, id.map_or(Word::Unknown, Word::Taken));
        if id.is_none() {
            break;
        }
    }
    mailbox.hear(run, Word::Ended);
}
