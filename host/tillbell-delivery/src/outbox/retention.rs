//! What is forgotten, once it is old enough.

use rusqlite::params;

use super::Batch;
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
    /// deferred, or has a message that may still be sent, stays. Gives how many.
    ///
    /// The same transaction again is a new one then.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Storage`] if the outbox cannot be written.
    pub fn forget(&self, now_ms: i64) -> Result<usize> {
        let Some(kept_ms) = self.standing.borrow().kept_ms else { return Ok(0) };
        Ok(self
            .sql
            .prepare_cached(
                "delete from transactions where id in
                 (select id from
                  (select id, decide_at from transactions where accepted_at < ?1
                   order by accepted_at limit ?3) as old
                  where decide_at is null and not exists
                  (select 1 from messages where transaction_id = old.id and state < 2)
                  limit ?2)",
            )?
            .execute(params![now_ms - kept_ms, FORGOTTEN_MAX, LOOKED_AT_MAX])?)
    }
}

#[cfg(test)]
mod tests {
    use tillbell::Decision;
    use tillbell_transaction::Party;

    use crate::outbox::scene::{NOW, accept, message, outcome, transaction};
    use crate::outbox::{Accepted, Part, Receipt};
    use crate::{Outbox, State};

    const DAY: i64 = 24 * 3_600 * 1_000;

    fn rows(outbox: &Outbox) -> Vec<i64> {
        let tables = ["transactions", "messages", "parts", "changes", "traces", "counted"];
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
        for due in batch.due("sms", 300).unwrap() {
            // One waits, one may have been sent.
            if due.id == 7 {
                continue;
            }
            batch.ask(due.id, NOW).unwrap();
            if due.id == 8 {
                continue;
            }
            let remote = format!("smsc-{}", due.id);
            batch.taken(due.id, Part { number: 1, of: 1, remote: &remote }, NOW).unwrap();
            // Another has no receipt.
            if due.id != 9 {
                let receipt = Receipt { remote: &remote, ..Receipt::new("sms", State::Delivered) };
                batch.receipt(receipt, NOW).unwrap();
            }
        }
        // And one is deferred.
        let until = transaction(&[("11-20T", "11-21T")]).time;
        let later = transaction(&[("000123", "999999")]);
        let deferred = outcome(Decision::Deferred(until), Vec::new());
        batch.accept(&later, &deferred, NOW).unwrap();

        assert_eq!(batch.forget(NOW + 1_000 * DAY).unwrap(), 0);
        batch.set_kept(Some(30 * DAY));
        assert_eq!(batch.forget(NOW + 30 * DAY).unwrap(), 0);
        let late = NOW + 30 * DAY + 1;
        let forgotten = [(); 4].map(|()| batch.forget(late).unwrap());
        assert_eq!(forgotten, [128, 128, 42, 0]);
        batch.commit().unwrap();
        let left = rows(&outbox);
        assert_eq!(left[..4], [3, 2, 0, 2]);
        assert!(left[4] < 10, "traces of {left:?}");
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
        batch.accept(&purchase, &told, NOW).unwrap();
        batch.ask(1, NOW).unwrap();
        batch.taken(1, Part { number: 1, of: 1, remote: "a" }, NOW).unwrap();
        batch.accept(&reversal, &told, NOW + DAY).unwrap();
        batch.set_kept(Some(30 * DAY));
        assert_eq!(batch.forget(NOW + 30 * DAY + 1).unwrap(), 1);
        let again = batch.accept(&purchase, &told, NOW + 31 * DAY).unwrap();
        assert!(matches!(again, Accepted::New(_)));
        batch.commit().unwrap();
        let trail = outbox.trails(&reversal.id).unwrap().remove(0);
        assert_eq!((trail.messages.len(), trail.messages[0].corrects), (1, None));
    }
}
