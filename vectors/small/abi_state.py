"""Suite `abi`, state: storage and its order, transient storage, events, and what reverts take back."""

from small.common import (
    ALICE,
    ALL_FUEL,
    ALLOW_REENTRY,
    BARE,
    CONTRACT,
    DELEGATE,
    OTHER,
    PAGE,
    REVERT,
    ROUTER,
    STATIC,
    STATIC_VIOLATION,
    SUCCESS,
    THIRD,
    TX,
    UNREACHABLE,
    Small,
    c,
    entry,
    event,
    expect,
    hop,
    host,
    key_gone,
    le32,
    output,
    paged,
    single,
    store32,
    stored,
)

SEGMENT = "20  instantiation_data_segment 1 * 20"
OFFSET = "1  i32.const of the offset"


def storage_life():
    """Write, has, read, overwrite, remove: what each answers."""
    body = [
        store32(64, host("storage_has", 0, 1)),
        host("storage_write", 0, 1, 1, 3),
        store32(68, host("storage_has", 0, 1)),
        store32(72, host("storage_read", 0, 1, 76, 4)),
        host("storage_write", 0, 1, 4, 2),
        store32(80, host("storage_read", 0, 1, 84, 4)),
        store32(88, host("storage_remove", 0, 1)),
        store32(92, host("storage_remove", 0, 1)),
        store32(96, host("storage_read", 0, 1, 100, 4)),
        output(64, 40),
    ]
    shown = le32(0, 1, 3) + b"old\0" + le32(2) + b"ne\0\0" + le32(1, 0, -1) + bytes(4)
    return single(
        "abi/storage-life",
        ["has, write, has, read, overwrite, read, remove, remove, read: nothing is left, so nothing is written."],
        ["ABI-20", "ABI-4", "ABI-61"],
        paged(*body, data=[(0, b"koldne")]),
        expect("Success", shown),
        (
            TX,
            *BARE,
            *PAGE,
            "100  instantiation_import 5 * 20",
            SEGMENT,
            "1  instantiation_data_byte ceil(6 / 8)",
            OFFSET,
            entry(5, 2),
            "1011  three constants, storage_has 5 + 1000 + 1, store 2",
            "5049  four constants, storage_write 5 + 5000 + 4 * 10",
            "1011  three constants, storage_has, store 2",
            "1016  five constants, storage_read 5 + 1000 + 1 + 3, store 2",
            "5039  four constants, storage_write 5 + 5000 + 3 * 10",
            "1015  five constants, storage_read 5 + 1000 + 1 + 2, store 2",
            "5020  three constants, storage_remove 5 + 5000 + 10, store 2",
            "5020  the same",
            "1013  five constants, storage_read 5 + 1000 + 1, store 2",
            "2  two constants",
            "40  output 5 + 30 + 40 / 8",
        ),
    )


def storage_writes():
    """Which entries differ, and in which order they stand: by address, then by key."""
    keys = {b"a": b"1", b"ab": b"2", b"b": b"3", b"same": b"x"}
    body = [
        host("storage_write", 0, 1, 32, 1),
        host("storage_write", 4, 2, 36, 0),
        host("storage_remove", 8, 1),
        "drop",
        host("storage_write", 12, 4, 44, 1),
        host("storage_write", 16, 3, 48, 2),
        host("storage_remove", 16, 3),
        "drop",
        host("storage_write", 20, 1, 52, 1),
    ]
    data = [(0, b"a\0\0\0ab\0\0b\0\0\0samenew\0\xff\0\0\0"), (32, b"A\0\0\0\0\0\0\0\0\0\0\0x\0\0\0nn\0\0z")]
    case = Small(
        "abi/storage-writes",
        [
            "a changes, ab becomes empty (which is not gone), b is removed, same is written as it was, new comes and"
            " goes, and 0xff is new."
        ],
        ["ABI-20", "ABI-61"],
    )
    case.with_contract(paged(*body, data=data), storage=keys)
    return case.call(
        ALICE,
        CONTRACT,
        expect=expect(
            writes=[
                stored(CONTRACT, b"a", b"A"),
                stored(CONTRACT, b"ab", b""),
                key_gone(CONTRACT, b"b"),
                stored(CONTRACT, b"\xff", b"z"),
            ]
        ),
    )


# Input: 0 for storage_next or 1 for storage_previous, then a key. Puts out the result and the key found.
ITERATOR = paged(
    host("input", 0, 300),
    c(1),
    "i32.sub",
    ("local.set", 0),
    c(0),
    ("i32.load8_u",),
    ("if", "", "i"),
    host("storage_previous", 1, [("local.get", 0)], 512, 256),
    "else",
    host("storage_next", 1, [("local.get", 0)], 512, 256),
    "end",
    ("local.set", 0),
    c(508),
    ("local.get", 0),
    ("i32.store",),
    output(508, [("local.get", 0), c(4), "i32.add", c(4), ("local.get", 0), c(0), "i32.ge_s", "select"]),
    locals_="i",
)


def storage_order():
    """Byte order: bytes unsigned, a prefix before its extensions; the empty key asks for the ends."""
    keys = [b"\x00", b"a", b"ab", b"ab\x00", b"abc", b"b", b"\x7f", b"\x80", b"\xff", b"\xff\xff"]
    case = Small(
        "abi/storage-order",
        ["A walk through all keys upward and downward, beginning with the empty key, then keys that are not there."],
        ["ABI-20", "ABI-4"],
    )
    case.with_contract(ITERATOR, storage={key: b"v" for key in keys})
    upward = list(zip([b"", *keys], [*keys, None]))
    downward = list(zip([b"", *reversed(keys)], [*reversed(keys), None]))
    between_up = [(b"aa", b"ab"), (b"\x00\x00", b"a"), (b"abcd", b"b"), (b"\x81", b"\xff"), (b"\xff" * 256, None)]
    between_down = [
        (b"aa", b"a"),
        (b"abb", b"ab\x00"),
        (b"ab\x00\x00", b"ab\x00"),
        (b"\x81", b"\x80"),
        (b"\xff" * 256, b"\xff\xff"),
    ]
    for direction, pairs in ((0, upward + between_up), (1, downward + between_down)):
        for key, found in pairs:
            shown = le32(-1) if found is None else le32(len(found)) + found
            case.call(ALICE, CONTRACT, bytes([direction]) + key, expect=expect("Success", shown))
    return case


def storage_order_of_empty():
    """An empty map has no ends."""
    code = paged(
        store32(0, host("storage_next", 0, 0, 16, 4)), store32(4, host("storage_previous", 0, 0, 16, 4)), output(0, 8)
    )
    return single(
        "abi/storage-order-empty",
        ["The empty key in an empty map: NOT_FOUND both ways."],
        ["ABI-20"],
        code,
        expect("Success", le32(-1, -1)),
        (
            TX,
            *BARE,
            *PAGE,
            "60  instantiation_import 3 * 20",
            entry(5, 2),
            "1012  five constants, storage_next 5 + 1000 + 0, store 2",
            "1012  five constants, storage_previous 5 + 1000 + 0, store 2",
            "2  two constants",
            "36  output 5 + 30 + 8 / 8",
        ),
    )


def storage_order_sees_writes():
    """Iteration sees what this transaction wrote and removed."""
    body = [
        host("storage_write", 0, 1, 0, 1),
        host("storage_remove", 1, 1),
        "drop",
        store32(64, host("storage_next", 0, 0, 68, 4)),
        store32(72, host("storage_next", 0, 1, 76, 4)),
        store32(80, host("storage_previous", 0, 0, 84, 4)),
        output(64, 24),
    ]
    return (
        Small(
            "abi/storage-order-sees-writes",
            ["b is written and c removed: behind the start stands b, behind b d; the last is d."],
            ["ABI-20"],
        )
        .with_contract(paged(*body, data=[(0, b"bc")]), storage={b"c": b"", b"d": b""})
        .call(
            ALICE,
            CONTRACT,
            expect=expect(
                "Success",
                le32(1) + b"b\0\0\0" + le32(1) + b"d\0\0\0" + le32(1) + b"d\0\0\0",
                writes=[stored(CONTRACT, b"b", b"b"), key_gone(CONTRACT, b"c")],
            ),
        )
    )


def storage_of_each_address():
    """Each address has its own storage, and a DELEGATE frame uses that of its caller."""
    writer = paged(host("storage_write", 0, 1, 1, 1), data=[(0, b"kv")])
    case = Small(
        "abi/storage-of-each-address",
        ["A writer called through a router writes in its own storage; delegated to, in the router's."],
        ["ABI-20", "ABI-11", "ABI-34"],
    )
    case.with_contract(writer, at=OTHER, name="writer").with_contract(ROUTER, name="router")
    case.call(ALICE, CONTRACT, hop(OTHER), expect=expect("Success", le32(SUCCESS), writes=[stored(OTHER, b"k", b"v")]))
    return case.call(
        ALICE,
        CONTRACT,
        hop(OTHER, DELEGATE),
        expect=expect("Success", le32(SUCCESS), writes=[stored(CONTRACT, b"k", b"v")]),
    )


def transient_life():
    """Empty at the start, gone at the end, an empty value removes."""
    body = [
        store32(64, host("transient_read", 0, 1, 68, 4)),
        host("transient_write", 0, 1, 1, 2),
        store32(72, host("transient_read", 0, 1, 76, 4)),
        host("transient_write", 0, 1, 3, 2),
        store32(80, host("transient_read", 0, 1, 84, 4)),
        host("transient_write", 0, 1, 0, 0),
        store32(88, host("transient_read", 0, 1, 92, 4)),
        host("transient_write", 0, 1, 1, 2),
        output(64, 32),
    ]
    case = Small(
        "abi/transient-life",
        ["read, write, read, overwrite, read, write nothing, read; a second transaction begins anew."],
        ["ABI-22"],
    )
    case.with_contract(paged(*body, data=[(0, b"kabcd")]))
    lines = (
        TX,
        *BARE,
        *PAGE,
        "60  instantiation_import 3 * 20",
        SEGMENT,
        "1  instantiation_data_byte ceil(5 / 8)",
        OFFSET,
        entry(5, 2),
        "213  five constants, transient_read 5 + 200 + ceil(1 / 2), store 2",
        "211  four constants, transient_write 5 + 200 + ceil(3 / 2)",
        "214  five constants, transient_read 5 + 200 + ceil(3 / 2), store 2",
        "211  four constants, transient_write",
        "214  five constants, transient_read, store 2",
        "210  four constants, transient_write 5 + 200 + ceil(1 / 2)",
        "213  five constants, transient_read 5 + 200 + ceil(1 / 2), store 2",
        "211  four constants, transient_write",
        "2  two constants",
        "39  output 5 + 30 + 32 / 8",
    )
    for _ in range(2):
        case.call(
            ALICE, CONTRACT, expect=expect("Success", le32(-1, 0, 2) + b"ab\0\0" + le32(2) + b"cd\0\0" + le32(-1, 0))
        ).counted(*lines)
    return case


def transient_reverts():
    """A failing callee's transient writes are undone; those of a good one stay for the rest of the transaction."""
    good = paged(host("transient_write", 0, 1, 1, 2), data=[(0, b"kok")])
    bad = paged(host("transient_write", 0, 1, 1, 2), host("revert", 0, 0), data=[(0, b"kno")])
    body = [
        host("transient_write", 64, 1, 65, 2),
        *taken(0, DELEGATE),
        *seen_at(128),
        *taken(32, DELEGATE),
        *seen_at(136),
        output(128, 16),
    ]
    case = Small(
        "abi/transient-reverts",
        ["Writes my, delegates to a code that writes no and reverts, reads; then to one that writes ok, reads."],
        ["ABI-22"],
    )
    case.with_contract(paged(*body, data=[(0, OTHER + THIRD + b"kmy")]))
    case.with_contract(bad, at=OTHER, name="bad").with_contract(good, at=THIRD, name="good")
    return case.call(ALICE, CONTRACT, expect=expect("Success", le32(2) + b"my\0\0" + le32(2) + b"ok\0\0"))


def taken(pointer, flags=0):
    return [host("call", pointer, 32, 0, 0, 0, ALL_FUEL, flags), "drop"]


def seen_at(at):
    return [store32(at, host("transient_read", 64, 1, at + 4, 4))]


def transient_of_each_address():
    writer = paged(host("transient_write", 0, 1, 1, 2), data=[(0, b"kok")])
    body = [*taken(0), *seen_at(128), *taken(0, DELEGATE), *seen_at(136), output(128, 16)]
    case = Small(
        "abi/transient-of-each-address",
        ["A callee's transient storage is its own, a delegate's the caller's."],
        ["ABI-22", "ABI-34"],
    )
    case.with_contract(paged(*body, data=[(0, OTHER), (64, b"k")])).with_contract(writer, at=OTHER, name="writer")
    return case.call(ALICE, CONTRACT, expect=expect("Success", le32(-1, 0, 2) + b"ok\0\0"))


def emitter(topic, data, *end):
    return paged(host("event", 0, len(topic), 32, len(data)), *end, data=[(0, topic), (32, data)])


def events():
    """Order of emission over contracts; those of failed calls are dropped."""
    body = [
        host("event", 128, 5, 133, 0),
        *taken(0),
        *taken(32),
        *taken(64),
        *taken(32, DELEGATE),
        host("event", 133, 4, 128, 9),
        output(0, 0),
    ]
    case = Small(
        "abi/events",
        [
            "An event, a callee that emits and reverts, one that emits, one that emits and traps, the second again by"
            " delegation, an event."
        ],
        ["ABI-23", "ABI-51"],
    )
    fourth = b"fourth".ljust(32, b"\0")
    case.with_contract(paged(*body, data=[(0, OTHER + THIRD + fourth), (128, b"firstlast")]))
    case.with_contract(emitter(b"lost", b"reverted", host("revert", 0, 0)), at=OTHER, name="reverts")
    case.with_contract(emitter(b"kept", b"data"), at=THIRD, name="emits")
    case.with_contract(emitter(b"lost", b"trapped", "unreachable"), at=fourth, name="traps")
    return case.call(
        ALICE,
        CONTRACT,
        expect=expect(
            events=[
                event(CONTRACT, b"first"),
                event(THIRD, b"kept", b"data"),
                event(CONTRACT, b"kept", b"data"),
                event(CONTRACT, b"last", b"firstlast"),
            ]
        ),
    )


def nested_reverts():
    """Three deep, with a revert in the middle: the innermost call succeeded and is undone all the same."""
    case = Small(
        "abi/nested-revert-in-the-middle",
        [
            (
                "The first writes and calls the second, which writes and calls the third, which writes, emits and"
                " succeeds; the second sees that and"
            ),
            "reverts with the outcome it saw; the first goes on, writes the outcome of its call, and succeeds.",
        ],
        ["ABI-31", "ABI-51", "ABI-23", "ABI-10"],
    )
    third = paged(host("storage_write", 0, 1, 1, 1), host("event", 0, 1, 1, 1), data=[(0, b"c3")])
    second = paged(
        host("storage_write", 32, 1, 33, 1),
        store32(64, host("call", 0, 32, 0, 0, 0, ALL_FUEL, 0)),
        host("revert", 64, 4),
        data=[(0, THIRD + b"b2")],
    )
    first = paged(
        host("storage_write", 32, 1, 33, 1),
        store32(64, host("call", 0, 32, 0, 0, 0, ALL_FUEL, 0)),
        host("storage_write", 34, 1, 64, 1),
        host("return_data", 68, 4),
        "drop",
        output(64, 8),
        data=[(0, OTHER + b"a1r")],
    )
    case.with_contract(first).with_contract(second, at=OTHER, name="second").with_contract(
        third, at=THIRD, name="third"
    )
    case.call(
        ALICE,
        CONTRACT,
        expect=expect(
            "Success", le32(REVERT, SUCCESS), writes=[stored(CONTRACT, b"a", b"1"), stored(CONTRACT, b"r", b"\1")]
        ),
    )
    shell = "20  instantiation_data_segment 1 * 20"
    return case.counted(
        TX,
        *BARE,
        *PAGE,
        "80  instantiation_import 4 * 20",
        shell,
        "5  instantiation_data_byte ceil(35 / 8)",
        OFFSET,
        entry(8, 2),
        "5029  four constants, storage_write 5 + 5000 + 2 * 10",
        "5017  eight constants, call 5 + 5000 + 4",
        "3620  second: instantiation 2000 + 5 + 5 + 500 + 1024, imports 60, data 20 + ceil(34 / 8) + 1",
        "7  second: entry of 8 words",
        "5029  second: four constants, storage_write",
        "5017  second: eight constants, call",
        "3596  third: instantiation 2000 + 5 + 5 + 500 + 1024, imports 40, data 20 + 1 + 1",
        "6  third: entry of 4 words",
        "5029  third: four constants, storage_write",
        "517  third: four constants, event 5 + 500 + 2 * 4",
        "2  second: store",
        "38  second: two constants, revert 5 + 30 + 1",
        "2  store",
        "5029  four constants, storage_write 5 + 5000 + 2 * 10",
        "39  two constants, return_data 5 + 30 + ceil(4 / 8), drop",
        "38  two constants, output 5 + 30 + 8 / 8"
    )


def failed_callee_undone():
    """A trap and an exhaustion undo like a revert, and cost what was used."""
    case = Small(
        "abi/failed-callee-undone",
        ["A callee that writes and traps: the write is gone, the fuel is used, the caller goes on."],
        ["ABI-31", "ABI-37"],
    )
    case.with_contract(ROUTER, name="router")
    case.with_contract(paged(host("storage_write", 0, 1, 0, 1), "unreachable"), at=OTHER, name="trap")
    return case.call(ALICE, CONTRACT, hop(OTHER), expect=expect("Success", le32(UNREACHABLE)))


def static_is_inherited():
    """A callee of a static frame is static whatever the flags (ABI-33)."""
    case = Small(
        "abi/static-is-inherited",
        [
            "Through a static frame to a writer: plainly, by delegation, with re-entry allowed, two frames down; each"
            " time the writer traps."
        ],
        ["ABI-33", "ABI-21", "ABI-37"],
    )
    case.with_contract(ROUTER, name="router").account(THIRD, 0, "router")
    case.with_contract(paged(host("storage_write", 0, 1, 0, 1)), at=OTHER, name="writer")
    routes = [
        [hop(OTHER, STATIC)],
        [hop(THIRD, STATIC), hop(OTHER)],
        [hop(THIRD, STATIC), hop(OTHER, DELEGATE)],
        [hop(THIRD, STATIC | DELEGATE), hop(OTHER, ALLOW_REENTRY)],
        [hop(OTHER, STATIC | DELEGATE)],
    ]
    for hops in routes:
        shown = le32(*[SUCCESS] * (len(hops) - 1), STATIC_VIOLATION)
        case.call(ALICE, CONTRACT, b"".join(hops), expect=expect("Success", shown))
    return case


def cases():
    return [
        storage_life(),
        storage_writes(),
        storage_order(),
        storage_order_of_empty(),
        storage_order_sees_writes(),
        storage_of_each_address(),
        transient_life(),
        transient_reverts(),
        transient_of_each_address(),
        events(),
        nested_reverts(),
        failed_callee_undone(),
        static_is_inherited(),
    ]
