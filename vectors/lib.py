"""What the scripts that author contract vectors share: one canonical form, addresses, a case builder, publishing.

A case is built in plain Python and finished by the independent oracle (`metering/oracle/check.py fill`), which adds
what the author cannot know: fuel, receipt hashes, state roots. What the author does know stands in the case before the
oracle sees it, and `finish` refuses a case on which the two disagree. Detent itself is not asked.
"""

import hashlib
import json
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
ORACLE = ROOT / "metering" / "oracle" / "check.py"

# The profile and the schedule that every case is made for: the only place that names them. The hash of the schedule is
# put in by the oracle, which computes it.
PROFILE = {"id": 1, "hash": "0xd5b00623c50e7b459e6c2504c16197fb8090e5f0de512fc3bb080323ab36f280"}
SCHEDULE = {"id": 1}

PLENTY = 20_000_000
UNKNOWN = "0x" + "00" * 32
ENV = {"height": "100", "time": "1700000000", "chain_id": "1"}
MODELLED = ("status", "output", "events", "writes")
COMPUTED = ("fuel_used", "receipt_hash", "post_root")
EXPECT_ORDER = ("status", "output", "fuel_used", "events", "writes", "receipt_hash", "post_root")


def hex0x(data):
    return "0x" + bytes(data).hex()


def from_hex(text):
    return bytes.fromhex(text[2:])


def address(name):
    """A readable address: the ASCII of a name, filled with zero bytes."""
    raw = name.encode("ascii")
    assert 0 < len(raw) <= 32, name
    return raw.ljust(32, b"\0")


def sha256(data):
    return hashlib.sha256(data).digest()


def create_address(creator, salt, code):
    """ABI-36."""
    return sha256(b"detent/create/1" + creator + salt.to_bytes(8, "little") + sha256(code))


def canonical(document):
    """The bytes of a case file: key order as built, two spaces, one newline at the end."""
    return (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode("utf-8")


class Case:
    """One case. Accounts, codes and steps are added by methods that return the case, so a table can chain them."""

    def __init__(self, name, note=(), clauses=()):
        self.name = name
        self.note = [note] if isinstance(note, str) else list(note)
        self.clauses = list(clauses)
        self.codes = {}
        self.accounts = {}
        self.steps = []

    def file_code(self, name, path=None):
        """Code from a file of the project, by default the committed contract of that name."""
        path = path or f"contracts/{name}/{name}.wasm"
        self.codes[name] = ({"file": path}, (ROOT / path).read_bytes())
        return self

    def inline_code(self, name, code):
        self.codes[name] = ({"hex": hex0x(code)}, bytes(code))
        return self

    def code_bytes(self, name):
        return self.codes[name][1]

    def account(self, at, balance=0, code=None, storage=None):
        assert code is None or code in self.codes, code
        self.accounts[at] = (balance, code, dict(storage or {}))
        return self

    def call(self, source, to, data=b"", value=0, fuel=PLENTY, env=None, resume=None, expect=None):
        tx = {"kind": "call", "from": hex0x(source), "to": hex0x(to), "value": str(value), "input": hex0x(data),
              "fuel_limit": str(fuel)}
        return self._step(tx, env, resume, expect)

    def deploy(self, source, code, data=b"", salt=0, value=0, fuel=PLENTY, env=None, resume=None, expect=None):
        tx = {"kind": "deploy", "from": hex0x(source), "code": code, "salt": str(salt), "value": str(value),
              "input": hex0x(data), "fuel_limit": str(fuel)}
        return self._step(tx, env, resume, expect)

    def _step(self, tx, env, resume, expect):
        step = {"env": {**ENV, **(env or {})}, "tx": tx}
        if resume:
            step["resume"] = [{kind: str(amount)} for kind, amount in resume]
        step["expect"] = dict(expect or {})
        self.steps.append(step)
        return self

    def document(self):
        """The case as a document. What is not known yet holds a neutral value of the right form."""
        document = {"format": "contract-vector", "version": 1, "name": self.name}
        if self.note:
            document["note"] = self.note
        if self.clauses:
            document["clauses"] = self.clauses
        document["profile"] = dict(PROFILE)
        document["schedule"] = dict(SCHEDULE)
        document["code"] = {name: {**where, "hash": hex0x(sha256(code))}
                            for name, (where, code) in sorted(self.codes.items())}
        document["pre"] = {hex0x(at): self._account(at) for at in sorted(self.accounts)}
        document["steps"] = [{**step, "expect": ordered_expect(step["expect"])} for step in self.steps]
        return document

    def _account(self, at):
        balance, code, storage = self.accounts[at]
        account = {"balance": str(balance)}
        if code is not None:
            account["code"] = code
        if storage:
            account["storage"] = {hex0x(key): hex0x(storage[key]) for key in sorted(storage)}
        return account


def ordered_expect(known):
    neutral = {"status": "Success", "output": "0x", "fuel_used": "0", "events": [], "writes": [],
               "receipt_hash": UNKNOWN, "post_root": UNKNOWN}
    assert set(known) <= set(neutral), known
    return {key: known.get(key, neutral[key]) for key in EXPECT_ORDER}


class Disagreement(Exception):
    """The author and the oracle expect different things of one case."""


def finish(documents):
    """Has the oracle fill the documents. Compares, step by step, all that an author states (a step whose `expect`
    is to be taken from the oracle alone does not exist: every author states status, output, events and writes)."""
    documents = list(documents)
    if not documents:
        return []
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        (root / "contracts").symlink_to(ROOT / "contracts")
        (root / "metering").symlink_to(ROOT / "metering")
        paths = [_spill(root / "vectors", document) for document in documents]
        done = subprocess.run([sys.executable, str(ORACLE), "fill", *map(str, paths)], capture_output=True, text=True)
        if done.returncode != 0:
            raise Disagreement(f"the oracle refused to fill:\n{done.stdout}{done.stderr}")
        filled = [json.loads(path.read_bytes()) for path in paths]
    for stated, found in zip(documents, filled):
        _compare(stated, found)
    return filled


def _spill(folder, document):
    path = folder / (document["name"] + ".json")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(canonical(document))
    return path


def _compare(stated, found):
    for number, (ours, theirs) in enumerate(zip(stated["steps"], found["steps"])):
        for key in MODELLED:
            if ours["expect"][key] != theirs["expect"][key]:
                raise Disagreement(f"{stated['name']} step {number}: {key}\n  stated {ours['expect'][key]}\n"
                                   f"  oracle {theirs['expect'][key]}")


def publish(documents, suites, check):
    """Writes the documents, or with `check` compares them with the committed files. `suites` are owned by the caller:
    a file in one of them that no document makes is removed, or reported. Returns the process's exit status."""
    wanted = {ROOT / "vectors" / (document["name"] + ".json"): canonical(document) for document in documents}
    if not wanted:
        print("no case was made")
        return 1
    present = {path for suite in suites for path in (ROOT / "vectors" / suite).glob("*.json")}
    stale = [path for path, text in wanted.items() if path not in present or path.read_bytes() != text]
    extra = sorted(present - set(wanted))
    for path in sorted(stale) + extra:
        print(("differs: " if check else "written: ") + str(path.relative_to(ROOT)))
    if not check:
        for path in stale:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(wanted[path])
        for path in extra:
            path.unlink()
    print(f"{len(wanted)} cases, {len(stale)} {'stale' if check else 'written'}, {len(extra)} extra")
    return 1 if check and (stale or extra) else 0
