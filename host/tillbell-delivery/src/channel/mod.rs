//! Where messages go.

mod file;

pub use file::FileChannel;
