//! Guests written to misbehave: `tests/guests/NAME.wat`, one misbehaviour each,
//! in a bank whose other two plugins are the real ones.
//!
//! A guest's file begins with `;; world: ROLE` and defines `$misbehave` (called
//! for a refund), `$configuring` (called by `configure`), or both. What else a
//! plugin of that world needs is around it, from `prelude/ROLE.wat`.

use std::fs;
use std::path::Path;

use tillbell::Role;
use wit_component::{StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use crate::{Scratch, root};

/// What a guest that does not define it does in `configure`, and for a refund.
const DEFAULTS: [(&str, &str); 2] = [
    ("(func $configuring", "(func $configuring)"),
    ("(func $misbehave", "(func $misbehave (param i32) (result i32) (unreachable))"),
];

/// A guest that misbehaves.
pub struct Guest {
    /// Which of the bank's plugins it stands in for.
    pub role: Role,
    /// It, as a core module that the bake makes a component of.
    pub module: Vec<u8>,
}

impl Guest {
    /// Reads and assembles one.
    ///
    /// # Panics
    /// If there is none of this name, or it is not as described above.
    pub fn read(name: &str) -> Self {
        let folder = root().join("tests/guests");
        let read = |file: String| {
            fs::read_to_string(folder.join(&file)).unwrap_or_else(|error| panic!("{file}: {error}"))
        };
        let text = read(format!("{name}.wat"));
        let world = text.lines().next().and_then(|line| line.strip_prefix(";; world: "));
        let role = Role::ALL.into_iter().find(|role| world == Some(role.as_str()));
        let role = role.unwrap_or_else(|| panic!("{name}.wat names no world in its first line"));
        let mut module = format!("(module\n{}\n{text}", read(format!("prelude/{role}.wat")));
        for (definition, default) in DEFAULTS {
            if !text.contains(definition) {
                module.push_str(default);
            }
        }
        module.push(')');
        Self { role, module: assemble(&module, role.as_str()) }
    }

    /// Harbour Bank with this guest in place of its own plugin.
    ///
    /// # Panics
    /// If the folder cannot be written.
    pub fn in_bank(&self) -> Scratch {
        let scratch = Scratch::copy_of_bank("harbour");
        let own = match self.role {
            Role::Router => "routing",
            Role::Masker => "privacy",
            Role::Renderer => "template",
        };
        let file = scratch.path().join("components").join(format!("{own}.wasm"));
        fs::write(file, &self.module).expect("the guest written");
        scratch
    }
}

/// Makes text into a core module with the metadata of a world of ours.
///
/// # Panics
/// If it is no WebAssembly text, or there is no such world.
pub fn assemble(text: &str, world: &str) -> Vec<u8> {
    assemble_for(&root().join("wit/0.1"), text, world)
}

/// The same of a world of the interface in this folder.
///
/// # Panics
/// As [`assemble`], or if there is no interface.
pub fn assemble_for(interface: &Path, text: &str, world: &str) -> Vec<u8> {
    let mut module = wat::parse_str(text).unwrap_or_else(|error| panic!("{error}"));
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_dir(interface).expect("an interface");
    let world = resolve.select_world(&[package], Some(world)).expect("a world of it");
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).expect("metadata");
    module
}
