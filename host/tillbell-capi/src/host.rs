use std::ffi::c_char;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use tillbell::{
    Artefact, CaseSettings, Docket, Host, Limits, ReleaseLedger, Taken, Target, Ticker, Trust,
    WideLimits,
};
use tillbell_transaction::{Record, Timestamp, Transaction, json};

use crate::decoder::tb_decoder;
use crate::error::{TB_ERROR_ARGUMENT, TB_ERROR_RECORD, tb_error};
use crate::event::{Waiting, tb_event};
use crate::limits::tb_limits;
use crate::outcome::tb_outcome;
use crate::pointers::{Result, bytes, exclusive, guarded, hand_over, reference, take_back, text};
use crate::text::tb_time;
use crate::trust::tb_trust;

/// How a host is opened; see `tillbell.h`.
pub type tb_host_flags = u32;
/// No thread is started: the caller calls `tb_host_tick` each millisecond.
pub const TB_TICKED: tb_host_flags = 1;
/// Runs artefacts for the interpreter, also where there is native code.
pub const TB_INTERPRETED: tb_host_flags = 2;
/// Bundles may have plugins in the wide engine.
pub const TB_WIDE: tb_host_flags = 4;

/// The longest record, in bytes.
const RECORD_BYTES_MAX: usize = 64 * 1024;
/// The most transactions that are remembered.
const REMEMBERED_MAX: usize = 1_000_000;
/// The longest that a reversal waits for its original: a day.
const ORPHAN_SECONDS_MAX: u32 = 86_400;

/// A host. All of its functions may be called from any thread.
pub struct tb_host {
    host: RwLock<Host>,
    /// Not behind the lock: a call that only a tick ends holds it.
    ticker: Ticker,
    trust: Trust,
    docket: RwLock<Option<Arc<Docket>>>,
    events: Mutex<Waiting>,
}

impl tb_host {
    fn process(
        &self,
        mut transaction: Box<Transaction>,
        now: Option<tb_time>,
    ) -> Result<tb_outcome> {
        let now = match now {
            Some(now) => now.read("now")?,
            None => transaction.time,
        };
        let identified = transaction.is_identified();
        let host = self.host.read().unwrap_or_else(PoisonError::into_inner);
        let Some(docket) = self.docket() else {
            return Ok(tb_outcome::of(host.process(&transaction, now), identified));
        };
        let taken = docket.take(&mut transaction, now, &mut |shown, now| host.process(shown, now));
        Ok(outcome_of(&host, &transaction, taken))
    }

    /// Decides what is due, if anything is.
    fn decide_due(&self, now: Timestamp) -> Option<tb_outcome> {
        let host = self.host.read().unwrap_or_else(PoisonError::into_inner);
        let docket = self.docket()?;
        while let Some(waits) = docket.next_due(now.unix_seconds()) {
            // Another thread may have decided it meanwhile.
            let Some(mut transaction) = docket.recall(waits.number) else { continue };
            let offset = transaction.time.utc_offset_minutes();
            let now = Timestamp::new(now.unix_seconds(), offset).unwrap_or(now);
            let mut decide = |shown: &Transaction, now| host.process(shown, now);
            if let Some(taken) = docket.decide(waits.number, &mut transaction, now, &mut decide) {
                return Some(outcome_of(&host, &transaction, taken));
            }
        }
        None
    }

    fn docket(&self) -> Option<Arc<Docket>> {
        self.docket.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn read(&self, record: Record, now: Option<tb_time>) -> Result<tb_outcome> {
        match record {
            Record::Transaction(transaction) => self.process(transaction, now),
            Record::Ignored(ignored) => Ok(tb_outcome::ignored(&ignored)),
        }
    }
}

fn outcome_of(host: &Host, transaction: &Transaction, taken: Taken) -> tb_outcome {
    let mut outcome = taken.outcome;
    if outcome.bundle.is_none() {
        outcome.bundle = host.bundle_of(transaction).map(|manifest| manifest.id.clone());
    }
    tb_outcome::of(outcome, transaction.is_identified())
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn within_limit(record: &[u8]) -> Result<()> {
    let length = record.len();
    if length > RECORD_BYTES_MAX {
        let detail = format!("a record of {length} bytes, limit {RECORD_BYTES_MAX}");
        return Err(tb_error::new(TB_ERROR_RECORD, detail));
    }
    Ok(())
}

/// Opens a host without bundles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tb_host_open(
    limits: *const tb_limits,
    trust: *const tb_trust,
    ledger_path: *const c_char,
    flags: tb_host_flags,
    out: *mut *mut tb_host,
) -> *mut tb_error {
    guarded(|| {
        // SAFETY: NULL, or a place for a pointer, says the header.
        unsafe { exclusive(out, "out") }?;
        if flags & !(TB_TICKED | TB_INTERPRETED | TB_WIDE) != 0 {
            return Err(tb_error::new(TB_ERROR_ARGUMENT, format!("flags {flags:#x} are unknown")));
        }
        // SAFETY: NULL or the caller's limits, and a handle, says the header.
        let (limits, trust) = unsafe { (limits.as_ref(), reference(trust, "trust")?) };
        let mut limits = limits.map_or_else(|| Ok(Limits::default()), tb_limits::read)?;
        limits.wide = (flags & TB_WIDE != 0).then(WideLimits::default);
        let mut builder = Host::builder(limits);
        if flags & TB_TICKED != 0 {
            builder = builder.ticked();
        }
        if flags & TB_INTERPRETED != 0 {
            builder = builder.target(Target::interpreter());
        }
        if !ledger_path.is_null() {
            // SAFETY: a string that ends with NUL, says the header.
            let path = unsafe { text(ledger_path, "ledger_path") }?;
            builder = builder.ledger(ReleaseLedger::open(Path::new(path))?);
        }
        let host = builder.build()?;
        let host = tb_host {
            ticker: host.ticker(),
            host: RwLock::new(host),
            trust: trust.0.clone(),
            docket: RwLock::default(),
            events: Mutex::default(),
        };
        // SAFETY: a place for a pointer, says the header.
        unsafe { hand_over(out, host, "out") }
    })
}

/// Loads a bank's artefact.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tb_host_load(host: *mut tb_host, path: *const c_char) -> *mut tb_error {
    guarded(|| {
        // SAFETY: a handle and a string that ends with NUL, says the header.
        let (host, path) = unsafe { (reference(host, "host")?, text(path, "path")?) };
        let artefact = Artefact::open(Path::new(path), &host.trust)?;
        Ok(host.host.write().unwrap_or_else(PoisonError::into_inner).load(&artefact)?)
    })
}

/// Puts a later release in the place of the one that runs.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tb_host_replace(host: *mut tb_host, path: *const c_char) -> *mut tb_error {
    guarded(|| {
        // SAFETY: as in `tb_host_load`.
        let (host, path) = unsafe { (reference(host, "host")?, text(path, "path")?) };
        let artefact = Artefact::open(Path::new(path), &host.trust)?;
        Ok(host.host.read().unwrap_or_else(PoisonError::into_inner).replace(&artefact)?)
    })
}

/// Remembers so many transactions, to recognise what belongs together.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tb_host_remember(
    host: *mut tb_host,
    transactions: usize,
    orphan_seconds: u32,
) -> *mut tb_error {
    guarded(|| {
        // SAFETY: a handle of this library, says the header.
        let host = unsafe { reference(host, "host") }?;
        if transactions > REMEMBERED_MAX {
            let detail = format!("transactions: at most {REMEMBERED_MAX}");
            return Err(tb_error::new(TB_ERROR_ARGUMENT, detail));
        }
        if orphan_seconds > ORPHAN_SECONDS_MAX {
            let detail = format!("orphan_seconds: at most {ORPHAN_SECONDS_MAX}");
            return Err(tb_error::new(TB_ERROR_ARGUMENT, detail));
        }
        let settings =
            CaseSettings { orphan_seconds: orphan_seconds.into(), ..CaseSettings::default() };
        let docket = (transactions > 0).then(|| Arc::new(Docket::new(transactions, settings)));
        *host.docket.write().unwrap_or_else(PoisonError::into_inner) = docket;
        Ok(())
    })
}

/// Decides the next transaction that is due.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tb_host_due(
    host: *const tb_host,
    now: *const tb_time,
    out: *mut *mut tb_outcome,
) -> *mut tb_error {
    guarded(|| {
        // SAFETY: a handle, a time, and a place for a pointer, says the header.
        let (host, now, out) =
            unsafe { (reference(host, "host")?, reference(now, "now")?, exclusive(out, "out")?) };
        let outcome = host.decide_due(now.read("now")?);
        *out = outcome.map_or(std::ptr::null_mut(), |outcome| Box::into_raw(Box::new(outcome)));
        Ok(())
    })
}

/// Processes one transaction in canonical JSON.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tb_host_process_json(
    host: *const tb_host,
    record: *const u8,
    length: usize,
    now: *const tb_time,
    out: *mut *mut tb_outcome,
) -> *mut tb_error {
    guarded(|| {
        // SAFETY: a handle, so many bytes, and NULL or a time, says the header.
        let (host, record, now) = unsafe {
            (reference(host, "host")?, bytes(record, length, "record")?, now.as_ref().copied())
        };
        within_limit(record)?;
        let record = json::read(record).map_err(|error| tb_error::of(TB_ERROR_RECORD, &error))?;
        let outcome = host.read(record, now)?;
        // SAFETY: a place for a pointer, says the header.
        unsafe { hand_over(out, outcome, "out") }
    })
}

/// Processes one ISO 8583 message.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tb_host_process_iso8583(
    host: *const tb_host,
    decoder: *const tb_decoder,
    message: *const u8,
    length: usize,
    now: *const tb_time,
    out: *mut *mut tb_outcome,
) -> *mut tb_error {
    guarded(|| {
        // SAFETY: handles, so many bytes, and NULL or a time, says the header.
        let (host, decoder, message, now) = unsafe {
            (
                reference(host, "host")?,
                reference(decoder, "decoder")?,
                bytes(message, length, "message")?,
                now.as_ref().copied(),
            )
        };
        within_limit(message)?;
        let decoded =
            decoder.0.decode(message).map_err(|error| tb_error::of(TB_ERROR_RECORD, &error))?;
        let outcome = host.read(decoded.record, now)?;
        // SAFETY: a place for a pointer, says the header.
        unsafe { hand_over(out, outcome, "out") }
    })
}

/// Takes the next event.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tb_host_take_event(
    host: *const tb_host,
    event: *mut *mut tb_event,
    dropped: *mut u64,
) -> *mut tb_error {
    guarded(|| {
        // SAFETY: a handle, and places for a pointer and a number, says the
        // header.
        let (host, event, dropped) = unsafe {
            (reference(host, "host")?, exclusive(event, "event")?, exclusive(dropped, "dropped")?)
        };
        let running = host.host.read().unwrap_or_else(PoisonError::into_inner);
        let (next, lost) = locked(&host.events).next(&running);
        *event = next.map_or(std::ptr::null_mut(), |next| Box::into_raw(Box::new(next)));
        *dropped = lost;
        Ok(())
    })
}

/// Tells a host without a thread that a millisecond has passed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tb_host_tick(host: *const tb_host) -> *mut tb_error {
    guarded(|| {
        // SAFETY: a handle of this library, says the header.
        let host = unsafe { reference(host, "host") }?;
        host.ticker.tick();
        Ok(())
    })
}

/// Closes a host.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tb_host_free(host: *mut tb_host) {
    // SAFETY: NULL, or a handle that was not freed and that no other thread
    // uses, says the header.
    unsafe { take_back(host) }
}
