"""What contracts/token shall do."""

from .ledger import abort
from .wire import BAD_INPUT, MAX_U128, Request, number, require, u128

NOT_OWNER, BALANCE, ALLOWANCE, OVERFLOW, VALUE, NAME = range(1, 7)
NOBODY = bytes(32)
YES = b"\x01"


def amount_at(frame, key):
    return number(frame.read(key) or b"")


def set_amount(frame, key, amount):
    if amount:
        frame.write(key, u128(amount))
    else:
        frame.remove(key)


def mint_to(frame, to, amount):
    supply = amount_at(frame, b"s")
    require(supply + amount <= MAX_U128, OVERFLOW)
    set_amount(frame, b"s", supply + amount)
    set_amount(frame, b"b" + to, amount_at(frame, b"b" + to) + amount)
    frame.event(b"mint", NOBODY + to + u128(amount))


def move(frame, source, to, amount):
    held = amount_at(frame, b"b" + source)
    require(held >= amount, BALANCE)
    set_amount(frame, b"b" + source, held - amount)
    set_amount(frame, b"b" + to, amount_at(frame, b"b" + to) + amount)
    frame.event(b"transfer", source + to + u128(amount))


def mint(frame, request):
    to, amount = request.address(), request.u128()
    request.end()
    require(frame.read(b"o") == frame.caller, NOT_OWNER)
    mint_to(frame, to, amount)
    frame.output(YES)


def transfer(frame, request):
    to, amount = request.address(), request.u128()
    request.end()
    move(frame, frame.caller, to, amount)
    frame.output(YES)


def approve(frame, request):
    spender, amount = request.address(), request.u128()
    request.end()
    set_amount(frame, b"a" + frame.caller + spender, amount)
    frame.event(b"approve", frame.caller + spender + u128(amount))
    frame.output(YES)


def transfer_from(frame, request):
    source, to, amount = request.address(), request.address(), request.u128()
    request.end()
    allowed = amount_at(frame, b"a" + source + frame.caller)
    require(allowed >= amount, ALLOWANCE)
    set_amount(frame, b"a" + source + frame.caller, allowed - amount)
    move(frame, source, to, amount)
    frame.output(YES)


def balance_of(frame, request):
    holder = request.address()
    request.end()
    frame.output(u128(amount_at(frame, b"b" + holder)))


def allowance(frame, request):
    holder, spender = request.address(), request.address()
    request.end()
    frame.output(u128(amount_at(frame, b"a" + holder + spender)))


def total_supply(frame, request):
    request.end()
    frame.output(u128(amount_at(frame, b"s")))


def name(frame, request):
    request.end()
    frame.output(frame.read(b"n"))


def owner(frame, request):
    request.end()
    frame.output(frame.read(b"o"))


METHODS = {1: mint, 2: transfer, 3: approve, 4: transfer_from, 5: balance_of, 6: allowance, 7: total_supply, 8: name,
           9: owner}


class Token:
    @staticmethod
    def deploy(frame):
        request = Request(frame.input, 128)
        require(frame.value == 0, VALUE)
        first_owner, supply, text = request.address(), request.u128(), request.all()
        require(len(text) <= 32, NAME)
        frame.write(b"o", first_owner)
        frame.write(b"n", text)
        if supply:
            mint_to(frame, first_owner, supply)

    @staticmethod
    def call(frame):
        request = Request(frame.input, 128)
        require(frame.value == 0, VALUE)
        method = METHODS.get(request.u8())
        if method is None:
            abort(BAD_INPUT)
        method(frame, request)
