//! What a transaction is known by again: digests, no data.

use blake3::Hasher;
use tillbell_transaction::{Kind, Transaction};

/// 128 bits that stand for what was hashed.
pub(super) type Digest = [u8; 16];

/// The transaction itself; none where the source gave neither RRN nor STAN, and
/// every event stands alone.
pub(super) fn key(transaction: &Transaction) -> Option<Digest> {
    let key = transaction.correlation_key()?;
    let day = key.day.to_string();
    let parts =
        [&key.acquirer, &key.merchant, &key.terminal, key.kind.as_str(), &day, &key.rrn, &key.stan];
    Some(digest("own", parts))
}

/// How a reversal finds its original, at the same terminal: by the original's
/// STAN (DE90), or by the RRN they share. For a reversal, those of what it
/// takes back.
pub(super) fn traces(transaction: &Transaction) -> Vec<Digest> {
    let stan = match transaction.kind {
        Kind::Reversal => transaction.original_stan.as_deref().unwrap_or_default(),
        _ => &transaction.stan,
    };
    let merchant = &transaction.merchant;
    [("stan", stan), ("rrn", &transaction.rrn)]
        .into_iter()
        .filter(|(_, number)| !number.is_empty())
        .map(|(by, number)| {
            digest(by, [&transaction.acquirer, &merchant.id, &merchant.terminal, number])
        })
        .collect()
}

/// A digest that nobody can make two keys for: terminals choose their numbers.
fn digest<const PARTS: usize>(of: &str, parts: [&str; PARTS]) -> Digest {
    let mut hasher = Hasher::new();
    for part in [of].into_iter().chain(parts) {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    let mut digest = Digest::default();
    hasher.finalize_xof().fill(&mut digest);
    digest
}
