"""Suite `controls`: copies of good cases with exactly one expected field altered. Each must fail when it is run.

A runner that passes one of them compares nothing there. Controls are made from the finished cases, so all else in them
is true.
"""

import copy

FIRST = "deploy/with-deploy"  # a deployment that puts out an address, emits, and writes three entries


def next_hex(text):
    """The same bytes with the last bit changed."""
    return text[:-1] + "0123456789abcdef"[int(text[-1], 16) ^ 1]


def status(found):
    found["status"] = "Revert"


def output(found):
    found["output"] = next_hex(found["output"])


def output_longer(found):
    found["output"] += "00"


def fuel_used(found):
    found["fuel_used"] = str(int(found["fuel_used"]) + 1)


def fuel_used_less(found):
    found["fuel_used"] = str(int(found["fuel_used"]) - 1)


def events(found):
    found["events"][0]["data"] = next_hex(found["events"][0]["data"])


def events_missing(found):
    found["events"].pop()


def events_extra(found):
    found["events"].append(dict(found["events"][-1]))


def events_order(found):
    found["events"].reverse()


def writes(found):
    changed = next(one for one in found["writes"] if "key" in one)
    changed["value"] = next_hex(changed["value"])


def writes_balance(found):
    changed = next(one for one in found["writes"] if "balance" in one)
    changed["balance"] = str(int(changed["balance"]) + 1)


def writes_missing(found):
    found["writes"].pop()


def writes_extra(found):
    found["writes"].append({"address": found["writes"][-1]["address"], "key": "0xff", "value": None})


def receipt_hash(found):
    found["receipt_hash"] = next_hex(found["receipt_hash"])


def post_root(found):
    found["post_root"] = next_hex(found["post_root"])


# Name of the control, the case that it copies, what is altered in words, and how.
CONTROLS = [
    ("status", FIRST, "status is Revert instead of Success", status),
    ("output", FIRST, "output differs in its last bit", output),
    ("output-longer", FIRST, "output has one more byte, 00", output_longer),
    ("fuel_used", FIRST, "fuel_used is one more", fuel_used),
    ("fuel_used-less", FIRST, "fuel_used is one less", fuel_used_less),
    ("events", FIRST, "the data of the first event differs in its last bit", events),
    ("events-missing", FIRST, "the last event is missing", events_missing),
    ("events-extra", FIRST, "the last event stands twice", events_extra),
    ("events-order", "abi/events", "the events stand in reverse order", events_order),
    ("writes", FIRST, "a stored value differs in its last bit", writes),
    ("writes-balance", FIRST, "a balance is one more", writes_balance),
    ("writes-missing", FIRST, "the last write is missing", writes_missing),
    ("writes-extra", FIRST, "one more write, of a key that is gone", writes_extra),
    ("receipt_hash", FIRST, "receipt_hash differs in its last bit", receipt_hash),
    ("post_root", FIRST, "post_root differs in its last bit", post_root),
]


def controls(filled):
    """The controls, made from the finished cases by name."""
    cases = {document["name"]: document for document in filled}
    return [control(cases[source], name, words, alter) for name, source, words, alter in CONTROLS]


def control(source, name, words, alter):
    document = {**copy.deepcopy(source), "name": f"controls/{name}"}
    document["note"] = [f"A control, which must fail: a copy of {source['name']} in whose first step {words}."]
    before = copy.deepcopy(document["steps"][0]["expect"])
    alter(document["steps"][0]["expect"])
    changed = [key for key, value in document["steps"][0]["expect"].items() if value != before[key]]
    assert changed == [name.split("-")[0]], f"{name} alters {changed}"
    return document
