//! Texts on their way out: guarded, counted, signed; and the host's own words
//! for when plugins have none.

use std::time::Instant;

use tillbell_transaction::{Approval, Party, Transaction};

use crate::guard::{Accounted, Finding, Guard, Policy, Reader, Told};
use crate::release::Release;
use crate::safe_text::{self, Draft};
use crate::{
    Author, Decision, Error, ErrorKind, Failure, Manifest, Message, OnFailure, Result, Role,
    StageTimes,
};

/// Who is shown a text with what was found in it and what accounts for its numbers.
pub(crate) type Look<'a> = dyn FnMut(&str, &[Finding], &[Accounted]) + 'a;

/// A text that may leave, and what it takes.
pub(crate) type Written = (String, tillbell_sms::Count);

/// The texts of one transaction, what they took, and what failed.
pub(crate) struct Words<'a> {
    policy: &'a Policy,
    manifest: &'a Manifest,
    transaction: &'a Transaction,
    /// What plugins were told of counters, and a text may name.
    told: Vec<Told>,
    /// Made for the first text.
    guard: Option<Guard<'a>>,
    /// What accounts for the numbers of the last text that may leave; none where nobody
    /// asks for it.
    pub(crate) accounted: Option<Vec<Accounted>>,
    pub(crate) times: StageTimes,
    pub(crate) failures: Vec<Failure>,
}

impl<'a> Words<'a> {
    pub(crate) fn new(
        policy: &'a Policy,
        bundle: &'a Release,
        transaction: &'a Transaction,
    ) -> Self {
        Self {
            policy,
            manifest: &bundle.manifest,
            transaction,
            told: Vec::new(),
            guard: None,
            accounted: None,
            times: StageTimes::default(),
            failures: Vec::new(),
        }
    }

    /// The declared default: the cardholder hears of an approved transaction
    /// in the host's own words, or nobody hears of it.
    pub(crate) fn declared_default(&mut self) -> (Decision, Vec<Message>) {
        let tell = self.manifest.on_failure == OnFailure::Notify
            && self.transaction.approval != Approval::Declined;
        let message = tell.then(|| self.safe_message(Party::Cardholder, "sms")).flatten();
        match message {
            Some(message) => (Decision::Notified, vec![message]),
            None => (Decision::Suppressed, Vec::new()),
        }
    }

    /// The host's own words in the first language that the guard lets pass.
    pub(crate) fn safe_message(&mut self, party: Party, channel: &str) -> Option<Message> {
        let mut refused = None;
        for Draft { locale, reader, text } in
            safe_text::drafts(self.transaction, self.manifest, party)
        {
            match self.looked(text, reader, &mut |_, _, _| ()) {
                Ok(written) => {
                    return Some(Message {
                        template: safe_text::TEMPLATE.into(),
                        locale: locale.into(),
                        ..self.signed(party, channel.into(), written)
                    });
                }
                Err(error) => refused = refused.or(Some(error)),
            }
        }
        self.note(None, &refused?);
        None
    }

    /// A message of a text that may leave, by the host unless told otherwise,
    /// of a template that is yet to be named.
    pub(crate) fn signed(&self, party: Party, channel: String, written: Written) -> Message {
        let (text, count) = written;
        Message {
            party,
            recipient: self.transaction.recipient(party, &channel).map(Into::into),
            channel,
            template: String::new(),
            locale: String::new(),
            text,
            encoding: count.encoding,
            segments: count.segments,
            priority: 0,
            not_before: None,
            expires_at: None,
            author: Author::Host,
        }
    }

    /// Gives the text back with its count, if this reader may get it, else notes why not.
    /// `look` is shown the text first, with what was found and, where somebody asks, what
    /// accounts for numbers.
    pub(crate) fn guarded(
        &mut self,
        text: String,
        reader: Reader,
        look: &mut Look<'_>,
    ) -> Option<Written> {
        self.looked(text, reader, look).map_err(|error| self.note(None, &error)).ok()
    }

    fn looked(&mut self, text: String, reader: Reader, look: &mut Look<'_>) -> Result<Written> {
        let started = Instant::now();
        let (findings, count) = match self.accounted.is_some() {
            false => self.guard(reader).pass(&text, reader),
            true => {
                let (findings, count, accounted) = self.guard(reader).pass_explained(&text, reader);
                self.accounted = Some(accounted);
                (findings, count)
            }
        };
        self.times.guard += started.elapsed();
        look(&text, &findings, self.accounted.as_deref().unwrap_or_default());
        if findings.is_empty() {
            return Ok((text, count));
        }
        let mut rules: Vec<_> = findings.iter().map(|finding| finding.rule.as_str()).collect();
        rules.sort_unstable();
        rules.dedup();
        let detail = format!("a text was blocked: {}", rules.join(", "));
        Err(Error::new(ErrorKind::Guard, detail))
    }

    /// Takes what accounts for the numbers of the last text that may leave; nothing where
    /// nobody asks for it.
    pub(crate) fn take_accounted(&mut self) -> Vec<Accounted> {
        self.accounted.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// What the guard finds in a text, of which nothing is remembered.
    pub(crate) fn inspected(&mut self, text: &str, reader: Reader) -> Vec<Finding> {
        let guard = self.guard(reader);
        guard.turn_to(reader);
        guard.inspect(text)
    }

    /// What plugins noted for the operator, without this transaction's secrets.
    pub(crate) fn struck(&mut self, log: Vec<String>) -> Vec<String> {
        if log.is_empty() {
            return log;
        }
        let guard = self.guard(Reader::default());
        log.iter().map(|line| guard.strike(line)).collect()
    }

    /// Lets texts name what counters hold; before the first of them.
    pub(crate) fn allow(&mut self, told: Vec<Told>) {
        self.told = told;
    }

    fn guard(&mut self, reader: Reader) -> &mut Guard<'a> {
        let Self { manifest, policy, transaction, guard, told, .. } = self;
        guard.get_or_insert_with(|| {
            Guard::new()
                .tightened(policy)
                .with_sender(&manifest.sender)
                .with_told(told)
                .with_reader(reader)
                .with_transaction(transaction)
        })
    }

    pub(crate) fn note(&mut self, role: Option<Role>, error: &Error) {
        let mut detail = error.to_string();
        if error.kind() == ErrorKind::Refused {
            // The plugin's own words.
            detail = self.guard(Reader::default()).strike(&detail);
        }
        self.failures.push(Failure { role, kind: error.kind(), detail });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::safe_text::tests::{manifest, transaction};

    /// The locale of the host's own message where so many segments are allowed, and what
    /// failed.
    fn told(max_segments: usize, wish: &str) -> (Option<String>, usize) {
        let (policy, mut manifest) = (Policy::default(), manifest("Harbour:", "95500", "zh-CN"));
        manifest.sender.max_segments = max_segments;
        let transaction = transaction(Some(wish));
        let mut words = Words {
            policy: &policy,
            manifest: &manifest,
            transaction: &transaction,
            told: Vec::new(),
            guard: None,
            accounted: None,
            times: StageTimes::default(),
            failures: Vec::new(),
        };
        let message = words.safe_message(Party::Cardholder, "sms");
        (message.map(|message| message.locale), words.failures.len())
    }

    #[test]
    fn the_hosts_words_are_in_the_first_language_that_fits() {
        let locale = |locale: &str| Some(locale.to_owned());
        assert_eq!(told(2, "hi-IN"), (locale("hi-IN"), 0));
        // Hindi takes two segments.
        assert_eq!(told(1, "hi-IN"), (locale("zh-CN"), 0));
        assert_eq!(told(1, "sw"), (locale("zh-CN"), 0));
        // Where no language fits, one failure is noted.
        assert_eq!(told(0, "hi-IN"), (None, 1));
    }
}
