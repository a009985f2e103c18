//! Silverfir-nano's interpreter. A module is used up by its instance, so that each instance validates anew.

use harness::{no_export, no_variant, Failure, Peer};
use sf_nano_core::{Config, Engine, Func, Instance, Value};

struct SfNano {
    engine: Engine,
}

struct Running {
    instance: Instance,
    function: Option<Func>,
}

impl Peer for SfNano {
    type Module = Vec<u8>;
    type Instance = Running;

    const SHARES: bool = false;

    fn new(variant: &str) -> Result<Self, Failure> {
        no_variant(variant)?;
        let engine = Engine::new(Config::new()).map_err(|error| format!("{error:?}"))?;
        Ok(Self { engine })
    }

    fn compile(&self, bytes: &[u8]) -> Result<Vec<u8>, Failure> {
        Ok(bytes.to_vec())
    }

    fn instantiate(&self, module: &Vec<u8>, name: Option<&str>) -> Result<Running, Failure> {
        let instance = Instance::new(&self.engine, module, &[]).map_err(|error| format!("{error:?}"))?;
        let function = match name {
            Some(name) => Some(instance.get_func(name).ok_or_else(|| no_export(name))?),
            None => None,
        };
        Ok(Running { instance, function })
    }

    fn call(&self, running: &mut Running, argument: i32) -> Result<i64, Failure> {
        let function = running.function.as_ref().ok_or("no function")?;
        let mut results = [Value::I64(0)];
        let called = running.instance.call(function, &[Value::I32(argument as _)], &mut results);
        called.map_err(|error| format!("{error:?}"))?;
        match results[0] {
            Value::I64(value) => Ok(value as i64),
            _ => Err("not an i64".into()),
        }
    }
}

fn main() {
    harness::main::<SfNano>();
}
