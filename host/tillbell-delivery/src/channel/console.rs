//! Standard output: for demonstrations.

use std::io::Write;
use std::sync::Arc;

use tokio::sync::watch;

use super::way::Way;
use crate::journal::{Claimed, Journal};
use crate::{Metrics, Result};

/// Messages of one write.
const MESSAGES_MAX: usize = 256;

/// Standard output, as a queue's route: recipients are masked. What is printed
/// twice after a power cut does no harm.
#[derive(Debug)]
pub struct ConsoleRoute(Way);

impl ConsoleRoute {
    /// A route for a queue.
    pub fn new(queue: &str, journal: Journal, metrics: Arc<Metrics>) -> Self {
        Self(Way::new(queue, journal, metrics))
    }

    /// Prints what comes until it is told to stop.
    ///
    /// # Errors
    /// [`crate::ErrorKind::State`] if the journal is stopped.
    pub async fn run(self, mut stop: watch::Receiver<bool>) -> Result<()> {
        let Self(mut way) = self;
        // What an earlier run was printing when it was killed is printed again.
        loop {
            let interrupted = way.journal.interrupted(&way.queue, MESSAGES_MAX).await?;
            if interrupted.is_empty() {
                break;
            }
            let unsent = interrupted.into_iter().map(|due| due.id).collect();
            way.journal.resolve_interrupted(&way.queue, Vec::new(), unsent).await?;
        }
        way.metrics.link(&way.queue, true);
        while let Some(claimed) = way.next(MESSAGES_MAX, &mut stop).await {
            let mut lines = String::new();
            for Claimed { due, .. } in &claimed {
                let (to, queue) =
                    (tillbell_transaction::masked_contact(&due.recipient), &way.queue);
                lines.push_str(&format!("{} {queue} to {to}: {}\n", due.bundle, due.text));
            }
            // Nobody reads it: that is no reason to stop.
            let _ = std::io::stdout().lock().write_all(lines.as_bytes());
            way.arrive(&claimed).await?;
        }
        way.metrics.link(&way.queue, false);
        Ok(())
    }
}
