// A place in the tokens, and what a grammar asks there.
#pragma once

#include "engine/text/failure.hpp"
#include "engine/text/token.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace detent::text {

/// Whether a keyword is one that the grammar has somewhere; a keyword that it has nowhere is an unknown operator.
[[nodiscard]] bool is_known_keyword(std::string_view word) noexcept;

class Cursor {
  public:
    Cursor(const Tokens& tokens, std::uint32_t at) : tokens_(tokens), at_(at) {}

    [[nodiscard]] std::uint32_t at() const noexcept { return at_; }
    void jump(std::uint32_t at) noexcept { at_ = at; }

    /// A token ahead; the last one, `end`, stands for all that follow it.
    [[nodiscard]] const Token& peek(std::uint32_t ahead = 0) const noexcept {
        const std::size_t wanted = std::size_t{at_} + ahead;
        return wanted < tokens_.tokens.size() ? tokens_.tokens[wanted] : tokens_.tokens.back();
    }
    [[nodiscard]] TokenKind kind(std::uint32_t ahead = 0) const noexcept { return peek(ahead).kind; }
    [[nodiscard]] std::uint32_t offset() const noexcept { return peek().begin; }
    /// The offset of the parenthesis whose keyword was just taken.
    [[nodiscard]] std::uint32_t group_offset() const noexcept { return tokens_.tokens[at_ - 2].begin; }
    [[nodiscard]] std::string_view text(const Token& token) const noexcept { return tokens_.text(token); }
    [[nodiscard]] std::string_view word(std::uint32_t ahead = 0) const noexcept { return text(peek(ahead)); }

    const Token& next() noexcept {
        const Token& token = peek();
        if (token.kind != TokenKind::end) ++at_;
        return token;
    }

    [[nodiscard]] bool is_keyword(std::string_view keyword, std::uint32_t ahead = 0) const noexcept {
        return kind(ahead) == TokenKind::keyword && word(ahead) == keyword;
    }
    /// `(keyword`
    [[nodiscard]] bool is_open(std::string_view keyword) const noexcept {
        return kind() == TokenKind::open && is_keyword(keyword, 1);
    }
    [[nodiscard]] bool is_index(std::uint32_t ahead = 0) const noexcept {
        return kind(ahead) == TokenKind::natural || kind(ahead) == TokenKind::id;
    }

    bool accept(TokenKind wanted) noexcept { return accept_if(kind() == wanted, 1); }
    bool accept_keyword(std::string_view keyword) noexcept { return accept_if(is_keyword(keyword), 1); }
    bool accept_open(std::string_view keyword) noexcept { return accept_if(is_open(keyword), 2); }

    const Token& expect(TokenKind wanted) {
        if (kind() != wanted) unexpected();
        return next();
    }
    void expect_open(std::string_view keyword) {
        expect(TokenKind::open);
        if (!accept_keyword(keyword)) unexpected();
    }
    void close() { expect(TokenKind::close); }

    /// An identifier without its `$`; empty where there is none.
    std::string_view optional_id() noexcept {
        return kind() == TokenKind::id ? tokens_.id(next()) : std::string_view();
    }

    [[nodiscard]] std::string_view id(const Token& token) const noexcept { return tokens_.id(token); }

    /// The bytes of a string.
    std::string string();
    /// A string that is UTF-8.
    std::string name();
    std::uint32_t u32();
    std::uint64_t u64();

    /// Moves behind the parenthesis that closes the one here.
    void skip_group() {
        if (kind() != TokenKind::open) unexpected();
        if (peek().link == 0) fail(ErrorCode::unexpected_end_of_text, tokens_.tokens.back().begin);
        at_ = peek().link + 1;
    }

    /// The token here, or one ahead, can not stand where it stands.
    [[noreturn]] void unexpected(std::uint32_t ahead = 0) const;

  private:
    bool accept_if(bool holds, std::uint32_t count) noexcept {
        if (holds) at_ += count;
        return holds;
    }

    const Tokens& tokens_;
    std::uint32_t at_;
};

} // namespace detent::text
