//! The rule file, read and checked.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::{
    Action, Bank, CONDITION_BYTES_MAX, DELIVERIES_MAX, Effect, Planned, RULES_MAX, Rule, Rules,
};
use crate::condition::{Language, Mistake};
use crate::facts::Scope;
use crate::interface::tillbell::plugin::types::{
    ConfigurationFile, ConfigureError, Configured, Diagnostic, Party,
};
use crate::thresholds::{self, Thresholds};
use crate::{duration, quiet, samples};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    bank: RawBank,
    #[serde(default)]
    thresholds: BTreeMap<Spanned<String>, Spanned<String>>,
    #[serde(default)]
    rule: Vec<RawRule>,
    default: Option<Spanned<RawAction>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawBank {
    locales: Spanned<Vec<String>>,
    quiet_hours: Option<Spanned<String>>,
    #[serde(default)]
    quiet_clock: RawClock,
}

#[derive(Default, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum RawClock {
    #[default]
    Party,
    Merchant,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRule {
    name: Spanned<String>,
    when: Spanned<String>,
    notify: Option<Spanned<String>>,
    suppress: Option<Spanned<String>>,
    defer: Option<Spanned<String>>,
    to: Option<Spanned<Vec<Spanned<RawDelivery>>>>,
    until: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAction {
    notify: Option<Spanned<String>>,
    suppress: Option<Spanned<String>>,
    defer: Option<Spanned<String>>,
    to: Option<Spanned<Vec<Spanned<RawDelivery>>>>,
    until: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawDelivery {
    party: RawParty,
    #[serde(default = "sms")]
    channel: String,
    template: String,
    #[serde(default = "own")]
    locale: String,
    #[serde(default = "middling")]
    priority: u8,
    #[serde(default)]
    optional: bool,
    #[serde(default)]
    requires_contact: bool,
    delay: Option<Spanned<String>>,
    expires_after: Option<Spanned<String>>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum RawParty {
    Cardholder,
    Merchant,
}

fn sms() -> String {
    "sms".into()
}

fn own() -> String {
    "party".into()
}

fn middling() -> u8 {
    50
}

/// One file with what is needed to name a place in it.
struct File<'a> {
    path: &'a str,
    text: &'a str,
}

type Result<T> = std::result::Result<T, ConfigureError>;

pub(super) fn read(files: &[ConfigurationFile]) -> Result<(Rules, Vec<Configured>)> {
    let mut rule_files = files.iter().filter(|file| file.path.ends_with(".toml"));
    let Some(file) = rule_files.next() else {
        return Err(ConfigureError::Missing("rule file (*.toml)".into()));
    };
    if let Some(second) = rule_files.next() {
        let at = File { path: &second.path, text: "" };
        return Err(at.wrong(0, format!("a second rule file beside {}", file.path)));
    }
    let text = std::str::from_utf8(&file.contents)
        .map_err(|_| File { path: &file.path, text: "" }.wrong(0, "is not UTF-8"))?;
    let file = File { path: &file.path, text };
    let raw: RawFile = toml::from_str(text).map_err(|error| {
        let line = error.span().map_or(0, |span| file.line(span.start));
        file.wrong(line, error.message().trim().replace('\n', ", "))
    })?;
    file.rules(raw)
}

impl File<'_> {
    fn rules(&self, raw: RawFile) -> Result<(Rules, Vec<Configured>)> {
        let Some(default) = raw.default else {
            return Err(self.wrong(0, "has no [default]: say what happens where no rule applies"));
        };
        if raw.rule.len() > RULES_MAX {
            return Err(self.wrong(0, format!("{} rules, limit {RULES_MAX}", raw.rule.len())));
        }
        let bank = self.bank(raw.bank, raw.thresholds)?;
        let language = Language::new();
        let default_line = self.line(default.span().start);
        let default = self.action(default.into_inner(), default_line, &bank)?;
        let mut rules: Vec<Rule> = Vec::with_capacity(raw.rule.len());
        let mut configured = Vec::with_capacity(raw.rule.len() + 1);
        for raw in raw.rule {
            let line = self.line(raw.name.span().start);
            let name = raw.name.as_ref();
            let taken = |other: &Rule| other.name == *name;
            if name == "default" || rules.iter().any(taken) || !is_name(name) {
                let detail = "name: expected 1 to 64 letters, digits, _ and -, each name once";
                return Err(self.wrong(line, detail));
            }
            configured.push(self.configured(name, line));
            let RawRule { name, when, notify, suppress, defer, to, until } = raw;
            let condition = self.condition(&when, &language, &bank)?;
            let action = RawAction { notify, suppress, defer, to, until };
            let action = self.action(action, line, &bank)?;
            rules.push(Rule { name: name.into_inner(), condition, action });
        }
        configured.push(self.configured("default", default_line));
        Ok((Rules { bank, language, rules, default }, configured))
    }

    fn configured(&self, name: &str, line: u32) -> Configured {
        Configured {
            sort: "rule".into(),
            name: name.into(),
            file: self.path.into(),
            line,
            samples: Vec::new(),
        }
    }

    fn bank(
        &self,
        raw: RawBank,
        thresholds: BTreeMap<Spanned<String>, Spanned<String>>,
    ) -> Result<Bank> {
        let locales = raw.locales.as_ref();
        if locales.is_empty() || locales.len() > 32 || !locales.iter().all(|locale| is_name(locale))
        {
            return Err(self.wrong_at(&raw.locales, "locales: expected 1 to 32 language tags"));
        }
        let quiet_hours = match &raw.quiet_hours {
            Some(span) => Some(quiet::parse(span.as_ref()).ok_or_else(|| {
                self.wrong_at(span, "quiet-hours: expected a span such as 22:00-07:00")
            })?),
            None => None,
        };
        let mut amounts = BTreeMap::new();
        for (currency, amount) in thresholds {
            if !thresholds::is_currency(currency.as_ref()) {
                return Err(self.wrong_at(&currency, "thresholds: expected a currency such as CNY"));
            }
            let units =
                thresholds::minor_units(amount.as_ref(), currency.as_ref()).ok_or_else(|| {
                    self.wrong_at(&amount, "thresholds: expected an amount such as \"100.00\"")
                })?;
            amounts.insert(currency.into_inner(), units);
        }
        Ok(Bank {
            locales: raw.locales.into_inner(),
            quiet_hours,
            quiet_clock_is_merchant: raw.quiet_clock == RawClock::Merchant,
            thresholds: Thresholds(amounts),
        })
    }

    /// Compiles a condition and tries it on every sample.
    fn condition(
        &self,
        when: &Spanned<String>,
        language: &Language,
        bank: &Bank,
    ) -> Result<crate::condition::Condition> {
        let source = when.as_ref();
        let line = self.first_line_of(when);
        let wrong =
            |mistake: Mistake| self.wrong(line + mistake.line, format!("when: {}", mistake.detail));
        if source.len() > CONDITION_BYTES_MAX {
            let detail = format!("when: {} bytes, limit {CONDITION_BYTES_MAX}", source.len());
            return Err(self.wrong(line, detail));
        }
        let condition = language.compile(source).map_err(wrong)?;
        for facts in samples::facts() {
            let scope = Scope { facts: &facts, now: samples::NOW, bank };
            language
                .holds(&condition, &scope)
                .map_err(|detail| wrong(Mistake { line: 0, detail }))?;
        }
        Ok(condition)
    }

    fn action(&self, raw: RawAction, line: u32, bank: &Bank) -> Result<Action> {
        let RawAction { notify, suppress, defer, to, until } = raw;
        let (reason, effect) = match (notify, suppress, defer) {
            (Some(reason), None, None) => {
                let Some(to) = to else {
                    return Err(
                        self.wrong_at(&reason, "notify: wants a list of deliveries, to = [...]")
                    );
                };
                if until.is_some() {
                    return Err(self.wrong_at(&reason, "notify: until goes with defer"));
                }
                (reason, Effect::Notify(self.deliveries(to, bank)?))
            }
            (None, Some(reason), None) if to.is_none() && until.is_none() => {
                (reason, Effect::Suppress)
            }
            (None, None, Some(reason)) if to.is_none() => {
                let Some(until) = until else {
                    return Err(self
                        .wrong_at(&reason, "defer: wants until = \"quiet-hours-end\" or a span"));
                };
                let effect = match until.as_ref().as_str() {
                    "quiet-hours-end" => Effect::DeferToQuietEnd,
                    span => Effect::DeferFor {
                        seconds: duration::parse(span).ok_or_else(|| {
                            self.wrong_at(
                                &until,
                                "until: expected \"quiet-hours-end\" or a span such as 12h",
                            )
                        })?,
                    },
                };
                (reason, effect)
            }
            _ => {
                let detail = "expected one of notify (with to), suppress, or defer (with until)";
                return Err(self.wrong(line, detail));
            }
        };
        let code = reason.as_ref();
        let is_code = (1..=64).contains(&code.len())
            && code.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
        if !is_code {
            let detail = "a reason is 1 to 64 lower case letters, digits and hyphens";
            return Err(self.wrong_at(&reason, detail));
        }
        Ok(Action { reason: reason.into_inner(), effect })
    }

    fn deliveries(
        &self,
        to: Spanned<Vec<Spanned<RawDelivery>>>,
        bank: &Bank,
    ) -> Result<Vec<Planned>> {
        if to.as_ref().is_empty() || to.as_ref().len() > DELIVERIES_MAX {
            return Err(self.wrong_at(&to, "to: expected 1 to 8 deliveries"));
        }
        to.into_inner().into_iter().map(|delivery| self.delivery(delivery, bank)).collect()
    }

    fn delivery(&self, raw: Spanned<RawDelivery>, bank: &Bank) -> Result<Planned> {
        let delivery = raw.as_ref();
        if !is_name(&delivery.channel) || !is_name(&delivery.template) {
            return Err(self.wrong_at(
                &raw,
                "to: a channel or template is not 1 to 64 letters, digits, _ and -",
            ));
        }
        if delivery.locale != "party" && !bank.locales.contains(&delivery.locale) {
            return Err(self.wrong_at(&raw, "to: a locale is not one of the bank's locales"));
        }
        if delivery.priority > 100 {
            return Err(self.wrong_at(&raw, "to: a priority is above 100"));
        }
        let span = |text: &Option<Spanned<String>>, key: &str| match text {
            Some(text) => duration::parse(text.as_ref())
                .map(Some)
                .ok_or_else(|| self.wrong_at(text, &format!("{key}: expected a span such as 12h"))),
            None => Ok(None),
        };
        let delay_seconds = span(&delivery.delay, "delay")?;
        let expires_after_seconds = span(&delivery.expires_after, "expires-after")?;
        let raw = raw.into_inner();
        Ok(Planned {
            party: match raw.party {
                RawParty::Cardholder => Party::Cardholder,
                RawParty::Merchant => Party::Merchant,
            },
            channel: raw.channel,
            template: raw.template,
            locale: (raw.locale != "party").then_some(raw.locale),
            priority: raw.priority,
            optional: raw.optional,
            requires_contact: raw.requires_contact,
            delay_seconds,
            expires_after_seconds,
        })
    }

    /// The line of a byte, counted from 1.
    fn line(&self, byte: usize) -> u32 {
        let breaks = self.text.bytes().take(byte).filter(|byte| *byte == b'\n').count();
        u32::try_from(breaks).unwrap_or(u32::MAX - 1) + 1
    }

    /// The line on which a text begins: after the break that TOML drops at the
    /// start of a text of several lines.
    fn first_line_of(&self, text: &Spanned<String>) -> u32 {
        let start = text.span().start;
        let written = self.text.get(start..).unwrap_or_default();
        let broken = ["'''\n", "\"\"\"\n"].iter().any(|quotes| written.starts_with(quotes));
        self.line(start) + u32::from(broken)
    }

    fn wrong(&self, line: u32, detail: impl Into<String>) -> ConfigureError {
        let detail = detail.into();
        ConfigureError::Invalid(Diagnostic { file: self.path.into(), line, detail })
    }

    fn wrong_at<T>(&self, value: &Spanned<T>, detail: &str) -> ConfigureError {
        self.wrong(self.line(value.span().start), detail)
    }
}

fn is_name(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}
