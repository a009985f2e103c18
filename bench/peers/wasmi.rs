//! Wasmi 1 and Wasmi 2, which one text suits: `eager`, or `lazy` (validation at once, translation on the first call),
//! which is their default. Cargo.toml of each says which it is.

use harness::{Failure, Peer};
use wasmi::{CompilationMode, Config, Engine, Linker, Module, Store, TypedFunc};

struct Wasmi {
    engine: Engine,
}

struct Running {
    store: Store<()>,
    function: Option<TypedFunc<i32, i64>>,
}

impl Peer for Wasmi {
    type Module = Module;
    type Instance = Running;

    fn new(variant: &str) -> Result<Self, Failure> {
        let mut config = Config::default();
        config.wasm_wide_arithmetic(true).compilation_mode(match variant {
            "" | "lazy" => CompilationMode::LazyTranslation,
            "eager" => CompilationMode::Eager,
            _ => return Err(format!("no variant {variant}").into()),
        });
        Ok(Self { engine: Engine::new(&config) })
    }

    fn compile(&self, bytes: &[u8]) -> Result<Module, Failure> {
        Ok(Module::new(&self.engine, bytes)?)
    }

    fn instantiate(&self, module: &Module, name: Option<&str>) -> Result<Running, Failure> {
        let mut store = Store::new(&self.engine, ());
        let instance = Linker::new(&self.engine).instantiate_and_start(&mut store, module)?;
        let function = name.map(|name| instance.get_typed_func(&store, name)).transpose()?;
        Ok(Running { store, function })
    }

    fn call(&self, running: &mut Running, argument: i32) -> Result<i64, Failure> {
        Ok(running.function.ok_or("no function")?.call(&mut running.store, argument)?)
    }
}

fn main() {
    harness::main::<Wasmi>();
}
