"""Suite registry: the name registry of contracts/registry."""

from model.registry import DAY, DAYS, NAME, NO_NAME, NOT_OWNER, PAYMENT, TAKEN, WITHDRAW
from model.wire import u8, u32, u64

from .common import ALICE, BOB, CAROL, NOW, UNREACHABLE_CODE, ModelCase, Unreachable, lib, registry_state

REGISTRY = lib.address("registry")
OPERATOR, HOLDER = ALICE, BOB
ABORT_INPUT = ("Abort", 1)

# In byte order, as every page shows them: `-` before digits before letters, a prefix before its extensions.
NAMES = {b"-": (HOLDER, NOW + 50), b"7": (CAROL, NOW + 1), b"a": (HOLDER, NOW), b"aa": (HOLDER, NOW + 9),
         b"ab": (CAROL, NOW - DAY), b"b": (CAROL, NOW + 256), b"z" * 32: (HOLDER, NOW - 1)}


def register(days, name):
    return u8(1) + u32(days) + name


def renew(days, name):
    return u8(2) + u32(days) + name


def transfer(to, name):
    return u8(3) + to + name


def lookup(name):
    return u8(4) + name


def page(limit, after=b""):
    return u8(5) + u8(limit) + after


LAST = u8(6)


def purge(limit):
    return u8(7) + u8(limit)


def withdraw(amount):
    return u8(8) + u64(amount)


def case(name, names=None, balance=0, **more):
    """At a price of 3 a day."""
    return ModelCase("registry/" + name, **more) \
        .contract("registry", REGISTRY, registry_state(NAMES if names is None else names), balance) \
        .account(HOLDER, 100_000)


def purge_case(name, fuel=lib.PLENTY, ends="Success", resume=None, **more):
    return case(name, **more).call(CAROL, REGISTRY, purge(2), ends=ends, fuel=fuel, resume=resume)


def cases():
    yield ModelCase("registry/deploy-success").contract("registry").deploy(OPERATOR, "registry", u32(3))
    yield ModelCase("registry/deploy-input-too-long").contract("registry") \
        .deploy(OPERATOR, "registry", u64(3), ends=ABORT_INPUT)

    yield case("register-success", {}, clauses=["ABI-11", "ABI-12", "ABI-31"]) \
        .call(HOLDER, REGISTRY, register(10, b"detent"), value=30).call(CAROL, REGISTRY, lookup(b"detent"))
    yield case("register-taken").call(HOLDER, REGISTRY, register(1, b"b"), value=3, ends=("Revert", TAKEN))
    yield case("register-expired", note="A name is free from the second of its expiry on.") \
        .call(HOLDER, REGISTRY, register(1, b"a"), value=3)
    yield case("register-wrong-payment", clauses=["ABI-51"]) \
        .call(HOLDER, REGISTRY, register(2, b"c"), value=5, ends=("Revert", PAYMENT))
    yield case("register-no-days").call(HOLDER, REGISTRY, register(0, b"c"), ends=("Revert", DAYS))
    yield case("register-too-many-days") \
        .call(HOLDER, REGISTRY, register(3650, b"c"), value=10950) \
        .call(HOLDER, REGISTRY, register(3651, b"d"), value=10953, ends=("Revert", DAYS))
    yield case("register-longest-name", {}).call(HOLDER, REGISTRY, register(1, b"x" * 32), value=3) \
        .call(HOLDER, REGISTRY, register(1, b"x" * 33), value=3, ends=("Revert", NAME))
    yield case("register-bad-letter").call(HOLDER, REGISTRY, register(1, b"Big"), value=3, ends=("Revert", NAME))
    yield case("register-empty-name").call(HOLDER, REGISTRY, register(1, b""), value=3, ends=("Revert", NAME))

    yield case("renew-by-anyone").call(HOLDER, REGISTRY, renew(2, b"b"), value=6)
    yield case("renew-expired").call(HOLDER, REGISTRY, renew(2, b"a"), value=6, ends=("Revert", NO_NAME))
    yield case("transfer-by-owner").call(HOLDER, REGISTRY, transfer(CAROL, b"aa")) \
        .call(ALICE, REGISTRY, lookup(b"aa"))
    yield case("transfer-by-another").call(HOLDER, REGISTRY, transfer(HOLDER, b"b"), ends=("Revert", NOT_OWNER))
    yield case("lookup-of-no-name").call(CAROL, REGISTRY, lookup(b"none"), ends=("Revert", NO_NAME))
    yield case("lookup-with-value").call(HOLDER, REGISTRY, lookup(b"b"), value=1, ends=("Revert", PAYMENT))

    yield case("list-all", clauses=["ABI-20"], note="The dead names are passed over.").call(CAROL, REGISTRY, page(16))
    yield case("list-in-pages", clauses=["ABI-20"]).call(CAROL, REGISTRY, page(2)) \
        .call(CAROL, REGISTRY, page(2, b"7")).call(CAROL, REGISTRY, page(2, b"b"))
    yield case("list-after-a-name-that-is-not", note="Between `a` and `aa` there is `a-`.") \
        .call(CAROL, REGISTRY, page(1, b"a-"))
    yield case("list-nothing").call(CAROL, REGISTRY, page(0)).call(CAROL, REGISTRY, page(255, b"zz"))
    yield case("list-of-none", {}).call(CAROL, REGISTRY, page(16)).call(CAROL, REGISTRY, LAST)
    yield case("list-at-most-16", {bytes([ord("a") + number]): (HOLDER, NOW + 5) for number in range(20)}) \
        .call(CAROL, REGISTRY, page(255))
    yield case("last", clauses=["ABI-20"]).call(CAROL, REGISTRY, LAST)

    yield purge_case("purge-two-of-three", note="The longest dead first: `ab`, then the 32 z.", clauses=["ABI-20"])
    yield case("purge-all", note="`a` expires in this very second and goes too.").call(CAROL, REGISTRY, purge(200)) \
        .call(CAROL, REGISTRY, purge(200))
    yield case("purge-later", note="By the next day nothing is alive.") \
        .call(CAROL, REGISTRY, purge(255), env={"time": str(NOW + DAY)}).call(CAROL, REGISTRY, LAST)

    yield case("withdraw-success", balance=70, clauses=["ABI-31"],
               note="A call with a value to an account without code.").call(OPERATOR, REGISTRY, withdraw(69))
    yield case("withdraw-to-the-last", balance=70).call(OPERATOR, REGISTRY, withdraw(70))
    yield case("withdraw-by-another", balance=70).call(HOLDER, REGISTRY, withdraw(1), ends=("Revert", NOT_OWNER))
    yield case("withdraw-beyond-balance", balance=70, clauses=["ABI-31"]) \
        .call(OPERATOR, REGISTRY, withdraw(71), ends=("Revert", WITHDRAW))
    yield case("withdraw-beyond-64-bits", balance=70, clauses=["ABI-31"],
               note="The sum would exceed 2^64 - 1: InsufficientValue, which the registry turns into a revert.") \
        .account(OPERATOR, 2**64 - 70).call(OPERATOR, REGISTRY, withdraw(70), ends=("Revert", WITHDRAW)) \
        .call(OPERATOR, REGISTRY, withdraw(69))
    yield case("withdraw-to-a-contract-that-traps", balance=70, clauses=["ABI-31", "ABI-37"],
               note="The operator is a contract here, and takes no payment; the value stays.") \
        .other_code("unreachable", UNREACHABLE_CODE, Unreachable).account(OPERATOR, 5, "unreachable") \
        .call(OPERATOR, REGISTRY, withdraw(1), ends=("Revert", WITHDRAW))


def triples():
    yield "purge", purge_case


def plans():
    grants = [("grant", 9000 + 2500 * number) for number in range(11)]
    yield "purge-two-of-three", purge_case("purge-in-slices", clauses=["MET-15"], resume=grants)
