//! Pointers of the caller as references, and what fails as an error.

use std::ffi::{CStr, c_char};
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::error::{TB_ERROR_ARGUMENT, TB_ERROR_PANIC, tb_error};

/// What a function of this crate comes to, before it is handed to C.
pub(crate) type Result<T> = std::result::Result<T, tb_error>;

/// Runs a function's body: NULL, or an error that the caller frees.
pub(crate) fn guarded(body: impl FnOnce() -> Result<()>) -> *mut tb_error {
    // A panic leaves nothing half done that anybody looks at again: handles are
    // behind locks that do not mind.
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(())) => std::ptr::null_mut(),
        Ok(Err(error)) => Box::into_raw(Box::new(error)),
        Err(_) => {
            let error = tb_error::new(TB_ERROR_PANIC, "the library panicked".into());
            Box::into_raw(Box::new(error))
        }
    }
}

fn null(name: &str) -> tb_error {
    tb_error::new(TB_ERROR_ARGUMENT, format!("{name} is NULL"))
}

/// # Safety
/// NULL, or a value of this type that lives as long as the reference.
pub(crate) unsafe fn reference<'a, T>(pointer: *const T, name: &str) -> Result<&'a T> {
    // SAFETY: the caller's promise.
    unsafe { pointer.as_ref() }.ok_or_else(|| null(name))
}

/// # Safety
/// As [`reference`], and nobody else's meanwhile.
pub(crate) unsafe fn exclusive<'a, T>(pointer: *mut T, name: &str) -> Result<&'a mut T> {
    // SAFETY: the caller's promise.
    unsafe { pointer.as_mut() }.ok_or_else(|| null(name))
}

/// # Safety
/// NULL, or so many readable bytes.
pub(crate) unsafe fn bytes<'a>(start: *const u8, length: usize, name: &str) -> Result<&'a [u8]> {
    if start.is_null() {
        return Err(null(name));
    }
    if length > isize::MAX as usize {
        return Err(tb_error::new(TB_ERROR_ARGUMENT, format!("{name} is too long")));
    }
    // SAFETY: the caller's promise.
    Ok(unsafe { std::slice::from_raw_parts(start, length) })
}

/// # Safety
/// NULL, or a string that ends with NUL.
pub(crate) unsafe fn text<'a>(start: *const c_char, name: &str) -> Result<&'a str> {
    if start.is_null() {
        return Err(null(name));
    }
    // SAFETY: the caller's promise.
    unsafe { CStr::from_ptr(start) }
        .to_str()
        .map_err(|_| tb_error::new(TB_ERROR_ARGUMENT, format!("{name} is not UTF-8")))
}

/// Hands a value to the caller, who frees it.
///
/// # Safety
/// NULL, or a place for a pointer.
pub(crate) unsafe fn hand_over<T>(out: *mut *mut T, value: T, name: &str) -> Result<()> {
    // SAFETY: the caller's promise.
    let place = unsafe { exclusive(out, name) }?;
    *place = Box::into_raw(Box::new(value));
    Ok(())
}

/// Takes back what [`hand_over`] gave; NULL is nothing.
///
/// # Safety
/// NULL, or what was handed over and was not taken back.
pub(crate) unsafe fn take_back<T>(pointer: *mut T) {
    if !pointer.is_null() {
        // SAFETY: the caller's promise. What is dropped has no code of others.
        let owned = unsafe { Box::from_raw(pointer) };
        let _ = catch_unwind(AssertUnwindSafe(|| drop(owned)));
    }
}
