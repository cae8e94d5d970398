//! Who may be told, where and how: [`tillbell_subscribers`], and what a row did to the table
//! that stands in the outbox.

pub use tillbell_subscribers::{
    Absence, COLUMNS, Contact, ROWS_MAX, Subscriber, Table, Writer, read,
};

pub use crate::store::sqlite::Imported;
