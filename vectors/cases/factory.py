"""Suite factory: creation, delegation, re-entry, static frames and depth, through contracts/factory."""

from model.factory import DELEGATED, LOCKED, NOT_OWNER, SPAWN, TEMPLATE
from model.ledger import ALLOW_REENTRY, DELEGATE, NUMBERS, STATIC
from model.wire import u8, u32, u64

from . import amm, multisig, token
from .common import (ALICE, BOB, CAROL, NOTHING_CODE, UNREACHABLE_CODE, ModelCase, Nothing, Unreachable, factory_state,
                     lib, multisig_state, pool_state, tiny_module, token_state, unknown_import_module)

FACTORY, SECOND, GOLD = lib.address("factory"), lib.address("second factory"), token.TOKEN
ABORT_INPUT = ("Abort", 1)
ALL_FUEL = 2**64 - 1

GARBAGE = b"\0asm\x02\0\0\0"
NO_CALL = tiny_module(b"", export=b"main")
IMPORTS_UNKNOWN = unknown_import_module()


def spawn(data=b"", salt=0):
    return u8(1) + u64(salt) + data


def attempt(target, data=b"", value=0, flags=0, fuel=ALL_FUEL):
    return u8(2) + target + u64(value) + u64(fuel) + u32(flags) + data


def delegate(library, data=b""):
    return u8(3) + library + data


COUNT, TEMPLATE_HASH, PROBE = u8(4), u8(6), u8(7)


def is_child(address):
    return u8(5) + address


def factory(name, template="token", balance=0, **more):
    """A factory of Alice; the template is a committed contract by name, or bytes."""
    case = ModelCase("factory/" + name, **more)
    if isinstance(template, str):
        case.contract(template)
        template = case.code_bytes(template)
    return case.contract("factory", FACTORY, factory_state(template), balance).account(ALICE, 1000)


def with_gold(name, balances, allowances=None, **more):
    return factory(name, **more).contract("token", GOLD, token_state(balances, allowances))


def two(name, **more):
    """A second factory, which the first one owns."""
    case = factory(name, **more)
    return case.contract("factory", SECOND, factory_state(case.code_bytes("token"), owner=FACTORY))


def spawn_case(name, fuel=lib.PLENTY, ends="Success", resume=None, **more):
    return factory(name, **more) \
        .call(BOB, FACTORY, spawn(token.deployment(CAROL, 77, b"Child")), ends=ends, fuel=fuel, resume=resume)


def attempt_case(name, allowance, callee="Success", **more):
    """A token transfer with an allowance of its own; the attempt itself succeeds in any case."""
    return with_gold(name, {FACTORY: 10}, **more) \
        .call(ALICE, FACTORY, attempt(GOLD, token.transfer(BOB, 4), fuel=allowance),
              starved=() if callee == "Success" else {GOLD})


def creations():
    child = lib.create_address(FACTORY, 0, factory("").code_bytes("token"))
    yield factory("deploy-success", clauses=["ABI-35", "ABI-36"]) \
        .deploy(ALICE, "factory", NOTHING_CODE, salt=9) \
        .call(BOB, lib.create_address(ALICE, 9, factory("").code_bytes("factory")), TEMPLATE_HASH)
    yield factory("deploy-without-template").deploy(ALICE, "factory", ends=("Revert", TEMPLATE))
    yield factory("deploy-template-too-long").deploy(ALICE, "factory", bytes(16385), ends=("Revert", TEMPLATE))

    for name, code, refusal in (("invalid-module", GARBAGE, "InvalidModule"), ("without-call", NO_CALL, "LinkError"),
                                ("unknown-import", IMPORTS_UNKNOWN, "LinkError")):
        yield ModelCase(f"factory/deploy-{name}", clauses=["ABI-1", "ABI-35", "ABI-50"]).account(ALICE, 5) \
            .other_code("child", code, refusal).deploy(ALICE, "child", value=5, ends=refusal)
        yield factory(f"spawn-{name}", template=code, clauses=["ABI-35"]).other_code("child", code, refusal) \
            .call(BOB, FACTORY, spawn(), ends=("Revert", SPAWN))
    yield ModelCase("factory/deploy-minimal", note="A module of 35 bytes without a memory and without `deploy`.",
                    clauses=["ABI-3", "ABI-30"]).other_code("nothing", NOTHING_CODE, Nothing).account(ALICE, 5) \
        .deploy(ALICE, "nothing", b"unread", value=5) \
        .call(BOB, lib.create_address(ALICE, 0, NOTHING_CODE), b"unread")

    yield spawn_case("spawn-token", clauses=["ABI-35", "ABI-36"])
    yield factory("spawn-and-use").call(BOB, FACTORY, spawn(token.deployment(CAROL, 77, b"Child"))) \
        .call(CAROL, child, token.transfer(BOB, 7)).call(BOB, FACTORY, is_child(child)) \
        .call(BOB, FACTORY, is_child(GOLD)).call(BOB, FACTORY, COUNT)
    yield factory("spawn-with-value", "multisig", note="The value goes through the factory to the child.") \
        .call(ALICE, FACTORY, spawn(multisig.deployment(1, [multisig.ANNA])), value=30)
    yield factory("spawn-without-deploy", "escrow", clauses=["ABI-35"],
                  note="The child has no `deploy`, so the data is not read.").call(BOB, FACTORY, spawn(b"unread"))
    yield factory("spawn-twice", clauses=["ABI-35", "ABI-36"], note="The salt makes the difference, the data none.") \
        .call(BOB, FACTORY, spawn(token.deployment(BOB, 0, b"One"))) \
        .call(BOB, FACTORY, spawn(token.deployment(BOB, 0, b"Two")), ends=("Revert", SPAWN)) \
        .call(BOB, FACTORY, spawn(token.deployment(BOB, 0, b"Two"), salt=1)).call(BOB, FACTORY, COUNT)
    yield factory("spawn-deploy-reverts", clauses=["ABI-10", "ABI-35"]) \
        .call(ALICE, FACTORY, spawn(token.deployment(BOB, 5, b"x" * 40)), ends=("Revert", SPAWN))
    yield factory("spawn-deploy-aborts", clauses=["ABI-10", "ABI-35"]) \
        .call(BOB, FACTORY, spawn(b"short"), ends=("Revert", SPAWN))
    yield factory("spawn-at-funded-address", "multisig", clauses=["ABI-35"],
                  note="The new address had a balance and no code; the child keeps it.") \
        .account(lib.create_address(FACTORY, 0, factory("", "multisig").code_bytes("multisig")), 12) \
        .call(ALICE, FACTORY, spawn(multisig.deployment(1, [multisig.ANNA])), value=30)
    yield factory("spawn-by-a-static-caller", clauses=["ABI-21", "ABI-33"]) \
        .contract("factory", SECOND, factory_state(UNREACHABLE_CODE)) \
        .call(ALICE, FACTORY, attempt(SECOND, spawn(), flags=STATIC))


def attempts():
    yield with_gold("attempt-success", {FACTORY: 10}).call(ALICE, FACTORY, attempt(GOLD, token.transfer(BOB, 4)))
    yield with_gold("attempt-callee-reverts", {FACTORY: 3}, clauses=["ABI-31", "ABI-37"]) \
        .call(ALICE, FACTORY, attempt(GOLD, token.transfer(BOB, 4)))
    yield factory("attempt-callee-traps", clauses=["ABI-37"], balance=9) \
        .other_code("unreachable", UNREACHABLE_CODE, Unreachable).account(CAROL, 1, "unreachable") \
        .call(ALICE, FACTORY, attempt(CAROL, value=4))
    yield factory("attempt-by-another", clauses=["ABI-22"], note="The lock is dropped with the revert.") \
        .call(BOB, FACTORY, attempt(CAROL), ends=("Revert", NOT_OWNER)).call(ALICE, FACTORY, attempt(CAROL))
    yield factory("attempt-payment", balance=9, clauses=["ABI-31"]).call(ALICE, FACTORY, attempt(CAROL, value=9))
    yield factory("attempt-beyond-balance", balance=9, clauses=["ABI-31"]) \
        .call(ALICE, FACTORY, attempt(CAROL, value=10))
    yield factory("attempt-to-a-full-account", balance=9, clauses=["ABI-31"]) \
        .account(CAROL, 2**64 - 5).call(ALICE, FACTORY, attempt(CAROL, value=5)) \
        .call(ALICE, FACTORY, attempt(CAROL, value=4))
    yield factory("attempt-with-the-value-just-sent", clauses=["ABI-31"],
                  note="The value has moved before the contract runs.") \
        .call(ALICE, FACTORY, attempt(CAROL, value=30), value=30)
    yield with_gold("attempt-with-no-fuel", {FACTORY: 10}, clauses=["MET-14", "ABI-37"]) \
        .call(ALICE, FACTORY, attempt(GOLD, token.TOTAL_SUPPLY, fuel=0))
    yield factory("attempt-with-no-fuel-and-no-code", clauses=["ABI-31"], note="Nothing is to be paid.") \
        .call(ALICE, FACTORY, attempt(CAROL, fuel=0))
    yield factory("attempt-unknown-flag", clauses=["ABI-7", "ABI-31"]) \
        .call(ALICE, FACTORY, attempt(CAROL, flags=8), ends="AbiViolation")
    yield factory("attempt-delegate-with-value", balance=9, clauses=["ABI-31"]) \
        .call(ALICE, FACTORY, attempt(CAROL, value=1, flags=DELEGATE), ends="AbiViolation")

    yield factory("middle-reverts", clauses=["ABI-31", "ABI-37", "ABI-23"],
                  note=["The factory calls the pool, the pool takes gold and then fails to take silver.",
                        "Its revert undoes the gold; the factory goes on, and its own event is the only one."]) \
        .contract("token", amm.GOLD, token_state({FACTORY: 500, amm.AMM: 4000}, {(FACTORY, amm.AMM): 500})) \
        .contract("token", amm.SILVER, token_state({FACTORY: 500, amm.AMM: 1000})) \
        .contract("amm", amm.AMM, pool_state((amm.GOLD, amm.SILVER), (4000, 1000), {BOB: 2000})) \
        .call(ALICE, FACTORY, attempt(amm.AMM, amm.add(400, 100)))


def reentries():
    yield factory("reentry-denied", clauses=["ABI-32"]).call(ALICE, FACTORY, attempt(FACTORY, COUNT))
    yield factory("reentry-allowed", clauses=["ABI-32"], note="The view takes no lock.") \
        .call(ALICE, FACTORY, attempt(FACTORY, COUNT, flags=ALLOW_REENTRY))
    yield factory("reentry-allowed-but-locked", clauses=["ABI-22", "ABI-32"]) \
        .call(ALICE, FACTORY, attempt(FACTORY, attempt(CAROL), flags=ALLOW_REENTRY))
    yield two("reentry-through-another-denied", clauses=["ABI-32"], note="The second factory's flag does not help.") \
        .call(ALICE, FACTORY, attempt(SECOND, attempt(FACTORY, COUNT, flags=ALLOW_REENTRY)))
    yield two("reentry-through-another-allowed", clauses=["ABI-32"],
              note="It is the active frame of the first factory that has to allow it.") \
        .call(ALICE, FACTORY, attempt(SECOND, attempt(FACTORY, COUNT), flags=ALLOW_REENTRY))
    yield two("reentry-through-another-locked", clauses=["ABI-22", "ABI-32"]) \
        .call(ALICE, FACTORY, attempt(SECOND, attempt(FACTORY, attempt(CAROL)), flags=ALLOW_REENTRY))
    yield factory("lock-is-gone-after-the-call", clauses=["ABI-22"]) \
        .call(ALICE, FACTORY, attempt(CAROL)).call(ALICE, FACTORY, attempt(CAROL))

    yield factory("depth-limit", clauses=["ABI-11", "ABI-31"],
                  note="Depth 64 is reached; the call from there is refused.") \
        .call(BOB, FACTORY, PROBE)
    yield factory("depth-limit-one-deeper", clauses=["ABI-31"], note="The probe begins at depth 1 and ends at 64 too.") \
        .call(ALICE, FACTORY, attempt(FACTORY, PROBE, flags=ALLOW_REENTRY))


def statics():
    yield with_gold("static-view", {BOB: 6}, clauses=["ABI-33"]) \
        .call(ALICE, FACTORY, attempt(GOLD, token.balance_of(BOB), flags=STATIC))
    yield with_gold("static-violation", {FACTORY: 10}, clauses=["ABI-21", "ABI-33"]) \
        .call(ALICE, FACTORY, attempt(GOLD, token.transfer(BOB, 4), flags=STATIC))
    yield with_gold("static-refusal-comes-first", {FACTORY: 3}, clauses=["ABI-21"],
                    note="The token reverts before it writes, so there is no violation.") \
        .call(ALICE, FACTORY, attempt(GOLD, token.transfer(BOB, 4), flags=STATIC))
    yield two("static-transient-write", clauses=["ABI-21", "ABI-22"]) \
        .call(ALICE, FACTORY, attempt(SECOND, attempt(CAROL), flags=STATIC))
    yield factory("static-payment", balance=5, clauses=["ABI-21", "ABI-31"],
                  note="The flag makes the callee static, not the caller: the value moves.") \
        .call(ALICE, FACTORY, attempt(CAROL, value=5, flags=STATIC))


def delegations():
    lent = with_gold("delegate-mint", {BOB: 6}, clauses=["ABI-34"],
                     note=["The token's code finds the factory's owner under the key of its own, and mints into the",
                           "factory's storage. The token itself is not touched, and the event bears the factory."])
    yield lent.call(ALICE, FACTORY, delegate(GOLD, token.mint(CAROL, 5))) \
        .call(ALICE, FACTORY, delegate(GOLD, token.balance_of(CAROL))).call(ALICE, GOLD, token.balance_of(CAROL))
    yield with_gold("delegate-fails", {BOB: 6}, clauses=["ABI-34"]) \
        .call(ALICE, FACTORY, delegate(GOLD, token.transfer(CAROL, 5)), ends=("Revert", DELEGATED))
    yield with_gold("delegate-by-another", {BOB: 6}).call(BOB, FACTORY, delegate(GOLD), ends=("Revert", NOT_OWNER))
    yield factory("delegate-to-own-code", clauses=["ABI-32", "ABI-34"],
                  note="Exempt from the rule of re-entry, but in the same account, and so under the same lock.") \
        .call(ALICE, FACTORY, delegate(FACTORY, COUNT)) \
        .call(ALICE, FACTORY, delegate(FACTORY, attempt(CAROL)), ends=("Revert", DELEGATED))
    yield with_gold("delegate-by-flag", {BOB: 6}, clauses=["ABI-34"]) \
        .call(ALICE, FACTORY, attempt(GOLD, token.mint(CAROL, 5), flags=DELEGATE)) \
        .call(ALICE, FACTORY, attempt(GOLD, token.mint(CAROL, 5), flags=DELEGATE | STATIC))
    yield with_gold("delegate-sees-the-value", {BOB: 6}, clauses=["ABI-11", "ABI-34"],
                    note="No value moves, but `value` is the delegating frame's, which the token refuses.") \
        .call(ALICE, FACTORY, delegate(GOLD, token.TOTAL_SUPPLY), value=1, ends=("Revert", DELEGATED))
    yield factory("delegate-to-no-code").call(ALICE, FACTORY, delegate(CAROL, b"anything"))


def cases():
    yield from creations()
    yield from attempts()
    yield from reentries()
    yield from statics()
    yield from delegations()
    yield factory("unknown-method").call(BOB, FACTORY, u8(8), ends=ABORT_INPUT)
    yield from allowances()


def allowances():
    """An allowance that suffices exactly, and one less (MET-14). The oracle says what the transfer costs its callee:
    the cost of a transaction less that of the same transaction to an account without code."""
    request = token.transfer(BOB, 4)
    measure = with_gold("measure", {ALICE: 10}).call(ALICE, GOLD, request).call(ALICE, CAROL, request)
    full, empty = (int(step["expect"]["fuel_used"]) for step in lib.finish([measure.document()])[0]["steps"])
    yield attempt_case("allowance-exact", full - empty, clauses=["MET-14"])
    yield attempt_case("allowance-one-less", full - empty - 1, NUMBERS["OutOfFuel"], clauses=["MET-14", "ABI-37"],
                       note="The callee runs out; the remainder stays with the caller, who goes on.")


def triples():
    yield "spawn", spawn_case


def plans():
    grants = [("grant", 20_000 * number) for number in range(12)]
    yield "spawn-token", spawn_case("spawn-in-slices", clauses=["MET-15"], resume=grants)
    grants = [("grant", 1500 * number) for number in range(23)]
    nested = two("nested-in-slices", clauses=["ABI-6", "MET-15"], note="Pauses fall at every depth.")
    yield "reentry-through-another-allowed", nested.call(
        ALICE, FACTORY, attempt(SECOND, attempt(FACTORY, COUNT), flags=ALLOW_REENTRY), resume=grants)
