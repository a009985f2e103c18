"""Keys and signatures for the cases: Ed25519 (RFC 8032) and recoverable ECDSA on secp256k1.

Nothing of the oracle's cryptography is used here, so that what it accepts was made by other code. The secrets are the
hashes of names and protect nothing.
"""

import hashlib

ED_P = 2**255 - 19
ED_L = 2**252 + 27742317777372353535851937790883648493
ED_D = -121665 * pow(121666, -1, ED_P) % ED_P
ED_BASE = (15112221349535400772501151409588531511454012693041857206046113283949847762202,
           46316835694926478169428394003475163141307993866256225615783033603165251855960)

K1_P = 2**256 - 2**32 - 977
K1_N = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
K1_BASE = (0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798,
           0x483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8)


def _ed_add(one, other):
    (x1, y1), (x2, y2) = one, other
    twist = ED_D * x1 * x2 * y1 * y2
    x = (x1 * y2 + x2 * y1) * pow(1 + twist, -1, ED_P) % ED_P
    return x, (y1 * y2 + x1 * x2) * pow(1 - twist, -1, ED_P) % ED_P


def _k1_add(one, other):
    if one is None or other is None:
        return one or other
    (x1, y1), (x2, y2) = one, other
    if x1 == x2 and (y1 + y2) % K1_P == 0:
        return None
    slope = 3 * x1 * x1 * pow(2 * y1, -1, K1_P) if one == other else (y2 - y1) * pow(x2 - x1, -1, K1_P)
    x = (slope * slope - x1 - x2) % K1_P
    return x, (slope * (x1 - x) - y1) % K1_P


def _times(scalar, point, add, zero):
    total = zero
    for bit in bin(scalar)[2:]:
        total = add(total, total)
        total = add(total, point) if bit == "1" else total
    return total


def _ed_encode(point):
    return (point[1] | (point[0] & 1) << 255).to_bytes(32, "little")


def _sha512(data):
    return hashlib.sha512(data).digest()


class Ed25519:
    def __init__(self, name):
        expanded = _sha512(hashlib.sha256(b"ed25519 " + name.encode()).digest())
        self.scalar = int.from_bytes(expanded[:32], "little") & (2**254 - 8) | 2**254
        self.prefix = expanded[32:]
        self.public_key = _ed_encode(_times(self.scalar, ED_BASE, _ed_add, (0, 1)))

    def sign(self, message):
        nonce = int.from_bytes(_sha512(self.prefix + message), "little") % ED_L
        commitment = _ed_encode(_times(nonce, ED_BASE, _ed_add, (0, 1)))
        challenge = int.from_bytes(_sha512(commitment + self.public_key + message), "little") % ED_L
        return commitment + ((nonce + challenge * self.scalar) % ED_L).to_bytes(32, "little")


class Secp256k1:
    def __init__(self, name):
        self.scalar = int.from_bytes(hashlib.sha256(b"secp256k1 " + name.encode()).digest(), "big") % K1_N
        x, y = _times(self.scalar, K1_BASE, _k1_add, None)
        self.public_key = x.to_bytes(32, "big") + y.to_bytes(32, "big")

    def sign(self, digest):
        """The 64 bytes and the recovery id; s is the lower of the two."""
        secret = self.scalar.to_bytes(32, "big")
        nonce = int.from_bytes(hashlib.sha256(secret + digest).digest(), "big") % K1_N
        x, y = _times(nonce, K1_BASE, _k1_add, None)
        r = x % K1_N
        s = pow(nonce, -1, K1_N) * (int.from_bytes(digest, "big") + r * self.scalar) % K1_N
        recovery = (y & 1) | (2 if x >= K1_N else 0)
        if s > K1_N // 2:
            s, recovery = K1_N - s, recovery ^ 1
        return r.to_bytes(32, "big") + s.to_bytes(32, "big"), recovery
