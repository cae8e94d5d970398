//! Makes a bank's [`Bundle`] into an artefact that the host runs without a
//! compiler.
//!
//! For each plugin: make it a component if it is a core module, refuse what it
//! may not import, run its `configure` in a sandbox, snapshot its memory into a
//! new component, leave out what only `configure` needed, compile that ahead of
//! time, sign it. What a renderer says that its templates hold is guarded, their samples
//! are counted; then the bundle is rehearsed: the host's own transactions go through what
//! was baked, and a text that could not be sent refuses the bundle before it is deployed.
//! A router is asked about every kind of transaction; what no rule of it meets, and what
//! fails in the rehearsal, is a warning in a [`PluginReport`].
//!
//! Everything that needs a compiler is in this crate and nowhere else.
//!
//! ```no_run
//! use cap_std::{ambient_authority, fs::Dir};
//! use tillbell::{Bundle, Limits, Target};
//! use tillbell_bake::{Baker, SigningKey};
//!
//! # fn main() -> tillbell::Result<()> {
//! let folder = Dir::open_ambient_dir("examples/banks/harbour", ambient_authority()).unwrap();
//! let bundle = Bundle::open(&folder, &Limits::default())?;
//! let draft = Baker::new(Limits::default(), Target::Aarch64, None)?.bake(&bundle, &|_| ())?;
//! let key = SigningKey::from_pem(&std::fs::read_to_string("bank.pem").unwrap())?;
//! std::fs::write("harbour.tillbell", key.seal(&draft)).unwrap();
//! # Ok(())
//! # }
//! ```

mod cache;
mod component;
mod configure;
mod deliveries;
mod explain;
mod hints;
mod kinds;
mod lint;
mod literals;
mod names;
mod plugin;
mod prune;
mod rehearsal;
mod samples;
mod signing;
mod snapshot;
mod world;

use std::sync::Arc;

use cap_std::fs::Dir;
use tillbell::guard::Policy;
use tillbell::{
    Bundle, Draft, EngineKind, Error, ErrorKind, Limits, PluginReport, PluginSource, Result, Role,
    Target, engine,
};
use wasmtime::Engine;

pub use component::{Anatomy, componentise};
pub use explain::{Effect, ExplainedRule, Part};
pub use hints::for_crate as hint_for_crate;
pub use plugin::Plugin;
pub use signing::SigningKey;

use cache::{Cache, Digest};

/// Bakes bundles. What it baked before it finds again in its cache.
pub struct Baker {
    limits: Limits,
    target: Target,
    /// Runs `configure`: with fuel, without the pool.
    configuring: Engine,
    /// Compiles what the host will run.
    compiling: Engine,
    cache: Option<Arc<Cache>>,
    /// Whether what could not be sent is refused.
    guards: bool,
    /// What the platform demands of texts.
    policy: Policy,
}

/// What the baker is about to do, for a progress bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step<'a> {
    /// The bundle.
    pub bundle: &'a str,
    /// The plugin.
    pub role: Role,
    /// What is done with it.
    pub work: Work,
}

/// What is done with a plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// It was baked before.
    Cached,
    /// Its `configure` runs and its memory is snapshotted.
    Configure,
    /// It is compiled.
    Compile,
    /// The host's own transactions go through the bundle: the renderer's last step.
    Rehearse,
}

/// How many steps a bundle takes at the most: two for each plugin, and the rehearsal.
pub const STEPS_MAX: u64 = 7;
/// Counts the changes of what a rehearsal looks for: one that passed before is made again.
const REHEARSAL_FORM: u32 = 1;

/// Reports and code of a bundle's plugins, in the order of [`Role::ALL`].
type Plugins = (Vec<PluginReport>, Vec<Vec<u8>>);

/// One plugin, baked.
pub(crate) struct Baked {
    pub(crate) report: PluginReport,
    pub(crate) code: Vec<u8>,
}

impl Baker {
    /// A baker for a target that keeps what it bakes in this folder.
    ///
    /// # Errors
    /// [`ErrorKind::Host`] if the compiler cannot start.
    pub fn new(limits: Limits, target: Target, cache: Option<Dir>) -> Result<Self> {
        let start = |config: &wasmtime::Config| {
            Engine::new(config).map_err(|error| {
                Error::new(ErrorKind::Host, "cannot start the compiler").because(error)
            })
        };
        let mut configuring = engine::settings(&limits, Target::host());
        configuring
            .consume_fuel(true)
            .epoch_interruption(false)
            .max_wasm_stack(configure::STACK_BYTES)
            .cranelift_opt_level(wasmtime::OptLevel::None);
        let mut compiling = engine::compiler_settings(&limits, target)?;
        compiling.cranelift_opt_level(wasmtime::OptLevel::Speed);
        Ok(Self {
            limits,
            target,
            configuring: start(&configuring)?,
            compiling: start(&compiling)?,
            cache: cache.map(Cache::new).map(Arc::new),
            guards: true,
            policy: Policy::default(),
        })
    }

    /// The same baker, for a platform that demands more of texts.
    #[must_use]
    pub fn held_to(self, policy: &Policy) -> Self {
        Self { policy: self.policy.tightened(policy), ..self }
    }

    /// The same baker, which bakes what could not be sent, too: for tests of a host, whose
    /// plugins write what the guard must block. Neither are literals looked at nor is the
    /// bundle rehearsed.
    #[must_use]
    pub fn unguarded(self) -> Self {
        Self { guards: false, ..self }
    }

    /// Bakes a bundle, telling `progress` before each step.
    ///
    /// # Errors
    /// [`ErrorKind::Component`] for a wrong world or a foreign import,
    /// [`ErrorKind::Configuration`] with file and line for a rule, profile or
    /// template that the plugin or the guard refuses.
    pub fn bake(&self, bundle: &Bundle, progress: &dyn Fn(Step<'_>)) -> Result<Draft> {
        let (mut reports, code) = self.plugins(bundle, progress)?;
        if self.guards {
            let id = &bundle.manifest.id;
            if let [router, _, renderer] = &reports[..] {
                let channels = &self.limits.channels;
                deliveries::check(&router.configured, &renderer.configured, channels)
                    .map_err(|error| error.within(format_args!("bundle {id:?}: router")))?;
            }
            progress(Step { bundle: id, role: Role::Renderer, work: Work::Rehearse });
            let warnings = self
                .rehearse(bundle, &reports, &code)
                .map_err(|error| error.within(format_args!("bundle {id:?}")))?;
            assign(warnings, &mut reports);
        }
        Ok(self.draft(bundle, reports, code))
    }

    fn plugins(&self, bundle: &Bundle, progress: &dyn Fn(Step<'_>)) -> Result<Plugins> {
        let mut reports = Vec::with_capacity(Role::ALL.len());
        let mut code = Vec::with_capacity(Role::ALL.len());
        for role in Role::ALL {
            let id = &bundle.manifest.id;
            let baked = self
                .plugin(bundle, role, &|work| progress(Step { bundle: id, role, work }))
                .map_err(|error| error.within(format_args!("bundle {id:?}: {role}")))?;
            reports.push(baked.report);
            code.push(baked.code);
        }
        Ok((reports, code))
    }

    fn draft(&self, bundle: &Bundle, reports: Vec<PluginReport>, code: Vec<Vec<u8>>) -> Draft {
        let manifest = bundle.manifest_text.clone();
        let settings = engine::settings_name(&self.limits, EngineKind::Ordinary);
        Draft::new(manifest, self.target, settings, reports, code)
    }

    /// Rehearses what was baked, or, for another target, what is baked of the same for this
    /// machine; gives warnings.
    fn rehearse(
        &self,
        bundle: &Bundle,
        reports: &[PluginReport],
        code: &[Vec<u8>],
    ) -> Result<Vec<String>> {
        let digests = reports.iter().flat_map(|report| {
            [report.component_digest.as_bytes(), report.configuration_digest.as_bytes()]
        });
        let settings = engine::settings_name(&self.limits, EngineKind::Ordinary);
        let form = format!("rehearsal {REHEARSAL_FORM} of {}", env!("CARGO_PKG_VERSION"));
        let key = Digest::of(digests.chain([
            bundle.manifest_text.as_bytes(),
            settings.as_bytes(),
            form.as_bytes(),
            format!("{:?} {:?}", self.limits, self.policy).as_bytes(),
        ]));
        if let Some(warnings) = self.cache.as_ref().and_then(|cache| cache.rehearsed(&key)) {
            return Ok(warnings);
        }
        let draft = match self.target == Target::host() {
            true => self.draft(bundle, reports.to_vec(), code.to_vec()),
            false => {
                let baker = Self {
                    cache: self.cache.clone(),
                    ..Self::new(self.limits.clone(), Target::host(), None)?
                };
                let (reports, code) = baker.plugins(bundle, &|_| ())?;
                baker.draft(bundle, reports, code)
            }
        };
        let configured = reports.last().map_or(&[][..], |renderer| &renderer.configured);
        let rehearsal = rehearsal::rehearse(&draft, &self.limits, &self.policy, configured)?;
        if let Some(cache) = self.cache.as_ref().filter(|_| !rehearsal.ended_early) {
            cache.put_rehearsed(&key, &rehearsal.warnings);
        }
        Ok(rehearsal.warnings)
    }

    fn plugin(&self, bundle: &Bundle, role: Role, progress: &dyn Fn(Work)) -> Result<Baked> {
        let source = bundle.source(role);
        let component_digest = Digest::of([source.component.as_slice()]);
        let configuration_digest = configuration_digest(source);
        let manifest = &bundle.manifest;
        let limits = self.limits.of_plugin(manifest, role)?;
        let kind = manifest.plugin(role).engine;
        kind.check(self.target)?;
        let settings = engine::settings_name(&limits, kind);
        let key = Digest::of([
            component_digest.hex().as_bytes(),
            configuration_digest.hex().as_bytes(),
            role.as_str().as_bytes(),
            // All that the guard knows of the bank: literals passed or not by it.
            format!("{:?}", manifest.sender).as_bytes(),
            self.target.as_str().as_bytes(),
            settings.as_bytes(),
            if self.guards { &b"guarded"[..] } else { b"unguarded" },
            format!("{:?} {:?}", self.limits.for_plugins(), self.policy).as_bytes(),
            // What a plugin is told of its bundle.
            format!("{:?} {:?} {:?}", limits.channels, manifest.counters, manifest.locale)
                .as_bytes(),
            // What a router is warned of is looked for anew where there are more.
            kinds::names().as_bytes(),
            // So is a renderer's own words.
            format!("{:?} {}", manifest.allowed_lints, lint::form()).as_bytes(),
        ]);
        if let Some(baked) = self.cache.as_ref().and_then(|cache| cache.get(&key)) {
            progress(Work::Cached);
            return Ok(baked);
        }
        progress(Work::Configure);
        let component = componentise(&source.component)?;
        let anatomy = Anatomy::of(&component)?;
        let version = anatomy.check(role)?;
        anatomy.check_limits(&limits)?;
        let outcome = configure::run(
            &self.configuring,
            &component,
            (role, version),
            bundle,
            &limits,
            anatomy.stack_bytes,
        )?;
        let snapshot = prune::prune(&outcome.snapshot)?;
        let checked =
            samples::check(outcome.configured, manifest, self.guards.then_some(&self.policy))?;
        let after = Anatomy::of(&snapshot)?;
        if after.memory_bytes > limits.memory_bytes as u64 {
            let detail = format!(
                "{} bytes of memory after configuration, limit {}",
                after.memory_bytes, limits.memory_bytes
            );
            return Err(Error::new(ErrorKind::Limit, detail));
        }
        progress(Work::Compile);
        let code = self.compiling.precompile_component(&snapshot).map_err(|error| {
            Error::new(ErrorKind::Component, "cannot be compiled").because(error)
        })?;
        let report = PluginReport {
            role,
            component_digest: component_digest.hex(),
            configuration_digest: configuration_digest.hex(),
            component_bytes: source.component.len(),
            snapshot_bytes: snapshot.len(),
            code_bytes: code.len(),
            imports: anatomy.imports,
            exports: anatomy.exports,
            memory_bytes: after.memory_bytes,
            stack_bytes: anatomy.stack_bytes,
            configured: checked.items,
            literals: checked.literals,
            warnings: [outcome.warnings, checked.warnings].concat(),
            engine: (kind == EngineKind::Wide).then_some(settings),
        };
        let baked = Baked { report, code };
        if let Some(cache) = &self.cache {
            cache.put(&key, &baked);
        }
        Ok(baked)
    }
}

/// Gives each warning of a rehearsal to the plugin that it names.
fn assign(warnings: Vec<String>, reports: &mut [PluginReport]) {
    for warning in warnings {
        let named = |report: &&mut PluginReport| {
            warning.strip_prefix(report.role.as_str()).is_some_and(|rest| rest.starts_with(": "))
        };
        if let Some(report) = reports.iter_mut().find(named) {
            let begin = report.role.as_str().len() + ": ".len();
            report.warnings.push(warning[begin..].to_owned());
        } else if let Some(renderer) = reports.last_mut() {
            renderer.warnings.push(warning);
        }
    }
}

fn configuration_digest(source: &PluginSource) -> Digest {
    Digest::of(
        source
            .configuration
            .iter()
            .flat_map(|(path, contents)| [path.as_bytes(), contents.as_slice()]),
    )
}
