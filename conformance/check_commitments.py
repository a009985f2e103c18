#!/usr/bin/env python3
"""Commitments from saved bytes alone ([COM-1] [COM-2] [COM-3] [COM-4] [COM-5] [COM-6] [COM-7] [SAV-15] [SAV-16]): a reader of
STATE.md and SAVED.md in Python hashes what `detent run --save` and `detent call --save` have written, and compares with
what `--commit-every` says.

    conformance/check_commitments.py PROGRAM

Nothing here comes from the engine: STATE.md, SAVED.md, hashlib, the modules below, of which each says where its references
to objects are, and the states and transactions of vectors, whose contracts have none."""
import hashlib
import json
import pathlib
import struct
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
PIECE = 4096
OBJECT, EXCEPTION = 5, 6

MEMORY = """(module (memory 1 4) (data (i32.const 70) "abc")
  (func $fill (param i32 i32)
    (loop (i32.store (local.get 0) (local.get 1))
      (local.set 0 (i32.add (local.get 0) (i32.const 1000)))
      (br_if 0 (i32.lt_u (local.get 0) (i32.const 60000)))))
  (func $down (param i32) (result i32)
    (if (result i32) (local.get 0)
      (then (i32.add (local.get 0) (call $down (i32.sub (local.get 0) (i32.const 1)))))
      (else (call $fill (i32.const 5) (i32.const 77)) (i32.const 0))))
  (func (export "f") (param i32) (result i32)
    (drop (memory.grow (i32.const 2)))
    (i32.store (i32.const 190000) (i32.const 9))
    (call $down (local.get 0))))"""

# No number in it has 5 or 6 in its low three bits, so that words of these kinds are references to objects. Behind the loop
# that makes them is one that makes none, long enough that the heap stands in some commitments (COM-7).
OBJECTS = """(module
  (type $pair (struct (field (mut i64)) (field (mut anyref))))
  (type $row (array (mut anyref)))
  (table $t 600 anyref)
  (global $g (mut (ref null $pair)) (ref.null $pair))
  (tag $e (param i64))
  (func $make (param i32) (result (ref $pair))
    (struct.new $pair (i64.const 8) (global.get $g)))
  (func (export "f") (param i32) (result i32) (local $p (ref null $pair)) (local $x exnref)
    (table.set $t (i32.const 599) (array.new $row (ref.i31 (i32.const 3)) (i32.const 8)))
    (block $caught (result exnref)
      (try_table (catch_all_ref $caught) (throw $e (i64.const 16)))
      (unreachable))
    (local.set $x)
    (loop
      (local.set $p (call $make (local.get 0)))
      (if (i32.and (local.get 0) (i32.const 4)) (then (global.set $g (local.get $p))))
      (table.set $t (i32.const 8) (local.get $p))
      (local.set 0 (i32.add (local.get 0) (i32.const 4)))
      (br_if 0 (i32.lt_u (local.get 0) (i32.const 280))))
    (loop
      (local.set 0 (i32.add (local.get 0) (i32.const 16)))
      (br_if 0 (i32.lt_u (local.get 0) (i32.const 60000))))
    (i32.const 0)))"""

# Name, module, argument, units between commitments.
CASES = [("memory", MEMORY, "i32:20", 100), ("memory", MEMORY, "i32:3", 7), ("objects", OBJECTS, "i32:0", 300),
         ("objects", OBJECTS, "i32:0", 600)]

# Vector, units between commitments: calls within calls that write, emit, revert and trap; creations; delegation; transient
# storage; a deployment.
CALLS = [("amm/swap-success", 2000), ("amm/swap-success", 97), ("factory/middle-reverts", 1000), ("factory/spawn-and-use", 3000),
         ("factory/delegate-mint", 700), ("factory/reentry-through-another-allowed", 900), ("token/deploy-success", 600)]


def sha(data):
    return hashlib.sha256(data).digest()


class Reader:
    """STA-4."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        self.at += count
        assert self.at <= len(self.data)
        return self.data[self.at - count:self.at]

    def u8(self):
        return self.take(1)[0]

    def u32(self):
        return struct.unpack("<I", self.take(4))[0]

    def u64(self):
        return struct.unpack("<Q", self.take(8))[0]

    def list(self, read):
        return [read() for _ in range(self.u32())]


def u32(value):
    return struct.pack("<I", value)


def u64(value):
    return struct.pack("<Q", value)


def u32s(values):
    return u32(len(values)) + b"".join(map(u32, values))


def u64s(values):
    return u32(len(values)) + b"".join(map(u64, values))


def sections(data):
    """STA-21."""
    reader = Reader(data)
    assert reader.take(8) == b"DTNTSAVE"
    reader.u32()
    found = {}
    while reader.at < len(data):
        number = reader.u32()
        found[number] = reader.take(reader.u64())
    return found


class State:
    def __init__(self, data):
        r = Reader(data)
        assert r.take(8) == b"DTNTEXEC" and r.u32() == 1
        self.schedule = r.take(32)
        r.take(32)
        self.modules = r.list(lambda: r.take(64))
        self.instances = r.list(lambda: (r.list(r.u32), r.u32(), r.list(r.u32), r.list(lambda: r.list(r.u64)),
                                         r.list(r.u8)))
        self.host_functions = r.list(r.u32)
        self.memories = [self.memory(r) for _ in range(r.u32())]
        self.tables = r.list(lambda: r.list(r.u64))
        self.globals = r.list(r.u64)
        self.heap = r.u64(), r.u64(), r.u64()
        self.held = r.list(r.u64)
        self.used = r.u64()
        self.entries = [self.entry(r) for _ in range(r.u32())]
        self.frames = r.list(lambda: (r.u32(), r.u32(), r.u32(), r.list(r.u64), r.list(r.u64)))
        self.objects = r.list(lambda: (r.u64(), r.u8(), r.u32(), r.u32(), r.take(r.u32())))
        assert r.at == len(data)

    @staticmethod
    def memory(r):
        size = r.u64()
        return size, {number: r.take(min(PIECE, size - PIECE * number))
                      for number in iter_pieces(r)}

    @staticmethod
    def entry(r):
        """The fields of STA-10, each with its width in bytes; lists with those of their elements."""
        fields = [(width, int.from_bytes(r.take(width), "little"))
                  for width in (1, 1, 1, 8, 8, 4, 4, 4, 8, 4, 8, 4, 4, 4)]
        fields.append(("list", 4, r.list(r.u32)))
        fields.append((8, r.u64()))
        fields.append(("list", 8, r.list(r.u64)))
        return fields


def iter_pieces(r):
    for _ in range(r.u32()):
        yield r.u32()


def renamed(state, word):
    """COM-4."""
    kind, number = word & 7, word >> 3
    is_object = kind in (OBJECT, EXCEPTION) and number < len(state.objects)
    return state.objects[number][0] << 3 | kind if is_object else word


def root(pieces, count):
    """COM-5, with all of the tree: `pieces` by number, `count` in all."""
    zero = bytes(PIECE)
    level = [sha(pieces.get(i, zero).ljust(PIECE, b"\0")) for i in range(max(count, 1))]
    above_zeros = sha(zero)
    while len(level) > 1:
        if len(level) % 2:
            level.append(above_zeros)
        level = [sha(level[i] + level[i + 1]) for i in range(0, len(level), 2)]
        above_zeros = sha(above_zeros + above_zeros)
    return level[0]


def entry_bytes(state, entry):
    has_allowance = entry[2][1]
    out = b""
    for i, field in enumerate(entry):
        if field[0] == "list":
            words = [renamed(state, word) for word in field[2]] if field[1] == 8 else field[2]
            out += u32(len(words)) + b"".join(word.to_bytes(field[1], "little") for word in words)
        else:
            # Field 4 is the limit.
            value = 0 if i == 4 and not has_allowance else field[1]
            out += value.to_bytes(field[0], "little")
    return out


def object_bytes(state, one):
    serial, is_exception, instance, type_, content = one
    words = struct.unpack(f"<{len(content) // 8}Q", content)
    return u64(serial) + bytes([is_exception]) + u32(instance) + u32(type_) + u32(len(content)) + b"".join(
        u64(renamed(state, word)) for word in words)


def has_heap(state, used, every):
    """COM-7."""
    debt = state.heap[0]
    m = 1
    while m * every < 4 * debt:
        m *= 2
    return used // every % m == 0


def hash_of(state, with_heap):
    """COM-3."""
    out = u64(state.used) + b"".join(map(u64, state.heap))
    out += sha(u32(len(state.modules)) + b"".join(state.modules))
    instances = u32(len(state.instances))
    for hosts, module, imports, elements, dropped in state.instances:
        instances += u32s(hosts) + u32(module) + u32s(imports)
        instances += u32(len(elements)) + bytes(0 if segment else 1 for segment in elements)
        instances += u32(len(dropped)) + bytes(dropped)
    out += sha(instances + u32s(state.host_functions))
    out += u32(len(state.memories))
    for size, pieces in state.memories:
        out += u64(size) + root(pieces, -(-size // PIECE))
    out += u32(len(state.tables))
    for table in state.tables:
        row = b"".join(u64(renamed(state, word)) for word in table)
        pieces = {i: row[i * PIECE:(i + 1) * PIECE] for i in range(-(-len(row) // PIECE))}
        out += u32(len(table)) + root(pieces, len(pieces))
    out += sha(u64s([renamed(state, word) for word in state.globals]))
    out += sha(u64s([renamed(state, word) for word in state.held]))
    out += sha(u32(len(state.entries)) + b"".join(entry_bytes(state, entry) for entry in state.entries))
    chain = bytes(32)
    for instance, function, position, values, operands in state.frames:
        chain = sha(chain + u32(instance) + u32(function) + u32(position) +
                    u64s([renamed(state, word) for word in values]) + u64s([renamed(state, word) for word in operands]))
    out += u32(len(state.frames)) + chain
    if not with_heap:
        return sha(out + bytes(32))
    groups = {}
    for one in sorted(state.objects):
        groups[one[0] // 64] = groups.get(one[0] // 64, b"") + object_bytes(state, one)
    return sha(out + sha(b"".join(u64(group) + sha(groups[group]) for group in sorted(groups))))


class Call:
    """SAV-4, of which it keeps what SAV-16 hashes."""

    def __init__(self, data):
        r = Reader(data)
        assert r.take(8) == b"DTNTCALL" and r.u32() == 1
        begin = r.at
        self.schedule = r.take(32)
        r.take(64 + 24)
        r.list(lambda: r.take(40))
        r.take(1 + 32 + 32 + 16)
        before_limit = data[begin:r.at]
        r.u64()
        behind_limit = r.at
        self.bytes(r), self.bytes(r)
        self.request = before_limit + u64(0) + data[behind_limit:r.at]
        r.list(lambda: self.bytes(r))
        begin = r.at
        self.contracts = r.list(lambda: self.contract(r))
        self.contract_bytes = data[begin:r.at]
        self.execution = State(data[r.at:])

    @staticmethod
    def bytes(r):
        return r.take(r.u32())

    @classmethod
    def contract(cls, r):
        """SAV-5: how many changes, transient changes and events it has."""
        r.take(32 * 3 + 8 + 3)
        for _ in range(3):
            cls.bytes(r)
        changes = [len(r.list(lambda: (r.take(32), cls.bytes(r), r.u8(), cls.bytes(r)))) for _ in range(2)]
        return *changes, len(r.list(lambda: (r.take(32), cls.bytes(r), cls.bytes(r))))

    def hash(self, with_heap):
        """SAV-16."""
        return sha(sha(self.request) + sha(self.contract_bytes) + hash_of(self.execution, with_heap))


def call_of(vector, folder):
    """The first transaction of a vector, as words for `detent call`, with a file of the state before it."""
    case = json.loads((ROOT / "vectors" / f"{vector}.json").read_text())
    code = {}
    for name, one in case["code"].items():
        of_file = "0x" + (ROOT / one["file"]).read_bytes().hex() if "file" in one else one["hex"]
        code[name] = {"hex": of_file, "hash": one["hash"]}
    state = folder / "state.json"
    used = {account["code"] for account in case["pre"].values() if "code" in account}
    state.write_text(json.dumps({"format": "detent-state", "version": 1, "accounts": case["pre"],
                                 "code": {name: code[name] for name in code if name in used}}))
    tx, env = case["steps"][0]["tx"], case["steps"][0]["env"]
    words = ["call", "--state", state, "--from", tx["from"], "--value", tx["value"], "--input", tx["input"], "--fuel",
             tx["fuel_limit"], "--height", env["height"], "--time", env["time"], "--chain-id", env["chain_id"],
             "--schedule", case["schedule"]["id"], "--profile", case["profile"]["id"], "--dry-run"]
    if tx["kind"] == "call":
        return [*words, tx["to"]]
    module = folder / "module.wasm"
    module.write_bytes(bytes.fromhex(code[tx["code"]]["hex"][2:]))
    return [*words, "deploy", module, "--salt", tx["salt"]]


def detent(program, *arguments):
    done = subprocess.run([program, *map(str, arguments), "--json"], capture_output=True, text=True, check=False)
    return json.loads(done.stdout.splitlines()[-1])


def check(program, folder, what, run, every, state_in):
    """How many commitments agree, how many do not, and how many have a heap with objects; `state_in` finds in the
    sections of a file the schedule, the state of the execution, and its hash, with its heap or without."""
    passed = failed = heaps = 0
    for tier in ("stepper", "fast"):
        said = detent(program, *run, "--commit-every", every, "--tier", tier)["commitments"]
        assert len(said) > 10, f"{what}: {len(said)} commitments"
        head = None
        for one in said:
            saved = folder / "saved"
            used = int(one["used"])
            assert int(detent(program, *run, "--pause", used, "--save", saved)["fuel_used"]) == used
            schedule, state, hashed = state_in(sections(saved.read_bytes()))
            if head is None:
                head = sha(b"DTNTCOMM" + u32(1) + u64(every) + schedule)
            with_heap = has_heap(state, used, every)
            head = sha(head + u64(used) + hashed(with_heap))
            agrees = "0x" + head.hex() == one["commitment"] and with_heap == one.get("heap", True)
            passed, failed = passed + agrees, failed + (not agrees)
            heaps += bool(state.objects) and with_heap
            if not agrees:
                print(f"{what}, every {every}, {tier}: another commitment at {used}")
                break
    return passed, failed, heaps


def executions(program, folder):
    def state_in(found):
        state = State(found[3])
        return state.schedule, state, lambda with_heap: hash_of(state, with_heap)

    for name, module, argument, every in CASES:
        path = folder / f"{name}.wat"
        path.write_text(module)
        yield check(program, folder, name, ["run", path, "--invoke", "f", argument], every, state_in)


def calls(program, folder):
    # The most calls within calls, changes, transient changes and events.
    seen = [0, 0, 0, 0]

    def state_in(found):
        call = Call(found[5])
        for counts in call.contracts:
            seen[:] = map(max, seen, (len(call.contracts), *counts))
        return call.schedule, call.execution, call.hash

    for vector, every in CALLS:
        yield check(program, folder, vector, call_of(vector, folder), every, state_in)
    is_much = seen[0] >= 3 and min(seen) >= 1
    yield is_much, not is_much, 0


def main():
    program = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        counts = [*executions(program, folder), *calls(program, folder)]
    passed, failed, heaps = (sum(column) for column in zip(*counts))
    assert heaps >= 10, f"{heaps} commitments have objects"
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
