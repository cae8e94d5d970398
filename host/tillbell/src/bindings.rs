//! The one place where the WIT interface becomes Rust.
//!
//! The three worlds share the types of the first, so that a view which the
//! masker returned can be handed to the renderer as it is.

#![allow(missing_docs, unreachable_pub, clippy::all)]

/// The router's world, and the types and the log that all worlds share.
pub mod router {
    wasmtime::component::bindgen!({
        path: "../../wit",
        world: "router",
        imports: { default: trappable },
    });
}

/// The masker's world.
pub mod masker {
    wasmtime::component::bindgen!({
        path: "../../wit",
        world: "masker",
        with: {
            "tillbell:plugin/types": super::router::tillbell::plugin::types,
            "tillbell:plugin/log": super::router::tillbell::plugin::log,
        },
    });
}

/// The renderer's world.
pub mod renderer {
    wasmtime::component::bindgen!({
        path: "../../wit",
        world: "renderer",
        with: {
            "tillbell:plugin/types": super::router::tillbell::plugin::types,
            "tillbell:plugin/log": super::router::tillbell::plugin::log,
        },
    });
}

pub use router::exports::tillbell::plugin::routing;
pub use router::tillbell::plugin::{log, types};
