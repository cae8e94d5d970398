#!/bin/sh
# Tests host/tillbell-cli/src/guest-toolchain.sh against stand-ins for rustc,
# rustup and apt: no root, no network, nothing installed.
#
# With TILLBELL_TEST_DEBIAN=1 it also takes the real way over Debian's packages
# (needs Debian 12, root and the network) and builds a guest with them.

set -u
here=$(cd "$(dirname "$0")" && pwd)
script=$here/../host/tillbell-cli/src/guest-toolchain.sh
target=wasm32-unknown-unknown
# The script's limit while a stand-in hangs, and for how long that one would.
short_limit_seconds=1
hang_seconds=100
# Far above the limit, far below the hang.
patience_seconds=30

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
passed=0
failed=0

# --- Stand-ins. Each writes its name and arguments to $box/calls.

# An empty machine: a PATH with nothing but the tools that the script may use.
new_machine() {
    box=$scratch/$1
    mkdir -p "$box/path" "$box/root/usr/bin" "$box/root/etc"
    for tool in sh sed tail cat env mkdir touch chmod sleep timeout; do
        ln -s "$(command -v "$tool")" "$box/path/$tool"
    done
    user 1000
    release "ID=debian VERSION_ID=\"13\""
    : >"$box/calls"
}

# stand_in PATH: standard input is what it does after it wrote down its call.
stand_in() {
    {
        echo '#!/bin/sh'
        echo "box='$box'"
        # shellcheck disable=SC2016 # for the stand-in to expand
        echo 'echo "${0##*/} $*" >>"$box/calls"'
        cat
    } >"$1"
    chmod +x "$1"
}

user() {
    printf '#!/bin/sh\necho %s\n' "$1" >"$box/path/id"
    chmod +x "$box/path/id"
}

release() {
    echo "$1" | tr ' ' '\n' >"$box/root/etc/os-release"
}

# toolchain FOLDER MINOR: a rustc and a cargo without the target.
toolchain() {
    mkdir -p "$1/bin"
    stand_in "$1/bin/rustc" <<EOF
echo "warning: rustc talks" >&2
case "\$*" in
    "--print sysroot") echo "$1" ;;
    "--print target-libdir --target $target") echo "$1/lib/rustlib/$target/lib" ;;
    -vV) printf 'rustc 1.$2.0 (abc 2026-01-01)\nbinary: rustc\nrelease: 1.$2.0\n' ;;
    *) exit 1 ;;
esac
EOF
    stand_in "$1/bin/cargo" </dev/null
}

add_target() {
    mkdir -p "$1/lib/rustlib/$target/lib"
    touch "$1/lib/rustlib/$target/lib/libstd-0123.rlib"
}

# on_path FOLDER: rustup's way, a rustc on PATH that stands for another one.
on_path() {
    printf '#!/bin/sh\nexec "%s/bin/rustc" "$@"\n' "$1" >"$box/path/rustc"
    printf '#!/bin/sh\nexec "%s/bin/cargo" "$@"\n' "$1" >"$box/path/cargo"
    chmod +x "$box/path/rustc" "$box/path/cargo"
}

# rustup_stand_in FOLDER: its "target add" runs standard input.
rustup_stand_in() {
    {
        cat <<EOF
case "\$*" in
    "which rustc") echo "$1/bin/rustc"; exit ;;
    "which cargo") echo "$1/bin/cargo"; exit ;;
esac
echo "rustup talks on standard output"
echo "rustup talks on standard error" >&2
EOF
        cat
    } | stand_in "$box/path/rustup"
}

add_target_command() {
    echo "mkdir -p '$1/lib/rustlib/$target/lib'; touch '$1/lib/rustlib/$target/lib/libstd-0123.rlib'"
}

# apt_stand_in [MINOR]: the files "known" and "installable" stand for what the
# package lists say, and `update` makes both; "broken" stands for a mirror that
# has not got what its lists say.
apt_stand_in() {
    mkdir -p "$box/debian"
    toolchain "$box/root/usr" "${1:-96}"
    mv "$box/root/usr/bin" "$box/debian/bin"
    stand_in "$box/path/apt-cache" <<'EOF'
[ -e "$box/known" ]
EOF
    stand_in "$box/path/apt-get" <<'EOF'
echo "apt-get talks on standard output"
case "$*" in
    update*) touch "$box/known" "$box/installable" ;;
    *--download-only*) [ -e "$box/installable" ] && [ ! -e "$box/broken" ] || { echo "E: 404 Not Found" >&2; exit 100; } ;;
    *)
        mkdir -p "$box/root/usr/bin" "$box/root/usr/lib/rustlib/src/rust/library/std"
        touch "$box/root/usr/lib/rustlib/src/rust/library/std/Cargo.toml" "$box/root/usr/bin/wasm-ld-22"
        chmod +x "$box/root/usr/bin/wasm-ld-22"
        for tool in rustc cargo; do
            cat "$box/debian/bin/$tool" >"$box/root/usr/bin/$tool"
            chmod +x "$box/root/usr/bin/$tool"
        done
        ;;
esac
EOF
}

# --- Running and judging.

# run [NAME=VALUE...] [-- ARGUMENT...]: leaves $status, $out, $err, $calls.
# The script comes on standard input, as the command gives it, or as a file
# where $input is something else.
input=$script
run() {
    variables=''
    while [ $# -gt 0 ] && [ "$1" != -- ]; do
        variables="$variables '$1'"
        shift
    done
    [ $# -eq 0 ] || shift
    if [ "$input" = "$script" ]; then set -- -s -- "$@"; else set -- "$script" "$@"; fi
    eval "env -i PATH='$box/path' TILLBELL_TOOLCHAIN_ROOT='$box/root' $variables" \
        '"$box/path/sh" "$@" <"$input" >"$box/out" 2>"$box/err"'
    status=$?
    out=$(cat "$box/out") err=$(cat "$box/err") calls=$(cat "$box/calls")
}

check() {
    if [ "$2" = "$3" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf '%s: %s\n  wanted: %s\n  found:  %s\n' "$case" "$1" "$3" "$2"
        printf '  standard error: %s\n' "$err"
    fi
}

contains() {
    case $2 in
        *"$3"*) check "$1" yes yes ;;
        *) check "$1" "$2" "something with: $3" ;;
    esac
}

lacks() {
    case $2 in
        *"$3"*) check "$1" "$2" "nothing with: $3" ;;
        *) check "$1" yes yes ;;
    esac
}

# answers WAY CARGO RUSTC [CARGO_ARGS RUSTFLAGS BOOTSTRAP]: all of the output.
answers() {
    check "exit status" "$status" 0
    check "standard output" "$out" "TILLBELL_GUEST_CARGO='$2'
TILLBELL_GUEST_RUSTC='$3'
TILLBELL_GUEST_CARGO_ARGS='${4-}'
TILLBELL_GUEST_RUSTFLAGS='${5-}'
TILLBELL_GUEST_BOOTSTRAP='${6-}'
TILLBELL_GUEST_WAY='$1'"
}

answers_debian() {
    answers debian "$box/root/usr/bin/cargo" "$box/root/usr/bin/rustc" \
        -Zbuild-std=std,panic_abort "-Clinker=$box/root/usr/bin/wasm-ld-22" 1
}

finds_nothing() {
    check "exit status" "$status" 3
    check "standard output" "$out" ""
}

# --- Way 1: it is there already.

case="present on PATH, named by what stands behind"
new_machine present
toolchain "$box/a toolchain" 95
add_target "$box/a toolchain"
on_path "$box/a toolchain"
rustup_stand_in "$box/a toolchain" </dev/null
run
answers present "$box/a toolchain/bin/cargo" "$box/a toolchain/bin/rustc"
check "nothing is said" "$err" ""
lacks "nothing is installed" "$calls" rustup
eval "$out"
check "the answer can be evaluated" "$TILLBELL_GUEST_RUSTC" "$box/a toolchain/bin/rustc"

case="RUSTC before PATH"
new_machine rustc
toolchain "$box/one" 95
toolchain "$box/two" 97
add_target "$box/one"
add_target "$box/two"
on_path "$box/one"
run RUSTC="$box/two/bin/rustc"
answers present "$box/two/bin/cargo" "$box/two/bin/rustc"

case="the rustc beside CARGO before PATH"
run CARGO="$box/two/bin/cargo"
answers present "$box/two/bin/cargo" "$box/two/bin/rustc"

case="a bare CARGO says nothing of rustc"
run CARGO=cargo
answers present "$box/path/cargo" "$box/one/bin/rustc"

case="rustup's active toolchain behind another rustc on PATH"
new_machine active
toolchain "$box/other" 95
toolchain "$box/active" 95
add_target "$box/active"
on_path "$box/other"
rustup_stand_in "$box/active" </dev/null
run -- --no-install
answers present "$box/active/bin/cargo" "$box/active/bin/rustc"

case="looking lets rustup install no toolchain"
new_machine auto
toolchain "$box/one" 95
add_target "$box/one"
stand_in "$box/path/rustc" <<EOF
[ "\${RUSTUP_AUTO_INSTALL-}" = 0 ] || echo "installs a toolchain" >>"\$box/calls"
exec "$box/one/bin/rustc" "\$@"
EOF
run -- --no-install
answers present "$box/one/bin/cargo" "$box/one/bin/rustc"
lacks "nothing is installed" "$calls" "installs a toolchain"

case="too old"
new_machine old
toolchain "$box/old" 94
add_target "$box/old"
on_path "$box/old"
rustup_stand_in "$box/old" </dev/null
run
finds_nothing
check "what to type" "$err" "guest-toolchain: $box/old/bin/rustc is Rust 1.94, and guests need 1.95
guest-toolchain: no Rust 1.95 or newer with $target; type
    rustup update
    rustup target add $target
and then the same command again"
lacks "no target for what is too old" "$calls" "target add"

case="a quote in the path"
new_machine quote
toolchain "$box/one" 95
add_target "$box/one"
ln -s "$box/one/bin/cargo" "$box/one/bin/it's"
run CARGO="$box/one/bin/it'\\''s"
finds_nothing
contains "the reason" "$err" "cannot name a path with a quote in it"

# --- Way 2: rustup.

case="rustup adds the target"
new_machine rustup
toolchain "$box/one" 95
on_path "$box/one"
{ echo "cat >'$box/swallowed'"; add_target_command "$box/one"; } | rustup_stand_in "$box/one"
apt_stand_in
release "ID=debian VERSION_ID=\"12\""
user 0
echo yes >"$box/typed"
input=$box/typed
run
input=$script
answers rustup "$box/one/bin/cargo" "$box/one/bin/rustc"
check "rustup can ask nobody" "$(cat "$box/swallowed")" ""
contains "the limit by default" "$err" "adding $target with rustup, at most 60 s"
lacks "what rustup says when all is well" "$err" talks
lacks "apt is not asked" "$calls" apt-

case="--no-install does not add"
new_machine look
toolchain "$box/one" 95
on_path "$box/one"
add_target_command "$box/one" | rustup_stand_in "$box/one"
apt_stand_in
release "ID=debian VERSION_ID=\"12\""
user 0
run -- --no-install
finds_nothing
lacks "no target is added" "$calls" "target add"
lacks "no package is installed" "$calls" apt-
check "what to type" "$err" "guest-toolchain: $box/one/bin/rustc has no standard library for $target
guest-toolchain: no Rust 1.95 or newer with $target; type
    rustup target add $target
or, for Debian's Rust:
    apt-get update
    apt-get install --no-install-recommends rustc-web rust-web-src cargo-web lld-22
and then the same command again"

# hangs WITH: what the stand-in for rustup does.
hangs() {
    toolchain "$box/one" 95
    on_path "$box/one"
    echo "$1" | rustup_stand_in "$box/one"
    before=$(date +%s)
    run TILLBELL_TOOLCHAIN_LIMIT_SECONDS=$short_limit_seconds
    taken=$(($(date +%s) - before))
    finds_nothing
    contains "the reason" "$err" "adding $target with rustup took longer than $short_limit_seconds s"
    contains "what to type" "$err" "    rustup target add $target"
    check "broken off after $taken s" "$((taken < patience_seconds))" 1
}

case="a way that is not to be taken"
run "TILLBELL_TOOLCHAIN_SKIP=rustup debian"
finds_nothing
lacks "no target is added" "$calls" "target add"

case="rustup hangs"
new_machine hang
hangs "sleep $hang_seconds"

if command -v perl >/dev/null; then
    case="rustup hangs where there is no timeout"
    new_machine perl
    rm "$box/path/timeout"
    ln -s "$(command -v perl)" "$box/path/perl"
    # An alarm ends the process alone, and rustup is a single one.
    hangs "exec sleep $hang_seconds"
fi

# --- Way 3: Debian's packages.

debian_machine() {
    new_machine "$1"
    apt_stand_in "${2:-96}"
    release "ID=debian VERSION_ID=\"12\""
    user 0
}
install_calls="apt-get install -qq --yes --no-install-recommends --no-remove -o DPkg::Lock::Timeout=60"
packages="rustc-web rust-web-src cargo-web lld-22"
apt_calls() {
    grep '^apt' "$box/calls"
}

case="rustup fails, Debian does not"
debian_machine debian
touch "$box/known" "$box/installable"
toolchain "$box/one" 95
on_path "$box/one"
echo 'echo "error: could not download" >&2; exit 1' | rustup_stand_in "$box/one"
run
answers_debian
contains "why rustup did not" "$err" "error: could not download
guest-toolchain: adding $target with rustup failed with exit status 1"
check "downloads, then unpacks; lists are not read again" "$(apt_calls)" "apt-cache show $packages
$install_calls --download-only $packages
$install_calls --no-download $packages"

case="there already: nothing is installed again"
: >"$box/calls"
run "TILLBELL_TOOLCHAIN_SKIP=present rustup" -- --no-install
answers_debian
check "apt is not asked" "$(apt_calls)" ""
check "nothing is said" "$err" ""

case="a package is unknown: lists are read once"
debian_machine unknown
run
answers_debian
check "calls" "$(apt_calls)" "apt-cache show $packages
apt-get update -qq
$install_calls --download-only $packages
$install_calls --no-download $packages"

case="lists are old: read once, then again"
debian_machine stale
touch "$box/known"
run
answers_debian
check "calls" "$(apt_calls)" "apt-cache show $packages
$install_calls --download-only $packages
apt-get update -qq
$install_calls --download-only $packages
$install_calls --no-download $packages"

case="lists are read only once"
debian_machine broken
touch "$box/broken"
run
finds_nothing
check "calls" "$(apt_calls)" "apt-cache show $packages
apt-get update -qq
$install_calls --download-only $packages"
contains "the reason" "$err" "E: 404 Not Found
guest-toolchain: downloading $packages failed with exit status 100"

case="Debian's Rust is too old"
debian_machine ancient 85
run
finds_nothing
contains "the reason" "$err" "is Rust 1.85, and guests need 1.95"

case="not root"
debian_machine user
user 1000
run
finds_nothing
lacks "no package is installed" "$calls" apt-
check "what to type" "$err" "guest-toolchain: no Rust 1.95 or newer with $target; type
    curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- --target $target
or, for Debian's Rust:
    sudo apt-get update
    sudo apt-get install --no-install-recommends $packages
and then the same command again"

case="another system"
debian_machine other
release "ID=ubuntu VERSION_ID=\"12\""
run
finds_nothing
check "apt is not asked" "$(apt_calls)" ""
lacks "Debian is not advised" "$err" apt-get

# --- Arguments.

case="an argument it does not know"
new_machine argument
run -- --instal
check "exit status" "$status" 2
check "standard output" "$out" ""
contains "names it" "$err" "unknown argument \"--instal\""

# --- For real.

if [ "${TILLBELL_TEST_DEBIAN-}" = 1 ]; then
    case="Debian's packages build a guest"
    box=$scratch/real
    mkdir -p "$box/guest/src" "$box/cargo-home"
    out=$(TILLBELL_TOOLCHAIN_SKIP="present rustup" sh "$script" 2>"$box/err")
    status=$?
    err=$(cat "$box/err")
    check "exit status" "$status" 0
    check "only lines KEY='value'" \
        "$(printf '%s\n' "$out" | grep -cv "^TILLBELL_GUEST_[A-Z_]*='[^']*'\$")" 0
    eval "$out"
    check "way" "$TILLBELL_GUEST_WAY" debian
    cat >"$box/guest/Cargo.toml" <<'EOF'
[package]
name = "hello"
edition = "2024"
[lib]
crate-type = ["cdylib"]
[profile.release]
panic = "abort"
[workspace]
EOF
    cat >"$box/guest/src/lib.rs" <<'EOF'
#[unsafe(no_mangle)]
pub extern "C" fn hello(n: usize) -> usize {
    std::collections::BTreeMap::from([(n, format!("hello {n}"))])[&n].len()
}
EOF
    # An empty home and no network: all of the standard library is on the disk.
    # shellcheck disable=SC2086 # arguments with blanks between
    (cd "$box/guest" && CARGO_HOME=$box/cargo-home CARGO_TARGET_DIR=$box/target \
        RUSTC=$TILLBELL_GUEST_RUSTC RUSTC_BOOTSTRAP=$TILLBELL_GUEST_BOOTSTRAP \
        RUSTFLAGS=$TILLBELL_GUEST_RUSTFLAGS "$TILLBELL_GUEST_CARGO" build --quiet --offline \
        --release --target "$target" $TILLBELL_GUEST_CARGO_ARGS) >"$box/err" 2>&1
    check "cargo's exit status" $? 0
    err=$(tail -n 20 "$box/err")
    check "a module" "$(head -c 4 "$box/target/$target/release/hello.wasm" | od -An -c | tr -d ' ')" '\0asm'
fi

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
