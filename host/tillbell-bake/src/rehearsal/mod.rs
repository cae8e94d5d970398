//! Rehearses a bundle before it is deployed: the host's own transactions go through its
//! router, its masker and its renderer as they were baked, and the guard looks at each
//! text with the transaction in hand.
//!
//! A text that would be blocked refuses the bundle, with the template, its file and, where
//! the bank's own words are the reason, the line to add to the manifest. A plugin that
//! refuses or breaks is a warning: the host has its own words for that, and a program may
//! know reasons that nobody sees here. This finds out by trying and proves nothing.

mod transactions;

use tillbell::guard::{Cure, Policy, Rule, Sender};
use tillbell::{
    Artefact, ConfiguredItem, Counters, Draft, Error, ErrorKind, Host, Limits, Preview, Previews,
    Result, Tally, TextName, Trust,
};
use tillbell_transaction::{Timestamp, Transaction};

use crate::literals::{advice, marked};
use crate::signing::SigningKey;
use transactions::Rehearsed;

/// Warnings of one bundle, at the most.
const WARNINGS_MAX: usize = 16;
/// Languages that a bundle is tried in.
const LOCALES_MAX: usize = 8;
/// Time for a call: nothing is hurried here, and the machine may be busy.
const DEADLINE_MS: u32 = 1_000;

/// What a rehearsal found that is nothing to refuse.
#[derive(Debug, Default)]
pub(crate) struct Rehearsal {
    pub(crate) warnings: Vec<String>,
    /// Whether a plugin broke, and what is behind was not tried.
    pub(crate) ended_early: bool,
}

/// Tries all texts of a bundle that was baked for this machine. `configured` is what its
/// renderer says of its templates.
///
/// # Errors
/// [`ErrorKind::Configuration`] for a text that the guard would block.
pub(crate) fn rehearse(
    draft: &Draft,
    limits: &Limits,
    policy: &Policy,
    configured: &[ConfiguredItem],
) -> Result<Rehearsal> {
    let host = host(draft, limits, policy)?;
    let manifest = host
        .manifests()
        .next()
        .ok_or_else(|| Error::new(ErrorKind::Host, "the bundle to rehearse was not loaded"))?;
    let templates: Vec<(TextName, &ConfiguredItem)> =
        configured.iter().filter_map(|item| Some((TextName::of(item)?, item))).collect();
    let mut locales: Vec<&str> = vec![manifest.locale.as_str()];
    for (name, _) in &templates {
        if !locales.contains(&name.locale.as_str()) && locales.len() < LOCALES_MAX {
            locales.push(&name.locale);
        }
    }
    let mut rehearsing = Rehearsing {
        templates: &templates,
        sender: &manifest.sender,
        tried: Vec::new(),
        found: Rehearsal::default(),
    };
    let all = transactions::all(&manifest)?;
    for Rehearsed { label, transaction } in &all {
        let mut transaction = transaction.clone();
        // Of its own kind by name; the router says what else.
        let kind = transaction.kind.as_str();
        let names = rehearsing.names(|name| name.template == kind);
        for (index, locale) in locales.iter().enumerate() {
            transaction.cardholder.preferences.locale = Some((*locale).into());
            transaction.merchant.preferences.locale = Some((*locale).into());
            let names = if index == 0 { names.as_slice() } else { &[] };
            let previews = host.preview(&transaction, transaction.time, Some(&Held), names)?;
            rehearsing.look(&previews, label)?;
            if rehearsing.found.ended_early {
                return Ok(rehearsing.found);
            }
        }
    }
    // Of no kind, and asked for by nobody yet.
    let others = rehearsing.names(|name| rehearsing.text_of(name).is_none());
    if let Some(Rehearsed { label, transaction }) = all.first() {
        let previews = host.preview(transaction, transaction.time, Some(&Held), &others)?;
        rehearsing.look(&previews, label)?;
    }
    Ok(rehearsing.found)
}

/// A rehearsal that goes on.
struct Rehearsing<'a> {
    /// What the renderer says that it has, and where.
    templates: &'a [(TextName, &'a ConfiguredItem)],
    sender: &'a Sender,
    /// The first text of each name.
    tried: Vec<(TextName, String)>,
    found: Rehearsal,
}

impl Rehearsing<'_> {
    fn names(&self, wanted: impl Fn(&TextName) -> bool) -> Vec<TextName> {
        let names = self.templates.iter().map(|(name, _)| name);
        names.filter(|name| wanted(name)).cloned().collect()
    }

    /// Whether the renderer lists its templates and has none of this name for the party.
    fn lacks(&self, name: &TextName) -> bool {
        let has = |own: &TextName| (own.party, &own.template) == (name.party, &name.template);
        !self.templates.is_empty() && !self.templates.iter().any(|(own, _)| has(own))
    }

    fn text_of(&self, name: &TextName) -> Option<&str> {
        self.tried.iter().find(|(tried, _)| tried == name).map(|(_, text)| text.as_str())
    }

    /// Refuses what would be blocked, and keeps what failed.
    fn look(&mut self, previews: &Previews, label: &str) -> Result<()> {
        for preview in &previews.texts {
            match &preview.text {
                Ok(text) => {
                    self.check(preview, text, label)?;
                    if self.text_of(&preview.name).is_none() {
                        self.tried.push((preview.name.clone(), text.clone()));
                    }
                }
                Err(error) => {
                    let what = match preview.is_asked_for && self.lacks(&preview.name) {
                        true => "router: asks for what the renderer does not have".to_owned(),
                        false => error.to_string(),
                    };
                    self.found.note(format!("{what} ({})", described(preview, label)));
                    self.found.ended_early |= error.kind().is_breakage();
                }
            }
        }
        for failure in &previews.failures {
            self.found.note(format!("{} ({label})", failure.detail));
            self.found.ended_early |= failure.kind.is_breakage();
        }
        Ok(())
    }

    /// Refuses a text that would be blocked.
    fn check(&self, preview: &Preview, text: &str, label: &str) -> Result<()> {
        let Some(finding) = preview.findings.first() else { return Ok(()) };
        let place = match self.templates.iter().find(|(name, _)| *name == preview.name) {
            Some((_, item)) => format!("{}:{}: ", item.file, item.line),
            None => String::new(),
        };
        let found = match finding.rule {
            Rule::Segments => {
                let segments = tillbell_sms::count(text).segments;
                format!("{segments} segments, limit {}", self.sender.max_segments)
            }
            rule => format!("{rule}: {}", finding.reason),
        };
        // A phrase that stands in another text too is the bank's; a number that does not is
        // no constant.
        let is_constant =
            |cure: &Cure| self.text_of(&preview.name).is_some_and(|other| cure.stands_in(other));
        let cure = Cure::of(finding, text, self.sender).filter(is_constant);
        let detail = format!(
            "{place}the guard would block a text of {}: {found}: {}{}",
            described(preview, label),
            marked(text, finding.start..finding.end),
            advice(cure),
        );
        Err(Error::new(ErrorKind::Configuration, detail))
    }
}

impl Rehearsal {
    /// Keeps a warning, each once: what differs in the transaction alone is the same.
    fn note(&mut self, warning: String) {
        let what = |warning: &str| warning.rsplit_once(" (").map(|(what, _)| what.to_owned());
        let is_known = self.warnings.iter().any(|known| what(known) == what(&warning));
        if !is_known && self.warnings.len() < WARNINGS_MAX {
            self.warnings.push(warning);
        }
    }
}

/// A host of this bundle alone.
fn host(draft: &Draft, limits: &Limits, policy: &Policy) -> Result<Host> {
    let key = SigningKey::ephemeral();
    let mut trust = Trust::new();
    trust.add(key.public(), None)?;
    let artefact = Artefact::from_bytes(&key.seal(draft), &trust)?;
    let limits = Limits { deadline_ms: DEADLINE_MS, ..limits.clone() };
    let mut host = Host::new(limits)?;
    host.tighten(policy);
    host.load(&artefact)?;
    Ok(host)
}

fn described(preview: &Preview, label: &str) -> String {
    let TextName { party, template, locale } = &preview.name;
    format!("template {template:?} to the {party} in {locale} ({label})")
}

/// Five small debits, whatever counter is asked for.
struct Held;

impl Counters for Held {
    fn tally(&self, _: &str, _: &str, transaction: &Transaction) -> Option<Tally> {
        let before = transaction.time.unix_seconds() - 86_400 * 5;
        let since = Timestamp::new(before, transaction.time.utc_offset_minutes()).ok()?;
        Some(Tally { count: 4, sum: 32_150, since, has_this: false })
    }
}
