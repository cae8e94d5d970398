use std::fmt;

use serde::Deserialize;

use crate::{EngineKind, Error, ErrorKind, MANIFEST_FILE, Manifest, Result, Role};

/// How much of each resource a plugin may use. What the embedder passes is the
/// platform's maximum; a bundle may ask for less, never for more.
///
/// The defaults:
/// - `deadline_ms`: 5 ms of wall time for each call of a plugin
/// - `fuel`: none; in tests a number of instructions for each call
/// - `memory_bytes`: 2 MiB of linear memory for each plugin
/// - `table_elements`: 8,192 entries in each table of functions
/// - `instances`: 4 core instances of each component: the plugin, and shims for
///   what it imports
/// - `memories`, `tables`: one linear memory and two tables of each component: the
///   plugin's, and a shim's table for its imports
/// - `instance_bytes`: 256 KiB of the host's bookkeeping for each instance
/// - `wasm_stack_bytes`: 256 KiB of native stack below a call
/// - `result_bytes`: 128 KiB for all values that one call returns
/// - `log_bytes`: 4 KiB of log lines for each transaction
/// - `deliveries`: 8 messages for each transaction
/// - `component_bytes`: 1 MiB for each component, as it is shipped
/// - `concurrent_transactions`: 8 at the same time in one host, with three
///   instances each
/// - `channels`: `sms`, `email`, `push`, `webhook`
/// - `wide`: none: a bundle that names the wide engine is refused
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Wall time of one call, in milliseconds, 1 to 1,000.
    pub deadline_ms: u32,
    /// For repeatable runs: how much one call may compute, in units of
    /// Wasmtime's fuel (about one an instruction). Bundles must be baked with
    /// the same choice. None in production, where the deadline is cheaper.
    pub fuel: Option<u64>,
    /// Linear memory of one plugin, in bytes, a multiple of 64 KiB; for the
    /// interpreter at most 8 MiB.
    pub memory_bytes: usize,
    /// Entries of one table of a plugin.
    pub table_elements: usize,
    /// Core instances of one component.
    pub instances: u32,
    /// Linear memories of one component, together at most [`Limits::memory_bytes`] each.
    pub memories: u32,
    /// Tables of one component.
    pub tables: u32,
    /// The host's bookkeeping of one instance, in bytes: it grows with a plugin's
    /// functions, globals and types.
    pub instance_bytes: usize,
    /// Native stack of one call, in bytes.
    pub wasm_stack_bytes: usize,
    /// Values returned by one call, in bytes of host memory.
    pub result_bytes: usize,
    /// Log lines of one transaction, in bytes.
    pub log_bytes: usize,
    /// Messages of one transaction.
    pub deliveries: usize,
    /// A component as it is shipped, in bytes.
    pub component_bytes: usize,
    /// Transactions at the same time; for one more, stages fail with
    /// [`ErrorKind::Host`], and the host's own words are used.
    pub concurrent_transactions: u32,
    /// What the platform can deliver on. A router that names another channel
    /// has returned an invalid result.
    pub channels: Vec<String>,
    /// What plugins of the wide engine may use. None where there is no such engine:
    /// nothing of it is started or kept.
    pub wide: Option<WideLimits>,
}

/// What a plugin of the wide engine may use where it is more than an ordinary one may;
/// all else is as [`Limits`] says. As large as an interpreter with a program in it needs.
///
/// The defaults:
/// - `memory_bytes`: 16 MiB of linear memory for each plugin
/// - `table_elements`: 32,768 entries in each table of functions
/// - `instances`: 8 core instances of each component, `memories`: 1, `tables`: 4
/// - `instance_bytes`: 1 MiB of the host's bookkeeping for each instance
/// - `wasm_stack_bytes`: 512 KiB of native stack below a call
/// - `component_bytes`: 16 MiB for each component, as it is shipped
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WideLimits {
    /// As [`Limits::memory_bytes`].
    pub memory_bytes: usize,
    /// As [`Limits::table_elements`].
    pub table_elements: usize,
    /// As [`Limits::instances`].
    pub instances: u32,
    /// As [`Limits::memories`].
    pub memories: u32,
    /// As [`Limits::tables`].
    pub tables: u32,
    /// As [`Limits::instance_bytes`].
    pub instance_bytes: usize,
    /// As [`Limits::wasm_stack_bytes`].
    pub wasm_stack_bytes: usize,
    /// As [`Limits::component_bytes`].
    pub component_bytes: usize,
}

impl Default for WideLimits {
    fn default() -> Self {
        Self {
            memory_bytes: 16 * 1024 * 1024,
            table_elements: 32_768,
            instances: 8,
            memories: 1,
            tables: 4,
            instance_bytes: 1024 * 1024,
            wasm_stack_bytes: 512 * 1024,
            component_bytes: 16 * 1024 * 1024,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            deadline_ms: 5,
            fuel: None,
            memory_bytes: 2 * 1024 * 1024,
            table_elements: 8_192,
            instances: 4,
            memories: 1,
            tables: 2,
            instance_bytes: 256 * 1024,
            wasm_stack_bytes: 256 * 1024,
            result_bytes: 128 * 1024,
            log_bytes: 4 * 1024,
            deliveries: 8,
            component_bytes: 1024 * 1024,
            concurrent_transactions: 8,
            channels: ["sms", "email", "push", "webhook"].map(Into::into).into(),
            wide: None,
        }
    }
}

/// What a bundle asks for in `[limits]` of its manifest.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RequestedLimits {
    /// As [`Limits::deadline_ms`].
    pub deadline_ms: Option<u32>,
    /// As [`Limits::memory_bytes`], in KiB; for plugins of the ordinary engine.
    pub memory_kib: Option<usize>,
    /// As [`Limits::table_elements`]; for plugins of the ordinary engine.
    pub table_elements: Option<usize>,
    /// As [`Limits::result_bytes`], in KiB.
    pub result_kib: Option<usize>,
    /// As [`Limits::deliveries`].
    pub deliveries: Option<usize>,
    /// As [`Limits::log_bytes`].
    pub log_bytes: Option<usize>,
}

impl RequestedLimits {
    /// What is asked for and could not run: key, whether it holds, and what is
    /// expected.
    pub(crate) fn checks(&self) -> [(&'static str, bool, &'static str); 5] {
        let some = |value: Option<usize>| value != Some(0);
        let pages = |kib: usize| kib > 0 && kib.is_multiple_of(64);
        [
            ("deadline-ms", self.deadline_ms != Some(0), "expected 1 or more"),
            ("memory-kib", self.memory_kib.is_none_or(pages), "expected a multiple of 64"),
            ("table-elements", some(self.table_elements), "expected 1 or more"),
            ("result-kib", some(self.result_kib), "expected 1 or more"),
            ("deliveries", some(self.deliveries), "expected 1 or more"),
        ]
    }
}

/// A page of WebAssembly's memory.
const PAGE_BYTES: usize = 64 * 1024;

impl Limits {
    /// Refuses limits under which nothing could run.
    ///
    /// # Errors
    /// [`ErrorKind::Host`], naming the limit.
    pub(crate) fn check(&self) -> Result<()> {
        let memory = self.memory_bytes;
        let checks = [
            ("deadline_ms", (1..=1_000).contains(&self.deadline_ms), "1 to 1,000"),
            ("fuel", self.fuel != Some(0), "1 or more"),
            (
                "memory_bytes",
                (PAGE_BYTES as u64..=1 << 32).contains(&(memory as u64))
                    && memory.is_multiple_of(PAGE_BYTES),
                "a multiple of 65,536, at most 4 GiB",
            ),
            ("table_elements", (1..=1 << 20).contains(&self.table_elements), "1 to 1,048,576"),
            ("instances", (1..=64).contains(&self.instances), "1 to 64"),
            ("memories", (1..=16).contains(&self.memories), "1 to 16"),
            ("tables", (1..=64).contains(&self.tables), "1 to 64"),
            (
                "instance_bytes",
                (16 * 1024..=64 << 20).contains(&self.instance_bytes),
                "16 KiB to 64 MiB",
            ),
            (
                "wasm_stack_bytes",
                (16 * 1024..=8 << 20).contains(&self.wasm_stack_bytes),
                "16 KiB to 8 MiB",
            ),
            ("result_bytes", self.result_bytes >= 1_024, "1,024 or more"),
            ("deliveries", self.deliveries >= 1, "1 or more"),
            ("component_bytes", self.component_bytes >= 1, "1 or more"),
            (
                "concurrent_transactions",
                (1..=1_000).contains(&self.concurrent_transactions),
                "1 to 1,000",
            ),
        ];
        if let Some((name, _, expected)) = checks.into_iter().find(|(_, holds, _)| !holds) {
            return Err(Error::new(ErrorKind::Host, format!("limit {name}: expected {expected}")));
        }
        match self.of(EngineKind::Wide) {
            Some(wide) => wide.check().map_err(|error| error.within("wide engine")),
            None => Ok(()),
        }
    }

    /// What a plugin may have when it is instantiated, in words: what was baked under other
    /// limits is looked at again.
    #[doc(hidden)]
    pub fn for_plugins(&self) -> impl fmt::Debug + use<> {
        let counts = (self.instances, self.memories, self.tables, self.table_elements);
        (self.memory_bytes, self.instance_bytes, self.component_bytes, counts)
    }

    /// The limits of plugins in one engine: with those of [`Limits::wide`] in place for the
    /// wide one; none where there is no such engine.
    #[must_use]
    pub fn of(&self, kind: EngineKind) -> Option<Self> {
        match kind {
            EngineKind::Ordinary => Some(Self { wide: None, ..self.clone() }),
            EngineKind::Wide => self.wide.map(|wide| Self {
                memory_bytes: wide.memory_bytes,
                table_elements: wide.table_elements,
                instances: wide.instances,
                memories: wide.memories,
                tables: wide.tables,
                instance_bytes: wide.instance_bytes,
                wasm_stack_bytes: wide.wasm_stack_bytes,
                component_bytes: wide.component_bytes,
                wide: None,
                ..self.clone()
            }),
        }
    }

    /// The limits of a bundle's plugin.
    ///
    /// # Errors
    /// [`ErrorKind::Limit`] if it names the wide engine and there is none, with the key of the
    /// manifest and what would help.
    pub fn of_plugin(&self, manifest: &Manifest, role: Role) -> Result<Self> {
        self.of(manifest.plugin(role).engine).ok_or_else(|| {
            let detail = format!(
                "{MANIFEST_FILE}: engine = \"wide\": this platform has no wide engine; its \
                 operator may allow one (Limits::wide of the host, wide = true of a platform's \
                 table), or the plugin is made small enough for the ordinary one"
            );
            Error::new(ErrorKind::Limit, detail)
        })
    }

    /// The limits of one bundle: for each resource the smaller of what the
    /// platform allows and what the bundle asks for.
    #[must_use]
    pub fn reduced(&self, requested: &RequestedLimits) -> Self {
        let mut limits = self.clone();
        fn less<T: Ord>(limit: &mut T, requested: Option<T>) {
            if let Some(requested) = requested
                && requested < *limit
            {
                *limit = requested;
            }
        }
        less(&mut limits.deadline_ms, requested.deadline_ms);
        less(&mut limits.memory_bytes, requested.memory_kib.map(|kib| kib.saturating_mul(1024)));
        less(&mut limits.table_elements, requested.table_elements);
        less(&mut limits.result_bytes, requested.result_kib.map(|kib| kib.saturating_mul(1024)));
        less(&mut limits.deliveries, requested.deliveries);
        less(&mut limits.log_bytes, requested.log_bytes);
        limits
    }
}

/// What a plugin asked for and may not have. It ends the call: no plugin goes
/// on with less than it thought to have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exceeded {
    /// More linear memory.
    Memory,
    /// A larger table.
    Table,
    /// Counters, once more.
    Counters,
}

impl fmt::Display for Exceeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Memory => "more memory than its limit",
            Self::Table => "a larger table than its limit",
            Self::Counters => "counters more often than its limit",
        })
    }
}

impl std::error::Error for Exceeded {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_under_which_nothing_runs_are_refused_by_name() {
        let good = Limits::default();
        let wide = |wide| Limits { wide: Some(wide), ..Limits::default() };
        assert!(wide(WideLimits::default()).check().is_ok());
        assert!(good.check().is_ok());
        for (limits, name) in [
            (Limits { deadline_ms: 0, ..good.clone() }, "deadline_ms"),
            (Limits { fuel: Some(0), ..good.clone() }, "fuel"),
            (Limits { memory_bytes: 0, ..good.clone() }, "memory_bytes"),
            (Limits { memory_bytes: 100_000, ..good.clone() }, "memory_bytes"),
            (Limits { table_elements: 0, ..good.clone() }, "table_elements"),
            (Limits { instances: 0, ..good.clone() }, "instances"),
            (Limits { wasm_stack_bytes: 1, ..good.clone() }, "wasm_stack_bytes"),
            (Limits { result_bytes: 0, ..good.clone() }, "result_bytes"),
            (Limits { deliveries: 0, ..good.clone() }, "deliveries"),
            (Limits { concurrent_transactions: 0, ..good.clone() }, "concurrent_transactions"),
            (Limits { memories: 0, ..good.clone() }, "memories"),
            (Limits { tables: 65, ..good.clone() }, "tables"),
            (Limits { instance_bytes: 1, ..good.clone() }, "instance_bytes"),
            (
                wide(WideLimits { memory_bytes: 1, ..WideLimits::default() }),
                "wide engine: limit memory_bytes",
            ),
        ] {
            let error = limits.check().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Host);
            assert!(error.to_string().contains(name), "{error}");
        }
    }

    #[test]
    fn a_wide_plugin_has_the_limits_of_its_engine() {
        let limits = Limits { wide: Some(WideLimits::default()), ..Limits::default() };
        let requested = RequestedLimits {
            deadline_ms: Some(2),
            memory_kib: Some(64),
            ..RequestedLimits::default()
        };
        let limits = limits.reduced(&requested);
        let wide = limits.of(EngineKind::Wide).unwrap();
        assert_eq!((wide.memory_bytes, wide.deadline_ms), (16 << 20, 2));
        assert_eq!(limits.of(EngineKind::Ordinary).unwrap().memory_bytes, 64 << 10);
        assert_eq!(Limits::default().of(EngineKind::Wide), None);
    }

    #[test]
    fn a_bundle_may_ask_for_less_and_never_for_more() {
        let requested = RequestedLimits {
            deadline_ms: Some(2),
            memory_kib: Some(usize::MAX),
            deliveries: Some(100),
            ..RequestedLimits::default()
        };
        let limits = Limits::default().reduced(&requested);
        assert_eq!(limits, Limits { deadline_ms: 2, ..Limits::default() });
    }
}
