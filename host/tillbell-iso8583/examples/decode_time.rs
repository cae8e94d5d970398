//! How long one message takes to decode, the best and the median of many
//! batches: `cargo run --release -p tillbell-iso8583 --example decode_time`.

use std::hint::black_box;
use std::time::Instant;

use tillbell_iso8583::{Decoder, Dialect, Frames, Framing};
use tillbell_transaction::Timestamp;

const BATCHES: usize = 200;
const ROUNDS: u32 = 1_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let reference = Timestamp::parse("2026-11-20T12:00:00Z")?;
    for (name, hex) in [
        ("iso1987-ascii", include_str!("../tests/messages/ascii-0210.hex")),
        ("iso1987-binary", include_str!("../tests/messages/binary-0210.hex")),
        ("unionpay-pos", include_str!("../tests/messages/unionpay-0210.hex")),
        ("iso1987-ascii-bitmap", include_str!("../tests/messages/ascii-bitmap-0210.hex")),
        ("iso1987-ebcdic", include_str!("../tests/messages/ebcdic-0210.hex")),
        ("iso1993-binary", include_str!("../tests/messages/binary-1210.hex")),
        ("as2805", include_str!("../tests/messages/as2805-0210.hex")),
    ] {
        let dialect = Dialect::builtin(name).ok_or("not built in")?;
        let decoder = Decoder::new(dialect).reference_time(reference);
        let mut frames = Frames::new(hex.as_bytes(), Framing::HexLines);
        let message = frames.next()?.ok_or("no message")?.message?.to_vec();
        let mut batches = Vec::with_capacity(BATCHES);
        for _ in 0..BATCHES {
            let start = Instant::now();
            for _ in 0..ROUNDS {
                black_box(decoder.decode(black_box(&message))?);
            }
            batches.push(start.elapsed().as_nanos() / u128::from(ROUNDS));
        }
        batches.sort_unstable();
        let (best, median) = (batches[0], batches[BATCHES / 2]);
        println!("{name}: {} bytes, best {best} ns, median {median} ns", message.len());
    }
    Ok(())
}
