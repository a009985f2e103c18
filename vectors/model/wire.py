"""The little-endian byte layout that all the contracts share: a request is read from left to right, to its end."""

from .ledger import abort, revert

MAX_U128 = 2**128 - 1
BAD_INPUT = 1


def u8(number):
    return number.to_bytes(1, "little")


def u32(number):
    return number.to_bytes(4, "little")


def u64(number):
    return number.to_bytes(8, "little")


def u128(number):
    return number.to_bytes(16, "little")


def number(data):
    return int.from_bytes(data, "little")


def require(condition, error):
    if not condition:
        revert(u32(error))


class Request:
    """An input, of which each `take` is the next part. What is too short, or goes on too long, aborts."""

    def __init__(self, data, capacity):
        if len(data) > capacity:
            abort(BAD_INPUT)
        self.rest = data

    def take(self, size):
        if len(self.rest) < size:
            abort(BAD_INPUT)
        found, self.rest = self.rest[:size], self.rest[size:]
        return found

    def all(self):
        return self.take(len(self.rest))

    def end(self):
        if self.rest:
            abort(BAD_INPUT)

    def u8(self):
        return number(self.take(1))

    def u32(self):
        return number(self.take(4))

    def u64(self):
        return number(self.take(8))

    def u128(self):
        return number(self.take(16))

    def address(self):
        return self.take(32)
