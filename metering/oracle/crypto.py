"""The cryptography of ABI-40 and ABI-41, and Keccak-256, in plain integers.

Written for clarity: nothing here is constant in time, and nothing secret passes through it.
"""

import hashlib

# Keccak-f[1600], after FIPS 202 with the original padding 0x01.


def _round_constants():
    """The constants of iota, from the linear feedback shift register of FIPS 202, 3.2.5."""
    found, register = [], 1
    for _ in range(24):
        constant = 0
        for power in range(7):
            if register & 1:
                constant |= 1 << ((1 << power) - 1)
            register = (register << 1) ^ (0x171 if register & 0x80 else 0)
        found.append(constant)
    return found


def _rotations():
    """The offsets of rho, walked as FIPS 202, 3.2.2 says."""
    found, x, y = {(0, 0): 0}, 1, 0
    for step in range(24):
        found[x, y] = (step + 1) * (step + 2) // 2 % 64
        x, y = y, (2 * x + 3 * y) % 5
    return found


_IOTA, _RHO = _round_constants(), _rotations()
_MASK = 2**64 - 1


def _rotate(value, count):
    return (value << count | value >> (64 - count)) & _MASK


def _permute(lanes):
    for constant in _IOTA:
        column = [lanes[x, 0] ^ lanes[x, 1] ^ lanes[x, 2] ^ lanes[x, 3] ^ lanes[x, 4] for x in range(5)]
        theta = [column[x - 1] ^ _rotate(column[(x + 1) % 5], 1) for x in range(5)]
        moved = {(y, (2 * x + 3 * y) % 5): _rotate(lanes[x, y] ^ theta[x], _RHO[x, y]) for x, y in lanes}
        lanes = {(x, y): moved[x, y] ^ (~moved[(x + 1) % 5, y] & moved[(x + 2) % 5, y]) for x, y in moved}
        lanes[0, 0] ^= constant
    return lanes


def keccak256(data, suffix=0x01):
    """Keccak-256; with the suffix 0x06 it would be SHA3-256, which the tests use to check the permutation."""
    rate = 136
    padded = bytearray(data) + bytes(rate - len(data) % rate)
    padded[len(data)] ^= suffix
    padded[-1] ^= 0x80
    lanes = {(x, y): 0 for x in range(5) for y in range(5)}
    for block in range(0, len(padded), rate):
        for lane in range(rate // 8):
            at = block + lane * 8
            lanes[lane % 5, lane // 5] ^= int.from_bytes(padded[at : at + 8], "little")
        lanes = _permute(lanes)
    return b"".join(lanes[x, 0].to_bytes(8, "little") for x in range(4))


def sha256(data):
    return hashlib.sha256(data).digest()


def blake2b_256(data):
    return hashlib.blake2b(data, digest_size=32).digest()


# Edwards25519: -x^2 + y^2 = 1 + d x^2 y^2 over the field of p elements (RFC 8032, 5.1).

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
NEUTRAL = (0, 1)


def edwards_add(a, b):
    """The complete addition law in affine coordinates."""
    (x1, y1), (x2, y2) = a, b
    product = D * x1 * x2 * y1 * y2 % P
    x3 = (x1 * y2 + y1 * x2) * pow(1 + product, -1, P)
    y3 = (y1 * y2 + x1 * x2) * pow(1 - product, -1, P)
    return x3 % P, y3 % P


def _extended_add(a, b):
    """The same law in extended coordinates (X : Y : Z : T), without inversions."""
    x1, y1, z1, t1 = a
    x2, y2, z2, t2 = b
    e, f, g, h = (x1 + y1) * (x2 + y2) - x1 * x2 - y1 * y2, z1 * z2 - D * t1 * t2, z1 * z2 + D * t1 * t2, 0
    h = y1 * y2 + x1 * x2
    return e * f % P, g * h % P, f * g % P, e * h % P


def edwards_multiply(scalar, point):
    total, power = (0, 1, 1, 0), (*point, 1, point[0] * point[1] % P)
    while scalar:
        if scalar & 1:
            total = _extended_add(total, power)
        power = _extended_add(power, power)
        scalar >>= 1
    inverse = pow(total[2], -1, P)
    return total[0] * inverse % P, total[1] * inverse % P


def edwards_negate(point):
    return -point[0] % P, point[1]


def edwards_encode(point):
    return (point[1] | (point[0] & 1) << 255).to_bytes(32, "little")


def edwards_x(y):
    """A square root of (y^2 - 1) / (d y^2 + 1), or None if y is on no point of the curve."""
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    root = pow(square, (P + 3) // 8, P)
    if root * root % P != square:
        root = root * pow(2, (P - 1) // 4, P) % P
    return root if root * root % P == square else None


def edwards_decode(encoding, canonical=True):
    """The point of an encoding or None. Canonical means y < p, and no sign bit on x = 0 (RFC 8032, 5.1.3)."""
    number = int.from_bytes(encoding, "little")
    sign, y = number >> 255, number & (2**255 - 1)
    if canonical and y >= P:
        return None
    x = edwards_x(y % P)
    if x is None or (canonical and x == 0 and sign):
        return None
    return (x if x & 1 == sign else -x % P), y % P


BASE = edwards_decode((4 * pow(5, -1, P) % P).to_bytes(32, "little"))


def small_order(point):
    """Whether the order of a point divides 8."""
    return edwards_multiply(8, point) == NEUTRAL


def ed25519_challenge(r_bytes, public_key, message):
    return int.from_bytes(hashlib.sha512(r_bytes + public_key + message).digest(), "little") % L


def ed25519_verify(public_key, signature, message):
    """ABI-40, in its order."""
    r_bytes, s = signature[:32], int.from_bytes(signature[32:], "little")
    if s >= L:
        return False
    r = edwards_decode(r_bytes, canonical=False)
    if r is not None and small_order(r):
        return False
    a = edwards_decode(public_key)
    if a is None or small_order(a):
        return False
    k = ed25519_challenge(r_bytes, public_key, message)
    difference = edwards_add(edwards_multiply(s, BASE), edwards_multiply(k, edwards_negate(a)))
    return edwards_encode(difference) == r_bytes


# secp256k1: y^2 = x^3 + 7 over the field of Q elements (SEC 2, 2.4.1). None is the point at infinity.

Q = 2**256 - 2**32 - 977
N = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
G = (0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798,
     0x483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8)


def weierstrass_add(a, b):
    if a is None or b is None:
        return a or b
    (x1, y1), (x2, y2) = a, b
    if x1 == x2 and (y1 + y2) % Q == 0:
        return None
    slope = (3 * x1 * x1 * pow(2 * y1, -1, Q) if a == b else (y2 - y1) * pow(x2 - x1, -1, Q)) % Q
    x3 = (slope * slope - x1 - x2) % Q
    return x3, (slope * (x1 - x3) - y1) % Q


def weierstrass_multiply(scalar, point):
    total = None
    while scalar:
        if scalar & 1:
            total = weierstrass_add(total, point)
        point = weierstrass_add(point, point)
        scalar >>= 1
    return total


def weierstrass_y(x, odd):
    """The y of a parity over x, or None if there is no such point."""
    square = (x**3 + 7) % Q
    root = pow(square, (Q + 1) // 4, Q)
    if root * root % Q != square:
        return None
    return root if root & 1 == odd else Q - root


def secp256k1_recover(digest, signature, recovery_id):
    """ABI-41: the key x || y, or None for INVALID_SIGNATURE."""
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    if not (1 <= r < N and 1 <= s < N):
        return None
    x = r + N * (recovery_id >> 1)
    y = weierstrass_y(x, recovery_id & 1) if x < Q else None
    if y is None:
        return None
    h, inverse = int.from_bytes(digest, "big") % N, pow(r, -1, N)
    left = weierstrass_multiply(s * inverse % N, (x, y))
    key = weierstrass_add(left, weierstrass_multiply(-h * inverse % N, G))
    return None if key is None else key[0].to_bytes(32, "big") + key[1].to_bytes(32, "big")
