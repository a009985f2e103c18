"""What contracts/escrow shall do."""

from .ledger import abort
from .token_client import pull_token, push_token
from .wire import BAD_INPUT, Request, number, require, u8, u64, u128

AMOUNT, DEADLINE, NO_DEAL, NOT_PARTY, CLOSED, TOO_EARLY, TOKEN, VALUE = range(1, 9)
OPEN, RELEASED, REFUNDED = 1, 2, 3


class Deal:
    def __init__(self, token, buyer, seller, amount, deadline, state=OPEN):
        self.token, self.buyer, self.seller = token, buyer, seller
        self.amount, self.deadline, self.state = amount, deadline, state

    def record(self):
        return self.token + self.buyer + self.seller + u128(self.amount) + u64(self.deadline) + u8(self.state)


def deal_key(deal_id):
    return b"d" + deal_id.to_bytes(8, "big")


def load(frame, deal_id):
    record = frame.read(deal_key(deal_id))
    require(record is not None, NO_DEAL)
    return Deal(record[:32], record[32:64], record[64:96], number(record[96:112]), number(record[112:120]), record[120])


def open_deal(frame, request):
    token, seller, amount, deadline = request.address(), request.address(), request.u128(), request.u64()
    request.end()
    require(amount > 0, AMOUNT)
    require(deadline > frame.time, DEADLINE)
    deal_id = number(frame.read(b"n") or b"")
    frame.write(b"n", u64(deal_id + 1))
    frame.write(deal_key(deal_id), Deal(token, frame.caller, seller, amount, deadline).record())
    pull_token(frame, token, frame.caller, amount, TOKEN)
    frame.event(b"open", u64(deal_id) + u128(amount))
    frame.output(u64(deal_id))


def close(frame, deal_id, deal, state, to, topic):
    deal.state = state
    frame.write(deal_key(deal_id), deal.record())
    push_token(frame, deal.token, to, deal.amount, TOKEN)
    frame.event(topic, u64(deal_id) + u128(deal.amount))


def release(frame, request):
    deal_id = request.u64()
    request.end()
    deal = load(frame, deal_id)
    require(frame.caller == deal.buyer, NOT_PARTY)
    require(deal.state == OPEN, CLOSED)
    close(frame, deal_id, deal, RELEASED, deal.seller, b"release")


def refund(frame, request):
    deal_id = request.u64()
    request.end()
    deal = load(frame, deal_id)
    require(frame.caller in (deal.buyer, deal.seller), NOT_PARTY)
    require(deal.state == OPEN, CLOSED)
    require(frame.caller == deal.seller or frame.time >= deal.deadline, TOO_EARLY)
    close(frame, deal_id, deal, REFUNDED, deal.buyer, b"refund")


def show(frame, request):
    deal_id = request.u64()
    request.end()
    frame.output(load(frame, deal_id).record())


METHODS = {1: open_deal, 2: release, 3: refund, 4: show}


class Escrow:
    @staticmethod
    def call(frame):
        request = Request(frame.input, 128)
        require(frame.value == 0, VALUE)
        method = METHODS.get(request.u8())
        if method is None:
            abort(BAD_INPUT)
        method(frame, request)
