//! Whether a bundle is fit to run: failures in a row trip it, and after a while
//! one transaction tries again.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use crate::ErrorKind;

/// When a bundle is tripped and when it is tried again.
///
/// A failure is a plugin that *broke*: it ran into a limit, trapped, or
/// returned what its interface rules out. An answer that is an error of the
/// interface is none, and neither is a text that the guard blocks: what a
/// stranger writes into a merchant's name must not silence a bank. Where the
/// host itself could not run a plugin, nothing is learnt of the bundle.
///
/// The defaults:
/// - `failures`: 5 in a row
/// - `retry_first`: 1 s after the first trip, then twice as long each time
/// - `retry_max`: 5 minutes
/// - `proven_after`: 1,000 transactions
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TripPolicy {
    /// So many failures in a row trip a bundle; 0 never does.
    pub failures: u32,
    /// How long a bundle rests after it was tripped; doubled each time that
    /// the try fails.
    pub retry_first: Duration,
    /// How long it rests at the most.
    pub retry_max: Duration,
    /// After so many transactions without a failure a new release is proven:
    /// the one that it replaced is let go, and is not restored any more.
    pub proven_after: u32,
}

impl Default for TripPolicy {
    fn default() -> Self {
        Self {
            failures: 5,
            retry_first: Duration::from_secs(1),
            retry_max: Duration::from_secs(300),
            proven_after: 1_000,
        }
    }
}

/// The latest time that is told apart, in milliseconds: never, for a host.
const LATEST: u64 = u64::MAX - 1;

/// How a bundle fared. On the way of a healthy bundle stand two loads.
#[derive(Default)]
pub(crate) struct Health {
    failures: AtomicU32,
    /// Transactions without a failure, counted until they prove it.
    successes: AtomicU32,
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

/// What a transaction tells of the plugins that it used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// None broke.
    Well,
    /// One broke, the last of them so.
    Broke(ErrorKind),
    /// The host could not run one.
    Unclear,
}

impl Verdict {
    /// What these failures tell, all of one transaction.
    pub(crate) fn of(failures: impl DoubleEndedIterator<Item = ErrorKind> + Clone) -> Self {
        match failures.clone().rfind(|kind| kind.is_breakage()) {
            Some(kind) => Self::Broke(kind),
            None if failures.clone().any(|kind| kind == ErrorKind::Host) => Self::Unclear,
            None => Self::Well,
        }
    }
}

/// What a transaction's end means for its bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    /// Nothing.
    None,
    /// It was tripped by this failure, and rests so long.
    Tripped { failure: ErrorKind, retry_after: Duration },
    /// It runs again.
    Recovered,
    /// It has done well for long enough.
    Proven,
}

impl Health {
    /// Asks before a transaction. The clock is read only for a tripped bundle.
    ///
    /// The transaction that tries moves the next try a rest away: should it
    /// never end, another one tries then.
    pub(crate) fn admit(&self, policy: &TripPolicy, clock: impl FnOnce() -> Duration) -> Admission {
        let rests_until = self.rests_until.load(Ordering::Acquire);
        if rests_until == 0 {
            return Admission::Runs;
        }
        let now = clock();
        if milliseconds(now) + 1 < rests_until {
            return Admission::Rests;
        }
        let trips = self.trips.load(Ordering::Relaxed).saturating_sub(1);
        let won = self.rests_until.compare_exchange(
            rests_until,
            milliseconds(now.saturating_add(policy.rest_after(trips))) + 1,
            Ordering::AcqRel,
            Ordering::Acquire,
        );
        if won.is_ok() { Admission::Tries } else { Admission::Rests }
    }

    /// Tells after a transaction that used the plugins.
    pub(crate) fn settle(
        &self,
        admission: Admission,
        verdict: Verdict,
        policy: &TripPolicy,
        clock: impl FnOnce() -> Duration,
    ) -> Change {
        match (admission, verdict) {
            (Admission::Rests, _) | (Admission::Runs, Verdict::Unclear) => Change::None,
            (Admission::Runs, Verdict::Well) => {
                // A load first: a healthy bundle's line is not written.
                if self.failures.load(Ordering::Relaxed) != 0 {
                    self.failures.store(0, Ordering::Relaxed);
                }
                if self.is_proven(policy) {
                    return Change::None;
                }
                let successes = self.successes.fetch_add(1, Ordering::Relaxed) + 1;
                if successes == policy.proven_after { Change::Proven } else { Change::None }
            }
            (Admission::Runs, Verdict::Broke(failure)) => {
                let failures = self.failures.fetch_add(1, Ordering::Relaxed) + 1;
                match failures == policy.failures {
                    true => self.trip(failure, policy, clock()),
                    false => Change::None,
                }
            }
            (Admission::Tries, Verdict::Broke(failure)) => self.trip(failure, policy, clock()),
            (Admission::Tries, Verdict::Well) => {
                self.failures.store(0, Ordering::Relaxed);
                self.trips.store(0, Ordering::Relaxed);
                self.rests_until.store(0, Ordering::Release);
                Change::Recovered
            }
            (Admission::Tries, Verdict::Unclear) => {
                // The next one tries.
                self.rests_until.store(1, Ordering::Release);
                Change::None
            }
        }
    }

    /// Whether it has done well for long enough to be gone back to.
    pub(crate) fn is_proven(&self, policy: &TripPolicy) -> bool {
        self.successes.load(Ordering::Relaxed) >= policy.proven_after
    }

    fn trip(&self, failure: ErrorKind, policy: &TripPolicy, now: Duration) -> Change {
        let retry_after = policy.rest_after(self.trips.fetch_add(1, Ordering::Relaxed));
        self.rests_until
            .store(milliseconds(now.saturating_add(retry_after)) + 1, Ordering::Release);
        Change::Tripped { failure, retry_after }
    }
}

impl TripPolicy {
    /// How long a bundle rests after so many trips in a row before.
    fn rest_after(&self, trips: u32) -> Duration {
        self.retry_first.saturating_mul(1 << trips.min(31)).min(self.retry_max)
    }
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(LATEST).min(LATEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: fn(u64) -> Duration = Duration::from_secs;
    const BROKE: Verdict = Verdict::Broke(ErrorKind::Trap);

    fn tripped(seconds: u64) -> Change {
        Change::Tripped { failure: ErrorKind::Trap, retry_after: AT(seconds) }
    }

    #[test]
    fn what_the_host_could_not_do_says_nothing_of_a_bundle() {
        use ErrorKind::{Deadline, Guard, Host, Refused, Trap};
        for (kinds, verdict) in [
            (&[][..], Verdict::Well),
            (&[Refused, Guard], Verdict::Well),
            (&[Host], Verdict::Unclear),
            (&[Refused, Host, Guard], Verdict::Unclear),
            (&[Host, Trap, Deadline, Host], Verdict::Broke(Deadline)),
        ] {
            assert_eq!(Verdict::of(kinds.iter().copied()), verdict, "{kinds:?}");
        }
    }

    #[test]
    fn failures_in_a_row_trip_and_one_success_recovers() {
        let (health, policy) = (Health::default(), TripPolicy::default());
        let run = |verdict| {
            let admission = health.admit(&policy, || unreachable!("a healthy one needs no time"));
            assert_eq!(admission, Admission::Runs);
            health.settle(admission, verdict, &policy, || AT(100))
        };
        let (broke, well) = (BROKE, Verdict::Well);
        for verdict in [broke, broke, broke, broke, well, broke, broke, broke, broke] {
            assert_eq!(run(verdict), Change::None);
        }
        // That the host could not is neither a failure nor a success.
        assert_eq!(run(Verdict::Unclear), Change::None);
        assert_eq!(run(broke), tripped(1));
        let admit = |seconds| health.admit(&policy, || AT(seconds));
        let tried =
            |verdict, seconds| health.settle(Admission::Tries, verdict, &policy, || AT(seconds));
        assert_eq!(admit(100), Admission::Rests);
        // One tries, and the others wait for it.
        assert_eq!(admit(101), Admission::Tries);
        assert_eq!(admit(101), Admission::Rests);
        assert_eq!(tried(broke, 101), tripped(2));
        assert_eq!(admit(102), Admission::Rests);
        assert_eq!(admit(103), Admission::Tries);
        // A try that tells nothing is made again at once.
        assert_eq!(tried(Verdict::Unclear, 103), Change::None);
        assert_eq!(admit(103), Admission::Tries);
        assert_eq!(tried(well, 103), Change::Recovered);
        assert_eq!(run(broke), Change::None);
    }

    #[test]
    fn a_try_that_never_ends_is_followed_by_another() {
        let (health, policy) = (Health::default(), TripPolicy::default());
        for _ in 0..policy.failures {
            health.settle(Admission::Runs, BROKE, &policy, || AT(100));
        }
        let admit = |seconds| health.admit(&policy, || AT(seconds));
        assert_eq!(admit(101), Admission::Tries);
        assert_eq!(admit(101), Admission::Rests);
        assert_eq!(admit(102), Admission::Tries);
        assert_eq!(
            health.settle(Admission::Tries, Verdict::Well, &policy, || AT(102)),
            Change::Recovered
        );
    }

    #[test]
    fn a_release_is_proven_once() {
        let (health, policy) =
            (Health::default(), TripPolicy { proven_after: 3, ..TripPolicy::default() });
        let (well, broke) = (Verdict::Well, BROKE);
        let changes = [well, broke, Verdict::Unclear, well, well, well]
            .map(|verdict| health.settle(Admission::Runs, verdict, &policy, || AT(0)));
        let none = Change::None;
        assert_eq!(changes, [none, none, none, none, Change::Proven, none]);
        assert!(health.is_proven(&policy));
    }

    #[test]
    fn the_rest_grows_to_its_bound() {
        let (health, policy) = (Health::default(), TripPolicy::default());
        let mut rests = Vec::new();
        for _ in 0..40 {
            match health.settle(Admission::Tries, BROKE, &policy, || AT(0)) {
                Change::Tripped { retry_after, .. } => rests.push(retry_after.as_secs()),
                change => panic!("{change:?}"),
            }
        }
        assert_eq!(rests[..10], [1, 2, 4, 8, 16, 32, 64, 128, 256, 300]);
        assert_eq!(rests[39], 300);
    }
}
