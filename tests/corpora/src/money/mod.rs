//! Dirty texts: amounts, fees and balances that are not the transaction's.

mod bare;
pub mod collisions;
mod languages;
mod marked;
pub mod numerals;
mod scene;
mod wrong;

pub use bare::bare;
pub use marked::marked;
