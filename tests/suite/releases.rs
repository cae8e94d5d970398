//! What runs when a bank brings a new release: the new one from the next
//! transaction on, and the last good one again if the new one breaks.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use tillbell::{Artefact, ErrorKind, Event, Host, Limits, ReleaseLedger, TripPolicy};
use tillbell_tests::guests::Guest;
use tillbell_tests::{Scratch, bake, bank, transaction};

/// A refund of CNY 128.50 to a card of Harbour: the guest `trap` traps.
const REFUND: &str = r#"{"kind":"refund","approval":"approved","amount":{"minor_units":12850,"currency":"CNY"},"time":"2026-11-20T08:31:05+08:00","card":{"pan":"6216261000000000018"},"cardholder":{"name":"欧阳娜娜","phone":"13800138000"},"merchant":{"name":"咖啡实验室","city":"上海","country":"CN","id":"898310057340001","terminal":"00000312"},"rrn":"632408000123","stan":"000123"}"#;

/// After so many good transactions a release is proven, here.
const PROVEN_AFTER: u32 = 3;

/// Harbour as it is, or with a router that traps, as this release.
fn release(traps: bool, number: u64) -> Artefact {
    let folder = match traps {
        true => Guest::read("trap").in_bank(),
        false => Scratch::copy_of_bank("harbour"),
    };
    folder.replace("tillbell.toml", "release = 1", &format!("release = {number}"));
    bake(folder.path()).expect("a release that bakes")
}

/// A host with release 1, which is proven.
fn host() -> Host {
    let mut host = Host::new(Limits { deadline_ms: 250, ..Limits::default() }).expect("a host");
    host.set_trip_policy(TripPolicy { proven_after: PROVEN_AFTER, ..TripPolicy::default() });
    host.load(&release(false, 1)).expect("release 1");
    for _ in 0..PROVEN_AFTER {
        purchase(&host);
    }
    host
}

fn purchase(host: &Host) {
    let purchase = transaction(&REFUND.replace("refund", "purchase"));
    assert_eq!(host.process(&purchase, purchase.time).failures, []);
}

/// Trips what runs.
fn trip(host: &Host) {
    let refund = transaction(REFUND);
    for _ in 0..TripPolicy::default().failures {
        let failures = host.process(&refund, refund.time).failures;
        assert_eq!(failures[0].kind, ErrorKind::Trap, "{failures:?}");
    }
}

fn restored(failed: u64, release: u64) -> Event {
    Event::Restored { bundle: "harbour".into(), release, failed, failure: ErrorKind::Trap }
}

#[test]
fn a_release_that_never_worked_is_not_gone_back_to() {
    let host = host();
    for number in [2, 3] {
        host.replace(&release(true, number)).expect("it follows");
    }
    trip(&host);
    assert_eq!(host.events(), (vec![restored(3, 1)], 0));
    purchase(&host);
    // And again, for what was put back is kept when it is replaced.
    host.replace(&release(true, 4)).expect("it follows");
    trip(&host);
    assert_eq!(host.events(), (vec![restored(4, 1)], 0));
}

/// Meridian as this release, with these cards.
fn meridian(number: u64, ranges: &str) -> Artefact {
    let folder = Scratch::copy_of_bank("meridian");
    folder.replace("tillbell.toml", "release = 1", &format!("release = {number}"));
    folder.replace("tillbell.toml", "\"424242\"", ranges);
    bake(folder.path()).expect("a release that bakes")
}

/// The releases that run, in the order of loading.
fn running(host: &Host) -> Vec<u64> {
    host.manifests().map(|manifest| manifest.release).collect()
}

#[test]
fn several_releases_follow_together_or_not_at_all() {
    let (scratch, mut host) = (Scratch::new(), host());
    host.load(&meridian(1, "\"424242\"")).expect("another bank");
    let path = scratch.path().join("releases");
    let ledger = || ReleaseLedger::open(&path).expect("a ledger");
    host.keep(ledger()).expect("entered");
    let entered = fs::read_to_string(&path).expect("a ledger");
    assert_eq!(entered, "tillbell releases 1\nharbour 1\nmeridian 1\n");
    let harbour = release(false, 2);
    let kite = bake(&bank("kite")).expect("a bank");
    for (bad, kind, said) in [
        (&meridian(1, "\"424242\""), ErrorKind::Artefact, "release 1 does not follow release 1"),
        (&meridian(2, "\"621626\""), ErrorKind::Overlap, "overlaps 62162600-62162699 of"),
        (&harbour, ErrorKind::Overlap, "is replaced twice at once"),
        (&kite, ErrorKind::Artefact, "is not loaded, so it cannot be replaced"),
    ] {
        let error = host.replace_all(&[&harbour, bad]).expect_err("it is refused");
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains(said), "{error}");
        assert_eq!(running(&host), [1, 1]);
        assert_eq!(fs::read_to_string(&path).expect("a ledger"), entered);
    }
    purchase(&host);
    let good = meridian(2, "\"424242\"");
    let prepared = host.prepare(&[&harbour, &good]).expect("they follow");
    let late = host.prepare(&[&release(false, 2)]).expect("it follows");
    assert_eq!(running(&host), [1, 1]);
    assert_eq!(fs::read_to_string(&path).expect("a ledger"), entered);
    host.switch(prepared).expect("they follow still");
    assert_eq!(running(&host), [2, 2]);
    let entered = fs::read_to_string(&path).expect("a ledger");
    assert_eq!(entered, "tillbell releases 1\nharbour 2\nmeridian 2\n");
    // What was prepared before something else followed does not follow any more.
    let error = host.switch(late).expect_err("it is late");
    assert!(error.to_string().contains("does not follow release 2"), "{error}");
    purchase(&host);
}

#[test]
fn releases_that_cannot_be_entered_do_not_run() {
    let (scratch, host) = (Scratch::new(), host());
    let folder = scratch.path().join("ledgers");
    fs::create_dir(&folder).expect("a folder");
    host.keep(ReleaseLedger::open(&folder.join("releases")).expect("a ledger")).expect("entered");
    fs::remove_dir_all(&folder).expect("removed");
    let error = host.replace(&release(false, 2)).expect_err("there is no ledger to write");
    assert_eq!((error.kind(), running(&host)), (ErrorKind::File, vec![1]), "{error}");
    // Nor does a host keep a ledger in which it is the older one.
    let other = scratch.path().join("releases");
    fs::write(&other, "tillbell releases 1\nharbour 7\n").expect("written");
    let error = host.keep(ReleaseLedger::open(&other).expect("a ledger")).expect_err("older");
    assert_eq!(error.kind(), ErrorKind::Downgrade, "{error}");
    // What one host prepared, another does not run.
    let prepared = self::host().prepare(&[&release(false, 3)]).expect("it follows");
    let error = host.switch(prepared).expect_err("another's");
    assert_eq!(error.kind(), ErrorKind::Artefact, "{error}");
}

#[test]
fn a_proven_release_is_not_rolled_back() {
    let host = host();
    host.replace(&release(true, 2)).expect("it follows");
    for _ in 0..PROVEN_AFTER {
        assert_eq!(host.events(), (Vec::new(), 0));
        purchase(&host);
    }
    let proven = Event::Proven { bundle: "harbour".into(), release: 2 };
    assert_eq!(host.events(), (vec![proven], 0));
    trip(&host);
    let (events, _) = host.events();
    assert!(matches!(events[..], [Event::Tripped { release: 2, .. }]), "{events:?}");
}

#[test]
fn releases_change_while_transactions_run() {
    let mut host = host();
    host.load(&bake(&bank("meridian")).expect("it bakes")).expect("it loads");
    let host = host;
    let over = AtomicBool::new(false);
    let other = transaction(&REFUND.replace("6216261000000000018", "4242424242424242"));
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    purchase(&host);
                    assert_eq!(host.process(&other, other.time).failures, []);
                }
            });
        }
        for number in 2..20 {
            host.replace(&release(false, number)).expect("it follows");
            let running = host.manifests().next().expect("harbour").release;
            assert_eq!(running, number);
        }
        over.store(true, Ordering::Relaxed);
    });
}
