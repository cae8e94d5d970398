//! The one place that builds a `wasmtime::Config`.
//!
//! The host and the bake use the same settings, because code compiled under
//! others does not load: [`settings`] is what both agree on, `runtime` adds
//! what only matters while running.

use std::sync::Arc;

use wasmtime::{
    Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, WasmFeatures,
};

use crate::artefact::CodePages;
use crate::{EngineKind, Error, ErrorKind, Limits, Result, Target};

/// The major version of Wasmtime that this crate is built with.
const WASMTIME_MAJOR: u32 = 48;
/// Counts the changes of [`settings`] in the ordinary engine.
const SETTINGS_FORM: u32 = 2;
/// The same in the wide engine: alike today, each may change without the other.
const WIDE_SETTINGS_FORM: u32 = 1;
/// Plugins in one transaction: one of each role.
pub(crate) const ROLES: u32 = 3;
/// The most linear memory of a plugin that is interpreted, in bytes: so much is
/// reserved for each.
const INTERPRETED_MEMORY_BYTES_MAX: u64 = 8 * 1024 * 1024;
/// The largest memory that is written back as a whole, in bytes.
const WRITTEN_BACK_BYTES_MAX: usize = 4 * 1024 * 1024;

/// What compiled code depends on.
///
/// - only the WebAssembly that plugins need: no threads, no GC, no SIMD, no
///   64-bit or second memory, nothing that is still a proposal
/// - epochs, so that a plugin that hangs is stopped; fuel, where limits name it
/// - memory that is never moved, with guard pages in place of bounds checks
///   (the interpreter checks bounds itself, and reserves little: a 32-bit till
///   has few addresses)
/// - no tables for unwinders and debuggers
/// - no concurrency: a call is a call
pub fn settings(limits: &Limits, target: Target) -> Config {
    let mut config = Config::new();
    config
        .concurrency_support(false)
        .consume_fuel(limits.fuel.is_some())
        .epoch_interruption(true)
        .wasm_features(
            WasmFeatures::THREADS | WasmFeatures::SIMD | WasmFeatures::RELAXED_SIMD,
            false,
        )
        .wasm_features(WasmFeatures::MEMORY64 | WasmFeatures::MULTI_MEMORY, false)
        .wasm_features(WasmFeatures::TAIL_CALL, false)
        .generate_address_map(false)
        .native_unwind_info(false)
        .memory_may_move(false)
        .table_lazy_init(true);
    if target.is_interpreted() {
        config.memory_reservation(INTERPRETED_MEMORY_BYTES_MAX);
    }
    config
}

/// The engine that runs baked plugins under these limits: the host's own, and
/// that of the bench which keeps instances.
///
/// # Errors
/// [`ErrorKind::Host`] if it cannot start.
#[doc(hidden)]
pub fn runtime(limits: &Limits, target: Target) -> Result<Engine> {
    let mut pool = PoolingAllocationConfig::new();
    let transactions = limits.concurrent_transactions.max(1);
    let instances = transactions.saturating_mul(ROLES);
    pool.total_component_instances(instances)
        .total_core_instances(instances.saturating_mul(limits.instances))
        .max_core_instances_per_component(limits.instances)
        .total_memories(instances.saturating_mul(limits.memories))
        .max_memories_per_component(limits.memories)
        .total_tables(instances.saturating_mul(limits.tables))
        .max_tables_per_component(limits.tables)
        .table_elements(limits.table_elements)
        .max_component_instance_size(limits.instance_bytes)
        .max_core_instance_size(limits.instance_bytes)
        .max_memory_size(limits.memory_bytes)
        .max_unused_warm_slots(instances)
        .linear_memory_keep_resident(resident_bytes(limits))
        .table_keep_resident(limits.table_elements * size_of::<usize>())
        .pagemap_scan(Enabled::Auto);
    let mut config = settings(limits, target);
    // Where it is this machine's own, it is not named: another C library
    // would make another name of it.
    if target != Target::host() {
        config.target(target.triple()).map_err(|error| failed(error, target))?;
    }
    config
        .with_custom_code_memory(Some(Arc::new(CodePages)))
        .max_wasm_stack(limits.wasm_stack_bytes)
        .wasm_backtrace_max_frames(None)
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    Engine::new(&config).map_err(|error| failed(error, target))
}

/// How much of a memory its slot keeps between two instances, and writes back: page
/// faults, not instructions, are what a fresh instance costs. A kernel before Linux 6.7
/// does not say what was written, so that all of it is written back; of a large memory
/// nothing is kept there (JavaScript, a transaction of one text: 0.37 ms where the kernel
/// says it, else 1.9 ms with all kept and 1.25 ms with nothing).
fn resident_bytes(limits: &Limits) -> usize {
    let is_large = limits.memory_bytes > WRITTEN_BACK_BYTES_MAX;
    match is_large && !PoolingAllocationConfig::is_pagemap_scan_available() {
        true => 0,
        false => limits.memory_bytes,
    }
}

fn failed(error: wasmtime::Error, target: Target) -> Error {
    Error::new(ErrorKind::Host, format!("cannot start the engine for {target}")).because(error)
}

/// Names what compiled code depends on, beside its target: the version of
/// Wasmtime and the form of [`settings`]. Wasmtime checks the same and more
/// when it loads; this says it in words.
pub fn settings_name(limits: &Limits, kind: EngineKind) -> String {
    let fuel = if limits.fuel.is_some() { ", fuel" } else { "" };
    let (wide, form) = match kind {
        EngineKind::Ordinary => ("", SETTINGS_FORM),
        EngineKind::Wide => ("wide ", WIDE_SETTINGS_FORM),
    };
    format!("wasmtime {WASMTIME_MAJOR}, {wide}settings {form}{fuel}")
}

/// The compiler's settings for a target: the baseline of its architecture, so
/// that what one machine bakes runs on every other.
///
/// # Errors
/// [`ErrorKind::Host`] if the compiler does not know the target.
pub fn compiler_settings(limits: &Limits, target: Target) -> Result<Config> {
    let mut config = settings(limits, target);
    config.target(target.triple()).map_err(|error| failed(error, target))?;
    Ok(config)
}
