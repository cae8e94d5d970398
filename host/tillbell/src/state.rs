//! What a store holds for its plugins, and what they may ask of it.

use std::time::Instant;

use wasmtime::component::Linker;
use wasmtime::{ResourceLimiter, StoreContextMut};

use crate::bindings::counters::Standing;
use crate::bindings::log;
use crate::counters::Desk;
use crate::limits::Exceeded;
use crate::{InterfaceVersion, Limits, guard};

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
    /// The largest memory that was asked for since this was last set to 0, in bytes.
    pub(crate) memory_peak: usize,
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
            memory_peak: 0,
        }
    }

    /// The lines that were logged.
    #[doc(hidden)]
    pub fn logged(&self) -> &[String] {
        &self.log
    }

    /// Gives a linker what plugins may import.
    ///
    /// # Errors
    /// If the linker has some of it already.
    pub fn link(linker: &mut Linker<Self>) -> wasmtime::Result<()> {
        InterfaceVersion::ALL.into_iter().try_for_each(|version| Self::offer(linker, version))
    }

    /// What plugins of one version may import: in both it is the same.
    ///
    /// Not by what is made of the WIT: functions of one type share their code here, and a till
    /// is 3 KB smaller.
    fn offer(linker: &mut Linker<Self>, version: InterfaceVersion) -> wasmtime::Result<()> {
        // Types alone, of which a component imports an instance all the same.
        linker.instance(&format!("tillbell:plugin/types@{version}"))?;
        let note: fn(StoreContextMut<'_, Self>, (log::Level, String)) -> wasmtime::Result<()> =
            |mut store, (level, message)| {
                store.data_mut().note(level, &message);
                Ok(())
            };
        linker.instance(&format!("tillbell:plugin/log@{version}"))?.func_wrap("log", note)?;
        let mut counters = linker.instance(&format!("tillbell:plugin/counters@{version}"))?;
        let standing: [(&str, Counter<Standing>); 2] = [
            ("count", |mut store, (counter,)| Ok((store.data_mut().counters.count(counter)?,))),
            ("clear", |mut store, (counter,)| Ok((store.data_mut().counters.clear(counter)?,))),
        ];
        for (name, function) in standing {
            counters.func_wrap(name, function)?;
        }
        let tally: Counter<u32> = |mut store, (counter,)| {
            let tally = store.data_mut().counters.tally(counter)?;
            Ok((tally.map_or(0, |tally| tally.count),))
        };
        counters.func_wrap("tally", tally)?;
        let sums: [(&str, Counter<i64>); 2] = [
            ("sum", |mut store, (counter,)| {
                let tally = store.data_mut().counters.tally(counter)?;
                Ok((tally.map_or(0, |tally| tally.sum),))
            }),
            ("since", |mut store, (counter,)| {
                let tally = store.data_mut().counters.tally(counter)?;
                Ok((tally.map_or(0, |tally| tally.since.unix_seconds()),))
            }),
        ];
        for (name, function) in sums {
            counters.func_wrap(name, function)?;
        }
        Ok(())
    }

    /// Where a store finds its limits.
    pub fn limiter(&mut self) -> &mut dyn ResourceLimiter {
        self
    }
}

/// What a plugin may ask of a counter.
type Counter<T> = fn(StoreContextMut<'_, State>, (u8,)) -> wasmtime::Result<(T,)>;

impl ResourceLimiter for State {
    fn memory_growing(
        &mut self,
        _current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        self.memory_peak = self.memory_peak.max(desired);
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

impl State {
    fn note(&mut self, level: log::Level, message: &str) {
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
    }
}
