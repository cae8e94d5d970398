//! What the guard has no reason to refuse, and a bank should look at before it deploys:
//! words of advertising in a notice, and money that is called received though this kind of
//! transaction does not settle.
//!
//! The words are data, of English and Chinese. What they find are warnings; a bank that
//! means what it says answers in its manifest, `[lint] allow = ["advertising"]`.

use tillbell::bindings::types;
use tillbell::{Lint, Manifest};

use crate::literals::{line_of, marked};

/// Warnings of one plugin: the rest say nothing new.
const WARNINGS_MAX: usize = 16;

/// What offers something, in small letters; an `s` may follow a Latin word.
const ADVERTISING: &[&str] = &[
    "% off",
    "bonus offer",
    "coupon",
    "discount",
    "exclusive offer",
    "flash sale",
    "free gift",
    "giveaway",
    "limited time",
    "lottery",
    "lucky draw",
    "prize",
    "promo",
    "promotion",
    "special offer",
    "upgrade now",
    "win a",
    "中奖",
    "优惠",
    "促销",
    "免费领",
    "大奖",
    "好礼",
    "满减",
    "折扣",
    "抢购",
    "抽奖",
    "特价",
    "礼品",
    "礼包",
    "秒杀",
    "红包",
    "赠品",
    "赠送",
    "限时",
    "中獎",
    "優惠",
    "促銷",
    "免費領",
    "抽獎",
    "特價",
    "禮品",
    "紅包",
    "贈品",
    "贈送",
];
/// What says that money is there.
const RECEIVED: &[&str] = &["credited", "received", "到账", "已入账", "到帳", "已入帳"];
/// The templates, by their kind of transaction, of which no money is there yet.
const NOT_SETTLED: &[&str] = &["pre-authorisation", "refund", "verification", "inquiry"];

/// The words, by which a cache tells that others are looked for.
pub(crate) fn form() -> String {
    [ADVERTISING, RECEIVED, NOT_SETTLED].map(|words| words.join(" ")).join("\n")
}

/// Gives a warning, with file and line, for each literal that has a word of a lint which
/// the manifest does not allow.
pub(crate) fn warnings(literals: &[types::Configured], manifest: &Manifest) -> Vec<String> {
    let is_asked = |lint: Lint| !manifest.allowed_lints.contains(&lint);
    let mut warnings = Vec::new();
    for item in literals {
        let lints = [
            (Lint::Advertising, ADVERTISING, "a notice is no advertisement"),
            (Lint::Received, RECEIVED, "no money is there yet"),
        ];
        let lints = lints.into_iter().filter(|(lint, ..)| {
            is_asked(*lint) && (*lint != Lint::Received || is_of_unsettled(&item.file))
        });
        for (lint, words, reason) in lints {
            for literal in &item.samples {
                let Some(found) = find(literal, words) else { continue };
                let (file, line) = (&item.file, line_of(item, literal, found.start));
                let place = marked(literal, found);
                let name = lint.as_str();
                let warning = format!(
                    "{file}:{line}: {name}: {reason}: {place}; if it is meant, tillbell.toml \
                     needs: [lint] allow = [\"{name}\"]"
                );
                if !warnings.contains(&warning) {
                    warnings.push(warning);
                }
                if warnings.len() == WARNINGS_MAX {
                    return warnings;
                }
            }
        }
    }
    warnings
}

/// Whether a template's file, which is named by its kind, is of one that does not settle.
fn is_of_unsettled(file: &str) -> bool {
    let name = file.rsplit('/').next().unwrap_or(file);
    let kind = name.split('.').next().unwrap_or(name);
    NOT_SETTLED.contains(&kind)
}

/// The bytes of the first word that stands in a text.
fn find(text: &str, words: &[&str]) -> Option<std::ops::Range<usize>> {
    let text = text.to_ascii_lowercase();
    let found = words.iter().filter_map(|word| {
        text.match_indices(word).map(|(at, _)| at..at + word.len()).find(|found| {
            let (before, behind) = (&text[..found.start], &text[found.end..]);
            let behind = behind.strip_prefix('s').unwrap_or(behind);
            let is_letter = |one: Option<char>| one.is_some_and(|one| one.is_ascii_alphabetic());
            let is_inside =
                |own: Option<char>, beside: Option<char>| is_letter(own) && is_letter(beside);
            !is_inside(word.chars().next(), before.chars().next_back())
                && !is_inside(word.chars().next_back(), behind.chars().next())
        })
    });
    found.min_by_key(|found| found.start)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(lint: &str) -> Manifest {
        let text = format!(
            r#"id = "harbour"
version = "1.0.0"
release = 1
bin-ranges = ["424242"]
signature = "Harbour:"
hotline = "95500"
max-segments = 2
locale = "en"
router = {{ component = "a" }}
masker = {{ component = "a" }}
renderer = {{ component = "a" }}
{lint}"#
        );
        Manifest::parse(&text).unwrap()
    }

    fn literal(file: &str, text: &str) -> types::Configured {
        types::Configured {
            sort: "literal".into(),
            name: file.into(),
            file: file.into(),
            line: 3,
            samples: vec![text.into()],
        }
    }

    fn found(file: &str, text: &str) -> Vec<String> {
        warnings(&[literal(file, text)], &manifest(""))
    }

    #[test]
    fn a_warning_names_file_line_and_words() {
        assert_eq!(
            found("t/purchase.cardholder.zh-CN.txt", "尾号\u{fffc}消费\n新客优惠"),
            ["t/purchase.cardholder.zh-CN.txt:4: advertising: a notice is no advertisement: \
                 \"尾号{}消费 新客«优惠»\"; if it is meant, tillbell.toml needs: [lint] allow = \
                 [\"advertising\"]"]
        );
        assert_eq!(
            found("t/pre-authorisation.merchant.en.txt", "\u{fffc} Received."),
            ["t/pre-authorisation.merchant.en.txt:3: received: no money is there yet: \
                 \"{} «Received».\"; if it is meant, tillbell.toml needs: [lint] allow = \
                 [\"received\"]"]
        );
    }

    #[test]
    fn advertising_is_found_as_words() {
        for text in ["Get a FREE GIFT now", "\u{fffc}% off", "big discounts", "参与抽奖", "贈送"]
        {
            assert_eq!(found("t/purchase.cardholder.en.txt", text).len(), 1, "{text}");
        }
        for text in ["promotional", "at Discountland", "twin a", "消费\u{fffc}", "Thank you!"] {
            assert_eq!(found("t/purchase.cardholder.en.txt", text), [""; 0], "{text}");
        }
    }

    #[test]
    fn received_is_asked_of_kinds_that_do_not_settle() {
        for (file, count) in [
            ("t/refund.cardholder.zh-CN.txt", 1),
            ("pre-authorisation.cardholder.en.txt", 1),
            ("t/deposit.cardholder.zh-CN.txt", 0),
            ("t/refunds.cardholder.zh-CN.txt", 0),
            ("t/_refund.cardholder.zh-CN.txt", 0),
            ("", 0),
        ] {
            assert_eq!(found(file, "退款已到账，received").len(), count, "{file}");
        }
    }

    #[test]
    fn a_bank_answers_by_name() {
        let literals = [literal("refund.cardholder.en.txt", "received, % off")];
        let count = |lint: &str| warnings(&literals, &manifest(lint)).len();
        assert_eq!(count(""), 2);
        assert_eq!(count("[lint]\nallow = [\"advertising\"]"), 1);
        assert_eq!(count("[lint]\nallow = [\"advertising\", \"received\"]"), 0);
    }

    #[test]
    fn warnings_are_bounded() {
        let literals: Vec<_> = (0..100).map(|at| literal(&format!("{at}"), "% off")).collect();
        assert_eq!(warnings(&literals, &manifest("")).len(), WARNINGS_MAX);
    }
}
