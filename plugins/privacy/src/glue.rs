//! The component's edge: the interface's types become ours and back, by moving.
#![expect(unsafe_code, reason = "all of it generated: the component's exports")]

use std::cell::RefCell;

use tillbell_arena::Arena;

use crate::{Card, ConfigurationFile, Establishment, Party, Person, Profiles, Sensitive};
use bindings::exports::tillbell::plugin::privacy::{self, PrivacyError, Request, ViewError};
use bindings::tillbell::plugin::types;

mod bindings {
    wit_bindgen::generate!({ path: "../../wit/0.2", world: "masker", pub_export_macro: false });
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
        _about: types::Bundle,
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
    fn mask(
        sensitive: types::Sensitive,
        requests: Vec<Request>,
    ) -> Result<Vec<Result<types::View, ViewError>>, PrivacyError> {
        PROFILES.with_borrow(|profiles| {
            let profiles = profiles.as_ref().ok_or(PrivacyError::NotConfigured)?;
            let mut sensitive = Some(sensitive);
            let mut left = requests.len();
            let views = requests.into_iter().filter_map(|request| {
                left -= 1;
                // The last one takes it.
                let given = if left == 0 { sensitive.take() } else { sensitive.clone() };
                Some(view(profiles, request.role, given?))
            });
            Ok(views.collect())
        })
    }
}

fn view(
    profiles: &Profiles,
    role: String,
    mut sensitive: types::Sensitive,
) -> Result<types::View, ViewError> {
    let (party, local_time) = match role.as_str() {
        "cardholder" => (Party::Cardholder, sensitive.cardholder_time),
        "merchant" => {
            // What the cardholder's account is charged is not the shop's.
            sensitive.event.billing = None;
            (Party::Merchant, None)
        }
        _ => return Err(ViewError::UnknownRole),
    };
    let view = profiles.mask(party, inward(sensitive));
    Ok(types::View { local_time, ..outward(role, view) })
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

fn outward(role: String, view: crate::View<types::Event, types::Money>) -> types::View {
    types::View {
        role,
        event: view.event,
        fee: view.fee,
        balance: view.balance,
        local_time: None,
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
