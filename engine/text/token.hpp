// The tokens of a text. Source: spec, Text Format, Lexical Format; the appendix on custom annotations.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace detent::text {

enum class TokenKind : std::uint8_t {
    open,
    close,
    keyword,
    /// Digits alone, decimal or hexadecimal.
    natural,
    /// The same behind a sign.
    integer,
    /// Any other number that begins with a digit or a sign.
    real,
    string,
    id,
    /// Inside annotations only: what would be no token elsewhere.
    reserved,
    end,
};

struct Token {
    TokenKind kind;
    std::uint32_t begin;
    std::uint32_t end;
    /// Of a parenthesis: the token of its partner, 0 where it has none. Of a quoted identifier: its place among the
    /// quoted ones, plus 1.
    std::uint32_t link;
};

enum class AnnotationKind : std::uint8_t { custom, name, branch_hint };

/// An annotation that is read; the others are skipped.
struct Annotation {
    AnnotationKind kind;
    /// The token that follows it.
    std::uint32_t place;
    std::uint32_t begin;
    /// Its tokens among `annotation_tokens`, without the parentheses and the annotation's name.
    std::uint32_t first;
    std::uint32_t last;
};

/// A text cut into tokens, the last of which is `end`. Refers to the text.
struct Tokens {
    std::string_view source;
    std::vector<Token> tokens;
    std::vector<Annotation> annotations;
    std::vector<Token> annotation_tokens;
    std::deque<std::string> quoted_ids;

    [[nodiscard]] std::string_view text(const Token& token) const noexcept {
        return source.substr(token.begin, token.end - token.begin);
    }

    /// An identifier without its `$`, escapes resolved.
    [[nodiscard]] std::string_view id(const Token& token) const noexcept {
        return token.link == 0 ? text(token).substr(1) : std::string_view(quoted_ids[token.link - 1]);
    }
};

[[nodiscard]] Tokens tokenize(std::string_view source);

} // namespace detent::text
