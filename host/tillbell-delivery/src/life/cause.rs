//! Why a message is in its state.

use std::fmt;

use tillbell_subscribers::Absence;
use tillbell_transaction::case::Excuse;

/// Why a message is in its state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// Together with its reversal it comes to nothing.
    Reversed,
    /// Another message of its case tells it too.
    ToldByAnother,
    /// Its time was over before it could be sent.
    TooLateToSend,
    /// An attempt was not answered.
    NoAnswer,
    /// No receipt came in time.
    NoReceipt,
    /// An attempt was interrupted, and nothing of it had left.
    Interrupted,
    /// Its queue has no route.
    NoRoute,
    /// Refused for now too often, or for too long.
    RefusedTooLong,
    /// The one it is for is not known, has no contact, or does not consent.
    Absent(Absence),
    /// What it corrects was not told, and this is why.
    Excused(Excuse),
    /// What its peer says: a short code.
    Peer(String),
}

impl Cause {
    /// The code in histories and reports.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Reversed => "reversed",
            Self::ToldByAnother => "told-by-another",
            Self::TooLateToSend => "too-late-to-send",
            Self::NoAnswer => "no-answer",
            Self::NoReceipt => "no-receipt",
            Self::Interrupted => "interrupted",
            Self::NoRoute => "no-route",
            Self::RefusedTooLong => "refused-too-long",
            Self::Absent(absence) => absence.as_str(),
            Self::Excused(excuse) => excuse.as_str(),
            Self::Peer(code) => code,
        }
    }

    /// Reads a stored code. A code that we do not know is a peer's.
    pub(crate) fn read(code: &str) -> Self {
        const OURS: [Cause; 8] = [
            Cause::Reversed,
            Cause::ToldByAnother,
            Cause::TooLateToSend,
            Cause::NoAnswer,
            Cause::NoReceipt,
            Cause::Interrupted,
            Cause::NoRoute,
            Cause::RefusedTooLong,
        ];
        let absent = Absence::ALL.into_iter().map(Self::Absent);
        let excused = Excuse::ALL.into_iter().map(Self::Excused);
        let mut known = OURS.into_iter().chain(absent).chain(excused);
        known.find(|cause| cause.as_str() == code).unwrap_or_else(|| Self::Peer(code.into()))
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
