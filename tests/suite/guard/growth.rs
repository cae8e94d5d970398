//! How long the guard looks: a message in microseconds, and no text longer
//! than its share.

use std::hint::black_box;
use std::time::{Duration, Instant};

use tillbell::guard::Guard;

use crate::random::Random;
use crate::scene::Scene;

/// How much longer 64 times the text may take: 64, and more for the caches that
/// it leaves and the memory that it asks for. Were it quadratic, it would be
/// 4,096 times.
const GROWTH_MAX: f64 = 400.0;
/// The texts that are compared, in bytes.
const SIZES: [usize; 2] = [1024, 64 * 1024];
/// How often a measurement is tried before growth is believed.
const TRIES: usize = 8;
/// A message of 100 characters takes 3 µs; the bench watches that. Here only a
/// disaster is told, on whatever machine.
const MESSAGE_NS_MAX: u128 = 30_000;

/// What is repeated to the size of a text.
const PIECES: [&str; 30] = [
    "1",
    "0",
    "4242424242424242",
    "4242 ",
    "4 2 ",
    ".",
    "a.",
    "a.b@",
    "@",
    "1,1,",
    "1,",
    "1.",
    "-",
    " ",
    "消",
    "验证码",
    "请致电",
    "CVV ",
    "http://",
    "://",
    "www.",
    "xn--",
    "GB82",
    "【",
    "元",
    "¥",
    "壹佰",
    "\u{200b}",
    "１",
    "请致电 139-0000 CNY 1,2.5元 a@b.c GB82 WEST 【】",
];

fn best(guard: &Guard<'_>, text: &str) -> Duration {
    let measure = || {
        let started = Instant::now();
        black_box(guard.inspect(black_box(text)));
        started.elapsed()
    };
    (0..3).map(|_| measure()).min().expect("three")
}

/// A scene whose values the texts are full of pieces of.
fn scene() -> Scene {
    Scene::new(&mut Random::of(7))
}

#[test]
fn time_grows_as_the_text() {
    let scene = scene();
    let guard =
        Guard::new().with_sender(&scene.manifest.sender).with_transaction(&scene.transaction);
    let own = [
        scene.name.as_str(),
        &scene.pan[..8],
        &scene.phone[..6],
        &scene.email[..4],
        &scene.manifest.sender.signature,
        &scene.manifest.sender.hotline,
        &scene.manifest.sender.allowed_links[0],
    ];
    let mut worst: (f64, String) = (0.0, String::new());
    for piece in PIECES.iter().copied().chain(own) {
        for pair in SIZES.windows(2) {
            let [short, long] = [pair[0], pair[1]].map(|size| piece.repeat(size / piece.len()));
            let growth = growth(&guard, &short, &long);
            if growth > worst.0 {
                worst = (growth, format!("{piece:?} from {} to {} bytes", pair[0], pair[1]));
            }
            assert!(growth <= GROWTH_MAX, "{growth:.1} times as long: {}", worst.1);
        }
    }
    println!("64 times the text takes at most {:.1} times as long: {}", worst.0, worst.1);
}

/// Measures until it is good enough, or often enough to be believed.
fn growth(guard: &Guard<'_>, short: &str, long: &str) -> f64 {
    let mut least = f64::INFINITY;
    for _ in 0..TRIES {
        let growth = best(guard, long).as_secs_f64() / best(guard, short).as_secs_f64().max(1e-7);
        least = least.min(growth);
        if least <= GROWTH_MAX {
            break;
        }
    }
    least
}

#[test]
fn a_message_takes_microseconds() {
    let scene = scene();
    let guard =
        Guard::new().with_sender(&scene.manifest.sender).with_transaction(&scene.transaction);
    let mut text = scene.carrier("凭证号632408000123，授权码654321，终端00000312，祝您生活愉快");
    while text.chars().count() > 100 {
        text.pop();
    }
    while text.chars().count() < 100 {
        text.push('好');
    }
    let mut times: Vec<u128> = (0..2_001)
        .map(|_| {
            let started = Instant::now();
            black_box(guard.inspect(black_box(&text)));
            started.elapsed().as_nanos()
        })
        .collect();
    times.sort_unstable();
    let median = times[times.len() / 2];
    println!("a message of 100 characters: {median} ns");
    assert!(median < MESSAGE_NS_MAX, "{median} ns: {text}");
}
