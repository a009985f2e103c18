#!/usr/bin/env python3
"""Makes the vectors of the six contracts.

  make.py            writes vectors/<suite>/*.json
  make.py --check    makes them anew and compares with the committed files
  make.py --only S   as --check or writing, but of one suite

Three parties have to agree before a case is written. The author says in `cases/` how each step ends. The models in
`model/` say status, output, events and writes. The oracle in `metering/oracle/` executes the compiled contract, and adds
fuel, receipt hashes and roots, which stand on its word alone. Profile and schedule are named in `lib.py`.
"""

import argparse
import sys

import lib
from cases import amm, escrow, factory, multisig, registry, token

SUITES = {"token": token, "escrow": escrow, "registry": registry, "amm": amm, "multisig": multisig, "factory": factory}


def exhaustion_triples(suites):
    """For each builder the exact fuel, one less, and none (MET-5, MET-11). The exact fuel is the oracle's."""
    builders = [(suite, name, build) for suite, module in suites.items() for name, build in module.triples()]
    plenty = lib.finish(build(name).document() for _, name, build in builders)
    for (_, name, build), document in zip(builders, plenty):
        exact = int(document["steps"][-1]["expect"]["fuel_used"])
        yield build(f"{name}-fuel-exact", fuel=exact, clauses=["MET-5"])
        yield build(f"{name}-fuel-one-less", fuel=exact - 1, ends="OutOfFuel", clauses=["MET-11", "ABI-51"],
                    note="The exact fuel less one: the last price cannot be paid.")
        yield build(f"{name}-fuel-zero", fuel=0, ends="OutOfFuel", clauses=["ABI-50"],
                    note="Nothing can be paid, and nothing is used.")


def check_twins(documents, twins):
    """A plan has to end as the case in one go, in every expected field, the receipt's hash included (MET-15)."""
    expected = {document["name"]: [step["expect"] for step in document["steps"]] for document in documents}
    for name, twin in twins.items():
        if expected[name] != expected[twin]:
            raise lib.Disagreement(f"{name} does not end like {twin}")


def main(arguments):
    parser = argparse.ArgumentParser(description="Makes the vectors of the six contracts.")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--only", choices=SUITES)
    chosen = parser.parse_args(arguments)
    suites = {chosen.only: SUITES[chosen.only]} if chosen.only else SUITES
    plans = [(suite, twin, case) for suite, module in suites.items() for twin, case in module.plans()]
    made = [case for module in suites.values() for case in module.cases()] + [case for _, _, case in plans]
    made += exhaustion_triples(suites)
    names = [case.name for case in made]
    repeated = {name for name in names if names.count(name) > 1}
    if repeated:
        raise lib.Disagreement(f"names stand twice: {sorted(repeated)}")
    documents = lib.finish(case.document() for case in made)
    check_twins(documents, {case.name: f"{suite}/{twin}" for suite, twin, case in plans if twin})
    return lib.publish(documents, suites, chosen.check)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except lib.Disagreement as difference:
        sys.exit(f"refused: {difference}")
