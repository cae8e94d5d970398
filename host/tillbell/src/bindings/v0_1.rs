//! Version 0.1 of the interface: what differs from the host's own, and how the one becomes
//! the other.
//!
//! A record that is the same in both versions has one type: Wasmtime compares what a type is
//! made of, and not its package. What 0.1 has no place for is left out on the way in; on the
//! way out a view gets it from the transaction, as far as everybody may know it.

use wasmtime::component::{ComponentType, Lift, Lower};

use super::{routing, types};
use tillbell_transaction::Party as OwnParty;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ComponentType, Lift, Lower)]
#[component(enum)]
#[repr(u8)]
pub enum Party {
    #[component(name = "cardholder")]
    Cardholder,
    #[component(name = "merchant")]
    Merchant,
}

#[derive(Debug, Clone, ComponentType, Lower)]
#[component(record)]
pub struct EventParam<'a> {
    pub kind: &'a str,
    #[component(name = "original-kind")]
    pub original_kind: Option<&'a str>,
    pub approval: types::Approval,
    pub amount: &'a types::MoneyParam<'a>,
    #[component(name = "original-amount")]
    pub original_amount: Option<&'a types::MoneyParam<'a>>,
    pub time: types::Time,
}

#[derive(Clone, ComponentType, Lift)]
#[component(record)]
pub struct EventResult {
    pub kind: String,
    #[component(name = "original-kind")]
    pub original_kind: Option<String>,
    pub approval: types::Approval,
    pub amount: types::MoneyResult,
    #[component(name = "original-amount")]
    pub original_amount: Option<types::MoneyResult>,
    pub time: types::Time,
}

#[derive(Clone, ComponentType, Lower)]
#[component(record)]
pub struct Facts<'a> {
    pub event: EventParam<'a>,
    pub bin: u32,
    pub brand: &'a str,
    #[component(name = "card-token")]
    pub card_token: Option<&'a str>,
    #[component(name = "merchant-id")]
    pub merchant_id: &'a str,
    #[component(name = "terminal-id")]
    pub terminal_id: &'a str,
    pub category: &'a str,
    pub country: &'a str,
    #[component(name = "entry-mode")]
    pub entry_mode: &'a str,
    pub cardholder: &'a types::Preferences<'a>,
    pub merchant: &'a types::Preferences<'a>,
}

#[derive(Clone, ComponentType, Lower)]
#[component(record)]
pub struct Sensitive<'a> {
    pub event: EventParam<'a>,
    pub fee: Option<&'a types::MoneyParam<'a>>,
    pub balance: Option<&'a types::MoneyParam<'a>>,
    pub card: &'a types::Card<'a>,
    pub cardholder: &'a types::Person<'a>,
    pub merchant: &'a types::Establishment<'a>,
    pub counterparty: Option<&'a str>,
    pub rrn: &'a str,
    pub stan: &'a str,
    #[component(name = "authorisation-code")]
    pub authorisation_code: &'a str,
}

/// The fields of a view, as it is handed over and as it comes back.
macro_rules! views {
    ($($field:ident $name:literal)*) => {
        #[derive(Clone, ComponentType, Lower)]
        #[component(record)]
        pub struct ViewParam<'a> {
            pub party: Party,
            pub event: EventParam<'a>,
            pub fee: Option<&'a types::MoneyParam<'a>>,
            pub balance: Option<&'a types::MoneyParam<'a>>,
            pub card: &'a types::ShownCardParam<'a>,
            $(#[component(name = $name)] pub $field: Option<&'a str>,)*
        }

        #[derive(Clone, ComponentType, Lift)]
        #[component(record)]
        pub struct ViewResult {
            pub party: Party,
            pub event: EventResult,
            pub fee: Option<types::MoneyResult>,
            pub balance: Option<types::MoneyResult>,
            pub card: types::ShownCardResult,
            $(#[component(name = $name)] pub $field: Option<String>,)*
        }

        /// What a 0.1 renderer sees of a view.
        pub fn view<'a>(party: OwnParty, view: &'a types::ViewParam<'a>) -> ViewParam<'a> {
            ViewParam {
                party: self::party(party),
                event: event(&view.event),
                fee: view.fee.as_ref(),
                balance: view.balance.as_ref(),
                card: &view.card,
                $($field: view.$field,)*
            }
        }

        impl ViewResult {
            /// The view, with what a 0.1 masker had no say in, as `minimal` has it.
            pub fn into_view(self, minimal: types::ViewResult) -> types::ViewResult {
                types::ViewResult {
                    role: minimal.role,
                    event: types::EventResult {
                        kind: self.event.kind,
                        original_kind: self.event.original_kind,
                        approval: self.event.approval,
                        amount: self.event.amount,
                        original_amount: self.event.original_amount,
                        time: self.event.time,
                        ..minimal.event
                    },
                    fee: self.fee,
                    balance: self.balance,
                    local_time: None,
                    card: self.card,
                    $($field: self.$field,)*
                }
            }
        }
    };
}

views! {
    cardholder_name "cardholder-name"
    cardholder_phone "cardholder-phone"
    cardholder_email "cardholder-email"
    cardholder_id_number "cardholder-id-number"
    cardholder_account "cardholder-account"
    merchant_name "merchant-name"
    merchant_city "merchant-city"
    merchant_country "merchant-country"
    merchant_address "merchant-address"
    merchant_phone "merchant-phone"
    merchant_id "merchant-id"
    terminal_id "terminal-id"
    counterparty "counterparty"
    rrn "rrn"
    stan "stan"
    authorisation_code "authorisation-code"
}

#[derive(Debug, Clone, ComponentType, Lift)]
#[component(record)]
pub struct Delivery {
    pub party: Party,
    pub channel: String,
    pub template: String,
    pub locale: String,
    pub priority: u8,
    #[component(name = "not-before")]
    pub not_before: Option<types::Time>,
    #[component(name = "expires-at")]
    pub expires_at: Option<types::Time>,
}

#[derive(Debug, Clone, ComponentType, Lift)]
#[component(variant)]
pub enum Outcome {
    #[component(name = "notify")]
    Notify(Vec<Delivery>),
    #[component(name = "suppress")]
    Suppress,
    #[component(name = "defer")]
    Defer(types::Time),
}

#[derive(Debug, Clone, ComponentType, Lift)]
#[component(record)]
pub struct Decision {
    pub outcome: Outcome,
    pub reason: String,
    pub rule: String,
}

#[derive(Debug, Clone, ComponentType, Lift)]
#[component(variant)]
pub enum PrivacyError {
    #[component(name = "profile-failed")]
    ProfileFailed(String),
    #[component(name = "not-configured")]
    NotConfigured,
}

/// Whom a 0.1 renderer signs for.
#[derive(Clone, Copy, ComponentType, Lower)]
#[component(record)]
pub struct Sender<'a> {
    pub signature: &'a str,
    pub hotline: &'a str,
}

pub fn party(party: OwnParty) -> Party {
    match party {
        OwnParty::Cardholder => Party::Cardholder,
        OwnParty::Merchant => Party::Merchant,
    }
}

fn event<'a>(event: &'a types::EventParam<'a>) -> EventParam<'a> {
    EventParam {
        kind: event.kind,
        original_kind: event.original_kind,
        approval: event.approval,
        amount: &event.amount,
        original_amount: event.original_amount.as_ref(),
        time: event.time,
    }
}

/// What a 0.1 router is told.
pub fn facts<'a>(facts: &'a types::Facts<'a>) -> Facts<'a> {
    Facts {
        event: event(&facts.event),
        bin: facts.bin,
        brand: facts.brand,
        card_token: facts.card_token,
        merchant_id: facts.merchant_id,
        terminal_id: facts.terminal_id,
        category: facts.event.category,
        country: facts.country,
        entry_mode: facts.event.entry_mode,
        cardholder: &facts.cardholder,
        merchant: &facts.merchant,
    }
}

/// What a 0.1 masker is told.
pub fn sensitive<'a>(sensitive: &'a types::Sensitive<'a>) -> Sensitive<'a> {
    Sensitive {
        event: event(&sensitive.event),
        fee: sensitive.fee.as_ref(),
        balance: sensitive.balance.as_ref(),
        card: &sensitive.card,
        cardholder: &sensitive.cardholder,
        merchant: &sensitive.merchant,
        counterparty: sensitive.counterparty,
        rrn: sensitive.rrn,
        stan: sensitive.stan,
        authorisation_code: sensitive.authorisation_code,
    }
}

impl From<Decision> for routing::Decision {
    fn from(decision: Decision) -> Self {
        let Decision { outcome, reason, rule } = decision;
        let outcome = match outcome {
            Outcome::Suppress => routing::Outcome::Suppress,
            Outcome::Defer(until) => routing::Outcome::Defer(until),
            Outcome::Notify(deliveries) => {
                routing::Outcome::Notify(deliveries.into_iter().map(Into::into).collect())
            }
        };
        Self { outcome, reason, rule }
    }
}

impl From<Delivery> for routing::Delivery {
    fn from(delivery: Delivery) -> Self {
        let Delivery { party, channel, template, locale, priority, not_before, expires_at } =
            delivery;
        let role = match party {
            Party::Cardholder => OwnParty::Cardholder,
            Party::Merchant => OwnParty::Merchant,
        };
        let role = role.as_str().into();
        Self { role, channel, template, locale, priority, not_before, expires_at }
    }
}
