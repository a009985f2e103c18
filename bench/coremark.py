"""CoreMark itself as a case, out of a crate that a peer is built from: real code that nobody here wrote, and what others
publish. It is not committed. Its clock, the only import, becomes a function that gives 0, and `run` sets the iterations
first."""
import re
import subprocess

import engines

NAME = "coremark"
# CoreMark's own check values of a performance run, as its documentation prints them: of lists, matrices and states. They
# are 16 bits each, from bit 16 on.
CHECKS = 0x8e3a_1fd7_e714_0000
ANSWER = str(CHECKS - (1 << 64))
CASE = {"name": NAME, "about": "CoreMark", "full": {"argument": 100, "expect": ANSWER},
        "quick": {"argument": 5, "expect": ANSWER}}

CLOCK = '(import "env" "clock_ms" (func (;0;) (type 5) (result i32)))'
# The address of the iterations stands at 812; the results lie below the stack pointer.
RUN = """  (func (param i32) (result i64)
    (i32.store (i32.load (i32.const 812)) (local.get 0))
    (drop (call 4))
    (i64.and (i64.load (i32.sub (global.get 0) (i32.const 24))) (i64.const 0xffff_ffff_ffff_0000)))
"""


def replaced(text, old, new):
    if text.count(old) != 1:
        raise SystemExit(f"CoreMark is not as it was: {old} stands there {text.count(old)} times")
    return text.replace(old, new)


def without_import(text):
    functions = len(re.findall(r"^  \(func ", text, re.MULTILINE)) + 1
    text = replaced(text, CLOCK, "")
    text = replaced(text, '(export "run" (func 4))', f'(export "run" (func {functions}))')
    text = replaced(text, "  (func (;1;)", "  (func (type 5) (result i32) (i32.const 0))\n  (func (;1;)")
    return replaced(text, "  (data (;0;)", RUN + "  (data (;0;)")


def path(program):
    """Makes the module if need be. `program` is detent's."""
    made = engines.BUILD / "modules" / f"{NAME}.wasm"
    if made.exists():
        return made
    header = (engines.newer_wasm3_sources() / "extra" / "coremark_minimal.wasm.h").read_text()
    made.parent.mkdir(parents=True, exist_ok=True)
    original = made.with_suffix(".original.wasm")
    original.write_bytes(bytes(int(byte, 16) for byte in re.findall(r"\b0x([0-9a-f]{2})\b", header)))
    text = subprocess.run([program, "print", original], check=True, capture_output=True, text=True).stdout
    source = made.with_suffix(".wat")
    source.write_text(without_import(text))
    subprocess.run([program, "parse", source, "-o", made], check=True, stdout=subprocess.DEVNULL)
    return made
