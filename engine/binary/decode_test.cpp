// Modules: sections, their order and what stands in them. Source: spec, Binary Format, Modules.
#include "engine/binary/decode.hpp"
#include "engine/testing/verdict.hpp"

#include <catch2/catch.hpp>

namespace detent {

using namespace testing;

namespace {

Module decoded(const Bytes& bytes) {
    Result<Module> module = decode(bytes, profile1());
    REQUIRE(module.has_value());
    return std::move(module).assume_value();
}

/// A module of nothing but empty sections, in the order given.
Bytes empty_sections(const std::vector<std::uint8_t>& ids) {
    Bytes bytes = module_bytes();
    for (const std::uint8_t id : ids)
        append(bytes, section(id, {0}));
    return bytes;
}

} // namespace

TEST_CASE("binary-module: magic and version alone are a module") { CHECK(refusal(module_bytes()) == std::nullopt); }

TEST_CASE("binary-magic: each wrong byte of the header is refused where it stands") {
    for (std::uint32_t i = 0; i < 8; ++i) {
        Bytes bytes = module_bytes();
        bytes[i] ^= 0x10;
        INFO("byte " << i);
        const ErrorCode code = i < 4 ? ErrorCode::magic_not_detected : ErrorCode::unknown_binary_version;
        CHECK(refusal(bytes) == Error{code, i});
    }
}

TEST_CASE("binary-section: the sections stand in their order") {
    // A start section has no empty form, and a tag section belongs to a feature that is off.
    CHECK(refusal(empty_sections({1, 2, 3, 4, 5, 6, 7, 9, 12, 10, 11})) == std::nullopt);
    const std::vector<std::uint8_t> order = {1, 2, 3, 4, 5, 6, 7, 9, 12, 10, 11};
    for (std::size_t later = 0; later < order.size(); ++later) {
        for (std::size_t earlier = 0; earlier <= later; ++earlier) {
            INFO(int{order[later]} << " before " << int{order[earlier]});
            CHECK(refusal(empty_sections({order[later], order[earlier]})) == Error{ErrorCode::unexpected_content, 11});
        }
    }
}

TEST_CASE("binary-customsec: custom sections stand anywhere, and their contents are no concern") {
    const Bytes custom = section(0, code(name_bytes("name"), Bytes{0xFF, 0xFE, 0xFD}));
    CHECK(refusal(module_bytes(custom, section(1, {0}), custom, section(3, {0}), custom)) == std::nullopt);
    CHECK(decoded(module_bytes(custom, custom)).custom_sections == 2);
    CHECK(refusal(module_bytes(section(0, {}))) == Error{ErrorCode::unexpected_end, 10});
}

TEST_CASE("binary-section: a section that is larger or smaller than its contents is refused") {
    CHECK(refusal(module_bytes(section(1, {0, 0}))) == Error{ErrorCode::section_size_mismatch, 11});
    CHECK(refusal(module_bytes(section(1, {}))) == Error{ErrorCode::unexpected_end, 10});
    CHECK(refusal(module_bytes(Bytes{1, 2, 0})) == Error{ErrorCode::length_out_of_bounds, 9});
    CHECK(refusal(module_bytes(Bytes{1})) == Error{ErrorCode::unexpected_end, 9});
}

TEST_CASE("binary-vec: a count of 2^32 - 1 is refused wherever a count stands") {
    const Bytes most = {0xFF, 0xFF, 0xFF, 0xFF, 0x0F};
    for (const int id : {1, 2, 3, 4, 5, 6, 7, 9, 10, 11}) {
        INFO("section " << id);
        const Bytes bytes = module_bytes(section(static_cast<std::uint8_t>(id), most));
        CHECK(refusal(bytes) == Error{ErrorCode::length_out_of_bounds, 10});
    }
    CHECK(refusal(module_bytes(section(12, most))) == beyond(Limit::data_segments, 10));
    CHECK(refusal(module_bytes(vector_section(1, {code(Bytes{0x60}, most)}))) ==
          Error{ErrorCode::length_out_of_bounds, 12});
    CHECK(refusal(module_bytes(section(0, most))) == Error{ErrorCode::length_out_of_bounds, 10});
    CHECK(refusal(with_raw_body(one_function(), most).bytes) ==
          Error{ErrorCode::length_out_of_bounds, with_raw_body(one_function(), most).declarations});
}

TEST_CASE("binary-module: what stands in the sections is what is decoded") {
    ModuleBuilder b;
    const auto type = b.type({kI32, kI64}, {kF32});
    const auto same = b.type({kI32, kI64}, {kF32});
    const auto other = b.type({}, {kI32, kI64});
    b.import_function("m", "f", other);
    b.import_table("m", "t", kExternRef, 1, 2);
    b.import_memory("m", "mem", 3);
    b.import_global("m", "g", kF64, true);
    const auto f = b.function(type, {{2, kF32}, {0, kI32}, {3, kExternRef}}, code(Op::f32_const, 1.5F));
    b.function(same, {}, code(Op::f32_const, 2.5F));
    b.table(kFuncRef, 7);
    b.global(kI32, false, code(Op::i32_const, 42));
    b.export_function("run", f);
    b.export_memory("mem", 0);
    b.active_elements(1, code(Op::i32_const, 5), {f, 0});
    b.passive_elements(kFuncRef, {code(Op::ref_func, f), code(Op::ref_null, kFuncRef)});
    b.declared_elements({0});
    b.active_data(code(Op::i32_const, 0), {1, 2, 3});
    b.passive_data({4});
    const Module m = decoded(b.build());

    CHECK(m.types.size() == 3);
    CHECK(m.func_type(TypeIdx{0}).parameters.size() == 2);
    CHECK(m.func_type(TypeIdx{0}).parameters[1] == kI64);
    CHECK(m.func_type(TypeIdx{0}).results[0] == kF32);
    CHECK(m.rec_groups.size() == 3);
    CHECK(m.types[2].is_final);

    REQUIRE(m.imports.size() == 4);
    CHECK(m.text(m.imports[0].module_name) == "m");
    CHECK(m.text(m.imports[0].name) == "f");
    CHECK(m.imports[1].kind == ExternKind::table);
    CHECK(m.tables[0].element == kExternRef);
    CHECK(m.tables[0].limits == Limits{1, 2, true});
    CHECK(m.memories[0].limits == Limits{3, 0, false});
    CHECK(m.globals[0].type == GlobalType{kF64, true});
    CHECK(!m.globals[0].initializer);
    CHECK(m.imported_functions == 1);

    CHECK(m.functions.size() == 3);
    CHECK(m.tables[1].limits == Limits{7, 0, false});
    const Bytes initializer = {0x41, 0x2A, 0x0B};
    CHECK(std::ranges::equal(m.slice(m.globals[1].initializer->bytes), initializer));
    REQUIRE(m.find_export("run") != nullptr);
    CHECK(m.find_export("run")->index == f);
    CHECK(m.find_export("mem")->kind == ExternKind::memory);
    CHECK(m.find_export("ru") == nullptr);
    CHECK(m.find_export("running") == nullptr);

    const Body& body = m.body(FuncIdx{f});
    CHECK(body.declared_locals == 5);
    CHECK(body.runs == 3);
    CHECK(m.local_runs[body.first_run + 2].count == 3);
    CHECK(m.local_runs[body.first_run + 2].type == kExternRef);
    CHECK(m.bytes[body.expression.begin] == 0x43);
    CHECK(m.bytes[body.expression.end - 1] == 0x0B);

    REQUIRE(m.elements.size() == 3);
    CHECK(m.elements[0].mode == ElementSegment::Mode::active);
    CHECK(m.elements[0].table == TableIdx{1});
    CHECK(m.elements[0].entries_are_indices);
    CHECK(m.elements[0].count == 2);
    CHECK(m.elements[1].mode == ElementSegment::Mode::passive);
    CHECK(!m.elements[1].entries_are_indices);
    CHECK(m.elements[1].entries.size() == 6);
    CHECK(m.elements[2].mode == ElementSegment::Mode::declarative);
    REQUIRE(m.data.size() == 2);
    CHECK(m.data[0].active);
    CHECK(m.slice(m.data[0].bytes).size() == 3);
    CHECK(!m.data[1].active);
    CHECK(m.data_count == 2U);
}

TEST_CASE("binary-elemsec: the eight forms of a segment") {
    const Bytes offset = code(Op::i32_const, 0, Op::end);
    const Bytes null = code(Op::ref_null, kFuncRef, Op::end);
    const std::vector<Bytes> forms = {
        code(0U, offset, Bytes{1, 0}),
        code(1U, Bytes{0, 1, 0}),
        code(2U, 0U, offset, Bytes{0, 1, 0}),
        code(3U, Bytes{0, 1, 0}),
        code(4U, offset, Bytes{1}, null),
        code(5U, Bytes{0x70, 1}, null),
        code(6U, 0U, offset, Bytes{0x70, 1}, null),
        code(7U, Bytes{0x70, 1}, null),
    };
    for (std::size_t flags = 0; flags < forms.size(); ++flags) {
        INFO("flags " << flags);
        ModuleBuilder b;
        b.function(b.type({}, {}), {}, {});
        b.table(kFuncRef, 1);
        b.raw_elements(forms[flags]);
        CHECK(refusal(b.build()) == std::nullopt);
        const Module m = decoded(b.build());
        CHECK(m.elements[0].entries_are_indices == (flags < 4));
        CHECK((m.elements[0].mode == ElementSegment::Mode::active) == (flags % 2 == 0));
        CHECK((m.elements[0].mode == ElementSegment::Mode::declarative) == (flags % 4 == 3));
    }
}

TEST_CASE("binary-memarg: an offset has five bytes at most, unless it is out of range") {
    const auto load = [](const Bytes& offset) {
        return with_body(function_table_and_memory(), code(Op::i32_const, 0, Op::i32_load, Bytes{2}, offset, Op::drop));
    };
    CHECK(refusal(load({0x80, 0x80, 0x80, 0x80, 0x00}).bytes) == std::nullopt);
    CHECK(refusal(load({0xFF, 0xFF, 0xFF, 0xFF, 0x0F}).bytes) == std::nullopt);
    const WithBody padded = load({0x80, 0x80, 0x80, 0x80, 0x80, 0x00});
    CHECK(refusal(padded.bytes) == Error{ErrorCode::integer_too_long, padded.code + 8});
    const WithBody large = load({0x80, 0x80, 0x80, 0x80, 0x10});
    CHECK(refusal(large.bytes) == Error{ErrorCode::offset_out_of_range, large.code + 4});
}

} // namespace detent
