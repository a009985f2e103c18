"""How the contracts that hold tokens call a token: success means that it answered yes."""

from .ledger import revert
from .wire import u8, u32, u128


def call_token(frame, token, request, error):
    outcome = frame.call(token, request)
    if outcome != 0 or frame.return_data != b"\x01":
        revert(u32(error) + u32(outcome) + frame.return_data[:64])


def push_token(frame, token, to, amount, error):
    call_token(frame, token, u8(2) + to + u128(amount), error)


def pull_token(frame, token, source, amount, error):
    call_token(frame, token, u8(4) + source + frame.self_address + u128(amount), error)
