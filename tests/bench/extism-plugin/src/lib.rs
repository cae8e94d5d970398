//! The reference plugins' own logic as an Extism plugin.
//!
//! `all` does everything in one call: the cheapest that Extism can be asked.
//! `route`, `mask` and `render` keep the three roles apart, as Tillbell does.
//!
//! The bank's files are compiled in. `configure` reads them; the bench calls it
//! once and snapshots the memory, so that a fresh plugin has nothing to parse,
//! exactly as Tillbell's bake does.
#![allow(missing_docs, unreachable_pub, unsafe_code, clippy::all, reason = "generated exports")]

mod convert;

use std::sync::OnceLock;

use extism_pdk::{FnResult, plugin_fn};
use tillbell_bench_wire::{Facts, Mask, Render, Verdict, Whole};
use tillbell_privacy::{self as privacy, Profiles};
use tillbell_routing::Rules;
use tillbell_routing::interface::tillbell::plugin::types as facts;
use tillbell_template::Catalogue;
use tillbell_template::interface::tillbell::plugin::types as views;

struct Bank {
    rules: Rules,
    profiles: Profiles,
    catalogue: Catalogue,
}

static BANK: OnceLock<Bank> = OnceLock::new();

/// Name and contents of the bank's files, written by `build.rs`.
mod files {
    include!(concat!(env!("OUT_DIR"), "/files.rs"));
}

fn bank() -> &'static Bank {
    BANK.get_or_init(|| {
        let rules =
            [facts::ConfigurationFile { path: "rules.toml".into(), contents: files::RULES.into() }];
        let profiles = [privacy::ConfigurationFile {
            path: "privacy.toml".into(),
            contents: files::PRIVACY.into(),
        }];
        let templates: Vec<_> = files::TEMPLATES
            .iter()
            .map(|(path, contents)| views::ConfigurationFile {
                path: (*path).into(),
                contents: (*contents).into(),
            })
            .collect();
        let sender =
            views::Sender { signature: files::SIGNATURE.into(), hotline: files::HOTLINE.into() };
        let Ok((rules, _)) = Rules::read(&rules) else { panic!("the rules are refused") };
        let Ok(profiles) = Profiles::configure(&profiles) else {
            panic!("the profiles are refused")
        };
        let Ok((catalogue, _)) = Catalogue::read(&templates, sender) else {
            panic!("the templates are refused")
        };
        Bank { rules, profiles, catalogue }
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn configure() {
    bank();
}

#[plugin_fn]
pub fn all(input: Vec<u8>) -> FnResult<Vec<u8>> {
    let Whole { facts, personal } = serde_json::from_slice(&input)?;
    let mut verdict = decide(&facts);
    for message in &mut verdict.messages {
        let sensitive = convert::sensitive(&facts.event, &personal);
        let view = masked(&message.party, sensitive);
        message.text = text(&message.template, &message.locale, view);
    }
    Ok(serde_json::to_vec(&verdict)?)
}

#[plugin_fn]
pub fn route(input: Vec<u8>) -> FnResult<Vec<u8>> {
    let facts: Facts<'_> = serde_json::from_slice(&input)?;
    Ok(serde_json::to_vec(&decide(&facts))?)
}

#[plugin_fn]
pub fn mask(input: Vec<u8>) -> FnResult<Vec<u8>> {
    let Mask { party, event, personal } = serde_json::from_slice(&input)?;
    let view = masked(&party, convert::sensitive(&event, &personal));
    Ok(serde_json::to_vec(&convert::view_out(view))?)
}

#[plugin_fn]
pub fn render(input: Vec<u8>) -> FnResult<String> {
    let Render { template, locale, view } = serde_json::from_slice(&input)?;
    Ok(text(&template, &locale, convert::view_in(view)))
}

fn decide(given: &Facts<'_>) -> Verdict {
    match bank().rules.route(&convert::facts(given), convert::now(given)) {
        Ok(decision) => convert::verdict(decision),
        Err(_) => panic!("the router refuses"),
    }
}

fn masked(party: &str, sensitive: convert::Sensitive) -> views::View {
    let (party, of) = match party {
        "merchant" => (privacy::Party::Merchant, views::Party::Merchant),
        _ => (privacy::Party::Cardholder, views::Party::Cardholder),
    };
    convert::view(of, bank().profiles.mask(party, sensitive))
}

fn text(template: &str, locale: &str, view: views::View) -> String {
    match bank().catalogue.render(template, locale, view) {
        Ok(text) => text,
        Err(_) => panic!("the renderer refuses"),
    }
}
