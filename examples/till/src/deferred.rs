//! Transactions that wait for their decision, as the store keeps them: until when,
//! since when, how often they were put off, and the canonical JSON, which has no
//! full card number.

use tillbell::Waits;
use tillbell_transaction::case::EventNumber;
use tillbell_transaction::{Record, Transaction, json};

use crate::Result;

/// The bytes before the JSON.
const HEAD_BYTES: usize = 17;

/// The row of a transaction that waits.
pub(crate) fn row(waits: Waits, transaction: &Transaction) -> Vec<u8> {
    let mut row = Vec::with_capacity(1_024);
    row.extend(waits.until_seconds.to_be_bytes());
    row.extend(waits.accepted_seconds.to_be_bytes());
    row.push(waits.deferrals);
    row.extend_from_slice(json::write_transaction(transaction).as_bytes());
    row
}

/// What a row says of its transaction's waiting.
pub(crate) fn waits(number: EventNumber, row: &[u8]) -> Result<Waits> {
    let read = || {
        let (until, rest) = row.split_first_chunk()?;
        let (accepted, rest) = rest.split_first_chunk()?;
        let (until_seconds, accepted_seconds) =
            (i64::from_be_bytes(*until), i64::from_be_bytes(*accepted));
        Some(Waits { number, until_seconds, accepted_seconds, deferrals: *rest.first()? })
    };
    read().ok_or_else(|| "holds a row that is cut short".into())
}

/// The transaction of a row.
pub(crate) fn transaction(row: &[u8]) -> Result<Transaction> {
    json_of(row.get(HEAD_BYTES..).unwrap_or_default())
}

/// A row of store form 1: when it is due, how often it was put off, and the
/// transaction.
pub(crate) fn read_form_1(row: &[u8]) -> Result<(i64, u8, Transaction)> {
    let (until, rest) = row.split_first_chunk().ok_or("holds a row that is cut short")?;
    let (deferrals, text) = rest.split_first().ok_or("holds a row that is cut short")?;
    Ok((i64::from_be_bytes(*until), *deferrals, json_of(text)?))
}

fn json_of(text: &[u8]) -> Result<Transaction> {
    match json::read(text)? {
        Record::Transaction(transaction) => Ok(*transaction),
        Record::Ignored(_) => Err("holds a row that is no transaction".into()),
    }
}
