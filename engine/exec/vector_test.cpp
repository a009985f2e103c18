// The vector instructions, each against the model, which is apart from the engine: as the function that its body is,
// and executed in a module.
#include "engine/testing/vector_cases.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <charconv>
#include <set>

using namespace detent;
using namespace detent::testing;

namespace {

std::vector<Op> ops_of(Feature feature) {
    std::vector<Op> all;
    for (std::size_t i = 0; i < kOpCount; ++i) {
        if (kOpRows[i].feature == feature) all.push_back(static_cast<Op>(i));
    }
    return all;
}

bool is_access(Op op) { return row(op).type.starts_with("at"); }
bool is_load(Op op) { return is_access(op) && !row(op).type.ends_with("->"); }
bool has_lane(Op op) { return row(op).mnemonic.find("lane") != std::string_view::npos; }
bool moves_lanes(Op op) { return !is_access(op) && has_lane(op) && row(op).immediate != Immediate::none; }

/// The number that a text begins with, or `otherwise`.
unsigned leading_number(std::string_view text, unsigned otherwise) {
    std::from_chars(text.data(), text.data() + text.size(), otherwise);
    return otherwise;
}

/// 8 of "v128.load8_lane", 64 of "v128.load8x8_s", 128 of "v128.store".
unsigned access_bits(Op op) {
    const std::string_view name = row(op).mnemonic.substr(is_load(op) ? 9 : 10);
    return name.find('x') == std::string_view::npos ? leading_number(name, 128) : 64;
}

/// 16 of "i8x16.extract_lane_s".
unsigned lane_count(Op op) {
    const std::string_view mnemonic = row(op).mnemonic;
    return is_access(op) ? 128 / access_bits(op) : leading_number(mnemonic.substr(mnemonic.find('x') + 1), 0);
}

/// Bytes in memory that no two lanes share.
const Bytes kMemory = [] {
    Bytes bytes;
    for (std::uint8_t byte = 0; byte < 64; ++byte)
        bytes.push_back(static_cast<std::uint8_t>(byte * 37 + 0x91));
    return bytes;
}();

Cell cell_at(const Bytes& bytes, std::size_t address) {
    Cell cell{};
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(address), cell.size(), cell.begin());
    return cell;
}

/// The access, at an address and an offset, with its lane; a load's vector is then stored at 32.
Bytes access(Op op, std::uint32_t address, std::uint32_t offset, const Cell& vector, unsigned lane) {
    Bytes body = code(Op::i32_const, static_cast<std::int32_t>(address));
    if (has_lane(op) || !is_load(op)) append(body, constant_of("v128", vector));
    append(body, code(op, 0U, offset));
    if (has_lane(op)) append(body, code(lane));
    if (!is_load(op)) return body;
    return code(Op::i32_const, 32, body, Op::v128_store, 0U, 0U);
}

/// What the whole memory begins with behind the access.
Bytes memory_after(Op op, std::size_t address, const Cell& vector, unsigned lane) {
    Bytes expected = kMemory;
    if (is_load(op)) {
        const Cell loaded = VectorModel(row(op).mnemonic).loaded(cell_at(kMemory, address), vector, lane).value();
        std::copy(loaded.begin(), loaded.end(), expected.begin() + 32);
        return expected;
    }
    const std::size_t size = access_bits(op) / 8;
    std::copy_n(vector.begin() + static_cast<std::ptrdiff_t>(lane * size), size,
                expected.begin() + static_cast<std::ptrdiff_t>(address));
    return expected;
}

Bytes memory_bytes(Program& program) {
    const auto bytes = program.store().memories()[0].bytes().first(kMemory.size());
    return {bytes.begin(), bytes.end()};
}

} // namespace

TEST_CASE("exec-vunop, exec-vbinop, exec-vrelop, exec-vcvtop and their relatives: each plain body is its model",
          "[feature:simd]") {
    const std::map<Op, DirectCall> bodies = plain_bodies<Feature::simd>();
    CHECK(rc::check("plain bodies", [&](std::uint64_t seed) {
        Random random(seed);
        for (const auto& [op, body] : bodies) {
            const std::vector<Cell> operands = operands_at_random(random, op);
            RC_LOG() << row(op).mnemonic << '\n';
            RC_ASSERT(body(operands) == VectorModel(row(op).mnemonic)(operands).value());
        }
    }));
}

TEST_CASE("exec-instructions: each plain vector instruction computes in a module, at the price of its class",
          "[feature:simd]") {
    Random random(1);
    for (const auto& [op, body] : plain_bodies<Feature::simd>()) {
        CAPTURE(to_text(op));
        const std::vector<Cell> operands = operands_at_random(random, op);
        const Executed executed = execute(op, operands);
        CHECK(executed.result == VectorModel(row(op).mnemonic)(operands).value());
        CHECK(executed.used == price(op));
    }
}

TEST_CASE("exec-vconst: a constant is its sixteen bytes, lane 0 first", "[feature:simd]") {
    const Cell constant = lanes(32, {1, 2, -3, 0x7FA00001});
    Program program =
        vector_program(code(Op::i32_const, 0, Op::v128_const, bytes_of(constant), Op::v128_store, 0U, 0U));
    CHECK(program.call("f", {}).ending == Ending::returned);
    CHECK(memory_bytes(program) == code(bytes_of(constant), Bytes(48)));
}

TEST_CASE("exec-vextract_lane, exec-vreplace_lane: every lane", "[feature:simd]") {
    Random random(2);
    for (const Op op : ops_of(Feature::simd)) {
        if (!moves_lanes(op)) continue;
        CAPTURE(to_text(op));
        for (unsigned lane = 0; lane < lane_count(op); ++lane) {
            const std::vector<Cell> operands = operands_at_random(random, op);
            const Executed executed = execute(op, operands, code(lane));
            CHECK(executed.result == VectorModel(row(op).mnemonic)(operands, {lane}).value());
            CHECK(executed.used == price(op));
        }
    }
}

TEST_CASE("exec-vshuffle: each lane is chosen from both operands", "[feature:simd]") {
    Random random(3);
    for (int round = 0; round < 20; ++round) {
        const std::vector<Cell> operands = operands_at_random(random, Op::i8x16_shuffle);
        std::vector<unsigned> indices;
        Bytes immediates;
        for (int lane = 0; lane < 16; ++lane) {
            indices.push_back(random.below(32));
            immediates.push_back(static_cast<std::uint8_t>(indices.back()));
        }
        const Executed executed = execute(Op::i8x16_shuffle, operands, immediates);
        CHECK(executed.result == VectorModel("i8x16.shuffle")(operands, indices).value());
        CHECK(executed.used == price(Op::i8x16_shuffle));
    }
}

TEST_CASE("exec-vload-val, exec-vload-pack, exec-vload-splat, exec-vload-zero, exec-vload_lane, exec-vstore, "
          "exec-vstore_lane: each access, at no alignment, with every lane") {
    Random random(4);
    for (const Op op : ops_of(Feature::simd)) {
        if (!is_access(op)) continue;
        CAPTURE(to_text(op));
        for (unsigned lane = 0; lane < (has_lane(op) ? lane_count(op) : 1); ++lane) {
            const Cell vector = cell_at_random(random);
            Program program = vector_program(access(op, 3, 6, vector, lane), kMemory);
            CHECK(program.call("f", {}).ending == Ending::returned);
            CHECK(memory_bytes(program) == memory_after(op, 9, vector, lane));
        }
    }
}

TEST_CASE("DET-25: a vector access traps where its last byte is out of bounds, and a store has then written nothing",
          "[feature:simd]") {
    const Cell ones = cell_of(~std::uint64_t{0}, ~std::uint64_t{0});
    for (const Op op : ops_of(Feature::simd)) {
        if (!is_access(op)) continue;
        CAPTURE(to_text(op));
        const std::uint32_t last = kMemoryBytes - access_bits(op) / 8;
        Program inside = vector_program(access(op, last - 5, 5, ones, 0));
        CHECK(inside.call("f", {}).ending == Ending::returned);
        for (const std::uint32_t address : {last - 4, std::uint32_t{0xFFFFFFFF}}) {
            Program outside = vector_program(access(op, address, 5, ones, 0));
            const Outcome outcome = outside.call("f", {});
            CHECK(outcome.ending == Ending::trapped);
            CHECK(outcome.trap == TrapCode::OutOfBoundsMemoryAccess);
            const auto bytes = outside.store().memories()[0].bytes();
            CHECK(std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte == 0; }));
        }
    }
}

TEST_CASE("DET-20: every vector instruction has a case above", "[feature:simd]") {
    std::set<Op> shown = {Op::v128_const, Op::i8x16_shuffle};
    for (const auto& [op, body] : plain_bodies<Feature::simd>())
        shown.insert(op);
    for (const Op op : ops_of(Feature::simd)) {
        if (is_access(op) || moves_lanes(op)) shown.insert(op);
    }
    for (const Op op : ops_of(Feature::simd)) {
        CAPTURE(to_text(op));
        CHECK(shown.contains(op));
        CHECK(body_of(op) != nullptr);
    }
    // Of the specification's index: 13 loads of whole vectors and 4 of lanes, 5 stores, the constant, the shuffle, 14
    // for lanes, and 198 plain ones.
    CHECK(plain_bodies<Feature::simd>().size() == 198);
    CHECK(shown.size() == 13 + 4 + 5 + 1 + 1 + 14 + 198);
}

// By hand from the specification's equations; the model is not asked.

TEST_CASE("DET-1: a lane that makes a NaN makes the positive canonical one, lane by lane", "[feature:simd]") {
    const V128 signalling = body::vector_of<body::U32>({0xFF800001, 0x3F800000, 0x7FC00001, 0xFFC00000});
    const V128 ones = body::f32x4_splat(F32{0x3F800000});
    const V128 canonical = body::vector_of<body::U32>({0x7FC00000, 0x3F800000, 0x7FC00000, 0x7FC00000});
    CHECK(body::f32x4_mul(signalling, ones) == canonical);
    CHECK(body::f32x4_min(signalling, ones) == canonical);
    CHECK(body::f32x4_sqrt(signalling) == canonical);
    CHECK(body::f32x4_nearest(signalling) == canonical);
    // 0 / 0 is negative on x86, without the rule.
    CHECK(body::f64x2_div({0, 0}, {0, 0}) == V128{0x7FF8000000000000, 0x7FF8000000000000});
}

TEST_CASE("DET-1: pseudo-minimum and -maximum hand an operand on, bit by bit", "[feature:simd]") {
    const V128 a = body::vector_of<body::U32>({0xFFA00001, 0x3F800000, 0x00000000, 0x40000000});
    const V128 b = body::vector_of<body::U32>({0x3F800000, 0xFFA00001, 0x80000000, 0x3F800000});
    CHECK(body::f32x4_pmin(a, b) == body::vector_of<body::U32>({0xFFA00001, 0x3F800000, 0x00000000, 0x3F800000}));
    CHECK(body::f32x4_pmax(a, b) == body::vector_of<body::U32>({0xFFA00001, 0x3F800000, 0x00000000, 0x40000000}));
    CHECK(body::f32x4_neg(a) == body::vector_of<body::U32>({0x7FA00001, 0xBF800000, 0x80000000, 0xC0000000}));
    CHECK(body::f32x4_abs(a) == body::vector_of<body::U32>({0x7FA00001, 0x3F800000, 0x00000000, 0x40000000}));
}

TEST_CASE("DET-7: lanes wrap or saturate, and the least one has itself for magnitude", "[feature:simd]") {
    using body::splat;
    using body::U16;
    using body::U8;
    CHECK(body::i8x16_abs(splat(U8{0x80})) == splat(U8{0x80}));
    CHECK(body::i8x16_neg(splat(U8{0x80})) == splat(U8{0x80}));
    CHECK(body::i64x2_abs({0x8000000000000000, 1}) == V128{0x8000000000000000, 1});
    CHECK(body::i16x8_mul(splat(U16{0xFFFF}), splat(U16{0xFFFF})) == splat(U16{1}));
    CHECK(body::i16x8_q15mulr_sat_s(splat(U16{0x8000}), splat(U16{0x8000})) == splat(U16{0x7FFF}));
    CHECK(body::i32x4_dot_i16x8_s(splat(U16{0x8000}), splat(U16{0x8000})) == splat(std::uint32_t{0x80000000}));
    CHECK(body::i8x16_narrow_i16x8_u(splat(U16{0xFFFF}), splat(U16{0x0100})) == V128{0, 0xFFFFFFFFFFFFFFFF});
    CHECK(body::i8x16_narrow_i16x8_s(splat(U16{0x8000}), splat(U16{0x0080})) ==
          V128{0x8080808080808080, 0x7F7F7F7F7F7F7F7F});
    CHECK(body::i8x16_avgr_u(splat(U8{0xFF}), splat(U8{0xFE})) == splat(U8{0xFF}));
    CHECK(body::i8x16_shl(splat(U8{0x81}), 9) == splat(U8{2}));
    CHECK(body::i8x16_shr_s(splat(U8{0x81}), 0xFFFFFFFF) == splat(U8{0xFF}));
    CHECK(body::i64x2_shr_u({0x8000000000000000, 3}, 65) == V128{0x4000000000000000, 1});
}

TEST_CASE("DET-8: lane 0 is in the lowest bits of the low word, on every machine", "[feature:simd]") {
    const V128 counted{0x0706050403020100, 0x0F0E0D0C0B0A0908};
    const auto bytes = body::lanes_of<body::U8>(counted);
    for (std::uint8_t i = 0; i < 16; ++i)
        CHECK(bytes[i] == i);
    CHECK(body::lanes_of<body::U16>(counted)[5] == 0x0B0A);
    CHECK(body::lanes_of<F32>(counted)[2].bits == 0x0B0A0908);
    CHECK(body::vector_of<body::U8>(bytes) == counted);
    CHECK(body::i8x16_bitmask({0x8000000000000080, 0x80}) == 0x181);
}
