#!/usr/bin/env python3
"""Tests of the rule that makes schedule 2, by hand and over measurements at random."""

import json
import random
import subprocess
import sys
import unittest
from fractions import Fraction
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import derive  # noqa: E402


def program(name, fuel, bases, stepper, fast):
    return derive.Program({"class": name, "fuel": str(fuel), "bases": str(bases),
                           "stepper": {"ns_per_fuel": Fraction(stepper)}, "fast": {"ns_per_fuel": Fraction(fast)}})


class Rule(unittest.TestCase):
    def test_nothing_rises_where_nothing_is_too_cheap(self):
        programs = [program("a", 100, 10, 3, 3), program("b", 100, 10, 1, 1), program("c", 100, 10, 1, 1)]
        derive.raise_prices(programs)
        self.assertEqual([one.rise for one in programs], [0, 0, 0])

    def test_by_hand(self):
        # Times of a 100 * 16, of three others 100 each: the mean of 16, 1, 1, 1 is 19 / 4, and 16 is more than 57 / 4.
        # 100 + 10 d at least 1600 / (57 / 4) = 112.3, so d = 2 and a costs 1600 / 120 = 40 / 3. The mean is now
        # 49 / 12, of which 40 / 3 is more than 49 / 4: 1600 / (49 / 4) = 130.6, so d = 4, 80 / 7, the mean 101 / 28, and
        # 80 / 7 is more than 303 / 28: 147.9, so d = 5. 1600 / 150 = 32 / 3, the mean 41 / 12, and 32 / 3 is more than
        # 41 / 4: 156.1, so d = 6. 10, mean 13 / 4, and 10 is more than 39 / 4: 164.1, so d = 7. 160 / 17, mean
        # 211 / 68, of which 3 times are 633 / 68, less than 640 / 68: 171.9, so d = 8. 80 / 9, mean 107 / 36, 3 times
        # 321 / 36 and more than 320 / 36: enough.
        programs = [program("a", 100, 10, 16, 1)] + [program(name, 100, 10, 1, 1) for name in "bcd"]
        derive.raise_prices(programs)
        self.assertEqual([one.rise for one in programs], [8, 0, 0, 0])

    def test_at_random(self):
        source = random.Random(1)
        for _ in range(30):
            programs = [program(str(i), source.randint(1, 10**6), source.randint(1, 10**4),
                                Fraction(source.randint(0, 10**6), 10**source.randint(0, 6)) + 1,
                                Fraction(source.randint(0, 10**6), 10**source.randint(0, 6)) + 1) for i in range(20)]
            derive.raise_prices(programs)
            mean = derive.means(programs)
            self.assertLessEqual(max(derive.of_mean(one, mean) for one in programs), derive.MOST)
            for one in programs:
                if one.rise:
                    # One less would be too cheap.
                    one.rise -= 1
                    self.assertGreater(derive.of_mean(one, mean), derive.MOST)


class Committed(unittest.TestCase):
    def test_schedule_2_is_what_the_rule_makes_of_the_measurement(self):
        done = subprocess.run([sys.executable, derive.__file__, "--check"], capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))

    def test_only_prices_differ_and_they_rise(self):
        first, second = derive.Schedule(1), derive.Schedule(2)
        self.assertEqual(first.rates, second.rates)
        self.assertTrue(all(second.bases[name] >= base for name, base in first.bases.items()))

    def test_another_measurement_makes_another_schedule(self):
        path = derive.ROOT / derive.MEASUREMENT
        programs = derive.read_programs(path)
        changed = json.loads(path.read_text())["classes"][0]
        self.assertEqual(changed["class"], programs[0].name)
        programs[0].time = {tier: time * 10**6 for tier, time in programs[0].time.items()}
        derive.raise_prices(programs)
        self.assertNotEqual(derive.table(programs), (derive.ROOT / derive.TABLE).read_text())


if __name__ == "__main__":
    unittest.main()
