//! What a router says that its rules ask for, held against what the platform and the renderer
//! have: a slip of the pen is refused here, and not found by the first customer whom it meets.

use tillbell::{ConfiguredItem, Error, ErrorKind, Result, TextName};

/// The sort of a `configured` item that is a delivery, named `PARTY CHANNEL TEMPLATE LOCALE`;
/// the template is `*` where the transaction's kind names it.
const SORT: &str = "delivery";
/// The template of a delivery that the transaction's kind names.
const BY_KIND: &str = "*";
/// Names that are listed in a refusal.
const LISTED_MAX: usize = 24;

/// Refuses a delivery by a channel that the platform lacks, or of a text that the renderer
/// does not say it has. A router that tells of no deliveries, and a renderer that tells of no
/// templates, are only rehearsed.
///
/// # Errors
/// [`ErrorKind::Configuration`], with file and line of the delivery and what there is.
pub(crate) fn check(
    router: &[ConfiguredItem],
    renderer: &[ConfiguredItem],
    channels: &[String],
) -> Result<()> {
    let texts: Vec<TextName> = renderer.iter().filter_map(TextName::of).collect();
    for item in router.iter().filter(|item| item.sort == SORT) {
        let parts: Vec<&str> = item.name.split(' ').collect();
        let [party, channel, template, locale] = parts[..] else { continue };
        let wrong = |detail: String| {
            let detail = format!("{}:{}: to the {party}: {detail}", item.file, item.line);
            Err(Error::new(ErrorKind::Configuration, detail))
        };
        if !channels.iter().any(|known| known == channel) {
            let known = channels.join(", ");
            return wrong(format!("channel {channel:?}: the platform has {known}"));
        }
        if texts.is_empty() {
            continue;
        }
        let of_template = |text: &&TextName| {
            text.party.as_str() == party && (template == BY_KIND || text.template == template)
        };
        let mut of_template = texts.iter().filter(of_template).peekable();
        if of_template.peek().is_none() {
            let of_party = texts.iter().filter(|text| text.party.as_str() == party);
            let known = listed(of_party.map(|text| text.template.as_str()));
            return wrong(format!("template {template:?}: the renderer has {known}"));
        }
        let locales: Vec<&TextName> = of_template.collect();
        if !locales.iter().any(|text| text.serves(locale) > 0) {
            let known = listed(locales.iter().map(|text| text.locale.as_str()));
            let of = if template == BY_KIND { "any template" } else { template };
            return wrong(format!("locale {locale:?}: the renderer has {of} in {known}"));
        }
    }
    Ok(())
}

/// Names, each once, in order.
fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let mut names: Vec<&str> = names.collect();
    names.sort_unstable();
    names.dedup();
    let rest = names.len().saturating_sub(LISTED_MAX);
    names.truncate(LISTED_MAX);
    let more = if rest > 0 { format!(" and {rest} more") } else { String::new() };
    if names.is_empty() { "none".into() } else { format!("{}{more}", names.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(sort: &str, name: &str) -> ConfiguredItem {
        let (sort, name, file) = (sort.into(), name.into(), "rules.toml".into());
        ConfiguredItem { sort, name, file, line: 7, segments_max: None }
    }

    #[test]
    fn a_delivery_needs_a_channel_and_a_text() {
        let texts =
            ["purchase.cardholder.zh-CN", "purchase.cardholder.en", "purchase.merchant.zh-CN"];
        let renderer: Vec<_> = texts.iter().map(|name| item("template", name)).collect();
        let channels = ["sms".to_owned(), "push".to_owned()];
        for (delivery, expected) in [
            ("cardholder sms purchase zh-CN", None),
            ("cardholder sms * en", None),
            // As the reference renderer: a region falls back to its language.
            ("cardholder sms purchase en-GB", None),
            ("cardholder smss purchase en", Some("channel \"smss\": the platform has sms, push")),
            ("cardholder sms purchse en", Some("template \"purchse\": the renderer has purchase")),
            ("merchant sms purchase en", Some("locale \"en\": the renderer has purchase in zh-CN")),
            ("merchant sms * zn-CN", Some("locale \"zn-CN\": the renderer has any template in")),
        ] {
            let found = check(&[item(SORT, delivery)], &renderer, &channels);
            let found = found.err().map(|error| error.to_string());
            match expected {
                None => assert_eq!(found, None, "{delivery}"),
                Some(expected) => {
                    let found = found.unwrap_or_default();
                    assert!(found.contains(expected), "{delivery}: {found}");
                    assert!(found.starts_with("rules.toml:7: to the "), "{found}");
                }
            }
        }
        // What tells nothing of itself is rehearsed.
        assert!(check(&[item(SORT, "merchant sms x y")], &[], &channels).is_ok());
    }
}
