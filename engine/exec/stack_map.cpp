#include "engine/exec/stack_map.hpp"

#include "engine/code/operand_map.hpp"

#include <algorithm>

namespace detent {
namespace {

/// Where a frame stands: frames at one position of a function of an instance are mapped alike.
struct Place {
    std::uint32_t instance = 0;
    std::uint32_t function = 0;
    std::uint32_t position = 0;
    std::uint32_t frame = 0;

    [[nodiscard]] bool is_of_function(const Place& other) const noexcept {
        return instance == other.instance && function == other.function;
    }
    friend constexpr auto operator<=>(const Place&, const Place&) noexcept = default;
};

/// Calls `visit` for each function that has frames, with their places in ascending order. The frame of a constant
/// expression is that of no function.
template <class Visit>
Status each_function(const Machine& machine, Visit visit) noexcept {
    const std::span<const Frame> all = machine.frames();
    const std::size_t count = all.size() - (machine.constant_operands() != nullptr ? 1 : 0);
    Buffer<Place> places;
    if (!places.reserve(count)) return kOutOfMemory;
    for (std::uint32_t i = 0; i < count; ++i) {
        if (!places.push_back({number(all[i].instance), number(all[i].function), all[i].position, i})) {
            return kOutOfMemory;
        }
    }
    std::sort(places.begin(), places.end());
    for (std::span<const Place> left = places.span(); !left.empty();) {
        const auto end =
            std::ranges::find_if_not(left, [&left](const Place& place) { return place.is_of_function(left.front()); });
        const auto frames = static_cast<std::size_t>(end - left.begin());
        DETENT_CHECK(visit(left.first(frames)));
        left = left.subspan(frames);
    }
    return ok();
}

class StackMapper {
  public:
    StackMapper(const Machine& machine, ReferenceFree* known) noexcept
        : machine_(machine), store_(machine.store()), known_(known) {}

    [[nodiscard]] Result<Buffer<std::uint8_t>> run() noexcept {
        if (!map_.resize(machine_.stack().size())) return kOutOfMemory;
        if (machine_.constant_operands() != nullptr) map_constant_operands();
        map_entry_operands();
        DETENT_CHECK(each_function(machine_, [this](std::span<const Place> places) { return map_frames(places); }));
        return std::move(map_);
    }

  private:
    void map_constant_operands() noexcept {
        const Buffer<std::uint8_t>& operands = *machine_.constant_operands();
        std::ranges::copy(operands, map_.begin() + machine_.frames().back().base);
    }

    /// Only the innermost entry can have operands of its own: the results of its function.
    void map_entry_operands() noexcept {
        if (machine_.entries().empty()) return;
        const Entry& entry = machine_.entries().back();
        if (entry.phase != EntryPhase::finish || machine_.frames().size() > entry.first_frame) return;
        const std::optional<FuncType> type = function_type(store_, entry);
        if (type) map_values(type->results, entry.stack_base);
    }

    void map_values(std::span<const ValType> types, std::size_t base) noexcept {
        each_reference(types, [this, base](std::size_t word) { map_[base + word] = 1; });
    }

    /// Each position is looked up once, however many frames stand there.
    [[nodiscard]] Status map_frames(std::span<const Place> places) noexcept {
        const std::shared_ptr<const Code>& shared = store_.instance(InstanceAddr{places.front().instance}).code;
        const Code& code = *shared;
        const FuncIdx function{places.front().function};
        if (known_ != nullptr) {
            DETENT_TRY(const bool is_free, known_->is_free(shared, function));
            if (is_free) return ok();
        }
        Buffer<std::uint32_t> positions;
        for (const Place& place : places) {
            const bool is_new = positions.empty() || positions.back() != place.position;
            if (is_new && !positions.push_back(place.position)) return kOutOfMemory;
        }
        DETENT_TRY(const OperandMap operands, map_operands(code, function, positions.span()));
        std::size_t index = 0;
        for (const Place& place : places) {
            if (positions[index] != place.position) ++index;
            map_frame(code, function, place.frame, operands.at(index));
        }
        return ok();
    }

    /// Behind a call the map knows its results too, which are not there yet.
    void map_frame(const Code& code, FuncIdx function, std::size_t frame,
                   std::span<const std::uint8_t> operands) noexcept {
        const std::uint32_t base = machine_.frames()[frame].base;
        map_locals(code.module(), function, base);
        const std::uint32_t first = base + code.function(function).local_words;
        const std::size_t count = std::min<std::size_t>(operands.size(), end_of_frame(frame) - first);
        std::ranges::copy(operands.first(count), map_.begin() + first);
    }

    void map_locals(const Module& module, FuncIdx function, std::size_t base) noexcept {
        const std::span<const ValType> parameters = module.function_type(function).parameters;
        map_values(parameters, base);
        std::size_t word = base + words_of(parameters);
        const Body& body = module.body(function);
        for (const LocalRun& run : module.local_runs.span().subspan(body.first_run, body.runs)) {
            const std::size_t words = std::size_t{run.count} * words_of(run.type);
            if (run.type.is_reference()) std::fill_n(map_.begin() + word, words, std::uint8_t{1});
            word += words;
        }
    }

    /// A frame's operands end where the next frame or entry begins, or with the stack.
    [[nodiscard]] std::size_t end_of_frame(std::size_t index) const noexcept {
        if (index + 1 < machine_.frames().size()) return machine_.frames()[index + 1].base;
        const Entry& innermost = machine_.entries().back();
        return innermost.first_frame > index ? innermost.stack_base : machine_.stack().size();
    }

    const Machine& machine_;
    const Store& store_;
    ReferenceFree* const known_;
    Buffer<std::uint8_t> map_;
};

} // namespace

Result<bool> ReferenceFree::is_free(const std::shared_ptr<const Code>& code, FuncIdx function) noexcept {
    Known wanted{code, function, false};
    const Known* const found = std::lower_bound(all_.begin(), all_.end(), wanted);
    if (found != all_.end() && !(wanted < *found)) return found->is_free;
    const auto at = static_cast<std::size_t>(found - all_.begin());
    DETENT_TRY(const bool is_any, has_references(*code, function));
    wanted.is_free = !is_any;
    if (!all_.push_back(std::move(wanted))) return kOutOfMemory;
    std::rotate(all_.begin() + at, all_.end() - 1, all_.end());
    return !is_any;
}

std::optional<FuncType> function_type(const Store& store, const Entry& entry) noexcept {
    const EntryRequest& request = entry.request;
    if (request.new_function) return request.code->module().function_type(*request.new_function);
    if (request.function) return store.function(*request.function).type;
    return std::nullopt;
}

Result<std::uint64_t> body_bytes(const Machine& machine) noexcept {
    std::uint64_t bytes = 0;
    DETENT_CHECK(each_function(machine, [&](std::span<const Place> places) {
        const Instance& instance = machine.store().instance(InstanceAddr{places.front().instance});
        bytes += instance.module().body(FuncIdx{places.front().function}).bytes.size();
        return ok();
    }));
    return bytes;
}

Result<Buffer<std::uint8_t>> map_stack(const Machine& machine, ReferenceFree* known) noexcept {
    return StackMapper(machine, known).run();
}

} // namespace detent
