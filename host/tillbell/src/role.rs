use std::fmt;

use serde::{Deserialize, Serialize};

/// What a plugin does on the road of a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Decides who is told.
    Router,
    /// Decides what a party may see.
    Masker,
    /// Decides in which words.
    Renderer,
}

impl Role {
    /// All roles, in the order of the road.
    pub const ALL: [Self; 3] = [Self::Router, Self::Masker, Self::Renderer];

    /// The name of its world in `tillbell:plugin`, and of its table in the
    /// manifest.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Router => "router",
            Self::Masker => "masker",
            Self::Renderer => "renderer",
        }
    }

    /// The interface that its world exports, without a version.
    pub fn interface(self) -> &'static str {
        match self {
            Self::Router => "tillbell:plugin/routing",
            Self::Masker => "tillbell:plugin/privacy",
            Self::Renderer => "tillbell:plugin/rendering",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
