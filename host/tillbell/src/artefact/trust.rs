use std::fmt;

use crate::{Error, ErrorKind, Result};

/// The most keys that a host trusts.
pub const KEYS_MAX: usize = 1_024;
/// The largest PEM text that is read, in bytes.
const PEM_BYTES_MAX: usize = 256 * 1024;
const PEM_BEGIN: &str = "-----BEGIN PUBLIC KEY-----";

/// The public half of an Ed25519 key (RFC 8032) that signs artefacts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PublicKey([u8; PublicKey::BYTES]);

/// A key's short name: the first 8 bytes of its BLAKE3 digest.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct KeyId(pub(super) [u8; KeyId::BYTES]);

/// Whose artefacts a host loads: public keys that the embedder vouches for,
/// each for all bundles or for one.
///
/// A host of several banks gives each bank's key that bank's bundle alone:
/// else one bank could sign for another's cards.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    anchors: Vec<Anchor>,
}

#[derive(Debug, Clone)]
struct Anchor {
    key: PublicKey,
    bundle: Option<String>,
}

impl PublicKey {
    /// Its length in bytes.
    pub const BYTES: usize = 32;

    /// A key from its 32 bytes.
    pub fn from_bytes(bytes: [u8; Self::BYTES]) -> Self {
        Self(bytes)
    }

    /// A key's short name.
    pub fn id(&self) -> KeyId {
        let digest = blake3::hash(&self.0);
        let (id, _) = digest.as_bytes().split_first_chunk().expect("a digest has 32 bytes");
        KeyId(*id)
    }

    /// Whether this key made the signature.
    pub(super) fn verifies(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        let key = ed25519_compact::PublicKey::new(self.0);
        key.verify(message, &ed25519_compact::Signature::new(*signature)).is_ok()
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.id())
    }
}

impl KeyId {
    pub(super) const BYTES: usize = 8;
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Trust {
    /// Trusts nobody.
    pub fn new() -> Self {
        Self::default()
    }

    /// Trusts the keys of a PEM text, as `openssl pkey -pubout` prints them,
    /// one or several, with all bundles.
    ///
    /// # Errors
    /// As [`Trust::add_pem`].
    pub fn from_pem(pem: &str) -> Result<Self> {
        let mut trust = Self::new();
        trust.add_pem(pem, None)?;
        Ok(trust)
    }

    /// Trusts the keys of a PEM text too: with one bundle, by its id, or with
    /// all.
    ///
    /// # Errors
    /// [`ErrorKind::Untrusted`] if there is no Ed25519 public key in it, or
    /// another thing, or if there are more than [`KEYS_MAX`] keys.
    pub fn add_pem(&mut self, pem: &str, bundle: Option<&str>) -> Result<()> {
        let wrong = |detail: &str| Error::new(ErrorKind::Untrusted, detail);
        if pem.len() > PEM_BYTES_MAX {
            return Err(wrong("a file of keys is too long"));
        }
        let blocks: Vec<_> = pem.match_indices(PEM_BEGIN).map(|(at, _)| &pem[at..]).collect();
        if blocks.is_empty() {
            return Err(wrong("expected a PEM public key, as `openssl pkey -pubout` prints"));
        }
        for (number, block) in blocks.into_iter().enumerate() {
            let key = ed25519_compact::PublicKey::from_pem(block).map_err(|error| {
                wrong(&format!("public key {}: is not an Ed25519 key", number + 1)).because(error)
            })?;
            self.add(PublicKey(*key), bundle)?;
        }
        Ok(())
    }

    /// Trusts one key too: with one bundle, by its id, or with all.
    ///
    /// # Errors
    /// [`ErrorKind::Untrusted`] if there are more than [`KEYS_MAX`] keys.
    pub fn add(&mut self, key: PublicKey, bundle: Option<&str>) -> Result<()> {
        if self.anchors.len() >= KEYS_MAX {
            return Err(Error::new(ErrorKind::Untrusted, format!("more than {KEYS_MAX} keys")));
        }
        self.anchors.push(Anchor { key, bundle: bundle.map(Into::into) });
        Ok(())
    }

    /// The trusted keys of this name.
    pub(super) fn keys(&self, id: KeyId) -> impl Iterator<Item = PublicKey> {
        self.anchors.iter().map(|anchor| anchor.key).filter(move |key| key.id() == id)
    }

    /// Whether a key may sign for a bundle.
    pub(super) fn allows(&self, key: PublicKey, bundle: &str) -> bool {
        self.anchors.iter().any(|anchor| {
            anchor.key == key && anchor.bundle.as_deref().is_none_or(|only| only == bundle)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // RFC 8032, section 7.1, test 1, as OpenSSL prints its public key.
    const PEM: &str = "-----BEGIN PUBLIC KEY-----\n\
                       MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n\
                       -----END PUBLIC KEY-----\n";

    #[test]
    fn keys_are_read_from_pem_one_or_several() {
        let trust = Trust::from_pem(PEM).unwrap();
        assert_eq!(trust.anchors[0].key.0[..4], [0xd7, 0x5a, 0x98, 0x01]);
        assert_eq!(Trust::from_pem(&PEM.repeat(3)).unwrap().anchors.len(), 3);
        for (pem, expected) in [
            (String::new(), "expected a PEM public key, as `openssl pkey -pubout` prints"),
            (PEM.replace("PUBLIC", "PRIVATE"), "expected a PEM public key"),
            (PEM.replace("MCow", "MCox"), "public key 1: is not an Ed25519 key"),
            (format!("{PEM}{}", PEM.replace("A11q", "A1")), "public key 2: is not"),
            (PEM.repeat(KEYS_MAX + 1), "more than 1024 keys"),
            ("x".repeat(PEM_BYTES_MAX + 1), "too long"),
        ] {
            let error = Trust::from_pem(&pem).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Untrusted);
            assert!(error.to_string().contains(expected), "{error}");
        }
    }

    #[test]
    fn a_key_may_be_trusted_with_one_bundle() {
        let mut trust = Trust::new();
        trust.add_pem(PEM, Some("harbour")).unwrap();
        let key = trust.anchors[0].key;
        assert!(trust.allows(key, "harbour"));
        assert!(!trust.allows(key, "meridian"));
        trust.add_pem(PEM, None).unwrap();
        assert!(trust.allows(key, "meridian"));
    }
}
