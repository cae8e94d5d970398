#!/bin/sh
# Installs what tests run: a C and a C++ compiler, make, CMake and valgrind for
# C, Node.js for the SMSC of tests/smsc, where one is missing and apt can;
# schemathesis and pyiso8583, in a folder of their own; and what compiles plugins
# in C, Zig and JavaScript, without which their tests are not run (in CI, where
# TILLBELL_CI is set, they fail).
set -eu
install_seconds=600
cd "$(dirname "$0")/.."

missing=
for tool in cc c++ make cmake valgrind openssl node npm python3; do
    command -v "$tool" >/dev/null 2>&1 || missing="$missing $tool"
done
if [ -n "$missing" ]; then
    sudo=
    [ "$(id -u)" = 0 ] || sudo=sudo
    packages="gcc g++ libc6-dev make cmake valgrind openssl"
    # Not where it is there from elsewhere: two would be in each other's way.
    case $missing in *node* | *npm*) packages="$packages nodejs npm" ;; esac
    case $missing in *python3*) packages="$packages python3 python3-venv" ;; esac
    echo "missing:$missing; installing by apt"
    $sudo timeout "$install_seconds" apt-get -q update
    # shellcheck disable=SC2086 # several packages
    $sudo timeout "$install_seconds" apt-get -q install -y --no-install-recommends $packages
fi
if [ ! -d tests/smsc/node_modules/smpp ]; then
    (cd tests/smsc && timeout "$install_seconds" npm ci --ignore-scripts --no-audit --no-fund)
fi
if [ ! -f examples/languages/javascript/node_modules/.package-lock.json ]; then
    (cd examples/languages/javascript &&
        timeout "$install_seconds" npm ci --ignore-scripts --no-audit --no-fund) ||
        { echo "not run: plugins in JavaScript, without their packages"; [ -z "${TILLBELL_CI-}" ]; }
fi
schemathesis=${CARGO_TARGET_DIR:-target}/schemathesis
if ! "$schemathesis/bin/python" -c 'import schemathesis, iso8583' 2>/dev/null; then
    mkdir -p "$(dirname "$schemathesis")"
    python3 -m venv "$schemathesis" 2>/dev/null || {
        sudo=
        [ "$(id -u)" = 0 ] || sudo=sudo
        $sudo timeout "$install_seconds" apt-get -q update
        $sudo timeout "$install_seconds" apt-get -q install -y --no-install-recommends python3-venv
        python3 -m venv "$schemathesis"
    }
    timeout "$install_seconds" "$schemathesis/bin/pip" -q install schemathesis==4.32.5 pyiso8583==4.0.1
fi
if ! command -v clang >/dev/null 2>&1 || ! command -v wasm-ld >/dev/null 2>&1; then
    sudo=
    [ "$(id -u)" = 0 ] || sudo=sudo
    { $sudo timeout "$install_seconds" apt-get -q update &&
        $sudo timeout "$install_seconds" apt-get -q install -y --no-install-recommends clang lld; } ||
        { echo "not run: plugins in C, without clang and lld"; [ -z "${TILLBELL_CI-}" ]; }
fi
ziglang=${CARGO_TARGET_DIR:-target}/ziglang
if ! "$ziglang/bin/python" -m ziglang version >/dev/null 2>&1; then
    { python3 -m venv "$ziglang" &&
        timeout "$install_seconds" "$ziglang/bin/pip" -q install ziglang==0.17.1; } ||
        { echo "not run: plugins in Zig, without ziglang"; [ -z "${TILLBELL_CI-}" ]; }
fi
