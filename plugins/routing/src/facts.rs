//! The facts as conditions see them. A value is made when a condition asks for
//! it.

use cel::common::types::{CelBool, CelInt, CelList, CelString};
use cel::common::value::{CowVal, Val};
use cel::context::VariableResolver;
use time::{OffsetDateTime, UtcOffset};

use crate::interface::tillbell::plugin::types::{Approval, Direction, Facts, Preferences, Time};
use crate::quiet;
use crate::rules::Bank;
use crate::simplify::{LIST_SIGIL, Lists};
use crate::thresholds;
use crate::vocabulary::{self, Party};

/// One transaction, the clock, and what the bank says of thresholds and quiet
/// hours.
pub(crate) struct Scope<'a> {
    pub(crate) facts: &'a Facts,
    pub(crate) now: Time,
    pub(crate) bank: &'a Bank,
    pub(crate) lists: &'a Lists,
}

/// A fact's value.
pub(crate) enum Seen<'a> {
    Text(&'a str),
    /// A text that the facts hold in another form.
    Made(String),
    Number(i64),
    Truth(bool),
    Texts(&'a [String]),
}

impl Scope<'_> {
    pub(crate) fn preferences(&self, party: Party) -> &Preferences {
        match party {
            Party::Cardholder => &self.facts.cardholder,
            Party::Merchant => &self.facts.merchant,
        }
    }

    /// The end of the quiet hours that a party is in now, if it is in any: its
    /// own hours or the bank's, on its own clock or the merchant's.
    pub(crate) fn quiet_end(&self, party: Party) -> Option<Time> {
        self.quiet_end_at(party, self.now)
    }

    /// The same for the quiet hours that a party was in at another time.
    pub(crate) fn quiet_end_at(&self, party: Party, at: Time) -> Option<Time> {
        let preferences = self.preferences(party);
        let bank = self.bank.of(party);
        let hours = preferences.quiet_hours.or(bank.quiet_hours)?;
        let merchant_clock = self.facts.event.time.utc_offset_minutes;
        let offset = match self.bank.is_merchant_clock {
            true => merchant_clock,
            false => preferences.utc_offset_minutes.unwrap_or(merchant_clock),
        };
        quiet::end(hours, at, offset)
    }

    /// Below this many minor units of the transaction's currency a debit is not
    /// worth a message to the party: its own threshold or the bank's.
    fn threshold(&self, party: Party) -> Option<i64> {
        let amount = &self.facts.event.amount;
        let own = self.preferences(party).threshold.as_ref();
        let own =
            own.filter(|own| (&own.currency, own.exponent) == (&amount.currency, amount.exponent));
        own.map(|own| own.minor_units).or_else(|| match self.has_usual_exponent() {
            true => self.bank.of(party).thresholds.get(&amount.currency).copied(),
            false => None,
        })
    }

    /// Whether this is a debit too small for the party.
    pub(crate) fn is_below_threshold(&self, party: Party) -> bool {
        let amount = self.facts.event.amount.minor_units;
        self.is_debit() && self.threshold(party).is_some_and(|threshold| amount < threshold)
    }

    /// How long ago it happened, in seconds; 0 where clocks differ.
    pub(crate) fn age_seconds(&self) -> i64 {
        self.now.unix_seconds.saturating_sub(self.facts.event.time.unix_seconds).max(0)
    }

    /// Whether money left the card.
    pub(crate) fn is_debit(&self) -> bool {
        let event = &self.facts.event;
        vocabulary::is_debit(&event.kind) && !matches!(event.approval, Approval::Declined)
    }

    /// Whether a message about this may not wait for the end of quiet hours,
    /// whatever a rule says: money came back, or somebody tried in vain.
    pub(crate) fn is_security_event(&self) -> bool {
        let event = &self.facts.event;
        matches!(event.approval, Approval::Declined)
            || matches!(event.kind.as_str(), "reversal" | "void")
    }

    /// Whether the amount has the decimals that ISO 4217 gives its currency.
    pub(crate) fn has_usual_exponent(&self) -> bool {
        let amount = &self.facts.event.amount;
        usize::from(amount.exponent) == thresholds::exponent(&amount.currency)
    }

    /// What was asked for, or the position before, in the transaction's currency,
    /// else 0.
    fn original_amount(&self) -> i64 {
        let event = &self.facts.event;
        let original = event.original_amount.as_ref();
        original
            .filter(|original| original.currency == event.amount.currency)
            .map_or(0, |original| original.minor_units)
    }

    /// A fact by its name; none where there is none of that name, or no calendar
    /// has the transaction's time.
    pub(crate) fn see(&self, name: &str) -> Option<Seen<'_>> {
        if let Some((group, name)) = name.split_once('.') {
            return match group {
                "time" => self.of_time(name),
                "cardholder" => self.of_party(Party::Cardholder, name),
                "merchant" => self.of_party(Party::Merchant, name),
                _ => None,
            };
        }
        let facts = self.facts;
        let event = &facts.event;
        let seen = match name {
            "kind" => Seen::Text(&event.kind),
            "original_kind" => Seen::Text(event.original_kind.as_deref().unwrap_or("")),
            "approval" => Seen::Text(match event.approval {
                Approval::Approved => "approved",
                Approval::PartiallyApproved => "partially-approved",
                Approval::Declined => "declined",
            }),
            "direction" => Seen::Text(match event.direction {
                Direction::Debit => "debit",
                Direction::Credit => "credit",
                Direction::None => "none",
            }),
            "amount" => Seen::Number(event.amount.minor_units),
            "billing_amount" => {
                let billing = event.billing.as_ref();
                Seen::Number(billing.map_or(0, |billing| billing.amount.minor_units))
            }
            "billing_currency" => {
                let billing = event.billing.as_ref();
                Seen::Text(billing.map_or("", |billing| &billing.amount.currency))
            }
            "cashback" => {
                Seen::Number(event.cashback.as_ref().map_or(0, |money| money.minor_units))
            }
            "original_amount" => Seen::Number(self.original_amount()),
            "age_minutes" => Seen::Number(self.age_seconds() / 60),
            "currency" => Seen::Text(&event.amount.currency),
            "exponent" => Seen::Number(event.amount.exponent.into()),
            "bin" if facts.bin == 0 => Seen::Text(""),
            "bin" => Seen::Made(facts.bin.to_string()),
            "brand" => Seen::Text(&facts.brand),
            "card_token" => Seen::Text(facts.card_token.as_deref().unwrap_or("")),
            "merchant_id" => Seen::Text(&facts.merchant_id),
            "terminal_id" => Seen::Text(&facts.terminal_id),
            "category" => Seen::Text(&event.category),
            "country" => Seen::Text(&facts.country),
            "entry_mode" => Seen::Text(&event.entry_mode),
            _ => return None,
        };
        Some(seen)
    }

    fn of_party(&self, party: Party, name: &str) -> Option<Seen<'_>> {
        let preferences = self.preferences(party);
        let seen = match name {
            "locale" => Seen::Text(preferences.locale.as_deref().unwrap_or("")),
            "channels" => Seen::Texts(&preferences.channels),
            "threshold" => Seen::Number(self.threshold(party).unwrap_or(0)),
            "below_threshold" => Seen::Truth(self.is_below_threshold(party)),
            "quiet" => Seen::Truth(self.quiet_end(party).is_some()),
            _ => return None,
        };
        Some(seen)
    }

    /// A part of the transaction's time on the merchant's wall clock.
    fn of_time(&self, name: &str) -> Option<Seen<'_>> {
        let time = self.facts.event.time;
        let offset = UtcOffset::from_whole_seconds(i32::from(time.utc_offset_minutes) * 60).ok()?;
        let utc = OffsetDateTime::from_unix_timestamp(time.unix_seconds).ok()?;
        let local = utc.checked_to_offset(offset)?;
        let part = match name {
            "year" => local.year().into(),
            "month" => u8::from(local.month()).into(),
            "day" => local.day().into(),
            "weekday" => local.weekday().number_from_monday().into(),
            "hour" => local.hour().into(),
            "minute" => local.minute().into(),
            _ => return None,
        };
        Some(Seen::Number(part))
    }
}

impl VariableResolver for Scope<'_> {
    fn resolve<'b>(&'b self, name: &str) -> Option<CowVal<'b, 'b>> {
        if let Some(index) = name.strip_prefix(LIST_SIGIL) {
            return Some(CowVal::Borrowed(self.lists.get(index.parse::<usize>().ok()?)?));
        }
        let value = match self.see(name)? {
            Seen::Text(text) => CowVal::owned(CelString::from(text)),
            Seen::Made(text) => CowVal::owned(CelString::from(text)),
            Seen::Number(number) => CowVal::owned(CelInt::from(number)),
            Seen::Truth(true) => CowVal::Borrowed(&CelBool::TRUE),
            Seen::Truth(false) => CowVal::Borrowed(&CelBool::FALSE),
            Seen::Texts(texts) => {
                let boxed =
                    |text: &'b String| Box::new(CelString::from(text.as_str())) as Box<dyn Val>;
                CowVal::owned(CelList::from(texts.iter().map(boxed).collect::<Vec<_>>()))
            }
        };
        Some(value)
    }
}
