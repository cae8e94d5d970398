//! Guests that never get as far as a transaction, or misbehave before.

use tillbell::{Error, ErrorKind};
use tillbell_tests::guests::Guest;
use tillbell_tests::{bake, bank};

use crate::scene::Scene;

/// The bake refuses the guest's bundle, and the other bank's bakes after it.
fn refused(guest: &str) -> Error {
    let own = Guest::read(guest).in_bank();
    let error = bake(own.path()).err().expect("the bake refuses it");
    bake(&bank("meridian")).expect("another bank's bakes");
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
