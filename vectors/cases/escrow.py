"""Suite escrow: contracts/escrow calling contracts/token."""

from model.escrow import AMOUNT, CLOSED, DEADLINE, NO_DEAL, NOT_PARTY, OPEN, RELEASED, TOKEN, TOO_EARLY, VALUE
from model.wire import u8, u64, u128

from . import token
from .common import (ALICE, BOB, CAROL, NOTHING_CODE, NOW, UNREACHABLE_CODE, ModelCase, Nothing, Unreachable,
                     escrow_state, lib, token_state)
from .token import TOKEN as GOLD

ESCROW = lib.address("escrow")
BUYER, SELLER = ALICE, BOB
DEADLINE_AT = NOW + 1000
ABORT_INPUT = ("Abort", 1)


def open_deal(amount=300, deadline=DEADLINE_AT, of=GOLD):
    return u8(1) + of + SELLER + u128(amount) + u64(deadline)


def release(number=0):
    return u8(2) + u64(number)


def refund(number=0):
    return u8(3) + u64(number)


def show(number=0):
    return u8(4) + u64(number)


def unopened(name, allowed=500, **more):
    """The buyer holds 1000 and has allowed the escrow to spend some."""
    return ModelCase("escrow/" + name, **more) \
        .contract("token", GOLD, token_state({BUYER: 1000}, {(BUYER, ESCROW): allowed} if allowed else None)) \
        .contract("escrow", ESCROW)


def opened(name, state=OPEN, held=300, **more):
    """One deal of 300, which the escrow holds."""
    deal = (GOLD, BUYER, SELLER, 300, DEADLINE_AT, state)
    return ModelCase("escrow/" + name, **more) \
        .contract("token", GOLD, token_state({BUYER: 700, ESCROW: held})) \
        .contract("escrow", ESCROW, escrow_state([deal]))


def at(time):
    return {"time": str(time)}


def open_case(name, fuel=lib.PLENTY, ends="Success", resume=None, starved=(), **more):
    return unopened(name, **more).call(BUYER, ESCROW, open_deal(), ends=ends, fuel=fuel, resume=resume, starved=starved)


def cases():
    yield open_case("open-success", clauses=["ABI-10", "ABI-31"])
    yield unopened("whole-deal", clauses=["ABI-31"]) \
        .call(BUYER, ESCROW, open_deal()).call(CAROL, ESCROW, show()).call(BUYER, ESCROW, release()) \
        .call(CAROL, ESCROW, show()).call(CAROL, GOLD, token.balance_of(SELLER)) \
        .call(BUYER, ESCROW, open_deal(200)).call(CAROL, ESCROW, show(1))
    yield unopened("open-nothing").call(BUYER, ESCROW, open_deal(0), ends=("Revert", AMOUNT))
    yield unopened("open-at-its-deadline").call(BUYER, ESCROW, open_deal(deadline=NOW), ends=("Revert", DEADLINE))
    yield unopened("open-without-allowance", allowed=0, clauses=["ABI-10", "ABI-37"],
                   note="The token reverts, the escrow passes on the outcome and the reason in a revert of its own.") \
        .call(BUYER, ESCROW, open_deal(), ends=("Revert", TOKEN))
    yield unopened("open-beyond-balance", allowed=5000, clauses=["ABI-31"],
                   note="The token had lowered the allowance when it met the balance.") \
        .call(BUYER, ESCROW, open_deal(1001), ends=("Revert", TOKEN))
    yield unopened("open-with-value").account(BUYER, 9) \
        .call(BUYER, ESCROW, open_deal(), value=9, ends=("Revert", VALUE))
    yield unopened("open-token-without-code", clauses=["ABI-31"],
                   note="The call succeeds at once with empty output; the escrow wants a yes.") \
        .call(BUYER, ESCROW, open_deal(of=CAROL), ends=("Revert", TOKEN))
    yield unopened("open-token-without-answer") \
        .other_code("nothing", NOTHING_CODE, Nothing).account(CAROL, 0, "nothing") \
        .call(BUYER, ESCROW, open_deal(of=CAROL), ends=("Revert", TOKEN))
    yield unopened("open-token-traps", clauses=["ABI-37"]) \
        .other_code("unreachable", UNREACHABLE_CODE, Unreachable).account(CAROL, 0, "unreachable") \
        .call(BUYER, ESCROW, open_deal(of=CAROL), ends=("Revert", TOKEN))
    yield unopened("open-token-is-escrow", clauses=["ABI-32"],
                   note="The escrow is told that it is itself the token: re-entry is denied.") \
        .call(BUYER, ESCROW, open_deal(of=ESCROW), ends=("Revert", TOKEN))
    yield open_case("open-token-out-of-fuel", fuel=40000, ends=("Revert", TOKEN), starved={GOLD},
                    clauses=["MET-14", "ABI-37"],
                    note=["The token runs out behind its first write, which is undone.",
                          "What is left suffices the escrow to say so."])

    yield opened("release-by-buyer").call(BUYER, ESCROW, release())
    yield opened("release-by-seller").call(SELLER, ESCROW, release(), ends=("Revert", NOT_PARTY))
    yield opened("release-twice", RELEASED, 0).call(BUYER, ESCROW, release(), ends=("Revert", CLOSED))
    yield opened("release-of-no-deal").call(BUYER, ESCROW, release(1), ends=("Revert", NO_DEAL))
    yield opened("release-without-tokens", held=299, clauses=["ABI-51"],
                 note="The deal was marked before the token was called; the mark is undone.") \
        .call(BUYER, ESCROW, release(), ends=("Revert", TOKEN))

    yield opened("refund-before-deadline").call(BUYER, ESCROW, refund(), env=at(DEADLINE_AT - 1),
                                                ends=("Revert", TOO_EARLY))
    yield opened("refund-at-deadline", clauses=["ABI-12"]).call(BUYER, ESCROW, refund(), env=at(DEADLINE_AT))
    yield opened("refund-by-seller-at-once").call(SELLER, ESCROW, refund())
    yield opened("refund-by-another").call(CAROL, ESCROW, refund(), env=at(DEADLINE_AT), ends=("Revert", NOT_PARTY))
    yield opened("refund-after-release", RELEASED, 0) \
        .call(BUYER, ESCROW, refund(), env=at(DEADLINE_AT), ends=("Revert", CLOSED))
    yield opened("input-too-short").call(BUYER, ESCROW, release()[:-1], ends=ABORT_INPUT)


def triples():
    yield "open", open_case


def plans():
    grants = [("grant", grant) for grant in range(1000, 53_000, 777)]
    yield "open-success", open_case("open-in-slices", clauses=["MET-13", "MET-15", "ABI-6"], resume=grants,
                                    note="Pauses fall in the escrow, in the call, and in the token.")
