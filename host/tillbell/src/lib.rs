//! The Tillbell host: runs banks' notification plugins over card transactions.
//!
//! A [`Host`] holds the baked bundles of several banks. [`Host::process`] takes
//! one transaction down the road of its bank: *route* (who is told), *mask*
//! (what each may see), *render* (in which words), then the host's own *guard*
//! and segment count. Plugins are WebAssembly components that import nothing
//! but a log; each transaction gets a fresh sandbox, with limits on time,
//! memory, stack and results ([`Limits`]). Whatever a plugin does, `process`
//! returns an [`Outcome`]; what leaves in it has passed the [`guard`].
//!
//! It has no compiler, no network and no clock of its own: bundles are made
//! into signed [`Artefact`]s by `tillbell-bake`, messages are delivered by whoever
//! calls, and `now` is an argument.
//!
//! ```no_run
//! use tillbell::{Artefact, Host, Limits, Trust};
//! use tillbell_transaction::{Record, json};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let trust = Trust::from_pem(&std::fs::read_to_string("bank.pub.pem")?)?;
//! let artefact = Artefact::open("harbour.tillbell".as_ref(), &trust)?;
//! let mut host = Host::new(Limits::default())?;
//! host.load(&artefact)?;
//!
//! let line = std::fs::read("event.json")?;
//! if let Record::Transaction(transaction) = json::read(&line)? {
//!     let outcome = host.process(&transaction, transaction.time);
//!     for message in &outcome.messages {
//!         println!("{}: {}", message.party, message.text);
//!     }
//! }
//! # Ok(())
//! # }
//! ```

mod artefact;
#[doc(hidden)]
pub mod bindings;
mod blank;
mod bundle;
mod counters;
mod docket;
pub mod engine;
mod engines;
mod error;
mod event;
#[doc(hidden)]
pub mod facts;
mod ground;
mod health;
mod hearing;
mod host;
mod interface;
mod ledger;
mod limits;
mod linked;
mod manifest;
mod outcome;
mod platform;
mod preview;
mod ranges;
mod release;
mod road;
mod role;
mod safe_text;
mod sandbox;
mod state;
mod target;
pub mod trace;
mod views;
mod witness;
mod words;

pub use tillbell_guard as guard;

pub use artefact::{
    ARTEFACT_BYTES_MAX, Artefact, ConfiguredItem, Draft, KEYS_MAX, KeyId, PluginReport, PublicKey,
    Trust,
};
pub use bundle::{
    BUILTIN, Bundle, CONFIGURATION_FILE_BYTES_MAX, CONFIGURATION_FILES_MAX, PluginSource,
};
pub use counters::{Change, CounterChange, Counters, Tally};
pub use docket::{Docket, Taken, WAITING_MAX, Waits};
pub use engines::EngineKind;
pub use error::{Error, ErrorKind, Result};
pub use event::{EVENTS_MAX, Event};
pub use ground::{Ground, HostGround};
pub use health::TripPolicy;
pub use hearing::{
    CaseSettings, DEFERRAL_SECONDS_MAX, DEFERRALS_MAX, Decided, Due, Heard, Hearing,
};
pub use host::{BUNDLES_MAX, Host, HostBuilder, Succession, Ticker};
pub use interface::InterfaceVersion;
pub use ledger::ReleaseLedger;
pub use limits::{Exceeded, Limits, RequestedLimits, WideLimits};
#[doc(hidden)]
pub use linked::{ask_router, check};
pub use manifest::{
    BIN_RANGES_MAX, COUNTERS_MAX, Lint, MANIFEST_BYTES_MAX, MANIFEST_FILE, Manifest, OnFailure,
    Plugin, SEGMENTS_MAX, SIGNATURE_CHARACTERS_MAX,
};
pub use outcome::{Author, Decision, Failure, Message, Outcome, StageTimes};
pub use platform::{PLATFORM_BYTES_MAX, Platform, Price};
pub use preview::{Preview, Previews, TextName};
pub use ranges::BinRange;
pub use role::Role;
#[doc(hidden)]
pub use sandbox::overflow_hint;
#[doc(hidden)]
pub use state::State;
pub use target::Target;
pub use witness::Witness;
