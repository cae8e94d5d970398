//! The component's edge: the interface's types become ours and back, by moving.
#![expect(unsafe_code, reason = "all of it generated: the component's exports")]

use std::cell::RefCell;

use tillbell_arena::Arena;

use crate::{Card, ConfigurationFile, Establishment, Party, Person, Profiles, Sensitive};
use bindings::exports::tillbell::plugin::privacy::{self, PrivacyError};
use bindings::tillbell::plugin::types;

mod bindings {
    wit_bindgen::generate!({ path: "../../../../../wit/0.1", world: "masker", pub_export_macro: false });
}

#[global_allocator]
static ARENA: Arena = Arena::new();

thread_local! {
    /// What `configure` left; part of the snapshot.
    static PROFILES: RefCell<Option<Profiles>> = const { RefCell::new(None) };
}

struct Masker;

bindings::export!(Masker with_types_in bindings);

impl bindings::Guest for Masker {
    fn configure(
        files: Vec<types::ConfigurationFile>,
    ) -> Result<Vec<types::Configured>, types::ConfigureError> {
        let files: Vec<_> = files
            .into_iter()
            .map(|file| ConfigurationFile { path: file.path, contents: file.contents })
            .collect();
        let (profiles, configured) = Profiles::describe(&files).map_err(|refusal| {
            types::ConfigureError::Invalid(types::Diagnostic {
                file: refusal.file,
                line: refusal.line,
                detail: refusal.detail,
            })
        })?;
        PROFILES.set(Some(profiles));
        ARENA.settle();
        Ok(configured
            .into_iter()
            .map(|one| types::Configured {
                sort: "profile".into(),
                name: one.name,
                file: one.file,
                line: one.line,
                samples: Vec::new(),
            })
            .collect())
    }
}

impl privacy::Guest for Masker {
    fn mask(party: types::Party, sensitive: types::Sensitive) -> Result<types::View, PrivacyError> {
        PROFILES.with_borrow(|profiles| {
            let profiles = profiles.as_ref().ok_or(PrivacyError::NotConfigured)?;
            let ours = match party {
                types::Party::Cardholder => Party::Cardholder,
                types::Party::Merchant => Party::Merchant,
            };
            Ok(outward(party, profiles.mask(ours, inward(sensitive))))
        })
    }
}

fn inward(given: types::Sensitive) -> Sensitive<types::Event, types::Money> {
    let types::Sensitive { card, cardholder, merchant, .. } = given;
    Sensitive {
        event: given.event,
        fee: given.fee,
        balance: given.balance,
        card: Card { bin: card.bin, last4: card.last4, brand: card.brand, issuer: card.issuer },
        cardholder: Person {
            name: cardholder.name,
            phone: cardholder.phone,
            email: cardholder.email,
            id_number: cardholder.id_number,
            account: cardholder.account,
        },
        merchant: Establishment {
            name: merchant.name,
            city: merchant.city,
            country: merchant.country,
            address: merchant.address,
            phone: merchant.phone,
            merchant_id: merchant.merchant_id,
            terminal_id: merchant.terminal_id,
        },
        counterparty: given.counterparty,
        rrn: given.rrn,
        stan: given.stan,
        authorisation_code: given.authorisation_code,
    }
}

fn outward(party: types::Party, view: crate::View<types::Event, types::Money>) -> types::View {
    types::View {
        party,
        event: view.event,
        fee: view.fee,
        balance: view.balance,
        card: types::ShownCard {
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
