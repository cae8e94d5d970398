//! What all ways out have in common: how messages are claimed, given back, and
//! reported on.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{oneshot, watch};

use crate::journal::{Claimed, Fact, Journal};
use crate::{Due, Error, ErrorKind, Metrics, Result};

/// A queue, and the journal that its messages come from and that is told what
/// became of them.
#[derive(Debug)]
pub(crate) struct Way {
    pub(crate) queue: String,
    pub(crate) journal: Journal,
    pub(crate) metrics: Arc<Metrics>,
    asked: Option<oneshot::Receiver<Vec<Claimed>>>,
}

impl Way {
    pub(crate) fn new(queue: &str, journal: Journal, metrics: Arc<Metrics>) -> Self {
        Self { queue: queue.into(), journal, metrics, asked: None }
    }

    /// Begins to wait for messages, at most so many, unless it waits already.
    pub(crate) async fn ask(&mut self, count_max: usize) -> Result<()> {
        if self.asked.is_none() {
            self.asked = Some(self.journal.claim_later(&self.queue, count_max).await?);
        }
        Ok(())
    }

    /// The messages that it waits for; for ever if it does not wait.
    pub(crate) async fn claimed(&mut self) -> Result<Vec<Claimed>> {
        let Some(asked) = &mut self.asked else { return std::future::pending().await };
        let claimed = asked.await;
        self.asked = None;
        claimed.map_err(|_| Error::new(ErrorKind::State, "the journal is stopped"))
    }

    /// The next messages; none once it is told to stop.
    pub(crate) async fn next(
        &mut self,
        count_max: usize,
        stop: &mut watch::Receiver<bool>,
    ) -> Option<Vec<Claimed>> {
        if *stop.borrow() || self.ask(count_max).await.is_err() {
            return None;
        }
        tokio::select! {
            claimed = self.claimed() => return claimed.ok(),
            _ = stop.changed() => {}
        }
        self.give_back().await;
        None
    }

    /// Gives back what it waits for.
    pub(crate) async fn give_back(&mut self) {
        let Some(mut asked) = self.asked.take() else { return };
        asked.close();
        for claimed in asked.try_recv().unwrap_or_default() {
            let _ = self.release(&claimed.due).await;
        }
    }

    pub(crate) async fn tell(&self, fact: Fact) -> Result<()> {
        self.journal.tell(fact).await
    }

    /// Nothing of a message was sent.
    pub(crate) async fn release(&self, due: &Due) -> Result<()> {
        self.tell(Fact::Released { message: due.id, attempt: due.attempt }).await
    }

    /// A message's time was over before it was sent.
    pub(crate) async fn expire(&self, due: &Due) -> Result<()> {
        self.tell(Fact::Expired { message: due.id, attempt: due.attempt }).await
    }

    /// It is not known whether the peer has a message.
    pub(crate) async fn doubt(&self, due: &Due) -> Result<()> {
        self.tell(Fact::Doubted { message: due.id, attempt: due.attempt }).await
    }

    /// The peer has not got a message, and says why.
    pub(crate) async fn refuse(
        &self,
        due: &Due,
        cause: String,
        retry_ms: Option<i64>,
    ) -> Result<()> {
        let (message, attempt) = (due.id, due.attempt);
        self.tell(Fact::Refused { message, attempt, cause, retry_ms }).await
    }

    /// The peer has a message as a whole, and calls it so.
    pub(crate) async fn take(&self, due: &Due, remote: String) -> Result<()> {
        self.tell(Fact::Taken {
            queue: self.queue.clone(),
            message: due.id,
            attempt: due.attempt,
            number: 1,
            of: 1,
            spelling: remote.clone(),
            remote,
        })
        .await
    }

    /// A message went where nothing more will be heard of it.
    pub(crate) async fn arrived(&self, due: &Due, remote: String) -> Result<()> {
        let queue = self.queue.clone();
        self.tell(Fact::Arrived { queue, message: due.id, attempt: due.attempt, remote }).await
    }

    /// Notes that a message goes out now.
    pub(crate) fn sends(&self, due: &Due) {
        let waited = (self.journal.now_ms() - due.since_ms).max(0) as u64;
        self.metrics.submitted(&self.queue, Duration::from_millis(waited));
    }

    /// Messages arrived where they went, and nothing more will be heard of them.
    pub(crate) async fn arrive(&self, claimed: &[Claimed]) -> Result<()> {
        for Claimed { due, .. } in claimed {
            self.sends(due);
            self.metrics.taken(&due.bundle, &self.queue);
            self.arrived(due, due.id.to_string()).await?;
        }
        Ok(())
    }
}
