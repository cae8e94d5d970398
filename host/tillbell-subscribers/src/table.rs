use std::collections::HashMap;
use std::convert::Infallible;
use std::io::Read;

use tillbell_transaction::{Party, Transaction};

use crate::{Absence, Result, Subscriber, introduce, read, reference};

/// Subscribers in memory; of one reference the last row counts.
#[derive(Debug, Clone, Default)]
pub struct Table(HashMap<(Party, String), Subscriber>);

impl Table {
    /// Reads a file as [`read`] does.
    ///
    /// # Errors
    /// Of the first row that is wrong.
    pub fn from_csv(file: impl Read) -> Result<Self> {
        let rows: Result<Vec<_>> = read(file)?.collect();
        Ok(rows?.into_iter().collect())
    }

    /// Puts a row in the place of the one of its reference.
    pub fn put(&mut self, row: Subscriber) {
        self.0.insert((row.party, row.reference.clone()), row);
    }

    /// The row of a reference.
    pub fn get(&self, party: Party, reference: &str) -> Option<&Subscriber> {
        self.0.get(&(party, reference.to_owned()))
    }

    /// Puts what is known of a transaction's parties in the place of what its source says.
    pub fn introduce(&self, transaction: &mut Transaction) {
        let found =
            |party, reference: &str| Ok::<_, Infallible>(self.get(party, reference).cloned());
        let Ok(()) = introduce(transaction, found);
    }

    /// Why a party of a transaction has no recipient.
    pub fn absence(&self, transaction: &Transaction, party: Party) -> Absence {
        Absence::of(self.get(party, reference(transaction, party)))
    }
}

impl FromIterator<Subscriber> for Table {
    fn from_iter<I: IntoIterator<Item = Subscriber>>(rows: I) -> Self {
        let mut table = Self::default();
        rows.into_iter().for_each(|row| table.put(row));
        table
    }
}
