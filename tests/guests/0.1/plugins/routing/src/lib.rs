//! The reference router: ordered rules in TOML with CEL conditions, so that a
//! bank decides who is told of what without writing code.
//!
//! [`Rules::read`] takes the rule file and refuses one that is wrong, with the
//! line; [`Rules::route`] decides about one transaction, [`explain`] says why. The
//! component around them is a few lines and only in the WebAssembly build.

mod bare;
mod check;
mod condition;
mod document;
mod duration;
mod explain;
mod facts;
mod late;
mod narrow;
mod predicate;
mod quiet;
mod rules;
mod samples;
mod simplify;
mod summary;
mod thresholds;
mod vocabulary;

/// The interface as Rust, made from `wit/`.
#[allow(missing_docs, unreachable_pub, unsafe_code, clippy::all)]
pub mod interface {
    wit_bindgen::generate!({
        path: ["../../../../../wit/0.1", "../../../../../wit/0.1/explain"],
        inline: "
            package tillbell:reference;
            world reference {
                include tillbell:plugin/router@0.1.0;
                export tillbell:explain/explaining@0.1.0;
            }
        ",
        world: "tillbell:reference/reference",
        generate_all,
    });
}

pub use explain::explain;
pub use summary::{Counter, NoCounter};

pub use rules::{
    CONDITION_BYTES_MAX, DELIVERIES_MAX, FILE_BYTES_MAX, LOCALES_MAX, RULES_MAX, Rules,
    THRESHOLDS_MAX,
};

#[cfg(all(target_arch = "wasm32", feature = "component"))]
mod component {
    use std::sync::OnceLock;

    use tillbell_arena::Arena;

    use super::interface::exports::tillbell::explain::explaining::{Guest as Explain, Rule};
    use super::interface::exports::tillbell::plugin::routing::{
        Decision, Facts, Guest, RoutingError, Time,
    };
    use super::interface::tillbell::plugin::counters;
    use super::interface::{ConfigurationFile, ConfigureError, Configured, Guest as Configure};
    use super::{Counter, Rules};

    #[global_allocator]
    static ARENA: Arena = Arena::new();

    static RULES: OnceLock<Rules> = OnceLock::new();

    struct Component;

    impl Configure for Component {
        fn configure(files: Vec<ConfigurationFile>) -> Result<Vec<Configured>, ConfigureError> {
            let (rules, configured) = Rules::read(&files)?;
            let _ = RULES.set(rules);
            ARENA.settle();
            Ok(configured)
        }
    }

    /// The host's first counter.
    struct Host;

    impl Counter for Host {
        fn count(&mut self) -> bool {
            counters::count(0) == counters::Standing::Granted
        }

        fn tally(&mut self) -> u32 {
            counters::tally(0)
        }

        fn sum(&mut self) -> i64 {
            counters::sum(0)
        }

        fn clear(&mut self) {
            counters::clear(0);
        }
    }

    impl Explain for Component {
        fn explain(
            files: Vec<ConfigurationFile>,
            facts: Facts,
            now: Time,
        ) -> Result<Vec<Rule>, ConfigureError> {
            super::explain(&files, &facts, now)
        }
    }

    impl Guest for Component {
        fn route(facts: Facts, now: Time) -> Result<Decision, RoutingError> {
            match RULES.get() {
                Some(rules) => rules.route_with(&facts, now, &mut Host),
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
