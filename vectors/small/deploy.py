"""Suite `deploy`: transactions that create contracts: what is accepted, what is refused, what it costs."""

from assemble import Module, sized, vector
from lib import create_address
from small.common import (
    ALICE,
    ALLOW_REENTRY,
    BARE,
    BOB,
    CONTRACT,
    OTHER,
    PAGE,
    ROUTER,
    SUCCESS,
    Small,
    account_gone,
    account_is,
    bare,
    c,
    contract,
    event,
    expect,
    hop,
    host,
    le32,
    output,
    paged,
    stored,
)

LIMIT_EXCEEDED = 34
SHORTEST = bare()


def placed(code, salt=0, creator=ALICE):
    return create_address(creator, salt, code)


def deployment(name, note, clauses, code, wanted, lines=(), **step):
    case = Small(name, note, clauses).inline_code("code", code).deploy(ALICE, "code", expect=wanted, **step)
    return case.counted(*lines) if lines else case


def success(code, salt=0, events=(), writes=(), balance=0):
    at = placed(code, salt)
    return expect("Success", at, events, [account_is(at, balance, code), *writes])


def shortest():
    """The shortest contract, at every limit where something changes."""
    case = Small(
        "deploy/shortest",
        [
            "The shortest contract has 34 bytes, of which the body has 2: 00 0b. There is no deploy, so nothing runs.",
            "The 34 bytes: header 8, type section 6, function section 4, export section 10, code section 6.",
        ],
        ["ABI-35", "ABI-36", "ABI-50", "ABI-60", "MET-17", "MET-18"],
    ).inline_code("code", SHORTEST)
    assert len(SHORTEST) == 34
    own = "20680  base(host_create) 20000 + host_code_byte 34 * 20"
    begin = (
        "5000  base(activation)",
        "64  activation_byte (34 - 2) * 2",
        "50  activation_type 1 * 50",
        "0  activation_field 0 * 10",
        "100  activation_function 1 * 100",
        "100  activation_export 1 * 100",
        "40  activation_body_byte 2 * 20",
        *BARE,
    )
    for limit, lines in (
        (0, ["0  nothing"]),
        (20679, ["0  one less than the transaction's own price"]),
        (20680, [own]),
        (28043, [own]),
    ):
        case.deploy(ALICE, "code", fuel=limit, expect=expect("OutOfFuel")).counted(f"limit {limit}:", *lines)
    case.deploy(ALICE, "code", fuel=28044, expect=success(SHORTEST)).counted("limit 28044:", own, *begin)
    case.deploy(ALICE, "code", expect=expect("AddressTaken")).counted("again:", own)
    return case.deploy(ALICE, "code", salt=1, expect=success(SHORTEST, 1)).counted("with another salt:", own, *begin)


def deploying(*body, call=(), memory=1, data=(), locals_=()):
    module = Module(memory)
    module.function("$call", list(call), export="call").function(
        "$deploy", list(body), locals_=locals_, export="deploy"
    )
    for offset, content in data:
        module.segment(content, offset)
    return module.encode()


def with_deploy():
    """deploy reads its input, writes, emits and puts something out, which does not count: the output is the address."""
    code = deploying(
        host("input", 0, 8),
        ("local.set", 0),
        host("storage_write", 8, 1, 0, 8),
        host("event", 8, 1, 0, 2),
        output(0, 8),
        data=[(8, b"k")],
        locals_="i",
    )
    at = placed(code)
    case = (
        Small(
            "deploy/with-deploy",
            [
                "deploy stores its input and emits; its output is not the transaction's. Input and value are those of"
                " the transaction."
            ],
            ["ABI-30", "ABI-35", "ABI-50", "ABI-60"],
        )
        .inline_code("code", code)
        .account(ALICE, 9)
    )
    case.deploy(
        ALICE,
        "code",
        data=b"greeting",
        value=9,
        expect=expect(
            "Success",
            at,
            [event(at, b"k", b"gr")],
            sorted_writes(account_gone(ALICE), account_is(at, 9, code), stored(at, b"k", b"greeting")),
        ),
    )
    return case.call(ALICE, at, expect=expect())


def sorted_writes(*writes):
    return sorted(writes, key=lambda write: write["address"])


def activation():
    """Every unit of activation that a contract can have."""
    module = Module((1, 2))
    module.use("output")
    module.function("$call", [c(2), ("br_table", [0, 0, 0], 0)], export="call")
    module.function("$taker", [("block",), c(0), ("br_table", [0], 1), "end"], "iI", "", locals_=[(3, "F")])
    module.function("$giver", [c(1), ("i64.const", 2), "return"], "", "iI")
    module.table(2).global_("i", [c(1)]).global_("F", [("f64.const", 0.0)]).export("memory", 0x02, 0)
    module.elem(["$call", "$taker"], 0).elem_null(3).segment(b"abc", 0).segment(b"")
    module.custom.append(("note", b"custom bytes count too"))
    code = module.encode()
    assert len(code) == 208, len(code)
    return deployment(
        "deploy/activation",
        [
            "Every unit of activation: 208 bytes, custom section included, of which the bodies have 10 + 13 + 7:",
            (
                "call 00 41 02 0e 03 00 00 00 00 0b; taker 01 03 7c 02 40 41 00 0e 01 00 01 0b 0b; giver 00 41 01 42 02"
                " 0f 0b."
            ),
            "Types: output's (2 i32), call's, taker's (i32, i64), giver's (i32, i64): 6 parameters and results.",
        ],
        ["MET-17", "MET-18", "ABI-35"],
        code,
        success(code),
        (
            "24160  base(host_create) 20000 + host_code_byte 208 * 20",
            "5000  base(activation)",
            "356  activation_byte (208 - 30) * 2",
            "200  activation_type 4 * 50",
            "60  activation_field 6 * 10",
            "100  activation_import 1 * 100",
            "300  activation_function 3 * 100",
            "50  activation_table 1 * 50",
            "50  activation_memory 1 * 50",
            "100  activation_global 2 * 50",
            "200  activation_export 2 * 100",
            "100  activation_element_segment 2 * 50",
            "50  activation_element 5 * 10",
            "100  activation_data_segment 2 * 50",
            "600  activation_body_byte 30 * 20",
            "120  activation_branch_target (4 + 2) * 20",
            "2000  base(instantiation)",
            "20  instantiation_import 1 * 20",
            "15  instantiation_function 3 * 5",
            "100  instantiation_table 1 * 100",
            "1  instantiation_table_element 2 / 2",
            "500  instantiation_memory 1 * 500",
            "1024  instantiation_memory_byte 65536 / 64",
            "20  instantiation_global 2 * 10",
            "10  instantiation_export 2 * 5",
            "40  instantiation_element_segment 2 * 20",
            "25  instantiation_element 5 * 5",
            "40  instantiation_data_segment 2 * 20",
            "1  instantiation_data_byte ceil(3 / 8)",
            "9  constant expressions: i32.const, f64.const, two offsets, two ref.func, three ref.null",
        ),
    )


def header(*sections):
    return b"\0asm\x01\0\0\0" + b"".join(bytes([number]) + sized(data) for number, data in sections)


TYPE, FUNCTION, EXPORT = (1, b"\x01\x60\x00\x00"), (3, b"\x01\x00"), (7, b"\x01\x04call\x00\x00")


def around(*body, locals_=b"\x00"):
    """The shortest contract, but with this raw body."""
    return header(TYPE, FUNCTION, EXPORT, (10, vector([sized(locals_ + b"".join(body) + b"\x0b")])))


def refused(name, note, rows, status="InvalidModule"):
    """Codes that are refused: what each has cost is its bytes (ABI-35)."""
    case = Small(name, note, ["ABI-35", "ABI-50"])
    for title, length, code in rows:
        assert len(code) == length, (title, len(code))
        case.inline_code(title, code).deploy(ALICE, title, expect=expect(status)).note.append(f"{title}:")
        case.counted("20000  base(host_create)", f"{length * 20}  host_code_byte {length} * 20")
    return case


def malformed():
    good = SHORTEST
    return refused(
        "deploy/malformed",
        ["Not a module in the binary format."],
        [
            ("empty", 0, b""),
            ("magic", 34, b"\0asn" + good[4:]),
            ("version", 34, good[:4] + b"\x02" + good[5:]),
            ("truncated", 33, good[:-1]),
            ("trailing", 35, good + b"\x00"),
            ("sections-swapped", 34, header(FUNCTION, TYPE, EXPORT, (10, b"\x01\x02\x00\x0b"))),
            ("section-twice", 40, header(TYPE, TYPE, FUNCTION, EXPORT, (10, b"\x01\x02\x00\x0b"))),
            ("no-code", 28, header(TYPE, FUNCTION, EXPORT)),
            (
                "leb-too-long",
                39,
                header((1, b"\x81\x80\x80\x80\x80\x00\x60\x00\x00"), FUNCTION, EXPORT, (10, b"\x01\x02\x00\x0b")),
            ),
            ("body-without-end", 34, header(TYPE, FUNCTION, EXPORT, (10, b"\x01\x02\x00\x01"))),
            ("unknown-opcode", 35, around(b"\xff")),
            ("unknown-section", 36, header(TYPE, FUNCTION, EXPORT, (10, b"\x01\x02\x00\x0b"), (14, b""))),
            ("name-not-utf-8", 38, good + b"\x00\x02\x01\xff"),
        ],
    )


def invalid():
    two = [("i32.const", 1), ("i64.const", 1)]
    return refused(
        "deploy/invalid",
        ["Well-formed, but not valid."],
        [
            ("operand-missing", 35, bare("drop")),
            ("operand-left", 36, bare(c(0))),
            ("operand-of-other-type", 40, bare(*two, "i32.add", "drop")),
            ("unknown-local", 37, bare(("local.get", 0), "drop")),
            ("unknown-global", 37, bare(("global.get", 0), "drop")),
            ("unknown-function", 36, bare(("call", 7))),
            ("unknown-label", 36, bare(("br", 1))),
            ("no-memory", 40, bare(c(0), ("i32.load",), "drop")),
            ("alignment", 45, alignment()),
            (
                "export-twice",
                41,
                header(TYPE, FUNCTION, (7, b"\x02\x04call\x00\x00\x04call\x00\x00"), (10, b"\x01\x02\x00\x0b")),
            ),
            ("start-typed", 45, start_typed()),
            ("immutable-global", 46, immutable_global()),
            ("undeclared-reference", 30, undeclared()),
        ],
    )


def alignment():
    return header(
        TYPE, FUNCTION, (5, b"\x01\x00\x01"), EXPORT, (10, vector([sized(b"\x00\x41\x00\x28\x03\x00\x1a\x0b")]))
    )


def start_typed():
    module = Module().function("$call", [], export="call").function("$start", [], "i")
    module.start = "$start"
    return module.encode()


def immutable_global():
    return contract(c(1), ("global.set", 0)).global_("i", [c(0)], mutable=False).encode()


def undeclared():
    return header(
        (1, b"\x01\x60\x00\x00"), (3, b"\x01\x00"), (7, b"\x00"), (10, vector([sized(b"\x00\xd2\x00\x1a\x0b")]))
    )


def gated():
    """What later proposals brought: profile 1 is WebAssembly 2.0 without vectors."""
    return refused(
        "deploy/gated",
        ["Features that profile 1 leaves off, one module each."],
        [
            ("simd-constant", 53, around(b"\xfd\x0c" + bytes(16), b"\x1a")),
            ("simd-local", 36, around(locals_=b"\x01\x01\x7b")),
            ("simd-type", 35, header((1, b"\x01\x60\x01\x7b\x00"), FUNCTION, EXPORT, (10, b"\x01\x02\x00\x0b"))),
            ("relaxed-simd", 74, around((b"\xfd\x0c" + bytes(16)) * 2, b"\xfd\x80\x02\x1a")),
            ("tail-call", 36, around(b"\x12\x00")),
            (
                "tail-call-indirect",
                45,
                header(
                    TYPE,
                    FUNCTION,
                    (4, b"\x01\x70\x00\x01"),
                    EXPORT,
                    (10, vector([sized(b"\x00\x41\x00\x13\x00\x00\x0b")])),
                ),
            ),
            ("exception-tag", 39, header(TYPE, FUNCTION, (13, b"\x01\x00\x00"), EXPORT, (10, b"\x01\x02\x00\x0b"))),
            (
                "exception-throw",
                41,
                header(TYPE, FUNCTION, (13, b"\x01\x00\x00"), EXPORT, (10, b"\x01\x04\x00\x08\x00\x0b")),
            ),
            ("gc-structure", 36, header((1, b"\x02\x60\x00\x00\x5f\x00"), FUNCTION, EXPORT, (10, b"\x01\x02\x00\x0b"))),
            ("gc-i31", 39, around(b"\x41\x00\xfb\x1c\x1a")),
            ("gc-any", 37, around(b"\xd0\x6e\x1a")),
            ("typed-reference", 37, around(locals_=b"\x01\x01\x63\x00")),
            ("call-ref", 37, around(b"\x00\x14\x00")),
            ("threads-fence", 37, around(b"\xfe\x03\x00")),
            ("threads-shared", 40, header(TYPE, FUNCTION, (5, b"\x01\x03\x01\x01"), EXPORT, (10, b"\x01\x02\x00\x0b"))),
            ("memory64", 39, header(TYPE, FUNCTION, (5, b"\x01\x04\x01"), EXPORT, (10, b"\x01\x02\x00\x0b"))),
            ("page-size", 40, header(TYPE, FUNCTION, (5, b"\x01\x08\x01\x00"), EXPORT, (10, b"\x01\x02\x00\x0b"))),
            (
                "multi-memory",
                41,
                header(TYPE, FUNCTION, (5, b"\x02\x00\x01\x00\x01"), EXPORT, (10, b"\x01\x02\x00\x0b")),
            ),
            (
                "extended-constant",
                45,
                header(TYPE, FUNCTION, (6, b"\x01\x7f\x00\x41\x01\x41\x02\x6a\x0b"), EXPORT, (10, b"\x01\x02\x00\x0b")),
            ),
            ("wide-arithmetic", 46, around(b"\x42\x00\x42\x00\x42\x00\x42\x00\xfc\x13\x1a\x1a")),
        ],
    )


def link_errors():
    def imports(module, name, description=b"\x00\x00"):
        own = b"\x01" if description[0] == 0 else b"\x00"
        return header(
            TYPE,
            (2, vector([sized(module) + sized(name) + description])),
            FUNCTION,
            (7, b"\x01\x04call\x00" + own),
            (10, b"\x01\x02\x00\x0b"),
        )

    typed = header((1, b"\x01\x60\x01\x7f\x00"), FUNCTION, EXPORT, (10, b"\x01\x02\x00\x0b"))
    result = header((1, b"\x01\x60\x00\x01\x7f"), FUNCTION, EXPORT, (10, b"\x01\x04\x00\x41\x00\x0b"))
    memory = header((5, b"\x01\x00\x01"), (7, b"\x01\x04call\x02\x00"))
    deploy = header(
        (1, b"\x02\x60\x00\x00\x60\x01\x7f\x00"),
        (3, b"\x02\x00\x01"),
        (7, b"\x02\x04call\x00\x00\x06deploy\x00\x01"),
        (10, b"\x02\x02\x00\x0b\x02\x00\x0b"),
    )
    return refused(
        "deploy/link-errors",
        ["Valid, but its imports or exports are not a contract's."],
        [
            ("unknown-name", 57, imports(b"detent_v1", b"no_such")),
            ("unknown-module", 52, imports(b"detent_v2", b"in")),
            ("other-module", 50, imports(b"env", b"output")),
            ("other-type", 56, imports(b"detent_v1", b"output")),
            ("memory", 57, imports(b"detent_v1", b"memory", b"\x02\x00\x01")),
            ("global", 57, imports(b"detent_v1", b"global", b"\x03\x7f\x00")),
            ("table", 58, imports(b"detent_v1", b"tables", b"\x01\x70\x00\x00")),
            ("no-call", 33, header(TYPE, FUNCTION, (7, b"\x01\x03run\x00\x00"), (10, b"\x01\x02\x00\x0b"))),
            ("no-module-at-all", 8, header()),
            ("call-with-parameter", 35, typed),
            ("call-with-result", 37, result),
            ("call-is-a-memory", 23, memory),
            ("deploy-with-parameter", 51, deploy),
        ],
        "LinkError",
    )


def accepted():
    """What might be refused and is not."""
    case = Small(
        "deploy/accepted",
        [
            (
                "Unusual, but valid: a custom section whose content is broken, a number in LEB128 with padding,"
                " `deploy` and `call`"
            ),
            "being one function.",
        ],
        ["ABI-35", "MET-17"],
    )
    custom = SHORTEST + b"\x00\x06\x04name\xff"
    padded = header((1, b"\x81\x00\x60\x00\x00"), FUNCTION, EXPORT, (10, b"\x01\x02\x00\x0b"))
    same = header(TYPE, FUNCTION, (7, b"\x02\x04call\x00\x00\x06deploy\x00\x00"), (10, b"\x01\x02\x00\x0b"))
    common = ("100  activation_function 1 * 100", "40  activation_body_byte 2 * 20")
    rows = [
        ("custom", 42, custom, ("80  activation_byte (42 - 2) * 2", "100  activation_export 1 * 100", *BARE)),
        ("padded", 35, padded, ("66  activation_byte (35 - 2) * 2", "100  activation_export 1 * 100", *BARE)),
        (
            "same",
            43,
            same,
            (
                "82  activation_byte (43 - 2) * 2",
                "200  activation_export 2 * 100",
                "2000  base(instantiation)",
                "5  instantiation_function 1 * 5",
                "10  instantiation_export 2 * 5",
                "5  deploy: base(call), a frame of 0 words",
            ),
        ),
    ]
    for title, length, code, lines in rows:
        assert len(code) == length, (title, len(code))
        case.inline_code(title, code).deploy(ALICE, title, expect=success(code)).note.append(f"{title}:")
        case.counted(
            "20000  base(host_create)",
            f"{length * 20}  host_code_byte {length} * 20",
            "5000  base(activation)",
            "50  activation_type 1 * 50",
            *common,
            *lines,
        )
    return case


def start_functions():
    """The start function runs at creation too, before deploy, and can undo it."""

    def started(start, deploy=None):
        module = Module(1).function("$call", [], export="call").function("$start", start)
        if deploy is not None:
            module.function("$deploy", deploy, export="deploy")
        module.start = "$start"
        return module.encode()

    runs = started([*host("event", 0, 0, 0, 0)])
    first = started([*host("event", 0, 1, 0, 0)], [*host("event", 0, 2, 0, 0)])
    traps = started([*host("event", 0, 0, 0, 0), "unreachable"], [])
    case = Small(
        "deploy/start-function",
        [
            "Without a deploy the start function runs all the same; with one it runs first; a trap in it undoes the"
            " creation."
        ],
        ["ABI-30", "ABI-35", "MET-9", "MET-18"],
    )
    case.inline_code("runs", runs).inline_code("first", first).inline_code("traps", traps)
    case.deploy(ALICE, "runs", expect=success(runs, events=[event(placed(runs))]))
    case.deploy(
        ALICE, "first", expect=success(first, events=[event(placed(first), b"\0"), event(placed(first), b"\0\0")])
    )
    return case.deploy(ALICE, "traps", expect=expect("Unreachable"))


def segment_traps():
    """An active segment out of bounds: activation and instantiation are paid, nothing is created."""
    code = contract(memory=1).segment(b"ab", 65535).encode()
    assert len(code) == 51, len(code)
    return deployment(
        "deploy/segment-out-of-bounds",
        ["The module has 51 bytes, 2 of them its body."],
        ["MET-18", "ABI-35", "ABI-51"],
        code,
        expect("OutOfBoundsMemoryAccess"),
        (
            "21020  base(host_create) 20000 + host_code_byte 51 * 20",
            "5000  base(activation)",
            "98  activation_byte (51 - 2) * 2",
            "50  activation_type 1 * 50",
            "100  activation_function 1 * 100",
            "50  activation_memory 1 * 50",
            "100  activation_export 1 * 100",
            "50  activation_data_segment 1 * 50",
            "40  activation_body_byte 2 * 20",
            *BARE,
            *PAGE,
            "20  instantiation_data_segment 1 * 20",
            "1  instantiation_data_byte ceil(2 / 8)",
            "1  i32.const of the offset",
        ),
    )


def deploy_fails():
    ends = {
        "revert": (host("revert", 0, 3), "Revert", b"why"),
        "abort": (host("abort", 258), "Abort", le32(258)),
        "trap": (["unreachable"], "Unreachable", b""),
        "bad-pointer": (output(65536, 1), "AbiViolation", b""),
        "out-of-fuel": ([("loop",), ("br", 0), "end"], "OutOfFuel", b""),
    }
    case = Small(
        "deploy/deploy-fails",
        ["deploy writes, emits and then fails: nothing is left of the creation, and its fuel is used."],
        ["ABI-35", "ABI-51", "ABI-60"],
    )
    case.account(ALICE, 5)
    for title, (end, status, out) in ends.items():
        code = deploying(
            host("storage_write", 0, 1, 0, 3), host("event", 0, 1, 0, 3), output(0, 3), end, data=[(0, b"why")]
        )
        case.inline_code(title, code).deploy(ALICE, title, value=5, fuel=100000, expect=expect(status, out))
    return case


def refusals_in_order():
    """Invalid, link, taken, value: in this order, and each costs the bytes."""
    at = placed(SHORTEST)
    unlinked = header(TYPE, FUNCTION, (7, b"\x01\x03run\x00\x00"), (10, b"\x01\x02\x00\x0b"))
    case = Small(
        "deploy/refusals-in-order",
        [
            (
                "A sender with nothing sends 1: an invalid code is refused first, then one that does not link, then a"
                " taken address, then"
            ),
            "the value; and a sum that does not fit 64 bits.",
        ],
        ["ABI-35", "ABI-50"],
    )
    case.inline_code("invalid", bare("drop")).inline_code("unlinked", unlinked).inline_code(
        "code", SHORTEST
    ).inline_code("other", bare("nop"))
    case.account(at, 0, "code").account(BOB, 1).account(create_address(BOB, 0, SHORTEST), (1 << 64) - 1)
    case.deploy(ALICE, "invalid", value=1, expect=expect("InvalidModule")).counted("20700  20000 + 35 * 20")
    case.deploy(ALICE, "unlinked", value=1, expect=expect("LinkError")).counted("20660  20000 + 33 * 20")
    case.deploy(ALICE, "code", value=1, expect=expect("AddressTaken")).counted("20680  20000 + 34 * 20")
    case.deploy(ALICE, "other", value=1, expect=expect("InsufficientValue")).counted("20700  20000 + 35 * 20")
    case.deploy(BOB, "code", value=1, expect=expect("InsufficientValue")).counted("20680  20000 + 34 * 20")
    return case


def limits_of_the_profile():
    """Limits: one more is refused. Beyond one of the module, it is invalid; of the store, instantiating it traps."""
    locals_at, locals_beyond = bare(locals_=[(10000, "I")]), bare(locals_=[(10001, "I")])
    table_at, table_beyond = contract().table(100000).encode(), contract().table(100001).encode()
    tables_beyond = contract().table(100000).table(100000).table(1).encode()
    memory_at, memory_beyond = contract(memory=1024).encode(), contract(memory=1025).encode()
    case = Small(
        "deploy/limits",
        [
            "Locals, elements of a table, of all tables, bytes of memory: at the limit of preset contract, and one"
            " beyond."
        ],
        ["ABI-35", "ABI-5"],
    )
    for title, code, status in (
        ("locals-at", locals_at, None),
        ("locals-beyond", locals_beyond, "InvalidModule"),
        ("table-at", table_at, None),
        ("table-beyond", table_beyond, "InvalidModule"),
        ("tables-beyond", tables_beyond, "LimitExceeded"),
        ("memory-at", memory_at, None),
        ("memory-beyond", memory_beyond, "LimitExceeded"),
    ):
        case.inline_code(title, code).deploy(ALICE, title, expect=expect(status) if status else success(code))
    return case


def store_limit_over_contracts():
    """The memories of all instances of an execution count together; an instance ends with its call."""
    big = contract(memory=1024).encode()
    case = Small(
        "deploy/store-limit",
        [
            "A router with one page calls a contract of 1,024 pages: LimitExceeded; the contract alone runs; of 1,023"
            " pages, it can be called, twice."
        ],
        ["ABI-5", "ABI-30", "ABI-37"],
    )
    fitting = contract(memory=1023).encode()
    case.with_contract(ROUTER, name="router").with_contract(big, at=OTHER, name="big").with_contract(
        fitting, at=BOB, name="fitting"
    )
    case.call(ALICE, CONTRACT, hop(OTHER), expect=expect("Success", le32(LIMIT_EXCEEDED)))
    case.call(ALICE, OTHER, expect=expect())
    case.call(ALICE, CONTRACT, hop(BOB), expect=expect("Success", le32(SUCCESS)))
    twice = paged(
        host("call", 0, 32, 0, 0, 0, 5_000_000, 0),
        host("call", 0, 32, 0, 0, 0, 5_000_000, 0),
        "i32.add",
        ("local.set", 0),
        c(32),
        ("local.get", 0),
        ("i32.store",),
        output(32, 4),
        data=[(0, BOB)],
        locals_="i",
    )
    third = b"twice".ljust(32, b"\0")
    case.with_contract(twice, at=third, name="twice")
    case.call(ALICE, third, expect=expect("Success", le32(SUCCESS)))
    return case.call(
        ALICE,
        CONTRACT,
        hop(CONTRACT, ALLOW_REENTRY) + hop(BOB),
        expect=expect("Success", le32(SUCCESS, LIMIT_EXCEEDED)),
    )


def resumed():
    """A deployment by a refuel plan ends like one in one go (MET-15)."""
    code = deploying(host("storage_write", 0, 1, 0, 3), data=[(0, b"why")])
    case = Small(
        "deploy/refuel-plan", ["In one go, then in slices, with another salt."], ["MET-13", "MET-15", "ABI-50"]
    ).inline_code("code", code)
    plans = [None, [("grant", 25000), ("grant", 30000)], [("grant", 1000 * step) for step in range(20, 45)]]
    for salt, plan in enumerate(plans):
        at = placed(code, salt)
        case.deploy(
            ALICE,
            "code",
            salt=salt,
            fuel=50000,
            resume=plan,
            expect=expect("Success", at, writes=[account_is(at, 0, code), stored(at, b"w", b"why")]),
        )
    return case


def cases():
    return [
        shortest(),
        with_deploy(),
        activation(),
        malformed(),
        invalid(),
        gated(),
        link_errors(),
        accepted(),
        start_functions(),
        segment_traps(),
        deploy_fails(),
        refusals_in_order(),
        limits_of_the_profile(),
        store_limit_over_contracts(),
        resumed(),
    ]
