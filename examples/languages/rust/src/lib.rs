//! The renderer of lantern: [`plugin`] has its words and is tested natively, the component
//! around it is below.

pub mod counters;
pub mod host;
pub mod plugin;

/// The interface as Rust, made from the WIT.
#[allow(missing_docs, clippy::all)]
pub mod bindings {
    wit_bindgen::generate!({ path: "../../../wit/0.1", world: "renderer" });
}

#[cfg(target_family = "wasm")]
mod component {
    use std::sync::OnceLock;

    use crate::bindings::exports::tillbell::plugin::rendering::RenderingError;
    use crate::bindings::exports::tillbell::plugin::rendering::{Guest as Rendering, View};
    use crate::bindings::{ConfigurationFile, ConfigureError, Configured, Guest, Sender};
    use crate::host;
    use crate::plugin::Wording;

    /// What `configure` left: it is baked, and every message begins with it.
    static WORDING: OnceLock<Wording> = OnceLock::new();

    struct Plugin;

    impl Guest for Plugin {
        fn configure(
            _files: Vec<ConfigurationFile>,
            sender: Sender,
        ) -> Result<Vec<Configured>, ConfigureError> {
            host::report_panics();
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
