use std::fmt;
use std::time::Duration;

use tillbell_sms::Encoding;
use tillbell_transaction::{Party, Timestamp, Transaction, masked_contact};

use crate::{CounterChange, ErrorKind, Ground, HostGround, Role};

/// What became of one transaction.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The transaction's id.
    pub transaction: String,
    /// The bundle that spoke for it; none where no bank has the card.
    pub bundle: Option<String>,
    /// The release of that bundle that decided; none where the host did.
    pub release: Option<u64>,
    /// The decision.
    pub decision: Decision,
    /// Why.
    pub ground: Ground,
    /// The messages, guarded and counted.
    pub messages: Vec<Message>,
    /// Where the time went.
    pub times: StageTimes,
    /// Stages that failed and were made up for.
    pub failures: Vec<Failure>,
    /// What became of the card's counters, to be kept with the messages.
    pub counters: Vec<CounterChange>,
    /// What plugins noted for the operator, card numbers removed.
    pub log: Vec<String>,
    /// Whether a reversal is told even where nobody was told of its original
    /// ([`crate::Manifest::insists_on_reversals`]).
    pub insists_on_reversals: bool,
    /// Whether the transaction's own time cannot be right and its acceptance
    /// counted instead ([`tillbell_transaction::Transaction::accept`]).
    pub counts_from_acceptance: bool,
}

impl Outcome {
    /// What the host decides of a transaction by itself, without plugins.
    pub fn by_host(transaction: &Transaction, decision: Decision, ground: HostGround) -> Self {
        Self {
            transaction: transaction.id.clone(),
            bundle: None,
            release: None,
            decision,
            ground: ground.into(),
            messages: Vec::new(),
            times: StageTimes::default(),
            failures: Vec::new(),
            counters: Vec::new(),
            log: Vec::new(),
            insists_on_reversals: false,
            counts_from_acceptance: transaction.counts_from.is_some(),
        }
    }

    /// Why, as a code such as `below-threshold`.
    pub fn reason(&self) -> &str {
        self.ground.reason()
    }

    /// The rule that decided: one of the bank's, or one of the host's, whose names
    /// begin with `host:`.
    pub fn rule(&self) -> &str {
        self.ground.rule()
    }

    /// Whether a party gets a message by a channel.
    pub fn has_message(&self, party: Party, channel: &str) -> bool {
        let mut messages = self.messages.iter();
        messages.any(|message| (message.party, message.channel.as_str()) == (party, channel))
    }

    /// Nobody is told after all, whatever was decided.
    pub(crate) fn suppress(&mut self, ground: HostGround) {
        self.decision = Decision::Suppressed;
        self.ground = ground.into();
        self.messages.clear();
    }
}

/// The decision about one transaction; every transaction gets exactly one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// There are messages to send.
    Notified,
    /// Nobody is told.
    Suppressed,
    /// It is to be processed again at this instant.
    Deferred(Timestamp),
    /// It could not be decided.
    Rejected,
}

impl Decision {
    /// The name in reports: `notified`, `suppressed`, `deferred`, `rejected`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Notified => "notified",
            Self::Suppressed => "suppressed",
            Self::Deferred(_) => "deferred",
            Self::Rejected => "rejected",
        }
    }
}

/// One message, ready for its channel.
#[derive(Clone)]
pub struct Message {
    /// Whom it is for.
    pub party: Party,
    /// The channel, such as `sms`.
    pub channel: String,
    /// The template it was made with.
    pub template: String,
    /// The language tag.
    pub locale: String,
    /// Where it goes; none where the source did not say.
    pub recipient: Option<String>,
    /// The text.
    pub text: String,
    /// The alphabet the text needs.
    pub encoding: Encoding,
    /// How many segments it takes.
    pub segments: usize,
    /// 0 (bulk) to 100 (urgent).
    pub priority: u8,
    /// Not to be sent before.
    pub not_before: Option<Timestamp>,
    /// Worthless from here on.
    pub expires_at: Option<Timestamp>,
    /// Who wrote the text.
    pub author: Author,
}

/// Who wrote a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Author {
    /// The bank's renderer.
    Plugin,
    /// The host, because a stage failed.
    Host,
}

impl Message {
    /// The recipient as it may be shown: see [`masked_contact`].
    pub fn masked_recipient(&self) -> Option<String> {
        self.recipient.as_deref().map(masked_contact)
    }
}

/// Shows neither the text nor the recipient.
impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("party", &self.party)
            .field("channel", &self.channel)
            .field("template", &self.template)
            .field("locale", &self.locale)
            .field("segments", &self.segments)
            .field("author", &self.author)
            .finish_non_exhaustive()
    }
}

/// A stage that failed, and was made up for by the failure policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The plugin that failed; none for the guard.
    pub role: Option<Role>,
    /// What sort of failure.
    pub kind: ErrorKind,
    /// What happened, without a personal value.
    pub detail: String,
}

/// How long each stage took, all its calls together, instantiation included.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StageTimes {
    /// The router.
    pub route: Duration,
    /// The masker.
    pub mask: Duration,
    /// The renderer.
    pub render: Duration,
    /// The guard and the segment count.
    pub guard: Duration,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recipient_is_shown_masked() {
        let shown = |recipient: &str| {
            Message {
                party: Party::Cardholder,
                channel: "sms".into(),
                template: String::new(),
                locale: String::new(),
                recipient: Some(recipient.into()),
                text: "secret".into(),
                encoding: Encoding::Gsm7,
                segments: 1,
                priority: 0,
                not_before: None,
                expires_at: None,
                author: Author::Plugin,
            }
            .masked_recipient()
            .unwrap()
        };
        assert_eq!(shown("13800138000"), "138******00");
        assert_eq!(shown("+86 138 0013 8000"), "+86 1** **** **00");
        assert_eq!(shown("95500"), "*****");
        assert_eq!(shown("nana@example.com"), "n***@example.com");
    }
}
