//! The host for C. `include/tillbell.h` is what its users read: it says of each
//! function who owns what, what may be NULL and from which threads it may be
//! called. Here is nothing clever: pointers become references, errors become
//! values, and no panic crosses.
#![expect(unsafe_code, reason = "the boundary to C: pointers that the caller vouches for")]
#![allow(non_camel_case_types, reason = "C's names")]
#![allow(clippy::missing_safety_doc, reason = "what callers must hold is said in tillbell.h")]

mod decoder;
mod error;
mod event;
mod guard;
mod host;
mod limits;
mod outcome;
mod pointers;
mod text;
mod trust;

pub use decoder::*;
pub use error::*;
pub use event::*;
pub use guard::*;
pub use host::*;
pub use limits::*;
pub use outcome::*;
pub use text::*;
pub use trust::*;

use std::ffi::c_char;

/// The version of the library.
#[unsafe(no_mangle)]
pub extern "C" fn tb_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}
