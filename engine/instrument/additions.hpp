// Additions: what the module gets besides its own definitions. Their indices lie behind those that it has, so that
// every index in it stays right (INS-2).
#pragma once

#include "engine/code/code.hpp"
#include "engine/instrument/emitter.hpp"
#include "metering/schedule.hpp"

#include <cstdint>
#include <map>
#include <span>
#include <vector>

namespace detent::instrument {

using Bytes = std::vector<std::uint8_t>;

/// The indices of the globals that hold the state of the meter (INS-3).
struct StateGlobals {
    std::uint32_t fuel;
    std::uint32_t depth;
    std::uint32_t words;
    std::uint32_t ending;
    std::uint32_t call_base;
};

/// The indices of functions that bodies call.
struct StateFunctions {
    /// [price: i64, times: i64] -> []: pays a price some times, or leaves the remainder and ends.
    std::uint32_t pay;
    /// [base: i64] -> []: gives back the base of an instruction that cannot be paid whole, and ends.
    std::uint32_t refund;
    /// [words: i32, amount: i64] -> []: begins a frame.
    std::uint32_t enter;
    /// [words: i32] -> []: ends a frame.
    std::uint32_t leave;
    /// [ending: i32] -> []: ends.
    std::uint32_t stop;
};

/// Definitions of one kind, one after the other.
struct Definitions {
    std::uint32_t count = 0;
    Emitter bytes;

    /// Begins the next definition.
    Emitter& next() {
        ++count;
        return bytes;
    }
};

class Additions {
  public:
    Additions(const Code& code, const Schedule& schedule);

    [[nodiscard]] const Code& code() const noexcept { return code_; }
    [[nodiscard]] const Schedule& schedule() const noexcept { return schedule_; }
    [[nodiscard]] std::uint64_t limit(Limit limit) const noexcept { return code_.profile().limits()[limit]; }
    [[nodiscard]] const StateGlobals& globals() const noexcept { return globals_; }
    [[nodiscard]] const StateFunctions& functions() const noexcept { return functions_; }

    /// The index of a function type; equal ones are one.
    [[nodiscard]] std::uint32_t type(std::span<const ValType> parameters, std::span<const ValType> results);
    /// Adds a function; `body` is its instructions without the last `end`, `locals` those besides its parameters.
    std::uint32_t function(std::uint32_t type, std::span<const ValType> locals, const Emitter& body);

    /// The function that pays an instruction which is priced by an operand, and executes it. `bytes` are its own.
    [[nodiscard]] std::uint32_t priced(Op op, std::span<const std::uint8_t> bytes);
    /// The function by which the embedder enters another one (MET-9).
    [[nodiscard]] std::uint32_t entry(FuncIdx function);

    /// The global that holds the length of a segment: 0 once it is dropped.
    [[nodiscard]] std::uint32_t data_length(std::uint32_t segment);
    [[nodiscard]] std::uint32_t element_length(std::uint32_t segment);

    /// Subtracts a local of the function that is written from `fuel`.
    void set_fuel_less_local(Emitter& out, std::uint32_t local) const;

    [[nodiscard]] const Definitions& types() const noexcept { return types_; }
    [[nodiscard]] const Definitions& function_types() const noexcept { return function_types_; }
    [[nodiscard]] const Definitions& bodies() const noexcept { return bodies_; }
    [[nodiscard]] const Definitions& global_definitions() const noexcept { return global_definitions_; }

  private:
    std::uint32_t global(ValType type, std::uint64_t initial);
    std::uint32_t pay();
    std::uint32_t refund();
    std::uint32_t enter();
    std::uint32_t leave();
    std::uint32_t stop();

    const Code& code_;
    const Schedule& schedule_;
    Definitions types_;
    Definitions function_types_;
    Definitions bodies_;
    Definitions global_definitions_;
    std::map<Bytes, std::uint32_t> known_types_;
    std::map<Bytes, std::uint32_t> known_priced_;
    std::map<std::uint32_t, std::uint32_t> known_entries_;
    std::map<std::uint32_t, std::uint32_t> known_data_;
    std::map<std::uint32_t, std::uint32_t> known_elements_;
    StateGlobals globals_{};
    StateFunctions functions_{};
};

} // namespace detent::instrument
