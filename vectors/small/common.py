"""What the suites of small vectors share: macros of instructions, expectations, and counts of fuel made by hand."""

from assemble import HOST_TYPES, Module
from check_counts import NUMBER
from lib import Case, address, hex0x, sha256

ALICE = address("alice")
BOB = address("bob")
CONTRACT = address("contract")
OTHER = address("other")
THIRD = address("third")

# The numbers of host_abi/outcomes.def that contracts see in these cases.
SUCCESS, REVERT, OUT_OF_FUEL, ABORT, UNREACHABLE = 0, 1, 2, 3, 10
CALL_DEPTH, STATIC_VIOLATION, ABI_VIOLATION, INVALID_MODULE, LINK_ERROR = 23, 30, 31, 32, 33
REENTRY_DENIED, INSUFFICIENT_VALUE, ADDRESS_TAKEN = 35, 36, 37

STATIC, DELEGATE, ALLOW_REENTRY = 1, 2, 4
ALL_FUEL = (1 << 64) - 1


# Instructions.


def c(number):
    return ("i32.const", number)


def host(name, *arguments):
    """A call of a host function with constant arguments, or with instructions where an argument is a list."""
    letters = HOST_TYPES[name][0]
    assert len(letters) == len(arguments), name
    constants = {"i": "i32.const", "I": "i64.const"}
    pushed = [
        argument if isinstance(argument, list) else (constants[letter], argument)
        for letter, argument in zip(letters, arguments)
    ]
    return [*pushed, ("call", name)]


def store32(at, *instructions):
    """Stores the i32 that the instructions leave."""
    return [c(at), *instructions, "i32.store"]


def store64(at, *instructions):
    return [c(at), *instructions, "i64.store"]


def output(pointer, length):
    return host("output", pointer, length)


def le32(*numbers):
    return b"".join((number & 0xFFFFFFFF).to_bytes(4, "little") for number in numbers)


def le64(*numbers):
    return b"".join((number & (1 << 64) - 1).to_bytes(8, "little") for number in numbers)


# Contracts.


def contract(*body, memory=None, data=(), locals_=()):
    """A module whose `call` has this body: the shape of nearly every small contract. `data` are (offset, bytes)."""
    module = Module(memory)
    module.function("$call", list(body), locals_=locals_, export="call")
    for offset, content in data:
        module.segment(content, offset)
    return module


def bare(*body, **others):
    return contract(*body, **others).encode()


def paged(*body, **others):
    """With a memory of one page."""
    return contract(*body, memory=1, **others).encode()


# Expectations: everything but fuel and hashes is stated by the author.


def expect(status="Success", out=b"", events=(), writes=()):
    return {"status": status, "output": hex0x(out), "events": list(events), "writes": list(writes)}


def event(at, topic=b"", data=b""):
    return {"address": hex0x(at), "topic": hex0x(topic), "data": hex0x(data)}


def account_is(at, balance, code=None):
    code_hash = bytes(32) if code is None else sha256(code)
    return {"address": hex0x(at), "balance": str(balance), "code_hash": hex0x(code_hash)}


def account_gone(at):
    return {"address": hex0x(at), "removed": True}


def stored(at, key, value):
    return {"address": hex0x(at), "key": hex0x(key), "value": hex0x(value)}


def key_gone(at, key):
    return {"address": hex0x(at), "key": hex0x(key), "value": None}


# Counts made by hand: note lines that begin with a number, closed by a total for each step.

TX = "5004  transaction: base(host_call) 5000 + host_copy_byte ceil(32 / 8)"
IMPORT = "20  instantiation_import 1 * 20"
BARE = ("2000  base(instantiation)", "5  instantiation_function 1 * 5", "5  instantiation_export 1 * 5")
PAGE = ("500  instantiation_memory 1 * 500", "1024  instantiation_memory_byte 65536 / 64")


def entry(words, amount):
    """The frame of the entry invocation, MET-9: the author states the words and what they cost."""
    return f"{5 + amount}  entry: base(call) 5 + frame of {words} words {amount}"


def call_host(name, constants, base, what=""):
    """Pushing constants and calling: the author states how many constants and the base of the class."""
    return f"{constants + 5 + base}  {name}: {constants} constants, call 5, base {base}{what}"


def total(lines):
    return sum(int(NUMBER.match(line).group(1)) for line in lines if NUMBER.match(line))


class Small(Case):
    """A case with one contract at CONTRACT, whose steps may carry a count made by hand."""

    def __init__(self, name, note=(), clauses=()):
        super().__init__(name, note, clauses)
        self.counts = []

    def with_contract(self, code, balance=0, at=CONTRACT, name="contract", storage=None):
        return self.inline_code(name, code).account(at, balance, name, storage)

    def counted(self, *lines):
        """Closes the count of the step just added. The counts of a case are those of its first steps."""
        self.counts.append(total(lines))
        assert len(self.counts) == len(self.steps), f"{self.name}: the steps before this one have no count"
        self.note += [*lines, f"= {total(lines)}"]
        return self


def variants(name, note, clauses, rows, balance=0):
    """One case, a contract and a step for each row: (title, code, expectation, lines of the count or none)."""
    case = Small(name, note, clauses)
    for title, code, wanted, lines in rows:
        at = address(title)
        case.with_contract(code, balance, at, title)
        case.call(ALICE, at, expect=wanted)
        if lines:
            case.note.append(f"{title}:")
            case.counted(*lines)
    return case


def single(name, note, clauses, code, wanted, lines=(), **step):
    """One contract, one call by ALICE."""
    case = Small(name, note, clauses).with_contract(code).call(ALICE, CONTRACT, expect=wanted, **step)
    return case.counted(*lines) if lines else case


def triple(name, note, clauses, code, wanted, lines, last, what):
    """Exact, one less, zero (MET-11): `last` is the price of the last thing paid, `what` says what that is."""
    fuel = total(lines)
    case = single(name, [*note, "Fuel to the unit:"], clauses, code, wanted, lines, fuel=fuel)
    case.call(ALICE, CONTRACT, fuel=fuel - 1, expect=expect("OutOfFuel"))
    case.note.append("One unit less:")
    case.counted(f"{fuel - last}  all of the above but {what}, which costs {last} and is not begun")
    case.call(ALICE, CONTRACT, fuel=0, expect=expect("OutOfFuel"))
    case.note.append("None:")
    return case.counted("0  the transaction's own price cannot be paid")


# Contracts that many cases of suite `abi` share.


def router_body():
    """Input: hops of 36 bytes, an address and flags. Calls the first with the rest as its input, and puts out the
    outcome and what came back; with no input it does nothing. So a chain puts out its outcomes, outermost first."""
    length, rest = ("local.get", 0), [("local.get", 0), c(36), "i32.sub"]
    return [
        host("input", 0, 1024),
        ("local.tee", 0),
        ("if",),
        store32(2048, host("call", 0, 32, 0, 36, rest, ALL_FUEL, [c(32), ("i32.load",)])),
        *host("return_data", 2052, 1024),
        ("local.set", 0),
        output(2048, [length, c(4), "i32.add"]),
        "end",
    ]


ROUTER = paged(*router_body(), locals_="i")

# Input: an address and flags. Calls it with all fuel and puts out the outcome.
ASK = paged(
    host("input", 0, 36),
    "drop",
    store32(64, host("call", 0, 32, 0, 0, 0, ALL_FUEL, [c(32), ("i32.load",)])),
    output(64, 4),
)
ASK_BEFORE = (
    "5009  transaction: base(host_call) 5000 + host_copy_byte ceil((32 + 36) / 8)",
    "3594  instantiation: 2000, function 5, export 5, memory 500 + 1024, imports 3 * 20",
    "7  entry: base(call) 5 + frame of 8 words 2",
    "43  two constants, input 5 + 30 + ceil(36 / 8), drop",
    "10  eight constants, load 2 of the flags",
    "5009  call 5, base(host_call) 5000, ceil(32 / 8)",
)
ASK_AFTER = ("2  store", "2  two constants", "36  output 5 + 30 + ceil(4 / 8)")


def hop(to, flags=0):
    return to + le32(flags)
