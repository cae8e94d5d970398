//! The three reference plugins, as core modules: a bank that writes no code needs nothing but
//! the command that links this. `build.rs` says how they are made.
//!
//! ```
//! assert!(tillbell_builtin::module("routing").is_some_and(|module| module.starts_with(b"\0asm")));
//! assert_eq!(tillbell_builtin::module("other"), None);
//! ```

/// The names, in the order of their roles: router, masker, renderer.
pub const NAMES: [&str; 3] = ["routing", "privacy", "template"];

const MODULES: [&[u8]; 3] = [
    include_bytes!(concat!(env!("OUT_DIR"), "/routing.wasm")),
    include_bytes!(concat!(env!("OUT_DIR"), "/privacy.wasm")),
    include_bytes!(concat!(env!("OUT_DIR"), "/template.wasm")),
];

/// The module of this name.
pub fn module(name: &str) -> Option<&'static [u8]> {
    NAMES.iter().position(|own| *own == name).map(|at| MODULES[at])
}
