# Sourced by the scripts that build committed .wasm files from C: contracts/build.sh, conformance/kernels/build.sh and
# bench/cases/build.sh.
# shellcheck shell=sh
#
#   wasm_cc_start WHAT "$@"         reads [--check] [NAME...]; the names are in wasm_names, empty for all
#   wasm_cc NAME PATH MAX_MEMORY    builds PATH.c into PATH.wasm, or with --check compares the bytes
#   wasm_same NAME FILE PATH        takes FILE as PATH.wasm, or with --check compares the bytes
#   wasm_cc_finish                  the script's status
#
# Before wasm_cc, a script may set wasm_initial_memory, in bytes, and wasm_features, further options of the compiler.
#
# The bytes are those of one compiler. With another, --check has nothing to compare with and says so: the printed line
# "skipped: ..." and status 0.

wasm_clang=${CLANG:-clang-19}
wasm_linker=${WASM_LD:-wasm-ld-19}
wasm_made_with="19.1.7"
wasm_status=0
wasm_initial_memory=65536
wasm_features=

wasm_version_of() {
    "$1" --version 2>/dev/null | sed -n '1s/.* \([0-9][0-9]*\.[0-9][0-9]*\.[0-9][0-9]*\).*/\1/p'
}

# Another compiler ends a check and is noted by a build.
wasm_need_compiler() {
    compiler=$(wasm_version_of "$wasm_clang")
    linker=$(wasm_version_of "$wasm_linker")
    wasm_builtins=$("$wasm_clang" --print-resource-dir 2>/dev/null || true)/lib/wasi/libclang_rt.builtins-wasm32.a
    if [ "$compiler $linker" = "$wasm_made_with $wasm_made_with" ] && [ -f "$wasm_builtins" ]; then return; fi
    reason="compiler is ${compiler:-absent}, linker is ${linker:-absent}"
    [ -f "$wasm_builtins" ] || reason="$reason, compiler-rt builtins for wasm32 are absent"
    reason="$reason; the committed $1 were built with $wasm_made_with"
    if [ "$wasm_check" = yes ]; then
        echo "skipped: $reason"
        exit 0
    fi
    echo "note: $reason" >&2
}

wasm_cc_start() {
    wasm_what=$1
    shift
    wasm_check=no
    if [ "${1:-}" = "--check" ]; then
        wasm_check=yes
        shift
    fi
    # The caller reads it.
    # shellcheck disable=SC2034
    wasm_names=$*
    wasm_need_compiler "$wasm_what"
    wasm_work=$(mktemp -d)
    trap 'rm -rf "$wasm_work"' EXIT
}

# Only features that every profile has; the runtime library stands behind 128-bit multiplication and division.
wasm_compile() {
    # shellcheck disable=SC2086
    "$wasm_clang" --target=wasm32-unknown-unknown -mcpu=mvp \
        -mmutable-globals -msign-ext -mbulk-memory -mnontrapping-fptoint $wasm_features \
        -std=c17 -O2 -g0 -fno-ident -ffreestanding -fvisibility=hidden \
        -Wall -Wextra -Wconversion -Wshadow -Werror \
        -c "$1" -o "$wasm_work/object.o"
    "$wasm_linker" --no-entry --gc-sections --strip-all --stack-first -z stack-size=4096 \
        --initial-memory="$wasm_initial_memory" --max-memory="$2" "$wasm_work/object.o" "$wasm_builtins" -o "$wasm_work/module.wasm"
}

wasm_same() {
    if [ "$wasm_check" = no ]; then
        cp "$2" "$3.wasm"
        echo "built: $1, $(wc -c < "$3.wasm") bytes"
    elif cmp -s "$2" "$3.wasm"; then
        echo "same: $1"
    else
        echo "differs: $1"
        wasm_status=1
    fi
}

wasm_cc() {
    wasm_compile "$2.c" "$3"
    wasm_same "$1" "$wasm_work/module.wasm" "$2"
}

wasm_cc_finish() { exit "$wasm_status"; }
