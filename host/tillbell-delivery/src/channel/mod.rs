//! Where messages go.

mod file;
pub mod http;
mod plain;

pub use file::FileChannel;
pub use plain::{FileRoute, print};
