//! Wasmer with its compiler Singlepass, as a limit.

use harness::{no_variant, Failure, Peer};
use wasmer::{imports, sys::Singlepass, Engine, Instance, Module, Store, TypedFunction};

struct Wasmer {
    engine: Engine,
}

struct Running {
    store: Store,
    function: Option<TypedFunction<i32, i64>>,
}

impl Peer for Wasmer {
    type Module = Module;
    type Instance = Running;

    fn new(variant: &str) -> Result<Self, Failure> {
        no_variant(variant)?;
        Ok(Self { engine: Singlepass::new().into() })
    }

    fn compile(&self, bytes: &[u8]) -> Result<Module, Failure> {
        Ok(Module::new(&self.engine, bytes)?)
    }

    fn instantiate(&self, module: &Module, name: Option<&str>) -> Result<Running, Failure> {
        let mut store = Store::new(self.engine.clone());
        let instance = Instance::new(&mut store, module, &imports! {})?;
        let function = match name {
            Some(name) => Some(instance.exports.get_typed_function(&store, name)?),
            None => None,
        };
        Ok(Running { store, function })
    }

    fn call(&self, running: &mut Running, argument: i32) -> Result<i64, Failure> {
        Ok(running.function.as_ref().ok_or("no function")?.call(&mut running.store, argument)?)
    }
}

fn main() {
    harness::main::<Wasmer>();
}
