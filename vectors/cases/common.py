"""A case whose expectations come from the models, and the states that cases begin with."""

import hashlib

import lib
from model import ledger
from model.amm import Amm
from model.escrow import Escrow
from model.factory import Factory
from model.multisig import Multisig
from model.registry import Registry
from model.token import Token
from model.wire import u8, u32, u64, u128

MODELS = {"token": Token, "escrow": Escrow, "registry": Registry, "amm": Amm, "multisig": Multisig, "factory": Factory}

ALICE, BOB, CAROL, DAVE = (lib.address(name) for name in ("alice", "bob", "carol", "dave"))
NOW = int(lib.ENV["time"])


class ModelCase(lib.Case):
    """Steps run on the models when they are added. `ends` is the author's word on the status, with the error code of
    the contract for a Revert: the model has to agree with it, as the oracle later has to agree with the model."""

    def __init__(self, name, note=(), clauses=()):
        super().__init__(name, note, clauses)
        self.programs = {}
        self.world = None

    def contract(self, name, at=None, state=None, balance=0):
        """A committed contract and its model; with `at`, it exists from the beginning."""
        self.file_code(name)
        self.programs[lib.sha256(self.code_bytes(name))] = MODELS[name]
        return self if at is None else self.account(at, balance, name, state)

    def other_code(self, name, code, program):
        """A code written for the case: its model, or the name of the refusal that it meets."""
        self.inline_code(name, code)
        self.programs[lib.sha256(code)] = program
        return self

    def call(self, source, to, data=b"", value=0, ends="Success", fuel=lib.PLENTY, env=None, resume=None, starved=()):
        super().call(source, to, data, value, fuel, env, resume)
        return self._predict(ends, starved)

    def deploy(self, source, code, data=b"", salt=0, value=0, ends="Success", fuel=lib.PLENTY, env=None, resume=None):
        super().deploy(source, code, data, salt, value, fuel, env, resume)
        return self._predict(ends, ())

    def _predict(self, ends, starved):
        step = self.steps[-1]
        self.world = self.world or self._first_world()
        if ends == "OutOfFuel":
            step["expect"] = ledger.exhausted()
            return self
        tx = step["tx"]
        code = self.code_bytes(tx["code"]) if tx["kind"] == "deploy" else None
        step["expect"] = ledger.execute(self.world, self.programs, step["env"], tx, code, starved)
        self._check(ends, step["expect"])
        return self

    def _check(self, ends, found):
        status, error = ends if isinstance(ends, tuple) else (ends, None)
        if status != found["status"]:
            raise lib.Disagreement(f"{self.name}: the author says {status}, the model {found}")
        if error is not None and lib.from_hex(found["output"])[:4] != u32(error):
            raise lib.Disagreement(f"{self.name}: the author says error {error}, the model {found}")

    def _first_world(self):
        world = ledger.World()
        for at, (balance, code, storage) in self.accounts.items():
            world.set_account(at, balance, lib.sha256(self.code_bytes(code)) if code else None)
            world.entries.update({(at, key): value for key, value in storage.items()})
        return world


# The states of the contracts, as their README files lay them out.


def token_state(balances, allowances=None, owner=ALICE, name=b"Gold", supply=None):
    supply = sum(balances.values()) if supply is None else supply
    state = {b"o": owner, b"n": name}
    if supply:
        state[b"s"] = u128(supply)
    state.update({b"b" + holder: u128(amount) for holder, amount in balances.items() if amount})
    state.update({b"a" + holder + spender: u128(amount) for (holder, spender), amount in (allowances or {}).items()})
    return state


def escrow_state(deals):
    """Deals are (token, buyer, seller, amount, deadline, state)."""
    state = {b"n": u64(len(deals))}
    for number, (token, buyer, seller, amount, deadline, stage) in enumerate(deals):
        state[b"d" + number.to_bytes(8, "big")] = token + buyer + seller + u128(amount) + u64(deadline) + u8(stage)
    return state


def registry_state(names, price=3, owner=ALICE):
    """Names are {name: (owner, expiry)}."""
    state = {b"p": u64(price), b"o": owner}
    for name, (holder, expiry) in names.items():
        state[b"n" + name] = holder + u64(expiry)
        state[b"x" + expiry.to_bytes(8, "big") + name] = b""
    return state


def pool_state(tokens, reserves=(0, 0), holders=None):
    state = {b"ta": tokens[0], b"tb": tokens[1]}
    holders = holders or {}
    if holders:
        state.update({b"ra": u128(reserves[0]), b"rb": u128(reserves[1]), b"s": u128(sum(holders.values()))})
        state.update({b"l" + holder: u128(shares) for holder, shares in holders.items()})
    return state


def multisig_state(needed, signers, nonce=None):
    state = {b"m": u64(needed)}
    state.update({b"k" + bytes([index]): signer for index, signer in enumerate(signers)})
    if nonce is not None:
        state[b"n"] = u64(nonce)
    return state


def factory_state(template, owner=ALICE):
    return {b"c": template, b"h": hashlib.blake2b(template, digest_size=32).digest(), b"o": owner}


# Codes written for a case. Only `call` of type [] -> [], so the bytes stay readable.


def tiny_module(body, export=b"call"):
    """A module of one function with the given instructions, `end` added, exported under a name."""
    code = b"\x00" + body + b"\x0b"
    sections = [(1, b"\x01\x60\x00\x00"), (3, b"\x01\x00"), (7, b"\x01" + u8(len(export)) + export + b"\x00\x00"),
                (10, b"\x01" + u8(len(code)) + code)]
    return b"\0asm\x01\0\0\0" + b"".join(u8(number) + u8(len(part)) + part for number, part in sections)


def unknown_import_module():
    """Exports `call` well enough, but imports `detent_v1.gas`, which there is not."""
    sections = [(1, b"\x01\x60\x00\x00"), (2, b"\x01\x09detent_v1\x03gas\x00\x00"), (3, b"\x01\x00"),
                (7, b"\x01\x04call\x00\x01"), (10, b"\x01\x02\x00\x0b")]
    return b"\0asm\x01\0\0\0" + b"".join(u8(number) + u8(len(part)) + part for number, part in sections)


class Nothing:
    """A contract that returns at once."""

    @staticmethod
    def call(frame):
        pass


class Unreachable:
    """A contract that traps at once."""

    @staticmethod
    def call(frame):
        ledger.trap("Unreachable")


NOTHING_CODE = tiny_module(b"")
UNREACHABLE_CODE = tiny_module(b"\x00")
