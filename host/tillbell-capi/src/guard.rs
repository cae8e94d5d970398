use std::ffi::c_char;

use tillbell::Manifest;
use tillbell::guard::{Guard, Reader, Shown};
use tillbell_transaction::{Party, Record, Transaction, json};

use crate::error::{TB_ERROR_ARGUMENT, TB_ERROR_RECORD, tb_error};
use crate::outcome::{TB_CARDHOLDER, TB_MERCHANT, at, tb_party};
use crate::pointers::{Result, bytes, exclusive, guarded, hand_over, reference, take_back, text};
use crate::text::{Text, tb_text};

/// Looks at texts as a host does before they leave.
pub struct tb_guard {
    manifest: Option<Manifest>,
    transaction: Option<Transaction>,
}

/// What was found in one text.
pub struct tb_findings(Vec<Found>);

struct Found {
    start: usize,
    end: usize,
    rule: Text,
    reason: Text,
}

/// One thing that must not leave.
#[repr(C)]
pub struct tb_finding {
    /// Its first byte in the text.
    pub start: usize,
    /// The byte behind its last.
    pub end: usize,
    /// The rule, such as `amount`.
    pub rule: tb_text,
    /// Why, in words.
    pub reason: tb_text,
}

/// Makes a guard that knows a bank, a transaction, both or neither.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tb_guard_new(
    manifest: *const c_char,
    transaction: *const u8,
    length: usize,
    out: *mut *mut tb_guard,
) -> *mut tb_error {
    guarded(|| {
        let manifest = match manifest.is_null() {
            true => None,
            // SAFETY: a string that ends with NUL, says the header.
            false => Some(Manifest::parse(unsafe { text(manifest, "manifest") }?)?),
        };
        let transaction = match transaction.is_null() {
            true if length > 0 => {
                let detail = "transaction is NULL, and length is not 0";
                return Err(tb_error::new(TB_ERROR_ARGUMENT, detail.into()));
            }
            true => None,
            // SAFETY: it has `length` bytes, says the header.
            false => Some(read(unsafe { bytes(transaction, length, "transaction") }?)?),
        };
        // SAFETY: a place for a handle, says the header.
        unsafe { hand_over(out, tb_guard { manifest, transaction }, "out") }
    })
}

fn read(record: &[u8]) -> Result<Transaction> {
    match json::read(record) {
        Ok(Record::Transaction(transaction)) => Ok(*transaction),
        Ok(Record::Ignored(_)) => {
            Err(tb_error::new(TB_ERROR_RECORD, "a record that makes no messages".into()))
        }
        Err(error) => Err(tb_error::new(TB_ERROR_RECORD, error.to_string())),
    }
}

/// Looks at one text.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tb_guard_inspect(
    guard: *const tb_guard,
    text: *const c_char,
    party: tb_party,
    locale: *const c_char,
    out: *mut *mut tb_findings,
) -> *mut tb_error {
    guarded(|| {
        // SAFETY: a handle of this library and strings that end with NUL, says the header.
        let (own, inspected) = unsafe { (reference(guard, "guard")?, self::text(text, "text")?) };
        let locale = match locale.is_null() {
            true => "",
            // SAFETY: as above.
            false => unsafe { self::text(locale, "locale") }?,
        };
        let party = match party {
            0 => None,
            TB_CARDHOLDER => Some(Party::Cardholder),
            TB_MERCHANT => Some(Party::Merchant),
            _ => {
                return Err(tb_error::new(
                    TB_ERROR_ARGUMENT,
                    "party is not 0, TB_CARDHOLDER or TB_MERCHANT".into(),
                ));
            }
        };
        let mut guard = Guard::new();
        if let Some(manifest) = &own.manifest {
            guard = guard.with_sender(&manifest.sender);
        }
        if let Some(transaction) = &own.transaction {
            guard = guard.with_transaction(transaction);
        }
        if let Some(party) = party {
            guard = guard.with_reader(Reader::new(party, locale, Shown::ALL));
        }
        let found = guard.inspect(inspected).into_iter().map(|finding| Found {
            start: finding.start,
            end: finding.end,
            rule: Text::of(finding.rule.as_str()),
            reason: Text::of(finding.reason),
        });
        // SAFETY: a place for a handle, says the header.
        unsafe { hand_over(out, tb_findings(found.collect()), "out") }
    })
}

/// How many there are; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tb_findings_count(findings: *const tb_findings) -> usize {
    // SAFETY: NULL, or a handle of this library, says the header.
    unsafe { findings.as_ref() }.map_or(0, |findings| findings.0.len())
}

/// Reads one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tb_findings_read(
    findings: *const tb_findings,
    index: usize,
    finding: *mut tb_finding,
) -> *mut tb_error {
    guarded(|| {
        // SAFETY: a handle of this library, and a place for the finding, says the header;
        // all of it is written.
        let (findings, out) =
            unsafe { (reference(findings, "findings")?, exclusive(finding, "finding")?) };
        let found = at(&findings.0, index)?;
        *out = tb_finding {
            start: found.start,
            end: found.end,
            rule: found.rule.lent(),
            reason: found.reason.lent(),
        };
        Ok(())
    })
}

/// Frees findings, and what was lent of them.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tb_findings_free(findings: *mut tb_findings) {
    // SAFETY: NULL, or a handle that was not freed, says the header.
    unsafe { take_back(findings) }
}

/// Frees a guard.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tb_guard_free(guard: *mut tb_guard) {
    // SAFETY: NULL, or a handle that was not freed, says the header.
    unsafe { take_back(guard) }
}
