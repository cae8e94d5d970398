#!/bin/sh
# Everything that CI checks. Sets up what it needs; prints each step and how
# long it took.
set -eu
cd "$(dirname "$0")/.."
target=${CARGO_TARGET_DIR:-target}
# What takes longer hangs: what it printed until then is shown.
step_seconds=2400
log=$(mktemp)
trap 'rm -f "$log"' EXIT

step() { # NAME COMMAND...
    name=$1
    shift
    start=$(date +%s)
    if timeout "$step_seconds" "$@" >"$log" 2>&1; then
        grep -E '^test result|^[0-9]+ passed' "$log" >>"$results" || true
        echo "ok    $name ($(($(date +%s) - start)) s)"
    else
        cat "$log"
        echo "FAILED $name"
        exit 1
    fi
}

results=$(mktemp)
trap 'rm -f "$log" "$results"' EXIT

step "formatting" sh -c 'cargo fmt --all --check && \
    cargo fmt --manifest-path examples/languages/rust/Cargo.toml --check'
step "the toolchain script" sh tests/guest_toolchain_test.sh
step "compilers and valgrind" sh tests/tools.sh
step "the programs, built" cargo build --release \
    -p tillbell-cli -p tillbell-capi -p embed-rust -p tillbell-till
step "the plugins, built" sh examples/build.sh
step "clippy" cargo clippy --release --workspace --all-targets -- -D warnings
step "tests" cargo test --release --workspace
step "documentation" env RUSTDOCFLAGS="-D warnings" cargo doc --release --workspace --exclude tillbell-cli --no-deps
step "the till on ARM, under qemu" sh tests/arm.sh
step "the till, as small as it is said to be" sh -c 'sh examples/till/build.sh && \
    size=$(wc -c <"$0") && echo "$size bytes, limit 3000000" && [ "$size" -le 3000000 ]' \
    "$target/till/tillbell-till"
# With the command that is built: alone it would be built with other features anew.
step "the demo" sh -c 'TILLBELL="$1" sh examples/demo.sh >"$0" && cmp "$0" examples/expected/day.txt' \
    "$target/day.txt" "$target/release/tillbell"

awk '/^test result/ { passed += $4; failed += $6 } /^[0-9]+ passed/ { passed += $1 }
     END { printf "%d passed, %d failed\n", passed, failed }' "$results"
