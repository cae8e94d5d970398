//! Messages as JSON lines in a file: for tests, demonstrations, and whoever
//! sends them on by other means.

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use super::way::Way;
use crate::journal::Journal;
use crate::{Due, Error, ErrorKind, MessageId, Metrics, Outbox, Result};

/// Messages of one write: what a power cut may leave open.
const BATCH_MESSAGES_MAX: usize = 256;
/// The end of the file that may hold them, in bytes: a line has a text of 2 KiB at
/// most, whose characters may be escaped, and little else.
const BATCH_BYTES_MAX: u64 = 8 * 1024 * 1024;

/// A file that messages are appended to, each exactly once.
///
/// A line is `{"id":1,"key":"…-1","bundle":"harbour","release":7,"to":"13800138000","text":"…"}`,
/// with the recipient in clear; `key` is no other message's, whichever outbox it
/// comes from. The file can be read by its owner alone.
#[derive(Debug)]
pub struct FileChannel {
    file: File,
}

#[derive(Serialize)]
struct Line<'a> {
    id: MessageId,
    key: &'a str,
    bundle: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    release: Option<u64>,
    to: &'a str,
    text: &'a str,
}

#[derive(Deserialize)]
struct Written {
    id: MessageId,
    /// Version 1 wrote none.
    key: Option<String>,
}

impl FileChannel {
    /// Opens a file, making it if there is none. A last line without an end,
    /// which a power cut left, is cut off.
    ///
    /// # Errors
    /// [`ErrorKind::Storage`] if it cannot be read or written.
    pub fn open(path: &Path) -> Result<Self> {
        let mut file = OpenOptions::new()
            .create(true)
            .read(true)
            .append(true)
            .mode(0o600)
            .open(path)
            .map_err(unwritable)?;
        let (start, tail) = tail(&mut file)?;
        let whole = tail.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        if whole < tail.len() {
            file.set_len(start + whole as u64).map_err(unwritable)?;
        }
        Ok(Self { file })
    }

    /// Finds out of the messages whose delivery was interrupted whether they
    /// stand in the file. To be called before the first [`FileChannel::deliver`].
    ///
    /// # Errors
    /// [`ErrorKind::Storage`] if file or outbox cannot be read.
    pub fn resume(&mut self, outbox: &mut Outbox, queue: &str, now_ms: i64) -> Result<()> {
        let batch = outbox.begin()?;
        loop {
            let interrupted = batch.unanswered(queue, i64::MAX, BATCH_MESSAGES_MAX)?;
            if interrupted.is_empty() {
                return batch.commit();
            }
            let (sent, unsent) = self.sort(interrupted)?;
            for message in sent {
                batch.had_arrived(queue, message, now_ms)?;
            }
            for message in unsent {
                batch.interrupted(message, now_ms)?;
            }
        }
    }

    /// Which of interrupted messages stand in the file, and which do not.
    fn sort(&mut self, interrupted: Vec<Due>) -> Result<(Vec<MessageId>, Vec<MessageId>)> {
        let written = self.written()?;
        let (sent, unsent): (Vec<_>, Vec<_>) =
            interrupted.into_iter().partition(|due| written.contains(&due.key));
        let ids = |due: Vec<Due>| due.into_iter().map(|due| due.id).collect();
        Ok((ids(sent), ids(unsent)))
    }

    /// Writes all that is due by now, and gives how many messages that were.
    ///
    /// # Errors
    /// [`ErrorKind::Storage`] if file or outbox cannot be written; what was
    /// written is known after [`FileChannel::resume`].
    pub fn deliver(&mut self, outbox: &mut Outbox, queue: &str, now_ms: i64) -> Result<usize> {
        let mut count = 0;
        loop {
            let batch = outbox.begin()?;
            batch.advance(BATCH_MESSAGES_MAX, now_ms)?;
            let due = batch.claim(queue, BATCH_MESSAGES_MAX, now_ms)?;
            batch.commit()?;
            if due.is_empty() {
                return Ok(count);
            }
            self.write(&due)?;
            let batch = outbox.begin()?;
            for message in &due {
                batch.had_arrived(queue, message.id, now_ms)?;
            }
            batch.commit()?;
            count += due.len();
        }
    }

    /// Writes those that do not stand in the file yet.
    pub(super) fn write_missing(&mut self, due: &[Due]) -> Result<()> {
        let written = self.written()?;
        let missing: Vec<_> =
            due.iter().filter(|message| !written.contains(&message.key)).cloned().collect();
        self.write(&missing)
    }

    /// The keys of the messages of the last batches.
    fn written(&mut self) -> Result<BTreeSet<String>> {
        let (_, tail) = tail(&mut self.file)?;
        // What stands before the last batch is no line of it.
        Ok(tail
            .split(|byte| *byte == b'\n')
            .filter_map(|line| serde_json::from_slice::<Written>(line).ok())
            .map(|line| line.key.unwrap_or_else(|| line.id.to_string()))
            .collect())
    }

    fn write(&mut self, due: &[Due]) -> Result<()> {
        let mut lines = Vec::with_capacity(due.len() * 512);
        for message in due {
            let Due { id, key, bundle, release, recipient, text, .. } = message;
            let line = Line { id: *id, key, bundle, release: *release, to: recipient, text };
            serde_json::to_writer(&mut lines, &line).map_err(|error| unwritable(error.into()))?;
            lines.push(b'\n');
        }
        self.file.write_all(&lines).map_err(unwritable)?;
        self.file.sync_data().map_err(unwritable)
    }
}

/// A file that takes a queue's messages while the daemon runs.
#[derive(Debug)]
pub struct FileRoute {
    way: Way,
    path: PathBuf,
}

impl FileRoute {
    /// A route for a queue; nothing is opened yet.
    pub fn new(queue: &str, path: &Path, journal: Journal, metrics: Arc<Metrics>) -> Self {
        Self { way: Way::new(queue, journal, metrics), path: path.into() }
    }

    /// Opens the file, finds out what of an earlier run stands in it, and writes
    /// what comes until it is told to stop. What was being written when it failed
    /// is looked for at the next run.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Storage`] if the file cannot be read or written.
    pub async fn run(self, mut stop: watch::Receiver<bool>) -> Result<()> {
        let Self { mut way, path } = self;
        let mut channel = apart(move || FileChannel::open(&path)).await?;
        loop {
            let interrupted = way.journal.interrupted(&way.queue, BATCH_MESSAGES_MAX).await?;
            if interrupted.is_empty() {
                break;
            }
            // Away from the journal: a slow pipe holds no lock of the outbox.
            let (next, (sent, unsent)) = apart(move || {
                let sorted = channel.sort(interrupted)?;
                Ok((channel, sorted))
            })
            .await?;
            channel = next;
            way.journal.resolve_interrupted(&way.queue, sent, unsent).await?;
        }
        way.metrics.link(&way.queue, true);
        while let Some(claimed) = way.next(BATCH_MESSAGES_MAX, &mut stop).await {
            let due: Vec<_> = claimed.iter().map(|one| one.due.clone()).collect();
            channel = apart(move || {
                channel.write_missing(&due)?;
                Ok(channel)
            })
            .await?;
            way.arrive(&claimed).await?;
        }
        way.metrics.link(&way.queue, false);
        Ok(())
    }
}

/// Runs what waits for a disk on a thread of its own.
async fn apart<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| {
        Err(Error::new(ErrorKind::Storage, "the work on a file did not end").because(error))
    })
}

/// The end of a file, and where it begins.
fn tail(file: &mut File) -> Result<(u64, Vec<u8>)> {
    let length = file.metadata().map_err(unwritable)?.len();
    let start = length.saturating_sub(BATCH_BYTES_MAX);
    file.seek(SeekFrom::Start(start)).map_err(unwritable)?;
    let mut tail = Vec::new();
    file.take(BATCH_BYTES_MAX).read_to_end(&mut tail).map_err(unwritable)?;
    Ok((start, tail))
}

fn unwritable(error: std::io::Error) -> Error {
    Error::new(ErrorKind::Storage, "the file of messages cannot be read or written").because(error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::State;
    use crate::store::sqlite::scene::{Folder, NOW, accept};

    const MINUTE: i64 = 60_000;

    fn ids(path: &Path) -> Vec<MessageId> {
        let text = std::fs::read_to_string(path).unwrap();
        assert!(text.is_empty() || text.ends_with('\n'), "{text:?}");
        text.lines().map(|line| serde_json::from_str::<Written>(line).unwrap().id).collect()
    }

    #[test]
    fn each_message_is_written_once() {
        let folder = Folder::new();
        let (mut outbox, file) = (folder.outbox(), folder.path("messages"));
        accept(&mut outbox, 600);
        let mut channel = FileChannel::open(&file).unwrap();
        channel.resume(&mut outbox, "sms", NOW).unwrap();
        assert_eq!(channel.deliver(&mut outbox, "sms", NOW).unwrap(), 600);
        assert_eq!(channel.deliver(&mut outbox, "sms", NOW + MINUTE).unwrap(), 0);
        assert_eq!(ids(&file), (1..=600).collect::<Vec<_>>());
        let first = std::fs::read_to_string(&file).unwrap().lines().next().unwrap().to_owned();
        assert_eq!(
            first,
            r#"{"id":1,"key":"1","bundle":"harbour","release":1,"to":"13800138000","text":"【海港银行】您尾号0018的卡消费128.50元"}"#
        );
    }

    /// Interrupted after what was asked was committed: with any part of it
    /// written, down to half a line.
    #[test]
    fn what_was_interrupted_is_written_once() {
        for written_bytes in [0, 1, 100, 200, 300, 10_000] {
            let folder = Folder::new();
            let (mut outbox, file) = (folder.outbox(), folder.path("messages"));
            accept(&mut outbox, 3);
            let batch = outbox.begin().unwrap();
            let due = batch.claim("sms", 10, NOW).unwrap();
            batch.commit().unwrap();
            FileChannel::open(&file).unwrap().write(&due).unwrap();
            let whole = std::fs::read(&file).unwrap();
            std::fs::write(&file, &whole[..whole.len().min(written_bytes)]).unwrap();
            let mut channel = FileChannel::open(&file).unwrap();
            channel.resume(&mut outbox, "sms", NOW).unwrap();
            channel.deliver(&mut outbox, "sms", NOW).unwrap();
            assert_eq!(ids(&file), [1, 2, 3], "{written_bytes} bytes written");
            let batch = outbox.begin().unwrap();
            for message in [1, 2, 3] {
                assert_eq!(batch.state(message).unwrap(), State::Delivered);
            }
        }
    }
}
