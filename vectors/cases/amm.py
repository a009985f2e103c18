"""Suite amm: the constant-product pool of contracts/amm over two tokens."""

from model.amm import AMOUNT, EMPTY, MINIMUM, OVERFLOW, SHARES, TOKEN, TOKENS
from model.wire import u8, u128

from .common import ALICE, BOB, CAROL, ModelCase, lib, pool_state, token_state

AMM, GOLD, SILVER = lib.address("amm"), lib.address("gold"), lib.address("silver")
ABORT_INPUT = ("Abort", 1)
MAX = 2**128 - 1
WIDE = 2**110


def add(a, b, minimum=0):
    return u8(1) + u128(a) + u128(b) + u128(minimum)


def remove(shares, least_a=0, least_b=0):
    return u8(2) + u128(shares) + u128(least_a) + u128(least_b)


def swap(side, amount, minimum=0):
    return u8(3) + u8(side) + u128(amount) + u128(minimum)


RESERVES = u8(4)


def shares_of(holder):
    return u8(5) + holder


def quote(side, amount):
    return u8(6) + u8(side) + u128(amount)


def market(name, reserves=(0, 0), holders=None, purse=(10**6, 10**6), allowed=(MAX, MAX), **more):
    """The pool over gold and silver; Alice has a purse of both and has allowed the pool to spend them."""
    case = ModelCase("amm/" + name, **more).contract("amm", AMM, pool_state((GOLD, SILVER), reserves, holders))
    for number, token in enumerate((GOLD, SILVER)):
        balances = {ALICE: purse[number]}
        if reserves[number]:
            balances[AMM] = reserves[number]
        allowances = {(ALICE, AMM): allowed[number]} if allowed[number] else {}
        case.contract("token", token, token_state(balances, allowances, name=(b"Gold", b"Silver")[number]))
    return case


def pool(name, reserves=(40_000, 10_000), holders=None, **more):
    return market(name, reserves, holders or {ALICE: 15_000, BOB: 5_000}, **more)


def swap_case(name, fuel=lib.PLENTY, ends="Success", resume=None, **more):
    return pool(name, **more).call(ALICE, AMM, swap(0, 1000, 240), ends=ends, fuel=fuel, resume=resume)


def cases():
    yield ModelCase("amm/deploy-success").contract("amm").deploy(ALICE, "amm", GOLD + SILVER)
    yield ModelCase("amm/deploy-one-token").contract("amm") \
        .deploy(ALICE, "amm", GOLD + GOLD, ends=("Revert", TOKENS))

    yield market("add-first", note="The root of the product: 20,000 shares.") \
        .call(ALICE, AMM, add(40_000, 10_000, 20_000)).call(BOB, AMM, RESERVES).call(BOB, AMM, shares_of(ALICE))
    yield market("add-first-rounds-down", note="The product is 2, its root 1.").call(ALICE, AMM, add(1, 2))
    yield market("add-first-wide", purse=(MAX, MAX), note="A product of 254 bits.") \
        .call(ALICE, AMM, add(2**127 - 1, 2**127 + 12345)).call(BOB, AMM, RESERVES)
    yield pool("add-in-proportion", note="Silver is offered in excess; only its share is taken, rounded up.") \
        .call(ALICE, AMM, add(4001, 5000))
    yield pool("add-nothing").call(ALICE, AMM, add(0, 5), ends=("Revert", AMOUNT))
    yield pool("add-too-few-shares").call(ALICE, AMM, add(4000, 1000, 2001), ends=("Revert", MINIMUM))
    yield pool("add-without-allowance", allowed=(MAX, 999), clauses=["ABI-31", "ABI-51"],
               note="Gold was taken before silver failed; the pool reverts both.") \
        .call(ALICE, AMM, add(4000, 1000), ends=("Revert", TOKEN))
    yield pool("add-overflow", reserves=(MAX, 10_000), holders={ALICE: 20_000}, purse=(0, 100)) \
        .call(ALICE, AMM, add(MAX, 10), ends=("Revert", OVERFLOW))

    yield pool("remove-part").call(ALICE, AMM, remove(5000, 10_000, 2500))
    yield pool("remove-all", holders={ALICE: 20_000}, note="The pool is empty and takes a new proportion.") \
        .call(ALICE, AMM, remove(20_000)).call(ALICE, AMM, add(3, 3)).call(ALICE, AMM, RESERVES)
    yield pool("remove-too-many").call(BOB, AMM, remove(5001), ends=("Revert", SHARES))
    yield pool("remove-below-minimum").call(BOB, AMM, remove(5000, 10_001), ends=("Revert", MINIMUM))

    yield swap_case("swap-success")
    yield pool("swap-other-way").call(ALICE, AMM, swap(1, 1000)).call(ALICE, AMM, RESERVES)
    yield pool("swap-below-minimum").call(ALICE, AMM, swap(0, 1000, 244), ends=("Revert", MINIMUM))
    yield pool("swap-for-nothing", note="The output would round to 0.") \
        .call(ALICE, AMM, swap(0, 3), ends=("Revert", MINIMUM))
    yield pool("swap-nothing").call(ALICE, AMM, swap(0, 0), ends=("Revert", AMOUNT))
    yield pool("swap-beyond-purse").call(ALICE, AMM, swap(0, 10**6 + 1), ends=("Revert", TOKEN))
    yield market("swap-in-empty-pool").call(ALICE, AMM, swap(0, 5), ends=("Revert", EMPTY))
    yield pool("swap-no-such-side").call(ALICE, AMM, swap(2, 5), ends=ABORT_INPUT)
    yield pool("swap-wide", (WIDE, 3 * WIDE + 7), {BOB: WIDE}, purse=(WIDE, 1),
               note="A product of 230 bits, divided by long division.").call(ALICE, AMM, swap(0, WIDE // 3))
    yield pool("swap-overflow", (MAX // 1000 + 1, WIDE), {BOB: WIDE}) \
        .call(ALICE, AMM, swap(0, 5), ends=("Revert", OVERFLOW))
    most = (MAX - 1000 * 10_000) // 997
    yield pool("quote", note="The second is the most that 128 bits can hold on the way, the third one more.") \
        .call(CAROL, AMM, quote(0, 1000)).call(CAROL, AMM, quote(1, most)) \
        .call(CAROL, AMM, quote(1, most + 1), ends=("Revert", OVERFLOW))


def triples():
    yield "swap", swap_case


def plans():
    grants = [("grant", 5000 + 3333 * number) for number in range(25)]
    yield "swap-success", swap_case("swap-in-slices", clauses=["MET-15", "ABI-6"], resume=grants)
