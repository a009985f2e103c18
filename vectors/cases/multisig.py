"""Suite multisig: the wallet of contracts/multisig, its signatures made by signing.py."""

import signing
from model.multisig import CALL, CONFIGURATION, ORDER, QUORUM, SIGNATURE, SIGNER, VALUE, digest_of, keccak256
from model.wire import u8, u32, u64

from . import escrow, token
from .common import (ALICE, BOB, CAROL, DAVE, UNREACHABLE_CODE, ModelCase, Unreachable, lib, multisig_state,
                     token_state)

WALLET, GOLD = lib.address("multisig"), token.TOKEN
ABORT_INPUT = ("Abort", 1)
ED25519_ORDER = 2**252 + 27742317777372353535851937790883648493

ANNA, BEN = signing.Ed25519("anna"), signing.Ed25519("ben")
CHLOE, DAN = signing.Secp256k1("chloe"), signing.Secp256k1("dan")
SIGNERS = [ANNA, CHLOE, BEN, DAN]


def entry(signer):
    """How the wallet names a signer."""
    if isinstance(signer, signing.Ed25519):
        return u8(1) + signer.public_key
    return u8(2) + keccak256(signer.public_key)


def action(target, value, data):
    return target + u64(value) + u32(len(data)) + data


def sign(index, digest):
    """The signature of the signer at an index, as the wallet reads it."""
    signer = SIGNERS[index]
    if isinstance(signer, signing.Ed25519):
        return u8(index) + u8(0) + signer.sign(digest)
    signature, recovery = signer.sign(digest)
    return u8(index) + u8(recovery) + signature


def execute(signers, target, value=0, data=b"", nonce=0, wallet=WALLET, chain_id=1, change=None):
    """A request signed by the signers of these indices; `change` may spoil the list of signatures."""
    digest = digest_of(wallet, chain_id, nonce, target, value, data)
    signatures = [sign(index, digest) for index in signers]
    signatures = change(signatures) if change else signatures
    return u8(1) + action(target, value, data) + u8(len(signatures)) + b"".join(signatures)


NONCE = u8(2)


def digest(target, value, data):
    return u8(3) + action(target, value, data)


def case(name, needed=2, nonce=None, balance=100, **more):
    """Two of four, with a hundred to spend."""
    return ModelCase("multisig/" + name, **more) \
        .contract("multisig", WALLET, multisig_state(needed, [entry(signer) for signer in SIGNERS], nonce), balance) \
        .account(ALICE, 50)


def with_gold(name, held=1000, **more):
    return case(name, **more).contract("token", GOLD, token_state({WALLET: held}))


def deployment(needed, signers, count=None):
    return u8(needed) + u8(len(signers) if count is None else count) + b"".join(map(entry, signers))


def fresh(name, **more):
    return ModelCase("multisig/" + name, **more).contract("multisig").account(ALICE, 50)


def flip(position, bit=1):
    """Changes one bit of the first signature (behind its index and recovery id)."""
    def change(signatures):
        spoilt = bytearray(signatures[0])
        spoilt[2 + position] ^= bit
        return [bytes(spoilt)] + signatures[1:]
    return change


def raise_s(signatures):
    """Adds the group order to the s of an Ed25519 signature: the same number mod L, not the same signature."""
    s = int.from_bytes(signatures[0][34:], "little") + ED25519_ORDER
    return [signatures[0][:34] + s.to_bytes(32, "little")] + signatures[1:]


def high_s(signatures):
    """The other s of an ECDSA signature, with the other recovery id: ABI-41 allows it."""
    s = signing.K1_N - int.from_bytes(signatures[0][34:], "big")
    return [signatures[0][:1] + u8(signatures[0][1] ^ 1) + signatures[0][2:34] + s.to_bytes(32, "big")] + signatures[1:]


def recovery_id(number):
    return lambda signatures: [signatures[0][:1] + u8(number) + signatures[0][2:]] + signatures[1:]


def execute_case(name, fuel=lib.PLENTY, ends="Success", resume=None, **more):
    """Both kinds of signatures, and a nested call that writes."""
    request = execute([0, 1], GOLD, data=token.transfer(CAROL, 250))
    return with_gold(name, **more).call(DAVE, WALLET, request, ends=ends, fuel=fuel, resume=resume)


def cases():
    yield fresh("deploy-success").deploy(ALICE, "multisig", deployment(2, SIGNERS), value=50)
    yield fresh("deploy-too-few-signers").deploy(ALICE, "multisig", deployment(3, SIGNERS[:2]),
                                                 ends=("Revert", CONFIGURATION))
    yield fresh("deploy-no-quorum").deploy(ALICE, "multisig", deployment(0, SIGNERS), ends=("Revert", CONFIGURATION))
    yield fresh("deploy-unknown-kind", note="The first signer was written before the second was read.") \
        .deploy(ALICE, "multisig", u8(1) + u8(2) + entry(ANNA) + u8(3) + bytes(32), ends=("Revert", CONFIGURATION))
    yield fresh("deploy-input-too-short").deploy(ALICE, "multisig", deployment(1, SIGNERS, 5), ends=ABORT_INPUT)

    yield execute_case("execute-token-transfer", clauses=["ABI-40", "ABI-41", "ABI-31", "ABI-10"])
    yield case("execute-payment", clauses=["ABI-31"]).call(DAVE, WALLET, execute([0, 2], CAROL, 60)) \
        .call(DAVE, WALLET, NONCE) \
        .call(DAVE, WALLET, execute([1, 3], CAROL, 40, nonce=1)).call(DAVE, WALLET, NONCE)
    yield case("execute-beyond-balance", clauses=["ABI-31"],
               note="Refused with InsufficientValue, so the nonce is not used up.") \
        .call(DAVE, WALLET, execute([0, 2], CAROL, 101), ends=("Revert", CALL)).call(DAVE, WALLET, NONCE)
    yield case("execute-all-four", needed=4).call(DAVE, WALLET, execute([0, 1, 2, 3], CAROL, 1))
    yield case("execute-on-itself", clauses=["ABI-32"], note="The wallet cannot call itself: re-entry is denied.") \
        .call(DAVE, WALLET, execute([0, 1], WALLET, data=NONCE), ends=("Revert", CALL))
    yield case("execute-callee-traps", clauses=["ABI-37"]) \
        .other_code("unreachable", UNREACHABLE_CODE, Unreachable).account(CAROL, 0, "unreachable") \
        .call(DAVE, WALLET, execute([0, 1], CAROL, 5), ends=("Revert", CALL))
    yield with_gold("execute-callee-reverts", held=249, clauses=["ABI-10"]) \
        .call(DAVE, WALLET, execute([0, 1], GOLD, data=token.transfer(CAROL, 250)), ends=("Revert", CALL))

    yield case("execute-replayed", note="The second digest binds nonce 1.") \
        .call(DAVE, WALLET, execute([0, 2], CAROL, 5)) \
        .call(DAVE, WALLET, execute([0, 2], CAROL, 5), ends=("Revert", SIGNATURE))
    yield case("execute-for-another-chain", clauses=["ABI-12"]) \
        .call(DAVE, WALLET, execute([0, 2], CAROL, 5), env={"chain_id": "2"}, ends=("Revert", SIGNATURE)) \
        .call(DAVE, WALLET, execute([0, 2], CAROL, 5, chain_id=2), env={"chain_id": "2"})
    yield case("execute-for-another-wallet") \
        .call(DAVE, WALLET, execute([0, 2], CAROL, 5, wallet=BOB), ends=("Revert", SIGNATURE))
    yield case("execute-too-few-signatures").call(DAVE, WALLET, execute([0], CAROL, 5), ends=("Revert", QUORUM))
    yield case("execute-one-signer-twice").call(DAVE, WALLET, execute([2, 2], CAROL, 5), ends=("Revert", ORDER))
    yield case("execute-out-of-order").call(DAVE, WALLET, execute([1, 0], CAROL, 5), ends=("Revert", ORDER))
    yield case("execute-no-such-signer") \
        .call(DAVE, WALLET, execute([0, 1], CAROL, 5, change=lambda two: [two[0], u8(4) + two[1][1:]]),
              ends=("Revert", SIGNER))
    yield case("execute-with-value").call(ALICE, WALLET, execute([0, 1], CAROL, 5), value=1, ends=("Revert", VALUE))

    yield case("ed25519-changed-r", clauses=["ABI-40"]) \
        .call(DAVE, WALLET, execute([0, 2], CAROL, 5, change=flip(0)), ends=("Revert", SIGNATURE))
    yield case("ed25519-changed-s", clauses=["ABI-40"]) \
        .call(DAVE, WALLET, execute([0, 2], CAROL, 5, change=flip(32)), ends=("Revert", SIGNATURE))
    yield case("ed25519-s-beyond-order", clauses=["ABI-40"],
               note="s + L solves the same equation and is refused, so a signature has one form.") \
        .call(DAVE, WALLET, execute([0, 2], CAROL, 5, change=raise_s), ends=("Revert", SIGNATURE))
    yield case("ed25519-with-recovery-id") \
        .call(DAVE, WALLET, execute([0, 2], CAROL, 5, change=recovery_id(1)), ends=ABORT_INPUT)
    yield case("secp256k1-changed-s", clauses=["ABI-41"], note="Another key is recovered, with another hash.") \
        .call(DAVE, WALLET, execute([1, 3], CAROL, 5, change=flip(63)), ends=("Revert", SIGNATURE))
    yield case("secp256k1-high-s", clauses=["ABI-41"]) \
        .call(DAVE, WALLET, execute([1, 3], CAROL, 5, change=high_s))
    yield case("secp256k1-r-beyond-field", clauses=["ABI-41"],
               note="With bit 1 of the id, R has x = r + n, which is not less than p for nearly every r.") \
        .call(DAVE, WALLET, execute([1, 3], CAROL, 5, change=recovery_id(2)), ends=("Revert", SIGNATURE))
    yield case("secp256k1-recovery-id-beyond-3") \
        .call(DAVE, WALLET, execute([1, 3], CAROL, 5, change=recovery_id(4)), ends=ABORT_INPUT)

    yield case("deposit").call(ALICE, WALLET, value=20)
    yield case("digest", nonce=7).call(ALICE, WALLET, digest(CAROL, 5, b"data"))
    yield case("data-too-long").call(ALICE, WALLET, digest(CAROL, 5, bytes(1025)), ends=ABORT_INPUT)
    yield case("data-longest").call(ALICE, WALLET, digest(CAROL, 5, bytes(1024)))

    yield three_deep("three-deep")
    yield three_deep("three-deep-middle-reverts", allowed=200, ends=("Revert", CALL))


def three_deep(name, allowed=300, ends="Success"):
    """The wallet opens a deal at the escrow, which takes the wallet's tokens."""
    request = execute([0, 1], escrow.ESCROW, data=escrow.open_deal())
    return case(name, clauses=["ABI-31", "ABI-32"]) \
        .contract("token", GOLD, token_state({WALLET: 1000}, {(WALLET, escrow.ESCROW): allowed})) \
        .contract("escrow", escrow.ESCROW).call(DAVE, WALLET, request, ends=ends)


def triples():
    yield "execute", execute_case


def plans():
    grants = [("grant", 30_000 * number) for number in range(9)]
    yield "execute-token-transfer", execute_case("execute-in-slices", clauses=["MET-15"], resume=grants)
