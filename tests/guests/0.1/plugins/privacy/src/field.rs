use crate::{Party, Treatment};

/// A field of a view that a profile decides about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the view's field of the same name")]
pub enum Field {
    Fee,
    Balance,
    CardholderName,
    CardholderPhone,
    CardholderEmail,
    CardholderIdNumber,
    CardholderAccount,
    MerchantName,
    MerchantCity,
    MerchantCountry,
    MerchantAddress,
    MerchantPhone,
    MerchantId,
    TerminalId,
    Counterparty,
    Rrn,
    Stan,
    AuthorisationCode,
}

/// What sort of value a field has, which says how it may be treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    Money,
    Name,
    Number,
    Email,
    Text,
    Address,
    Code,
    Counterparty,
}

impl Field {
    /// How many there are.
    pub const COUNT: usize = 18;

    /// All, in the order of the view.
    pub const ALL: [Self; Self::COUNT] = [
        Self::Fee,
        Self::Balance,
        Self::CardholderName,
        Self::CardholderPhone,
        Self::CardholderEmail,
        Self::CardholderIdNumber,
        Self::CardholderAccount,
        Self::MerchantName,
        Self::MerchantCity,
        Self::MerchantCountry,
        Self::MerchantAddress,
        Self::MerchantPhone,
        Self::MerchantId,
        Self::TerminalId,
        Self::Counterparty,
        Self::Rrn,
        Self::Stan,
        Self::AuthorisationCode,
    ];

    /// The field's key in a profile file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fee => "fee",
            Self::Balance => "balance",
            Self::CardholderName => "cardholder-name",
            Self::CardholderPhone => "cardholder-phone",
            Self::CardholderEmail => "cardholder-email",
            Self::CardholderIdNumber => "cardholder-id-number",
            Self::CardholderAccount => "cardholder-account",
            Self::MerchantName => "merchant-name",
            Self::MerchantCity => "merchant-city",
            Self::MerchantCountry => "merchant-country",
            Self::MerchantAddress => "merchant-address",
            Self::MerchantPhone => "merchant-phone",
            Self::MerchantId => "merchant-id",
            Self::TerminalId => "terminal-id",
            Self::Counterparty => "counterparty",
            Self::Rrn => "rrn",
            Self::Stan => "stan",
            Self::AuthorisationCode => "authorisation-code",
        }
    }

    /// Finds the field of a key.
    pub fn named(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.as_str() == key)
    }

    /// Tells whether this party may ever see the field, in whatever form. A
    /// merchant may not see what is the cardholder's alone.
    pub fn may_be_seen_by(self, party: Party) -> bool {
        party == Party::Cardholder
            || !matches!(
                self,
                Self::Fee
                    | Self::Balance
                    | Self::CardholderPhone
                    | Self::CardholderEmail
                    | Self::CardholderIdNumber
                    | Self::CardholderAccount
                    | Self::Counterparty
            )
    }

    /// Tells whether a file may ask for this treatment.
    pub(crate) fn allows(self, party: Party, treatment: Treatment) -> bool {
        use Treatment::{City, Drop, Email, Keep, NameOrNumber, Show, Surname};
        if treatment == Drop {
            return true;
        }
        // A merchant sees of the cardholder's name at most the surname.
        if self == Self::CardholderName && party == Party::Merchant {
            return treatment == Surname;
        }
        self.may_be_seen_by(party)
            && match self.sort() {
                Sort::Money => treatment == Show,
                Sort::Name => matches!(treatment, Show | Surname | Keep { .. }),
                Sort::Number => matches!(treatment, Keep { .. }),
                Sort::Email => treatment == Email,
                Sort::Text => treatment == Show,
                Sort::Address => matches!(treatment, Show | City),
                Sort::Code => matches!(treatment, Show | Keep { .. }),
                Sort::Counterparty => matches!(treatment, Show | NameOrNumber | Surname),
            }
    }

    /// The treatments that a file may ask for, for an error message.
    pub(crate) fn allowed(self, party: Party) -> String {
        let all = [
            Treatment::Drop,
            Treatment::Show,
            Treatment::keep(0, 0),
            Treatment::Surname,
            Treatment::Email,
            Treatment::City,
            Treatment::NameOrNumber,
        ];
        let written: Vec<_> = all
            .into_iter()
            .filter(|treatment| self.allows(party, *treatment))
            .map(Treatment::as_written)
            .collect();
        written.join(", ")
    }

    fn sort(self) -> Sort {
        match self {
            Self::Fee | Self::Balance => Sort::Money,
            Self::CardholderName => Sort::Name,
            Self::CardholderPhone
            | Self::CardholderIdNumber
            | Self::CardholderAccount
            | Self::MerchantPhone => Sort::Number,
            Self::CardholderEmail => Sort::Email,
            Self::MerchantName | Self::MerchantCity | Self::MerchantCountry => Sort::Text,
            Self::MerchantAddress => Sort::Address,
            Self::MerchantId
            | Self::TerminalId
            | Self::Rrn
            | Self::Stan
            | Self::AuthorisationCode => Sort::Code,
            Self::Counterparty => Sort::Counterparty,
        }
    }
}
