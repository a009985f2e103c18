// Words of frames and their types, by the validator's judgement, and other values of these types: for states that are
// changed in ways that leave them well-typed.
#pragma once

#include "engine/code/frame_types.hpp"
#include "engine/exec/format.hpp"
#include "engine/testing/module_builder.hpp"
#include "engine/testing/random.hpp"

#include <array>
#include <memory>
#include <new>
#include <span>
#include <vector>

namespace detent::testing {

/// The codes of a state, by the numbers of its modules; null where there is none.
using Codes = std::vector<std::shared_ptr<const Code>>;

inline Codes codes_of(const format::Saved& saved, CodeSource& source) {
    Codes codes;
    for (const ModuleName& name : saved.modules) {
        Result<std::shared_ptr<const Code>> found = source.find(name);
        codes.push_back(found.has_value() ? found.assume_value() : nullptr);
    }
    return codes;
}

/// The code of an instance; null where the state says nonsense.
inline const Code* code_of(const ExecutionState& state, const Codes& codes, std::uint32_t instance) {
    if (instance >= state.instances.size()) return nullptr;
    const std::uint32_t module = state.instances[instance].module;
    return module < codes.size() ? codes[module].get() : nullptr;
}

/// Whether the code itself defines the function.
inline bool defines(const Code& code, std::uint32_t function) {
    const Module& module = code.module();
    return function >= module.imported_functions && function < module.functions.size();
}

/// A local or an operand of a frame: where its words begin in the list of those, and its type.
struct FrameWord {
    std::size_t frame;
    bool is_operand;
    std::size_t word;
    ValType type;

    [[nodiscard]] std::span<std::uint64_t> in(ExecutionState& state) const {
        Buffer<std::uint64_t>& words = is_operand ? state.frames[frame].operands : state.frames[frame].locals;
        return words.span().subspan(word, words_of(type));
    }
};

/// The types of a function's locals: those of a frame, where `set` says of each that begins without a value whether
/// it has one.
inline std::vector<ValType> local_types(const Module& module, FuncIdx function, std::span<const std::uint8_t> set) {
    const std::span<const ValType> parameters = module.function_type(function).parameters;
    std::vector<ValType> types(parameters.begin(), parameters.end());
    const Body& body = module.body(function);
    for (const LocalRun& run : module.local_runs.span().subspan(body.first_run, body.runs)) {
        for (std::uint32_t i = 0; i < run.count; ++i) {
            bool is_unset = false;
            if (!is_defaultable(run.type)) {
                is_unset = set.front() == 0;
                set = set.subspan(1);
            }
            types.push_back(is_unset ? nullable(run.type.heap()) : run.type);
        }
    }
    return types;
}

/// Adds the words of one frame, if it stands where validation reaches and has as many operands as there.
inline void add_frame_words(const ExecutionState& state, const Code& code, std::size_t i, std::vector<FrameWord>& to) {
    const FrameState& frame = state.frames[i];
    const bool is_top =
        i + 1 == state.frames.size() && (state.entries.empty() || state.entries.back().first_frame <= i);
    FramePlace place;
    place.position = frame.position;
    place.words = static_cast<std::uint32_t>(frame.operands.size());
    place.is_caller = !is_top;
    FrameTypes types;
    if (types.judge(code, FuncIdx{frame.function}, {&place, 1}).has_error()) throw std::bad_alloc();
    if (!place.has_operands || frame.locals.size() != code.function(FuncIdx{frame.function}).local_words) return;
    const auto add = [&](bool is_operand, std::span<const ValType> all) {
        std::size_t word = 0;
        for (const ValType type : all) {
            to.push_back({i, is_operand, word, type});
            word += words_of(type);
        }
    };
    add(false, local_types(code.module(), FuncIdx{frame.function}, types.set_locals(place)));
    add(true, types.operands(place));
}

/// All that stands on the stack.
inline std::vector<FrameWord> frame_words(const ExecutionState& state, const Codes& codes) {
    std::vector<FrameWord> all;
    for (std::size_t i = 0; i < state.frames.size(); ++i) {
        const Code* const code = code_of(state, codes, state.frames[i].instance);
        if (code != nullptr && defines(*code, state.frames[i].function)) add_frame_words(state, *code, i, all);
    }
    return all;
}

/// A reference of a state, and the least type that it is of; where the type's indices lead.
struct TypedReference {
    std::uint64_t word;
    ValType type;
    const TypeSpace* types;
};

/// References that lead to something: functions of the instances, numbers of the host, i31, and all objects.
inline std::vector<TypedReference> references_of(const ExecutionState& state, const Codes& codes) {
    std::vector<TypedReference> all;
    const auto add = [&all](Ref ref, HeapType heap, const TypeSpace* types) {
        all.push_back({ref.word(), non_null(heap), types});
    };
    static const TypeSpace kNone;
    for (const std::uint64_t value : {std::uint64_t{0}, std::uint64_t{1}, Ref::kExternLimit - 1})
        add(Ref::external(value), HeapType::Abstract::any, &kNone);
    for (const std::uint32_t value : {0U, 1U, 0x3FFF'FFFFU, 0x4000'0000U, 0x7FFF'FFFFU})
        add(Ref::i31(value), HeapType::Abstract::i31, &kNone);
    for (std::uint32_t i = 0; i < state.instances.size(); ++i) {
        const Code* const code = code_of(state, codes, i);
        for (std::uint32_t f = 0; code != nullptr && f < code->module().functions.size(); ++f) {
            const Ref ref = Ref::of(RefKind::func, std::uint64_t{i} << 32 | f);
            if (defines(*code, f)) add(ref, HeapType(code->module().functions[f]), &code->types());
        }
    }
    for (std::size_t i = 0; i < state.objects.size(); ++i) {
        const ObjectState& object = state.objects[i];
        if (object.is_exception != 0) {
            add(Ref::of(RefKind::exception, i), HeapType::Abstract::exn, &kNone);
            continue;
        }
        const Code* const code = code_of(state, codes, object.instance);
        if (code == nullptr || object.type >= code->types().size()) continue;
        add(Ref::of(RefKind::object, i), HeapType(TypeIdx{object.type}), &code->types());
    }
    return all;
}

/// Whether validation lets it stand where the other type is asked for. Under `externref` is all that `any` is, as
/// converted.
inline bool fits(const TypedReference& reference, ValType wanted, const TypeSpace& types) {
    const bool is_external = top_of(wanted.heap(), types) == HeapType(HeapType::Abstract::extern_);
    if (!is_external) return matches(reference.type, *reference.types, wanted, types);
    return wanted.heap() == HeapType(HeapType::Abstract::extern_) &&
           top_of(reference.type.heap(), *reference.types) == HeapType(HeapType::Abstract::any);
}

/// A value; all types but v128 use one word.
using Words = std::array<std::uint64_t, 2>;

/// The corners of a number type, and one at random.
inline std::vector<Words> numbers_of(ValType type, Random& random) {
    static const std::vector<std::uint64_t> kWords{0, 1, 2, 0x7F, 0xFFFF, 0x7FFF'FFFF, 0x8000'0000, 0xFFFF'FFFF};
    static const std::vector<std::uint64_t> kWides{0,
                                                   1,
                                                   0x7FFF'FFFF,
                                                   0xFFFF'FFFF,
                                                   0x1'0000'0000,
                                                   ~std::uint64_t{0} >> 1,
                                                   std::uint64_t{1} << 63,
                                                   ~std::uint64_t{0}};
    // Zeros, ones, infinities, NaNs that are canonical, signalling, negative and with a payload, and the least number.
    static const std::vector<std::uint64_t> kSingles{0,           0x8000'0000, 0x3F80'0000, 0xBF80'0000, 0x7F80'0000,
                                                     0xFF80'0000, 0x7FC0'0000, 0x7FA0'0001, 0xFFC1'2345, 1};
    static const std::vector<std::uint64_t> kDoubles{0,
                                                     0x8000'0000'0000'0000,
                                                     0x3FF0'0000'0000'0000,
                                                     0xBFF0'0000'0000'0000,
                                                     0x7FF0'0000'0000'0000,
                                                     0xFFF0'0000'0000'0000,
                                                     0x7FF8'0000'0000'0000,
                                                     0x7FF4'0000'0000'0001,
                                                     0xFFF8'1234'5678'9ABC,
                                                     1};
    std::vector<Words> all;
    if (type == kV128) {
        for (const std::uint64_t wide : kDoubles)
            all.push_back({wide, kWides[random.below(8)]});
        all.push_back({0x7FA0'0001'FFC1'2345, 0x8000'0000'7F80'0000});
        all.push_back({random.next(), random.next()});
        return all;
    }
    const bool is_narrow = type == kI32 || type == kF32;
    for (const std::uint64_t word : type == kI32 ? kWords : type == kI64 ? kWides : type == kF32 ? kSingles : kDoubles)
        all.push_back({word, 0});
    all.push_back({is_narrow ? random.next() >> 32 : random.next(), 0});
    return all;
}

/// Values that can stand in a state where the type is asked for.
inline std::vector<Words> values_of(ValType type, const TypeSpace& types, std::span<const TypedReference> references,
                                    Random& random) {
    if (!type.is_reference()) return numbers_of(type, random);
    std::vector<Words> all;
    if (type.is_nullable()) all.push_back({0, 0});
    for (const TypedReference& reference : references) {
        if (fits(reference, type, types)) all.push_back({reference.word, 0});
    }
    return all;
}

/// Has the embedder hold all objects, in their order: so they stay what they are, in that order, whatever frames and
/// entries refer to (STA-9).
inline void hold_all(ExecutionState& state) {
    state.held.truncate(0);
    for (std::size_t i = 0; i < state.objects.size(); ++i) {
        const RefKind kind = state.objects[i].is_exception != 0 ? RefKind::exception : RefKind::object;
        if (!state.held.push_back(Ref::of(kind, i).word())) throw std::bad_alloc();
    }
}

} // namespace detent::testing
