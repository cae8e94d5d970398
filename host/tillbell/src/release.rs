//! One release of a bundle, ready to run.

use std::sync::Arc;

use wasmtime::Engine;
use wasmtime::component::{Component, HasSelf, InstancePre, Linker};

use crate::bindings::masker::MaskerPre;
use crate::bindings::renderer::RendererPre;
use crate::bindings::router::RouterPre;
use crate::bindings::{log, types};
use crate::health::Health;
use crate::sandbox::{Plugins, State};
use crate::{Artefact, Error, ErrorKind, Limits, Manifest, Result, Role, engine};

/// A release of a bundle: what the bank says of it, its limits, its plugins,
/// and how they fared.
pub(crate) struct Release {
    pub(crate) manifest: Arc<Manifest>,
    pub(crate) limits: Limits,
    pub(crate) plugins: Plugins,
    pub(crate) health: Health,
}

impl Release {
    /// Links an artefact's plugins.
    pub(crate) fn of(engine: &Engine, platform: &Limits, artefact: &Artefact) -> Result<Self> {
        let manifest = Manifest::parse(artefact.manifest_text())?;
        let within = |error: Error| error.within(format_args!("bundle {:?}", manifest.id));
        let own = engine::fingerprint(platform);
        if artefact.engine() != own {
            let detail = format!("was baked for {}, this host is {own}", artefact.engine());
            return Err(within(Error::new(ErrorKind::Artefact, detail)));
        }
        let limits = platform.reduced(&manifest.limits);
        for plugin in artefact.plugins() {
            let (memory, limit) = (plugin.memory_bytes, limits.memory_bytes);
            if memory > limit as u64 {
                let detail = format!("{}: {memory} bytes of memory, limit {limit}", plugin.role);
                return Err(within(Error::new(ErrorKind::Limit, detail)));
            }
        }
        let plugins = link(engine, artefact).map_err(within)?;
        Ok(Self { manifest: Arc::new(manifest), limits, plugins, health: Health::default() })
    }
}

fn link(engine: &Engine, artefact: &Artefact) -> Result<Plugins> {
    let mut linker = Linker::<State>::new(engine);
    log::add_to_linker::<_, HasSelf<State>>(&mut linker, |state| state)
        .and_then(|()| types::add_to_linker::<_, HasSelf<State>>(&mut linker, |state| state))
        .map_err(|error| Error::new(ErrorKind::Host, "cannot link").because(error))?;
    let pre = |role| -> Result<InstancePre<State>> {
        let component = deserialize(engine, artefact.code(role))
            .map_err(|error| failed(role, "cannot be loaded", error))?;
        linker
            .instantiate_pre(&component)
            .map_err(|error| failed(role, "does not fit its world", error))
    };
    let world = |role| move |error| failed(role, "does not fit its world", error);
    Ok(Plugins {
        router: RouterPre::new(pre(Role::Router)?).map_err(world(Role::Router))?,
        masker: MaskerPre::new(pre(Role::Masker)?).map_err(world(Role::Masker))?,
        renderer: RendererPre::new(pre(Role::Renderer)?).map_err(world(Role::Renderer))?,
    })
}

#[expect(unsafe_code, reason = "compiled code is only loadable so; see the safety comment")]
fn deserialize(engine: &Engine, code: &[u8]) -> wasmtime::Result<Component> {
    // SAFETY: the code comes from an `Artefact`, whose bytes were baked in
    // this process or vouched for in `Artefact::from_trusted_bytes`.
    unsafe { Component::deserialize(engine, code) }
}

fn failed(role: Role, what: &str, error: wasmtime::Error) -> Error {
    Error::new(ErrorKind::Artefact, format!("{role} {what}")).because(error)
}
