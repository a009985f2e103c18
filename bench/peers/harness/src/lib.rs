//! What a peer's program does with its command line; bench/README.md describes the protocol. A peer says only how it
//! compiles, instantiates and calls.

use std::error::Error;
use std::hint::black_box;
use std::time::Instant;

pub type Failure = Box<dyn Error>;

pub trait Peer: Sized {
    type Module;
    type Instance;

    /// Whether instances share what `compile` makes; else all of it is in each instance.
    const SHARES: bool = true;

    /// `variant` is one of the peer's own words, empty for its default.
    fn new(variant: &str) -> Result<Self, Failure>;
    /// What can be shared between instances.
    fn compile(&self, bytes: &[u8]) -> Result<Self::Module, Failure>;
    /// Ready to call the export `name`, of type (i32) -> i64; without a name, ready for any.
    fn instantiate(&self, module: &Self::Module, name: Option<&str>) -> Result<Self::Instance, Failure>;
    fn call(&self, instance: &mut Self::Instance, argument: i32) -> Result<i64, Failure>;
}

/// Where a peer knows no variants.
pub fn no_variant(variant: &str) -> Result<(), Failure> {
    if variant.is_empty() { Ok(()) } else { Err(format!("no variant {variant}").into()) }
}

/// An export that is not there.
pub fn no_export(name: &str) -> Failure {
    format!("no function {name}").into()
}

/// The least seconds of `rounds` runs of `work`, and what every one of them gave.
fn least<T: PartialEq>(rounds: u32, mut work: impl FnMut() -> Result<T, Failure>) -> Result<(f64, T), Failure> {
    let mut seconds = f64::INFINITY;
    let mut result = None;
    for _ in 0..rounds {
        let start = Instant::now();
        let one = work()?;
        seconds = seconds.min(start.elapsed().as_secs_f64());
        match &result {
            Some(before) if *before != one => return Err("two rounds gave different results".into()),
            _ => result = Some(one),
        }
    }
    Ok((seconds, result.ok_or("no rounds")?))
}

fn run<P: Peer>(peer: &P, words: &[String]) -> Result<String, Failure> {
    let [path, name, argument, rounds] = words else { return Err("CASE.wasm EXPORT ARG ROUNDS".into()) };
    let argument: i32 = argument.parse()?;
    let module = peer.compile(&std::fs::read(path)?)?;
    let mut instance = peer.instantiate(&module, Some(name))?;
    let (seconds, result) = least(rounds.parse()?, || peer.call(&mut instance, black_box(argument)))?;
    Ok(format!("{{\"seconds\": {seconds:e}, \"result\": \"{result}\"}}"))
}

/// From bytes to an instance: all that lies before a first call.
fn start<P: Peer>(peer: &P, words: &[String]) -> Result<String, Failure> {
    let [path, rounds] = words else { return Err("--start MODULE.wasm ROUNDS".into()) };
    let bytes = std::fs::read(path)?;
    let (seconds, ()) = least(rounds.parse()?, || {
        let module = peer.compile(black_box(&bytes))?;
        black_box(peer.instantiate(&module, None)?);
        Ok(())
    })?;
    Ok(format!("{{\"seconds\": {seconds:e}}}"))
}

/// What a round takes that does `count` of `one`, by each.
fn least_each(words: &[String], count: u32, mut one: impl FnMut() -> Result<i64, Failure>) -> Result<String, Failure> {
    let (seconds, result) = least(words[3].parse()?, || {
        let mut sum = 0i64;
        for _ in 0..count {
            sum = sum.wrapping_add(one()?);
        }
        Ok(sum)
    })?;
    Ok(format!("{{\"seconds\": {:e}, \"result\": \"{result}\"}}", seconds / f64::from(count)))
}

/// Instantiating a compiled module, one call and dropping, a hundred in a row a round.
fn spawn<P: Peer>(peer: &P, words: &[String]) -> Result<String, Failure> {
    let [path, name, argument, _] = words else { return Err("--spawn CASE.wasm EXPORT ARG ROUNDS".into()) };
    let argument: i32 = argument.parse()?;
    let module = peer.compile(&std::fs::read(path)?)?;
    least_each(words, 100, || {
        let mut instance = peer.instantiate(&module, Some(name))?;
        peer.call(&mut instance, black_box(argument))
    })
}

/// Calls of one instance, ten thousand in a row a round.
fn calls<P: Peer>(peer: &P, words: &[String]) -> Result<String, Failure> {
    let [path, name, argument, _] = words else { return Err("--calls CASE.wasm EXPORT ARG ROUNDS".into()) };
    let argument: i32 = argument.parse()?;
    let module = peer.compile(&std::fs::read(path)?)?;
    let mut instance = peer.instantiate(&module, Some(name))?;
    least_each(words, 10_000, || peer.call(&mut instance, black_box(argument)))
}

/// Of glibc's malloc(3).
#[repr(C)]
struct MallInfo {
    arena: usize,
    free_chunks: usize,
    fast_chunks: usize,
    mapped_chunks: usize,
    mapped_bytes: usize,
    highest_bytes: usize,
    fast_bytes: usize,
    used_bytes: usize,
    free_bytes: usize,
    top_bytes: usize,
}

unsafe extern "C" {
    safe fn mallinfo2() -> MallInfo;
}

/// The bytes that malloc has given out. What a peer maps itself is not among them.
fn held() -> usize {
    let info = mallinfo2();
    info.used_bytes + info.mapped_bytes
}

/// What each of several `made` takes; the first is not counted, since what it takes may serve the others.
fn bytes_each<T>(mut made: impl FnMut() -> Result<T, Failure>) -> Result<usize, Failure> {
    const MANY: usize = 16;
    let mut kept = Vec::with_capacity(1 + MANY);
    kept.push(made()?);
    let before = held();
    for _ in 0..MANY {
        kept.push(made()?);
    }
    Ok(held().saturating_sub(before) / MANY)
}

/// Modules whose code has run, and instances that have run once.
fn memory<P: Peer>(peer: &P, words: &[String]) -> Result<String, Failure> {
    let [path, name, argument] = words else { return Err("--memory CASE.wasm EXPORT ARG".into()) };
    let argument: i32 = argument.parse()?;
    let bytes = std::fs::read(path)?;
    let started = |module: &P::Module| -> Result<(P::Instance, i64), Failure> {
        let mut instance = peer.instantiate(module, Some(name))?;
        let result = peer.call(&mut instance, black_box(argument))?;
        Ok((instance, result))
    };
    let module_bytes = bytes_each(|| {
        let module = peer.compile(&bytes)?;
        started(&module)?;
        Ok(module)
    })?;
    let module = peer.compile(&bytes)?;
    let (_, result) = started(&module)?;
    let instance_bytes = bytes_each(|| started(&module))?;
    let shared = if P::SHARES { format!("\"module\": {module_bytes}, ") } else { String::new() };
    Ok(format!("{{{shared}\"instance\": {instance_bytes}, \"result\": \"{result}\"}}"))
}

fn carry_out<P: Peer>(mut words: Vec<String>) -> Result<String, Failure> {
    let mut variant = String::new();
    if words.first().is_some_and(|word| word == "--variant") && words.len() > 1 {
        variant = words.remove(1);
        words.remove(0);
    }
    let peer = P::new(&variant)?;
    match words.first().map(String::as_str) {
        Some("--start") => start(&peer, &words[1..]),
        Some("--spawn") => spawn(&peer, &words[1..]),
        Some("--calls") => calls(&peer, &words[1..]),
        Some("--memory") => memory(&peer, &words[1..]),
        _ => run(&peer, &words),
    }
}

/// An error with what caused it, on one line.
fn chain(failure: &dyn Error) -> String {
    let mut words = failure.to_string();
    let mut cause = failure.source();
    while let Some(inner) = cause {
        words += &format!(": {inner}");
        cause = inner.source();
    }
    words
}

pub fn main<P: Peer>() {
    match carry_out::<P>(std::env::args().skip(1).collect()) {
        Ok(line) => println!("{line}"),
        Err(failure) => {
            eprintln!("{}", chain(failure.as_ref()));
            std::process::exit(1);
        }
    }
}
