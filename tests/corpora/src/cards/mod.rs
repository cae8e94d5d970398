//! Card numbers, own and others', in disguise.

pub mod disguised;
pub mod issuers;

pub use disguised::disguised;
