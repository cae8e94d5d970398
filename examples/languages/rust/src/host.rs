//! What a plugin may ask of its host. In the component the host answers; natively what stands
//! here does, so that `cargo test` can run whatever logs.

pub use crate::bindings::tillbell::plugin::log::Level;

/// Notes a line for whoever operates the host.
#[cfg(target_family = "wasm")]
pub fn log(level: Level, message: &str) {
    crate::bindings::tillbell::plugin::log::log(level, message);
}

/// Has the host note the file and line of every panic: all that is left of one but a trap. Not
/// its message, which may say what a person is called.
#[cfg(target_family = "wasm")]
pub fn report_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(|at| format!("{}:{}", at.file(), at.line()));
        log(Level::Error, &format!("panicked at {}", place.as_deref().unwrap_or("?")));
    }));
}

#[cfg(not(target_family = "wasm"))]
pub use native::{log, logged};

#[cfg(not(target_family = "wasm"))]
mod native {
    use std::cell::RefCell;

    use super::Level;

    thread_local! {
        static LINES: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
    }

    /// Keeps a line for [`logged`].
    pub fn log(level: Level, message: &str) {
        let level = match level {
            Level::Debug => "debug",
            Level::Info => "info",
            Level::Warn => "warn",
            Level::Error => "error",
        };
        LINES.with_borrow_mut(|lines| lines.push(format!("{level}: {message}")));
    }

    /// The lines that this thread logged, and none of them the next time.
    pub fn logged() -> Vec<String> {
        LINES.take()
    }
}
