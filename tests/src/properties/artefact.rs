//! Signed artefacts: a changed byte is noticed, and of what is signed, reading
//! the header neither panics nor reads beyond the file. Native code is never
//! loaded here.

use std::sync::OnceLock;

use ed25519_compact::{KeyPair, Seed};
use tillbell::{Artefact, ConfiguredItem, Draft, ErrorKind, PluginReport, PublicKey, Role};
use tillbell::{Target, Trust};

/// What stands before the bytes that are signed: magic, form, length, name of
/// the key, signature.
pub const BODY: usize = 8 + 4 + 8 + 8 + 64;

/// The first byte says what is done: even, the rest is edits (two bytes of
/// place, one of value) to an artefact; odd, the rest is the body of one, which
/// is signed.
///
/// # Panics
/// If an edit is not noticed.
pub fn holds(input: &[u8]) {
    let Some((mode, rest)) = input.split_first() else { return };
    if mode % 2 == 0 {
        let edited = edit(rest);
        if edited != small() {
            assert_refused(&edited);
        }
        parse(&edited[BODY..]);
    } else {
        parse(rest);
    }
}

/// Reads an artefact that must be refused, and for the right reason.
///
/// # Panics
/// If it is not.
pub fn assert_refused(bytes: &[u8]) {
    let error = Artefact::from_bytes(bytes, &trust()).expect_err("an edit is noticed");
    assert!(matches!(error.kind(), ErrorKind::Artefact | ErrorKind::Untrusted), "{error}");
}

/// Reads a body behind a signature that fits it, made by what the format's
/// description says.
fn parse(body: &[u8]) {
    let length = ((BODY + body.len()) as u64).to_le_bytes();
    let digest = blake3::hash(body);
    let message = [b"tillbell artefact 2".as_slice(), &length, digest.as_bytes()].concat();
    let signature = pair().sk.sign(message, None);
    let mut bytes = small()[..12].to_vec();
    bytes.extend_from_slice(&length);
    bytes.extend_from_slice(&small()[20..28]);
    bytes.extend_from_slice(&*signature);
    bytes.extend_from_slice(body);
    match Artefact::from_bytes(&bytes, &trust()) {
        Ok(artefact) => assert_eq!(artefact.plugins().len(), Role::ALL.len()),
        Err(error) => assert_ne!(error.kind(), ErrorKind::Untrusted, "{error}"),
    }
}

fn pair() -> KeyPair {
    KeyPair::from_seed(Seed::new([7; 32]))
}

/// Trusts the key that these artefacts are signed with.
pub fn trust() -> Trust {
    let mut trust = Trust::new();
    trust.add(PublicKey::from_bytes(*pair().pk), None).expect("one key");
    trust
}

fn edit(edits: &[u8]) -> Vec<u8> {
    let mut bytes = small().to_vec();
    for edit in edits.chunks_exact(3) {
        let at = usize::from(edit[0]) << 8 | usize::from(edit[1]);
        let at = at % bytes.len();
        bytes[at] ^= edit[2];
    }
    bytes
}

/// An artefact with a few bytes in place of code.
pub fn small() -> &'static [u8] {
    static SMALL: OnceLock<Vec<u8>> = OnceLock::new();
    SMALL.get_or_init(|| {
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
            literals: 2,
            warnings: vec!["no rule meets kind \"transfer\"".into()],
            engine: (role == Role::Renderer).then(|| "wasmtime 48, wide settings 1".into()),
        });
        let code = vec![b"one".to_vec(), Vec::new(), b"three".to_vec()];
        let (engine, key) = ("wasmtime 48, settings 2".into(), PublicKey::from_bytes(*pair().pk));
        Draft::new(MANIFEST.into(), Target::X86_64, engine, reports.into(), code)
            .sealed(&key, |message| *pair().sk.sign(message, None))
    })
}

const MANIFEST: &str = include_str!("../../../examples/banks/harbour/tillbell.toml");

/// No edit, one of each part, and the body itself.
pub fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = vec![vec![0]];
    for at in [0u16, 8, 12, 20, 28, 92, 96, 500] {
        let [high, low] = at.to_be_bytes();
        seeds.push(vec![0, high, low, 1]);
    }
    seeds.push([&[1], &small()[BODY..]].concat());
    seeds
}
