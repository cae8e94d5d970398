#!/bin/sh
# Builds the till as it goes onto an x86-64 terminal: without the tables for
# unwinding (a panic ends it), with relocations packed (the loader needs glibc 2.36,
# or musl 1.2.4), and equal functions kept once (by lld, Rust's linker here). No path
# of this machine stands in the program. Arguments go to cargo.
set -eu
cd "$(dirname "$0")/../.."
flags="-C link-arg=-Wl,-T,$PWD/examples/till/no-unwind.ld -C link-arg=-Wl,--no-eh-frame-hdr"
flags="$flags -C link-arg=-Wl,-z,pack-relative-relocs -C link-arg=-Wl,--icf=all"
cargo fetch --quiet --locked
for sources in "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*; do
    flags="$flags --remap-path-prefix=$sources="
done
RUSTFLAGS="${RUSTFLAGS:-} $flags"
export RUSTFLAGS
exec cargo build --profile till -p tillbell-till "$@"
