// What compiling any bytes must give: a verdict, and Code that keeps its promises.
#pragma once

#include "engine/testing/verdict.hpp"

#include <algorithm>
#include <vector>

namespace detent::testing {

/// Where the sections of a module end: the only places to cut it that may leave a module.
inline std::vector<std::size_t> section_ends(const Bytes& bytes) {
    std::vector<std::size_t> ends = {8};
    while (ends.back() < bytes.size()) {
        std::size_t at = ends.back() + 1;
        std::size_t size = 0;
        for (unsigned shift = 0;; shift += 7) {
            size |= std::size_t{bytes[at] & 0x7FU} << shift;
            if (bytes[at++] < 0x80) break;
        }
        ends.push_back(at + size);
    }
    return ends;
}

/// The side table as code.hpp promises it.
inline bool is_in_order(const Code& code, FuncIdx function) {
    const std::span<const Branch> table = code.branches(code.function(function));
    const ByteRange body = code.module().body(function).expression;
    std::uint32_t last = 0;
    for (const Branch& one : table) {
        const bool is_inside =
            one.position >= body.begin && one.position < body.end && one.target > body.begin && one.target <= body.end;
        const auto before = std::ranges::count_if(table, [&](const Branch& b) { return b.position < one.target; });
        if (!is_inside || one.position < last || before != one.target_entry) return false;
        last = one.position;
    }
    return true;
}

/// The marks of try blocks as code.hpp promises them: in order, and each names a block that is there.
inline bool has_sound_marks(const Code& code, FuncIdx function) {
    const FunctionCode& facts = code.function(function);
    const ByteRange body = code.module().body(function).expression;
    for (std::uint32_t at = body.begin; at < body.end; ++at) {
        const TryBlock* block = code.try_block_at(facts, at);
        for (std::uint32_t depth = 0; block != nullptr; block = code.outer(facts, *block)) {
            const bool is_known = block->clauses > body.begin && block->clauses <= at &&
                                  std::uint64_t{block->first_branch} + block->clause_count <= facts.branch_count;
            if (!is_known || ++depth > facts.try_block_count) return false;
        }
    }
    return true;
}

/// Locals follow one another without gaps.
inline bool has_sound_locals(const Code& code, FuncIdx function) {
    const Module& module = code.module();
    const auto parameters = static_cast<std::uint32_t>(module.function_type(function).parameters.size());
    const std::uint32_t count = parameters + module.body(function).declared_locals;
    std::uint32_t word = 0;
    for (std::uint32_t i = 0; i < std::min(count, 100U); ++i) {
        const LocalSlot slot = code.local(function, i);
        if (slot.word != word) return false;
        word += slot.words;
    }
    return count > 100 || word == code.function(function).local_words;
}

/// Compiles, and looks at what came of it.
inline bool is_sound(const Bytes& bytes, const Profile& profile = profile1()) {
    const Result<std::shared_ptr<const Code>> result = compile(bytes, profile);
    if (!result.has_value()) {
        const Error error = result.assume_error();
        const ErrorKind kind = kind_of(error.code);
        return error.offset <= bytes.size() && (kind == ErrorKind::malformed || kind == ErrorKind::invalid ||
                                                kind == ErrorKind::unsupported || kind == ErrorKind::limit);
    }
    const Code& code = *result.assume_value();
    for (std::size_t i = code.module().imported_functions; i < code.module().functions.size(); ++i) {
        const FuncIdx function{static_cast<std::uint32_t>(i)};
        const FunctionCode& facts = code.function(function);
        if (!is_in_order(code, function) || facts.frame_words < facts.local_words) return false;
        if (!has_sound_marks(code, function) || !has_sound_locals(code, function)) return false;
    }
    return true;
}

/// Sets and resets what the probe does.
struct Probing {
    explicit Probing(std::uint64_t fail_at) {
        allocation_probe().allocations = 0;
        allocation_probe().fail_at = fail_at;
    }
    ~Probing() { allocation_probe() = {}; }
    Probing(const Probing&) = delete;
    Probing& operator=(const Probing&) = delete;
};

} // namespace detent::testing
