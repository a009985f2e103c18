#!/bin/sh
# Builds the cases that are written here, or with --check compares a fresh build with the committed .wasm files byte by
# byte. Text is made into modules by Detent itself: DETENT names the program.
#
# usage: bench/cases/build.sh [--check] [NAME...]
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
# shellcheck source=scripts/wasm_cc.sh
. "$here/../../scripts/wasm_cc.sh"
detent=${DETENT:-$here/../../build/detent}

wanted() {
    case " ${wasm_names:-$1} " in
    *" $1 "*) ;;
    *) return 1 ;;
    esac
}

wasm_cc_start cases "$@"
# The scripts' library reads both.
# shellcheck disable=SC2034
wasm_initial_memory=1048576
for source in "$here"/*.c; do
    name=$(basename "$source" .c)
    # shellcheck disable=SC2034
    case $name in
    simd_*) wasm_features=-msimd128 ;;
    *) wasm_features= ;;
    esac
    if wanted "$name"; then wasm_cc "$name" "$here/$name" 1048576; fi
done
for source in "$here"/*.wat; do
    name=$(basename "$source" .wat)
    wanted "$name" || continue
    "$detent" parse "$source" -o "$wasm_work/module.wasm" > /dev/null
    wasm_same "$name" "$wasm_work/module.wasm" "$here/$name"
done
wasm_cc_finish
