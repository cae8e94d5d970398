//! The daemon: transactions come in by HTTP, a Unix socket or an ISO 8583 tap,
//! are on disk before they are answered for, and messages go out by the routes
//! of their channels.
//!
//! It links no compiler: whoever runs it says how a bundle becomes an artefact.

mod api;
mod banks;
mod config;
mod daemon;
mod doors;
mod error;
mod files;
mod listen;
mod note;
mod prepare;
mod reload;
mod routes;
mod supervise;
mod tap;
mod tape;

pub use banks::Artefacts;
pub use config::{CONFIG_BYTES_MAX, Client, Config, Http, Route, Tap, TapeConfig};
pub use daemon::{Start, check, run};
pub use error::{Error, Result};
pub use note::Note;
