//! Transactions whose bank wants to decide later, as the store keeps them: when,
//! how often so far, and the canonical JSON, which has no full card number.

use tillbell_transaction::{Record, Timestamp, json};

use crate::Result;

/// After so many times in a row nobody is told, and standard error says so.
pub(crate) const DEFERRALS_MAX: u8 = 8;

/// When a deferred transaction is due, then its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Deferred {
    pub(crate) unix_seconds: i64,
    pub(crate) number: u64,
}

impl Deferred {
    /// Reads when a row is due.
    pub(crate) fn due(number: u64, row: &[u8]) -> Result<Self> {
        let (unix_seconds, _) = row.split_first_chunk().ok_or("holds a row that is cut short")?;
        Ok(Self { unix_seconds: i64::from_be_bytes(*unix_seconds), number })
    }
}

/// The row of a transaction that is deferred once more.
pub(crate) fn row(until: Timestamp, deferrals: u8, record: &Record) -> Vec<u8> {
    let mut row = until.unix_seconds().to_be_bytes().to_vec();
    row.push(deferrals);
    row.extend_from_slice(json::write(record).as_bytes());
    row
}

/// How often it was deferred, and the transaction.
pub(crate) fn read(row: &[u8]) -> Result<(u8, Record)> {
    let deferrals = *row.get(8).ok_or("holds a row that is cut short")?;
    Ok((deferrals, json::read(&row[9..])?))
}
