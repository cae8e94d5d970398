//! The engines of one host: the ordinary one, and a *wide* one for plugins that do not fit
//! into it, as those that bring an interpreter of their own (JavaScript).
//!
//! A plugin runs in the wide engine where its table in the manifest says `engine = "wide"`,
//! whatever the engine of the bundle's other plugins. It has its own name for what compiled
//! code depends on, and its own pool with its own limits ([`crate::WideLimits`]), so that
//! whoever has no such plugin pays nothing:
//! 1. No host starts the wide engine but one whose platform allows it
//!    ([`crate::Limits::wide`]), when the first bundle that names it is linked. It then stays
//!    until the host ends.
//! 2. Code that was compiled for one engine is never loaded into the other.
//! 3. A store belongs to one engine, and to one transaction, and is dropped with it: a
//!    transaction whose plugins run in both has at any time one store, and a fresh one each
//!    time it goes from one to the other. Counters and log lines are handed on as values.
//! 4. One tick advances both: no call runs without a deadline.
//! 5. It runs native code alone. Interpreting an interpreter takes longer than any deadline.

use std::sync::OnceLock;

use serde::{Deserialize, Serialize};
use wasmtime::Engine;

use crate::{Error, ErrorKind, Limits, Result, Target, engine};

/// Which of a host's engines runs a plugin: key `engine` of its table in the manifest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EngineKind {
    /// The one that every host has.
    #[default]
    Ordinary,
    /// The one for large plugins, where the platform allows it.
    Wide,
}

/// The engines of one host.
pub(crate) struct Engines {
    target: Target,
    ordinary: Engine,
    /// Started by the first bundle that names it.
    wide: OnceLock<Engine>,
}

impl Engines {
    /// Starts the ordinary engine.
    ///
    /// # Errors
    /// [`ErrorKind::Host`] if it cannot start.
    pub(crate) fn start(limits: &Limits, target: Target) -> Result<Self> {
        let ordinary = engine::runtime(limits, target)?;
        Ok(Self { target, ordinary, wide: OnceLock::new() })
    }

    /// What they run.
    pub(crate) fn target(&self) -> Target {
        self.target
    }

    /// The engine of this kind, which is started if it is the first time. `limits` are
    /// those of its plugins.
    ///
    /// # Errors
    /// [`ErrorKind::Host`] if it cannot start, or does not run this target.
    pub(crate) fn get(&self, kind: EngineKind, limits: &Limits) -> Result<&Engine> {
        if kind == EngineKind::Ordinary {
            return Ok(&self.ordinary);
        }
        if let Some(wide) = self.wide.get() {
            return Ok(wide);
        }
        kind.check(self.target)?;
        let wide = engine::runtime(limits, self.target)?;
        // Where two threads link at once, one of both engines is dropped unused.
        Ok(self.wide.get_or_init(|| wide))
    }

    /// Advances the clock by which calls end; nothing but atomic loads and additions.
    pub(crate) fn tick(&self) {
        self.ordinary.increment_epoch();
        if let Some(wide) = self.wide.get() {
            wide.increment_epoch();
        }
    }
}

impl EngineKind {
    /// Refuses a target that this engine does not run.
    ///
    /// # Errors
    /// [`ErrorKind::Host`], naming the target.
    pub fn check(self, target: Target) -> Result<()> {
        if self == Self::Wide && target.is_interpreted() {
            let detail = format!("the wide engine runs native code alone, and not {target}");
            return Err(Error::new(ErrorKind::Host, detail));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::WideLimits;

    fn limits() -> Limits {
        Limits { wide: Some(WideLimits::default()), ..Limits::default() }
    }

    #[test]
    fn the_wide_engine_starts_once_and_only_when_it_is_asked_for() {
        let limits = limits();
        let engines = Engines::start(&limits, Target::host()).unwrap();
        engines.get(EngineKind::Ordinary, &limits).unwrap();
        engines.tick();
        assert!(engines.wide.get().is_none());
        let wide = limits.of(EngineKind::Wide).unwrap();
        let first = engines.get(EngineKind::Wide, &wide).unwrap();
        let again = engines.get(EngineKind::Wide, &wide).unwrap();
        assert!(Engine::same(first, again) && !Engine::same(first, &engines.ordinary));
        engines.tick();
    }

    #[test]
    fn the_wide_engine_does_not_interpret() {
        let limits = limits();
        let engines = Engines::start(&limits, Target::interpreter()).unwrap();
        let wide = limits.of(EngineKind::Wide).unwrap();
        let error = engines.get(EngineKind::Wide, &wide).err().unwrap();
        assert!(error.to_string().contains("native code alone"), "{error}");
    }
}
