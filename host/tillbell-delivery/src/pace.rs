//! How fast parts go out: at most so many a second, and not at all while the peer
//! has too much.
//!
//! A peer that says "too much" may mean one recipient or all of them. At a first
//! refusal the queue rests briefly, and the message that was refused waits by itself
//! ([`retry_after`]); only when a second recipient is refused does the queue rest for
//! longer each time.

use std::time::Duration;

use std::hash::{BuildHasher, RandomState};

use tokio::time::Instant;

/// The part of a second whose parts may go out at once.
const BURST: f64 = 0.05;
/// A rest is at most 30 times the first.
const RESTS_MAX: u32 = 30;
/// The rest after a first refusal, as a part of the first of the longer ones.
const BRIEF: u32 = 10;
/// A message that is refused again and again waits at most so long.
const RETRY_MAX: Duration = Duration::from_secs(30 * 60);

/// How long a message that was refused for now waits: twice as long each time, at
/// most half an hour, with up to a quarter left out at random.
pub(crate) fn retry_after(first: Duration, refusals: u32) -> Duration {
    let whole = first.saturating_mul(1 << refusals.min(16)).min(RETRY_MAX.max(first));
    let random = RandomState::new().hash_one(refusals) as f64 / u64::MAX as f64;
    whole.mul_f64(1.0 - random / 4.0)
}

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
    /// The recipient that was refused since the peer took something last.
    refused: Option<u64>,
    hasher: RandomState,
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
            refused: None,
            hasher: RandomState::new(),
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

    /// The peer refused a message for now, as too much. Answers to what was sent
    /// before a rest do not make it longer.
    pub(crate) fn refused(&mut self, now: Instant, recipient: &str) {
        let recipient = self.hasher.hash_one(recipient);
        match self.refused {
            Some(before) if before != recipient => self.rest(now),
            Some(_) => {}
            None => {
                self.refused = Some(recipient);
                if !self.is_resting(now) {
                    self.rests_until = Some(now + self.first_rest / BRIEF);
                }
            }
        }
    }

    /// Nothing goes out for a while, for longer each time.
    pub(crate) fn rest(&mut self, now: Instant) {
        if !self.is_resting(now) || !self.is_probing {
            self.rests_until = Some(now + self.rest);
            self.is_probing = true;
            self.rest = (self.rest * 2).min(self.first_rest * RESTS_MAX);
        }
    }

    /// Nothing goes out for so long.
    pub(crate) fn rest_for(&mut self, now: Instant, rest: Duration) {
        self.rests_until = Some(now + rest);
        self.is_probing = true;
    }

    /// Whether nothing goes out now.
    pub(crate) fn is_resting(&self, now: Instant) -> bool {
        self.rests_until.is_some_and(|until| now < until)
    }

    /// How many parts may be on their way at a time: one, after a rest, until it is
    /// taken; else what is later could be taken before it.
    pub(crate) fn window(&self, window: usize) -> usize {
        if self.is_probing { 1 } else { window }
    }

    /// The peer took a part.
    pub(crate) fn took(&mut self, now: Instant) {
        if !self.is_resting(now) {
            self.rest = self.first_rest;
            self.is_probing = false;
            self.refused = None;
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
        pace.rest(now);
        // The rest of the window, refused with it.
        pace.rest(now);
        pace.took(now);
        assert!(!pace.take(now + second / 2));
        assert_eq!(pace.next(now), now + second);
        assert!(pace.take(now + second));
        pace.rest(now + second);
        assert!(!pace.take(now + second * 2));
        assert!(pace.take(now + second * 3));
        pace.took(now + second * 3);
        pace.rest(now + second * 3);
        assert!(pace.take(now + second * 4));
    }

    #[test]
    fn one_recipient_does_not_stop_the_others() {
        let (now, second) = (Instant::now(), Duration::from_secs(1));
        let mut pace = Pace::new(None, second, now);
        pace.refused(now, "13800138000");
        assert!(!pace.take(now));
        assert!(pace.take(now + second / 10));
        // The same one again, however often.
        for _ in 0..100 {
            pace.refused(now + second / 5, "13800138000");
            assert!(pace.take(now + second / 5));
        }
        // A second one: all of them are meant.
        pace.refused(now + second, "13900139000");
        assert!(!pace.take(now + second * 3 / 2));
        assert!(pace.take(now + second * 2));
        pace.took(now + second * 2);
        pace.refused(now + second * 2, "13900139000");
        assert!(pace.take(now + second * 21 / 10));
    }

    #[test]
    fn a_message_waits_longer_each_time() {
        let first = Duration::from_secs(1);
        for (refusals, most) in [(0, 1), (1, 2), (5, 32), (11, 1_800), (60, 1_800)] {
            let wait = retry_after(first, refusals);
            let most = Duration::from_secs(most);
            assert!(wait <= most && wait >= most.mul_f64(0.74), "{refusals}: {wait:?}");
        }
    }
}
