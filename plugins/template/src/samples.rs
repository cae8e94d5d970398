//! Views that templates are tried with when a bundle is baked: one where every
//! field that may be absent is absent, a typical one, and one with the longest
//! values to be expected.

use crate::interface::tillbell::plugin::types::{
    Approval, Event, Money, Party, ShownCard, Time, View,
};

/// 20 November 2026, 08:31:05 in UTC+8.
const TIME: Time = Time { unix_seconds: 1_795_134_665, utc_offset_minutes: 480 };
/// A merchant's name may have 25 characters and a city 13 (DE43).
const LONG_NAME: &str = "GRAND HARBOUR SUPERMARKET";
const LONG_CITY: &str = "SOUTH HARBOUR";

/// The sample views for a template of this name, party and locale.
pub(crate) fn views(template: &str, party: Party, locale: &str) -> [View; 3] {
    let chinese = locale.starts_with("zh");
    [minimal(template, party), typical(template, party, chinese), longest(template, party, chinese)]
}

fn minimal(template: &str, party: Party) -> View {
    let (kind, approval) = match template {
        "partial-approval" => ("purchase", Approval::PartiallyApproved),
        "declined" => ("purchase", Approval::Declined),
        kind => (kind, Approval::Approved),
    };
    View {
        party,
        event: Event {
            kind: kind.into(),
            original_kind: None,
            approval,
            amount: money(12_850, "CNY", 2),
            original_amount: None,
            time: TIME,
        },
        fee: None,
        balance: None,
        card: ShownCard { bin: None, last4: 18, brand: String::new(), issuer: String::new() },
        cardholder_name: None,
        cardholder_phone: None,
        cardholder_email: None,
        cardholder_id_number: None,
        cardholder_account: None,
        merchant_name: None,
        merchant_city: None,
        merchant_country: None,
        merchant_address: None,
        merchant_phone: None,
        merchant_id: None,
        terminal_id: None,
        counterparty: None,
        rrn: None,
        stan: None,
        authorisation_code: None,
    }
}

fn typical(template: &str, party: Party, chinese: bool) -> View {
    let mut view = minimal(template, party);
    view.event.original_amount = Some(money(20_000, "CNY", 2));
    view.event.original_kind = Some("purchase".into());
    view.balance = Some(money(302_175, "CNY", 2));
    view.fee = Some(money(200, "CNY", 2));
    view.card.brand = "unionpay".into();
    view.card.issuer = "Harbour".into();
    let name = if chinese { "咖啡实验室" } else { "Coffee Lab" };
    let city = if chinese { "上海" } else { "Shanghai" };
    let person = if chinese { "欧阳*" } else { "O* M*" };
    fill(&mut view, name, city, person);
    view
}

fn longest(template: &str, party: Party, chinese: bool) -> View {
    let mut view = typical(template, party, chinese);
    let currency = if chinese { "CNY" } else { "KWD" };
    let exponent = if chinese { 2 } else { 3 };
    view.event.amount = money(999_999_999, currency, exponent);
    view.event.original_amount = Some(money(999_999_999, currency, exponent));
    view.balance = Some(money(-999_999_999, currency, exponent));
    view.fee = Some(money(99_999, currency, exponent));
    view.card.brand = "mastercard".into();
    // The event's time has two digits everywhere.
    let name = if chinese { "海港城购物中心有限公司静安分店" } else { LONG_NAME };
    let city = if chinese { "呼和浩特市" } else { LONG_CITY };
    let person = if chinese { "欧阳***" } else { "M***** A* S****" };
    fill(&mut view, name, city, person);
    view
}

fn fill(view: &mut View, name: &str, city: &str, person: &str) {
    let cardholder = view.party == Party::Cardholder;
    let own = |text: &str| cardholder.then(|| text.to_owned());
    view.cardholder_name = own(person);
    view.cardholder_phone = own("138******00");
    view.cardholder_email = own("n***@example.com");
    view.cardholder_id_number = own("1****************X");
    view.cardholder_account = own("**************0001");
    view.counterparty = own(person);
    if !cardholder {
        view.balance = None;
        view.fee = None;
    }
    view.merchant_name = Some(name.into());
    view.merchant_city = Some(city.into());
    view.merchant_country = Some("CN".into());
    view.merchant_address = Some(city.into());
    view.merchant_id = Some("898310057340001".into());
    view.terminal_id = Some("00000312".into());
    view.rrn = Some("632408000123".into());
    view.stan = Some("000123".into());
    view.authorisation_code = Some("654321".into());
}

fn money(minor_units: i64, currency: &str, exponent: u8) -> Money {
    Money { minor_units, currency: currency.into(), exponent }
}
