//! Strangers' numbers, values from elsewhere, handles and names.

pub mod base;
pub mod facts;
pub mod handles;
pub mod locales;
pub mod long;
pub mod names;
pub mod numerals;
pub mod place;
pub mod short;
pub mod views;

pub use base::control;
pub use handles::handles;
pub use long::long;
pub use short::short;
pub use views::views;
