// Calls exports of modules without imports in Node's V8, each on an instance of its own. Reads a list of
// {"wasm": path, "export": name, "args": [[type, decimal bits], ...], "result": type} from the file it is given, and
// prints {"node", "v8", "answers": [{"results": [[type, decimal bits]], "memory": hex or null} or {"error": message}]}.
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

function answer(job) {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(job.wasm)), {});
  try {
    const value = exports[job.export](...job.args.map(to_value));
    const memory = exports.memory === undefined ? null : Buffer.from(exports.memory.buffer).toString("hex");
    return { results: [to_bits(job.result, value)], memory };
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError || error instanceof RangeError) return { error: error.message };
    throw error;
  }
}

const answers = JSON.parse(readFileSync(process.argv[2], "utf8")).map(answer);
process.stdout.write(JSON.stringify({ node: process.version, v8: process.versions.v8, answers }) + "\n");
