#!/bin/sh
# Installs what tests run: a C and a C++ compiler, make, CMake and valgrind for
# C, Node.js for the SMSC of tests/smsc; where one is missing and apt can.
set -eu
install_seconds=600

missing=
for tool in cc c++ make cmake valgrind openssl node npm; do
    command -v "$tool" >/dev/null 2>&1 || missing="$missing $tool"
done
if [ -n "$missing" ]; then
    sudo=
    [ "$(id -u)" = 0 ] || sudo=sudo
    packages="gcc g++ libc6-dev make cmake valgrind openssl"
    # Not where it is there from elsewhere: two would be in each other's way.
    case $missing in *node* | *npm*) packages="$packages nodejs npm" ;; esac
    echo "missing:$missing; installing by apt"
    $sudo timeout "$install_seconds" apt-get -q update
    # shellcheck disable=SC2086 # several packages
    $sudo timeout "$install_seconds" apt-get -q install -y --no-install-recommends $packages
fi
smsc=$(dirname "$0")/smsc
if [ ! -d "$smsc/node_modules/smpp" ]; then
    (cd "$smsc" && timeout "$install_seconds" npm ci --ignore-scripts --no-audit --no-fund)
fi
