//! Whatever bytes come, decoding ends in a record or an error, and no error
//! repeats a value.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use tillbell_iso8583::{Decoder, Dialect, Frames, Framing};
use tillbell_transaction::Timestamp;

const CASES: usize = 20_000;

/// xorshift64*, so that a failure comes again.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % limit
    }
}

/// Whole messages with most kinds of field; where they are from is in
/// independent.rs.
fn seeds() -> Vec<(Decoder, Vec<u8>)> {
    let reference = Timestamp::parse("2026-11-20T12:00:00Z").unwrap();
    [
        ("iso1987-ascii", include_str!("messages/ascii-0210.hex")),
        ("iso1987-binary", include_str!("messages/binary-0420.hex")),
        ("unionpay-pos", include_str!("messages/unionpay-0210.hex")),
    ]
    .into_iter()
    .map(|(name, hex)| {
        let mut frames = Frames::new(hex.as_bytes(), Framing::HexLines);
        let message = frames.next().unwrap().unwrap().message.unwrap().to_vec();
        (Decoder::new(Dialect::builtin(name).unwrap()).reference_time(reference), message)
    })
    .collect()
}

fn check(decoder: &Decoder, bytes: &[u8]) -> bool {
    match decoder.decode(bytes).map(|decoded| decoded.record) {
        Ok(_) => true,
        Err(error) => {
            let text = error.to_string();
            assert!(!text.contains("62055") && !text.contains("00000000"), "{text}");
            assert!(text.len() < 200, "{text}");
            false
        }
    }
}

#[test]
fn a_changed_message_is_a_record_or_an_error() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for (decoder, seed) in seeds() {
        let mut accepted = 0;
        for _ in 0..CASES {
            let mut bytes = seed.clone();
            for _ in 0..=random.below(3) {
                let at = random.below(bytes.len());
                match random.below(5) {
                    0 => bytes[at] = random.below(256) as u8,
                    1 => bytes[at] ^= 1 << random.below(8),
                    2 => bytes.truncate(at.max(1)),
                    3 => bytes.insert(at, random.below(256) as u8),
                    _ => {
                        bytes.remove(at);
                        bytes.push(b'0');
                    }
                }
            }
            accepted += usize::from(check(&decoder, &bytes));
        }
        // Some changes are harmless, so the decoder is really reached.
        assert!(accepted > CASES / 100, "{accepted}");
    }
}

#[test]
fn random_bytes_are_a_record_or_an_error() {
    let mut random = Random(0xd1b5_4a32_d192_ed03);
    for (decoder, seed) in seeds() {
        for _ in 0..CASES {
            let keep = random.below(seed.len());
            let mut bytes = seed[..keep].to_vec();
            bytes.extend((0..random.below(200)).map(|_| random.below(256) as u8));
            check(&decoder, &bytes);
        }
        for length in 0..seed.len() {
            assert!(!check(&decoder, &seed[..length]), "cut at {length}");
        }
        assert!(check(&decoder, &seed));
    }
}

#[test]
fn random_feeds_end() {
    let mut random = Random(0xa076_1d64_78bd_642f);
    for framing in [Framing::HexLines, Framing::LENGTH2, Framing::LENGTH4] {
        for _ in 0..CASES / 10 {
            let feed: Vec<u8> = (0..random.below(400))
                .map(|_| b"0123456789abcdefF \n#\r\x00\x01\xff"[random.below(23)])
                .collect();
            let mut frames = Frames::new(feed.as_slice(), framing);
            let mut records = 0;
            while let Some(frame) = frames.next().unwrap() {
                assert!(frame.message.is_err() || frame.raw.len() <= feed.len());
                records += 1;
                assert!(records <= feed.len());
            }
        }
    }
}
