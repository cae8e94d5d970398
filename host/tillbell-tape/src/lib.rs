//! Yesterday's traffic: what was decided of each event, as it may be kept and tested on.
//!
//! The daemon that decides and the command that replays share these types, and neither
//! should link the other; so they are a crate without files, threads or a clock. Whoever
//! writes a tape has the key, the folder and the retention: `tillbell-delivery`'s `tape`.
//!
//! # From a decision to a line
//! ```text
//! journal ─Entry─▶ Pseudonyms ─Record─▶ line of a tape ─Tape─▶ events of run, test, diff
//!                                                       └────▶ replay: Asked ─Host─▶ compared
//! ```
//! - [`Entry`]: one decision in memory, as it was: the transaction with the contacts that it
//!   was decided with, and for each time the bundle was asked what it was shown, the clock,
//!   the counters, and what came of it. It is cloned where the decision is made and never
//!   written.
//! - [`Pseudonyms`]: the key of one tape; the only thing that makes a line of an entry.
//! - [`Record`]: a line, read back. Its event is canonical JSON as any feed has it.
//!
//! # A tape
//! Lines of JSON. The first is [`Head`] and begins with `{"tape":1,`; each other is one
//! decision. A line that cannot be read (the process or the machine ended in the middle of it)
//! is skipped and named; what follows it is read.
//!
//! A tape has one key. The same value gives the same substitute everywhere on tapes of one
//! key, and another on those of another key: so events of two keys have nothing in common.
//!
//! # The substitution
//! | field | on the tape |
//! | --- | --- |
//! | RRN, STAN, authorisation code, `id`, token, identity and account number, telephones | a keyed bijection on texts of the same shape: digits stay digits, letters stay letters of their case, all else stays as it is |
//! | last four digits | a keyed bijection on 0000 to 9999, another for each BIN (by its first six digits) |
//! | a derived `id` | derived again, from the substitutes |
//! | names and e-mail addresses of the cardholder, the counterparty | other letters of the same script and alphabet, as many |
//! | telephone and e-mail address of the merchant | as the cardholder's |
//! | name, id, terminal and address of a merchant on the operator's list of sole traders | as a person's |
//! | of another merchant | exact: rules name them |
//! | BIN, brand, issuer, amounts, balance, times, kind, entry mode, category, city, country, acquirer, wishes (language, threshold, quiet hours) | exact |
//! | full card number | never: the entry does not have it |
//!
//! # Invariants
//! 1. For a key, a field and a shape, no two values have one substitute: it is a Feistel
//!    network of ten rounds, digit by digit, over BLAKE3's keyed mode. Each round adds 32
//!    random bits modulo 10 (or 26): the bias is below 2^-28.
//! 2. A substitute holds no card number (13 to 19 digits, alone in a row, of an issuer's range
//!    with a valid check digit): the permutation is walked until it does not. That is a bijection
//!    still on the values that are no card numbers; one that looks like a card number by
//!    chance may meet another value's substitute, with a chance of about one in its space,
//!    which is 10^13 at least.
//! 3. Names are not injective: two people may get one name. Nothing is correlated by names.
//! 4. [`Pseudonyms::write`] gives one line without a line break, of at most
//!    [`LINE_BYTES_MAX`] bytes, or nothing.
//! 5. A text on a tape holds no digit but the bank's own ([`tillbell::Witness::blanks`]).
//!
//! What could re-identify somebody all the same: SECURITY.md.

mod entry;
mod key;
mod names;
mod pseudonyms;
mod reader;
mod record;
mod shape;

pub use entry::{Asked, Entry};
pub use key::{KEY_BYTES, KeyName, TapeKey};
pub use pseudonyms::{Pseudonyms, SOLE_TRADERS_MAX, SoleTraders};
pub use reader::{Next, Tape, is_tape};
pub use record::{
    AskedRecord, CounterRead, Decided, Delivery, Head, LINE_BYTES_MAX, Record, ReleaseName, Verdict,
};
