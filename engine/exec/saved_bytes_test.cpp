// Saved states whose bytes are written down by hand, field by field, from STATE.md.
#include "engine/testing/saving.hpp"

#include <catch2/catch.hpp>

using namespace detent;
using namespace detent::testing;

namespace {

Bytes u8(std::uint64_t value) { return little_endian(value, 1); }
Bytes u32(std::uint64_t value) { return little_endian(value, 4); }
Bytes u64(std::uint64_t value) { return little_endian(value, 8); }
Bytes text(std::string_view characters) { return text_bytes(characters); }
Bytes digest(const Digest& digest) { return {digest.begin(), digest.end()}; }

Bytes schedule_digest() {
    Bytes bytes(Schedule::canonical_size());
    schedule().write_canonical(bytes);
    return digest(test_digest(bytes));
}

Bytes limits_digest() {
    const LimitValues& limits = LimitValues::of(Preset::contract);
    Bytes bytes = u32(kLimitCount);
    for (std::size_t i = 0; i < kLimitCount; ++i) {
        const std::string_view name = to_text(static_cast<Limit>(i));
        bytes = code(bytes, u8(name.size()), text(name), u64(limits[static_cast<Limit>(i)]));
    }
    return digest(test_digest(bytes));
}

Bytes module_name(const Code& of) {
    Buffer<std::uint8_t> profile;
    REQUIRE(of.profile().append_canonical(profile));
    return code(digest(test_digest(of.module().bytes.span())), digest(test_digest(profile.span())));
}

Bytes header(const Code& of) {
    return code(text("DTNTEXEC"), u32(1), schedule_digest(), limits_digest(), u32(1), module_name(of));
}

} // namespace

TEST_CASE("STA-4, STA-5, STA-6, STA-7, STA-8, STA-10, STA-11: the bytes of a paused call, counted by hand") {
    ModuleBuilder b;
    // Magic and version up to 8, types up to 18, functions up to 22, the memory up to 28, the global up to 36, the
    // export up to 43; then the code section 43, its size 44, its count 45, the size of the body 46, its locals 47:
    // local.get 48, i32.const 50, i32.add 52, end 53.
    b.memory(1, 1);
    b.global(kI64, true, code(Op::i64_const, 7));
    const Bytes body = code(Op::local_get, 0, Op::i32_const, 5, Op::i32_add);
    b.export_function("f", b.function(b.type({kI32}, {kI32}), {}, body));
    Program program(b.build());
    REQUIRE(program.code().module().bytes.size() == 54 - 2);
    *program.store().memory(MemAddr{0}).for_writing(5000, 1) = 0xAB;
    // Entry 5, frame words 1, two instructions.
    Execution execution = program.begin("f", {Value::i32(41)}, 1000, 8);
    REQUIRE(must(execution.run()) == Ending::exhausted);

    Bytes piece(4096);
    piece[5000 - 4096] = 0xAB;
    const Bytes instance = code(u32(0), u32(0), u32(0), u32(0), u32(0));
    const Bytes entry = code(u8(3), u8(0), u8(0), u64(0), u64(1000), u32(0), u32(1), u32(1), u64(0), u32(0), u64(2),
                             u32(0), u32(0), u32(0), u32(0), u64(0), u32(0));
    const Bytes frame = code(u32(0), u32(0), u32(50), u32(1), u64(41), u32(2), u64(41), u64(5));
    const Bytes expected = code(header(program.code()), u32(1), instance, u32(0), // instances, host functions
                                u32(1), u64(65536), u32(1), u32(1), piece,        // memories
                                u32(0), u32(2), u64(7), u64(0),                   // tables, globals
                                u64(0), u64(0), u64(0), u32(0),                   // heap, held
                                u64(8), u32(1), entry, u32(1), frame, u32(0));    // fuel, entries, frames, objects
    CHECK(saved(execution) == expected);
}

TEST_CASE("STA-5, STA-9, STA-17: the bytes of objects and references, counted by hand", "[feature:gc]") {
    // Type 0 is a pair of an i8 and an anyref; a constant global has one, and a table of funcref has the host's
    // function and "f". "f" is about to drop a pair that leads to itself, and an i31.
    ModuleBuilder b;
    const auto pair = b.type(structure_type({packed_field(8), mutable_field(kAnyRef)}));
    const auto nothing = b.type({}, {});
    const auto host = b.import_function("host", "h", nothing);
    b.global(nullable(HeapType(TypeIdx{pair})), false,
             code(Op::i32_const, 9, Op::i32_const, 3, Op::ref_i31, Op::struct_new, pair));
    b.table(kFuncRef, 3);
    const Bytes body = code(Op::i32_const, 0x102, Op::ref_null, HeapType::Abstract::none, Op::struct_new, pair,
                            Op::local_tee, 0U, Op::local_get, 0U, Op::struct_set, pair, 1U, Op::local_get, 0U,
                            Op::i32_const, -1, Op::ref_i31, Op::drop, Op::drop);
    b.export_function("f", b.function(nothing, {{1, nullable(HeapType(TypeIdx{pair}))}}, body));
    b.active_elements(code(Op::i32_const, 1), {host, 1});
    const std::shared_ptr<const Code> its_code = compiled(b.build(), full_profile());

    struct NoHost final : HostModule {
        HostOutcome call(HostCall&) noexcept override { return HostOutcome::waiting(); }
        HostOutcome leave(HostCall&, std::uint64_t, const EntryResult&) noexcept override {
            return HostOutcome::returned();
        }
    } no_host;
    Store store(LimitValues::of(Preset::contract));
    const ExternVal imports[] = {{ExternKind::func, number(must(store.add_host_function(no_host, 17, FuncType{})))}};
    Execution made =
        must(Execution::instantiate(store, its_code, imports, schedule(), Fuel::maximum(), Fuel::maximum()));
    REQUIRE(must(made.run()) == Ending::returned);
    const auto begin = [&] { return must(Execution::invoke(store, FuncAddr{1}, {}, schedule(), Fuel(1000), Fuel())); };
    Execution whole = begin();
    must(whole.refuel(Fuel(1000)));
    REQUIRE(must(whole.run()) == Ending::returned);
    Execution execution = begin();
    must(execution.refuel(Fuel(whole.used().units() - 2)));
    REQUIRE(must(execution.run()) == Ending::exhausted);

    const std::uint64_t object_0 = 0 << 3 | 5;
    const std::uint64_t object_1 = 1 << 3 | 5;
    const std::uint64_t minus_1 = std::uint64_t{0x7FFF'FFFF} << 3 | 4;
    const Bytes instance = code(u32(1), u32(17), u32(0), u32(1), u32(0), u32(1), u32(0), u32(0));
    const Bytes table = code(u32(3), u64(0), u64(0 << 3 | 7), u64(1 << 3 | 2));
    // Three pairs of 16 + 9 bytes were made, each 32; that of the first run, the second, is garbage.
    const Bytes heap = code(u64(96), u64(0), u64(3), u32(0));
    const Bytes entry = code(u8(3), u8(0), u8(0), u64(0), u64(1000), u32(0), u32(1), u32(2), u64(0), u32(0),
                             u64(1 << 3 | 2), u32(0), u32(0), u32(0), u32(0), u64(0), u32(0));
    const std::uint64_t position = its_code->module().body(FuncIdx{1}).expression.end - 3;
    const Bytes frame = code(u32(0), u32(1), u32(position), u32(1), u64(object_1), u32(2), u64(object_1), u64(minus_1));
    const Bytes objects = code(u32(2), u64(1), u8(0), u32(0), u32(0), u32(9), u8(9), u64(3 << 3 | 4), //
                               u64(3), u8(0), u32(0), u32(0), u32(9), u8(2), u64(object_1));
    const Bytes expected =
        code(header(*its_code), u32(1), instance, u32(0), u32(0), u32(1), table, u32(2), u64(object_0), u64(0), heap,
             u64(whole.used().units() - 2), u32(1), entry, u32(1), frame, objects);
    CHECK(saved(execution) == expected);
}
