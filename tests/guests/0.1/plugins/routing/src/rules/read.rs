//! The rule file, read and checked.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::{
    Action, Bank, CONDITION_BYTES_MAX, ConfigurationFile, ConfigureError, Configured, DEFAULT,
    DELIVERIES_MAX, Defaults, Effect, FILE_BYTES_MAX, LOCALES_MAX, Planned, RULES_MAX, Rule, Rules,
    THRESHOLDS_MAX,
};
use crate::condition::{Condition, Language, Mistake};
use crate::document::{Document, Placed, Result, Table};
use crate::facts::Scope;
use crate::interface::tillbell::plugin::types::Party;
use crate::late::Late;
use crate::summary::Summary;
use crate::vocabulary::{self, Kinds};
use crate::{duration, quiet, samples, thresholds};

/// The most deliveries that are noted for the bake.
const DELIVERIES_NOTED_MAX: usize = 1_024;
/// The usual priority.
const PRIORITY: i64 = 50;

type Text<'a> = Placed<'a, Cow<'a, str>>;

pub(super) fn read(files: &[ConfigurationFile]) -> Result<(Rules, Vec<Configured>)> {
    let mut rule_files = files.iter().filter(|file| file.path.ends_with(".toml"));
    let Some(file) = rule_files.next() else {
        return Err(ConfigureError::Missing("rule file (*.toml)".into()));
    };
    let empty = |path| Document::new(path, "");
    if let Some(second) = rule_files.next() {
        let detail = format!("a second rule file beside {}", file.path);
        return Err(empty(&second.path).wrong(0, detail));
    }
    if file.contents.len() > FILE_BYTES_MAX {
        let detail = format!("{} bytes, limit {FILE_BYTES_MAX}", file.contents.len());
        return Err(empty(&file.path).wrong(0, detail));
    }
    let text = std::str::from_utf8(&file.contents)
        .map_err(|_| empty(&file.path).wrong(0, "is not UTF-8"))?;
    let document = Document::new(&file.path, text);
    let mut root = document.root()?;
    let bank = bank(&mut root)?;
    let mut reader = Reader {
        path: &file.path,
        document: &document,
        bank,
        language: Language::new(),
        names: BTreeSet::new(),
        configured: Vec::new(),
        decided: BTreeMap::new(),
        decides_all: None,
        deliveries: BTreeSet::new(),
    };
    let mut rules = Vec::new();
    if let Some(tables) = root.list("rule")? {
        if tables.value.len() > RULES_MAX {
            return Err(tables.wrong(format!("{} rules, limit {RULES_MAX}", tables.value.len())));
        }
        rules.reserve_exact(tables.value.len());
        for table in tables.value {
            rules.push(reader.rule(table.table()?)?);
        }
    }
    if !root.has(DEFAULT) {
        return Err(document.wrong(0, "has no [default]: say what happens where no rule applies"));
    }
    let default = reader.default_action(root.table(DEFAULT)?)?;
    let summary = match root.has("summary") {
        true => Some(reader.summary(root.table("summary")?)?),
        false => None,
    };
    let late = late(root.table("late")?)?;
    root.finish("bank, thresholds, quiet-hours, summary, late, rule, default")?;
    let Reader { bank, language, configured, .. } = reader;
    Ok((Rules { bank, language, rules, default, summary, late }, configured))
}

struct Reader<'a> {
    path: &'a str,
    document: &'a Document<'a>,
    bank: Bank,
    language: Language,
    names: BTreeSet<String>,
    configured: Vec<Configured>,
    /// Conditions of rules that decide wherever they hold, and the rules' names.
    decided: BTreeMap<String, String>,
    /// The rule that decides about everything that comes to it.
    decides_all: Option<String>,
    /// What was noted of deliveries, each once.
    deliveries: BTreeSet<String>,
}

impl Reader<'_> {
    fn rule(&mut self, mut table: Table<'_>) -> Result<Rule> {
        let name = table.required_text("name")?;
        if !is_name(&name.value) || name.value == DEFAULT {
            return Err(
                name.wrong("expected 1 to 64 letters, digits, _ and -, and not \"default\"")
            );
        }
        if !self.names.insert(name.value.to_string()) {
            return Err(name.wrong(format!("{:?} is the name of an earlier rule", name.value)));
        }
        if let Some(before) = &self.decides_all {
            let detail = format!("is never asked: rule {before:?} before it always holds");
            return Err(name.wrong(detail));
        }
        let when = table.required_text("when")?;
        let condition = self.condition(&when)?;
        let written = when.value.split_whitespace().collect::<Vec<_>>().join(" ");
        if let Some(before) = self.decided.get(&written) {
            let detail = format!("is the condition of rule {before:?}, which decides before");
            return Err(when.wrong(detail));
        }
        let kinds = condition.kinds;
        self.note(&name.value, name.line);
        let action = self.action(table, kinds, "name, when, ")?;
        if matches!(action.effect, Effect::Suppress | Effect::Notify(_)) {
            self.decides_all = condition.is_always().then(|| name.value.to_string());
            self.decided.insert(written, name.value.to_string());
        }
        Ok(Rule { name: name.value.into_owned(), condition, action })
    }

    fn default_action(&mut self, table: Table<'_>) -> Result<Action> {
        let line = table.line;
        if table.has("defer") {
            return Err(table.wrong("default: cannot defer, for no rule is left to decide then"));
        }
        self.note(DEFAULT, line);
        self.action(table, Kinds::ALL, "")
    }

    /// `[summary]`: after how many silent debits, or how much, the cardholder is
    /// told of them, and with what.
    fn summary(&mut self, mut table: Table<'_>) -> Result<Summary> {
        let count = match table.number("count")? {
            Some(count) => match u32::try_from(count.value).ok().filter(|count| *count > 0) {
                Some(count) => Some(count),
                None => return Err(count.wrong("expected 1 or more")),
            },
            None => None,
        };
        let sums = amounts(table.table("sum")?)?;
        if count.is_none() && sums.is_empty() {
            return Err(table.wrong("wants count, sum, or both"));
        }
        let template = table.required_text("template")?;
        if !is_name(&template.value) {
            return Err(template.wrong("expected 1 to 64 letters, digits, _ and -"));
        }
        let priority = match table.number("priority")? {
            Some(priority) => u8::try_from(priority.value).ok().filter(|value| *value <= 100),
            None => u8::try_from(PRIORITY).ok(),
        };
        let Some(priority) = priority else {
            return Err(table.wrong("priority: expected 0 to 100"));
        };
        let line = template.line;
        table.finish("count, sum, template, priority")?;
        let delivery = Planned {
            party: Party::Cardholder,
            channel: "sms".into(),
            template: Some(template.value.into_owned()),
            locale: None,
            priority,
            is_optional: true,
            requires_contact: false,
            above_threshold: false,
            delay_seconds: None,
            expires_after_seconds: None,
        };
        self.note_delivery(&delivery, line);
        Ok(Summary { count, sums, delivery })
    }

    fn note(&mut self, name: &str, line: u32) {
        self.tell("rule", name.into(), line);
    }

    fn tell(&mut self, sort: &str, name: String, line: u32) {
        let (sort, file) = (sort.into(), self.path.into());
        self.configured.push(Configured { sort, name, file, line, samples: Vec::new() });
    }

    /// Notes what a delivery asks the platform and the renderer for, so that a bake can say
    /// what they lack: party, channel, template (`*` where the kind names it) and locale.
    fn note_delivery(&mut self, planned: &Planned, line: u32) {
        let party = vocabulary::party(planned.party);
        let template = planned.template.as_deref().unwrap_or("*");
        let locales = match &planned.locale {
            Some(locale) => std::slice::from_ref(locale),
            None => &self.bank.locales,
        };
        let noted = |locale: &String| format!("{party} {} {template} {locale}", planned.channel);
        let all: Vec<_> = locales.iter().map(noted).collect();
        for name in all {
            if self.deliveries.len() < DELIVERIES_NOTED_MAX && self.deliveries.insert(name.clone())
            {
                self.tell("delivery", name, line);
            }
        }
    }

    /// Compiles a condition and tries it on every sample it can hold for.
    fn condition(&mut self, when: &Text<'_>) -> Result<Condition> {
        let source = when.value.as_ref();
        let wrong = |Mistake { line, detail }| {
            self.document.wrong(when.line + line, format!("when: {detail}"))
        };
        if source.len() > CONDITION_BYTES_MAX {
            let detail = format!("{} bytes, limit {CONDITION_BYTES_MAX}", source.len());
            return Err(when.wrong(detail));
        }
        let condition = self.language.compile(source).map_err(wrong)?;
        for facts in samples::facts() {
            let lists = self.language.lists();
            let scope = Scope { facts: &facts, now: samples::NOW, bank: &self.bank, lists };
            if condition.kinds.meets(Kinds::of(&facts.event.kind)) {
                let held = condition.holds(&self.language.context(&scope), &scope);
                held.map_err(|detail| wrong(Mistake { line: 0, detail }))?;
            }
        }
        Ok(condition)
    }

    fn action(&mut self, mut table: Table<'_>, kinds: Kinds, more: &str) -> Result<Action> {
        let outcomes = [table.text("notify")?, table.text("suppress")?, table.text("defer")?];
        let (reason, effect) = match outcomes {
            [Some(reason), None, None] => {
                let effect = Effect::Notify(self.deliveries(&mut table, &reason, kinds)?);
                (reason, effect)
            }
            [None, Some(reason), None] => (reason, Effect::Suppress),
            [None, None, Some(reason)] => {
                let effect = deferment(&mut table, &reason)?;
                (reason, effect)
            }
            _ => {
                // A misspelt outcome is better told by its own name.
                let line = table.line;
                table.finish(&format!("{more}notify, suppress, defer"))?;
                let detail = "expected one of notify (with to), suppress, or defer (with until)";
                return Err(self.document.wrong(line, detail));
            }
        };
        let goes_with = match effect {
            Effect::Notify(_) => "to beside notify",
            Effect::Suppress => "nothing beside suppress",
            Effect::DeferFor { .. } | Effect::DeferToQuietEnd(_) => "until beside defer",
        };
        table.finish(&format!("{more}{goes_with}"))?;
        let code = reason.value.as_ref();
        let is_code = (1..=64).contains(&code.len())
            && code.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
        match is_code {
            true => Ok(Action { reason: reason.value.into_owned(), effect }),
            false => {
                let detail = "a reason is 1 to 64 lower case letters, digits and hyphens";
                Err(reason.wrong(detail))
            }
        }
    }

    fn deliveries(
        &mut self,
        table: &mut Table<'_>,
        reason: &Text<'_>,
        kinds: Kinds,
    ) -> Result<Vec<Planned>> {
        let Some(to) = table.list("to")? else {
            return Err(reason.wrong("wants a list of deliveries, to = [...]"));
        };
        if to.value.is_empty() || to.value.len() > DELIVERIES_MAX {
            return Err(to.wrong(format!("expected 1 to {DELIVERIES_MAX} deliveries")));
        }
        let mut all: Vec<Planned> = Vec::with_capacity(to.value.len());
        for delivery in to.value {
            let line = delivery.line;
            let planned = self.delivery(delivery.table()?, kinds)?;
            if all.iter().any(|other| other.is_same_as(&planned)) {
                let detail = "to: the same delivery stands there twice";
                return Err(self.document.wrong(line, detail));
            }
            self.note_delivery(&planned, line);
            all.push(planned);
        }
        Ok(all)
    }

    fn delivery(&self, mut table: Table<'_>, kinds: Kinds) -> Result<Planned> {
        let party = table.required_text("party")?;
        let template = table.required_text("template")?;
        let channel = table.text("channel")?;
        let locale = table.text("locale")?;
        let priority = table.number("priority")?;
        for name in [Some(&template), channel.as_ref()].into_iter().flatten() {
            if !is_name(&name.value) {
                return Err(name.wrong("expected 1 to 64 letters, digits, _ and -"));
            }
        }
        let by_kind = template.value == "kind";
        if by_kind && !kinds.is_known() {
            let detail = "\"kind\" needs a condition that lists the kinds, kind in [...]";
            return Err(template.wrong(detail));
        }
        let fixed = locale.filter(|locale| locale.value != "party");
        if let Some(locale) = &fixed
            && !self.bank.locales.iter().any(|known| *known == locale.value)
        {
            let known = self.bank.locales.join(", ");
            return Err(locale.wrong(format!("expected \"party\" or a bank's locale, {known}")));
        }
        let priority = match priority {
            Some(priority) => u8::try_from(priority.value).ok().filter(|value| *value <= 100),
            None => u8::try_from(PRIORITY).ok(),
        };
        let Some(priority) = priority else {
            return Err(table.wrong("priority: expected 0 to 100"));
        };
        let planned = Planned {
            party: self::party(&party)?,
            channel: channel.map_or_else(|| "sms".into(), |channel| channel.value.into_owned()),
            template: (!by_kind).then(|| template.value.into_owned()),
            locale: fixed.map(|locale| locale.value.into_owned()),
            priority,
            is_optional: table.flag("optional")?,
            requires_contact: table.flag("requires-contact")?,
            above_threshold: table.flag("above-threshold")?,
            delay_seconds: span(table.text("delay")?)?,
            expires_after_seconds: span(table.text("expires-after")?)?,
        };
        table.finish(
            "party, template, channel, locale, priority, optional, requires-contact, \
             above-threshold, delay, expires-after",
        )?;
        Ok(planned)
    }
}

/// `[bank]`, `[thresholds]` and `[quiet-hours]`.
fn bank(root: &mut Table<'_>) -> Result<Bank> {
    let mut table = root.table("bank")?;
    let Some(list) = table.list("locales")? else {
        return Err(table.wrong("bank: wants locales, such as [\"en\"]"));
    };
    if list.value.is_empty() || list.value.len() > LOCALES_MAX {
        return Err(list.wrong(format!("expected 1 to {LOCALES_MAX} language tags")));
    }
    let mut locales = Vec::with_capacity(list.value.len());
    for locale in list.value {
        let locale = locale.text()?;
        if !is_name(&locale.value) {
            return Err(locale.wrong("expected a language tag such as zh-CN"));
        }
        locales.push(locale.value.into_owned());
    }
    table.finish("locales")?;
    let mut thresholds = root.table("thresholds")?;
    let mut hours = root.table("quiet-hours")?;
    let clock = hours.text("clock")?;
    let is_merchant_clock = match &clock {
        Some(clock) => matches!(self::party(clock)?, Party::Merchant),
        None => false,
    };
    let mut defaults = |party: &str| -> Result<Defaults> {
        let quiet_hours = match hours.text(party)? {
            Some(span) => Some(
                quiet::parse(&span.value)
                    .ok_or_else(|| span.wrong("expected a span such as 22:00-07:00"))?,
            ),
            None => None,
        };
        Ok(Defaults { quiet_hours, thresholds: amounts(thresholds.table(party)?)? })
    };
    let (cardholder, merchant) = (defaults("cardholder")?, defaults("merchant")?);
    thresholds.finish("cardholder, merchant")?;
    hours.finish("cardholder, merchant, clock")?;
    Ok(Bank { locales, is_merchant_clock, cardholder, merchant })
}

fn amounts(mut table: Table<'_>) -> Result<std::collections::BTreeMap<String, i64>> {
    let texts = table.texts()?;
    if texts.len() > THRESHOLDS_MAX {
        return Err(table.wrong(format!("{} thresholds, limit {THRESHOLDS_MAX}", texts.len())));
    }
    let amount = |text: Text<'_>| {
        if !thresholds::is_currency(&text.key) {
            return Err(text.wrong("expected a currency such as CNY"));
        }
        let units = thresholds::minor_units(&text.value, &text.key);
        let decimals = thresholds::exponent(&text.key);
        let detail = format!("expected an amount of at most {decimals} decimals, in quotes");
        Ok((text.key.to_string(), units.ok_or_else(|| text.wrong(detail))?))
    };
    texts.into_iter().map(amount).collect()
}

fn deferment(table: &mut Table<'_>, reason: &Text<'_>) -> Result<Effect> {
    let wanted = "a span such as 30m, \"cardholder-quiet-end\" or \"merchant-quiet-end\"";
    let Some(until) = table.text("until")? else {
        return Err(reason.wrong(format!("wants until, {wanted}")));
    };
    match until.value.as_ref() {
        "cardholder-quiet-end" => Ok(Effect::DeferToQuietEnd(Party::Cardholder)),
        "merchant-quiet-end" => Ok(Effect::DeferToQuietEnd(Party::Merchant)),
        span => match duration::parse(span) {
            Some(seconds) => Ok(Effect::DeferFor { seconds }),
            None => Err(until.wrong(format!("expected {wanted}"))),
        },
    }
}

/// `[late]`: after how long a debit is told with its date, or not at all.
fn late(mut table: Table<'_>) -> Result<Late> {
    let (dated, untold) = (table.text("dated-after")?, table.text("untold-after")?);
    let line = untold.as_ref().map(|untold| untold.wrong("has to be longer than dated-after"));
    let late = Late { dated_after_seconds: span(dated)?, untold_after_seconds: span(untold)? };
    table.finish("dated-after, untold-after")?;
    match (late.dated_after_seconds, late.untold_after_seconds, line) {
        (Some(dated), Some(untold), Some(wrong)) if untold <= dated => Err(wrong),
        _ => Ok(late),
    }
}

fn span(text: Option<Text<'_>>) -> Result<Option<i64>> {
    let parse = |text: Text<'_>| {
        duration::parse(&text.value)
            .ok_or_else(|| text.wrong("expected a span such as 90s, 30m, 12h or 3d, up to 31d"))
    };
    text.map(parse).transpose()
}

fn party(text: &Text<'_>) -> Result<Party> {
    match text.value.as_ref() {
        "cardholder" => Ok(Party::Cardholder),
        "merchant" => Ok(Party::Merchant),
        other => Err(text.wrong(format!("expected cardholder or merchant, not {other:?}"))),
    }
}

fn is_name(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}
