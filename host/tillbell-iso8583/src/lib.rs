//! ISO 8583: bytes to [`Record`]s.
//!
//! What a message looks like and what it means is data: a [`Dialect`] is a
//! TOML file with a field table and mapping rows, the last of which is "not
//! known: no message, somebody should look". Seven are built in, see
//! [`Dialect::names`]; a file of your own may extend one of them.
//!
//! The card number (DE2) is truncated here, and struck out of every other field
//! that repeats it; tracks, PIN block and chip data
//! (DE35, 36, 45, 52, 55) are skipped by their length and never opened. An
//! error names the field and the byte, never a value.
//!
//! This crate reads feeds; it writes no message, and knows no network.
//!
//! ```
//! use tillbell_iso8583::{Decoder, Dialect, Frames, Framing, Record};
//! use tillbell_transaction::Timestamp;
//!
//! // A purchase of CNY 128.50, approved; its length stands before it.
//! let feed = "0087\
//!     0210723800000200800016424242424242424200000000000001285011200031050001230831051120\
//!     00156";
//! let decoder = Decoder::new(Dialect::builtin("iso1987-ascii").expect("it is built in"))
//!     .reference_time(Timestamp::parse("2026-11-20T12:00:00Z")?);
//! let mut frames = Frames::new(feed.as_bytes(), Framing::LENGTH4);
//! while let Some(frame) = frames.next().expect("memory can be read") {
//!     let Record::Transaction(transaction) = decoder.decode(frame.message?)?.record else { panic!() };
//!     assert_eq!(transaction.amount.to_string(), "128.50 CNY");
//!     assert_eq!(transaction.time.to_string(), "2026-11-20T08:31:05+08:00");
//! }
//! # Ok::<(), tillbell_transaction::Error>(())
//! ```

mod alarms;
mod amounts;
mod country;
mod decode;
mod dialect;
mod explain;
mod frames;
mod merchant;
mod message;
mod messages;
mod moment;
mod pairing;
mod part;
mod value;

pub use decode::{Decoded, Decoder};
pub use dialect::{DIALECT_BYTES_MAX, Dialect, DialectError, MAPPING_ROWS_MAX};
pub use explain::{Explained, ExplainedPart};
pub use frames::{Frame, Frames, Framing, LINE_BYTES_MAX};
pub use message::MESSAGE_BYTES_MAX;
pub use messages::{Messages, Place};
pub use pairing::{
    ANSWER_MS, ANSWERS_MAX, Answer, Half, Key, Paired, Pairing, REQUEST_MS, REQUESTS_MAX, Request,
    Tagged,
};
#[doc(no_inline)]
pub use tillbell_transaction::Record;
