#!/bin/sh
# Runs the till on ARM, by qemu: built for aarch64 and armv7 (hard float) with
# Debian's cross compilers, it takes the day's feeds, in ISO 8583 and JSON, and
# must write the same bytes as on this machine.
#
# aarch64 runs native code and the interpreter's, armv7 the interpreter's.
# Needs the `tillbell` command and the plugins (examples/build.sh). Installs the
# compilers, qemu and Rust's standard libraries where they are missing.
set -eu
cd "$(dirname "$0")/.."
target=$(cd "${CARGO_TARGET_DIR:-target}" && pwd)
work=$target/arm
install_seconds=600
run_seconds=300

sudo=
[ "$(id -u)" = 0 ] || sudo=sudo

have() { command -v "$1" >/dev/null 2>&1; }

install_tools() {
    if ! have aarch64-linux-gnu-gcc || ! have arm-linux-gnueabihf-gcc || ! have qemu-arm || ! have qemu-aarch64; then
        $sudo timeout "$install_seconds" apt-get -q update
        $sudo timeout "$install_seconds" apt-get -q install -y --no-install-recommends \
            gcc-aarch64-linux-gnu gcc-arm-linux-gnueabihf \
            libc6-dev-arm64-cross libc6-dev-armhf-cross qemu-user
    fi
    timeout "$install_seconds" rustup target add \
        aarch64-unknown-linux-gnu armv7-unknown-linux-gnueabihf
}

# Without the optimisation over all crates, which takes minutes for each.
build() { # TRIPLE LINKER
    variable=CARGO_TARGET_$(echo "$1" | tr 'a-z-' 'A-Z_')_LINKER
    env "$variable=$2" CARGO_PROFILE_TILL_LTO=off CARGO_PROFILE_TILL_CODEGEN_UNITS=16 \
        cargo build --profile till -p tillbell-till --features interpreter --target "$1"
}

bake() { # TARGET
    mkdir -p "$work/$1"
    for bank in harbour meridian kite; do
        "$target/release/tillbell" bake "examples/banks/$bank" --target "$1" \
            --sign "$work/key.pem" --cache "$work/cache" -o "$work/$1/$bank.tillbell"
    done
}

# Runs a till on a feed; its messages are in $work/NAME.FEED.
run() { # NAME ARTEFACTS CODE FEED FLAGS -- COMMAND...
    name=$1 artefacts=$2 code=$3 feed=$4 flags=$5
    shift 6
    rm -f "$work/store" "$work/store.lock" "$work/store.releases" "$work/$name.$feed"
    ended=0
    # shellcheck disable=SC2086 # the flags are several words
    timeout "$run_seconds" "$@" --artefacts "$work/$artefacts" --trust "$work/key.pub.pem" \
        --store "$work/store" --output "$work/$name.$feed" --code "$code" \
        --clock event --reference 2026-11-20T12:00:00+08:00 --deadline-ms 1000 $flags \
        <"examples/feeds/$feed" >"$work/$name.$feed.answers" || ended=$?
    # 1 says that some records could not be read, as is meant.
    [ "$ended" -le 1 ] || {
        echo "$name: $feed: the till ended with $ended"
        exit 1
    }
}

feeds() { # NAME ARTEFACTS CODE COMMAND...
    name=$1 artefacts=$2 code=$3
    shift 3
    run "$name" "$artefacts" "$code" day.jsonl "" -- "$@"
    for dialect in iso1987-ascii iso1987-binary unionpay-pos; do
        feed=day-${dialect%-pos}.hex
        run "$name" "$artefacts" "$code" "$feed" "--format iso8583 --dialect $dialect" -- "$@"
    done
}

compared=0
same() { # NAME
    for feed in day.jsonl day-iso1987-ascii.hex day-iso1987-binary.hex day-unionpay.hex; do
        for kind in "" .answers; do
            cmp "$work/here.$feed$kind" "$work/$1.$feed$kind"
        done
        [ -s "$work/$1.$feed" ]
        compared=$((compared + 1))
    done
    echo "$1: the same messages and answers as here"
}

install_tools
mkdir -p "$work"
openssl genpkey -algorithm ed25519 -out "$work/key.pem"
openssl pkey -in "$work/key.pem" -pubout -out "$work/key.pub.pem"
for for_target in x86_64 aarch64 pulley64 pulley32; do bake "$for_target"; done

# Together, as the suite builds them: alone, Wasmtime would be compiled once more.
cargo build --release -p tillbell-cli -p tillbell-capi -p embed-rust -p tillbell-till
build aarch64-unknown-linux-gnu aarch64-linux-gnu-gcc
build armv7-unknown-linux-gnueabihf arm-linux-gnueabihf-gcc

feeds here x86_64 native "$target/release/tillbell-till"
arm64="qemu-aarch64 -L /usr/aarch64-linux-gnu $target/aarch64-unknown-linux-gnu/till/tillbell-till"
arm32="qemu-arm -L /usr/arm-linux-gnueabihf $target/armv7-unknown-linux-gnueabihf/till/tillbell-till"
# shellcheck disable=SC2086 # each is a command with its arguments
{
    feeds aarch64-native aarch64 native $arm64
    same aarch64-native
    feeds aarch64-interpreted pulley64 interpreted $arm64
    same aarch64-interpreted
    feeds armv7-interpreted pulley32 interpreted $arm32
    same armv7-interpreted
}
echo "$compared passed"
