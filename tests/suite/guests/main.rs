//! Guests that misbehave, each in a way of its own: what the host calls it,
//! what becomes of the transaction, and that the next one is served.
//!
//! Each file of `tests/guests` is a guest, and its test here has its name: a
//! guest without a test does not compile.

mod configuring;
mod memory;
mod panic;
mod policy;
mod resources;
mod results;
mod scene;
mod texts;
mod traps;

use configuring::*;
use memory::*;
use resources::*;
use results::*;
use texts::*;
use traps::*;

include!(concat!(env!("OUT_DIR"), "/guests.rs"));

macro_rules! has_a_test {
    ($($guest:ident),*) => { $(const _: fn() = $guest;)* };
}
for_each_guest!(has_a_test);
