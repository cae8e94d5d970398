//! The three plugins' logic without a sandbox: what the road would cost if a
//! bank's code were linked into the host.

use tillbell::{Bundle, Role};
use tillbell_privacy::{self as privacy, Profiles};
use tillbell_routing::Rules;
use tillbell_routing::interface as routing;
use tillbell_template::Catalogue;
use tillbell_template::interface as template;
use tillbell_transaction::case::Direction;
use tillbell_transaction::{Approval, Money, Party, Preferences, Transaction};

pub use routing::exports::tillbell::plugin::routing::{Decision, Delivery, Outcome};
use routing::tillbell::plugin::types as facts;
use template::tillbell::plugin::types as views;

/// What the plugins say of a transaction.
pub struct Answer {
    /// The router's decision.
    pub decision: Decision,
    /// The text of each of its deliveries.
    pub texts: Vec<String>,
}

/// A bank's plugins, configured.
pub struct Bank {
    rules: Rules,
    profiles: Profiles,
    catalogue: Catalogue,
}

impl Bank {
    /// Configures the plugins from a bundle's files.
    ///
    /// # Panics
    /// If a plugin refuses them.
    pub fn open(bundle: &Bundle) -> Self {
        let files = |role| bundle.source(role).configuration.iter().cloned();
        let rules: Vec<_> = files(Role::Router)
            .map(|(path, contents)| facts::ConfigurationFile { path, contents })
            .collect();
        let profiles: Vec<_> = files(Role::Masker)
            .map(|(path, contents)| privacy::ConfigurationFile { path, contents })
            .collect();
        let templates: Vec<_> = files(Role::Renderer)
            .map(|(path, contents)| views::ConfigurationFile { path, contents })
            .collect();
        let sender = views::Sender {
            locale: bundle.manifest.locale.clone(),
            signature: bundle.manifest.sender.signature.clone(),
            hotline: bundle.manifest.sender.hotline.clone(),
        };
        let Ok((rules, _)) = Rules::read(&rules) else { panic!("the rules are refused") };
        let Ok(profiles) = Profiles::configure(&profiles) else {
            panic!("the profiles are refused")
        };
        let Ok((catalogue, _)) = Catalogue::read(&templates, sender) else {
            panic!("the templates are refused")
        };
        Self { rules, profiles, catalogue }
    }

    /// Decides about a transaction and writes its messages.
    ///
    /// # Panics
    /// If a plugin refuses it.
    pub fn answer(&self, transaction: &Transaction) -> Answer {
        let now = facts::Time {
            unix_seconds: transaction.time.unix_seconds(),
            utc_offset_minutes: transaction.time.utc_offset_minutes(),
        };
        let Ok(decision) = self.rules.route(&facts_of(transaction), now) else {
            panic!("the router refuses")
        };
        let deliveries = match &decision.outcome {
            Outcome::Notify(deliveries) => deliveries.as_slice(),
            Outcome::Suppress | Outcome::Defer(_) => &[],
        };
        let text = |delivery: &Delivery| {
            let party = match delivery.role.as_str() {
                "cardholder" => privacy::Party::Cardholder,
                _ => privacy::Party::Merchant,
            };
            let masked = self.profiles.mask(party, sensitive_of(transaction));
            let view = view_of(delivery.role.clone(), masked);
            match self.catalogue.render(&delivery.template, &delivery.locale, view) {
                Ok(text) => text,
                Err(_) => panic!("the renderer refuses"),
            }
        };
        let texts = deliveries.iter().map(text).collect();
        Answer { decision, texts }
    }
}

/// A view's texts, in the order of the interface.
const SHOWN: usize = 16;

impl Bank {
    /// What a party may read of a transaction, but for what any party may: the
    /// view's texts from the cardholder's name on, in the order of the interface.
    pub fn shown(&self, transaction: &Transaction, party: Party) -> [Option<String>; SHOWN] {
        let party = match party {
            Party::Cardholder => privacy::Party::Cardholder,
            Party::Merchant => privacy::Party::Merchant,
        };
        let view = self.profiles.mask(party, sensitive_of(transaction));
        [
            view.cardholder_name,
            view.cardholder_phone,
            view.cardholder_email,
            view.cardholder_id_number,
            view.cardholder_account,
            view.merchant_name,
            view.merchant_city,
            view.merchant_country,
            view.merchant_address,
            view.merchant_phone,
            view.merchant_id,
            view.terminal_id,
            view.counterparty,
            view.rrn,
            view.stan,
            view.authorisation_code,
        ]
    }
}

fn facts_of(transaction: &Transaction) -> facts::Facts {
    let money = |money: Money| facts::Money {
        minor_units: money.minor_units(),
        currency: money.currency().into(),
        exponent: money.exponent(),
    };
    let preferences = |preferences: &Preferences, phone: bool, email: bool| facts::Preferences {
        locale: preferences.locale.clone(),
        channels: [(phone, "sms"), (email, "email")]
            .into_iter()
            .filter(|(has, _)| *has)
            .map(|(_, name)| name.into())
            .collect(),
        threshold: preferences.threshold.map(money),
        quiet_hours: preferences.quiet_hours.map(|hours| facts::QuietHours {
            start_minute: hours.start_minute,
            end_minute: hours.end_minute,
        }),
        utc_offset_minutes: preferences.utc_offset_minutes,
    };
    let merchant = &transaction.merchant;
    facts::Facts {
        event: facts::Event {
            kind: transaction.kind.as_str().into(),
            original_kind: transaction.original_kind.map(|kind| kind.as_str().into()),
            approval: match transaction.approval {
                Approval::Approved => facts::Approval::Approved,
                Approval::PartiallyApproved => facts::Approval::PartiallyApproved,
                Approval::Declined => facts::Approval::Declined,
            },
            direction: match transaction.direction() {
                Direction::Debit => facts::Direction::Debit,
                Direction::Credit => facts::Direction::Credit,
                Direction::None => facts::Direction::None,
            },
            amount: money(transaction.amount),
            original_amount: transaction.original_amount.map(money),
            billing: transaction
                .billing
                .map(|billing| facts::Billing { amount: money(billing.amount), rate: None }),
            cashback: transaction.cashback.map(money),
            category: merchant.category.clone(),
            entry_mode: transaction.entry_mode.as_str().into(),
            time: facts::Time {
                unix_seconds: transaction.time.unix_seconds(),
                utc_offset_minutes: transaction.time.utc_offset_minutes(),
            },
            age_seconds: 0,
        },
        bin: transaction.card.bin.number(),
        brand: transaction.card.brand.clone(),
        card_token: transaction.card.token.clone(),
        merchant_id: merchant.id.clone(),
        terminal_id: merchant.terminal.clone(),
        country: merchant.country.clone(),
        cardholder: preferences(
            &transaction.cardholder.preferences,
            transaction.cardholder.phone.is_some(),
            transaction.cardholder.email.is_some(),
        ),
        merchant: preferences(
            &merchant.preferences,
            merchant.phone.is_some(),
            merchant.email.is_some(),
        ),
    }
}

fn money(money: Money) -> views::Money {
    views::Money {
        minor_units: money.minor_units(),
        currency: money.currency().into(),
        exponent: money.exponent(),
    }
}

fn sensitive_of(transaction: &Transaction) -> privacy::Sensitive<views::Event, views::Money> {
    let (card, merchant, cardholder) =
        (&transaction.card, &transaction.merchant, &transaction.cardholder);
    privacy::Sensitive {
        event: views::Event {
            kind: transaction.kind.as_str().into(),
            original_kind: transaction.original_kind.map(|kind| kind.as_str().into()),
            approval: match transaction.approval {
                Approval::Approved => views::Approval::Approved,
                Approval::PartiallyApproved => views::Approval::PartiallyApproved,
                Approval::Declined => views::Approval::Declined,
            },
            direction: match transaction.direction() {
                Direction::Debit => views::Direction::Debit,
                Direction::Credit => views::Direction::Credit,
                Direction::None => views::Direction::None,
            },
            amount: money(transaction.amount),
            original_amount: transaction.original_amount.map(money),
            billing: None,
            cashback: transaction.cashback.map(money),
            category: merchant.category.clone(),
            entry_mode: transaction.entry_mode.as_str().into(),
            time: views::Time {
                unix_seconds: transaction.time.unix_seconds(),
                utc_offset_minutes: transaction.time.utc_offset_minutes(),
            },
            age_seconds: 0,
        },
        fee: transaction.fee.map(money),
        balance: transaction.balance.map(money),
        card: privacy::Card {
            bin: card.bin.number(),
            last4: card.last4.number(),
            brand: card.brand.clone(),
            issuer: card.issuer.clone(),
        },
        cardholder: privacy::Person {
            name: cardholder.name.clone(),
            phone: cardholder.phone.clone(),
            email: cardholder.email.clone(),
            id_number: cardholder.id_number.clone(),
            account: cardholder.account.clone(),
        },
        merchant: privacy::Establishment {
            name: merchant.name.clone(),
            city: merchant.city.clone(),
            country: merchant.country.clone(),
            address: merchant.address.clone(),
            phone: merchant.phone.clone(),
            merchant_id: merchant.id.clone(),
            terminal_id: merchant.terminal.clone(),
        },
        counterparty: transaction.counterparty.clone(),
        rrn: transaction.rrn.clone(),
        stan: transaction.stan.clone(),
        authorisation_code: transaction.authorisation_code.clone(),
    }
}

fn view_of(role: String, view: privacy::View<views::Event, views::Money>) -> views::View {
    views::View {
        role,
        event: view.event,
        fee: view.fee,
        balance: view.balance,
        local_time: None,
        card: views::ShownCard {
            bin: view.card.bin,
            last4: view.card.last4,
            brand: view.card.brand,
            issuer: view.card.issuer,
        },
        cardholder_name: view.cardholder_name,
        cardholder_phone: view.cardholder_phone,
        cardholder_email: view.cardholder_email,
        cardholder_id_number: view.cardholder_id_number,
        cardholder_account: view.cardholder_account,
        merchant_name: view.merchant_name,
        merchant_city: view.merchant_city,
        merchant_country: view.merchant_country,
        merchant_address: view.merchant_address,
        merchant_phone: view.merchant_phone,
        merchant_id: view.merchant_id,
        terminal_id: view.terminal_id,
        counterparty: view.counterparty,
        rrn: view.rrn,
        stan: view.stan,
        authorisation_code: view.authorisation_code,
    }
}
