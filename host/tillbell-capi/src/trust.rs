use std::ffi::c_char;

use tillbell::Trust;

use crate::error::tb_error;
use crate::pointers::{exclusive, guarded, hand_over, take_back, text};

/// Whose artefacts are loaded.
pub struct tb_trust(pub(crate) Trust);

/// Trusts nobody yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tb_trust_new(out: *mut *mut tb_trust) -> *mut tb_error {
    // SAFETY: a place for a pointer, says the header.
    guarded(|| unsafe { hand_over(out, tb_trust(Trust::new()), "out") })
}

/// Trusts the keys of a PEM text.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tb_trust_add(
    trust: *mut tb_trust,
    pem: *const c_char,
    bundle: *const c_char,
) -> *mut tb_error {
    guarded(|| {
        // SAFETY: strings that end with NUL, and a handle of this library that
        // no other thread uses, says the header.
        let (trust, pem) = unsafe { (exclusive(trust, "trust")?, text(pem, "pem")?) };
        let bundle = match bundle.is_null() {
            true => None,
            // SAFETY: as above.
            false => Some(unsafe { text(bundle, "bundle") }?),
        };
        Ok(trust.0.add_pem(pem, bundle)?)
    })
}

/// Frees what was trusted; hosts that were opened with it go on.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tb_trust_free(trust: *mut tb_trust) {
    // SAFETY: NULL, or a handle that was not freed, says the header.
    unsafe { take_back(trust) }
}
