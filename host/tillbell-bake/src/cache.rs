//! Baked plugins, found again by the digest of what they were made from.

use cap_std::fs::Dir;
use sha2::{Digest as _, Sha256};

use crate::Baked;

/// A SHA-256.
pub(crate) struct Digest([u8; 32]);

impl Digest {
    /// The digest of these parts, each with its length, so that no two lists
    /// of parts run into the same bytes.
    pub(crate) fn of<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut hasher = Sha256::new();
        for part in parts {
            hasher.update((part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        Self(hasher.finalize().into())
    }

    /// In hexadecimal, 64 characters.
    pub(crate) fn hex(&self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// A folder of baked plugins, and of what rehearsals found. It holds native code that will
/// be run: it must be writable by nobody but its owner.
pub(crate) struct Cache(Dir);

impl Cache {
    pub(crate) fn new(folder: Dir) -> Self {
        Self(folder)
    }

    /// What was baked under this key; none where nothing was, or where the
    /// file is damaged (it is then baked anew).
    pub(crate) fn get(&self, key: &Digest) -> Option<Baked> {
        let bytes = self.0.read(baked_name(key)).ok()?;
        let (length, rest) = whole(&bytes)?.split_first_chunk::<4>()?;
        let (report, code) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        Some(Baked { report: serde_json::from_slice(report).ok()?, code: code.to_vec() })
    }

    /// Keeps a baked plugin. A cache that cannot be written is only slow, so
    /// failing is not an error.
    pub(crate) fn put(&self, key: &Digest, baked: &Baked) {
        let Ok(report) = serde_json::to_vec(&baked.report) else { return };
        let Ok(length) = u32::try_from(report.len()) else { return };
        let mut body = length.to_le_bytes().to_vec();
        body.extend_from_slice(&report);
        body.extend_from_slice(&baked.code);
        self.write(&baked_name(key), &body);
    }

    /// The warnings of a bundle that was rehearsed before; none if it was not.
    pub(crate) fn rehearsed(&self, key: &Digest) -> Option<Vec<String>> {
        let bytes = self.0.read(rehearsed_name(key)).ok()?;
        serde_json::from_slice(whole(&bytes)?).ok()
    }

    /// Keeps that a bundle passed its rehearsal.
    pub(crate) fn put_rehearsed(&self, key: &Digest, warnings: &[String]) {
        let Ok(body) = serde_json::to_vec(warnings) else { return };
        self.write(&rehearsed_name(key), &body);
    }

    fn write(&self, name: &str, body: &[u8]) {
        let mut bytes = Sha256::digest(body).to_vec();
        bytes.extend_from_slice(body);
        // Written beside and moved, so that no reader sees half a file.
        let partial = format!("{name}.{}", std::process::id());
        let written =
            self.0.write(&partial, bytes).and_then(|()| self.0.rename(&partial, &self.0, name));
        if written.is_err() {
            let _ = self.0.remove_file(&partial);
        }
    }
}

/// What stands in a file behind its digest, if it is undamaged.
fn whole(bytes: &[u8]) -> Option<&[u8]> {
    let (digest, body) = bytes.split_at_checked(32)?;
    (Sha256::digest(body).as_slice() == digest).then_some(body)
}

fn baked_name(key: &Digest) -> String {
    format!("{}.baked", key.hex())
}

fn rehearsed_name(key: &Digest) -> String {
    format!("{}.rehearsed", key.hex())
}
