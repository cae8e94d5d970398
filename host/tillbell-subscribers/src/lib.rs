//! Who may be told, where and how.
//!
//! A row is a cardholder, known by the card's token, or a merchant, known by its
//! id (DE42). Without a row, or without consent, nobody is told. What a source
//! says of contacts does not count: consent was given for what stands here.
//!
//! Rows are values: where they are kept is somebody else's ([`Table`] keeps a file's in
//! memory).

mod absence;
mod csv;
mod introduce;
mod subscriber;
mod table;

pub use absence::Absence;
pub use csv::{COLUMNS, ROWS_MAX, Writer, read};
pub use introduce::{introduce, reference};
pub use subscriber::{Contact, Error, Result, Subscriber};
pub use table::Table;
