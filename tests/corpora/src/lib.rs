//! Texts of transactions with the right verdict: what must be blocked and what must
//! not. Written from the guard's specification alone, by people who had not seen the
//! guard, and by code that does not use it. A seed makes a sample, always the same.

#![allow(missing_docs, unreachable_pub, reason = "generators: their names say what they make")]

pub mod cards;
mod draw;
pub mod layouts;
pub mod money;
mod random;
pub mod strangers;

pub use strangers::names;

/// One text or more of one transaction, with the verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// The kind, for the summary, such as "marked-amount".
    pub class: &'static str,
    pub sender: Sender,
    /// Canonical JSON, one line.
    pub transaction: String,
    pub party: Party,
    /// The delivery's BCP 47 tag.
    pub locale: &'static str,
    /// Texts in the order in which they leave; the last one may only be dirty
    /// together with the others.
    pub texts: Vec<String>,
    /// Must at least one text be blocked? (false: none may be.)
    pub is_dirty: bool,
    /// For a wrong number: another fact of this transaction that happens to
    /// have the same digits (a collision): its name.
    pub collision: Option<&'static str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Party {
    Cardholder,
    Merchant,
}

/// What the bank's manifest says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sender {
    /// "" or "【海港银行】" or "Kite Bank:"; stands first in each text, once.
    pub signature: String,
    /// Digits, spaces, + and -.
    pub hotline: String,
    /// Further numbers the bank may name.
    pub numbers: Vec<String>,
    /// Domains.
    pub links: Vec<String>,
    /// Letters that may touch a number: "尾号", "card", "ref", "A/c".
    pub words: Vec<String>,
    /// "24小时", "SMS BLOCK {last4} to 9215"; holes {last4} {hotline} {amount}
    /// {percent} {count}.
    pub phrases: Vec<String>,
    pub segments_max: usize,
}
