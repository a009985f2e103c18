//! Wasmtime, as a limit: its optimising compiler `cranelift` (the default), its fast one `winch`, and `pulley`, which
//! interprets what Cranelift compiled for it.

use harness::{Failure, Peer};
use wasmtime::{Config, Engine, Instance, Module, Store, Strategy, TypedFunc};

struct Wasmtime {
    engine: Engine,
}

struct Running {
    store: Store<()>,
    function: Option<TypedFunc<i32, i64>>,
}

impl Peer for Wasmtime {
    type Module = Module;
    type Instance = Running;

    fn new(variant: &str) -> Result<Self, Failure> {
        let mut config = Config::new();
        match variant {
            "" | "cranelift" => config.strategy(Strategy::Cranelift),
            "winch" => config.strategy(Strategy::Winch),
            "pulley" => config.target("pulley64")?,
            _ => return Err(format!("no variant {variant}").into()),
        };
        if variant != "winch" {
            config.wasm_wide_arithmetic(true).wasm_function_references(true).wasm_gc(true).wasm_exceptions(true);
        }
        Ok(Self { engine: Engine::new(&config)? })
    }

    fn compile(&self, bytes: &[u8]) -> Result<Module, Failure> {
        Ok(Module::new(&self.engine, bytes)?)
    }

    fn instantiate(&self, module: &Module, name: Option<&str>) -> Result<Running, Failure> {
        let mut store = Store::new(&self.engine, ());
        let instance = Instance::new(&mut store, module, &[])?;
        let function = name.map(|name| instance.get_typed_func(&mut store, name)).transpose()?;
        Ok(Running { store, function })
    }

    fn call(&self, running: &mut Running, argument: i32) -> Result<i64, Failure> {
        Ok(running.function.as_ref().ok_or("no function")?.call(&mut running.store, argument)?)
    }
}

fn main() {
    harness::main::<Wasmtime>();
}
