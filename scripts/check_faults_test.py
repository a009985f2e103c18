"""Each fault of scripts/check-faults can be planted: what it takes the place of stands in the tree once."""
import importlib.machinery
import importlib.util
import pathlib
import unittest

HERE = pathlib.Path(__file__).resolve().parent


def check_faults():
    loader = importlib.machinery.SourceFileLoader("check_faults", str(HERE / "check-faults"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("check_faults", loader))
    loader.exec_module(module)
    return module


class Faults(unittest.TestCase):
    def test_each_has_its_place(self):
        module = check_faults()
        self.assertGreater(len(module.FAULTS), 70)
        for name, check, edits in module.FAULTS:
            self.assertIn(check, module.CHECKS)
            for file, old, _ in edits:
                with self.subTest(fault=name, file=file):
                    self.assertEqual((HERE.parent / file).read_text().count(old), 1)


if __name__ == "__main__":
    unittest.main()
