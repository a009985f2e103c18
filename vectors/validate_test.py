#!/usr/bin/env python3
"""Tests of validate.py and check_counts.py: a good vector passes, and each way to spoil it is found."""

import copy
import json
import pathlib
import tempfile
import unittest

import check_counts
import validate

HERE = pathlib.Path(__file__).resolve().parent
GOOD = HERE / "deploy" / "with-deploy.json"
ROOT = json.loads(validate.SCHEMA_FILE.read_text(encoding="utf-8"))


def problems(document, text=None, name=None):
    """What validate.py finds in a document, written in canonical layout or as the text given."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "deploy" / (name or GOOD.name)
        path.parent.mkdir()
        path.write_text(text or json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        return validate.problems_of(ROOT, path)


def spoiled(change):
    document = json.loads(GOOD.read_text(encoding="utf-8"))
    change(document)
    return problems(document)


def put(*path_and_value):
    """A change: the value at a path of keys."""
    *path, key, value = path_and_value

    def change(document):
        for step in path:
            document = document[step]
        document[key] = value

    return change


class Schema(unittest.TestCase):
    def test_a_good_vector_passes(self):
        self.assertEqual(problems(json.loads(GOOD.read_text(encoding="utf-8"))), [])

    def test_unknown_keys_are_refused_everywhere(self):
        for path in ([], ["profile"], ["code", "code"], ["steps", 0], ["steps", 0, "env"], ["steps", 0, "tx"],
                     ["steps", 0, "expect"], ["steps", 0, "expect", "events", 0], ["steps", 0, "expect", "writes", 0]):
            with self.subTest(path=path):
                self.assertTrue(spoiled(put(*path, "unknown", "0")))

    def test_numbers_have_one_form_and_fit(self):
        for number in ("00", "01", "-1", "+1", "", " 1", "1\n", "0x1", "1e3", 1, None, "18446744073709551616"):
            with self.subTest(number=number):
                self.assertTrue(spoiled(put("steps", 0, "env", "height", number)))
        self.assertEqual(spoiled(put("steps", 0, "env", "height", "18446744073709551615")), [])

    def test_fuel_ends_at_2_to_the_63(self):
        self.assertTrue(spoiled(put("steps", 0, "tx", "fuel_limit", "9223372036854775808")))
        self.assertEqual(spoiled(put("steps", 0, "tx", "fuel_limit", "9223372036854775807")), [])

    def test_bytes_are_lower_case_hex_in_pairs(self):
        for data in ("0xA0", "0x1", "a0", "0X00", "0x0g", "0x00\n", ""):
            with self.subTest(data=data):
                self.assertTrue(spoiled(put("steps", 0, "tx", "input", data)))
        self.assertEqual(spoiled(put("steps", 0, "tx", "input", "0x")), [])

    def test_optional_keys_are_left_out_not_null(self):
        for key in ("note", "clauses"):
            with self.subTest(key=key):
                self.assertTrue(spoiled(put(key, None)))

    def test_a_missing_key_is_refused(self):
        for key in ("format", "profile", "schedule", "code", "pre", "steps"):
            with self.subTest(key=key):
                self.assertTrue(spoiled(lambda document: document.pop(key)))

    def test_an_outcome_stands_in_the_closed_list(self):
        self.assertTrue(spoiled(put("steps", 0, "expect", "status", "Failure")))

    def test_the_schema_lists_the_outcomes_of_the_table(self):
        table = (HERE.parent / "host_abi" / "outcomes.def").read_text(encoding="utf-8")
        names = [line.split(",")[1].strip() for line in table.splitlines() if line.startswith("OUTCOME(")]
        self.assertEqual(ROOT["$defs"]["expect"]["properties"]["status"]["enum"], names)


class CanonicalForm(unittest.TestCase):
    def test_other_layouts_are_refused(self):
        text = GOOD.read_text(encoding="utf-8")
        document = json.loads(text)
        for other in (text + "\n", text[:-1], json.dumps(document) + "\n", json.dumps(document, indent=4) + "\n"):
            self.assertEqual(problems(document, other), ["not in canonical form"])

    def test_keys_stand_in_order(self):
        for path in ([], ["steps", 0], ["steps", 0, "expect"]):
            document = copy.deepcopy(json.loads(GOOD.read_text(encoding="utf-8")))
            place = document
            for step in path:
                place = place[step]
            first = next(iter(place))
            place[first] = place.pop(first)
            with self.subTest(path=path):
                self.assertEqual(problems(document), ["not in canonical form"])

    def test_a_key_stands_once(self):
        text = GOOD.read_text(encoding="utf-8").replace('"version": 1,', '"version": 1,\n  "version": 1,')
        self.assertTrue(problems(None, text))

    def test_the_name_is_the_path(self):
        self.assertTrue(problems(json.loads(GOOD.read_text(encoding="utf-8")), name="other.json"))

    def test_nothing_checked_is_an_error(self):
        with tempfile.TemporaryDirectory() as folder:
            self.assertEqual(validate.main([folder]), 2)


class Counts(unittest.TestCase):
    def document(self, note, fuel):
        return {"note": note, "steps": [{"expect": {"fuel_used": fuel}}]}

    def test_lines_total_and_fuel_must_agree(self):
        self.assertEqual(check_counts.wrong_counts(self.document(["text", "5  a", "2  b", "= 7"], "7")), ([], 1))
        for note, fuel in ((["5  a", "= 7"], "7"), (["5  a", "= 5"], "7"), (["5  a", "2  b"], "7")):
            with self.subTest(note=note):
                self.assertEqual(len(check_counts.wrong_counts(self.document(note, fuel))[0]), 1)

    def test_nothing_counted_is_an_error(self):
        with tempfile.TemporaryDirectory() as folder:
            self.assertEqual(check_counts.main([folder]), 2)


if __name__ == "__main__":
    unittest.main()
