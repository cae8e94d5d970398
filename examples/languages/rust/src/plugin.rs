//! The words: what a cardholder is told of a debit and of one that was taken back, in English
//! and in Chinese.

use crate::bindings::exports::tillbell::plugin::rendering::{RenderingError, View};
use crate::bindings::tillbell::plugin::types::{Configured, Money, Time};
use crate::host::{Level, log};

/// The templates that the router may name, each in English and in Chinese.
const TEMPLATES: [&str; 2] = ["debit", "reversal"];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Who sends: the same in every message.
#[derive(Debug, Clone)]
pub struct Wording {
    signature: String,
    hotline: String,
}

impl Wording {
    /// The words of a bank with this signature and this number to call.
    pub fn new(mut signature: String, hotline: String) -> Self {
        if !signature.ends_with('】') {
            signature.push(' ');
        }
        Self { signature, hotline }
    }

    /// What there is, for `tillbell inspect` and `tillbell test --coverage`.
    pub fn templates(&self) -> Vec<Configured> {
        let names = TEMPLATES.iter().flat_map(|name| [(name, "en"), (name, "zh-CN")]);
        names
            .map(|(name, locale)| Configured {
                sort: "template".into(),
                name: format!("{name}.cardholder.{locale}"),
                file: "wording".into(),
                line: 0,
                samples: Vec::new(),
            })
            .collect()
    }

    /// Makes one text. The host's guard reads it too: a number that the view does not
    /// account for never leaves.
    pub fn render(
        &self,
        template: &str,
        locale: &str,
        view: &View,
    ) -> Result<String, RenderingError> {
        if !TEMPLATES.contains(&template) {
            return Err(RenderingError::UnknownTemplate(template.into()));
        }
        let Self { signature, hotline } = self;
        let (event, shop, last4) = (&view.event, view.merchant_name.as_deref(), view.card.last4);
        let is_chinese = locale.starts_with("zh");
        if event.amount.exponent > 4 {
            log(Level::Warn, "an amount has more decimals than any currency");
        }
        let amount = money(&event.amount, is_chinese);
        // A part is told as one.
        let before =
            event.original_amount.as_ref().map(|money_before| money(money_before, is_chinese));
        let whole = before.filter(|before| template == "reversal" && *before != amount);
        let when = moment(event.time, is_chinese);
        Ok(if is_chinese {
            let shop = shop.map(|name| format!("在{name}")).unwrap_or_default();
            let what = match (template, event.kind.as_str()) {
                ("reversal", _) => "的交易撤销，退回",
                (_, "cash-withdrawal") => "取现",
                (_, "transfer") => "转账",
                _ => "消费",
            };
            let whole = whole.map(|whole| format!("（原{whole}）")).unwrap_or_default();
            format!(
                "{signature}您尾号{last4:04}的卡{when}{shop}{what}{amount}{whole}。如有疑问请致电{hotline}。"
            )
        } else {
            let shop = shop.map(|name| format!(" at {name}")).unwrap_or_default();
            if template == "reversal" {
                let whole = whole.map(|whole| format!(" of {whole}")).unwrap_or_default();
                format!(
                    "{signature}{amount}{whole}{shop} on {when} was returned to card {last4:04}. Questions? Call {hotline}."
                )
            } else {
                let what = match event.kind.as_str() {
                    "cash-withdrawal" => "Cash withdrawal",
                    "payment" => "Payment",
                    "transfer" => "Transfer",
                    _ => "Purchase",
                };
                format!(
                    "{signature}{what} {amount}{shop} on {when}, card {last4:04}. Not you? Call {hotline}."
                )
            }
        })
    }
}

/// `KWD 12.500`; in Chinese `128.50元` for yuan.
fn money(money: &Money, is_chinese: bool) -> String {
    let exponent = usize::from(money.exponent.min(4));
    let sign = if money.minor_units < 0 { "-" } else { "" };
    let digits = format!("{:0width$}", money.minor_units.unsigned_abs(), width = exponent + 1);
    let (units, rest) = digits.split_at(digits.len() - exponent);
    let point = if exponent == 0 { "" } else { "." };
    match money.currency.as_str() {
        "CNY" if is_chinese => format!("{sign}{units}{point}{rest}元"),
        currency => format!("{currency} {sign}{units}{point}{rest}"),
    }
}

/// `20 Nov 09:30:00`, or `11月20日09:30:00`, on the merchant's wall clock. With seconds: gateways
/// drop a text that is the same as the last one.
fn moment(time: Time, is_chinese: bool) -> String {
    let local = time.unix_seconds + i64::from(time.utc_offset_minutes) * 60;
    let (month, day) = month_and_day(local.div_euclid(86_400));
    let seconds = local.rem_euclid(86_400);
    let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    if is_chinese {
        return format!("{month}月{day}日{hour:02}:{minute:02}:{second:02}");
    }
    let month = MONTHS[usize::try_from(month - 1).unwrap_or_default()];
    format!("{day} {month} {hour:02}:{minute:02}:{second:02}")
}

/// The month and the day that are `days` after 1970-01-01, by the Gregorian calendar: years
/// are counted from a first of March.
fn month_and_day(days: i64) -> (i64, i64) {
    let of_era = (days + 719_468).rem_euclid(146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let march = (5 * of_year + 2) / 153;
    ((march + 2) % 12 + 1, of_year - (153 * march + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bindings::tillbell::plugin::types::{Approval, Direction, Event, ShownCard};
    use crate::host::logged;

    fn view(kind: &str, minor_units: i64, exponent: u8) -> View {
        let currency = if exponent == 3 { "KWD" } else { "CNY" };
        View {
            role: "cardholder".into(),
            event: Event {
                kind: kind.into(),
                original_kind: None,
                approval: Approval::Approved,
                direction: Direction::Debit,
                amount: Money { minor_units, currency: currency.into(), exponent },
                original_amount: None,
                billing: None,
                cashback: None,
                category: "5814".into(),
                entry_mode: "chip".into(),
                time: Time { unix_seconds: 1_795_163_400, utc_offset_minutes: 180 },
                age_seconds: 0,
            },
            fee: None,
            balance: None,
            local_time: None,
            card: ShownCard { bin: None, last4: 42, brand: "visa".into(), issuer: String::new() },
            cardholder_name: None,
            cardholder_phone: None,
            cardholder_email: None,
            cardholder_id_number: None,
            cardholder_account: None,
            merchant_name: Some("Coffee Lab".into()),
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

    fn wording() -> Wording {
        Wording::new("Bank:".into(), "95500".into())
    }

    #[test]
    fn a_debit_is_told_in_both_languages() {
        let told = |locale| wording().render("debit", locale, &view("purchase", 12_500, 3));
        assert_eq!(
            told("en").unwrap(),
            "Bank: Purchase KWD 12.500 at Coffee Lab on 20 Nov 11:30:00, card 0042. \
             Not you? Call 95500."
        );
        assert_eq!(
            told("zh-CN").unwrap(),
            "Bank: 您尾号0042的卡11月20日11:30:00在Coffee Lab消费KWD 12.500。如有疑问请致电95500。"
        );
    }

    #[test]
    fn a_part_that_is_returned_is_told_as_one() {
        let mut view = view("reversal", 10_000, 2);
        view.event.original_amount =
            Some(Money { minor_units: 45_000, ..view.event.amount.clone() });
        let text = wording().render("reversal", "en", &view).unwrap();
        assert!(text.contains("CNY 100.00 of CNY 450.00 at Coffee Lab"), "{text}");
        let text = wording().render("reversal", "zh-CN", &view).unwrap();
        assert!(text.contains("退回100.00元（原450.00元）"), "{text}");
    }

    #[test]
    fn what_is_odd_is_logged() {
        wording().render("debit", "en", &view("purchase", 1, 9)).unwrap();
        assert_eq!(logged(), ["warn: an amount has more decimals than any currency"]);
        assert!(wording().render("rebate", "en", &view("purchase", 1, 2)).is_err());
    }
}
