//! Tillbell: as it is used, and its plugins with their instances kept.

use tillbell::bindings::{privacy, rendering, routing, types};
use tillbell::{Host, Limits, Outcome, Role, State, Target, engine, facts};
use tillbell_bench_wire::{Message, Verdict};
use tillbell_transaction::Transaction;
use wasmtime::component::{Component, InstancePre, Linker};
use wasmtime::{Engine, Store};

use crate::contender::Contender;
use crate::{bank, memory};

/// The host: a fresh sandbox for each transaction, the guard, the count.
pub(crate) struct Fresh(Host);

impl Fresh {
    pub(crate) fn start(artefact: &[u8]) -> Self {
        Self(bank::host(&bank::limits(), [&bank::artefact(artefact)]))
    }
}

impl Contender for Fresh {
    fn answer(&mut self, transaction: &Transaction) -> Verdict {
        verdict(self.0.process(transaction, transaction.time))
    }
}

/// An outcome, to be compared.
pub(crate) fn verdict(outcome: Outcome) -> Verdict {
    let messages = outcome.messages.into_iter().map(|message| Message {
        party: message.party.as_str().into(),
        channel: message.channel,
        template: message.template,
        locale: message.locale,
        priority: message.priority,
        not_before: message.not_before.map(|time| time.unix_seconds()),
        expires_at: message.expires_at.map(|time| time.unix_seconds()),
        text: message.text,
    });
    Verdict {
        decision: outcome.decision.as_str().into(),
        reason: outcome.reason().to_owned(),
        rule: outcome.rule().to_owned(),
        messages: messages.collect(),
    }
}

/// The compiled plugins, under the host's own engine settings.
pub(crate) struct Shared {
    engine: Engine,
    limits: Limits,
    router: InstancePre<State>,
    masker: InstancePre<State>,
    renderer: InstancePre<State>,
}

/// One store with the three instances, kept from transaction to transaction.
/// The host has no such mode: a bank's customers would share a memory. There is
/// no guard and no deadline here.
pub(crate) struct Kept {
    store: Store<State>,
    router: routing::Guest,
    masker: privacy::Guest,
    renderer: rendering::Guest,
}

impl Shared {
    pub(crate) fn start(artefact: &[u8]) -> Self {
        let artefact = bank::artefact(artefact);
        let concurrent = memory::INSTANCES as u32 + 8;
        let limits = Limits { concurrent_transactions: concurrent, ..bank::limits() };
        let engine = engine::runtime(&limits, Target::host()).expect("an engine");
        let mut linker = Linker::<State>::new(&engine);
        State::link(&mut linker).expect("what plugins import");
        let linked = |role| -> InstancePre<State> {
            #[expect(unsafe_code, reason = "native code is trusted on our word")]
            // SAFETY: the bench baked it itself.
            let component = unsafe { Component::deserialize(&engine, artefact.code(role)) };
            component.and_then(|plugin| linker.instantiate_pre(&plugin)).expect("a plugin")
        };
        Self {
            router: linked(Role::Router),
            masker: linked(Role::Masker),
            renderer: linked(Role::Renderer),
            engine,
            limits,
        }
    }

    pub(crate) fn kept(&self) -> Kept {
        let mut store = Store::new(&self.engine, State::new(&self.limits));
        store.limiter(State::limiter);
        store.set_hostcall_fuel(self.limits.result_bytes);
        // Nothing counts this engine's epochs.
        store.set_epoch_deadline(1);
        let mut start = |plugin: &InstancePre<State>| plugin.instantiate(&mut store);
        let router = start(&self.router).expect("a router");
        let masker = start(&self.masker).expect("a masker");
        let renderer = start(&self.renderer).expect("a renderer");
        let router = routing::GuestIndices::new(&self.router)
            .and_then(|interface| interface.load(&mut store, &router))
            .expect("a router");
        let masker = privacy::GuestIndices::new(&self.masker)
            .and_then(|interface| interface.load(&mut store, &masker))
            .expect("a masker");
        let renderer = rendering::GuestIndices::new(&self.renderer)
            .and_then(|interface| interface.load(&mut store, &renderer))
            .expect("a renderer");
        Kept { store, router, masker, renderer }
    }
}

impl Contender for Kept {
    fn answer(&mut self, transaction: &Transaction) -> Verdict {
        let Self { store, router, masker, renderer } = self;
        let facts = facts::facts(transaction, transaction.time);
        let decision = router
            .call_route(&mut *store, facts, facts::time(transaction.time))
            .expect("the router runs")
            .unwrap_or_else(|_| panic!("the router refuses"));
        let (name, deliveries) = match decision.outcome {
            routing::Outcome::Notify(deliveries) => ("notified", deliveries),
            routing::Outcome::Suppress => ("suppressed", Vec::new()),
            routing::Outcome::Defer(_) => ("deferred", Vec::new()),
        };
        let messages = deliveries.into_iter().map(|delivery| {
            let cleaned = facts::Cleaned::of(transaction);
            let sensitive = facts::sensitive(transaction, &cleaned, transaction.time);
            let requests = [privacy::Request { role: &delivery.role }];
            let views = masker
                .call_mask(&mut *store, sensitive, &requests)
                .expect("the masker runs")
                .unwrap_or_else(|_| panic!("the masker refuses"));
            let [Ok(view)] = views.as_slice() else { panic!("the masker refuses") };
            let view = facts::shown(view);
            let text = renderer
                .call_render(&mut *store, &delivery.template, &delivery.locale, view)
                .expect("the renderer runs")
                .unwrap_or_else(|_| panic!("the renderer refuses"));
            Message {
                party: delivery.role,
                channel: delivery.channel,
                template: delivery.template,
                locale: delivery.locale,
                priority: delivery.priority,
                not_before: delivery.not_before.map(|time| time.unix_seconds),
                expires_at: delivery.expires_at.map(|time| time.unix_seconds),
                text,
            }
        });
        Verdict {
            decision: name.into(),
            reason: decision.reason,
            rule: decision.rule,
            messages: messages.collect(),
        }
    }
}
