"""What contracts/amm shall do. Python's integers have no width; the contract's have, and `fits` says where it ends."""

import math

from .ledger import abort
from .token_client import pull_token, push_token
from .wire import BAD_INPUT, MAX_U128, Request, number, require, u128

TOKENS, AMOUNT, OVERFLOW, MINIMUM, SHARES, EMPTY, TOKEN, VALUE = range(1, 9)


def fits(amount):
    require(amount <= MAX_U128, OVERFLOW)
    return amount


def amount_at(frame, key):
    return number(frame.read(key) or b"")


def set_amount(frame, key, amount):
    if amount:
        frame.write(key, u128(amount))
    else:
        frame.remove(key)


class Pool:
    def __init__(self, frame):
        self.frame = frame
        self.tokens = [frame.read(b"ta"), frame.read(b"tb")]
        self.reserves = [amount_at(frame, b"ra"), amount_at(frame, b"rb")]
        self.shares = amount_at(frame, b"s")

    def store(self):
        set_amount(self.frame, b"ra", self.reserves[0])
        set_amount(self.frame, b"rb", self.reserves[1])
        set_amount(self.frame, b"s", self.shares)

    def amount_out(self, side, amount):
        require(amount > 0, AMOUNT)
        require(self.shares > 0, EMPTY)
        kept = fits(amount * 997)
        divisor = fits(fits(self.reserves[side] * 1000) + kept)
        return kept * self.reserves[1 - side] // divisor


def add(frame, request):
    amounts, minimum = [request.u128(), request.u128()], request.u128()
    request.end()
    require(all(amounts), AMOUNT)
    pool = Pool(frame)
    if pool.shares == 0:
        shares = math.isqrt(amounts[0] * amounts[1])
    else:
        shares = min(fits(amount * pool.shares // reserve) for amount, reserve in zip(amounts, pool.reserves))
        amounts = [-(-shares * reserve // pool.shares) for reserve in pool.reserves]
    require(shares > 0 and shares >= minimum, MINIMUM)
    pool.reserves = [fits(reserve + amount) for reserve, amount in zip(pool.reserves, amounts)]
    pool.shares = fits(pool.shares + shares)
    pool.store()
    set_amount(frame, b"l" + frame.caller, amount_at(frame, b"l" + frame.caller) + shares)
    for token, amount in zip(pool.tokens, amounts):
        pull_token(frame, token, frame.caller, amount, TOKEN)
    frame.event(b"add", frame.caller + u128(amounts[0]) + u128(amounts[1]) + u128(shares))
    frame.output(u128(shares))


def remove(frame, request):
    shares, minimums = request.u128(), [request.u128(), request.u128()]
    request.end()
    held = amount_at(frame, b"l" + frame.caller)
    require(0 < shares <= held, SHARES)
    pool = Pool(frame)
    amounts = [shares * reserve // pool.shares for reserve in pool.reserves]
    require(all(amount >= minimum for amount, minimum in zip(amounts, minimums)), MINIMUM)
    pool.reserves = [reserve - amount for reserve, amount in zip(pool.reserves, amounts)]
    pool.shares -= shares
    pool.store()
    set_amount(frame, b"l" + frame.caller, held - shares)
    for token, amount in zip(pool.tokens, amounts):
        push_token(frame, token, frame.caller, amount, TOKEN)
    frame.event(b"remove", frame.caller + u128(amounts[0]) + u128(amounts[1]) + u128(shares))
    frame.output(u128(amounts[0]) + u128(amounts[1]))


def take_side(request):
    side = request.u8()
    if side > 1:
        abort(BAD_INPUT)
    return side


def swap(frame, request):
    side, amount, minimum = take_side(request), request.u128(), request.u128()
    request.end()
    pool = Pool(frame)
    out = pool.amount_out(side, amount)
    require(out > 0 and out >= minimum, MINIMUM)
    pool.reserves[side] = fits(pool.reserves[side] + amount)
    pool.reserves[1 - side] -= out
    pool.store()
    pull_token(frame, pool.tokens[side], frame.caller, amount, TOKEN)
    push_token(frame, pool.tokens[1 - side], frame.caller, out, TOKEN)
    frame.event(b"swap", frame.caller + u128(side) + u128(amount) + u128(out))
    frame.output(u128(out))


def reserves(frame, request):
    request.end()
    pool = Pool(frame)
    frame.output(u128(pool.reserves[0]) + u128(pool.reserves[1]) + u128(pool.shares))


def shares_of(frame, request):
    holder = request.address()
    request.end()
    frame.output(u128(amount_at(frame, b"l" + holder)))


def quote(frame, request):
    side, amount = take_side(request), request.u128()
    request.end()
    frame.output(u128(Pool(frame).amount_out(side, amount)))


METHODS = {1: add, 2: remove, 3: swap, 4: reserves, 5: shares_of, 6: quote}


class Amm:
    @staticmethod
    def deploy(frame):
        request = Request(frame.input, 128)
        require(frame.value == 0, VALUE)
        a, b = request.address(), request.address()
        request.end()
        require(a != b, TOKENS)
        frame.write(b"ta", a)
        frame.write(b"tb", b)

    @staticmethod
    def call(frame):
        request = Request(frame.input, 128)
        require(frame.value == 0, VALUE)
        method = METHODS.get(request.u8())
        if method is None:
            abort(BAD_INPUT)
        method(frame, request)
