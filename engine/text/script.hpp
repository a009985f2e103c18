// Scripts: a list of commands over modules, as the official test suite is written (WAST). This is what a script says;
// what it means, and which value matches which, is the runner's. Source: the specification's reference interpreter,
// "Scripts", as far as the suite uses it.
#pragma once

#include "engine/text/wat.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace detent::text {

/// A name of a module or an instance, without its `$`; none stands for the current one.
using ScriptId = std::optional<std::string>;

// Modules

enum class ModuleForm : std::uint8_t { text, binary, quote };

/// A module as a script gives it.
struct ScriptModule {
    Place place;
    ModuleForm form = ModuleForm::text;
    ScriptId id;
    /// The bytes of the module. Those of a `binary` module are as the script has them, not decoded. A `quote` module,
    /// or a text module that an `assert_malformed` (or `…_custom`) holds, may have an error instead; any other text
    /// module that does not parse is an error of the script.
    Result<ParsedModule> parsed = ParsedModule{};
    /// The text of a `quote` module, which the offsets of `parsed` count in. Those of a text module count in the
    /// script.
    std::string quoted;
};

// Values

/// What a float must be when the script asks for a NaN and not for bits.
enum class NanPattern : std::uint8_t { none, canonical, arithmetic };

enum class NumberType : std::uint8_t { i32, i64, f32, f64 };

/// `(i32.const 1)`, `(f32.const nan:canonical)`. A number of 32 bits leaves the upper half zero.
struct Number {
    NumberType type = NumberType::i32;
    std::uint64_t bits = 0;
    NanPattern nan = NanPattern::none;
};

enum class Shape : std::uint8_t { i8x16, i16x8, i32x4, i64x2, f32x4, f64x2 };

[[nodiscard]] constexpr unsigned lanes_of(Shape shape) noexcept {
    switch (shape) {
    case Shape::i8x16: return 16;
    case Shape::i16x8: return 8;
    case Shape::i32x4:
    case Shape::f32x4: return 4;
    case Shape::i64x2:
    case Shape::f64x2: return 2;
    }
    return 0;
}

/// `(v128.const f32x4 1 2 nan:canonical 4)`. The bytes are in memory order; those of a lane with a NaN pattern are
/// zero.
struct Vector {
    Shape shape = Shape::i8x16;
    std::array<std::uint8_t, 16> bytes{};
    /// Of the lanes of f32x4 and f64x2, in order.
    std::array<NanPattern, 4> nans{};
};

enum class ReferenceKind : std::uint8_t { null, func, extern_, host, i31, eq, struct_, array, any, exn };

/// `(ref.null func)`, `(ref.null)`, `(ref.extern 1)`, `(ref.i31)`. As a result, what is left out may be anything.
struct Reference {
    ReferenceKind kind = ReferenceKind::null;
    /// Of `ref.null`: the heap type as it is written, `func` or `$t` or `3`; empty where there is none.
    std::string heap_type;
    /// Of `ref.extern`, `ref.host` and, rarely, others: the number behind it.
    std::optional<std::uint32_t> number;
};

using Value = std::variant<Number, Vector, Reference>;

/// One result: any of these, of which there is at least one; more than one is written `(either …)`.
struct Expected {
    std::vector<Value> choices;
};

// Actions

/// `(invoke $instance? "export" value*)`
struct Invoke {
    ScriptId instance;
    std::string name;
    std::vector<Value> arguments;
};

/// `(get $instance? "export")`
struct Get {
    ScriptId instance;
    std::string name;
};

using Action = std::variant<Invoke, Get>;

// Commands

/// `(module …)`: defines the module and instantiates it. Bare fields as a script are one such command.
struct ModuleCommand {
    ScriptModule module;
};

/// `(module definition $module? …)`: decodes and validates, and makes no instance.
struct DefinitionCommand {
    ScriptModule module;
};

/// `(module instance $instance? $module?)`
struct InstanceCommand {
    ScriptId instance;
    ScriptId module;
};

/// `(register "name" $instance?)`
struct RegisterCommand {
    std::string name;
    ScriptId instance;
};

struct ActionCommand {
    Action action;
};

struct AssertReturn {
    Action action;
    std::vector<Expected> results;
};

/// The action traps, or the module does when it is instantiated.
struct AssertTrap {
    std::variant<Action, ScriptModule> what;
    std::string message;
};

struct AssertExhaustion {
    Action action;
    std::string message;
};

struct AssertException {
    Action action;
};

/// What is wrong with a module. The last two are of the custom sections and annotations, which an engine may ignore.
enum class ModuleFault : std::uint8_t { malformed, invalid, unlinkable, malformed_custom, invalid_custom };

struct AssertModule {
    ModuleFault fault = ModuleFault::malformed;
    ScriptModule module;
    std::string message;
};

struct Command {
    /// Of the opening parenthesis; of a command of bare fields, that of the first.
    Place place;
    std::variant<ModuleCommand, DefinitionCommand, InstanceCommand, RegisterCommand, ActionCommand, AssertReturn,
                 AssertTrap, AssertExhaustion, AssertException, AssertModule>
        what;
};

struct Script {
    std::vector<Command> commands;
};

/// The options are those of its modules. The offset of an error is an offset in the text.
[[nodiscard]] Result<Script> parse_script(std::string_view source, const ParseOptions& options = {}) noexcept;

} // namespace detent::text
