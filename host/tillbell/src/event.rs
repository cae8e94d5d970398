use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::ErrorKind;

/// The most events that wait to be fetched; more are counted and dropped.
pub const EVENTS_MAX: usize = 1_024;

/// What an operator should hear of: a bundle's plugins were taken out of use,
/// or came back.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// Failures in a row: the host's own words are used until a try succeeds.
    Tripped {
        /// The bundle.
        bundle: String,
        /// Its release.
        release: u64,
        /// How the last of the failures was.
        failure: ErrorKind,
        /// When one transaction will try again.
        retry_after: Duration,
    },
    /// A try succeeded: the bundle's plugins run again.
    Recovered {
        /// The bundle.
        bundle: String,
        /// Its release.
        release: u64,
    },
    /// A new release failed in a row: the one before it runs again.
    Restored {
        /// The bundle.
        bundle: String,
        /// The release that runs again.
        release: u64,
        /// The release that failed.
        failed: u64,
        /// How the last of the failures was.
        failure: ErrorKind,
    },
    /// A new release did well for long enough: the one before it is let go.
    Proven {
        /// The bundle.
        bundle: String,
        /// The release that is proven.
        release: u64,
    },
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tripped { bundle, release, failure, retry_after } => write!(
                f,
                "bundle {bundle:?} release {release} is tripped ({failure:?}), next try in {} ms",
                retry_after.as_millis()
            ),
            Self::Recovered { bundle, release } => {
                write!(f, "bundle {bundle:?} release {release} has recovered")
            }
            Self::Proven { bundle, release } => {
                write!(f, "bundle {bundle:?} release {release} has proven itself")
            }
            Self::Restored { bundle, release, failed, failure } => write!(
                f,
                "bundle {bundle:?} release {failed} failed ({failure:?}), release {release} runs \
                 again"
            ),
        }
    }
}

/// Events that nobody has fetched yet.
#[derive(Default)]
pub(crate) struct Events(Mutex<(VecDeque<Event>, u64)>);

impl Events {
    pub(crate) fn push(&self, event: Event) {
        let mut guard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (events, dropped) = &mut *guard;
        if events.len() < EVENTS_MAX {
            events.push_back(event);
        } else {
            *dropped += 1;
        }
    }

    /// Takes all, and how many were dropped since the last time.
    pub(crate) fn take(&self) -> (Vec<Event>, u64) {
        let mut guard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (events, dropped) = &mut *guard;
        (events.drain(..).collect(), std::mem::take(dropped))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_fetches_is_bounded() {
        let events = Events::default();
        for release in 0..EVENTS_MAX as u64 + 3 {
            events.push(Event::Recovered { bundle: "harbour".into(), release });
        }
        let (taken, dropped) = events.take();
        assert_eq!((taken.len(), dropped), (EVENTS_MAX, 3));
        assert_eq!(events.take(), (Vec::new(), 0));
    }
}
