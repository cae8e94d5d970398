#!/bin/sh
# Puts the plugins where the example banks look for them: the reference plugins, which
# are in the `tillbell` command, and Kite Bank's own router, which is built. Needs
# `tillbell` (TILLBELL names another than target/release/tillbell).
set -eu
cd "$(dirname "$0")/.."
tillbell=${TILLBELL:-${CARGO_TARGET_DIR:-target}/release/tillbell}

place() { # NAME BANK...
    name=$1
    shift
    for bank in "$@"; do
        "$tillbell" plugin write "$name" -o "examples/banks/$bank/components/$name.wasm"
    done
}

place routing harbour meridian
place privacy harbour meridian kite
place template harbour meridian kite
"$tillbell" build examples/kite-router -o examples/banks/kite/components/router.wasm
