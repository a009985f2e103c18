#include "engine/exec/state.hpp"

#include "engine/binary/reader.hpp"
#include "engine/exec/machine.hpp"

#include <algorithm>
#include <cstdio>

namespace detent {
namespace {

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

    /// The lines of 16 bytes that hold something; the first one is at `first`.
    void bytes(std::span<const std::uint8_t> all, std::uint64_t first = 0) noexcept {
        constexpr std::size_t kLine = 16;
        for (std::size_t at = 0; at < all.size(); at += kLine) {
            const std::span<const std::uint8_t> row = all.subspan(at, std::min(kLine, all.size() - at));
            if (std::all_of(row.begin(), row.end(), [](std::uint8_t byte) { return byte == 0; })) continue;
            char text[2 * kLine + 1] = {};
            for (std::size_t i = 0; i < row.size(); ++i)
                std::snprintf(text + 2 * i, 3, "%02x", unsigned{row[i]});
            line("    %08llx %s", static_cast<unsigned long long>(first + at), text);
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

void dump_memory(Printer& print, std::size_t number, const MemoryState& memory) noexcept {
    print.line("memory %zu: %llu bytes", number, static_cast<unsigned long long>(memory.size));
    std::span<const std::uint8_t> rest = memory.bytes.span();
    for (const std::uint32_t piece : memory.pieces) {
        const auto bytes = static_cast<std::size_t>(memory.bytes_of(piece));
        print.bytes(rest.first(bytes), piece * MemoryState::kPieceBytes);
        rest = rest.subspan(bytes);
    }
}

void dump_heap(Printer& print, const ExecutionState& state) noexcept {
    if (state.heap_debt == 0 && state.objects.empty()) return;
    print.line("heap: %zu objects, debt %llu bytes", state.objects.size(),
               static_cast<unsigned long long>(state.heap_debt));
    for (std::size_t i = 0; i < state.objects.size(); ++i) {
        const ObjectState& object = state.objects[i];
        if (object.is_exception != 0) {
            print.line("  exception %zu: tag %u", i, object.type);
        } else {
            print.line("  object %zu: instance %u type %u", i, object.instance, object.type);
        }
        print.bytes(object.bytes.span());
    }
}

} // namespace

void dump(const Execution& execution, const ExecutionState& state, TextSink sink, void* context) noexcept {
    Printer print(sink, context);
    print.line("fuel: used %llu of %llu", static_cast<unsigned long long>(state.used),
               static_cast<unsigned long long>(state.limit));
    print.line("frames: %zu, innermost last", state.frames.size());
    for (const FrameState& frame : state.frames)
        dump_frame(print, execution, frame);
    for (std::size_t i = 0; i < state.memories.size(); ++i) {
        dump_memory(print, i, state.memories[i]);
    }
    for (std::size_t i = 0; i < state.tables.size(); ++i) {
        print.line("table %zu: %zu elements", i, state.tables[i].size());
        print.words("element", state.tables[i].span());
    }
    print.line("globals: %zu words, two each", state.globals.size());
    print.words("word", state.globals.span());
    dump_heap(print, state);
}

} // namespace detent
