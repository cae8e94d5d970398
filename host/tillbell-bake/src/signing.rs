use std::fmt;

use ed25519_compact::KeyPair;
use tillbell::{Draft, Error, ErrorKind, PublicKey, Result};

/// An Ed25519 key that signs artefacts.
///
/// A key that must not lie in a file (a security module's) needs no value of
/// this type: see [`Draft::sealed`].
pub struct SigningKey(KeyPair);

impl SigningKey {
    /// A key from a PEM text, as `openssl genpkey -algorithm ed25519` writes it.
    ///
    /// # Errors
    /// [`ErrorKind::File`] if it is none. The text is not repeated.
    pub fn from_pem(pem: &str) -> Result<Self> {
        KeyPair::from_pem(pem).map(Self).map_err(|_| {
            let expected = "expected a PEM private key, as `openssl genpkey -algorithm ed25519` \
                            writes it";
            Error::new(ErrorKind::File, expected)
        })
    }

    /// A key of this process alone, for what it bakes and runs itself.
    pub fn ephemeral() -> Self {
        Self(KeyPair::generate())
    }

    /// The public half, for [`tillbell::Trust`].
    pub fn public(&self) -> PublicKey {
        PublicKey::from_bytes(*self.0.pk)
    }

    /// Signs a draft: gives the bytes of an artefact's file.
    pub fn seal(&self, draft: &Draft) -> Vec<u8> {
        draft.sealed(&self.public(), |message| *self.0.sk.sign(message, None))
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.public().id())
    }
}
