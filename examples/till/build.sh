#!/bin/sh
# Builds the till as it goes onto an x86-64 terminal: without the tables for
# unwinding (a panic ends it), with relocations packed (the loader needs glibc 2.36,
# or musl 1.2.4), and equal functions kept once (by lld, Rust's linker here). What stands in
# many functions alike is kept once, too, where that saves 40 bytes or more: 32 kB. From the
# first byte on it would be 86 kB, and a transaction would take half as long again. No path
# of this machine stands in the program. Arguments go to cargo.
set -eu
cd "$(dirname "$0")/../.."
flags="-C link-arg=-Wl,-T,$PWD/examples/till/no-unwind.ld -C link-arg=-Wl,--no-eh-frame-hdr"
flags="$flags -C link-arg=-Wl,-z,pack-relative-relocs -C link-arg=-Wl,--icf=all"
flags="$flags -C llvm-args=-enable-machine-outliner=always"
flags="$flags -C llvm-args=-outliner-benefit-threshold=40"
# Where cargo keeps the sources of libraries: it would stand before each file's name.
wasmtime=$(cargo metadata --format-version 1 --locked --filter-platform x86_64-unknown-linux-gnu |
    grep -o '"manifest_path":"[^"]*/wasmtime-[0-9.]*/Cargo.toml"' | head -n 1 | cut -d '"' -f 4)
[ -z "$wasmtime" ] || flags="$flags --remap-path-prefix=${wasmtime%/wasmtime-*}="
RUSTFLAGS="${RUSTFLAGS:-} $flags"
export RUSTFLAGS
exec cargo build --profile till -p tillbell-till "$@"
