//! A masker in Rust that misbehaves: it logs a person's secrets and panics with
//! them in its message. `tests/suite/guests/panic.rs` looks where they go.

/// The interface as Rust, made from `wit/`.
#[allow(missing_docs, unreachable_pub, unsafe_code, clippy::all)]
pub mod interface {
    wit_bindgen::generate!({ path: "../../../wit/0.1", world: "masker" });
}

#[cfg(target_arch = "wasm32")]
mod component {
    use super::interface::exports::tillbell::plugin::privacy::{
        Guest, Party, PrivacyError, Sensitive, View,
    };
    use super::interface::tillbell::plugin::log::{Level, log};
    use super::interface::{ConfigurationFile, ConfigureError, Configured, Guest as Configure};

    struct Component;

    impl Configure for Component {
        fn configure(_: Vec<ConfigurationFile>) -> Result<Vec<Configured>, ConfigureError> {
            Ok(Vec::new())
        }
    }

    impl Guest for Component {
        fn mask(_: Party, sensitive: Sensitive) -> Result<View, PrivacyError> {
            let person = sensitive.cardholder;
            let secrets = format!("{:?} {:?} {:?}", person.name, person.phone, person.email);
            log(Level::Error, &secrets);
            panic!("{secrets}");
        }
    }

    #[allow(unsafe_code, reason = "the symbols of the component's exports")]
    mod export {
        super::super::interface::export!(Component with_types_in super::super::interface);
        use super::Component;
    }
}
