//! Gives a core module that does not say which world it is for the metadata of the one whose
//! functions it exports: what wit-bindgen writes into a module of Rust, other languages'
//! compilers do not.

use std::borrow::Cow;

use tillbell::{Error, ErrorKind, Result, Role};
use wasmparser::{ExternalKind, Parser, Payload};
use wit_component::{StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use crate::component::{other_version, unreadable};

/// The section that says it, of which a module may have several.
const METADATA: &str = "component-type";
/// How many of a module's functions are named where none is a plugin's, and how much of a name.
const FUNCTIONS_SHOWN: usize = 8;
const NAME_BYTES_SHOWN: usize = 64;
/// The interface of this host.
const WIT: [&str; 6] = [
    include_str!("../../../wit/types.wit"),
    include_str!("../../../wit/log.wit"),
    include_str!("../../../wit/counters.wit"),
    include_str!("../../../wit/routing.wit"),
    include_str!("../../../wit/privacy.wit"),
    include_str!("../../../wit/rendering.wit"),
];
/// With which each of its files begins.
const PACKAGE_LINE: &str = "package tillbell:plugin@0.1.0;";

/// The module, with metadata.
///
/// # Errors
/// [`ErrorKind::Component`] if it has none and exports no world's functions.
pub(crate) fn describe(module: &[u8]) -> Result<Cow<'_, [u8]>> {
    let mut functions = Vec::new();
    for payload in Parser::new(0).parse_all(module) {
        match payload.map_err(unreadable)? {
            Payload::CustomSection(section) if section.name().starts_with(METADATA) => {
                return Ok(Cow::Borrowed(module));
            }
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export.map_err(unreadable)?;
                    if export.kind == ExternalKind::Func {
                        functions.push(export.name);
                    }
                }
            }
            _ => {}
        }
    }
    let role = role_of(&functions)?;
    // One text: a package may stand in one file, and says once what it is.
    let text = WIT.map(|text| text.replacen(PACKAGE_LINE, "", 1)).concat();
    let mut resolve = Resolve::default();
    let world = resolve
        .push_source("tillbell-plugin.wit", &format!("{PACKAGE_LINE}{text}"))
        .and_then(|package| resolve.select_world(&[package], Some(role.as_str())))
        .map_err(|error| {
            Error::new(ErrorKind::Host, "the interface cannot be read")
                .because(error.into_boxed_dyn_error())
        })?;
    let mut described = module.to_vec();
    embed_component_metadata(&mut described, &resolve, world, StringEncoding::UTF8).map_err(
        |error| {
            Error::new(ErrorKind::Component, "cannot be described")
                .because(error.into_boxed_dyn_error())
        },
    )?;
    Ok(Cow::Owned(described))
}

/// The role whose interface has a function among these exports.
fn role_of(functions: &[&str]) -> Result<Role> {
    let own =
        |role: &Role| functions.iter().any(|name| name.split('#').next() == Some(role.interface()));
    if let Some(role) = Role::ALL.into_iter().find(own) {
        return Ok(role);
    }
    if let Some(error) = functions.iter().find_map(|name| other_version(name)) {
        return Err(error);
    }
    let shown = |name: &&str| format!("{:?}", &name[..name.floor_char_boundary(NAME_BYTES_SHOWN)]);
    let functions: Vec<_> = functions.iter().take(FUNCTIONS_SHOWN).map(shown).collect();
    let found = if functions.is_empty() { "no function".to_owned() } else { functions.join(", ") };
    let detail = format!(
        "is no plugin's module: \"{}#route\", \"{}#mask\" or \"{}#render\" is wanted, \
         and it exports {found}",
        Role::Router.interface(),
        Role::Masker.interface(),
        Role::Renderer.interface(),
    );
    Err(Error::new(ErrorKind::Component, detail))
}
