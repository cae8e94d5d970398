//! Counters of cards, kept in the same commit as what was decided by them.

use rusqlite::{OptionalExtension, params};
use tillbell::{Change, CounterChange, Counters, Outcome, Tally};
use tillbell_transaction::{Timestamp, Transaction};

use super::way::Way;
use super::{Batch, TransactionId};
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
                 exists (select 1 from counted
                         where transaction_id = ?5 and counted.counter = ?2)
                 from counters where bundle = ?1 and counter = ?2 and card = ?3 and currency = ?4",
            )?
            .query_row(
                params![bundle, counter, card, transaction.amount.currency(), self.deciding.get()],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?)),
            )
            .optional()?)
    }

    /// Keeps what became of counters: a transaction is counted once, however
    /// often it is decided. A counter that a message tells is emptied, and what was
    /// counted is told by that message.
    pub(super) fn count(
        &self,
        id: TransactionId,
        bundle: &str,
        transaction: &Transaction,
        outcome: &Outcome,
        now_ms: i64,
    ) -> Result<()> {
        let Some(card) = card(transaction) else { return Ok(()) };
        let currency = transaction.amount.currency();
        for CounterChange { counter, change, told_on } in &outcome.counters {
            let place = Place { bundle, counter, card: &card, currency };
            match change {
                Change::Cleared => {
                    for (party, channel) in told_on {
                        if outcome.has_message(*party, channel) {
                            self.tell_counted(&place, id, Way { party: *party, channel })?;
                        }
                    }
                    self.clear(&place)?;
                }
                Change::Counted => self.add(&place, id, transaction, now_ms)?,
            }
        }
        if !outcome.counters.is_empty() {
            self.sql
                .prepare_cached(
                    "delete from counters where rowid in
                     (select rowid from counters where changed_at < ?1 limit ?2)",
                )?
                .execute(params![now_ms - FORGOTTEN_SECONDS * 1_000, FORGOTTEN_MAX])?;
        }
        Ok(())
    }

    /// Adds a transaction to a counter, unless it was before.
    fn add(
        &self,
        place: &Place<'_>,
        id: TransactionId,
        transaction: &Transaction,
        now_ms: i64,
    ) -> Result<()> {
        let Place { bundle, counter, card, currency } = place;
        let amount = transaction.amount.minor_units();
        let added = self
            .sql
            .prepare_cached(
                "insert into counted (transaction_id, counter, bundle, card, currency, amount)
                 values (?1, ?2, ?3, ?4, ?5, ?6) on conflict do nothing",
            )?
            .execute(params![id, counter, bundle, card, currency, amount])?;
        if added == 0 {
            return Ok(());
        }
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
                amount,
                transaction.time.unix_seconds(),
                transaction.time.utc_offset_minutes(),
                now_ms,
            ])?;
        Ok(())
    }

    fn clear(&self, place: &Place<'_>) -> Result<()> {
        let Place { bundle, counter, card, currency } = place;
        for sql in [
            "delete from counters
             where bundle = ?1 and counter = ?2 and card = ?3 and currency = ?4",
            // What was counted is not taken out any more.
            "update counted set amount = null
             where bundle = ?1 and counter = ?2 and card = ?3 and currency = ?4
             and amount is not null",
        ] {
            self.sql.prepare_cached(sql)?.execute(params![bundle, counter, card, currency])?;
        }
        Ok(())
    }

    /// Notes that an event's message on a way tells what was counted.
    fn tell_counted(&self, place: &Place<'_>, id: TransactionId, way: Way<'_>) -> Result<()> {
        let Place { bundle, counter, card, currency } = place;
        self.sql
            .prepare_cached(
                "insert into nettings (transaction_id, party, channel, netted)
                 select transaction_id, ?5, ?6, ?7 from counted
                 where bundle = ?1 and counter = ?2 and card = ?3 and currency = ?4
                 and amount is not null and transaction_id <> ?7
                 on conflict do nothing",
            )?
            .execute(params![
                bundle,
                counter,
                card,
                currency,
                way.party.as_str(),
                way.channel,
                id
            ])?;
        Ok(())
    }

    /// Takes a debit that was reversed out of the counters that no message has told
    /// yet.
    pub(super) fn uncount(&self, event: TransactionId) -> Result<()> {
        self.sql
            .prepare_cached(
                "update counters set count = max(count - 1, 0), sum = sum - counted.amount
                 from counted where counted.transaction_id = ?1 and counted.amount is not null
                 and counters.bundle = counted.bundle and counters.counter = counted.counter
                 and counters.card = counted.card and counters.currency = counted.currency",
            )?
            .execute([event])?;
        self.sql
            .prepare_cached(
                "delete from counters where count = 0 and (bundle, counter, card, currency) in
                 (select bundle, counter, card, currency from counted
                  where transaction_id = ?1 and amount is not null)",
            )?
            .execute([event])?;
        self.sql
            .prepare_cached("update counted set amount = null where transaction_id = ?1")?
            .execute([event])?;
        Ok(())
    }
}

/// Where a counter is kept.
struct Place<'a> {
    bundle: &'a str,
    counter: &'a str,
    card: &'a [u8],
    currency: &'a str,
}

#[cfg(test)]
mod tests {
    use tillbell::Decision;

    use tillbell_transaction::Party;

    use super::*;
    use crate::Outbox;
    use crate::store::sqlite::scene::{self, Folder, NOW, outcome, transaction};

    fn purchase(number: u32, token: &str) -> Transaction {
        let token = format!(r#""last4":"0018","token":"{token}""#);
        let rrn = format!("{number:012}");
        transaction(&[
            (r#""stan":"000123""#, &format!(r#""stan":"{number:06}""#)),
            ("632408000123", &rrn),
            (r#""last4":"0018""#, &token),
        ])
    }

    fn change(change: Change) -> Vec<CounterChange> {
        let told_on = vec![(Party::Cardholder, "sms".to_owned())];
        vec![CounterChange { counter: "silent".into(), change, told_on }]
    }

    fn take(outbox: &mut Outbox, transaction: &Transaction, what: Change) {
        let batch = outbox.begin().unwrap();
        let mut decided = outcome(Decision::Suppressed, Vec::new());
        decided.counters = change(what);
        scene::take(&batch, transaction, &decided, NOW);
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
        assert_eq!(read(&mut outbox, &purchase(2, "tok_1")), Some((3, 3 * 12_850, false)));
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
        let batch = outbox.begin().unwrap();
        let until = Timestamp::new(NOW / 1_000 + 60, 480).unwrap();
        scene::take(&batch, &later, &outcome(Decision::Deferred(until), Vec::new()), NOW);
        let mut decided = outcome(Decision::Suppressed, Vec::new());
        decided.counters = change(Change::Counted);
        scene::decide(&batch, &decided, NOW + 60_000);
        batch.count(1, "harbour", &later, &decided, NOW).unwrap();
        batch.commit().unwrap();
        assert_eq!(read(&mut outbox, &later), Some((1, 12_850, false)));
        let batch = outbox.begin().unwrap();
        batch.deciding.set(Some(1));
        assert!(batch.tally("harbour", "silent", &later).unwrap().has_this);
    }

    /// A debit that was reversed before a message told its counter is taken out, and
    /// one that a message told is not.
    #[test]
    fn a_reversal_takes_its_debit_out_of_a_counter_that_was_not_told() {
        let mut outbox = Outbox::in_memory().unwrap();
        let next = purchase(99, "tok_1");
        let reversal = |number: u32, stan: &str| {
            let mut reversal = purchase(number, "tok_1");
            reversal.kind = tillbell_transaction::Kind::Reversal;
            reversal.original_stan = Some(std::mem::replace(&mut reversal.stan, stan.into()));
            reversal
        };
        take(&mut outbox, &purchase(1, "tok_1"), Change::Counted);
        take(&mut outbox, &purchase(2, "tok_1"), Change::Counted);
        let batch = outbox.begin().unwrap();
        let silent = outcome(Decision::Suppressed, Vec::new());
        scene::take(&batch, &reversal(1, "000901"), &silent, NOW);
        batch.commit().unwrap();
        assert_eq!(read(&mut outbox, &next), Some((1, 12_850, false)));
        // The counter is told, by a message that leaves; then the other is reversed:
        // the customer heard of it, and hears of this.
        let batch = outbox.begin().unwrap();
        let told = scene::message(Party::Cardholder);
        let mut summary = outcome(Decision::Notified, vec![told.clone()]);
        summary.counters = change(Change::Cleared);
        scene::take(&batch, &purchase(3, "tok_1"), &summary, NOW);
        assert_eq!(scene::submit(&batch, NOW), [1]);
        let notified = outcome(Decision::Notified, vec![told]);
        scene::take(&batch, &reversal(2, "000902"), &notified, NOW);
        assert_eq!(scene::waiting(&batch, "sms"), [2]);
        batch.commit().unwrap();
        assert_eq!(read(&mut outbox, &next), None);
    }
}
