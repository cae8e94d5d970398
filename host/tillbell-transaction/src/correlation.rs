//! What a transaction is known by again: digests, no data.

use blake3::Hasher;

use crate::{CorrelationKey, Kind, Transaction};

/// How far a reversal and its original may be apart, in seconds: two days.
pub const REVERSAL_SECONDS_MAX: i64 = 2 * 86_400;

/// 128 bits that stand for a key, today and after an update: what was seen
/// needs no card's data.
pub type CorrelationDigest = [u8; 16];

/// A digest of texts that nobody can make two keys for: terminals choose their
/// numbers.
pub fn correlation_digest<const PARTS: usize>(parts: [&str; PARTS]) -> CorrelationDigest {
    let mut hasher = Hasher::new();
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    let mut digest = CorrelationDigest::default();
    hasher.finalize_xof().fill(&mut digest);
    digest
}

impl CorrelationKey {
    /// The key as a digest.
    pub fn digest(&self) -> CorrelationDigest {
        let day = self.day.to_string();
        correlation_digest([
            "own",
            &self.acquirer,
            &self.merchant,
            &self.terminal,
            self.kind.as_str(),
            &day,
            &self.rrn,
            &self.stan,
        ])
    }
}

impl Transaction {
    /// The numbers by which a reversal finds its original, at the same terminal:
    /// the original's STAN (DE90), and the RRN that they share; each with its
    /// name. For a reversal, those of what it takes back.
    pub fn trace_numbers(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let stan = match self.kind {
            Kind::Reversal => self.original_stan.as_deref().unwrap_or_default(),
            _ => &self.stan,
        };
        [("stan", stan), ("rrn", &self.rrn)].into_iter().filter(|(_, number)| !number.is_empty())
    }
}
