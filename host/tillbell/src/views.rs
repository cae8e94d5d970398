//! A view is made of the transaction: each of its fields is the same field of what the masker
//! was given, whole, cut, masked or folded, or is absent. A masker that writes anything else is
//! broken or lies, and what it wrote is shown to nobody.

use tillbell_transaction::Party;

use crate::bindings::types;
use crate::guard::is_made_of;

/// The first field of a view that is not made of what its masker was given; none where all
/// are.
pub(crate) fn foreign(
    view: &types::ViewResult,
    given: &types::Sensitive<'_>,
    party: Party,
) -> Option<&'static str> {
    event(&view.event, &given.event, party).or_else(|| values(view, given, party)).or_else(|| {
        let texts = texts(view, given);
        let mut foreign = texts.into_iter().filter(|(_, shown, own)| !is_of(*shown, own));
        foreign.next().map(|(name, _, _)| name)
    })
}

/// Absent, or made of one of some values.
fn is_of(shown: Option<&str>, own: &[Option<&str>]) -> bool {
    shown.is_none_or(|shown| own.iter().flatten().any(|own| is_made_of(shown, own)))
}

fn event(
    shown: &types::EventResult,
    own: &types::EventParam<'_>,
    party: Party,
) -> Option<&'static str> {
    let is_own = |shown: &Option<types::MoneyResult>, own: &Option<types::MoneyParam<'_>>| {
        shown.is_none() || shown.as_ref().is_some_and(|shown| is_equal(shown, own.as_ref()))
    };
    let billing = shown.billing.as_ref().is_none_or(|shown| {
        let own = own.billing.as_ref().filter(|_| party == Party::Cardholder);
        let rate = |rate: &types::Rate| (rate.digits, rate.decimals);
        own.is_some_and(|own| {
            is_equal(&shown.amount, Some(&own.amount))
                && (shown.rate.is_none()
                    || shown.rate.as_ref().map(rate) == own.rate.as_ref().map(rate))
        })
    });
    let is_blank_or = |shown: &str, own: &str| shown.is_empty() || shown == own;
    let checks = [
        ("event.kind", shown.kind == own.kind),
        (
            "event.original-kind",
            shown.original_kind.is_none() || shown.original_kind.as_deref() == own.original_kind,
        ),
        ("event.approval", shown.approval == own.approval),
        ("event.direction", shown.direction == own.direction),
        ("event.amount", is_equal(&shown.amount, Some(&own.amount))),
        ("event.original-amount", is_own(&shown.original_amount, &own.original_amount)),
        ("event.billing", billing),
        ("event.cashback", is_own(&shown.cashback, &own.cashback)),
        ("event.category", is_blank_or(&shown.category, own.category)),
        ("event.entry-mode", is_blank_or(&shown.entry_mode, own.entry_mode)),
        ("event.time", is_same(shown.time, own.time)),
        ("event.age-seconds", shown.age_seconds == own.age_seconds),
    ];
    checks.into_iter().find_map(|(name, is_own)| (!is_own).then_some(name))
}

fn values(
    view: &types::ViewResult,
    given: &types::Sensitive<'_>,
    party: Party,
) -> Option<&'static str> {
    let is_cardholder = party == Party::Cardholder;
    let is_own = |shown: &Option<types::MoneyResult>, own: &Option<types::MoneyParam<'_>>| {
        shown.as_ref().is_none_or(|shown| is_cardholder && is_equal(shown, own.as_ref()))
    };
    let local_time = view.local_time.is_none_or(|shown| {
        is_cardholder && given.cardholder_time.is_some_and(|own| is_same(shown, own))
    });
    let text = |shown: &str, own| is_made_of(shown, own);
    let checks = [
        ("fee", is_own(&view.fee, &given.fee)),
        ("balance", is_own(&view.balance, &given.balance)),
        ("local-time", local_time),
        ("card.bin", view.card.bin.is_none_or(|shown| is_beginning(shown, given.card.bin))),
        ("card.last4", view.card.last4 == given.card.last4),
        ("card.brand", text(&view.card.brand, given.card.brand)),
        ("card.issuer", text(&view.card.issuer, given.card.issuer)),
    ];
    checks.into_iter().find_map(|(name, is_own)| (!is_own).then_some(name))
}

type Text<'a> = (&'static str, Option<&'a str>, [Option<&'a str>; 3]);

fn texts<'a>(view: &'a types::ViewResult, given: &types::Sensitive<'a>) -> [Text<'a>; 16] {
    let types::Sensitive { cardholder, merchant, .. } = given;
    let one = |own: Option<&'a str>| [own, None, None];
    let some = |own: &'a str| one(Some(own));
    [
        ("cardholder-name", view.cardholder_name.as_deref(), one(cardholder.name)),
        ("cardholder-phone", view.cardholder_phone.as_deref(), one(cardholder.phone)),
        ("cardholder-email", view.cardholder_email.as_deref(), one(cardholder.email)),
        ("cardholder-id-number", view.cardholder_id_number.as_deref(), one(cardholder.id_number)),
        ("cardholder-account", view.cardholder_account.as_deref(), one(cardholder.account)),
        ("merchant-name", view.merchant_name.as_deref(), some(merchant.name)),
        ("merchant-city", view.merchant_city.as_deref(), some(merchant.city)),
        ("merchant-country", view.merchant_country.as_deref(), some(merchant.country)),
        (
            "merchant-address",
            view.merchant_address.as_deref(),
            // Of an address, its city or country.
            [merchant.address, Some(merchant.city), Some(merchant.country)],
        ),
        ("merchant-phone", view.merchant_phone.as_deref(), one(merchant.phone)),
        ("merchant-id", view.merchant_id.as_deref(), some(merchant.merchant_id)),
        ("terminal-id", view.terminal_id.as_deref(), some(merchant.terminal_id)),
        ("counterparty", view.counterparty.as_deref(), one(given.counterparty)),
        ("rrn", view.rrn.as_deref(), some(given.rrn)),
        ("stan", view.stan.as_deref(), some(given.stan)),
        ("authorisation-code", view.authorisation_code.as_deref(), some(given.authorisation_code)),
    ]
}

fn is_equal(shown: &types::MoneyResult, own: Option<&types::MoneyParam<'_>>) -> bool {
    own.is_some_and(|own| {
        (shown.minor_units, shown.currency.as_str(), shown.exponent)
            == (own.minor_units, own.currency, own.exponent)
    })
}

fn is_same(shown: types::Time, own: types::Time) -> bool {
    (shown.unix_seconds, shown.utc_offset_minutes) == (own.unix_seconds, own.utc_offset_minutes)
}

/// Whether the digits of a number are the first ones of another.
fn is_beginning(shown: u32, mut own: u32) -> bool {
    while own > shown {
        own /= 10;
    }
    shown == own
}
