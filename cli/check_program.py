#!/usr/bin/env python3
"""Drives the built program: exit codes, the object behind --json, every class of error, and that failures write nothing.

    check_program.py DETENT_PROGRAM BROKEN_CRYPTO_LIBRARY

Modules are assembled by the vectors' assembler; hashes and recorded vectors are compared with the oracle, which shares
no code with the program. The last line is `N passed, N failed`.
"""
import hashlib
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import traceback
import xml.etree.ElementTree as ElementTree
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "vectors"))

sys.path.insert(0, str(ROOT / "conformance"))

from assemble import Module  # noqa: E402
from check_commitments import call_of  # noqa: E402

DONE, FAILED, USAGE, TRAPPED, EXHAUSTED, FAULT = range(6)
COMMANDS = ["run", "resume", "bisect", "trace", "validate", "inspect", "call", "parse", "print", "instrument", "vector", "wast",
            "conformance", "schedule", "calibrate", "profile", "docs"]
TOKEN = ROOT / "contracts" / "token" / "token.wasm"
ORACLE = ROOT / "metering" / "oracle" / "check.py"
# By hand, from schedule 1: instantiation 2000 + function 5 + export 5; the call 5 and a frame of 0 words; one nop.
NOP_FUEL = 2000 + 5 + 5 + 5 + 1
# By hand (MET-17): base, type, function, body bytes, other bytes, export.
NOP_BYTES, NOP_BODY_BYTES = 35, 3
NOP_ACTIVATION = 5000 + 50 + 100 + NOP_BODY_BYTES * 20 + (NOP_BYTES - NOP_BODY_BYTES) * 2 + 100

program = os.path.abspath(sys.argv[1])
folder = Path(tempfile.mkdtemp(prefix="detent-"))


# ---- Running the program ----------------------------------------------------------------------------------------

class Done:
    def __init__(self, words, environment):
        self.words = [str(word) for word in words]
        done = subprocess.run([program, *self.words], capture_output=True, cwd=folder, timeout=300,
                              env={**os.environ, **environment})
        self.code, self.out, self.err = done.returncode, done.stdout.decode(), done.stderr.decode()

    def object(self):
        return json.loads(self.out.strip().split("\n")[-1])

    def __str__(self):
        return f"detent {' '.join(self.words)}\ncode {self.code}\nout {self.out[-600:]}\nerr {self.err[-600:]}"


def detent(*words, code=DONE, says=(), **environment):
    """Runs it; the exit code must be this one, and standard error must say these things."""
    done = Done(words, environment)
    assert done.code == code, f"expected code {code}\n{done}"
    assert code == DONE or done.err or code in (FAILED, TRAPPED, EXHAUSTED), f"no word of explanation\n{done}"
    for text in [says] if isinstance(says, str) else says:
        assert text in done.err, f"expected '{text}'\n{done}"
    return done


def refused(*words, code=FAILED, says=()):
    """The same, and an error goes to standard error in one form, and to --json as an object."""
    done = detent(*words, code=code, says=["detent: ", *([says] if isinstance(says, str) else says)])
    assert done.out == "" or "--json" in words, f"something was printed before the refusal\n{done}"
    return done


def oracle(*words):
    done = subprocess.run([sys.executable, ORACLE, *map(str, words)], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, f"the oracle: {done.stdout[-600:]} {done.stderr[-600:]}"
    return done.stdout


def saved(name, data):
    path = folder / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


# ---- Modules ----------------------------------------------------------------------------------------------------

def identities():
    module = Module()
    for letter, name in zip("iIfF", ("i32", "i64", "f32", "f64")):
        module.function(f"${name}", [("local.get", 0)], letter, letter, export=name)
    return saved("identity.wasm", module.encode())


def nop():
    return saved("nop.wasm", Module().function("$nop", ["nop"], export="call").encode())


def machine():
    """A memory and a global that live on from one call to the next."""
    module = Module(memory=1).global_("i", [("i32.const", 0)])
    module.function("$add", [("local.get", 0), ("local.get", 1), "i32.add"], "ii", "i", export="add")
    module.function("$count", [("global.get", 0), ("i32.const", 1), "i32.add", ("global.set", 0), ("global.get", 0)],
                    "", "i", export="count")
    module.function("$load", [("local.get", 0), ("i32.load", 0)], "i", "i", export="load")
    module.function("$store", [("local.get", 0), ("local.get", 1), ("i32.store", 0)], "ii", "", export="store")
    module.function("$divide", [("local.get", 0), ("local.get", 1), "i32.div_s"], "ii", "i", export="divide")
    module.function("$forever", [("loop",), ("br", 0), "end"], export="forever")
    module.export("memory", 2, 0)
    return saved("machine.wasm", module.encode())


def results(*words):
    return detent("run", *words, "--json").object()["results"]


# ---- run --------------------------------------------------------------------------------------------------------

def test_run_passes_values_of_every_type_by_their_bits():
    wasm = identities()
    cases = [("i32", "i32:7", "i32:7"), ("i32", "-3", "i32:-3"), ("i32", "i32:-2147483648", "i32:-2147483648"),
             ("i32", "4294967295", "i32:-1"), ("i32", "0xffffffff", "i32:-1"),
             ("i64", "i64:-3", "i64:-3"), ("i64", "-9223372036854775808", "i64:-9223372036854775808"),
             ("i64", "18446744073709551615", "i64:-1"),
             ("f32", "f32:1.5", "f32:0x3fc00000"), ("f32", "f32:0x7fc00000", "f32:0x7fc00000"),
             ("f32", "f32:0x7fa00001", "f32:0x7fa00001"), ("f32", "-0.0", "f32:0x80000000"),
             ("f32", "-inf", "f32:0xff800000"), ("f32", "nan", "f32:0x7fc00000"), ("f32", "1e-45", "f32:0x00000001"),
             ("f64", "f64:0.1", "f64:0x3fb999999999999a"), ("f64", "f64:0xfff4000000000001", "f64:0xfff4000000000001"),
             ("f64", "inf", "f64:0x7ff0000000000000"), ("f64", "-5", "f64:0xc014000000000000")]
    for name, given, expected in cases:
        found = results(wasm, "--invoke", name, given)
        assert found == [expected], f"{name} {given}: {found}, expected {expected}"


def test_run_shows_floats_by_value_and_bits():
    shown = detent("run", identities(), "--invoke", "f32", "1.5", "--invoke", "f64", "0x7ff8000000000000").out
    assert "f32:1.5 (0x3fc00000)" in shown and "f64:nan (0x7ff8000000000000)" in shown, shown


def test_run_refuses_values_that_do_not_fit():
    wasm = identities()
    for name, given in [("i32", "i32:4294967296"), ("i32", "i32:-2147483649"), ("i32", "1.5"), ("i32", "i32:"),
                        ("i32", "0x"), ("i32", "i64:1"), ("i32", "i32:+1"), ("i32", "i32: 1"),
                        ("i64", "18446744073709551616"), ("i64", "-9223372036854775809"),
                        ("f32", "f32:0x100000000"), ("f32", "f32:1e39"), ("f32", "f32:one"), ("f64", "f64:1e400"),
                        ("f64", "f64:0x10000000000000000"), ("i32", "i32:7x")]:
        refused("run", wasm, "--invoke", name, given, code=USAGE, says=given)


def test_run_refuses_what_is_not_there():
    wasm = machine()
    refused("run", wasm, "--invoke", "minus", code=USAGE, says=["no such export", "add, count"])
    refused("run", wasm, "--invoke", "memory", code=USAGE, says="is a memory, not a function")
    refused("run", wasm, "--invoke", "add", "1", code=USAGE, says="(i32 i32) -> (i32)")
    refused("run", wasm, "7", code=USAGE, says="no --invoke")
    refused("run", wasm, "--schedule", "3", code=USAGE, says="schedule 3")
    refused("run", wasm, "--profile", "9", code=USAGE, says="profile 9")
    refused("run", wasm, "--preset", "loose", code=USAGE, says="--preset")


def test_run_carries_out_steps_in_their_order_on_one_instance():
    blob = saved("blob.bin", bytes([1, 0, 0, 0]))
    done = detent("run", machine(), "--json", "--write", "16=78563412", "--invoke", "load", "16", "--invoke", "count",
                  "--write", f"0x10=@{blob}", "--invoke", "load", "i32:16", "--invoke", "store", "20", "-1",
                  "--read", "16:8", "--invoke", "count")
    steps = done.object()["steps"]
    kinds = [step["kind"] for step in steps]
    assert kinds == ["write", "invoke", "invoke", "write", "invoke", "invoke", "read", "invoke"], kinds
    assert [step["results"] for step in steps if step["kind"] == "invoke"] == \
        [["i32:305419896"], ["i32:1"], ["i32:1"], [], ["i32:2"]], steps
    assert steps[0] == {"kind": "write", "address": 16, "bytes": 4}, steps[0]
    assert steps[6] == {"kind": "read", "address": 16, "hex": "01000000ffffffff"}, steps[6]


def test_run_takes_arguments_behind_other_options():
    assert results(machine(), "--invoke", "add", "--fuel", "100000", "1", "2") == ["i32:3"]
    assert results(machine(), "--invoke", "add", "1", "--preset", "spec", "-5") == ["i32:-4"]


def test_run_counts_fuel_exactly_over_instantiation_and_calls():
    """[MET-9] [MET-18] The count is made by hand."""
    wasm = nop()
    assert wasm.stat().st_size == NOP_BYTES
    enough = detent("run", wasm, "--invoke", "call", "--fuel", NOP_FUEL, "--json").object()
    assert enough == {"status": "returned", "results": [], "trap": None, "fuel_used": str(NOP_FUEL), "fuel_left": "0",
                      "steps": [{"kind": "invoke", "name": "call", "results": [], "status": "returned",
                                 "fuel_used": "6"}]}, enough
    short = detent("run", wasm, "--invoke", "call", "--fuel", NOP_FUEL - 1, "--json", code=EXHAUSTED).object()
    assert (short["status"], short["fuel_used"], short["fuel_left"]) == ("exhausted", str(NOP_FUEL - 1), "0"), short
    none = detent("run", wasm, "--fuel", 0, "--json", code=EXHAUSTED).object()
    assert (none["status"], none["fuel_used"], none["steps"]) == ("exhausted", "0", []), none
    twice = detent("run", wasm, "--invoke", "call", "--invoke", "call", "--json").object()
    assert twice["fuel_used"] == str(NOP_FUEL + 6), twice


def test_run_in_slices_changes_nothing():
    """[MET-15]"""
    words = ["run", machine(), "--json", "--invoke", "add", "1", "2", "--invoke", "forever", "--fuel", "9000"]
    whole = detent(*words, code=EXHAUSTED).out
    for slice_ in (1, 7, 1000, 2 ** 63 - 1):
        assert detent(*words, "--slice", slice_, code=EXHAUSTED).out == whole, slice_


def test_run_hands_over_wherever_it_is_told_to_and_nothing_changes():
    """[MET-15]"""
    words = ["run", machine(), "--json", "--invoke", "add", "1", "2", "--invoke", "forever", "--fuel", "9000"]
    whole = detent(*words, code=EXHAUSTED).out
    for handover in ("every", "random:1", "random:18446744073709551615"):
        assert detent(*words, "--tier", "fast", "--handover", handover, code=EXHAUSTED).out == whole, handover
    for handover in ("never", "random", "random:", "random:x", "random:18446744073709551616"):
        refused("run", machine(), "--tier", "fast", "--handover", handover, code=USAGE, says="--handover")
    refused("run", machine(), "--tier", "stepper", "--handover", "every", code=USAGE, says="only tier fast")


def test_run_counts_what_the_tiers_did_and_each_work_class():
    words = ["run", machine(), "--json", "--stats", "--invoke", "add", "1", "2", "--invoke", "count"]
    stats = detent(*words, "--tier", "stepper").object()["stats"]
    # By hand, from schedule 1: two locals, three times a global at 2 units, a constant, two additions.
    classes = {"variable": 2, "global": 6, "constant": 1, "int_simple": 2}
    assert {name: int(fuel) for name, fuel in stats["fuel_by_class"].items()} == classes, stats
    assert (stats["visits"], stats["steps"], stats["stepper_fuel"]) == (0, 8, "11") and 0 < stats["stepper_share"] < 1
    fast = detent(*words, "--tier", "fast").object()["stats"]
    assert fast["fuel_by_class"] == stats["fuel_by_class"], fast
    assert (fast["visits"], fast["handovers"], fast["steps"]) == (2, 0, 0), fast
    assert (stats["instructions"], stats["cells"], stats["cells_by_handler"]) == (8, 0, []), stats
    ran = {(each["name"], each["fusion"]): each["count"] for each in fast["cells_by_handler"]}
    assert fast["instructions"] == 8 and fast["cells"] == sum(ran.values()) and fast["fusions"] == {}, fast
    assert (ran["i32.add", ""], ran["return", ""], ran["global.set", ""]) == (2, 2, 1), ran
    shown = detent(*[word for word in words if word != "--json"], "--tier", "stepper").out
    assert "int_simple" in shown and "the stepper executed 8 instructions" in shown, shown


def test_run_reports_traps():
    trapped = detent("run", machine(), "--invoke", "divide", "1", "0", "--invoke", "count", "--json", code=TRAPPED).object()
    assert (trapped["status"], trapped["trap"], trapped["results"]) == ("trapped", "IntegerDivideByZero", []), trapped
    assert len(trapped["steps"]) == 1, "a step ran behind the trap"
    shown = detent("run", machine(), "--invoke", "divide", "-2147483648", "-1", code=TRAPPED).out
    assert "IntegerOverflow (integer overflow)" in shown, shown
    start = Module().function("$start", ["unreachable"])
    start.start = "$start"
    assert detent("run", saved("start.wasm", start.encode()), "--json", code=TRAPPED).object()["trap"] == "Unreachable"


def test_run_refuses_ranges_outside_memory():
    for option in (["--read", "65536:1"], ["--read", "0:65537"], ["--write", "65535=0000"]):
        detent("run", machine(), *option, code=FAILED, says="a memory of 65536 bytes")
    detent("run", nop(), "--read", "0:0", code=FAILED, says="no memory")
    assert detent("run", machine(), "--read", "65536:0", "--json").object()["steps"][0]["hex"] == ""


def test_run_refuses_bad_options():
    wasm = machine()
    for words in (["--write", "16"], ["--write", "16=0"], ["--write", "16=zz"], ["--write", "x=00"],
                  ["--write", "4294967297=00"], ["--read", "16"], ["--read", "0:4294967297"], ["--read", "-1:4"],
                  ["--fuel", "9223372036854775808"], ["--fuel", "-1"], ["--fuel", "many"], ["--slice", "0"],
                  ["--colour"], ["--fuel"], ["--profile", "one"]):
        refused("run", wasm, *words, code=USAGE)
    refused("run", wasm, "--write", "16=@missing.bin", says="missing.bin")


def test_run_refuses_imports():
    module = Module().import_("print", "i", "", module="env").function("$f", [], export="f")
    refused("run", saved("imports.wasm", module.encode()), says=["imports.wasm: imports env.print (func)", "without imports"])


def test_run_ends_with_a_fault_where_the_host_has_no_memory():
    """[ABI-52] No trap and no -1: the host failed, and that is another thing."""
    if b"__asan_init" in Path(program).read_bytes():
        print("AddressSanitizer needs the address space that this test takes away: an allocation was not made to fail")
        return
    module = Module(memory=16000).function("$f", [], export="f")
    big = saved("big-memory.wasm", module.encode())
    few = 512 << 20
    done = subprocess.run([program, "run", big, "--preset", "spec", "--json"], capture_output=True, text=True, cwd=folder,
                          preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (few, few)))
    assert done.returncode == FAULT and "out_of_memory" in done.stderr, done
    assert json.loads(done.stdout)["error"]["kind"] == "fault", done.stdout
    detent("run", big, "--preset", "spec")


def test_run_says_what_is_exported():
    shown = detent("run", machine()).out
    assert "add, count, load" in shown and "returned" in shown, shown


# ---- trace ------------------------------------------------------------------------------------------------------

KERNELS = ROOT / "conformance" / "kernels"
CODE_OF = {"returned": DONE, "trapped": TRAPPED, "exhausted": EXHAUSTED}


def traced(*words, code=DONE):
    """The lines of a trace, and the last line, which says how it ended."""
    *lines, end = map(json.loads, detent("trace", *words, code=code).out.splitlines())
    return lines, end


def bits(text):
    """A value of a trace as the oracle has it: its bits, or whether a reference is not null."""
    kind, value = text.split(":")
    if kind.endswith("ref"):
        return value != "null"
    return int(value, 0) & ((1 << int(kind[1:])) - 1)


def test_trace_shows_every_instruction_with_its_price():
    # By hand, from schedule 1: frame of 2 + 2 words 1; local.get 1 each; i32.div_s 8, which traps.
    lines, end = traced(machine(), "--invoke", "divide", "7", "0", code=TRAPPED)
    instance, entry, *steps = lines
    assert instance["event"] == "instantiate" and entry["event"] == "enter" and entry["cost"] == "6", lines
    assert entry["name"] == "divide", entry
    shown = [(each["step"], each["op"], each["op_name"], each["cost"], each["stack"]) for each in steps]
    assert shown == [(1, "0x20", "local.get", "1", []), (2, "0x20", "local.get", "1", ["i32:7"]),
                     (3, "0x6d", "i32.div_s", "8", ["i32:7", "i32:0"])], shown
    assert [each.get("error") for each in steps] == [None, None, "IntegerDivideByZero"]
    assert all(each["depth"] == 1 and each["memory_bytes"] == 65536 for each in steps)
    assert steps[2]["pc"] - steps[0]["pc"] == 4
    assert (end["status"], end["trap"], end["instructions"]) == ("trapped", "IntegerDivideByZero", 3), end


def test_trace_agrees_with_the_oracle():
    """[MET-1] [MET-2] The oracle executes by an interpreter of its own: every instruction, operand and count of fuel."""
    compared, fuel = 0, 20_001
    for kernel in json.loads((KERNELS / "kernels.json").read_text())["kernels"]:
        wasm = KERNELS / kernel["file"]
        for each in kernel["runs"] if kernel["name"] == "traps" else kernel["runs"][-1:]:
            call = (kernel["export"], *each["args"])
            *theirs, answer = map(json.loads, oracle("trace", wasm, *call, "--fuel", fuel).splitlines())
            lines, end = traced(wasm, "--fuel", fuel, "--invoke", *call, code=CODE_OF[answer["status"]])
            ours = [{"function": line["function"], "op_name": line["op_name"], "fuel_used": fuel - int(line["fuel"]),
                     "depth": line["depth"], "stack": [bits(value) for value in line["stack"]]}
                    for line in lines if "step" in line]
            assert ours == theirs, f"{call} of {wasm}: {next(pair for pair in zip(ours, theirs) if pair[0] != pair[1])}"
            assert all(end[key] == answer[key] for key in ("status", "trap", "fuel_used")), (wasm, call, end, answer)
            assert sum(int(line["cost"]) for line in lines) == int(end["fuel_used"]), (wasm, call)
            compared += len(ours)
    assert compared > 80_000, compared


def test_trace_shows_what_the_filters_leave():
    wasm = KERNELS / "fib.wasm"
    words = (wasm, "--invoke", "run", "5")
    whole, end = traced(*words)
    steps = [each for each in whole if "step" in each]
    names = {each["function"] for each in steps}
    assert len(names) > 1, names
    one = steps[-1]["function"]
    cases = [(("--function", one), lambda each: each["function"] == one),
             (("--function", "run", "--from", "3", "--to", "40"),
              lambda each: each["name"] == "run" and 3 <= each["step"] <= 40),
             (("--from", "10", "--to", "20", *(w for n in sorted(names) for w in ("--function", n))),
              lambda each: 10 <= each["step"] <= 20),
             (("--function", one, "--fuel-from", "1100", "--fuel-to", "1200"),
              lambda each: each["function"] == one and 1100 <= 1_000_000_000 - int(each["fuel"]) <= 1200)]
    for filters, shown in cases:
        some, same_end = traced(*words, *filters)
        assert some == [each for each in steps if shown(each)] and same_end == end, filters
    assert traced(*words, "--slice", "7")[0] == whole
    refused("trace", *words, "--function", "nobody", code=USAGE, says="no function is 'nobody'")
    refused("trace", *words, "--function", "99", code=USAGE, says="no function is '99'")
    refused("trace", *words, "--fuel-profile", "--from", "1", code=USAGE, says="has no filter")


def test_trace_takes_what_run_takes():
    words = (machine(), "--write", "16=2a000000", "--invoke", "load", "16", "--read", "16:2")
    lines, end = traced(*words)
    assert [each["event"] for each in lines if "event" in each] == ["instantiate", "write", "enter", "read"], lines
    assert lines[-1] == {"event": "read", "address": 16, "hex": "2a00"}, lines[-1]
    assert end["results"] == ["i32:42"] and end["fuel_used"] == detent("run", *words, "--json").object()["fuel_used"]
    refused("trace", TOKEN, says="`trace` takes modules without imports")
    lines, end = traced(machine(), "--invoke", "forever", "--fuel", "9000", code=EXHAUSTED)
    assert end["status"] == "exhausted" and sum(int(each.get("cost", 0)) for each in lines) == int(end["fuel_used"])


def test_trace_hides_slots_of_the_heap_and_escapes_names():
    wat = saved("objects.wat", r"""(module (type $t (struct (field i32)))
        (func $"a\1b\22\c3\a9" (export "f") (drop (struct.new $t (i32.const 1))) (drop (ref.i31 (i32.const 5)))))""")
    lines, _ = traced(wat, "--invoke", "f")
    assert "\x1b" not in detent("trace", wat, "--invoke", "f").out
    assert {each["name"] for each in lines if "name" in each} == {'a\x1b"\xe9'}, lines
    stacks = [each["stack"] for each in lines if each.get("op_name") == "drop"]
    assert stacks[0][0].endswith(":object") and stacks[1] == ["(ref i31):5"], stacks


def test_profile_adds_up_and_draws():
    wasm = KERNELS / "fib.wasm"
    svg = folder / "fib.svg"
    words = ("trace", wasm, "--invoke", "run", "5")
    lines, end = traced(*words[1:])
    seen = detent(*words, "--fuel-profile", "--flame", svg, "--json").object()
    outside = int(seen["instantiation"]) + int(seen["entries"])
    assert outside + sum(int(each["self"]) for each in seen["functions"]) == int(seen["fuel_used"]) == int(end["fuel_used"])
    for each in seen["functions"]:
        own = [line for line in lines if line.get("function") == each["function"] and "step" in line]
        assert (len(own), sum(int(line["cost"]) for line in own)) == (each["instructions"], int(each["self"])), each
    assert seen["lines"] is None and seen["instructions"] == end["instructions"]
    picture = ElementTree.fromstring(svg.read_text())
    titles = [title.text for title in picture.iter("{http://www.w3.org/2000/svg}title")]
    assert titles[0].startswith(f"all: {end['fuel_used']} fuel, 100.00 %"), titles[:3]
    assert detent(*words, "--flame", svg, "--json").object() == seen
    people = detent(*words, "--fuel-profile").out
    assert "has no lines of source" in people and "(instantiation)" in people, people


def test_profile_names_lines_of_source():
    """The line of each instruction is where llvm-dwarfdump has it (engine/trace/lines)."""
    for version, path in ((4, "lines.c"), (5, "/source/lines.c")):
        wasm = ROOT / "engine" / "trace" / "lines" / f"lines{version}.wasm"
        rows = [(int(words[0], 16), int(words[1])) for words in map(str.split, wasm.with_suffix(".txt").read_text()
                .splitlines()) if words and words[0].startswith("0x")]
        section = next(each for each in detent("inspect", wasm, "--json").object()["sections"] if each["name"] == "code")
        lines, end = traced(wasm, "--invoke", "work", "10")
        expected = {}
        for each in lines:
            if "step" in each:
                line = max((row for row in rows if row[0] <= each["pc"] - section["offset"]), default=(0, 0))[1]
                count, fuel = expected.get(line or None, (0, 0))
                expected[line or None] = count + 1, fuel + int(each["cost"])
        seen = detent("trace", wasm, "--invoke", "work", "10", "--fuel-profile", "--json").object()
        found = {each["line"]: (each["executed"], int(each["fuel"])) for each in seen["lines"]}
        assert found == expected and len(found) > 4, (found, expected)
        assert {each["file"] for each in seen["lines"] if each["line"]} == {path}
        assert {each["name"] for each in seen["functions"]} == {"work", "divided"}


# ---- Executions that move ---------------------------------------------------------------------------------------

def paused(name, fuel, *words):
    file = folder / name
    shown = detent("run", machine(), *words, "--fuel", fuel, "--save", file, "--json", code=EXHAUSTED).object()
    assert shown["saved"] == str(file) and int(shown["fuel_used"]) + int(shown["fuel_left"]) == fuel, shown
    return file


def test_resume_ends_as_one_run_with_the_fuel_of_all():
    """[STA-2] [STA-21] From every amount of fuel that is not enough, in other tiers, and over several files."""
    words = ["--invoke", "add", "4", "5"]
    whole = detent("run", machine(), *words, "--save", folder / "unused", "--json").object()
    assert whole["saved"] is None and not (folder / "unused").exists(), whole
    assert whole["fuel_used"] == detent("run", machine(), *words, "--json").object()["fuel_used"]
    used = int(whole["fuel_used"])
    for fuel in [0, 1, *range(used - 12, used)]:
        file = paused("one.saved", fuel, *words)
        for tier in ("fast", "stepper"):
            ended = detent("resume", file, "--tier", tier, "--fuel", used - fuel, "--json").object()
            assert (ended["results"], ended["fuel_used"], ended["fuel_left"]) == (["i32:9"], str(used), "0"), ended
    loop = ["--invoke", "forever"]
    file = paused("loop.saved", 4000, *loop)
    for i in range(5):
        shown = detent("resume", file, "--fuel", 1000 + i, "--save", file, "--json", code=EXHAUSTED).object()
    assert (int(shown["fuel_used"]) + int(shown["fuel_left"])) == 9010, shown
    last = file.read_bytes()
    assert last == paused("at-once.saved", 9010, *loop).read_bytes()
    detent("resume", file, "--fuel", 500, "--slice", 3, code=EXHAUSTED)
    assert file.read_bytes() == last


def test_resume_shows_results_and_traps():
    """[STA-21]"""
    shown = detent("resume", paused("people.saved", 1, "--invoke", "add", "4", "5")).out
    assert "i32:9" in shown and "returned; fuel used" in shown, shown
    trapped = detent("run", machine(), "--invoke", "divide", "1", "0", "--json", code=TRAPPED).object()
    file = paused("trap.saved", int(trapped["fuel_used"]) - 1, "--invoke", "divide", "1", "0")
    ended = detent("resume", file, "--json", code=TRAPPED).object()
    assert (ended["trap"], ended["fuel_used"]) == (trapped["trap"], trapped["fuel_used"]), ended
    assert "trapped: " in detent("resume", file, code=TRAPPED).out


def test_resume_refuses_what_is_no_saved_execution():
    """[STA-20] [STA-21] Every beginning, and every byte changed: nothing but codes."""
    file = paused("good.saved", int(detent("run", machine(), "--invoke", "add", "4", "5", "--json").object()["fuel_used"]) - 1,
                  "--invoke", "add", "4", "5")
    good = file.read_bytes()
    bad = folder / "bad.saved"
    for size in [*range(0, 40), len(good) // 2, len(good) - 1]:
        bad.write_bytes(good[:size])
        refused("resume", bad, "--fuel", 10, says="offset 0x" if size >= 8 else "not_a_state")
    for at in range(0, len(good), 7):
        bad.write_bytes(good[:at] + bytes([good[at] ^ 0x41]) + good[at + 1:])
        done = Done(["resume", bad, "--fuel", 10], {})
        assert done.code in (DONE, FAILED, EXHAUSTED), done
    bad.write_bytes(good + b"\0")
    refused("resume", bad, says="state_unexpected_content")
    refused("resume", machine(), says="not_a_state")
    refused("resume", folder / "nothing.saved", says="No such file")
    refused("resume", file, "--slice", 0, code=USAGE, says="--slice")
    refused("run", machine(), "--invoke", "add", "1", "2", "--read", "0:4", "--save", bad, code=USAGE, says="--save")
    refused("run", machine(), "--invoke", "add", "1", "2", "--stats", "--save", bad, code=USAGE, says="--save")
    detent("resume", file, "--fuel", 0, "--save", folder / "no" / "where", code=FAULT, says="where")


# ---- Files that are no modules ----------------------------------------------------------------------------------

def test_bad_files_are_named_with_offset_and_reason():
    good = machine().read_bytes()
    cases = [("empty.wasm", b"", ["offset 0x0", "unexpected_end"]),
             ("truncated.wasm", good[:60], ["offset 0x", "truncated.wasm"]),
             ("magic.wasm", b"\0ASM\1\0\0\0", ["offset 0x1", "magic_not_detected"]),
             ("count.wasm", b"\0asm\1\0\0\0\1\5\xff\xff\xff\xff\x0f", ["offset 0xa", "length_out_of_bounds"]),
             ("type.wasm", Module().function("$f", [("i32.const", 1)], export="f").encode(), ["type_mismatch"])]
    for name, data, says in cases:
        path = saved(name, data)
        for command in (["run"], ["validate"], ["inspect"]):
            refused(*command, path, says=says)
    error = refused("inspect", folder / "type.wasm", "--json").object()["error"]
    assert (error["code"], error["number"], error["kind"]) == ("type_mismatch", 200, "invalid"), error
    assert isinstance(error["offset"], int) and error["file"].endswith("type.wasm") and error["reason"], error


def test_unreadable_files_are_refused():
    for command in ("run", "validate", "inspect"):
        refused(command, "missing.wasm", says=["missing.wasm", "No such file"])
        refused(command, folder, says="is a folder")
        refused(command, "/dev/zero", says="is longer than 67108864 bytes")


def test_oversized_and_deep_modules_are_refused_in_bounded_time():
    padded = nop().read_bytes() + b"\0" + b"\x80\x80\x80\x02" + b"\1x" + bytes((4 << 20) - 2)
    big = saved("big.wasm", padded)
    refused("validate", big, says="is longer than 4194304 bytes")
    detent("validate", big, "--preset", "spec")
    deep = Module().function("$f", [("raw", b"\x02\x40" * (2 << 20))], export="f").encode()
    for preset in ("contract", "spec"):
        refused("validate", saved("deep.wasm", deep), "--preset", preset, says="deep.wasm")


# ---- The text format --------------------------------------------------------------------------------------------

COUNTER = """;; A counter in a memory.
(module
  (memory 1)
  (func $next (export "next") (param $by i32) (result i32)
    (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (local.get $by)))
    (i32.load (i32.const 0))))
"""


def test_text_is_taken_wherever_a_module_is():
    for name in ("counter.wat", "counter", "counter.wasm"):
        wat = saved(name, COUNTER)
        detent("validate", wat)
        assert results(wat, "--invoke", "next", "3", "--invoke", "next", "4") == ["i32:7"]
        assert "4:3" in detent("inspect", wat, "--functions").out
    detent("validate", saved("empty.wat", ""))
    state = folder / "text-chain.json"
    contract = saved("contract.wat", '(module (memory (export "memory") 1) (func (export "deploy")) (func (export "call")))')
    assert deploy_file(state, contract)["status"] == "Success"


def deploy_file(state, path):
    return detent("call", "--state", state, "deploy", path, "--from", "alice", "--json").object()


def test_errors_in_text_show_the_line():
    cases = [("word.wat", "(module\n  (func (i32.addd)))", ["word.wat:2:10", "unknown operator", "\n    (func (i32.addd)))\n", "\n           ^\n"]),
             ("type.wat", "(module\n  (func (result i32)\n    (i64.const 1)))\n", ["type.wat:3:6", "type_mismatch", "\n      (i64.const 1)))\n"]),
             ("limit.wat", "(module\n (type (func))\n (func (param" + " i32" * 1001 + ")))", ["limit.wat:3:", "limit_exceeded: ", "parameters"]),
             ("string.wat", '(module (data "', ["string.wat:1:"]),
             ("utf8.wat", b'(module) ;; \xff', ["utf8.wat:1:", "malformed UTF-8"])]
    for name, data, says in cases:
        path = saved(name, data)
        for command in ("run", "validate", "inspect", "print"):
            if command == "print" and name in ("type.wat", "limit.wat"):
                continue  # It does not validate.
            refused(command, path, says=says)
    error = refused("validate", folder / "type.wat", "--json").object()["results"][0]["error"]
    assert (error["line"], error["column"], error["code"]) == (3, 6, "type_mismatch"), error
    imports = saved("imports.wat", '(module\n  (import "env" "print" (func)))')
    refused("run", imports, says=["imports.wat:2:", "imports env.print (func)"])


def test_parse_writes_the_module_or_nothing():
    out = folder / "counter-out.wasm"
    assert "bytes" in detent("parse", saved("counter.wat", COUNTER)).out
    made = detent("parse", saved("counter.wat", COUNTER), "-o", out, "--json").object()
    assert made["bytes"] == out.stat().st_size and out.read_bytes().startswith(b"\0asm\1\0\0\0")
    assert results(out, "--invoke", "next", "3") == ["i32:3"]
    plain = out.read_bytes()
    detent("parse", folder / "counter.wat", "-o", out, "--names")
    assert len(out.read_bytes()) > len(plain) and b"next" in out.read_bytes()[len(plain):]
    before = out.read_bytes()
    refused("parse", saved("bad.wat", "(module (func"), "-o", out, says="bad.wat:1:")
    refused("parse", nop(), "-o", out, says="is not in the text format")
    assert out.read_bytes() == before, "a refusal wrote something"
    refused("parse", folder / "counter.wat", "-o", folder / "nowhere" / "x.wasm", code=FAULT, says="nowhere")


def test_instrument_writes_a_module_that_counts_or_nothing():
    out = folder / "counted.wasm"
    made = detent("instrument", nop(), "-o", out, "--schedule", "1", "--json").object()
    assert made["bytes"] == out.stat().st_size > NOP_BYTES
    assert made["exports"] == ["detent.fuel", "detent.depth", "detent.words", "detent.ending", "detent.call_base"]
    detent("validate", out)
    detent("run", out, "--invoke", "call")
    assert "counted.wasm" in detent("instrument", nop(), "-o", out, "--schedule", "1", "--canonical-nan").out
    out.unlink()
    refused("instrument", nop(), "-o", out, code=USAGE, says="--schedule")
    refused("instrument", nop(), "--schedule", "1", code=USAGE, says="--output")
    refused("instrument", nop(), "-o", out, "--schedule", "77", code=USAGE, says="schedule 77")
    grows = saved("grows.wat", '(module (import "m" "m" (memory 1)) (func (drop (memory.grow (i32.const 1)))))')
    refused("instrument", grows, "-o", out, "--schedule", "1", says=["grows.wat:1:", "growth_of_import"])
    assert not out.exists()


def test_print_and_parse_make_the_same_bytes():
    # The linker that made the token pads numbers, which a text cannot say; what is parsed is padded nowhere.
    token = detent("print", TOKEN).out
    plain, back = folder / "plain.wasm", folder / "back.wasm"
    detent("parse", saved("token.wat", token), "-o", plain, "--names")
    assert detent("print", plain).out == token
    detent("parse", saved("plain.wat", token), "-o", back, "--names")
    assert back.read_bytes() == plain.read_bytes() and len(plain.read_bytes()) < len(TOKEN.read_bytes())
    written = folder / "token-out.wat"
    assert detent("print", TOKEN, "-o", written).out == "" and written.read_text() == token
    assert "$next" in detent("print", saved("counter.wat", COUNTER)).out
    refused("print", saved("cut.wasm", TOKEN.read_bytes()[:-1]), "-o", folder / "cut.wat", says="cut.wasm")
    assert not (folder / "cut.wat").exists()


# ---- wast -------------------------------------------------------------------------------------------------------

SCRIPT = """(module (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))
(assert_return (invoke "add" (i32.const 1) (i32.const 2)) (i32.const 3))
(assert_invalid (module (func (result i32))) "type mismatch")
"""


def test_wast_counts_commands_and_assertions():
    tree = folder / "scripts"
    (tree / "deep").mkdir(parents=True)
    (tree / "one.wast").write_text(SCRIPT)
    (tree / "deep" / "two.wast").write_text(SCRIPT)
    (tree / "deep" / "other.txt").write_text("(")
    for options in ([], ["--strict"], ["--slice", "1"], ["--preset", "contract"]):
        said = detent("wast", tree, "--json", *options).object()
        assert [said[key] for key in ("files", "commands", "assertions", "failed")] == [2, 6, 4, 0], said
    shown = detent("wast", tree).out
    assert "2 files, 6 commands, 4 assertions, 0 failed" in shown and "assert_invalid" in shown, shown


def test_wast_counts_hand_overs():
    script = saved("over.wast", SCRIPT)
    fast = detent("wast", script, "--json", "--tier", "fast").object()
    every = detent("wast", script, "--json", "--tier", "fast", "--handover", "every").object()
    assert fast["fuel_used"] == every["fuel_used"] and every["failed"] == 0, every
    assert every["tiers"]["visits"] > 0 and "lowered code was entered" in detent("wast", script, "--tier", "fast").out


def test_wast_fails_where_an_assertion_does_not_hold():
    wrong = saved("wrong.wast", SCRIPT.replace("(i32.const 3)", "(i32.const 4)"))
    line = '(assert_return (invoke "add" (i32.const 1) (i32.const 2)) (i32.const 4))'
    done = detent("wast", wrong, "--json", code=FAILED,
                  says=["wrong.wast:2:1: assert_return: expected i32 4, got i32 3", line[:45], "\n  ^\n"])
    assert done.object()["failed"] == 1, done
    assert "1 failed" in detent("wast", wrong, code=FAILED).out
    bad = saved("bad.wast", "(module)\n(asert_return)")
    assert detent("wast", bad, "--json", code=FAILED, says="bad.wast:2:").object()["failed"] == 1


def test_wast_without_assertions_checks_nothing():
    (folder / "no-scripts").mkdir()
    detent("wast", folder / "no-scripts", code=USAGE, says="nothing was checked")
    detent("wast", saved("module.wast", "(module)"), code=USAGE, says="nothing was checked")
    refused("wast", "missing.wast", says="missing.wast")
    refused("wast", saved("fine.wast", SCRIPT), "--slice", "0", code=USAGE, says="--slice")
    refused("wast", code=USAGE)


# ---- validate, inspect ------------------------------------------------------------------------------------------

def test_validate_judges_every_file():
    bad = saved("bad.wasm", b"\0asm\2\0\0\0")
    done = detent("validate", machine(), bad, nop(), "--json", code=FAILED, says="unknown_binary_version").object()
    assert (done["files"], done["valid"], done["invalid"]) == (3, 2, 1), done
    assert [each["valid"] for each in done["results"]] == [True, False, True], done
    assert done["results"][1]["error"]["offset"] == 4, done
    assert detent("validate", machine()).out.endswith("machine.wasm: valid\n")
    refused("validate", code=USAGE, says="FILE")


def test_inspect_shows_contents_uses_and_prices():
    """[MET-8] [MET-17] [MET-18] The counts are made by hand."""
    seen = detent("inspect", nop(), "--functions", "--json").object()
    assert (seen["activation_price"], seen["instantiation_price"]) == (str(NOP_ACTIVATION), "2010"), seen
    assert [(each["name"], each["offset"], each["size"]) for each in seen["sections"]] == \
        [("type", 10, 4), ("function", 16, 2), ("export", 20, 8), ("code", 30, 5)], seen["sections"]
    assert seen["exports"] == [{"name": "call", "kind": "func", "index": 0, "type": "() -> ()"}], seen["exports"]
    assert seen["functions"][0]["frame_words"] == 0 and seen["functions"][0]["body_bytes"] == NOP_BODY_BYTES, seen
    assert seen["limits"]["module_bytes"] == {"used": str(NOP_BYTES), "limit": "4194304"}, seen["limits"]
    assert seen["bytes"] == NOP_BYTES and seen["preset"] == "contract" and seen["imports"] == [], seen


def test_inspect_measures_bodies():
    body = [("block",), ("block",), ("local.get", 0), ("br_table", [0, 1, 0], 1), "end", "end", ("block",), "end",
            ("i64.const", 1), ("i64.const", 2), ("i64.const", 3), "drop", "drop", "drop"]
    module = Module(memory=(2, 3)).function("$f", body, "i", "", ((5, "I"),), export="f").table(4, 9)
    limits = detent("inspect", saved("measure.wasm", module.encode()), "--json").object()["limits"]
    used = {name: int(each["used"]) for name, each in limits.items()}
    expected = {"block_depth": 3, "blocks": 3, "branch_targets": 3, "locals": 6, "module_locals": 6,
                "store_memory_bytes": 131072, "table_elements": 4, "parameters": 1, "name_bytes": 1}
    assert {name: used[name] for name in expected} == expected, used


def test_inspect_is_readable_and_hides_control_characters():
    module = Module().import_("in", "", "", module="a\x1b[31m").function("$f", [], export="x\x07y")
    shown = detent("inspect", saved("names.wasm", module.encode())).out
    assert "\x1b" not in shown and "\x07" not in shown and "x\\07y" in shown, shown
    for word in ("sections", "imports", "exports", "limits used", "activation", "instantiation"):
        assert word in shown, shown


# ---- vector -----------------------------------------------------------------------------------------------------

def test_vector_runs_suites_and_counts():
    done = detent("vector", ROOT / "vectors" / "traps", "--json").object()
    files = len(list((ROOT / "vectors" / "traps").glob("*.json")))
    assert (done["suites"], done["vectors"], done["failed"]) == (1, files, 0), done
    assert done["assertions"] > 7 * files and done["digest"].startswith("0x") and len(done["digest"]) == 66, done


def test_vector_hands_over_wherever_it_is_told_to_and_nothing_changes():
    """[MET-15] All vectors, with the same digest of their receipts."""
    stepper = detent("vector", ROOT / "vectors", "--json", "--tier", "stepper").object()
    for options in ([], ["--handover", "every"], ["--handover", "random:1"]):
        fast = detent("vector", ROOT / "vectors", "--json", "--tier", "fast", *options).object()
        assert fast["failed"] == 0 and fast["digest"] == stepper["digest"], fast
        assert fast["tiers"]["visits"] >= fast["tiers"]["handovers"] > 0, fast
    assert stepper["tiers"]["visits"] == 0 and stepper["tiers"]["steps"] > 0, stepper


def test_vector_fails_the_controls():
    controls = ROOT / "vectors" / "controls"
    count = len(list(controls.glob("*.json")))
    assert count >= 7, "there are too few controls"
    for control in sorted(controls.glob("*.json")):
        done = detent("vector", control, "--json", code=FAILED).object()
        assert done["failed"] == 1, f"{control}: {done}"
    assert detent("vector", controls, "--json", code=FAILED).object()["failed"] == count


def test_vector_refuses_what_is_no_vector():
    (folder / "none").mkdir()
    detent("vector", folder / "none", code=USAGE, says="nothing was checked")
    detent("vector", "nowhere", code=FAILED, says="nowhere")
    refused("vector", code=USAGE, says="PATH")
    good = json.loads((ROOT / "vectors" / "traps" / "unreachable.json").read_text())
    for change, place in [({"extra": 1}, "/extra"), ({"version": 2}, "/version"), ({"steps": []}, "/steps")]:
        suite = folder / "vectors" / "bad"
        suite.mkdir(parents=True, exist_ok=True)
        (suite / "case.json").write_text(json.dumps({**good, **change, "name": "bad/case"}, indent=2) + "\n")
        detent("vector", suite / "case.json", code=FAILED, says=place)


# ---- call -------------------------------------------------------------------------------------------------------

def deploy(state, *words, **expected):
    return detent("call", "--state", state, "deploy", TOKEN, "--from", "alice", "--json", *words, **expected).object()


def token_chain(name):
    """A state with the token, and the token's address."""
    state = folder / name
    return state, deploy(state, "--input", TOKEN_DEPLOY)["output"]


def first_deployment():
    """The input of the deployment that the token's own vectors begin with."""
    for path in sorted((ROOT / "vectors" / "token").glob("*.json")):
        for step in json.loads(path.read_text())["steps"]:
            if step["tx"]["kind"] == "deploy" and step["expect"]["status"] == "Success":
                return step["tx"]["input"]
    return "0x"


TOKEN_DEPLOY = first_deployment()


def test_call_deploys_and_writes_the_state():
    state, address = token_chain("deploy.json")
    assert len(address) == 66, address
    document = json.loads(state.read_text())
    assert document["format"] == "detent-state" and address in document["accounts"], document.keys()
    code = hashlib.sha256(TOKEN.read_bytes()).hexdigest()
    assert [each["hash"] for each in document["code"].values()] == ["0x" + code]
    # ABI-36
    made = hashlib.sha256(b"detent/create/1" + b"alice".ljust(32, b"\0") + bytes(8) + bytes.fromhex(code)).hexdigest()
    assert address == "0x" + made, address


def test_call_prints_a_receipt_for_people():
    state = folder / "people.json"
    shown = detent("call", "--state", state, "deploy", TOKEN, "--from", "alice", "--input", TOKEN_DEPLOY).out
    for word in ("Success: ", "contract 0x", "fuel ", "write ", "root ", "receipt "):
        assert word in shown, shown
    assert "\x1b" not in shown, "colour without a terminal"


def test_call_gives_every_field_and_the_oracle_agrees():
    """[ABI-60] A recorded call is a vector of its own, which the engine and the oracle both pass."""
    state = folder / "record.json"
    suite = folder / "vectors" / "recorded"
    suite.mkdir(parents=True)
    record = suite / "deploy.json"
    receipt = deploy(state, "--input", TOKEN_DEPLOY, "--record", record, "--height", "9", "--time", "10", "--chain-id", "11")
    assert list(receipt) == ["status", "output", "fuel_used", "fuel_limit", "events", "writes", "change_root",
                             "schedule_hash", "profile_hash", "post_root", "receipt_hash"], list(receipt)
    vector = json.loads(record.read_text())
    expect = vector["steps"][0]["expect"]
    assert expect == {key: receipt[key] for key in expect}, expect
    assert vector["steps"][0]["env"] == {"height": "9", "time": "10", "chain_id": "11"}, vector["steps"][0]["env"]
    second = suite / "call.json"
    detent("call", "--state", state, receipt["output"], "--from", "bob", "--input", "ff", "--record", second, "--dry-run",
           code=FAILED)
    passed = detent("vector", suite, "--json").object()
    assert (passed["vectors"], passed["failed"]) == (2, 0), passed
    assert oracle("vectors", record, second).endswith("2 vectors, 2 steps, 0 mismatches\n")


def paused_call(name, fuel, *words):
    file = folder / name
    shown = detent(*words, "--fuel", fuel, "--save", file, "--json", code=EXHAUSTED).object()
    assert (shown["status"], shown["fuel_limit"], shown["saved"]) == ("exhausted", str(fuel), str(file)), shown
    return file


def test_resume_ends_a_call_as_one_with_the_fuel_of_all():
    """[SAV-14] By every tier, over several files; the state is written where it is named, after Success."""
    state = folder / "moving.json"
    words = ["call", "--state", state, "deploy", TOKEN, "--from", "alice", "--input", TOKEN_DEPLOY]
    used = int(detent(*words, "--dry-run", "--json").object()["fuel_used"])
    whole = detent(*words, "--fuel", used, "--dry-run", "--json").object()
    for fuel, tier in ((0, "fast"), (1, "stepper"), (used // 2, "fast"), (used - 2, "adaptive")):
        file = paused_call("call.saved", fuel, *words)
        detent("resume", file, "--fuel", 1, "--slice", 1, "--save", file, "--tier", tier, code=EXHAUSTED)
        assert detent("resume", file, "--fuel", used - fuel - 1, "--tier", tier, "--json").object() == whole
    assert not state.exists(), "a state was written that nobody named"
    detent("resume", file, "--state", state)
    assert state.read_bytes() == token_chain("at-once.json")[0].read_bytes()


def test_resume_shows_calls_and_refuses_what_does_not_fit():
    """[SAV-14] Every beginning, and bytes changed: nothing but codes."""
    state, address = token_chain("paused.json")
    words = ["call", "--state", state, address, "--from", "alice", "--input", "ff"]
    before, file = state.read_bytes(), paused_call("paused.saved", 3000, *words)
    assert "OutOfFuel: " in detent("resume", file, "--fuel", 1, "--state", state, code=EXHAUSTED).out
    assert "saved to" in detent("resume", file, "--fuel", 1, "--save", folder / "again.saved", code=EXHAUSTED).out
    detent("resume", file, "--state", state, code=FAILED)
    assert state.read_bytes() == before, "a call that did not succeed wrote the state"
    detent("call", "--state", state, "0x01", "--from", "alice", "--dry-run", "--fuel", 10, "--save", file,
           "--record", folder / "no.json", code=USAGE, says="--record")
    deploy(state, "--salt", "3", "--input", TOKEN_DEPLOY)
    refused("resume", file, "--state", state, says="not the state")
    refused("resume", paused("run.saved", 1, "--invoke", "add", "4", "5"), "--state", state, code=USAGE, says="--state")
    good, bad = file.read_bytes(), folder / "bad-call.saved"
    for at in range(0, len(good), 97):
        bad.write_bytes(good[:at])
        refused("resume", bad, "--fuel", 10, says="offset 0x" if at >= 8 else "not_a_state")
        bad.write_bytes(good[:at] + bytes([good[at] ^ 0x41]) + good[at + 1:])
        done = Done(["resume", bad, "--fuel", 10], {})
        assert done.code in (DONE, FAILED, TRAPPED, EXHAUSTED), done
    bad.write_bytes(good + b"\0")
    refused("resume", bad, says="state_unexpected_content")


def test_vectors_pass_where_transactions_move():
    """[SAV-2]"""
    shown = detent("vector", ROOT / "vectors" / "factory", "--moves", 3).out
    assert " 0 failed" in shown and re.search(r"^\d+ moves$", shown, re.MULTILINE), shown
    refused("vector", ROOT / "vectors" / "factory", "--moves", "x", code=USAGE, says="--moves")


def test_call_leaves_the_state_after_anything_but_success():
    state, address = token_chain("untouched.json")
    before, file = state.read_bytes(), state.stat().st_ino
    reverting = ["call", "--state", state, address, "--from", "mallory", "--input", "fe"]
    done = detent(*reverting, code=FAILED)
    assert "Revert" in done.out or "Abort" in done.out, done
    detent("call", "--state", state, address, "--from", "alice", "--fuel", "10", code=EXHAUSTED)
    detent("call", "--state", state, address, "--from", "alice", "--value", "1", code=FAILED)
    deploy(state, "--salt", "1", "--input", TOKEN_DEPLOY, "--dry-run")
    trap = Module(memory=1).function("$f", ["unreachable"], export="call").function("$g", [("i32.const", 0), ("i32.const", -1),
                                     ("call", "output")], export="deploy")
    detent("call", "--state", state, "deploy", saved("trap.wasm", trap.encode()), "--from", "alice", code=TRAPPED)
    bad = saved("invalid.wasm", b"\0asm\1\0\0\0\x63\0")
    assert "InvalidModule" in detent("call", "--state", state, "deploy", bad, "--from", "alice", code=FAILED).out
    assert state.read_bytes() == before and state.stat().st_ino == file, "a call that did not succeed wrote the state"
    detent("call", "--state", folder / "never.json", "deploy", bad, "--from", "alice", code=FAILED)
    assert not (folder / "never.json").exists(), "a deployment that failed began a state"
    assert not [path for path in folder.iterdir() if ".new-" in path.name], "a draft was left behind"


def test_call_refuses_bad_states():
    good = json.loads(token_chain("good.json")[0].read_text())
    account = next(iter(good["accounts"]))
    bad_balance = {**good, "accounts": {account: {**good["accounts"][account], "balance": "18446744073709551616"}}}
    name, code = next(iter(good["code"].items()))
    cases = [("{", ""), ("[]", ""), (json.dumps({**good, "more": 1}), "/more"),
             (json.dumps(bad_balance), f"/accounts/{account}/balance"),
             (json.dumps({**good, "code": {name: {**code, "hash": "0x" + "00" * 32}}}), f"/code/{name}"),
             (json.dumps({**good, "code": {}}), "/accounts"), ("[" * 100000, "")]
    for text, place in cases:
        path = saved("broken.json", text)
        refused("call", "--state", path, "0x01", "--from", "alice", says=["broken.json", place])
        assert path.read_text() == text
    refused("call", "--state", "missing.json", "0x01", "--from", "alice", says="missing.json")


def test_call_refuses_bad_arguments():
    state, address = token_chain("arguments.json")
    before = state.read_bytes()
    for words in (["--value", "18446744073709551616"], ["--value", "-1"], ["--input", "0"], ["--input", "xy"],
                  ["--fuel", "9223372036854775808"], ["--height", "x"], ["--schedule", "7"], ["--profile", "7"]):
        refused("call", "--state", state, address, "--from", "alice", *words, code=USAGE)
    for bad in ("0x" + "00" * 33, "0xzz", "a name", "", "x" * 33):
        refused("call", "--state", state, bad, "--from", "alice", code=USAGE)
        refused("call", "--state", state, address, "--from", bad, code=USAGE)
    refused("call", "--state", state, "deploy", "--from", "alice", code=USAGE, says="is missing")
    refused("call", "--state", state, address, TOKEN, "--from", "alice", code=USAGE, says="only `deploy`")
    refused("call", "--state", state, address, code=USAGE, says="--from")
    refused("call", "--state", state, address, "--from", "alice", "--input", "@missing", says="missing")
    assert state.read_bytes() == before


def test_call_writes_nothing_where_it_cannot_write_all():
    state, address = token_chain("unwritable.json")
    before = state.read_bytes()
    detent("call", "--state", state, "deploy", TOKEN, "--salt", "5", "--from", "alice", "--input", TOKEN_DEPLOY,
           "--record", folder / "nowhere" / "x.json", code=FAULT, says="nowhere")
    assert state.read_bytes() == before
    detent("call", "--state", folder / "nowhere" / "s.json", "deploy", TOKEN, "--from", "alice", "--input", TOKEN_DEPLOY,
           code=FAULT, says="nowhere")


def test_call_pads_addresses():
    hexadecimal = "0x" + b"alice".ljust(32, b"\0").hex()
    words = ["call", "--state", folder / "padding.json", "deploy", TOKEN, "--input", TOKEN_DEPLOY, "--json", "--from"]
    made = {text: detent(*words, text, "--dry-run").object()["output"]
            for text in ("alice", hexadecimal, "0x1", "0x01", "0x" + "00" * 31 + "01")}
    assert made["alice"] == made[hexadecimal] and made["0x1"] == made["0x01"] == made["0x" + "00" * 31 + "01"], made
    assert made["alice"] != made["0x1"]


def test_messages_hide_control_characters():
    text = json.dumps({"format": "detent-state", "version": 1, "code": {}, "accounts": {}, "\x1b[31mred\x07": 1})
    done = refused("call", "--state", saved("control.json", text), "0x01", "--from", "alice", says="red")
    assert "\x1b" not in done.err and "\x07" not in done.err, repr(done.err)
    suite = folder / "vectors" / "control"
    suite.mkdir(parents=True)
    (suite / "case.json").write_text(text)
    assert "\x1b" not in detent("vector", suite, code=FAILED, says="case").err
    assert "\x1b" not in refused("run", machine(), "--invoke", "\x1b[31m", code=USAGE).err


# ---- schedule, profile, docs, conformance -----------------------------------------------------------------------

def test_schedule_agrees_with_the_oracle():
    """[MET-21]"""
    assert detent("schedule", "hash", "2").out.strip() == "0x" + oracle("schedule", 2).strip()
    shown = detent("schedule", "--hash").out.strip()
    assert shown == "0x" + oracle("schedule", 1).strip(), shown
    text = detent("schedule", "--classification").out
    assert text == oracle("classification")
    canonical = bytes.fromhex(detent("schedule", "--canonical").out.strip()[2:])
    assert "0x" + hashlib.sha256(canonical).hexdigest() == shown
    object_ = detent("schedule", "--json").object()
    assert object_["hash"] == shown and object_["classification"] == "0x" + hashlib.sha256(text.encode()).hexdigest()
    assert object_["classification"][2:] in canonical.hex()
    refused("schedule", "--id", "3", code=USAGE, says="schedule 3")
    assert "host_create" in detent("schedule").out


def schedule_file(name, **bases):
    """Schedule 1 as number 9 with other base prices: the oracle's canonical bytes, by MET-21."""
    sys.path.insert(0, str(ORACLE.parent))
    from instructions import classification
    from schedule import Schedule
    made = Schedule(1)
    made.number = 9
    made.bases.update(bases)
    return saved(name, made.canonical_bytes(classification()))


def test_schedules_are_shown_and_compared():
    """[MET-20] [MET-21]"""
    one = detent("schedule", "--hash").out
    assert detent("schedule", "hash").out == detent("schedule", "hash", "1").out == one
    assert detent("schedule", "show", "1", "--json").object() == detent("schedule", "--json").object()
    digits = saved("one.hex", detent("schedule", "show", "--canonical").out)
    assert detent("schedule", "hash", digits).out == one
    draft = schedule_file("draft.schedule", int_divide=16, call=7)
    assert detent("schedule", "hash", draft).out.strip() == "0x" + hashlib.sha256(draft.read_bytes()).hexdigest()
    assert detent("schedule", "diff", "1", digits).out.endswith("0 of 114 prices and rates differ\n")
    people = detent("schedule", "diff", "1", draft, code=FAILED).out
    assert re.search(r"int_divide +8 +16 +2\.000\n", people) and re.search(r"call +5 +7 +1\.400\n", people), people
    seen = detent("schedule", "diff", draft, "1", "--json", code=FAILED).object()
    assert [(each["name"], each["before"], each["after"]) for each in seen["changes"]] == \
        [("call", "7", "5"), ("int_divide", "16", "8")] and seen["same_classification"], seen
    assert (seen["before"]["id"], seen["after"]["id"]) == (9, 1)
    cut = saved("cut.schedule", draft.read_bytes()[:-1])
    refused("schedule", "show", cut, says="is cut off")
    refused("schedule", "hash", schedule_file("zero.schedule", call=0), says="price or rate of 0")
    refused("schedule", "hash", schedule_file("cheap.schedule", host_call=1023), says="below 1,024")
    refused("schedule", "diff", "1", folder / "absent", says="absent")
    refused("schedule", "show", "77", code=USAGE, says="schedule 77")


def test_vectors_under_another_schedule_tell_outcomes_from_costs():
    suites = ROOT / "vectors"
    same = detent("vector", suites / "token", "--schedule", "1", "--json").object()
    assert same["vectors"] == same["same"] > 10 and same["fuel_from"] == same["fuel_to"], same
    dearer = schedule_file("dearer.schedule", variable=2)
    alone = detent("vector", suites / "token" / "transfer-success.json", "--schedule", dearer, "--json").object()
    assert (alone["costs_change"], alone["outcomes_change"], alone["changes"]) == (1, 0, []), alone
    assert int(alone["fuel_to"]) > int(alone["fuel_from"]), alone
    # Those whose limit is just enough are out of fuel; of all others the cost changes, or nothing.
    seen = detent("vector", suites / "token", "--schedule", dearer, "--json", code=FAILED).object()
    changed = {each["name"] for each in seen["changes"]}
    assert "token/transfer-fuel-exact" in changed and all(re.search("fuel|limit|slice|grant", one) for one in changed), changed
    assert seen["costs_change"] > 10 and seen["not_run"] == 0, seen
    assert seen["schedule"] == {"id": 9, "hash": detent("schedule", "hash", dearer).out.strip()}
    # So dear that whatever calls anything is out of fuel.
    dearest = schedule_file("dearest.schedule", call=2**32 - 1)
    done = detent("vector", suites / "token", "--schedule", dearest, "--json", code=FAILED)
    seen = done.object()
    assert seen["outcomes_change"] == len(seen["changes"]) > 10, seen
    statuses = {(each["from"], each["to"]) for one in seen["changes"] for each in one["outcome"]
                if each["field"] == "status"}
    assert ("Success", "OutOfFuel") in statuses, statuses
    assert "token/transfer-success step 0 status: from Success to OutOfFuel" in done.err, done
    people = detent("vector", suites / "token", "--schedule", dearest, code=FAILED).out
    assert f"{seen['outcomes_change']} outcomes change (0 could not be run to their end)" in people, people
    # One whose plan makes no sense: it pauses at a grant, and then a limit is raised that was not reached.
    vector = json.loads((suites / "token" / "transfer-success.json").read_text())
    vector["steps"][0]["resume"] = [{"grant": "5000"}, {"limit": "30000000"}]
    vector["code"]["token"]["file"] = str(TOKEN)
    broken = folder / "vectors" / "plans"
    broken.mkdir(parents=True)
    (broken / "case.json").write_text(json.dumps(vector))
    seen = detent("vector", broken, "--schedule", "1", "--json", code=FAILED, says="plans/case: ").object()
    assert (seen["outcomes_change"], seen["not_run"]) == (1, 1), seen
    refused("vector", folder / "absent", "--schedule", "1", code=USAGE, says="absent")
    (folder / "vectorless").mkdir()
    refused("vector", folder / "vectorless", "--schedule", "1", code=USAGE, says="nothing was compared")


def rows_of(table, macro):
    """The arguments of every row of a macro in a table of the engine, as text."""
    text = (ROOT / "engine" / table).read_text()
    rows = re.findall(rf"^{macro}\((.*)\)$", text, re.MULTILINE)
    return [[word.strip().strip('"') for word in row.split(",")] for row in rows]


def test_calibrate_measures_every_class_in_both_tiers():
    out = folder / "calibration.json"
    seen = detent("calibrate", "--rounds", 1, "--fuel", 20_000, "--out", out, "--json").object()
    assert json.loads(out.read_text()) == seen and seen["format"] == "detent-calibration"
    names = [name.rstrip("_") for name, *_ in rows_of("../metering/work_classes.def", "WORK_CLASS")]
    assert [each["class"] for each in seen["classes"]] == names
    # By hand: a turn is 8 times 4 nops, and local.get, i32.const, i32.sub, local.tee and br_if for 6: 38.
    assert seen["classes"][0]["fuel"] == str(20_000 // 38 * 38), seen["classes"][0]
    assert seen["classes"][0]["bases"] == str(20_000 // 38 * 32), seen["classes"][0]
    for tier in ("stepper", "fast"):
        measured = {each["class"]: each[tier]["ns_per_fuel"] for each in seen["classes"]}
        found, mean = seen["tiers"][tier], sum(measured.values()) / len(measured)
        assert min(measured.values()) >= 0 and mean > 0 and abs(found["mean_ns_per_fuel"] / mean - 1) < 1e-9, found
        assert measured[found["worst"]] == max(measured.values()), found
        assert abs(found["worst_of_mean"] - max(measured.values()) / mean) < 1e-9, found
        assert all(abs(each[tier]["of_mean"] - each[tier]["ns_per_fuel"] / mean) < 1e-9 for each in seen["classes"])
    people = detent("calibrate", "--rounds", 1, "--fuel", 20_000).out
    assert len(re.findall(r"^  [a-z_]+( +[0-9.]+){4}$", people, re.M)) == len(names) and people.count("worst / mean") == 2
    refused("calibrate", "--rounds", 0, code=USAGE, says="rounds")


def test_calibrate_runs_instructions_of_each_class():
    # An instruction and a host function may have one name.
    classes_of = {}
    for line in detent("schedule", "--classification").out.splitlines():
        *_, name, work_class, _ = line.split()
        classes_of.setdefault(name.replace("detent_v1.", "$"), set()).add(work_class)
    kernels = rows_of("../cli/calibration_kernels.def", "KERNEL")
    assert len(kernels) == 68, len(kernels)
    for work_class, piece in kernels:
        name = work_class.rstrip("_")
        words = set(re.findall(r"[$a-z0-9_.]+", piece)) | ({"return"} if "$returns" in piece else set())
        is_by_itself = name in ("activation", "instantiation")
        assert is_by_itself or name in set().union(*(classes_of.get(word, ()) for word in words)), (name, piece)


def canonical_profile(number):
    """The canonical bytes of a published profile, put together here from the tables as engine/profile.hpp says."""
    def count(value, size=4):
        return value.to_bytes(size, "little")

    def name(text):
        return bytes([len(text)]) + text.encode()

    table = f"profiles/{number}.def"
    (id_, preset), = rows_of(table, "PROFILE")
    on = [word for word, in rows_of(table, "WITH")]
    features = [row[1] for row in rows_of("features.def", "FEATURE") if row[0] in on]
    limits = [(row[0], int(row[{"spec": 1, "contract": 2}[preset]])) for row in rows_of("limits.def", "LIMIT")]
    rules = [word for word, in rows_of(table, "FLOAT_RULE")]
    return (b"DTNTPROF" + count(1) + count(int(id_)) + count(len(on)) + b"".join(map(name, features)) +
            name(preset) + count(len(limits)) + b"".join(name(key) + count(value, 8) for key, value in limits) +
            count(len(rules)) + b"".join(map(name, rules)))


# Of what canonical_profile returned when each profile was published. A published profile never changes.
PROFILE_HASHES = {
    1: "0xd5b00623c50e7b459e6c2504c16197fb8090e5f0de512fc3bb080323ab36f280",
    2: "0x7d6b85c360d4a3f5bed04a84376a2360171e7689c2c273593d1a5fac4f94b513",
}


def test_profile_hash_is_that_of_its_canonical_bytes_and_of_the_vectors():
    for number, published in PROFILE_HASHES.items():
        canonical = canonical_profile(number)
        assert "0x" + hashlib.sha256(canonical).hexdigest() == published, number
        assert detent("profile", "--id", number, "--canonical").out.strip() == "0x" + canonical.hex(), number
        assert detent("profile", "--id", number, "--hash").out.strip() == published, number
        assert f"profile {number} {published}" in detent("--version").out
    vector = json.loads((ROOT / "vectors" / "traps" / "unreachable.json").read_text())
    assert vector["profile"]["hash"] == PROFILE_HASHES[1]
    features = detent("profile", "--id", 1, "--json").object()["features"]
    assert features == ["mvp", "mutable-global", "sign-extension", "saturating-conversion", "multi-value", "bulk-memory",
                        "reference-types"], features
    assert len(detent("profile", "--id", 2, "--json").object()["features"]) == 18
    assert "call_depth" in detent("profile").out
    refused("profile", "--id", "3", code=USAGE, says="profile 3")


def test_committed_documents_are_what_is_printed():
    assert detent("docs", "--check", ROOT).out.endswith(" passed, 0 failed\n")
    copy = folder / "project"
    (copy / "docs").mkdir(parents=True)
    (copy / "contracts" / "include").mkdir(parents=True)
    refused("docs", "--write", copy, code=USAGE, says="names the tests of a project")
    assert not list((copy / "docs").iterdir())
    (copy / "engine").mkdir()
    detent("docs", "--write", copy)
    detent("docs", "--check", copy)
    limits = copy / "docs" / "limits.md"
    limits.write_text(limits.read_text().replace("4194304", "4194305"))
    (copy / "docs" / "errors.md").unlink()
    done = detent("docs", "--check", copy, code=FAILED)
    assert "limits.md: line" in done.out and "errors.md" in done.out and "4 passed, 2 failed" in done.out, done
    header = detent("docs", "guest-header").out
    assert header == (ROOT / "contracts" / "include" / "detent_v1.h").read_text()
    refused("docs", "features", code=USAGE, says="names the tests of a project")
    refused("docs", "poetry", code=USAGE, says="no such document")
    refused("docs", "limits", "--check", ROOT, code=USAGE)


def test_commitments_go_on_over_a_resumption():
    """[COM-2] [COM-8]"""
    module = folder / "commitments.wat"
    module.write_text("""(module (memory 1) (func (export "f") (param i32) (local i32)
        (loop (i32.store (local.get 1) (local.get 0)) (local.set 1 (i32.add (local.get 1) (i32.const 4)))
          (br_if 0 (i32.lt_u (local.get 1) (local.get 0))))))""")
    whole, parts, saved = folder / "whole.jsonl", folder / "parts.jsonl", folder / "committed.saved"
    run = ["run", module, "--invoke", "f", "i32:20000"]
    said = detent(*run, "--commit-every", 3000, "--commitments", whole, "--json").object()
    lines = [json.loads(line) for line in whole.read_text().splitlines()]
    assert lines[0] == {"format": "detent-commitments", "version": 1, "every": "3000"}
    assert lines[1:] == said["commitments"] and len(lines) > 10
    # In parts, by another tier, in slices; what is due at the pause itself is in the first part.
    for pause in (1, 7000, 9000, 20011):
        detent(*run, "--pause", pause, "--save", saved, "--commit-every", 3000, "--commitments", parts, code=EXHAUSTED)
        detent("resume", saved, "--tier", "stepper", "--slice", 777, "--commit-every", 3000, "--commitments", parts)
        assert parts.read_text() == whole.read_text(), pause
    # What is missing, of another chain or broken is not gone on with, and the file is left.
    detent(*run, "--pause", 10000, "--save", saved, "--commit-every", 3000, "--commitments", parts, code=EXHAUSTED)
    resume = ["resume", saved, "--commitments", parts]
    detent(*resume, "--commit-every", 1000, code=FAILED, says=["has no commitments every 1000 units"])
    detent("resume", saved, "--commit-every", 3000, code=USAGE, says=["--commitments"])
    kept = parts.read_text()
    parts.write_text("".join(kept.splitlines(keepends=True)[:-1]))
    detent(*resume, "--commit-every", 3000, code=FAILED, says=["ends at 6"])
    parts.write_text(kept[:-30])
    detent(*resume, "--commit-every", 3000, code=FAILED, says=["commitment"])
    assert parts.read_text() == kept[:-30]
    detent(*run, "--commit-every", 0, code=USAGE, says=["have no end"])
    detent("resume", saved, "--pause", 5, code=USAGE, says=["has been used already"])


def test_commitments_of_calls_go_on_over_a_resumption():
    """[SAV-17] [COM-2] Whatever the tier and the slices; a call that is paused does not settle."""
    words = call_of("amm/swap-success", folder)
    whole, parts, saved = folder / "whole-call.jsonl", folder / "parts-call.jsonl", folder / "committed-call.saved"
    plain = detent(*words, "--json").object()
    said = detent(*words, "--commit-every", 3000, "--commitments", whole, "--json").object()
    assert {**plain, "commitments": said["commitments"]} == said, said
    lines = [json.loads(line) for line in whole.read_text().splitlines()]
    assert lines[0] == {"format": "detent-commitments", "version": 1, "every": "3000"}
    assert lines[1:] == said["commitments"] and len(lines) > 10
    used = int(plain["fuel_used"])
    for pause, tier in ((0, "stepper"), (7000, "fast"), (int(lines[4]["used"]), "single"), (used - 1, "adaptive")):
        parts.unlink(missing_ok=True)
        paused = detent(*words, "--pause", pause, "--save", saved, "--commit-every", 3000, "--commitments", parts, "--tier",
                        tier, "--json", code=EXHAUSTED).object()
        assert paused["saved"] == str(saved) and int(paused["fuel_used"]) <= pause, paused
        shown = detent("resume", saved, "--fuel", 0, "--tier", "stepper", "--slice", 777, "--commit-every", 3000, "--commitments",
                       parts).out
        assert f"commitments, the last {lines[-1]['commitment']}" in shown, shown
        assert parts.read_text() == whole.read_text(), pause
    # A call within is bounded by the limit that is in force when it begins: with another one it is in another state.
    detent(*words, "--pause", 0, "--save", saved, code=EXHAUSTED)
    detent("resume", saved, "--fuel", 1, "--commit-every", 3000, "--commitments", parts)
    assert parts.read_text() != whole.read_text()
    assert detent(*words, "--pause", 9000, "--save", saved, "--json", code=EXHAUSTED).object()["saved"] == str(saved)
    assert detent(*words, "--pause", 9000, "--json", code=EXHAUSTED).object()["saved"] is None
    detent("resume", saved, "--pause", 5000, code=USAGE, says=["has been used already"])
    detent("resume", saved, "--commit-every", 3000, code=USAGE, says=["--commitments"])
    detent(*words, "--commit-every", 0, code=USAGE, says=["have no end"])
    detent(*words, "--pause", 9000, "--record", folder / "no.json", code=USAGE, says=["--record"])


# The argument for which the broken build's i32.popcnt is wrong by one bit: 0x0badcafe has 19 ones, by hand.
WRONG_FOR = 0x0BADCAFE
# A generator of numbers that meets it after so many steps, which is why the rest of the loop comes first.
BROKEN = """(module (memory 1)
  (func $mix (param i32) (result i32) (i32.popcnt (local.get 0)))
  (func (export "f") (param $n i32) (result i32) (local $i i32) (local $sum i32)
    (loop
      (local.set $sum (i32.add (local.get $sum) (call $mix (i32.add (local.get $i) (i32.const %d)))))
      (i32.store (i32.and (local.get $i) (i32.const 0xfffc)) (local.get $sum))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if 0 (i32.lt_u (local.get $i) (local.get $n))))
    (local.get $sum)))"""


def broken_module(steps):
    """The wrong operand comes at the given step of the loop."""
    path = folder / "broken.wat"
    path.write_text(BROKEN % ((WRONG_FOR - steps + 2**31) % 2**32 - 2**31))
    return path


def test_bisect_finds_the_instruction():
    """[COM-1] One handler wrong by one bit, met in the seven-millionth round of a loop: more than 100 million
    instructions. Runs are bounded by the logarithm of the window."""
    broken = os.path.abspath(sys.argv[3])
    steps, rounds = 7_000_000, 7_500_000
    module = broken_module(steps)
    task = [module, "--invoke", "f", f"i32:{rounds}"]
    found = detent("bisect", program, broken, "--json", "--", *task, code=FAILED).object()
    assert found["differs"] and found["function"] == "function 0", found
    marked = [line for line in found["text"] if line.startswith(">")]
    assert len(marked) == 1 and "i32.popcnt" in marked[0], found
    assert found["operands"] == [f"0x{WRONG_FOR:016x}"], found
    assert found["exact"] and found["differences"], found
    # Two chains, then halvings of 2^20 units: of ends, of ends with instructions alone, and of beginnings.
    assert found["runs"] <= 10 + (2 + 2 + 3) * 21, found
    # One step of the loop takes 15 instructions, by count.
    assert int(found["fuel"]) > 100_000_000, found
    # By the stepper, which is right in both builds, nothing differs; nor in a run that does not come so far.
    soon = broken_module(2000)
    task_of_soon = ["--json", "--", soon, "--invoke", "f", "i32:4000"]
    assert detent("bisect", f"{program} --tier stepper", f"{broken} --tier stepper", *task_of_soon).object() == {"differs": False}
    module = broken_module(steps)
    assert "both do the same" in detent("bisect", program, broken, "--", module, "--invoke", "f", "i32:1000").out


# What comes of it is kept in an array and nowhere else. Four times its 20,016 bytes are more than 64 windows of 1,000 units
# have, so that the heap stands in every 128th commitment.
BROKEN_IN_HEAP = """(module (type $row (array (mut i8)))
  (func $mix (param i32) (result i32) (i32.popcnt (local.get 0)))
  (func (export "f") (param $n i32) (local $i i32) (local $row (ref $row))
    (local.set $row (array.new_default $row (i32.const 20000)))
    (loop
      (array.set $row (local.get $row) (local.get $i) (call $mix (i32.add (local.get $i) (i32.const %d))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if 0 (i32.lt_u (local.get $i) (local.get $n))))))"""


def test_bisect_finds_what_differs_in_the_heap():
    """[COM-7] The commitments behind it are equal up to one that has the heap: the window begins at the last such."""
    broken = os.path.abspath(sys.argv[3])
    module = folder / "broken_in_heap.wat"
    module.write_text(BROKEN_IN_HEAP % (WRONG_FOR - 12_000))
    task = [module, "--invoke", "f", "i32:20000"]
    chain = detent("run", *task, "--commit-every", 1000, "--json").object()["commitments"]
    # The first is where the array has been paid for, and is not there.
    with_heap = [int(one["used"]) // 1000 for one in chain if one.get("heap", True)]
    assert with_heap == [2, 128, 256, 384, 512], with_heap
    found = detent("bisect", program, broken, "--commit-every", 1000, "--json", "--", *task, code=FAILED).object()
    assert found["exact"] and found["operands"] == [f"0x{WRONG_FOR:016x}"], found
    assert 257_000 < int(found["fuel"]) < 384_000, found


def test_bisect_shows_what_differs_to_people():
    broken = os.path.abspath(sys.argv[3])
    module = broken_module(2000)
    shown = detent("bisect", program, broken, "--commit-every", 5000, "--", module, "--invoke", "f", "i32:4000", code=FAILED).out
    for text in ("they part at 0x", "i32.popcnt", "0x000000000badcafe", "local word 2", "runs"):
        assert text in shown, shown


def test_bisect_takes_recorded_commitments_and_commands():
    broken = os.path.abspath(sys.argv[3])
    module, recorded = broken_module(2000), folder / "recorded.jsonl"
    task = [module, "--invoke", "f", "i32:4000"]
    detent("run", *task, "--commit-every", 5000, "--commitments", recorded)
    assert "the same commitments" in detent("bisect", program, recorded, "--commit-every", 5000, "--", *task).out
    said = detent("bisect", recorded, broken, "--commit-every", 5000, "--json", "--", *task, code=FAILED).object()
    assert said["differs"] and int(said["until"]) - int(said["fuel"]) <= 5020 and said["function"] in ("function 0", "f"), said
    # A command that asks a build, one line after the other.
    script = folder / "side.py"
    script.write_text(f"""import json, subprocess, sys
for line in sys.stdin:
    question = json.loads(line)
    words = {json.dumps([str(word) for word in task])}
    if question["ask"] == "commitments":
        words = ["run", *words, "--commit-every", question["every"]]
    else:
        words = ["resume", question["from"], "--fuel", "0"] if question["from"] else ["run", *words]
        words += ["--pause", question["pause"], "--save", question["save"]]
        words += ["--tier", question["tier"]] if question["tier"] else []
    done = subprocess.run([{broken!r}, *words, "--json"], capture_output=True, text=True)
    print(done.stdout.splitlines()[-1], flush=True)
""")
    answered = detent("bisect", program, f"exec:python3 {script}", "--commit-every", 5000, "--json", "--", *task, code=FAILED).object()
    assert answered["operands"] == [f"0x{WRONG_FOR:016x}"], answered
    refused("bisect", program, "exec:true", "--", *task, says="does not answer")
    refused("bisect", program, "/nowhere/detent", "--", *task, says="does not run")
    refused("bisect", program, "exec:while read line; do echo 1; done", "--", *task, says="with an object")
    refused("bisect", program, recorded, "--commit-every", 77, "--", *task, says="every 77 units")


# A contract that sums up what the broken handler says of numbers from its input on, so many as its input says, stores the
# sum and emits it; one that calls it; and one that calls that one, and then the first. Addresses lie at 64.
SUMMING = """(module
  (import "detent_v1" "input" (func $input (param i32 i32) (result i32)))
  (import "detent_v1" "storage_write" (func $write (param i32 i32 i32 i32)))
  (import "detent_v1" "transient_write" (func $keep (param i32 i32 i32 i32)))
  (import "detent_v1" "event" (func $event (param i32 i32 i32 i32)))
  (memory 1)
  (func $mix (param i32) (result i32) (i32.popcnt (local.get 0)))
  (func (export "call") (local $i i32) (local $sum i32)
    (drop (call $input (i32.const 0) (i32.const 8)))
    (loop
      (local.set $sum (i32.add (local.get $sum) (call $mix (i32.add (local.get $i) (i32.load (i32.const 0))))))
      (i32.store (i32.const 16) (local.get $sum))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if 0 (i32.lt_u (local.get $i) (i32.load (i32.const 4)))))
    (call $write (i32.const 16) (i32.const 1) (i32.const 16) (i32.const 4))
    (call $keep (i32.const 0) (i32.const 1) (i32.const 16) (i32.const 4))
    (call $event (i32.const 0) (i32.const 0) (i32.const 16) (i32.const 4))))"""
CALLING = """(module
  (import "detent_v1" "input" (func $input (param i32 i32) (result i32)))
  (import "detent_v1" "event" (func $event (param i32 i32 i32 i32)))
  (import "detent_v1" "call" (func $call (param i32 i32 i64 i32 i32 i64 i32) (result i32)))
  (memory 1)
  (data (i32.const 64) "%s")
  (func $hand_on (param $to i32)
    (if (call $call (local.get $to) (i32.const 32) (i64.const 0) (i32.const 0) (i32.const 8) (i64.const 90000000) (i32.const 0))
      (then (unreachable))))
  (func (export "call")
    (drop (call $input (i32.const 0) (i32.const 8)))
    (call $event (i32.const 64) (i32.const 4) (i32.const 0) (i32.const 8))
    %s))"""
SUMMER, MIDDLE, OUTER = ("0x" + name.ljust(32, b"\0").hex() for name in (b"summer", b"middle", b"outer"))


def summing_chain(name):
    """A state with the three."""
    def escaped(*addresses):
        return "".join(re.sub("..", r"\\\g<0>", address[2:]) for address in addresses)

    texts = {SUMMER: SUMMING, MIDDLE: CALLING % (escaped(SUMMER), "(call $hand_on (i32.const 64))"),
             OUTER: CALLING % (escaped(MIDDLE, SUMMER), "(call $hand_on (i32.const 64)) (call $hand_on (i32.const 96))")}
    accounts, code = {}, {}
    for address, text in texts.items():
        (folder / "contract.wat").write_text(text)
        detent("parse", folder / "contract.wat", "-o", folder / "contract.wasm")
        module = (folder / "contract.wasm").read_bytes()
        code[address] = {"hex": "0x" + module.hex(), "hash": "0x" + hashlib.sha256(module).hexdigest()}
        accounts[address] = {"balance": "0", "code": address}
    state = folder / name
    state.write_text(json.dumps({"format": "detent-state", "version": 1, "code": code, "accounts": accounts}))
    return state


def summing_call(state, steps, rounds):
    """The wrong operand comes at the given step of the loop."""
    words = ((WRONG_FOR - steps) % 2**32).to_bytes(4, "little") + rounds.to_bytes(4, "little")
    return ["call", "--state", state, OUTER, "--from", "alice", "--input", words.hex()]


def test_bisect_finds_the_instruction_of_a_contract():
    """[SAV-15] One handler wrong by one bit, met in a call within a call within a call; the state is left as it is."""
    broken = os.path.abspath(sys.argv[3])
    state = summing_chain("summing.json")
    before = state.read_bytes()
    task = summing_call(state, 20_000, 30_000)
    whole = detent(*task, "--dry-run", "--json").object()
    assert whole["status"] == "Success" and int(whole["fuel_used"]) > 800_000 and len(whole["events"]) == 4, whole
    for sides in ((program, broken), (f"{program} --tier stepper", f"{broken} --tier fast"), (broken, f"{program} --tier single")):
        found = detent("bisect", *sides, "--commit-every", 100_000, "--json", "--", *task, code=FAILED).object()
        assert found["exact"] and found["function"] == "function 4", found
        assert (found["contract"], found["call_depth"]) == (SUMMER, 2), found
        marked = [line for line in found["text"] if line.startswith(">")]
        assert len(marked) == 1 and "i32.popcnt" in marked[0], found
        assert found["operands"] == [f"0x{WRONG_FOR:016x}"], found
        assert found["runs"] <= 11 + (2 + 2 + 3) * 17, found
    shown = detent("bisect", program, broken, "--commit-every", 100_000, "--", *task, code=FAILED).out
    assert f"in function 4 of contract {SUMMER}, behind " in shown and "i32.popcnt" in shown, shown
    assert state.read_bytes() == before
    soon = summing_call(state, 20_000, 1000)
    assert detent("bisect", program, broken, "--json", "--", *soon).object() == {"differs": False}
    # A chain that was recorded.
    recorded = folder / "recorded-call.jsonl"
    detent(*task, "--dry-run", "--commit-every", 100_000, "--commitments", recorded, "--tier", "stepper")
    said = detent("bisect", recorded, broken, "--commit-every", 100_000, "--json", "--", *task, code=FAILED).object()
    assert said["differs"] and said["contract"] == SUMMER and said["call_depth"] == 2, said
    # What begins as two things.
    other = detent("bisect", program, f"{program} --height 2", "--json", "--", *task, code=FAILED).object()
    assert other["fuel"] == "0" and [each["what"] for each in other["differences"]] == ["block height"], other


def test_bisect_shows_what_differs_in_the_journal():
    """A side that is honest but for one byte of what a contract has stored, and one that it has emitted, from some fuel
    on."""
    state = summing_chain("journal.json")
    task = [*map(str, summing_call(state, 2**31, 100)), "--dry-run"]
    whole = detent(*task, "--json").object()
    stored = [each["value"] for each in whole["writes"]]
    assert len(set(stored)) == 1, whole
    since = int(whole["fuel_used"]) - 3000
    script = folder / "lying_side.py"
    script.write_text(f"""import json, pathlib, subprocess, sys
def run(*words):
    done = subprocess.run([{program!r}, *words, "--json"], capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])
for line in sys.stdin:
    question = json.loads(line)
    words = {json.dumps(task)}
    if question["ask"] == "commitments":
        answer = run(*words, "--commit-every", question["every"])
        for one in answer["commitments"]:
            if int(one["used"]) >= {since}:
                one["commitment"] = "0x" + 32 * "00"
    else:
        words = ["resume", question["from"], "--fuel", "0"] if question["from"] else words
        answer = run(*words, "--pause", question["pause"], "--save", question["save"])
        saved, value = pathlib.Path(question["save"]), bytes.fromhex({stored[0][2:]!r})
        if saved.exists() and int(answer["fuel_used"]) >= {since}:
            bytes_of = saved.read_bytes()
            at = bytes_of.index(b"DTNTCALL")
            listed = len(value).to_bytes(4, "little") + value
            saved.write_bytes(bytes_of[:at] + bytes_of[at:].replace(listed, listed[:-1] + bytes([value[-1] ^ 1])))
    print(json.dumps(answer), flush=True)
""")
    found = detent("bisect", program, f"exec:python3 {script}", "--commit-every", 500, "--json", "--", *task, code=FAILED).object()
    assert found["exact"] and found["fuel"] != "0", found
    what = [each["what"] for each in found["differences"]]
    assert any(one.startswith(f"contract call 0 storage of {SUMMER} key 0x") for one in what), found
    assert any(one.startswith("contract call 0 event ") for one in what), found
    assert any(" transient storage of " in one for one in what), found


def trace_of_call(*words):
    done = Done(["trace", *words], {})
    return [json.loads(line) for line in done.out.splitlines()], done


def test_trace_of_calls_adds_up_to_what_vectors_say():
    """Costs of all lines are the fuel that models and the oracle say; the last line is the receipt."""
    traced_calls = 0
    for path in sorted(path for suite in ("factory", "traps", "amm") for path in (ROOT / "vectors" / suite).glob("*.json")):
        step = json.loads(path.read_text())["steps"][0]
        if "resume" in step or "block_hashes" in step["env"]:
            continue
        words = [word for word in call_of(f"{path.parent.name}/{path.stem}", folder) if word != "--dry-run"]
        lines, done = trace_of_call(*words)
        *lines, end = lines
        for key, value in step["expect"].items():
            assert end[key] == value, f"{path.stem}: {key}\n{done}"
        assert sum(int(line["cost"]) for line in lines) == int(step["expect"]["fuel_used"]), done
        assert [line["step"] for line in lines if "step" in line] == list(range(1, end["instructions"] + 1))
        # Depths change by one call at a time, but where several end at once.
        depths = [-1] + [line["call_depth"] for line in lines if "call_depth" in line]
        assert all(after <= before + 1 for before, after in zip(depths, depths[1:])), done
        traced_calls += 1
    assert traced_calls > 100, traced_calls


def test_trace_of_calls_shows_contracts_and_prices():
    state = summing_chain("traced.json")
    before = state.read_bytes()
    call = ["call", *summing_call(state, 2**31, 3)[1:]]
    lines, done = trace_of_call(*call)
    whole = detent(*call, "--dry-run", "--json").object()
    assert {**whole, "instructions": lines[-1]["instructions"]} == lines[-1], done
    assert lines[0] == {"event": "transaction", "fuel": "100000000", "cost": str(5000 + 5)}, lines[0]
    found = [(line["contract"], line["call_depth"]) for line in lines[1:-1]]
    assert sorted(set(found)) == sorted([(OUTER, 0), (MIDDLE, 1), (SUMMER, 1), (SUMMER, 2)])
    assert [line["call_depth"] for line in lines if line.get("event") == "instantiate"] == [0, 1, 2, 1]
    # By hand, from schedule 1: a base, and what a byte of key, value, topic, data, address and input costs.
    prices = {"storage_write": 5000 + 5 * 10, "transient_write": 200 + 3, "input": 30 + 1, "call": 5000 + 5}
    hosts = [line for line in lines if "host" in line]
    assert len(hosts) == 4 + 3 + 2 * 4, hosts
    for line in hosts:
        price = 500 + 4 * (4 if line["contract"] == SUMMER else 12) if line["host"] == "event" else prices[line["host"]]
        assert (line["host_cost"], line["cost"]) == (str(price), str(price + 5)), line
    # Filters: by a name and an index in whichever module, by fuel in all, by numbers.
    third, _ = trace_of_call("--function", "3", *call)
    assert third[:-1] == [line for line in lines[:-1] if line.get("function") == 3 and "step" in line] and len(third) > 10
    nowhere = detent("trace", "--function", "nowhere", *call)
    assert "no function of the contracts that ran is 'nowhere'" in nowhere.err and len(nowhere.out.splitlines()) == 1
    part, _ = trace_of_call("--from", 20, "--to", 30, *call)
    numbers = [next((each["step"] for each in lines[i:] if "step" in each), 0) for i in range(len(lines))]
    assert part[:-1] == [line for line, number in zip(lines, numbers) if 20 <= number <= 30]
    late, _ = trace_of_call("--fuel-from", int(whole["fuel_used"]) - 7000, *call)
    assert late[:-1] == lines[-len(late):-1] and len(late) > 3
    # What traps, and what is never paid.
    reverts, _ = trace_of_call(*call, "--fuel", 9000)
    assert reverts[-1]["status"] == "OutOfFuel" and sum(int(line["cost"]) for line in reverts[:-1]) <= 9000
    nothing = trace_of_call(*call, "--fuel", 10)[0]
    assert [line["fuel_used"] for line in nothing] == ["0"]
    assert trace_of_call("call", "--state", state, "0x1234", "--from", "alice")[0][0]["event"] == "transaction"
    assert state.read_bytes() == before
    refused("trace", code=USAGE, says="FILE")
    refused("trace", "call", "--state", state, code=USAGE)


def test_profile_of_calls_adds_up():
    state = summing_chain("profiled.json")
    call = summing_call(state, 2**31, 50)
    flame = folder / "call.svg"
    found = detent("trace", "--flame", flame, *call, "--json").object()
    whole = detent(*call, "--dry-run", "--json").object()
    assert {key: found[key] for key in whole} == whole
    own = sum(int(each["self"]) for each in found["functions"])
    assert own + sum(int(found[key]) for key in ("instantiation", "entries", "price")) == int(whole["fuel_used"]), found
    assert len({each["code_hash"] for each in found["functions"]}) == 3
    lines, _ = trace_of_call(*call)
    for each in found["host_functions"]:
        of_it = [int(line["host_cost"]) for line in lines if line.get("host") == each["name"]]
        assert (each["calls"], each["fuel"]) == (len(of_it), str(sum(of_it))) and of_it, each
    mix = [each for each in found["functions"] if each["function"] == 4 and each["calls"] == 100]
    assert len(mix) == 1 and found["lines"] is None
    svg = flame.read_text()
    ElementTree.fromstring(svg)
    assert f"function 4 of 0x{mix[0]['code_hash'][2:10]}" in svg
    shown = detent("trace", "--fuel-profile", *call).out
    for text in ("(price of the transaction)", "host function", "storage_write", "no contract has lines", "Success"):
        assert text in shown, shown
    refused("trace", "--fuel-profile", "--from", 3, *call, code=USAGE, says="has no filter")


def test_conformance_lists_clauses_and_features():
    seen = Done(["conformance", "--source", ROOT, "--json"], {}).object()
    found = {each["id"] for each in seen["clauses"]}
    assert {"MET-1", "MET-23", "ABI-1", "ABI-64"} <= found and seen["mentions"] > len(found), sorted(found)
    tested = {each["name"]: each["tests"] for each in seen["features"]}
    assert len(tested) == 18 and all(tested[name] for name in detent("profile", "--json").object()["features"]), tested
    (folder / "elsewhere").mkdir()
    detent("conformance", "--source", folder / "elsewhere", code=USAGE, says="nothing was checked")


def test_conformance_finds_a_clause_and_a_feature_without_a_test():
    copy = folder / "clauses"
    for name in ("metering/METERING.md", "host_abi/HOST_ABI.md", "conformance/DETERMINISM.md", "engine/exec/STATE.md",
                 "engine/instrument/INSTRUMENT.md", "host_abi/SAVED.md"):
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, copy / name)
    detent("conformance", "--source", copy, code=FAILED, says=["MET-1: no test", "bulk-memory: no test"])


def test_conformance_tests_claims():
    suite = ROOT / "vectors" / "traps"
    silent = detent("conformance", "--engine", "true", "--level", "L2", suite, "--json", code=FAILED).object()
    assert not silent["holds"], silent
    # Every vector of this suite ends by its fuel or its price, so that L0 asks none.
    detent("conformance", "--engine", "true", "--level", "L0", suite, code=USAGE, says="nothing was checked")
    refused("conformance", "--engine", "true", "--level", "L9", suite, code=USAGE, says="L9")
    refused("conformance", "--level", "L1", code=USAGE, says="--engine")
    refused("conformance", suite, code=USAGE)


# ---- SECURITY.md ------------------------------------------------------------------------------------------------

def test_security_names_tests_that_exist():
    text = (ROOT / "SECURITY.md").read_text()
    promises = text.split("## What holds")[1].split("## What is not promised")[0]
    named = re.findall(r'^  - "(.*)"$', promises, re.MULTILINE) + re.findall(r"^  - `(test_\w+)`$", promises, re.MULTILINE)
    assert len(named) == promises.count("\n  - ") > 30, "a line that is no name of a test"
    # Names in C++ may be split over lines into pieces.
    known = "".join(re.sub(r'"\s*\n\s*"', "", path.read_text()) for path in sorted(ROOT.rglob("*_test.cpp")))
    gone = [name for name in named if name not in globals() and f'TEST_CASE("{name}"' not in known]
    assert not gone, gone
    unshown = [each for each in re.split(r"^- ", promises, flags=re.MULTILINE)[1:] if "\n  - " not in each]
    assert not unshown, unshown


# ---- The program ------------------------------------------------------------------------------------------------

def test_help_gives_examples_and_exit_codes():
    for command in COMMANDS:
        shown = detent(command, "--help").out
        for word in ("Usage: detent " + command, "Examples:", "Exit codes:", "  5  host fault"):
            assert word in shown, f"{command}: {shown}"
    assert all(command in detent("--help").out for command in COMMANDS)


def test_version_names_everything_that_can_matter():
    shown = detent("--version").out
    for word in ("detent ", "compiler ", "dispatch ", "schedule 1 " + detent("schedule", "--hash").out.strip(),
                 "profile 1 " + PROFILE_HASHES[1], "profile 2 " + PROFILE_HASHES[2]):
        assert word in shown, shown


def test_wrong_usage():
    refused(code=USAGE)
    refused("fly", code=USAGE)
    refused("--fast", code=USAGE)


def test_colour_is_for_terminals():
    """NO_COLOR, and TERM=dumb, turn it off."""
    import pty
    try:
        pairs = [pty.openpty() for _ in range(3)]
    except OSError as reason:
        print(f"no terminals here ({reason}): colour on one was not shown")
        return

    def shown(**environment):
        leader, follower = pairs.pop()
        subprocess.run([program, "validate", nop()], stdout=follower, cwd=folder, check=True,
                       env={**os.environ, "TERM": "xterm", **environment})
        os.close(follower)
        text = os.read(leader, 4096).decode()
        os.close(leader)
        return text

    plain = {key: value for key, value in os.environ.items() if key == "NO_COLOR"}
    assert plain or "\x1b[32mvalid" in shown()
    assert "\x1b" not in shown(NO_COLOR="1") and "\x1b" not in shown(TERM="dumb")


def test_a_library_that_differs_keeps_it_from_starting():
    """[ABI-42] A libsodium that takes every signature is preloaded."""
    library = {"LD_PRELOAD": os.path.abspath(sys.argv[2]), "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"}
    state = folder / "crypto.json"
    for words in (["vector", ROOT / "vectors" / "traps"], ["call", "--state", state, "deploy", TOKEN, "--from", "alice"],
                  ["conformance", "--engine", "true"]):
        detent(*words, code=FAULT, says=["refusing to start", "ABI-42"], **library)
    assert not state.exists()


def main():
    tests = [(name, test) for name, test in list(globals().items()) if name.startswith("test_")]
    failed = 0
    for name, test in tests:
        try:
            test()
        except Exception:  # A test that breaks in any way has failed; the next one runs.
            failed += 1
            print(f"FAILED {name}\n{traceback.format_exc(limit=3)}")
    shutil.rmtree(folder)
    print(f"{len(tests) - failed} passed, {failed} failed")
    return 1 if failed or not tests else 0


if __name__ == "__main__":
    sys.exit(main())
