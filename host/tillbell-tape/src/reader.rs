use std::io::{self, BufRead};

use tillbell_transaction::{Error, Lines, Record as Event, json};

use crate::{Decided, Head, LINE_BYTES_MAX, Record};

/// How every tape begins.
const BEGINNING: &[u8] = b"{\"tape\":";
/// The form that is read.
const FORM: u32 = 1;

/// Whether a feed that begins so is a tape.
pub fn is_tape(beginning: &[u8]) -> bool {
    beginning.starts_with(BEGINNING)
}

/// A tape, read line by line.
pub struct Tape<R> {
    lines: Lines<R>,
    head: Head,
}

/// A line of a tape.
pub struct Next {
    /// Its number, counted from 1; the head is the first.
    pub number: u64,
    /// How long it is, in bytes.
    pub bytes: usize,
    /// What it says, or why it cannot be read: it was torn, or altered.
    pub record: Result<Record, Error>,
}

impl<R: BufRead> Tape<R> {
    /// Opens a tape by its head.
    ///
    /// # Errors
    /// What the reader says; [`io::ErrorKind::InvalidData`] for a feed that is no tape, or one
    /// of a later form.
    pub fn open(reader: R) -> io::Result<Self> {
        let wrong = |detail: &str| io::Error::new(io::ErrorKind::InvalidData, detail.to_owned());
        let mut lines = Lines::new(reader, LINE_BYTES_MAX);
        let line = lines.next()?.ok_or_else(|| wrong("is empty, expected a tape"))?;
        if !is_tape(line.bytes) {
            return Err(wrong("not a tape: its first line does not begin with {\"tape\":"));
        }
        let head: Head = serde_json::from_slice(line.bytes)
            .map_err(|_| wrong("line 1: not the head of a tape"))?;
        if head.tape != FORM {
            return Err(wrong(&format!(
                "a tape of form {}, this program reads form {FORM}",
                head.tape
            )));
        }
        Ok(Self { lines, head })
    }

    /// The head.
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// The next decision; none at the end.
    ///
    /// # Errors
    /// What the reader says.
    #[expect(clippy::should_implement_trait, reason = "an error ends it")]
    pub fn next(&mut self) -> io::Result<Option<Next>> {
        let Some(line) = self.lines.next_full()? else { return Ok(None) };
        let record = line.whole().map_err(|detail| Error::new("", detail)).and_then(read);
        Ok(Some(Next { number: line.number, bytes: line.bytes.len(), record }))
    }
}

fn read(line: &[u8]) -> Result<Record, Error> {
    #[derive(serde::Deserialize)]
    struct Line {
        event: serde_json::Value,
        #[serde(flatten)]
        decided: Decided,
    }
    let torn = |_| Error::new("", "torn or altered: not a decision of a tape");
    let Line { event, decided } = serde_json::from_slice(line).map_err(torn)?;
    match json::read(event.to_string().as_bytes())? {
        Event::Transaction(transaction) => Ok(Record { transaction, decided }),
        Event::Ignored(_) => Err(Error::new("event", "makes no notification")),
    }
}
