#!/bin/sh
# Builds the contracts, or with --check compares a fresh build with the committed .wasm files byte by byte.
#
# usage: contracts/build.sh [--check] [NAME...]
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
# shellcheck source=scripts/wasm_cc.sh
. "$here/../scripts/wasm_cc.sh"

wasm_cc_start contracts "$@"
for name in ${wasm_names:-token escrow registry amm multisig factory}; do
    wasm_cc "$name" "$here/$name/$name" 65536
done
wasm_cc_finish
