#!/bin/sh
# Makes sure of a Rust toolchain for wasm32-unknown-unknown guests.
#
#   sh guest-toolchain.sh [--no-install]
#
# The first of these ways that leads to a toolchain is taken:
#   present  $RUSTC, the rustc beside $CARGO, the one on PATH or rustup's
#            active one already has the target's standard library
#   rustup   `rustup target add`
#   debian   Debian 12's newer Rust, which has the standard library's sources
#            and their dependencies but not the target: cargo compiles them
# With --no-install nothing is installed; Debian's packages count where they
# are there already.
#
# Standard output is six lines KEY='value' and nothing else, fit for `eval`:
#   TILLBELL_GUEST_CARGO       the cargo to run
#   TILLBELL_GUEST_RUSTC       its compiler, to be set as RUSTC
#   TILLBELL_GUEST_CARGO_ARGS  what `cargo build` needs besides, blanks between
#   TILLBELL_GUEST_RUSTFLAGS   what RUSTFLAGS needs besides, blanks between
#   TILLBELL_GUEST_BOOTSTRAP   1 where RUSTC_BOOTSTRAP=1 must be set, or empty
#   TILLBELL_GUEST_WAY         present, rustup or debian
# Exit status: 0; 2 wrong arguments; 3 no toolchain, and standard error says
# what to type.
#
# For tests:
#   TILLBELL_TOOLCHAIN_SKIP           ways not to take, such as "present rustup"
#   TILLBELL_TOOLCHAIN_LIMIT_SECONDS  takes the place of every time limit below
#   TILLBELL_TOOLCHAIN_ROOT           stands before /etc/os-release and /usr/bin

TARGET=wasm32-unknown-unknown
# The reference plugins' rust-version is 1.95.
MINOR_MIN=95
LLD=22
PACKAGES="rustc-web rust-web-src cargo-web lld-$LLD"

# Time limits, in seconds. Unpacking waits for no network, and to break it off
# would leave packages half installed, so it has the longest.
LOOK_SECONDS=20
RUSTUP_SECONDS=60
APT_UPDATE_SECONDS=120
APT_DOWNLOAD_SECONDS=300
APT_UNPACK_SECONDS=600
# How long a command that is told to stop may still take.
GRACE_SECONDS=5
# How much of what a failed command said is shown.
SHOWN_LINES=5

main() {
    # Whatever a tool prints goes to standard error, 3 is for the answer, and
    # what asks is not answered.
    exec 3>&1 1>&2 </dev/null
    install=yes
    for argument in "$@"; do
        case $argument in
            --no-install) install= ;;
            *) say "unknown argument \"$argument\", only --no-install is known"; exit 2 ;;
        esac
    done
    root=${TILLBELL_TOOLCHAIN_ROOT-} unfit='' cargo_args='' rustflags='' bootstrap='' old=''
    if wanted present && { present || rustup_active; }; then answer present; fi
    if wanted rustup && rustup_add; then answer rustup; fi
    if wanted debian && debian; then answer debian; fi
    advise
    exit 3
}

# --- Ways. Each sets rustc and cargo, and what has to go with them.

present() {
    rustc=${RUSTC-} cargo=${CARGO-}
    case $cargo in
        */*) [ -n "$rustc" ] || [ ! -x "${cargo%/*}/rustc" ] || rustc=${cargo%/*}/rustc ;;
    esac
    rustc=$(absolute "${rustc:-rustc}") || return 1
    # rustup's stand-ins choose anew in each folder: name what is looked at.
    sysroot=$(look "$rustc" --print sysroot) || { say "$rustc does not run here"; return 1; }
    [ -n "${RUSTC-}" ] || [ ! -x "$sysroot/bin/rustc" ] || rustc=$sysroot/bin/rustc
    new_enough && has_target || return 1
    [ -n "$cargo" ] || [ ! -x "$sysroot/bin/cargo" ] || cargo=$sysroot/bin/cargo
    cargo=$(absolute "${cargo:-cargo}") || { say "there is no cargo for $rustc"; return 1; }
}

rustup_active() {
    command -v rustup >/dev/null || return 1
    rustc=$(look rustup which rustc) && cargo=$(look rustup which cargo) || return 1
    [ "$rustc" != "$unfit" ] && new_enough && has_target
}

rustup_add() {
    [ -n "$install" ] && command -v rustup >/dev/null || return 1
    rustc=$(look rustup which rustc) && new_enough || return 1
    quietly "$RUSTUP_SECONDS" "adding $TARGET with rustup" rustup target add "$TARGET" || return 1
    unfit=''
    rustup_active
}

debian() {
    is_debian_12 || return 1
    debian_installed && return
    [ -n "$install" ] && [ "$(id -u)" = 0 ] || return 1
    # A root shell that was not a login may lack what dpkg calls.
    PATH=$PATH:/usr/sbin:/sbin
    export DEBIAN_FRONTEND=noninteractive
    updated=''
    # shellcheck disable=SC2086 # a list of names
    look apt-cache show $PACKAGES >/dev/null || apt_update || return 1
    # Lists that are only old name files that are gone, or a Rust that is.
    apt_install && debian_installed && return
    [ -z "$updated" ] && apt_update && apt_install && debian_installed
}

debian_installed() {
    rustc=$root/usr/bin/rustc cargo=$root/usr/bin/cargo linker=$root/usr/bin/wasm-ld-$LLD
    [ -x "$rustc" ] && [ -x "$cargo" ] && [ -x "$linker" ] && new_enough || return 1
    # Where cargo looks for them.
    sysroot=$(look "$rustc" --print sysroot) || return 1
    [ -f "$sysroot/lib/rustlib/src/rust/library/std/Cargo.toml" ] || return 1
    cargo_args=-Zbuild-std=std,panic_abort
    rustflags=-Clinker=$linker
    bootstrap=1
}

# --- Debian's packages.

apt_update() {
    quietly "$APT_UPDATE_SECONDS" "reading Debian's package lists" apt-get update -qq &&
        updated=yes
}

apt_install() {
    apt_get "$APT_DOWNLOAD_SECONDS" "downloading $PACKAGES" --download-only &&
        apt_get "$APT_UNPACK_SECONDS" "installing $PACKAGES" --no-download
}

# Never at the cost of what is there: these packages exclude Debian's own rustc,
# cargo and rustup.
apt_get() {
    apt_limit=$1 apt_what=$2
    shift 2
    # shellcheck disable=SC2086 # a list of names
    quietly "$apt_limit" "$apt_what" apt-get install -qq --yes --no-install-recommends \
        --no-remove -o DPkg::Lock::Timeout=60 "$@" $PACKAGES
}

is_debian_12() {
    [ -r "$root/etc/os-release" ] || return 1
    release=$(. "$root/etc/os-release" && echo "$ID $VERSION_ID")
    [ "$release" = "debian 12" ]
}

# --- Looking.

has_target() {
    unfit=$rustc
    libraries=$(look "$rustc" --print target-libdir --target "$TARGET") || return 1
    for library in "$libraries"/libstd-*.rlib; do
        [ ! -f "$library" ] || return 0
    done
    say "$rustc has no standard library for $TARGET"
    return 1
}

new_enough() {
    minor=$(look "$rustc" -vV | sed -n 's/^release: 1\.\([0-9]*\)\..*/\1/p')
    [ "${minor:-0}" -lt "$MINOR_MIN" ] || return 0
    unfit=$rustc
    [ "$old" = "$rustc" ] || say "$rustc is Rust 1.${minor:-?}, and guests need 1.$MINOR_MIN"
    old=$rustc
    return 1
}

wanted() {
    case " ${TILLBELL_TOOLCHAIN_SKIP-} " in
        *" $1 "*) return 1 ;;
    esac
}

# Prints the path of a command from the root on.
absolute() {
    absolute_path=$(command -v "$1") || return 1
    case $absolute_path in
        /*) echo "$absolute_path" ;;
        *) echo "$PWD/$absolute_path" ;;
    esac
}

# --- Running.

# Runs a command that only tells something, and lets rustup install nothing.
look() {
    RUSTUP_AUTO_INSTALL=0 limited "$LOOK_SECONDS" "$@" 2>/dev/null
}

# quietly SECONDS WHAT COMMAND...: one line before, more only where it fails.
quietly() {
    quietly_limit=${TILLBELL_TOOLCHAIN_LIMIT_SECONDS:-$1} quietly_what=$2
    shift 2
    say "$quietly_what, at most $quietly_limit s"
    said=$(limited "$quietly_limit" "$@" 2>&1) && return
    code=$?
    echo "$said" | tail -n "$SHOWN_LINES"
    # As `timeout` ends, as one that had to kill, and as an alarm does.
    case $code in
        124 | 137 | 142) say "$quietly_what took longer than $quietly_limit s" ;;
        *) say "$quietly_what failed with exit status $code" ;;
    esac
    return 1
}

# limited SECONDS COMMAND...
limited() {
    seconds=${TILLBELL_TOOLCHAIN_LIMIT_SECONDS:-$1}
    shift
    if command -v timeout >/dev/null; then
        timeout -k "$GRACE_SECONDS" "$seconds" "$@" 3>&-
    else
        # macOS has no timeout, but perl.
        perl -e 'alarm shift; exec @ARGV; exit 127' "$seconds" "$@" 3>&-
    fi
}

say() {
    echo "guest-toolchain: $*" >&2
}

# --- The end.

answer() {
    case $cargo$rustc in
        *\'*) say "cannot name a path with a quote in it: $cargo, $rustc"; exit 3 ;;
    esac
    cat >&3 <<EOF
TILLBELL_GUEST_CARGO='$cargo'
TILLBELL_GUEST_RUSTC='$rustc'
TILLBELL_GUEST_CARGO_ARGS='$cargo_args'
TILLBELL_GUEST_RUSTFLAGS='$rustflags'
TILLBELL_GUEST_BOOTSTRAP='$bootstrap'
TILLBELL_GUEST_WAY='$1'
EOF
    exit 0
}

advise() {
    say "no Rust 1.$MINOR_MIN or newer with $TARGET; type"
    if command -v rustup >/dev/null; then
        [ -z "$old" ] || echo "    rustup update"
        echo "    rustup target add $TARGET"
    else
        cat <<EOF
    curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- --target $TARGET
EOF
    fi
    if is_debian_12; then
        as_root=$([ "$(id -u)" = 0 ] || echo "sudo ")
        cat <<EOF
or, for Debian's Rust:
    ${as_root}apt-get update
    ${as_root}apt-get install --no-install-recommends $PACKAGES
EOF
    fi
    echo "and then the same command again"
}

main "$@"
