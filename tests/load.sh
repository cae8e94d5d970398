#!/bin/sh
# The daemon under load, on the loopback of this machine: client, daemon and SMSC
# beside each other. Ends with status 1 if a promise is missed.
#   tests/load.sh                    1,000 transactions a second for 60 s
#   tests/load.sh --stored 500000    first stores that many, with two messages each
#   tests/load.sh --rate 2000 --seconds 20 --connections 8
set -eu
cd "$(dirname "$0")/.."
sh tests/tools.sh
cargo build --release -p tillbell-cli -p tillbell-capi -p embed-rust -p tillbell-till -p tillbell-tests
target=${CARGO_TARGET_DIR:-target}
exec "$target/release/load" "$@"
