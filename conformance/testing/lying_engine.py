#!/usr/bin/env python3
"""Engines that must not pass, for the test of the levels.

    lying_engine.py FIELD    the oracle, but for this field of the first step
    lying_engine.py HABIT    silent, ended, endless, chatty, garbage, deep, stranger
"""

import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "engines"))

import python_oracle  # noqa: E402

ZERO = "0x" + "00" * 32
LIES = {"status": "CastFailure", "output": "0x6c6965", "fuel_used": "1", "receipt_hash": ZERO, "post_root": ZERO,
        "events": [{"address": ZERO, "topic": "0x", "data": "0x"}], "writes": [{"address": ZERO, "removed": True}]}


def lie(field):
    def answer(question):
        told = python_oracle.answer(question)
        told["steps"][0][field] = LIES[field]
        return told
    return answer


def endless():
    try:
        while True:
            os.write(1, b"0" * 65536)
    except BrokenPipeError:
        pass


def misbehave(habit):
    sys.stdin.readline()
    if habit == "silent":
        time.sleep(600)
    elif habit == "endless":
        endless()
    elif habit != "ended":
        said = {"chatty": "{}\n{}\n", "garbage": "\x00\xff{\n", "deep": "[" * 100 + "\n",
                "stranger": '{"name": "another/case", "steps": []}\n'}
        sys.stdout.buffer.write(said[habit].encode("latin-1"))
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    if sys.argv[1] in LIES:
        python_oracle.serve(lie(sys.argv[1]))
    else:
        misbehave(sys.argv[1])
