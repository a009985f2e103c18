// Every row of refused.def is refused by its error; the words in a text are engine/text's.
#include "engine/refused.hpp"

#include "engine/binary/reader.hpp"
#include "engine/testing/refused.hpp"
#include "engine/testing/verdict.hpp"

#include <catch2/catch.hpp>

#include <string>

namespace detent {

using namespace testing;

TEST_CASE("refused: each opcode of a row is an error at its first byte") {
    for (const RefusedOpcodes& row : kRefusedOpcodes) {
        for (std::uint32_t number = row.first; number <= row.last; ++number) {
            INFO("prefix " << int{row.prefix} << ", code " << number);
            const auto own = static_cast<std::uint8_t>(number);
            const Bytes opcode = row.prefix == 0 ? Bytes{own} : code(row.prefix, number);
            const Result<Op> read = Reader(opcode, 0, static_cast<std::uint32_t>(opcode.size())).op();
            CHECK((read.has_error() && read.assume_error() == Error{row.error, 0}));
        }
    }
}

TEST_CASE("refused: each byte of a row is an error where it stands") {
    for (const RefusedByte& row : kRefusedBytes) {
        REQUIRE_FALSE(modules_with(row).empty());
        for (const ModuleToRefuse& module : modules_with(row)) {
            INFO("byte " << int{row.byte} << " at " << module.offset);
            CHECK(refusal(module.bytes, all_features()) == Error{row.error, module.offset});
        }
    }
}

TEST_CASE("refused: beside bytes that nothing has, a byte of a row is malformed") {
    const auto memory = [](std::uint8_t flags) { return module_bytes(vector_section(5, {{flags, 1, 1, 0}})); };
    for (const std::uint8_t flags : Bytes{0x10, 0x12, 0x82})
        CHECK(refusal(memory(flags), all_features()) == Error{ErrorCode::malformed_limits_flags, 11});
    const Bytes table = module_bytes(vector_section(4, {{0x70, 0x0A, 1}}));
    CHECK(refusal(table, all_features()) == Error{ErrorCode::malformed_limits_flags, 12});
}

TEST_CASE("refused: a profile that leaves features off refuses the same, unless a feature is in front") {
    const auto refused = [](std::uint8_t id, const Bytes& entry) {
        return refusal(module_bytes(vector_section(id, {entry})));
    };
    CHECK(refused(5, {0x0F, 1, 1, 0}) == Error{ErrorCode::threads_refused, 11});
    CHECK(refused(1, {0x4C, 0, 0x5F, 0}) == Error{ErrorCode::custom_descriptors_refused, 11});
    CHECK(refused(1, {0x4E, 1, 0x4C, 0, 0x5F, 0}) == needs(Feature::gc, 11));
    CHECK(refused(1, {0x60, 1, 0x64, 0x62, 0, 0}) == needs(Feature::function_references, 13));
}

TEST_CASE("refused: no pattern has a word of the standard; a star is any characters") {
    for (const OpRow& row : kOpRows)
        CHECK(refused_word(row.mnemonic) == std::nullopt);
    for (const char* const word : {"catch", "catch_all", "catch_ref", "try_table", "throw", "atomic", ".atomic",
                                   "sharedx", "xshared", "i32.atomic", "ref.cast_des", "xref.cast_desc", ""}) {
        INFO(word);
        CHECK(refused_word(word) == std::nullopt);
    }
    CHECK(refused_word("i32.atomic.load") == ErrorCode::threads_refused);
    CHECK(refused_word("a.atomic.atomic.b") == ErrorCode::threads_refused);
    CHECK(refused_word("a.atom.atomic.") == ErrorCode::threads_refused);
    CHECK(refused_word("ref.cast_desc") == ErrorCode::custom_descriptors_refused);
    CHECK(refused_word("ref.cast_desc_eq") == ErrorCode::custom_descriptors_refused);
}

} // namespace detent
