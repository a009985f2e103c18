"""Suite `metering`: prices, their order, exhaustion to the unit, grants and allowances, nearly all counted by hand."""

from assemble import FUNCREF, Module
from small.common import (
    ALICE,
    ALL_FUEL,
    BARE,
    CONTRACT,
    OTHER,
    OUT_OF_FUEL,
    CALL_DEPTH,
    IMPORT,
    SUCCESS,
    PAGE,
    TX,
    Small,
    bare,
    c,
    contract,
    entry,
    expect,
    host,
    le32,
    le64,
    output,
    paged,
    store32,
    store64,
    stored,
    triple,
    variants,
)


def get(index):
    return ("local.get", index)


def ladder():
    """One contract at every limit where one thing more, or one thing less, can be paid."""
    case = Small(
        "metering/ladder",
        ["The shortest contract, one nop, at each limit at which something changes."],
        ["MET-2", "MET-11", "MET-13", "MET-18", "ABI-50"],
    ).with_contract(bare("nop"))
    start, ready, entered = "2010  instantiation 2000 + function 5 + export 5", entry(0, 0), "1  nop"
    rungs = [
        (0, "OutOfFuel", ["0  nothing can be paid"]),
        (5003, "OutOfFuel", ["0  one less than the transaction"]),
        (5004, "OutOfFuel", [TX]),
        (7013, "OutOfFuel", [TX]),
        (7014, "OutOfFuel", [TX, start]),
        (7018, "OutOfFuel", [TX, start]),
        (7019, "OutOfFuel", [TX, start, ready]),
        (7020, "Success", [TX, start, ready, entered]),
        (9223372036854775807, "Success", [TX, start, ready, entered]),
    ]
    for limit, status, lines in rungs:
        case.call(ALICE, CONTRACT, fuel=limit, expect=expect(status)).counted(f"limit {limit}:", *lines)
    return case


def input_bytes():
    """The transaction's own price counts address and input (ABI-50, ABI-8)."""
    case = Small(
        "metering/transaction-input",
        ["The transaction pays for 32 bytes of address and its input."],
        ["ABI-50", "ABI-8", "MET-3"],
    ).with_contract(bare())
    for length, price in [(0, 4), (1, 5), (8, 5), (9, 6), (1000, 129)]:
        case.call(ALICE, CONTRACT, bytes(length), expect=expect())
        case.counted(f"{5000 + price}  base(host_call) 5000 + ceil((32 + {length}) / 8) {price}", *BARE, entry(0, 0))
    return case


def constants_and_parametric():
    body = [
        c(1),
        ("i64.const", 1),
        "drop",
        "drop",
        ("f32.const", 1.0),
        ("f64.const", 1.0),
        "drop",
        "drop",
        c(1),
        c(2),
        c(3),
        "select",
        "drop",
        "nop",
    ]
    return triple(
        "metering/constants",
        ["One unit each, whatever the type."],
        ["MET-2", "MET-8"],
        bare(*body),
        expect(),
        (
            TX,
            *BARE,
            entry(3, 1),
            "4  i32.const, i64.const, drop, drop",
            "4  f32.const, f64.const, drop, drop",
            "5  three constants, select, drop",
            "1  nop",
        ),
        1,
        "nop",
    )


def integers():
    body = [
        c(7),
        c(2),
        "i32.add",
        c(3),
        "i32.mul",
        c(5),
        "i32.div_u",
        c(4),
        "i32.rem_s",
        "i32.popcnt",
        "i32.eqz",
        "i64.extend_i32_u",
        ("i64.const", 9),
        "i64.mul",
        ("i64.const", 2),
        "i64.div_s",
        "i64.eqz",
        "i32.extend8_s",
        "drop",
    ]
    return triple(
        "metering/integers",
        ["Simple operators 1, multiplications 2, divisions 8."],
        ["MET-2", "MET-3"],
        bare(*body),
        expect(),
        (
            TX,
            *BARE,
            entry(2, 1),
            "3  two constants, add",
            "3  constant, mul 2",
            "9  constant, div_u 8",
            "9  constant, rem_s 8",
            "3  popcnt, eqz, extend_i32_u",
            "3  constant, mul 2",
            "9  constant, div_s 8",
            "2  eqz, extend8_s",
            "1  drop",
        ),
        1,
        "drop",
    )


def floats():
    body = [
        ("f64.const", 2.0),
        "f64.sqrt",
        ("f64.const", 3.0),
        "f64.div",
        ("f64.const", 0.5),
        "f64.add",
        "f64.nearest",
        "f64.abs",
        "i64.reinterpret_f64",
        "drop",
        c(3),
        "f64.convert_i32_s",
        "i32.trunc_f64_s",
        "drop",
    ]
    return triple(
        "metering/floats",
        ["Roots 8, divisions 6, arithmetic 3, rounding 3, conversions 3, the rest 1."],
        ["MET-2", "MET-3"],
        bare(*body),
        expect(),
        (
            TX,
            *BARE,
            entry(2, 1),
            "9  constant, sqrt 8",
            "7  constant, div 6",
            "4  constant, add 3",
            "3  nearest",
            "3  abs, reinterpret, drop",
            "7  constant, convert 3, trunc 3",
            "1  drop",
        ),
        1,
        "drop",
    )


def variables():
    module = contract(("global.get", 0), ("local.tee", 0), ("global.set", 0), get(0), ("local.set", 1), locals_="ii")
    module.global_("i", [c(5)])
    return triple(
        "metering/variables",
        ["Locals 1, globals 2. The frame has two locals and a height of 1."],
        ["MET-2", "MET-8", "MET-18"],
        module.encode(),
        expect(),
        (
            TX,
            *BARE,
            "10  instantiation_global 1 * 10",
            "1  constant expression: i32.const",
            entry(3, 1),
            "2  global.get",
            "1  local.tee",
            "2  global.set",
            "1  local.get",
            "1  local.set",
        ),
        1,
        "local.set",
    )


def memory_instructions():
    body = [c(0), c(8), ("i32.load", 0), ("i32.store", 0), "memory.size", "drop", "nop"]
    return triple(
        "metering/memory-access",
        ["Loads, stores and memory.size cost 2."],
        ["MET-2"],
        paged(*body),
        expect(),
        (TX, *BARE, *PAGE, entry(2, 1), "2  two constants", "2  load", "2  store", "3  memory.size 2, drop", "1  nop"),
        1,
        "nop",
    )


def delimiters():
    body = [
        ("block",),
        ("block",),
        "end",
        "end",
        c(0),
        ("if",),
        "nop",
        "else",
        "nop",
        "nop",
        "end",
        c(1),
        ("if",),
        "nop",
        "else",
        "nop",
        "nop",
        "end",
    ]
    return triple(
        "metering/delimiters-are-free",
        ["`end` and `else` cost nothing; `block` 1, `if` 2."],
        ["MET-2"],
        bare(*body),
        expect(),
        (
            TX,
            *BARE,
            entry(1, 1),
            "2  block, block",
            "3  constant, if 2",
            "2  nop, nop of the else arm",
            "3  constant, if 2",
            "1  nop of the then arm",
        ),
        1,
        "nop",
    )


def loop():
    body = [c(10), ("local.set", 0), ("loop",), get(0), c(1), "i32.sub", ("local.tee", 0), ("br_if", 0), "end"]
    return triple(
        "metering/loop",
        ["`loop` is charged on entry only: a branch to it goes behind it."],
        ["MET-2", "MET-4"],
        bare(*body, locals_="i"),
        expect(),
        (
            TX,
            *BARE,
            entry("1 local, height 2: 3", 1),
            "2  constant, local.set",
            "1  loop, once",
            "60  10 times local.get, constant, sub, tee, br_if 2: 6",
        ),
        2,
        "br_if",
    )


def branch_words():
    taken = [("block", "", "iII"), c(1), ("i64.const", 2), ("i64.const", 3), ("br", 0), "end", "drop", "drop", "drop"]
    not_taken = [
        ("block", "", "iII"),
        c(1),
        ("i64.const", 2),
        ("i64.const", 3),
        c(0),
        ("br_if", 0),
        "end",
        "drop",
        "drop",
        "drop",
    ]
    dropping = [("block", "", "i"), c(1), c(2), c(3), c(4), ("br", 0), "end", "drop"]
    return variants(
        "metering/branch-words",
        [
            "A branch pays for the words of its label's types, taken or not, whatever is dropped.",
            "The label has 3 words: ceil(3 / 2) = 2; or 1 word: 1.",
        ],
        ["MET-4", "MET-8"],
        [
            (
                "taken",
                bare(*taken),
                expect(),
                (TX, *BARE, entry(3, 1), "1  block", "3  three constants", "4  br 2 + 2", "3  three drops"),
            ),
            (
                "not-taken",
                bare(*not_taken),
                expect(),
                (TX, *BARE, entry(4, 1), "1  block", "4  four constants", "4  br_if 2 + 2", "3  three drops"),
            ),
            (
                "dropping",
                bare(*dropping),
                expect(),
                (TX, *BARE, entry(4, 1), "1  block", "4  four constants", "3  br 2 + 1", "1  drop"),
            ),
        ],
    )


def loop_parameters():
    """A branch to a loop moves its parameters, not its results."""
    body = [
        c(7),
        c(8),
        ("loop", "ii", "i"),
        "i32.add",
        get(0),
        ("if", "i", "i"),
        "else",
        c(1),
        ("local.set", 0),
        c(9),
        ("br", 1),
        "end",
        "end",
        "drop",
    ]
    return triple(
        "metering/branch-to-loop",
        [
            "The label of a loop has the types of its parameters: 2 words, though the loop has 1 result.",
            (
                "The first round adds 7 and 8, takes the else arm and branches with 15 and 9; the second round adds"
                " them and ends."
            ),
            (
                "Heights: two constants 2; add leaves 1; local.get 2; in the else arm 15 and a constant 2; so 2, and 1"
                " local."
            ),
        ],
        ["MET-4", "MET-8"],
        bare(*body, locals_="i"),
        expect(),
        (
            TX,
            *BARE,
            entry("1 local, height 2: 3", 1),
            "2  two constants",
            "1  loop",
            "4  add, local.get, if 2",
            "3  constant, local.set, constant",
            "3  br 2 + ceil(2 / 2)",
            "4  add, local.get, if 2",
            "1  drop",
        ),
        1,
        "drop",
    )


def branch_table():
    def body(index):
        return [
            ("block", "", "II"),
            ("block", "", "II"),
            ("i64.const", 1),
            ("i64.const", 2),
            c(index),
            ("br_table", [0, 1], 0),
            "end",
            "nop",
            "end",
            "drop",
            "drop",
        ]

    lines = (TX, *BARE, entry(3, 1), "2  block, block", "3  three constants", "4  br_table 3 + ceil(2 / 2)")
    return variants(
        "metering/branch-table",
        ["br_table costs 3 and the words of a label, whichever is chosen."],
        ["MET-4"],
        [
            ("first", bare(*body(0)), expect(), (*lines, "1  nop", "2  two drops")),
            ("second", bare(*body(1)), expect(), (*lines, "2  two drops")),
            ("default", bare(*body(2)), expect(), (*lines, "1  nop", "2  two drops")),
            ("default-huge", bare(*body(-1)), expect(), (*lines, "1  nop", "2  two drops")),
        ],
    )


TWO = ("2000  base(instantiation)", "10  instantiation_function 2 * 5", "5  instantiation_export 1 * 5")


def with_callee(body, callee, parameters="", results="", locals_=()):
    module = Module().function("$call", body, export="call")
    return module.function("$callee", callee, parameters, results, locals_).encode()


def returns():
    """`return` pays for the words of the results, the `end` of a body for nothing."""
    values = [c(1), ("i64.const", 2), ("f64.const", 3.0)]
    drops = ["drop"] * 3
    return variants(
        "metering/return-words",
        ["`return` with 3 results costs 2 + 2; falling off the end costs nothing."],
        ["MET-2", "MET-4"],
        [
            (
                "return",
                with_callee([("call", "$callee"), *drops], [c(9), *values, "return"], "", "iIF"),
                expect(),
                (
                    TX,
                    *TWO,
                    entry(3, 1),
                    "6  call 5 + frame of height 4: 1",
                    "4  four constants",
                    "4  return 2 + ceil(3 / 2)",
                    "3  three drops",
                ),
            ),
            (
                "end",
                with_callee([("call", "$callee"), *drops], values, "", "iIF"),
                expect(),
                (TX, *TWO, entry(3, 1), "6  call 5 + frame of height 3: 1", "3  three constants", "3  three drops"),
            ),
        ],
    )


def frames():
    return variants(
        "metering/frames",
        ["The words of a frame are parameters, locals and the greatest height, a quarter of a unit each."],
        ["MET-4", "MET-8", "MET-9"],
        [
            ("empty", with_callee([("call", "$callee")], []), expect(), (TX, *TWO, entry(0, 0), "5  call 5 + 0")),
            (
                "four",
                with_callee([("call", "$callee")], [c(1), "drop"], locals_="iIf"),
                expect(),
                (TX, *TWO, entry(0, 0), "6  call 5 + (3 locals + height 1) / 4", "2  constant, drop"),
            ),
            (
                "five",
                with_callee([c(1), c(2), ("call", "$callee")], [get(0), get(1), "drop", "drop"], "ii", "", "F"),
                expect(),
                (
                    TX,
                    *TWO,
                    entry(2, 1),
                    "2  two constants",
                    "7  call 5 + ceil((2 parameters + 1 local + height 2) / 4) 2",
                    "4  two local.get, two drops",
                ),
            ),
            (
                "declared-in-runs",
                with_callee([("call", "$callee")], [], locals_=[(100, "i"), (1, "F"), (100, "I")]),
                expect(),
                (TX, *TWO, entry(0, 0), "56  call 5 + ceil(201 / 4) 51"),
            ),
        ],
    )


def unreached_heights():
    five = [("i64.const", 0)] * 5
    dead = [("block",), ("br", 0), *five, *["drop"] * 5, "end"]
    trapping = ["unreachable", *five, *["drop"] * 5]
    after = [c(1), ("if",), ("block", "", "IIIII"), "unreachable", "end", *["drop"] * 5, "end"]
    arm = [
        c(1),
        ("if", "", "i"),
        c(1),
        "else",
        "unreachable",
        c(1),
        c(2),
        c(3),
        c(4),
        c(5),
        "drop",
        "drop",
        "drop",
        "drop",
        "end",
        "drop",
    ]
    return variants(
        "metering/unreached-heights",
        [
            (
                "What validation does not reach has no height; behind the `end`, the types of the block are on the"
                " stack even"
            ),
            "if no instruction put them there.",
        ],
        ["MET-8"],
        [
            ("dead-behind-br", bare(*dead), expect(), (TX, *BARE, entry(0, 0), "1  block", "2  br 2 + 0")),
            (
                "dead-behind-unreachable",
                bare(*trapping),
                expect("Unreachable"),
                (TX, *BARE, entry(0, 0), "1  unreachable"),
            ),
            (
                "types-behind-end",
                bare(*after),
                expect("Unreachable"),
                (TX, *BARE, entry(5, 2), "3  constant, if 2", "1  block", "1  unreachable"),
            ),
            (
                "else-is-reached",
                bare(*arm),
                expect(),
                (TX, *BARE, entry(1, 1), "3  constant, if 2", "1  constant", "1  drop"),
            ),
        ],
    )


def call_indirect():
    module = Module().table(3, 3)
    module.function("$call", [c(20), c(1), ("call_indirect", "i", "i"), "drop"], export="call")
    module.function("$double", [get(0), get(0), "i32.add"], "i", "i")
    module.elem(["$double"], 1)
    return triple(
        "metering/call-indirect",
        ["A call through a table pays the frame of the callee: 1 parameter, height 2."],
        ["MET-4", "MET-7"],
        module.encode(),
        expect(),
        (
            TX,
            *TWO,
            "100  instantiation_table 1 * 100",
            "2  instantiation_table_element ceil(3 / 2)",
            "20  instantiation_element_segment 1 * 20",
            "5  instantiation_element 1 * 5",
            "2  constant expressions: i32.const of the offset, one ref.func",
            entry(2, 1),
            "2  two constants",
            "9  call_indirect 8 + ceil(3 / 4) 1",
            "3  two local.get, add",
            "1  drop",
        ),
        1,
        "drop",
    )


def frame_amount_cannot_be_paid():
    """The base of a call is not kept when its amount cannot be paid (MET-5 (3))."""
    case = Small(
        "metering/call-not-paid",
        ["A call of 5 + 2 at a limit that has 6 left: nothing of it is charged."],
        ["MET-5", "MET-7"],
    )
    case.with_contract(with_callee([("call", "$callee")], [], locals_="IIIII"))
    before = (TX, *TWO, entry(0, 0))
    case.call(ALICE, CONTRACT, fuel=7030, expect=expect("OutOfFuel")).counted(*before)
    case.call(ALICE, CONTRACT, fuel=7031, expect=expect()).counted(*before, "7  call 5 + ceil(5 / 4) 2")
    return case


def memory_bulk():
    fill = [c(0), c(1), c(33), ("memory.fill",)]
    copy = [c(100), c(0), c(33), ("memory.copy",)]
    module = contract(*fill, *copy, c(0), c(0), c(5), ("memory.init", 0), ("data.drop", 0), memory=1).segment(b"hello")
    return triple(
        "metering/memory-bulk",
        ["A fill of 33 bytes costs 10 + ceil(33 / 32) = 2, a copy ceil(33 / 16) = 3; 5 bytes of a segment 1."],
        ["MET-3", "MET-4"],
        module.encode(),
        expect(),
        (
            TX,
            *BARE,
            *PAGE,
            "20  instantiation_data_segment 1 * 20",
            entry(3, 1),
            "3  three constants",
            "12  fill 10 + 2",
            "3  three constants",
            "13  copy 10 + 3",
            "3  three constants",
            "11  init 10 + ceil(5 / 16)",
            "5  data.drop",
        ),
        5,
        "data.drop",
    )


def memory_amount_order():
    """Base, refusal, amount: three limits around a fill."""
    case = Small(
        "metering/fill-order",
        ["A fill of 3,200 bytes costs 10 + 100. With less, nothing is charged and no byte is written."],
        ["MET-5", "MET-11"],
    )
    case.with_contract(paged(c(0), c(1), c(3200), ("memory.fill",)))
    before = (TX, *BARE, *PAGE, entry(3, 1), "3  three constants")
    case.call(ALICE, CONTRACT, fuel=8556, expect=expect("OutOfFuel")).counted("not even the base:", *before)
    case.call(ALICE, CONTRACT, fuel=8656, expect=expect("OutOfFuel")).counted(
        "the base and one less than the amount:", *before
    )
    case.call(ALICE, CONTRACT, fuel=8657, expect=expect()).counted("all of it:", *before, "110  fill 10 + 3200 / 32")
    return case


def memory_grow():
    body = [c(2), ("memory.grow",), "drop", c(0), ("memory.grow",), "drop"]
    return triple(
        "metering/memory-grow",
        ["Two pages cost 50 + 8,192, none costs 50."],
        ["MET-4"],
        contract(*body, memory=(0, 2)).encode(),
        expect(),
        (
            TX,
            *BARE,
            "500  instantiation_memory 1 * 500",
            entry(1, 1),
            "1  constant",
            "8242  memory.grow 50 + 2 * 65536 / 16",
            "1  drop",
            "1  constant",
            "50  memory.grow 50 + 0",
            "1  drop",
        ),
        1,
        "drop",
    )


def table_instructions():
    body = [
        ("ref.null",),
        c(3),
        ("table.grow", 0),
        "drop",
        c(0),
        ("ref.null",),
        c(5),
        ("table.fill", 0),
        c(0),
        c(1),
        c(3),
        ("table.copy", 0, 0),
        c(0),
        c(0),
        c(1),
        ("table.init", 0, 0),
        c(0),
        ("table.get", 0),
        "ref.is_null",
        "drop",
        c(1),
        ("ref.null",),
        ("table.set", 0),
        ("table.size", 0),
        "drop",
        ("elem.drop", 0),
    ]
    module = contract(*body).table(2).elem(["$call"])
    return triple(
        "metering/tables",
        ["Every instruction on tables, with its amount."],
        ["MET-3", "MET-4", "MET-18"],
        module.encode(),
        expect(),
        (
            TX,
            *BARE,
            "100  instantiation_table 1 * 100",
            "1  instantiation_table_element 2 / 2",
            "20  instantiation_element_segment 1 * 20",
            "5  instantiation_element 1 * 5",
            "1  constant expression: ref.func",
            entry(3, 1),
            "2  ref.null, constant",
            "52  grow 50 + ceil(3 / 2)",
            "1  drop",
            "3  constant, ref.null, constant",
            "12  fill 10 + ceil(5 / 4)",
            "3  three constants",
            "12  copy 10 + ceil(3 / 2)",
            "3  three constants",
            "11  init 10 + ceil(1 / 2)",
            "1  constant",
            "3  get",
            "2  ref.is_null, drop",
            "2  constant, ref.null",
            "3  set",
            "3  size 2, drop",
            "5  elem.drop",
        ),
        5,
        "elem.drop",
    )


def instantiation():
    """All units instantiation_* that a contract can have: it imports functions only and has no tags."""
    module = contract(memory=(2, 4)).use("input", "caller", "value")
    module.function("$start", ["nop"], locals_="IIIII")
    module.function("$third", [])
    module.start = "$start"
    module.table(7).table(4).global_("i", [c(1)]).global_("I", [("i64.const", 2)]).global_(
        (FUNCREF,), [("ref.func", "$third")]
    )
    module.elem(["$call", "$third"], 3).elem(["$third"]).elem_null(2)
    module.segment(b"123456789", 10).segment(b"", 65536).segment(b"passive").export("more", 0x02, 0)
    return triple(
        "metering/instantiation",
        ["Every unit of instantiation, each rounded by itself, then the start function, then the entry."],
        ["MET-18", "MET-9"],
        module.encode(),
        expect(),
        (
            TX,
            "2000  base(instantiation)",
            "60  instantiation_import 3 * 20",
            "15  instantiation_function 3 * 5",
            "200  instantiation_table 2 * 100",
            "6  instantiation_table_element ceil((7 + 4) / 2)",
            "500  instantiation_memory 1 * 500",
            "2048  instantiation_memory_byte 2 * 65536 / 64",
            "30  instantiation_global 3 * 10",
            "10  instantiation_export 2 * 5",
            "60  instantiation_element_segment 3 * 20",
            "25  instantiation_element (2 + 1 + 2) * 5",
            "60  instantiation_data_segment 3 * 20",
            "2  instantiation_data_byte ceil((9 + 0) / 8)",
            "3  constant expressions of globals: i32.const, i64.const, ref.func",
            "6  constant expressions of elements: i32.const of the offset, three ref.func, two ref.null",
            "2  constant expressions of data: two i32.const of offsets",
            "7  start: base(call) 5 + frame of 5 words 2",
            "1  nop",
            entry(0, 0),
        ),
        5,
        "the entry",
    )


def start_function():
    module = Module().function("$call", [], export="call").function("$start", [c(1), "drop", "nop"])
    module.start = "$start"
    failing = Module().function("$call", [], export="call").function("$start", ["unreachable"])
    failing.start = "$start"
    lines = (TX, "2000  base(instantiation)", "10  instantiation_function 2 * 5", "5  instantiation_export 1 * 5")
    return variants(
        "metering/start-function",
        ["The start function runs before the entry and pays its frame like a call."],
        ["MET-9", "ABI-30"],
        [
            (
                "runs",
                module.encode(),
                expect(),
                (*lines, "6  start: base(call) 5 + frame of height 1: 1", "3  constant, drop, nop", entry(0, 0)),
            ),
            (
                "traps",
                failing.encode(),
                expect("Unreachable"),
                (*lines, "5  start: base(call) 5 + frame of 0 words 0", "1  unreachable"),
            ),
        ],
    )


def segment_out_of_bounds():
    data = contract(memory=1).segment(b"abcdefgh", 65529).encode()
    empty = contract(memory=1).segment(b"", 65537).encode()
    elem = contract().table(2).elem(["$call"], 2).encode()
    start = Module(1).function("$call", [], export="call").function("$start", ["nop"]).segment(b"a", 65536)
    start.start = "$start"
    return variants(
        "metering/segment-out-of-bounds",
        ["An active segment out of bounds traps after the whole charge; start does not run."],
        ["MET-18"],
        [
            (
                "data",
                data,
                expect("OutOfBoundsMemoryAccess"),
                (
                    TX,
                    *BARE,
                    *PAGE,
                    "20  instantiation_data_segment 1 * 20",
                    "1  instantiation_data_byte 8 / 8",
                    "1  i32.const of the offset",
                ),
            ),
            (
                "data-empty",
                empty,
                expect("OutOfBoundsMemoryAccess"),
                (TX, *BARE, *PAGE, "20  instantiation_data_segment 1 * 20", "1  i32.const of the offset"),
            ),
            (
                "elem",
                elem,
                expect("OutOfBoundsTableAccess"),
                (
                    TX,
                    *BARE,
                    "100  instantiation_table 1 * 100",
                    "1  instantiation_table_element 2 / 2",
                    "20  instantiation_element_segment 1 * 20",
                    "5  instantiation_element 1 * 5",
                    "2  i32.const of the offset, ref.func",
                ),
            ),
            (
                "data-before-start",
                start.encode(),
                expect("OutOfBoundsMemoryAccess"),
                (
                    TX,
                    "2000  base(instantiation)",
                    "10  instantiation_function 2 * 5",
                    "5  instantiation_export 1 * 5",
                    *PAGE,
                    "20  instantiation_data_segment 1 * 20",
                    "1  instantiation_data_byte ceil(1 / 8)",
                    "1  i32.const of the offset",
                ),
            ),
        ],
    )


def host_output():
    return triple(
        "metering/host-output",
        ["`output` of 9 bytes: 5 + 30 + ceil(9 / 8)."],
        ["MET-19", "ABI-8"],
        paged(output(0, 9)),
        expect("Success", bytes(9)),
        (
            TX,
            *BARE,
            *PAGE,
            IMPORT,
            entry(2, 1),
            "2  two constants",
            "37  call 5, base(host_frame) 30, host_copy_byte 2",
        ),
        37,
        "output",
    )


def host_write():
    """Bases, amount: a storage write around the limits at which each can be paid."""
    case = Small(
        "metering/host-write-order",
        ["storage_write of 1 + 3 bytes: 5 + 5000 + 40, all or nothing; the call starts anew or not at all."],
        ["MET-19", "ABI-7", "ABI-8"],
    )
    code = paged(host("storage_write", 0, 1, 4, 3), data=[(0, b"k\0\0\0abc")])
    case.with_contract(code)
    before = (
        TX,
        *BARE,
        *PAGE,
        IMPORT,
        "20  instantiation_data_segment 1 * 20",
        "1  instantiation_data_byte ceil(7 / 8)",
        "1  i32.const of the offset",
        entry(4, 1),
        "4  four constants",
    )
    case.call(ALICE, CONTRACT, fuel=13594, expect=expect("OutOfFuel")).counted("one less than both bases:", *before)
    case.call(ALICE, CONTRACT, fuel=13634, expect=expect("OutOfFuel")).counted("one less than all:", *before)
    case.call(ALICE, CONTRACT, fuel=13635, expect=expect(writes=[stored(CONTRACT, b"k", b"abc")]))
    return case.counted("all:", *before, "5045  call 5, base(host_storage_write) 5000, 4 * 10")


def host_violation():
    case = Small(
        "metering/host-violation-order",
        ["A refusal of a host function costs both bases, 35, and needs them: one less is exhaustion."],
        ["MET-19", "ABI-7"],
    )
    case.with_contract(paged(output(65536, 1)))
    before = (TX, *BARE, *PAGE, IMPORT, entry(2, 1), "2  two constants")
    case.call(ALICE, CONTRACT, fuel=8600, expect=expect("OutOfFuel")).counted(*before)
    case.call(ALICE, CONTRACT, fuel=8601, expect=expect("AbiViolation"))
    return case.counted(*before, "35  call 5, base(host_frame) 30")


def callee_out_of_fuel():
    """An allowance that is too small ends the callee, and only the callee (MET-14)."""
    case = Small(
        "metering/allowance-too-small",
        [
            (
                "The contract calls another with an allowance, stores the outcome and puts it out. The other is an"
                " endless loop of br,"
            ),
            (
                "whose turns cost 2; its loop, frame and instantiation cost 2,016, so an odd remainder of 1 stays with"
                " the caller."
            ),
        ],
        ["MET-14", "ABI-37"],
    )
    loop_code = bare(("loop",), ("br", 0), "end")
    case.with_contract(loop_code, at=OTHER, name="loop")
    rows = [
        ("nothing", 0, []),
        ("one-less-than-instantiation", 2009, []),
        ("instantiation", 2010, ["2010  callee: instantiation"]),
        (
            "a-hundred-turns",
            2217,
            [
                "2010  callee: instantiation",
                "5  callee: entry",
                "1  callee: loop",
                "200  callee: 100 turns of br; the 101st would need 2 and has 1",
            ],
        ),
    ]
    for title, fuel, callee in rows:
        at = title.encode().ljust(32, b"\0")
        code = paged(store32(32, host("call", 0, 32, 0, 0, 0, fuel, 0)), output(32, 4), data=[(0, OTHER)])
        case.with_contract(code, at=at, name=title)
        case.call(ALICE, at, expect=expect("Success", le32(OUT_OF_FUEL))).note.append(f"{title}:")
        case.counted(
            TX,
            *BARE,
            *PAGE,
            "40  instantiation_import 2 * 20",
            "20  instantiation_data_segment 1 * 20",
            "4  instantiation_data_byte 32 / 8",
            "1  i32.const of the offset",
            entry(8, 2),
            "8  constants",
            "5009  call 5, base(host_call) 5000, ceil(32 / 8)",
            *callee,
            "2  store",
            "2  two constants",
            "36  call 5, base(host_frame) 30, ceil(4 / 8)",
        )
    return case


def allowance_of_all():
    """All fuel: the callee's limit is the caller's, and nothing is left when it has used that up."""
    case = Small(
        "metering/allowance-of-all",
        [
            (
                "The contract gives all it has to an endless loop. The callee ends at the transaction's limit,"
                " OutOfFuel, and the caller"
            ),
            "cannot pay the store that follows: the transaction ends OutOfFuel, with what is left unused.",
        ],
        ["MET-13", "MET-14"],
    )
    case.with_contract(bare(("loop",), ("br", 0), "end"), at=OTHER, name="loop")
    case.with_contract(paged(store32(32, host("call", 0, 32, 0, 0, 0, ALL_FUEL, 0)), data=[(0, OTHER)]))
    before = (
        TX,
        *BARE,
        *PAGE,
        IMPORT,
        "20  instantiation_data_segment 1 * 20",
        "4  instantiation_data_byte 32 / 8",
        "1  i32.const of the offset",
        entry(8, 2),
        "8  constants",
        "5009  call 5, base(host_call) 5000, ceil(32 / 8)",
        "2010  callee: instantiation",
        "5  callee: entry",
        "1  callee: loop",
    )
    case.call(ALICE, CONTRACT, fuel=16623, expect=expect("OutOfFuel")).note.append("An even remainder:")
    case.counted(*before, "1000  callee: 500 turns of br")
    case.call(ALICE, CONTRACT, fuel=16624, expect=expect("OutOfFuel")).note.append(
        "An odd remainder of 1 stays unused:"
    )
    return case.counted(*before, "1000  callee: 500 turns of br")


def fuel_left():
    """The limit less what was used, this call included (ABI-13)."""
    case = Small(
        "metering/fuel-left",
        ["fuel_left twice; the first is charged 36 after what stands before it."],
        ["ABI-13", "MET-13"],
    )
    case.with_contract(paged(store64(0, host("fuel_left")), store64(8, host("fuel_left")), output(0, 16)))
    before = (TX, *BARE, *PAGE, "40  instantiation_import 2 * 20", entry(2, 1))
    after = (
        "36  constant, fuel_left 5 + 30",
        "2  store",
        "36  constant, fuel_left",
        "2  store",
        "2  two constants",
        "37  output 5 + 30 + 2",
    )
    case.call(ALICE, CONTRACT, fuel=100000, expect=expect("Success", le64(91380, 91342)))
    case.note += ["Limit 100,000: used 8,620 after the first, 8,658 after the second."]
    case.counted(*before, *after)
    case.call(
        ALICE,
        CONTRACT,
        fuel=100000,
        resume=[("grant", 6000), ("grant", 8600), ("grant", 8640)],
        expect=expect("Success", le64(91380, 91342)),
    )
    case.note += ["The same in slices: no grant can be observed."]
    return case.counted(*before, *after)


def refuel_plan():
    """One go and sliced end alike (MET-15)."""
    body = [c(100), ("local.set", 0), ("loop",), get(0), c(1), "i32.sub", ("local.tee", 0), ("br_if", 0), "end"]
    case = Small(
        "metering/refuel-plan", ["One execution in one go, then by plans: equal in everything."], ["MET-13", "MET-15"]
    )
    case.with_contract(bare(*body, locals_="i"))
    lines = (TX, *BARE, entry(3, 1), "2  constant, local.set", "1  loop", "600  100 turns of 6")
    plans = [
        None,
        [("grant", 7021)],
        [("grant", 7020 + 7 * step) for step in range(1, 60)],
        [("grant", 5004), ("grant", 7014), ("grant", 7020)],
        [("grant", 7030), ("grant", 7030), ("grant", 7031)],
    ]
    for plan in plans:
        case.call(ALICE, CONTRACT, fuel=10000, resume=plan, expect=expect()).counted(*lines)
    return case


def refuel_at_the_limit():
    """A limit that is raised at an exhaustion is an input like any other (MET-13)."""
    case = Small(
        "metering/limit-raised",
        ["At the exhaustion at its limit, the limit of the execution is raised, and it goes on."],
        ["MET-13", "MET-11"],
    )
    case.with_contract(bare("nop", "nop", "nop", "nop"))
    lines = (TX, *BARE, entry(0, 0), "4  four nops")
    case.call(ALICE, CONTRACT, fuel=7021, expect=expect("OutOfFuel")).counted("not raised:", *lines[:-1], "2  two nops")
    case.call(ALICE, CONTRACT, fuel=7021, resume=[("grant", 7021), ("limit", 7023)], expect=expect()).counted(
        "raised to what it needs:", *lines
    )
    case.call(ALICE, CONTRACT, fuel=7021, resume=[("grant", 7021), ("limit", 7022)], expect=expect("OutOfFuel"))
    case.counted("raised to one less:", *lines[:-1], "3  three nops")
    case.call(ALICE, CONTRACT, fuel=7021, resume=[("grant", 7021), ("limit", 7022), ("limit", 8000)], expect=expect())
    return case.counted("raised twice:", *lines)


def limit_raised_behind_a_callee():
    """A callee's limit is fixed at its call, and tested before the grant: raising the limit comes too late for it."""
    case = Small(
        "metering/limit-raised-behind-a-callee",
        [
            (
                "The contract gives all it has to an endless loop. The callee's limit is the execution's, and a callee"
                " beyond its"
            ),
            (
                "limit ends OutOfFuel; only the store behind it, the caller's own, is at the limit of the execution,"
                " which is"
            ),
            "raised there.",
        ],
        ["MET-13", "MET-14"],
    )
    case.with_contract(bare(("loop",), ("br", 0), "end"), at=OTHER, name="loop")
    code = paged(store32(32, host("call", 0, 32, 0, 0, 0, ALL_FUEL, 0)), output(32, 4), data=[(0, OTHER)])
    case.with_contract(code)
    case.call(
        ALICE,
        CONTRACT,
        fuel=16643,
        resume=[("grant", 16643), ("limit", 50000)],
        expect=expect("Success", le32(OUT_OF_FUEL)),
    )
    return case.counted(
        TX,
        *BARE,
        *PAGE,
        "40  instantiation_import 2 * 20",
        "20  instantiation_data_segment 1 * 20",
        "4  instantiation_data_byte 32 / 8",
        "1  i32.const of the offset",
        entry(8, 2),
        "8  constants",
        "5009  call 5, base(host_call) 5000, ceil(32 / 8)",
        "2010  callee: instantiation",
        "5  callee: entry",
        "1  callee: loop",
        "1000  callee: 500 turns of br, up to the limit",
        "2  store: here the limit is raised",
        "2  two constants",
        "36  output 5 + 30 + ceil(4 / 8)",
    )


def limit_raised_is_seen():
    case = Small(
        "metering/limit-raised-is-seen",
        ["fuel_left before and after the limit was raised: from 8,700 to 20,000."],
        ["MET-13", "ABI-13"],
    )
    case.with_contract(
        paged(
            store64(0, host("fuel_left")),
            c(3200),
            c(0),
            c(3200),
            ("memory.fill",),
            store64(8, host("fuel_left")),
            output(0, 16),
        )
    )
    case.call(
        ALICE,
        CONTRACT,
        fuel=8700,
        resume=[("grant", 8660), ("limit", 20000)],
        expect=expect("Success", le64(80, 11229)),
    )
    return case.counted(
        TX,
        *BARE,
        *PAGE,
        "40  instantiation_import 2 * 20",
        entry(3, 1),
        "36  constant, fuel_left 5 + 30: 80 left of 8700",
        "2  store",
        "3  three constants",
        "110  memory.fill 10 + 3200 / 32: here the limit is raised",
        "36  constant, fuel_left: 11229 left of 20000",
        "2  store",
        "2  two constants",
        "37  output 5 + 30 + 2",
    )


def pause_in_nested_calls():
    """A pause in the middle of nested calls pauses the whole execution; an allowance is not a grant."""
    case = Small(
        "metering/pause-in-nested-calls",
        [
            (
                "Three contracts deep, sliced everywhere: the first calls the second, the second the third, which loops"
                " ten times,"
            ),
            "and each puts out the outcome of its call.",
        ],
        ["MET-13", "MET-14", "MET-15"],
    )
    body = [c(10), ("local.set", 0), ("loop",), get(0), c(1), "i32.sub", ("local.tee", 0), ("br_if", 0), "end"]
    case.with_contract(bare(*body, locals_="i"), at=OTHER, name="loop")
    middle = CONTRACT[:-1] + b"\1"

    def caller(to, fuel):
        return paged(store32(32, host("call", 0, 32, 0, 0, 0, fuel, 0)), output(32, 4), data=[(0, to)])

    case.with_contract(caller(OTHER, 2079), at=middle, name="middle")
    case.with_contract(caller(middle, ALL_FUEL), name="first")
    shell = (
        "3599  instantiation: 2000, function 5, export 5, memory 500 + 1024, imports 40, data 20 + 4 + 1",
        "7  entry: base(call) 5 + frame of 8 words 2",
        "8  constants",
        "5009  call 5, base(host_call) 5000, 4",
    )
    tail = ("2  store", "2  two constants", "36  output 5 + 30 + 1")
    lines = (
        TX,
        *shell,
        *shell,
        "2010  instantiation 2000, function 5, export 5",
        "6  entry of 3 words",
        "63  constant, local.set, loop, 10 turns of 6",
        *tail,
        *tail,
    )
    for plan in (
        None,
        [("grant", 1000 * step) for step in range(1, 25)],
        [("grant", 22250 + step) for step in range(90)],
    ):
        case.call(ALICE, CONTRACT, fuel=50000, resume=plan, expect=expect("Success", le32(SUCCESS))).counted(*lines)
    return case


def frames_over_contracts():
    """Frames are counted over all nested contract calls (MET-10)."""

    def down(frames, after):
        module = Module(1)
        module.function("$call", [c(frames - 2), ("call", "$down")], export="call")
        module.function(
            "$down", [get(0), ("if",), get(0), c(1), "i32.sub", ("call", "$down"), "else", *after, "end"], "i"
        )
        return module

    tell = [store32(32, host("call", 0, 32, 0, 0, 0, ALL_FUEL, 0)), output(32, 4)]
    case = Small(
        "metering/frames-over-contracts",
        [
            "1,000 frames of one contract, then a call of another that makes 24 more, the last that fit, or 25.",
            "$down of the first has 1 parameter and a height of 8 words: 9; of the second 1 and 2: 3.",
        ],
        ["MET-10", "ABI-37"],
    )
    first = (
        TX,
        "2000  base(instantiation)",
        "10  instantiation_function 2 * 5",
        "5  instantiation_export 1 * 5",
        *PAGE,
        "40  instantiation_import 2 * 20",
        "20  instantiation_data_segment 1 * 20",
        "4  instantiation_data_byte 32 / 8",
        "1  i32.const of the offset",
        entry(1, 1),
        "9  constant, call 5 + ceil(9 / 4) 3",
        "13972  998 times local.get, if 2, local.get, constant, sub, call 5 + 3: 14",
        "3  local.get, if 2",
        "8  constants",
        "5009  call 5, base(host_call) 5000, 4",
        "3539  callee: 2000, functions 10, export 5, memory 500 + 1024",
        "6  callee: entry of 1 word",
        "7  callee: constant, call 5 + 1",
    )
    last = ("2  store", "2  two constants", "36  output 5 + 30 + 1")
    for frames, outcome, middle in [
        (24, SUCCESS, ("264  callee: 22 times 12", "3  callee: local.get, if 2")),
        (25, CALL_DEPTH, ("264  callee: 22 times 12", "11  callee: the same, but the call traps for its base 5")),
    ]:
        second = f"second-{frames}".encode().ljust(32, b"\0")
        at = f"first-{frames}".encode().ljust(32, b"\0")
        case.with_contract(down(frames, []).encode(), at=second, name=f"second-{frames}")
        case.with_contract(down(1000, tell).segment(second, 0).encode(), at=at, name=f"first-{frames}")
        case.call(ALICE, at, expect=expect("Success", le32(outcome))).counted(*first, *middle, *last)
    return case


def host_call_at_the_last_frame():
    """A host function has no frame: MET-19 lists no limits. A contract that is called from there has one."""

    def deepest(after):
        module = Module(1).function("$call", [c(1022), ("call", "$down")], export="call")
        body = [get(0), ("if",), get(0), c(1), "i32.sub", ("call", "$down"), "else", *after, "end"]
        return module.function("$down", body, "i")

    case = Small(
        "metering/last-frame",
        [
            (
                "In the last of 1,024 frames a host function can be called; a contract called from there has no frame"
                " left, and"
            ),
            "traps CallDepth at its entry, having paid its instantiation and the base of the entry.",
        ],
        ["MET-9", "MET-10", "MET-19", "ABI-37"],
    )
    shell = (
        TX,
        "2000  base(instantiation)",
        "10  instantiation_function 2 * 5",
        "5  instantiation_export 1 * 5",
        *PAGE,
    )
    case.with_contract(bare(), at=OTHER, name="quiet")
    case.with_contract(deepest([host("value"), "drop"]).encode(), name="host")
    case.call(ALICE, CONTRACT, expect=expect()).counted(
        *shell,
        IMPORT,
        entry(1, 1),
        "7  constant, call 5 + 1",
        "12264  1,022 times local.get, if 2, local.get, constant, sub, call 5 + 1: 12",
        "3  local.get, if 2",
        "36  value 5 + 30, drop",
    )
    third = b"contract-called".ljust(32, b"\0")
    tell = [store32(32, host("call", 0, 32, 0, 0, 0, ALL_FUEL, 0)), output(32, 4)]
    case.with_contract(deepest(tell).segment(OTHER, 0).encode(), at=third, name="calls")
    case.call(ALICE, third, expect=expect("Success", le32(CALL_DEPTH)))
    return case.counted(
        *shell,
        "40  instantiation_import 2 * 20",
        "20  instantiation_data_segment 1 * 20",
        "4  instantiation_data_byte 32 / 8",
        "1  i32.const of the offset",
        entry(1, 1),
        "9  constant, call 5 + ceil(9 / 4) 3",
        "14308  1,022 times local.get, if 2, local.get, constant, sub, call 5 + 3: 14",
        "3  local.get, if 2",
        "8  constants",
        "5009  call 5, base(host_call) 5000, 4",
        "2010  callee: instantiation",
        "5  callee: the entry's base, which traps",
        "2  store",
        "2  two constants",
        "36  output 5 + 30 + 1",
    )


def host_classes():
    """One call of each class of host function that has a price of its own."""
    body = [
        host("value"),
        "drop",
        host("storage_has", 0, 1),
        "drop",
        host("transient_write", 0, 1, 1, 4),
        host("event", 0, 2, 2, 3),
        host("sha256", 0, 3, 32, 32),
        "drop",
        host("storage_remove", 0, 1),
        "drop",
    ]
    return triple(
        "metering/host-classes",
        ["A call of each class, with its amount."],
        ["MET-19", "ABI-8"],
        paged(*body),
        {**expect(), "events": [{"address": "0x" + CONTRACT.hex(), "topic": "0x0000", "data": "0x000000"}]},
        (
            TX,
            *BARE,
            *PAGE,
            "120  instantiation_import 6 * 20",
            entry(4, 1),
            "36  value 5 + 30, drop",
            "1009  two constants, storage_has 5 + 1000 + 1 byte, drop",
            "212  four constants, transient_write 5 + 200 + ceil(5 / 2)",
            "529  four constants, event 5 + 500 + 5 * 4",
            "485  four constants, sha256 5 + 300 + (3 + 32) * 5, drop",
            "5017  two constants, storage_remove 5 + 5000 + 10",
            "1  drop",
        ),
        1,
        "drop",
    )


def cases():
    return [
        ladder(),
        input_bytes(),
        constants_and_parametric(),
        integers(),
        floats(),
        variables(),
        memory_instructions(),
        delimiters(),
        loop(),
        branch_words(),
        loop_parameters(),
        branch_table(),
        returns(),
        frames(),
        unreached_heights(),
        call_indirect(),
        frame_amount_cannot_be_paid(),
        memory_bulk(),
        memory_amount_order(),
        memory_grow(),
        table_instructions(),
        instantiation(),
        start_function(),
        segment_out_of_bounds(),
        host_output(),
        host_write(),
        host_violation(),
        callee_out_of_fuel(),
        allowance_of_all(),
        fuel_left(),
        refuel_plan(),
        refuel_at_the_limit(),
        limit_raised_behind_a_callee(),
        limit_raised_is_seen(),
        pause_in_nested_calls(),
        frames_over_contracts(),
        host_call_at_the_last_frame(),
        host_classes(),
    ]
