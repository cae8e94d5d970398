//! Where messages go: each way out is a module of its own, and all of them claim,
//! give back and report in the same way.

mod console;
mod file;
pub mod http;
pub mod smpp;
mod way;

pub use console::ConsoleRoute;
pub use file::{FileChannel, FileRoute};
