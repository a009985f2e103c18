"""State: accounts, storage and their commitments (ABI-60 to ABI-63)."""

import hashlib
import struct

ZERO_HASH = bytes(32)


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def lengthed(data):
    """`bytes(x)`: a 4-byte length and x."""
    return struct.pack("<I", len(data)) + data


class State:
    """What a transaction can change. A checkpoint is a copy."""

    def __init__(self):
        self.balances, self.codes, self.storage = {}, {}, {}  # codes: address -> code hash
        self.transient, self.events = {}, []

    def checkpoint(self):
        copy = State()
        copy.restore(self)
        return copy

    def restore(self, other):
        self.balances, self.codes = dict(other.balances), dict(other.codes)
        self.storage = {address: dict(one) for address, one in other.storage.items()}
        self.transient = {address: dict(one) for address, one in other.transient.items()}
        self.events = list(other.events)

    def balance(self, address):
        return self.balances.get(address, 0)

    def move(self, sender, receiver, value):
        """The transfer of a call, which was found possible."""
        self.balances[sender] = self.balance(sender) - value
        self.balances[receiver] = self.balance(receiver) + value

    def can_move(self, sender, receiver, value):
        """ABI-31: the balance suffices, and the receiver's fits 64 bits behind the transfer."""
        received = self.balance(receiver) - (value if sender == receiver else 0)
        return self.balance(sender) >= value and received + value < 2**64

    def entries(self):
        """The entries of state, (address, key or None for the account's own) -> value (ABI-62)."""
        found = {}
        for address in set(self.balances) | set(self.codes):
            balance, code = self.balance(address), self.codes.get(address)
            if balance or code:
                found[address, None] = struct.pack("<Q", balance) + (code or ZERO_HASH)
        for address, keys in self.storage.items():
            for key, value in keys.items():
                found[address, key] = value
        return found


def order(entry):
    """ABI-61: by address, the account's own entry first, then keys in byte order."""
    address, key = entry
    return address, key is not None, key or b""


def writes(before, after):
    """The entries that differ, in order, as (address, key or None, value or None)."""
    changed = [entry for entry in set(before) | set(after) if before.get(entry) != after.get(entry)]
    return [(*entry, after.get(entry)) for entry in sorted(changed, key=order)]


def write_bytes(address, key, value):
    """The canonical bytes of a write (ABI-61)."""
    place = b"\0" if key is None else b"\1" + lengthed(key)
    return address + place + (b"\0" if value is None else b"\1" + lengthed(value))


def change_root(changed):
    return sha256(*(write_bytes(*one) for one in changed))


def path_of(address, key):
    return sha256(b"\0", address) if key is None else sha256(b"\1", address, key)


def state_root(entries):
    """ABI-63: the root of the compressed binary tree over the paths."""
    leaves = []
    for (address, key), value in entries.items():
        path = path_of(address, key)
        leaves.append((path, sha256(b"\0", path, sha256(value))))
    return _subtree(leaves, 0)


def _subtree(leaves, depth):
    if not leaves:
        return ZERO_HASH
    if len(leaves) == 1:
        return leaves[0][1]
    sides = ([], [])
    for leaf in leaves:
        sides[leaf[0][depth // 8] >> (7 - depth % 8) & 1].append(leaf)
    return sha256(b"\1", _subtree(sides[0], depth + 1), _subtree(sides[1], depth + 1))


def receipt_bytes(outcome, fuel_used, output, events, roots):
    """ABI-60. `roots` are change root, schedule hash, profile hash and post-state root."""
    parts = [b"DTNTRCPT", struct.pack("<IIQ", 1, outcome, fuel_used), lengthed(output), struct.pack("<I", len(events))]
    for address, topic, data in events:
        parts.append(address + lengthed(topic) + lengthed(data))
    return b"".join(parts + list(roots))
