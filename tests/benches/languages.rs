//! What a plugin's language costs: `cargo bench -p tillbell-tests --bench languages -- FOLDER
//! EVENT`, for a bundle whose renderer is in that language and whose router is
//! `builtin:routing`, and a file whose first line is a transaction of which the cardholder is
//! told by SMS. One thread; medians.
//!
//! A text *fresh* is the render stage of a transaction with one text: an instance, and a call.
//! *Reused* is what one more text for the same party takes, in the same instance; no host
//! keeps one for longer. A transaction is the whole road with one text, and the end of its
//! sandbox.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use tillbell::{
    Artefact, Bundle, Draft, Host, Limits, MANIFEST_FILE, Manifest, Role, Target, WideLimits,
};
use tillbell_bake::Baker;
use tillbell_tests::{Scratch, copy, signed, transaction};
use tillbell_transaction::Transaction;

/// How often a transaction is processed.
const ROUNDS: usize = 2_000;
/// Texts of a transaction with many: the most that a host makes.
const MANY: usize = 8;

fn main() {
    // `cargo bench` adds an argument of its own.
    let arguments: Vec<_> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let [folder, event] = arguments.as_slice() else {
        println!("languages: not run, for no bundle and no event is named");
        return;
    };
    let feed = fs::read_to_string(event).expect("a file with an event");
    let event = transaction(feed.lines().next().expect("an event"));
    let (scratch, cache) = (Scratch::new(), Scratch::new());
    copy(Path::new(folder), scratch.path());

    let before = host(&bake(scratch.path(), cache.path()).0);
    let outcome = before.process(&event, event.time);
    let template = outcome.messages.first().expect("a text").template.clone();
    drop(before);
    let anew = Scratch::new();
    route(scratch.path(), &template, 1);
    let (draft, cold) = bake(scratch.path(), anew.path());
    let (_, cached) = bake(scratch.path(), anew.path());
    let one = signed(&draft);
    route(scratch.path(), &template, MANY);
    let many = signed(&bake(scratch.path(), cache.path()).0);

    let report = &one.plugins()[Role::Renderer as usize];
    println!("component        {} bytes", report.component_bytes);
    println!("memory           {} KiB", report.memory_bytes / 1024);
    println!("native code      {} bytes", report.code_bytes);
    println!("baked, cold      {:.1} s", cold.as_secs_f64());
    println!("baked, cached    {:.2} s", cached.as_secs_f64());
    let start = Instant::now();
    let (host_of_one, loaded) = (host_of(&one), start.elapsed());
    let host_of_many = host_of(&many);
    println!("loaded           {:.1} ms", loaded.as_secs_f64() * 1e3);
    println!("a text, first    {}", micros(render(&host_of_one, &event, 1)));
    let (mut fresh, mut all, mut whole) = (Vec::new(), Vec::new(), Vec::new());
    // In turn, so that what else the machine does meets both.
    for _ in 0..ROUNDS {
        let start = Instant::now();
        fresh.push(render(&host_of_one, &event, 1));
        whole.push(start.elapsed());
        all.push(render(&host_of_many, &event, MANY));
    }
    let (fresh, all) = (median(fresh), median(all));
    println!("a text, fresh    {}", micros(fresh));
    println!("a text, reused   {}", micros(all.saturating_sub(fresh) / (MANY - 1) as u32));
    println!("a transaction    {}", micros(median(whole)));
}

fn limits() -> Limits {
    Limits { deadline_ms: 1_000, wide: Some(WideLimits::default()), ..Limits::default() }
}

/// Has the router ask for this template so many times.
fn route(folder: &Path, template: &str, texts: usize) {
    let text = fs::read_to_string(folder.join(MANIFEST_FILE)).expect("a manifest");
    let manifest = Manifest::parse(&text).expect("a manifest");
    let delivery = format!("{{ party = \"cardholder\", template = \"{template}\" }},\n");
    let rules = format!(
        "[bank]\nlocales = [\"{}\"]\n[default]\nsuppress = \"none\"\n[[rule]]\nname = \"all\"\n\
         when = 'true'\nnotify = \"all\"\nto = [\n{}]\n",
        manifest.locale,
        delivery.repeat(texts)
    );
    let router = manifest.plugin(Role::Router);
    assert_eq!(router.component, "builtin:routing", "the router is not the command's own");
    fs::write(folder.join(&router.configuration[0]), rules).expect("rules written");
}

fn bake(folder: &Path, cache: &Path) -> (Draft, Duration) {
    let start = Instant::now();
    let files = Dir::open_ambient_dir(folder, ambient_authority()).expect("the bundle's folder");
    let builtin = |name: &str| {
        let module = tillbell_builtin::module(name).expect("a plugin of the command");
        Ok(module.to_vec())
    };
    let bundle = Bundle::open_with(&files, &limits(), &builtin).expect("a bundle");
    let cache = Dir::open_ambient_dir(cache, ambient_authority()).expect("a cache");
    let baker = Baker::new(limits(), Target::host(), Some(cache)).expect("a baker");
    let draft = baker.bake(&bundle, &|_| ()).expect("baked");
    (draft, start.elapsed())
}

fn host(draft: &Draft) -> Host {
    host_of(&signed(draft))
}

fn host_of(artefact: &Artefact) -> Host {
    let mut host = Host::new(limits()).expect("a host");
    host.load(artefact).expect("loaded");
    host
}

/// The render stage of a transaction, which must have so many texts.
fn render(host: &Host, event: &Transaction, texts: usize) -> Duration {
    let outcome = host.process(event, event.time);
    assert_eq!((outcome.failures.len(), outcome.messages.len()), (0, texts));
    outcome.times.render
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn micros(time: Duration) -> String {
    format!("{:.1} µs", time.as_secs_f64() * 1e6)
}
