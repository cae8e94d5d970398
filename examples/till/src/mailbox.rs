//! What waits for the till: records of readers, words of the command. Bounded;
//! a reader waits while there is no room.

use std::collections::VecDeque;
use std::io::Write;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tillbell_transaction::{Error, Record};

/// Records that wait to be processed.
const RECORDS_MAX: usize = 128;

/// Words of the command that wait to be heard.
const WORDS_MAX: usize = 128;

/// One record, and whom to answer.
pub(crate) struct Incoming {
    pub(crate) client: Client,
    /// The place in the client's feed, counted from 1.
    pub(crate) number: u64,
    pub(crate) record: Result<Record, Error>,
}

/// Who sent a record.
#[derive(Clone)]
pub(crate) enum Client {
    /// Standard input, answered on standard output.
    Standard,
    /// A client of the socket, by its number.
    Socket(u64, Arc<UnixStream>),
}

/// What happened since the till last looked.
pub(crate) struct Work {
    pub(crate) records: Vec<Incoming>,
    /// What the command said: a run of it, and a line or its end.
    pub(crate) words: Vec<(u64, Word)>,
    /// No more records will come.
    pub(crate) input_ended: bool,
    /// The till was asked to end.
    pub(crate) stopping: bool,
    /// A reader cannot go on.
    pub(crate) failure: Option<String>,
}

/// What the command says.
pub(crate) enum Word {
    /// A message of this id is taken over.
    Taken(u64),
    /// A line that is no id.
    Unknown,
    /// Its output has ended.
    Ended,
}

#[derive(Default)]
pub(crate) struct Mailbox {
    state: Mutex<State>,
    arrived: Condvar,
    room: Condvar,
}

#[derive(Default)]
struct State {
    records: VecDeque<Incoming>,
    words: Vec<(u64, Word)>,
    input_ended: bool,
    stopping: bool,
    failure: Option<String>,
    /// One of the three above is new.
    news: bool,
}

impl Mailbox {
    /// Adds a record when there is room. False if the till ends.
    pub(crate) fn put(&self, incoming: Incoming) -> bool {
        let state = self.state();
        let full = |state: &mut State| state.records.len() >= RECORDS_MAX && !state.stopping;
        let mut state = self.room.wait_while(state, full).unwrap_or_else(PoisonError::into_inner);
        if state.stopping {
            return false;
        }
        state.records.push_back(incoming);
        self.arrived.notify_one();
        true
    }

    /// Adds what the command said, in which of its runs, when there is room.
    pub(crate) fn hear(&self, run: u64, word: Word) {
        let full = |state: &mut State| state.words.len() >= WORDS_MAX && !state.stopping;
        let waited = self.room.wait_while(self.state(), full);
        waited.unwrap_or_else(PoisonError::into_inner).words.push((run, word));
        self.arrived.notify_one();
    }

    /// Says that standard input has ended.
    pub(crate) fn end_input(&self) {
        let mut state = self.state();
        state.input_ended = true;
        state.news = true;
        self.arrived.notify_one();
    }

    /// Says that records can no longer be read.
    pub(crate) fn fail(&self, detail: String) {
        let mut state = self.state();
        state.input_ended = true;
        state.failure.get_or_insert(detail);
        state.news = true;
        self.arrived.notify_one();
    }

    /// Asks the till to end.
    pub(crate) fn stop(&self) {
        let mut state = self.state();
        state.stopping = true;
        state.news = true;
        self.arrived.notify_one();
        self.room.notify_all();
    }

    /// Takes what there is, at most so many records, and waits for something
    /// until then; without a time, for as long as it takes.
    pub(crate) fn take(&self, records_max: usize, until: Option<Instant>) -> Work {
        let mut state = self.state();
        let idle = |state: &State| {
            (state.records.is_empty() || records_max == 0) && state.words.is_empty() && !state.news
        };
        while idle(&state) {
            match until {
                None => {
                    state = self.arrived.wait(state).unwrap_or_else(PoisonError::into_inner);
                }
                Some(until) => {
                    let left = until.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        break;
                    }
                    let waited = self.arrived.wait_timeout(state, left);
                    state = waited.unwrap_or_else(PoisonError::into_inner).0;
                }
            }
        }
        state.news = false;
        let taken = state.records.len().min(records_max);
        let records: Vec<_> = state.records.drain(..taken).collect();
        let words = std::mem::take(&mut state.words);
        if !(records.is_empty() && words.is_empty()) {
            self.room.notify_all();
        }
        Work {
            records,
            words,
            input_ended: state.input_ended && state.records.is_empty(),
            stopping: state.stopping,
            failure: state.failure.clone(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Client {
    /// Sends answers. A client that does not read them for a second, or is
    /// gone, is closed; what it was accepted for stays accepted.
    pub(crate) fn answer(&self, lines: &[u8]) -> std::io::Result<()> {
        match self {
            Self::Standard => {
                let mut output = std::io::stdout().lock();
                output.write_all(lines)?;
                output.flush()
            }
            Self::Socket(_, stream) => {
                if stream.as_ref().write_all(lines).is_err() {
                    // Its reader then finds the end.
                    let _ = stream.shutdown(std::net::Shutdown::Both);
                }
                Ok(())
            }
        }
    }

    pub(crate) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Standard, Self::Standard) => true,
            (Self::Socket(one, _), Self::Socket(another, _)) => one == another,
            _ => false,
        }
    }
}

/// As errors name it: `-` or `client 3`.
impl std::fmt::Display for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Standard => f.write_str("-"),
            Self::Socket(number, _) => write!(f, "client {number}"),
        }
    }
}
