//! Who may be told, where and how.
//!
//! A row is a cardholder, known by the card's token, or a merchant, known by its
//! id (DE42). Without a row, or without consent, nobody is told. What a source
//! says of contacts does not count: consent was given for what stands here.

mod csv;
mod subscriber;

pub use crate::life::Absence;
pub use crate::store::sqlite::Imported;
pub use csv::{COLUMNS, ROWS_MAX, Writer, read};
pub use subscriber::{Contact, Subscriber};
