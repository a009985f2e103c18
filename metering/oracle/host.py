"""The host functions of module `detent_v1` (HOST_ABI.md): binding, order of checks, actions.

A host function is a generator: it reads its inputs, yields the n of ABI-8, and acts once the amount is paid. What the
functions ask of the rest of the world (calls, creation, state) is in `execution.py`.
"""

from crypto import blake2b_256, ed25519_verify, keccak256, secp256k1_recover, sha256
from module import FuncType
from numeric import Trap
from schedule import MAX_FUEL, host_declarations

NOT_FOUND, INVALID_SIGNATURE = -1, -2
STATIC, DELEGATE, ALLOW_REENTRY = 1, 2, 4
MAX_KEY, MAX_VALUE, MAX_TOPIC = 256, 65536, 64


class Ended(Exception):
    """A contract call that ends itself, with Revert or Abort, and its output (ABI-10)."""

    def __init__(self, outcome, output):
        super().__init__(outcome)
        self.outcome, self.output = outcome, output


class Declaration:
    """A row of host_functions.def: its price, its Wasm type and its parameters by name."""

    def __init__(self, row):
        self.name, self.work_class, self.unit = row["name"], row["work_class"], row["unit"]
        self.parameters = [tuple(one.strip().split(":")) for one in row["parameters"].split(",") if one.strip()]
        types = []
        for kind, _ in self.parameters:
            types += ["i32", "i32"] if kind in ("in", "out") else [kind]
        self.result = row["result"]
        self.type = FuncType(tuple(types), () if self.result == "none" else (self.result,))


DECLARATIONS = {row["name"]: Declaration(row) for row in host_declarations()}

# ABI-11, ABI-20 to ABI-23, ABI-40, ABI-41: the lengths of input ranges, least and greatest.
_KEY, _VALUE = (1, MAX_KEY), (0, MAX_VALUE)
LENGTHS = {
    ("balance", "address"): (32, 32), ("call", "address"): (32, 32), ("storage_read", "key"): _KEY,
    ("storage_write", "key"): _KEY, ("storage_write", "value"): _VALUE, ("storage_remove", "key"): _KEY,
    ("storage_has", "key"): _KEY, ("storage_next", "key"): (0, MAX_KEY), ("storage_previous", "key"): (0, MAX_KEY),
    ("transient_read", "key"): _KEY, ("transient_write", "key"): _KEY, ("transient_write", "value"): _VALUE,
    ("event", "topic"): (0, MAX_TOPIC), ("event", "data"): _VALUE, ("ed25519_verify", "public_key"): (32, 32),
    ("ed25519_verify", "signature"): (64, 64), ("secp256k1_recover", "hash"): (32, 32),
    ("secp256k1_recover", "signature"): (64, 64),
}
STATIC_REFUSED = {"storage_write", "storage_remove", "transient_write", "event", "create"}  # ABI-21


class HostCall:
    """One call of a host function: scalars and ranges by name."""

    def __init__(self, execution, machine, declaration, arguments):
        self.execution, self.frame, self.machine = execution, execution.active[-1], machine
        self.name, self.scalars, self.ranges = declaration.name, {}, {}
        self.kinds = {name: kind for kind, name in declaration.parameters}
        values = iter(arguments)
        for kind, name in declaration.parameters:
            if kind in ("in", "out"):
                self.ranges[name] = next(values), next(values)
            else:
                self.scalars[name] = next(values)

    def check(self):
        """ABI-7: the rules of the arguments, then static, then the ranges from left to right."""
        for name, (_, length) in self.ranges.items():
            least, most = LENGTHS.get((self.name, name), (0, 2**32))
            self.rule(self.kinds[name] == "out" or least <= length <= most)
        if self.name == "call":
            self.rule(self["flags"] & ~7 == 0 and not (self["flags"] & DELEGATE and self["value"]))
        if self.name == "create":
            self.rule(self.ranges["address"][1] >= 32)
        if self.name == "secp256k1_recover":
            self.rule(self["recovery_id"] <= 3)
        if self.frame.static and (self.name in STATIC_REFUSED or (self.name == "call" and self["value"])):
            raise Trap("StaticViolation")
        for pointer, length in self.ranges.values():
            self.rule(pointer + length <= len(self.machine.memory))

    @staticmethod
    def rule(holds):
        if not holds:
            raise Trap("AbiViolation")

    def __getitem__(self, name):
        """A scalar, or the bytes of an input range."""
        if name in self.scalars:
            return self.scalars[name]
        pointer, length = self.ranges[name]
        return bytes(self.machine.memory[pointer : pointer + length])

    def fits(self, name, data):
        """How many bytes an output range takes."""
        return min(len(data), self.ranges[name][1])

    def write(self, name, data):
        """ABI-4: writes what fits, returns the full length."""
        count, pointer = self.fits(name, data), self.ranges[name][0]
        self.machine.memory[pointer : pointer + count] = data[:count]
        return len(data)


class Host:
    """Binds the imports of one machine to an execution."""

    def __init__(self, execution):
        self.execution = execution

    def invoke(self, machine, name, arguments, call_base):
        """MET-19: both bases; rules, static, ranges; the amount; the action. Returns the results as a list."""
        declaration, schedule, meter = DECLARATIONS[name], machine.schedule, machine.meter
        bases = call_base + schedule.base(declaration.work_class)
        meter.require(bases)
        call = HostCall(self.execution, machine, declaration, arguments)
        try:
            call.check()
        except Trap:
            meter.charge(bases)
            raise
        action = FUNCTIONS[name](call)
        meter.charge(min(bases + schedule.amount(declaration.unit, next(action)), MAX_FUEL))
        try:
            next(action)
        except StopIteration as stop:
            if declaration.result == "none":
                return []
            return [stop.value & ((1 << int(declaration.result[1:])) - 1)]
        raise AssertionError("a host function yields once")


# Frame and context.


def _answer(name, of):
    """A function that writes bytes known before: its n is what it writes."""

    def function(call):
        data = of(call)
        yield call.fits(name, data)
        return call.write(name, data)

    return function


def _number(of):
    def function(call):
        yield 0
        return of(call)

    return function


def _output(call):
    data = call["data"]
    yield len(data)
    call.frame.output = data


def _revert(call):
    data = call["data"]
    yield len(data)
    raise Ended("Revert", data)


def _abort(call):
    yield 0
    raise Ended("Abort", call["code"].to_bytes(4, "little"))


def _balance(call):
    yield 32
    return call.execution.state.balance(call["address"])


def _block_hash(call):
    """ABI-12: the 256 heights before the block's own."""
    env, height = call.execution.env, call["height"]
    known = env.block_hashes.get(height) if env.height - 256 <= height < env.height else None
    yield 0 if known is None else call.fits("hash", known)
    return NOT_FOUND if known is None else call.write("hash", known)


# Storage.


def _storage(call):
    return call.execution.state.storage.setdefault(call.frame.self_address, {})


def _transient(call):
    return call.execution.state.transient.setdefault(call.frame.self_address, {})


def _storage_read(call):
    found = _storage(call).get(call["key"])
    yield len(call["key"]) + len(found or b"")
    return NOT_FOUND if found is None else call.write("value", found)


def _storage_write(call):
    key, value = call["key"], call["value"]
    yield len(key) + len(value)
    _storage(call)[key] = value


def _storage_remove(call):
    key = call["key"]
    yield len(key)
    return int(_storage(call).pop(key, None) is not None)


def _storage_has(call):
    yield len(call["key"])
    return int(call["key"] in _storage(call))


def _neighbour(name, choose):
    def function(call):
        found = choose(_storage(call), call["key"])
        yield len(call["key"]) + len(found or b"")
        return NOT_FOUND if found is None else call.write(name, found)

    return function


def _next(storage, key):
    return min((one for one in storage if one > key), default=None)


def _previous(storage, key):
    return max((one for one in storage if one < key or not key), default=None)


def _transient_read(call):
    found = _transient(call).get(call["key"])
    yield len(call["key"]) + (0 if found is None else call.fits("value", found))
    return NOT_FOUND if found is None else call.write("value", found)


def _transient_write(call):
    key, value = call["key"], call["value"]
    yield len(key) + len(value)
    if value:
        _transient(call)[key] = value
    else:
        _transient(call).pop(key, None)


def _event(call):
    topic, data = call["topic"], call["data"]
    yield len(topic) + len(data)
    call.execution.state.events.append((call.frame.self_address, topic, data))


# Calls.


def _call(call):
    address, data, value, fuel, flags = (call[one] for one in ("address", "data", "value", "fuel", "flags"))
    yield len(address) + len(data)
    call.frame.allows_reentry = bool(flags & ALLOW_REENTRY)
    outcome, call.frame.return_data = call.execution.call(call.frame, address, value, data, fuel, flags)
    return call.execution.number(outcome)


def _create(call):
    code, data = call["code"], call["data"]
    salt, value, fuel = (call[one] for one in ("salt", "value", "fuel"))
    yield len(code) + len(data)
    call.frame.allows_reentry = False
    outcome, call.frame.return_data, address = call.execution.create(call.frame, code, salt, value, data, fuel)
    if outcome == "Success":
        call.write("address", address)
    return call.execution.number(outcome)


# Cryptography.


def _hash(digest):
    def function(call):
        data = call["data"]
        yield len(data) + min(32, call.ranges["digest"][1])
        return call.write("digest", digest(data))

    return function


def _ed25519_verify(call):
    public_key, signature, message = call["public_key"], call["signature"], call["message"]
    yield len(public_key) + len(signature) + len(message)
    return int(ed25519_verify(public_key, signature, message))


def _secp256k1_recover(call):
    key = secp256k1_recover(call["hash"], call["signature"], call["recovery_id"])
    yield 32 + 64 + (0 if key is None else call.fits("public_key", key))
    return INVALID_SIGNATURE if key is None else call.write("public_key", key)


FUNCTIONS = {
    "input": _answer("buffer", lambda call: call.frame.input), "output": _output, "revert": _revert, "abort": _abort,
    "return_data": _answer("buffer", lambda call: call.frame.return_data),
    "self_address": _answer("address", lambda call: call.frame.self_address),
    "caller": _answer("address", lambda call: call.frame.caller),
    "origin": _answer("address", lambda call: call.execution.origin),
    "value": _number(lambda call: call.frame.value), "balance": _balance,
    "call_depth": _number(lambda call: call.frame.depth), "is_static": _number(lambda call: int(call.frame.static)),
    "block_height": _number(lambda call: call.execution.env.height),
    "block_time": _number(lambda call: call.execution.env.time),
    "chain_id": _number(lambda call: call.execution.env.chain_id), "block_hash": _block_hash,
    "fuel_left": _number(lambda call: call.machine.meter.left),
    "schedule_id": _number(lambda call: call.machine.schedule.number),
    "storage_read": _storage_read, "storage_write": _storage_write, "storage_remove": _storage_remove,
    "storage_has": _storage_has, "storage_next": _neighbour("next", _next),
    "storage_previous": _neighbour("previous", _previous), "transient_read": _transient_read,
    "transient_write": _transient_write, "event": _event, "call": _call, "create": _create, "sha256": _hash(sha256),
    "keccak256": _hash(keccak256), "blake2b_256": _hash(blake2b_256), "ed25519_verify": _ed25519_verify,
    "secp256k1_recover": _secp256k1_recover,
}
if set(FUNCTIONS) != set(DECLARATIONS):
    raise ValueError(f"host functions differ: {set(FUNCTIONS) ^ set(DECLARATIONS)}")
