use tillbell::Limits;

use crate::error::{TB_ERROR_ARGUMENT, tb_error};
use crate::pointers::{Result, exclusive, guarded};

/// How much of each resource a plugin may use; see `tillbell.h`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct tb_limits {
    /// sizeof(tb_limits), as the caller was compiled.
    pub size: usize,
    /// Wall time of one call, in milliseconds, 1 to 1,000.
    pub deadline_ms: u32,
    /// Transactions at the same time, 1 to 1,000.
    pub concurrent_transactions: u32,
    /// Linear memory of one plugin, in bytes, a multiple of 65,536.
    pub memory_bytes: usize,
    /// Native stack of one call, in bytes.
    pub wasm_stack_bytes: usize,
    /// Values returned by one call, in bytes.
    pub result_bytes: usize,
    /// Log lines of one transaction, in bytes.
    pub log_bytes: usize,
    /// Messages of one transaction.
    pub deliveries: usize,
    /// Entries of one table of a plugin.
    pub table_elements: usize,
    /// The host's bookkeeping of one instance, in bytes.
    pub instance_bytes: usize,
    /// Core instances of one component.
    pub instances: u32,
    /// Linear memories of one component.
    pub memories: u32,
    /// Tables of one component.
    pub tables: u32,
}

impl tb_limits {
    pub(crate) fn read(&self) -> Result<Limits> {
        if self.size != size_of::<Self>() {
            let detail = "limits: size is not sizeof(tb_limits): call tb_limits_init first";
            return Err(tb_error::new(TB_ERROR_ARGUMENT, detail.into()));
        }
        Ok(Limits {
            deadline_ms: self.deadline_ms,
            concurrent_transactions: self.concurrent_transactions,
            memory_bytes: self.memory_bytes,
            wasm_stack_bytes: self.wasm_stack_bytes,
            result_bytes: self.result_bytes,
            log_bytes: self.log_bytes,
            deliveries: self.deliveries,
            table_elements: self.table_elements,
            instance_bytes: self.instance_bytes,
            instances: self.instances,
            memories: self.memories,
            tables: self.tables,
            ..Limits::default()
        })
    }
}

/// Fills in the defaults.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tb_limits_init(limits: *mut tb_limits) -> *mut tb_error {
    guarded(|| {
        // SAFETY: a place for the limits, says the header; all of it is written.
        let limits = unsafe { exclusive(limits, "limits") }?;
        let defaults = Limits::default();
        *limits = tb_limits {
            size: size_of::<tb_limits>(),
            deadline_ms: defaults.deadline_ms,
            concurrent_transactions: defaults.concurrent_transactions,
            memory_bytes: defaults.memory_bytes,
            wasm_stack_bytes: defaults.wasm_stack_bytes,
            result_bytes: defaults.result_bytes,
            log_bytes: defaults.log_bytes,
            deliveries: defaults.deliveries,
            table_elements: defaults.table_elements,
            instance_bytes: defaults.instance_bytes,
            instances: defaults.instances,
            memories: defaults.memories,
            tables: defaults.tables,
        };
        Ok(())
    })
}
