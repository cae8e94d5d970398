//! What a compiler wrote, as a plugin: a component without names, of a role, that a host would
//! take; or what stands in the way, by name.

use std::fmt::Write as _;

use tillbell::{Error, ErrorKind, Limits, Result, Role};
use wasm_encoder::RawSection;
use wasmparser::{Parser, Payload};

use crate::component::{Anatomy, componentise, unreadable};
use crate::hints;
use crate::names::Names;
use crate::prune::each_module;

/// How many crates are named where a plugin is too large.
const CRATES_NAMED_MAX: usize = 10;

/// A plugin that a host takes.
#[derive(Debug, Clone)]
pub struct Plugin {
    /// The component.
    pub component: Vec<u8>,
    /// Its role.
    pub role: Role,
    /// What can be seen of it.
    pub anatomy: Anatomy,
    /// What it can call, and will not find: for whoever builds it to look at.
    pub warnings: Vec<String>,
}

impl Plugin {
    /// Makes a plugin of a core module or a component. Names are read, and left out unless
    /// they are wanted.
    ///
    /// # Errors
    /// [`ErrorKind::Component`] for a wrong or missing import or export, [`ErrorKind::Limit`]
    /// for what is over the platform's limits, a size with the crates that have most of it.
    pub fn of(wasm: &[u8], keeps_names: bool, platform: &Limits) -> Result<Self> {
        let named = componentise(wasm)?;
        let names = Names::of(&named);
        let anatomy = Anatomy::of(&named)?;
        let role = role_of(&anatomy)?;
        anatomy.check(role)?;
        anatomy.check_limits(platform)?;
        let component = match keeps_names {
            true => named.to_vec(),
            false => each_module(&named, without_names)?,
        };
        if component.len() > platform.component_bytes {
            return Err(too_large(component.len(), platform.component_bytes, &names));
        }
        let memory = (anatomy.memory_bytes, platform.memory_bytes as u64);
        if memory.0 > memory.1 {
            let detail = format!("begins with {} bytes of memory, limit {}", memory.0, memory.1);
            return Err(Error::new(ErrorKind::Limit, detail));
        }
        let warnings = hints::for_code(&named, &names);
        Ok(Self { component, role, anatomy, warnings })
    }
}

/// The role whose interface it exports; a router where it exports none, for the error to name
/// what is missing.
fn role_of(anatomy: &Anatomy) -> Result<Role> {
    match Role::ALL.into_iter().find(|role| anatomy.version(*role).is_some()) {
        Some(role) => Ok(role),
        None => anatomy.check(Role::Router).map(|_| Role::Router),
    }
}

fn too_large(bytes: usize, limit: usize, names: &Names) -> Error {
    let mut detail = format!("{bytes} bytes, limit {limit}");
    let crates = names.crates();
    let largest = || crates.iter().take(CRATES_NAMED_MAX);
    for (at, (name, bytes)) in largest().enumerate() {
        let before = if at == 0 { "; its code is of " } else { ", " };
        // A text takes whatever is written.
        let _ = write!(detail, "{before}{name} {} KiB", bytes.div_ceil(1024));
    }
    let mut hints: Vec<_> =
        largest().filter_map(|(name, _)| Some((name, hints::for_crate(name)?))).collect();
    hints.dedup_by_key(|(_, hint)| *hint);
    for (name, hint) in hints {
        let _ = write!(detail, "; {name}: {hint}");
    }
    Error::new(ErrorKind::Limit, detail)
}

/// The module without what no instance needs.
fn without_names(module: &[u8]) -> Result<Vec<u8>> {
    let mut written = wasm_encoder::Module::new();
    for payload in Parser::new(0).parse_all(module) {
        let payload = payload.map_err(unreadable)?;
        if matches!(payload, Payload::CustomSection(_)) {
            continue;
        }
        if let Some((id, range)) = payload.as_section() {
            let data = &module[range.start as usize..range.end as usize];
            written.section(&RawSection { id, data });
        }
    }
    Ok(written.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_core_module_of_any_language_becomes_a_plugin() {
        let text = |import: &str, export: &str| {
            format!(
                r#"(module
                (import "{import}" "log" (func $log (param i32 i32 i32)))
                (memory (export "memory") 1)
                (func (export "configure") (param i32 i32 i32 i32 i32 i32) (result i32) unreachable)
                (func $named_for_nobody (export "{export}") (param i32) (result i32) unreachable)
                (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable))"#
            )
        };
        let own = ["tillbell:plugin/log@0.1.0", "tillbell:plugin/rendering@0.1.0#render"];
        let module = wat::parse_str(text(own[0], own[1])).unwrap();
        let limits = Limits::default();
        let plugin = Plugin::of(&module, false, &limits).unwrap();
        assert_eq!(plugin.role, Role::Renderer);
        assert!(plugin.anatomy.imports.contains(&own[0].to_owned()), "{:?}", plugin.anatomy);
        let has_name = |wasm: &[u8]| wasm.windows(5).any(|part| part == b"named");
        assert!(!has_name(&plugin.component));
        let debug = Plugin::of(&module, true, &limits).unwrap();
        assert!(has_name(&debug.component));
        // A component is a plugin too, and the same one.
        assert_eq!(
            Plugin::of(&debug.component, false, &limits).unwrap().component,
            plugin.component
        );

        let small = Limits { component_bytes: 100, ..limits.clone() };
        for (module, limits, expected) in [
            (module.clone(), &small, "named_for_nobody 1 KiB"),
            (
                wat::parse_str(text("tillbell:plugin/log@0.3.0", own[1])).unwrap(),
                &limits,
                "was built for version 0.3.0 of tillbell:plugin/log, and this host has 0.1.0 and \
                 0.2.0",
            ),
            (
                wat::parse_str(text(own[0], "tillbell:plugin/rendering@0.3.0#render")).unwrap(),
                &limits,
                "was built for version 0.3.0 of tillbell:plugin/rendering",
            ),
            (
                wat::parse_str(text("wbg", own[1])).unwrap(),
                &limits,
                "imports \"wbg#log\": a plugin may import nothing but",
            ),
            (wat::parse_str(text(own[0], "render")).unwrap(), &limits, "is no plugin's module"),
            (wat::parse_str("(module)").unwrap(), &limits, "and it exports no function"),
            (b"text".to_vec(), &limits, "is not WebAssembly"),
        ] {
            let error = Plugin::of(&module, false, limits).unwrap_err();
            assert!(error.to_string().contains(expected), "{error}");
        }
    }
}
