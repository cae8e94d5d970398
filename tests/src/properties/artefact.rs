//! Baked artefacts: a changed byte is noticed, and with a digest that fits the
//! change, reading the header neither panics nor reads beyond the file. Native
//! code is never loaded here.

use std::sync::OnceLock;

use sha2::{Digest, Sha256};
use tillbell::{Artefact, ConfiguredItem, ErrorKind, PluginReport, Role};

/// Magic, form, digest: what stands before the bytes that the digest is of.
const BODY: usize = 8 + 4 + 32;

/// The first byte says what is done: even, the rest is edits (two bytes of
/// place, one of value) to an artefact; odd, the rest is the body of one.
///
/// # Panics
/// If an edit is not noticed, or what was read is not what is written.
pub fn holds(input: &[u8]) {
    let Some((mode, rest)) = input.split_first() else { return };
    if mode % 2 == 0 {
        let edited = edit(rest);
        if edited != baked() {
            let error = read(&edited).err().expect("an edit is noticed");
            assert_eq!(error.kind(), ErrorKind::Artefact);
        }
        parse(&edited[BODY..]);
    } else {
        parse(rest);
    }
}

/// Reads a body behind a digest that fits it.
fn parse(body: &[u8]) {
    let mut bytes = baked()[..12].to_vec();
    bytes.extend_from_slice(&Sha256::digest(body));
    bytes.extend_from_slice(body);
    match read(&bytes) {
        Ok(artefact) => {
            assert_eq!(artefact.plugins().len(), Role::ALL.len());
            let again = read(&artefact.to_bytes()).expect("what was written is read");
            assert_eq!(again.to_bytes(), artefact.to_bytes());
        }
        Err(error) => assert_eq!(error.kind(), ErrorKind::Artefact),
    }
}

#[expect(unsafe_code, reason = "the code in it is never loaded, only carried")]
fn read(bytes: &[u8]) -> tillbell::Result<Artefact> {
    // SAFETY: what is read is dropped: no host is given it.
    unsafe { Artefact::from_trusted_bytes(bytes) }
}

fn edit(edits: &[u8]) -> Vec<u8> {
    let mut bytes = baked().to_vec();
    for edit in edits.chunks_exact(3) {
        let at = usize::from(edit[0]) << 8 | usize::from(edit[1]);
        let at = at % bytes.len();
        bytes[at] ^= edit[2];
    }
    bytes
}

/// An artefact with a few bytes in place of code.
fn baked() -> &'static [u8] {
    static BAKED: OnceLock<Vec<u8>> = OnceLock::new();
    BAKED.get_or_init(|| {
        let reports = Role::ALL.map(|role| PluginReport {
            role,
            component_digest: "00".repeat(32),
            configuration_digest: "ff".repeat(32),
            component_bytes: 1,
            snapshot_bytes: 2,
            code_bytes: 3,
            imports: vec!["tillbell:plugin/log@0.1.0".into()],
            exports: vec!["configure".into()],
            memory_bytes: 65_536,
            stack_bytes: 0,
            configured: vec![ConfiguredItem {
                sort: "rule".into(),
                name: "r".into(),
                file: "rules.toml".into(),
                line: 1,
                segments_max: Some(1),
            }],
        });
        let code = vec![b"one".to_vec(), Vec::new(), b"three".to_vec()];
        Artefact::new("id = \"b\"\n".into(), "engine".into(), reports.into(), code).to_bytes()
    })
}

/// No edit, one of each part, and the body itself.
pub fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = vec![vec![0]];
    for at in [0u16, 8, 12, 44, 48, 60, 500] {
        let [high, low] = at.to_be_bytes();
        seeds.push(vec![0, high, low, 1]);
    }
    seeds.push([&[1], &baked()[BODY..]].concat());
    seeds
}
