// Carries out one module's plan in Node's V8 and prints what every step did, as one JSON object.
//
//   node run_in_v8.mjs JOB.json
//
// JOB.json is {"wasm": path, "steps": [...]}. A step is {"write": address, "hex": bytes}, {"invoke": name,
// "args": ["i32:7", ...]} or {"read": address, "length": n}, each with an optional "as". An address, a length or
// an integer argument may be a sum of numbers, "$name" (the result an earlier step kept with "as"; "$name.hi" and
// "$name.lo" are the halves of an i64 result) and "@name" (the value of an exported global). A read kept with "as"
// stands for its first four bytes, little-endian. The output repeats every step with those sums resolved, so that
// another engine can be given the very same numbers.
import { readFileSync } from "node:fs";

const kTypeNames = new Map([[0x7f, "i32"], [0x7e, "i64"], [0x7d, "f32"], [0x7c, "f64"]]);

// The JavaScript API does not tell an i32 result from a float, so the types are read from the binary itself.
class Reader {
  constructor(bytes, at) { this.bytes = bytes; this.at = at; }
  byte() { return this.bytes[this.at++]; }
  u32() {
    let value = 0, shift = 0, byte;
    do { byte = this.byte(); value += (byte & 0x7f) * 2 ** shift; shift += 7; } while (byte & 0x80);
    return value;
  }
  vec(item) { return Array.from({ length: this.u32() }, () => item(this)); }
  name() {
    const length = this.u32();
    this.at += length;
    return this.bytes.toString("utf8", this.at - length, this.at);
  }
}

function exported_signatures(bytes) {
  let types = [], functions = [], exports = [];
  const value_type = (r) => kTypeNames.get(r.byte()) ?? "ref";
  for (const reader = new Reader(bytes, 8); reader.at < bytes.length;) {
    const id = reader.byte(), end = reader.u32() + reader.at;
    if (id === 1) types = reader.vec((r) => (r.byte(), { params: r.vec(value_type), results: r.vec(value_type) }));
    if (id === 3) functions = reader.vec((r) => r.u32());
    if (id === 7) exports = reader.vec((r) => ({ name: r.name(), kind: r.byte(), index: r.u32() }));
    reader.at = end;
  }
  return new Map(exports.filter((e) => e.kind === 0).map((e) => [e.name, types[functions[e.index]]]));
}

class Run {
  constructor(path) {
    const bytes = readFileSync(path);
    const module = new WebAssembly.Module(bytes);
    if (WebAssembly.Module.imports(module).length !== 0) throw new Error(`${path} has imports`);
    this.signatures = exported_signatures(bytes);
    this.exports = new WebAssembly.Instance(module, {}).exports;
    this.memory = Object.values(this.exports).find((e) => e instanceof WebAssembly.Memory);
    this.kept = new Map();
  }

  atom(text) {
    if (text.startsWith("@")) return BigInt(this.exports[text.slice(1)].value);
    if (!text.startsWith("$")) return BigInt(text);
    const [name, half] = text.slice(1).split(".");
    if (!this.kept.has(name)) throw new Error(`no step kept ${name}`);
    const value = BigInt.asUintN(64, this.kept.get(name));
    if (half === "hi") return value >> 32n;
    return half === "lo" ? value & 0xffffffffn : this.kept.get(name);
  }

  sum(expression) { return String(expression).split("+").reduce((total, part) => total + this.atom(part), 0n); }
  offset(expression) { return Number(BigInt.asUintN(32, this.sum(expression))); }

  // Turns "i32:$p+4" or "f64:0.5" into the value to pass and the text that says it exactly.
  argument(text) {
    const [type, rest] = [text.slice(0, 3), text.slice(4)];
    if (type === "i32") { const v = BigInt.asIntN(32, this.sum(rest)); return { value: Number(v), text: `i32:${v}` }; }
    if (type === "i64") { const v = BigInt.asIntN(64, this.sum(rest)); return { value: v, text: `i64:${v}` }; }
    return { value: Number(rest), text: float_text(type, Number(rest)) };
  }

  invoke(step) {
    const { params, results } = this.signatures.get(step.invoke) ?? {};
    const args = step.args.map((a) => this.argument(a));
    if (!params || params.join() !== step.args.map((a) => a.slice(0, 3)).join()) {
      throw new Error(`${step.invoke} takes (${params})`);
    }
    const returned = this.exports[step.invoke](...args.map((a) => a.value));
    const values = results.length === 0 ? [] : results.length === 1 ? [returned] : [...returned];
    if (step.as) this.kept.set(step.as, BigInt(values[0]));
    return { kind: "invoke", name: step.invoke, args: args.map((a) => a.text),
             results: values.map((v, i) => (typeof v === "number" && results[i] !== "i32")
               ? float_text(results[i], v) : `${results[i]}:${v}`) };
  }

  write(step) {
    const address = this.offset(step.write);
    new Uint8Array(this.memory.buffer).set(Buffer.from(step.hex, "hex"), address);
    return { kind: "write", address, hex: step.hex };
  }

  read(step) {
    const address = this.offset(step.read);
    const length = step.length === "all" ? this.memory.buffer.byteLength - address : this.offset(step.length);
    const bytes = Buffer.from(this.memory.buffer, address, step.at_most ? Math.min(length, step.at_most) : length);
    if (step.as) this.kept.set(step.as, BigInt(bytes.readUInt32LE(0)));
    return { kind: "read", address, length: bytes.length, hex: bytes.toString("hex") };
  }

  step(step) {
    if ("invoke" in step) return this.invoke(step);
    return "write" in step ? this.write(step) : this.read(step);
  }
}

function float_text(type, value) {
  // The JavaScript API may change a NaN's payload, so such a value cannot be held against another engine's bits.
  if (Number.isNaN(value)) throw new Error("a NaN crossed the JavaScript API; keep it in memory and read it there");
  const view = new DataView(new ArrayBuffer(8));
  if (type === "f32") view.setFloat32(0, value); else view.setFloat64(0, value);
  const bits = type === "f32" ? BigInt(view.getUint32(0)) : view.getBigUint64(0);
  return `${type}:0x${bits.toString(16).padStart(type === "f32" ? 8 : 16, "0")}`;
}

const job = JSON.parse(readFileSync(process.argv[2], "utf8"));
const run = new Run(job.wasm);
const steps = job.steps.map((step, i) => {
  try {
    return run.step(step);
  } catch (error) {
    throw new Error(`step ${i} ${JSON.stringify(step).slice(0, 200)}: ${error.message}`);
  }
});
process.stdout.write(JSON.stringify({ node: process.version, v8: process.versions.v8, steps }) + "\n");
