//! The one place where the WIT interface becomes Rust.
//!
//! One world for all three roles: what a call hands over is borrowed, so that
//! nothing of a transaction is copied but into a plugin's memory, and a view
//! that the masker returned goes to the renderer as it is.

#![allow(missing_docs, unreachable_pub, clippy::all)]

/// What plugins import and export. `configure` differs from role to role:
/// it stands here for its types, and is called by the bake.
mod plugin {
    wasmtime::component::bindgen!({
        path: ["../../wit", "../../wit/explain"],
        inline: "
            package tillbell:host;
            world plugin {
                use tillbell:plugin/types@0.1.0.{configuration-file, configured, configure-error, sender};
                import tillbell:plugin/log@0.1.0;
                import tillbell:plugin/counters@0.1.0;
                export configure: func(files: list<configuration-file>, sender: sender)
                    -> result<list<configured>, configure-error>;
                export tillbell:plugin/routing@0.1.0;
                export tillbell:plugin/privacy@0.1.0;
                export tillbell:plugin/rendering@0.1.0;
                export tillbell:explain/explaining@0.1.0;
            }
        ",
        imports: { default: trappable },
        ownership: Borrowing { duplicate_if_necessary: true },
    });
}

pub use plugin::exports::tillbell::explain::explaining;
pub use plugin::exports::tillbell::plugin::{privacy, rendering, routing};
pub use plugin::tillbell::plugin::{counters, log, types};
