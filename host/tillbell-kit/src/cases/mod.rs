//! Cases: what a bundle is expected to say, step by step.
//!
//! A case is one TOML file. Its texts stand in a snapshot of the same name that ends with
//! `.snap`, which people read and review; a missing one fails.
//!
//! ```toml
//! about = "a purchase, and its reversal an hour later"
//!
//! [[subscriber]]                 # or: subscribers = "people.csv"
//! party = "cardholder"
//! reference = "tok_1"
//! phone = "+86 138 0013 8000"
//! locale = "zh-CN"
//! consent = "2026-01-05T10:00:00+08:00"
//!
//! [event]                        # what all events of the case have in common
//! approval = "approved"
//! amount = { minor_units = 12850, currency = "CNY" }
//! card = { bin = "621626", last4 = "0018", token = "tok_1" }
//! merchant = { name = "Coffee Lab" }
//!
//! [[step]]
//! event = { kind = "purchase", time = "2026-11-20T08:31:05+08:00", stan = "000123" }
//! expect = { decision = "notified", rule = "large-debit", told = ["cardholder sms"], nobody_else = true }
//!
//! # further: reason, segments, segments_max, says, says_not, trouble, and with subscribers
//! # absent = ["cardholder no-consent"]
//!
//! [[step]]
//! failed = ["cardholder sms"]    # it did not arrive; `delivered` is what is taken for granted
//!
//! [[step]]
//! pass = "10h"                   # s, m, h or d; or: until = "2026-11-21T07:00:00+08:00"
//! ```

mod file;
mod run;
mod snapshot;

use std::fmt;

pub use file::{CASE_BYTES_MAX, Case, CaseError, STEPS_MAX};
pub use run::run;
pub use snapshot::{Change, changes};

use crate::Happened;

/// What came of a case.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// The case's name: its file's, without the ending.
    pub name: String,
    /// What is not as expected.
    pub faults: Vec<Fault>,
    /// What each step said, as its snapshot has it.
    pub snapshot: String,
    /// Everything that happened, for coverage.
    pub happened: Vec<Happened>,
}

impl Verdict {
    /// Whether all is as expected.
    pub fn passed(&self) -> bool {
        self.faults.is_empty()
    }

    /// Whether nothing is wrong but what a snapshot says, and that may be accepted without
    /// looking at this case alone: the bundle said all of it itself, to the same people.
    pub fn may_be_blessed(&self) -> bool {
        self.faults.iter().all(|fault| match &fault.what {
            What::NoSnapshot => true,
            What::Text(changes) => !changes.iter().any(Change::is_of_recipients),
            _ => false,
        }) && !self.happened.iter().any(Happened::has_trouble)
    }

    /// Whether all that is wrong is what its snapshot says.
    pub fn is_only_text(&self) -> bool {
        let is_text = |fault: &Fault| matches!(fault.what, What::NoSnapshot | What::Text(_));
        self.faults.iter().all(is_text)
    }
}

/// Something that is not as expected.
#[derive(Debug, Clone)]
pub struct Fault {
    /// The step, counted from 1; 0 for the case as a whole.
    pub step: usize,
    /// What it is.
    pub what: What,
    /// The facts of the step's event that matter, as `kind=purchase, amount=128.50 CNY`.
    pub facts: String,
}

/// What is not as expected.
#[derive(Debug, Clone)]
pub enum What {
    /// There is no snapshot yet.
    NoSnapshot,
    /// The step says something else than its snapshot.
    Text(Vec<Change>),
    /// An expectation: its name, what was wanted, and what came.
    Other {
        /// `decision`, `rule`, `told` and so on.
        name: &'static str,
        /// As the case says it.
        wanted: String,
        /// What came.
        got: String,
    },
    /// A plugin failed, the guard kept a text back, or the host spoke for the bundle.
    Trouble(String),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.step > 0 {
            write!(f, "step {}: ", self.step)?;
        }
        match &self.what {
            What::NoSnapshot => f.write_str("there is no snapshot of what is said: --bless")?,
            What::Text(changes) => {
                f.write_str("says something else:")?;
                for change in changes {
                    write!(f, "\n    {change}")?;
                }
            }
            What::Other { name, wanted, got } => write!(f, "{name}: wanted {wanted}, got {got}")?,
            What::Trouble(what) => f.write_str(what)?,
        }
        if !self.facts.is_empty() {
            write!(f, "\n    of {}", self.facts)?;
        }
        Ok(())
    }
}
