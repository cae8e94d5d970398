use tillbell_transaction::case::Excuse;

/// Why somebody is not told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absence {
    /// Nobody of this reference is in the table.
    NoSubscriber,
    /// Somebody is, and does not consent, or no more.
    NoConsent,
    /// Somebody is, and has no contact on the channel.
    NoRecipient,
}

impl Absence {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::NoSubscriber, Self::NoConsent, Self::NoRecipient];

    /// Why a message to somebody who cannot be told is excused.
    pub fn excuse(self) -> Excuse {
        match self {
            Self::NoConsent => Excuse::NoConsent,
            Self::NoSubscriber | Self::NoRecipient => Excuse::NoContact,
        }
    }

    /// The code in reports and in a message's history.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoSubscriber => "no-subscriber",
            Self::NoConsent => "no-consent",
            Self::NoRecipient => "no-recipient",
        }
    }
}
