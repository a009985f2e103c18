"""Suite `abi`, calls: re-entry, value, depth, creation."""

from assemble import Module
from lib import create_address
from small.common import (
    ADDRESS_TAKEN,
    ALICE,
    ALL_FUEL,
    ALLOW_REENTRY,
    BARE,
    BOB,
    CALL_DEPTH,
    CONTRACT,
    DELEGATE,
    INSUFFICIENT_VALUE,
    INVALID_MODULE,
    LINK_ERROR,
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
    account_gone,
    account_is,
    bare,
    c,
    contract,
    entry,
    event,
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
    stored,
)


def routed(name, note, clauses, routes):
    """Routers at CONTRACT, OTHER and THIRD; each route is a list of hops and the outcomes, outermost first."""
    case = Small(name, note, clauses)
    case.with_contract(ROUTER, name="router").account(OTHER, 0, "router").account(THIRD, 0, "router")
    for hops, outcomes in routes:
        case.call(ALICE, CONTRACT, b"".join(hops), expect=expect("Success", le32(*outcomes)))
    return case


def reentry_of_self():
    return routed(
        "abi/reentry-self",
        ["A contract that calls itself: denied, unless this very call allows it; delegation is exempt."],
        ["ABI-32"],
        [
            ([hop(CONTRACT)], [REENTRY_DENIED]),
            ([hop(CONTRACT, STATIC)], [REENTRY_DENIED]),
            ([hop(CONTRACT, ALLOW_REENTRY)], [SUCCESS]),
            ([hop(CONTRACT, ALLOW_REENTRY | STATIC)], [SUCCESS]),
            ([hop(CONTRACT, ALLOW_REENTRY), hop(CONTRACT)], [SUCCESS, REENTRY_DENIED]),
            ([hop(CONTRACT, ALLOW_REENTRY), hop(CONTRACT, ALLOW_REENTRY)], [SUCCESS, SUCCESS]),
            ([hop(CONTRACT, DELEGATE)], [SUCCESS]),
        ],
    )


def reentry_through_another():
    return routed(
        "abi/reentry-through-another",
        ["A calls B, which calls A: it is A's call of B that must allow it, not B's call of A."],
        ["ABI-32"],
        [
            ([hop(OTHER), hop(CONTRACT)], [SUCCESS, REENTRY_DENIED]),
            ([hop(OTHER), hop(CONTRACT, ALLOW_REENTRY)], [SUCCESS, REENTRY_DENIED]),
            ([hop(OTHER, ALLOW_REENTRY), hop(CONTRACT)], [SUCCESS, SUCCESS]),
            ([hop(OTHER, ALLOW_REENTRY), hop(THIRD), hop(CONTRACT)], [SUCCESS, SUCCESS, SUCCESS]),
            ([hop(OTHER), hop(THIRD), hop(CONTRACT)], [SUCCESS, SUCCESS, REENTRY_DENIED]),
            ([hop(OTHER, ALLOW_REENTRY), hop(CONTRACT), hop(OTHER)], [SUCCESS, SUCCESS, REENTRY_DENIED]),
            ([hop(OTHER, ALLOW_REENTRY), hop(CONTRACT, ALLOW_REENTRY), hop(OTHER)], [SUCCESS, SUCCESS, SUCCESS]),
            ([hop(OTHER, ALLOW_REENTRY), hop(CONTRACT), hop(CONTRACT, ALLOW_REENTRY)], [SUCCESS, SUCCESS, SUCCESS]),
            ([hop(OTHER), hop(CONTRACT, DELEGATE)], [SUCCESS, SUCCESS]),
        ],
    )


def reentry_and_delegation():
    return routed(
        "abi/reentry-delegation",
        [
            "A delegate frame counts as a frame of its self_address: every frame of the address must have allowed"
            " re-entry."
        ],
        ["ABI-32", "ABI-34"],
        [
            ([hop(OTHER, DELEGATE), hop(CONTRACT)], [SUCCESS, REENTRY_DENIED]),
            ([hop(OTHER, DELEGATE), hop(CONTRACT, ALLOW_REENTRY)], [SUCCESS, REENTRY_DENIED]),
            ([hop(OTHER, DELEGATE | ALLOW_REENTRY), hop(CONTRACT)], [SUCCESS, REENTRY_DENIED]),
            ([hop(OTHER, DELEGATE | ALLOW_REENTRY), hop(CONTRACT, ALLOW_REENTRY)], [SUCCESS, SUCCESS]),
            ([hop(OTHER, DELEGATE), hop(OTHER)], [SUCCESS, SUCCESS]),
            ([hop(OTHER, DELEGATE), hop(OTHER, DELEGATE)], [SUCCESS, SUCCESS]),
        ],
    )


def reentry_flag_is_of_the_current_call():
    """A flag of an earlier call does not allow a later one."""
    calls = [host("call", 0, 32, 0, 32, 36, ALL_FUEL, flags) for flags in (ALLOW_REENTRY, 0)]
    body = []
    for index, instructions in enumerate(calls):
        body += [store32(100 + 4 * index, instructions), host("return_data", 108 + 4 * index, 4), "drop"]
    case = Small(
        "abi/reentry-current-call",
        [
            "A calls B twice, first allowing re-entry, then not; B calls A back each time, and A then, having no input,"
            " does nothing."
        ],
        ["ABI-32"],
    )
    guard = [host("input", 200, 0), "drop", host("call_depth"), c(0), "i32.eq", ("if",), *body, output(100, 16), "end"]
    case.with_contract(paged(*guard, data=[(0, OTHER + hop(CONTRACT))])).with_contract(ROUTER, at=OTHER, name="router")
    return case.call(ALICE, CONTRACT, expect=expect("Success", le32(SUCCESS, SUCCESS, SUCCESS, REENTRY_DENIED)))


# Input: an address, 8 bytes of value, flags. Calls it and puts out the outcome, its own balance, and the address's.
PAYER = paged(
    host("input", 0, 44),
    "drop",
    store32(64, host("call", 0, 32, [c(32), ("i64.load",)], 0, 0, ALL_FUEL, [c(40), ("i32.load",)])),
    store64(68, [host("self_address", 100, 32), "drop", *host("balance", 100, 32)]),
    store64(76, host("balance", 0, 32)),
    output(64, 20),
)


def paid(outcome, own, other):
    return le32(outcome) + le64(own, other)


def payment(to, value, flags=0):
    return to + le64(value) + le32(flags)


GREAT = (1 << 64) - 1


def value_of_calls():
    """Value within an execution: to no code, to code, too much, too much for the receiver, to a failing callee."""
    failing = OTHER
    case = Small(
        "abi/value-of-calls",
        [
            (
                "A payer with 100. It sends 30 to an account that was not there; then, having 70: 71, the most there"
                " is, and 1 to"
            ),
            (
                "an account that has the most there is, all refused; 70 to a callee that traps, which is undone; 1 by"
                " delegation,"
            ),
            "against the rules; and 70 to one with code.",
        ],
        ["ABI-31", "ABI-61", "ABI-62"],
    )
    case.with_contract(PAYER, 100, name="payer").with_contract(
        bare("unreachable"), at=failing, name="failing"
    ).with_contract(bare(), at=THIRD, name="quiet")
    case.account(ALICE, GREAT)
    case.call(
        ALICE,
        CONTRACT,
        payment(BOB, 30),
        expect=expect("Success", paid(SUCCESS, 70, 30), writes=[account_is(BOB, 30), account_is(CONTRACT, 70, PAYER)]),
    )
    case.call(ALICE, CONTRACT, payment(THIRD, 71), expect=expect("Success", paid(INSUFFICIENT_VALUE, 70, 0)))
    case.call(ALICE, CONTRACT, payment(THIRD, GREAT), expect=expect("Success", paid(INSUFFICIENT_VALUE, 70, 0)))
    case.call(ALICE, CONTRACT, payment(ALICE, 1), expect=expect("Success", paid(INSUFFICIENT_VALUE, 70, GREAT)))
    case.call(ALICE, CONTRACT, payment(failing, 70), expect=expect("Success", paid(UNREACHABLE, 70, 0)))
    case.call(ALICE, CONTRACT, payment(THIRD, 1, DELEGATE), expect=expect("AbiViolation"))
    return case.call(
        ALICE,
        CONTRACT,
        payment(THIRD, 70),
        expect=expect(
            "Success", paid(SUCCESS, 0, 70), writes=[account_is(CONTRACT, 0, PAYER), account_is(THIRD, 70, bare())]
        ),
    )


def value_of_transactions():
    """The same rules for the transaction itself, with `from` in the place of the caller (ABI-50)."""
    case = Small(
        "abi/value-of-transactions",
        [
            "A sender with 100: refused, sent to no code, to code, to code that fails, all of it, and the account is"
            " gone."
        ],
        ["ABI-50", "ABI-51", "ABI-62"],
    )
    case.account(ALICE, 100).account(BOB, GREAT - 5).with_contract(bare()).with_contract(
        bare("unreachable"), at=OTHER, name="failing"
    )
    inst = ("2010  instantiation 2000 + 5 + 5", entry(0, 0))
    case.call(ALICE, CONTRACT, value=101, expect=expect("InsufficientValue")).counted(TX)
    case.call(ALICE, BOB, value=6, expect=expect("InsufficientValue")).counted(TX)
    case.call(ALICE, BOB, value=5, expect=expect(writes=[account_is(ALICE, 95), account_is(BOB, GREAT)])).counted(TX)
    case.call(
        ALICE, CONTRACT, value=45, expect=expect(writes=[account_is(ALICE, 50), account_is(CONTRACT, 45, bare())])
    ).counted(TX, *inst)
    case.call(ALICE, OTHER, value=50, expect=expect("Unreachable")).counted(TX, *inst, "1  unreachable")
    case.call(ALICE, THIRD, value=50, expect=expect(writes=[account_gone(ALICE), account_is(THIRD, 50)])).counted(TX)
    case.call(ALICE, THIRD, expect=expect()).counted(TX)
    return case.call(THIRD, THIRD, value=50, expect=expect()).counted("to itself, all it has:", TX)


def call_depth():
    """A frame of depth 64 may call no other: CallDepth, before all other refusals."""
    body = [
        host("self_address", 0, 32),
        "drop",
        *host("call", 0, 32, 0, 0, 0, ALL_FUEL, ALLOW_REENTRY),
        ("local.tee", 0),
        ("if",),
        store32(64, [("local.get", 0)]),
        store32(68, host("call_depth")),
        store32(72, host("call", 32, 32, 1, 0, 0, 0, 0)),
        output(64, 12),
        "else",
        *host("return_data", 64, 12),
        "drop",
        output(64, 12),
        "end",
    ]
    code = paged(*body, locals_="i")
    return single(
        "abi/call-depth",
        [
            (
                "A contract calls itself until it is refused, at depth 64, and puts out the refusal, its depth, and how"
                " a call with a value that it"
            ),
            "does not have is refused there; the others pass that on.",
            "The frame has 1 local and a height of 8: 9 words.",
        ],
        ["ABI-31", "ABI-11", "ABI-5"],
        code,
        expect("Success", le32(CALL_DEPTH, 64, CALL_DEPTH)),
        (
            TX,
            "236210  65 times 3634: instantiation 2000, function 5, export 5, memory 500 + 1024, imports 5 * 20",
            "520  65 entries of 5 + ceil(9 / 4) 3",
            "2730  65 times two constants, self_address 5 + 30 + 4, drop: 42",
            "326040  65 times seven constants, call 5 + 5000 + 4: 5016",
            "195  65 times local.tee, if 2",
            "4  innermost: constant, local.get, store 2",
            "38  innermost: constant, call_depth 5 + 30, store 2",
            "5019  innermost: eight constants, call 5 + 5000 + 4, store 2",
            "39  innermost: two constants, output 5 + 30 + 2",
            "2560  64 times two constants, return_data 5 + 30 + 2, drop",
            "2496  64 times two constants, output 5 + 30 + 2",
        ),
    )


def factory_code(child):
    """A factory with the child's code at 1024. Input: salt, value, fuel, 8 bytes each. Puts out outcome, address,
    and the length and 16 bytes of the return data."""
    body = [
        host("input", 0, 24),
        "drop",
        store32(
            64,
            host(
                "create",
                1024,
                len(child),
                [c(0), ("i64.load",)],
                [c(8), ("i64.load",)],
                24,
                0,
                [c(16), ("i64.load",)],
                68,
                32,
            ),
        ),
        store32(100, host("return_data", 104, 16)),
        output(64, 56),
    ]
    return contract(*body, memory=1, data=[(1024, child)]).encode()


def order(salt=0, value=0, fuel=ALL_FUEL):
    return le64(salt, value, fuel)


def made(outcome, at=None, data=b""):
    return le32(outcome) + (at or bytes(32)) + le32(len(data)) + data[:16].ljust(16, b"\0")


def factory(name, note, clauses, child, balance=0):
    code = factory_code(child)
    return Small(name, note, clauses).with_contract(code, balance, name="factory"), code


def deployable(*body, memory=1, data=(), call=()):
    module = Module(memory)
    module.function("$call", list(call), export="call").function("$deploy", list(body), export="deploy")
    for offset, content in data:
        module.segment(content, offset)
    return module.encode()


def create_works():
    child = deployable(
        host("storage_write", 0, 1, 1, 1),
        host("caller", 32, 32),
        "drop",
        host("event", 0, 2, 32, 32),
        output(0, 2),
        data=[(0, b"kv")],
    )
    case, code = factory(
        "abi/create",
        [
            (
                "A factory creates a child, whose deploy writes, emits its caller and puts out two bytes: they are the"
                " return data. With another salt"
            ),
            "it has another address; with the same it is taken; and both are called.",
        ],
        ["ABI-35", "ABI-36", "ABI-10"],
        child,
        10,
    )
    first, second = create_address(CONTRACT, 0, child), create_address(CONTRACT, 77, child)
    for at, salt, value, left in ((first, 0, 0, None), (second, 77, 4, 6)):
        writes = sorted(
            [
                account_is(at, value, child),
                stored(at, b"k", b"v"),
                *([account_is(CONTRACT, left, code)] if left else []),
            ],
            key=lambda entry_: entry_["address"],
        )
        case.call(
            ALICE,
            CONTRACT,
            order(salt, value),
            expect=expect("Success", made(SUCCESS, at, b"kv"), [event(at, b"kv", CONTRACT)], writes),
        )
    case.call(ALICE, CONTRACT, order(0), expect=expect("Success", made(ADDRESS_TAKEN)))
    case.call(ALICE, CONTRACT, order(77, 100), expect=expect("Success", made(ADDRESS_TAKEN)))
    case.call(ALICE, CONTRACT, order(78, 100), expect=expect("Success", made(INSUFFICIENT_VALUE)))
    case.call(ALICE, first, expect=expect())
    return case.call(ALICE, second, expect=expect())


def create_counted():
    """Activation and instantiation in one charge, out of the allowance."""
    child = bare()
    at = create_address(CONTRACT, 0, child)
    case, code = factory(
        "abi/create-counted",
        [
            "The child is the shortest contract: 34 bytes, of which its body has 2. It has no deploy, so nothing runs.",
            (
                "Its price to begin: activation and instantiation, 7,364. With an allowance of that it succeeds, with"
                " one less it does not."
            ),
        ],
        ["ABI-35", "MET-17", "MET-18", "MET-14"],
        child,
    )
    assert len(child) == 34
    before = (
        "5007  transaction 5000 + (32 + 24) / 8",
        "2000  base(instantiation)",
        "5  instantiation_function 1 * 5",
        "5  instantiation_export 1 * 5",
        *PAGE,
        "80  instantiation_import 4 * 20",
        "20  instantiation_data_segment 1 * 20",
        "5  instantiation_data_byte ceil(34 / 8)",
        "1  i32.const of the offset",
        entry(10, 3),
        "41  two constants, input 5 + 30 + 24 / 8, drop",
        "16  ten constants, three loads of 2",
        "20685  create 5 + 20000 + 34 * 20",
    )
    begin = (
        "5000  base(activation)",
        "64  activation_byte (34 - 2) * 2",
        "50  activation_type 1 * 50",
        "100  activation_function 1 * 100",
        "100  activation_export 1 * 100",
        "40  activation_body_byte 2 * 20",
        "2010  instantiation 2000 + 5 + 5",
    )
    after = (
        "2  store",
        "40  three constants, return_data 5 + 30 + 0, store 2",
        "44  two constants, output 5 + 30 + 56 / 8",
    )
    case.call(ALICE, CONTRACT, order(0, 0, 7363), expect=expect("Success", made(OUT_OF_FUEL))).counted(
        "One less:", *before, *after
    )
    case.call(
        ALICE,
        CONTRACT,
        order(0, 0, 7364),
        expect=expect("Success", made(SUCCESS, at), writes=[account_is(at, 0, child)]),
    )
    return case.counted("Exactly:", *before, *begin, *after)


def create_refused():
    """Refusals of creation, and their order: invalid before link, link before taken, taken before value."""
    no_call = Module().function("$call", [], export="run").encode()
    unknown = Module().import_("no_such", "", "").function("$call", [], export="call").encode()
    deploy_typed = Module().function("$call", [], export="call").function("$deploy", [], "i", export="deploy").encode()
    invalid = bare("drop")
    cases = []
    for title, child, outcome in (
        ("malformed", b"\0asm", INVALID_MODULE),
        ("empty", b"", INVALID_MODULE),
        ("invalid", invalid, INVALID_MODULE),
        ("no-call", no_call, LINK_ERROR),
        ("unknown-import", unknown, LINK_ERROR),
        ("deploy-typed", deploy_typed, LINK_ERROR),
    ):
        case, _ = factory(
            f"abi/create-{title}",
            [f"A creation refused with number {outcome}, even with a value that the factory does not have."],
            ["ABI-35"],
            child,
        )
        for value in (0, 1):
            case.call(ALICE, CONTRACT, order(0, value), expect=expect("Success", made(outcome)))
        cases.append(case)
    return cases


def create_fails():
    """A deploy that does not succeed undoes the creation: the account, its code, the value, writes and events."""
    ends = {
        "revert": (host("revert", 2, 3), REVERT, b"why"),
        "abort": (host("abort", 9), 3, le32(9)),
        "trap": (["unreachable"], UNREACHABLE, b""),
        "out-of-fuel": ([("loop",), ("br", 0), "end"], OUT_OF_FUEL, b""),
    }
    for title, (end, outcome, data) in ends.items():
        child = deployable(
            host("storage_write", 0, 1, 1, 1), host("event", 0, 1, 1, 1), output(0, 2), end, data=[(0, b"kvwhy")]
        )
        case, _ = factory(
            f"abi/create-deploy-{title}",
            [f"deploy writes, emits, puts out two bytes and ends with {title}: all is undone, again and again."],
            ["ABI-35", "ABI-10", "ABI-23"],
            child,
            5,
        )
        for value in (0, 5):
            case.call(ALICE, CONTRACT, order(0, value, 50000), expect=expect("Success", made(outcome, None, data)))
        yield case


def create_reentry():
    """During a creation the factory's frame makes a call without ALLOW_REENTRY (ABI-32)."""
    child = deployable(
        store32(64, host("call", 0, 32, 0, 0, 0, ALL_FUEL, ALLOW_REENTRY)), output(64, 4), data=[(0, CONTRACT)]
    )
    case, _ = factory(
        "abi/create-reentry",
        ["deploy calls the factory back: denied, and it puts out the denial."],
        ["ABI-32", "ABI-35"],
        child,
    )
    at = create_address(CONTRACT, 0, child)
    return case.call(
        ALICE,
        CONTRACT,
        order(0),
        expect=expect("Success", made(SUCCESS, at, le32(REENTRY_DENIED)), writes=[account_is(at, 0, child)]),
    )


def create_at_account():
    """The new address may have a balance already; then it is kept, and the value added."""
    child = bare()
    at = create_address(CONTRACT, 5, child)
    case, code = factory(
        "abi/create-at-account",
        ["The address to be created holds 7; the child gets 3 more. An account without code is not taken."],
        ["ABI-35", "ABI-31"],
        child,
        3,
    )
    case.account(at, 7)
    writes = sorted([account_is(at, 10, child), account_is(CONTRACT, 0, code)], key=lambda write: write["address"])
    return case.call(ALICE, CONTRACT, order(5, 3), expect=expect("Success", made(SUCCESS, at), writes=writes))


def allowance():
    """The fuel asked for is unsigned, and is bounded by what is left (MET-14, ABI-31)."""
    teller = paged(store64(0, host("fuel_left")), output(0, 8))
    case = Small(
        "abi/allowance",
        [
            (
                "A callee tells its fuel_left: of an allowance of 10,000, of 2^63, of 2^64 - 1, of one more than is"
                " left, at a limit of 30,000."
            ),
            "The callee has used 3,574 + 6 + 36 by then; the caller 13,646 before it.",
        ],
        ["ABI-31", "ABI-13", "MET-14"],
    )
    case.with_contract(teller, at=OTHER, name="teller")
    shell = (
        *BARE,
        *PAGE,
        "60  instantiation_import 3 * 20",
        "20  instantiation_data_segment 1 * 20",
        "4  instantiation_data_byte 32 / 8",
        "1  i32.const of the offset",
        entry(7, 2),
        "7  seven constants",
        "5009  call 5 + 5000 + 4",
        "3574  callee: instantiation 2000 + 10 + 500 + 1024 + 40",
        "6  callee: entry of 2 words",
        "38  callee: constant, fuel_left 5 + 30, store 2",
        "38  callee: two constants, output 5 + 30 + 1",
        "1  drop",
        "39  two constants, return_data 5 + 30 + 1, drop",
        "38  two constants, output 5 + 30 + 1",
    )
    for title, fuel, left in (
        ("ten-thousand", 10000, 6384),
        ("half", 1 << 63, 12738),
        ("all", GREAT, 12738),
        ("one-too-many", 16355, 12738),
        ("exactly", 16354, 12738),
        ("one-less", 16353, 12737),
    ):
        at = title.encode().ljust(32, b"\0")
        case.with_contract(
            paged(
                host("call", 0, 32, 0, 0, 0, fuel, 0),
                "drop",
                host("return_data", 64, 8),
                "drop",
                output(64, 8),
                data=[(0, OTHER)],
            ),
            at=at,
            name=title,
        )
        case.call(ALICE, at, fuel=30000, expect=expect("Success", le64(left))).counted(f"{title}:", TX, *shell)
    return case


def cases():
    return [
        reentry_of_self(),
        reentry_through_another(),
        reentry_and_delegation(),
        reentry_flag_is_of_the_current_call(),
        value_of_calls(),
        value_of_transactions(),
        call_depth(),
        create_works(),
        create_counted(),
        *create_refused(),
        *create_fails(),
        create_reentry(),
        create_at_account(),
        allowance(),
    ]
