//! One transaction's sandbox: a fresh store, its three instances, and what
//! went wrong in them.
//!
//! A store belongs to one engine. Where a bundle's plugins run in two, the sandbox has a
//! fresh store each time a call goes from the one to the other: what is handed on is the
//! counters and the log, and nothing of a plugin's memory.

use std::char::DecodeUtf16Error;
use std::io;
use std::str::Utf8Error;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tillbell_transaction::Party;
use wasmtime::{Engine, Store, Trap, UpdateDeadline};

use crate::bindings::{privacy, rendering, routing, types, v0_1};
use crate::counters::Desk;
use crate::limits::Exceeded;
use crate::linked::{Callee, Linked, Mask, Mask01, Render, Render01, Route, Route01, Versioned};
use crate::state::{LOG_LINE_BYTES_MAX, State};
use crate::trace::Spent;
use crate::{EngineKind, Error, ErrorKind, Limits, Result, Role, guard};

/// What Wasmtime says when the fuel for lifting results is used up.
const HOSTCALL_FUEL: &str = "fuel allocated for hostcalls";
/// What stands behind what the system refused: what `mmap` says comes bare.
const SYSTEM: &str = "(os error ";
/// At so many ticks no call is ended, nor at more than its deadline has: with
/// one, 19 of 360,000 good transactions beside other load ran into it, with
/// two none.
const SPARED_TICKS: u32 = 2;

/// The compiled plugins of one bundle, linked and ready to instantiate.
pub(crate) struct Plugins {
    pub(crate) router: Versioned<Linked<Route>, Linked<Route01>>,
    pub(crate) masker: Versioned<Linked<Mask>, Linked<Mask01>>,
    pub(crate) renderer: Versioned<Linked<Render>, Linked<Render01>>,
    /// Their stacks in bytes, in the order of [`Role::ALL`]; 0 where one is not known to stand
    /// first in memory.
    pub(crate) stack_bytes: [u64; 3],
    /// Where each runs, by its role.
    pub(crate) places: Vec<Arc<Place>>,
}

/// A masker that is instantiated.
type Masker = Versioned<Callee<Mask>, Callee<Mask01>>;

/// Where a bundle's plugins run: an engine, and how much it gives them.
pub(crate) struct Place {
    pub(crate) kind: EngineKind,
    pub(crate) engine: Engine,
    pub(crate) limits: Limits,
}

/// The sandbox of one transaction. After a plugin broke, the store is thrown
/// away and the next call gets a new one: nothing that a trap left behind is
/// ever entered again.
pub(crate) struct Sandbox<'a> {
    plugins: &'a Plugins,
    /// Where the store is.
    place: &'a Arc<Place>,
    store: Store<State>,
    masker: Option<Masker>,
    renderer: Option<Versioned<Callee<Render>, Callee<Render01>>>,
    log: Vec<String>,
    /// The counters as they were before a call that may break.
    desk: Desk,
    /// What the last call took.
    spent: Spent,
    /// The largest memory of each role so far, in bytes.
    memories: [usize; Role::ALL.len()],
}

impl<'a> Sandbox<'a> {
    pub(crate) fn new(plugins: &'a Plugins, desk: Desk) -> Self {
        let place = &plugins.places[Role::Router as usize];
        let mut store = fresh_store(place);
        store.data_mut().counters = desk.clone();
        Self {
            plugins,
            place,
            store,
            masker: None,
            renderer: None,
            log: Vec::new(),
            desk,
            spent: Spent::default(),
            memories: [0; Role::ALL.len()],
        }
    }

    /// The counters as the last call left them.
    pub(crate) fn counters(&mut self) -> &Desk {
        self.desk = self.store.data().counters.clone();
        &self.desk
    }

    /// A store of its own for another party's renderer, with the counters as they are
    /// given: nothing of what was shown before remains in it. The one before is gone
    /// before anything is instantiated, so that its memory is used again.
    pub(crate) fn renew(&mut self, desk: Desk) {
        self.desk = desk.renewed();
        self.replace_store();
    }

    /// A fresh store, with the counters of the desk, and what is left of the log's bound.
    fn replace_store(&mut self) {
        let mut before = std::mem::replace(&mut self.store, fresh_store(self.place));
        self.log.append(&mut before.data_mut().log);
        let state = self.store.data_mut();
        state.log_bytes_left = before.data().log_bytes_left;
        state.counters = self.desk.clone();
        self.masker = None;
        self.renderer = None;
    }

    /// What the last call took.
    pub(crate) fn spent(&self) -> Spent {
        self.spent
    }

    /// Goes to where the plugin of a role runs, if the store is elsewhere.
    fn go_to(&mut self, role: Role) {
        let place = &self.plugins.places[role as usize];
        if !Arc::ptr_eq(self.place, place) {
            self.desk = self.store.data().counters.clone();
            self.place = place;
            self.replace_store();
        }
    }

    /// A text is made from now on.
    pub(crate) fn begin_text(&mut self) {
        self.store.data_mut().counters.begin_text();
        self.desk.begin_text();
    }

    /// Asks the router.
    pub(crate) fn route(
        &mut self,
        facts: types::Facts<'_>,
        now: types::Time,
    ) -> Result<routing::Decision> {
        self.guarded(Role::Router, |sandbox| {
            let store = &mut sandbox.store;
            match sandbox.plugins.router.instantiate(store)? {
                Versioned::Now(router) => router.call(store, (facts, now)).map(|(gave,)| gave),
                Versioned::Old(router) => {
                    let (gave,) = router.call(store, (v0_1::facts(&facts), now))?;
                    Ok(gave.map(Into::into))
                }
            }
        })?
        .map_err(|error| match error {
            routing::RoutingError::RuleFailed(failure) => {
                refused(Role::Router, &format!("rule {:?}: {}", failure.rule, failure.detail))
            }
            routing::RoutingError::NotConfigured => refused(Role::Router, "not configured"),
        })
    }

    /// Asks the masker for the views of some parties; gives them in that order. `minimal` is
    /// what an old masker has no say in.
    pub(crate) fn mask(
        &mut self,
        parties: &[Party],
        sensitive: &types::Sensitive<'_>,
        minimal: impl Fn(Party) -> types::ViewResult,
    ) -> Result<Vec<Result<types::ViewResult>>> {
        let is_old = matches!(self.plugins.masker, Versioned::Old(_));
        let views: Vec<Result<types::ViewResult>> = match is_old {
            false => self.mask_all(parties, sensitive)?,
            true => {
                let views = parties.iter().map(|party| self.mask_one(*party, sensitive, &minimal));
                views.collect::<Result<_>>()?
            }
        };
        if views.len() != parties.len() {
            let (count, asked) = (views.len(), parties.len());
            return Err(invalid(Role::Masker, &format!("{count} views, {asked} were asked for")));
        }
        let is_for = |view: &types::ViewResult, party: &Party| view.role == party.as_str();
        let checked = views.into_iter().zip(parties).map(|(view, party)| match view {
            Ok(view) if !is_for(&view, party) => {
                Err(invalid(Role::Masker, "the view is for the other party"))
            }
            view => view,
        });
        Ok(checked.collect())
    }

    fn mask_all(
        &mut self,
        parties: &[Party],
        sensitive: &types::Sensitive<'_>,
    ) -> Result<Vec<Result<types::ViewResult>>> {
        let requests: Vec<_> =
            parties.iter().map(|party| privacy::Request { role: party.as_str() }).collect();
        let gave = self.guarded(Role::Masker, |sandbox| match sandbox.masker()? {
            (Versioned::Now(masker), store) => {
                Ok(masker.call(store, (sensitive, requests.as_slice()))?.0)
            }
            (Versioned::Old(_), _) => Ok(Err(privacy::PrivacyError::NotConfigured)),
        })?;
        let views = gave.map_err(|error| match error {
            privacy::PrivacyError::NotConfigured => refused(Role::Masker, "not configured"),
        })?;
        let view = |view: std::result::Result<_, privacy::ViewError>| {
            view.map_err(|error| match error {
                privacy::ViewError::ProfileFailed(detail) => refused(Role::Masker, &detail),
                privacy::ViewError::UnknownRole => {
                    refused(Role::Masker, "has no profile for this party")
                }
            })
        };
        Ok(views.into_iter().map(view).collect())
    }

    /// Asks a masker of 0.1, which makes one view at a time. Where it breaks, nothing more
    /// is asked of it.
    fn mask_one(
        &mut self,
        party: Party,
        sensitive: &types::Sensitive<'_>,
        minimal: impl Fn(Party) -> types::ViewResult,
    ) -> Result<Result<types::ViewResult>> {
        use v0_1::PrivacyError;
        let gave = self.guarded(Role::Masker, |sandbox| match sandbox.masker()? {
            (Versioned::Old(masker), store) => {
                Ok(masker.call(store, (v0_1::party(party), v0_1::sensitive(sensitive)))?.0)
            }
            (Versioned::Now(_), _) => Ok(Err(PrivacyError::NotConfigured)),
        })?;
        Ok(match gave {
            Ok(view) if view.party == v0_1::party(party) => Ok(view.into_view(minimal(party))),
            Ok(_) => Err(invalid(Role::Masker, "the view is for the other party")),
            Err(PrivacyError::ProfileFailed(detail)) => Err(refused(Role::Masker, &detail)),
            Err(PrivacyError::NotConfigured) => Err(refused(Role::Masker, "not configured")),
        })
    }

    /// The masker, and the store that it is in.
    fn masker(&mut self) -> wasmtime::Result<(&Masker, &mut Store<State>)> {
        if self.masker.is_none() {
            self.masker = Some(self.plugins.masker.instantiate(&mut self.store)?);
        }
        let masker = self.masker.as_ref().expect("instantiated above");
        Ok((masker, &mut self.store))
    }

    /// Asks the renderer for a text.
    pub(crate) fn render(
        &mut self,
        template: &str,
        locale: &str,
        party: Party,
        view: types::ViewParam<'_>,
    ) -> Result<String> {
        use rendering::RenderingError;
        self.guarded(Role::Renderer, |sandbox| {
            if sandbox.renderer.is_none() {
                let renderer = &sandbox.plugins.renderer;
                sandbox.renderer = Some(renderer.instantiate(&mut sandbox.store)?);
            }
            let renderer = sandbox.renderer.as_ref().expect("instantiated above");
            let store = &mut sandbox.store;
            let (gave,) = match renderer {
                Versioned::Now(renderer) => renderer.call(store, (template, locale, view))?,
                Versioned::Old(renderer) => {
                    renderer.call(store, (template, locale, v0_1::view(party, &view)))?
                }
            };
            Ok(gave)
        })?
        .map_err(|error| match error {
            RenderingError::UnknownTemplate(name) => {
                refused(Role::Renderer, &format!("no template {name:?}"))
            }
            RenderingError::UnknownLocale(name) => {
                refused(Role::Renderer, &format!("template {template:?} has no locale {name:?}"))
            }
            RenderingError::TemplateFailed(at) => {
                refused(Role::Renderer, &format!("{}:{}: {}", at.file, at.line, at.detail))
            }
            RenderingError::NotConfigured => refused(Role::Renderer, "not configured"),
        })
    }

    /// What plugins noted.
    pub(crate) fn into_log(mut self) -> Vec<String> {
        self.log.append(&mut self.store.data_mut().log);
        self.log
    }

    /// Makes one call under a new deadline. If it breaks, what it did is named
    /// and the store is replaced.
    fn guarded<T>(
        &mut self,
        role: Role,
        call: impl FnOnce(&mut Self) -> wasmtime::Result<T>,
    ) -> Result<T> {
        self.go_to(role);
        let limits = &self.place.limits;
        let time = Duration::from_millis(limits.deadline_ms.into());
        let started = Instant::now();
        let state = self.store.data_mut();
        state.memory_peak = 0;
        state.deadline = started + time;
        state.spared_ticks = limits.deadline_ms.min(SPARED_TICKS);
        self.store.set_epoch_deadline(1);
        let refuelled = match limits.fuel {
            Some(fuel) => self.store.set_fuel(fuel),
            None => Ok(()),
        };
        let result = refuelled.and_then(|()| call(self));
        self.measure(role, started);
        result.map_err(|error| {
            self.replace_store();
            let stack_bytes = self.plugins.stack_bytes[role as usize];
            broke(role, &error, &self.place.limits, stack_bytes)
        })
    }

    /// Notes what a call took.
    fn measure(&mut self, role: Role, started: Instant) {
        let memory = &mut self.memories[role as usize];
        *memory = (*memory).max(self.store.data().memory_peak);
        let left = || self.store.get_fuel().unwrap_or(0);
        let fuel = self.place.limits.fuel.map(|fuel| fuel.saturating_sub(left()));
        self.spent = Spent { time: started.elapsed(), fuel, memory_bytes: *memory };
    }
}

/// Measures a call and adds it to a stage's time.
pub(crate) fn timed<T>(total: &mut Duration, call: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = call();
    *total += start.elapsed();
    result
}

fn fresh_store(Place { engine, limits, .. }: &Place) -> Store<State> {
    let mut store = Store::new(engine, State::new(limits));
    store.limiter(State::limiter);
    store.set_hostcall_fuel(limits.result_bytes);
    // Each tick of the clock only asks for the time: ticks come late on a busy
    // machine, and many late ones would be many times as late. A call that the
    // system set aside until its deadline had passed did not hang, and is seen
    // at few ticks: the first are spared.
    store.epoch_deadline_callback(|mut store| {
        let state = store.data_mut();
        if state.spared_ticks > 0 {
            state.spared_ticks -= 1;
        } else if Instant::now() >= state.deadline {
            return Ok(UpdateDeadline::Interrupt);
        }
        Ok(UpdateDeadline::Continue(1))
    });
    store
}

/// Names how a plugin broke, by the type of what came back.
fn broke(role: Role, error: &wasmtime::Error, limits: &Limits, stack_bytes: u64) -> Error {
    let (kind, detail) = match error.downcast_ref::<Trap>() {
        Some(Trap::Interrupt) => {
            (ErrorKind::Deadline, format!("took longer than {} ms", limits.deadline_ms))
        }
        Some(Trap::OutOfFuel) => {
            (ErrorKind::Deadline, format!("used up {} units of fuel", limits.fuel.unwrap_or(0)))
        }
        Some(Trap::StackOverflow) => {
            (ErrorKind::Limit, format!("stack deeper than {} bytes", limits.wasm_stack_bytes))
        }
        Some(trap) => {
            (ErrorKind::Trap, format!("trapped: {trap}{}", overflow_hint(*trap, stack_bytes)))
        }
        None => match error.downcast_ref::<Exceeded>() {
            Some(exceeded) => (ErrorKind::Limit, format!("asked for {exceeded}")),
            None if error.is::<wasmtime::PoolConcurrencyLimitError>() => {
                (ErrorKind::Host, format!("more than {} at once", limits.concurrent_transactions))
            }
            // Before the messages: Wasmtime wraps these in some.
            None if error.is::<io::Error>()
                || error.is::<wasmtime::OutOfMemory>()
                || says(error, SYSTEM) =>
            {
                (ErrorKind::Host, "the system has no memory for it".into())
            }
            None if is_broken_interface(error) => {
                (ErrorKind::InvalidResult, "broke its interface".into())
            }
            None if says(error, HOSTCALL_FUEL) => {
                (ErrorKind::Limit, format!("returned over {} bytes", limits.result_bytes))
            }
            None => (ErrorKind::Host, "the sandbox failed, and not by the plugin".into()),
        },
    };
    Error::new(kind, format!("{role}: {detail}"))
}

/// What an access outside of memory may be, of a plugin whose stack of so many bytes stands
/// first in it: where it overflows, memory ends.
#[doc(hidden)]
pub fn overflow_hint(trap: Trap, stack_bytes: u64) -> String {
    match trap {
        Trap::MemoryOutOfBounds if stack_bytes > 0 => {
            let kib = stack_bytes / 1024;
            format!(
                "; perhaps its stack of {kib} KiB overflowed: `tillbell build --stack-kib` gives it more"
            )
        }
        _ => String::new(),
    }
}

/// Whether an error or one of its causes has this in its text: Wasmtime keeps the
/// types of some private, or hands them on from other crates.
fn says(error: &wasmtime::Error, text: &str) -> bool {
    error.chain().any(|cause| cause.to_string().contains(text))
}

/// Whether a result could not be lifted: Wasmtime says so by a message, or by
/// what the standard library says of a string that is not UTF-8, or not the
/// UTF-16 in which a component may hand over its strings.
fn is_broken_interface(error: &wasmtime::Error) -> bool {
    error.is::<&'static str>()
        || error.is::<String>()
        || error.is::<Utf8Error>()
        || error.is::<DecodeUtf16Error>()
}

/// A plugin's own words may quote what it was given: digits are removed.
fn refused(role: Role, detail: &str) -> Error {
    let end = detail.floor_char_boundary(LOG_LINE_BYTES_MAX);
    Error::new(ErrorKind::Refused, format!("{role}: {}", guard::redact(&detail[..end])))
}

pub(crate) fn invalid(role: Role, detail: &str) -> Error {
    Error::new(ErrorKind::InvalidResult, format!("{role}: {detail}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As crates write an error of the system.
    #[derive(Debug)]
    struct Errno;

    impl std::fmt::Display for Errno {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("Cannot allocate memory (os error 12)")
        }
    }

    impl std::error::Error for Errno {}

    #[test]
    fn what_came_back_is_named_by_its_type() {
        let limits = Limits::default();
        let utf16 = char::decode_utf16([0xd800]).next().unwrap().unwrap_err();
        let utf8 = String::from_utf8(vec![0xff]).unwrap_err().utf8_error();
        for (error, kind) in [
            (Trap::Interrupt.into(), ErrorKind::Deadline),
            (Trap::OutOfFuel.into(), ErrorKind::Deadline),
            (Trap::StackOverflow.into(), ErrorKind::Limit),
            (Trap::UnreachableCodeReached.into(), ErrorKind::Trap),
            (Exceeded::Memory.into(), ErrorKind::Limit),
            (wasmtime::format_err!("invalid option discriminant"), ErrorKind::InvalidResult),
            (
                wasmtime::format_err!("not aligned to {}", limits.deliveries),
                ErrorKind::InvalidResult,
            ),
            (utf8.into(), ErrorKind::InvalidResult),
            (utf16.into(), ErrorKind::InvalidResult),
            (wasmtime::OutOfMemory::new(1).into(), ErrorKind::Host),
            (io::Error::from(io::ErrorKind::OutOfMemory).into(), ErrorKind::Host),
            (
                wasmtime::Error::from(io::Error::from(io::ErrorKind::OutOfMemory))
                    .context("failed to map"),
                ErrorKind::Host,
            ),
            (Errno.into(), ErrorKind::Host),
            (std::fmt::Error.into(), ErrorKind::Host),
        ] {
            assert_eq!(broke(Role::Router, &error, &limits, 0).kind(), kind, "{error:?}");
        }
    }
}
