"""Tests of the oracle's host: transactions, calls, commitments, cryptography, vectors. `oracle_test.py` runs them.

Fuel is counted by hand in the comments, with the prices of schedule 1 and no other help.
"""

import hashlib
import json
import sys
import tempfile
import unittest
from pathlib import Path

import check
import crypto
import crypto_cases
import state
from assembler import module
from execution import Codes, Env, Execution, created_address
from host import _next, _previous
from module import decode
from schedule import MAX_FUEL, Schedule, limits
from validate import activation_counts, validate

LIMITS = limits("contract")
ALICE, BOB, CELL = b"\xa1" * 32, b"\xb0" * 32, b"\xce" * 32


class Chain:
    """A state with contracts, for transactions in one go or by a plan."""

    def __init__(self, **codes):
        self.state, self.codes = state.State(), Codes(LIMITS)
        self.state.balances[ALICE] = 1000
        for name, code in codes.items():
            self.state.codes[bytes.fromhex(name[1:]) * 32] = self.codes.add(code)

    def send(self, tx=None, plan=(), **changes):
        tx = tx or {"kind": "call", "from": ALICE, "to": CELL, "value": 0, "input": b"", "fuel_limit": 10**7}
        execution = Execution(self.state, self.codes, Env(300, 9, 1, {299: b"\x99" * 32}), Schedule(1), LIMITS)
        self.state.transient, self.state.events = {}, []
        outcome, output = execution.transact(tx | changes, list(plan))
        self.meter = execution.meter
        return outcome, output, execution.meter.used


def contract(text, imports=(), data=(), local_types=""):
    exports = {"call": len(imports)}
    return module([("", "", local_types, text)], imports=imports, memory=(1, None), data=data, exports=exports)


WRITE = ("storage_write", "i32 i32 i32 i32", "")
CALL = ("call", "i32 i32 i64 i32 i32 i64 i32", "i32")
OUTPUT = ("output", "i32 i32", "")
# A call from ALICE without input: 5000 + ceil(32 / 8) = 5004. Instantiation of `contract` without imports and data:
# 2000 + function 5 + memory 500 + 1024 + export 5 = 3534; an import is 20 more.
SENT, MADE = 5004, 3534


class Host(unittest.TestCase):
    def test_storage_write(self):
        # Entry 5 + ceil(4 / 4) = 6; four constants 4; call 5 + 5000 + 10 * (2 + 3) = 5055.
        chain = Chain(xce=contract("i32.const 0 i32.const 2 i32.const 0 i32.const 3 call 0", [WRITE]))
        total = SENT + MADE + 20 + 6 + 4 + 5055
        self.assertEqual(chain.send(), ("Success", b"", total))
        self.assertEqual(chain.state.storage[CELL], {bytes(2): bytes(3)})
        self.assertEqual(chain.send(fuel_limit=total), ("Success", b"", total))
        self.assertEqual(chain.send(fuel_limit=total - 1), ("OutOfFuel", b"", total - 5055))
        self.assertEqual(chain.send(fuel_limit=SENT - 1), ("OutOfFuel", b"", 0))

    def test_refused_for_both_bases(self):
        # A key of 0 bytes, and a range that ends one byte behind the memory (MET-19, ABI-3).
        for text in ("i32.const 0 i32.const 0 i32.const 0 i32.const 3",
                     "i32.const 0 i32.const 1 i32.const 65536 i32.const 1"):
            chain = Chain(xce=contract(text + " call 0", [WRITE]))
            self.assertEqual(chain.send(), ("AbiViolation", b"", SENT + MADE + 20 + 6 + 4 + 5005))

    def caller(self, flags, fuel, value=0):
        """A contract that calls 0xb0.. and puts out the outcome's number."""
        text = (f"i32.const 8 i32.const 8 i32.const 32 i64.const {value} i32.const 0 i32.const 0 i64.const {fuel} "
                f"i32.const {flags} call 0 i32.store 2 0 i32.const 8 i32.const 4 call 1")
        return contract(text, [CALL, OUTPUT], [("i32.const 8", BOB)])

    # The caller: instantiation 3534 + 40 + data segment 20 + 32 / 8 + const 1; frame of 8 words 2, entry 7; 8 constants
    # (the first is the address of the store behind it); call 5 + 5000 + 32 / 8 = 5009.
    BEFORE = SENT + MADE + 40 + 25 + 7 + 8 + 5009
    # Behind it: store 2, two constants, call 5 + output 30 + ceil(4 / 8).
    AFTER = 2 + 2 + 36

    def test_allowance(self):
        callee = contract("loop void br 0 end")
        # The callee: 3534, entry 5, loop 1, br 2 each; with 3599 it ends at 3534 + 6 + 29 * 2 = 3598, and the
        # remaining 1 stays with the caller.
        chain = Chain(xce=self.caller(0, 3599), xb0=callee)
        total = self.BEFORE + 3598 + self.AFTER
        self.assertEqual(chain.send(), ("Success", bytes([2, 0, 0, 0]), total))
        for plan in ([{"grant": 1}], [{"grant": n} for n in range(5000, 20000, 7)]):
            self.assertEqual(chain.send(plan=plan), ("Success", bytes([2, 0, 0, 0]), total))

    def test_limit_raised(self):
        chain = Chain(xce=self.caller(0, 3599), xb0=contract("loop void br 0 end"))
        total = self.BEFORE + 3598 + self.AFTER
        self.assertEqual(chain.send(fuel_limit=total - 1), ("OutOfFuel", b"", total - 36))
        plan = [{"limit": total}]
        self.assertEqual(chain.send(fuel_limit=total - 1, plan=plan), ("Success", bytes([2, 0, 0, 0]), total))

    def test_a_callee_at_its_limit_raises_nothing(self):
        chain = Chain(xce=self.caller(0, 3599), xb0=contract("loop void br 0 end"))
        chain.send(plan=[{"limit": MAX_FUEL}])
        self.assertEqual(chain.meter.plan, [{"limit": MAX_FUEL}])

    def test_the_stack_of_a_failed_call_is_gone(self):
        # The callee recurses into CallDepth; behind it the caller can still call a function of its own.
        text = ("i32.const 8 i32.const 32 i64.const 0 i32.const 0 i32.const 0 i64.const 99999 i32.const 0 call 0 "
                "i32.const 23 i32.ne if void unreachable end call 2")
        functions = [("", "", "", text), ("", "", "", "nop")]
        data = [("i32.const 8", BOB)]
        caller = module(functions, imports=[CALL], memory=(1, None), data=data, exports={"call": 1})
        chain = Chain(xce=caller, xb0=contract("call 0"))
        self.assertEqual(chain.send()[:2], ("Success", b""))

    def test_reentry(self):
        text = ("i32.const 0 i32.const 8 i32.const 32 i64.const 0 i32.const 0 i32.const 0 i64.const 100000 "
                "i32.const {} call 0 i32.store 2 0 i32.const 0 i32.const 4 call 1")
        for flags, outcome in ((0, 35), (2, 0), (4, 0)):
            # The inner call of an allowed one is denied its own allowance and so on; only the first answer is put out.
            chain = Chain(xce=contract(text.format(flags), [CALL, OUTPUT], [("i32.const 8", CELL)]))
            self.assertEqual(chain.send()[:2], ("Success", bytes([outcome, 0, 0, 0])))

    def test_static(self):
        callee = contract("i32.const 0 i32.const 1 i32.const 0 i32.const 0 call 0", [WRITE])
        self.assertEqual(Chain(xce=self.caller(1, 99999), xb0=callee).send()[1], bytes([30, 0, 0, 0]))
        chain = Chain(xce=self.caller(2, 99999), xb0=callee)  # DELEGATE: the storage of the caller
        self.assertEqual(chain.send()[1], bytes(4))
        self.assertEqual(chain.state.storage[CELL], {b"\0": b""})

    def test_value(self):
        chain = Chain(xce=self.caller(0, 0, 3))
        self.assertEqual(chain.send()[1], bytes([36, 0, 0, 0]))
        self.assertEqual(chain.send(value=7)[1], bytes(4))
        self.assertEqual([chain.state.balance(one) for one in (ALICE, CELL, BOB)], [993, 4, 3])

    def test_balances_fit_64_bits(self):
        chain = Chain()
        chain.state.balances[BOB] = 2**64 - 4
        self.assertEqual(chain.send(to=BOB, value=4)[0], "InsufficientValue")
        self.assertEqual(chain.send(to=BOB, value=3)[0], "Success")
        self.assertEqual(chain.send(to=ALICE, value=997)[0], "Success")
        self.assertEqual(chain.send(to=ALICE, value=998)[0], "InsufficientValue")

    def test_failed_call_is_undone(self):
        chain = Chain(xce=self.caller(0, 99999, 3), xb0=contract("unreachable"))
        self.assertEqual(chain.send(value=7)[1], bytes([10, 0, 0, 0]))
        self.assertEqual([chain.state.balance(one) for one in (ALICE, CELL, BOB)], [993, 7, 0])

    def test_deploy(self):
        code = contract("nop")
        counts = activation_counts(validate(decode(code, LIMITS), LIMITS))
        self.assertEqual(counts["activation_body_byte"], 3)
        # 20000 + 20 a byte; activation 5000 + 2 (size - 3) + type 50 + function 100 + memory 50 + export 100 + 20 * 3;
        # instantiation 3534; there is no `deploy` to run.
        total = 20000 + 20 * len(code) + 5000 + 2 * (len(code) - 3) + 360 + MADE
        tx = {"kind": "deploy", "from": ALICE, "code": code, "salt": 5, "value": 1, "input": b"", "fuel_limit": 10**6}
        chain = Chain()
        address = created_address(ALICE, 5, hashlib.sha256(code).digest())
        self.assertEqual(chain.send(tx), ("Success", address, total))
        self.assertEqual(chain.send(tx), ("AddressTaken", b"", 20000 + 20 * len(code)))
        self.assertEqual(chain.send(tx | {"code": b"\0asm"}), ("InvalidModule", b"", 20000 + 20 * 4))
        self.assertEqual(chain.send(tx | {"code": module([], exports={})}), ("LinkError", b"", 20000 + 20 * 8))

    def test_stored_code_that_does_not_pass(self):
        # For the price of the call, and the value stays (ABI-31).
        for code, outcome in ((b"\0asm", "InvalidModule"), (module([], exports={}), "LinkError")):
            chain = Chain(xce=code)
            self.assertEqual(chain.send(value=7), (outcome, b"", SENT))
            self.assertEqual(chain.state.balance(ALICE), 1000)

    def test_neighbours(self):
        storage = {b"a": b"", b"ab": b"", b"b": b""}
        self.assertEqual([_next(storage, one) for one in (b"", b"a", b"ab", b"b")], [b"a", b"ab", b"b", None])
        self.assertEqual([_previous(storage, one) for one in (b"", b"b", b"ab", b"a")], [b"b", b"ab", b"a", None])


class Commitments(unittest.TestCase):
    def test_roots(self):
        def digest(*parts):
            return hashlib.sha256(b"".join(parts)).digest()

        self.assertEqual(state.state_root({}), bytes(32))
        entries = {(ALICE, None): b"x"}
        path = digest(b"\0", ALICE)
        leaf = digest(b"\0", path, digest(b"x"))
        self.assertEqual(state.state_root(entries), leaf)
        # A second entry whose path differs in the first bit, and one whose path shares it.
        keys = [bytes([one]) for one in range(64)]
        paths = {key: digest(b"\1", ALICE, key) for key in keys}
        apart = next(key for key in keys if (paths[key][0] ^ path[0]) & 0x80)
        other = digest(b"\0", paths[apart], digest(b"y"))
        pair = (other, leaf) if path[0] & 0x80 else (leaf, other)
        self.assertEqual(state.state_root(entries | {(ALICE, apart): b"y"}), digest(b"\1", *pair))
        near = next(key for key in keys if (paths[key][0] ^ path[0]) & 0xC0 == 0x40)
        other = digest(b"\0", paths[near], digest(b"y"))
        pair = (other, leaf) if path[0] & 0x40 else (leaf, other)
        inner = digest(b"\1", *pair)
        pair = (bytes(32), inner) if path[0] & 0x80 else (inner, bytes(32))
        self.assertEqual(state.state_root(entries | {(ALICE, near): b"y"}), digest(b"\1", *pair))

    def test_writes(self):
        before = {(ALICE, b"k"): b"1", (ALICE, None): b"old", (BOB, None): b"same"}
        after = {(ALICE, b"kk"): b"", (ALICE, None): b"new", (BOB, None): b"same"}
        changed = state.writes(before, after)
        self.assertEqual(changed, [(ALICE, None, b"new"), (ALICE, b"k", None), (ALICE, b"kk", b"")])
        self.assertEqual(state.write_bytes(*changed[1]), ALICE + b"\1\1\0\0\0k\0")
        self.assertEqual(state.write_bytes(*changed[0]), ALICE + b"\0\1\3\0\0\0new")

    def test_receipt(self):
        roots = [bytes([one]) * 32 for one in range(4)]
        data = state.receipt_bytes(1, 258, b"out", [(ALICE, b"t", b"")], roots)
        head = b"DTNTRCPT" + bytes([1, 0, 0, 0, 1, 0, 0, 0, 2, 1, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0]) + b"out"
        self.assertEqual(data, head + bytes([1, 0, 0, 0]) + ALICE + b"\1\0\0\0t\0\0\0\0" + b"".join(roots))


class Cryptography(unittest.TestCase):
    def test_keccak_permutation_against_sha3(self):
        for length in (0, 1, 135, 136, 137, 300):
            data = bytes(length)
            self.assertEqual(crypto.keccak256(data, 0x06), hashlib.sha3_256(data).digest())
        self.assertNotEqual(crypto.keccak256(b""), hashlib.sha3_256(b"").digest())

    def test_groups(self):
        self.assertEqual(crypto.edwards_multiply(crypto.L, crypto.BASE), crypto.NEUTRAL)
        self.assertIsNone(crypto.weierstrass_multiply(crypto.N, crypto.G))
        self.assertEqual(len(set(crypto_cases.TORSION)), 8)
        self.assertEqual(len(crypto_cases.small_encodings()), 14)

    def test_rfc_8032_public_keys(self):
        key = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
        self.assertEqual(crypto_cases.rfc_public_key(bytes.fromhex(crypto_cases.RFC[0][1])).hex(), key)

    def test_recover_a_known_ethereum_signature(self):
        digest = bytes.fromhex("456e9aea5e197a1f1af7a3e85a3212fa4049a3ba34c2289b4c860fc0b0c64ef3")
        signature = bytes.fromhex("9242685bf161793cc25603c231bc2f568eb630ea16aa137d2664ac8038825608"
                                  "4f8ae3bd7535248d0bd448298cc2e2071e56992d0774dc340c368ae950852ada")
        key = crypto.secp256k1_recover(digest, signature, 1)
        self.assertEqual(crypto.keccak256(key)[12:].hex(), "7156526fbd7a3c72969b54f64e42c10fbb768c8a")

    def test_edge_cases(self):
        self.assertEqual(crypto_cases.text(), crypto_cases.PATH.read_text(encoding="utf-8"))
        for one in crypto_cases.build():
            with self.subTest(one["function"] + ": " + one["name"]):
                self.assertEqual(crypto_cases.answer(one), one["expect"])


class Vectors(unittest.TestCase):
    """The command line on a vector of one step, filled, changed, and empty."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.path = Path(self.folder.name, "vectors", "suite", "case.json")
        self.path.parent.mkdir(parents=True)
        code = contract("i32.const 0 i32.const 2 i32.const 0 i32.const 3 call 0", [WRITE])
        tx = {"kind": "call", "from": "0x" + ALICE.hex(), "to": "0x" + CELL.hex(), "value": "0", "input": "0x"}
        self.document = {
            "format": "contract-vector", "version": 1, "name": "suite/case",
            "profile": {"id": 1, "hash": "0x" + "11" * 32},
            "schedule": {"id": 1}, "code": {"cell": {"hex": "0x" + code.hex()}},
            "pre": {"0x" + CELL.hex(): {"balance": "0", "code": "cell"}},
            "steps": [{"env": {"height": "1", "time": "2", "chain_id": "3"}, "tx": tx | {"fuel_limit": "1000000"}}],
        }

    def check(self, expected):
        with open("/dev/null", "w", encoding="utf-8") as sink:
            saved, sys.stdout = sys.stdout, sink
            try:
                self.path.write_text(json.dumps(self.document), encoding="utf-8")
                self.assertEqual(check.main(["vectors", self.folder.name]), expected)
            finally:
                sys.stdout = saved

    def fill(self):
        self.path.write_text(json.dumps(self.document), encoding="utf-8")
        check.fill(self.path)
        self.document = json.loads(self.path.read_text(encoding="utf-8"))

    def test_filled_vector_agrees(self):
        self.fill()
        expect = self.document["steps"][0]["expect"]
        self.assertEqual((expect["status"], expect["fuel_used"]), ("Success", str(SENT + MADE + 20 + 6 + 4 + 5055)))
        self.assertEqual(expect["writes"], [{"address": "0x" + CELL.hex(), "key": "0x0000", "value": "0x000000"}])
        self.check(0)

    def test_every_changed_field_is_found(self):
        self.fill()
        zero = "0x" + "00" * 32
        for key, wrong in (("status", "Revert"), ("output", "0x00"), ("fuel_used", "1"), ("events", [1]),
                           ("writes", []), ("receipt_hash", zero), ("post_root", zero)):
            with self.subTest(key):
                right = self.document["steps"][0]["expect"][key]
                self.document["steps"][0]["expect"][key] = wrong
                self.check(1)
                self.document["steps"][0]["expect"][key] = right

    def test_unknown_keys_and_emptiness(self):
        self.fill()
        self.document["extra"] = 1
        self.check(1)
        del self.document["extra"]
        del self.document["steps"][0]["expect"]
        self.check(2)
