//! The renderer of lantern: [`plugin`] has its words and is tested natively, the component
//! around it is below.

pub mod counters;
pub mod host;
pub mod plugin;

/// The interface as Rust, made from the WIT.
#[allow(missing_docs, clippy::all)]
pub mod bindings {
    wit_bindgen::generate!({ path: "../../../wit/0.2", world: "renderer" });
}

#[cfg(target_family = "wasm")]
mod component {
    use std::sync::OnceLock;

    use crate::bindings::exports::tillbell::plugin::rendering::RenderingError;
    use crate::bindings::exports::tillbell::plugin::rendering::{Guest as Rendering, View};
    use crate::bindings::{Bundle, ConfigurationFile, ConfigureError, Configured, Guest};
    use crate::host;
    use crate::plugin::Wording;

    /// What `configure` left: it is baked, and every message begins with it.
    static WORDING: OnceLock<Wording> = OnceLock::new();

    struct Plugin;

    impl Guest for Plugin {
        /// Of those who send, the first signs what no other does: a bank of one signature has
        /// it alone.
        fn configure(
            _files: Vec<ConfigurationFile>,
            about: Bundle,
        ) -> Result<Vec<Configured>, ConfigureError> {
            host::report_panics();
            let missing = || ConfigureError::Missing("sender".into());
            let sender = about.senders.into_iter().next().ok_or_else(missing)?;
            let wording = WORDING.get_or_init(|| Wording::new(sender.signature, sender.hotline));
            Ok(wording.templates())
        }
    }

    impl Rendering for Plugin {
        fn render(template: String, locale: String, view: View) -> Result<String, RenderingError> {
            let wording = WORDING.get().ok_or(RenderingError::NotConfigured)?;
            wording.render(&template, &locale, &view)
        }
    }

    crate::bindings::export!(Plugin with_types_in crate::bindings);
}
