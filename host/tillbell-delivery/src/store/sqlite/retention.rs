//! What is forgotten, once it is old enough.

use rusqlite::{OptionalExtension, params};

use super::{Batch, TransactionId};
use crate::Result;

/// Transactions that are forgotten in one batch.
const FORGOTTEN_MAX: i64 = 128;
/// And how many are looked at for it.
const LOOKED_AT_MAX: i64 = 1_024;

impl Batch<'_> {
    /// How long transactions are kept after they were accepted, in milliseconds;
    /// none for ever.
    pub fn set_kept(&self, kept_ms: Option<i64>) {
        self.standing.borrow_mut().kept_ms = kept_ms;
    }

    /// Forgets transactions that were kept long enough, with their messages and
    /// all that was noted of these; at most 128, the oldest first. What is
    /// deferred, has a message that may still be sent, or a later event of its case
    /// that is kept, stays. Gives how many.
    ///
    /// The same transaction again is a new one then.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Storage`] if the outbox cannot be written.
    pub fn forget(&self, now_ms: i64) -> Result<usize> {
        let Some(kept_ms) = self.standing.borrow().kept_ms else { return Ok(0) };
        let before_ms = now_ms - kept_ms;
        let behind = self.standing.borrow().looked_at;
        // Behind what was looked at last, so that no row that has to stay, however
        // many there are, stops it.
        let last: Option<(i64, TransactionId)> = self
            .sql
            .prepare_cached(
                "select accepted_at, id from (select accepted_at, id from transactions
                 where accepted_at < ?1 and (accepted_at, id) > (?2, ?3)
                 order by accepted_at, id limit ?4) order by accepted_at desc, id desc limit 1",
            )?
            .query_row(params![before_ms, behind.0, behind.1, LOOKED_AT_MAX], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()?;
        let Some(last) = last else {
            // Once more from the beginning, the next time.
            self.standing.borrow_mut().looked_at = (i64::MIN, i64::MIN);
            return Ok(0);
        };
        let forgotten = self
            .sql
            .prepare_cached(
                "delete from transactions where id in
                 (select id from transactions as old
                  where accepted_at < ?1 and (accepted_at, id) > (?2, ?3)
                  and (accepted_at, id) <= (?4, ?5) and decide_at is null
                  and not exists
                  (select 1 from messages where transaction_id = old.id and state < 2)
                  and not exists
                  (select 1 from transactions as later
                   where later.case_id = coalesce(old.case_id, old.id) and later.id > old.id
                   and later.accepted_at >= ?1)
                  order by accepted_at, id limit ?6)",
            )?
            .execute(params![before_ms, behind.0, behind.1, last.0, last.1, FORGOTTEN_MAX])?;
        // With as many as may go at a time there may be more among these.
        if forgotten < FORGOTTEN_MAX as usize {
            self.standing.borrow_mut().looked_at = last;
        }
        Ok(forgotten)
    }
}

#[cfg(test)]
mod tests {
    use tillbell::Decision;
    use tillbell_transaction::Party;

    use crate::store::sqlite::scene::{
        NOW, accept, message, new, outcome, submit, take, transaction,
    };
    use crate::store::sqlite::{Accepted, Part, Receipt};
    use crate::{Outbox, State};

    const DAY: i64 = 24 * 3_600 * 1_000;

    fn rows(outbox: &Outbox) -> Vec<i64> {
        let tables = ["transactions", "messages", "parts", "changes", "links", "counted"];
        let count = |table: &str| {
            let sql = format!("select count(*) from {table}");
            outbox.connection().query_row(&sql, [], |row| row.get(0)).unwrap()
        };
        tables.map(count).into()
    }

    /// Of 300 all but what still waits goes, a part at a time, with all that
    /// belongs to it.
    #[test]
    fn what_is_old_and_done_is_forgotten() {
        let mut outbox = Outbox::in_memory().unwrap();
        accept(&mut outbox, 300);
        let batch = outbox.begin().unwrap();
        for due in batch.claim("sms", 300, NOW).unwrap() {
            // One waits, one may have been sent.
            if due.id == 7 {
                batch.released(due.id, due.attempt, NOW).unwrap();
                continue;
            }
            if due.id == 8 {
                continue;
            }
            let remote = format!("smsc-{}", due.id);
            let part = Part { queue: "sms", number: 1, of: 1, remote: &remote };
            batch.taken(due.id, due.attempt, part, NOW).unwrap();
            // Another has no receipt.
            if due.id != 9 {
                let receipt = Receipt { remote: &remote, ..Receipt::new("sms", State::Delivered) };
                batch.receipt(receipt, NOW).unwrap();
            }
        }
        // And one is deferred.
        let until = transaction(&[("11-20T", "11-21T")]).time;
        let later = crate::store::sqlite::scene::purchase(999_999);
        let deferred = outcome(Decision::Deferred(until), Vec::new());
        new(&batch, &later, &deferred);

        assert_eq!(batch.forget(NOW + 1_000 * DAY).unwrap(), 0);
        batch.set_kept(Some(30 * DAY));
        assert_eq!(batch.forget(NOW + 30 * DAY).unwrap(), 0);
        let late = NOW + 30 * DAY + 1;
        let forgotten = [(); 4].map(|()| batch.forget(late).unwrap());
        assert_eq!(forgotten, [128, 128, 42, 0]);
        // From the beginning again: what was done meanwhile goes too.
        let last = batch.stored(7).unwrap();
        batch.step(&last, &last.life.cancel(&crate::Cause::Reversed).unwrap(), late).unwrap();
        let forgotten: usize = (0..3).map(|_| batch.forget(late).unwrap()).sum();
        assert_eq!(forgotten, 1);
        batch.commit().unwrap();
        let left = rows(&outbox);
        assert_eq!(left[..4], [2, 1, 0, 1]);
        assert_eq!(left[4], 4, "links of {left:?}");
    }

    /// What corrects a forgotten message stays as long as it is kept itself, and
    /// a transaction that was forgotten is new.
    #[test]
    fn what_refers_to_the_forgotten_stays() {
        let mut outbox = Outbox::in_memory().unwrap();
        let purchase = transaction(&[]);
        let reversal = transaction(&[
            (r#""kind":"purchase""#, r#""kind":"reversal","original_kind":"purchase""#),
            (r#""stan":"000123""#, r#""stan":"000124","original_stan":"000123""#),
        ]);
        let batch = outbox.begin().unwrap();
        let told = outcome(Decision::Notified, vec![message(Party::Cardholder)]);
        new(&batch, &purchase, &told);
        submit(&batch, NOW);
        take(&batch, &reversal, &told, NOW + DAY);
        batch.set_kept(Some(30 * DAY));
        // Its reversal is kept, and it with it.
        assert_eq!(batch.forget(NOW + 30 * DAY + 1).unwrap(), 0);
        submit(&batch, NOW + DAY);
        let forgotten: usize = (0..3).map(|_| batch.forget(NOW + 31 * DAY + 1).unwrap()).sum();
        assert_eq!(forgotten, 2);
        let again = take(&batch, &purchase, &told, NOW + 32 * DAY);
        assert!(matches!(again, Accepted::New(_)));
    }

    /// Rows that have to stay, more than are looked at at a time.
    #[test]
    fn nothing_that_stays_stops_it() {
        let mut outbox = Outbox::in_memory().unwrap();
        accept(&mut outbox, 1_100);
        let batch = outbox.begin().unwrap();
        let told = outcome(Decision::Notified, vec![message(Party::Cardholder)]);
        let last = crate::store::sqlite::scene::purchase(9_999);
        take(&batch, &last, &told, NOW + 1);
        let last = batch.stored(1_101).unwrap();
        batch.step(&last, &last.life.cancel(&crate::Cause::Reversed).unwrap(), NOW).unwrap();
        batch.set_kept(Some(30 * DAY));
        let late = NOW + 40 * DAY;
        let forgotten: usize = (0..4).map(|_| batch.forget(late).unwrap()).sum();
        assert_eq!(forgotten, 1);
    }
}
