#!/bin/sh
# Tillbell against what one would use instead, and how its cost grows. Builds
# what it needs, prints the tables, writes tests/bench/chart.svg and the marked
# block of README.md. Some ten minutes of building on two cores the first time,
# a few minutes of measuring; let nothing else run meanwhile.
set -eu
cd "$(dirname "$0")/../.."
target=${CARGO_TARGET_DIR:-$PWD/target}
export CARGO_TARGET_DIR="$target"

# The plugins of the banks, as everybody builds them.
if [ ! -f examples/banks/harbour/components/template.wasm ]; then
    cargo build --release --quiet -p tillbell-cli
    sh examples/build.sh
fi

# Extism's plugin, by the toolchain and with the settings of `tillbell build`; in
# a folder of its own, because its libraries' files bear the names of theirs.
toolchain=$(sh host/tillbell-cli/src/guest-toolchain.sh)
eval "$toolchain"
(
    [ -z "$TILLBELL_GUEST_BOOTSTRAP" ] || export RUSTC_BOOTSTRAP=1
    # shellcheck disable=SC2086 # words, not one argument
    RUSTC=$TILLBELL_GUEST_RUSTC \
        RUSTFLAGS="$TILLBELL_GUEST_RUSTFLAGS -Clink-arg=-zstack-size=65536" \
        "$TILLBELL_GUEST_CARGO" build --release --quiet --target wasm32-unknown-unknown \
        --manifest-path tests/bench/extism-plugin/Cargo.toml $TILLBELL_GUEST_CARGO_ARGS \
        --target-dir "$target/bench" --config 'profile.release.opt-level=3' --config 'profile.release.lto=true' \
        --config 'profile.release.codegen-units=1' --config 'profile.release.panic="abort"' \
        --config 'profile.release.strip=true'
)

cargo build --release --quiet --manifest-path tests/bench/Cargo.toml
exec "$target/release/tillbell-bench" all \
    "$target/bench/wasm32-unknown-unknown/release/tillbell_bench_extism.wasm"
