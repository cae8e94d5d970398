//! How transactions of version 1 are found: by its digests, for as long as any are
//! kept.

use rusqlite::{OptionalExtension, params};
use tillbell_transaction::case::{Event, STAN_SECONDS_MAX};
use tillbell_transaction::{Kind, Transaction, correlation_digest};

use super::{Batch, TransactionId};
use crate::Result;

impl Batch<'_> {
    /// The transaction of version 1 that this one repeats.
    pub(super) fn seen_by_version_1(
        &self,
        transaction: &Transaction,
    ) -> Result<Option<TransactionId>> {
        if !self.standing.borrow().has_version_1 {
            return Ok(None);
        }
        let Some(key) = transaction.correlation_key() else { return Ok(None) };
        Ok(self
            .sql
            .prepare_cached("select id from transactions where key = ?1")?
            .query_row([key.digest()], |row| row.get(0))
            .optional()?)
    }

    /// The events of version 1 that share a trace with this transaction, known by
    /// the numbers that they share.
    pub(super) fn found_by_version_1(&self, transaction: &Transaction) -> Result<Vec<Event>> {
        if !self.standing.borrow().has_version_1 {
            return Ok(Vec::new());
        }
        let is_reversal = transaction.kind == Kind::Reversal;
        let kind = match is_reversal {
            true => transaction.original_kind,
            false => Some(transaction.kind),
        };
        let kind = kind.map_or("", Kind::as_str);
        let Transaction { acquirer, merchant, .. } = transaction;
        let mut statement = self.sql.prepare_cached(
            "select transaction_id, fact from traces join transactions on id = transaction_id
             where trace = ?1 and is_reversal <> ?2 and (kind = ?3 or kind = '' or ?3 = '')
             and abs(unix_seconds - ?4) <= ?5 and fact is not null",
        )?;
        let mut found: Vec<Event> = Vec::new();
        let at = transaction.time.unix_seconds();
        for (by, number) in transaction.trace_numbers() {
            let trace =
                correlation_digest([by, acquirer, &merchant.id, &merchant.terminal, number]);
            let rows = statement.query_map(
                params![trace, is_reversal, kind, at, STAN_SECONDS_MAX],
                |row| {
                    let id = row.get(0)?;
                    Ok(Event::read(id, &row.get::<_, Vec<u8>>(1)?))
                },
            )?;
            for event in rows.collect::<rusqlite::Result<Vec<_>>>()?.into_iter().flatten() {
                let at = match found.iter().position(|known| known.number == event.number) {
                    Some(at) => at,
                    None => {
                        found.push(event);
                        found.len() - 1
                    }
                };
                found[at].share(transaction, by);
            }
        }
        Ok(found)
    }
}
