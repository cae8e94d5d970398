#!/bin/sh
# Runs the fuzz targets: tests/fuzz.sh MINUTES [TARGET...]
#
# Each target (all of them, if none is named) for so many minutes, two at a
# time, in bounded memory. One line a target: executions, crashes. Exit code 1
# if there was a crash, 2 if it could not run.
#
# libFuzzer is built from its crate with a C++ compiler; cargo-fuzz is not
# needed. The nightly toolchain is used where rustup has it, the usual one where
# not. What is found and what is grown stays in the target folder; a crasher
# worth keeping goes to tests/fuzz/crashes/TARGET/, where the suite replays it.
set -eu
cd "$(dirname "$0")/.."

minutes=${1:-}
case $minutes in
'' | *[!0-9]* | 0)
    echo "usage: tests/fuzz.sh MINUTES [TARGET...]" >&2
    exit 2
    ;;
esac
shift
[ $# -gt 0 ] || set -- artefact component guard iso8583 json manifest rules segments
target=${CARGO_TARGET_DIR:-$PWD/target}
work=$target/fuzz

say() {
    echo "tests/fuzz.sh: $*" >&2
    exit 2
}
command -v "${CXX:-c++}" >/dev/null || say "no C++ compiler: install g++ or clang"
command -v timeout >/dev/null || say "no timeout: install coreutils"
toolchain=
if command -v rustup >/dev/null && rustup toolchain list 2>/dev/null | grep -q '^nightly'; then
    toolchain=+nightly
fi
host=$(rustc -vV | sed -n 's/^host: //p')

# What cargo-fuzz passes where it uses no sanitizer: our own code has no unsafe
# memory to watch. Naming the target keeps build scripts free of it.
flags="--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4"
flags="$flags -Cllvm-args=-sanitizer-coverage-inline-8bit-counters"
flags="$flags -Cllvm-args=-sanitizer-coverage-pc-table"
flags="$flags -Cllvm-args=-sanitizer-coverage-trace-compares"

# A fresh machine compiles Wasmtime twice: some minutes on two cores.
echo "building" >&2
# shellcheck disable=SC2086 # toolchain is empty or one word
timeout 2400 env RUSTFLAGS="$flags" cargo $toolchain build --release --quiet \
    --manifest-path tests/fuzz/Cargo.toml --target "$host" --target-dir "$work/build" \
    || say "the targets cannot be built"
timeout 1200 cargo run --release --quiet -p tillbell-tests --bin fuzz-seeds -- "$work/seeds" \
    || say "the seeds cannot be made"

fuzz() { # TARGET
    crashes=$work/crashes/$1
    mkdir -p "$work/corpus/$1" "$crashes" "$work/tmp"
    length=4096
    [ "$1" != component ] || length=16384
    # -fork keeps going after a crash; -rss_limit_mb and -timeout bound each.
    TMPDIR=$work/tmp timeout $((minutes * 60 + 120)) \
        "$work/build/$host/release/$1" -max_total_time=$((minutes * 60)) -fork=1 \
        -ignore_crashes=1 -ignore_ooms=0 -ignore_timeouts=0 -rss_limit_mb=2048 -timeout=120 \
        -max_len=$length -artifact_prefix="$crashes/" \
        "$work/corpus/$1" "$work/seeds/$1" >"$work/$1.log" 2>&1 || true
    runs=$(sed -n 's/^#\([0-9]*\):.*/\1/p' "$work/$1.log" | tail -n 1)
    found=$(find "$crashes" -type f | wc -l)
    echo "$1: ${runs:-0} executions, $((found)) crashes"
    [ "${runs:-0}" -gt 0 ] || echo "$1: did not run, see $work/$1.log"
}

# Targets that libFuzzer ends leave their scratch folders.
rm -rf "$work/crashes" "$work/tmp"
while [ $# -gt 0 ]; do
    fuzz "$1" &
    first=$!
    shift
    if [ $# -gt 0 ]; then
        fuzz "$1"
        shift
    fi
    wait $first
done
[ -z "$(find "$work/crashes" -type f)" ] || {
    find "$work/crashes" -type f
    exit 1
}
