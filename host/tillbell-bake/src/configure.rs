//! Runs a plugin's `configure` in a sandbox of its own.

use tillbell::bindings::{types, v0_1};
use tillbell::{
    Bundle, Error, ErrorKind, Exceeded, InterfaceVersion, Limits, Result, Role, State,
    overflow_hint,
};
use tillbell_transaction::Party;
use wasmtime::component::{Component, Instance, Linker};
use wasmtime::{Engine, Store, Trap};

use crate::{kinds, snapshot};

/// The native stack of `configure`, in bytes: parsers recurse.
pub(crate) const STACK_BYTES: usize = 1024 * 1024;
/// How much `configure` may compute: some seconds of a laptop.
const FUEL: u64 = 20_000_000_000;
/// The most memory that `configure` may use, in bytes.
const MEMORY_BYTES: usize = 64 * 1024 * 1024;
/// The most bytes that `configure` may return: names and samples.
const RESULT_BYTES: usize = 16 * 1024 * 1024;

/// What became of a plugin that was configured.
pub(crate) struct Outcome {
    /// The component with the memory that `configure` left.
    pub(crate) snapshot: Vec<u8>,
    /// What the plugin understood.
    pub(crate) configured: Vec<types::Configured>,
    /// What the bank should look at, and nothing to refuse.
    pub(crate) warnings: Vec<String>,
}

/// Configures a component with its files of the bundle. Its stack is named where it may have
/// overflowed.
pub(crate) fn run(
    engine: &Engine,
    component: &[u8],
    (role, version): (Role, InterfaceVersion),
    bundle: &Bundle,
    limits: &Limits,
    stack_bytes: u64,
) -> Result<Outcome> {
    let (wizer, context, instrumented) = snapshot::instrument(component)?;
    let compiled = Component::new(engine, &instrumented)
        .map_err(|error| failed(ErrorKind::Component, "cannot be compiled", error))?;
    let mut store = store(engine, limits)?;
    let instance = instantiate(engine, &mut store, &compiled)?;
    tillbell::check(role, &instance, &mut store)
        .map_err(|error| failed(ErrorKind::Component, "does not fit its world", error))?;
    let files = files(bundle, role);
    let told = Told { files: &files, bundle, channels: &limits.channels };
    let configured = match call(&mut store, &instance, (role, version), &told) {
        Ok(configured) => configured.map_err(refused)?,
        Err(error) => return Err(broke(error, store.data().logged(), stack_bytes)),
    };
    store.set_hostcall_fuel(MEMORY_BYTES * 2);
    store.set_fuel(u64::MAX).map_err(|error| failed(ErrorKind::Host, "cannot set fuel", error))?;
    let snapshot = snapshot::take(&wizer, &context, &mut store, instance)?;
    // Behind the snapshot: what a call leaves in memory is in none.
    let warnings = match role {
        Role::Router => kinds::warnings(&instance, &mut store),
        Role::Masker | Role::Renderer => Vec::new(),
    };
    Ok(Outcome { snapshot, configured, warnings })
}

/// A plugin's files of the bundle.
pub(crate) fn files(bundle: &Bundle, role: Role) -> Vec<types::ConfigurationFile<'_>> {
    let files = bundle.source(role).configuration.iter();
    files.map(|(path, contents)| types::ConfigurationFile { path, contents }).collect()
}

/// A store in which a plugin may take more than on its road.
pub(crate) fn store(engine: &Engine, limits: &Limits) -> Result<Store<State>> {
    let limits = Limits { memory_bytes: MEMORY_BYTES, ..limits.clone() };
    let mut store = Store::new(engine, State::new(&limits));
    store.limiter(State::limiter);
    store.set_hostcall_fuel(RESULT_BYTES);
    store.set_fuel(FUEL).map_err(|error| failed(ErrorKind::Host, "cannot set fuel", error))?;
    Ok(store)
}

pub(crate) fn instantiate(
    engine: &Engine,
    store: &mut Store<State>,
    component: &Component,
) -> Result<Instance> {
    let mut linker = Linker::<State>::new(engine);
    State::link(&mut linker).and_then(|()| linker.instantiate(store, component)).map_err(|error| {
        match error.downcast_ref::<Exceeded>() {
            Some(exceeded) => Error::new(ErrorKind::Limit, format!("begins with {exceeded}")),
            None => failed(ErrorKind::Component, "does not fit its world", error),
        }
    })
}

type Configured = std::result::Result<Vec<types::Configured>, types::ConfigureError>;

/// What `configure` is told.
struct Told<'a> {
    files: &'a [types::ConfigurationFile<'a>],
    bundle: &'a Bundle,
    /// The platform's.
    channels: &'a [String],
}

/// Calls `configure`: of 0.2 it is told of the bundle, of 0.1 the renderer's who sends.
fn call(
    store: &mut Store<State>,
    instance: &Instance,
    (role, version): (Role, InterfaceVersion),
    told: &Told<'_>,
) -> wasmtime::Result<Configured> {
    type Files<'a> = &'a [types::ConfigurationFile<'a>];
    let name = "configure";
    let Told { files, bundle: Bundle { manifest, .. }, channels } = told;
    let sender = &manifest.sender;
    match (version, role) {
        (InterfaceVersion::V0_1, Role::Renderer) => {
            let sender = v0_1::Sender { signature: &sender.signature, hotline: &sender.hotline };
            let configure = instance
                .get_typed_func::<(Files<'_>, v0_1::Sender<'_>), (Configured,)>(
                    &mut *store,
                    name,
                )?;
            Ok(configure.call(store, (files, sender))?.0)
        }
        (InterfaceVersion::V0_1, _) => {
            let configure =
                instance.get_typed_func::<(Files<'_>,), (Configured,)>(&mut *store, name)?;
            Ok(configure.call(store, (files,))?.0)
        }
        (InterfaceVersion::V0_2, _) => {
            let roles: Vec<_> = Party::ALL.iter().map(|party| party.as_str()).collect();
            let channels: Vec<_> = channels.iter().map(String::as_str).collect();
            let counters: Vec<_> = manifest.counters.iter().map(String::as_str).collect();
            let about = types::Bundle {
                roles: &roles,
                channels: &channels,
                counters: &counters,
                senders: &[types::Sender {
                    locale: &manifest.locale,
                    signature: &sender.signature,
                    hotline: &sender.hotline,
                }],
            };
            let configure = instance
                .get_typed_func::<(Files<'_>, types::Bundle<'_>), (Configured,)>(
                    &mut *store,
                    name,
                )?;
            Ok(configure.call(store, (files, about))?.0)
        }
    }
}

/// What a plugin has against its files, as an error.
pub(crate) fn refused(error: types::ConfigureError) -> Error {
    let detail = match error {
        types::ConfigureError::Invalid(at) if at.line > 0 => {
            format!("{}:{}: {}", at.file, at.line, at.detail)
        }
        types::ConfigureError::Invalid(at) => format!("{}: {}", at.file, at.detail),
        types::ConfigureError::Missing(what) => format!("no {what} was given"),
    };
    Error::new(ErrorKind::Configuration, detail)
}

/// Names how `configure` broke, with what it logged last: a panic says there where it was.
fn broke(error: wasmtime::Error, log: &[String], stack_bytes: u64) -> Error {
    let trap = error.downcast_ref::<Trap>();
    let (kind, mut detail) = match trap {
        Some(Trap::OutOfFuel) => (ErrorKind::Deadline, "configure does not end".to_owned()),
        Some(Trap::StackOverflow) => (ErrorKind::Limit, "configure recurses too deep".to_owned()),
        Some(_) => (ErrorKind::Trap, "configure trapped".to_owned()),
        None if error.is::<Exceeded>() => (ErrorKind::Limit, "configure takes too much".to_owned()),
        None => (ErrorKind::Component, "does not fit its world".to_owned()),
    };
    if let Some(trap) = trap {
        detail.push_str(&overflow_hint(*trap, stack_bytes));
    }
    if let Some(line) = log.last() {
        detail = format!("{detail}; it logged {line:?}");
    }
    failed(kind, &detail, error)
}

fn failed(kind: ErrorKind, detail: &str, error: wasmtime::Error) -> Error {
    Error::new(kind, detail).because(error)
}
