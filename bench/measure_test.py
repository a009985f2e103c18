#!/usr/bin/env python3
"""Tests of how bench/run turns seconds into ratios and reasons."""
import unittest

import measure


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


if __name__ == "__main__":
    unittest.main()
