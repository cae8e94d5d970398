//! Harbour Bank as Tillbell runs it. All that makes, reads or loads an artefact
//! is in this file.

use std::path::Path;

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use tillbell::{Artefact, Bundle, Host, Limits, Role};
use tillbell_bake::Baker;

/// The platform's usual limits, but for the deadline: a machine that does
/// something else for 5 ms must not change an answer.
pub(crate) fn limits() -> Limits {
    Limits { deadline_ms: 250, ..Limits::default() }
}

/// Opens the bundle in a folder.
pub(crate) fn open(folder: &Path) -> Bundle {
    let folder = Dir::open_ambient_dir(folder, ambient_authority()).expect("the bank's folder");
    Bundle::open(&folder, &limits()).expect("the bank's bundle")
}

/// Bakes a bundle: the bytes of its file.
pub(crate) fn bake(bundle: &Bundle, limits: &Limits) -> Vec<u8> {
    let baker = Baker::new(limits.clone(), None).expect("a baker");
    baker.bake(bundle, &|_| ()).expect("a bundle that bakes").to_bytes()
}

/// Reads what [`bake`] made.
pub(crate) fn artefact(bytes: &[u8]) -> Artefact {
    #[expect(unsafe_code, reason = "native code is trusted on our word")]
    // SAFETY: the bench baked them itself.
    unsafe {
        Artefact::from_trusted_bytes(bytes).expect("what the bench baked")
    }
}

/// The same compiled plugins for another bank: another name, another BIN.
pub(crate) fn for_bank(artefact: &Artefact, id: &str, bin: u32) -> Artefact {
    let line = |line: &str| match line.split_once(" = ") {
        Some(("id", _)) => format!("id = \"{id}\"\n"),
        Some(("bin-ranges", _)) => format!("bin-ranges = [\"{bin}\"]\n"),
        _ => format!("{line}\n"),
    };
    let manifest = artefact.manifest_text().lines().map(line).collect();
    let code = Role::ALL.map(|role| artefact.code(role).to_vec()).into();
    Artefact::new(manifest, artefact.engine().into(), artefact.plugins().to_vec(), code)
}

/// A host with these artefacts.
pub(crate) fn host<'a>(limits: &Limits, artefacts: impl IntoIterator<Item = &'a Artefact>) -> Host {
    let mut host = Host::new(limits.clone()).expect("a host");
    for artefact in artefacts {
        host.load(artefact).expect("an artefact that loads");
    }
    host
}
