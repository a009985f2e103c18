#!/bin/sh
# Builds lines4.wasm and lines5.wasm from lines.c, with the line tables of DWARF 4 and 5, and writes what LLVM's dwarfdump
# reads of them, which the tests compare with. The committed files were made with clang and lld 19.1.7 and llvm-dwarfdump
# 14.0.6.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for version in 4 5; do
    "${CLANG:-clang-19}" --target=wasm32-unknown-unknown -O1 "-gdwarf-$version" -fno-ident -ffreestanding \
        "-fdebug-compilation-dir=/source" "-ffile-prefix-map=$PWD=/source" -c lines.c -o "$work/lines.o"
    "${WASM_LD:-wasm-ld-19}" --no-entry --gc-sections "$work/lines.o" -o "lines$version.wasm"
    "${DWARFDUMP:-llvm-dwarfdump}" --debug-line "lines$version.wasm" > "lines$version.txt"
done
