use crate::{Field, Party, Treatment};

/// How much of the card number a party sees. The brand and the issuer's name
/// are always shown: they identify nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Truncation {
    /// The last four digits alone.
    Last4,
    /// The first 6 or 8 digits and the last four.
    BinAndLast4,
}

/// A ready-made profile, by the names of the sources that describe it.
struct BuiltIn {
    name: &'static str,
    card: Truncation,
    phone: Treatment,
    id_number: Treatment,
}

/// The profiles that a file may name; the first is the default and the
/// strictest. They differ in card, phone and identity number; all else is the
/// same.
///
/// The interface carries the first 6 or 8 digits of a card or none, so 4+4 of
/// common Java toolkits is not expressible, and `toolkit-4-4` shows the last
/// four alone.
const BUILT_IN: [BuiltIn; 4] = [
    BuiltIn {
        name: "strict",
        card: Truncation::Last4,
        phone: Treatment::keep(3, 2),
        id_number: Treatment::keep(1, 1),
    },
    BuiltIn {
        name: "alipay",
        card: Truncation::BinAndLast4,
        phone: Treatment::keep(3, 2),
        id_number: Treatment::keep(1, 1),
    },
    BuiltIn {
        name: "toolkit-4-4",
        card: Truncation::Last4,
        phone: Treatment::keep(3, 4),
        id_number: Treatment::keep(1, 2),
    },
    BuiltIn {
        name: "toolkit-6-4",
        card: Truncation::BinAndLast4,
        phone: Treatment::keep(3, 4),
        id_number: Treatment::keep(3, 3),
    },
];

/// What one party sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// The built-in profile it began with.
    pub name: &'static str,
    /// The card.
    pub card: Truncation,
    treatments: [Treatment; Field::COUNT],
}

impl Profile {
    /// The built-in profile of this name, as it is for this party.
    pub fn built_in(name: &str, party: Party) -> Option<Self> {
        BUILT_IN.iter().find(|profile| profile.name == name).map(|found| found.of(party))
    }

    /// The strictest profile: what holds where a file says nothing.
    pub fn strict(party: Party) -> Self {
        BUILT_IN[0].of(party)
    }

    /// The names of the built-in profiles.
    pub fn names() -> impl Iterator<Item = &'static str> {
        BUILT_IN.iter().map(|profile| profile.name)
    }

    /// What is done with a field.
    pub fn treatment(&self, field: Field) -> Treatment {
        self.treatments[field as usize]
    }

    pub(crate) fn set(&mut self, field: Field, treatment: Treatment) {
        self.treatments[field as usize] = treatment;
    }
}

impl BuiltIn {
    fn of(&self, party: Party) -> Profile {
        let treatments = Field::ALL.map(|field| match field {
            _ if !field.may_be_seen_by(party) => Treatment::Drop,
            Field::CardholderName if party == Party::Merchant => Treatment::Drop,
            Field::CardholderName => Treatment::Surname,
            Field::CardholderPhone => self.phone,
            Field::CardholderIdNumber => self.id_number,
            Field::CardholderAccount => Treatment::keep(0, 4),
            Field::CardholderEmail => Treatment::Email,
            // A lock screen is read by others too: a bank asks for it.
            Field::Balance => Treatment::Drop,
            Field::Counterparty => Treatment::NameOrNumber,
            Field::MerchantAddress => Treatment::City,
            Field::MerchantPhone => self.phone,
            Field::Fee
            | Field::MerchantName
            | Field::MerchantCity
            | Field::MerchantCountry
            | Field::MerchantId
            | Field::TerminalId
            | Field::Rrn
            | Field::Stan
            | Field::AuthorisationCode => Treatment::Show,
        });
        Profile { name: self.name, card: self.card, treatments }
    }
}

/// What both parties see: the whole state of the masker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profiles {
    pub(crate) cardholder: Profile,
    pub(crate) merchant: Profile,
}

impl Profiles {
    /// The strictest profile for both parties.
    pub fn strict() -> Self {
        Self {
            cardholder: Profile::strict(Party::Cardholder),
            merchant: Profile::strict(Party::Merchant),
        }
    }

    /// What this party sees.
    pub fn of(&self, party: Party) -> &Profile {
        match party {
            Party::Cardholder => &self.cardholder,
            Party::Merchant => &self.merchant,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fields_stand_at_their_places() {
        for (index, field) in Field::ALL.into_iter().enumerate() {
            assert_eq!(field as usize, index);
            assert_eq!(Field::named(field.as_str()), Some(field));
        }
    }

    #[test]
    fn a_built_in_profile_asks_only_for_what_a_file_may() {
        for party in Party::ALL {
            for name in Profile::names() {
                let profile = Profile::built_in(name, party).unwrap();
                for field in Field::ALL {
                    assert!(field.allows(party, profile.treatment(field)), "{name} {field:?}");
                }
            }
        }
        assert_eq!(Profile::built_in("lax", Party::Merchant), None);
    }

    #[test]
    fn a_merchant_never_sees_what_is_the_cardholders() {
        for name in Profile::names() {
            let profile = Profile::built_in(name, Party::Merchant).unwrap();
            for field in [
                Field::Fee,
                Field::Balance,
                Field::CardholderName,
                Field::CardholderPhone,
                Field::CardholderEmail,
                Field::CardholderIdNumber,
                Field::CardholderAccount,
                Field::Counterparty,
            ] {
                assert_eq!(profile.treatment(field), Treatment::Drop, "{name} {field:?}");
            }
        }
    }
}
