//! A clock that does not count what other programs took of the core.

use std::fs;
use std::time::Instant;

/// The time that this thread has had a core for, or slept, since the start: what
/// it waited for a core is left out, so that a busy machine says nearly the same
/// as an idle one.
pub(crate) struct Clock {
    start: Instant,
    waited: f64,
}

impl Clock {
    pub(crate) fn start() -> Self {
        let waited = waited_micros();
        Self { start: Instant::now(), waited }
    }

    /// Microseconds since the start.
    pub(crate) fn micros(&self) -> f64 {
        let elapsed = self.start.elapsed().as_secs_f64() * 1e6;
        elapsed - (waited_micros() - self.waited)
    }
}

/// How long this thread has waited for a core: the second figure of Linux's
/// schedstat, in nanoseconds.
fn waited_micros() -> f64 {
    let figures = fs::read_to_string("/proc/thread-self/schedstat").expect("Linux's schedstat");
    let waited = figures.split_whitespace().nth(1).and_then(|figure| figure.parse::<f64>().ok());
    waited.expect("a number of nanoseconds") / 1e3
}
