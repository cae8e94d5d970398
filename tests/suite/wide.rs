//! The wide engine: who gets it, what it costs those who do not, and that nothing of what
//! holds in the ordinary one is different there. Its plugins here are those of
//! `tests/guests`, which misbehave; a real one is in `javascript.rs`.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use tillbell::{
    Artefact, Author, Bundle, Decision, EngineKind, ErrorKind, Host, Limits, Outcome, Role, Target,
    WideLimits,
};
use tillbell_bake::Baker;
use tillbell_tests::guests::Guest;
use tillbell_tests::{Scratch, bake, bank, cache_path, open, signed, transaction};
use tillbell_transaction::{Party, Transaction};

/// A refund to a card of Harbour, which the guests wait for.
const REFUND: &str = r#"{"kind":"refund","approval":"approved","amount":{"minor_units":12850,"currency":"CNY"},"time":"2026-11-20T08:31:05+08:00","card":{"pan":"6216261000000000018"},"cardholder":{"phone":"13800138000"},"merchant":{"name":"咖啡实验室","id":"898310057340001","terminal":"00000312","phone":"13900139000"},"rrn":"632408000123","stan":"000123"}"#;
/// How many calls look for what an earlier one left.
const CALLS: usize = 10_000;

fn limits() -> Limits {
    Limits { deadline_ms: 100, wide: Some(WideLimits::default()), ..Limits::default() }
}

fn refund() -> Transaction {
    transaction(REFUND)
}

/// Harbour with a plugin in the wide engine.
fn widened(folder: &Scratch, role: Role) {
    let table = format!("[{role}]\n");
    folder.replace("tillbell.toml", &table, &format!("{table}engine = \"wide\"\n"));
}

fn baked(folder: &Path, limits: &Limits) -> tillbell::Result<Artefact> {
    let files = Dir::open_ambient_dir(folder, ambient_authority()).expect("the bundle's folder");
    let bundle = Bundle::open(&files, limits)?;
    std::fs::create_dir_all(cache_path()).expect("the cache's folder");
    let cache = Dir::open_ambient_dir(cache_path(), ambient_authority()).expect("the cache");
    let baker = Baker::new(limits.clone(), Target::host(), Some(cache))?.unguarded();
    Ok(signed(&baker.bake(&bundle, &|_| ())?))
}

fn texts(outcome: &Outcome) -> Vec<&str> {
    outcome.messages.iter().map(|message| message.text.as_str()).collect()
}

/// A host of Harbour with this guest in the wide engine, under these limits.
fn host_of(guest: &str, limits: Limits) -> Host {
    let guest = Guest::read(guest);
    let folder = guest.in_bank();
    widened(&folder, guest.role);
    let artefact = baked(folder.path(), &limits).expect("a guest that bakes");
    let mut host = Host::new(limits).expect("a host");
    host.load(&artefact).expect("a guest that loads");
    host
}

#[test]
fn a_platform_without_a_wide_engine_says_who_names_it_and_what_helps() {
    let folder = Scratch::copy_of_bank("harbour");
    widened(&folder, Role::Renderer);
    let expected = "bundle \"harbour\": [renderer]: tillbell.toml: engine = \"wide\": this \
                    platform has no wide engine; its operator may allow one (Limits::wide of \
                    the host, wide = true of a platform's table), or the plugin is made small \
                    enough for the ordinary one";
    let error = open(folder.path()).err().expect("refused");
    assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::Limit, expected));
    let artefact = baked(folder.path(), &limits()).expect("baked where it is allowed");
    let mut host = Host::new(Limits::default()).expect("a host");
    let error = host.load(&artefact).expect_err("refused");
    assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::Limit, expected));
    // The host is as it was, and serves who does without.
    host.load(&bake(&bank("harbour")).expect("baked")).expect("loaded");
    assert_eq!(host.process(&refund(), refund().time).decision, Decision::Notified);
}

#[test]
fn a_plugin_too_large_for_the_ordinary_engine_is_told_of_the_other() {
    let small = Limits { component_bytes: 1_000, ..limits() };
    let folder = Scratch::copy_of_bank("harbour");
    let error = baked(folder.path(), &small).expect_err("refused").to_string();
    assert!(error.contains("larger than 1000 bytes; a plugin with an interpreter"), "{error}");
    for role in Role::ALL {
        widened(&folder, role);
    }
    baked(folder.path(), &small).expect("all of them are in the wide engine");
}

#[test]
fn what_is_baked_for_the_ordinary_engine_is_as_it_was() {
    let artefact = bake(&bank("harbour")).expect("baked");
    assert_eq!(artefact.engine(), "wasmtime 48, settings 2");
    for report in artefact.plugins() {
        assert_eq!(report.engine, None);
        let header = serde_json::to_string(report).expect("a report");
        assert!(!header.contains("\"engine\""), "{header}");
    }
    // Where the wide engine is allowed, too.
    let both = baked(&bank("harbour"), &limits()).expect("baked");
    for role in Role::ALL {
        assert!(both.code(role) == artefact.code(role), "{role}");
    }
}

#[test]
fn a_bundle_may_mix_engines_and_says_the_same() {
    let own = Scratch::copy_of_bank("harbour");
    let mut plain = Host::new(limits()).expect("a host");
    plain.load(&baked(own.path(), &limits()).expect("baked")).expect("loaded");
    let expected = plain.process(&refund(), refund().time);
    assert_eq!((expected.failures.len(), expected.messages.len()), (0, 2));
    for roles in [&[Role::Renderer][..], &[Role::Masker], &[Role::Router, Role::Renderer]] {
        let folder = Scratch::copy_of_bank("harbour");
        for role in roles {
            widened(&folder, *role);
        }
        let artefact = baked(folder.path(), &limits()).expect("baked");
        for report in artefact.plugins() {
            let is_wide = roles.contains(&report.role);
            let wide = is_wide.then_some("wasmtime 48, wide settings 1");
            assert_eq!(report.engine.as_deref(), wide);
            let kind = if is_wide { EngineKind::Wide } else { EngineKind::Ordinary };
            assert_eq!(artefact.manifest().plugin(report.role).engine, kind);
        }
        let mut host = Host::new(limits()).expect("a host");
        host.load(&artefact).expect("loaded");
        let outcome = host.process(&refund(), refund().time);
        assert_eq!(outcome.failures, []);
        assert_eq!(texts(&outcome), texts(&expected), "{roles:?}");
        assert_eq!(outcome.counters, expected.counters);
    }
}

#[test]
fn a_wide_plugin_finds_nothing_of_the_calls_before() {
    // One slot of the pool, which every call gets.
    let host = host_of("remembers", Limits { concurrent_transactions: 1, ..limits() });
    for call in 0..CALLS {
        let outcome = host.process(&refund(), refund().time);
        assert_eq!(outcome.failures, [], "call {call}");
        assert_eq!((outcome.decision, outcome.reason()), (Decision::Suppressed, "clean"));
    }
}

#[test]
fn what_one_party_was_shown_is_not_there_for_the_other() {
    let outcome = host_of("keeps_view", limits()).process(&refund(), refund().time);
    assert_eq!(outcome.failures, []);
    let parties: Vec<_> = outcome.messages.iter().map(|message| message.party).collect();
    assert_eq!(parties, [Party::Cardholder, Party::Merchant]);
    for message in &outcome.messages {
        assert!(message.text.contains("一笔"), "{}", message.text);
    }
}

#[test]
fn its_own_memory_is_the_limit() {
    let page = 64 * 1024;
    for (wide, kind) in [(4 * page, Some(ErrorKind::Limit)), (6 * page, None)] {
        let wide = WideLimits { memory_bytes: wide, ..WideLimits::default() };
        let outcome = host_of("remembers", Limits { wide: Some(wide), ..limits() })
            .process(&refund(), refund().time);
        assert_eq!(outcome.failures.first().map(|failure| failure.kind), kind);
    }
}

#[test]
fn a_wide_plugin_that_hangs_is_ended_by_the_hosts_clock_or_the_callers() {
    let host = host_of("spin", limits());
    let outcome = host.process(&refund(), refund().time);
    assert_eq!(outcome.failures[0].kind, ErrorKind::Deadline);
    assert!(outcome.messages.iter().all(|message| message.author == Author::Host));

    let guest = Guest::read("spin");
    let folder = guest.in_bank();
    widened(&folder, guest.role);
    let artefact = baked(folder.path(), &limits()).expect("baked");
    let mut host = Host::builder(limits()).ticked().build().expect("a host");
    // Made before the engine is.
    let ticker = host.ticker();
    host.load(&artefact).expect("loaded");
    thread::scope(|scope| {
        let call = scope.spawn(|| host.process(&refund(), refund().time));
        let until = Instant::now() + Duration::from_secs(20);
        while !call.is_finished() && Instant::now() < until {
            ticker.tick();
            thread::yield_now();
        }
        let outcome = call.join().expect("it ends");
        assert_eq!(outcome.failures[0].kind, ErrorKind::Deadline);
    });
}

#[test]
fn the_interpreter_runs_no_wide_plugin() {
    let folder = Scratch::copy_of_bank("harbour");
    widened(&folder, Role::Renderer);
    let files = Dir::open_ambient_dir(folder.path(), ambient_authority()).expect("the folder");
    let bundle = Bundle::open(&files, &limits()).expect("a bundle");
    let baker = Baker::new(limits(), Target::Pulley32, None).expect("a baker");
    let error = baker.bake(&bundle, &|_| ()).expect_err("refused").to_string();
    assert!(error.contains("renderer: the wide engine runs native code alone"), "{error}");
}
