//! What a developer of plugins asks for, as functions that give values; the command prints
//! them, and a page may show them.
//!
//! - [`World`]: one world in memory for all of them: cases, counters, subscribers, the clock.
//!   Events go in, what became of them comes out.
//! - [`cases`]: a case is a TOML file of steps and what is expected of them, its texts stand in
//!   a readable snapshot beside it.
//! - [`compare`]: the same events through two bundles, and what changed.
//! - [`explain`]: why a bundle said what it said of one event.
//! - [`replay`]: decisions of a tape, made again, and what differs.
//! - [`measure`]: how long a bundle takes over a feed.
//! - [`new`]: a bundle to begin with; [`plugins`]: those that are built in; [`compile`]: those
//!   that are built.
//! - [`seen`]: what each plugin got and gave, and the texts before the guard.
//! - [`block`]: what became of an event, as people read it.
//!
//! # Rooms and what crosses between them
//! ```text
//! events ─Transaction─▶ World ─Happened─▶ block, cases, compare
//! case.toml ─Case─▶ cases ─Verdict─▶ whoever prints; cases ─text─▶ case.snap
//! ```
//! Invariants: nothing here reads a clock, prints, or writes a file but those of a new bundle
//! and its lock; the same events give the same [`Happened`]; a snapshot holds no recipient in
//! full, and no snapshot is written here.

pub mod block;
pub mod cases;
pub mod compare;
pub mod compile;
mod coverage;
pub mod explain;
mod junit;
pub mod measure;
pub mod new;
pub mod plugins;
pub mod replay;
pub mod seen;
mod tallies;
mod world;

pub use coverage::Coverage;
pub use junit::junit;
pub use world::{Happened, World};
