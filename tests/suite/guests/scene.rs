//! A host with a bank whose plugin misbehaves for refunds, and one of another
//! bank that is well.

use tillbell::{Author, Decision, ErrorKind, Failure, Host, Limits, Outcome, Role};
use tillbell_tests::guests::Guest;
use tillbell_tests::{Scratch, bake_unguarded, bank, transaction};
use tillbell_transaction::Party;

/// A refund of CNY 128.50 to a card of Harbour: what the guests wait for.
pub(crate) const REFUND: &str = r#"{"kind":"refund","approval":"approved","amount":{"minor_units":12850,"currency":"CNY"},"time":"2026-11-20T08:31:05+08:00","card":{"pan":"6216261000000000018"},"cardholder":{"name":"欧阳娜娜","phone":"13800138000","email":"nana@mail.example"},"merchant":{"name":"咖啡实验室","city":"上海","country":"CN","id":"898310057340001","terminal":"00000312"},"rrn":"632408000123","stan":"000123"}"#;

/// Time enough for a busy machine, and not so much that the suite is slow.
const DEADLINE_MS: u32 = 100;

/// Both banks, ready.
pub(crate) struct Scene {
    pub(crate) host: Host,
    role: Role,
    _bank: Scratch,
}

impl Scene {
    /// The guest of this name in Harbour, beside Meridian.
    pub(crate) fn of(guest: &str) -> Self {
        Self::under(guest, Limits { deadline_ms: DEADLINE_MS, ..Limits::default() })
    }

    /// The same under other limits.
    pub(crate) fn under(guest: &str, limits: Limits) -> Self {
        let guest = Guest::read(guest);
        Self::with(guest.in_bank(), guest.role, limits)
    }

    /// Harbour as it is, beside Meridian.
    pub(crate) fn of_bank() -> Self {
        Self::of_folder(Scratch::copy_of_bank("harbour"), Role::Router)
    }

    /// A bank in a folder of its own, beside Meridian.
    pub(crate) fn of_folder(own: Scratch, role: Role) -> Self {
        Self::with(own, role, Limits { deadline_ms: DEADLINE_MS, ..Limits::default() })
    }

    fn with(own: Scratch, role: Role, limits: Limits) -> Self {
        let mut host = Host::new(limits).expect("a host");
        for folder in [own.path(), &bank("meridian")] {
            let artefact = bake_unguarded(folder).expect("a guest that bakes");
            host.load(&artefact).expect("a guest that loads");
        }
        Self { host, role, _bank: own }
    }

    /// A transaction for which the guest misbehaves.
    pub(crate) fn refund(&self) -> Outcome {
        self.process(REFUND)
    }

    /// The same, with a contact of the merchant's.
    pub(crate) fn refund_told_to_both(&self) -> Outcome {
        let terminal = r#""terminal":"00000312""#;
        self.process(&REFUND.replace(terminal, &format!(r#"{terminal},"phone":"13900139000""#)))
    }

    /// A transaction for which it does not.
    pub(crate) fn purchase(&self) -> Outcome {
        self.process(&REFUND.replace("refund", "purchase"))
    }

    /// A transaction of the other bank.
    pub(crate) fn of_other_bank(&self) -> Outcome {
        self.process(&REFUND.replace("6216261000000000018", "4242424242424242"))
    }

    fn process(&self, text: &str) -> Outcome {
        let transaction = transaction(text);
        self.host.process(&transaction, transaction.time)
    }

    /// # Panics
    /// If the next transaction of the same bundle, or one of the other bank,
    /// is not served as if nothing had happened.
    pub(crate) fn assert_serves(&self) {
        for (outcome, bundle) in [(self.purchase(), "harbour"), (self.of_other_bank(), "meridian")]
        {
            assert_eq!(outcome.bundle.as_deref(), Some(bundle));
            assert_eq!(outcome.failures, [], "{bundle}");
            assert_eq!(outcome.decision, Decision::Notified, "{bundle}");
            assert_eq!(outcome.messages[0].party, Party::Cardholder);
            assert_eq!(outcome.messages[0].channel, "sms");
            assert_eq!(outcome.messages[0].recipient.as_deref(), Some("13800138000"));
            assert!(outcome.messages.iter().all(|message| message.author == Author::Plugin));
            assert!(outcome.messages[0].text.contains("0018") || bundle == "meridian");
            assert!(outcome.log.is_empty(), "{:?}", outcome.log);
        }
    }
}

/// Lets a guest misbehave, and gives what became of the transaction.
///
/// # Panics
/// If the host does not call it a failure of this plugin and this kind and
/// nothing else, does not make up for it, or does not serve the next
/// transactions.
pub(crate) fn breaks(guest: &str, kind: ErrorKind) -> Outcome {
    breaks_as(guest, Some(Guest::read(guest).role), kind)
}

/// The same where the failure is noted as one of this plugin, or of none.
///
/// # Panics
/// As [`breaks`].
pub(crate) fn breaks_as(guest: &str, blamed: Option<Role>, kind: ErrorKind) -> Outcome {
    let scene = Scene::of(guest);
    scene.assert_serves();
    let outcome = scene.refund();
    assert_eq!(kinds(&outcome.failures), [(blamed, kind)], "{:?}", outcome.failures);
    assert_made_up_for(&outcome, scene.role);
    scene.assert_serves();
    outcome
}

/// Which plugins failed, and how.
pub(crate) fn kinds(failures: &[Failure]) -> Vec<(Option<Role>, ErrorKind)> {
    failures.iter().map(|failure| (failure.role, failure.kind)).collect()
}

/// # Panics
/// If the cardholder was not told in words that stand in for the plugin's.
pub(crate) fn assert_made_up_for(outcome: &Outcome, role: Role) {
    assert_eq!(outcome.decision, Decision::Notified);
    let rule = if role == Role::Router { "host:on-failure" } else { "money-back" };
    assert_eq!(outcome.rule(), rule);
    let message = &outcome.messages[0];
    assert_eq!(message.party, Party::Cardholder);
    assert_eq!(message.recipient.as_deref(), Some("13800138000"));
    // A view that is missing is made by the host, and rendered by the bank.
    let author = if role == Role::Masker { Author::Plugin } else { Author::Host };
    assert_eq!(message.author, author);
    for part in ["【海港银行】", "128.50", "0018", "95500"] {
        assert!(message.text.contains(part), "{part} in {}", message.text);
    }
    for secret in ["6216261000000000018", "13800138000", "娜娜"] {
        assert!(!message.text.contains(secret), "{secret} in {}", message.text);
    }
}
