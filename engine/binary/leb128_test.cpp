// Integers of the binary format. Source: spec, Binary Format, Values, Integers.
#include "engine/binary/reader.hpp"
#include "engine/testing/module_builder.hpp"
#include "engine/testing/verdict.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

namespace detent {

using testing::Bytes;

namespace {

Reader reader_of(const Bytes& bytes) { return Reader(bytes, 0, static_cast<std::uint32_t>(bytes.size())); }

Error error_of(const Result<std::uint32_t>& result) { return result.assume_error(); }

} // namespace

TEST_CASE("binary-int: a u32 of one to five bytes is read") {
    const auto value = [](const Bytes& bytes) { return reader_of(bytes).u32().assume_value(); };
    CHECK(value({0x00}) == 0);
    CHECK(value({0x7F}) == 127);
    CHECK(value({0x80, 0x01}) == 128);
    CHECK(value({0xE5, 0x8E, 0x26}) == 624485);
    CHECK(value({0xFF, 0xFF, 0xFF, 0xFF, 0x0F}) == 0xFFFF'FFFF);
    CHECK(value({0x80, 0x80, 0x80, 0x80, 0x00}) == 0);
}

TEST_CASE("binary-int: a u32 that is cut off, too long or too large is refused at the byte that is wrong") {
    const auto error = [](const Bytes& bytes) { return error_of(reader_of(bytes).u32()); };
    CHECK(error({}) == Error{ErrorCode::unexpected_end, 0});
    CHECK(error({0x80}) == Error{ErrorCode::unexpected_end, 1});
    CHECK(error({0x80, 0x80, 0x80, 0x80, 0x80, 0x00}) == Error{ErrorCode::integer_too_long, 4});
    CHECK(error({0x80, 0x80, 0x80, 0x80, 0x10}) == Error{ErrorCode::integer_too_large, 4});
    CHECK(error({0xFF, 0xFF, 0xFF, 0xFF, 0x7F}) == Error{ErrorCode::integer_too_large, 4});
}

TEST_CASE("binary-int: an s32 has its sign, and unused bits that repeat it") {
    const auto value = [](const Bytes& bytes) { return reader_of(bytes).s32().assume_value(); };
    const auto error = [](const Bytes& bytes) { return reader_of(bytes).s32().assume_error(); };
    CHECK(value({0x3F}) == 63);
    CHECK(value({0x40}) == -64);
    CHECK(value({0x7F}) == -1);
    CHECK(value({0x80, 0x7F}) == -128);
    CHECK(value({0xC0, 0xBB, 0x78}) == -123456);
    CHECK(value({0xFF, 0xFF, 0xFF, 0xFF, 0x07}) == 0x7FFF'FFFF);
    CHECK(value({0x80, 0x80, 0x80, 0x80, 0x78}) == std::numeric_limits<std::int32_t>::min());
    CHECK(error({0xFF, 0xFF, 0xFF, 0xFF, 0x0F}) == Error{ErrorCode::integer_too_large, 4});
    CHECK(error({0x80, 0x80, 0x80, 0x80, 0x70}) == Error{ErrorCode::integer_too_large, 4});
    CHECK(error({0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F}) == Error{ErrorCode::integer_too_long, 4});
}

TEST_CASE("binary-int: an s33 holds every u32 and the negative types") {
    const auto value = [](const Bytes& bytes) { return reader_of(bytes).s33().assume_value(); };
    const auto error = [](const Bytes& bytes) { return reader_of(bytes).s33().assume_error(); };
    CHECK(value({0xFF, 0xFF, 0xFF, 0xFF, 0x0F}) == 0xFFFF'FFFF);
    CHECK(value({0x40}) == -64);
    CHECK(value({0x80, 0x80, 0x80, 0x80, 0x70}) == -0x1'0000'0000);
    CHECK(error({0x80, 0x80, 0x80, 0x80, 0x10}) == Error{ErrorCode::integer_too_large, 4});
    CHECK(error({0x80, 0x80, 0x80, 0x80, 0x80, 0x00}) == Error{ErrorCode::integer_too_long, 4});
}

TEST_CASE("binary-int: an s64 and a u64 take ten bytes at most") {
    const auto value = [](const Bytes& bytes) { return reader_of(bytes).s64().assume_value(); };
    const Bytes least = {0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7F};
    const Bytes greatest = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x00};
    const Bytes half = {0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01};
    const Bytes too_large = {0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x02};
    const Bytes too_long = {0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00};
    CHECK(value(least) == std::numeric_limits<std::int64_t>::min());
    CHECK(value(greatest) == std::numeric_limits<std::int64_t>::max());
    CHECK(reader_of(half).u64().assume_value() == std::uint64_t{1} << 63);
    CHECK(reader_of(too_large).u64().assume_error() == Error{ErrorCode::integer_too_large, 9});
    CHECK(reader_of(too_large).s64().assume_error() == Error{ErrorCode::integer_too_large, 9});
    CHECK(reader_of(too_long).u64().assume_error() == Error{ErrorCode::integer_too_long, 9});
    CHECK(reader_of(too_long).s64().assume_error() == Error{ErrorCode::integer_too_long, 9});
}

TEST_CASE("binary-int: what is encoded is what is read, and all of it") {
    CHECK(rc::check("signed", [](std::int64_t number) {
        const Bytes bytes = testing::signed_leb(number);
        Reader in = reader_of(bytes);
        RC_ASSERT(in.s64().assume_value() == number);
        RC_ASSERT(in.at_end());
    }));
    CHECK(rc::check("unsigned", [](std::uint32_t number) {
        const Bytes bytes = testing::unsigned_leb(number);
        Reader in = reader_of(bytes);
        RC_ASSERT(in.u32().assume_value() == number);
        RC_ASSERT(in.at_end());
    }));
}

TEST_CASE("binary-int: a number that is passed as a short one is a number of every width") {
    const std::uint8_t kBytes[] = {0x00, 0x01, 0x3F, 0x40, 0x7F, 0x80, 0xFF};
    std::size_t passed = 0;
    for (std::uint32_t choice = 0; choice < 7 * 7 * 7 * 7 * 7 * 7; ++choice) {
        Bytes bytes;
        for (std::uint32_t rest = choice; bytes.size() < 6; rest /= 7)
            bytes.push_back(kBytes[rest % 7]);
        for (std::uint32_t length = 0; length <= 6; ++length) {
            Reader in(bytes, 0, length);
            if (!in.pass_short_number()) continue;
            ++passed;
            const auto ends_there = [&](auto&& read) {
                Reader other(bytes, 0, length);
                return read(other).has_value() && other.position() == in.position();
            };
            const bool is_number =
                ends_there([](Reader& r) { return r.u32(); }) && ends_there([](Reader& r) { return r.u64(); }) &&
                ends_there([](Reader& r) { return r.s32(); }) && ends_there([](Reader& r) { return r.s33(); }) &&
                ends_there([](Reader& r) { return r.s64(); });
            if (!is_number) FAIL_CHECK("choice " << choice << " of " << length << " bytes");
        }
    }
    CHECK(passed > 100'000);
}

TEST_CASE("binary-float: floats are read as their bits, little-endian") {
    const Bytes bytes = {0x00, 0x00, 0xC0, 0x7F, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09};
    Reader in = reader_of(bytes);
    CHECK(in.f32_bits().assume_value() == 0x7FC0'0000);
    CHECK(in.f64_bits().assume_value() == 0x0807'0605'0403'0201);
    CHECK(in.f32_bits().assume_error() == Error{ErrorCode::unexpected_end, 13});
}

TEST_CASE("binary-instr: an opcode that no row has is illegal at its first byte") {
    const auto error = [](const Bytes& bytes) { return reader_of(bytes).op().assume_error(); };
    for (const int byte : {0x16, 0x17, 0x1D, 0x1E, 0x27, 0xC5, 0xCF, 0xD7, 0xFA, 0xFF}) {
        INFO("byte " << byte);
        CHECK(error({static_cast<std::uint8_t>(byte), 0x00}) == Error{ErrorCode::illegal_opcode, 0});
    }
    CHECK(error({0xFC, 0x12}) == Error{ErrorCode::illegal_opcode, 0});
    CHECK(error({0xFB, 0x1F}) == Error{ErrorCode::illegal_opcode, 0});
    CHECK(error({0xFB, 0x27}) == Error{ErrorCode::illegal_opcode, 0});
    CHECK(error({0xFC, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F}) == Error{ErrorCode::illegal_opcode, 0});
    CHECK(error({0xFC}) == Error{ErrorCode::unexpected_end, 1});
    CHECK(error({0xFD, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00}) == Error{ErrorCode::integer_too_long, 5});
    const Bytes long_code = {0xFC, 0x8B, 0x80, 0x00};
    CHECK(reader_of(long_code).op().assume_value() == Op::memory_fill);
}

TEST_CASE("binary-instr: an opcode of a proposal that is refused is refused by its name") {
    const auto error = [](const Bytes& bytes) { return reader_of(bytes).op().assume_error(); };
    // The prefix is enough: what stands behind it is not read.
    CHECK(error({0xFE}) == Error{ErrorCode::threads_refused, 0});
    CHECK(error({0xFE, 0x03, 0x00}) == Error{ErrorCode::threads_refused, 0});
    for (const int byte : {0x06, 0x07, 0x09, 0x18, 0x19}) {
        INFO("byte " << byte);
        CHECK(error({static_cast<std::uint8_t>(byte)}) == Error{ErrorCode::legacy_exceptions_refused, 0});
    }
    for (std::uint8_t number = 0x20; number <= 0x26; ++number) {
        INFO("0xFB " << int{number});
        CHECK(error({0xFB, number}) == Error{ErrorCode::custom_descriptors_refused, 0});
        CHECK(error({0xFB, static_cast<std::uint8_t>(number | 0x80), 0x00}) ==
              Error{ErrorCode::custom_descriptors_refused, 0});
    }
}

} // namespace detent
