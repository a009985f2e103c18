"""Suite token: the fungible token of contracts/token."""

from model.token import ALLOWANCE, BALANCE, NAME, NOT_OWNER, OVERFLOW, VALUE
from model.wire import u8, u128

from .common import ALICE, BOB, CAROL, ModelCase, lib, token_state

TOKEN = lib.address("token")
MAX = 2**128 - 1

ABORT_INPUT = ("Abort", 1)


def mint(to, amount):
    return u8(1) + to + u128(amount)


def transfer(to, amount):
    return u8(2) + to + u128(amount)


def approve(spender, amount):
    return u8(3) + spender + u128(amount)


def transfer_from(source, to, amount):
    return u8(4) + source + to + u128(amount)


def balance_of(holder):
    return u8(5) + holder


def allowance(holder, spender):
    return u8(6) + holder + spender


TOTAL_SUPPLY, NAME_OF, OWNER = u8(7), u8(8), u8(9)


def case(name, balances=None, allowances=None, **more):
    balances = {ALICE: 1000} if balances is None else balances
    return ModelCase("token/" + name, **more).contract("token", TOKEN, token_state(balances, allowances)) \
        .account(BOB, 500)


def fresh(name, **more):
    return ModelCase("token/" + name, **more).contract("token").account(ALICE, 500)


def deployment(owner, supply, name):
    return owner + u128(supply) + name


def transfer_case(name, fuel=lib.PLENTY, ends="Success", resume=None, **more):
    """The case of the exhaustion triple and of the refuel plans."""
    return case(name, **more).call(ALICE, TOKEN, transfer(BOB, 300), ends=ends, fuel=fuel, resume=resume)


def cases():
    deployed = lib.create_address(ALICE, 0, fresh("").code_bytes("token"))
    yield fresh("deploy-success", clauses=["ABI-35", "ABI-36", "ABI-60"]) \
        .deploy(ALICE, "token", deployment(BOB, 10**30, b"Gold")) \
        .call(CAROL, deployed, NAME_OF).call(CAROL, deployed, OWNER).call(CAROL, deployed, balance_of(BOB))
    yield fresh("deploy-without-supply").deploy(ALICE, "token", deployment(BOB, 0, b"")).call(CAROL, deployed, NAME_OF)
    yield fresh("deploy-name-too-long").deploy(ALICE, "token", deployment(BOB, 1, b"x" * 33), ends=("Revert", NAME))
    yield fresh("deploy-input-too-short").deploy(ALICE, "token", bytes(47), ends=ABORT_INPUT)
    yield fresh("deploy-with-value").deploy(ALICE, "token", deployment(BOB, 1, b""), value=1, ends=("Revert", VALUE))
    yield fresh("deploy-address-taken", clauses=["ABI-35"]).deploy(ALICE, "token", deployment(ALICE, 5, b"A")) \
        .deploy(ALICE, "token", deployment(BOB, 6, b"B"), ends="AddressTaken") \
        .deploy(ALICE, "token", deployment(BOB, 6, b"B"), salt=1)
    yield fresh("deploy-value-beyond-balance", clauses=["ABI-35"]) \
        .deploy(ALICE, "token", deployment(ALICE, 5, b"A"), value=501, ends="InsufficientValue")

    yield case("mint-by-owner", clauses=["ABI-23"]).call(ALICE, TOKEN, mint(CAROL, 7)).call(BOB, TOKEN, TOTAL_SUPPLY)
    yield case("mint-by-another").call(BOB, TOKEN, mint(BOB, 7), ends=("Revert", NOT_OWNER))
    yield case("mint-to-the-last-unit").call(ALICE, TOKEN, mint(BOB, MAX - 1000)).call(BOB, TOKEN, TOTAL_SUPPLY)
    yield case("mint-overflow").call(ALICE, TOKEN, mint(BOB, MAX - 999), ends=("Revert", OVERFLOW))

    yield transfer_case("transfer-success", clauses=["ABI-10", "ABI-20", "ABI-23", "ABI-61"])
    yield case("transfer-all-removes-entry", note="A balance of zero has no entry, so the write is a removal.",
               clauses=["ABI-61"]).call(ALICE, TOKEN, transfer(BOB, 1000))
    yield case("transfer-to-self", note="Nothing differs afterwards, so there is an event and no write.",
               clauses=["ABI-61"]).call(ALICE, TOKEN, transfer(ALICE, 400))
    yield case("transfer-beyond-balance", clauses=["ABI-51"]) \
        .call(ALICE, TOKEN, transfer(BOB, 1001), ends=("Revert", BALANCE))
    yield case("transfer-of-nothing").call(CAROL, TOKEN, transfer(BOB, 0))
    yield case("transfer-across-64-bits", {ALICE: 2**64, BOB: 2**64 - 1}).call(ALICE, TOKEN, transfer(BOB, 1))
    yield case("transfer-with-value", note="The value goes back with everything else.", clauses=["ABI-31", "ABI-51"]) \
        .call(BOB, TOKEN, transfer(ALICE, 0), value=5, ends=("Revert", VALUE))
    yield case("value-beyond-balance", clauses=["ABI-31", "ABI-50"]) \
        .call(BOB, TOKEN, TOTAL_SUPPLY, value=501, ends="InsufficientValue")

    yield case("approve-and-transfer-from").call(ALICE, TOKEN, approve(BOB, 250)) \
        .call(BOB, TOKEN, transfer_from(ALICE, CAROL, 100)).call(BOB, TOKEN, allowance(ALICE, BOB)) \
        .call(BOB, TOKEN, transfer_from(ALICE, CAROL, 150)) \
        .call(BOB, TOKEN, transfer_from(ALICE, CAROL, 1), ends=("Revert", ALLOWANCE))
    yield case("approve-nothing-removes-entry", allowances={(ALICE, BOB): 9}).call(ALICE, TOKEN, approve(BOB, 0))
    yield case("transfer-from-beyond-balance", allowances={(ALICE, BOB): 5000}, clauses=["ABI-51"],
               note="The allowance was written before the balance was found too small; both are undone.") \
        .call(BOB, TOKEN, transfer_from(ALICE, CAROL, 1001), ends=("Revert", BALANCE))
    yield case("balance-of-nobody").call(BOB, TOKEN, balance_of(CAROL))

    yield case("unknown-method", clauses=["ABI-10"]).call(BOB, TOKEN, u8(77), ends=ABORT_INPUT)
    yield case("empty-input").call(BOB, TOKEN, b"", ends=ABORT_INPUT)
    yield case("input-too-long").call(BOB, TOKEN, TOTAL_SUPPLY + b"\0", ends=ABORT_INPUT)
    yield case("input-beyond-buffer", clauses=["ABI-4"]).call(BOB, TOKEN, TOTAL_SUPPLY + bytes(128), ends=ABORT_INPUT)


def triples():
    """Each is (name, builder): the builder makes the case for a fuel limit and an end."""
    yield "transfer", transfer_case


def plans():
    """Refuel plans, each with the case in one go that it has to end like (MET-15)."""
    grants = [("grant", grant) for grant in range(0, 23_000, 1500)]
    yield "transfer-success", transfer_case("transfer-in-slices", clauses=["MET-11", "MET-13", "MET-15"], resume=grants)
    raised = [("grant", 4000), ("grant", 9000), ("limit", lib.PLENTY)]
    yield "transfer-success", transfer_case("transfer-limit-raised", clauses=["MET-13"], fuel=9000, resume=raised,
                                            note="The execution is at its limit in the contract's own frame.")
    yield None, transfer_case("transfer-limit-raised-too-little", clauses=["MET-13"], fuel=9000, ends="OutOfFuel",
                              resume=[("limit", 9500)])
