// Imports, matched by type across modules. Source: spec, Validation, Matching, External Types (match-externtype).
#include "engine/exec/execution.hpp"
#include "engine/testing/program.hpp"
#include "engine/testing/verdict.hpp"

#include <catch2/catch.hpp>

using namespace detent;
using namespace detent::testing;

namespace {

constexpr Error kIncompatible{ErrorCode::incompatible_import, 0, 0};

/// A store in which everything is given that a test imports.
class Linker {
  public:
    Store store{LimitValues::of(Preset::contract)};

    /// Instantiates a module without imports and gives what it exports as "x".
    ExternVal exported(const ModuleBuilder& b) {
        Execution made = must(Execution::instantiate(store, compiled(b.build(), full_profile()), {}, schedule(),
                                                     Fuel::maximum(), Fuel::maximum()));
        if (must(made.run()) != Ending::returned) throw std::runtime_error("no instance");
        return store.instance(*made.instance()).find_export("x").value();
    }

    /// Why a module does not take what is given, if so. The offset is that of the import, which does not matter here.
    std::optional<Error> refusal(const ModuleBuilder& b, const std::vector<ExternVal>& given) {
        const Status status = store.check_imports(*compiled(b.build(), full_profile()), given);
        if (status.has_value()) return std::nullopt;
        return Error{status.error().code, 0, status.error().detail};
    }
};

/// Whether what `given` exports as "x" is accepted where `wanted` imports.
bool links(const ModuleBuilder& given, const ModuleBuilder& wanted) {
    Linker linker;
    const ExternVal value = linker.exported(given);
    const std::optional<Error> refusal = linker.refusal(wanted, {value});
    CHECK((!refusal || refusal == kIncompatible));
    return !refusal;
}

ValType ref_to(std::uint32_t type) { return nullable(HeapType(TypeIdx{type})); }

ModuleBuilder giving_memory(const MemType& type) {
    ModuleBuilder b;
    b.export_memory("x", b.memory(type));
    return b;
}

ModuleBuilder wanting_memory(const MemType& type) {
    ModuleBuilder b;
    b.import_memory("", "", type);
    return b;
}

ModuleBuilder giving_table(const TableType& type) {
    ModuleBuilder b;
    b.export_table("x", b.table(type));
    return b;
}

ModuleBuilder wanting_table(const TableType& type) {
    ModuleBuilder b;
    b.import_table("", "", type);
    return b;
}

} // namespace

TEST_CASE("match-externtype: memories by address type, page size and limits "
          "[feature:memory64] [feature:custom-page-sizes]") {
    const Limits two{2, 4, true};
    const MemType given{two, AddressType::i32, 16};
    CHECK(links(giving_memory(given), wanting_memory(given)));
    CHECK(links(giving_memory(given), wanting_memory({{1, 0, false}, AddressType::i32, 16})));
    CHECK(links(giving_memory(given), wanting_memory({{2, 5, true}, AddressType::i32, 16})));
    CHECK_FALSE(links(giving_memory(given), wanting_memory({{3, 0, false}, AddressType::i32, 16})));
    CHECK_FALSE(links(giving_memory(given), wanting_memory({{2, 3, true}, AddressType::i32, 16})));
    CHECK_FALSE(links(giving_memory({{2, 0, false}, AddressType::i32, 16}), wanting_memory(given)));
    CHECK_FALSE(links(giving_memory(given), wanting_memory({two, AddressType::i64, 16})));
    CHECK_FALSE(links(giving_memory({two, AddressType::i64, 16}), wanting_memory(given)));
    CHECK_FALSE(links(giving_memory(given), wanting_memory({two, AddressType::i32, 0})));
    CHECK_FALSE(links(giving_memory({two, AddressType::i32, 0}), wanting_memory(given)));
    CHECK(links(giving_memory({two, AddressType::i64, 0}), wanting_memory({two, AddressType::i64, 0})));
}

TEST_CASE("match-externtype: tables by address type, limits, and elements that match both ways "
          "[feature:memory64] [feature:gc]") {
    const Limits two{2, 4, true};
    const TableType given{kFuncRef, two, AddressType::i32};
    CHECK(links(giving_table(given), wanting_table(given)));
    CHECK_FALSE(links(giving_table(given), wanting_table({kFuncRef, two, AddressType::i64})));
    CHECK_FALSE(links(giving_table(given), wanting_table({kFuncRef, {3, 4, true}, AddressType::i32})));
    CHECK_FALSE(links(giving_table(given), wanting_table({kExternRef, two, AddressType::i32})));
    // Of i31ref and anyref the one is below the other, which is not enough.
    CHECK_FALSE(links(giving_table({kI31Ref, two, AddressType::i32}), wanting_table({kAnyRef, two, AddressType::i32})));
    CHECK_FALSE(links(giving_table({kAnyRef, two, AddressType::i32}), wanting_table({kI31Ref, two, AddressType::i32})));
}

TEST_CASE("match-externtype: types that modules define are equal by their form, whatever their index "
          "[feature:gc] [feature:function-references]") {
    // The given module's type is number 1, the wanting one's number 0.
    const auto giving = [](const Bytes& type) {
        ModuleBuilder b;
        b.type({}, {});
        const auto defined = b.type(type);
        b.export_table("x", b.table({ref_to(defined), {1, 0, false}, AddressType::i32}));
        return b;
    };
    const auto wanting = [](const Bytes& type) {
        ModuleBuilder b;
        const auto defined = b.type(type);
        b.import_table("", "", {ref_to(defined), {1, 0, false}, AddressType::i32});
        return b;
    };
    const Bytes structure = structure_type({mutable_field(kI32)});
    CHECK(links(giving(structure), wanting(structure)));
    CHECK_FALSE(links(giving(structure), wanting(structure_type({constant_field(kI32)}))));
    CHECK_FALSE(links(giving(structure), wanting(open_type(structure))));
    CHECK_FALSE(links(giving(structure), wanting(array_type(mutable_field(kI32)))));
}

TEST_CASE("match-externtype: a global that changes has one type, one that does not may be of a subtype",
          "[feature:gc]") {
    const auto giving = [](ValType type, bool is_mutable) {
        ModuleBuilder b;
        b.export_global("x", b.global(type, is_mutable, code(Op::ref_null, HeapType::Abstract::none)));
        return b;
    };
    const auto wanting = [](ValType type, bool is_mutable) {
        ModuleBuilder b;
        b.import_global("", "", type, is_mutable);
        return b;
    };
    CHECK(links(giving(kI31Ref, false), wanting(kI31Ref, false)));
    CHECK(links(giving(kI31Ref, false), wanting(kAnyRef, false)));
    CHECK_FALSE(links(giving(kAnyRef, false), wanting(kI31Ref, false)));
    CHECK(links(giving(kI31Ref, true), wanting(kI31Ref, true)));
    CHECK_FALSE(links(giving(kI31Ref, true), wanting(kAnyRef, true)));
    CHECK_FALSE(links(giving(kI31Ref, true), wanting(kI31Ref, false)));
    CHECK_FALSE(links(giving(kI31Ref, false), wanting(kI31Ref, true)));
}

TEST_CASE("match-externtype: a function may be of a subtype of what is imported", "[feature:gc]") {
    // Types 0 and 1 are an open function type and one below it.
    const auto with_types = [] {
        ModuleBuilder b;
        b.type(open_type(function_type({}, {})));
        b.type(open_type(function_type({}, {}), 0));
        return b;
    };
    const auto giving = [&with_types](std::uint32_t type) {
        ModuleBuilder b = with_types();
        b.export_function("x", b.function(type, {}, {}));
        return b;
    };
    const auto wanting = [&with_types](std::uint32_t type) {
        ModuleBuilder b = with_types();
        b.import_function("", "", type);
        return b;
    };
    CHECK(links(giving(0), wanting(0)));
    CHECK(links(giving(1), wanting(0)));
    CHECK(links(giving(1), wanting(1)));
    CHECK_FALSE(links(giving(0), wanting(1)));
}

TEST_CASE("match-externtype: a tag's type is equal, not below", "[feature:exceptions][feature:gc]") {
    const auto giving = [](const Bytes& type) {
        ModuleBuilder b;
        b.type(open_type(function_type({}, {})));
        b.export_tag("x", b.tag(b.type(type)));
        return b;
    };
    const auto wanting = [](const Bytes& type) {
        ModuleBuilder b;
        b.type(open_type(function_type({}, {})));
        b.import_tag("", "", b.type(type));
        return b;
    };
    CHECK(links(giving(function_type({kI32}, {})), wanting(function_type({kI32}, {}))));
    CHECK_FALSE(links(giving(function_type({kI32}, {})), wanting(function_type({kI64}, {}))));
    const Bytes below = open_type(function_type({}, {}), 0);
    CHECK(links(giving(below), wanting(below)));
    CHECK_FALSE(links(giving(below), wanting(open_type(function_type({}, {})))));
}

TEST_CASE("match-externtype: what the host gives is matched as what a module gives "
          "[feature:memory64] [feature:exceptions]") {
    Linker linker;
    static constexpr ValType kParameters[] = {kI32, kExternRef};
    const FuncType type{kParameters, {}};
    const ExternVal memory{ExternKind::memory,
                           number(must(linker.store.add_memory({{1, 2, true}, AddressType::i64, 16})))};
    const ExternVal table{ExternKind::table,
                          number(must(linker.store.add_table({kFuncRef, {1, 2, true}, AddressType::i64}, Ref())))};
    const ExternVal global{ExternKind::global,
                           number(must(linker.store.add_global({kExternRef, false}, Value::ref(kExternRef, Ref()))))};
    const ExternVal tag{ExternKind::tag, number(must(linker.store.add_tag(type)))};

    ModuleBuilder b;
    b.import_memory("", "", MemType{{1, 0, false}, AddressType::i64, 16});
    b.import_table("", "", TableType{kFuncRef, {0, 2, true}, AddressType::i64});
    b.import_global("", "", kExternRef);
    b.import_tag("", "", b.type({kI32, kExternRef}, {}));
    CHECK_FALSE(linker.refusal(b, {memory, table, global, tag}));
    // The first import that does not fit is the one that is named.
    CHECK(linker.refusal(b, {memory, table, table, global}) == Error{ErrorCode::incompatible_import, 0, 2});
    CHECK(linker.refusal(b, {memory, table, global}) == Error{ErrorCode::unknown_import, 0, 3});

    ModuleBuilder other;
    other.import_tag("", "", other.type({kI32}, {}));
    CHECK(linker.refusal(other, {tag}) == kIncompatible);
    ModuleBuilder narrow;
    narrow.import_memory("", "", MemType{{1, 0, false}, AddressType::i32, 16});
    CHECK(linker.refusal(narrow, {memory}) == kIncompatible);
}
