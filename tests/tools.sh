#!/bin/sh
# Installs what the C tests run: a C and a C++ compiler, make, CMake, valgrind,
# where one is missing and apt can.
set -eu
install_seconds=600

missing=
for tool in cc c++ make cmake valgrind openssl; do
    command -v "$tool" >/dev/null 2>&1 || missing="$missing $tool"
done
[ -n "$missing" ] || exit 0
sudo=
[ "$(id -u)" = 0 ] || sudo=sudo
echo "missing:$missing; installing by apt"
$sudo timeout "$install_seconds" apt-get -q update
$sudo timeout "$install_seconds" apt-get -q install -y --no-install-recommends \
    gcc g++ libc6-dev make cmake valgrind openssl
