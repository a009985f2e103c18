#!/usr/bin/env python3
"""Builds host_abi/crypto_edge_cases.def (ABI-42): `crypto_cases.py` prints it, `--write` writes it.

Every case states what it expects from the way it is made. Signatures are made with scalars that are known here, points
of small order by multiplying with L; a loop over messages finds the challenges that a case needs.
"""

import hashlib
import sys
from itertools import count

import crypto as c
from schedule import ROOT

PATH = ROOT / "host_abi" / "crypto_edge_cases.def"
MADE = "constructed, see metering/oracle/crypto_cases.py"
INVALID = "INVALID_SIGNATURE"


def hexed(data):
    return "0x" + data.hex()


def case(function, name, inputs, expect, source=MADE, recovery_id=None):
    found = {"function": function, "name": name, "inputs": [hexed(one) for one in inputs]}
    if recovery_id is not None:
        found["recovery_id"] = recovery_id
    return found | {"expect": expect, "source": source}


def scalar(label, order):
    """A scalar that nobody chose."""
    return int.from_bytes(hashlib.sha512(label.encode()).digest(), "little") % order


# Ed25519.

SECRET, NONCE = scalar("detent ed25519 secret", c.L), scalar("detent ed25519 nonce", c.L)
PUBLIC, COMMITMENT = c.edwards_multiply(SECRET, c.BASE), c.edwards_multiply(NONCE, c.BASE)


def torsion():
    """The eight points of small order: multiples of a point of order 8."""
    for y in count(2):
        point = c.edwards_decode(y.to_bytes(32, "little"))
        if point is None:
            continue
        generator = c.edwards_multiply(c.L, point)
        if c.edwards_multiply(4, generator) != c.NEUTRAL:
            return [c.edwards_multiply(index, generator) for index in range(8)]


TORSION = torsion()


def small_encodings():
    """All encodings of points of small order: canonical, with y + p, and with the sign bit on x = 0."""
    found = {}
    for index, (x, y) in enumerate(TORSION):
        order = next(one for one in (1, 2, 4, 8) if index * one % 8 == 0)
        for number, form in ((y, "canonical"), (y + c.P, "y + p")):
            for sign in (0, 1) if x == 0 else (x & 1,):
                if number < 2**255:
                    note = form + (", sign of zero set" if x == 0 and sign else "")
                    found[(number | sign << 255).to_bytes(32, "little")] = f"{index} T, order {order}, {note}", index
    return found


def signature(r_bytes, s):
    return r_bytes + s.to_bytes(32, "little")


def sign(secret, key_bytes, message, nonce=NONCE, shift=c.NEUTRAL):
    """A signature with R = nonce B + shift, and the challenge that goes with it."""
    r_bytes = c.edwards_encode(c.edwards_add(c.edwards_multiply(nonce, c.BASE), shift))
    challenge = c.ed25519_challenge(r_bytes, key_bytes, message)
    return signature(r_bytes, (nonce + challenge * secret) % c.L), challenge


def search(attempt):
    """The first message for which `attempt` gives something."""
    for number in count():
        message = b"message %d" % number
        found = attempt(message)
        if found is not None:
            return message, found


RFC = [
    ("test 1", "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
     "d25bf5f0595bbe24655141438e7a100b"),
    ("test 2", "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
     "387b2eaeb4302aeeb00d291612bb0c00"),
    ("test 3", "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
     "4a7c15e9716ed28dc027beceea1ec40a"),
    ("test SHA(abc)", "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
     hashlib.sha512(b"abc").hexdigest(),
     "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e030"
     "3dca179c138ac17ad9bef1177331a704"),
]


def rfc_public_key(secret):
    """RFC 8032, 5.1.5."""
    number = int.from_bytes(hashlib.sha512(secret).digest()[:32], "little")
    number = number & ~7 & (2**254 - 1) | 2**254
    return c.edwards_encode(c.edwards_multiply(number, c.BASE))


def ed25519(name, key, signed, message, expect, source=MADE):
    return case("ed25519_verify", name, [key, signed, message], expect, source)


def ed25519_plain():
    key, message = c.edwards_encode(PUBLIC), b"a message"
    good, _ = sign(SECRET, key, message)
    r_bytes, s = good[:32], int.from_bytes(good[32:], "little")
    for title, secret, text, expected in RFC:
        public = rfc_public_key(bytes.fromhex(secret))
        source = f"RFC 8032, 7.1, {title}"
        yield ed25519(title, public, bytes.fromhex(expected), bytes.fromhex(text), 1, source)
    yield ed25519("valid", key, good, message, 1)
    long = bytes(index % 251 for index in range(1023))
    yield ed25519("valid, 1,023 bytes", key, sign(SECRET, key, long)[0], long, 1)
    yield ed25519("another message", key, good, b"a massage", 0)
    yield ed25519("another key", c.edwards_encode(c.edwards_multiply(2, PUBLIC)), good, message, 0)
    yield ed25519("negated key", c.edwards_encode(c.edwards_negate(PUBLIC)), good, message, 0)
    yield ed25519("negated R", key, bytes([*r_bytes[:31], r_bytes[31] ^ 0x80]) + good[32:], message, 0)
    yield ed25519("s + 1", key, signature(r_bytes, s + 1), message, 0)
    for factor in (1, 2, 8, 14):
        yield ed25519(f"s + {factor} L", key, signature(r_bytes, s + factor * c.L), message, 0)
    yield ed25519("s = L, R identity", key, signature(c.edwards_encode(c.NEUTRAL), c.L), message, 0)
    yield ed25519("all bits of s set", key, signature(r_bytes, 2**256 - 1), message, 0)
    yield ed25519("key on no point", off_curve(), good, message, 0)
    yield ed25519("R on no point", key, off_curve() + good[32:], message, 0)
    yield ed25519("key all ones", b"\xff" * 32, good, message, 0)
    yield ed25519("key with y + p, not of small order", above_p(), good, message, 0)
    yield ed25519("R with y + p, not of small order", key, above_p() + good[32:], message, 0)


def off_curve():
    return next(y for y in range(2, 100) if c.edwards_x(y) is None).to_bytes(32, "little")


def above_p():
    """The least encoding with y >= p of a point that is not of small order."""
    y = next(one for one in range(2, 19) if c.edwards_x(one) is not None)
    return (y + c.P).to_bytes(32, "little")


def ed25519_small_keys():
    """A of small order: [s]B - [k]A = R holds, with k a multiple of 8, and only the rule on A refuses."""
    s = scalar("detent small key", c.L)
    r_bytes = c.edwards_encode(c.edwards_multiply(s, c.BASE))
    for key, (note, _) in small_encodings().items():
        message, _ = search(lambda text: True if c.ed25519_challenge(r_bytes, key, text) % 8 == 0 else None)
        yield ed25519(f"key of small order ({note}), equation holds", key, signature(r_bytes, s), message, 0)
    identity = c.edwards_encode(c.NEUTRAL)
    for key, (note, _) in small_encodings().items():
        message, _ = search(lambda text: True if c.ed25519_challenge(identity, key, text) % 8 == 0 else None)
        yield ed25519(f"s = 0, R identity, key of small order ({note})", key, signature(identity, 0), message, 0)
    key = c.edwards_encode(PUBLIC)
    yield ed25519("s = 0, R identity, ordinary key", key, signature(identity, 0), b"a message", 0)


def ed25519_small_commitments():
    """R of small order: with a key of mixed order, [s]B - [k]A = -[k]T is every point of small order in turn."""
    mixed = c.edwards_add(PUBLIC, TORSION[1])
    key = c.edwards_encode(mixed)
    for r_bytes, (note, index) in small_encodings().items():
        def attempt(text, r_bytes=r_bytes, index=index):
            challenge = c.ed25519_challenge(r_bytes, key, text)
            return challenge if (challenge + index) % 8 == 0 else None

        message, challenge = search(attempt)
        signed = signature(r_bytes, challenge * SECRET % c.L)
        yield ed25519(f"R of small order ({note}), equation of points holds", key, signed, message, 0)
    plain, identity = c.edwards_encode(PUBLIC), c.edwards_encode(c.NEUTRAL)
    challenge = c.ed25519_challenge(identity, plain, b"a message")
    signed = signature(identity, challenge * SECRET % c.L)
    yield ed25519("R identity, ordinary key, equation holds", plain, signed, b"a message", 0)


def ed25519_mixed():
    """Keys and commitments with a component of small order, which are allowed; the cofactor is not multiplied."""
    for index in (1, 2, 4):
        order = 8 // index
        key = c.edwards_encode(c.edwards_add(PUBLIC, TORSION[index]))

        def holds(text, wanted, key=key, order=order, shift=c.NEUTRAL, moved=0):
            signed, challenge = sign(SECRET, key, text, shift=shift)
            return signed if (challenge % order == moved) == wanted else None

        name = f"key with a component of order {order}"
        message, signed = search(lambda text: holds(text, True))
        yield ed25519(f"{name}, verifies without the cofactor", key, signed, message, 1)
        message, signed = search(lambda text: holds(text, False))
        yield ed25519(f"{name}, verifies with the cofactor only", key, signed, message, 0)
        message, signed = search(lambda text: holds(text, True, shift=TORSION[index], moved=order - 1))
        yield ed25519(f"{name}, R has one too, verifies without the cofactor", key, signed, message, 1)
    key = c.edwards_encode(PUBLIC)
    for index in range(1, 8):
        signed, _ = sign(SECRET, key, b"a message", shift=TORSION[index])
        yield ed25519(f"ordinary key, R with {index} T, verifies with the cofactor only", key, signed, b"a message", 0)


# secp256k1.


def big(number):
    return number.to_bytes(32, "big")


def recover(name, digest, r, s, recovery_id, expect, source=MADE):
    expect = hexed(big(expect[0]) + big(expect[1])) if isinstance(expect, tuple) else expect
    return case("secp256k1_recover", name, [big(digest), big(r) + big(s)], expect, source, recovery_id)


def secp256k1_signed(digest, secret, nonce):
    """r, s and recovery id of an ECDSA signature."""
    x, y = c.weierstrass_multiply(nonce, c.G)
    assert x < c.N
    return x, pow(nonce, -1, c.N) * (digest % c.N + x * secret) % c.N, y & 1


def secp256k1_valid():
    secret = scalar("detent secp256k1 secret", c.N)
    key = c.weierstrass_multiply(secret, c.G)
    digest, nonce = scalar("detent digest", 2**256), scalar("detent secp256k1 nonce", c.N)
    for one in (nonce, c.N - nonce):
        r, s, parity = secp256k1_signed(digest, secret, one)
        height = "high" if s > c.N // 2 else "low"
        yield recover(f"valid, id {parity}, {height} s", digest, r, s, parity, key)
        yield recover(f"valid, id {parity ^ 1}, s negated", digest, r, c.N - s, parity ^ 1, key)
    for name, one in (("0", 0), ("n", c.N), ("n + 1", c.N + 1), ("2^256 - 1", 2**256 - 1)):
        r, s, parity = secp256k1_signed(one, secret, nonce)
        yield recover(f"hash {name}", one, r, s, parity, key)
    r, s, parity = secp256k1_signed(digest, 1, nonce)
    yield recover("the key is G", digest, r, s, parity, c.G)
    nonce = digest % c.N * pow(3, -1, c.N) % c.N
    r, _, parity = secp256k1_signed(digest, secret, nonce)
    doubled = c.weierstrass_multiply(-2 * digest * pow(r, -1, c.N) % c.N, c.G)
    yield recover("s R = -h G", digest, r, -3 % c.N, parity, doubled)


def secp256k1_wrapped():
    """Ids 2 and 3: R has x = r + n. The key is whatever the equation gives; the signature then verifies under it."""
    digest, s = scalar("detent digest", 2**256), scalar("detent wrapped s", c.N)
    on = next(r for r in count(1) if c.weierstrass_y(r + c.N, 0))
    off = next(r for r in count(1) if c.weierstrass_y(r + c.N, 0) is None)
    last = next(r for r in range(c.Q - c.N - 1, 0, -1) if c.weierstrass_y(r + c.N, 0))
    for title, r in (("least", on), ("greatest", last)):
        for recovery_id in (2, 3):
            commitment = r + c.N, c.weierstrass_y(r + c.N, recovery_id & 1)
            yield recover(f"id {recovery_id}, {title} r + n on the curve", digest, r, s, recovery_id,
                          equation(digest, r, s, commitment))
    for recovery_id in (2, 3):
        yield recover(f"id {recovery_id}, r + n not on the curve", digest, off, s, recovery_id, INVALID)
        yield recover(f"id {recovery_id}, r + n = p", digest, c.Q - c.N, s, recovery_id, INVALID)
        beyond = next(r for r in count(c.Q - c.N + 1) if c.weierstrass_y(r, 0) and c.weierstrass_y((r + c.N) % c.Q, 0))
        yield recover(f"id {recovery_id}, r + n > p", digest, beyond, s, recovery_id, INVALID)
        yield recover(f"id {recovery_id}, r = n - 1", digest, c.N - 1, s, recovery_id, INVALID)


def equation(digest, r, s, commitment):
    """r^-1 (s R - h G), in another order than `crypto.secp256k1_recover` computes it."""
    left = c.weierstrass_multiply(s, commitment)
    return c.weierstrass_multiply(pow(r, -1, c.N), c.weierstrass_add(left, c.weierstrass_multiply(-digest % c.N, c.G)))


def secp256k1_refused():
    digest, nonce = scalar("detent digest", 2**256), scalar("detent secp256k1 nonce", c.N)
    r, s, parity = secp256k1_signed(digest, scalar("detent secp256k1 secret", c.N), nonce)
    for name, wrong in (("0", 0), ("n", c.N), ("n + 1", c.N + 1), ("p", c.Q), ("2^256 - 1", 2**256 - 1)):
        yield recover(f"r = {name}", digest, wrong, s, parity, INVALID)
        yield recover(f"s = {name}", digest, r, wrong, parity, INVALID)
    beyond = next(one for one in count(c.N) if c.weierstrass_y(one, 0))
    for recovery_id in (0, 1):
        yield recover(f"r > n is x of a point, id {recovery_id}", digest, beyond, s, recovery_id, INVALID)
    for recovery_id in (2, 3):
        yield recover(f"r = 0, id {recovery_id}", digest, 0, s, recovery_id, INVALID)
    off = next(one for one in count(1) if c.weierstrass_y(one, 0) is None)
    for recovery_id in (0, 1):
        yield recover(f"x not on the curve, id {recovery_id}", digest, off, s, recovery_id, INVALID)
    yield recover("point at infinity, s = 1", nonce, r, 1, parity, INVALID)
    yield recover("point at infinity", 5 * nonce % c.N, r, 5, parity, INVALID)
    yield recover("point at infinity, negated", 5 * nonce % c.N, r, c.N - 5, parity ^ 1, INVALID)


# Hashes: an independent answer for the empty input and "abc", then the lengths around the ends of blocks.

KNOWN = {
    ("sha256", b""): ("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "FIPS 180-4"),
    ("sha256", b"abc"): ("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", "FIPS 180-4"),
    ("keccak256", b""): ("c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470", "Keccak, empty input"),
    ("keccak256", b"abc"): ("4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45", "Keccak, abc"),
}
LENGTHS = {
    "sha256": (0, 1, 55, 56, 57, 63, 64, 65, 119, 120, 127, 128, 129),
    "keccak256": (0, 1, 7, 8, 134, 135, 136, 137, 271, 272, 273),
    "blake2b_256": (0, 1, 127, 128, 129, 255, 256, 257),
}


def hashes():
    digests = {"sha256": c.sha256, "keccak256": c.keccak256, "blake2b_256": c.blake2b_256}
    for (name, data), (expected, source) in KNOWN.items():
        yield case(name, f"{len(data)} bytes, known answer", [data], "0x" + expected, source)
    for name, lengths in LENGTHS.items():
        for length in lengths:
            data = bytes((7 * index + 1) % 256 for index in range(length))
            yield case(name, f"{length} bytes", [data], hexed(digests[name](data)))


def build():
    found = []
    for part in (ed25519_plain, ed25519_small_keys, ed25519_small_commitments, ed25519_mixed, secp256k1_valid,
                 secp256k1_wrapped, secp256k1_refused, hashes):
        found += part()
    return found


def answer(one):
    """What `crypto.py` says to a case."""
    inputs = [bytes.fromhex(text[2:]) for text in one["inputs"]]
    if one["function"] == "ed25519_verify":
        return int(c.ed25519_verify(*inputs))
    if one["function"] == "secp256k1_recover":
        key = c.secp256k1_recover(*inputs, one["recovery_id"])
        return INVALID if key is None else hexed(key)
    return hexed(getattr(c, one["function"])(*inputs))


HEAD = """\
// The edge cases of the cryptography: one row a case. A host whose libraries answer one of them otherwise refuses to
// start (ABI-42).
//
// CRYPTO_CASE(function, "name", "inputs", "answer")
//
// inputs   in hex, in the order of the host function's inputs, with commas between; the recovery id as one byte
// answer   in hex: the digest; 01 or 00 for a signature that is valid or not; the key, or nothing for INVALID_SIGNATURE
//
// The rows are written by metering/oracle/crypto_cases.py, from how each case is made and not from what a library
// answers.

"""


def row(one):
    name = one["name"] if one["source"] == MADE else f"{one['name']} ({one['source']})"
    inputs = [text[2:] for text in one["inputs"]]
    if "recovery_id" in one:
        inputs.append(f"{one['recovery_id']:02x}")
    expect = one["expect"]
    found = f"{expect:02x}" if isinstance(expect, int) else "" if expect == INVALID else expect[2:]
    return f'CRYPTO_CASE({one["function"]}, "{name}", "{",".join(inputs)}", "{found}")\n'


def text():
    return HEAD + "".join(map(row, build()))


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        PATH.write_text(text(), encoding="utf-8")
    else:
        sys.stdout.write(text())
