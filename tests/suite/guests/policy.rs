//! What becomes of a bundle whose plugins break time after time.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use tillbell::guard::Policy;
use tillbell::{Author, Decision, ErrorKind, Event, Host, Limits, Role, Target, TripPolicy};
use tillbell_bake::Baker;
use tillbell_tests::guests::Guest;
use tillbell_tests::{Scratch, bake_unguarded, bank, open, signed, transaction};

use crate::scene::{REFUND, Scene, assert_made_up_for, kinds};

/// Seconds that only a test moves.
#[derive(Clone, Default)]
struct Clock(Arc<AtomicU64>);

impl Clock {
    fn set(&self, seconds: u64) {
        self.0.store(seconds, Ordering::Relaxed);
    }

    fn drive(&self, host: &mut Host) {
        let seconds = Arc::clone(&self.0);
        host.set_clock(move || Duration::from_secs(seconds.load(Ordering::Relaxed)));
    }
}

const BROKE: [(Option<Role>, ErrorKind); 1] = [(Some(Role::Router), ErrorKind::Trap)];
const RESTS: [(Option<Role>, ErrorKind); 1] = [(None, ErrorKind::Tripped)];

fn tripped(seconds: u64) -> Event {
    Event::Tripped {
        bundle: "harbour".into(),
        release: 1,
        failure: ErrorKind::Trap,
        retry_after: Duration::from_secs(seconds),
    }
}

#[test]
fn a_bundle_that_breaks_is_tripped_and_recovers() {
    let (mut scene, clock) = (Scene::of("trap"), Clock::default());
    clock.drive(&mut scene.host);
    for _ in 0..4 {
        assert_eq!(kinds(&scene.refund().failures), BROKE);
    }
    // One success, and the count begins anew.
    scene.assert_serves();
    for _ in 0..5 {
        assert_eq!(scene.host.events(), (Vec::new(), 0));
        assert_eq!(kinds(&scene.refund().failures), BROKE);
    }
    assert_eq!(scene.host.events(), (vec![tripped(1)], 0));

    // It rests: what would work does not run either, and nobody goes untold.
    for outcome in [scene.refund(), scene.purchase()] {
        assert_eq!(kinds(&outcome.failures), RESTS);
        assert_eq!(outcome.reason(), "bundle-tripped");
        assert_made_up_for(&outcome, Role::Router);
    }
    let other = scene.of_other_bank();
    assert_eq!((other.decision, other.failures), (Decision::Notified, Vec::new()));

    // The try fails, and it rests twice as long.
    clock.set(1);
    assert_eq!(kinds(&scene.refund().failures), BROKE);
    assert_eq!(scene.host.events(), (vec![tripped(2)], 0));
    clock.set(2);
    assert_eq!(kinds(&scene.purchase().failures), RESTS);

    // The try succeeds.
    clock.set(3);
    scene.assert_serves();
    let recovered = Event::Recovered { bundle: "harbour".into(), release: 1 };
    assert_eq!(scene.host.events(), (vec![recovered], 0));
    assert_eq!(kinds(&scene.refund().failures), BROKE);
    scene.assert_serves();
}

/// Harbour with a guest as its router, as this release.
fn release(guest: &str, release: u64) -> Scratch {
    let folder = Guest::read(guest).in_bank();
    folder.replace("tillbell.toml", "release = 1", &format!("release = {release}"));
    folder
}

#[test]
fn a_release_that_breaks_gives_way_to_the_one_before() {
    let scene = Scene::of_bank();
    let broken = bake_unguarded(release("trap", 2).path()).expect("it bakes");
    scene.host.replace(&broken).expect("it follows");
    scene.assert_serves();
    for _ in 0..5 {
        assert_eq!(kinds(&scene.refund().failures), BROKE);
    }
    let restored = Event::Restored {
        bundle: "harbour".into(),
        release: 1,
        failed: 2,
        failure: ErrorKind::Trap,
    };
    assert_eq!(scene.host.events(), (vec![restored], 0));
    assert_eq!(scene.refund().failures, []);
    scene.assert_serves();
}

#[test]
fn only_a_later_release_of_a_loaded_bundle_replaces_it() {
    let scene = Scene::of_bank();
    for (folder, expected) in [
        (release("trap", 1), "bundle \"harbour\": release 1 does not follow release 1"),
        (Scratch::copy_of_bank("kite"), "bundle \"kite\": is not loaded, so it cannot be replaced"),
    ] {
        let error =
            scene.host.replace(&bake_unguarded(folder.path()).expect("it bakes")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Artefact);
        assert_eq!(error.to_string(), expected);
    }
    let greedy = release("trap", 2);
    greedy.replace("tillbell.toml", "\"621626\"", "\"621626\", \"424242\"");
    let error = scene.host.replace(&bake_unguarded(greedy.path()).expect("it bakes")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Overlap, "{error}");
    assert_eq!(scene.refund().failures, []);
    scene.assert_serves();
}

#[test]
fn what_the_guard_blocks_trips_nothing() {
    // A stranger's merchant name must not silence a bank.
    let (mut scene, clock) = (Scene::of("leaks_card"), Clock::default());
    clock.drive(&mut scene.host);
    for _ in 0..20 {
        assert_eq!(kinds(&scene.refund().failures), [(None, ErrorKind::Guard)]);
    }
    assert_eq!(scene.host.events(), (Vec::new(), 0));
}

#[test]
fn the_hosts_own_words_pass_the_guard_too() {
    let mut scene = Scene::of("trap");
    scene.host.tighten(&Policy { text_characters_max: 20, ..Policy::default() });
    let outcome = scene.refund();
    let guard = (None, ErrorKind::Guard);
    assert_eq!(kinds(&outcome.failures), [BROKE[0], guard]);
    assert_eq!(outcome.failures[1].detail, "a text was blocked: length");
    assert_eq!((outcome.decision, outcome.messages.len()), (Decision::Suppressed, 0));
}

#[test]
fn fuel_is_repeatable() {
    let limits = Limits { deadline_ms: 1_000, fuel: Some(50_000_000), ..Limits::default() };
    let baked = |folder: &Path, limits: &Limits| {
        let bundle = open(folder).expect("a bundle");
        let baker = Baker::new(limits.clone(), Target::host(), None)?;
        Ok::<_, tillbell::Error>(signed(&baker.unguarded().bake(&bundle, &|_| ())?))
    };
    let spinning = Guest::read("spin").in_bank();
    let artefact = baked(spinning.path(), &limits).expect("it bakes");
    let mut host = Host::new(limits.clone()).expect("a host");
    host.load(&artefact).expect("it loads");
    let refund = transaction(REFUND);
    for _ in 0..3 {
        let outcome = host.process(&refund, refund.time);
        assert_eq!(kinds(&outcome.failures), [(Some(Role::Router), ErrorKind::Deadline)]);
        let detail = &outcome.failures[0].detail;
        assert_eq!(detail, "router: used up 50000000 units of fuel");
    }
    // What counts fuel and what does not do not load each other's bundles.
    let without = baked(spinning.path(), &Limits::default()).expect("it bakes");
    let error = host.load(&without).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Artefact, "{error}");
}

#[test]
fn one_too_many_at_once_is_told_in_the_hosts_words() {
    let limits = Limits { concurrent_transactions: 1, deadline_ms: 100, ..Limits::default() };
    let mut scene = Scene::under("spin", limits);
    scene.host.set_trip_policy(TripPolicy { failures: 0, ..TripPolicy::default() });
    let crowded = |_| {
        thread::scope(|scope| {
            let spinning = scope.spawn(|| scene.refund());
            while !spinning.is_finished() {
                let outcome = scene.of_other_bank();
                if !outcome.failures.is_empty() {
                    return Some(outcome);
                }
            }
            None
        })
    };
    let outcome = (0..50).find_map(crowded).expect("two at once, sooner or later");
    for failure in &outcome.failures {
        assert_eq!(failure.kind, ErrorKind::Host, "{failure:?}");
    }
    assert_eq!(outcome.decision, Decision::Notified);
    assert!(outcome.messages.iter().all(|message| message.author == Author::Host));
    scene.assert_serves();
}

#[test]
fn a_bundle_that_needs_more_memory_than_it_asks_for_does_not_load() {
    let scratch = Scratch::copy_of_bank("harbour");
    scratch.replace("tillbell.toml", "[on-failure]", "[limits]\nmemory-kib = 64\n\n[on-failure]");
    let mut host = Host::new(Limits::default()).expect("a host");
    let error = host.load(&bake_unguarded(scratch.path()).expect("it bakes")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit, "{error}");
    assert!(error.to_string().contains("router"), "{error}");
    host.load(&bake_unguarded(&bank("harbour")).expect("it bakes")).expect("it loads");
}
