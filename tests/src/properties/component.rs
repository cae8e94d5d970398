//! Components: whatever a bank ships, baking it gives an artefact or an error.
//! Nothing of it is run but `configure`, in its sandbox.

use std::fs;

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use tillbell::{Bundle, Draft, Limits, Role, Target};
use tillbell_bake::{Anatomy, Baker, componentise};

use crate::Scratch;
use crate::guests::assemble;

/// A bundle whose three plugins are one component: the bake begins with the
/// router.
const MANIFEST: &str = r#"id = "fuzz"
version = "1.0.0"
release = 1
bin-ranges = ["621626"]
signature = "[T]"
hotline = "95500"
max-segments = 2
locale = "en"
[router]
component = "c"
[masker]
component = "c"
[renderer]
component = "c"
"#;

/// # Panics
/// If baking does.
pub fn holds(input: &[u8]) {
    if let Ok(component) = componentise(input)
        && let Ok(anatomy) = Anatomy::of(&component)
    {
        for role in Role::ALL {
            let _ = anatomy.check(role);
        }
    }
    // The masker is the same component, so the whole is always refused.
    assert!(bake(input).is_none_or(|baked| baked.is_err()));
}

/// Bakes a bundle of this component; none where it cannot be opened.
fn bake(component: &[u8]) -> Option<tillbell::Result<Draft>> {
    WORKSHOP.with(|workshop| {
        fs::write(workshop.folder.path().join("c"), component).expect("a scratch file");
        let folder = Dir::open_ambient_dir(workshop.folder.path(), ambient_authority());
        let bundle = Bundle::open(&folder.expect("a folder"), &Limits::default()).ok()?;
        Some(workshop.baker.bake(&bundle, &|_| ()))
    })
}

struct Workshop {
    folder: Scratch,
    baker: Baker,
}

thread_local! {
    static WORKSHOP: Workshop = {
        let folder = Scratch::new();
        fs::write(folder.path().join("tillbell.toml"), MANIFEST).expect("a scratch file");
        let baker = Baker::new(Limits::default(), Target::host(), None).expect("a baker");
        Workshop { folder, baker }
    };
}

/// The smallest router: `configure` notes that it was called and answers that
/// there are no rules, `route` that it was not configured.
const ROUTER: &str = r#"(module
  (memory (export "memory") 1)
  (global $stack (mut i32) (i32.const 4096))
  (global $next (mut i32) (i32.const 8192))
  (data (i32.const 1040) "\01")
  (func (export "configure") (param i32 i32) (result i32)
    (i32.store (i32.const 1060) (i32.add (i32.load (i32.const 1060)) (i32.const 1)))
    (i32.const 1024))
  (func (export "tillbell:plugin/routing@0.1.0#route") (param i32) (result i32)
    (i32.store8 (i32.const 1072) (i32.const 1))
    (i32.store8 (i32.const 1076) (i32.const 1))
    (i32.const 1072))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (global.set $next (i32.add (global.get $next) (local.get 3)))
    (i32.sub (global.get $next) (local.get 3))))
"#;

/// The smallest router as a core module and as a component.
pub fn seeds() -> Vec<Vec<u8>> {
    let module = assemble(ROUTER, "router");
    let component = componentise(&module).expect("a component").into_owned();
    vec![module, component]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Both seeds pass the router's bake: what refuses them is the masker.
    #[test]
    fn the_seeds_are_routers() {
        for seed in seeds() {
            assert!(seed.len() < 8 * 1024, "{} bytes", seed.len());
            let error = bake(&seed).expect("a bundle").expect_err("no masker");
            assert!(error.to_string().contains("masker"), "{error}");
        }
    }
}
