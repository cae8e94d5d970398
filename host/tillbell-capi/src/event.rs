use std::collections::VecDeque;

use tillbell::Event;

use crate::error::{number, tb_error, tb_error_kind};
use crate::pointers::{exclusive, guarded, reference, take_back};
use crate::text::{Text, tb_text};

/// What happened to a bundle; see `tillbell.h`.
pub type tb_event_kind = u32;
/// Its plugins rest after failures in a row.
pub const TB_TRIPPED: tb_event_kind = 1;
/// They run again.
pub const TB_RECOVERED: tb_event_kind = 2;
/// A new release failed: the one before it runs again.
pub const TB_RESTORED: tb_event_kind = 3;
/// A new release did well for long enough.
pub const TB_PROVEN: tb_event_kind = 4;
/// A kind that this version of the interface has no name for.
pub const TB_OTHER_EVENT: tb_event_kind = 255;

/// What happened to a bundle.
pub struct tb_event {
    kind: tb_event_kind,
    bundle: Text,
    release: u64,
    failed_release: u64,
    failure: tb_error_kind,
    retry_after_ms: u64,
    text: Text,
}

/// An event, lent.
#[repr(C)]
pub struct tb_event_view {
    /// What happened.
    pub kind: tb_event_kind,
    /// How the last failure was; 0 where there was none.
    pub failure: tb_error_kind,
    /// The bundle's id.
    pub bundle: tb_text,
    /// Its release: the one that runs now, or rests.
    pub release: u64,
    /// For [`TB_RESTORED`]: the release that failed; else 0.
    pub failed_release: u64,
    /// For [`TB_TRIPPED`]: when one transaction will try again.
    pub retry_after_ms: u64,
    /// All of it in words.
    pub text: tb_text,
}

/// Events that nobody has taken yet, and how many were dropped.
#[derive(Default)]
pub(crate) struct Waiting {
    events: VecDeque<tb_event>,
    dropped: u64,
}

impl Waiting {
    /// Takes the next; asks the host only when none is left here, so what waits
    /// is bounded as the host's own queue is.
    pub(crate) fn next(&mut self, host: &tillbell::Host) -> (Option<tb_event>, u64) {
        if self.events.is_empty() {
            let (events, dropped) = host.events();
            self.events.extend(events.iter().map(tb_event::of));
            self.dropped += dropped;
        }
        (self.events.pop_front(), std::mem::take(&mut self.dropped))
    }
}

impl tb_event {
    fn of(event: &Event) -> Self {
        let mut own = Self {
            kind: TB_OTHER_EVENT,
            bundle: Text::of(""),
            release: 0,
            failed_release: 0,
            failure: 0,
            retry_after_ms: 0,
            text: Text::of(&event.to_string()),
        };
        let (bundle, release) = match event {
            Event::Tripped { bundle, release, failure, retry_after } => {
                own.kind = TB_TRIPPED;
                own.failure = number(*failure);
                own.retry_after_ms = u64::try_from(retry_after.as_millis()).unwrap_or(u64::MAX);
                (bundle, release)
            }
            Event::Recovered { bundle, release } => {
                own.kind = TB_RECOVERED;
                (bundle, release)
            }
            Event::Restored { bundle, release, failed, failure } => {
                own.kind = TB_RESTORED;
                own.failure = number(*failure);
                own.failed_release = *failed;
                (bundle, release)
            }
            Event::Proven { bundle, release } => {
                own.kind = TB_PROVEN;
                (bundle, release)
            }
            _ => return own,
        };
        own.bundle = Text::of(bundle);
        own.release = *release;
        own
    }
}

/// Reads an event.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tb_event_read(
    event: *const tb_event,
    view: *mut tb_event_view,
) -> *mut tb_error {
    guarded(|| {
        // SAFETY: a handle of this library, and a place for the view, says the
        // header; all of it is written.
        let (event, view) = unsafe { (reference(event, "event")?, exclusive(view, "view")?) };
        *view = tb_event_view {
            kind: event.kind,
            failure: event.failure,
            bundle: event.bundle.lent(),
            release: event.release,
            failed_release: event.failed_release,
            retry_after_ms: event.retry_after_ms,
            text: event.text.lent(),
        };
        Ok(())
    })
}

/// Frees an event, and what was lent of it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tb_event_free(event: *mut tb_event) {
    // SAFETY: NULL, or a handle that was not freed, says the header.
    unsafe { take_back(event) }
}
