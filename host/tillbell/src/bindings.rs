//! The one place where the WIT interface becomes Rust.
//!
//! The host speaks the latest version; [`v0_1`] is what an older plugin is told and says
//! instead.
//!
//! One world for all three roles: what a call hands over is borrowed, so that
//! nothing of a transaction is copied but into a plugin's memory, and a view
//! that the masker returned goes to the renderer as it is.

#![allow(missing_docs, unreachable_pub, clippy::all)]

pub mod v0_1;

/// What plugins import and export. `configure` has its own type in each version: it stands
/// here for its types, and is called by the bake.
mod plugin {
    wasmtime::component::bindgen!({
        path: ["../../wit/0.2", "../../wit/0.2/explain"],
        inline: "
            package tillbell:host;
            world plugin {
                use tillbell:plugin/types@0.2.0.{bundle, configuration-file, configured, configure-error};
                import tillbell:plugin/log@0.2.0;
                import tillbell:plugin/counters@0.2.0;
                export configure: func(files: list<configuration-file>, about: bundle)
                    -> result<list<configured>, configure-error>;
                export tillbell:plugin/routing@0.2.0;
                export tillbell:plugin/privacy@0.2.0;
                export tillbell:plugin/rendering@0.2.0;
                export tillbell:explain/explaining@0.2.0;
            }
        ",
        imports: { default: trappable },
        ownership: Borrowing { duplicate_if_necessary: true },
    });
}

pub use plugin::exports::tillbell::explain::explaining;
pub use plugin::exports::tillbell::plugin::{privacy, rendering, routing};
pub use plugin::tillbell::plugin::{counters, log, types};
