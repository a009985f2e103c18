#!/usr/bin/env python3
"""The digest over the receipts of all vectors: SHA-256 over the receipt hashes that the steps expect, in the order of
suite and case, the controls left out. The hashes come from the oracle, so this asks no engine.

    receipts_digest.py --check    compares vectors/receipts.sha256
    receipts_digest.py --write    writes it, after a change of the vectors
"""

import argparse
import hashlib
import json
import sys
from pathlib import Path

VECTORS = Path(__file__).resolve().parent.parent / "vectors"
COMMITTED = VECTORS / "receipts.sha256"


def cases():
    found = [path for path in VECTORS.glob("*/*.json") if path.parent.name != "controls"]
    return sorted(found, key=lambda path: (path.parent.name, path.stem))


def digest():
    total = hashlib.sha256()
    for path in cases():
        for step in json.loads(path.read_bytes())["steps"]:
            total.update(bytes.fromhex(step["expect"]["receipt_hash"][2:]))
    return total.hexdigest() + "\n"


def main(arguments):
    parser = argparse.ArgumentParser(description="The digest over the receipts of all vectors.")
    chosen = parser.add_mutually_exclusive_group(required=True)
    chosen.add_argument("--check", action="store_true")
    chosen.add_argument("--write", action="store_true")
    if parser.parse_args(arguments).write:
        COMMITTED.write_text(digest())
        return 0
    same = COMMITTED.read_text() == digest()
    print(f"{int(same)} passed, {int(not same)} failed")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
