//! Where messages go: exactly once into a file, or at least once to a command.

use std::sync::Arc;
use std::time::Instant;

use crate::Result;
use crate::command::Command;
use crate::mailbox::{Mailbox, Word};
use crate::options::Delivery;
use crate::output::Output;
use crate::store::{Batch, Store};

/// Messages that are appended together.
const TOGETHER_MAX: usize = 256;
/// How often in a row a command may end without taking anything over, once
/// there is nothing else to wait for.
const FAILURES_MAX: u32 = 3;

/// Where messages go.
pub(crate) enum Sink {
    Output { output: Output, next: u64, delivered: Vec<u64> },
    Command { command: Command, taken: Vec<u64> },
}

impl Sink {
    /// Opens the output, or prepares the command.
    pub(crate) fn open(delivery: &Delivery, complete: u64, mailbox: &Arc<Mailbox>) -> Result<Self> {
        Ok(match delivery {
            Delivery::Output(path) => {
                let output = Output::open(path, complete)
                    .map_err(|error| format!("--output {}: {error}", path.display()))?;
                Self::Output { output, next: 0, delivered: Vec::new() }
            }
            Delivery::Command(line) => Self::Command {
                command: Command::new(line.clone(), mailbox.clone()),
                taken: Vec::new(),
            },
        })
    }

    /// Tells the store where a new output begins, before anything stands in it.
    pub(crate) fn settle(&self, store: &mut Store, complete: u64) -> Result<()> {
        match self {
            Self::Output { output, .. } if output.bytes() != complete => {
                eprintln!(
                    "tillbell-till: --output: {complete} bytes were taken away, a new file begins"
                );
                store.commit(&Batch { output_bytes: Some(output.bytes()), ..Batch::default() })
            }
            _ => Ok(()),
        }
    }

    /// Delivers what waits, or hands it over.
    pub(crate) fn deliver(&mut self, store: &Store) -> Result<()> {
        match self {
            Self::Command { command, .. } => command.deliver(store),
            Self::Output { output, next, delivered } => {
                // What is delivered and not yet marked so is still in the store.
                while delivered.len() < store.waiting() {
                    let messages = store.messages(*next, TOGETHER_MAX)?;
                    let Some((last, _)) = messages.last() else { break };
                    *next = last + 1;
                    let (ids, lines): (Vec<_>, Vec<_>) = messages.into_iter().unzip();
                    output
                        .append(&lines.concat())
                        .map_err(|error| format!("--output: cannot append: {error}"))?;
                    delivered.extend(ids);
                }
                Ok(())
            }
        }
    }

    /// Takes in what the command said.
    pub(crate) fn hear(&mut self, words: Vec<(u64, Word)>) {
        if let Self::Command { command, taken } = self {
            taken.extend(command.hear(words));
        }
    }

    /// Adds what was delivered to the next commit.
    pub(crate) fn mark(&mut self, batch: &mut Batch) {
        match self {
            Self::Command { taken, .. } => batch.delivered.append(taken),
            Self::Output { output, delivered, .. } => {
                batch.delivered.append(delivered);
                batch.output_bytes = Some(output.bytes());
            }
        }
    }

    /// Whether something was delivered that is not marked yet.
    pub(crate) fn has_news(&self) -> bool {
        match self {
            Self::Command { taken, .. } => !taken.is_empty(),
            Self::Output { delivered, .. } => !delivered.is_empty(),
        }
    }

    /// When there is something to do again, unless something happens before.
    pub(crate) fn wakes_at(&self) -> Option<Instant> {
        match self {
            Self::Command { command, .. } => command.restart_at(),
            Self::Output { .. } => None,
        }
    }

    /// Whether the command takes nothing over, however often it is started.
    pub(crate) fn is_hopeless(&self) -> bool {
        matches!(self, Self::Command { command, .. } if command.failures >= FAILURES_MAX)
    }

    /// Lets the command end.
    pub(crate) fn end(&mut self) {
        if let Self::Command { command, .. } = self {
            command.end();
        }
    }
}
