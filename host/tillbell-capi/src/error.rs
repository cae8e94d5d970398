use std::error::Error as StdError;
use std::ffi::{CString, c_char};

use tillbell::ErrorKind;

use crate::pointers::take_back;

/// What sort of thing went wrong; see `tillbell.h`.
pub type tb_error_kind = u32;
/// An argument is NULL, not UTF-8, or out of range.
pub const TB_ERROR_ARGUMENT: tb_error_kind = 1;
/// A transaction cannot be read.
pub const TB_ERROR_RECORD: tb_error_kind = 2;
/// The library panicked: a defect of it.
pub const TB_ERROR_PANIC: tb_error_kind = 3;
/// A manifest says something that is not allowed.
pub const TB_ERROR_MANIFEST: tb_error_kind = 10;
/// A file cannot be read or written.
pub const TB_ERROR_FILE: tb_error_kind = 11;
/// Two bundles claim the same cards or name.
pub const TB_ERROR_OVERLAP: tb_error_kind = 12;
/// An artefact is cut short, or for another target, version or settings.
pub const TB_ERROR_ARTEFACT: tb_error_kind = 13;
/// An artefact is not signed by a key that is trusted with it.
pub const TB_ERROR_UNTRUSTED: tb_error_kind = 14;
/// A later release of the bundle ran before.
pub const TB_ERROR_DOWNGRADE: tb_error_kind = 15;
/// A plugin ran into its deadline.
pub const TB_ERROR_DEADLINE: tb_error_kind = 20;
/// A plugin, or a bundle, needs more than it may have.
pub const TB_ERROR_LIMIT: tb_error_kind = 21;
/// A plugin trapped.
pub const TB_ERROR_TRAP: tb_error_kind = 22;
/// A plugin answered with an error.
pub const TB_ERROR_REFUSED: tb_error_kind = 23;
/// A plugin answered with what its interface rules out.
pub const TB_ERROR_INVALID_RESULT: tb_error_kind = 24;
/// The guard blocked a text.
pub const TB_ERROR_GUARD: tb_error_kind = 25;
/// A bundle rests after failures in a row.
pub const TB_ERROR_TRIPPED: tb_error_kind = 26;
/// The host could not: the engine, the system, too much at once.
pub const TB_ERROR_HOST: tb_error_kind = 30;

/// Why a call failed.
pub struct tb_error {
    kind: tb_error_kind,
    message: CString,
}

impl tb_error {
    pub(crate) fn new(kind: tb_error_kind, message: String) -> Self {
        let message = message.replace('\0', " ");
        Self { kind, message: CString::new(message).unwrap_or_default() }
    }

    /// An error of this kind, with what caused it.
    pub(crate) fn of(kind: tb_error_kind, error: &dyn StdError) -> Self {
        let mut message = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            message.push_str(": ");
            message.push_str(&cause.to_string());
            source = cause.source();
        }
        Self::new(kind, message)
    }
}

impl From<tillbell::Error> for tb_error {
    fn from(error: tillbell::Error) -> Self {
        Self::of(number(error.kind()), &error)
    }
}

/// The number of a kind.
pub(crate) fn number(kind: ErrorKind) -> tb_error_kind {
    match kind {
        ErrorKind::Manifest => TB_ERROR_MANIFEST,
        ErrorKind::File => TB_ERROR_FILE,
        ErrorKind::Overlap => TB_ERROR_OVERLAP,
        ErrorKind::Artefact | ErrorKind::Component | ErrorKind::Configuration => TB_ERROR_ARTEFACT,
        ErrorKind::Untrusted => TB_ERROR_UNTRUSTED,
        ErrorKind::Downgrade => TB_ERROR_DOWNGRADE,
        ErrorKind::Deadline => TB_ERROR_DEADLINE,
        ErrorKind::Limit => TB_ERROR_LIMIT,
        ErrorKind::Trap => TB_ERROR_TRAP,
        ErrorKind::Refused => TB_ERROR_REFUSED,
        ErrorKind::InvalidResult => TB_ERROR_INVALID_RESULT,
        ErrorKind::Guard => TB_ERROR_GUARD,
        ErrorKind::Tripped => TB_ERROR_TRIPPED,
        _ => TB_ERROR_HOST,
    }
}

/// The kind of an error; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tb_error_get_kind(error: *const tb_error) -> tb_error_kind {
    // SAFETY: NULL, or an error of this library, says the header.
    unsafe { error.as_ref() }.map_or(0, |error| error.kind)
}

/// The words of an error; "" for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tb_error_get_message(error: *const tb_error) -> *const c_char {
    // SAFETY: NULL, or an error of this library, says the header.
    unsafe { error.as_ref() }.map_or(c"".as_ptr(), |error| error.message.as_ptr())
}

/// Frees an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tb_error_free(error: *mut tb_error) {
    // SAFETY: NULL, or an error that was not freed, says the header.
    unsafe { take_back(error) }
}
