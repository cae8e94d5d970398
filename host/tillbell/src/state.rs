//! What a store holds for its plugins, and what they may ask of it.

use std::time::Instant;

use wasmtime::ResourceLimiter;

use crate::bindings::counters::Standing;
use crate::bindings::{counters, log, types};
use crate::counters::Desk;
use crate::limits::Exceeded;
use crate::{Limits, guard};

/// The longest line that a plugin may log, in bytes; the rest is cut.
pub(crate) const LOG_LINE_BYTES_MAX: usize = 512;

/// What a store holds for its plugins: limits and the log.
pub struct State {
    memory_bytes: usize,
    table_elements: usize,
    pub(crate) log: Vec<String>,
    pub(crate) log_bytes_left: usize,
    /// What is remembered of the transaction's card.
    pub(crate) counters: Desk,
    /// When the call that runs must have ended.
    pub(crate) deadline: Instant,
    /// How many ticks of the clock the call is spared yet.
    pub(crate) spared_ticks: u32,
}

impl State {
    /// The state of a store under these limits.
    pub fn new(limits: &Limits) -> Self {
        Self {
            memory_bytes: limits.memory_bytes,
            table_elements: limits.table_elements,
            log: Vec::new(),
            log_bytes_left: limits.log_bytes,
            counters: Desk::default(),
            deadline: Instant::now(),
            spared_ticks: 0,
        }
    }

    /// Where a store finds its limits.
    pub fn limiter(&mut self) -> &mut dyn ResourceLimiter {
        self
    }
}

impl ResourceLimiter for State {
    fn memory_growing(
        &mut self,
        _current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let limit = maximum.map_or(self.memory_bytes, |maximum| maximum.min(self.memory_bytes));
        if desired > limit { Err(Exceeded::Memory.into()) } else { Ok(true) }
    }

    fn table_growing(
        &mut self,
        _current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let limit = maximum.map_or(self.table_elements, |maximum| maximum.min(self.table_elements));
        if desired > limit { Err(Exceeded::Table.into()) } else { Ok(true) }
    }
}

impl log::Host for State {
    fn log(&mut self, level: log::Level, message: String) -> wasmtime::Result<()> {
        let level = match level {
            log::Level::Debug => "debug",
            log::Level::Info => "info",
            log::Level::Warn => "warn",
            log::Level::Error => "error",
        };
        let room = self.log_bytes_left.min(LOG_LINE_BYTES_MAX);
        let end = message.floor_char_boundary(room);
        if end > 0 {
            let line: String =
                message[..end].chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
            self.log_bytes_left -= end;
            self.log.push(format!("{level}: {}", guard::redact(&line)));
        }
        Ok(())
    }
}

impl counters::Host for State {
    fn count(&mut self, counter: u8) -> wasmtime::Result<Standing> {
        self.counters.count(counter)
    }

    fn tally(&mut self, counter: u8) -> wasmtime::Result<u32> {
        Ok(self.counters.tally(counter)?.map_or(0, |tally| tally.count))
    }

    fn sum(&mut self, counter: u8) -> wasmtime::Result<i64> {
        Ok(self.counters.tally(counter)?.map_or(0, |tally| tally.sum))
    }

    fn since(&mut self, counter: u8) -> wasmtime::Result<i64> {
        Ok(self.counters.tally(counter)?.map_or(0, |tally| tally.since.unix_seconds()))
    }

    fn clear(&mut self, counter: u8) -> wasmtime::Result<Standing> {
        self.counters.clear(counter)
    }
}

impl types::Host for State {}
