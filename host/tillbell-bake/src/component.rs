use std::borrow::Cow;

use tillbell::{Error, ErrorKind, InterfaceVersion, Limits, Result, Role};
use wasmparser::{
    ComponentExternalKind, ComponentTypeRef, ConstExpr, DataKind, Encoding, Instance, Operator,
    Parser, Payload, TypeRef, ValType,
};

use crate::{hints, world};

/// The package whose imports a plugin may have.
const PACKAGE: &str = "tillbell:plugin/";
/// The interfaces of it that plugins import.
const TYPES: &str = "types";
const LOG: &str = "log";
const COUNTERS: &str = "counters";

/// Makes a core module into a component; a component is passed through.
///
/// # Errors
/// [`ErrorKind::Component`] if it is neither, or has no world within.
pub fn componentise(wasm: &[u8]) -> Result<Cow<'_, [u8]>> {
    if Parser::is_component(wasm) {
        return Ok(Cow::Borrowed(wasm));
    }
    if !Parser::is_core_wasm(wasm) {
        return Err(Error::new(ErrorKind::Component, "is not WebAssembly"));
    }
    if let Some(import) = foreign_core_import(wasm)? {
        return Err(foreign(&import));
    }
    let described = world::describe(wasm)?;
    wit_component::ComponentEncoder::default()
        .validate(true)
        .module(&described)
        .and_then(|encoder| encoder.encode())
        .map(Cow::Owned)
        .map_err(|error| {
            let detail =
                "cannot be made a component: what it exports or imports is not as its world has it";
            Error::new(ErrorKind::Component, detail).because(error.into_boxed_dyn_error())
        })
}

/// What can be seen of a component without running it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Anatomy {
    /// The names of what it imports.
    pub imports: Vec<String>,
    /// The names of what it exports.
    pub exports: Vec<String>,
    /// How many core modules it instantiates.
    pub instances: u32,
    /// How many linear memories it has.
    pub memories: u32,
    /// How many tables it has.
    pub tables: u32,
    /// The initial size of its linear memories, in bytes.
    pub memory_bytes: u64,
    /// The size of its stack, in bytes: the stack pointer's initial value, if the linker placed
    /// the stack first in memory. 0 if it did not, or if there is no stack.
    pub stack_bytes: u64,
}

impl Anatomy {
    /// Looks at a component.
    ///
    /// # Errors
    /// [`ErrorKind::Component`] if it cannot be read.
    pub fn of(component: &[u8]) -> Result<Self> {
        let mut anatomy = Self::default();
        let mut depth = 0usize;
        for payload in Parser::new(0).parse_all(component) {
            match payload.map_err(unreadable)? {
                Payload::Version { encoding, .. } => {
                    if depth == 0 && encoding != Encoding::Component {
                        return Err(Error::new(ErrorKind::Component, "is no component"));
                    }
                    depth += 1;
                }
                Payload::End(_) => depth -= 1,
                Payload::ComponentImportSection(section) if depth == 1 => {
                    for import in section {
                        let import = import.map_err(unreadable)?;
                        // A type brings nothing in: it names one of ours.
                        if !matches!(import.ty, ComponentTypeRef::Type(_)) {
                            anatomy.imports.push(import.name.name.into());
                        }
                    }
                }
                Payload::ComponentExportSection(section) if depth == 1 => {
                    for export in section {
                        let export = export.map_err(unreadable)?;
                        if export.kind != ComponentExternalKind::Type {
                            anatomy.exports.push(export.name.name.into());
                        }
                    }
                }
                Payload::InstanceSection(section) => {
                    for instance in section {
                        if let Instance::Instantiate { .. } = instance.map_err(unreadable)? {
                            anatomy.instances = anatomy.instances.saturating_add(1);
                        }
                    }
                }
                Payload::TableSection(section) => {
                    anatomy.tables = anatomy.tables.saturating_add(section.count());
                }
                Payload::MemorySection(section) => {
                    anatomy.memories = anatomy.memories.saturating_add(section.count());
                    for memory in section {
                        let memory = memory.map_err(unreadable)?;
                        let page = 1u64 << memory.page_size_log2.unwrap_or(16).min(16);
                        anatomy.memory_bytes = anatomy
                            .memory_bytes
                            .saturating_add(memory.initial.saturating_mul(page));
                    }
                }
                Payload::GlobalSection(section) if anatomy.stack_bytes == 0 => {
                    if let Some(global) = section.into_iter().next() {
                        anatomy.stack_bytes = stack_pointer(&global.map_err(unreadable)?);
                    }
                }
                Payload::DataSection(section) => {
                    for data in section {
                        let DataKind::Active { offset_expr, .. } = data.map_err(unreadable)?.kind
                        else {
                            continue;
                        };
                        if constant(&offset_expr) < anatomy.stack_bytes {
                            anatomy.stack_bytes = 0;
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(anatomy)
    }

    /// The version of the interface that a role's plugin is of: the newest that it exports
    /// and this host has.
    pub fn version(&self, role: Role) -> Option<InterfaceVersion> {
        self.exports.iter().filter_map(|export| InterfaceVersion::of_role(role, export)).max()
    }

    /// Refuses a component that imports what the host does not offer its role, or lacks
    /// what the role's world exports. More exports than that are tolerated:
    /// other languages' toolchains add some. Gives the version that it is of.
    ///
    /// # Errors
    /// [`ErrorKind::Component`], naming the import or the export.
    pub fn check(&self, role: Role) -> Result<InterfaceVersion> {
        if let Some(import) = self.imports.iter().find(|import| !is_offered(import)) {
            return Err(foreign(import));
        }
        let is_of = |import: &&String, name| interface(import).is_some_and(|(own, _)| own == name);
        if role == Role::Masker
            && let Some(import) = self.imports.iter().find(|import| is_of(import, COUNTERS))
        {
            let detail = format!("imports {import:?}: a masker may import {PACKAGE}{LOG} alone");
            return Err(Error::new(ErrorKind::Component, detail));
        }
        let version = self.version(role);
        let lacks = match version {
            None => Some(format!("{}@{}", role.interface(), newest())),
            Some(_) => {
                let has = self.exports.iter().any(|own| own == "configure");
                (!has).then(|| "configure".to_owned())
            }
        };
        if let (Some(version), None) = (version, &lacks) {
            return Ok(version);
        }
        if let Some(error) = self.exports.iter().find_map(|own| other_version(own)) {
            return Err(error);
        }
        let detail = format!(
            "does not export {:?}, which world {:?} wants; it exports {}",
            lacks.unwrap_or_default(),
            role.as_str(),
            self.exports.join(", ")
        );
        Err(Error::new(ErrorKind::Component, detail))
    }

    /// Refuses a component that needs more than a host has for each.
    ///
    /// # Errors
    /// [`ErrorKind::Limit`], naming what, how many and the limit.
    pub fn check_limits(&self, limits: &Limits) -> Result<()> {
        for (what, count, limit) in [
            ("core instances", self.instances, limits.instances),
            ("memories", self.memories, limits.memories),
            ("tables", self.tables, limits.tables),
        ] {
            if count > limit {
                return Err(Error::new(ErrorKind::Limit, format!("{count} {what}, limit {limit}")));
            }
        }
        Ok(())
    }
}

/// An interface of our package, and its version, by the name of an import or export, or of a
/// core module's function.
fn interface(name: &str) -> Option<(&str, &str)> {
    let (interface, version) = name.strip_prefix(PACKAGE)?.split_once('@')?;
    Some((interface, version.split('#').next()?))
}

fn newest() -> InterfaceVersion {
    InterfaceVersion::ALL[InterfaceVersion::ALL.len() - 1]
}

fn is_offered(import: &str) -> bool {
    interface(import).is_some_and(|(name, version)| {
        [TYPES, LOG, COUNTERS].contains(&name) && InterfaceVersion::of(version).is_some()
    })
}

fn foreign(import: &str) -> Error {
    if let Some(error) = other_version(import) {
        return error;
    }
    let module = import.split('#').next().unwrap_or(import);
    let hint = hints::for_import(module).map(|hint| format!("; {hint}")).unwrap_or_default();
    let detail = format!(
        "imports {import:?}: a plugin may import nothing but \
         tillbell:plugin/log and tillbell:plugin/counters{hint}"
    );
    Error::new(ErrorKind::Component, detail)
}

/// What is wrong with an import or export that is of our package, and of a version that the
/// host does not have.
pub(crate) fn other_version(name: &str) -> Option<Error> {
    let (interface, version) = interface(name)?;
    if InterfaceVersion::of(version).is_some() {
        return None;
    }
    let known = InterfaceVersion::ALL.map(InterfaceVersion::as_str).join(" and ");
    let detail = format!(
        "was built for version {version} of {PACKAGE}{interface}, and this host has {known}: \
         build it for the interface in wit/, of which `tillbell new` writes a copy"
    );
    Some(Error::new(ErrorKind::Component, detail))
}

/// The first core import, with its module, that the host does not offer.
fn foreign_core_import(module: &[u8]) -> Result<Option<String>> {
    for payload in Parser::new(0).parse_all(module) {
        if let Payload::ImportSection(section) = payload.map_err(unreadable)? {
            for import in section.into_imports() {
                let import = import.map_err(unreadable)?;
                if !is_offered(import.module) || !matches!(import.ty, TypeRef::Func(_)) {
                    return Ok(Some(format!("{}#{}", import.module, import.name)));
                }
            }
        }
    }
    Ok(None)
}

/// The initial value of a mutable i32 global; 0 for anything else.
fn stack_pointer(global: &wasmparser::Global<'_>) -> u64 {
    if !global.ty.mutable || global.ty.content_type != ValType::I32 {
        return 0;
    }
    constant(&global.init_expr)
}

/// The value of an i32 that is written there; 0 for anything else.
fn constant(expression: &ConstExpr<'_>) -> u64 {
    match expression.get_operators_reader().read() {
        Ok(Operator::I32Const { value }) => u64::try_from(value).unwrap_or(0),
        _ => 0,
    }
}

pub(crate) fn unreadable(error: wasmparser::BinaryReaderError) -> Error {
    Error::new(ErrorKind::Component, format!("cannot be read at byte {}", error.offset()))
        .because(error)
}
