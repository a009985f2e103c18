//! Stitch. It validates at once and compiles a function on its first call.

use harness::{no_export, no_variant, Failure, Peer};
use makepad_stitch::{Engine, Func, Linker, Module, Store, Val};

struct Stitch {
    engine: Engine,
}

struct Running {
    store: Store,
    function: Option<Func>,
}

impl Peer for Stitch {
    type Module = Module;
    type Instance = Running;

    fn new(variant: &str) -> Result<Self, Failure> {
        no_variant(variant)?;
        Ok(Self { engine: Engine::new() })
    }

    fn compile(&self, bytes: &[u8]) -> Result<Module, Failure> {
        Ok(Module::new(&self.engine, bytes)?)
    }

    fn instantiate(&self, module: &Module, name: Option<&str>) -> Result<Running, Failure> {
        let mut store = Store::new(self.engine.clone());
        let instance = Linker::new().instantiate(&mut store, module)?;
        let function = match name {
            Some(name) => Some(instance.exported_func(name).ok_or_else(|| no_export(name))?),
            None => None,
        };
        Ok(Running { store, function })
    }

    fn call(&self, running: &mut Running, argument: i32) -> Result<i64, Failure> {
        let mut results = [Val::I64(0)];
        let function = running.function.ok_or("no function")?;
        function.call(&mut running.store, &[Val::I32(argument)], &mut results)?;
        match results[0] {
            Val::I64(value) => Ok(value),
            _ => Err("not an i64".into()),
        }
    }
}

fn main() {
    harness::main::<Stitch>();
}
