"""The world that the contract models act on: balances, storage, nested calls, creation. Plain dictionaries and ints.

It follows HOST_ABI.md and knows no Wasm and no fuel. Where fuel decides, the author says who runs out of it (`starved`);
only an allowance of 0, which pays for nothing, speaks for itself. A contract is a class with `call(frame)` and perhaps
`deploy(frame)`.
"""

import hashlib

MAX_U64 = 2**64 - 1
MAX_DEPTH = 64
STATIC, DELEGATE, ALLOW_REENTRY = 1, 2, 4
NUMBERS = {"Success": 0, "Revert": 1, "OutOfFuel": 2, "Abort": 3, "Unreachable": 10, "CallDepth": 23,
           "StaticViolation": 30, "AbiViolation": 31, "InvalidModule": 32, "LinkError": 33, "ReentryDenied": 35,
           "InsufficientValue": 36, "AddressTaken": 37}


class Ended(Exception):
    """A contract call that did not succeed."""

    def __init__(self, outcome, output=b""):
        super().__init__(outcome)
        self.outcome, self.output = outcome, output


def revert(output):
    raise Ended("Revert", output)


def abort(code):
    raise Ended("Abort", code.to_bytes(4, "little"))


def trap(outcome):
    raise Ended(outcome)


class World:
    """All state: `entries[address, b""]` is an account's own entry (balance, code hash), the rest is storage.
    An account without balance and code has no entry (ABI-62)."""

    def __init__(self):
        self.entries = {}

    def balance(self, address):
        return self.entries.get((address, b""), (0, None))[0]

    def code_hash(self, address):
        return self.entries.get((address, b""), (0, None))[1]

    def set_account(self, address, balance, code_hash):
        if balance == 0 and code_hash is None:
            self.entries.pop((address, b""), None)
        else:
            self.entries[address, b""] = (balance, code_hash)

    def add(self, address, amount):
        self.set_account(address, self.balance(address) + amount, self.code_hash(address))

    def keys(self, address):
        return sorted(key for at, key in self.entries if at == address and key)


def differences(before, after):
    """The writes of ABI-61: what differs, by address, the account's own entry first, then keys in byte order."""
    touched = sorted(place for place in before.keys() | after.keys() if before.get(place) != after.get(place))
    return [_write(address, key, after.get((address, key))) for address, key in touched]


def _write(address, key, entry):
    at = "0x" + address.hex()
    if key:
        return {"address": at, "key": "0x" + key.hex(), "value": None if entry is None else "0x" + entry.hex()}
    if entry is None:
        return {"address": at, "removed": True}
    balance, code_hash = entry
    return {"address": at, "balance": str(balance), "code_hash": "0x" + (code_hash or bytes(32)).hex()}


class Transaction:
    """One transaction. `programs` maps the hash of a code to its model, or to the refusal that creating it meets.
    A call to a `starved` address ends with OutOfFuel."""

    def __init__(self, world, programs, env, origin, starved):
        self.world, self.programs, self.env, self.origin, self.starved = world, programs, env, origin, starved
        self.transient, self.events, self.frames = {}, [], []

    def checkpoint(self):
        return dict(self.world.entries), dict(self.transient), len(self.events)

    def restore(self, saved):
        self.world.entries, self.transient = dict(saved[0]), dict(saved[1])
        del self.events[saved[2]:]

    def refuse_value(self, payer, payee, value):
        payee_after = self.world.balance(payee) + (0 if payer == payee else value)
        return self.world.balance(payer) < value or payee_after > MAX_U64

    def enter(self, frame, entry):
        """Runs a contract's entry in a frame; a failure's effects are undone by the caller's checkpoint."""
        self.frames.append(frame)
        try:
            entry(frame)
            return "Success", frame.result
        except Ended as end:
            return end.outcome, end.output
        finally:
            self.frames.pop()

    def call(self, payer, address, value, entered, fuel):
        """ABI-31 from InsufficientValue on. `entered` makes the callee's frame."""
        if self.refuse_value(payer, address, value):
            return "InsufficientValue", b""
        saved = self.checkpoint()
        self.world.add(payer, -value)
        self.world.add(address, value)
        code_hash = self.world.code_hash(address)
        if code_hash is None:
            return "Success", b""
        if fuel == 0 or address in self.starved:
            outcome, output = "OutOfFuel", b""
        else:
            outcome, output = self.enter(entered(), self.programs[code_hash].call)
        if outcome != "Success":
            self.restore(saved)
        return outcome, output

    def create(self, creator, code, salt, value, data, depth, fuel):
        """ABI-35 behind CallDepth. Returns the outcome, deploy's output and the address."""
        code_hash = hashlib.sha256(code).digest()
        program = self.programs[code_hash]
        address = hashlib.sha256(b"detent/create/1" + creator + salt.to_bytes(8, "little") + code_hash).digest()
        if isinstance(program, str):
            return program, b"", address
        if self.world.code_hash(address) is not None:
            return "AddressTaken", b"", address
        if self.refuse_value(creator, address, value):
            return "InsufficientValue", b"", address
        saved = self.checkpoint()
        self.world.add(creator, -value)
        self.world.set_account(address, self.world.balance(address) + value, code_hash)
        outcome, output = ("OutOfFuel", b"") if fuel == 0 else ("Success", b"")
        if outcome == "Success" and hasattr(program, "deploy"):
            frame = Frame(self, address, creator, value, data, False, depth)
            outcome, output = self.enter(frame, program.deploy)
        if outcome != "Success":
            self.restore(saved)
        return outcome, output, address


class Frame:
    """What a contract sees: the functions of the host ABI as methods."""

    def __init__(self, transaction, self_address, caller, value, data, static, depth):
        self.transaction = transaction
        self.self_address, self.caller, self.value, self.input = self_address, caller, value, data
        self.static, self.depth = static, depth
        self.result, self.return_data, self.call_flags = b"", b"", 0

    origin = property(lambda self: self.transaction.origin)
    time = property(lambda self: int(self.transaction.env["time"]))
    height = property(lambda self: int(self.transaction.env["height"]))
    chain_id = property(lambda self: int(self.transaction.env["chain_id"]))

    def _may_change(self):
        if self.static:
            trap("StaticViolation")

    def balance(self, address):
        return self.transaction.world.balance(address)

    def read(self, key):
        return self.transaction.world.entries.get((self.self_address, key))

    def write(self, key, value):
        self._may_change()
        self.transaction.world.entries[self.self_address, key] = value

    def remove(self, key):
        self._may_change()
        return self.transaction.world.entries.pop((self.self_address, key), None) is not None

    def next(self, key):
        return min((other for other in self.transaction.world.keys(self.self_address) if other > key), default=None)

    def previous(self, key):
        keys = self.transaction.world.keys(self.self_address)
        return max((other for other in keys if not key or other < key), default=None)

    def transient_read(self, key):
        return self.transaction.transient.get((self.self_address, key))

    def transient_write(self, key, value):
        self._may_change()
        if value:
            self.transaction.transient[self.self_address, key] = value
        else:
            self.transaction.transient.pop((self.self_address, key), None)

    def event(self, topic, data):
        self._may_change()
        self.transaction.events.append({"address": "0x" + self.self_address.hex(), "topic": "0x" + topic.hex(),
                                        "data": "0x" + data.hex()})

    def output(self, data):
        self.result = data

    def _reentry_denied(self, address):
        active = [frame for frame in self.transaction.frames if frame.self_address == address]
        return not all(frame.call_flags & ALLOW_REENTRY for frame in active)

    def call(self, address, data, value=0, flags=0, fuel=None):
        """Returns the outcome's number."""
        if flags & ~(STATIC | DELEGATE | ALLOW_REENTRY) or (flags & DELEGATE and value > 0):
            trap("AbiViolation")
        if value > 0:
            self._may_change()
        self.call_flags = flags
        outcome, self.return_data = self._call(address, data, value, flags, fuel)
        self.call_flags = 0
        return NUMBERS[outcome]

    def _call(self, address, data, value, flags, fuel):
        if self.depth == MAX_DEPTH:
            return "CallDepth", b""
        static = self.static or bool(flags & STATIC)
        if flags & DELEGATE:
            return self._delegate(address, data, static, fuel)
        if self._reentry_denied(address):
            return "ReentryDenied", b""
        return self.transaction.call(
            self.self_address, address, value,
            lambda: Frame(self.transaction, address, self.self_address, value, data, static, self.depth + 1), fuel)

    def _delegate(self, address, data, static, fuel):
        code_hash = self.transaction.world.code_hash(address)
        if code_hash is None:
            return "Success", b""
        if fuel == 0:
            return "OutOfFuel", b""
        saved = self.transaction.checkpoint()
        frame = Frame(self.transaction, self.self_address, self.caller, self.value, data, static, self.depth + 1)
        outcome, output = self.transaction.enter(frame, self.transaction.programs[code_hash].call)
        if outcome != "Success":
            self.transaction.restore(saved)
        return outcome, output

    def create(self, code, salt, data, value=0, fuel=None):
        """Returns the outcome's number and the address that a success has created."""
        self._may_change()
        if self.depth == MAX_DEPTH:
            self.return_data = b""
            return NUMBERS["CallDepth"], None
        outcome, self.return_data, address = self.transaction.create(self.self_address, code, salt, value, data,
                                                                     self.depth + 1, fuel)
        return NUMBERS[outcome], address


def exhausted():
    """A transaction that could not pay (ABI-51)."""
    return {"status": "OutOfFuel", "output": "0x", "events": [], "writes": []}


def execute(world, programs, env, tx, code=None, starved=()):
    """Runs a transaction, given as in a vector, and changes the world if it succeeds. Returns status, output, events
    and writes. `code` is the bytes that a deployment names."""
    source, value, data = bytes.fromhex(tx["from"][2:]), int(tx["value"]), bytes.fromhex(tx["input"][2:])
    transaction = Transaction(world, programs, env, source, starved)
    before = dict(world.entries)
    if tx["kind"] == "deploy":
        outcome, output, address = transaction.create(source, code, int(tx["salt"]), value, data, 0, None)
        output = address if outcome == "Success" else output
    else:
        to = bytes.fromhex(tx["to"][2:])
        outcome, output = transaction.call(source, to, value,
                                           lambda: Frame(transaction, to, source, value, data, False, 0), None)
    if outcome != "Success":
        transaction.restore((before, {}, 0))
    return {"status": outcome, "output": "0x" + output.hex(), "events": transaction.events,
            "writes": differences(before, world.entries)}
