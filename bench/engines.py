"""What is measured: each engine with its program, its version and what it was built with. Also builds them."""
import dataclasses
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
BUILD = ROOT / "build-bench"
TARGET = BUILD / "target"
WASM3_SOURCE = {"package": "pywasm3", "version": "0.5.0",
                "sha256": "5a47c8a39f7f6ae71b3316b2e5d86c9d0db6e771a65f09a86e4d4aa3a19aefcc"}
WASM3_FLAGS = ["-std=gnu11", "-O3", "-DNDEBUG", "-DNASSERTS", "-fomit-frame-pointer", "-fno-stack-check",
               "-fno-stack-protector"]


def gap(other_machines):
    """Why what wasmi-labs/wasmi-benchmarks publishes of a peer, with CoreMark on an EPYC 7763, can be far off."""
    return (f"on other machines the same suite has {other_machines}. It builds wasm3 through a crate, with the "
            "system's C compiler and slots of 64 bits; made so, version 0.9 takes a tenth more time for core_mix than "
            "our wasm3. And its cases are not ours.")


@dataclasses.dataclass
class Engine:
    key: str
    name: str
    program: pathlib.Path
    # An `interpreter` is compared with; a `limit` shows what compilers reach; a build of ours `without` something shows
    # what that costs.
    kind: str = "interpreter"
    own: bool = False
    variant: str = ""
    version: str = ""
    built: str = ""
    # Why there is no program.
    missing: str = ""
    # Speed against wasm3 in the authors' own words: CoreMark, geometric mean of their cases.
    published: tuple = ()
    # Why that is over 15 % off what is measured here.
    gap: str = ""
    # The variants that start-up is measured with: label and variant.
    starts: tuple = ()

    def command(self, *words, variant=None):
        chosen = self.variant if variant is None else variant
        return [str(self.program), *(["--variant", chosen] if chosen else []), *words]


def run(command, **more):
    """Heavy work is polite: others use this machine."""
    print("+", *command, file=sys.stderr)
    return subprocess.run(["nice", "-n", "10", *map(str, command)], **more)


def locked_version(package):
    """The version that Cargo.lock names; of two with one name the one of the major number that is asked for."""
    name, _, major = package.partition("@")
    found = re.findall(rf'name = "{re.escape(name)}"\nversion = "([^"]+)"', (HERE / "peers" / "Cargo.lock").read_text())
    return next(version for version in found if version.startswith(major))


PEER_FLAGS = "opt-level 3, fat LTO, one codegen unit"


def rust_peer(key, name, package, *, crate=None, features="", **more):
    engine = Engine(key, name, TARGET / "release" / f"bench-{crate or key}", **more)
    engine.version = locked_version(package)
    engine.built = PEER_FLAGS + (f"; {features}" if features else "")
    return engine


def peers():
    wasmtime = {"crate": "wasmtime", "kind": "limit", "features": "features cranelift, winch, pulley, gc"}
    wasm3 = {"built": "clang-19 " + " ".join(WASM3_FLAGS), "starts": (("lazy", ""), ("eager", "eager"))}
    return [
        Engine("wasm3", "wasm3", BUILD / "wasm3" / "wasm3", version=WASM3_SOURCE["version"], **wasm3),
        Engine("wasm3-0.9", "wasm3 0.9", BUILD / "wasm3-0.9" / "wasm3", version="0.9.0", **wasm3),
        rust_peer("wasmi2", "Wasmi 2", "wasmi@2.", features="features std, validate, auto-dispatch (tail calls), simd",
                  published=(1.64, 1.39), gap=gap("1.51 and 1.55"), starts=(("lazy", "lazy"), ("eager", "eager"))),
        rust_peer("wasmi1", "Wasmi 1", "wasmi@1.", features="features std, simd",
                  starts=(("lazy", "lazy"), ("eager", "eager"))),
        rust_peer("sf-nano", "Silverfir-nano", "sf-nano-core", features="feature interp",
                  published=(1.99, 1.88), gap=gap("1.68 and 2.0"), starts=(("", ""),)),
        rust_peer("stitch", "Stitch", "makepad-stitch", published=(1.21, 1.10), gap=gap("1.08 and 1.09"),
                  starts=(("", ""),)),
        rust_peer("tinywasm", "TinyWasm", "tinywasm", features="features std, parser, simd-x86", starts=(("", ""),)),
        rust_peer("pulley", "Wasmtime Pulley", "wasmtime", variant="pulley", **wasmtime),
        rust_peer("winch", "Wasmtime Winch", "wasmtime", variant="winch", **wasmtime, starts=(("", "winch"),)),
        rust_peer("cranelift", "Wasmtime Cranelift", "wasmtime", variant="cranelift", **wasmtime,
                  starts=(("", "cranelift"),)),
        rust_peer("wasmer", "Wasmer Singlepass", "wasmer", kind="limit", features="features sys, singlepass",
                  starts=(("", ""),)),
    ]


def detent(name, folder, variant=""):
    """A build of Detent in `folder`, which its option `bench` has made programs in."""
    key = "detent" if name == "Detent" else re.sub(r"\W+", "-", name.lower()).strip("-")
    return Engine(key, name, folder / "bench" / "detent_runner", own=True, variant=variant,
                  starts=(("", variant),) if variant else (("lazy", "fast"), ("eager", "eager")),
                  built=f"release (-O3), tier {variant or 'fast'}; fuel counted, NaNs canonical, every check on")


def without():
    """Builds of Detent that lack what they show the cost of, each with the macro that leaves it out."""
    return [(Engine(f"no-{key}", f"Detent without {what}", BUILD / f"detent-no-{key}" / "bench" / "detent_runner",
                    kind="without", own=True, built=f"release (-O3), tier fast; without {what}, else as Detent"), macro)
            for key, what, macro in [("fuel", "fuel", "DETENT_BENCH_NO_FUEL"),
                                     ("nans", "canonical NaNs", "DETENT_BENCH_NO_CANONICAL_NANS")]]


def describe(engine):
    """What `detent --version` says on one line, without the hashes of what is published."""
    said = subprocess.run([engine.program.parents[1] / "detent", "--version"], capture_output=True, text=True)
    engine.version = "; ".join(line.strip() for line in said.stdout.splitlines()
                               if line.strip() and "0x" not in line)


# Building.

def build_detent(folder, macro=""):
    environment = os.environ | {"CXX": os.environ.get("CXX", "clang++-19"), "PATH": "/usr/bin:" + os.environ["PATH"]}
    if not (folder / "build.ninja").exists():
        run(["meson", "setup", folder, ROOT, "-Dtests=false", "-Dbench=true",
             *([f"-Dcpp_args=-D{macro}"] if macro else [])], env=environment, check=True, stdout=sys.stderr)
    run(["ninja", "-C", folder], env=environment, check=True, stdout=sys.stderr)


def wasm3_sources():
    """Of version 0.5, out of its Python package: the one place where a registry has the whole of it."""
    folder = BUILD / "wasm3"
    label = f"{WASM3_SOURCE['package']}-{WASM3_SOURCE['version']}"
    archive = folder / f"{label}.tar.gz"
    folder.mkdir(parents=True, exist_ok=True)
    if not archive.exists():
        run(["/usr/bin/python3", "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:", "--dest",
             folder, f"{WASM3_SOURCE['package']}=={WASM3_SOURCE['version']}"], check=True, stdout=sys.stderr)
    if hashlib.sha256(archive.read_bytes()).hexdigest() != WASM3_SOURCE["sha256"]:
        raise SystemExit(f"{archive.name} is not the listed archive")
    with tarfile.open(archive) as tar:
        tar.extractall(folder)
    return folder / label / "wasm3"


def newer_wasm3_sources():
    """Of version 0.9, out of a crate that wraps it, which Cargo fetches and checks."""
    said = run([cargo(), "metadata", "--locked", "--format-version", "1"], cwd=HERE / "peers" / "wasm3", check=True,
               capture_output=True, text=True)
    manifest = next(package["manifest_path"] for package in json.loads(said.stdout)["packages"]
                    if package["name"] == "wasm3x-sys")
    return pathlib.Path(manifest).parent / "wasm3" / "source"


def build_wasm3(engine, sources):
    runner = HERE / "peers" / "wasm3" / "runner.c"
    if engine.program.exists() and engine.program.stat().st_mtime > runner.stat().st_mtime:
        return
    source = sources()
    engine.program.parent.mkdir(parents=True, exist_ok=True)
    # The rest are host functions, which no case imports.
    core = [path for path in sorted(source.glob("*.c")) if not path.name.startswith("m3_api_")]
    run([os.environ.get("CLANG", "clang-19"), *WASM3_FLAGS, "-w", f"-I{source}", runner, *core, "-lm",
         "-o", engine.program], check=True)


def cargo():
    return shutil.which("cargo", path=os.environ["PATH"] + f":{pathlib.Path.home()}/.cargo/bin") or "cargo"


def build_rust(engine):
    run([cargo(), "build", "--release", "--locked", "-j1", "--quiet", "--target-dir", TARGET, "-p",
         engine.program.name], cwd=HERE / "peers", check=True)


WASM3_SOURCES = {"wasm3": wasm3_sources, "wasm3-0.9": newer_wasm3_sources}


def make_detent(engine, macro=""):
    """Builds it where it is missing or old."""
    build_detent(engine.program.parents[1], macro)
    describe(engine)


def make_peer(engine):
    """Builds what is missing or old; a peer that does not build is left out, with the reason."""
    try:
        if engine.key in WASM3_SOURCES:
            build_wasm3(engine, WASM3_SOURCES[engine.key])
        else:
            build_rust(engine)
    except (subprocess.CalledProcessError, OSError) as failure:
        engine.missing = f"did not build: {failure}"
