"""What contracts/registry shall do."""

from .ledger import abort
from .wire import BAD_INPUT, Request, number, require, u8, u64

NAME, DAYS, PAYMENT, TAKEN, NO_NAME, NOT_OWNER, WITHDRAW = range(1, 8)
LETTERS = b"abcdefghijklmnopqrstuvwxyz0123456789-"
DAY = 24 * 60 * 60


def take_name(request):
    name = request.all()
    require(1 <= len(name) <= 32 and all(byte in LETTERS for byte in name), NAME)
    return name


def read(frame, name):
    """Owner and expiry, or None."""
    record = frame.read(b"n" + name)
    return record and (record[:32], number(record[32:]))


def expiry_key(expiry, name):
    return b"x" + expiry.to_bytes(8, "big") + name


def write(frame, name, owner, expiry):
    frame.write(b"n" + name, owner + u64(expiry))
    frame.write(expiry_key(expiry, name), b"")


def remove(frame, name, expiry):
    frame.remove(b"n" + name)
    frame.remove(expiry_key(expiry, name))


def live(frame, name):
    record = read(frame, name)
    require(record is not None and record[1] > frame.time, NO_NAME)
    return record


def tell(frame, topic, name, owner, expiry):
    frame.event(topic, owner + u64(expiry) + name)


def paid_seconds(frame, days):
    require(1 <= days <= 3650, DAYS)
    require(frame.value == days * number(frame.read(b"p") or b""), PAYMENT)
    return days * DAY


def free(frame):
    require(frame.value == 0, PAYMENT)


def register(frame, request):
    days, name = request.u32(), take_name(request)
    seconds = paid_seconds(frame, days)
    old = read(frame, name)
    if old:
        require(old[1] <= frame.time, TAKEN)
        remove(frame, name, old[1])
    expiry = frame.time + seconds
    write(frame, name, frame.caller, expiry)
    tell(frame, b"register", name, frame.caller, expiry)
    frame.output(u64(expiry))


def renew(frame, request):
    days, name = request.u32(), take_name(request)
    seconds = paid_seconds(frame, days)
    owner, expiry = live(frame, name)
    remove(frame, name, expiry)
    write(frame, name, owner, expiry + seconds)
    tell(frame, b"renew", name, owner, expiry + seconds)
    frame.output(u64(expiry + seconds))


def transfer(frame, request):
    to, name = request.address(), take_name(request)
    free(frame)
    owner, expiry = live(frame, name)
    require(owner == frame.caller, NOT_OWNER)
    write(frame, name, to, expiry)
    tell(frame, b"transfer", name, to, expiry)


def lookup(frame, request):
    name = take_name(request)
    free(frame)
    owner, expiry = live(frame, name)
    frame.output(owner + u64(expiry))


def list_names(frame, request):
    limit, after = min(request.u8(), 16), request.all()
    require(len(after) <= 32, NAME)
    free(frame)
    entries, key = [], frame.next(b"n" + after)
    while len(entries) < limit and key is not None and key[:1] == b"n":
        owner, expiry = read(frame, key[1:])
        if expiry > frame.time:
            entries.append(u8(len(key) - 1) + key[1:] + owner + u64(expiry))
        key = frame.next(key)
    frame.output(u8(len(entries)) + b"".join(entries))


def last(frame, request):
    request.end()
    free(frame)
    key = frame.previous(b"o")
    if key is not None and key[:1] == b"n":
        frame.output(key[1:])


def purge(frame, request):
    limit, removed = request.u8(), 0
    request.end()
    free(frame)
    while removed < limit:
        key = frame.next(b"x")
        if key is None or int.from_bytes(key[1:9], "big") > frame.time:
            break
        name = key[9:]
        owner, expiry = read(frame, name)
        remove(frame, name, expiry)
        tell(frame, b"purge", name, owner, expiry)
        removed += 1
    frame.output(u64(removed))


def withdraw(frame, request):
    amount = request.u64()
    request.end()
    free(frame)
    owner = frame.read(b"o")
    require(frame.caller == owner, NOT_OWNER)
    require(frame.call(owner, b"", value=amount) == 0, WITHDRAW)


METHODS = {1: register, 2: renew, 3: transfer, 4: lookup, 5: list_names, 6: last, 7: purge, 8: withdraw}


class Registry:
    @staticmethod
    def deploy(frame):
        request = Request(frame.input, 128)
        price = request.u32()
        request.end()
        free(frame)
        frame.write(b"p", u64(price))
        frame.write(b"o", frame.caller)

    @staticmethod
    def call(frame):
        method_request = Request(frame.input, 128)
        method = METHODS.get(method_request.u8())
        if method is None:
            abort(BAD_INPUT)
        method(frame, method_request)
