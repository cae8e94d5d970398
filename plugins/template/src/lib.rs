//! The reference renderer: Jinja templates for each kind, party and locale, so
//! that a bank words its messages without writing code.
//!
//! [`Catalogue::read`] takes the template files, renders each against sample
//! views and refuses a broken one; [`Catalogue::render`] makes one text. The
//! component around it is a few lines and only in the WebAssembly build.

mod arguments;
mod catalogue;
mod fault;
mod file_name;
mod filters;
mod gsm;
mod literals;
mod locale;
mod moment;
mod money;
mod samples;
mod scan;
mod title;
mod values;

/// The interface as Rust, made from `wit/`.
#[allow(missing_docs, unreachable_pub, unsafe_code, clippy::all)]
pub mod interface {
    wit_bindgen::generate!({ path: "../../wit/0.2", world: "renderer" });
}

pub use catalogue::{Catalogue, FILE_BYTES_MAX, FILES_MAX, TEXT_BYTES_MAX};

#[cfg(all(target_arch = "wasm32", feature = "component"))]
mod component {
    use std::sync::OnceLock;

    use tillbell_arena::Arena;

    use super::Catalogue;
    use super::interface::exports::tillbell::plugin::rendering::{Guest, RenderingError, View};
    use super::interface::{
        Bundle, ConfigurationFile, ConfigureError, Configured, Guest as Configure,
    };

    #[global_allocator]
    static ARENA: Arena = Arena::new();

    static CATALOGUE: OnceLock<Catalogue> = OnceLock::new();

    struct Component;

    impl Configure for Component {
        fn configure(
            files: Vec<ConfigurationFile>,
            about: Bundle,
        ) -> Result<Vec<Configured>, ConfigureError> {
            let missing = || ConfigureError::Missing("sender".into());
            let sender = about.senders.into_iter().next().ok_or_else(missing)?;
            let (catalogue, configured) = Catalogue::read(&files, sender)?;
            let _ = CATALOGUE.set(catalogue);
            ARENA.settle();
            Ok(configured)
        }
    }

    impl Guest for Component {
        fn render(template: String, locale: String, view: View) -> Result<String, RenderingError> {
            match CATALOGUE.get() {
                Some(catalogue) => catalogue.render(&template, &locale, view),
                None => Err(RenderingError::NotConfigured),
            }
        }
    }

    #[allow(unsafe_code, reason = "the symbols of the component's exports")]
    mod export {
        super::super::interface::export!(Component with_types_in super::super::interface);
        use super::Component;
    }
}
