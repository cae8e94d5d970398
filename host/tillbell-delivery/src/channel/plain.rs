//! Routes that are no network: a file, and standard output.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::FileChannel;
use crate::journal::{Claimed, Fact, Journal};
use crate::{Metrics, Result, State};

/// Messages of one write.
const MESSAGES_MAX: usize = 256;
/// How long a disk that refuses is left alone.
const REST: Duration = Duration::from_secs(1);

/// A file that takes a queue's messages while the daemon runs.
#[derive(Debug)]
pub struct FileRoute {
    queue: String,
    path: PathBuf,
    channel: FileChannel,
}

impl FileRoute {
    /// Opens the file, and finds out what of an earlier run stands in it.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Storage`] if file or outbox cannot be read or written.
    pub async fn open(queue: &str, path: &Path, journal: &Journal) -> Result<Self> {
        let (queue, path) = (queue.to_owned(), path.to_owned());
        journal
            .run(move |batch, now_ms| {
                let mut channel = FileChannel::open(&path)?;
                while channel.resume_in(batch, &queue, now_ms)? > 0 {}
                Ok(Self { queue, path, channel })
            })
            .await
    }

    /// Writes what comes until it is told to stop.
    pub async fn run(
        mut self,
        journal: Journal,
        metrics: Arc<Metrics>,
        mut stop: watch::Receiver<bool>,
    ) {
        metrics.link(&self.queue, true);
        while let Some(claimed) = claim(&journal, &self.queue, &mut stop).await {
            let due: Arc<Vec<_>> = Arc::new(claimed.iter().map(|one| one.due.clone()).collect());
            loop {
                let (path, messages) = (self.path.clone(), due.clone());
                let written = tokio::task::spawn_blocking(move || {
                    let written = self.channel.write_missing(&messages);
                    (self.channel, written)
                });
                let Ok((channel, written)) = written.await else { return };
                self.channel = channel;
                match written {
                    Ok(()) => break,
                    Err(_) => {
                        // Half a line may stand there; it is cut off.
                        tokio::time::sleep(REST).await;
                        if let Ok(channel) = FileChannel::open(&path) {
                            self.channel = channel;
                        }
                    }
                }
            }
            if arrived(&journal, &metrics, &self.queue, &claimed).await.is_err() {
                return;
            }
        }
    }
}

/// Prints a queue's messages, recipients masked, until it is told to stop: for
/// demonstrations. What is printed twice after a power cut does no harm.
pub async fn print(
    queue: String,
    journal: Journal,
    metrics: Arc<Metrics>,
    mut stop: watch::Receiver<bool>,
) {
    metrics.link(&queue, true);
    while let Some(claimed) = claim(&journal, &queue, &mut stop).await {
        let mut lines = String::new();
        for Claimed { due, .. } in &claimed {
            let to = tillbell::masked_recipient(&due.recipient);
            lines.push_str(&format!("{} {queue} to {to}: {}\n", due.bundle, due.text));
        }
        // Nobody reads it: that is no reason to stop.
        let _ = std::io::stdout().lock().write_all(lines.as_bytes());
        if arrived(&journal, &metrics, &queue, &claimed).await.is_err() {
            return;
        }
    }
}

/// The next messages of a queue; none once it is told to stop.
pub(crate) async fn claim(
    journal: &Journal,
    queue: &str,
    stop: &mut watch::Receiver<bool>,
) -> Option<Vec<Claimed>> {
    if *stop.borrow() {
        return None;
    }
    let mut later = journal.claim_later(queue, MESSAGES_MAX).await.ok()?;
    tokio::select! {
        claimed = &mut later => claimed.ok(),
        _ = stop.changed() => {
            later.close();
            for claimed in later.try_recv().unwrap_or_default() {
                let _ = journal.tell(Fact::Released(claimed.due.id)).await;
            }
            None
        }
    }
}

/// Says that messages arrived where they went.
pub(crate) async fn arrived(
    journal: &Journal,
    metrics: &Metrics,
    queue: &str,
    claimed: &[Claimed],
) -> Result<()> {
    for Claimed { due, .. } in claimed {
        let message = due.id;
        let remote = message.to_string();
        let waited = journal.now_ms() - due.since_ms;
        metrics.submitted(queue, Duration::from_millis(waited.max(0) as u64));
        metrics.taken(&due.bundle, queue);
        let taken = Fact::Taken {
            message,
            number: 1,
            of: 1,
            remote: remote.clone(),
            spelling: remote.clone(),
        };
        journal.tell(taken).await?;
        journal
            .tell(Fact::Receipt {
                queue: queue.into(),
                remote,
                state: State::Delivered,
                cause: None,
                recipient: None,
                reference: None,
            })
            .await?;
    }
    Ok(())
}
