//! The real outbox, with everything around it that is not: a bank, a peer, a clock.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use tillbell::{Author, Decision, Ground, Outcome, StageTimes};
use tillbell_delivery::{Accepted, Batch, Cause, MessageTrail, Outbox, Part, Receipt, State};
use tillbell_sms::Encoding;
use tillbell_transaction::{Record, Timestamp, Transaction, json};

use crate::model::{Event, Model, Verdict, WAYS, What, hold};
use crate::peer::{Attempt, Fate, Message};
use crate::steps::{Dress, Says, Step};

const START: i64 = 1_795_134_665_000;
const QUEUES: [&str; 3] = ["sms", "sms/1", "push"];
const MINUTE: i64 = 60_000;

pub(crate) struct World {
    folder: PathBuf,
    outbox: Option<Outbox>,
    model: Model,
    dresses: Vec<Dress>,
    now: i64,
    stans: u32,
    consent: [bool; 2],
    /// Nothing is committed: it is about to be killed.
    dies: bool,
    strangers: u32,
}

pub(crate) fn run(steps: &[Step]) -> Verdict {
    let mut world = World::new();
    for (number, step) in steps.iter().enumerate() {
        world
            .step(step)
            .and_then(|()| world.look())
            .map_err(|why| format!("step {number}, {step:?}: {why}"))?;
    }
    world.rest().map_err(|why| format!("at rest: {why}"))
}

/// Whether a message is with a peer after these steps.
pub(crate) fn is_open_after(steps: &[Step]) -> bool {
    let mut world = World::new();
    let done = steps.iter().try_for_each(|step| world.step(step).and_then(|()| world.look()));
    done.is_ok() && world.model.messages.iter().any(|message| message.open().is_some())
}

impl Drop for World {
    fn drop(&mut self) {
        self.outbox = None;
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn said(says: Says) -> State {
    match says {
        Says::Delivered => State::Delivered,
        Says::Failed => State::Failed,
        Says::Expired => State::Expired,
    }
}

fn pick<T: Copy>(among: &[T], number: u8) -> Option<T> {
    (!among.is_empty()).then(|| among[usize::from(number) % among.len()])
}

fn err(error: impl std::fmt::Display) -> String {
    format!("an error: {error}")
}

fn remote(message: i64, attempt: &Attempt, part: u32) -> String {
    format!("r{message}-{}-{part}", attempt.number)
}

impl World {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        // In memory, if there is such a file system: each step is a commit.
        let base = PathBuf::from("/dev/shm");
        let base = if base.is_dir() { base } else { std::env::temp_dir() };
        let folder = base.join(format!("tillbell-model-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder for the outbox");
        let mut world = Self {
            folder,
            outbox: None,
            model: Model::default(),
            dresses: Vec::new(),
            now: START,
            stans: 100,
            consent: [true; 2],
            dies: false,
            strangers: 0,
        };
        world.open();
        world
    }

    fn open(&mut self) {
        self.outbox = None;
        let mut outbox = Outbox::open(&self.folder.join("outbox")).expect("the outbox opens");
        outbox.set_fallbacks("sms", 1);
        self.outbox = Some(outbox);
    }

    /// One batch; its commit is what a kill takes away.
    fn act<T>(
        &mut self,
        work: impl FnOnce(&Batch<'_>) -> tillbell_delivery::Result<T>,
    ) -> Result<T, String> {
        let batch = self.outbox.as_mut().expect("it is open").begin().map_err(err)?;
        let done = work(&batch).map_err(err)?;
        if !self.dies {
            batch.commit().map_err(err)?;
        }
        Ok(done)
    }

    fn step(&mut self, step: &Step) -> Verdict {
        // No two things at one instant.
        self.now += 1;
        match step {
            Step::Kill(inner) => self.kill(inner),
            Step::Debit { case, amount, dress } => {
                self.debit(*case, i64::from(*amount), *dress, None)
            }
            Step::Hold { case, amount, dress } => {
                let (root, stan) = (self.model.events.len(), self.stan());
                let amount = i64::from(*amount) * 1_000 + root as i64;
                let hold = Event { amount, moved: amount, ..event(What::Hold, *case, root, stan) };
                self.accept(hold, *dress, "pre-authorisation", "", None)
            }
            Step::Complete { of, full, dress } => self.complete(*of, *full, *dress),
            Step::Adjust { of, amount, by_rrn, dress } => {
                self.adjust(*of, *amount, *by_rrn, *dress)
            }
            Step::Reverse { of, full, declined, dress } => {
                self.reverse(*of, *full, *declined, *dress)
            }
            Step::Orphan { case, full, dress } => self.orphan(*case, *full, *dress),
            Step::Original { of, dress } => {
                let waits =
                    |(n, e): (usize, &Event)| (e.what == What::Orphan && e.root == n).then_some(n);
                let orphans: Vec<usize> =
                    self.model.events.iter().enumerate().filter_map(waits).collect();
                let Some(orphan) = pick(&orphans, *of) else { return Ok(()) };
                self.debit(self.model.events[orphan].case, 0, *dress, Some(orphan))
            }
            Step::Foreign { of, dress } => self.foreign(*of, *dress),
            Step::Repeat { of } => self.repeat(*of),
            Step::Seconds(seconds) => {
                self.now += i64::from(*seconds) * 1_000;
                self.advance()
            }
            Step::Claim { fallback, count } => {
                self.advance()?;
                self.claim(QUEUES[usize::from(*fallback)], usize::from(*count))
            }
            Step::Push { count } => {
                self.advance()?;
                self.claim("push", usize::from(*count))
            }
            Step::Stranger => {
                self.strangers += 1;
                let (now, name) = (self.now, format!("stranger-{}", self.strangers));
                let receipt = Receipt { remote: &name, ..Receipt::new("sms", State::Delivered) };
                let met = self.act(|batch| batch.receipt(receipt, now))?;
                hold!(met.is_none(), "a stranger's receipt is message {met:?}'s");
                Ok(())
            }
            Step::Resolve => self.resolve(),
            Step::GiveUp => {
                let now = self.now;
                for queue in QUEUES {
                    self.act(|batch| batch.give_up(queue, now - 5 * MINUTE, 100, now))?;
                }
                Ok(())
            }
            Step::Consent { merchant, given } => {
                self.consent[usize::from(*merchant)] = *given;
                Ok(())
            }
            Step::Restart => {
                for at in 0..self.model.messages.len() {
                    self.release(at)?;
                }
                self.start()
            }
            Step::Receipt { part, says, twice } => {
                self.receipt(*part, *says)?;
                if *twice { self.receipt(*part, *says) } else { Ok(()) }
            }
            Step::Late { attempt, what } => self.late(*attempt, *what),
            Step::LateTaken { attempt } => self.late_taken(*attempt),
            Step::Taken { open } => self.with(*open, Self::taken),
            Step::Refused { open, again } => self.with(*open, |world, at| world.refuse(at, *again)),
            Step::Lost { open, has } => self.with(*open, |world, at| world.lose(at, *has)),
            Step::Released { open } => self.with(*open, Self::release),
            Step::Expired { open } => self.with(*open, Self::expire),
            Step::Early { open, says } => self.with(*open, |world, at| world.early(at, *says)),
        }
    }

    fn with(&mut self, number: u8, act: impl FnOnce(&mut Self, usize) -> Verdict) -> Verdict {
        let is_open = |at: &usize| self.model.messages[*at].open().is_some();
        let open: Vec<usize> = (0..self.model.messages.len()).filter(is_open).collect();
        pick(&open, number).map_or(Ok(()), |at| act(self, at))
    }

    fn kill(&mut self, inner: &Step) -> Verdict {
        let before = (self.model.clone(), self.dresses.clone(), self.now, self.consent);
        self.dies = true;
        let done = self.step(inner);
        self.dies = false;
        let after = std::mem::replace(&mut self.model, before.0);
        (self.dresses, self.now, self.consent) = (before.1, before.2, before.3);
        done?;
        // What the peer got, it has.
        for (message, then) in self.model.messages.iter_mut().zip(after.messages) {
            for (attempt, then) in message.attempts.iter_mut().zip(then.attempts) {
                attempt.has.extend(then.has);
            }
        }
        self.start()
    }

    /// A start: what is open is in doubt.
    fn start(&mut self) -> Verdict {
        if self.dies {
            return Ok(());
        }
        self.open();
        let now = self.now;
        for queue in QUEUES {
            self.act(|batch| batch.doubt_all(queue, now))?;
        }
        let attempts = self.model.messages.iter_mut().flat_map(|m| m.attempts.iter_mut());
        for attempt in attempts.filter(|attempt| attempt.fate == Fate::Open) {
            attempt.fate = Fate::Doubted;
        }
        Ok(())
    }

    fn stan(&mut self) -> String {
        self.stans += 1;
        format!("{:06}", self.stans)
    }

    fn debit(&mut self, case: u8, amount: i64, dress: Dress, orphan: Option<usize>) -> Verdict {
        let root = self.model.events.len();
        let (stan, amount) = match orphan {
            // As the reversal names it: it carries the amount whole or a part.
            Some(orphan) => {
                let orphan = &self.model.events[orphan];
                (orphan.stan.clone(), orphan.before)
            }
            None => (self.stan(), amount * 1_000 + root as i64),
        };
        let event = Event { amount, moved: amount, ..event(What::Debit, case, root, stan) };
        self.accept(event, dress, "purchase", "", orphan)
    }

    fn roots(&self) -> Vec<usize> {
        let is_root = |at: &usize| {
            let what = self.model.events[*at].what;
            matches!(what, What::Debit | What::Hold | What::Completion)
                && self.model.position(*at) > 0
        };
        (0..self.model.events.len()).filter(is_root).collect()
    }

    /// What a source calls the kind of a root.
    fn kind(&self, root: usize) -> &'static str {
        match self.model.events[root].what {
            What::Hold => "pre-authorisation",
            What::Completion => "completion",
            _ => "purchase",
        }
    }

    fn complete(&mut self, of: u8, full: bool, dress: Dress) -> Verdict {
        let mut holds = self.roots();
        holds.retain(|root| self.model.events[*root].what == What::Hold);
        let Some(hold) = pick(&holds, of) else { return Ok(()) };
        let case = self.model.events[hold].case;
        // It says which by the RRN alone.
        let is_later = |other: &usize| *other > hold && self.model.events[*other].case == case;
        if holds.iter().any(is_later) {
            return Ok(());
        }
        let held = self.model.position(hold);
        let amount = if full { held } else { (held / 2).max(1) };
        let (root, stan) = (self.model.events.len(), self.stan());
        let event = Event {
            amount,
            moved: amount,
            ends: Some((hold, amount)),
            ..event(What::Completion, case, root, stan)
        };
        self.accept(event, dress, "completion", "", None)
    }

    fn adjust(&mut self, of: u8, amount: u8, by_rrn: bool, dress: Dress) -> Verdict {
        let mut roots = self.roots();
        roots.retain(|root| self.model.events[*root].what != What::Completion);
        let Some(root) = pick(&roots, of) else { return Ok(()) };
        let position = self.model.position(root);
        let case = self.model.events[root].case;
        let is_twin = |other: &usize| {
            *other != root
                && self.model.events[*other].case == case
                && self.model.position(*other) == position
        };
        if self.roots().iter().any(is_twin) {
            return Ok(());
        }
        let amount = i64::from(amount) * 1_000 + self.model.events.len() as i64;
        if amount == self.model.events[root].amount {
            // With its own STAN that is the root again.
            return Ok(());
        }
        let stan = if by_rrn { self.stan() } else { self.model.events[root].stan.clone() };
        let more = if by_rrn { money("original_amount", position) } else { String::new() };
        let event = Event {
            amount,
            before: position,
            moved: amount - position,
            ..event(What::Adjustment, case, root, stan)
        };
        self.accept(event, dress, self.kind(root), &more, None)
    }

    fn reverse(&mut self, of: u8, full: bool, declined: bool, dress: Dress) -> Verdict {
        let Some(root) = pick(&self.roots(), of) else { return Ok(()) };
        let position = self.model.position(root);
        let amount = if full { position } else { (position / 3).max(1) };
        let stan = self.stan();
        let original = self.model.events[root].stan.clone();
        let event = Event {
            amount,
            before: position,
            moved: if declined { 0 } else { -amount },
            declined,
            ..event(What::Reversal, self.model.events[root].case, root, stan)
        };
        let kind = self.kind(root);
        let more = format!(r#","original_kind":"{kind}","original_stan":"{original}""#);
        self.accept(event, dress, "reversal", &more, None)
    }

    /// A reversal of a third in another currency.
    fn foreign(&mut self, of: u8, dress: Dress) -> Verdict {
        let Some(root) = pick(&self.roots(), of) else { return Ok(()) };
        let original = self.model.events[root].stan.clone();
        let amount = (self.model.position(root) / 3).max(1);
        let stan = self.stan();
        let case = self.model.events[root].case;
        let event = Event { amount, ..event(What::Foreign, case, root, stan) };
        let kind = self.kind(root);
        let more = format!(r#","original_kind":"{kind}","original_stan":"{original}""#);
        self.accept(event, dress, "reversal", &more, None)
    }

    /// Of something that was not seen; its `stan` is the original's, `before` its amount.
    fn orphan(&mut self, case: u8, full: bool, dress: Dress) -> Verdict {
        if self.model.events.iter().any(|event| event.case == case) {
            return Ok(());
        }
        let whole = 40_000 + i64::from(case);
        let amount = if full { whole } else { 15_000 };
        let stan = self.stan();
        let event = Event {
            amount,
            before: whole,
            ..event(What::Orphan, case, self.model.events.len(), stan.clone())
        };
        let more = format!(r#","original_kind":"purchase","original_stan":"{stan}""#);
        self.accept(event, dress, "reversal", &more, None)
    }

    fn accept(
        &mut self,
        mut event: Event,
        dress: Dress,
        kind: &str,
        more: &str,
        orphan: Option<usize>,
    ) -> Verdict {
        let number = self.model.events.len();
        let stan = match event.what {
            What::Orphan => self.stan(),
            _ => event.stan.clone(),
        };
        let approval = if event.declined { "declined" } else { "approved" };
        let time = Timestamp::new(self.now / 1_000, 480).map_err(err)?;
        event.json = format!(
            r#"{{"kind":"{kind}","approval":"{approval}"{},"time":"{time}","card":{{"bin":"621626","last4":"0018"}},"merchant":{{"name":"e{number}","id":"898310057340001","terminal":"00000312"}},"rrn":"63240800000{}","stan":"{stan}"{more}}}"#,
            match event.what {
                What::Foreign => money("amount", event.amount).replace("CNY", "USD"),
                _ => money("amount", event.amount),
            },
            event.case,
        );
        let mut transaction = read(&event.json)?;
        event.name = transaction.id.clone();
        event.ways += usize::from(dress.push);
        self.dresses.push(dress);
        self.model.happen(event, orphan);
        let (now, mut bank) = (self.now, Bank::of(self));
        let accepted = self.act(|batch| {
            batch.take_in(&mut transaction, now, &mut |_, shown, _| bank.decide(shown))
        })?;
        match accepted {
            Accepted::New(id) => self.model.events[number].id = id,
            Accepted::Repeat(id) => return Err(format!("e{number} is taken for a repeat of {id}")),
        }
        if self.dies {
            return Ok(());
        }
        self.learn(bank)
    }

    fn repeat(&mut self, of: u8) -> Verdict {
        let all: Vec<usize> = (0..self.model.events.len()).collect();
        let Some(of) = pick(&all, of) else { return Ok(()) };
        let mut transaction = read(&self.model.events[of].json)?;
        let (now, mut bank) = (self.now, Bank::of(self));
        let accepted = self.act(|batch| {
            batch.take_in(&mut transaction, now, &mut |_, shown, _| bank.decide(shown))
        })?;
        let id = self.model.events[of].id;
        hold!(accepted == Accepted::Repeat(id), "a repeat of e{of} ({id}) is {accepted:?}");
        hold!(bank.decided.is_empty(), "a repeat of e{of} is decided");
        Ok(())
    }

    /// What the bank was shown of an event, and was to be.
    fn shown(&self, number: usize) -> Verdict {
        let event = &self.model.events[number];
        let Some((kind, amount, before)) = &event.shown else { return Ok(()) };
        let (expected, moved) = match event.what {
            // Whom nobody told of the debit it is the debit.
            What::Adjustment if kind == self.kind(event.root) && before.is_none() => {
                (self.kind(event.root), event.amount)
            }
            What::Debit | What::Hold | What::Completion => (self.kind(number), event.amount),
            What::Adjustment => ("adjustment", event.amount),
            What::Reversal => ("reversal", -event.moved),
            What::Foreign => {
                hold!(before.is_none(), "e{number} is shown with another currency's {before:?}");
                hold!(*amount == event.amount, "e{number} is shown with {amount}");
                return Ok(());
            }
            What::Orphan => return Ok(()),
        };
        hold!(kind == expected, "e{number} is shown as {kind}");
        if !event.declined {
            hold!(*amount == moved, "e{number}, of {moved}, is shown with {amount}");
            let fits = expected == self.kind(event.root) || *before == Some(event.before);
            hold!(fits, "e{number}, before it {}, is shown with {before:?}", event.before);
        }
        Ok(())
    }

    /// What the bank decided, and which messages there are now.
    fn learn(&mut self, bank: Bank) -> Verdict {
        let mut learnt = None;
        for (number, kind, amount, before) in bank.decided {
            self.model.events[number].shown = Some((kind, amount, before));
            self.shown(number)?;
            // Its parties may be shown different things of it.
            if learnt.replace(number) == Some(number) {
                continue;
            }
            let id = self.model.events[number].id;
            for message in self.act(|batch| batch.messages_of(id))? {
                let outbox = self.outbox.as_ref().expect("it is open");
                let trail = outbox.message(message).map_err(err)?.ok_or("a message is lost")?;
                hold!(
                    self.model.messages.iter().all(|known| known.id != message),
                    "e{number} is rendered anew"
                );
                let life = i64::from(self.dresses[number].life) * MINUTE;
                self.model.messages.push(Message {
                    id: message,
                    event: number,
                    way: WAYS
                        .iter()
                        .position(|way| *way == (trail.party, trail.channel.as_str()))
                        .ok_or("a message on no way")?,
                    segments: trail.segments as u32,
                    expires_ms: (life > 0).then_some(bank.now + life),
                    attempts: Vec::new(),
                    lost: 0,
                    states: Vec::new(),
                });
            }
        }
        Ok(())
    }

    fn advance(&mut self) -> Verdict {
        let (now, mut bank) = (self.now, Bank::of(self));
        self.act(|batch| {
            batch.decide_due(100, now, &mut |_, shown, _| bank.decide(shown), &mut || ())
        })?;
        if !self.dies {
            self.learn(bank)?;
        }
        self.act(|batch| batch.advance(100, now))?;
        if self.dies { Ok(()) } else { self.look() }
    }

    fn claim(&mut self, queue: &'static str, count: usize) -> Verdict {
        let now = self.now;
        let claimed = self.act(|batch| {
            let due = batch.claim(queue, count, now)?;
            due.into_iter()
                .map(|due| Ok((batch.parts_taken(due.id)?, due)))
                .collect::<Result<Vec<_>, _>>()
        })?;
        if self.dies {
            return Ok(());
        }
        for (skips, due) in claimed {
            let at = self.model.messages.iter().position(|known| known.id == due.id);
            let at = at.ok_or("a message that nobody made leaves")?;
            let event = self.model.messages[at].event;
            hold!(due.text.starts_with(&format!("e{event} ")), "{} leaves for e{event}", due.text);
            self.model.hand_out(at, due.attempt, queue, &skips)?;
            self.model.messages[at].attempts.push(Attempt {
                number: due.attempt,
                queue,
                key: due.key,
                reference: due.reference,
                fate: Fate::Open,
                has: BTreeSet::new(),
                heard: BTreeSet::new(),
                arrived: BTreeSet::new(),
                gone: BTreeSet::new(),
                early: BTreeSet::new(),
                told: BTreeMap::new(),
                resolved: false,
            });
        }
        Ok(())
    }

    fn opened(&mut self, at: usize) -> (i64, u32, &mut Attempt) {
        let message = &mut self.model.messages[at];
        let open = message.open().expect("it is open");
        (message.id, message.segments, &mut message.attempts[open])
    }

    /// The first part that the peer of the open attempt is to get.
    fn next_part(&self, at: usize) -> u32 {
        let message = &self.model.messages[at];
        let open = message.open().expect("it is open");
        let heard = message.heard(message.attempts[open].queue);
        (1..=message.segments).find(|part| !heard.contains(part)).unwrap_or(1)
    }

    fn taken(&mut self, at: usize) -> Verdict {
        let number = self.next_part(at);
        let (id, of, attempt) = self.opened(at);
        attempt.has.insert(number);
        let (remote, attempt, queue) = (remote(id, attempt, number), attempt.number, attempt.queue);
        let now = self.now;
        let part = Part { queue, number, of, remote: &remote };
        let fits = self.act(|batch| batch.taken(id, attempt, part, now))?;
        hold!(fits, "message {id}: part {number} of open attempt {attempt} does not fit");
        let message = &mut self.model.messages[at];
        let open = message.open().expect("it is open");
        message.hear(open, number);
        if message.heard(queue).len() == of as usize {
            message.attempts[open].fate = Fate::Taken;
        }
        Ok(())
    }

    fn refuse(&mut self, at: usize, again: Option<u8>) -> Verdict {
        let now = self.now;
        let (id, _, attempt) = self.opened(at);
        // No peer refuses what it sent a receipt for.
        if attempt.has != attempt.heard {
            return Ok(());
        }
        let number = attempt.number;
        attempt.fate = Fate::Refused;
        let again = again.map(|minutes| now + i64::from(minutes) * MINUTE);
        let fits = self.act(|batch| batch.refused(id, number, "E1", again, now))?;
        hold!(fits, "message {id}: refusal of open attempt {number} does not fit");
        Ok(())
    }

    fn lose(&mut self, at: usize, has: bool) -> Verdict {
        let (now, part) = (self.now, self.next_part(at));
        let (id, _, attempt) = self.opened(at);
        let number = attempt.number;
        attempt.fate = Fate::Doubted;
        if has {
            attempt.has.insert(part);
        }
        let fits = self.act(|batch| batch.doubted(id, number, now))?;
        hold!(fits, "message {id}: doubt of open attempt {number} does not fit");
        Ok(())
    }

    fn release(&mut self, at: usize) -> Verdict {
        let now = self.now;
        if self.model.messages[at].open().is_none() {
            return Ok(());
        }
        let (id, _, attempt) = self.opened(at);
        if !attempt.has.is_empty() {
            return Ok(());
        }
        let number = attempt.number;
        attempt.fate = Fate::Unsent;
        let fits = self.act(|batch| batch.released(id, number, now))?;
        hold!(fits, "message {id}: release of open attempt {number} does not fit");
        Ok(())
    }

    fn expire(&mut self, at: usize) -> Verdict {
        let now = self.now;
        let is_over = self.model.messages[at].expires_ms.is_some_and(|end| end <= now);
        let (id, _, attempt) = self.opened(at);
        if !is_over || !attempt.has.is_empty() {
            return Ok(());
        }
        let number = attempt.number;
        attempt.fate = Fate::Unsent;
        let fits = self.act(|batch| batch.expired(id, number, now))?;
        hold!(fits, "message {id}: end of open attempt {number} does not fit");
        Ok(())
    }

    fn early(&mut self, at: usize, says: Says) -> Verdict {
        let (now, part) = (self.now, self.next_part(at));
        let message = &mut self.model.messages[at];
        message.lost += u32::from(says != Says::Delivered);
        let (id, _, attempt) = self.opened(at);
        attempt.has.insert(part);
        attempt.told.insert(part, says == Says::Delivered);
        if says != Says::Delivered {
            attempt.gone.insert(part);
        }
        let (remote, queue) = (remote(id, attempt, part), attempt.queue);
        let receipt = Receipt { remote: &remote, ..Receipt::new(queue, said(says)) };
        let met = self.act(|batch| batch.receipt(receipt, now))?;
        hold!(met.is_none(), "a receipt is matched before its part is known");
        Ok(())
    }

    /// Of any part that a peer has, heard of or not.
    fn receipt(&mut self, part: u8, says: Says) -> Verdict {
        let messages = self.model.messages.iter().enumerate();
        let parts: Vec<(usize, usize, u32)> = messages
            .flat_map(|(at, message)| {
                message.attempts.iter().enumerate().map(move |(n, a)| (at, n, a))
            })
            .filter(|(_, _, a)| a.fate != Fate::Open)
            .flat_map(|(at, n, a)| a.has.iter().map(move |part| (at, n, *part)))
            .collect();
        let Some((at, index, part)) = pick(&parts, part) else { return Ok(()) };
        let message = &mut self.model.messages[at];
        message.lost += u32::from(says != Says::Delivered);
        let attempt = &mut message.attempts[index];
        let is_new = !attempt.arrived.contains(&part) && !attempt.gone.contains(&part);
        match says {
            Says::Delivered if is_new && attempt.heard.contains(&part) => {
                attempt.told.insert(part, true);
            }
            Says::Delivered => {}
            _ => drop(attempt.gone.insert(part)),
        }
        if !attempt.heard.contains(&part) {
            attempt.told.insert(part, says == Says::Delivered);
        }
        let (id, attempt) = (message.id, &message.attempts[index]);
        let (remote, key) = (remote(id, attempt, part), attempt.key.clone());
        let (queue, is_heard) = (attempt.queue, attempt.heard.contains(&part));
        let is_early = !is_heard && attempt.fate == Fate::Doubted;
        // A key names a text as a whole, a reference and a number any part of it.
        let is_whole = message.segments == 1;
        let recipient = format!("1380013800{}", message.way);
        let receipt = Receipt {
            remote: &remote,
            key: (!is_heard && is_whole).then_some(key.as_str()),
            reference: (!is_heard && !is_whole).then_some(attempt.reference),
            recipient: (!is_heard && !is_whole).then_some(recipient.as_str()),
            cause: Some("R1"),
            ..Receipt::new(queue, said(says))
        };
        let now = self.now;
        let met = self.act(|batch| batch.receipt(receipt, now))?;
        let message = &mut self.model.messages[at];
        if met == Some(id) && !is_heard {
            // Our own key says that it arrived: nothing else counts any more.
            message.attempts[index].heard.insert(part);
            let open = message.attempts.iter_mut().filter(|a| a.fate == Fate::Open);
            open.for_each(|attempt| attempt.fate = Fate::Taken);
        }
        if message.attempts[index].heard.contains(&part) {
            message.hear(index, part);
        }
        if let Some(last) = message.attempts.last_mut()
            && is_early
            && last.queue == queue
            && (last.fate == Fate::Open || last.fate == Fate::Doubted && !last.resolved)
        {
            last.early.insert(part);
        }
        hold!(met.is_none_or(|met| met == id), "a receipt of message {id} is {met:?}'s");
        Ok(())
    }

    /// A report for an attempt that a newer one follows, or that is over.
    fn late(&mut self, attempt: u8, what: u8) -> Verdict {
        let messages = self.model.messages.iter();
        let over: Vec<(i64, u32)> = messages
            .flat_map(|m| m.attempts.iter().map(move |a| (m.id, a)))
            .filter(|(_, a)| matches!(a.fate, Fate::Refused | Fate::Unsent))
            .map(|(id, a)| (id, a.number))
            .collect();
        let Some((id, number)) = pick(&over, attempt) else { return Ok(()) };
        let now = self.now;
        let fits = self.act(|batch| match what % 5 {
            0 => batch.refused(id, number, "late", None, now),
            1 => batch.refused(id, number, "late", Some(now), now),
            2 => batch.released(id, number, now),
            3 => batch.expired(id, number, now),
            _ => batch.doubted(id, number, now),
        })?;
        hold!(!fits, "message {id}: a report for attempt {number}, which is over, counts");
        Ok(())
    }

    /// The answer to a part comes when nobody waits for it any more.
    fn late_taken(&mut self, attempt: u8) -> Verdict {
        let messages = self.model.messages.iter().enumerate();
        let parts: Vec<(usize, usize, u32)> = messages
            .flat_map(|(at, m)| m.attempts.iter().enumerate().map(move |(n, a)| (at, n, a)))
            .filter(|(_, _, a)| a.fate == Fate::Doubted)
            .flat_map(|(at, n, a)| a.has.difference(&a.heard).map(move |part| (at, n, *part)))
            .collect();
        let Some((at, index, part)) = pick(&parts, attempt) else { return Ok(()) };
        let message = &mut self.model.messages[at];
        let (id, of) = (message.id, message.segments);
        message.hear(index, part);
        let attempt = &mut message.attempts[index];
        attempt.early.remove(&part);
        let (remote, number, queue) = (remote(id, attempt, part), attempt.number, attempt.queue);
        let is_last = index + 1 == message.attempts.len();
        if message.heard(queue).len() == of as usize && is_last {
            message.attempts[index].fate = Fate::Taken;
        }
        let now = self.now;
        let part = Part { queue, number: part, of, remote: &remote };
        let fits = self.act(|batch| batch.taken(id, number, part, now))?;
        hold!(is_last || !fits, "message {id}: the late answer to attempt {number} fits");
        Ok(())
    }

    fn resolve(&mut self) -> Verdict {
        let now = self.now;
        self.now += 1;
        for queue in QUEUES {
            self.act(|batch| batch.resolve(queue, now + 1, 100, now + 1))?;
        }
        if self.dies {
            return Ok(());
        }
        // Receipts told of parts whose answer was lost.
        for message in &mut self.model.messages {
            let Some(last) = message.attempts.last_mut() else { continue };
            if last.fate != Fate::Doubted || last.resolved {
                continue;
            }
            last.resolved = true;
            last.heard.append(&mut last.early);
            let queue = last.queue;
            if message.heard(queue).len() == message.segments as usize {
                // A peer knows a key once, however often it came.
                for attempt in message.attempts.iter_mut().filter(|a| a.queue == queue) {
                    attempt.fate = Fate::Taken;
                }
            }
        }
        Ok(())
    }

    /// What became of every message, held against the model.
    fn look(&mut self) -> Verdict {
        self.look_at(|state| !matches!(state, State::Delivered | State::Cancelled))
    }

    /// The same of those in such a state; all are looked at in the end.
    fn look_at(&mut self, wanted: impl Fn(State) -> bool) -> Verdict {
        let outbox = self.outbox.as_ref().expect("it is open");
        let mut trails: (usize, Vec<MessageTrail>) = (usize::MAX, Vec::new());
        for at in 0..self.model.messages.len() {
            let Message { id, event, .. } = self.model.messages[at];
            if !wanted(self.model.messages[at].state()) {
                continue;
            }
            // Those of one event come behind each other.
            if trails.0 != event {
                trails = (event, outbox.messages(self.model.events[event].id).map_err(err)?);
            }
            let trail = trails.1.iter().find(|trail| trail.id == id).ok_or("a message is lost")?;
            let cause = |cause: &Cause| cause.to_string();
            let states: Vec<_> =
                trail.changes.iter().map(|c| (c.state, c.cause.as_ref().map(cause))).collect();
            self.model.come(at, &states)?;
            self.model.messages[at].states = states;
        }
        Ok(())
    }

    /// All goes well from here on, until nothing moves.
    fn rest(&mut self) -> Verdict {
        self.start()?;
        // What waits for another's decision is decided in the round after it.
        let mut idle_rounds = 0;
        for _ in 0..40 {
            self.now += 11 * MINUTE;
            self.advance()?;
            self.resolve()?;
            self.look()?;
            for queue in QUEUES {
                for _ in 0..30 {
                    self.claim(queue, 1)?;
                    let Some(at) = self.model.messages.iter().position(|m| m.open().is_some())
                    else {
                        break;
                    };
                    while self.model.messages[at].open().is_some() {
                        self.taken(at)?;
                    }
                    self.look()?;
                }
            }
            let is_settled = |m: &Message| m.state().is_final();
            if self.model.messages.iter().all(is_settled) {
                idle_rounds += 1;
                if idle_rounds == 2 {
                    break;
                }
                continue;
            }
            idle_rounds = 0;
            for at in 0..self.model.messages.len() {
                self.deliver(at)?;
            }
            self.look()?;
        }
        self.look_at(|_| true)?;
        for (number, event) in self.model.events.iter().enumerate() {
            let outbox = self.outbox.as_ref().expect("it is open");
            let trails = outbox.trails(&event.name).map_err(err)?;
            let trail = trails.iter().find(|trail| trail.id == event.id);
            let trail = trail.ok_or(format!("e{number} is lost"))?;
            hold!(trail.decision != "deferred", "e{number} is never decided: {}", trail.reason);
            let has_reason = trail.decision == "notified" || !trail.reason.is_empty();
            hold!(has_reason, "e{number} is told to nobody, without a code");
        }
        self.model.rest()
    }

    fn deliver(&mut self, at: usize) -> Verdict {
        let message = &self.model.messages[at];
        if message.state() != State::Submitted {
            return Ok(());
        }
        let (id, now) = (message.id, self.now);
        for attempt in message.attempts.clone() {
            for part in &attempt.heard {
                let remote = remote(id, &attempt, *part);
                let receipt =
                    Receipt { remote: &remote, ..Receipt::new(attempt.queue, State::Delivered) };
                self.act(|batch| batch.receipt(receipt, now))?;
            }
        }
        Ok(())
    }
}

fn event(what: What, case: u8, root: usize, stan: String) -> Event {
    Event {
        what,
        case,
        root,
        stan,
        ends: None,
        amount: 0,
        before: 0,
        moved: 0,
        declined: false,
        ways: 2,
        json: String::new(),
        id: 0,
        name: String::new(),
        shown: None,
    }
}

fn money(name: &str, amount: i64) -> String {
    format!(r#","{name}":{{"minor_units":{amount},"currency":"CNY"}}"#)
}

fn read(text: &str) -> Result<Transaction, String> {
    match json::read(text.as_bytes()).map_err(err)? {
        Record::Transaction(transaction) => Ok(*transaction),
        Record::Ignored(_) => Err("no transaction".into()),
    }
}

/// The bank: it tells both parties of everything, as it is shown.
struct Bank {
    now: i64,
    dresses: Vec<Dress>,
    consent: [bool; 2],
    decided: Vec<(usize, String, i64, Option<i64>)>,
}

impl Bank {
    fn of(world: &World) -> Self {
        let dresses = world.dresses.clone();
        Self { now: world.now, dresses, consent: world.consent, decided: Vec::new() }
    }

    fn decide(&mut self, shown: &Transaction) -> Outcome {
        let number: usize = shown.merchant.name[1..].parse().expect("the event's number");
        let dress = self.dresses[number];
        let before = shown.original_amount.map(|money| money.minor_units());
        let (kind, amount) = (shown.kind.as_str(), shown.amount.minor_units());
        self.decided.push((number, kind.into(), amount, before));
        let at = |minutes: u8| {
            let seconds = self.now / 1_000 + i64::from(minutes) * 60;
            (minutes > 0).then(|| Timestamp::new(seconds, 480).expect("a time"))
        };
        let message = |way: usize| tillbell::Message {
            party: WAYS[way].0,
            channel: WAYS[way].1.into(),
            template: kind.into(),
            locale: "en".into(),
            recipient: self.consent[way % 2].then(|| format!("1380013800{way}")),
            text: format!("e{number} {kind} {amount} of {before:?}"),
            encoding: Encoding::Gsm7,
            segments: usize::from(dress.more) + 1,
            priority: if dress.urgent { 90 } else { 50 },
            not_before: at(dress.quiet),
            expires_at: at(dress.life),
            author: Author::Plugin,
        };
        let until = Timestamp::new(shown.time.unix_seconds() + i64::from(dress.later) * 60, 480);
        let until = until.expect("a time");
        let is_deferred = dress.later > 0 && self.now < until.unix_seconds() * 1_000;
        let (decision, messages) = match shown.approval.as_str() {
            "declined" => (Decision::Suppressed, Vec::new()),
            _ if is_deferred => (Decision::Deferred(until), Vec::new()),
            _ => {
                let ways = if dress.push { 0..3 } else { 0..2 };
                (Decision::Notified, ways.map(message).collect())
            }
        };
        Outcome {
            transaction: shown.id.clone(),
            bundle: Some("harbour".into()),
            release: None,
            decision,
            ground: Ground::Bank { rule: "all".into(), reason: "played".into() },
            messages,
            times: StageTimes::default(),
            failures: Vec::new(),
            counters: Vec::new(),
            log: Vec::new(),
            insists_on_reversals: false,
            counts_from_acceptance: false,
        }
    }
}
