//! The facts as conditions see them. A value is made when a condition asks for
//! it.

use cel::common::types::{CelBool, CelInt, CelString};
use cel::common::value::{CowVal, Val};
use cel::context::VariableResolver;
use cel::objects::Value;
use time::{OffsetDateTime, UtcOffset};

use crate::interface::tillbell::plugin::types::{Approval, Facts, Party, Preferences, Time};
use crate::quiet;
use crate::rules::Bank;

/// Every name a condition may use.
pub(crate) const NAMES: [&str; 32] = [
    "kind",
    "original_kind",
    "approval",
    "amount",
    "original_amount",
    "currency",
    "exponent",
    "bin",
    "brand",
    "has_token",
    "merchant_id",
    "terminal_id",
    "category",
    "country",
    "entry_mode",
    "year",
    "month",
    "day",
    "weekday",
    "hour",
    "minute",
    "below_threshold",
    "cardholder_locale",
    "cardholder_channels",
    "cardholder_quiet",
    "merchant_locale",
    "merchant_channels",
    "merchant_quiet",
    "merchant_below_threshold",
    "cardholder_reachable",
    "merchant_reachable",
    "utc_offset_minutes",
];

/// One transaction, the clock, and what the bank says of thresholds and quiet
/// hours.
pub(crate) struct Scope<'a> {
    pub(crate) facts: &'a Facts,
    pub(crate) now: Time,
    pub(crate) bank: &'a Bank,
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
        let hours = preferences.quiet_hours.or(self.bank.quiet_hours)?;
        let merchant_clock = self.facts.event.time.utc_offset_minutes;
        let offset = match self.bank.quiet_clock_is_merchant {
            true => merchant_clock,
            false => preferences.utc_offset_minutes.unwrap_or(merchant_clock),
        };
        quiet::end(hours, self.now, offset)
    }

    fn below_threshold(&self, party: Party) -> bool {
        let own = self.preferences(party).threshold.as_ref();
        self.bank.thresholds.is_above(&self.facts.event.amount, own)
    }

    /// The transaction's time on the merchant's wall clock.
    fn local(&self) -> Option<OffsetDateTime> {
        let time = self.facts.event.time;
        let offset = UtcOffset::from_whole_seconds(i32::from(time.utc_offset_minutes) * 60).ok()?;
        OffsetDateTime::from_unix_timestamp(time.unix_seconds).ok()?.checked_to_offset(offset)
    }

    fn calendar(&self, part: impl FnOnce(OffsetDateTime) -> i64) -> i64 {
        self.local().map_or(0, part)
    }
}

impl VariableResolver for Scope<'_> {
    fn resolve<'b>(&'b self, name: &str) -> Option<CowVal<'b, 'b>> {
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
            "original_amount" => {
                number(event.original_amount.as_ref().map_or(0, |amount| amount.minor_units))
            }
            "currency" => text(&event.amount.currency),
            "exponent" => number(event.amount.exponent.into()),
            "bin" => owned(facts.bin.to_string()),
            "brand" => text(&facts.brand),
            "has_token" => truth(facts.card_token.is_some()),
            "merchant_id" => text(&facts.merchant_id),
            "terminal_id" => text(&facts.terminal_id),
            "category" => text(&facts.category),
            "country" => text(&facts.country),
            "entry_mode" => text(&facts.entry_mode),
            "year" => number(self.calendar(|local| local.year().into())),
            "month" => number(self.calendar(|local| u8::from(local.month()).into())),
            "day" => number(self.calendar(|local| local.day().into())),
            "weekday" => number(self.calendar(|local| local.weekday().number_from_monday().into())),
            "hour" => number(self.calendar(|local| local.hour().into())),
            "minute" => number(self.calendar(|local| local.minute().into())),
            "utc_offset_minutes" => number(event.time.utc_offset_minutes.into()),
            "below_threshold" => truth(self.below_threshold(Party::Cardholder)),
            "merchant_below_threshold" => truth(self.below_threshold(Party::Merchant)),
            "cardholder_locale" => text(facts.cardholder.locale.as_deref().unwrap_or("")),
            "merchant_locale" => text(facts.merchant.locale.as_deref().unwrap_or("")),
            "cardholder_channels" => return list(&facts.cardholder.channels),
            "merchant_channels" => return list(&facts.merchant.channels),
            "cardholder_reachable" => truth(!facts.cardholder.channels.is_empty()),
            "merchant_reachable" => truth(!facts.merchant.channels.is_empty()),
            "cardholder_quiet" => truth(self.quiet_end(Party::Cardholder).is_some()),
            "merchant_quiet" => truth(self.quiet_end(Party::Merchant).is_some()),
            _ => return None,
        };
        Some(value)
    }
}

fn text(text: &str) -> CowVal<'_, '_> {
    CowVal::owned(CelString::from(text))
}

fn owned<'b>(text: String) -> CowVal<'b, 'b> {
    CowVal::owned(CelString::from(text))
}

fn number<'b>(number: i64) -> CowVal<'b, 'b> {
    CowVal::owned(CelInt::from(number))
}

fn truth<'b>(truth: bool) -> CowVal<'b, 'b> {
    CowVal::owned(CelBool::from(truth))
}

fn list<'b>(texts: &[String]) -> Option<CowVal<'b, 'b>> {
    let values: Vec<Value> = texts.iter().map(|text| Value::from(text.as_str())).collect();
    let list: Box<dyn Val> = Value::from(values).try_into().ok()?;
    Some(CowVal::Owned(list))
}
