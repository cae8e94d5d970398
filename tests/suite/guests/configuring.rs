//! Guests that never get as far as a transaction, or misbehave before.

use std::fs;

use tillbell::{Error, ErrorKind, Host, Limits, Role};
use tillbell_bake::componentise;
use tillbell_tests::guests::{Guest, assemble_for};
use tillbell_tests::{Scratch, bake_unguarded, bank, root};
use wasmparser::{Parser, Payload};

use crate::scene::Scene;

/// The bake refuses the guest's bundle, and the other bank's bakes after it.
fn refused(guest: &str) -> Error {
    let own = Guest::read(guest).in_bank();
    let error = bake_unguarded(own.path()).expect_err("the bake refuses it");
    bake_unguarded(&bank("meridian")).expect("another bank's bakes");
    error
}

/// The causes of an error in one line.
fn causes(error: &Error) -> String {
    let mut text = error.to_string();
    let mut next = std::error::Error::source(error);
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text
}

#[test]
pub(super) fn spin_in_configure() {
    let error = refused("spin_in_configure");
    assert_eq!(error.kind(), ErrorKind::Deadline, "{error}");
    assert_eq!(error.to_string(), "bundle \"harbour\": router: configure does not end");
}

#[test]
pub(super) fn large_memory() {
    let error = refused("large_memory");
    assert_eq!(error.kind(), ErrorKind::Limit, "{error}");
}

/// A function of the right name and of other types is refused by the bake: the
/// host compares types at the first call, and not again.
#[test]
fn other_types() {
    let interface = Scratch::new();
    for file in fs::read_dir(root().join("wit/0.1")).expect("the interface") {
        let file = file.expect("a file of it").path();
        if file.is_dir() {
            continue;
        }
        let text = fs::read_to_string(&file).expect("its text");
        let other = text.replace("route: func(facts: facts, now: time)", "route: func(now: time)");
        let name = file.file_name().expect("its name");
        fs::write(interface.path().join(name), other).expect("its copy");
    }
    let text = r#"(module
        (memory (export "memory") 1)
        (func (export "configure") (param i32 i32) (result i32) (i32.const 1024))
        (func (export "tillbell:plugin/routing@0.1.0#route") (param i64 i32) (result i32)
            (i32.const 2048))
        (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 4096)))"#;
    let module = assemble_for(interface.path(), text, "router");
    let own = Guest { role: Role::Router, module }.in_bank();
    let error = bake_unguarded(own.path()).expect_err("the bake refuses it");
    assert_eq!(error.kind(), ErrorKind::Component, "{error}");
    assert_eq!(error.to_string(), "bundle \"harbour\": router: does not fit its world");
    let told = "type mismatch with parameters: expected 2-tuple, found 1-tuple";
    assert!(causes(&error).contains(told), "{}", causes(&error));
}

/// There is no room left for what the snapshot adds.
#[test]
pub(super) fn whole_memory() {
    let error = refused("whole_memory");
    assert_eq!(error.kind(), ErrorKind::Limit, "{error}");
}

/// A table cannot be snapshotted, so whatever could change one is refused:
/// there is nothing in a table that a call could leave behind.
#[test]
pub(super) fn sets_table() {
    let error = refused("sets_table");
    assert_eq!(error.kind(), ErrorKind::Component, "{error}");
    assert!(causes(&error).contains("`table.set`"), "{}", causes(&error));
}

#[test]
pub(super) fn grow_table() {
    let error = refused("grow_table");
    assert_eq!(error.kind(), ErrorKind::Component, "{error}");
    assert!(causes(&error).contains("`table.grow`"), "{}", causes(&error));
}

#[test]
pub(super) fn large_table() {
    let error = refused("large_table");
    assert_eq!(error.kind(), ErrorKind::Limit, "{error}");
    assert!(error.to_string().ends_with("a larger table than its limit"), "{error}");
}

/// `configure` may note a line, as any call of a plugin may: it is lost, and
/// does no harm.
#[test]
pub(super) fn configure_calls_import() {
    let scene = Scene::of("configure_calls_import");
    scene.assert_serves();
}

/// A component with modules more, so many of each, and an instance of each.
fn crowded(component: &[u8], modules: &[(&[u8], u8)]) -> Vec<u8> {
    let own = Parser::new(0)
        .parse_all(component)
        .filter(|payload| matches!(payload, Ok(Payload::ModuleSection { .. })))
        .count();
    let mut crowded = component.to_vec();
    let each = modules.iter().flat_map(|(module, count)| (0..*count).map(move |_| module));
    for (module, number) in each.zip(own..) {
        let byte = |number: usize| u8::try_from(number).expect("a few");
        // Section 1 is a core module, section 2 a list of core instances.
        crowded.extend([1, 8 + byte(module.len())]);
        crowded.extend([b"\0asm\x01\0\0\0", *module].concat());
        crowded.extend([2, 4, 1, 0, byte(number), 0]);
    }
    crowded
}

#[test]
fn a_component_may_not_have_more_of_anything_than_a_host_has_for_it() {
    const MEMORY: &[u8] = &[5, 3, 1, 0, 1];
    const TABLES: &[u8] = &[4, 7, 2, 0x70, 0, 1, 0x70, 0, 1];
    let guest = Guest::read("trap");
    let component = componentise(&guest.module).expect("a component");
    for (modules, expected) in [
        (&[(&b""[..], 1)][..], None),
        (&[(b"", 2)], Some("router: 5 core instances, limit 4")),
        (&[(MEMORY, 1)], Some("router: 2 memories, limit 1")),
        (&[(TABLES, 1)], Some("router: 3 tables, limit 2")),
    ] {
        let folder = guest.in_bank();
        let file = folder.path().join("components/routing.wasm");
        fs::write(file, crowded(&component, modules)).expect("the component written");
        let baked = bake_unguarded(folder.path());
        match expected {
            None => {
                let mut host = Host::new(Limits::default()).expect("a host");
                host.load(&baked.expect("it bakes")).expect("it loads");
            }
            Some(expected) => {
                let error = baked.expect_err("the bake refuses it");
                assert_eq!(error.kind(), ErrorKind::Limit, "{error}");
                assert_eq!(error.to_string(), format!("bundle \"harbour\": {expected}"));
            }
        }
    }
    bake_unguarded(&bank("meridian")).expect("another bank's bakes");
}
