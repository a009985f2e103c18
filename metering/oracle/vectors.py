"""contract-vector version 1: reading, replaying, comparing, filling."""

import hashlib
import json

from execution import Codes, Env, Execution
from instructions import classification
from schedule import MAX_FUEL, Schedule, limits
from state import State, change_root, receipt_bytes, sha256, state_root, writes

EXPECT_KEYS = ("status", "output", "fuel_used", "events", "writes", "receipt_hash", "post_root")


class VectorError(Exception):
    """A vector that does not follow its format."""


def shaped(value, required, optional=()):
    """An object with exactly these keys."""
    if not isinstance(value, dict):
        raise VectorError("an object is expected")
    unknown, missing = set(value) - set(required) - set(optional), set(required) - set(value)
    if unknown or missing:
        raise VectorError(f"unknown keys {sorted(unknown)}, missing keys {sorted(missing)}")
    return value


def number(text, most=2**64 - 1):
    if not isinstance(text, str) or not text.isascii() or not text.isdigit() or text != str(int(text)):
        raise VectorError(f"a decimal string is expected: {text!r}")
    if int(text) > most:
        raise VectorError(f"{text} is more than {most}")
    return int(text)


def data(text, length=None):
    if not isinstance(text, str) or not text.startswith("0x") or text != text.lower():
        raise VectorError(f"lower-case hex is expected: {text!r}")
    try:
        found = bytes.fromhex(text[2:])
    except ValueError as error:
        raise VectorError(f"lower-case hex is expected: {text!r}") from error
    if "0x" + found.hex() != text or (length is not None and len(found) != length):
        raise VectorError(f"{length} bytes are expected: {text!r}")
    return found


# The canonical order of keys, by the key that the object stands under; "*" is any key of the object around it.
_ORDER = {
    "": ("format", "version", "name", "note", "clauses", "profile", "schedule", "code", "pre", "steps"),
    "profile": ("id", "hash"), "schedule": ("id", "hash"), "code.*": ("file", "hex", "hash"),
    "pre.*": ("balance", "code", "storage"), "steps.*": ("env", "tx", "resume", "expect"),
    "steps.*.env": ("height", "time", "chain_id", "block_hashes"), "steps.*.expect": EXPECT_KEYS,
    "steps.*.tx": ("kind", "from", "to", "code", "salt", "value", "input", "fuel_limit"),
}
_SORTED = ("pre", "pre.*.storage")


def arranged(value, place=""):
    """The document with the keys of every object in canonical order."""
    if isinstance(value, list):
        return [arranged(one, f"{place}.*") for one in value]
    if not isinstance(value, dict):
        return value
    keys = list(value)
    if place in _ORDER:
        keys.sort(key=_ORDER[place].index)
    elif place in _SORTED:
        keys.sort()
    elif place == "steps.*.env.block_hashes":
        keys.sort(key=int)
    inner = (lambda key: f"{place}.*") if place in ("code", "pre") else (lambda key: f"{place}.{key}".lstrip("."))
    return {key: arranged(value[key], inner(key)) for key in keys}


def hexed(found):
    return "0x" + found.hex()


def canonical(document):
    return json.dumps(arranged(document), indent=2, ensure_ascii=False) + "\n"


class Vector:
    """One case: its pre-state, codes and steps."""

    def __init__(self, path, filling=False):
        self.path = path
        text = path.read_text(encoding="utf-8")
        try:
            self.document = json.loads(text, object_pairs_hook=_unique)
        except json.JSONDecodeError as error:
            raise VectorError(f"not JSON: {error}") from error
        required = ("format", "version", "name", "profile", "schedule", "code", "pre", "steps")
        shaped(self.document, required, ("note", "clauses"))
        if (self.document["format"], self.document["version"]) != ("contract-vector", 1):
            raise VectorError("format contract-vector, version 1 is expected")
        self.filling = filling
        shaped(self.document["profile"], ("id", "hash"))
        self.profile_hash = data(self.document["profile"]["hash"], 32)
        self.schedule, self.limits = Schedule(self.document["schedule"]["id"]), limits("contract")
        self.schedule_hash = self.schedule.hash(classification())
        self.codes = {name: self.code(name, one) for name, one in self.document["code"].items()}
        self.pre()

    def code(self, name, one):
        """A code by its file (from the folder that holds `vectors/`) or inline; its hash must hold."""
        shaped(one, (), ("file", "hex", "hash"))
        if ("file" in one) == ("hex" in one):
            raise VectorError(f"code {name} needs either file or hex")
        code = (self.path.resolve().parents[2] / one["file"]).read_bytes() if "file" in one else data(one["hex"])
        if self.filling:
            one["hash"] = hexed(sha256(code))
        if data(one.get("hash"), 32) != hashlib.sha256(code).digest():
            raise VectorError(f"code {name} has another hash")
        return code

    def named_code(self, name):
        if name not in self.codes:
            raise VectorError(f"unknown code {name!r}")
        return self.codes[name]

    def pre(self):
        self.state, self.known = State(), Codes(self.limits)
        for address_text, account in self.document["pre"].items():
            shaped(account, ("balance",), ("code", "storage"))
            address = data(address_text, 32)
            self.state.balances[address] = number(account["balance"])
            if "code" in account:
                self.state.codes[address] = self.known.add(self.named_code(account["code"]))
            for key, value in account.get("storage", {}).items():
                self.state.storage.setdefault(address, {})[data(key)] = data(value)

    def problems(self):
        """What stands in the head of the vector and does not hold."""
        schedule = shaped(self.document["schedule"], ("id",) if self.filling else ("id", "hash"), ("hash",))
        if self.filling:
            schedule["hash"] = hexed(self.schedule_hash)
        if data(schedule["hash"], 32) != self.schedule_hash:
            yield "schedule.hash", schedule["hash"], hexed(self.schedule_hash)

    def run(self, step):
        """Executes a step on the state that the one before it left; returns the whole `expect` block."""
        shaped(step, ("env", "tx"), ("resume", "expect"))
        execution = Execution(self.state, self.known, environment(step["env"]), self.schedule, self.limits)
        before = self.state.entries()
        self.state.transient, self.state.events = {}, []
        outcome, output = execution.transact(self.transaction(step["tx"]), plan(step.get("resume", [])))
        after = self.state.entries()
        changed, post_root = writes(before, after), state_root(after)
        events, used = self.state.events, execution.meter.used
        roots = (change_root(changed), self.schedule_hash, self.profile_hash, post_root)
        receipt = receipt_bytes(execution.number(outcome), used, output, events, roots)
        return {
            "status": outcome, "output": hexed(output), "fuel_used": str(used),
            "events": [dict(zip(("address", "topic", "data"), map(hexed, one))) for one in events],
            "writes": [written(*one) for one in changed],
            "receipt_hash": hexed(sha256(receipt)), "post_root": hexed(post_root),
        }

    def transaction(self, tx):
        common = ("kind", "from", "value", "input", "fuel_limit")
        is_call = tx.get("kind") == "call"
        shaped(tx, (*common, "to") if is_call else (*common, "code", "salt"))
        if not is_call and tx["kind"] != "deploy":
            raise VectorError(f"unknown kind {tx['kind']!r}")
        found = {"kind": tx["kind"], "from": data(tx["from"], 32), "value": number(tx["value"])}
        found |= {"input": data(tx["input"]), "fuel_limit": number(tx["fuel_limit"], MAX_FUEL)}
        if is_call:
            return found | {"to": data(tx["to"], 32)}
        return found | {"code": self.named_code(tx["code"]), "salt": number(tx["salt"])}


def _unique(pairs):
    found = dict(pairs)
    if len(found) != len(pairs):
        raise VectorError("a key stands twice")
    return found


def environment(env):
    shaped(env, ("height", "time", "chain_id"), ("block_hashes",))
    hashes = {number(height): data(one, 32) for height, one in env.get("block_hashes", {}).items()}
    return Env(number(env["height"]), number(env["time"]), number(env["chain_id"]), hashes)


def plan(entries):
    found = []
    for entry in entries:
        if len(shaped(entry, (), ("grant", "limit"))) != 1:
            raise VectorError("an entry of a resume plan is a grant or a limit")
        found.append({key: number(value, MAX_FUEL) for key, value in entry.items()})
    return found


def written(address, key, value):
    """A write in the form of the vectors."""
    if key is not None:
        return {"address": hexed(address), "key": hexed(key), "value": None if value is None else hexed(value)}
    if value is None:
        return {"address": hexed(address), "removed": True}
    balance = int.from_bytes(value[:8], "little")
    return {"address": hexed(address), "balance": str(balance), "code_hash": hexed(value[8:])}


def replay(path):
    """Yields (field, expected, found) for every field compared."""
    vector = Vector(path)
    yield from vector.problems()
    for index, step in enumerate(vector.document["steps"]):
        found = vector.run(step)
        expected = shaped(step.get("expect", {}), (), EXPECT_KEYS)
        for key, value in expected.items():
            yield f"steps[{index}].{key}", value, found[key]


def fill(path):
    """Writes the expect blocks that the oracle computes, in canonical form."""
    vector = Vector(path, filling=True)
    list(vector.problems())
    for step in vector.document["steps"]:
        step["expect"] = vector.run(step)
    path.write_text(canonical(vector.document), encoding="utf-8")
    return len(vector.document["steps"])
