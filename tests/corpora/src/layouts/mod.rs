//! Clean texts, as banks write them.

pub mod calendar;
pub mod countries;
pub mod currencies;
pub mod facts;
mod foreign;
mod own;
pub mod render;
pub mod writing;

pub use foreign::{facts_for, foreign};
pub use own::{BANKS, all_templates, own};
