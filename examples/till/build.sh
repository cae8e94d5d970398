#!/bin/sh
# Builds the till as it goes onto a terminal: without the tables for unwinding (a
# panic ends it), and with relocations packed (the loader needs glibc 2.36, or musl
# 1.2.4). Arguments go to cargo, such as --target.
set -eu
cd "$(dirname "$0")/../.."
flags="-C link-arg=-Wl,-T,$PWD/examples/till/no-unwind.ld -C link-arg=-Wl,--no-eh-frame-hdr"
flags="$flags -C link-arg=-Wl,-z,pack-relative-relocs"
RUSTFLAGS="${RUSTFLAGS:-} $flags"
export RUSTFLAGS
exec cargo build --profile till -p tillbell-till "$@"
