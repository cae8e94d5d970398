//! The router of lantern: [`plugin`] decides and is tested natively, the component around it is
//! below.

pub mod counters;
pub mod host;
pub mod plugin;

/// The interface as Rust, made from the WIT.
#[allow(missing_docs, clippy::all)]
pub mod bindings {
    wit_bindgen::generate!({ path: "../../../wit/0.2", world: "router" });
}

#[cfg(target_family = "wasm")]
mod component {
    use crate::bindings::exports::tillbell::plugin::routing::{
        Decision, Facts, Guest as Routing, RoutingError, Time,
    };
    use crate::bindings::{Bundle, ConfigurationFile, ConfigureError, Configured, Guest};
    use crate::{host, plugin};

    struct Plugin;

    impl Guest for Plugin {
        /// The bundle's files come here, where the manifest names some; see `[router]` in
        /// tillbell.toml. What is kept in a static is baked.
        fn configure(
            _files: Vec<ConfigurationFile>,
            _about: Bundle,
        ) -> Result<Vec<Configured>, ConfigureError> {
            host::report_panics();
            Ok(plugin::rules())
        }
    }

    impl Routing for Plugin {
        fn route(facts: Facts, now: Time) -> Result<Decision, RoutingError> {
            Ok(plugin::route(&facts, now))
        }
    }

    crate::bindings::export!(Plugin with_types_in crate::bindings);
}
