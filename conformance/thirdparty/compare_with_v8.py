#!/usr/bin/env python3
"""Runs third-party modules in Detent and in Node's V8 and compares every result.

    compare_with_v8.py DETENT_PROGRAM CACHE_DIR [NAME...]
    compare_with_v8.py --node-only CACHE_DIR [NAME...]

CACHE_DIR is what fetch.py filled. modules.json gives each module's plan: what to write into its memory, which
exports to call, what to read back. Integers are compared exactly, floats by their bits, memory byte by byte, and a
last read covers the module's memory as a whole (its first MEMORY_LIMIT bytes). The script ends with
`N modules, N steps, N mismatches` and fails on a mismatch, when a module did not reach the answers that its plan
knows from elsewhere, and when nothing was compared. Environment: NODE names another Node program.
"""
import copy
import hashlib
import json
import lzma
import os
import struct
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

import fetch

HERE = Path(__file__).resolve().parent
NODE = os.environ.get("NODE", "node")
MEMORY_LIMIT = 4 * 1024 * 1024
INLINE_WRITE_LIMIT = 512
FUEL = 1_000_000_000_000
TIME_LIMIT_SECONDS = 900
SHOWN_MISMATCHES = 8


# ---- The bytes that a plan writes -------------------------------------------------------------------------------

def random_bytes(count, seed):
    """SHA-256 in counter mode: bytes that do not depend on a library's random generator."""
    blocks = (hashlib.sha256(f"{seed}:{i}".encode()).digest() for i in range(count // 32 + 1))
    return b"".join(blocks)[:count]


def prose_bytes(count):
    """Text that compresses: words picked by a fixed sequence."""
    words = "gas metering contract storage module memory table function export import trap limit stack value".split()
    picks = random_bytes(count, "prose")
    return " ".join(words[pick % len(words)] for pick in picks).encode()[:count]


def grid_positions(side):
    """A side x side height field as x, y, z floats."""
    cells = [(x, y) for y in range(side) for x in range(side)]
    return b"".join(struct.pack("<3f", x, y, ((x * 7 + y * 13) % 11) / 11 + x * y / 97) for x, y in cells)


def grid_triangles(side):
    corners = [y * side + x for y in range(side - 1) for x in range(side - 1)]
    faces = [(c, c + 1, c + side, c + 1, c + side + 1, c + side) for c in corners]
    return b"".join(struct.pack("<6I", *face) for face in faces)


def rgba_image(width, height):
    pixels = [(x * 5 & 255, y * 3 & 255, (x ^ y) & 255, 255 - (x & y)) for y in range(height) for x in range(width)]
    return bytes(channel for pixel in pixels for channel in pixel)


DATA_KINDS = {
    "hex": lambda spec, member: bytes.fromhex(spec["hex"]),
    "text": lambda spec, member: spec["text"].encode(),
    "utf16": lambda spec, member: spec["utf16"].encode("utf-16-le"),
    "json": lambda spec, member: json.dumps(spec["json"]).encode(),
    "f32": lambda spec, member: struct.pack(f"<{len(spec['f32'])}f", *spec["f32"]),
    "u32": lambda spec, member: struct.pack(f"<{len(spec['u32'])}I", *spec["u32"]),
    "u64": lambda spec, member: struct.pack(f"<{len(spec['u64'])}Q", *spec["u64"]),
    "random": lambda spec, member: random_bytes(spec["random"], spec["seed"]),
    "prose": lambda spec, member: prose_bytes(spec["prose"]),
    "positions": lambda spec, member: grid_positions(spec["positions"]),
    "triangles": lambda spec, member: grid_triangles(spec["triangles"]),
    "rgba": lambda spec, member: rgba_image(*spec["rgba"]),
    "member": lambda spec, member: member(spec["member"]),
    "xz": lambda spec, member: lzma.compress(data_bytes(spec["xz"], member), check=lzma.CHECK_CRC32),
    "gzip": lambda spec, member: zlib.compress(data_bytes(spec["gzip"], member), wbits=31),
    "blake2b": lambda spec, member: hashlib.blake2b(data_bytes(spec["blake2b"], member),
                                                    digest_size=spec["size"]).digest(),
}


def data_bytes(spec, member):
    kind = next(iter(spec))
    return DATA_KINDS[kind](spec, member)


# ---- V8 ---------------------------------------------------------------------------------------------------------

def concrete_steps(module, cache):
    """The plan with its bytes spelled out, and the read of the whole memory at its end."""
    def member(path):
        return fetch.member_of(fetch.archive_of(cache, module), path)

    steps = []
    for step in module["steps"]:
        step = dict(step)
        if "write" in step:
            step["hex"] = data_bytes(step.pop("data"), member).hex()
        if "expect_data" in step:
            step["expect_hex"] = data_bytes(step.pop("expect_data"), member).hex()
            step.setdefault("length", len(step["expect_hex"]) // 2)
        steps.append(step)
    return steps + [{"read": 0, "length": "all", "at_most": MEMORY_LIMIT}]


def run_in_v8(wasm, steps, scratch):
    job = scratch / "job.json"
    job.write_text(json.dumps({"wasm": str(wasm), "steps": steps}), encoding="utf-8")
    done = subprocess.run([NODE, str(HERE / "run_in_v8.mjs"), str(job)], capture_output=True, text=True,
                          timeout=TIME_LIMIT_SECONDS)
    if done.returncode != 0:
        raise SystemExit(f"Node failed: {done.stderr.strip()}")
    return json.loads(done.stdout)


def unmet_expectations(steps, records):
    """Where the module did not give the answer known beforehand, so that its plan would have exercised nothing."""
    unmet = []
    for index, (step, record) in enumerate(zip(steps, records)):
        if "expect" in step and record["results"] != step["expect"]:
            unmet.append(f"step {index}: {record['name']} gave {record['results']}, known answer {step['expect']}")
        if "expect_hex" in step and record["hex"] != step["expect_hex"]:
            unmet.append(f"step {index}: memory holds {record['hex'][:80]}, known answer {step['expect_hex'][:80]}")
    return unmet


# ---- Detent -----------------------------------------------------------------------------------------------------

def write_flag(record, index, scratch):
    if len(record["hex"]) <= 2 * INLINE_WRITE_LIMIT:
        return f"{record['address']}={record['hex']}"
    blob = scratch / f"write{index}.bin"
    blob.write_bytes(bytes.fromhex(record["hex"]))
    return f"{record['address']}=@{blob}"


def step_flags(record, index, scratch):
    if record["kind"] == "invoke":
        return ["--invoke", record["name"], *record["args"]]
    if record["kind"] == "write":
        return ["--write", write_flag(record, index, scratch)]
    return ["--read", f"{record['address']}:{record['length']}"]


def detent_command(program, wasm, records, scratch):
    """The same steps as V8 carried out, with the same numbers: a diverging address shows as a diverging result."""
    flags = [flag for i, record in enumerate(records) for flag in step_flags(record, i, scratch)]
    return [program, "run", str(wasm), "--preset", "spec", "--fuel", str(FUEL), "--json", *flags]


def run_in_detent(program, wasm, records, scratch):
    command = detent_command(program, wasm, records, scratch)
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIME_LIMIT_SECONDS)
    lines = done.stdout.strip().splitlines()
    try:
        answer = json.loads(lines[-1])
    except (IndexError, ValueError):
        return {"status": f"exit code {done.returncode}: {done.stderr.strip()[-300:]}", "steps": []}
    return answer


# ---- The comparison ---------------------------------------------------------------------------------------------

def typed_value(text):
    """"i32:-1" and "i32:4294967295" are the same 32 bits; floats are already bits."""
    kind, _, value = text.partition(":")
    width = {"i32": 32, "i64": 64, "f32": 32, "f64": 64}[kind]
    if kind.startswith("f") and not value.startswith("0x"):
        raise ValueError(f"{text} does not give a float by its bits")
    return kind, int(value, 0) % (1 << width)


def same_step(ours, theirs):
    if ours.get("kind") != theirs["kind"]:
        return False
    if theirs["kind"] == "read":
        return ours.get("hex", "").lower() == theirs["hex"]
    if theirs["kind"] == "write":
        return True
    try:
        return ours.get("name") == theirs["name"] and \
            [typed_value(v) for v in ours.get("results", [])] == [typed_value(v) for v in theirs["results"]]
    except (KeyError, ValueError):
        return False


def compared(records):
    return [record for record in records if record["kind"] != "write"]


def mismatches(ours, theirs):
    """One line for every step whose outcome differs; a step that one side lacks differs too."""
    found = []
    for index, record in enumerate(theirs):
        mine = ours[index] if index < len(ours) else {}
        if not same_step(mine, record):
            found.append(f"step {index} {record['kind']} {record.get('name', record.get('address'))}: "
                         f"Detent {short(mine)}, V8 {short(record)}")
    if len(ours) > len(theirs):
        found.append(f"Detent reports {len(ours) - len(theirs)} steps too many")
    return found


def short(record):
    if "hex" in record:
        return hashlib.sha256(record["hex"].lower().encode()).hexdigest()[:16] + " " + record["hex"][:64]
    return ", ".join(record.get("results", [])) if record else "nothing"


def altered(records, index):
    """The records with the lowest bit of one outcome turned over."""
    changed = copy.deepcopy(records)
    record = changed[index]
    if record["kind"] == "read":
        record["hex"] = f"{int(record['hex'][:2], 16) ^ 1:02x}" + record["hex"][2:]
    else:
        kind, bits = typed_value(record["results"][0])
        record["results"][0] = f"{kind}:{bits ^ 1:#x}"
    return changed


def check_that_alterations_are_seen(records, theirs):
    """Turns over one bit in each kind of outcome in turn; each must count as exactly one more mismatch."""
    baseline = len(mismatches(records, theirs))
    kinds = {}
    for index, record in enumerate(theirs):
        if index < len(records) and same_step(records[index], record):
            if record["kind"] == "read" and record["hex"]:
                kinds.setdefault("memory", index)
            elif record.get("results"):
                kinds.setdefault(record["results"][0][:3], index)
    for kind, index in kinds.items():
        if len(mismatches(altered(records, index), theirs)) != baseline + 1:
            raise SystemExit(f"self-check: an altered {kind} outcome of step {index} went unseen")
    last = len(records) - 1
    was_right = last < len(theirs) and same_step(records[last], theirs[last])
    if was_right and len(mismatches(records[:-1], theirs)) != baseline + 1:
        raise SystemExit("self-check: a missing step went unseen")
    return set(kinds)


# ---- The run ----------------------------------------------------------------------------------------------------

def compare_module(module, program, cache, scratch, verbose):
    """Returns (steps compared, mismatches, kinds of outcome that the self-check turned over, V8's report)."""
    wasm = fetch.wasm_path(cache, module)
    if hashlib.sha256(wasm.read_bytes()).hexdigest() != module["sha256"]:
        raise SystemExit(f"{wasm} is not the listed module; run fetch.py")
    steps = concrete_steps(module, cache)
    v8 = run_in_v8(wasm, steps, scratch)
    theirs = v8["steps"]
    found = [f"V8 {line}" for line in unmet_expectations(steps, theirs)]
    if program is None:
        ours = theirs
    else:
        answer = run_in_detent(program, wasm, theirs, scratch)
        ours = answer.get("steps", [])
        if answer.get("status") != "returned":
            found.append(f"Detent's status is {answer.get('status')} {answer.get('trap') or ''}".rstrip())
    found += mismatches(ours, theirs)
    seen = check_that_alterations_are_seen(ours, theirs) if ours else set()
    if verbose:
        for record in theirs:
            print(f"    {record['kind']} {record.get('name', record.get('address'))} "
                  f"{' '.join(record.get('args', []))} -> {short(record)}")
    return len(compared(theirs)), found, seen, v8


def compare_all(program, cache, wanted, verbose):
    steps = wrong = 0
    seen = set()
    for number, module in enumerate(wanted):
        with tempfile.TemporaryDirectory() as folder:
            count, found, kinds, v8 = compare_module(module, program, cache, Path(folder), verbose)
        if number == 0:
            print(f"Node {v8['node']}, V8 {v8['v8']}")
        steps, wrong, seen = steps + count, wrong + len(found), seen | kinds
        print(f"{module['name']}: {module['bytes']} bytes, {module['compiler']}: "
              f"{count} steps, {len(found)} mismatches", flush=True)
        for line in found[:SHOWN_MISMATCHES]:
            print(f"  {line}")
        if len(found) > SHOWN_MISMATCHES:
            print(f"  and {len(found) - SHOWN_MISMATCHES} more")
    print(f"self-check: one bit turned over in an outcome of each of these kinds was seen: {', '.join(sorted(seen))}")
    print(f"{len(wanted)} modules, {steps} steps, {wrong} mismatches")
    return 0 if steps > 0 and wrong == 0 and seen else 1


def main(argv):
    verbose = "--verbose" in argv
    argv = [a for a in argv if a != "--verbose"]
    if len(argv) < 3:
        raise SystemExit(__doc__)
    program = None if argv[1] == "--node-only" else argv[1]
    wanted = [m for m in fetch.load_list() if not argv[3:] or m["name"] in argv[3:]]
    return compare_all(program, Path(argv[2]), wanted, verbose or program is None)


if __name__ == "__main__":
    sys.exit(main(sys.argv))
