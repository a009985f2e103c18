//! TinyWasm.

use harness::{no_variant, Failure, Peer};
use tinywasm::{FunctionTyped, Module, ModuleInstance, Store};

struct TinyWasm;

struct Running {
    store: Store,
    function: Option<FunctionTyped<i32, i64>>,
}

impl Peer for TinyWasm {
    type Module = Module;
    type Instance = Running;

    fn new(variant: &str) -> Result<Self, Failure> {
        no_variant(variant)?;
        Ok(Self)
    }

    fn compile(&self, bytes: &[u8]) -> Result<Module, Failure> {
        Ok(tinywasm::parse_bytes(bytes)?)
    }

    fn instantiate(&self, module: &Module, name: Option<&str>) -> Result<Running, Failure> {
        let mut store = Store::default();
        let instance = ModuleInstance::instantiate(&mut store, module, None)?;
        let function = name.map(|name| instance.func(&store, name)).transpose()?;
        Ok(Running { store, function })
    }

    fn call(&self, running: &mut Running, argument: i32) -> Result<i64, Failure> {
        Ok(running.function.as_ref().ok_or("no function")?.call(&mut running.store, argument)?)
    }
}

fn main() {
    harness::main::<TinyWasm>();
}
