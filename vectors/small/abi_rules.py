"""Suite `abi`, first half: what a host function refuses. Ranges, lengths, flags, static frames, and their order."""

from assemble import HOST_TYPES
from small.common import (
    ABI_VIOLATION,
    ALICE,
    ASK,
    ASK_AFTER,
    ASK_BEFORE,
    BARE,
    CONTRACT,
    DELEGATE,
    IMPORT,
    PAGE,
    STATIC,
    STATIC_VIOLATION,
    SUCCESS,
    TX,
    Small,
    address,
    bare,
    contract,
    entry,
    expect,
    hop,
    host,
    le32,
    output,
    paged,
    variants,
)

# Every host function with ranges: name, constants it takes, what the frame of a caller of so many words costs, base of
# its class, and its arguments, where a pair (name, length) is a range and all else a constant.
RANGED = [
    ("input", 2, 1, 30, [("buffer", 8)]),
    ("output", 2, 1, 30, [("data", 8)]),
    ("revert", 2, 1, 30, [("data", 8)]),
    ("return_data", 2, 1, 30, [("buffer", 8)]),
    ("self_address", 2, 1, 30, [("address", 32)]),
    ("caller", 2, 1, 30, [("address", 32)]),
    ("origin", 2, 1, 30, [("address", 32)]),
    ("balance", 2, 1, 30, [("address", 32)]),
    ("block_hash", 3, 1, 30, [99, ("hash", 32)]),
    ("storage_read", 4, 1, 1000, [("key", 1), ("value", 8)]),
    ("storage_write", 4, 1, 5000, [("key", 1), ("value", 8)]),
    ("storage_remove", 2, 1, 5000, [("key", 1)]),
    ("storage_has", 2, 1, 1000, [("key", 1)]),
    ("storage_next", 4, 1, 1000, [("key", 1), ("next", 8)]),
    ("storage_previous", 4, 1, 1000, [("key", 1), ("previous", 8)]),
    ("transient_read", 4, 1, 200, [("key", 1), ("value", 8)]),
    ("transient_write", 4, 1, 200, [("key", 1), ("value", 8)]),
    ("event", 4, 1, 500, [("topic", 4), ("data", 8)]),
    ("call", 7, 2, 5000, [("address", 32), 0, ("data", 8), 1000, 0]),
    ("create", 9, 3, 20000, [("code", 8), 0, 0, ("data", 8), 1000, ("address-out", 32)]),
    ("sha256", 4, 1, 300, [("data", 8), ("digest", 32)]),
    ("keccak256", 4, 1, 300, [("data", 8), ("digest", 32)]),
    ("blake2b_256", 4, 1, 300, [("data", 8), ("digest", 32)]),
    ("ed25519_verify", 6, 2, 100000, [("public-key", 32), ("signature", 64), ("message", 8)]),
    ("secp256k1_recover", 7, 2, 100000, [("hash", 32), ("signature", 64), 0, ("public-key", 64)]),
]
PAGES_2 = ("500  instantiation_memory 1 * 500", "2048  instantiation_memory_byte 2 * 65536 / 64")


def constants_of(arguments, bad=None, pointer=0):
    """The arguments as constants: every range at address 0, but the bad one at the pointer."""
    flat = []
    for argument in arguments:
        if isinstance(argument, tuple):
            flat += [pointer if argument[0] == bad else 0, argument[1]]
        else:
            flat.append(argument)
    return flat


def one_call(name, constants):
    return [*host(name, *constants), *(["drop"] if HOST_TYPES[name][1] else [])]


def refused_call(memory, constants, amount, base):
    """The count of a contract whose only act is a call that is refused."""
    return (
        TX,
        *BARE,
        *memory,
        IMPORT,
        entry(constants, amount),
        f"{constants}  {constants} constants",
        f"{5 + base}  call 5, base {base}; no amount",
    )


def bad_pointers():
    """For each range of each function: one byte beyond the memory, and near 2^32, where a 32-bit sum would wrap."""
    for name, constants, amount, base, arguments in RANGED:
        rows = []
        for title, length in (argument for argument in arguments if isinstance(argument, tuple)):
            for where, pointer in (("by-one", 65537 - length), ("wraps", 0xFFFFFFFF)):
                code = paged(*one_call(name, constants_of(arguments, title, pointer)))
                rows.append(
                    (f"{title}-{where}", code, expect("AbiViolation"), refused_call(PAGE, constants, amount, base))
                )
        yield variants(
            f"abi/bad-pointer-{slug(name)}",
            [f"{name}: each range one byte beyond the memory of one page, then at 2^32 - 1."],
            ["ABI-3", "ABI-7", "MET-19"],
            rows,
        )


def slug(name):
    return name.replace("_", "-")


# Arguments that break a rule: name of the case, arguments as constants. Every range lies in a memory of two pages.
BAD_ARGUMENTS = {
    "balance": [("short", [0, 31]), ("long", [0, 33]), ("empty", [0, 0])],
    "storage_read": [("key-empty", [0, 0, 0, 8]), ("key-257", [0, 257, 0, 8])],
    "storage_write": [("key-empty", [0, 0, 0, 8]), ("key-257", [0, 257, 0, 8]), ("value-65537", [0, 1, 0, 65537])],
    "storage_remove": [("key-empty", [0, 0]), ("key-257", [0, 257])],
    "storage_has": [("key-empty", [0, 0]), ("key-257", [0, 257])],
    "storage_next": [("key-257", [0, 257, 0, 8])],
    "storage_previous": [("key-257", [0, 257, 0, 8])],
    "transient_read": [("key-empty", [0, 0, 0, 8]), ("key-257", [0, 257, 0, 8])],
    "transient_write": [("key-empty", [0, 0, 0, 8]), ("key-257", [0, 257, 0, 8]), ("value-65537", [0, 1, 0, 65537])],
    "event": [("topic-65", [0, 65, 0, 0]), ("data-65537", [0, 0, 0, 65537])],
    "call": [
        ("address-31", [0, 31, 0, 0, 0, 0, 0]),
        ("address-33", [0, 33, 0, 0, 0, 0, 0]),
        ("flag-8", [0, 32, 0, 0, 0, 0, 8]),
        ("all-flags", [0, 32, 0, 0, 0, 0, -1]),
        ("delegate-with-value", [0, 32, 1, 0, 0, 0, DELEGATE]),
    ],
    "create": [("room-31", [0, 8, 0, 0, 0, 0, 0, 0, 31]), ("room-0", [0, 8, 0, 0, 0, 0, 0, 0, 0])],
    "ed25519_verify": [
        ("key-31", [0, 31, 0, 64, 0, 0]),
        ("key-33", [0, 33, 0, 64, 0, 0]),
        ("signature-63", [0, 32, 0, 63, 0, 0]),
        ("signature-65", [0, 32, 0, 65, 0, 0]),
    ],
    "secp256k1_recover": [
        ("hash-31", [0, 31, 0, 64, 0, 0, 64]),
        ("hash-33", [0, 33, 0, 64, 0, 0, 64]),
        ("signature-63", [0, 32, 0, 63, 0, 0, 64]),
        ("signature-65", [0, 32, 0, 65, 0, 0, 64]),
        ("id-4", [0, 32, 0, 64, 4, 0, 64]),
        ("id-huge", [0, 32, 0, 64, -1, 0, 64]),
    ],
}
# The clauses that hold these rules; of storage if none stands here.
RULES = {
    "balance": ["ABI-11"],
    "transient_read": ["ABI-22"],
    "transient_write": ["ABI-22"],
    "event": ["ABI-23"],
    "call": ["ABI-11", "ABI-31"],
    "create": ["ABI-35"],
    "ed25519_verify": ["ABI-40"],
    "secp256k1_recover": ["ABI-41"],
}


def bad_arguments():
    for name, constants, amount, base, _ in RANGED:
        if name in BAD_ARGUMENTS:
            rows = [
                (
                    title,
                    contract(*one_call(name, values), memory=2).encode(),
                    expect("AbiViolation"),
                    refused_call(PAGES_2, constants, amount, base),
                )
                for title, values in BAD_ARGUMENTS[name]
            ]
            yield variants(
                f"abi/bad-argument-{slug(name)}",
                [f"{name}: lengths, flags and ids beyond what its rules allow; every range is inside the memory."],
                ["ABI-7", *RULES.get(name, ["ABI-20"])],
                rows,
            )


def greatest_lengths():
    """The greatest lengths, and empty ranges at the end of the memory, are allowed."""
    start = (TX, *BARE, *PAGES_2, IMPORT)
    return variants(
        "abi/greatest-lengths",
        [
            "Keys of 256 bytes, values and data of 65,536, topics of 64, and an empty range that begins where the"
            " memory ends."
        ],
        ["ABI-3", "ABI-20", "ABI-22", "ABI-23"],
        [
            (
                "has",
                contract(*one_call("storage_has", [0, 256]), memory=2).encode(),
                expect(),
                (*start, entry(2, 1), "2  two constants", "1261  storage_has 5 + 1000 + 256", "1  drop"),
            ),
            (
                "next",
                contract(*one_call("storage_next", [0, 256, 0, 0]), memory=2).encode(),
                expect(),
                (
                    *start,
                    entry(4, 1),
                    "4  four constants",
                    "1261  storage_next 5 + 1000 + 256, nothing found",
                    "1  drop",
                ),
            ),
            (
                "transient",
                contract(*one_call("transient_write", [0, 256, 0, 65536]), memory=2).encode(),
                expect(),
                (*start, entry(4, 1), "4  four constants", "33101  transient_write 5 + 200 + (256 + 65536) / 2"),
            ),
            (
                "topic",
                contract(*one_call("event", [0, 64, 0, 0]), memory=2).encode(),
                expect(events=[{"address": "0x" + address("topic").hex(), "topic": "0x" + "00" * 64, "data": "0x"}]),
                (*start, entry(4, 1), "4  four constants", "761  event 5 + 500 + 64 * 4"),
            ),
            (
                "write-and-remove",
                contract(
                    *host("storage_write", 0, 256, 0, 65536), *one_call("storage_remove", [0, 256]), memory=2
                ).encode(),
                expect(),
                (
                    TX,
                    *BARE,
                    *PAGES_2,
                    "40  instantiation_import 2 * 20",
                    entry(4, 1),
                    "4  four constants",
                    "662925  storage_write 5 + 5000 + (256 + 65536) * 10",
                    "2  two constants",
                    "7565  storage_remove 5 + 5000 + 256 * 10",
                    "1  drop",
                ),
            ),
            (
                "empty-at-the-end",
                contract(*output(131072, 0), memory=2).encode(),
                expect(),
                (*start, entry(2, 1), "2  two constants", "35  output 5 + 30 + 0"),
            ),
        ],
    )


def empty_range_beyond():
    """An empty range is checked like any other, and without a memory there are 0 bytes (ABI-3)."""
    lines = (TX, *BARE, IMPORT, entry(2, 1), "2  two constants", "35  output 5 + 30; no amount")
    return variants(
        "abi/empty-range",
        ["An empty range beyond the end of the memory; and an instance without a memory."],
        ["ABI-3"],
        [
            ("beyond-one-page", paged(*output(65537, 0)), expect("AbiViolation"), (TX, *BARE, *PAGE, *lines[4:])),
            ("no-memory-one-byte", bare(*output(0, 1)), expect("AbiViolation"), lines),
            ("no-memory-empty-at-one", bare(*output(1, 0)), expect("AbiViolation"), lines),
            ("no-memory-empty-at-zero", bare(*output(0, 0)), expect(), lines),
            ("no-memory-input", bare(*one_call("input", [0, 1])), expect("AbiViolation"), lines),
        ],
    )


# What a static frame must not do: name, its arguments, constants, amount of the frame, base.
CHANGING = [
    ("storage_write", [0, 1, 0, 1], 4, 1, 5000),
    ("storage_remove", [0, 1], 2, 1, 5000),
    ("transient_write", [0, 1, 0, 1], 4, 1, 200),
    ("event", [0, 1, 0, 1], 4, 1, 500),
    ("call", [0, 32, 1, 0, 0, 0, 0], 7, 2, 5000),
    ("create", [0, 8, 0, 0, 0, 0, 0, 0, 32], 9, 3, 20000),
]


def asked(case, title, code, outcome, callee):
    """A step in which ASK calls the code statically; `callee` is the count of what the callee uses."""
    at = address(title)
    case.with_contract(code, at=at, name=title)
    case.call(ALICE, CONTRACT, hop(at, STATIC), expect=expect("Success", le32(outcome))).note.append(f"{title}:")
    return case.counted(*ASK_BEFORE, *callee, *ASK_AFTER)


def static_violations():
    case = Small(
        "abi/static-violation",
        ["Each function that changes something, called in a static frame: it traps, and the caller goes on."],
        ["ABI-21", "ABI-33", "ABI-37"],
    ).with_contract(ASK)
    for name, values, constants, amount, base in CHANGING:
        asked(
            case,
            slug(name),
            paged(*one_call(name, values)),
            STATIC_VIOLATION,
            (
                "3554  callee: 2000, function 5, export 5, memory 500 + 1024, import 20",
                f"{5 + amount}  callee: entry 5 + {amount}",
                f"{constants}  callee: constants",
                f"{5 + base}  callee: call 5, base {base}; no amount",
            ),
        )
    return case


def static_allows():
    """Reading, computing and calling without value are allowed in a static frame."""
    body = [
        one_call("storage_has", [0, 1]),
        one_call("transient_read", [0, 1, 0, 1]),
        one_call("is_static", []),
        one_call("storage_next", [0, 0, 0, 0]),
        one_call("call", [0, 32, 0, 0, 0, 0, 0]),
    ]
    case = Small(
        "abi/static-allows", ["What a static frame may do: read, look for keys, and call without value."], ["ABI-21"]
    ).with_contract(ASK)
    return asked(
        case,
        "reader",
        paged(*body),
        SUCCESS,
        (
            "3634  callee: 2000, function 5, export 5, memory 500 + 1024, imports 5 * 20",
            "7  callee: entry of 7 words 2",
            "1009  two constants, storage_has 5 + 1000 + 1, drop",
            "211  four constants, transient_read 5 + 200 + ceil(1 / 2), drop",
            "36  is_static, drop",
            "1010  four constants, storage_next 5 + 1000, drop",
            "5017  seven constants, call 5 + 5000 + 4, drop",
        ),
    )


def order_of_rules():
    """Arguments before static, static before ranges."""
    case = Small(
        "abi/order-of-rules",
        ["In a static frame: a broken rule of the arguments is found first, a bad range last. All cost both bases."],
        ["ABI-7", "ABI-21"],
    ).with_contract(ASK)
    rows = [
        ("length-first", "storage_write", [0, 0, 0, 1], ABI_VIOLATION, 4, 1, 5000),
        ("static-before-range", "storage_write", [65536, 1, 0, 1], STATIC_VIOLATION, 4, 1, 5000),
        ("topic-first", "event", [0, 65, 65536, 1], ABI_VIOLATION, 4, 1, 500),
        ("static-before-data", "event", [0, 1, 65536, 1], STATIC_VIOLATION, 4, 1, 500),
        ("flags-first", "call", [0, 32, 1, 0, 0, 0, DELEGATE], ABI_VIOLATION, 7, 2, 5000),
        ("static-before-address", "call", [65536, 32, 1, 0, 0, 0, 0], STATIC_VIOLATION, 7, 2, 5000),
        ("room-first", "create", [0, 8, 0, 0, 0, 0, 0, 0, 31], ABI_VIOLATION, 9, 3, 20000),
        ("static-before-code", "create", [65536, 8, 0, 0, 0, 0, 0, 0, 32], STATIC_VIOLATION, 9, 3, 20000),
    ]
    for title, name, values, outcome, constants, amount, base in rows:
        asked(
            case,
            title,
            paged(*one_call(name, values)),
            outcome,
            (
                "3554  callee: 2000, function 5, export 5, memory 500 + 1024, import 20",
                f"{5 + amount}  callee: entry 5 + {amount}",
                f"{constants}  callee: constants",
                f"{5 + base}  callee: call 5, base {base}; no amount",
            ),
        )
    return case


def amount_needs_no_fuel_when_refused():
    """An input range of 2^32 - 1 bytes is refused for the bases (MET-6)."""
    return variants(
        "abi/huge-range",
        ["A range of 2^32 - 1 bytes is refused for the bases: what is refused is never priced."],
        ["MET-6", "ABI-7"],
        [
            ("output", paged(*output(0, -1)), expect("AbiViolation"), refused_call(PAGE, 2, 1, 30)),
            (
                "sha256",
                paged(*one_call("sha256", [0, -1, 0, 32])),
                expect("AbiViolation"),
                refused_call(PAGE, 4, 1, 300),
            ),
        ],
    )


def cases():
    return [
        *bad_pointers(),
        *bad_arguments(),
        greatest_lengths(),
        empty_range_beyond(),
        static_violations(),
        static_allows(),
        order_of_rules(),
        amount_needs_no_fuel_when_refused(),
    ]
