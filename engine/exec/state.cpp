#include "engine/exec/state.hpp"

#include "engine/binary/reader.hpp"
#include "engine/exec/machine.hpp"

#include <algorithm>
#include <cstdio>

namespace detent {
namespace {

/// Copies out of the machine. Every step returns false if there is no memory.
class Capture {
  public:
    explicit Capture(const Machine& machine) noexcept : machine_(machine), store_(machine.store()) {}

    [[nodiscard]] bool into(State& state) const noexcept {
        state.used = machine_.meter().used().units();
        state.limit = machine_.meter().limit().units();
        return entries(state) && frames(state) && instances(state) && memories(state) && tables(state) &&
               globals(state);
    }

  private:
    [[nodiscard]] bool entries(State& state) const noexcept {
        const std::span<const Entry> all = machine_.entries();
        for (std::size_t i = 0; i < all.size(); ++i) {
            EntryState entry{static_cast<std::uint8_t>(all[i].phase),
                             all[i].request.token,
                             all[i].outer_limit.units(),
                             all[i].first_frame,
                             {}};
            const std::uint32_t end = end_of_entry(i);
            if (!entry.operands.copy_from(words(all[i].stack_base, end))) return false;
            if (!state.entries.push_back(std::move(entry))) return false;
        }
        return true;
    }

    /// An entry's own operands end where its first frame, the next entry or nothing begins.
    [[nodiscard]] std::uint32_t end_of_entry(std::size_t index) const noexcept {
        const Entry& entry = machine_.entries()[index];
        const std::size_t frame = entry.first_frame;
        const bool is_last = index + 1 == machine_.entries().size();
        const std::size_t end_frame = is_last ? machine_.frames().size() : machine_.entries()[index + 1].first_frame;
        if (frame < end_frame) return machine_.frames()[frame].base;
        return is_last ? height() : machine_.entries()[index + 1].stack_base;
    }

    [[nodiscard]] bool frames(State& state) const noexcept {
        for (std::size_t i = 0; i < machine_.frames().size(); ++i) {
            if (!frame(state, i)) return false;
        }
        return true;
    }

    [[nodiscard]] bool frame(State& state, std::size_t index) const noexcept {
        const Frame& from = machine_.frames()[index];
        const FunctionCode& code = store_.instance(from.instance).code->function(from.function);
        FrameState to{number(from.instance), number(from.function), from.position, {}, {}};
        const std::uint32_t operands = from.base + code.local_words;
        if (!to.locals.copy_from(words(from.base, operands))) return false;
        if (!to.operands.copy_from(words(operands, end_of_frame(index)))) return false;
        return state.frames.push_back(std::move(to));
    }

    /// A frame's operands end where the next frame or a nested entry begins.
    [[nodiscard]] std::uint32_t end_of_frame(std::size_t index) const noexcept {
        for (const Entry& entry : machine_.entries()) {
            if (entry.first_frame == index + 1) return entry.stack_base;
        }
        return index + 1 < machine_.frames().size() ? machine_.frames()[index + 1].base : height();
    }

    [[nodiscard]] bool instances(State& state) const noexcept {
        for (const Instance& instance : store_.instances()) {
            InstanceState to;
            if (!copy_all(to.elements, instance.elements.span())) return false;
            if (!to.dropped_data.copy_from(instance.dropped_data.span())) return false;
            if (!state.instances.push_back(std::move(to))) return false;
        }
        return true;
    }

    [[nodiscard]] static bool copy_all(Buffer<Buffer<std::uint64_t>>& to,
                                       std::span<const Buffer<std::uint64_t>> from) noexcept {
        for (const Buffer<std::uint64_t>& words : from) {
            Buffer<std::uint64_t> copy;
            if (!copy.copy_from(words.span()) || !to.push_back(std::move(copy))) return false;
        }
        return true;
    }

    [[nodiscard]] bool memories(State& state) const noexcept {
        for (const Memory& memory : store_.memories()) {
            Buffer<std::uint8_t> bytes;
            if (!bytes.copy_from(memory.bytes()) || !state.memories.push_back(std::move(bytes))) return false;
        }
        return true;
    }

    [[nodiscard]] bool tables(State& state) const noexcept {
        for (const Table& table : store_.tables()) {
            Buffer<std::uint64_t> words;
            if (!words.copy_from(table.words.span()) || !state.tables.push_back(std::move(words))) return false;
        }
        return true;
    }

    [[nodiscard]] bool globals(State& state) const noexcept {
        return std::all_of(store_.globals().begin(), store_.globals().end(), [&state](const GlobalCell& cell) {
            return state.globals.push_back(cell.low) && state.globals.push_back(cell.high);
        });
    }

    [[nodiscard]] std::uint32_t height() const noexcept { return static_cast<std::uint32_t>(machine_.stack().size()); }
    [[nodiscard]] std::span<const std::uint64_t> words(std::uint32_t begin, std::uint32_t end) const noexcept {
        return machine_.stack().subspan(begin, end - begin);
    }

    const Machine& machine_;
    const Store& store_;
};

/// Writes lines to the sink.
class Printer {
  public:
    Printer(TextSink sink, void* context) noexcept : sink_(sink), context_(context) {}

    template <class... Arguments>
    void line(const char* format, Arguments... arguments) noexcept {
        char text[160];
        const int length = std::snprintf(text, sizeof text, format, arguments...);
        sink_(context_, {text, std::min(static_cast<std::size_t>(length), sizeof text - 1)});
        sink_(context_, "\n");
    }

    void words(const char* what, std::span<const std::uint64_t> all) noexcept {
        for (std::size_t i = 0; i < all.size(); ++i) {
            line("    %s %zu = 0x%016llx", what, i, static_cast<unsigned long long>(all[i]));
        }
    }

    /// The lines of 16 bytes that hold something.
    void bytes(std::span<const std::uint8_t> all) noexcept {
        constexpr std::size_t kLine = 16;
        for (std::size_t at = 0; at < all.size(); at += kLine) {
            const std::span<const std::uint8_t> row = all.subspan(at, std::min(kLine, all.size() - at));
            if (std::all_of(row.begin(), row.end(), [](std::uint8_t byte) { return byte == 0; })) continue;
            char text[2 * kLine + 1] = {};
            for (std::size_t i = 0; i < row.size(); ++i)
                std::snprintf(text + 2 * i, 3, "%02x", unsigned{row[i]});
            line("    %08zx %s", at, text);
        }
    }

  private:
    TextSink sink_;
    void* context_;
};

std::string_view mnemonic_at(const Module& module, std::uint32_t position) noexcept {
    Reader reader(module.bytes.span(), position, static_cast<std::uint32_t>(module.bytes.size()));
    const Result<Op> op = reader.op();
    return op.has_value() ? to_text(op.assume_value()) : std::string_view("?");
}

void dump_frame(Printer& print, const Execution& execution, const FrameState& frame) noexcept {
    const Store& store = execution.machine().store();
    const std::string_view at = mnemonic_at(store.instance(InstanceAddr{frame.instance}).module(), frame.position);
    print.line("  instance %u function %u at 0x%x %.*s", frame.instance, frame.function, frame.position,
               static_cast<int>(at.size()), at.data());
    print.words("local", frame.locals.span());
    print.words("operand", frame.operands.span());
}

} // namespace

Result<State> capture(const Execution& execution) noexcept {
    State state;
    if (!Capture(execution.machine()).into(state)) return kOutOfMemory;
    return state;
}

void dump(const Execution& execution, const State& state, TextSink sink, void* context) noexcept {
    Printer print(sink, context);
    print.line("fuel: used %llu of %llu", static_cast<unsigned long long>(state.used),
               static_cast<unsigned long long>(state.limit));
    print.line("frames: %zu, innermost last", state.frames.size());
    for (const FrameState& frame : state.frames)
        dump_frame(print, execution, frame);
    for (std::size_t i = 0; i < state.memories.size(); ++i) {
        print.line("memory %zu: %zu bytes", i, state.memories[i].size());
        print.bytes(state.memories[i].span());
    }
    for (std::size_t i = 0; i < state.tables.size(); ++i) {
        print.line("table %zu: %zu elements", i, state.tables[i].size());
        print.words("element", state.tables[i].span());
    }
    print.line("globals: %zu words, two each", state.globals.size());
    print.words("word", state.globals.span());
}

} // namespace detent
