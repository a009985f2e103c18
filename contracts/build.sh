#!/bin/sh
# Builds the contracts, or with --check compares a fresh build with the committed .wasm files byte by byte.
#
# usage: contracts/build.sh [--check] [NAME...]
#
# The bytes are those of one compiler. With another, --check has nothing to compare with and says so: the printed line
# "skipped: ..." and status 0.
set -eu

clang=${CLANG:-clang-19}
linker=${WASM_LD:-wasm-ld-19}
made_with="19.1.7"

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
check=no
if [ "${1:-}" = "--check" ]; then
    check=yes
    shift
fi
names=${*:-"token escrow registry amm multisig factory"}

version_of() { "$1" --version 2>/dev/null | sed -n '1s/.* \([0-9][0-9]*\.[0-9][0-9]*\.[0-9][0-9]*\).*/\1/p'; }

compiler=$(version_of "$clang")
link_version=$(version_of "$linker")
builtins=$("$clang" --print-resource-dir 2>/dev/null || true)/lib/wasi/libclang_rt.builtins-wasm32.a

if [ "$compiler" != "$made_with" ] || [ "$link_version" != "$made_with" ] || [ ! -f "$builtins" ]; then
    reason="compiler is ${compiler:-absent}, linker is ${link_version:-absent}"
    [ -f "$builtins" ] || reason="$reason, compiler-rt builtins for wasm32 are absent"
    if [ "$check" = yes ]; then
        echo "skipped: $reason; the committed contracts were built with $made_with"
        exit 0
    fi
    echo "note: $reason; the committed contracts were built with $made_with" >&2
fi

# Only features that every profile has; the runtime library stands behind 128-bit multiplication and division.
build() {
    "$clang" --target=wasm32-unknown-unknown -mcpu=mvp -mmutable-globals -msign-ext -mbulk-memory -mnontrapping-fptoint \
        -std=c17 -O2 -g0 -fno-ident -ffreestanding -fvisibility=hidden \
        -Wall -Wextra -Wconversion -Wshadow -Werror \
        -c "$here/$1/$1.c" -o "$2/$1.o"
    "$linker" --no-entry --gc-sections --strip-all --stack-first -z stack-size=4096 \
        --initial-memory=65536 --max-memory=65536 "$2/$1.o" "$builtins" -o "$2/$1.wasm"
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0
for name in $names; do
    build "$name" "$work"
    if [ "$check" = no ]; then
        cp "$work/$name.wasm" "$here/$name/$name.wasm"
        echo "built: $name, $(wc -c < "$work/$name.wasm") bytes"
    elif cmp -s "$work/$name.wasm" "$here/$name/$name.wasm"; then
        echo "same: $name"
    else
        echo "differs: $name"
        status=1
    fi
done
exit $status
