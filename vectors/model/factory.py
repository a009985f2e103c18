"""What contracts/factory shall do."""

import hashlib

from .ledger import ALLOW_REENTRY, DELEGATE, STATIC, abort, revert
from .wire import BAD_INPUT, Request, number, require, u32, u64

TEMPLATE, SPAWN, LOCKED, NOT_OWNER, DELEGATED = range(1, 6)


def answer(frame, outcome):
    return u32(outcome) + frame.return_data[:1024]


def spawn(frame, request):
    salt, data = request.u64(), request.all()
    outcome, child = frame.create(frame.read(b"c"), salt, data, value=frame.value)
    if outcome != 0:
        revert(u32(SPAWN) + answer(frame, outcome))
    count = number(frame.read(b"n") or b"")
    frame.write(b"k" + child, u64(count))
    frame.write(b"n", u64(count + 1))
    frame.event(b"spawn", child)
    frame.output(child)


def lock_for_owner(frame):
    require(frame.transient_read(b"l") is None, LOCKED)
    frame.transient_write(b"l", b"\x01")
    require(frame.caller == frame.read(b"o"), NOT_OWNER)


def attempt(frame, request):
    target, value, fuel, flags = request.address(), request.u64(), request.u64(), request.u32()
    data = request.all()
    lock_for_owner(frame)
    outcome = frame.call(target, data, value=value, flags=flags, fuel=fuel)
    frame.transient_write(b"l", b"")
    frame.event(b"attempt", u32(outcome))
    frame.output(answer(frame, outcome))


def delegate(frame, request):
    library, data = request.address(), request.all()
    lock_for_owner(frame)
    outcome = frame.call(library, data, flags=DELEGATE)
    if outcome != 0:
        revert(u32(DELEGATED) + answer(frame, outcome))
    frame.transient_write(b"l", b"")
    frame.output(frame.return_data[:1024])


def count(frame, request):
    request.end()
    frame.output(u64(number(frame.read(b"n") or b"")))


def is_child(frame, request):
    child = request.address()
    request.end()
    frame.output(b"\x01" if frame.read(b"k" + child) is not None else b"\x00")


def template_hash(frame, request):
    request.end()
    frame.output(frame.read(b"h"))


def probe(frame, request):
    request.end()
    outcome = frame.call(frame.self_address, b"\x07", flags=ALLOW_REENTRY | STATIC)
    frame.output(frame.return_data if outcome == 0 else u32(frame.depth) + u32(outcome))


METHODS = {1: spawn, 2: attempt, 3: delegate, 4: count, 5: is_child, 6: template_hash, 7: probe}


class Factory:
    @staticmethod
    def deploy(frame):
        require(1 <= len(frame.input) <= 16384, TEMPLATE)
        frame.write(b"c", frame.input)
        frame.write(b"h", hashlib.blake2b(frame.input, digest_size=32).digest())
        frame.write(b"o", frame.caller)

    @staticmethod
    def call(frame):
        request = Request(frame.input, 128 + 1024)
        method = METHODS.get(request.u8())
        if method is None:
            abort(BAD_INPUT)
        method(frame, request)
