//! `cargo run --release -p tillbell-tests --bin languages`: what a renderer costs in each of
//! `examples/languages`, as a table. Needs the `tillbell` command, `examples/build.sh` and the
//! compilers of `tests/tools.sh`. Let nothing else run meanwhile.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use tillbell::bindings::{privacy, rendering, types};
use tillbell::{Artefact, Bundle, ErrorKind, Host, Limits, Role, State, Target, engine, facts};
use tillbell_bake::{Baker, Work};
use tillbell_tests::{Scratch, bank, binary, cache_path, root, signed, transaction};
use tillbell_transaction::Transaction;
use wasmtime::Store;
use wasmtime::component::{Component, Linker};

/// How often each text is taken.
const ROUNDS: usize = 20_000;
/// How often a plugin is baked.
const BAKES: usize = 5;

fn main() {
    let folder = root().join("examples/languages");
    let mut languages: Vec<_> = fs::read_dir(&folder)
        .expect("the examples")
        .map(|entry| entry.expect("an entry"))
        .filter(|entry| entry.path().is_dir() && entry.file_name() != "bank")
        // In the wide engine: `cargo bench --bench languages` measures it.
        .filter(|entry| !entry.path().join("tillbell.toml").is_file())
        .map(|entry| entry.file_name().into_string().expect("UTF-8"))
        .collect();
    languages.sort();
    let feed = fs::read_to_string(folder.join("bank/events.jsonl")).expect("events");
    let event = transaction(feed.lines().next().expect("an event"));
    println!("| language | component | memory | a text, fresh | reused | bake |");
    println!("| --- | ---: | ---: | ---: | ---: | ---: |");
    for language in languages {
        row(&language, &event);
    }
}

fn row(language: &str, event: &Transaction) {
    let scratch = Scratch::new();
    let folder = scratch.path().join("lantern");
    run(scratch.path(), &["new", "renderer", "lantern", "--lang", language]);
    run(&folder, &["build"]);
    let mut bakes = Vec::new();
    let mut artefact = None;
    for _ in 0..BAKES {
        let (baked, time) = bake(&folder);
        bakes.push(time);
        artefact = Some(baked);
    }
    let artefact = artefact.expect("baked above");
    let report = artefact.plugins().iter().find(|plugin| plugin.role == Role::Renderer);
    let report = report.expect("a renderer");
    println!(
        "| {language} | {:.1} kB | {} KiB | {:.1} µs | {:.1} µs | {:.2} s |",
        report.component_bytes as f64 / 1e3,
        report.memory_bytes / 1024,
        micros(fresh(&artefact, event)),
        micros(reused(&artefact, event)),
        median(bakes).as_secs_f64(),
    );
}

fn run(folder: &Path, arguments: &[&str]) {
    let mut command = Command::new(binary());
    command.args(arguments).current_dir(folder).env("TILLBELL_CACHE", cache_path());
    let output = command.output().expect("the command runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Bakes a bundle, and how long its renderer took: configured, snapshotted, compiled.
fn bake(folder: &Path) -> (Artefact, Duration) {
    let own = Dir::open_ambient_dir(folder, ambient_authority()).expect("the bundle's folder");
    let builtin = |name: &str| {
        let file = bank("harbour").join("components").join(name).with_extension("wasm");
        fs::read(file).map_err(|error| tillbell::Error::new(ErrorKind::File, error.to_string()))
    };
    let bundle = Bundle::open_with(&own, &Limits::default(), &builtin).expect("a bundle");
    let baker = Baker::new(Limits::default(), Target::host(), None).expect("a baker");
    let (began, ended) = (std::cell::Cell::new(None), std::cell::Cell::new(None));
    let draft = baker.bake(&bundle, &|step| match (step.role, step.work) {
        (Role::Renderer, Work::Configure) => began.set(Some(Instant::now())),
        (_, Work::Rehearse) => ended.set(Some(Instant::now())),
        _ => {}
    });
    let time = ended.get().expect("it ended") - began.get().expect("it began");
    (signed(&draft.expect("a bundle that bakes")), time)
}

/// A text as the host makes it, with an instance of its own.
fn fresh(artefact: &Artefact, event: &Transaction) -> Duration {
    let limits = Limits { deadline_ms: 250, ..Limits::default() };
    let mut host = Host::new(limits).expect("a host");
    host.load(artefact).expect("a bundle that loads");
    let times = (0..ROUNDS + ROUNDS / 10).map(|_| {
        let outcome = host.process(event, event.time);
        assert!(outcome.failures.is_empty() && outcome.messages.len() == 1, "{outcome:?}");
        outcome.times.render
    });
    median(times.skip(ROUNDS / 10).collect())
}

/// The same text by one instance that is kept, which a host never does.
fn reused(artefact: &Artefact, event: &Transaction) -> Duration {
    let limits = Limits::default();
    let engine = engine::runtime(&limits, Target::host()).expect("an engine");
    let mut linker = Linker::<State>::new(&engine);
    State::link(&mut linker).expect("what plugins import");
    let linked = |role| {
        #[expect(unsafe_code, reason = "native code that was baked and signed above")]
        // SAFETY: as in the host: the artefact's signature was checked when it was opened.
        let component = unsafe { Component::deserialize(&engine, artefact.code(role)) };
        component.and_then(|plugin| linker.instantiate_pre(&plugin)).expect("a plugin")
    };
    let (masker, renderer) = (linked(Role::Masker), linked(Role::Renderer));
    let mut store = Store::new(&engine, State::new(&limits));
    store.limiter(State::limiter);
    store.set_hostcall_fuel(limits.result_bytes);
    // Nothing counts this engine's epochs.
    store.set_epoch_deadline(1);
    let instance = masker.instantiate(&mut store).expect("a masker");
    let masker = tillbell::bindings::privacy::GuestIndices::new(&masker)
        .and_then(|interface| interface.load(&mut store, &instance))
        .expect("a masker");
    let cleaned = facts::Cleaned::of(event);
    let requests = [privacy::Request { role: "cardholder" }];
    let views = masker
        .call_mask(&mut store, facts::sensitive(event, &cleaned, event.time), &requests)
        .expect("the masker runs")
        .unwrap_or_else(|_| panic!("the masker refuses"));
    let [Ok(view)] = views.as_slice() else { panic!("the masker refuses") };
    let instance = renderer.instantiate(&mut store).expect("a renderer");
    let render = instance
        .get_export_index(&mut store, None, "tillbell:plugin/rendering@0.2.0")
        .and_then(|own| instance.get_export_index(&mut store, Some(&own), "render"))
        .expect("a renderer");
    type Text = std::result::Result<String, rendering::RenderingError>;
    let render = instance
        .get_typed_func::<(&str, &str, types::ViewParam<'_>), (Text,)>(&mut store, render)
        .expect("a renderer");
    let mut times = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let start = Instant::now();
        let view = facts::shown(view);
        let (text,) = render.call(&mut store, ("debit", "zh-CN", view)).expect("the renderer runs");
        times.push(start.elapsed());
        assert!(text.is_ok_and(|text| !text.is_empty()));
    }
    median(times)
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn micros(time: Duration) -> f64 {
    time.as_nanos() as f64 / 1e3
}
