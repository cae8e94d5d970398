//! Kite Bank's own router, to show that a bank needs no rule language: it tells
//! the cardholder of everything that moved money, and the merchant only when the
//! amount is high or the card was read in an unusual way.
//!
//! [`Policy`] is the bank's logic and is tested natively; the component around
//! it is a few lines and only in the WebAssembly build. Build it with
//! `tillbell build examples/kite-router`.

mod configuration;
mod policy;

/// The interface as Rust, made from `wit/`.
#[allow(missing_docs, unreachable_pub, unsafe_code, clippy::all)]
pub mod interface {
    wit_bindgen::generate!({ path: "../../wit/0.2", world: "router" });
}

pub use policy::Policy;

#[cfg(target_arch = "wasm32")]
mod component {
    use std::sync::OnceLock;

    use super::Policy;
    use super::interface::exports::tillbell::plugin::routing::{
        Decision, Facts, Guest, RoutingError, Time,
    };
    use super::interface::{
        Bundle, ConfigurationFile, ConfigureError, Configured, Guest as Configure,
    };

    static POLICY: OnceLock<Policy> = OnceLock::new();

    struct Component;

    impl Configure for Component {
        fn configure(
            files: Vec<ConfigurationFile>,
            _about: Bundle,
        ) -> Result<Vec<Configured>, ConfigureError> {
            let (policy, configured) = Policy::read(&files)?;
            let _ = POLICY.set(policy);
            Ok(configured)
        }
    }

    impl Guest for Component {
        fn route(facts: Facts, now: Time) -> Result<Decision, RoutingError> {
            match POLICY.get() {
                Some(policy) => Ok(policy.route(&facts, now)),
                None => Err(RoutingError::NotConfigured),
            }
        }
    }

    #[allow(unsafe_code, reason = "the symbols of the component's exports")]
    mod export {
        super::super::interface::export!(Component with_types_in super::super::interface);
        use super::Component;
    }
}
