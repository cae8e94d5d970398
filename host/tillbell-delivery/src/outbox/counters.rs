//! Counters of cards, kept in the same commit as what was decided by them.

use rusqlite::{OptionalExtension, params};
use tillbell::{Change, CounterChange, Counters, Tally};
use tillbell_transaction::{Timestamp, Transaction};

use super::{Batch, TransactionId, key};
use crate::Result;

/// Counters that nobody added to for so long are forgotten, in seconds.
const FORGOTTEN_SECONDS: i64 = 400 * 24 * 3_600;
/// How many of them at a time.
const FORGOTTEN_MAX: i64 = 16;

/// A card, as it is known here: a digest, and never its token.
fn card(transaction: &Transaction) -> Option<Vec<u8>> {
    let token = transaction.card.token.as_deref()?;
    Some(tillbell_transaction::correlation_digest(["card", token, "", "", ""]).as_ref().to_vec())
}

impl Counters for Batch<'_> {
    /// A counter that cannot be read is held to be empty: the storage's own error
    /// comes with the next statement of the batch.
    fn tally(&self, bundle: &str, counter: &str, transaction: &Transaction) -> Option<Tally> {
        let row = self.read_tally(bundle, counter, transaction).ok()??;
        let (count, sum, since, offset, has_this) = row;
        let since = Timestamp::new(since, offset).ok()?;
        Some(Tally { count, sum, since, has_this })
    }
}

type Row = (u32, i64, i64, i16, bool);

impl Batch<'_> {
    fn read_tally(
        &self,
        bundle: &str,
        counter: &str,
        transaction: &Transaction,
    ) -> Result<Option<Row>> {
        let Some(card) = card(transaction) else { return Ok(None) };
        Ok(self
            .sql
            .prepare_cached(
                "select count, sum, since, utc_offset_minutes,
                 exists (select 1 from counted join transactions on id = transaction_id
                         where key = ?5 and counted.counter = ?2)
                 from counters where bundle = ?1 and counter = ?2 and card = ?3 and currency = ?4",
            )?
            .query_row(
                params![bundle, counter, card, transaction.amount.currency(), key(transaction)],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?)),
            )
            .optional()?)
    }

    /// Keeps what became of counters: a transaction is counted once, however
    /// often it is decided.
    pub(super) fn count(
        &self,
        id: TransactionId,
        bundle: &str,
        transaction: &Transaction,
        changes: &[CounterChange],
        now_ms: i64,
    ) -> Result<()> {
        let Some(card) = card(transaction) else { return Ok(()) };
        let currency = transaction.amount.currency();
        for CounterChange { counter, change } in changes {
            let is_new = self
                .sql
                .prepare_cached(
                    "insert into counted (transaction_id, counter) values (?1, ?2)
                     on conflict do nothing",
                )?
                .execute(params![id, counter])?
                == 1;
            match change {
                Change::Cleared => {
                    self.sql
                        .prepare_cached(
                            "delete from counters where bundle = ?1 and counter = ?2
                             and card = ?3 and currency = ?4",
                        )?
                        .execute(params![bundle, counter, card, currency])?;
                }
                Change::Counted if is_new => {
                    // A sum at its end stays there.
                    self.sql
                        .prepare_cached(
                            "insert into counters (bundle, counter, card, currency, count, sum,
                             since, utc_offset_minutes, changed_at)
                             values (?1, ?2, ?3, ?4, 1, ?5, ?6, ?7, ?8)
                             on conflict do update set count = min(count + 1, 4294967295),
                             sum = iif(sum > 9223372036854775807 - excluded.sum,
                                       9223372036854775807, sum + excluded.sum),
                             changed_at = excluded.changed_at",
                        )?
                        .execute(params![
                            bundle,
                            counter,
                            card,
                            currency,
                            transaction.amount.minor_units(),
                            transaction.time.unix_seconds(),
                            transaction.time.utc_offset_minutes(),
                            now_ms,
                        ])?;
                }
                Change::Counted => {}
            }
        }
        if !changes.is_empty() {
            self.sql
                .prepare_cached(
                    "delete from counters where rowid in
                     (select rowid from counters where changed_at < ?1 limit ?2)",
                )?
                .execute(params![now_ms - FORGOTTEN_SECONDS * 1_000, FORGOTTEN_MAX])?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use tillbell::Decision;

    use super::*;
    use crate::Outbox;
    use crate::outbox::scene::{Folder, NOW, outcome, transaction};

    fn purchase(number: u32, token: &str) -> Transaction {
        let token = format!(r#""last4":"0018","token":"{token}""#);
        transaction(&[("000123", &format!("{number:06}")), (r#""last4":"0018""#, &token)])
    }

    fn change(change: Change) -> Vec<CounterChange> {
        vec![CounterChange { counter: "silent".into(), change }]
    }

    fn take(outbox: &mut Outbox, transaction: &Transaction, what: Change) {
        let batch = outbox.begin().unwrap();
        let mut decided = outcome(Decision::Suppressed, Vec::new());
        decided.counters = change(what);
        batch.accept(transaction, &decided, NOW).unwrap();
        batch.commit().unwrap();
    }

    fn read(outbox: &mut Outbox, transaction: &Transaction) -> Option<(u32, i64, bool)> {
        let batch = outbox.begin().unwrap();
        let tally = batch.tally("harbour", "silent", transaction)?;
        assert_eq!(tally.since, transaction.time);
        Some((tally.count, tally.sum, tally.has_this))
    }

    #[test]
    fn transactions_of_one_card_add_up_once_each_and_last() {
        let folder = Folder::new();
        let mut outbox = folder.outbox();
        let next = purchase(99, "tok_1");
        assert_eq!(read(&mut outbox, &next), None);
        for number in 0..3 {
            take(&mut outbox, &purchase(number, "tok_1"), Change::Counted);
            // A repeat.
            take(&mut outbox, &purchase(number, "tok_1"), Change::Counted);
        }
        take(&mut outbox, &purchase(7, "tok_2"), Change::Counted);
        drop(outbox);
        let mut outbox = folder.outbox();
        assert_eq!(read(&mut outbox, &next), Some((3, 3 * 12_850, false)));
        assert_eq!(read(&mut outbox, &purchase(2, "tok_1")), Some((3, 3 * 12_850, true)));
        assert_eq!(read(&mut outbox, &purchase(8, "tok_2")), Some((1, 12_850, false)));
        // Another counter, bank or currency is another's.
        let batch = outbox.begin().unwrap();
        assert_eq!(batch.tally("harbour", "other", &next), None);
        assert_eq!(batch.tally("kite", "silent", &next), None);
        drop(batch);
        take(&mut outbox, &purchase(4, "tok_1"), Change::Cleared);
        assert_eq!(read(&mut outbox, &next), None);
        assert_eq!(read(&mut outbox, &purchase(8, "tok_2")), Some((1, 12_850, false)));
        // No token is stored.
        let file = std::fs::read(folder.path("outbox")).unwrap();
        assert!(!file.windows(5).any(|octets| octets == b"tok_2"));
    }

    /// Deferred and decided again: counted once.
    #[test]
    fn a_transaction_counts_once_however_often_it_is_decided() {
        let mut outbox = Outbox::in_memory().unwrap();
        let later = purchase(1, "tok_1");
        take(&mut outbox, &later, Change::Counted);
        let batch = outbox.begin().unwrap();
        let mut decided = outcome(Decision::Suppressed, Vec::new());
        decided.counters = change(Change::Counted);
        batch.decide(1, &later, &decided, NOW).unwrap();
        batch.commit().unwrap();
        assert_eq!(read(&mut outbox, &later), Some((1, 12_850, true)));
    }
}
