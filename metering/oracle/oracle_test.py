#!/usr/bin/env python3
"""Tests of the oracle. Fuel is counted by hand in the comments, with the prices of schedule 1 and no other help."""

import hashlib
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import check  # noqa: E402
from assembler import module  # noqa: E402
from host_test import Commitments, Cryptography, Host, Vectors  # noqa: E402, F401
from instructions import CLASS_OF, OPCODES, UNIT_OF, classification  # noqa: E402
from module import decode  # noqa: E402
from numeric import operator  # noqa: E402
from reader import InvalidModule  # noqa: E402
from schedule import MAX_FUEL, Schedule, host_declarations, limits, rows, units, work_classes  # noqa: E402
from validate import activation_counts, instantiation_counts, validate  # noqa: E402

LIMITS = limits("contract")
# MET-18 of a module with one function, one export and nothing else: 2000 + 5 + 5.
BARE = 2010


def run(code, arguments=(), fuel=MAX_FUEL):
    return check.run_export(code, "f", [check.parse_value(one) for one in arguments], fuel, "contract")


class Table(unittest.TestCase):
    def test_every_name_is_known(self):
        self.assertLessEqual(set(CLASS_OF.values()), set(work_classes()))
        self.assertLessEqual(set(UNIT_OF.values()), set(units()))
        self.assertEqual(list(OPCODES), sorted(OPCODES, key=lambda key: (key[0] or 0, key[1])))

    def test_the_text_has_a_line_for_everything(self):
        lines = classification().decode().splitlines()
        self.assertEqual(len(lines), len(OPCODES) + len(host_declarations()))
        self.assertIn("0x6a i32.add int_simple none", lines)
        self.assertIn("0xfd 0x0c v128.const vector_constant none", lines)
        self.assertIn("0xfd 0x113 i32x4.relaxed_dot_i8x16_i7x16_add_s vector_multiply none", lines)
        self.assertIn("detent_v1.storage_read host_storage_read host_storage_read_byte", lines)

    def test_the_text_is_the_one_that_the_schedule_was_made_for(self):
        pinned = rows("metering/schedules/1.def", "CLASSIFICATION")
        self.assertEqual(pinned, [[hashlib.sha256(classification()).hexdigest()]])

    def test_canonical_bytes(self):
        data = Schedule(1).canonical_bytes(b"text")
        self.assertEqual(data[:16], b"DTNTFUEL" + bytes([1, 0, 0, 0, 1, 0, 0, 0]))
        self.assertEqual(data[16:48], hashlib.sha256(b"text").digest())
        self.assertEqual(data[48:66], bytes([68, 0, 0, 0, 9]) + b"structure" + bytes([1, 0, 0, 0]))


class Fuel(unittest.TestCase):
    """MET-2 to MET-12: each count as exact, one less, zero."""

    def check(self, code, arguments, spent, results=(), trap=None):
        """Runs with exactly `spent` behind instantiation, with one less, and with nothing."""
        total = BARE + spent if isinstance(spent, int) else sum(spent)
        answer = run(code, arguments)
        self.assertEqual((answer["results"], answer["trap"], answer["fuel_used"]), (list(results), trap, str(total)))
        self.assertEqual(run(code, arguments, total)["status"], answer["status"])
        self.assertEqual(run(code, arguments, total - 1)["status"], "exhausted")
        self.assertEqual(run(code, arguments, 0)["fuel_used"], "0")

    def test_add(self):
        # Frame: 2 parameters + height 2 = 4 words, 1. Entry 5 + 1; get 1, get 1, add 1.
        code = module([("i32 i32", "i32", "", "local.get 0 local.get 1 i32.add")])
        self.check(code, ["i32:40", "i32:2"], 9, ["i32:42"])

    def test_heights_where_nothing_is_reached(self):
        # The constants behind `br` are not reached; behind `end` one value is: height 1 + no locals = 1 word, 1.
        # Entry 5 + 1; block 1, const 1, br 2 + ceil(1 / 2) = 3.
        text = "block i32 i32.const 7 br 0" + " i32.const 1" * 9 + " drop" * 9 + " end"
        self.check(module([("", "i32", "", text)]), [], 11, ["i32:7"])
        checked = validate(decode(module([("", "i32 i32 i32", "", "unreachable")]), LIMITS), LIMITS)
        self.assertEqual(checked.functions[0].frame_words, 3)  # the end of the body has its results (MET-8)

    def test_the_limit_of_heights_holds_where_nothing_is_reached(self):
        most = LIMITS["operand_words"]
        for count, is_valid in ((most, True), (most + 1, False)):
            code = module([("", "", "", "unreachable" + " i32.const 1" * count + " unreachable")])
            if is_valid:
                self.assertEqual(validate(decode(code, LIMITS), LIMITS).functions[0].frame_words, 0)
            else:
                with self.assertRaisesRegex(InvalidModule, "limit operand_words"):
                    validate(decode(code, LIMITS), LIMITS)

    def test_branch_drops_what_lies_below(self):
        # Frame: height 3, 3 words, 1. Entry 6; const 1, block 1, const const 2,
        # br 2 + ceil(1 / 2) = 3; add 1.
        text = "i32.const 10 block i32 i32.const 1 i32.const 2 br 0 end i32.add"
        self.check(module([("", "i32", "", text)]), [], 14, ["i32:12"])

    def test_loop_and_branches(self):
        # Frame: 1 + 1 local + height 2 = 4 words, 1. Entry 6; loop 1; each turn: get get add set 4, get const sub tee
        # 4, br_if 2 + 0, together 10; behind it get 1. Three turns: 6 + 1 + 30 + 1.
        text = ("loop void local.get 0 local.get 1 i32.add local.set 1 local.get 0 i32.const 1 i32.sub local.tee 0 "
                "br_if 0 end local.get 1")
        self.check(module([("i32", "i32", "i32", text)]), ["i32:3"], 38, ["i32:6"])

    def test_if_else(self):
        # Frame: 1 + height 1 = 2 words, 1. Entry 6; get 1, if 2, const 1; `else` and `end` cost nothing.
        code = module([("i32", "i32", "", "local.get 0 if i32 i32.const 1 else i32.const 2 end")])
        self.check(code, ["i32:1"], 10, ["i32:1"])
        self.check(code, ["i32:0"], 10, ["i32:2"])

    def test_return_pays_its_words(self):
        # Frame: height 4 words, 1. Entry 6; four constants 4; return 2 + ceil(3 / 2) = 4; the value below is dropped.
        text = "i32.const 9 i32.const 1 i32.const 2 i32.const 3 return"
        self.check(module([("", "i32 i32 i32", "", text)]), [], 14, ["i32:1", "i32:2", "i32:3"])

    def test_br_table(self):
        # Frame: 1 + height 2 = 3 words, 1. Entry 6; block block 2, const 1, get 1, br_table 3 + ceil(1 / 2) = 4; behind
        # the inner block: drop 1, const 1. Index 0 and everything from 2 leaves the inner block.
        text = "block i32 block i32 i32.const 5 local.get 0 br_table 2 0 1 0 end drop i32.const 6 end"
        code = module([("i32", "i32", "", text)])
        self.check(code, ["i32:0"], 16, ["i32:6"])
        self.check(code, ["i32:1"], 14, ["i32:5"])
        self.check(code, ["i32:-1"], 16, ["i32:6"])

    def test_call_pays_the_frame(self):
        # Instantiation 2000 + 2 functions 10 + export 5. Outer frame: height 2, 1; entry 6, const 1, const 1.
        # Inner frame: 2 parameters + 5 locals + height 1 = 8 words, 2; call 5 + 2; get 1.
        functions = [("", "i32", "", "i32.const 1 i32.const 2 call 1"),
                     ("i32 i32", "i32", "i32 i32 i64 f32 f64", "local.get 1")]
        self.check(module(functions), [], (2015, 6, 2, 7, 1), ["i32:2"])

    def test_depth(self):
        # 1024 frames of 0 words, each entered for 5; the 1025th is refused and costs its base (MET-5, MET-10).
        self.check(module([("", "", "", "call 0")]), [], 1025 * 5, trap="CallDepth")

    def test_words(self):
        # A frame of 2000 locals has 2000 words, 500; 1048576 / 2000 = 524.288, so the 525th is refused for its base.
        code = module([("", "", " ".join(["i64"] * 2000), "call 0")])
        self.check(code, [], 524 * 505 + 5, trap="StackExhausted")

    def test_division(self):
        # Frame: 2 + 2 = 4 words, 1; entry 6, get get 2, div 8. A trap comes behind its charge (MET-12).
        code = module([("i32 i32", "i32", "", "local.get 0 local.get 1 i32.div_s")])
        self.check(code, ["i32:-7", "i32:2"], 16, ["i32:-3"])
        self.check(code, ["i32:1", "i32:0"], 16, trap="IntegerDivideByZero")
        self.check(code, [f"i32:{2**31}", "i32:-1"], 16, trap="IntegerOverflow")

    def test_fill(self):
        # Instantiation 2010 + memory 500 + 65536 / 64 = 1024. Frame: 1 + 3 = 4 words, 1; entry 6; const const get 3.
        # In bounds 10 + ceil(100 / 32) = 14; out of bounds the base, 10, however long it is (MET-6).
        code = module([("i32", "", "", "i32.const 0 i32.const 1 local.get 0 memory.fill 0")], memory=(1, None))
        self.check(code, ["i32:100"], (3534, 6, 3, 14))
        self.check(code, ["i32:-1"], (3534, 6, 3, 10), trap="OutOfBoundsMemoryAccess")
        self.assertEqual(run(code, ["i32:100"], 3534 + 9 + 13)["fuel_used"], str(3534 + 9))  # nothing is charged

    def test_grow(self):
        # Instantiation 3534; frame 1 + 1 = 2 words, 1; entry 6; get 1; grow 50 + 2 * 65536 / 16 = 8242, refused 50.
        code = module([("i32", "i32", "", "local.get 0 memory.grow 0")], memory=(1, 3))
        self.check(code, ["i32:2"], (3534, 6, 1, 8242), ["i32:1"])
        self.check(code, ["i32:3"], (3534, 6, 1, 50), ["i32:-1"])
        # Without a maximum the store's 64 MiB bound it: 1024 pages in all (engine/limits.def).
        code = module([("i32", "i32", "", "local.get 0 memory.grow 0")], memory=(1, None))
        self.check(code, ["i32:1023"], (3534, 6, 1, 50 + 1023 * 4096), ["i32:1"])
        self.check(code, ["i32:1024"], (3534, 6, 1, 50), ["i32:-1"])

    def test_call_indirect(self):
        # Instantiation 2000 + 3 functions 15 + table 100 + ceil(4 / 2) = 2 + export 5 + segment 20 + 2 entries 10 + the
        # offset's const 1 + 2 ref.func 2 = 2155. Frame: 1 + 1 = 2 words, 1; entry 6; get 1; refused 8.
        # Called: 8 + ceil(1 / 4) = 9 for one word of height; const 1.
        functions = [("i32", "i32", "", "local.get 0 call_indirect 1 0"), ("", "i32", "", "i32.const 9"),
                     ("", "", "", "nop")]
        code = module(functions, table=(4, None), elements=[("i32.const 0", [1, 2])])
        self.check(code, ["i32:0"], (2155, 6, 1, 9, 1), ["i32:9"])
        self.check(code, ["i32:1"], (2155, 6, 1, 8), trap="IndirectCallTypeMismatch")
        self.check(code, ["i32:2"], (2155, 6, 1, 8), trap="UninitializedElement")
        self.check(code, ["i32:4"], (2155, 6, 1, 8), trap="UndefinedElement")

    def test_start_and_segments(self):
        # 2000 + 2 functions 10 + memory 500 + 1024 + export 5 + 2 data segments 40 + ceil(9 / 8) = 2 for the bytes of
        # the active one + const 1 = 3582. Start: entry 5 + 1 (height 2), const const store 1 + 1 + 2. f: entry 5 + 1,
        # const 1, load 2.
        functions = [("", "i32", "", "i32.const 8 i32.load 2 0"),
                     ("", "", "", "i32.const 8 i32.const -1 i32.store8 0 0")]
        data = [("i32.const 0", b"123456789"), (None, b"unpaid bytes")]
        code = module(functions, memory=(1, None), data=data, start=1)
        self.check(code, [], (3582, 6, 4, 6, 3), ["i32:255"])
        code = module(functions, memory=(1, None), data=[("i32.const 65530", b"123456789"), data[1]], start=1)
        self.check(code, [], (3582,), trap="OutOfBoundsMemoryAccess")

    def test_an_active_segment_is_gone(self):
        # 2010 + memory 1524 + 2 data segments 40 + ceil(4 / 8) + const 1 = 3576. Frame: height 3, 1; entry 6;
        # constants 3; init 10 + ceil(4 / 16) = 11 of the passive segment, 10 where it traps.
        for index, spent, trap in ((1, 11, None), (0, 10, "OutOfBoundsMemoryAccess")):
            text = f"i32.const 0 i32.const 0 i32.const 4 memory.init {index} 0"
            code = module([("", "", "", text)], memory=(1, None), data=[("i32.const 0", b"abcd"), (None, b"efgh")])
            self.check(code, [], (3576, 6, 3, spent), trap=trap)


class Modules(unittest.TestCase):
    def test_activation_counts(self):
        text = "block void local.get 0 br_table 2 0 0 0 end"
        code = module([("i32 i64", "", "i32", text), ("", "", "", "nop")], imports=[("schedule_id", "", "i32")],
                      table=(1, None), memory=(1, 2), globals_=[("i32", 1, "i32.const 3")],
                      elements=[("i32.const 0", [1, 2])], data=[("i32.const 0", b"xy")], exports={"f": 1, "call": 2})
        # Bodies: locals 3, block 2, local.get 2, br_table 5, end 1, end 1 = 14; and 1 + 1 + 1 = 3.
        found = activation_counts(validate(decode(code, LIMITS), LIMITS))
        expected = {"byte": len(code) - 17, "type": 3, "field": 1 + 2, "import": 1, "function": 2, "table": 1,
                    "memory": 1, "tag": 0, "global": 1, "export": 2, "element_segment": 1, "element": 2,
                    "data_segment": 1, "body_byte": 17, "branch_target": 3}
        self.assertEqual(found, {"activation_" + key: value for key, value in expected.items()})
        counts = instantiation_counts(decode(code, LIMITS))
        self.assertEqual((counts["instantiation_memory_byte"], counts["instantiation_data_byte"]), (65536, 2))

    def test_refused(self):
        for text in ("i32.add", "i32.const 1", "local.get 9", "br 1", "call 1", "i32.const 1 i32.load 3 0 drop",
                     "v128.const", "return_call 0", "ref.func 0 drop", "memory.init 0 0", "else", "end nop"):
            with self.subTest(text), self.assertRaises(InvalidModule):
                validate(decode(module([("", "", "", text)], memory=(1, None), exports={}), LIMITS), LIMITS)

    def test_limits(self):
        for count, valid in ((LIMITS["locals"], True), (LIMITS["locals"] + 1, False)):
            code = module([("", "", " ".join(["i32"] * count), "nop")])
            self.assertEqual(run(code)["status"], "returned" if valid else "invalid")


class Numbers(unittest.TestCase):
    def test_cases(self):
        for mnemonic, operands, expected in (
                ("i32.rotl", (0x80000001, 33), 3), ("i64.clz", (0,), 64), ("i32.rem_s", (2**31, 2**32 - 1), 0),
                ("f32.div", (0, 0), 0x7FC00000), ("f32.mul", (0x7F7FFFFF, 0x40000000), 0x7F800000),
                ("f64.min", (0, 1 << 63), 1 << 63), ("f32.neg", (0x7F800001,), 0xFF800001),
                ("f64.nearest", (0x4004000000000000,), 0x4000000000000000), ("f32.ceil", (0xBF000000,), 0x80000000),
                ("f32.demote_f64", (0x7FF0000000000001,), 0x7FC00000), ("i32.trunc_sat_f32_s", (0xFF800000,), 2**31),
                # 2^24 + 1 is a tie and goes to even; 2^53 + 1 in binary64 and then binary32 must not round twice.
                ("f32.convert_i32_s", (16777217,), 0x4B800000),
                ("f32.convert_i64_u", (0x8000008000000001,), 0x5F000001),
                ("f64.convert_i64_u", (2**64 - 1,), 0x43F0000000000000)):
            with self.subTest(mnemonic):
                self.assertEqual(operator(mnemonic)[1](*operands), expected)


if __name__ == "__main__":
    unittest.main()
