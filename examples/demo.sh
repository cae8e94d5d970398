#!/bin/sh
# Builds everything, bakes three banks and runs their day.
set -eu
cd "$(dirname "$0")/.."
target=${CARGO_TARGET_DIR:-target}
echo "building the host and the command ..." >&2
cargo build --release --quiet -p tillbell-cli
echo "building the plugins ..." >&2
sh examples/build.sh >&2
echo "running the day ..." >&2
code=0
"$target/release/tillbell" run examples/banks/harbour examples/banks/meridian examples/banks/kite \
    --events examples/feeds/day.jsonl || code=$?
# 1 says that some lines of the day are malformed, as they are meant to be.
[ "$code" -eq 1 ]
