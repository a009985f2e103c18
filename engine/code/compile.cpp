// compile: decoding, then one pass of validation that records what running needs.
#include "engine/binary/decode.hpp"
#include "engine/code/branches.hpp"
#include "engine/code/code.hpp"
#include "engine/valid/module.hpp"

#include <new>

namespace detent {

namespace {

std::uint32_t words_of(std::span<const LocalRun> runs) noexcept {
    std::uint32_t words = 0;
    for (const LocalRun& run : runs)
        words += run.count * words_of(run.type);
    return words;
}

CodeCounts counts_of(const Module& module, std::uint64_t branch_targets) noexcept {
    CodeCounts counts;
    counts.branch_targets = branch_targets;
    counts.type_fields = module.type_pool.size();
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
        BranchRecorder branches(code.branches_);
        ModuleValidator<ConstantCounter, BranchRecorder> validator(code.module_, code.profile_, constants, branches);
        DETENT_CHECK(validator.declarations());
        for (std::size_t i = 0; i < code.module_.bodies.size(); ++i) {
            const FuncIdx function{static_cast<std::uint32_t>(code.module_.imported_functions + i)};
            branches.begin_function();
            DETENT_CHECK(validator.body(function));
            const FunctionCode one = function_code(code.module_, function, validator.greatest_words(), branches);
            if (!code.functions_.push_back(one)) return kOutOfMemory;
        }
        DETENT_CHECK(validator.data());
        count_index_entries(code.module_, constants);
        code.counts_ = counts_of(code.module_, branches.table_targets());
        return ok();
    }

    [[nodiscard]] static FunctionCode function_code(const Module& module, FuncIdx function, std::uint32_t height,
                                                    const BranchRecorder& branches) noexcept {
        const FuncType type = module.function_type(function);
        const Body& body = module.body(function);
        FunctionCode code;
        code.parameter_words = detent::words_of(type.parameters);
        code.local_words = code.parameter_words + words_of(module.local_runs.span().subspan(body.first_run, body.runs));
        code.frame_words = code.local_words + height; // MET-8
        code.result_words = detent::words_of(type.results);
        code.first_branch = branches.first();
        code.branch_count = branches.count();
        return code;
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
