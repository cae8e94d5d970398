//! One secret in one disguise, in a message as banks write them.

mod amounts;
mod cards;
mod form;
mod links;
mod numbers;
mod secrets;

use std::sync::LazyLock;

pub(crate) use amounts::grouped;

use crate::random::Random;
use crate::scene::Scene;

/// One way to hide one sort of thing.
pub(crate) struct Disguise {
    /// What it is called where it is missed.
    pub(crate) name: &'static str,
    /// The rules of which one must find it.
    pub(crate) rules: &'static [&'static str],
    /// Plants one.
    pub(crate) plant: fn(&mut Random, &Scene) -> Plant,
}

/// The texts of one transaction, in the order in which they would leave. The
/// secret is in one of them, or in what they say together.
pub(crate) struct Plant {
    pub(crate) texts: Vec<String>,
}

/// All of them.
pub(crate) static DISGUISES: LazyLock<Vec<Disguise>> = LazyLock::new(|| {
    [
        cards::disguises(),
        secrets::disguises(),
        numbers::disguises(),
        amounts::disguises(),
        links::disguises(),
        form::disguises(),
    ]
    .into_iter()
    .flatten()
    .collect()
});

/// A message with this in it.
fn carried(scene: &Scene, something: &str) -> Plant {
    Plant { texts: vec![scene.carrier(something)] }
}

/// A message that is this.
fn whole(text: String) -> Plant {
    Plant { texts: vec![text] }
}
