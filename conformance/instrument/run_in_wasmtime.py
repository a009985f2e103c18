"""Runs in wasmtime what Detent ran. As run_in_v8.mjs, in Python: needs the package `wasmtime`."""

import hashlib
import struct
from importlib.metadata import version
from pathlib import Path

from wasmtime import (Config, Engine, Func, FuncType, Global, GlobalType, Instance, Limits, Memory, MemoryType, Module,
                      Store, Table, TableType, Trap, TrapCode, Val, ValType, WasmtimeError)

PROPOSALS = ("wasm_tail_call", "wasm_memory64", "wasm_multi_memory", "wasm_gc", "wasm_function_references",
             "wasm_relaxed_simd", "wasm_exceptions", "wasm_custom_page_sizes", "wasm_wide_arithmetic")
# What wasmtime says of a trap, in Detent's words.
TRAPS = {
    TrapCode.STACK_OVERFLOW: "the engine's stack", TrapCode.MEMORY_OUT_OF_BOUNDS: "OutOfBoundsMemoryAccess",
    TrapCode.TABLE_OUT_OF_BOUNDS: "OutOfBoundsTableAccess", TrapCode.INDIRECT_CALL_TO_NULL: "UninitializedElement",
    TrapCode.BAD_SIGNATURE: "IndirectCallTypeMismatch", TrapCode.INTEGER_OVERFLOW: "IntegerOverflow",
    TrapCode.INTEGER_DIVISION_BY_ZERO: "IntegerDivideByZero",
    TrapCode.BAD_CONVERSION_TO_INTEGER: "InvalidConversionToInteger", TrapCode.UNREACHABLE: "Unreachable",
    TrapCode.NULL_REFERENCE: "NullReference", TrapCode.ARRAY_OUT_OF_BOUNDS: "OutOfBoundsArrayAccess",
    TrapCode.CAST_FAILURE: "CastFailure", TrapCode.UNCAUGHT_EXCEPTION: "UncaughtException",
}
TYPES = {"i32": ValType.i32(), "i64": ValType.i64(), "f32": ValType.f32(), "f64": ValType.f64()}


def make_engine():
    config = Config()
    for proposal in PROPOSALS:
        setattr(config, proposal, True)
    config.max_wasm_stack = 1 << 20
    return Engine(config)


def to_value(value):
    kind, bits = value[0], int(value[1])
    if kind in ("i32", "i64"):
        width = int(kind[1:])
        return bits - (1 << width) if bits >> (width - 1) else bits
    return struct.unpack("<f", struct.pack("<I", bits))[0] if kind == "f32" else \
        struct.unpack("<d", struct.pack("<Q", bits))[0]


def to_bits(kind, value):
    if kind in ("i32", "i64"):
        return [kind, str(value % (1 << int(kind[1:])))]
    if kind == "f32":
        return [kind, str(struct.unpack("<I", struct.pack("<f", value))[0])]
    return [kind, str(struct.unpack("<Q", struct.pack("<d", value))[0])]


def spectest(store, name):
    """What the module imports of the suite's host module, which prints nothing."""
    if name.startswith("print"):
        kinds = [] if name == "print" else [TYPES[kind] for kind in name[len("print_"):].split("_")]
        return Func(store, FuncType(kinds, []), lambda *_: None)
    if name.startswith("global_"):
        kind = name[len("global_"):]
        value = Val.i32(666) if kind == "i32" else Val.i64(666) if kind == "i64" else \
            Val.f32(666.6) if kind == "f32" else Val.f64(666.6)
        return Global(store, GlobalType(TYPES[kind], False), value)
    if name == "memory":
        return Memory(store, MemoryType(Limits(1, 2)))
    if name == "table":
        return Table(store, TableType(ValType.funcref(), Limits(10, 20)), None)
    raise WasmtimeError(f"spectest has no {name} here")


def call(store, exports, run):
    """How the call ended, its trap, and what it returned."""
    try:
        got = exports[run["export"]](store, *map(to_value, run["args"]))
        return "returned", None, got if isinstance(got, list) else [got]
    except Trap as trap:
        if trap.trap_code is None and "thrown Wasm exception" in trap.message:
            return "trapped", "UncaughtException", []
        return "trapped", TRAPS.get(trap.trap_code, str(trap.trap_code)), []


def answer(engine, module, state, run):
    store = Store(engine)
    exports = Instance(store, module, [spectest(store, one.name) for one in module.imports]).exports(store)
    fuel, ending = exports[state[0]], exports[state[3]]
    fuel.set_value(store, Val.i64(int(run["limit"])))
    ending.set_value(store, Val.i32(0))
    status, trap, got = call(store, exports, run)
    results = [to_bits(kind, value) if kind else None for kind, value in zip(run["types"], got)] \
        if status == "returned" else []
    memories = {}
    for name in run["memories"]:
        memories[name] = hashlib.sha256(exports[name].read(store)).hexdigest()
    return {"status": status, "trap": trap, "ending": ending.value(store), "results": results, "memories": memories,
            "used": str(int(run["limit"]) - fuel.value(store)),
            "globals": {name: to_bits(kind, exports[name].value(store)) for name, (kind, _) in run["globals"].items()}}


def run_wasmtime(subjects):
    """A list for each subject: one answer for each run, or the text of why there are none."""
    engine = make_engine()
    found = []
    for subject in subjects:
        try:
            module = Module(engine, Path(subject["module"]).read_bytes())
            found.append([answer(engine, module, subject["state"], run) for run in subject["runs"]])
        except WasmtimeError as error:
            found.append(str(error).strip().splitlines()[-1])
    return f"wasmtime {version('wasmtime')}", found
