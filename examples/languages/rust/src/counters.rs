//! The counters that the bundle's manifest names, by number: memories of one card's debits. In
//! the component they are the host's; natively a test fills them.

pub use crate::bindings::tillbell::plugin::counters::Standing;

#[cfg(target_family = "wasm")]
pub use crate::bindings::tillbell::plugin::counters::{clear, count, since, sum, tally};

#[cfg(not(target_family = "wasm"))]
pub use native::{Counter, clear, count, fill, since, sum, tally};

#[cfg(not(target_family = "wasm"))]
mod native {
    use std::cell::RefCell;
    use std::collections::BTreeMap;

    use super::Standing;

    /// What a counter holds in a test.
    #[derive(Debug, Clone, Copy, Default)]
    pub struct Counter {
        /// How many transactions.
        pub tally: u32,
        /// Their amounts, in minor units.
        pub sum: i64,
        /// When the first of them happened.
        pub since: i64,
    }

    thread_local! {
        static COUNTERS: RefCell<BTreeMap<u8, Counter>> = const { RefCell::new(BTreeMap::new()) };
    }

    /// Grants a counter to this thread's tests, with what it holds.
    pub fn fill(counter: u8, holds: Counter) {
        COUNTERS.with_borrow_mut(|all| all.insert(counter, holds));
    }

    /// Counts a transaction. Its amount is the host's to add.
    pub fn count(counter: u8) -> Standing {
        COUNTERS.with_borrow_mut(|all| match all.get_mut(&counter) {
            Some(own) => {
                own.tally += 1;
                Standing::Granted
            }
            None => Standing::NotGranted,
        })
    }

    /// How many transactions a counter holds.
    pub fn tally(counter: u8) -> u32 {
        read(counter).tally
    }

    /// The sum of their amounts.
    pub fn sum(counter: u8) -> i64 {
        read(counter).sum
    }

    /// When the first of them happened.
    pub fn since(counter: u8) -> i64 {
        read(counter).since
    }

    /// Empties a counter.
    pub fn clear(counter: u8) -> Standing {
        COUNTERS.with_borrow_mut(|all| match all.get_mut(&counter) {
            Some(own) => {
                *own = Counter::default();
                Standing::Granted
            }
            None => Standing::NotGranted,
        })
    }

    fn read(counter: u8) -> Counter {
        COUNTERS.with_borrow(|all| all.get(&counter).copied().unwrap_or_default())
    }
}
