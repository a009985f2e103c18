#include "engine/text/cursor.hpp"

#include "engine/opcodes.hpp"
#include "engine/refused.hpp"
#include "engine/text/literals.hpp"
#include "engine/text/strings.hpp"

#include <algorithm>
#include <limits>

namespace detent::text {

namespace {

/// The keywords besides the instructions.
constexpr std::string_view kKeywords[] = {
    "any",
    "anyref",
    "array",
    "arrayref",
    "assert_exception",
    "assert_exhaustion",
    "assert_invalid",
    "assert_invalid_custom",
    "assert_malformed",
    "assert_malformed_custom",
    "assert_return",
    "assert_trap",
    "assert_unlinkable",
    "binary",
    "catch",
    "catch_all",
    "catch_all_ref",
    "catch_ref",
    "data",
    "declare",
    "definition",
    "either",
    "elem",
    "eq",
    "eqref",
    "exn",
    "exnref",
    "export",
    "extern",
    "externref",
    "f32",
    "f32x4",
    "f64",
    "f64x2",
    "field",
    "final",
    "func",
    "funcref",
    "get",
    "global",
    "i16",
    "i16x8",
    "i31",
    "i31ref",
    "i32",
    "i32x4",
    "i64",
    "i64x2",
    "i8",
    "i8x16",
    "import",
    "inf",
    "instance",
    "invoke",
    "item",
    "local",
    "memory",
    "module",
    "mut",
    "nan",
    "nan:arithmetic",
    "nan:canonical",
    "noexn",
    "noextern",
    "nofunc",
    "none",
    "null",
    "nullexnref",
    "nullexternref",
    "nullfuncref",
    "nullref",
    "offset",
    "pagesize",
    "param",
    "quote",
    "rec",
    "ref",
    "ref.any",
    "ref.array",
    "ref.exn",
    "ref.extern",
    "ref.host",
    "ref.struct",
    "register",
    "result",
    "start",
    "struct",
    "structref",
    "sub",
    "table",
    "tag",
    "then",
    "type",
    "v128",
};

} // namespace

bool is_known_keyword(std::string_view word) noexcept {
    if (word.starts_with("offset=") || word.starts_with("align=") || is_float_word(word)) return true;
    if (word == to_text(Op::else_) || word == to_text(Op::end)) return true;
    const auto is_word = [&](const OpRow& row) noexcept { return row.mnemonic == word; };
    return std::find(std::begin(kKeywords), std::end(kKeywords), word) != std::end(kKeywords) ||
           std::any_of(std::begin(kOpRows), std::end(kOpRows), is_word);
}

std::string Cursor::string() { return decoded(text(expect(TokenKind::string))); }

std::string Cursor::name() {
    const std::uint32_t begin = offset();
    std::string out = string();
    if (!is_utf8(out)) fail(ErrorCode::malformed_utf8, begin);
    return out;
}

std::uint64_t Cursor::u64() {
    const Token& token = expect(TokenKind::natural);
    const std::optional<std::uint64_t> value = natural_value(text(token));
    if (!value) fail(ErrorCode::constant_out_of_range, token.begin);
    return *value;
}

std::uint32_t Cursor::u32() {
    const std::uint32_t begin = offset();
    const std::uint64_t value = u64();
    if (value > std::numeric_limits<std::uint32_t>::max()) fail(ErrorCode::constant_out_of_range, begin);
    return static_cast<std::uint32_t>(value);
}

void Cursor::unexpected(std::uint32_t ahead) const {
    const Token& token = peek(ahead);
    if (token.kind == TokenKind::end) fail(ErrorCode::unexpected_end_of_text, token.begin);
    // What is wrong with a group may be the word that it begins with.
    const Token& first = token.kind == TokenKind::open ? peek(ahead + 1) : token;
    const auto is_unknown = [&](const Token& one) {
        return one.kind == TokenKind::keyword && !is_known_keyword(text(one));
    };
    const auto refused = is_unknown(first) ? refused_word(text(first)) : std::nullopt;
    if (refused) fail(*refused, first.begin);
    fail(is_unknown(token) ? ErrorCode::unknown_operator : ErrorCode::unexpected_token, token.begin);
}

} // namespace detent::text
