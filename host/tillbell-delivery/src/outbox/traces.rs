//! How a transaction, its reversal and its repeats find each other.

use tillbell_transaction::{CorrelationDigest, Kind, Transaction, correlation_digest};

/// What a reversal and its original have in common; worked out once.
pub(super) struct Traces {
    pub(super) is_reversal: bool,
    /// The original's kind; none where a reversal does not say which.
    pub(super) kind: &'static str,
    pub(super) unix_seconds: i64,
    pub(super) digests: Vec<CorrelationDigest>,
}

impl Traces {
    pub(super) fn of(transaction: &Transaction) -> Self {
        let is_reversal = transaction.kind == Kind::Reversal;
        let kind = if is_reversal { transaction.original_kind } else { Some(transaction.kind) };
        let Transaction { acquirer, merchant, .. } = transaction;
        let digests = transaction.trace_numbers().map(|(by, number)| {
            correlation_digest([by, acquirer, &merchant.id, &merchant.terminal, number])
        });
        Self {
            is_reversal,
            kind: kind.map_or("", Kind::as_str),
            unix_seconds: transaction.time.unix_seconds(),
            digests: digests.collect(),
        }
    }
}

/// The transaction itself; none where the source gave neither RRN nor STAN, and
/// every event stands alone.
pub(super) fn key(transaction: &Transaction) -> Option<CorrelationDigest> {
    transaction.correlation_key().map(|key| key.digest())
}
