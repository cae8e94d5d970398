//! The example banks' templates say what a message must.

use std::fs;
use std::path::Path;

use super::*;
use crate::interface::tillbell::plugin::types::{Approval, ConfigurationFile, Configured};

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
    "partial-approval",
    "adjustment",
    "verification",
];

struct Bank {
    folder: &'static str,
    signature: &'static str,
    hotline: &'static str,
    locales: &'static [&'static str],
}

const BANKS: [Bank; 3] = [
    Bank {
        folder: "harbour",
        signature: "【海港银行】",
        hotline: "95500",
        locales: &["zh-CN", "en"],
    },
    Bank { folder: "meridian", signature: "Meridian:", hotline: "+965 1800 800", locales: &["en"] },
    Bank { folder: "kite", signature: "Kite Bank:", hotline: "+1 800 555 0142", locales: &["en"] },
];

fn files(bank: &Bank) -> Vec<ConfigurationFile> {
    let folder = format!("../../examples/banks/{}/templates", bank.folder);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            ConfigurationFile {
                path: format!("templates/{}", entry.file_name().to_str().unwrap()),
                contents: fs::read(entry.path()).unwrap(),
            }
        })
        .collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

fn read(bank: &Bank) -> (Catalogue, Vec<Configured>) {
    let sender = Sender { signature: bank.signature.into(), hotline: bank.hotline.into() };
    let (catalogue, mut configured) = Catalogue::read(&files(bank), sender)
        .unwrap_or_else(|error| panic!("{}: {error:?}", bank.folder));
    configured.retain(|one| one.sort == "template");
    (catalogue, configured)
}

/// The template of small debits told of together: of no kind.
const SUMMARY: &str = "small-debits.cardholder.";

/// The templates of single transactions.
fn of_kinds(bank: &Bank) -> Vec<Configured> {
    let (_, mut configured) = read(bank);
    configured.retain(|one| !one.name.starts_with(SUMMARY));
    configured
}

#[test]
fn a_summary_names_number_and_sum_in_one_segment_of_chinese() {
    for Configured { name, samples, .. } in read(&BANKS[0]).1 {
        if !name.starts_with(SUMMARY) {
            continue;
        }
        for text in &samples {
            assert!(text.starts_with(BANKS[0].signature), "{text}");
            assert!(text.contains("321.50") && text.contains('5'), "{text}");
            let limit = if name.ends_with("zh-CN") { 70 } else { 134 };
            assert!(text.chars().count() <= limit, "{text}");
        }
    }
}

#[test]
fn each_bank_has_each_template_for_each_party() {
    for bank in &BANKS {
        let (_, configured) = read(bank);
        let mut expected = Vec::new();
        for locale in bank.locales {
            for kind in KINDS {
                expected.push(format!("{kind}.cardholder.{locale}"));
                expected.push(format!("{kind}.merchant.{locale}"));
            }
        }
        if bank.folder == "harbour" {
            expected.extend(bank.locales.iter().map(|locale| format!("{SUMMARY}{locale}")));
        }
        expected.sort();
        let mut names: Vec<_> = configured.into_iter().map(|one| one.name).collect();
        names.sort();
        assert_eq!(names, expected, "{}", bank.folder);
    }
}

#[test]
fn each_text_says_what_a_message_must() {
    for bank in &BANKS {
        let sources = files(bank);
        for Configured { name, file, samples, .. } in of_kinds(bank) {
            let chinese = name.ends_with("zh-CN");
            let source = sources.iter().find(|source| source.path == file).unwrap();
            let source = std::str::from_utf8(&source.contents).unwrap();
            let type_word = match name.split('.').next() {
                Some("adjustment") if chinese => "调整为",
                Some("adjustment") => " now ",
                _ => source.split('"').nth(1).unwrap(),
            };
            let kind_word = if chinese { "谢谢" } else { "Thank you" };
            let (amount, shop, clock) = match chinese {
                true => ("128.50元", "蓝瓶咖啡国贸店", "11月20日12:03:15"),
                false => ("USD 128.50", "BLUE BOTTLE COFFEE", "12:03:15"),
            };
            let amount = if name.starts_with("verification.") { type_word } else { amount };
            let usual = &samples[0];
            for word in [amount, shop, clock, type_word, kind_word, "0018", bank.hotline] {
                assert!(usual.contains(word), "{}: {name}: {word:?} in {usual}", bank.folder);
            }
            if name.contains(".merchant.") {
                let brand = if chinese { "银联尾号0018" } else { "Visa 0018" };
                assert!(usual.contains(brand), "{}: {name}: {usual}", bank.folder);
            }
            if name.contains("transfer.cardholder") {
                let person = if chinese { "张*" } else { "F*" };
                assert!(usual.contains(person), "{}: {name}: {usual}", bank.folder);
            }
            if name.starts_with("partial") || name.starts_with("adjustment") {
                assert!(usual.contains("200.00"), "{}: {name}: {usual}", bank.folder);
            }
            for text in &samples {
                assert!(text.starts_with(bank.signature), "{}: {name}: {text}", bank.folder);
                assert_eq!(text.matches(bank.signature).count(), 1, "{text}");
                assert_eq!(text.trim(), text);
                assert!(!text.contains('\n') && !text.contains("  "), "{text:?}");
                // What is taken back may have other words: see below.
                let second = name.starts_with("reversal.") || name.starts_with("void.");
                assert!(second || text.contains(type_word), "{text}");
                assert!(text.contains(bank.hotline), "{text}");
            }
        }
    }
}

/// Chinese: one segment usually, two at most. English is one segment of the
/// GSM alphabet, but under a Chinese signature two.
#[test]
fn each_text_is_as_short_as_its_language_allows() {
    for bank in &BANKS {
        for Configured { name, samples, .. } in of_kinds(bank) {
            let chinese = name.ends_with("zh-CN");
            let chinese_signature = bank.signature.starts_with('【');
            let (usual_max, longest_max) = match (chinese, chinese_signature) {
                (true, _) => (1, 2),
                (false, true) => (2, 2),
                (false, false) => (1, 1),
            };
            // All but the first and the third are as long as can be.
            let maxima = [usual_max].into_iter().chain(std::iter::repeat(longest_max));
            for (text, max) in samples.iter().zip(maxima) {
                let count = tillbell_sms::count(text);
                let told = format!("{}: {name}: {} units: {text}", bank.folder, count.units);
                assert!(count.segments <= max, "{told}");
                assert_eq!(count.encoding.as_str() == "GSM-7", !chinese && !chinese_signature);
            }
        }
    }
}

/// A shop with a Chinese name makes an English message UCS-2: it must still
/// fit two segments.
#[test]
fn an_english_text_with_a_chinese_shop_takes_two_segments() {
    for bank in &BANKS {
        let (catalogue, _) = read(bank);
        for kind in KINDS {
            for party in [Party::Cardholder, Party::Merchant] {
                let mut view = crate::samples::views(kind, party, "en").remove(0).view;
                view.merchant_name = Some("蓝瓶咖啡国贸店".into());
                view.merchant_city = Some("北京".into());
                let text = catalogue.render(kind, "en-GB", view).unwrap();
                assert!(tillbell_sms::count(&text).segments <= 2, "{text}");
            }
        }
    }
}

/// The texts of a bank's template for one event and both parties.
fn told(bank: &Bank, locale: &str, change: impl Fn(&mut View)) -> [String; 2] {
    let (catalogue, _) = read(bank);
    [Party::Cardholder, Party::Merchant].map(|party| {
        let template = if locale == "en" { "void" } else { "reversal" };
        let mut view = crate::samples::views(template, party, locale).remove(0).view;
        change(&mut view);
        let template = match view.event.approval {
            Approval::PartiallyApproved => "partial-approval",
            _ => view.event.kind.as_str(),
        };
        catalogue.render(template, locale, view.clone()).unwrap()
    })
}

/// All banks and languages.
fn everywhere() -> impl Iterator<Item = (&'static Bank, &'static str)> {
    BANKS.iter().flat_map(|bank| bank.locales.iter().map(move |locale| (bank, *locale)))
}

fn has_any(text: &str, words: &[&str]) -> bool {
    let text = text.to_lowercase();
    words.iter().any(|word| text.contains(word))
}

#[test]
fn what_nobody_saw_is_cancelled_and_returned_only_if_it_was_debited() {
    for (bank, locale) in everywhere() {
        for text in told(bank, locale, |view| {
            view.event.original_kind = None;
            view.event.original_amount = None;
        }) {
            let neutral = ["cancelled", "交易取消"];
            let conditional = ["any debit is returned", "如已扣款将"];
            assert!(has_any(&text, &neutral) && has_any(&text, &conditional), "{text}");
            assert_eq!(
                tillbell_sms::count(&text).segments > 1,
                locale == "en" && text.contains('【')
            );
        }
    }
}

#[test]
fn an_undone_refund_is_not_told_as_money_back() {
    for (bank, locale) in everywhere() {
        for kind in ["refund", "deposit"] {
            let texts = told(bank, locale, |view| view.event.original_kind = Some(kind.into()));
            for text in &texts {
                let words = ["refund undone", "deposit undone", "退款", "存款"];
                assert!(has_any(text, &words), "{text}");
                let back = ["returned", "money back", "退回", "退还", "入账"];
                assert!(!has_any(text, &back), "{text}");
            }
            assert!(has_any(&texts[0], &["debit", "扣回"]), "{}", texts[0]);
        }
    }
}

#[test]
fn a_hold_is_released_and_nothing_returned() {
    for (bank, locale) in everywhere() {
        for text in told(bank, locale, |view| {
            view.event.original_kind = Some("pre-authorisation".into());
        }) {
            assert!(has_any(&text, &["hold released", "，解冻128.50元"]), "{text}");
            assert!(!has_any(&text, &["returned", "退"]), "{text}");
        }
    }
}

#[test]
fn a_part_is_told_of_its_whole_and_a_whole_alone() {
    for (bank, locale) in everywhere() {
        let of = |minor_units| {
            told(bank, locale, move |view| {
                let whole = &mut view.event.original_amount.as_mut().unwrap().minor_units;
                *whole = minor_units;
            })
        };
        for text in of(45_000) {
            let words = ["usd 128.50 of usd 450.00", "450.00元中的128.50元"];
            assert!(has_any(&text, &words), "{text}");
        }
        for text in of(12_850) {
            assert_eq!(text.matches("128.50").count(), 1, "{text}");
        }
    }
}

#[test]
fn an_adjustment_tells_both_amounts_if_both_are_known() {
    for (bank, locale) in everywhere() {
        for original in [Some("purchase"), Some("completion"), None] {
            let texts = told(bank, locale, |view| {
                view.event.kind = "adjustment".into();
                view.event.original_kind = original.map(String::from);
                view.event.original_amount.as_mut().unwrap().minor_units = 10_000;
            });
            for text in texts {
                let words = ["now usd 128.50, was usd 100.00", "由100.00元调整为128.50元"];
                assert!(has_any(&text, &words), "{text}");
            }
        }
    }
}

#[test]
fn each_amount_is_written_with_its_own_currency() {
    for (bank, locale) in everywhere() {
        let texts = told(bank, locale, |view| {
            let money = crate::samples::money;
            view.event.kind = "purchase".into();
            view.event.original_kind = None;
            view.event.approval = Approval::PartiallyApproved;
            view.event.amount = money(5_000, "USD");
            view.event.original_amount = Some(money(50_000, "CNY"));
        });
        for text in texts {
            let words = ["usd 50.00 of cny 500.00", "500.00元中的usd 50.00"];
            assert!(has_any(&text, &words), "{text}");
        }
    }
}
