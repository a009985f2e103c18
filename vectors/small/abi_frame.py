"""Suite `abi`, the frame and its context: input, output, revert, abort, return data, capacities, block, addresses."""

from assemble import HOST_TYPES
from small.common import (
    ABORT,
    ALICE,
    ALL_FUEL,
    BARE,
    BOB,
    CONTRACT,
    DELEGATE,
    IMPORT,
    OTHER,
    OUT_OF_FUEL,
    PAGE,
    REENTRY_DENIED,
    REVERT,
    ROUTER,
    STATIC,
    SUCCESS,
    THIRD,
    TX,
    UNREACHABLE,
    Small,
    account_is,
    bare,
    c,
    entry,
    expect,
    hop,
    host,
    le32,
    le64,
    output,
    paged,
    single,
    store32,
    store64,
    triple,
)


def revert_with_data():
    """Everything but the fuel is undone, and what `output` set does not count."""
    code = paged(
        host("storage_write", 0, 1, 1, 2),
        host("event", 0, 1, 1, 2),
        output(0, 3),
        host("revert", 3, 4),
        "unreachable",
        data=[(0, b"kvvback")],
    )
    return single(
        "abi/revert-with-data",
        ["A write, an event, an output, then revert: only the data of revert stays."],
        ["ABI-10", "ABI-23", "ABI-51"],
        code,
        expect("Revert", b"back"),
        (
            TX,
            *BARE,
            *PAGE,
            "80  instantiation_import 4 * 20",
            "20  instantiation_data_segment 1 * 20",
            "1  instantiation_data_byte ceil(7 / 8)",
            "1  i32.const of the offset",
            entry(4, 1),
            "4  four constants",
            "5035  storage_write 5 + 5000 + 3 * 10",
            "4  four constants",
            "517  event 5 + 500 + 3 * 4",
            "2  two constants",
            "36  output 5 + 30 + 1",
            "2  two constants",
            "36  revert 5 + 30 + ceil(4 / 8)",
        ),
    )


def revert_without_data():
    return triple(
        "abi/revert-empty",
        ["revert with no data: an empty output."],
        ["ABI-10"],
        bare(host("revert", 0, 0)),
        expect("Revert"),
        (TX, *BARE, IMPORT, entry(2, 1), "2  two constants", "35  revert 5 + 30 + 0"),
        35,
        "revert",
    )


def abort():
    return triple(
        "abi/abort",
        ["abort: the output is the code, four bytes, little-endian; it has no ranges, so no amount."],
        ["ABI-10", "ABI-8"],
        bare(output(0, 0), host("abort", 0xDEADBEEF), "unreachable"),
        expect("Abort", bytes.fromhex("efbeadde")),
        (
            TX,
            *BARE,
            "40  instantiation_import 2 * 20",
            entry(2, 1),
            "2  two constants",
            "35  output 5 + 30 + 0",
            "1  constant",
            "35  abort 5 + 30",
        ),
        35,
        "abort",
    )


def output_replaced():
    body = [output(0, 5), output(5, 6)]
    lines = (
        TX,
        *BARE,
        *PAGE,
        IMPORT,
        "20  instantiation_data_segment 1 * 20",
        "2  instantiation_data_byte ceil(11 / 8)",
        "1  i32.const of the offset",
        entry(2, 1),
        "2  two constants",
        "36  output 5 + 30 + ceil(5 / 8)",
        "2  two constants",
        "36  output 5 + 30 + ceil(6 / 8)",
    )
    case = Small("abi/output-replaced", ["The last output counts, even an empty one."], ["ABI-10"])
    data = [(0, b"firstsecond")]
    case.with_contract(paged(*body, data=data))
    case.call(ALICE, CONTRACT, expect=expect("Success", b"second")).counted(*lines)
    case.with_contract(paged(*body, output(0, 0), data=data), at=OTHER, name="empty")
    case.call(ALICE, OTHER, expect=expect()).counted(*lines, "2  two constants", "35  output 5 + 30 + 0")
    case.with_contract(paged(*body, "unreachable", data=data), at=THIRD, name="trap")
    case.call(ALICE, THIRD, expect=expect("Unreachable"))
    return case.counted(*lines, "1  unreachable: the output is dropped")


def input_echo():
    """The guest asks for the length, then for all: what is written is min(length, capacity)."""
    code = paged(store32(0, host("input", 4, 3)), store32(16, host("input", 20, 100)), output(0, 32))
    case = Small(
        "abi/input",
        ["The input with a capacity of 3, then of 100; the full length is returned both times."],
        ["ABI-4", "ABI-10"],
    )
    case.with_contract(code)
    shell = (*BARE, *PAGE, "40  instantiation_import 2 * 20", entry(3, 1))
    case.call(
        ALICE,
        CONTRACT,
        b"abcdefghij",
        expect=expect("Success", le32(10) + b"abc" + bytes(9) + le32(10) + b"abcdefghij" + bytes(2)),
    )
    case.counted(
        "5006  transaction 5000 + ceil((32 + 10) / 8)",
        *shell,
        "41  three constants, input 5 + 30 + ceil(3 / 8), store 2",
        "42  three constants, input 5 + 30 + ceil(10 / 8), store 2",
        "41  two constants, output 5 + 30 + 32 / 8",
    )
    case.call(ALICE, CONTRACT, expect=expect("Success", bytes(32)))
    return case.counted(
        TX,
        *shell,
        "40  three constants, input 5 + 30 + 0, store 2",
        "40  three constants, input 5 + 30 + 0, store 2",
        "41  two constants, output 5 + 30 + 32 / 8",
    )


# Input: an address, flags, 8 bytes of fuel. Puts out return_data's length before, the outcome, return data after.
KEEPER = paged(
    host("input", 0, 44),
    "drop",
    store32(64, host("return_data", 0, 0)),
    store32(68, host("call", 0, 32, 0, 0, 0, [c(36), ("i64.load",)], [c(32), ("i32.load",)])),
    store32(72, host("return_data", 76, 16)),
    output(64, 28),
)


def return_data():
    """After each sort of end."""
    said = paged(output(0, 4), data=[(0, b"fine")])
    callees = {
        "success": said,
        "silent": bare(),
        "revert": paged(output(0, 4), host("revert", 4, 5), data=[(0, b"lostwrong")]),
        "abort": bare(host("abort", 7)),
        "trap": paged(output(0, 4), "unreachable", data=[(0, b"lost")]),
        "out-of-fuel": paged(output(0, 4), ("loop",), ("br", 0), "end", data=[(0, b"lost")]),
        "long": paged(output(0, 20), data=[(0, b"twenty bytes, exact!")]),
    }
    case = Small(
        "abi/return-data",
        [
            (
                "What return_data answers before the first call, and after a call that ended in each way: the output of"
                " Success, Revert"
            ),
            "and Abort, else nothing. Its length is the full one, though only 16 bytes are asked for.",
        ],
        ["ABI-10", "ABI-4", "ABI-37"],
    )
    case.with_contract(KEEPER)
    answers = {
        "success": (SUCCESS, b"fine"),
        "silent": (SUCCESS, b""),
        "revert": (REVERT, b"wrong"),
        "abort": (ABORT, le32(7)),
        "trap": (UNREACHABLE, b""),
        "out-of-fuel": (OUT_OF_FUEL, b""),
        "long": (SUCCESS, b"twenty bytes, exact!"),
    }
    for title, code in callees.items():
        at = title.encode().ljust(32, b"\0")
        case.with_contract(code, at=at, name=title)
        outcome, data = answers[title]
        case.call(ALICE, CONTRACT, at + le32(0) + le64(10000), expect=expect("Success", kept(outcome, data)))
    case.call(ALICE, CONTRACT, BOB + le32(0) + le64(10000), expect=expect("Success", kept(SUCCESS, b"")))
    case.call(ALICE, CONTRACT, CONTRACT + le32(0) + le64(10000), expect=expect("Success", kept(REENTRY_DENIED, b"")))
    return case


def kept(outcome, data):
    return le32(0, outcome, len(data)) + data[:16].ljust(16, b"\0")


def return_data_replaced():
    """Each call replaces the return data of the frame, a refused or failing one empties it; a callee has its own."""
    speaker, trap = OTHER, THIRD

    def after(call_to, at):
        return [
            host("call", call_to, 32, 0, 0, 0, ALL_FUEL if call_to == 0 else 5000, 0),
            "drop",
            store32(at, host("return_data", 0, 0)),
        ]

    code = paged(
        after(0, 128),
        after(32, 132),
        after(0, 136),
        after(64, 140),
        output(128, 16),
        data=[(0, speaker + trap + CONTRACT)],
    )
    case = Small(
        "abi/return-data-replaced",
        ["Lengths of the return data after a speaker (5), a trap (0), the speaker again (5), a refused call (0)."],
        ["ABI-10"],
    ).with_contract(code)
    case.with_contract(paged(store32(0, host("return_data", 0, 0)), output(0, 5)), at=speaker, name="speaker")
    case.with_contract(bare("unreachable"), at=trap, name="trap")
    return case.call(ALICE, CONTRACT, expect=expect("Success", le32(5, 0, 5, 0)))


def capacity_case(name, note, clauses, call, result, found, count, **step):
    """A capacity below the length: result and the bytes, with what stands behind them left as it was."""
    code = paged(c(64), c(0xEE), c(16), ("memory.fill",), store32(60, call), output(60, 20), data=step.pop("data", ()))
    case = Small(name, note, clauses)
    case.with_contract(code, storage=step.pop("storage", None))
    shown = le32(result) + found + b"\xee" * (16 - len(found))
    case.call(ALICE, CONTRACT, expect=expect("Success", shown), **step)
    lines = (
        TX,
        *BARE,
        *PAGE,
        "40  instantiation_import 2 * 20",
        *count,
        "13  three constants, fill 10",
        "1  fill ceil(16 / 32)",
        "1  constant of the store",
        "2  store",
        "2  two constants",
        "38  output 5 + 30 + ceil(20 / 8)",
    )
    return case.counted(*lines)


def small_capacities():
    """Output ranges that are too small, one case for each function that has one."""
    answer, abc = ["ABI-4", "ABI-8"], [(0, b"abc")]
    segment = ("20  instantiation_data_segment 1 * 20", "1  instantiation_data_byte 1", "1  i32.const of the offset")
    stored_pairs = {b"abc": b"long value", b"abd": b""}

    def context(name, value, title):
        return capacity_case(
            f"abi/small-capacity-{title}",
            [f"{name} with a capacity of 5: the full length, 5 bytes."],
            answer,
            host(name, 64, 5),
            32,
            value[:5],
            (entry(3, 1), f"38  two constants, {name} 5 + 30 + ceil(5 / 8)"),
        )

    def hashed(name, digest):
        return capacity_case(
            f"abi/small-capacity-{name.replace('_', '-')}",
            [f"{name} of abc with a capacity of 5: the amount counts 3 + 5 bytes."],
            answer,
            host(name, 0, 3, 64, 5),
            32,
            bytes.fromhex(digest),
            (*segment, entry(5, 2), f"349  four constants, {name} 5 + 300 + (3 + 5) * 5"),
            data=abc,
        )

    yield context("self_address", CONTRACT, "self-address")
    yield context("caller", ALICE, "caller")
    yield context("origin", ALICE, "origin")
    yield capacity_case(
        "abi/small-capacity-none",
        ["A capacity of 0 asks for the length only."],
        answer,
        host("caller", 64, 0),
        32,
        b"",
        (entry(3, 1), "37  two constants, caller 5 + 30 + 0"),
    )
    yield capacity_case(
        "abi/small-capacity-block-hash",
        ["block_hash with a capacity of 5."],
        [*answer, "ABI-12"],
        host("block_hash", 99, 64, 5),
        32,
        b"\x11" * 5,
        (entry(4, 1), "39  three constants, block_hash 5 + 30 + ceil(5 / 8)"),
        env={"block_hashes": {"99": "0x" + "11" * 32}},
    )
    yield capacity_case(
        "abi/small-capacity-storage-read",
        ["storage_read with a capacity of 4: the amount counts the value's full 10 bytes."],
        answer,
        host("storage_read", 0, 3, 64, 4),
        10,
        b"long",
        (*segment, entry(5, 2), "1022  four constants, storage_read 5 + 1000 + 3 + 10"),
        data=abc,
        storage=stored_pairs,
    )
    yield capacity_case(
        "abi/small-capacity-storage-next",
        ["storage_next with a capacity of 2: the amount counts the key's full 3 bytes."],
        answer,
        host("storage_next", 0, 3, 64, 2),
        3,
        b"ab",
        (*segment, entry(5, 2), "1015  four constants, storage_next 5 + 1000 + 3 + 3"),
        data=abc,
        storage=stored_pairs,
    )
    yield capacity_case(
        "abi/small-capacity-storage-previous",
        ["storage_previous of nothing with a capacity of 2: the last key."],
        answer,
        host("storage_previous", 0, 0, 64, 2),
        3,
        b"ab",
        (*segment, entry(5, 2), "1012  four constants, storage_previous 5 + 1000 + 0 + 3"),
        data=abc,
        storage=stored_pairs,
    )
    yield hashed("sha256", "ba7816bf8f")
    yield hashed("keccak256", "4e03657aea")
    yield hashed("blake2b_256", "bddd813c63")


def small_capacity_transient():
    """transient_read's amount counts the bytes written, not the full length (ABI-8)."""
    code = paged(
        host("transient_write", 0, 1, 1, 10),
        store32(60, host("transient_read", 0, 1, 64, 4)),
        output(60, 12),
        data=[(0, b"klong value")],
    )
    return single(
        "abi/small-capacity-transient-read",
        ["transient_read with a capacity of 4: the amount counts 1 + 4 bytes, unlike storage_read's."],
        ["ABI-4", "ABI-8"],
        code,
        expect("Success", le32(10) + b"long" + bytes(4)),
        (
            TX,
            *BARE,
            *PAGE,
            "60  instantiation_import 3 * 20",
            "20  instantiation_data_segment 1 * 20",
            "2  instantiation_data_byte ceil(11 / 8)",
            "1  i32.const of the offset",
            entry(5, 2),
            "4  four constants",
            "211  transient_write 5 + 200 + ceil(11 / 2)",
            "5  five constants",
            "208  transient_read 5 + 200 + ceil(5 / 2)",
            "2  store",
            "2  two constants",
            "37  output 5 + 30 + ceil(12 / 8)",
        ),
    )


NUMBERS = ["value", "block_height", "block_time", "chain_id", "call_depth", "is_static", "schedule_id"]


def context():
    """Every number of the context, in a transaction's own frame."""
    stores = []
    for index, name in enumerate(NUMBERS):
        wide = HOST_TYPES[name][1] == "I"
        stores.append(store64(index * 8, host(name)) if wide else store32(index * 8, host(name)))
    case = Small(
        "abi/context-numbers",
        ["value, block_height, block_time, chain_id, call_depth, is_static, schedule_id, eight bytes each."],
        ["ABI-11", "ABI-12"],
    )
    case.with_contract(paged(stores, output(0, 56))).account(ALICE, 1000)
    lines = (
        TX,
        *BARE,
        *PAGE,
        "160  instantiation_import 8 * 20",
        entry(2, 1),
        "266  seven times constant, a context function 5 + 30, store 2",
        "2  two constants",
        "42  output 5 + 30 + 56 / 8",
    )
    case.call(ALICE, CONTRACT, expect=expect("Success", le64(0, 100, 1700000000, 1, 0, 0, 1))).counted(*lines)
    great = (1 << 64) - 1
    case.call(
        ALICE,
        CONTRACT,
        env={"height": str(great), "time": str(great - 1), "chain_id": str(great - 2)},
        expect=expect("Success", le64(0, great, great - 1, great - 2, 0, 0, 1)),
    )
    return case.counted("All 64 bits:", *lines)


# Puts out self, caller, origin, value (8), call_depth (4), is_static (4).
WITNESS = paged(
    host("self_address", 0, 32),
    "drop",
    host("caller", 32, 32),
    "drop",
    host("origin", 64, 32),
    "drop",
    store64(96, host("value")),
    store32(104, host("call_depth")),
    store32(108, host("is_static")),
    output(0, 112),
)


def seen(self_address, caller, origin, value, depth, static):
    return self_address + caller + origin + le64(value) + le32(depth, static)


def context_of_calls():
    """What the frame of each kind of call sees."""
    witness = OTHER
    case = Small(
        "abi/context-of-calls",
        [
            (
                "A witness puts out self, caller, origin, value, depth and static: called by the transaction, then"
                " through a router by a plain,"
            ),
            (
                "a static and a delegate call, and through two routers by delegate calls, then by a plain one from"
                " inside a delegate frame."
            ),
        ],
        ["ABI-11", "ABI-33", "ABI-34"],
    )
    case.with_contract(WITNESS, at=witness, name="witness").with_contract(ROUTER, name="router").account(
        THIRD, 0, "router"
    )
    ok = le32(SUCCESS)
    case.call(ALICE, witness, expect=expect("Success", seen(witness, ALICE, ALICE, 0, 0, 0)))
    routes = [
        ([hop(witness)], seen(witness, CONTRACT, ALICE, 0, 1, 0)),
        ([hop(witness, STATIC)], seen(witness, CONTRACT, ALICE, 0, 1, 1)),
        ([hop(witness, DELEGATE)], seen(CONTRACT, ALICE, ALICE, 0, 1, 0)),
        ([hop(witness, STATIC | DELEGATE)], seen(CONTRACT, ALICE, ALICE, 0, 1, 1)),
        ([hop(THIRD, DELEGATE), hop(witness, DELEGATE)], seen(CONTRACT, ALICE, ALICE, 0, 2, 0)),
        ([hop(THIRD, DELEGATE), hop(witness)], seen(witness, CONTRACT, ALICE, 0, 2, 0)),
        ([hop(THIRD), hop(witness, DELEGATE)], seen(THIRD, CONTRACT, ALICE, 0, 2, 0)),
        ([hop(THIRD, STATIC), hop(witness)], seen(witness, THIRD, ALICE, 0, 2, 1)),
        ([hop(THIRD, STATIC), hop(witness, DELEGATE)], seen(THIRD, CONTRACT, ALICE, 0, 2, 1)),
    ]
    for hops, wanted in routes:
        case.call(ALICE, CONTRACT, b"".join(hops), expect=expect("Success", ok * len(hops) + wanted))
    return case


def delegate_keeps_value():
    """In a delegate frame, `value` is that of the delegating frame, and no value moves."""
    case = Small(
        "abi/delegate-keeps-value",
        ["A router called with 7 delegates to a witness, which sees the 7 too."],
        ["ABI-11", "ABI-34"],
    )
    case.with_contract(WITNESS, at=OTHER, name="witness").with_contract(ROUTER, name="router").account(ALICE, 10)
    return case.call(
        ALICE,
        CONTRACT,
        hop(OTHER, DELEGATE),
        value=7,
        expect=expect(
            "Success",
            le32(SUCCESS) + seen(CONTRACT, ALICE, ALICE, 7, 1, 0),
            writes=[account_is(ALICE, 3), account_is(CONTRACT, 7, ROUTER)],
        ),
    )


def block_hashes():
    """The 256 heights before the block's own that the node provides (ABI-12)."""
    code = paged(
        host("input", 0, 8), "drop", store32(8, host("block_hash", [c(0), ("i64.load",)], 12, 32)), output(8, 36)
    )
    case = Small(
        "abi/block-hash",
        ["At height 300 the node provides 43, 44, 299, 300 and 301: 44 to 299 can be asked for."],
        ["ABI-12", "ABI-4"],
    )
    case.with_contract(code)
    env = {
        "height": "300",
        "block_hashes": {str(height): "0x" + f"{height % 256:02x}" * 32 for height in (43, 44, 299, 300, 301)},
    }
    shell = (
        "5005  transaction 5000 + 40 / 8",
        *BARE,
        *PAGE,
        "60  instantiation_import 3 * 20",
        entry(4, 1),
        "39  two constants, input 5 + 30 + 8 / 8, drop",
        "6  four constants, load 2",
    )
    tail = ("2  store", "2  two constants", "40  output 5 + 30 + ceil(36 / 8)")
    for height in (43, 44, 45, 298, 299, 300, 301, (1 << 64) - 1):
        found = height in (44, 299)
        answer = le32(32) + bytes([height % 256]) * 32 if found else le32(-1) + bytes(32)
        case.call(ALICE, CONTRACT, le64(height), env=env, expect=expect("Success", answer)).note.append(
            f"height {height}:"
        )
        case.counted(
            *shell,
            "39  block_hash 5 + 30 + 32 / 8" if found else "35  block_hash 5 + 30: NOT_FOUND writes nothing",
            *tail,
        )
    return case


def balances():
    code = paged(host("input", 0, 32), "drop", store64(32, host("balance", 0, 32)), output(32, 8))
    case = Small(
        "abi/balance",
        ["The balance of an account, of one with all 64 bits, of itself, and of none."],
        ["ABI-11", "ABI-8"],
    )
    great = (1 << 64) - 1
    case.with_contract(code, balance=5).account(ALICE, 17).account(BOB, great)
    lines = (
        "5008  transaction 5000 + 64 / 8",
        *BARE,
        *PAGE,
        "60  instantiation_import 3 * 20",
        entry(3, 1),
        "42  two constants, input 5 + 30 + 32 / 8, drop",
        "3  three constants",
        "39  balance 5 + 30 + 32 / 8",
        "2  store",
        "2  two constants",
        "36  output 5 + 30 + 8 / 8",
    )
    for at, balance in ((ALICE, 17), (BOB, great), (CONTRACT, 5), (OTHER, 0)):
        case.call(ALICE, CONTRACT, at, expect=expect("Success", le64(balance))).counted(*lines)
    return case


def cases():
    return [
        revert_with_data(),
        revert_without_data(),
        abort(),
        output_replaced(),
        input_echo(),
        return_data(),
        return_data_replaced(),
        *small_capacities(),
        small_capacity_transient(),
        context(),
        context_of_calls(),
        delegate_keeps_value(),
        block_hashes(),
        balances(),
    ]
