#!/usr/bin/env python3
"""Tests of how bench/run turns seconds into ratios, reasons and a table, and how bench/sequences chooses."""
import importlib.machinery
import importlib.util
import pathlib
import unittest

import measure
import report


def program(name):
    """A program of this folder as a module."""
    loader = importlib.machinery.SourceFileLoader(name, str(pathlib.Path(__file__).with_name(name)))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(name, loader))
    loader.exec_module(module)
    return module


class Interleaving(unittest.TestCase):
    def test_engines_take_turns_and_the_unable_are_named(self):
        order = []

        def subject(key):
            def one(own):
                if key == "c":
                    raise measure.CannotRun("is not built for this")
                order.append((key, own))
                return 0.1 if key == "a" else 10.0
            return one
        seconds, cannot = measure.interleave({key: subject(key) for key in "abc"}, 2)
        self.assertEqual(order, [("a", 1), ("b", 1), ("a", 2), ("b", 1), ("a", 2), ("b", 1)])
        self.assertEqual(seconds, {"a": [0.1, 0.1], "b": [10.0, 10.0]})
        self.assertEqual(cannot, {"c": "is not built for this"})


class Ratios(unittest.TestCase):
    def test_a_ratio_is_of_the_same_round(self):
        # The machine was twice as slow in the second round, for both.
        self.assertEqual(measure.ratios({"a": [1.0, 2.0], "b": [3.0, 6.0]}, "a", "b"), [3.0, 3.0])

    def test_no_ratio_without_both(self):
        self.assertIsNone(measure.median_ratio({"a": [1.0]}, "a", "b"))

    def test_the_mean_of_ratios_is_geometric(self):
        self.assertAlmostEqual(measure.geometric_mean([0.5, 2.0]), 1.0)
        self.assertIsNone(measure.geometric_mean([]))

    def test_spread_is_relative(self):
        self.assertEqual(measure.spread([2.0, 2.0, 2.0]), 0.0)
        self.assertAlmostEqual(measure.spread([8.0, 9.0, 10.0, 11.0, 12.0]), 0.1)


class Reasons(unittest.TestCase):
    def test_the_first_line_tells(self):
        self.assertEqual(measure.reason_of("\nunknown opcode\nmore\n"), "unknown opcode")

    def test_a_panic_tells_behind_its_place(self):
        self.assertEqual(measure.reason_of("\nthread 'main' panicked at x.rs:1:2:\nindex out of bounds\nnote: y\n"),
                         "panics: index out of bounds")

    def test_silence_is_told(self):
        self.assertEqual(measure.reason_of(""), "ends without a word")


def engine(key, name, **more):
    return {"key": key, "name": name, "kind": "interpreter", "own": False, "version": "1", "built": "so",
            "missing": "", "published": [], "gap": "", **more}


def row(name, seconds, **more):
    return {"name": name, "about": "", "floats": False, "seconds": seconds, "cannot": {}, "stepper_share": {}, **more}


class Counts(unittest.TestCase):
    def test_over_two_percent_more_fails(self):
        recorded = {name: {"instructions": 1000, "fuel": 100} for name in ("lz", "sort", "json")}
        now = {"lz": {"instructions": 1020}, "sort": {"instructions": 1021}, "json": {"instructions": 900},
               "new": {"instructions": 1}}
        self.assertEqual(program("counts").check(now, recorded),
                         ["sort: 1021 instructions, 2.1% more than 1000", "new: counts.json has no count of it"])


class Reports(unittest.TestCase):
    def setUp(self):
        engines = [engine("detent", "Detent", own=True), engine("wasm3", "wasm3"),
                   engine("other", "Other", published=[1.0, 2.0]), engine("jit", "Compiler", kind="limit"),
                   engine("no-fuel", "Detent without fuel", kind="without", own=True)]
        cases = [row("coremark", {"detent": [2.0], "wasm3": [4.0], "other": [1.0], "jit": [0.1]}),
                 row("lz", {"detent": [2.0], "wasm3": [1.0], "other": [4.0]})]
        self.data = {"engines": engines, "cases": cases, "trial": True, "quick": False, "rounds": 1, "machine": "m",
                     "commit": "c", "date": "d"}

    def test_the_best_peer_is_an_interpreter_and_of_that_case(self):
        made = report.Report(self.data)
        self.assertEqual([made.best_peer(each) for each in self.data["cases"]], ["other", "wasm3"])
        self.assertEqual(made.worst_against_best(), (0.5, "coremark", "other"))
        self.assertIn("**2.00** times as fast as wasm3", made.markdown())

    def test_a_gap_is_explained(self):
        self.assertIn("| Other | 4.00 | 1.00 | +300.0% | 1.00 | 2.00 | -50.0% |", report.Report(self.data).markdown())
        self.assertIn("- Other: not explained yet.", report.Report(self.data).markdown())
        self.data["engines"][2]["gap"] = "Another compiler."
        self.assertIn("- Other: Another compiler.", report.Report(self.data).markdown())

    def test_the_cost_is_more_time(self):
        self.data["cost"] = [row("lz", {"detent": [2.2], "no-fuel": [2.0]}), row("sort", {"detent": [2.0]})]
        made = report.Report(self.data)
        self.assertIn("| lz | +10.0% | – |", made.markdown())
        self.assertEqual(made.cost_mean("no-fuel")[1], 1)
        self.assertEqual(made.cost_mean("no-nans"), (None, 0))

    def test_a_share_that_is_told_has_a_column(self):
        self.assertNotIn("by the stepper", report.Report(self.data).markdown())
        self.data["cases"][1]["stepper_share"] = {"detent": 0.25}
        shown = report.Report(self.data).markdown().splitlines()
        self.assertEqual([line.split(" | ")[-1] for line in shown if line.startswith(("| coremark", "| lz"))],
                         ["– |", "25.0% |"])

    def test_what_is_not_shared_is_a_dash(self):
        self.data["memory"] = [{"name": "lz", "cannot": {}, "bytes": {
            "detent": {"module": 100, "instance": 1200, "suspended": 50, "memory": 1000}, "wasm3": {"instance": 1400}}}]
        shown = report.Report(self.data).markdown()
        self.assertIn("| lz, module | 100 | – |", shown)
        self.assertIn("| lz, instance, 1,000 of it linear memory | 1,200 | 1,400 |", shown)
        self.assertIn("| lz, suspended call | 50 | – |", shown)


class Sequences(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.sequences = program("sequences")

    def test_cells_that_pass_to_one_another_are_a_block(self):
        cells = [("1000", "8", "8", "A()"), ("1016", "8", "8", "B()"), ("1032", "8", "2", "JUMP(back)"),
                 ("1056", "2", "2", "C()"), ("1072", "2", "2", "OTHER()"), ("1096", "2", "2", "D()"),
                 ("9000", "2", "0", "E()"), ("9016", "2", "0", "F()")]
        lines = [(address, times, passes, "/", element) for address, times, passes, element in cells]
        total, blocks = self.sequences.blocks_of(lines)
        self.assertEqual(total, 34)
        self.assertEqual([[cell[1] for cell in block] for block in blocks],
                         [["A()", "B()", "JUMP(back)"], ["C()"], ["D()"], ["E()"], ["F()"]])

    def test_a_cell_hands_on_to_the_first_reader_behind_unless_another_writes_between(self):
        slots = self.sequences.slots_of
        self.assertEqual(slots("+7/-,3,-,"), (True, [7], [None, 3, None], None))
        row = [(1, "A()", slots("+7/-,-,-,")), (1, "B()", slots("4,5/-,-,-,")), (1, "C()", slots("/7,4,9,"))]
        self.assertEqual(self.sequences.with_handed_on(row), (("A()", "B()", "FROM(C(), 2, 0, 0)"), 1))
        row[1] = (1, "B()", slots("7/-,-,-,"))
        self.assertEqual(self.sequences.with_handed_on(row), (("A()", "B()", "C()"), 0))

    def test_a_loop_is_a_row_whose_last_cell_goes_back_to_its_first_one(self):
        def cell(address, element, target=""):
            return (9, element, self.sequences.slots_of("+7/-,-,-," + target), address)

        block = [cell(1000, "A()"), cell(1016, "B()"), cell(1032, "C()", "/1016")]
        self.assertEqual(self.sequences.loop_of(block), 1)
        chosen = self.sequences.choose_loops({("one", "build"): (27, [block])}, 10)
        self.assertEqual(chosen, {("B()", "TURNS(C())")})
        self.assertEqual(self.sequences.choose_loops({("one", "build"): (27, [block])}, 0), set())
        # From elsewhere, from itself alone, and of more cells than there may be.
        self.assertIsNone(self.sequences.loop_of([*block[:2], cell(1032, "C()", "/5000")]))
        self.assertIsNone(self.sequences.loop_of([*block[:2], cell(1032, "C()", "/1032")]))
        longest = self.sequences.LONGEST_LOOP
        long = [cell(16 * i, "A()") for i in range(longest)] + [cell(16 * longest, "C()", "/0")]
        self.assertIsNone(self.sequences.loop_of(long))
        self.assertEqual(self.sequences.loop_of([*long[1:-1], cell(16 * longest, "C()", "/16")]), 0)

    def test_what_spares_most_is_chosen_and_what_longer_ones_replace_is_not(self):
        often = [(90, "A()"), (90, "B()"), (90, "C()")]
        seldom = [(5, "D()"), (5, "E()")]
        programs = {("one", "build"): (280, [often, seldom])}
        self.assertEqual(self.sequences.choose(programs, 1), {("A()", "B()", "C()")})
        chosen = self.sequences.choose(programs, 10)
        self.assertEqual(chosen, {("A()", "B()", "C()"), ("D()", "E()")})
        kept, used, _ = self.sequences.execute(programs, chosen)
        self.assertAlmostEqual(kept["one", "build"], 1 - (180 + 5) / 280)
        self.assertAlmostEqual(used["D()", "E()"], 5 / 280)

    def test_the_table_has_each_row_in_one_part(self):
        rows = {(f"A{i}()", "B()") for i in range(19)}
        table = self.sequences.table_of(rows)
        self.assertEqual(table.count("SEQUENCE("), 19)
        self.assertEqual(table.count("SEQUENCE_PART =="), self.sequences.PARTS)


if __name__ == "__main__":
    unittest.main()
