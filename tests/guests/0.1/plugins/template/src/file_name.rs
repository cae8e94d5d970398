//! The name of a template's file: `<template>.<party>.<locale>.txt`.

use crate::interface::tillbell::plugin::types::Party;

/// The longest name of a template.
const TEMPLATE_BYTES_MAX: usize = 64;
/// The longest language tag.
const LOCALE_BYTES_MAX: usize = 35;

/// What a file name says.
#[derive(Debug, PartialEq)]
pub(crate) enum FileName<'n> {
    /// A template of its own.
    Template { template: &'n str, party: Party, locale: &'n str },
    /// A part that templates include: its name begins with `_`.
    Part,
}

/// Reads a file name, without its folder.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn read(name: &str) -> Result<FileName<'_>, String> {
    let Some(stem) = name.strip_suffix(".txt") else {
        return Err("file name: expected one that ends in .txt".into());
    };
    if stem.starts_with('_') {
        return Ok(FileName::Part);
    }
    let pieces: Vec<_> = stem.splitn(4, '.').collect();
    let [template, party, locale] = pieces[..] else {
        return Err("file name: expected <template>.<party>.<locale>.txt, or a name that begins \
                    with _ for a part to include"
            .into());
    };
    let is_template = (1..=TEMPLATE_BYTES_MAX).contains(&template.len())
        && template.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
    if !is_template {
        return Err(
            "file name: template: expected 1 to 64 lower case letters, digits and hyphens".into()
        );
    }
    let party = match party {
        "cardholder" => Party::Cardholder,
        "merchant" => Party::Merchant,
        _ => return Err(format!("file name: party {party:?}: expected cardholder or merchant")),
    };
    if !is_locale(locale) {
        return Err(format!("file name: locale {locale:?}: expected a language tag such as zh-CN"));
    }
    Ok(FileName::Template { template, party, locale })
}

/// The language of a tag: `en` of `en-GB`.
pub(crate) fn language(locale: &str) -> &str {
    locale.split('-').next().unwrap_or(locale)
}

/// BCP 47 in outline: a language of 2 or 3 letters, then subtags of 1 to 8
/// letters and digits.
fn is_locale(locale: &str) -> bool {
    let mut subtags = locale.split('-');
    let language = subtags.next().unwrap_or_default();
    locale.len() <= LOCALE_BYTES_MAX
        && (2..=3).contains(&language.len())
        && language.bytes().all(|byte| byte.is_ascii_lowercase())
        && subtags.all(|subtag| {
            (1..=8).contains(&subtag.len())
                && subtag.bytes().all(|byte| byte.is_ascii_alphanumeric())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read() {
        assert_eq!(
            read("cash-withdrawal.merchant.zh-CN.txt"),
            Ok(FileName::Template {
                template: "cash-withdrawal",
                party: Party::Merchant,
                locale: "zh-CN"
            })
        );
        assert_eq!(read("_greeting.txt"), Ok(FileName::Part));
        assert_eq!(language("en-GB"), "en");
        assert_eq!(language("en"), "en");
    }

    #[test]
    fn a_wrong_name_is_refused() {
        for (name, detail) in [
            ("purchase.cardholder.en.html", "ends in .txt"),
            ("purchase.en.txt", "expected <template>.<party>.<locale>.txt"),
            ("purchase.cardholder.en.old.txt", "expected <template>.<party>.<locale>.txt"),
            ("Purchase.cardholder.en.txt", "template: expected"),
            (".cardholder.en.txt", "template: expected"),
            ("purchase.acquirer.en.txt", "party \"acquirer\""),
            ("purchase.cardholder.english.txt", "locale \"english\""),
            ("purchase.cardholder.zh_CN.txt", "locale \"zh_CN\""),
            ("purchase.cardholder.zh-.txt", "locale \"zh-\""),
        ] {
            let error = read(name).unwrap_err();
            assert!(error.contains(detail), "{name}: {error}");
        }
    }
}
