use tillbell_guard::Guard;
use tillbell_transaction::{Kind, Last4, Money, Record, Timestamp, json};

use super::*;

const MANIFEST: &str = r#"id = "harbour"
version = "1.0.0"
release = 1
bin-ranges = ["424242"]
signature = "Harbour:"
hotline = "95500"
max-segments = 2
locale = "en"
router = { component = "a" }
masker = { component = "a" }
renderer = { component = "a" }
"#;

pub(crate) fn manifest(signature: &str, hotline: &str, locale: &str) -> Manifest {
    let text = MANIFEST
        .replace("Harbour:", signature)
        .replace("95500", hotline)
        .replace("locale = \"en\"", &format!("locale = \"{locale}\""));
    Manifest::parse(&text).unwrap()
}

pub(crate) fn transaction(wish: Option<&str>) -> Transaction {
    let text = r#"{"kind":"purchase","approval":"approved","amount":{"minor_units":12850,"currency":"CNY"},"time":"2026-11-20T08:31:05+08:00","card":{"pan":"4242424242424242"},"cardholder":{"name":"John Smith","phone":"+8613800138000"},"merchant":{"name":"Coffee Lab","city":"Shanghai","country":"CN","id":"305310057340001","terminal":"00000312"},"rrn":"632408000123","stan":"000123"}"#;
    let Ok(Record::Transaction(mut transaction)) = json::read(text.as_bytes()) else {
        panic!("no transaction")
    };
    transaction.cardholder.preferences.locale = wish.map(Into::into);
    *transaction
}

/// The best text for a cardholder with a wish, of a bundle in a language.
fn best(wish: Option<&str>, locale: &str) -> (String, String) {
    let (transaction, manifest) = (transaction(wish), manifest("Harbour:", "95500", locale));
    let draft = drafts(&transaction, &manifest, Party::Cardholder).next().unwrap();
    (draft.locale.into(), draft.text)
}

#[test]
fn each_language_words_a_purchase() {
    for (locale, text) in [
        ("zh-CN", "Harbour:您尾号4242的卡2026-11-20 08:31:05消费CNY 128.50。如有疑问请致电95500。"),
        (
            "zh-TW",
            "Harbour:您尾號4242的卡片2026-11-20 08:31:05消費CNY 128.50。如有疑問請致電95500。",
        ),
        (
            "en",
            "Harbour: Card ending 4242: purchase CNY 128.50 on 2026-11-20 08:31:05. Questions? Call 95500.",
        ),
        (
            "ar",
            "\u{200f}Harbour: البطاقة المنتهية بـ 4242: شراء CNY 128.50 بتاريخ \u{200e}2026-11-20 08:31:05. للاستفسار: \u{200e}95500.",
        ),
        (
            "hi",
            "Harbour: 4242 पर समाप्त कार्ड: खरीदारी CNY 128.50, 2026-11-20 08:31:05। सहायता: 95500",
        ),
        (
            "id",
            "Harbour: Kartu berakhiran 4242: pembelian CNY 128,50, 2026-11-20 08:31:05. Ada pertanyaan? Hubungi 95500.",
        ),
        ("th", "Harbour: บัตรลงท้าย 4242: ใช้จ่าย CNY 128.50 วันที่ 2026-11-20 08:31:05 สอบถามโทร 95500"),
        (
            "vi",
            "Harbour: Thẻ đuôi 4242: mua hàng CNY 128,50, 2026-11-20 08:31:05. Cần hỗ trợ, gọi 95500.",
        ),
        (
            "ja",
            "Harbour:末尾4242のカード：2026-11-20 08:31:05 ご利用 CNY 128.50。お問い合わせ：95500",
        ),
        ("ko", "Harbour: 끝자리 4242 카드: 2026-11-20 08:31:05 결제 CNY 128.50. 문의: 95500"),
        (
            "pt",
            "Harbour: Cartão final 4242: compra CNY 128,50, 2026-11-20 08:31:05. Dúvidas? Ligue 95500.",
        ),
        (
            "es",
            "Harbour: Tarjeta terminada en 4242: compra CNY 128,50, 2026-11-20 08:31:05. ¿Dudas? Llame al 95500.",
        ),
        (
            "fr",
            "Harbour: Carte finissant par 4242 : achat CNY 128,50 le 2026-11-20 08:31:05. Une question ? Appelez le 95500.",
        ),
        (
            "ru",
            "Harbour: Карта *4242: покупка CNY 128,50, 2026-11-20 08:31:05. Вопросы? Тел. 95500.",
        ),
        (
            "tr",
            "Harbour: Sonu 4242 olan kart: harcama CNY 128,50, 2026-11-20 08:31:05. Bilgi için: 95500.",
        ),
    ] {
        assert_eq!(best(Some(locale), "en"), (locale.into(), text.into()));
    }
}

#[test]
fn the_partys_wish_comes_first_then_the_bundle_then_english() {
    let locale = |wish: Option<&str>, bundle: &str| best(wish, bundle).0;
    assert_eq!(locale(Some("pt-BR"), "zh-CN"), "pt-BR");
    assert_eq!(locale(Some("sw"), "zh-CN"), "zh-CN");
    assert_eq!(locale(None, "zh-CN"), "zh-CN");
    assert_eq!(locale(Some(""), "zh-CN"), "zh-CN");
    assert_eq!(locale(Some("-"), "sw-KE"), "en");
    // Each party's own.
    let (mut transaction, manifest) = (transaction(Some("fr")), manifest("H:", "95500", "en"));
    transaction.merchant.preferences.locale = Some("ja".into());
    let of = |party| drafts(&transaction, &manifest, party).next().unwrap().locale;
    assert_eq!([of(Party::Cardholder), of(Party::Merchant)], ["fr", "ja"]);
}

#[test]
fn a_tag_falls_back_part_by_part() {
    for (tag, first) in [
        ("en-GB", "en"),
        ("EN-gb", "en"),
        ("zh", "zh"),
        ("zh-Hans-HK", "zh"),
        ("zh-SG", "zh"),
        ("zh-HK", "zh-TW"),
        ("zh-MO", "zh-TW"),
        ("zh-Hant", "zh-TW"),
        ("zh-Hant-HK", "zh-TW"),
        ("ZH-hant-mo", "zh-TW"),
        ("pt-BR", "pt"),
        ("sr-Latn-RS", ""),
        ("e", ""),
        ("", ""),
        ("--", ""),
    ] {
        let own = Language::of(tag).and_then(|language| language.tags().next());
        assert_eq!(own.unwrap_or_default(), first, "{tag}");
    }
}

#[test]
fn every_language_has_every_word_once() {
    assert_eq!(Language::all().count(), 15);
    let keys = Kind::ALL.iter().map(|kind| kind.as_str());
    let keys: Vec<_> = ["text", "declined"].into_iter().chain(keys).collect();
    for language in Language::all() {
        let lines = language.0.trim_end().lines().skip(1);
        let own: Vec<_> = lines.map(|line| line.split_once(" = ").unwrap().0).collect();
        assert_eq!(own, keys, "{}", language.0);
        let text = language.value("text");
        for hole in
            ["{signature}", "{last4}", "{kind}", "{amount}", "{day}", "{clock}", "{hotline}"]
        {
            assert_eq!(text.matches(hole).count(), 1, "{hole} {text}");
        }
        assert!(keys.iter().all(|key| !language.value(key).trim().is_empty()));
    }
}

#[test]
fn three_decimals_have_the_languages_own_sign() {
    let mut transaction = transaction(None);
    transaction.amount = Money::new(1_285, "KWD").unwrap();
    for (wish, sum) in [("en", "KWD 1.285"), ("es", "KWD 1,285"), ("es-MX", "KWD 1.285")] {
        transaction.cardholder.preferences.locale = Some(wish.into());
        let manifest = manifest("Harbour:", "95500", "en");
        let draft = drafts(&transaction, &manifest, Party::Cardholder).next().unwrap();
        assert!(draft.text.contains(sum), "{}", draft.text);
    }
}

#[test]
fn what_fills_a_hole_is_not_looked_at_again() {
    let (transaction, manifest) = (transaction(None), manifest("{amount}:", "95500", "en"));
    let draft = drafts(&transaction, &manifest, Party::Cardholder).next().unwrap();
    assert!(draft.text.starts_with("{amount}: Card ending 4242"), "{}", draft.text);
}

#[test]
fn a_bank_without_a_signature_begins_with_its_words() {
    let (transaction, manifest) = (transaction(None), manifest("", "95500", "en"));
    let draft = drafts(&transaction, &manifest, Party::Cardholder).next().unwrap();
    assert!(draft.text.starts_with("Card ending 4242"), "{}", draft.text);
    let arabic = self::transaction(Some("ar"));
    let draft = drafts(&arabic, &manifest, Party::Cardholder).next().unwrap();
    assert!(draft.text.starts_with("\u{200f}البطاقة"), "{}", draft.text);
}

/// Every text of every language, of transactions whose numbers are easily taken for one
/// another, and of banks with each sort of signature and hotline.
#[test]
fn the_guard_lets_every_text_pass() {
    let sums = [
        (12_850, "CNY"),
        (0, "CNY"),
        (5, "USD"),
        (202_611, "EUR"),
        (1_500, "JPY"),
        (128, "KRW"),
        (20_261_120, "VND"),
        (1_285, "KWD"),
        (1_234_567_890, "BHD"),
        (831, "TRY"),
        (424_200, "INR"),
        (100_000_000_000, "IDR"),
        (99_900, "THB"),
        (9_550_000, "RUB"),
        (3_050, "EGP"),
        (10_000, "BRL"),
    ];
    let times = ["2026-11-20T08:31:05+08:00", "2026-04-24T00:00:00Z", "2026-12-08T12:08:42+05:30"];
    let banks = [("【海港银行】", "95500"), ("Harbour:", "+965 1800 800"), ("", "1-800-555-0100")];
    let mut texts = 0;
    for language in Language::all() {
        for tag in language.tags() {
            for (at, sum) in sums.iter().enumerate() {
                for kind in Kind::ALL {
                    for approval in Approval::ALL {
                        for original in [None, Some((sum.0 + 999_900, sum.1))] {
                            let (signature, hotline) = banks[texts % banks.len()];
                            let manifest = manifest(signature, hotline, "en");
                            let mut transaction = transaction(Some(tag));
                            transaction.amount = Money::new(sum.0, sum.1).unwrap();
                            transaction.kind = *kind;
                            transaction.approval = *approval;
                            transaction.original_kind = original.map(|_| Kind::Purchase);
                            transaction.original_amount =
                                original.map(|(minor, code)| Money::new(minor, code).unwrap());
                            transaction.time = Timestamp::parse(times[at % 3]).unwrap();
                            passes(&transaction, &manifest);
                            texts += 1;
                        }
                    }
                }
            }
        }
    }
    assert_eq!(texts, 19 * 16 * 14 * 3 * 2);
}

fn passes(transaction: &Transaction, manifest: &Manifest) {
    for party in Party::ALL {
        let draft = drafts(transaction, manifest, *party).next().unwrap();
        let mut guard = Guard::new()
            .with_sender(&manifest.sender)
            .with_reader(draft.reader)
            .with_transaction(transaction);
        let (findings, count) = guard.pass(&draft.text, draft.reader);
        assert_eq!(findings, [], "{} {}", draft.locale, draft.text);
        assert!(count.segments <= 2, "{} {}", count.segments, draft.text);
    }
}

#[test]
fn the_guard_lets_no_text_of_another_pass() {
    let manifest = manifest("Harbour:", "95500", "en");
    for tag in Language::all().filter_map(|language| language.tags().next()) {
        let (own, mut other) = (transaction(Some(tag)), transaction(Some(tag)));
        let blocked = |other: &Transaction, what: &str| {
            let draft = drafts(other, &manifest, Party::Cardholder).next().unwrap();
            let guard = Guard::new().with_sender(&manifest.sender).with_reader(draft.reader);
            let findings = guard.with_transaction(&own).inspect(&draft.text);
            assert!(!findings.is_empty(), "{what}: {}", draft.text);
        };
        other.amount = Money::new(12_851, "CNY").unwrap();
        blocked(&other, "an amount");
        other.amount = Money::new(12_850, "USD").unwrap();
        blocked(&other, "a currency");
        other.amount = own.amount;
        other.time = Timestamp::parse("2026-11-21T08:31:05+08:00").unwrap();
        blocked(&other, "a day");
        other.time = Timestamp::parse("2026-11-20T08:32:05+08:00").unwrap();
        blocked(&other, "a clock");
        other.time = own.time;
        other.card.last4 = Last4::parse("4243").unwrap();
        blocked(&other, "a card");
    }
}
