//! Gives a core module that does not say which world it is for the metadata of the one whose
//! functions it exports: what wit-bindgen writes into a module of Rust, other languages'
//! compilers do not.

use std::borrow::Cow;

use tillbell::{Error, ErrorKind, InterfaceVersion, Result, Role};
use wasmparser::{ExternalKind, Parser, Payload};
use wit_component::{StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use crate::component::{other_version, unreadable};

/// The section that says it, of which a module may have several.
const METADATA: &str = "component-type";
/// How many of a module's functions are named where none is a plugin's, and how much of a name.
const FUNCTIONS_SHOWN: usize = 8;
const NAME_BYTES_SHOWN: usize = 64;
/// The files of one version of the interface.
macro_rules! wit {
    ($version:literal) => {
        [
            include_str!(concat!("../../../wit/", $version, "/types.wit")),
            include_str!(concat!("../../../wit/", $version, "/log.wit")),
            include_str!(concat!("../../../wit/", $version, "/counters.wit")),
            include_str!(concat!("../../../wit/", $version, "/routing.wit")),
            include_str!(concat!("../../../wit/", $version, "/privacy.wit")),
            include_str!(concat!("../../../wit/", $version, "/rendering.wit")),
        ]
    };
}

fn wit(version: InterfaceVersion) -> [&'static str; 6] {
    match version {
        InterfaceVersion::V0_1 => wit!("0.1"),
        InterfaceVersion::V0_2 => wit!("0.2"),
    }
}

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
    let (role, version, own) = role_of(&functions)?;
    // One text: a package may stand in one file, and says once what it is. What the module
    // has of a later 0.x.y is called so.
    let package = format!("package tillbell:plugin@{version};");
    let text = wit(version).map(|text| text.replacen(&package, "", 1)).concat();
    let package = format!("package tillbell:plugin@{own};");
    let mut resolve = Resolve::default();
    let world = resolve
        .push_source("tillbell-plugin.wit", &format!("{package}{text}"))
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

/// The role whose interface has a function among these exports, in its newest version, and
/// that version as the module says it.
fn role_of<'a>(functions: &[&'a str]) -> Result<(Role, InterfaceVersion, &'a str)> {
    let interfaces = functions.iter().filter_map(|name| name.split('#').next());
    let newest = |role: Role| {
        let own = interfaces.clone().filter_map(|name| {
            let version = InterfaceVersion::of_role(role, name)?;
            Some((version, name.split_once('@')?.1))
        });
        own.max_by_key(|(version, _)| *version)
    };
    for role in Role::ALL {
        if let Some((version, own)) = newest(role) {
            return Ok((role, version, own));
        }
    }
    if let Some(error) = functions.iter().find_map(|name| other_version(name)) {
        return Err(error);
    }
    let shown = |name: &&str| format!("{:?}", &name[..name.floor_char_boundary(NAME_BYTES_SHOWN)]);
    let functions: Vec<_> = functions.iter().take(FUNCTIONS_SHOWN).map(shown).collect();
    let found = if functions.is_empty() { "no function".to_owned() } else { functions.join(", ") };
    let newest = InterfaceVersion::ALL[InterfaceVersion::ALL.len() - 1];
    let [router, masker, renderer] = Role::ALL.map(Role::interface);
    let detail = format!(
        "is no plugin's module: \"{router}@{newest}#route\", \"{masker}@{newest}#mask\" or \
         \"{renderer}@{newest}#render\" is wanted, and it exports {found}",
    );
    Err(Error::new(ErrorKind::Component, detail))
}
