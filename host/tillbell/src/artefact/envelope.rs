//! What is around an artefact: who signed it, over what.
//!
//! ```text
//!  0   8  "TILLBELL"
//!  8   4  form: 2, little-endian, as all numbers
//! 12   8  length of the whole file
//! 20   8  name of the key
//! 28  64  Ed25519 signature of: "tillbell artefact 2", the length, the BLAKE3
//!         digest of all that follows
//! 92   4  length of the header
//! 96   …  the header, JSON
//!      …  each component at the place the header names, which is a multiple
//!         of the target's page; zeros between
//! ```
//!
//! Nothing behind the signature is looked at before the signature is checked.

use std::io::{self, Read};

use super::trust::{KeyId, PublicKey, Trust};
use crate::{Error, ErrorKind, Result};

/// The longest artefact, in bytes.
pub const ARTEFACT_BYTES_MAX: usize = 64 * 1024 * 1024;
/// The longest header, in bytes.
pub(super) const HEADER_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Where the signed bytes begin.
pub(super) const SIGNED_FROM: usize = 92;
/// Where the header begins.
pub(super) const HEADER_FROM: usize = SIGNED_FROM + 4;

const MAGIC: [u8; 8] = *b"TILLBELL";
const FORM: u32 = 2;
/// What the signature is over begins with this, so that it is none of another
/// thing.
const DOMAIN: &[u8] = b"tillbell artefact 2";
/// How much of a file is read at a time, in bytes.
const BLOCK_BYTES: usize = 64 * 1024;

/// What stands before the signed bytes.
struct Prefix {
    length: u64,
    key: KeyId,
    signature: [u8; 64],
}

/// Reads an artefact of this length to its end. Gives the header's bytes and
/// the key that signed.
pub(super) fn verify(
    source: &mut impl Read,
    length: u64,
    trust: &Trust,
) -> Result<(Vec<u8>, PublicKey)> {
    let prefix = Prefix::read(source, length)?;
    let mut keys = trust.keys(prefix.key).peekable();
    if keys.peek().is_none() {
        let detail = format!("is signed by key {}, which is not trusted", prefix.key);
        return Err(Error::new(ErrorKind::Untrusted, detail));
    }
    let (digest, header) = digest(source)?;
    let message = message(prefix.length, &digest);
    match keys.find(|key| key.verifies(&message, &prefix.signature)) {
        Some(key) => Ok((header, key)),
        None => {
            let detail = format!(
                "does not match its signature by key {}: it is damaged, or forged",
                prefix.key
            );
            Err(Error::new(ErrorKind::Untrusted, detail))
        }
    }
}

/// Puts the prefix before the signed bytes.
pub(super) fn seal(
    key: &PublicKey,
    signed: &[u8],
    sign: impl FnOnce(&[u8]) -> [u8; 64],
) -> Vec<u8> {
    let length = (SIGNED_FROM + signed.len()) as u64;
    let signature = sign(&message(length, blake3::hash(signed).as_bytes()));
    let mut bytes = Vec::with_capacity(SIGNED_FROM + signed.len());
    bytes.extend_from_slice(&MAGIC);
    bytes.extend_from_slice(&FORM.to_le_bytes());
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(&key.id().0);
    bytes.extend_from_slice(&signature);
    bytes.extend_from_slice(signed);
    bytes
}

impl Prefix {
    fn read(source: &mut impl Read, length: u64) -> Result<Self> {
        let mut bytes = [0; SIGNED_FROM];
        let filled = fill(source, &mut bytes)?;
        if !bytes[..filled].starts_with(&MAGIC) {
            return Err(wrong("is not a Tillbell artefact"));
        }
        if filled < SIGNED_FROM {
            return Err(wrong(format!("is cut short: {length} bytes")));
        }
        let mut rest = &bytes[MAGIC.len()..];
        let form = u32::from_le_bytes(take(&mut rest));
        if form != FORM {
            return Err(wrong(format!("has form {form}, this host reads form {FORM}")));
        }
        let prefix = Self {
            length: u64::from_le_bytes(take(&mut rest)),
            key: KeyId(take(&mut rest)),
            signature: take(&mut rest),
        };
        if prefix.length != length {
            let expected = prefix.length;
            return Err(wrong(format!("is {length} bytes long, expected {expected}")));
        }
        if length > ARTEFACT_BYTES_MAX as u64 {
            return Err(wrong(format!("is {length} bytes long, limit {ARTEFACT_BYTES_MAX}")));
        }
        Ok(prefix)
    }
}

fn take<const N: usize>(rest: &mut &[u8]) -> [u8; N] {
    let (taken, after) = rest.split_first_chunk().expect("the fields add up to the prefix");
    *rest = after;
    *taken
}

/// The digest of what follows the prefix, and the header in it: empty where
/// there is none.
fn digest(source: &mut impl Read) -> Result<([u8; 32], Vec<u8>)> {
    let mut hasher = blake3::Hasher::new();
    let mut header = Vec::new();
    let mut header_bytes = None;
    let mut block = vec![0; BLOCK_BYTES];
    let mut read = 0;
    loop {
        let filled = fill(source, &mut block)?;
        let bytes = &block[..filled];
        hasher.update(bytes);
        let mut rest = bytes;
        if read == 0
            && let Some((length, after)) = bytes.split_first_chunk()
        {
            header_bytes = Some(u32::from_le_bytes(*length) as usize);
            rest = after;
        }
        let wanted = header_bytes.unwrap_or(0).min(HEADER_BYTES_MAX) - header.len();
        header.extend_from_slice(&rest[..wanted.min(rest.len())]);
        read += filled;
        if filled < block.len() || read > ARTEFACT_BYTES_MAX {
            return Ok((*hasher.finalize().as_bytes(), header));
        }
    }
}

/// Reads until the buffer is full or the source ends.
fn fill(source: &mut impl Read, buffer: &mut [u8]) -> Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match source.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(wrong("cannot be read").because(error)),
        }
    }
    Ok(filled)
}

/// What is signed.
fn message(length: u64, digest: &[u8; 32]) -> Vec<u8> {
    [DOMAIN, &length.to_le_bytes(), digest].concat()
}

fn wrong(detail: impl Into<String>) -> Error {
    Error::new(ErrorKind::Artefact, detail)
}
