use serde::Deserialize;

/// How much of each resource a plugin may use. What the embedder passes is the
/// platform's maximum; a bundle may ask for less, never for more.
///
/// The defaults:
/// - `deadline_ms`: 5 ms of wall time for each call of a plugin
/// - `memory_bytes`: 2 MiB of linear memory for each plugin
/// - `wasm_stack_bytes`: 256 KiB of native stack below a call
/// - `result_bytes`: 128 KiB for all values that one call returns
/// - `log_bytes`: 4 KiB of log lines for each transaction
/// - `deliveries`: 8 messages for each transaction
/// - `component_bytes`: 1 MiB for each component, as it is shipped
/// - `concurrent_transactions`: 8 at the same time in one host
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Wall time of one call, in milliseconds, 1 to 1,000.
    pub deadline_ms: u32,
    /// Linear memory of one plugin, in bytes, a multiple of 64 KiB.
    pub memory_bytes: usize,
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
    /// Transactions at the same time; more wait for their turn by failing
    /// with [`ErrorKind::Limit`](crate::ErrorKind::Limit) in their stages.
    pub concurrent_transactions: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            deadline_ms: 5,
            memory_bytes: 2 * 1024 * 1024,
            wasm_stack_bytes: 256 * 1024,
            result_bytes: 128 * 1024,
            log_bytes: 4 * 1024,
            deliveries: 8,
            component_bytes: 1024 * 1024,
            concurrent_transactions: 8,
        }
    }
}

/// What a bundle asks for in `[limits]` of its manifest.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RequestedLimits {
    /// As [`Limits::deadline_ms`].
    pub deadline_ms: Option<u32>,
    /// As [`Limits::memory_bytes`], in KiB.
    pub memory_kib: Option<usize>,
    /// As [`Limits::deliveries`].
    pub deliveries: Option<usize>,
    /// As [`Limits::log_bytes`].
    pub log_bytes: Option<usize>,
}

impl Limits {
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
        less(&mut limits.deliveries, requested.deliveries);
        less(&mut limits.log_bytes, requested.log_bytes);
        limits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bundle_may_ask_for_less_and_never_for_more() {
        let requested = RequestedLimits {
            deadline_ms: Some(2),
            memory_kib: Some(usize::MAX),
            deliveries: Some(100),
            log_bytes: None,
        };
        let limits = Limits::default().reduced(&requested);
        assert_eq!(limits, Limits { deadline_ms: 2, ..Limits::default() });
    }
}
