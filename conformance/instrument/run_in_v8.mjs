// Runs in Node's V8 what Detent ran: reads the subjects of instrument_reference from the file it is given, and prints
// {"node", "v8", "answers": a list for each subject: of one answer for each run, or the text of why there are none}. An
// answer has the fields of a run. Each run is on an instance of its own, with `limit` in the global of the fuel.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

const view = new DataView(new ArrayBuffer(8));

function to_value([type, bits]) {
  if (type === "i32") return Number(BigInt.asIntN(32, BigInt(bits)));
  if (type === "i64") return BigInt.asIntN(64, BigInt(bits));
  view.setBigUint64(0, type === "f32" ? BigInt(bits) << 32n : BigInt(bits));
  return type === "f32" ? view.getFloat32(0) : view.getFloat64(0);
}

function to_bits(type, value) {
  if (type === "i32") return [type, BigInt.asUintN(32, BigInt(value)).toString()];
  if (type === "i64") return [type, BigInt.asUintN(64, value).toString()];
  if (type === "f32") view.setFloat32(0, value); else view.setFloat64(0, value);
  return [type, (type === "f32" ? BigInt(view.getUint32(0)) : view.getBigUint64(0)).toString()];
}

function spectest() {
  const print = () => undefined;
  const global = (value, rest) => new WebAssembly.Global({ value, mutable: false }, rest);
  return {
    print, print_i32: print, print_i64: print, print_f32: print, print_f64: print, print_i32_f32: print,
    print_f64_f64: print, global_i32: global("i32", 666), global_i64: global("i64", 666n),
    global_f32: global("f32", 666.6), global_f64: global("f64", 666.6),
    table: new WebAssembly.Table({ initial: 10, maximum: 20, element: "anyfunc" }),
    memory: new WebAssembly.Memory({ initial: 1, maximum: 2 }),
  };
}

function call(exports, run) {
  try {
    const got = exports[run.export](...run.args.map(to_value));
    return { status: "returned", trap: null, got: run.types.length > 1 ? [...got] : [got] };
  } catch (error) {
    if (error instanceof WebAssembly.Exception) return { status: "trapped", trap: "UncaughtException", got: [] };
    if (error instanceof WebAssembly.RuntimeError || error instanceof RangeError)
      return { status: "trapped", trap: error.message, got: [] };
    throw error;
  }
}

// Types of results and globals are those that Detent has seen; references are not compared.
function answer(module, [fuel, , , ending], run) {
  const { exports } = new WebAssembly.Instance(module, { spectest: spectest() });
  exports[fuel].value = BigInt(run.limit);
  exports[ending].value = 0;
  const { status, trap, got } = call(exports, run);
  const results = status !== "returned" ? [] : run.types.map((type, i) => (type ? to_bits(type, got[i]) : null));
  const memories = {}, globals = {};
  for (const name of Object.keys(run.memories))
    memories[name] = createHash("sha256").update(new Uint8Array(exports[name].buffer)).digest("hex");
  for (const [name, [type]] of Object.entries(run.globals)) globals[name] = to_bits(type, exports[name].value);
  const used = (BigInt(run.limit) - exports[fuel].value).toString();
  return { status, trap, ending: exports[ending].value, used, results, memories, globals };
}

function answers(subject) {
  try {
    const module = new WebAssembly.Module(readFileSync(subject.module));
    return subject.runs.map((run) => answer(module, subject.state, run));
  } catch (error) {
    if (error instanceof WebAssembly.CompileError || error instanceof WebAssembly.LinkError) return error.message;
    throw error;
  }
}

const found = JSON.parse(readFileSync(process.argv[2], "utf8")).map(answers);
process.stdout.write(JSON.stringify({ node: process.version, v8: process.versions.v8, answers: found }) + "\n");
