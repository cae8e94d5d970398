//! What tests of delivery share: the daemon, the SMSC of `tests/smsc`, a client,
//! and transactions without an end.

mod client;
mod daemon;
mod desk;
mod peer;
mod smsc;
mod traffic;

pub use client::{Answer, Client};
pub use daemon::{Daemon, TOKEN};
pub use desk::{desk, written};
pub use peer::{Peer, certificate};
pub use smsc::Smsc;
pub use traffic::{event, reversal, subscribers};
