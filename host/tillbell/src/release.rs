//! One release of a bundle, ready to run.

use std::sync::Arc;

use wasmtime::component::{InstancePre, Linker};

use crate::engines::Engines;
use crate::health::Health;
use crate::linked::Versioned;
use crate::sandbox::{Place, Plugins};
use crate::state::State;
use crate::{Artefact, EngineKind, Error, ErrorKind, Limits, Manifest, Result, Role, engine};

/// A release of a bundle: what the bank says of it, its limits, its plugins,
/// and how they fared.
pub(crate) struct Release {
    pub(crate) manifest: Arc<Manifest>,
    /// See [`Artefact::content_digest`].
    pub(crate) digest: Arc<str>,
    pub(crate) limits: Limits,
    pub(crate) plugins: Plugins,
    pub(crate) health: Health,
    /// What the plugins' code lies in: dropped after them.
    _artefact: Artefact,
}

impl Release {
    /// Links an artefact's plugins.
    pub(crate) fn of(engines: &Engines, platform: &Limits, artefact: &Artefact) -> Result<Self> {
        let manifest = artefact.manifest().clone();
        let within = |error: Error| error.within(format_args!("bundle {:?}", manifest.id));
        let unfit = |made: &str, own: &str| {
            let detail = format!("was baked for {made}, this host runs {own}");
            Err(within(Error::new(ErrorKind::Artefact, detail)))
        };
        let (made, own) = (artefact.target(), engines.target());
        if made != own {
            return unfit(made.as_str(), own.as_str());
        }
        let own = engine::settings_name(platform, EngineKind::Ordinary);
        if artefact.engine() != own {
            return unfit(artefact.engine(), &own);
        }
        let limits = platform.reduced(&manifest.limits);
        let mut places = Vec::<Arc<Place>>::with_capacity(Role::ALL.len());
        for plugin in artefact.plugins() {
            let kind = manifest.plugin(plugin.role).engine;
            let own = engine::settings_name(platform, kind);
            let made = plugin.engine.as_deref().unwrap_or(artefact.engine());
            if made != own {
                return unfit(made, &own);
            }
            let limits = limits
                .of_plugin(&manifest, plugin.role)
                .map_err(|error| within(error.within(format_args!("[{}]", plugin.role))))?;
            let (memory, limit) = (plugin.memory_bytes, limits.memory_bytes);
            if memory > limit as u64 {
                let detail = format!("{}: {memory} bytes of memory, limit {limit}", plugin.role);
                return Err(within(Error::new(ErrorKind::Limit, detail)));
            }
            let place = match places.iter().find(|place| place.kind == kind) {
                Some(place) => place.clone(),
                None => {
                    let engine = engines.get(kind, &limits).map_err(within)?.clone();
                    Arc::new(Place { kind, engine, limits })
                }
            };
            places.push(place);
        }
        let plugins = link(places, artefact).map_err(within)?;
        let (health, artefact) = (Health::default(), artefact.clone());
        let digest = artefact.content_digest().into();
        Ok(Self { manifest, digest, limits, plugins, health, _artefact: artefact })
    }
}

/// Links each role's plugin at its place.
fn link(places: Vec<Arc<Place>>, artefact: &Artefact) -> Result<Plugins> {
    let pre = |role: Role| -> Result<InstancePre<State>> {
        let Place { kind, engine, .. } = &*places[role as usize];
        let mut linker = Linker::<State>::new(engine);
        State::link(&mut linker)
            .map_err(|error| Error::new(ErrorKind::Host, "cannot link").because(error))?;
        let component = artefact
            .component(engine, role)
            .map_err(|error| failed(role, "cannot be loaded", error))?;
        if *kind == EngineKind::Wide {
            // Its memory is copied now: the first transaction would take milliseconds more.
            component
                .initialize_copy_on_write_image()
                .map_err(|error| failed(role, "has no room for its memory", error))?;
        }
        linker
            .instantiate_pre(&component)
            .map_err(|error| failed(role, "does not fit its world", error))
    };
    let stack_bytes = Role::ALL.map(|role| {
        let own = artefact.plugins().iter().find(|plugin| plugin.role == role);
        own.map_or(0, |plugin| plugin.stack_bytes)
    });
    let world = |role| move |error| failed(role, "does not fit its world", error);
    Ok(Plugins {
        router: Versioned::new(pre(Role::Router)?).map_err(world(Role::Router))?,
        masker: Versioned::new(pre(Role::Masker)?).map_err(world(Role::Masker))?,
        renderer: Versioned::new(pre(Role::Renderer)?).map_err(world(Role::Renderer))?,
        stack_bytes,
        places,
    })
}

fn failed(role: Role, what: &str, error: wasmtime::Error) -> Error {
    Error::new(ErrorKind::Artefact, format!("{role} {what}")).because(error)
}
