//! Whether a bundle is fit to run: failures in a row trip it, and after a while
//! one transaction tries again.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

/// When a bundle is tripped and when it is tried again.
///
/// A failure is a plugin that *broke*: it ran into a limit, trapped, or
/// returned what its interface rules out. An answer that is an error of the
/// interface is none, and neither is a text that the guard blocks: what a
/// stranger writes into a merchant's name must not silence a bank.
///
/// The defaults:
/// - `failures`: 5 in a row
/// - `retry_first`: 1 s after the first trip, then twice as long each time
/// - `retry_max`: 5 minutes
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TripPolicy {
    /// So many failures in a row trip a bundle; 0 never does.
    pub failures: u32,
    /// How long a bundle rests after it was tripped; doubled each time that
    /// the try fails.
    pub retry_first: Duration,
    /// How long it rests at the most.
    pub retry_max: Duration,
}

impl Default for TripPolicy {
    fn default() -> Self {
        Self {
            failures: 5,
            retry_first: Duration::from_secs(1),
            retry_max: Duration::from_secs(300),
        }
    }
}

/// The value of `rests_until` while one transaction tries.
const TRYING: u64 = u64::MAX;

/// How a bundle fared. On the way of a healthy bundle stand two loads.
#[derive(Default)]
pub(crate) struct Health {
    failures: AtomicU32,
    /// Trips without a recovery between.
    trips: AtomicU32,
    /// In milliseconds of the host's clock, plus 1; 0 while it runs.
    rests_until: AtomicU64,
}

/// Whether a transaction may use the plugins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Admission {
    /// As always.
    Runs,
    /// As the one that tries whether the bundle has recovered.
    Tries,
    /// The bundle rests: the host's own words are used.
    Rests,
}

/// What a transaction's end means for its bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    /// Nothing.
    None,
    /// It was tripped, and rests so long.
    Tripped(Duration),
    /// It runs again.
    Recovered,
}

impl Health {
    /// Asks before a transaction. The clock is read only for a tripped bundle.
    pub(crate) fn admit(&self, clock: impl FnOnce() -> Duration) -> Admission {
        let rests_until = self.rests_until.load(Ordering::Acquire);
        if rests_until == 0 {
            return Admission::Runs;
        }
        if rests_until == TRYING || milliseconds(clock()) + 1 < rests_until {
            return Admission::Rests;
        }
        let won = self.rests_until.compare_exchange(
            rests_until,
            TRYING,
            Ordering::AcqRel,
            Ordering::Acquire,
        );
        if won.is_ok() { Admission::Tries } else { Admission::Rests }
    }

    /// Tells after a transaction that used the plugins.
    pub(crate) fn settle(
        &self,
        admission: Admission,
        broke: bool,
        policy: &TripPolicy,
        clock: impl FnOnce() -> Duration,
    ) -> Change {
        match (admission, broke) {
            (Admission::Rests, _) => Change::None,
            (Admission::Runs, false) => {
                // A load first: a healthy bundle's line is never written.
                if self.failures.load(Ordering::Relaxed) != 0 {
                    self.failures.store(0, Ordering::Relaxed);
                }
                Change::None
            }
            (Admission::Runs, true) => {
                let failures = self.failures.fetch_add(1, Ordering::Relaxed) + 1;
                if failures == policy.failures { self.trip(policy, clock()) } else { Change::None }
            }
            (Admission::Tries, true) => self.trip(policy, clock()),
            (Admission::Tries, false) => {
                self.failures.store(0, Ordering::Relaxed);
                self.trips.store(0, Ordering::Relaxed);
                self.rests_until.store(0, Ordering::Release);
                Change::Recovered
            }
        }
    }

    fn trip(&self, policy: &TripPolicy, now: Duration) -> Change {
        let trips = self.trips.fetch_add(1, Ordering::Relaxed).min(31);
        let rest = policy.retry_first.saturating_mul(1 << trips).min(policy.retry_max);
        let until = milliseconds(now.saturating_add(rest)).min(TRYING - 2);
        self.rests_until.store(until + 1, Ordering::Release);
        Change::Tripped(rest)
    }
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(TRYING - 2).min(TRYING - 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: fn(u64) -> Duration = Duration::from_secs;

    #[test]
    fn failures_in_a_row_trip_and_one_success_recovers() {
        let (health, policy) = (Health::default(), TripPolicy::default());
        let run = |broke| {
            let admission = health.admit(|| unreachable!("a healthy bundle asks for no time"));
            assert_eq!(admission, Admission::Runs);
            health.settle(admission, broke, &policy, || AT(100))
        };
        for broke in [true, true, true, true, false, true, true, true, true] {
            assert_eq!(run(broke), Change::None);
        }
        assert_eq!(run(true), Change::Tripped(AT(1)));
        assert_eq!(health.admit(|| AT(100)), Admission::Rests);
        // One tries, and the others wait for it.
        assert_eq!(health.admit(|| AT(101)), Admission::Tries);
        assert_eq!(health.admit(|| AT(101)), Admission::Rests);
        let again = health.settle(Admission::Tries, true, &policy, || AT(101));
        assert_eq!(again, Change::Tripped(AT(2)));
        assert_eq!(health.admit(|| AT(102)), Admission::Rests);
        assert_eq!(health.admit(|| AT(103)), Admission::Tries);
        let better = health.settle(Admission::Tries, false, &policy, || AT(103));
        assert_eq!(better, Change::Recovered);
        assert_eq!(run(true), Change::None);
    }

    #[test]
    fn the_rest_grows_to_its_bound() {
        let (health, policy) = (Health::default(), TripPolicy::default());
        let mut rests = Vec::new();
        for _ in 0..40 {
            match health.settle(Admission::Tries, true, &policy, || AT(0)) {
                Change::Tripped(rest) => rests.push(rest.as_secs()),
                change => panic!("{change:?}"),
            }
        }
        assert_eq!(rests[..10], [1, 2, 4, 8, 16, 32, 64, 128, 256, 300]);
        assert_eq!(rests[39], 300);
    }
}
