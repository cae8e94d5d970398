//! The reference masker: makes, of one transaction's personal fields, the view
//! that one party may read.
//!
//! A bank says what is shown in a TOML file ([`Profiles::configure`]); where it
//! says nothing the strictest profile holds. The file's reference is in this
//! crate's `README.md`. The crate decides nothing about who is told or in which
//! words, and never sees a full card number: the interface cannot hold one.
//!
//! ```
//! use tillbell_privacy::{ConfigurationFile, Party, Profiles};
//!
//! let file = ConfigurationFile {
//!     path: "privacy.toml".into(),
//!     contents: b"[cardholder]\nprofile = \"alipay\"\ncard = \"last-4\"\n".to_vec(),
//! };
//! let profiles = Profiles::configure(&[file]).unwrap();
//! assert_eq!(profiles.of(Party::Cardholder).name, "alipay");
//! ```

mod configuration;
mod field;
#[cfg(all(target_arch = "wasm32", feature = "component"))]
mod glue;
mod mask;
mod profile;
mod record;
mod surname;
mod treatment;

pub use configuration::{ConfigurationFile, Configured, FILE_BYTES_MAX, Refusal};
pub use field::Field;
pub use profile::{Profile, Profiles, Truncation};
pub use record::{Card, Establishment, Party, Person, Sensitive, ShownCard, View};
pub use treatment::{KEPT_CHARACTERS_MAX, MASK_CHARACTERS_MAX, Treatment};
