#!/bin/sh
# Builds the reference plugins and puts them where the example banks look for
# them. Needs `tillbell` (TILLBELL names another than target/release/tillbell).
set -eu
cd "$(dirname "$0")/.."
tillbell=${TILLBELL:-${CARGO_TARGET_DIR:-target}/release/tillbell}

place() { # CRATE NAME BANK...
    crate=$1 name=$2
    shift 2
    first=
    for bank in "$@"; do
        file=examples/banks/$bank/components/$name.wasm
        if [ -z "$first" ]; then
            "$tillbell" build "$crate" -o "$file"
            first=$file
        else
            mkdir -p "${file%/*}"
            cp "$first" "$file"
        fi
    done
}

place plugins/routing routing harbour meridian
place examples/kite-router router kite
place plugins/privacy privacy harbour meridian kite
place plugins/template template harbour meridian kite
