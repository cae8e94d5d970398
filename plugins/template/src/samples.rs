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
const KINDS: [&str; 12] = [
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
    /// Whether the text is shown to the host: usual, longest, least.
    pub(crate) shown: bool,
}

/// Makes the samples for a template: the usual one first, then the longest,
/// then the least; then each field absent alone and present alone.
pub(crate) fn views(template: &str, party: Party, locale: &str) -> Vec<Sample> {
    let chinese = language(locale) == "zh";
    let everything = everything(template, party, chinese);
    let mut usual = everything.clone();
    if !takes_back(template) && template != "partial-approval" {
        usual.event.original_amount = None;
        usual.event.original_kind = None;
    }
    if !matches!(template, "transfer" | "payment") {
        usual.counterparty = None;
    }
    if party == Party::Merchant {
        usual = with(&usual, |name| !OF_THE_CARDHOLDER.contains(&name));
    }
    let sample = |label: &str, view, shown| Sample { label: label.into(), view, shown };
    let mut samples = vec![
        sample("usual", usual.clone(), true),
        sample("longest", longest(usual, chinese), true),
        sample("least", least(&everything), true),
    ];
    for field in OPTIONAL_FIELDS {
        let without = with(&everything, |name| name != field);
        samples.push(sample(&format!("without {field}"), without, false));
        let only = with(&everything, |name| name == field);
        samples.push(sample(&format!("with only {field}"), only, false));
    }
    samples
}

fn takes_back(template: &str) -> bool {
    matches!(template, "reversal" | "void")
}

/// A view in which nothing is absent.
pub(crate) fn everything(template: &str, party: Party, chinese: bool) -> View {
    let kind = if KINDS.contains(&template) { template } else { "purchase" };
    let approval = match template {
        "partial-approval" => Approval::PartiallyApproved,
        "declined" => Approval::Declined,
        _ => Approval::Approved,
    };
    let money = |minor_units| Money {
        minor_units,
        currency: if chinese { "CNY" } else { "USD" }.into(),
        exponent: 2,
    };
    let text = |chinese_text: &str, latin_text: &str| {
        Some(String::from(if chinese { chinese_text } else { latin_text }))
    };
    View {
        party,
        event: Event {
            kind: kind.into(),
            original_kind: text("purchase", "purchase"),
            approval,
            amount: money(12_850),
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
    let most = Money { minor_units: 999_999_999, currency: "EUR".into(), exponent: 2 };
    view.event.amount = most.clone();
    view.event.original_amount = view.event.original_amount.map(|_| most.clone());
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
        assert_eq!(samples[3].label, "without original_kind");
        assert_eq!(samples[4].label, "with only original_kind");
        // No two are the same: each name reaches its field.
        for (index, text) in texts.iter().enumerate() {
            assert!(!texts[..index].contains(text), "{}", samples[index].label);
        }
    }
}
