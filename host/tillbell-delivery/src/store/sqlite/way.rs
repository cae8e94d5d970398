//! To whom, and by which channel: what is told on one way adds up by itself.

use rusqlite::Row;
use tillbell::Message;
use tillbell_transaction::Party;

/// A party and a routed channel, fallbacks included: what is told there adds up by
/// itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Way<'a> {
    pub(super) party: Party,
    pub(super) channel: &'a str,
}

impl<'a> Way<'a> {
    pub(super) fn of(message: &'a Message) -> Self {
        Self { party: message.party, channel: &message.channel }
    }
}

/// A party's name in a column.
pub(super) fn party(row: &Row<'_>, column: usize) -> rusqlite::Result<Party> {
    let name: String = row.get(column)?;
    let kind = rusqlite::types::Type::Text;
    Party::parse(&name)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(column, kind, error.into()))
}
