//! A plugin that is linked, and the one function that the host calls in it.

use std::marker::PhantomData;
use std::sync::atomic::{AtomicBool, Ordering};

use wasmtime::component::{
    ComponentExportIndex, ComponentNamedList, Func, Instance, InstancePre, Lift, Lower, TypedFunc,
};
use wasmtime::{Result, Store, format_err};

use crate::Role;
use crate::bindings::{privacy, rendering, routing, types, v0_1};
use crate::state::State;

/// A function of the interface: where it stands, what it takes and gives.
pub(crate) trait Function {
    /// The interface that a plugin exports.
    const INTERFACE: &'static str;
    /// The function's name in it.
    const NAME: &'static str;
    type Parameters<'a>: ComponentNamedList + Lower;
    type Output: ComponentNamedList + Lift;
}

/// The router's function.
pub(crate) enum Route {}
/// The masker's function.
pub(crate) enum Mask {}
/// The renderer's function.
pub(crate) enum Render {}
/// The router's function in 0.1.
pub(crate) enum Route01 {}
/// The masker's function in 0.1: one view.
pub(crate) enum Mask01 {}
/// The renderer's function in 0.1.
pub(crate) enum Render01 {}

impl Function for Route {
    const INTERFACE: &'static str = "tillbell:plugin/routing@0.2.0";
    const NAME: &'static str = "route";
    type Parameters<'a> = (types::Facts<'a>, types::Time);
    type Output = (Result<routing::Decision, routing::RoutingError>,);
}

impl Function for Mask {
    const INTERFACE: &'static str = "tillbell:plugin/privacy@0.2.0";
    const NAME: &'static str = "mask";
    type Parameters<'a> = (&'a types::Sensitive<'a>, &'a [privacy::Request<'a>]);
    type Output =
        (Result<Vec<Result<types::ViewResult, privacy::ViewError>>, privacy::PrivacyError>,);
}

impl Function for Render {
    const INTERFACE: &'static str = "tillbell:plugin/rendering@0.2.0";
    const NAME: &'static str = "render";
    type Parameters<'a> = (&'a str, &'a str, types::ViewParam<'a>);
    type Output = (Result<String, rendering::RenderingError>,);
}

impl Function for Route01 {
    const INTERFACE: &'static str = "tillbell:plugin/routing@0.1.0";
    const NAME: &'static str = "route";
    type Parameters<'a> = (v0_1::Facts<'a>, types::Time);
    type Output = (Result<v0_1::Decision, routing::RoutingError>,);
}

impl Function for Mask01 {
    const INTERFACE: &'static str = "tillbell:plugin/privacy@0.1.0";
    const NAME: &'static str = "mask";
    type Parameters<'a> = (v0_1::Party, v0_1::Sensitive<'a>);
    type Output = (Result<v0_1::ViewResult, v0_1::PrivacyError>,);
}

impl Function for Render01 {
    const INTERFACE: &'static str = "tillbell:plugin/rendering@0.1.0";
    const NAME: &'static str = "render";
    type Parameters<'a> = (&'a str, &'a str, v0_1::ViewParam<'a>);
    type Output = (Result<String, rendering::RenderingError>,);
}

/// What a plugin is of: the host's own version or an older one.
pub(crate) enum Versioned<Now, Old> {
    Now(Now),
    Old(Old),
}

impl<Now: Function, Old: Function> Versioned<Linked<Now>, Linked<Old>> {
    /// # Errors
    /// If the plugin has the function of neither version.
    pub(crate) fn new(plugin: InstancePre<State>) -> Result<Self> {
        let is_old = plugin.component().get_export_index(None, Now::INTERFACE).is_none();
        Ok(match is_old {
            false => Self::Now(Linked::new(plugin)?),
            true => Self::Old(Linked::new(plugin)?),
        })
    }

    /// See [`Linked::instantiate`].
    pub(crate) fn instantiate(
        &self,
        store: &mut Store<State>,
    ) -> Result<Versioned<Callee<Now>, Callee<Old>>> {
        Ok(match self {
            Self::Now(linked) => Versioned::Now(linked.instantiate(store)?),
            Self::Old(linked) => Versioned::Old(linked.instantiate(store)?),
        })
    }
}

/// A plugin that can be instantiated, and where it has its function.
pub(crate) struct Linked<F> {
    export: Export,
    types: PhantomData<F>,
}

/// The same, whatever the types of the function are.
struct Export {
    plugin: InstancePre<State>,
    function: ComponentExportIndex,
    /// Whether the function was seen to have its types.
    checked: AtomicBool,
}

/// The function of one instance, of the types of `F`: only [`Linked`] makes it.
pub(crate) struct Callee<F> {
    function: Func,
    types: PhantomData<F>,
}

impl<F: Function> Linked<F> {
    /// # Errors
    /// If the plugin has no such function.
    pub(crate) fn new(plugin: InstancePre<State>) -> Result<Self> {
        Ok(Self { export: Export::of(plugin, F::INTERFACE, F::NAME)?, types: PhantomData })
    }

    /// A fresh instance. The types of its function are those of its component:
    /// they are compared once, and not for every transaction.
    ///
    /// # Errors
    /// If it cannot be instantiated, or its function has other types.
    pub(crate) fn instantiate(&self, store: &mut Store<State>) -> Result<Callee<F>> {
        let function = self.export.instantiate(store, |function, store| {
            function.typed::<F::Parameters<'_>, F::Output>(store).map(drop)
        })?;
        Ok(Callee { function, types: PhantomData })
    }
}

impl Export {
    fn of(plugin: InstancePre<State>, interface: &str, name: &str) -> Result<Self> {
        let component = plugin.component();
        let function = component
            .get_export_index(None, interface)
            .and_then(|interface| component.get_export_index(Some(&interface), name))
            .ok_or_else(|| missing(interface, name))?;
        Ok(Self { plugin, function, checked: AtomicBool::new(false) })
    }

    // Once for all functions: a till is smaller by it.
    #[inline(never)]
    fn instantiate(
        &self,
        store: &mut Store<State>,
        check: fn(&Func, &Store<State>) -> Result<()>,
    ) -> Result<Func> {
        let instance = self.plugin.instantiate(&mut *store)?;
        let function = instance.get_func(&mut *store, self.function);
        let function = function.ok_or_else(|| format_err!("it lost the function it had"))?;
        if !self.checked.load(Ordering::Relaxed) {
            check(&function, store)?;
            self.checked.store(true, Ordering::Relaxed);
        }
        Ok(function)
    }
}

/// Whether an instance of a plugin has its role's function, with the types of
/// the interface: for the bake, so that nothing else is ever loaded.
///
/// # Errors
/// Names what is missing, or the types that differ.
#[doc(hidden)]
pub fn check(role: Role, instance: &Instance, store: &mut Store<State>) -> Result<()> {
    match role {
        Role::Router => either::<Route, Route01>(instance, store),
        Role::Masker => either::<Mask, Mask01>(instance, store),
        Role::Renderer => either::<Render, Render01>(instance, store),
    }
}

fn either<Now: Function, Old: Function>(
    instance: &Instance,
    store: &mut Store<State>,
) -> Result<()> {
    match instance.get_export_index(&mut *store, None, Now::INTERFACE) {
        Some(_) => typed::<Now>(instance, store).map(drop),
        None => typed::<Old>(instance, store).map(drop),
    }
}

/// Asks a router that is not linked, whatever its version: for the bake.
///
/// # Errors
/// If it has no such function, or breaks.
#[doc(hidden)]
pub fn ask_router(
    instance: &Instance,
    store: &mut Store<State>,
    facts: types::Facts<'_>,
    now: types::Time,
) -> Result<Result<routing::Decision, routing::RoutingError>> {
    match instance.get_export_index(&mut *store, None, Route::INTERFACE) {
        Some(_) => Ok(typed::<Route>(instance, store)?.call(store, (facts, now))?.0),
        None => {
            let route = typed::<Route01>(instance, store)?;
            let (decision,) = route.call(store, (v0_1::facts(&facts), now))?;
            Ok(decision.map(Into::into))
        }
    }
}

fn typed<'a, F: Function>(
    instance: &Instance,
    store: &mut Store<State>,
) -> Result<TypedFunc<F::Parameters<'a>, F::Output>> {
    let function = instance
        .get_export_index(&mut *store, None, F::INTERFACE)
        .and_then(|interface| instance.get_export_index(&mut *store, Some(&interface), F::NAME))
        .and_then(|function| instance.get_func(&mut *store, function))
        .ok_or_else(|| missing(F::INTERFACE, F::NAME))?;
    function.typed::<F::Parameters<'a>, F::Output>(store)
}

fn missing(interface: &str, name: &str) -> wasmtime::Error {
    format_err!("it exports no function {interface}#{name}")
}

impl<F: Function> Callee<F> {
    pub(crate) fn call(
        &self,
        store: &mut Store<State>,
        parameters: F::Parameters<'_>,
    ) -> Result<F::Output> {
        #[expect(unsafe_code, reason = "comparing types each time costs 1 µs of 40")]
        // SAFETY: `Linked::instantiate`, which alone makes a callee, has seen
        // that its component's function has these types. Lifetimes are no part
        // of them.
        let function =
            unsafe { TypedFunc::<F::Parameters<'_>, F::Output>::new_unchecked(self.function) };
        function.call(store, parameters)
    }
}
