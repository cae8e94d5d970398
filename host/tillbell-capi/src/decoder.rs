use std::ffi::c_char;

use tillbell_iso8583::{Decoder, Dialect};

use crate::error::{TB_ERROR_ARGUMENT, tb_error};
use crate::pointers::{guarded, hand_over, reference, take_back, text};
use crate::text::tb_time;

/// Reads ISO 8583 messages of one dialect.
pub struct tb_decoder(pub(crate) Decoder);

/// A decoder for a dialect by name, or by its description.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tb_decoder_new(
    dialect: *const c_char,
    reference_time: *const tb_time,
    out: *mut *mut tb_decoder,
) -> *mut tb_error {
    guarded(|| {
        // SAFETY: a string that ends with NUL, and a time, says the header.
        let (dialect, time) =
            unsafe { (text(dialect, "dialect")?, reference(reference_time, "reference_time")?) };
        let dialect = match Dialect::builtin(dialect) {
            Some(dialect) => dialect,
            None if dialect.contains('\n') => Dialect::parse(dialect, "dialect")
                .map_err(|error| tb_error::of(TB_ERROR_ARGUMENT, &error))?,
            None => {
                let names: Vec<_> = Dialect::names().collect();
                let detail = format!("no dialect of that name; there are {}", names.join(", "));
                return Err(tb_error::new(TB_ERROR_ARGUMENT, detail));
            }
        };
        let decoder = Decoder::new(dialect).reference_time(time.read("reference_time")?);
        // SAFETY: a place for a pointer, says the header.
        unsafe { hand_over(out, tb_decoder(decoder), "out") }
    })
}

/// Frees a decoder.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tb_decoder_free(decoder: *mut tb_decoder) {
    // SAFETY: NULL, or a handle that was not freed, says the header.
    unsafe { take_back(decoder) }
}
