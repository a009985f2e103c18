"""Suite `abi`, cryptography: published vectors, and edges whose answer follows from the clause by arithmetic.

secp256k1 cases use secret key 1 or 2 and nonce 1, so that r is the x of the generator G, s = h + r d, and the keys are
G and 2G: constants of SEC 2, with no signing code in between.
"""

from small.common import ALICE, BARE, CONTRACT, PAGE, Small, c, entry, expect, host, le32, output, paged, store32


def hasher(name):
    return paged(
        host("input", 0, 1024),
        ("local.set", 0),
        *host(name, 0, [("local.get", 0)], 1024, 32),
        "drop",
        output(1024, 32),
        locals_="i",
    )


HASHES = {
    "sha256": [
        "FIPS 180-4's examples: abc, the empty message, and 448 bits.",
        {
            b"abc": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            b"": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq": (
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
        },
    ],
    "keccak256": [
        "The original padding: the digests of the empty message and abc that Ethereum knows; not those of SHA3-256.",
        {
            b"abc": "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45",
            b"": "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470",
        },
    ],
    "blake2b_256": [
        "RFC 7693 with a digest of 32 bytes, which is not the beginning of the one of 64.",
        {
            b"abc": "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319",
            b"": "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8",
        },
    ],
}
# The hand-made parts of the counts, by the length of the message: transaction, input, hash.
HASH_PRICES = {0: (5004, 35, 465), 3: (5005, 36, 480), 56: (5011, 42, 745)}


def hashes():
    for name, (note, messages) in HASHES.items():
        case = Small(f"abi/{name.replace('_', '-')}", [note], ["ABI-8"]).with_contract(hasher(name))
        for message, digest in messages.items():
            transaction, read, hashed = HASH_PRICES[len(message)]
            case.call(ALICE, CONTRACT, message, expect=expect("Success", bytes.fromhex(digest)))
            case.counted(
                f"{transaction}  transaction 5000 + ceil((32 + {len(message)}) / 8)",
                *BARE,
                *PAGE,
                "60  instantiation_import 3 * 20",
                entry("1 local, height 4: 5", 2),
                f"{read + 3}  two constants, input 5 + 30 + ceil({len(message)} / 8), local.set",
                f"{hashed + 5}  three constants, local.get, {name} 5 + 300 + ({len(message)} + 32) * 5, drop",
                "41  two constants, output 5 + 30 + 32 / 8",
            )
        yield case


VERIFIER = paged(
    host("input", 0, 1024),
    c(96),
    "i32.sub",
    ("local.set", 0),
    store32(2048, host("ed25519_verify", 0, 32, 32, 64, 96, [("local.get", 0)])),
    output(2048, 4),
    locals_="i",
)

# RFC 8032, 7.1: public key, signature, message.
RFC_8032 = [
    (
        "test-1",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
        "",
    ),
    (
        "test-2",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        "72",
    ),
    (
        "test-3",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
        "af82",
    ),
]
ORDER_25519 = 2**252 + 27742317777372353535851937790883648493
PRIME_25519 = 2**255 - 19


def flipped(data, index):
    return data[:index] + bytes([data[index] ^ 1]) + data[index + 1 :]


def verify_prices(length):
    """By hand for messages of 0, 1 and 2 bytes: transaction, input, hash_byte."""
    return {
        0: ("5016  transaction 5000 + (32 + 96) / 8", "12", 480),
        1: ("5017  transaction 5000 + ceil((32 + 97) / 8)", "13", 485),
        2: ("5017  transaction 5000 + ceil((32 + 98) / 8)", "13", 490),
    }[length]


def verification(case, data, valid):
    transaction, read, bytes_ = verify_prices(len(data) - 96)
    case.call(ALICE, CONTRACT, data, expect=expect("Success", le32(valid)))
    case.counted(
        transaction,
        *BARE,
        *PAGE,
        "60  instantiation_import 3 * 20",
        entry("1 local, height 7: 8", 2),
        f"{int(read) + 40}  two constants, input 5 + 30 + {read}, constant, sub, local.set",
        f"{100005 + bytes_}  ed25519_verify 5 + 100000 + ({len(data)}) * 5",
        "7  six constants, local.get",
        "2  store",
        "2  two constants",
        "36  output 5 + 30 + 1",
    )


def ed25519():
    case = Small(
        "abi/ed25519-rfc-8032",
        ["The first three vectors of RFC 8032, then the second with one bit of each part changed."],
        ["ABI-40"],
    )
    case.with_contract(VERIFIER)
    for _, key, signature, message in RFC_8032:
        verification(case, bytes.fromhex(key + signature + message), 1)
    second = bytes.fromhex("".join(RFC_8032[1][1:]))
    for index in (0, 32, 64, 96):
        verification(case, flipped(second, index), 0)
    return case


def ed25519_rules():
    """What ABI-40 rules out before any point is added."""
    _, key, signature, message = RFC_8032[0]
    key, r, s = (
        bytes.fromhex(key),
        bytes.fromhex(signature[:64]),
        int.from_bytes(bytes.fromhex(signature[64:]), "little"),
    )
    identity, small_y_minus_1 = (1).to_bytes(32, "little"), (PRIME_25519 - 1).to_bytes(32, "little")
    zero_s = bytes(32)
    case = Small(
        "abi/ed25519-rules",
        [
            (
                "In order: s + L; R of small order (identity) with the neutral signature; the public key the identity,"
                " so that [s]B = R + [k]A holds for"
            ),
            (
                "s = 0 and R the identity; A the point of order 2; A with y = p + 1, the identity not canonical; A no"
                " point on the curve (y = 2)."
            ),
        ],
        ["ABI-40"],
    ).with_contract(VERIFIER)
    off_curve = (2).to_bytes(32, "little")
    for data in (
        key + r + (s + ORDER_25519).to_bytes(32, "little"),
        key + identity + zero_s,
        identity + identity + zero_s,
        small_y_minus_1 + r + zero_s,
        (PRIME_25519 + 1).to_bytes(32, "little") + r + zero_s,
        off_curve + r + zero_s,
    ):
        verification(case, data, 0)
    return case


P = 2**256 - 2**32 - 977
N = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
G = (
    0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798,
    0x483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8,
)
DOUBLE_G = (
    0xC6047F9441ED7D6D3045406E95C07CD85C778E4B8CEF3CA7ABAC09B95C709EE5,
    0x1AE168FEA63DC339A3C58419466CEAEEF7F632653266D0E1236431A950CFE52A,
)

# Input: hash, r, s, id in four bytes. Puts out the result and the key.
RECOVERER = paged(
    host("input", 0, 100),
    "drop",
    store32(108, host("secp256k1_recover", 0, 32, 32, 64, [c(96), ("i32.load",)], 112, 64)),
    output(108, 68),
)


def be(number):
    return number.to_bytes(32, "big")


def recovery(case, title, values, key):
    number, r, s, identity = values
    shown = le32(-2) + bytes(64) if key is None else le32(64) + be(key[0]) + be(key[1])
    case.call(
        ALICE, CONTRACT, be(number) + be(r) + be(s) + le32(identity), expect=expect("Success", shown)
    ).note.append(f"{title}:")
    priced = (
        "100485  secp256k1_recover 5 + 100000 + (32 + 64) * 5"
        if key is None
        else "100805  secp256k1_recover 5 + 100000 + (32 + 64 + 64) * 5"
    )
    case.counted(
        "5017  transaction 5000 + ceil((32 + 100) / 8)",
        *BARE,
        *PAGE,
        "60  instantiation_import 3 * 20",
        entry(8, 2),
        "51  two constants, input 5 + 30 + ceil(100 / 8), drop",
        "10  eight constants, load 2",
        priced,
        "2  store",
        "2  two constants",
        "44  output 5 + 30 + ceil(68 / 8)",
    )


def secp256k1():
    """With nonce 1, R = G, whose y is even: id 0. s = h + r d mod n."""
    x = G[0]
    case = Small(
        "abi/secp256k1-recover",
        [
            "Keys G and 2G, nonce 1: r is the x of G, s = h + r d. A high s is as good as a low one, with the other"
            " parity. The hash counts mod n."
        ],
        ["ABI-41"],
    ).with_contract(RECOVERER)
    recovery(case, "key 1, hash 1", (1, x, (1 + x) % N, 0), G)
    recovery(case, "key 2, hash 1", (1, x, (1 + 2 * x) % N, 0), DOUBLE_G)
    recovery(case, "the other s", (1, x, N - (1 + 2 * x) % N, 1), DOUBLE_G)
    recovery(case, "hash n + 1 is hash 1", (N + 1, x, (1 + x) % N, 0), G)
    recovery(case, "hash 0", (0, x, 2 * x % N, 0), DOUBLE_G)
    recovery(case, "hash n is hash 0", (N, x, x, 0), G)
    return case


def secp256k1_invalid():
    x = G[0]
    assert pow(5**3 + 7, (P - 1) // 2, P) == P - 1, "5 is the x of no point"
    case = Small(
        "abi/secp256k1-invalid", ["Each ends in INVALID_SIGNATURE and writes no key."], ["ABI-41", "ABI-4"]
    ).with_contract(RECOVERER)
    for title, values in [
        ("r is 0", (1, 0, 1, 0)),
        ("s is 0", (1, x, 0, 0)),
        ("r is n", (1, N, 1, 0)),
        ("s is n", (1, x, N, 0)),
        ("r is the x of no point", (1, 5, 1, 0)),
        ("r + n is not less than p", (1, x, 1 + x, 2)),
        ("the key is the point at infinity: s = h", (7, x, 7, 0)),
    ]:
        recovery(case, title, values, None)
    return case


def cases():
    return [*hashes(), ed25519(), ed25519_rules(), secp256k1(), secp256k1_invalid()]
