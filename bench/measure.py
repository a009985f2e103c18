"""Runs the programs by the protocol of README.md and keeps every number."""
import json
import os
import pathlib
import platform
import statistics
import subprocess

LIMIT_SECONDS = 120
# What one process spends on rounds of its own, about, and how many at most.
SHARE_SECONDS, MOST_ROUNDS = 0.2, 10


class CannotRun(Exception):
    pass


def machine():
    """What it runs on, in words."""
    lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), "unknown")
    return f"{model}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}"


def reason_of(text):
    """What a person wants to know of what a program said before it ended."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    panic = next((at for at, line in enumerate(lines) if " panicked at " in line), None)
    if panic is not None:
        return "panics: " + " ".join(lines[panic + 1:panic + 2])
    return lines[0] if lines else "ends without a word"


def speak(command, core):
    """What a program prints, from a process on the one core."""
    pin = ["taskset", "-c", str(core)] if core is not None else []
    try:
        done = subprocess.run([*pin, *command], capture_output=True, text=True, timeout=LIMIT_SECONDS)
    except subprocess.TimeoutExpired:
        raise CannotRun(f"takes over {LIMIT_SECONDS} s") from None
    if done.returncode != 0:
        raise CannotRun(reason_of(done.stderr))
    return json.loads(done.stdout.splitlines()[-1])


def asked(engine, words, expect, core, variant=None):
    """What an engine says, its result compared with the right one."""
    said = speak(engine.command(*words, variant=variant), core)
    if said["result"] != expect:
        raise SystemExit(f"{engine.name} answers {said['result']} to {' '.join(words)}; {expect} is right")
    return said


def interleave(subjects, rounds):
    """`subjects` maps a key to a function of (rounds of its own), which gives seconds. Returns what each gave, one
    number a round, A B C A B C ...; and why the others cannot."""
    own, seconds, cannot = {}, {}, {}
    for key, measure in subjects.items():
        try:
            first = measure(1)
            own[key] = max(1, min(MOST_ROUNDS, round(SHARE_SECONDS / first)))
            seconds[key] = []
        except CannotRun as reason:
            cannot[key] = str(reason)
    for _ in range(rounds):
        for key in seconds:
            seconds[key].append(subjects[key](own[key]))
    return seconds, cannot


def case(engines, case_, size, path, rounds, core):
    """One case on every engine: the seconds, why others cannot, and of those that tell it the share of instructions
    that their stepper executed."""
    chosen, shares = case_[size], {}

    def subject(engine):
        def one(own):
            words = [str(path), "run", str(chosen["argument"]), str(own)]
            said = asked(engine, words, chosen["expect"], core)
            if "stepper_share" in said:
                shares[engine.key] = said["stepper_share"]
            return said["seconds"]
        return one
    seconds, cannot = interleave({engine.key: subject(engine) for engine in engines}, rounds)
    return seconds, cannot, shares


def starts(engines):
    """The label of each way to start, with the engine and the variant."""
    return {f"{engine.name} {label}".strip(): (engine, variant)
            for engine in engines for label, variant in engine.starts}


def start(engines, path, rounds, core):
    """From the bytes of a module to an instance."""
    def subject(engine, variant):
        return lambda own: speak(engine.command("--start", str(path), str(own), variant=variant), core)["seconds"]
    return interleave({label: subject(*way) for label, way in starts(engines).items()}, rounds)


def spawn(engines, path, argument, expect, rounds, core):
    """Instantiating, one call, dropping; 100 of them are added up."""
    def subject(engine, variant):
        words = ["--spawn", str(path), "run", str(argument)]
        return lambda own: asked(engine, [*words, str(own)], str(100 * expect), core, variant)["seconds"]
    return interleave({label: subject(*way) for label, way in starts(engines).items()}, rounds)


def calls(engines, path, argument, expect, rounds, core):
    """Calling an export of an instance that has been called before; ten thousand of them are added up."""
    def subject(engine, variant):
        words = ["--calls", str(path), "run", str(argument)]
        return lambda own: asked(engine, [*words, str(own)], str(10_000 * expect), core, variant)["seconds"]
    return interleave({label: subject(*way) for label, way in starts(engines).items()}, rounds)


def transfers(engine, contract, rounds, core):
    """Token transfers end to end, with the code compiled for each and shared, by what transactions have
    unless told otherwise and by the stepper."""
    program = str(engine.program.with_name("detent_transfers"))

    def subject(variant):
        return lambda own: speak([program, "--variant", variant, str(contract), str(own)], core)["seconds"]
    variants = ("warm", "cold", "warm-stepper", "cold-stepper")
    return interleave({variant: subject(variant) for variant in variants}, rounds)


def memory(engines, path, chosen, core):
    """Bytes by what takes them, for each engine, and why others cannot tell. They do not depend on the machine's load,
    so that once is enough."""
    found, cannot = {}, {}
    # What malloc keeps for a thread would count as given out.
    settings = ["env", "GLIBC_TUNABLES=glibc.malloc.tcache_count=0"]
    for engine in engines:
        try:
            said = speak([*settings, *engine.command("--memory", str(path), "run", str(chosen["argument"]))], core)
        except CannotRun as reason:
            cannot[engine.key] = str(reason)
            continue
        result = said.pop("result")
        if result != chosen["expect"]:
            raise SystemExit(f"{engine.name} answers {result} to {path.stem}; {chosen['expect']} is right")
        found[engine.key] = said
    return found, cannot


# Ratios.

def ratios(seconds, of, to):
    """How much faster `of` is than `to`, round by round; both were measured in the same rounds."""
    if of not in seconds or to not in seconds:
        return None
    return [theirs / ours for ours, theirs in zip(seconds[of], seconds[to])]


def median_ratio(seconds, of, to):
    values = ratios(seconds, of, to)
    return None if values is None else statistics.median(values)


def spread(values):
    """Half the distance between the quartiles, as a share of the median."""
    if len(values) < 2:
        return 0.0
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    return (high - low) / 2 / middle


def geometric_mean(values):
    return statistics.geometric_mean(values) if values else None
