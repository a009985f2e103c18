"""Contract calls, creations and transactions (ABI-30 to ABI-37, ABI-50, ABI-51)."""

import hashlib
from dataclasses import dataclass, field

from host import DECLARATIONS, DELEGATE, STATIC, Ended, Host
from machine import Machine, Meter, OutOfFuel, Shared
from module import FuncType, decode
from numeric import Trap
from reader import InvalidModule
from schedule import MAX_FUEL, outcomes
from validate import activation_counts, validate

MAX_DEPTH = 64  # ABI-31
OUTCOMES = outcomes()
_EMPTY = FuncType((), ())


class Refused(Exception):
    """A contract call that is refused with an outcome, before anything is entered."""

    def __init__(self, outcome):
        super().__init__(outcome)
        self.outcome = outcome


@dataclass
class Env:
    height: int
    time: int
    chain_id: int
    block_hashes: dict = field(default_factory=dict)


@dataclass
class ContractFrame:
    """One contract call that is running."""

    depth: int
    self_address: bytes
    caller: bytes
    value: int
    input: bytes
    static: bool
    output: bytes = b""
    return_data: bytes = b""
    allows_reentry: bool = False  # the flags of the call that this frame is making (ABI-32)


def created_address(creator, salt, code_hash):
    """ABI-36."""
    return hashlib.sha256(b"detent/create/1" + creator + salt.to_bytes(8, "little") + code_hash).digest()


class Codes:
    """Codes by hash, and what validation made of them."""

    def __init__(self, limits):
        self.limits, self.bytes, self.checked = limits, {}, {}

    def add(self, code):
        code_hash = hashlib.sha256(code).digest()
        self.bytes[code_hash] = code
        return code_hash

    def check(self, code):
        """The checked module of a code; raises InvalidModule."""
        code_hash = self.add(code)
        if code_hash not in self.checked:
            self.checked[code_hash] = validate(decode(code, self.limits), self.limits)
        return self.checked[code_hash]


def link(checked):
    """ABI-1, ABI-30: the imports, and the exports `call` and `deploy`. Returns whether it links."""
    for one in checked.module.imports:
        declaration = DECLARATIONS.get(one.name)
        if one.kind != "func" or one.module != "detent_v1" or declaration is None:
            return False
        if checked.module.types[one.desc] != declaration.type:
            return False
    return exported(checked, "call") and ("deploy" not in checked.module.exports or exported(checked, "deploy"))


def exported(checked, name):
    """Whether the module exports a function [] -> [] of this name."""
    kind, index = checked.module.exports.get(name, (None, 0))
    return kind == "func" and checked.function_types[index] == _EMPTY


class Execution:
    """One transaction, run in one go but for the pauses of its plan, which MET-15 makes invisible."""

    def __init__(self, state, codes, env, schedule, limits):
        self.state, self.codes, self.env = state, codes, env
        self.schedule, self.shared = schedule, Shared(limits, schedule)
        self.active, self.origin, self.meter = [], b"", None

    @staticmethod
    def number(outcome):
        return OUTCOMES[outcome]

    # Transactions.

    def transact(self, tx, plan):
        """ABI-50, ABI-51. Returns outcome, output; fuel stands in the meter, changes and events in the state."""
        self.origin, self.meter = tx["from"], Meter(tx["fuel_limit"], plan)
        is_call = tx["kind"] == "call"
        name, length = ("call", 32 + len(tx["input"])) if is_call else ("create", len(tx["code"]) + len(tx["input"]))
        declaration = DECLARATIONS[name]
        amount = self.schedule.amount(declaration.unit, length)
        price = min(self.schedule.base(declaration.work_class) + amount, MAX_FUEL)
        if price > tx["fuel_limit"]:
            return "OutOfFuel", b""
        self.meter.charge(price)
        before = self.state.checkpoint()
        if is_call:
            outcome, output = self.call(None, tx["to"], tx["value"], tx["input"], None, 0)
        else:
            outcome, output, address = self.create(None, tx["code"], tx["salt"], tx["value"], tx["input"], None)
            output = address if outcome == "Success" else output
        if outcome != "Success":
            self.state.restore(before)
        return outcome, output

    # Calls.

    def call(self, parent, target, value, data, fuel, flags):
        """ABI-31: returns (outcome, output). Without a parent it is a transaction, and `fuel` is all that is left."""
        delegate = bool(flags & DELEGATE)
        sender = parent.self_address if parent else self.origin
        before = self.state.checkpoint()
        try:
            self.refuse_depth(parent)
            if not delegate:
                self.refuse_reentry(target)
                self.move(sender, target, value)
            code_hash = self.state.codes.get(target)
            if code_hash is None:
                return "Success", b""
            checked = self.refuse_code(self.codes.bytes[code_hash])
        except Refused as refused:
            self.state.restore(before)
            return refused.outcome, b""
        static = bool(flags & STATIC) or bool(parent and parent.static)
        depth = parent.depth + 1 if parent else 0
        frame = ContractFrame(depth, target, sender, value, data, static)
        if delegate:  # ABI-11, ABI-34
            frame.self_address, frame.caller, frame.value = parent.self_address, parent.caller, parent.value
        return self.enter(frame, checked, 0, "call", fuel, before)

    @staticmethod
    def refuse_depth(parent):
        if parent and parent.depth == MAX_DEPTH:
            raise Refused("CallDepth")

    def refuse_reentry(self, target):
        """ABI-32: every active frame of the target must have made its current call with ALLOW_REENTRY."""
        if any(one.self_address == target and not one.allows_reentry for one in self.active):
            raise Refused("ReentryDenied")

    def move(self, sender, receiver, value):
        if not self.state.can_move(sender, receiver, value):
            raise Refused("InsufficientValue")
        if value:
            self.state.move(sender, receiver, value)

    def create(self, parent, code, salt, value, data, fuel):
        """ABI-35: returns (outcome, output, address)."""
        creator = parent.self_address if parent else self.origin
        code_hash = self.codes.add(code)
        address = created_address(creator, salt, code_hash)
        before = self.state.checkpoint()
        try:
            self.refuse_depth(parent)
            checked = self.refuse_code(code)
            if address in self.state.codes:
                raise Refused("AddressTaken")
            self.move(creator, address, value)
        except Refused as refused:
            return refused.outcome, b"", address
        self.state.codes[address] = code_hash
        frame = ContractFrame(parent.depth + 1 if parent else 0, address, creator, value, data, False)
        activation = self.schedule.total("activation", activation_counts(checked))
        outcome, output = self.enter(frame, checked, activation, "deploy", fuel, before)
        return outcome, output, address

    def refuse_code(self, code):
        """Code that does not pass or link, of a creation (ABI-35) or out of the state (ABI-31)."""
        try:
            checked = self.codes.check(code)
        except InvalidModule as error:
            raise Refused("InvalidModule") from error
        if not link(checked):
            raise Refused("LinkError")
        return checked

    def enter(self, frame, checked, activation, export, fuel, before):
        """Runs an export in a fresh instance; a call that fails undoes everything since `before` (ABI-31)."""
        self.active.append(frame)
        saved = self.shared.save()
        if fuel is not None:
            self.meter.enter(fuel)
        try:
            outcome, output = self.run(frame, checked, activation, export)
        finally:
            if fuel is not None:
                self.meter.leave()
            self.shared.restore(saved)
            self.active.pop()
        if outcome != "Success":
            self.state.restore(before)
        return outcome, output

    def run(self, frame, checked, activation, export):
        machine = Machine(checked, self.shared, self.meter, Host(self))
        try:
            machine.instantiate(min(activation + machine.instantiation_price(), MAX_FUEL))
            if export in checked.module.exports:
                machine.invoke(checked.module.exports[export][1], [])
        except OutOfFuel:
            return "OutOfFuel", b""
        except Trap as trap:
            return trap.name, b""
        except Ended as ended:
            return ended.outcome, ended.output
        return "Success", frame.output


