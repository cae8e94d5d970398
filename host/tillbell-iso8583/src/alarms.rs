//! What could not be read of a message, and was left out.

use tillbell_transaction::{Error, Result};

/// The most alarms of one message; what else cannot be read is left out all the same.
const ALARMS_MAX: usize = 16;

/// The fields that were left out, each with its cause.
#[derive(Debug, Default)]
pub(crate) struct Alarms(Vec<Error>);

impl Alarms {
    pub(crate) fn add(&mut self, alarm: Error) {
        if self.0.len() < ALARMS_MAX {
            self.0.push(alarm);
        }
    }

    /// What was read, or nothing and an alarm.
    pub(crate) fn keep<T: Default>(&mut self, read: Result<T>) -> T {
        read.unwrap_or_else(|error| {
            self.add(error);
            T::default()
        })
    }

    pub(crate) fn into_vec(self) -> Vec<Error> {
        self.0
    }
}
