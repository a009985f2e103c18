#!/usr/bin/env python3
"""Unpacks the official test suite. usage: unpack.py FOLDER"""
import pathlib
import sys
import tarfile

ARCHIVE = pathlib.Path(__file__).resolve().parent / "testsuite.tar.xz"


def unpack(folder):
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(folder)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    unpack(sys.argv[1])
