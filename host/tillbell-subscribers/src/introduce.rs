use tillbell_transaction::{Party, Preferences, Transaction};

use crate::{Absence, Contact, Subscriber};

/// By what a party of a transaction is known: the card's token, the merchant's id; empty
/// where the source says none.
pub fn reference(transaction: &Transaction, party: Party) -> &str {
    match party {
        Party::Cardholder => transaction.card.token.as_deref().unwrap_or(""),
        Party::Merchant => &transaction.merchant.id,
    }
}

/// Puts what is known of a transaction's parties in the place of what its source says of
/// their contacts and wishes. `find` gives the row of a reference.
///
/// # Errors
/// What `find` gives.
pub fn introduce<E>(
    transaction: &mut Transaction,
    find: impl Fn(Party, &str) -> Result<Option<Subscriber>, E>,
) -> Result<(), E> {
    let contacts = |party| {
        let found = match reference(transaction, party) {
            "" => None,
            reference => find(party, reference)?,
        };
        Ok(found.filter(|known| known.consent.is_some()).map_or_else(Default::default, known))
    };
    let (cardholder, merchant) = (contacts(Party::Cardholder)?, contacts(Party::Merchant)?);
    let own = &mut transaction.cardholder;
    (own.phone, own.email, own.preferences) = cardholder;
    let own = &mut transaction.merchant;
    (own.phone, own.email, own.preferences) = merchant;
    Ok(())
}

type Known = (Option<String>, Option<String>, Preferences);

fn known(subscriber: Subscriber) -> Known {
    let text = |contact: Option<Contact>| contact.map(|contact| contact.as_str().to_owned());
    let preferences = Preferences {
        locale: subscriber.locale,
        threshold: subscriber.threshold,
        quiet_hours: subscriber.quiet_hours,
        utc_offset_minutes: subscriber.utc_offset_minutes,
    };
    (text(subscriber.phone), text(subscriber.email), preferences)
}

impl Absence {
    /// Why a party has no recipient: `known` is its row.
    pub fn of(known: Option<&Subscriber>) -> Self {
        match known {
            None => Self::NoSubscriber,
            Some(subscriber) if subscriber.consent.is_none() => Self::NoConsent,
            Some(_) => Self::NoRecipient,
        }
    }
}
