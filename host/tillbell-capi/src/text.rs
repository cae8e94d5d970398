use std::ffi::c_char;

use tillbell_transaction::Timestamp;

use crate::error::{TB_ERROR_ARGUMENT, tb_error};
use crate::pointers::Result;

/// UTF-8 that somebody else owns, with a NUL behind it.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct tb_text {
    /// The first byte; never NULL.
    pub data: *const c_char,
    /// How many bytes, without the NUL.
    pub length: usize,
}

/// An instant, and the wall clock it was read on.
#[repr(C)]
#[derive(Clone, Copy, Default)]
pub struct tb_time {
    /// Seconds since 1970-01-01T00:00:00Z; 0 where there is no instant.
    pub unix_seconds: i64,
    /// Minutes to add to UTC for the local wall clock, -840 to 840.
    pub utc_offset_minutes: i16,
}

/// A text with the NUL behind it, for [`tb_text`].
pub(crate) struct Text(Box<[u8]>);

impl Text {
    pub(crate) fn of(text: &str) -> Self {
        let mut bytes = Vec::with_capacity(text.len() + 1);
        bytes.extend_from_slice(text.as_bytes());
        bytes.push(0);
        Self(bytes.into())
    }

    pub(crate) fn lent(&self) -> tb_text {
        tb_text { data: self.0.as_ptr().cast(), length: self.0.len() - 1 }
    }
}

impl tb_time {
    pub(crate) fn read(self, name: &str) -> Result<Timestamp> {
        Timestamp::new(self.unix_seconds, self.utc_offset_minutes)
            .map_err(|error| tb_error::new(TB_ERROR_ARGUMENT, format!("{name}: {error}")))
    }
}

impl From<Timestamp> for tb_time {
    fn from(time: Timestamp) -> Self {
        Self { unix_seconds: time.unix_seconds(), utc_offset_minutes: time.utc_offset_minutes() }
    }
}
