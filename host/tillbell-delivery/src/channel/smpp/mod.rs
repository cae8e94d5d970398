//! SMPP 3.4: a queue's messages to an SMSC, and its receipts back.
//!
//! A [`Link`] keeps one transceiver session up for ever. It claims messages from
//! the journal, sends their parts within the SMSC's window and rate, and tells
//! the journal what became of each.
//!
//! Two clients were weighed, and neither is used as it is. `smpp34` 1.5.1 answers
//! a deliver_sm when its listener returns, panics where a message is sent at the
//! wrong moment, trusts the system's certificates only, and brings chrono, nom,
//! uuid and all of tokio. `rusmppc` 0.4.0 queues events and requests without a
//! bound and does not connect again. Neither tells a request that was never
//! written from one whose answer was lost: the one may be sent again at once,
//! the other never without finding out. So the session is ours, over the codec
//! of `rusmpp` 0.4.0 (rusmppc's own: typed, no unsafe code, without a network),
//! behind frames that are cut by their length, so that a PDU which cannot be read
//! costs itself and not the session.

mod link;
mod pdu;
mod peer;
mod receipt;
mod session;
mod settings;
mod status;
#[cfg(test)]
mod tests;

pub use link::Link;
pub use peer::Smsc;
pub use settings::{Address, Ids, SmppSettings};
