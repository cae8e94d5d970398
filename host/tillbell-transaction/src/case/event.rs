//! What is kept of one event: amounts, a time and digests; nothing of a card or a
//! person.

use crate::{Approval, CorrelationDigest, Kind, Money, Transaction, correlation_digest};

/// An event's number in its store; later events have higher ones.
pub type EventNumber = i64;

/// The longest written form of an event, in bytes.
pub const EVENT_BYTES_MAX: usize = 128;
/// The form of [`Event::write`].
const FORM: u8 = 1;

/// One event of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its number in the store.
    pub number: EventNumber,
    /// What its source says happened.
    pub kind: Kind,
    /// What it takes back, as its source says.
    pub original_kind: Option<Kind>,
    /// Whether it moved or held money: not declined, not an inquiry, not void of
    /// effect.
    pub is_effective: bool,
    /// Whether the issuer declined it.
    pub is_declined: bool,
    /// Whether it takes back something that was not seen.
    pub is_orphan: bool,
    /// Whether it leaves nothing of its root.
    pub is_full: bool,
    /// Whether it is told even where nobody was told of what it takes back: a key
    /// of the bank's manifest asks for it.
    pub is_insisted: bool,
    /// Its own amount; none for one that an outbox of version 1 kept.
    pub amount: Option<Money>,
    /// When it happened, in seconds since 1970.
    pub unix_seconds: i64,
    /// Whether that is when it was accepted, since its own time cannot be right.
    pub is_time_accepted: bool,
    /// The event whose position it changes: itself, where it stands alone.
    pub root: EventNumber,
    /// What it added to the position of its root, in minor units of `amount`'s
    /// currency: positive for what left the account.
    pub moved: i64,
    /// What it added to the hold of `hold_root`, in the same units.
    pub held: i64,
    /// The event whose hold it changes: its root, but for a completion, which is
    /// a debit of its own and ends a hold.
    pub hold_root: EventNumber,
    pub(super) names: Names,
}

/// Digests of the numbers that an event is known by; 0 where it has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Names {
    pub(super) rrn: u64,
    pub(super) stan: u64,
    pub(super) id: u64,
    pub(super) original_stan: u64,
    pub(super) original_id: u64,
}

/// What is left of a root in its currency, by it and what changed it; none where an
/// amount is not known.
pub fn left<'a>(root: &Event, parts: impl IntoIterator<Item = &'a Event>) -> Option<i64> {
    let parts = parts.into_iter().filter(|part| !part.is_foreign(root));
    parts.map(|part| part.amount.map(|_| part.change())).sum()
}

/// Whether nothing of a root is left; where an amount is not known, whether the whole
/// of it was taken back.
pub fn is_over<'a>(root: &Event, parts: impl IntoIterator<Item = &'a Event> + Clone) -> bool {
    match left(root, parts.clone()) {
        Some(left) => left == 0,
        None => parts.into_iter().any(|part| part.is_full),
    }
}

/// The digests under which an event is found again, with those under which what it
/// takes back is found: at most five.
pub fn links(transaction: &Transaction) -> Vec<CorrelationDigest> {
    let Transaction { acquirer, merchant, card, .. } = transaction;
    // Sources give 6 or 8 digits of one card.
    let bin = card.bin.to_string();
    let last4 = card.last4.to_string();
    let bin = bin.get(..6).unwrap_or_default();
    let place = |by: &str, number: &str| {
        let (merchant, terminal) = (&merchant.id, &merchant.terminal);
        correlation_digest(["case", by, number, acquirer, merchant, terminal, bin, &last4])
    };
    let own = |id: &str| correlation_digest(["case", "id", id, "", "", "", bin, &last4]);
    let mut links = Vec::with_capacity(3);
    let mut add = |digest| {
        if !links.contains(&digest) {
            links.push(digest);
        }
    };
    if !transaction.rrn.is_empty() {
        add(place("rrn", &transaction.rrn));
    }
    if !transaction.stan.is_empty() {
        add(place("stan", &transaction.stan));
    }
    if transaction.has_own_id {
        add(own(&transaction.id));
    }
    if let Some(stan) = transaction.original_stan.as_deref().filter(|stan| !stan.is_empty()) {
        add(place("stan", stan));
    }
    if let Some(id) = transaction.original_id.as_deref().filter(|id| !id.is_empty()) {
        add(own(id));
    }
    links
}

impl Names {
    pub(super) fn of(transaction: &Transaction) -> Self {
        let digest = |text: &str| match text {
            "" => 0,
            text => {
                let [a, b, c, d, e, f, g, h, ..] = correlation_digest(["name", text]);
                u64::from_be_bytes([a, b, c, d, e, f, g, h]).max(1)
            }
        };
        Self {
            rrn: digest(&transaction.rrn),
            stan: digest(&transaction.stan),
            id: if transaction.has_own_id { digest(&transaction.id) } else { 0 },
            original_stan: digest(transaction.original_stan.as_deref().unwrap_or_default()),
            original_id: digest(transaction.original_id.as_deref().unwrap_or_default()),
        }
    }
}

impl Transaction {
    /// Whether the same transaction can be recognised when it comes again: it has
    /// an RRN, a STAN or a source's own id.
    pub fn is_identified(&self) -> bool {
        !self.rrn.is_empty() || !self.stan.is_empty() || self.has_own_id
    }

    /// Whether it takes back an earlier one.
    pub fn takes_back(&self) -> bool {
        takes_back(self.kind)
    }

    /// Which way money went, seen from the cardholder's account, as far as this alone says
    /// it: a hold moves nothing, and neither does what is declined.
    pub fn direction(&self) -> Direction {
        let sign = match self.kind {
            _ if self.approval == Approval::Declined => 0,
            Kind::Reversal | Kind::Void => -self.original_kind.map_or(0, direction),
            // The new position, and the one before: what lies between them moved.
            Kind::Adjustment => match self.original_amount {
                Some(before) if before.currency() == self.amount.currency() => {
                    (self.amount.minor_units() - before.minor_units()).signum()
                }
                _ => 0,
            },
            kind => direction(kind),
        };
        match sign {
            _ if self.amount.minor_units() == 0 && self.kind != Kind::Adjustment => Direction::None,
            1 => Direction::Debit,
            -1 => Direction::Credit,
            _ => Direction::None,
        }
    }
}

/// Which way money went, seen from the cardholder's account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Out of it.
    Debit,
    /// Into it.
    Credit,
    /// It did not move, or nobody can say.
    None,
}

pub(super) fn takes_back(kind: Kind) -> bool {
    matches!(kind, Kind::Reversal | Kind::Void)
}

/// 1 for what leaves the account, -1 for what comes in, 0 for what moves nothing.
pub(super) fn direction(kind: Kind) -> i64 {
    match kind {
        Kind::Purchase
        | Kind::PurchaseWithCashback
        | Kind::CashWithdrawal
        | Kind::Completion
        | Kind::Payment
        | Kind::Transfer
        | Kind::Adjustment => 1,
        Kind::Refund | Kind::Deposit => -1,
        Kind::PreAuthorisation
        | Kind::Void
        | Kind::Reversal
        | Kind::Inquiry
        | Kind::Verification => 0,
    }
}

impl Event {
    /// An event that stands alone, before it has a number.
    pub(super) fn of(transaction: &Transaction) -> Self {
        let amount = transaction.amount;
        let is_declined = transaction.approval == Approval::Declined;
        let is_effective = !is_declined
            && amount.minor_units() != 0
            && !matches!(transaction.kind, Kind::Inquiry | Kind::Verification);
        let sign = if is_effective { direction(transaction.kind) } else { 0 };
        let is_hold = is_effective && transaction.kind == Kind::PreAuthorisation;
        Self {
            number: 0,
            kind: transaction.kind,
            original_kind: transaction.original_kind,
            is_effective,
            is_declined,
            is_orphan: false,
            is_full: false,
            is_insisted: false,
            amount: Some(amount),
            unix_seconds: transaction.counted_time().unix_seconds(),
            is_time_accepted: transaction.counts_from.is_some(),
            root: 0,
            moved: sign * amount.minor_units(),
            held: if is_hold { amount.minor_units() } else { 0 },
            hold_root: 0,
            names: Names::of(transaction),
        }
    }

    /// An event of which an outbox of version 1 kept its kind and time alone: it
    /// never adjusts and never nets in part.
    pub fn migrated(number: EventNumber, kind: Kind, unix_seconds: i64) -> Self {
        Self {
            number,
            kind,
            original_kind: None,
            is_effective: true,
            is_declined: false,
            is_orphan: false,
            is_full: false,
            is_insisted: false,
            amount: None,
            unix_seconds,
            is_time_accepted: false,
            root: number,
            moved: 0,
            held: 0,
            hold_root: number,
            names: Names::default(),
        }
    }

    /// Whether it takes back an earlier one.
    pub fn takes_back(&self) -> bool {
        takes_back(self.kind)
    }

    /// Whether it takes back all that is left of its root.
    pub fn takes_all_back(&self) -> bool {
        self.is_full && self.takes_back()
    }

    /// What it added to the position, or to the hold, of its root.
    pub fn change(&self) -> i64 {
        self.moved + if self.hold_root == self.root { self.held } else { 0 }
    }

    /// Whether its sum is another than the root's, in another currency: it adds
    /// nothing to the root's, and takes nothing from it.
    pub fn is_foreign(&self, root: &Self) -> bool {
        let currency = |event: &Self| event.amount.map(|amount| amount.currency());
        currency(self).is_some_and(|own| currency(root).is_some_and(|of_root| of_root != own))
    }

    /// Gives it its number; one that stands alone is its own root.
    pub fn number(&mut self, number: EventNumber) {
        self.number = number;
        if self.root == 0 {
            self.root = number;
        }
        if self.hold_root == 0 {
            self.hold_root = self.root;
        }
    }

    /// Makes an orphan that found its original a part of it. What it moves is at
    /// most what is there.
    pub(super) fn join(&mut self, root: EventNumber, position: i64, hold: i64) {
        let amount = self.amount.map_or(0, |amount| amount.minor_units());
        self.root = root;
        self.hold_root = root;
        self.is_orphan = false;
        self.moved = -position.signum() * amount.min(position.abs());
        self.held = -hold.signum() * amount.min(hold.abs());
        self.is_effective = self.moved != 0 || self.held != 0;
    }

    /// Its written form, at most [`EVENT_BYTES_MAX`] bytes, without its number.
    pub fn write(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(EVENT_BYTES_MAX);
        let flags = u8::from(self.is_effective)
            | u8::from(self.is_orphan) << 1
            | u8::from(self.is_insisted) << 2
            | u8::from(self.is_declined) << 3
            | u8::from(self.is_full) << 4
            | u8::from(self.is_time_accepted) << 5;
        bytes.extend([FORM, flags, place(Some(self.kind)), place(self.original_kind)]);
        let currency = self
            .amount
            .map_or([0; 3], |amount| amount.currency().as_bytes().try_into().unwrap_or_default());
        bytes.extend(currency);
        let Names { rrn, stan, id, original_stan, original_id } = self.names;
        let amount = self.amount.map_or(0, |amount| amount.minor_units());
        let Self { unix_seconds, root, moved, held, hold_root, .. } = *self;
        for number in [amount, unix_seconds, root, moved, held, hold_root] {
            bytes.extend(number.to_be_bytes());
        }
        for name in [rrn, stan, id, original_stan, original_id] {
            bytes.extend(name.to_be_bytes());
        }
        bytes
    }

    /// Reads what [`Event::write`] wrote; none if it is anything else.
    pub fn read(number: EventNumber, bytes: &[u8]) -> Option<Self> {
        let ([form, flags, kind, original_kind], rest) = bytes.split_first_chunk()?;
        let (currency, rest) = rest.split_first_chunk::<3>()?;
        if *form != FORM || rest.len() != 11 * 8 {
            return None;
        }
        let mut words = rest.chunks_exact(8).filter_map(|word| word.try_into().ok());
        let mut next = || words.next().map(u64::from_be_bytes);
        let mut signed = || next().map(u64::cast_signed);
        let (amount, unix_seconds, root) = (signed()?, signed()?, signed()?);
        let (moved, held, hold_root) = (signed()?, signed()?, signed()?);
        let names = Names {
            rrn: next()?,
            stan: next()?,
            id: next()?,
            original_stan: next()?,
            original_id: next()?,
        };
        let amount = match currency {
            [0, 0, 0] => None,
            code => Some(Money::new(amount, std::str::from_utf8(code).ok()?).ok()?),
        };
        Some(Self {
            number,
            kind: kind_at(*kind)?,
            original_kind: kind_at(*original_kind),
            is_effective: flags & 1 != 0,
            is_orphan: flags & 2 != 0,
            is_insisted: flags & 4 != 0,
            is_declined: flags & 8 != 0,
            is_full: flags & 16 != 0,
            is_time_accepted: flags & 32 != 0,
            amount,
            unix_seconds,
            root,
            moved,
            held,
            hold_root,
            names,
        })
    }
}

/// A kind's place in [`Kind::ALL`] from 1, which never changes; 0 for none.
fn place(kind: Option<Kind>) -> u8 {
    let place = Kind::ALL.iter().position(|known| Some(*known) == kind);
    place.map_or(0, |place| place as u8 + 1)
}

fn kind_at(place: u8) -> Option<Kind> {
    Kind::ALL.get(usize::from(place).checked_sub(1)?).copied()
}

impl Event {
    /// Makes an event that an outbox of version 1 kept known by a number that it
    /// shares with a transaction: `stan` or `rrn`, as version 1 compared them.
    pub fn share(&mut self, transaction: &Transaction, by: &str) {
        let names = Names::of(transaction);
        match by {
            "rrn" => self.names.rrn = names.rrn,
            // The original's STAN, which a reversal names.
            _ if takes_back(self.kind) => self.names.original_stan = names.stan,
            _ if names.original_stan != 0 => self.names.stan = names.original_stan,
            _ => self.names.stan = names.stan,
        }
    }
}
