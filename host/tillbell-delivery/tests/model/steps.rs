//! What may happen to an outbox, as a list that a person can read.

use proptest::collection::vec;
use proptest::prelude::*;

/// How the bank dresses the messages of one event.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Dress {
    pub(crate) urgent: bool,
    /// Quiet for so many minutes.
    pub(crate) quiet: u8,
    /// Worthless after so many minutes; 0 never.
    pub(crate) life: u8,
    /// One segment more than this.
    pub(crate) more: u8,
    /// Minutes for which the bank puts its decision off.
    pub(crate) later: u8,
    /// The cardholder gets it by push too.
    pub(crate) push: bool,
}

/// What a receipt says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Says {
    Delivered,
    Failed,
    Expired,
}

/// One step. Numbers pick among what there is; one that does not apply is passed over.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    Debit {
        case: u8,
        amount: u8,
        dress: Dress,
    },
    Hold {
        case: u8,
        amount: u8,
        dress: Dress,
    },
    /// The newest hold of a case comes to a debit, of all of it or of a part.
    Complete {
        of: u8,
        full: bool,
        dress: Dress,
    },
    Adjust {
        of: u8,
        amount: u8,
        by_rrn: bool,
        dress: Dress,
    },
    Reverse {
        of: u8,
        full: bool,
        declined: bool,
        dress: Dress,
    },
    Orphan {
        case: u8,
        full: bool,
        dress: Dress,
    },
    /// A reversal in another currency than its debit's.
    Foreign {
        of: u8,
        dress: Dress,
    },
    Original {
        of: u8,
        dress: Dress,
    },
    Repeat {
        of: u8,
    },
    Seconds(u16),
    Claim {
        fallback: bool,
        count: u8,
    },
    Push {
        count: u8,
    },
    Taken {
        open: u8,
    },
    Refused {
        open: u8,
        again: Option<u8>,
    },
    /// The answer to a part is lost; the peer has the part, or not.
    Lost {
        open: u8,
        has: bool,
    },
    Released {
        open: u8,
    },
    Expired {
        open: u8,
    },
    /// The answer to an attempt comes after it was given up.
    LateTaken {
        attempt: u8,
    },
    /// What a channel says of an attempt that ended before.
    Late {
        attempt: u8,
        what: u8,
    },
    Receipt {
        part: u8,
        says: Says,
        twice: bool,
    },
    /// A receipt of a part that will be reported as taken at the next `Taken`.
    Early {
        open: u8,
        says: Says,
    },
    Stranger,
    Resolve,
    GiveUp,
    Consent {
        merchant: bool,
        given: bool,
    },
    /// Stopped in order, and started.
    Restart,
    /// Killed before the commit of this step, and started.
    Kill(Box<Step>),
}

impl Step {
    /// Makes its messages plain.
    pub(crate) fn undress(&mut self) {
        match self {
            Self::Debit { dress, .. }
            | Self::Hold { dress, .. }
            | Self::Complete { dress, .. }
            | Self::Adjust { dress, .. }
            | Self::Reverse { dress, .. }
            | Self::Orphan { dress, .. }
            | Self::Foreign { dress, .. }
            | Self::Original { dress, .. } => *dress = Dress::default(),
            _ => {}
        }
    }
}

pub(crate) fn sequence() -> impl Strategy<Value = Vec<Step>> {
    vec(prop_oneof![19 => step(), 1 => step().prop_map(|step| Step::Kill(Box::new(step)))], 60..100)
}

fn dress() -> impl Strategy<Value = Dress> {
    (
        any::<bool>(),
        prop_oneof![3 => Just(0u8), 1 => 1..10u8],
        prop_oneof![2 => Just(0u8), 1 => 1..20u8],
        prop_oneof![3 => Just(0u8), 1 => 1..3u8],
        prop_oneof![9 => Just(0u8), 1 => 1..9u8],
        prop::bool::weighted(0.15),
    )
        .prop_map(|(urgent, quiet, life, more, later, push)| Dress {
            urgent,
            quiet,
            life,
            more,
            later,
            push,
        })
}

fn says() -> impl Strategy<Value = Says> {
    prop_oneof![3 => Just(Says::Delivered), 1 => Just(Says::Failed), 1 => Just(Says::Expired)]
}

fn step() -> BoxedStrategy<Step> {
    let n = any::<u8>;
    prop_oneof![
        8 => (0..3u8, 1..99u8, dress()).prop_map(|(case, amount, dress)| Step::Debit { case, amount, dress }),
        2 => (0..3u8, 1..99u8, dress()).prop_map(|(case, amount, dress)| Step::Hold { case, amount, dress }),
        2 => (n(), any::<bool>(), dress()).prop_map(|(of, full, dress)| Step::Complete { of, full, dress }),
        5 => (n(), 1..99u8, any::<bool>(), dress()).prop_map(|(of, amount, by_rrn, dress)| Step::Adjust { of, amount, by_rrn, dress }),
        9 => (n(), any::<bool>(), prop::bool::weighted(0.15), dress()).prop_map(|(of, full, declined, dress)| Step::Reverse { of, full, declined, dress }),
        2 => (3..6u8, any::<bool>(), dress()).prop_map(|(case, full, dress)| Step::Orphan { case, full, dress }),
        1 => (n(), dress()).prop_map(|(of, dress)| Step::Foreign { of, dress }),
        2 => (n(), dress()).prop_map(|(of, dress)| Step::Original { of, dress }),
        2 => n().prop_map(|of| Step::Repeat { of }),
        8 => prop_oneof![1..30u16, 30..600u16].prop_map(Step::Seconds),
        14 => (prop::bool::weighted(0.25), 1..4u8).prop_map(|(fallback, count)| Step::Claim { fallback, count }),
        2 => (1..4u8).prop_map(|count| Step::Push { count }),
        14 => n().prop_map(|open| Step::Taken { open }),
        6 => (n(), prop::option::weighted(0.6, 0..6u8)).prop_map(|(open, again)| Step::Refused { open, again }),
        4 => (n(), any::<bool>()).prop_map(|(open, has)| Step::Lost { open, has }),
        2 => n().prop_map(|open| Step::Released { open }),
        2 => n().prop_map(|open| Step::Expired { open }),
        2 => n().prop_map(|attempt| Step::LateTaken { attempt }),
        2 => (n(), n()).prop_map(|(attempt, what)| Step::Late { attempt, what }),
        7 => (n(), says(), prop::bool::weighted(0.2)).prop_map(|(part, says, twice)| Step::Receipt { part, says, twice }),
        1 => (n(), says()).prop_map(|(open, says)| Step::Early { open, says }),
        1 => Just(Step::Stranger),
        4 => Just(Step::Resolve),
        1 => Just(Step::GiveUp),
        1 => (any::<bool>(), prop::bool::weighted(0.7)).prop_map(|(merchant, given)| Step::Consent { merchant, given }),
        1 => Just(Step::Restart),
    ]
    .boxed()
}
