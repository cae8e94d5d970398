//! The facts as conditions see them. A value is made when a condition asks for
//! it.

use cel::common::types::{CelBool, CelInt, CelList, CelString};
use cel::common::value::{CowVal, Val};
use cel::context::VariableResolver;
use time::{OffsetDateTime, UtcOffset};

use crate::interface::tillbell::plugin::types::{Approval, Facts, Party, Preferences, Time};
use crate::quiet;
use crate::rules::Bank;
use crate::simplify::{LIST_SIGIL, Lists};
use crate::thresholds;
use crate::vocabulary;

/// One transaction, the clock, and what the bank says of thresholds and quiet
/// hours.
pub(crate) struct Scope<'a> {
    pub(crate) facts: &'a Facts,
    pub(crate) now: Time,
    pub(crate) bank: &'a Bank,
    pub(crate) lists: &'a Lists,
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
        let preferences = self.preferences(party);
        let bank = self.bank.of(party);
        let hours = preferences.quiet_hours.or(bank.quiet_hours)?;
        let merchant_clock = self.facts.event.time.utc_offset_minutes;
        let offset = match self.bank.is_merchant_clock {
            true => merchant_clock,
            false => preferences.utc_offset_minutes.unwrap_or(merchant_clock),
        };
        quiet::end(hours, self.now, offset)
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
        let event = &self.facts.event;
        vocabulary::is_debit(&event.kind)
            && !matches!(event.approval, Approval::Declined)
            && self.threshold(party).is_some_and(|threshold| event.amount.minor_units < threshold)
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

    /// What was taken back or asked for, in the transaction's currency, else 0.
    fn original_amount(&self) -> i64 {
        let event = &self.facts.event;
        let original = event.original_amount.as_ref();
        original
            .filter(|original| original.currency == event.amount.currency)
            .map_or(0, |original| original.minor_units)
    }

    fn of_party(&self, party: Party, name: &str) -> Option<CowVal<'_, '_>> {
        let preferences = self.preferences(party);
        let value = match name {
            "locale" => text(preferences.locale.as_deref().unwrap_or("")),
            "channels" => list(&preferences.channels),
            "threshold" => number(self.threshold(party).unwrap_or(0)),
            "below_threshold" => truth(self.is_below_threshold(party)),
            "quiet" => truth(self.quiet_end(party).is_some()),
            _ => return None,
        };
        Some(value)
    }

    /// A part of the transaction's time on the merchant's wall clock.
    fn of_time(&self, name: &str) -> Option<CowVal<'_, '_>> {
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
        Some(number(part))
    }
}

impl VariableResolver for Scope<'_> {
    fn resolve<'b>(&'b self, name: &str) -> Option<CowVal<'b, 'b>> {
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
        let value = match name {
            "kind" => text(&event.kind),
            "original_kind" => text(event.original_kind.as_deref().unwrap_or("")),
            "approval" => text(match event.approval {
                Approval::Approved => "approved",
                Approval::PartiallyApproved => "partially-approved",
                Approval::Declined => "declined",
            }),
            "amount" => number(event.amount.minor_units),
            "original_amount" => number(self.original_amount()),
            "currency" => text(&event.amount.currency),
            "exponent" => number(event.amount.exponent.into()),
            "bin" if facts.bin == 0 => text(""),
            "bin" => CowVal::owned(CelString::from(facts.bin.to_string())),
            "brand" => text(&facts.brand),
            "card_token" => text(facts.card_token.as_deref().unwrap_or("")),
            "merchant_id" => text(&facts.merchant_id),
            "terminal_id" => text(&facts.terminal_id),
            "category" => text(&facts.category),
            "country" => text(&facts.country),
            "entry_mode" => text(&facts.entry_mode),
            name => {
                let index: usize = name.strip_prefix(LIST_SIGIL)?.parse().ok()?;
                CowVal::Borrowed(self.lists.get(index)?)
            }
        };
        Some(value)
    }
}

fn text(text: &str) -> CowVal<'_, '_> {
    CowVal::owned(CelString::from(text))
}

fn number<'b>(number: i64) -> CowVal<'b, 'b> {
    CowVal::owned(CelInt::from(number))
}

fn truth<'b>(truth: bool) -> CowVal<'b, 'b> {
    CowVal::Borrowed(if truth { &CelBool::TRUE } else { &CelBool::FALSE })
}

fn list(texts: &[String]) -> CowVal<'_, '_> {
    let texts = texts.iter().map(|text| Box::new(CelString::from(text.as_str())) as Box<dyn Val>);
    CowVal::owned(CelList::from(texts.collect::<Vec<_>>()))
}
