// compile: decoding, then one pass of validation that records what running needs.
#include "engine/binary/decode.hpp"
#include "engine/code/code.hpp"
#include "engine/code/recorder.hpp"
#include "engine/valid/module.hpp"

#include <new>

namespace detent {

namespace {

/// Counts the words of a function's locals, and says where those of equal width end.
class LocalLayout {
  public:
    explicit LocalLayout(Buffer<LocalSlots>& slots) noexcept : slots_(slots), first_(slots.size()) {}

    /// So many more locals of one type; false if there is no memory.
    [[nodiscard]] bool add(ValType type, std::uint32_t count) noexcept {
        if (count == 0) return true;
        const std::uint32_t words = words_of(type);
        locals_ += count;
        words_ += count * words;
        has_wide_ = has_wide_ || words > 1;
        const bool goes_on = slots_.size() > first_ && slots_.back().words == words;
        if (!goes_on) return slots_.push_back({locals_, words_, words});
        slots_.back() = {locals_, words_, words};
        return true;
    }

    [[nodiscard]] std::uint32_t words() const noexcept { return words_; }
    [[nodiscard]] bool has_wide() const noexcept { return has_wide_; }
    /// Where all locals are one word, their numbers say it all.
    void finish() noexcept {
        if (!has_wide_) slots_.truncate(first_);
    }

  private:
    Buffer<LocalSlots>& slots_;
    std::size_t first_;
    std::uint32_t locals_ = 0;
    std::uint32_t words_ = 0;
    bool has_wide_ = false;
};

CodeCounts counts_of(const Module& module, std::uint64_t branch_targets) noexcept {
    CodeCounts counts;
    counts.branch_targets = branch_targets;
    counts.type_fields = module.type_pool.size() + module.field_pool.size();
    for (const Body& body : module.bodies)
        counts.body_bytes += body.bytes.size();
    for (const ElementSegment& segment : module.elements)
        counts.segment_elements += segment.count;
    for (const DataSegment& segment : module.data) {
        if (segment.active) counts.active_data_bytes += segment.bytes.size();
    }
    return counts;
}

/// Hands out memory that was allocated before, once: a shared pointer's own allocation could not fail otherwise.
template <class T>
struct ReservedAllocator {
    using value_type = T;

    static constexpr std::size_t kBytes = 128;

    explicit ReservedAllocator(void* reserved) noexcept : memory(reserved) {}
    template <class U>
    explicit(false) ReservedAllocator(const ReservedAllocator<U>& other) noexcept : memory(other.memory) {}

    [[nodiscard]] T* allocate(std::size_t) noexcept {
        static_assert(sizeof(T) <= kBytes);
        return static_cast<T*>(memory);
    }
    void deallocate(T* block, std::size_t) noexcept { detent::deallocate(block); }

    friend bool operator==(const ReservedAllocator&, const ReservedAllocator&) noexcept = default;

    void* memory;
};

} // namespace

class CodeBuilder {
  public:
    [[nodiscard]] static Result<std::shared_ptr<const Code>> build(Module&& module, const Profile& profile) noexcept {
        Code code(std::move(module), profile);
        DETENT_CHECK(fill(code));
        return share(std::move(code));
    }

  private:
    [[nodiscard]] static Status fill(Code& code) noexcept {
        if (!code.constant_classes_.resize(kWorkClassCount)) return kOutOfMemory;
        ConstantCounter constants(code.constant_classes_);
        CodeRecorder recorder({code.branches_, code.try_blocks_, code.try_marks_, code.wides_});
        ModuleValidator<ConstantCounter, CodeRecorder> validator(code.module_, code.types_, code.profile_, constants,
                                                                 recorder);
        DETENT_CHECK(validator.declarations());
        for (std::size_t i = 0; i < code.module_.bodies.size(); ++i) {
            const FuncIdx function{static_cast<std::uint32_t>(code.module_.imported_functions + i)};
            FunctionCode one;
            recorder.begin_function(one);
            DETENT_CHECK(validator.body(function));
            recorder.end_function(one);
            if (!lay_out(code, function, one)) return kOutOfMemory;
            one.frame_words = one.local_words + validator.greatest_words(); // MET-8
            if (!code.functions_.push_back(one)) return kOutOfMemory;
        }
        DETENT_CHECK(validator.data());
        count_index_entries(code.module_, constants);
        trim(code.constant_classes_);
        code.counts_ = counts_of(code.module_, recorder.table_targets());
        return ok();
    }

    /// Most modules have constants of few classes, and are priced each time they are instantiated.
    static void trim(Buffer<std::uint64_t>& counts) noexcept {
        while (!counts.empty() && counts.back() == 0)
            counts.pop_back();
    }

    /// The words of parameters, locals and results. False if there is no memory.
    [[nodiscard]] static bool lay_out(Code& code, FuncIdx function, FunctionCode& one) noexcept {
        const Module& module = code.module_;
        const FuncType type = module.function_type(function);
        const Body& body = module.body(function);
        one.first_slots = static_cast<std::uint32_t>(code.slots_.size());
        LocalLayout layout(code.slots_);
        for (const ValType parameter : type.parameters) {
            if (!layout.add(parameter, 1)) return false;
        }
        one.parameter_words = layout.words();
        for (const LocalRun& run : module.local_runs.span().subspan(body.first_run, body.runs)) {
            if (!layout.add(run.type, run.count)) return false;
        }
        layout.finish();
        one.local_words = layout.words();
        one.has_wide_locals = layout.has_wide();
        one.slots_count = static_cast<std::uint32_t>(code.slots_.size()) - one.first_slots;
        one.result_words = words_of(type.results);
        return true;
    }

    // MET-18: an entry written as a function index counts as one `ref.func`.
    static void count_index_entries(const Module& module, ConstantCounter& constants) noexcept {
        for (const ElementSegment& segment : module.elements) {
            if (segment.entries_are_indices) constants.add(Op::ref_func, segment.count);
        }
    }

    [[nodiscard]] static Result<std::shared_ptr<const Code>> share(Code&& code) noexcept {
        void* memory = try_allocate(sizeof(Code), false);
        void* control = try_allocate(ReservedAllocator<Code>::kBytes, false);
        if (memory == nullptr || control == nullptr) {
            deallocate(memory);
            deallocate(control);
            return kOutOfMemory;
        }
        const Code* shared = ::new (memory) Code(std::move(code));
        return std::shared_ptr<const Code>(shared, &destroy, ReservedAllocator<std::uint8_t>(control));
    }

    static void destroy(const Code* code) noexcept {
        std::destroy_at(code);
        deallocate(const_cast<Code*>(code));
    }
};

Result<std::shared_ptr<const Code>> compile(std::span<const std::uint8_t> bytes, const Profile& profile) noexcept {
    DETENT_TRY(Module module, decode(bytes, profile));
    return CodeBuilder::build(std::move(module), profile);
}

} // namespace detent
