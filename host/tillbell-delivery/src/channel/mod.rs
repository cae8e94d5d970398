//! Where messages go.

mod file;
mod plain;

pub use file::FileChannel;
pub use plain::{FileRoute, print};
