//! The masker of lantern: [`plugin`] says what is shown and is tested natively, the component
//! around it is below.

pub mod host;
pub mod plugin;

/// The interface as Rust, made from the WIT.
#[allow(missing_docs, clippy::all)]
pub mod bindings {
    wit_bindgen::generate!({ path: "../../../wit/0.2", world: "masker" });
}

#[cfg(target_family = "wasm")]
mod component {
    use crate::bindings::exports::tillbell::plugin::privacy::{
        Guest as Privacy, PrivacyError, Request, Sensitive, View, ViewError,
    };
    use crate::bindings::{Bundle, ConfigurationFile, ConfigureError, Configured, Guest};
    use crate::{host, plugin};

    struct Plugin;

    impl Guest for Plugin {
        /// The bundle's files come here, where the manifest names some; see `[masker]` in
        /// tillbell.toml. What is kept in a static is baked.
        fn configure(
            _files: Vec<ConfigurationFile>,
            _about: Bundle,
        ) -> Result<Vec<Configured>, ConfigureError> {
            host::report_panics();
            Ok(plugin::profiles())
        }
    }

    impl Privacy for Plugin {
        fn mask(
            sensitive: Sensitive,
            requests: Vec<Request>,
        ) -> Result<Vec<Result<View, ViewError>>, PrivacyError> {
            Ok(plugin::mask(&sensitive, requests))
        }
    }

    crate::bindings::export!(Plugin with_types_in crate::bindings);
}
