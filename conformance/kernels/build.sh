#!/bin/sh
# Builds the kernels, or with --check compares a fresh build with the committed .wasm files byte by byte.
#
# usage: conformance/kernels/build.sh [--check] [NAME...]
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
# shellcheck source=scripts/wasm_cc.sh
. "$here/../../scripts/wasm_cc.sh"

wasm_cc_start kernels "$@"
for source in "$here"/*.c; do
    name=$(basename "$source" .c)
    case " ${wasm_names:-$name} " in
    *" $name "*) wasm_cc "$name" "$here/$name" 262144 ;;
    esac
done
wasm_cc_finish
