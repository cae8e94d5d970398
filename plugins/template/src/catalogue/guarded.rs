//! The host's guard takes what the locales write: each text is held against its transaction.

use tillbell_guard::{Guard, Reader, Sender as GuardSender, Shown, Told};
use tillbell_transaction::{Party as GuardParty, Record, Transaction, json};

use super::*;
use crate::interface::tillbell::plugin::types::{ConfigurationFile, Money, Time};
use crate::locale::Digits;
use crate::moment::Moment;
use crate::samples;

const SIGNATURE: &str = "Kite Bank:";
const HOTLINE: &str = "+1 800 555 0142";
/// 2026-11-20T14:03:15+03:00, a Friday.
const TIME: Time = Time { unix_seconds: 1_795_172_595, utc_offset_minutes: 180 };
const LOCALES: [&str; 22] = [
    "ar", "ar-AE", "ar-EG", "de", "en", "en-IN", "es", "es-PE", "es-MX", "fr", "hi", "id", "ja",
    "ko", "pt-BR", "pt-PT", "ru", "th", "tr", "vi", "zh-CN", "zh-TW",
];
const CURRENCIES: [(&str, u8); 22] = [
    ("USD", 2),
    ("EUR", 2),
    ("GBP", 2),
    ("CNY", 2),
    ("HKD", 2),
    ("TWD", 2),
    ("INR", 2),
    ("EGP", 2),
    ("AED", 2),
    ("SAR", 2),
    ("KWD", 3),
    ("IDR", 2),
    ("THB", 2),
    ("VND", 0),
    ("JPY", 0),
    ("KRW", 0),
    ("BRL", 2),
    ("MXN", 2),
    ("RUB", 2),
    ("TRY", 2),
    ("CHF", 2),
    ("XOF", 0),
];
const MINOR_UNITS: [i64; 6] = [5, 12_850, 128_050, 1_234_500, 12_345_678, 987_654_321];

fn transaction(amount: &Money, time: &str) -> Transaction {
    let Money { minor_units, currency, .. } = amount;
    let event = format!(
        r#"{{"kind": "purchase", "approval": "approved", "time": "{time}",
            "balance": {{"minor_units": -{minor_units}, "currency": "{currency}"}},
            "amount": {{"minor_units": {minor_units}, "currency": "{currency}"}},
            "card": {{"bin": "424242", "last4": "0018"}}, "merchant": {{"name": "SHOP"}}}}"#
    );
    match json::read(event.as_bytes()) {
        Ok(Record::Transaction(transaction)) => *transaction,
        _ => panic!("{event}"),
    }
}

/// What a template writes of an amount and a time, and whether the guard takes it.
fn guarded(catalogue: &Catalogue, locale: &str, amount: &Money, time: Time) -> (String, bool) {
    let mut view = samples::views("purchase", Party::Cardholder, locale).remove(0).view;
    view.event.amount = amount.clone();
    view.balance = Some(Money { minor_units: -amount.minor_units, ..amount.clone() });
    view.event.time = time;
    let written = Moment(time).write("%Y-%m-%dT%H:%M:%S+03:00", Digits::Latin, &|| None).unwrap();
    let text = catalogue.render("purchase", locale, view).unwrap();
    let sender = GuardSender::new(SIGNATURE, HOTLINE, 10);
    let transaction = transaction(amount, &written);
    let reader = Reader::new(GuardParty::Cardholder, locale, Shown::ALL);
    let guard = Guard::new().with_sender(&sender).with_transaction(&transaction);
    let findings = guard.with_reader(reader).inspect(&text);
    (text, findings.is_empty())
}

fn catalogue(locale: &str, body: &str) -> Catalogue {
    let files = [ConfigurationFile {
        path: format!("t/purchase.cardholder.{locale}.txt"),
        contents: format!("{{{{ signature }}}} {body} {{{{ hotline }}}}").into(),
    }];
    let sender =
        Sender { locale: "en".into(), signature: SIGNATURE.into(), hotline: HOTLINE.into() };
    Catalogue::read(&files, sender).unwrap_or_else(|error| panic!("{error:?}")).0
}

#[test]
fn the_guard_accounts_for_each_sum() {
    let mut refused = Vec::new();
    for locale in LOCALES {
        for words in ["", ", \"code\"", ", \"native\"", ", \"code\", \"native\"", ", \"latin\""] {
            let body = format!(
                "{{{{ amount|money(\"locale\"{words}) }}}} SHOP, Visa 0018: {{% if balance %}}{{{{ balance|money(\"locale\"{words}) }}}}{{% endif %}}."
            );
            let catalogue = catalogue(locale, &body);
            for (currency, exponent) in CURRENCIES {
                for minor_units in MINOR_UNITS {
                    let amount = Money { minor_units, currency: currency.into(), exponent };
                    let (text, passes) = guarded(&catalogue, locale, &amount, TIME);
                    if !passes {
                        refused.push(format!("{locale}{words}: {text}"));
                    }
                }
            }
        }
    }
    assert!(refused.is_empty(), "{}:\n{}", refused.len(), refused.join("\n"));
}

/// A day in each month, each weekday among them.
fn days() -> impl Iterator<Item = Time> {
    (0..12).map(|month| Time {
        unix_seconds: TIME.unix_seconds - month * 30 * 86_400 - month * 3_600,
        ..TIME
    })
}

/// In the order and with the words between that a language has.
#[test]
fn the_guard_accounts_for_each_date_and_clock() {
    let wide: &[&str] = &["%-d %B", "%A, %-d %B %Y", "%-d %B %EY, %-I:%M %p"];
    let short: &[&str] = &["%-d %b", "%-d %b %Y, %H:%M:%S"];
    let numbers: &[&str] = &["%-d/%m/%EY", "%d-%m-%Y %H:%M:%S", "%-I:%M %p", "%I:%M:%S %p"];
    let chinese: &[&str] = &["%b%-d日", "%B%-d日%A", "%Y年%-m月%-d日(%a)%p%-I:%M", "%p%-I:%M"];
    let korean: &[&str] = &["%b %-d일", "%Y년 %B %-d일 %A", "%-m월 %-d일 (%a) %p %-I:%M"];
    let vietnamese: &[&str] = &["%-d %b", "%-d %B năm %Y", "%A, %-d %B"];
    let weekdays: &[&str] = &["%a %-d %b", "%a, %-d %b, %-I:%M %p"];
    let iberian: &[&str] = &["%-d de %B de %Y", "%A, %-d de %B"];
    let mut refused = Vec::new();
    for locale in LOCALES {
        let patterns = match crate::file_name::language(locale) {
            "zh" | "ja" => &[chinese, numbers][..],
            "ko" => &[korean, numbers],
            "vi" => &[vietnamese, numbers],
            "es" | "pt" => &[wide, short, weekdays, iberian, numbers],
            // `Fr. 20` is twenty francs to the guard, and `नव॰` no month.
            "de" => &[wide, short, numbers],
            "hi" => &[wide, numbers],
            _ => &[wide, short, weekdays, numbers],
        };
        for pattern in patterns.iter().copied().flatten() {
            for digits in ["latin", "native"] {
                let time = format!("time|datetime(\"{pattern}\", \"{digits}\")");
                let body = format!("{{{{ amount|money }}}} SHOP, {{{{ {time} }}}}, Visa 0018.");
                let catalogue = catalogue(locale, &body);
                let amount = Money { minor_units: 12_850, currency: "USD".into(), exponent: 2 };
                for day in days() {
                    let (text, passes) = guarded(&catalogue, locale, &amount, day);
                    if !passes {
                        refused.push(format!("{locale} {pattern} {digits}: {text}"));
                    }
                }
            }
        }
    }
    assert!(refused.is_empty(), "{}:\n{}", refused.len(), refused.join("\n"));
}

/// From 1,000 on, a count has to be written without groups.
#[test]
fn the_guard_accounts_for_a_count() {
    let amount = Money { minor_units: 12_850, currency: "USD".into(), exponent: 2 };
    let transaction = transaction(&amount, "2026-11-20T14:03:15+03:00");
    let sender = GuardSender::new(SIGNATURE, HOTLINE, 10);
    let guard = Guard::new().with_sender(&sender).with_transaction(&transaction);
    let mut guard = guard.with_told(&[Told { count: 999, sum: None, since: None }]);
    for locale in LOCALES {
        guard.turn_to(Reader::new(GuardParty::Cardholder, locale, Shown::ALL));
        for digits in ["", "(\"native\")"] {
            let body =
                format!("{{{{ 999|number{digits} }}}} x {{{{ amount|money(\"locale\") }}}}.");
            let mut view = samples::views("purchase", Party::Cardholder, "en").remove(0).view;
            view.event.amount = amount.clone();
            let text = catalogue(locale, &body).render("purchase", locale, view).unwrap();
            assert_eq!(guard.inspect(&text), [], "{locale}: {text}");
        }
    }
}
