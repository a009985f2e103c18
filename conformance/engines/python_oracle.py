#!/usr/bin/env python3
"""The oracle of metering/oracle/ as a foreign engine: answers vectors line by line, as conformance/PROTOCOL.md says.

    detent conformance --engine "python3 conformance/engines/python_oracle.py" --level L2 vectors/token

An engine in another language needs no more than this: read a line, run the steps, write a line.
"""

import json
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "metering" / "oracle"))

from vectors import Vector  # noqa: E402


def answer(question):
    """The answer to one question: what each step ended with, or why it could not be run."""
    asked = question["vector"]
    try:
        with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
            json.dump(asked, file)
            file.flush()
            vector = Vector(Path(file.name))
        return {"name": asked["name"], "steps": [vector.run(step) for step in vector.document["steps"]]}
    except Exception as error:  # an engine reports whatever stops it, and goes on
        return {"name": asked["name"], "error": f"{type(error).__name__}: {error}"}


def serve(answer_one):
    sys.setrecursionlimit(10000)
    for line in sys.stdin:
        print(json.dumps(answer_one(json.loads(line))), flush=True)


if __name__ == "__main__":
    serve(answer)
