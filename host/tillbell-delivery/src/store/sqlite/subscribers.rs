use std::collections::BTreeSet;

use rusqlite::{Row, params};
use tillbell_subscribers::{Absence, Contact, Subscriber, introduce, reference};
use tillbell_transaction::{Money, Party, QuietHours, Timestamp, Transaction};

use super::{Batch, Outbox};
use crate::{Error, ErrorKind, Result, phone};

/// What a row did to the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Imported {
    /// There was none of this reference.
    Added,
    /// There was one, and something of it is other now.
    Changed,
    /// Nothing is other.
    Same,
}

const COLUMNS: &str = "party, reference, phone, email, locale, threshold, currency, quiet_hours, \
                       utc_offset_minutes, consent";

impl Outbox {
    /// Hands every subscriber to `each`, cardholders first, by reference.
    ///
    /// # Errors
    /// [`ErrorKind::Storage`] if the table cannot be read; what `each` gives.
    pub fn subscribers<E: From<Error>>(
        &self,
        mut each: impl FnMut(Subscriber) -> std::result::Result<(), E>,
    ) -> std::result::Result<(), E> {
        let sql = format!("select {COLUMNS} from subscribers order by party, reference");
        let mut statement = self.connection().prepare_cached(&sql).map_err(Error::from)?;
        let mut rows = statement.query([]).map_err(Error::from)?;
        while let Some(row) = rows.next().map_err(Error::from)? {
            each(stored(row)?)?;
        }
        Ok(())
    }
}

impl Batch<'_> {
    /// The subscriber of this reference.
    ///
    /// # Errors
    /// [`ErrorKind::Storage`] if the table cannot be read.
    pub fn subscriber(&self, party: Party, reference: &str) -> Result<Option<Subscriber>> {
        let sql = format!("select {COLUMNS} from subscribers where party = ?1 and reference = ?2");
        let mut statement = self.sql().prepare_cached(&sql)?;
        let mut rows = statement.query(params![party.as_str(), reference])?;
        rows.next()?.map(stored).transpose()
    }

    /// Puts a subscriber in the place of the one of its reference. Where a
    /// consenting one's telephone number changes, a notice for the old number
    /// is noted: a stranger who redirects messages must not do it in silence.
    ///
    /// # Errors
    /// [`ErrorKind::Storage`] if the table cannot be written.
    pub fn subscribe(&self, subscriber: &Subscriber, now_ms: i64) -> Result<Imported> {
        let before = self.subscriber(subscriber.party, &subscriber.reference)?;
        if before.as_ref() == Some(subscriber) {
            return Ok(Imported::Same);
        }
        let Subscriber { party, reference, phone, email, locale, threshold, .. } = subscriber;
        self.sql()
            .prepare_cached(
                "insert or replace into subscribers (party, reference, phone, email, locale,
                 threshold, currency, quiet_hours, utc_offset_minutes, consent, changed_at)
                 values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            )?
            .execute(params![
                party.as_str(),
                reference,
                phone.as_ref().map(Contact::as_str),
                email.as_ref().map(Contact::as_str),
                locale,
                threshold.map(|money| money.minor_units()),
                threshold.map(|money| money.currency()),
                subscriber.quiet_hours.map(|hours| hours.to_string()),
                subscriber.utc_offset_minutes,
                subscriber.consent.map(|time| time.to_string()),
                now_ms,
            ])?;
        let Some(before) = before else { return Ok(Imported::Added) };
        if let (Some(old), true) = (&before.phone, before.consent.is_some())
            && subscriber.phone.as_ref() != Some(old)
        {
            self.give_notice("contact-changed", party.as_str(), reference, old, now_ms)?;
        }
        Ok(Imported::Changed)
    }

    /// Removes a subscriber; whether there was one.
    ///
    /// # Errors
    /// [`ErrorKind::Storage`] if the table cannot be written.
    pub fn unsubscribe(&self, party: Party, reference: &str) -> Result<bool> {
        let removed = self
            .sql()
            .prepare_cached("delete from subscribers where party = ?1 and reference = ?2")?
            .execute(params![party.as_str(), reference])?;
        Ok(removed > 0)
    }

    /// Withdraws the consent of everybody with this telephone number, with or
    /// without the country's code, and notes one confirmation for it; gives how many that were. Nothing happens the
    /// second time.
    ///
    /// # Errors
    /// [`ErrorKind::Input`] if it is no telephone number.
    pub fn withdraw(&self, phone: &str, now_ms: i64) -> Result<usize> {
        let phone = phone::digits(Contact::phone(phone)?.as_str());
        let known: Vec<(String, String, String)> = self
            .sql()
            .prepare_cached(
                "select party, reference, phone from subscribers
                 where phone_tail = ?1 and phone is not null and consent is not null",
            )?
            .query_map([phone::tail(&phone)], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
            .collect::<rusqlite::Result<_>>()?;
        let mut told = BTreeSet::new();
        let mut withdrawn = 0;
        for (party, reference, known) in known {
            let known = Contact::stored(known);
            if !phone::is_same(&phone::digits(known.as_str()), &phone) {
                continue;
            }
            self.sql()
                .prepare_cached(
                    "update subscribers set consent = null, changed_at = ?3
                     where party = ?1 and reference = ?2",
                )?
                .execute(params![party, reference, now_ms])?;
            withdrawn += 1;
            if told.insert(known.as_str().to_owned()) {
                self.give_notice("consent-withdrawn", &party, &reference, &known, now_ms)?;
            }
        }
        Ok(withdrawn)
    }

    /// Puts what is known here of a transaction's parties in the place of what
    /// its source says of their contacts and wishes.
    ///
    /// # Errors
    /// [`ErrorKind::Storage`] if the table cannot be read.
    pub fn introduce(&self, transaction: &mut Transaction) -> Result<()> {
        introduce(transaction, |party, reference| self.subscriber(party, reference))
    }

    /// By what an app server knows a party that consents: the card's token, the
    /// merchant's id.
    ///
    /// # Errors
    /// [`ErrorKind::Storage`] if the table cannot be read.
    pub(crate) fn app_user(
        &self,
        transaction: &Transaction,
        party: Party,
    ) -> Result<Option<String>> {
        let subscriber = self.subscriber(party, reference(transaction, party))?;
        let consenting = subscriber.filter(|subscriber| subscriber.consent.is_some());
        Ok(consenting.map(|subscriber| subscriber.reference))
    }

    /// Why a party of a transaction has no recipient.
    ///
    /// # Errors
    /// [`ErrorKind::Storage`] if the table cannot be read.
    pub fn absence(&self, transaction: &Transaction, party: Party) -> Result<Absence> {
        let known = self.subscriber(party, reference(transaction, party))?;
        Ok(Absence::of(known.as_ref()))
    }

    /// Notes something that somebody is to be told by the host itself.
    fn give_notice(
        &self,
        what: &str,
        party: &str,
        reference: &str,
        phone: &Contact,
        now_ms: i64,
    ) -> Result<()> {
        self.sql()
            .prepare_cached(
                "insert into notices (what, party, reference, phone, at)
                 values (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![what, party, reference, phone.as_str(), now_ms])?;
        Ok(())
    }
}

/// A row was checked when it was written: one that is wrong was written by
/// something else.
fn stored(row: &Row<'_>) -> Result<Subscriber> {
    let broken = |what: &str| {
        Error::new(ErrorKind::Format, format!("a stored subscriber's {what} cannot be read"))
    };
    let party: String = row.get(0)?;
    let party = Party::ALL.iter().copied().find(|known| known.as_str() == party);
    let threshold: Option<i64> = row.get(5)?;
    let currency: Option<String> = row.get(6)?;
    let quiet_hours: Option<String> = row.get(7)?;
    let consent: Option<String> = row.get(9)?;
    Ok(Subscriber {
        party: party.ok_or_else(|| broken("party"))?,
        reference: row.get(1)?,
        phone: row.get::<_, Option<String>>(2)?.map(Contact::stored),
        email: row.get::<_, Option<String>>(3)?.map(Contact::stored),
        locale: row.get(4)?,
        threshold: threshold
            .zip(currency)
            .map(|(minor_units, currency)| Money::new(minor_units, &currency))
            .transpose()
            .map_err(|_| broken("threshold"))?,
        quiet_hours: quiet_hours
            .map(|text| QuietHours::parse(&text))
            .transpose()
            .map_err(|_| broken("quiet hours"))?,
        utc_offset_minutes: row.get(8)?,
        consent: consent
            .map(|text| Timestamp::parse(&text))
            .transpose()
            .map_err(|_| broken("consent"))?,
    })
}

#[cfg(test)]
mod tests;
