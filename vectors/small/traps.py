"""Suite `traps`: every trap of the instructions of WebAssembly 2.0 without vectors, with its fuel counted by hand."""

import struct

from assemble import Module
from small.common import (
    ALICE,
    BARE,
    CONTRACT,
    PAGE,
    TX,
    Small,
    bare,
    c,
    contract,
    entry,
    expect,
    paged,
    single,
    variants,
)

NAN32, NAN64 = struct.pack("<I", 0x7FC00000), struct.pack("<Q", 0x7FF8000000000000)
INFINITE = float("inf")


def i64(number):
    return ("i64.const", number)


def f32(number):
    return ("f32.const", number)


def f64(number):
    return ("f64.const", number)


def arithmetic(title, status, instructions, lines):
    """One row: an operator on constants whose result is dropped."""
    return title, bare(*instructions, "drop"), expect(status), (TX, *BARE, *lines)


def divisions(name, status, note, rows):
    lines = (entry(2, 1), "2  two constants", "8  base(int_divide), charged before the trap")
    return variants(
        name,
        note,
        ["MET-12", "MET-5"],
        [arithmetic(title, status, instructions, lines) for title, instructions in rows],
    )


def conversions(name, status, note, rows):
    lines = (entry(1, 1), "1  constant", "3  base(float_convert), charged before the trap")
    return variants(
        name,
        note,
        ["MET-12", "MET-5"],
        [arithmetic(title, status, instructions, lines) for title, instructions in rows],
    )


def unreachable():
    return single(
        "traps/unreachable",
        ["The shortest trap."],
        ["MET-12"],
        bare("unreachable"),
        expect("Unreachable"),
        (TX, *BARE, entry(0, 0), "1  unreachable"),
    )


def divide_by_zero():
    return divisions(
        "traps/integer-divide-by-zero",
        "IntegerDivideByZero",
        ["Zero is found before overflow."],
        [
            ("div-s-32", [c(1), c(0), "i32.div_s"]),
            ("div-u-32", [c(1), c(0), "i32.div_u"]),
            ("rem-s-32", [c(1), c(0), "i32.rem_s"]),
            ("rem-u-32", [c(1), c(0), "i32.rem_u"]),
            ("div-s-64", [i64(1 << 63), i64(0), "i64.div_s"]),
            ("div-u-64", [i64(1), i64(0), "i64.div_u"]),
            ("rem-s-64", [i64(1), i64(0), "i64.rem_s"]),
            ("rem-u-64", [i64(1), i64(0), "i64.rem_u"]),
        ],
    )


def overflow_by_division():
    return divisions(
        "traps/integer-overflow-division",
        "IntegerOverflow",
        ["The least number divided by -1."],
        [
            ("div-s-32", [c(1 << 31), c(-1), "i32.div_s"]),
            ("div-s-64", [i64(1 << 63), i64(-1), "i64.div_s"]),
        ],
    )


def remainder_of_the_least():
    lines = (TX, *BARE, entry(2, 1), "2  two constants", "8  base(int_divide)", "1  drop")
    return variants(
        "traps/no-trap-remainder-of-the-least",
        ["The remainder of the least number and -1 is 0, no trap."],
        ["MET-2"],
        [
            ("rem-s-32", bare(c(1 << 31), c(-1), "i32.rem_s", "drop"), expect(), lines),
            ("rem-s-64", bare(i64(1 << 63), i64(-1), "i64.rem_s", "drop"), expect(), lines),
        ],
    )


def overflow_by_truncation():
    return conversions(
        "traps/integer-overflow-truncation",
        "IntegerOverflow",
        ["The first float beyond the range, at either end, and infinity."],
        [
            ("s-32-of-f-32-above", [f32(2147483648.0), "i32.trunc_f32_s"]),
            ("s-32-of-f-32-below", [f32(-2147483904.0), "i32.trunc_f32_s"]),
            ("u-32-of-f-32-above", [f32(4294967296.0), "i32.trunc_f32_u"]),
            ("s-32-of-f-64-above", [f64(2147483648.0), "i32.trunc_f64_s"]),
            ("s-32-of-f-64-below", [f64(-2147483649.0), "i32.trunc_f64_s"]),
            ("u-32-of-f-64-below", [f64(-1.0), "i32.trunc_f64_u"]),
            ("s-64-of-f-32-above", [f32(9223372036854775808.0), "i64.trunc_f32_s"]),
            ("u-64-of-f-32-infinity", [f32(INFINITE), "i64.trunc_f32_u"]),
            ("s-64-of-f-64-infinity", [f64(-INFINITE), "i64.trunc_f64_s"]),
            ("u-64-of-f-64-above", [f64(18446744073709551616.0), "i64.trunc_f64_u"]),
        ],
    )


def invalid_conversion():
    return conversions(
        "traps/invalid-conversion-to-integer",
        "InvalidConversionToInteger",
        ["NaN to every integer."],
        [
            ("s-32-of-f-32", [("f32.const", NAN32), "i32.trunc_f32_s"]),
            ("u-32-of-f-32", [("f32.const", NAN32), "i32.trunc_f32_u"]),
            ("s-32-of-f-64", [("f64.const", NAN64), "i32.trunc_f64_s"]),
            ("u-32-of-f-64", [("f64.const", NAN64), "i32.trunc_f64_u"]),
            ("s-64-of-f-32", [("f32.const", NAN32), "i64.trunc_f32_s"]),
            ("u-64-of-f-32", [("f32.const", NAN32), "i64.trunc_f32_u"]),
            ("s-64-of-f-64", [("f64.const", NAN64), "i64.trunc_f64_s"]),
            ("u-64-of-f-64", [("f64.const", NAN64), "i64.trunc_f64_u"]),
        ],
    )


def saturating_conversion():
    lines = (TX, *BARE, entry(1, 1), "1  constant", "3  base(float_convert)", "1  drop")
    return variants(
        "traps/no-trap-saturating-conversion",
        ["Saturating truncation never traps."],
        ["MET-2"],
        [
            ("nan", bare(("f64.const", NAN64), "i32.trunc_sat_f64_s", "drop"), expect(), lines),
            ("above", bare(f64(1e300), "i32.trunc_sat_f64_s", "drop"), expect(), lines),
        ],
    )


def memory_access():
    load = (TX, *BARE, *PAGE, entry(1, 1), "1  constant", "2  base(load), charged before the trap")
    store = (TX, *BARE, *PAGE, entry(2, 1), "2  two constants", "2  base(store), charged before the trap")
    trapped = expect("OutOfBoundsMemoryAccess")
    return variants(
        "traps/memory-access",
        ["Each by one byte beyond the one page of 65,536, or by an address that must not wrap."],
        ["MET-12"],
        [
            ("load-by-one", paged(c(65533), ("i32.load", 0), "drop"), trapped, load),
            ("load-by-offset", paged(c(65535), ("i32.load8_u", 1), "drop"), trapped, load),
            ("load-no-wrap", paged(c(-1), ("i32.load8_u", 0xFFFFFFFF), "drop"), trapped, load),
            ("load-no-wrap-to-zero", paged(c(-1), ("i32.load8_u", 1), "drop"), trapped, load),
            ("load-float", paged(c(65529), ("f64.load", 0), "drop"), trapped, load),
            ("store-by-one", paged(c(65533), c(0), ("i32.store", 0)), trapped, store),
            ("store-by-offset", paged(c(65528), ("i64.const", 0), ("i64.store", 1)), trapped, store),
            ("store-byte", paged(c(65536), c(0), ("i32.store8", 0)), trapped, store),
        ],
    )


def memory_access_at_the_end():
    return single(
        "traps/no-trap-last-bytes",
        ["The last bytes of a memory can be read and written."],
        ["MET-2"],
        paged(c(65532), ("i32.load", 0), "drop", c(65528), ("i64.const", 1), ("i64.store", 0)),
        expect(),
        (TX, *BARE, *PAGE, entry(2, 1), "4  constant, load 2, drop", "4  two constants, store 2"),
    )


def bulk(body, passive=b""):
    module = contract(*body, memory=1)
    if passive:
        module.segment(passive)
    return module.encode()


def memory_bulk():
    plain = (
        TX,
        *BARE,
        *PAGE,
        entry(3, 1),
        "3  three constants",
        "10  base(memory_bulk); work that is refused is not priced",
    )
    segment = (
        TX,
        *BARE,
        *PAGE,
        "20  instantiation_data_segment 1 * 20",
        entry(3, 1),
        "3  three constants",
        "10  base(memory_bulk)",
    )
    dropped = (*segment, "5  data.drop")
    trapped = expect("OutOfBoundsMemoryAccess")
    fill, copy, init = ("memory.fill",), ("memory.copy",), ("memory.init", 0)
    return variants(
        "traps/memory-bulk",
        ["A refusal costs the base, however long the range; a range of length 0 is tested too."],
        ["MET-5", "MET-6"],
        [
            ("fill-by-one", bulk([c(65535), c(0), c(2), fill]), trapped, plain),
            ("fill-huge", bulk([c(0), c(0), c(-1), fill]), trapped, plain),
            ("fill-none-beyond", bulk([c(65537), c(0), c(0), fill]), trapped, plain),
            ("copy-source", bulk([c(0), c(65536), c(1), copy]), trapped, plain),
            ("copy-destination", bulk([c(65536), c(0), c(1), copy]), trapped, plain),
            ("copy-huge", bulk([c(0), c(0), c(-1), copy]), trapped, plain),
            ("copy-none-beyond", bulk([c(0), c(65537), c(0), copy]), trapped, plain),
            ("init-source", bulk([c(0), c(1), c(4), init], b"abcd"), trapped, segment),
            ("init-destination", bulk([c(65533), c(0), c(4), init], b"abcd"), trapped, segment),
            ("init-dropped", bulk([("data.drop", 0), c(0), c(0), c(1), init], b"abcd"), trapped, dropped),
        ],
    )


def memory_bulk_nothing():
    plain = (TX, *BARE, *PAGE, entry(3, 1), "3  three constants", "10  base(memory_bulk) + ceil(0) 0")
    dropped = (*plain[:-1], "20  instantiation_data_segment 1 * 20", "5  data.drop", plain[-1])
    return variants(
        "traps/no-trap-bulk-of-nothing",
        ["A range of length 0 at the very end is in bounds."],
        ["MET-3"],
        [
            ("fill", bulk([c(65536), c(0), c(0), ("memory.fill",)]), expect(), plain),
            ("copy", bulk([c(65536), c(65536), c(0), ("memory.copy",)]), expect(), plain),
            (
                "init-dropped",
                bulk([("data.drop", 0), c(65536), c(0), c(0), ("memory.init", 0)], b"abcd"),
                expect(),
                dropped,
            ),
        ],
    )


def tabled(*body, minimum=2, maximum=None, elements=0):
    module = contract(*body).table(minimum, maximum)
    if elements:
        module.elem_null(elements)
    return module.encode()


def table_access():
    table = ("100  instantiation_table 1 * 100", "1  instantiation_table_element ceil(2 / 2)")
    segment = (
        "20  instantiation_element_segment 1 * 20",
        "10  instantiation_element 2 * 5",
        "2  constant expressions: two ref.null",
    )
    get = (TX, *BARE, *table, entry(1, 1), "1  constant", "3  base(table_access)")
    set_ = (TX, *BARE, *table, entry(2, 1), "2  constant, ref.null", "3  base(table_access)")
    many = (TX, *BARE, *table, entry(3, 1), "3  two constants and ref.null, or three constants", "10  base(table_bulk)")
    init = (*many[:-2], *segment, "3  three constants", "10  base(table_bulk)")
    trapped, null = expect("OutOfBoundsTableAccess"), ("ref.null",)
    return variants(
        "traps/table-access",
        ["A table of two elements."],
        ["MET-5", "MET-6"],
        [
            ("get", tabled(c(2), ("table.get", 0), "drop"), trapped, get),
            ("get-huge", tabled(c(-1), ("table.get", 0), "drop"), trapped, get),
            ("set", tabled(c(2), null, ("table.set", 0)), trapped, set_),
            ("fill", tabled(c(1), null, c(2), ("table.fill", 0)), trapped, many),
            ("fill-none-beyond", tabled(c(3), null, c(0), ("table.fill", 0)), trapped, many),
            ("copy-source", tabled(c(0), c(2), c(1), ("table.copy", 0, 0)), trapped, many),
            ("copy-destination", tabled(c(2), c(0), c(1), ("table.copy", 0, 0)), trapped, many),
            ("init-source", tabled(c(0), c(1), c(2), ("table.init", 0, 0), elements=2), trapped, init),
            ("init-destination", tabled(c(1), c(0), c(2), ("table.init", 0, 0), elements=2), trapped, init),
            (
                "init-dropped",
                tabled(("elem.drop", 0), c(0), c(0), c(1), ("table.init", 0, 0), elements=2),
                trapped,
                (*init, "5  elem.drop"),
            ),
        ],
    )


def must_be(number, *instructions):
    """Traps with unreachable unless the instructions leave that number: constant 1, i32.ne 1, if 2."""
    return [*instructions, c(number), "i32.ne", ("if",), "unreachable", "end"]


def growth_refused():
    table = ("100  instantiation_table 1 * 100", "1  instantiation_table_element ceil(2 / 2)")
    shrug = "4  constant, i32.ne, if 2: the answer is -1"
    grow_table = (TX, *BARE, *table, entry(2, 1), "2  ref.null, constant", "50  base(table_grow) and no more", shrug)
    grow_memory = (TX, *BARE, *PAGE, entry(2, 1), "1  constant", "50  base(memory_grow) and no more", shrug)

    def table_by(count, maximum=None):
        return tabled(*must_be(-1, ("ref.null",), c(count), ("table.grow", 0)), maximum=maximum)

    def memory_by(pages, maximum=None):
        return contract(*must_be(-1, c(pages), ("memory.grow",)), memory=(1, maximum)).encode()

    return variants(
        "traps/no-trap-growth-refused",
        ["A growth beyond the declared maximum, or beyond a limit of the profile, answers -1 for the base."],
        ["MET-5", "MET-6"],
        [
            ("table-maximum", table_by(2, 3), expect(), grow_table),
            ("table-limit", table_by(99999), expect(), grow_table),
            ("table-huge", table_by(-1), expect(), grow_table),
            ("memory-maximum", memory_by(2, 2), expect(), grow_memory),
            ("memory-limit", memory_by(1024), expect(), grow_memory),
            ("memory-huge", memory_by(-1), expect(), grow_memory),
        ],
    )


def growth_to_the_limit():
    table = ("100  instantiation_table 1 * 100", "1  instantiation_table_element ceil(2 / 2)")
    return variants(
        "traps/no-trap-growth-to-the-limit",
        ["The last growth that the limits of preset contract allow: 100,000 elements, 64 MiB."],
        ["MET-4"],
        [
            (
                "table",
                tabled(*must_be(2, ("ref.null",), c(99998), ("table.grow", 0))),
                expect(),
                (
                    TX,
                    *BARE,
                    *table,
                    entry(2, 1),
                    "2  ref.null, constant",
                    "50  base(table_grow)",
                    "49999  table_grow_element 99998 / 2",
                    "4  constant, i32.ne, if 2",
                ),
            ),
            (
                "memory",
                contract(*must_be(1, c(1023), ("memory.grow",)), memory=1).encode(),
                expect(),
                (
                    TX,
                    *BARE,
                    *PAGE,
                    entry(2, 1),
                    "1  constant",
                    "50  base(memory_grow)",
                    "4190208  memory_grow_byte 1023 * 65536 / 16",
                    "4  constant, i32.ne, if 2",
                ),
            ),
        ],
    )


def indirect(index, elements, parameters=""):
    """A table of two; `call_indirect` of type [] -> []. The second type of the module belongs to $taker."""
    module = Module().table(2)
    module.function("$call", [c(index), ("call_indirect", "", "")], export="call")
    module.function("$taker", [], parameters)
    return module.elem(elements, 0).encode()


def call_indirect():
    lines = (
        TX,
        "2000  base(instantiation)",
        "10  instantiation_function 2 * 5",
        "5  instantiation_export 1 * 5",
        "100  instantiation_table 1 * 100",
        "1  instantiation_table_element ceil(2 / 2)",
        "20  instantiation_element_segment 1 * 20",
        "5  instantiation_element 1 * 5",
        "2  constant expressions: i32.const of the offset, one ref.func",
        entry(1, 1),
        "1  constant",
        "8  base(call_indirect), charged before the trap",
    )
    return variants(
        "traps/call-indirect",
        ["A table of two: a function, then null. Bounds, null, type, in this order."],
        ["MET-7", "MET-18"],
        [
            ("beyond", indirect(2, ["$taker"]), expect("UndefinedElement"), lines),
            ("beyond-huge", indirect(-1, ["$taker"]), expect("UndefinedElement"), lines),
            ("null", indirect(1, ["$taker"]), expect("UninitializedElement"), lines),
            ("other-type", indirect(0, ["$taker"], "i"), expect("IndirectCallTypeMismatch"), lines),
        ],
    )


def recursion(words):
    """`call` calls itself without end; a frame has this many words, all of them locals."""
    return bare(("call", "$call"), locals_=[(words, "I")] if words else ())


def call_depth():
    return single(
        "traps/call-depth",
        ["1,024 frames of no words; the call that would make the 1,025th traps, for its base."],
        ["MET-7", "MET-10"],
        recursion(0),
        expect("CallDepth"),
        (TX, *BARE, entry(0, 0), "5115  1,023 calls of 5 with frames of 0 words", "5  the call that traps"),
    )


def stack_exhausted():
    return single(
        "traps/stack-exhausted",
        ["Frames of 10,000 words: 104 fit in 1,048,576, the call of the 105th traps."],
        ["MET-7", "MET-8", "MET-10"],
        recursion(10000),
        expect("StackExhausted"),
        (TX, *BARE, entry(10000, 2500), "258015  103 calls of 5 + 10000 / 4", "5  the call that traps"),
    )


def both_limits():
    return variants(
        "traps/both-call-limits",
        [
            "1,024 frames of 1,024 words are 1,048,576 words, exactly both limits: the frame limit is tested first.",
            "With 1,025 words, 1,023 frames fit and the 1,024th has too many words.",
        ],
        ["MET-7", "MET-10"],
        [
            (
                "words-1024",
                recursion(1024),
                expect("CallDepth"),
                (TX, *BARE, entry(1024, 256), "267003  1,023 calls of 5 + 1024 / 4", "5  the call that traps"),
            ),
            (
                "words-1025",
                recursion(1025),
                expect("StackExhausted"),
                (
                    TX,
                    *BARE,
                    entry(1025, 257),
                    "267764  1,022 calls of 5 + ceil(1025 / 4) 257",
                    "5  the call that traps",
                ),
            ),
        ],
    )


def countdown(frames):
    """`call` starts a recursion that makes this many frames in all, `call` included, and comes back."""
    module = Module()
    module.function("$call", [c(frames - 2), ("call", "$down")], export="call")
    module.function(
        "$down", [("local.get", 0), ("if",), ("local.get", 0), c(1), "i32.sub", ("call", "$down"), "end"], "i"
    )
    return module.encode()


def depth_reached():
    functions = (TX, "2000  base(instantiation)", "10  instantiation_function 2 * 5", "5  instantiation_export 1 * 5")
    each = "12264  1,022 times local.get, if 2, local.get, constant, sub, and call 5 + 1: 12"
    return variants(
        "traps/no-trap-greatest-depth",
        ["1,024 frames are allowed, and 1,025 are not. $down has 1 parameter and a height of 2: 3 words."],
        ["MET-8", "MET-10"],
        [
            (
                "frames-1024",
                countdown(1024),
                expect(),
                (*functions, entry(1, 1), "7  constant, call 5 + 1", each, "3  local.get, if 2: zero, back again"),
            ),
            (
                "frames-1025",
                countdown(1025),
                expect("CallDepth"),
                (
                    *functions,
                    entry(1, 1),
                    "7  constant, call 5 + 1",
                    each,
                    "11  the same, but the call traps for its base 5",
                ),
            ),
        ],
    )


def order_of_base_and_trap():
    """MET-5 (1) comes before (2): a trap whose base cannot be paid does not happen."""
    case = Small(
        "traps/base-before-trap",
        ["A trap needs the base of its instruction: one unit less is exhaustion before it."],
        ["MET-5", "MET-6", "MET-12"],
    )
    code = bulk([c(0), c(0), c(-1), ("memory.fill",)])
    lines = (TX, *BARE, *PAGE, entry(3, 1), "3  three constants")
    case.with_contract(code)
    case.call(ALICE, CONTRACT, fuel=8557, expect=expect("OutOfBoundsMemoryAccess")).counted(
        *lines, "10  base(memory_bulk)"
    )
    case.call(ALICE, CONTRACT, fuel=8556, expect=expect("OutOfFuel")).counted(*lines)
    return case


def cases():
    return [
        unreachable(),
        divide_by_zero(),
        overflow_by_division(),
        remainder_of_the_least(),
        overflow_by_truncation(),
        invalid_conversion(),
        saturating_conversion(),
        memory_access(),
        memory_access_at_the_end(),
        memory_bulk(),
        memory_bulk_nothing(),
        table_access(),
        growth_refused(),
        growth_to_the_limit(),
        call_indirect(),
        call_depth(),
        stack_exhausted(),
        both_limits(),
        depth_reached(),
        order_of_base_and_trap(),
    ]
