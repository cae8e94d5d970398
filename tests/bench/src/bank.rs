//! Harbour Bank as Tillbell runs it. All that makes, reads or loads an artefact
//! is in this file.

use std::fs;
use std::path::Path;

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use tillbell::{Artefact, Bundle, Draft, Host, Limits, Role, Target, Trust};
use tillbell_bake::{Baker, SigningKey};

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

/// Signs what the bench bakes: the key of RFC 8032, section 7.1, test 1.
const KEY: &str = "-----BEGIN PRIVATE KEY-----\n\
    MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n\
    -----END PRIVATE KEY-----\n";

fn key() -> SigningKey {
    SigningKey::from_pem(KEY).expect("a key")
}

fn trust() -> Trust {
    let mut trust = Trust::new();
    trust.add(key().public(), None).expect("one key");
    trust
}

/// Bakes a bundle: the bytes of its file.
pub(crate) fn bake(bundle: &Bundle, limits: &Limits) -> Vec<u8> {
    let baker = Baker::new(limits.clone(), Target::host(), None).expect("a baker");
    key().seal(&baker.bake(bundle, &|_| ()).expect("a bundle that bakes"))
}

/// Reads what [`bake`] made.
pub(crate) fn artefact(bytes: &[u8]) -> Artefact {
    Artefact::from_bytes(bytes, &trust()).expect("what the bench baked")
}

/// The same compiled plugins for another bank, with another name and BIN, as a
/// till would open them: mapped. The file's name is gone when this returns, its
/// bytes when the artefact is.
pub(crate) fn for_bank(artefact: &Artefact, id: &str, bin: u32) -> Artefact {
    let line = |line: &str| match line.split_once(" = ") {
        Some(("id", _)) => format!("id = \"{id}\"\n"),
        Some(("bin-ranges", _)) => format!("bin-ranges = [\"{bin}\"]\n"),
        _ => format!("{line}\n"),
    };
    let manifest = artefact.manifest_text().lines().map(line).collect();
    let code = Role::ALL.map(|role| artefact.code(role).to_vec()).into();
    let (engine, plugins) = (artefact.engine().into(), artefact.plugins().to_vec());
    let draft = Draft::new(manifest, artefact.target(), engine, plugins, code);
    let path = std::env::temp_dir().join(format!("tillbell-bench-{}", std::process::id()));
    fs::write(&path, key().seal(&draft)).expect("a scratch file");
    let artefact = Artefact::open(&path, &trust()).expect("what the bench baked");
    fs::remove_file(&path).expect("the scratch file");
    artefact
}

/// A host with these artefacts.
pub(crate) fn host<'a>(limits: &Limits, artefacts: impl IntoIterator<Item = &'a Artefact>) -> Host {
    let mut host = Host::new(limits.clone()).expect("a host");
    for artefact in artefacts {
        host.load(artefact).expect("an artefact that loads");
    }
    host
}
