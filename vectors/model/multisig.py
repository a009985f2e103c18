"""What contracts/multisig shall do. The signature checks are the oracle's, in plain Python too."""

import pathlib
import sys

from .ledger import abort, revert
from .wire import BAD_INPUT, Request, number, require, u32, u64

sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / "metering" / "oracle"))

from crypto import ed25519_verify, keccak256, secp256k1_recover  # noqa: E402

CONFIGURATION, QUORUM, ORDER, SIGNER, SIGNATURE, CALL, VALUE = range(1, 8)
ED25519, SECP256K1 = 1, 2
CAPACITY = 1 + 32 + 8 + 4 + 1024 + 1 + 16 * 66


def take_action(request):
    target, value, size = request.address(), request.u64(), request.u32()
    if size > 1024:
        abort(BAD_INPUT)
    return target, value, request.take(size)


def digest_of(wallet, chain_id, nonce, target, value, data):
    return keccak256(b"detent/multisig/1" + wallet + u64(chain_id) + u64(nonce) + target + u64(value) + data)


def nonce_of(frame):
    return number(frame.read(b"n") or b"")


def is_good(signer, digest, signature, recovery):
    kind, name = signer[0], signer[1:]
    if kind == ED25519:
        return ed25519_verify(name, signature, digest)
    key = secp256k1_recover(digest, signature, recovery)
    return key is not None and keccak256(key) == name


def check_quorum(frame, request, digest):
    count, previous = request.u8(), -1
    require(count == number(frame.read(b"m")), QUORUM)
    for _ in range(count):
        index, recovery, signature = request.u8(), request.u8(), request.take(64)
        require(index > previous, ORDER)
        previous = index
        signer = frame.read(b"k" + bytes([index]))
        require(signer is not None, SIGNER)
        if recovery > (3 if signer[0] == SECP256K1 else 0):
            abort(BAD_INPUT)
        require(is_good(signer, digest, signature, recovery), SIGNATURE)
    request.end()


def execute(frame, request):
    require(frame.value == 0, VALUE)
    target, value, data = take_action(request)
    nonce = nonce_of(frame)
    digest = digest_of(frame.self_address, frame.chain_id, nonce, target, value, data)
    check_quorum(frame, request, digest)
    frame.write(b"n", u64(nonce + 1))
    frame.event(b"execute", digest)
    outcome = frame.call(target, data, value=value)
    if outcome != 0:
        revert(u32(CALL) + u32(outcome) + frame.return_data[:1024])
    frame.output(frame.return_data[:1024])


def show_nonce(frame, request):
    request.end()
    frame.output(u64(nonce_of(frame)))


def show_digest(frame, request):
    target, value, data = take_action(request)
    request.end()
    frame.output(digest_of(frame.self_address, frame.chain_id, nonce_of(frame), target, value, data))


METHODS = {1: execute, 2: show_nonce, 3: show_digest}


class Multisig:
    @staticmethod
    def deploy(frame):
        request = Request(frame.input, CAPACITY)
        needed, count = request.u8(), request.u8()
        require(1 <= needed <= count <= 16, CONFIGURATION)
        for index in range(count):
            signer = request.take(33)
            require(signer[0] in (ED25519, SECP256K1), CONFIGURATION)
            frame.write(b"k" + bytes([index]), signer)
        request.end()
        frame.write(b"m", u64(needed))

    @staticmethod
    def call(frame):
        request = Request(frame.input, CAPACITY)
        if not frame.input:
            return
        method = METHODS.get(request.u8())
        if method is None:
            abort(BAD_INPUT)
        method(frame, request)
