//! How fast parts go out: so many a second, and not at all while the peer has too
//! much.

use std::time::Duration;

use tokio::time::Instant;

/// The part of a second whose parts may go out at once.
const BURST: f64 = 0.05;
/// A rest is at most so many times the first.
const RESTS_MAX: u32 = 30;

/// A token bucket that counts parts, and a rest that doubles.
#[derive(Debug)]
pub(crate) struct Pace {
    per_second: Option<f64>,
    tokens: f64,
    filled: Instant,
    first_rest: Duration,
    rest: Duration,
    rests_until: Option<Instant>,
    /// Since a rest nothing was taken yet.
    is_probing: bool,
}

impl Pace {
    pub(crate) fn new(parts_per_second: Option<u32>, rest: Duration, now: Instant) -> Self {
        let per_second = parts_per_second.map(f64::from);
        let tokens = per_second.map_or(0.0, capacity);
        Self {
            per_second,
            tokens,
            filled: now,
            first_rest: rest,
            rest,
            rests_until: None,
            is_probing: false,
        }
    }

    /// Whether a part may go out now; it is counted.
    pub(crate) fn take(&mut self, now: Instant) -> bool {
        self.take_all(now, 1)
    }

    /// Whether a message may go out now whose parts cannot be held apart; all are
    /// counted, so that those behind it wait for as long as it takes.
    pub(crate) fn take_all(&mut self, now: Instant, parts: usize) -> bool {
        if self.rests_until.is_some_and(|until| now < until) {
            return false;
        }
        self.rests_until = None;
        let Some(per_second) = self.per_second else { return true };
        let passed = now.saturating_duration_since(self.filled).as_secs_f64();
        self.filled = now;
        self.tokens = (self.tokens + passed * per_second).min(capacity(per_second));
        if self.tokens < 1.0 {
            return false;
        }
        self.tokens -= parts as f64;
        true
    }

    /// When to look again after a part might not go out.
    pub(crate) fn next(&self, now: Instant) -> Instant {
        let filled = match self.per_second {
            Some(per_second) => {
                now + Duration::from_secs_f64(((1.0 - self.tokens) / per_second).max(0.0))
            }
            None => now,
        };
        self.rests_until.map_or(filled, |until| until.max(filled))
    }

    /// The peer has too much: nothing goes out for a while. Answers to what was
    /// sent before the rest do not make it longer.
    pub(crate) fn throttled(&mut self, now: Instant) {
        if self.rests_until.is_none_or(|until| now >= until) {
            self.rests_until = Some(now + self.rest);
            self.is_probing = true;
            self.rest = (self.rest * 2).min(self.first_rest * RESTS_MAX);
        }
    }

    /// How many parts may be on their way at a time: one, after a rest, until it is
    /// taken; else what is later could be taken before it.
    pub(crate) fn window(&self, window: usize) -> usize {
        if self.is_probing { 1 } else { window }
    }

    /// The peer took a part.
    pub(crate) fn took(&mut self, now: Instant) {
        if self.rests_until.is_none_or(|until| now >= until) {
            self.rest = self.first_rest;
            self.is_probing = false;
        }
    }
}

fn capacity(per_second: f64) -> f64 {
    (per_second * BURST).max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_second_has_more_parts_than_agreed() {
        let start = Instant::now();
        let mut pace = Pace::new(Some(100), Duration::from_secs(1), start);
        let mut sent = Vec::new();
        let mut now = start;
        while now < start + Duration::from_secs(3) {
            if pace.take(now) {
                sent.push(now);
            }
            now += Duration::from_millis(1);
        }
        for (index, first) in sent.iter().enumerate() {
            let end = *first + Duration::from_secs(1);
            let within = sent[index..].iter().take_while(|at| **at < end).count();
            assert!(within <= 105, "{within} parts in a second");
        }
        assert!((295..=306).contains(&sent.len()), "{}", sent.len());
    }

    #[test]
    fn it_rests_longer_each_time_and_recovers() {
        let now = Instant::now();
        let second = Duration::from_secs(1);
        let mut pace = Pace::new(None, second, now);
        assert!(pace.take(now));
        pace.throttled(now);
        // The rest of the window, refused with it.
        pace.throttled(now);
        pace.took(now);
        assert!(!pace.take(now + second / 2));
        assert_eq!(pace.next(now), now + second);
        assert!(pace.take(now + second));
        pace.throttled(now + second);
        assert!(!pace.take(now + second * 2));
        assert!(pace.take(now + second * 3));
        pace.took(now + second * 3);
        pace.throttled(now + second * 3);
        assert!(pace.take(now + second * 4));
    }
}
