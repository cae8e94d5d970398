//! Views that templates are tried on when a bundle is baked: what transactions
//! usually say, at most and at least, and with each field missing.

use crate::file_name::language;
use crate::interface::tillbell::plugin::types::{
    Approval, Event, Money, Party, ShownCard, Time, View,
};

/// Fields that may be absent.
const OPTIONAL_FIELDS: [&str; 21] = [
    "original_kind",
    "original_amount",
    "fee",
    "balance",
    "card.bin",
    "cardholder_name",
    "cardholder_phone",
    "cardholder_email",
    "cardholder_id_number",
    "cardholder_account",
    "merchant_name",
    "merchant_city",
    "merchant_country",
    "merchant_address",
    "merchant_phone",
    "merchant_id",
    "terminal_id",
    "counterparty",
    "rrn",
    "stan",
    "authorisation_code",
];
/// Fields that no merchant is shown.
const OF_THE_CARDHOLDER: [&str; 8] = [
    "fee",
    "balance",
    "cardholder_name",
    "cardholder_phone",
    "cardholder_email",
    "cardholder_id_number",
    "cardholder_account",
    "counterparty",
];
/// What happened, by the interface; a template of another name is tried on a
/// purchase.
const KINDS: [&str; 14] = [
    "purchase",
    "purchase-with-cashback",
    "cash-withdrawal",
    "refund",
    "void",
    "pre-authorisation",
    "completion",
    "deposit",
    "payment",
    "transfer",
    "reversal",
    "inquiry",
    "adjustment",
    "verification",
];
/// 2026-11-20T12:03:15+08:00.
const USUAL_TIME: Time = Time { unix_seconds: 1_795_147_395, utc_offset_minutes: 480 };
/// 2026-12-31T23:59:59+08:00: as long as a date can be.
const LONGEST_TIME: Time = Time { unix_seconds: 1_798_732_799, utc_offset_minutes: 480 };

/// A view to try a template on.
pub(crate) struct Sample {
    /// What is special about it.
    pub(crate) label: String,
    pub(crate) view: View,
    /// Whether the text is shown to the host.
    pub(crate) shown: bool,
}

/// Makes the samples for a template: the usual one first, then the longest, then
/// the least, then what is peculiar to its kind; then each field absent alone
/// and present alone.
pub(crate) fn views(template: &str, party: Party, locale: &str) -> Vec<Sample> {
    let chinese = language(locale) == "zh";
    let everything = everything(template, party, chinese);
    let usual = usual(&everything, template);
    let sample = |label: &str, view, shown| Sample { label: label.into(), view, shown };
    let mut samples = vec![
        sample("usual", usual.clone(), true),
        sample("longest", longest(usual.clone(), chinese), true),
        sample("least", least(&everything), true),
    ];
    for (label, event) in peculiar(&usual.event, &everything.event) {
        let view = longest(View { event, ..usual.clone() }, chinese);
        samples.push(sample(label, view, true));
    }
    let across = View { event: across(&everything.event), ..usual };
    if is_second(template) || template == "verification" {
        // Never approved in part.
    } else if template == "partial-approval" {
        samples.push(sample(ACROSS, longest(across, chinese), true));
    } else {
        samples.push(sample(ACROSS, across, false));
    }
    for field in OPTIONAL_FIELDS {
        let without = with(&everything, |name| name != field);
        samples.push(sample(&format!("without {field}"), without, false));
        let only = with(&everything, |name| name == field);
        samples.push(sample(&format!("with only {field}"), only, false));
    }
    samples
}

/// The label of a purchase that was asked for in one currency and approved, for
/// less, in another.
const ACROSS: &str = "approved in part in another currency";

/// What a transaction of this template usually says.
fn usual(everything: &View, template: &str) -> View {
    let mut usual = everything.clone();
    match template {
        // All of it is taken back.
        "reversal" | "void" => {
            usual.event.original_amount = Some(usual.event.amount.clone());
        }
        "adjustment" => {}
        "partial-approval" => usual.event.original_kind = None,
        _ => {
            usual.event.original_amount = None;
            usual.event.original_kind = None;
        }
    }
    if !matches!(template, "transfer" | "payment") {
        usual.counterparty = None;
    }
    if usual.party == Party::Merchant {
        usual = with(&usual, |name| !OF_THE_CARDHOLDER.contains(&name));
    }
    usual
}

/// Whether transactions of this template take back or change an earlier one.
fn is_second(template: &str) -> bool {
    matches!(template, "reversal" | "void" | "adjustment")
}

/// What a second event can be about, with other words than usual: money that
/// goes the other way, a hold, a part, or what the host never saw.
fn peculiar(usual: &Event, in_part: &Event) -> Vec<(&'static str, Event)> {
    let of = |kind: &str| Event { original_kind: Some(kind.into()), ..usual.clone() };
    let mut never_seen = usual.clone();
    never_seen.original_kind = None;
    if !is_second(&usual.kind) {
        return Vec::new();
    }
    if usual.kind != "adjustment" {
        never_seen.original_amount = None;
    }
    let mut events = vec![
        ("original never seen", never_seen),
        ("of a refund", of("refund")),
        ("of a hold", of("pre-authorisation")),
    ];
    if usual.kind != "adjustment" {
        events.push(("in part", in_part.clone()));
    }
    events
}

/// The event as a purchase that was approved for a part, in another currency
/// than it was asked for.
fn across(event: &Event) -> Event {
    let currency = if event.amount.currency == "USD" { "CNY" } else { "USD" };
    Event {
        kind: "purchase".into(),
        original_kind: None,
        approval: Approval::PartiallyApproved,
        amount: Money { currency: currency.into(), ..event.amount.clone() },
        ..event.clone()
    }
}

/// A view in which nothing is absent.
pub(crate) fn everything(template: &str, party: Party, chinese: bool) -> View {
    let kind = if KINDS.contains(&template) { template } else { "purchase" };
    let approval = match template {
        "partial-approval" => Approval::PartiallyApproved,
        "declined" => Approval::Declined,
        _ => Approval::Approved,
    };
    let money = |minor_units| money(minor_units, if chinese { "CNY" } else { "USD" });
    let text = |chinese_text: &str, latin_text: &str| {
        Some(String::from(if chinese { chinese_text } else { latin_text }))
    };
    View {
        party,
        event: Event {
            kind: kind.into(),
            original_kind: text("purchase", "purchase"),
            approval,
            amount: money(if kind == "verification" { 0 } else { 12_850 }),
            original_amount: Some(money(20_000)),
            time: USUAL_TIME,
        },
        fee: Some(money(150)),
        balance: Some(money(1_234_567)),
        card: ShownCard {
            bin: Some(if chinese { 621_626 } else { 424_242 }),
            last4: 18,
            brand: if chinese { "unionpay" } else { "visa" }.into(),
            issuer: text("海港银行", "Example Bank").unwrap_or_default(),
        },
        cardholder_name: text("张*", "F*"),
        cardholder_phone: text("138******00", "555*****42"),
        cardholder_email: text("n***@mail.example", "n***@mail.example"),
        cardholder_id_number: text("1****************1", "1******1"),
        cardholder_account: text("************3456", "******3456"),
        merchant_name: text("蓝瓶咖啡国贸店", "BLUE BOTTLE COFFEE"),
        merchant_city: text("北京", "TOKYO"),
        merchant_country: text("CN", "JP"),
        merchant_address: text("北京", "TOKYO"),
        merchant_phone: text("010******34", "555*****34"),
        merchant_id: text("104110548991234", "104110548991234"),
        terminal_id: text("10000001", "10000001"),
        counterparty: text("张*", "F*"),
        rrn: text("432112345678", "432112345678"),
        stan: text("345678", "345678"),
        authorisation_code: text("A1B2C3", "A1B2C3"),
    }
}

/// Lengths by ISO 8583: a name of 25 characters, a city of 13 (in Chinese half
/// as many characters); seven digits before the point, a foreign currency.
fn longest(mut view: View, chinese: bool) -> View {
    let most = money(999_999_999, "EUR");
    let amount = view.event.amount;
    // What differed differs, and zero is as long as it gets.
    view.event.original_amount =
        view.event.original_amount.map(|original| match original.currency == amount.currency {
            true if original.minor_units == amount.minor_units => most.clone(),
            true => money(999_999_998, "EUR"),
            false => money(999_999_998, "GBP"),
        });
    view.event.amount = if amount.minor_units == 0 { money(0, "EUR") } else { most.clone() };
    view.event.time = LONGEST_TIME;
    view.fee = view.fee.map(|_| most.clone());
    view.balance = view.balance.map(|_| most);
    view.card.brand = if chinese { "unionpay" } else { "mastercard" }.into();
    let text = |chinese_text: &str, latin_text: &str| {
        Some(String::from(if chinese { chinese_text } else { latin_text }))
    };
    view.merchant_name = text("NORTHERN LIGHTS BOOKSHOPS", "NORTHERN LIGHTS BOOKSHOPS");
    view.merchant_city = text("克孜勒苏柯尔克", "SAN FRANCISCO");
    view.merchant_address = text("NORTHERN LIGHTS BOOKSHOPS", "NORTHERN LIGHTS BOOKSHOPS");
    let other = text("国家电网北京市电力公司朝阳供电局", "************3456");
    view.counterparty = view.counterparty.and(other);
    view
}

/// An amount of a currency with two decimals.
pub(crate) fn money(minor_units: i64, currency: &str) -> Money {
    Money { minor_units, currency: currency.into(), exponent: 2 }
}

/// What the host itself gives when the masker fails: nothing that may be
/// absent.
fn least(everything: &View) -> View {
    let mut view = with(everything, |_| false);
    view.card.brand.clear();
    view.card.issuer.clear();
    view
}

/// The view with only some of its optional fields.
fn with(view: &View, keep: impl Fn(&str) -> bool) -> View {
    let mut view = view.clone();
    keep_if(&mut view.event.original_kind, keep("original_kind"));
    keep_if(&mut view.event.original_amount, keep("original_amount"));
    keep_if(&mut view.fee, keep("fee"));
    keep_if(&mut view.balance, keep("balance"));
    keep_if(&mut view.card.bin, keep("card.bin"));
    keep_if(&mut view.cardholder_name, keep("cardholder_name"));
    keep_if(&mut view.cardholder_phone, keep("cardholder_phone"));
    keep_if(&mut view.cardholder_email, keep("cardholder_email"));
    keep_if(&mut view.cardholder_id_number, keep("cardholder_id_number"));
    keep_if(&mut view.cardholder_account, keep("cardholder_account"));
    keep_if(&mut view.merchant_name, keep("merchant_name"));
    keep_if(&mut view.merchant_city, keep("merchant_city"));
    keep_if(&mut view.merchant_country, keep("merchant_country"));
    keep_if(&mut view.merchant_address, keep("merchant_address"));
    keep_if(&mut view.merchant_phone, keep("merchant_phone"));
    keep_if(&mut view.merchant_id, keep("merchant_id"));
    keep_if(&mut view.terminal_id, keep("terminal_id"));
    keep_if(&mut view.counterparty, keep("counterparty"));
    keep_if(&mut view.rrn, keep("rrn"));
    keep_if(&mut view.stan, keep("stan"));
    keep_if(&mut view.authorisation_code, keep("authorisation_code"));
    view
}

fn keep_if<T>(field: &mut Option<T>, keep: bool) {
    if !keep {
        *field = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_optional_field_is_once_absent_and_once_alone() {
        let samples = views("transfer", Party::Cardholder, "en");
        let texts: Vec<_> = samples.iter().map(|sample| format!("{:?}", sample.view)).collect();
        assert_eq!(samples.iter().filter(|sample| sample.shown).count(), 3);
        assert_eq!(samples[4].label, "without original_kind");
        assert_eq!(samples[5].label, "with only original_kind");
        assert_eq!(samples[3].label, "approved in part in another currency");
        // No two are the same: each name reaches its field.
        for (index, text) in texts.iter().enumerate() {
            assert!(!texts[..index].contains(text), "{}", samples[index].label);
        }
    }
    /// The host counts and guards at most eight.
    #[test]
    fn what_is_told_in_other_words_is_shown() {
        for (template, labels) in [
            ("purchase", &[][..]),
            ("partial-approval", &[ACROSS]),
            ("verification", &[]),
            ("adjustment", &["original never seen", "of a refund", "of a hold"]),
            ("void", &["original never seen", "of a refund", "of a hold", "in part"]),
            ("reversal", &["original never seen", "of a refund", "of a hold", "in part"]),
        ] {
            let samples = views(template, Party::Cardholder, "zh-CN");
            let shown: Vec<_> = samples.iter().filter(|sample| sample.shown).collect();
            let told: Vec<_> = shown[3..].iter().map(|sample| sample.label.as_str()).collect();
            assert_eq!(told, labels, "{template}");
            for Sample { label, view: View { event, .. }, .. } in &shown {
                let original = event.original_amount.as_ref();
                let is_less = original.is_some_and(|original| {
                    original.currency == event.amount.currency
                        && original.minor_units != event.amount.minor_units
                });
                let tells_both = label == "in part" || template == "adjustment";
                assert!(
                    is_less == tells_both || label == "least" || template == "partial-approval"
                );
                assert_eq!(event.amount.minor_units == 0, template == "verification");
            }
        }
    }
}
